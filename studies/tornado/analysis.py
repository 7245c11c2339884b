"""Which assumption moves the outcome most: each input in turn from its P10 to its P90.

    python -m studies.tornado studies/scenarios/support_bot.toml

is the command `breakeven tornado`.

Two readings. With the others at their medians a bar says what one assumption does by itself; it misleads where inputs
act together, for the medians are one future among many. With the others varying, a bar is the mean of the output where
the input lies in its lowest tenth, and in its highest, whatever else happened, dependence included: the same draws of
the others meet both ends, so that an input that does nothing has no bar, and each bar has the error of its draws.
How much of the uncertainty an input answers for is another question; the study of drivers has it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from distributions.errors import Fault, UserError, did_you_mean
from sim.results.labelled import Labelled, LabelledArrays, Variable, as_dataset
from studies.shared.names import attribute, output_label

if TYPE_CHECKING:
    from distributions.spec import Marginal
    from sim import Model, Scenario

Array = NDArray[np.float64]

LEADING = 10
"""Bars of their own; the other inputs stand together in one."""

READINGS = ("medians", "varying")
VARYING_DRAWS = 1 << 14
_ROUNDING = 1e-12
"""Of the output: a smaller swing is one of last digits."""
SPIDER_LEVELS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def _check(model: Model, output: str, low: float, high: float) -> None:
    if not 0 < low < high < 1:
        raise UserError(Fault("low, high", f"found {low!r} and {high!r}", "0 < low < high < 1"))
    if output not in model.outputs:
        hint = did_you_mean(output, model.outputs)
        raise UserError(Fault("output", f"found '{output}'", ", ".join(model.outputs), hint))


def at_medians(model: Model, output: str = "y", low: float = 0.1, high: float = 0.9) -> LabelledArrays:
    """The output of a model with each input in turn at its low and high quantile, others at their medians.

    Two evaluations an input and one for the base, in a single vectorised call of the model's function.

    Args:
        model: named inputs with distributions and a vectorised function.
        output: which of the model's outputs.
        low: level of the low quantile, above 0.
        high: level of the high quantile, above `low` and below 1.

    Returns:
        Dataset with dim "input": `low`, `high` (the output), `input_low`, `input_high` (the input's own
        values), and the scalar `base`. An input that is certain has low = high = base.

    Raises:
        UserError: no such output, levels out of order, or an output that is not finite.
    """
    _check(model, output, low, high)
    names = list(model.marginals)
    levels = np.array([low, 0.5, high])
    at = np.array(
        [np.broadcast_to(distribution.ppf(levels), 3) for distribution in model.marginals.values()],
        dtype=float,
    )
    # One column per evaluation: the base, then low and high of each input.
    values = np.repeat(at[:, 1:2], 1 + 2 * len(names), axis=1)
    for k in range(len(names)):
        values[k, 1 + 2 * k], values[k, 2 + 2 * k] = at[k, 0], at[k, 2]
    result = model.evaluate(dict(zip(names, values, strict=True)))[output]
    return LabelledArrays(
        {
            "low": ("input", result[1::2], {"long_name": f"{output} with the input at its low quantile"}),
            "high": ("input", result[2::2], {"long_name": f"{output} with the input at its high quantile"}),
            "base": ((), result[0], {"long_name": f"{output} with all inputs at their medians"}),
            "input_low": ("input", at[:, 0], {"long_name": "low quantile of the input"}),
            "input_high": ("input", at[:, 2], {"long_name": "high quantile of the input"}),
        },
        coords={"input": names},
        attrs={"output": output, "low_level": low, "high_level": high},
    )


swing = as_dataset(at_medians, "swing")


def over_draws(
    model: Model,
    output: str = "y",
    low: float = 0.1,
    high: float = 0.9,
    draws: int = VARYING_DRAWS,
    seed: int = 1,
) -> LabelledArrays:
    """The mean output where each input is at or below its low quantile, and at or above its high one, others varying.

    Args:
        model: named inputs with distributions and a vectorised function.
        output: which of the model's outputs.
        low: level of the low quantile, above 0.
        high: level of the high quantile, above `low` and below 1.
        draws: of the others at each end, of a scrambled Sobol' design; rounded up to a multiple of 16.
        seed: of the draws.

    Returns:
        As `swing`, of the uncertain inputs alone; `base` is the mean over all draws; `low_mcse`, `high_mcse`,
        `swing_mcse`: standard errors of both means and of their difference, from 16 independent replicates;
        `distinguishable`: whether the 95 % interval of the difference leaves 0 out.

    Raises:
        UserError: as `swing`.
    """
    from distributions.sampling.jit import REPLICATES
    from sim.engine.pool import in_order
    from sim.statistics import estimates as statistics

    _check(model, output, low, high)
    distributions = {
        name: distribution for name, distribution in model.marginals.items() if not distribution.certain
    }
    shifted = _Shifted(model, distributions, -(-draws // REPLICATES) * REPLICATES, seed)
    ends = np.array(
        [distribution.ppf(np.array([low, high])) for distribution in distributions.values()], dtype=float
    ).reshape(-1, 2)
    base = _by_replicate(model.evaluate(shifted.values)[output])
    means = np.empty((2, len(distributions), REPLICATES))
    names = list(distributions)
    shares = [
        (float(distribution.cdf(at_low)), float(distribution.sf(np.nextafter(at_high, -np.inf))))
        for distribution, (at_low, at_high) in zip(distributions.values(), ends, strict=True)
    ]

    def moved(k: int) -> tuple[Array, Array]:
        below, above = shares[k]
        return (
            _by_replicate(model.evaluate(shifted.held_below(names[k], below))[output]),
            _by_replicate(model.evaluate(shifted.held_above(names[k], above))[output]),
        )

    for k, both in enumerate(in_order(moved, 0, len(names), None)):
        means[:, k] = both
    apart = means[1] - means[0]
    errors = np.concatenate([means, apart[None]]).std(axis=-1, ddof=1) / np.sqrt(REPLICATES)
    first, last = statistics.replicate_interval(apart.mean(axis=-1), errors[2], apart)
    seen = (first > 0.0) | (last < 0.0)
    scale = np.abs(means).max(axis=(0, 2), initial=0.0)
    what = f"mean {output} with the input at or"
    return LabelledArrays(
        {
            "low": ("input", means[0].mean(axis=-1), {"long_name": f"{what} below its low quantile"}),
            "high": ("input", means[1].mean(axis=-1), {"long_name": f"{what} above its high quantile"}),
            "low_mcse": ("input", errors[0], {"long_name": "standard error of low"}),
            "high_mcse": ("input", errors[1], {"long_name": "standard error of high"}),
            "swing_mcse": ("input", errors[2], {"long_name": "standard error of high less low"}),
            "distinguishable": (
                "input",
                seen & (np.abs(apart.mean(axis=-1)) > _ROUNDING * scale),
                {"long_name": "whether the interval of high less low leaves 0 out"},
            ),
            "base": ((), base.mean(), {"long_name": f"mean {output}"}),
            "input_low": ("input", ends[:, 0], {"long_name": "low quantile of the input"}),
            "input_high": ("input", ends[:, 1], {"long_name": "high quantile of the input"}),
        },
        coords={"input": list(distributions)},
        attrs={
            "output": output,
            "low_level": low,
            "high_level": high,
            "draws": shifted.draws,
            "design": "sobol",
            "seed": str(seed),
        },
    )


varying = as_dataset(over_draws, "varying")


class _Shifted:
    """Draws of all inputs, and the same draws with one input moved into a tail of its distribution.

    Inputs tied to it move with it: their normal scores by its shift times their correlation, which leaves their part
    that is independent of it where it was.
    """

    def __init__(self, model: Model, distributions: Mapping[str, Marginal], draws: int, seed: int) -> None:
        from distributions.spec import marginal
        from sim.draws.sampler import prepare

        self.draws = draws
        self._distributions, self._copula = distributions, model.copula
        normal = marginal({"normal": {"mean": 0.0, "sd": 1.0}})
        sampler = prepare(dict.fromkeys(distributions, normal), model.copula, "sobol", seed, draws)
        self._scores = dict(zip(distributions, sampler.draw(0, draws, sampler.scratch()), strict=True))
        self.values: dict[str, Array] = {
            name: distribution.at_scores(self._scores[name])
            if name in distributions
            else np.full(draws, float(distribution.value))
            for name, distribution in model.marginals.items()
        }
        """(n,) arrays by input; draw i belongs to replicate i mod 16."""

    def held_below(self, name: str, share: float) -> dict[str, Array]:
        """The draws with an input's probability of being no greater spread over the lowest `share`."""
        return self._moved(name, ndtri(share * ndtr(self._scores[name])))

    def held_above(self, name: str, share: float) -> dict[str, Array]:
        """The same over the highest."""
        return self._moved(name, -ndtri(share * ndtr(-self._scores[name])))

    def _moved(self, name: str, scores: Array) -> dict[str, Array]:
        values = self.values | {name: self._distributions[name].at_scores(scores)}
        if self._copula is not None and name in self._copula.members:
            row = self._copula.matrix[self._copula.members.index(name)]
            for other, r in zip(self._copula.members, row, strict=True):
                if other != name and r != 0.0:
                    moved = self._scores[other] + r * (scores - self._scores[name])
                    values[other] = self._distributions[other].at_scores(moved)
        return values


