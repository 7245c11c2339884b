"""Which assumption moves the outcome most: each input in turn from its P10 to its P90.

    python -m studies.tornado studies/scenarios/support_bot.toml

is the command `breakeven tornado`.

Two readings. With the others at their medians a bar says what one assumption does by itself; it misleads where inputs
act together, for the medians are one future among many. With the others varying, a bar is the mean of the output over
the draws in which the input lies in its lowest tenth, and in its highest, whatever else happened, dependence included.
How much of the uncertainty an input answers for is another question; the study of drivers has it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from distributions.errors import Fault, UserError, did_you_mean
from studies import text

if TYPE_CHECKING:
    import xarray as xr

    from sim import Model, Scenario

LEADING = 10
"""Bars of their own; the other inputs stand together in one."""

READINGS = ("medians", "varying")
VARYING_DRAWS = 1 << 16
SPIDER_LEVELS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def _check(model: Model, output: str, low: float, high: float) -> None:
    if not 0 < low < high < 1:
        raise UserError(Fault("low, high", f"found {low!r} and {high!r}", "0 < low < high < 1"))
    if output not in model.outputs:
        hint = did_you_mean(output, model.outputs)
        raise UserError(Fault("output", f"found '{output}'", ", ".join(model.outputs), hint))


def swing(model: Model, output: str = "y", low: float = 0.1, high: float = 0.9) -> xr.Dataset:
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
    import xarray as xr

    _check(model, output, low, high)
    names = list(model.marginals)
    levels = np.array([low, 0.5, high])
    at = np.array([np.broadcast_to(law.ppf(levels), 3) for law in model.marginals.values()], dtype=float)
    # One column per evaluation: the base, then low and high of each input.
    values = np.repeat(at[:, 1:2], 1 + 2 * len(names), axis=1)
    for k in range(len(names)):
        values[k, 1 + 2 * k], values[k, 2 + 2 * k] = at[k, 0], at[k, 2]
    result = model.evaluate(dict(zip(names, values, strict=True)))[output]
    return xr.Dataset(
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


def varying(
    model: Model,
    output: str = "y",
    low: float = 0.1,
    high: float = 0.9,
    draws: int = VARYING_DRAWS,
    seed: int = 1,
) -> xr.Dataset:
    """The mean output where each input is at or below its low quantile, and at or above its high one, others varying.

    Args:
        model: named inputs with distributions and a vectorised function.
        output: which of the model's outputs.
        low: level of the low quantile, above 0.
        high: level of the high quantile, above `low` and below 1.
        draws: how many, of a scrambled Sobol' design.
        seed: of the draws.

    Returns:
        As `swing`, of the uncertain inputs alone; `base` is the mean over all draws; `low_mcse`, `high_mcse`: standard
        errors of the means, those of independent draws, which a Sobol' design does not exceed.

    Raises:
        UserError: as `swing`.
    """
    import xarray as xr

    from sim.sampler import prepare

    _check(model, output, low, high)
    laws = {name: law for name, law in model.marginals.items() if not law.certain}
    sampler = prepare(laws, model.copula, "sobol", seed, draws)
    values = sampler.draw(0, draws, sampler.scratch())
    inputs = dict(zip(laws, values, strict=True))
    for name, law in model.marginals.items():
        if law.certain:
            inputs[name] = np.full(draws, law.value)
    result = model.evaluate(inputs)[output]
    ends = np.array([law.ppf(np.array([low, high])) for law in laws.values()], dtype=float).reshape(-1, 2)
    means, errors = np.empty((2, len(laws))), np.empty((2, len(laws)))
    for k, row in enumerate(values):
        for end, inside in enumerate((row <= ends[k, 0], row >= ends[k, 1])):
            part = result[inside]
            means[end, k] = part.mean() if part.size else np.nan
            errors[end, k] = part.std(ddof=1) / np.sqrt(part.size) if part.size > 1 else np.nan
    what = f"mean {output} with the input at or"
    return xr.Dataset(
        {
            "low": ("input", means[0], {"long_name": f"{what} below its low quantile"}),
            "high": ("input", means[1], {"long_name": f"{what} above its high quantile"}),
            "low_mcse": ("input", errors[0], {"long_name": "standard error of low"}),
            "high_mcse": ("input", errors[1], {"long_name": "standard error of high"}),
            "base": ((), result.mean(), {"long_name": f"mean {output}"}),
            "input_low": ("input", ends[:, 0], {"long_name": "low quantile of the input"}),
            "input_high": ("input", ends[:, 1], {"long_name": "high quantile of the input"}),
        },
        coords={"input": list(laws)},
        attrs={
            "output": output,
            "low_level": low,
            "high_level": high,
            "draws": draws,
            "design": "sobol",
            "seed": str(seed),
        },
    )


def spider(model: Model, output: str, inputs: Sequence[str], levels: ArrayLike = SPIDER_LEVELS) -> xr.Dataset:
    """The output along each input's quantiles, others at their medians: dims input, quantile.

    `result`: the output; `at`: the input's own values.
    """
    import xarray as xr

    at = np.asarray(levels, dtype=float)
    _check(model, output, float(at.min()), float(at.max()))
    medians = {name: law.median() for name, law in model.marginals.items()}
    values = {name: np.full(len(inputs) * at.size, middle) for name, middle in medians.items()}
    own = np.array([np.broadcast_to(model.marginals[name].ppf(at), at.size) for name in inputs], dtype=float)
    for k, name in enumerate(inputs):
        values[name][k * at.size : (k + 1) * at.size] = own[k]
    result = model.evaluate(values)[output].reshape(len(inputs), at.size)
    return xr.Dataset(
        {
            "result": (
                ("input", "quantile"),
                result,
                {"long_name": f"{output} with the input at this quantile"},
            ),
            "at": (("input", "quantile"), own, {"long_name": "the input's value"}),
        },
        coords={"input": list(inputs), "quantile": at},
        attrs={"output": output},
    )


def _together(model: Model, output: str, data: xr.Dataset) -> tuple[float, float]:
    """The output with the inputs beyond the leading ones all at the end that lowers it, and all at the other."""
    values = {name: np.full(2, law.median()) for name, law in model.marginals.items()}
    for k, name in enumerate(data["input"].values):
        if k >= LEADING:
            ends = float(data["input_low"][k]), float(data["input_high"][k])
            rises = float(data["high"][k]) >= float(data["low"][k])
            values[str(name)] = np.array(ends if rises else ends[::-1])
    low, high = model.evaluate(values)[output]
    return float(low), float(high)


def analyse(
    scenario: Scenario,
    low: float = 0.1,
    high: float = 0.9,
    output: str = "difference",
    reading: str = "medians",
    seed: int = 1,
) -> xr.Dataset:
    """The tornado of an output of a scenario (see `sim.quantities`), the widest bar first.

    reading: "medians", as `swing`, for the uncertain inputs alone, with `others_low` and `others_high`: all inputs
    beyond the ten widest together at the end that lowers the output, and at the other. "varying": as `varying`.
    """
    from distributions.inputs import registry
    from sim import quantity

    if reading not in READINGS:
        raise UserError(
            Fault("reading", f"found '{reading}'", ", ".join(READINGS), did_you_mean(reading, READINGS))
        )
    wanted = quantity(scenario, output)
    if reading == "medians":
        result = swing(wanted.model, output, low, high)
        uncertain = [name for name in result["input"].values if not scenario.inputs[str(name)].certain]
        result = result.sel(input=uncertain)
    else:
        result = varying(wanted.model, output, low, high, seed=seed)
    width = abs(result["high"] - result["low"]).values
    result = result.isel(input=np.argsort(-width, kind="stable"))
    if reading == "medians" and result.sizes["input"] > LEADING:
        ends = _together(wanted.model, output, result)
        for name, value in zip(("others_low", "others_high"), ends, strict=True):
            result[name] = (
                (),
                value,
                {"long_name": f"{output} with the remaining inputs together at one end"},
            )
    result = result.assign_coords(
        unit=("input", [registry()[str(name)].unit for name in result["input"].values])
    )
    for name in ("low", "high", "base"):
        result[name].attrs["units"] = wanted.units
    a, b = scenario.compare
    attributes: dict[str, Any] = {
        "title": scenario.title,
        "compare_a": a,
        "compare_b": b,
        "units": wanted.units,
        "output_name": text.quantity(output, a, b),
        "reading": reading,
        "horizon_months": scenario.horizon,
        "discount_rate": scenario.discount_rate,
    }
    return result.assign_attrs(attributes)


def record(data: xr.Dataset) -> dict[str, Any]:
    """The tornado as a plain record: for each input the output at both ends, and its own values there."""
    found: dict[str, Any] = {
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
            }
            for k, name in enumerate(data["input"].values)
        },
    }
    if "others_low" in data:
        found["others"] = {"low": float(data["others_low"]), "high": float(data["others_high"])}
    return found


def tipping(data: xr.Dataset) -> float | None:
    """The value of the output at which the other strategy becomes the cheaper; None for a single cost."""
    return {"difference": 0.0, "probability": 0.5}.get(str(data.attrs["output"]))


def flips(data: xr.Dataset) -> list[str]:
    """The inputs that by themselves change which strategy is cheaper."""
    at = tipping(data)
    if at is None:
        return []
    base = float(data["base"]) - at
    return [
        str(name)
        for k, name in enumerate(data["input"].values)
        if any(
            math.copysign(1, float(data[end][k]) - at) != math.copysign(1, base) for end in ("low", "high")
        )
    ]


if __name__ == "__main__":
    from studies.cli import run_as

    run_as("tornado")
