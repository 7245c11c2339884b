"""Which assumption moves the outcome most: each input in turn from its P10 to its P90, others at medians.

    python -m studies.tornado studies/scenarios/support_bot.toml

is the command `breakeven tornado`.

A tornado shows how far single assumptions reach; it says nothing about assumptions that act together, nor
about how they are correlated. The study of drivers does that.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError, did_you_mean

if TYPE_CHECKING:
    import xarray as xr

    from sim import Model, Scenario

Array = NDArray[np.float64]


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

    if not 0 < low < high < 1:
        raise UserError(Fault("low, high", f"found {low!r} and {high!r}", "0 < low < high < 1"))
    if output not in model.outputs:
        raise UserError(
            Fault(
                "output", f"found '{output}'", ", ".join(model.outputs), did_you_mean(output, model.outputs)
            )
        )
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


def analyse(scenario: Scenario, low: float = 0.1, high: float = 0.9) -> xr.Dataset:
    """The tornado of a scenario's cost difference: cost of the first compared strategy minus the second's.

    As `swing`, for the uncertain inputs alone, the widest first.
    """
    from distributions.inputs import registry
    from sim import Model, cost_model

    a, b = scenario.compare
    costs = cost_model(scenario)

    def difference(values: Mapping[str, Array]) -> dict[str, Array]:
        found = costs.evaluate(values)
        return {"difference": found[a] - found[b]}

    result = swing(Model(scenario.inputs, ("difference",), difference), "difference", low, high)
    uncertain = [name for name in result["input"].values if not scenario.inputs[str(name)].certain]
    result = result.sel(input=uncertain)
    width = abs(result["high"] - result["low"]).values
    result = result.isel(input=np.argsort(-width, kind="stable"))
    result = result.assign_coords(
        unit=("input", [registry()[str(name)].unit for name in result["input"].values])
    )
    for name in ("low", "high", "base"):
        result[name].attrs["units"] = "USD"
    attributes: dict[str, Any] = {
        "title": scenario.title,
        "compare_a": a,
        "compare_b": b,
        "units": "USD",
        "output_name": "the cost difference",
        "horizon_months": scenario.horizon,
        "discount_rate": scenario.discount_rate,
    }
    return result.assign_attrs(attributes)


def record(data: xr.Dataset) -> dict[str, Any]:
    """The tornado as a plain record: for each input the output at both ends, and its own values there."""
    return {
        "output": data.attrs["output"],
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


def flips(data: xr.Dataset) -> list[str]:
    """The inputs that turn the sign of the output by themselves, and so change which strategy is cheaper."""
    base = float(data["base"])
    return [
        str(name)
        for k, name in enumerate(data["input"].values)
        if any(math.copysign(1, float(data[end][k])) != math.copysign(1, base) for end in ("low", "high"))
    ]


if __name__ == "__main__":
    from studies.cli import main

    sys.exit(main(["tornado", *sys.argv[1:]]))