def _by_replicate(values: Array) -> Array:
    """Means of the 16 replicates: (n,) to (16,)."""
    from distributions.sampling.jit import REPLICATES

    means: Array = values.reshape(-1, REPLICATES).mean(axis=0)
    return means


def spider(
    model: Model, output: str, inputs: Sequence[str], levels: ArrayLike = SPIDER_LEVELS
) -> LabelledArrays:
    """The output along each input's quantiles, others at their medians: dims input, quantile.

    `result`: the output; `at`: the input's own values.
    """
    at = np.asarray(levels, dtype=float)
    _check(model, output, float(at.min()), float(at.max()))
    medians = {name: distribution.median() for name, distribution in model.marginals.items()}
    values = {name: np.full(len(inputs) * at.size, middle) for name, middle in medians.items()}
    rows = [np.broadcast_to(model.marginals[name].ppf(at), at.size) for name in inputs]
    input_values = np.array(rows, dtype=float).reshape(len(inputs), at.size)
    for k, name in enumerate(inputs):
        values[name][k * at.size : (k + 1) * at.size] = input_values[k]
    result = model.evaluate(values)[output].reshape(len(inputs), at.size)
    return LabelledArrays(
        {
            "result": (
                ("input", "quantile"),
                result,
                {"long_name": f"{output} with the input at this quantile"},
            ),
            "at": (("input", "quantile"), input_values, {"long_name": "the input's value"}),
        },
        coords={"input": list(inputs), "quantile": at},
        attrs={"output": output},
    )


