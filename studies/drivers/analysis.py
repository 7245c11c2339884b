"""Which assumptions drive an outcome: how much of its variance, or of its distribution, each input answers for.

    python -m studies.drivers studies/scenarios/support_bot.toml

is the command `breakeven drivers`. SALib estimates wherever it has the method; ours are its feeding through our designs
and kernel, what it gets wrong without a word (dependent inputs, intervals, outputs that do not vary), Shapley effects,
and a fast path for Sobol' indices that keeps no matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from distributions.errors import Fault, UserError, did_you_mean
from sim.results.labelled import Labelled, LabelledArrays, Variable, as_dataset
from studies.drivers.design import Factors

if TYPE_CHECKING:
    from sim import Model

METHODS = {
    "sobol": "studies.drivers.sobol",
    "shapley": "studies.drivers.shapley",
    "morris": "studies.drivers.morris",
    "delta": "studies.drivers.delta",
    "pawn": "studies.drivers.pawn",
    "rbd_fast": "studies.drivers.rbd_fast",
    "regional": "studies.drivers.regional",
}
"""Method to the module that has it, each with `BASE_SAMPLES` and `analyse`. A new method is one file and one line."""

Progress = Callable[[int, int], None]

MOST_BASE_SAMPLES = 1 << 26


def ranked(
    model: Model,
    output: str = "y",
    method: str = "sobol",
    base_samples: int | None = None,
    seed: int = 1,
    **settings: Any,
) -> LabelledArrays:
    """Rank the uncertain inputs of a model by what they do to one of its outputs.

    Args:
        model: named inputs with distributions and a vectorised function.
        output: which of the model's outputs.
        method: one of `METHODS`. sobol: first- and total-order indices (of variance). shapley: Shapley effects, which
            stay right under dependence. morris: elementary effects. delta, pawn: on the whole distribution, from
            draws. rbd_fast: first order, from draws. regional: where along an input the output changes most.
        base_samples: size of the design; by default the method's own. sobol and shapley: points of each of the 16
            scrambled nets, a power of two. morris: trajectories. Others: draws.
        seed: any whole number from 0 on; the same seed gives the same bits.
        settings: of the method, see its module. sobol: second_order, tolerance, most_base_samples, estimator;
            sobol and shapley: threads, progress.

    Returns:
        Dataset with dim "input". sobol: first, first_ci, total, total_ci (95 % half-widths). shapley: effect,
        effect_ci. Inputs that are tied by a dependence stand as one, their names joined by "+", in sobol and morris.
        Certain inputs drop out. Where the output does not vary all is NaN, and attribute "undefined" says why. Where
        its variance rests on fewer than 80 draws, as that of a rare event may, attribute "few_events" says so, and no
        input is distinguishable; above, the intervals of a rare output are widened by what so few may not have shown.

    Raises:
        UserError: no such output or method, a size that the method cannot have, or an output that is not finite.
    """
    if output not in model.outputs:
        hint = did_you_mean(output, model.outputs)
        raise UserError(Fault("output", f"found '{output}'", ", ".join(model.outputs), hint))
    if method not in METHODS:
        raise UserError(
            Fault("method", f"found '{method}'", ", ".join(METHODS), did_you_mean(method, METHODS))
        )
    if type(seed) is not int or seed < 0:
        raise UserError(Fault("seed", f"found {seed!r}", "a whole number from 0 on"))
    chosen = import_module(METHODS[method])
    size = chosen.BASE_SAMPLES if base_samples is None else base_samples
    if type(size) is not int or not 1 <= size <= MOST_BASE_SAMPLES:
        raise UserError(
            Fault("base_samples", f"found {size!r}", f"a whole number from 1 to {MOST_BASE_SAMPLES:,}")
        )
    factors = Factors(model, output)
    if not factors.names:
        raise UserError(Fault("inputs", "every input is certain", "at least one distribution"))
    data = _only_what_shows(chosen.analyse(factors, size, seed, **settings))
    return data.with_more(method=method, output=output, seed=str(seed))


analyse = as_dataset(ranked, "analyse")


def _only_what_shows(data: LabelledArrays) -> LabelledArrays:
    """The same, with nothing told from noise where the output is so rare that its variance rests on too few draws."""
    concentration = data.attrs.pop("concentration", None)
    if concentration is None or "undefined" in data.attrs or not concentration.too_few:
        return data
    what = "whether the measure can be told from nothing"
    none = np.zeros(data.sizes["input"], dtype=bool)
    flags: dict[str, Variable] = {"distinguishable": ("input", none, {"long_name": what})}
    for name in ("distinguishable", "estimable"):
        if name in data:
            flags[name] = ("input", none, data[name].attrs)
    return data.with_more(flags, few_events=concentration.too_few, events=concentration.events, ranking="")


def record(data: Labelled) -> dict[str, Any]:
    """The indices as plain numbers, by input or group; NaN as None."""
    import math

    def plain(value: float) -> float | None:
        return float(value) if math.isfinite(value) else None

    columns = [
        str(name)
        for name, column in data.items()
        if column.dims == ("input",) and column.values.dtype.kind in "fb"
    ]
    indices = {
        str(name): {
            column: bool(data[column].values[k])
            if data[column].values.dtype.kind == "b"
            else plain(float(data[column].values[k]))
            for column in columns
        }
        for k, name in enumerate(data["input"].values)
    }
    result: dict[str, Any] = {"method": data.attrs["method"], "output": data.attrs["output"]}
    result |= {
        key: data.attrs[key]
        for key in (
            "base_samples",
            "evaluations",
            "seed",
            "mean",
            "variance",
            "undefined",
            "few_events",
            "events",
            "tolerance_reached",
            "ranking",
        )
        if key in data.attrs
    }
    if "second" in data:
        result["second"] = {
            f"{a} × {b}": {
                "value": plain(float(data["second"].values[i, j])),
                "ci": plain(float(data["second_ci"].values[i, j])),
            }
            for i, a in enumerate(data["input"].values)
            for j, b in enumerate(data["input"].values)
            if i < j
        }
    return result | {"indices": indices}