def _together(model: Model, output: str, data: LabelledArrays) -> tuple[float, float]:
    """The output with the inputs beyond the leading ones all at the end that lowers it, and all at the other."""
    values = {name: np.full(2, distribution.median()) for name, distribution in model.marginals.items()}
    for k, name in enumerate(data["input"].values):
        if k >= LEADING:
            ends = float(data["input_low"][k]), float(data["input_high"][k])
            rises = float(data["high"][k]) >= float(data["low"][k])
            values[str(name)] = np.array(ends if rises else ends[::-1])
    low, high = model.evaluate(values)[output]
    return float(low), float(high)


def bars(
    scenario: Scenario,
    low: float = 0.1,
    high: float = 0.9,
    output: str = "difference",
    reading: str = "medians",
    seed: int = 1,
) -> LabelledArrays:
    """The tornado of an output of a scenario (see `sim.models.quantities`), the widest bar first.

    reading: "medians", as `swing`, for the uncertain inputs alone, with `others_low` and `others_high`: all inputs
    beyond the ten widest together at the end that lowers the output, and at the other. "varying": as `varying`.
    """
    from sim import quantity

    if reading not in READINGS:
        raise UserError(
            Fault("reading", f"found '{reading}'", ", ".join(READINGS), did_you_mean(reading, READINGS))
        )
    wanted = quantity(scenario, output)
    if reading == "medians":
        result = at_medians(wanted.model, output, low, high)
        names = result["input"].values.tolist()
        result = result.isel(input=[k for k, name in enumerate(names) if not scenario.inputs[name].certain])
    else:
        result = over_draws(wanted.model, output, low, high, VARYING_DRAWS, seed)
    width = np.abs(result["high"].values - result["low"].values)
    result = result.isel(input=np.argsort(-width, kind="stable"))
    added: dict[str, Variable] = {}
    if reading == "medians" and result.sizes["input"] > LEADING:
        ends = _together(wanted.model, output, result)
        what = f"{output} with the remaining inputs together at one end"
        for name, value in zip(("others_low", "others_high"), ends, strict=True):
            added[name] = ((), value, {"long_name": what})
    for name in ("low", "high", "base"):
        part = result[name]
        added[name] = (part.dims, part.values, {**part.attrs, "units": wanted.units})
    units = [scenario.known[name].unit for name in result["input"].values.tolist()]
    a, b = scenario.compare
    attributes: dict[str, Any] = {
        "title": scenario.title,
        "compare_a": a,
        "compare_b": b,
        "units": wanted.units,
        "output_name": output_label(output, a, b, scenario.labels),
        "reading": reading,
        "horizon_months": scenario.horizon,
        "discount_rate": scenario.discount_rate,
        **attribute(scenario.labels),
    }
    return result.with_more(added, {"unit": ("input", units)}, **attributes)


analyse = as_dataset(bars, "analyse")


def record(data: Labelled) -> dict[str, Any]:
    """The tornado as a plain record: for each input the output at both ends, and its own values there."""
    summary: dict[str, Any] = {
        "output": data.attrs["output"],
        "reading": data.attrs.get("reading"),
        "a": data.attrs.get("compare_a"),
        "b": data.attrs.get("compare_b"),
        "levels": [data.attrs["low_level"], data.attrs["high_level"]],
        "base": float(data["base"]),
        "inputs": {
            str(name): {
                "low": float(data["low"][k]),
                "high": float(data["high"][k]),
                "at": [float(data["input_low"][k]), float(data["input_high"][k])],
                **_errors(data, k),
            }
            for k, name in enumerate(data["input"].values)
        },
    }
    if "others_low" in data:
        summary["others"] = {"low": float(data["others_low"]), "high": float(data["others_high"])}
    return summary


def _errors(data: Labelled, k: int) -> dict[str, Any]:
    """Standard errors of an input's bar, and whether it can be told from none; nothing where no draws are behind it."""
    if "swing_mcse" not in data:
        return {}
    errors: dict[str, Any] = {
        name: float(data[f"{end}_mcse"][k])
        for name, end in (("low_se", "low"), ("high_se", "high"), ("swing_se", "swing"))
    }
    return errors | {"distinguishable": bool(data["distinguishable"][k])}


def shown(data: Labelled) -> list[int]:
    """Positions of the inputs with a bar that can be told from none, the widest first."""
    width = np.abs(data["high"].values - data["low"].values)
    seen = data["distinguishable"].values if "distinguishable" in data else width > 0.0
    return [int(k) for k in np.argsort(-width, kind="stable") if seen[k]]


def within_error(data: Labelled) -> list[str]:
    """The inputs whose bars are no wider than their errors: draws leave open whether they move the output at all."""
    if "distinguishable" not in data:
        return []
    drawn = set(shown(data))
    return [
        str(name)
        for k, name in enumerate(data["input"].values)
        if k not in drawn and float(data["swing_mcse"][k]) > _ROUNDING * abs(float(data["low"][k]))
    ]


def tipping(data: Labelled) -> float | None:
    """The value of the output at which the other strategy becomes the cheaper; None for a single cost."""
    return {"difference": 0.0, "probability": 0.5}.get(str(data.attrs["output"]))


def flips(data: Labelled) -> list[str]:
    """The inputs that by themselves change which strategy is cheaper."""
    at = tipping(data)
    if at is None:
        return []
    base = float(data["base"]) - at
    drawn = set(shown(data))
    return [
        str(name)
        for k, name in enumerate(data["input"].values)
        if k in drawn
        and any(
            math.copysign(1, float(data[end][k]) - at) != math.copysign(1, base) for end in ("low", "high")
        )
    ]
