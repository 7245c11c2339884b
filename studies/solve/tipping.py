"""Where the comparison of a scenario tips along one of its inputs, or over two; beside what documents say of volume."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from distributions.errors import Fault, UserError
from studies.solve.analysis import DRAWS, MAP_DRAWS, Ends, surface, threshold

if TYPE_CHECKING:
    import xarray as xr

    from sim import Scenario
    from sim.models.response import Progress

VOLUME = "workload.queries_per_month"


def analyse(
    scenario: Scenario,
    keys: Sequence[str],
    target: float | None = 0.5,
    between: Sequence[Ends] = (),
    draws: int | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """`threshold` of one input of a scenario, or `surface` of two, for the two strategies that it compares.

    Raises UserError for an unknown input, one given twice, or more than two.
    """
    from distributions.errors import did_you_mean
    from distributions.inputs import registry
    from sim import cost_model
    from sim.engine.chunks import DEFAULT_SEED
    from sim.engine.simulate import meeting_requirements

    unknown = [key for key in keys if key not in registry()]
    if unknown:
        raise UserError(
            *(
                Fault(key, "is no input", "see 'breakeven inputs'", did_you_mean(key, registry()))
                for key in unknown
            )
        )
    if not 1 <= len(keys) <= 2 or len(set(keys)) < len(keys):
        raise UserError(
            Fault("--for", f"found {', '.join(keys) or 'none'}", "one input, or two different ones")
        )
    if len(between) > len(keys):
        raise UserError(
            Fault("--between", f"is given {len(between)} times", "once for each input, in their order")
        )
    if target is not None and not 0.0 < target < 1.0:
        raise UserError(Fault("--target", f"found {target:g}", "above 0 and below 1"))
    model, (a, b) = cost_model(scenario), scenario.compare
    ends = [*between, None, None]
    seed = DEFAULT_SEED if seed is None else seed
    supports = [registry()[key].support for key in keys]
    if len(keys) == 1:
        data = threshold(
            model, keys[0], a, b, target, draws or DRAWS, seed, between=ends[0], support=supports[0],
            eligible=meeting_requirements(scenario), progress=progress,
        )  # fmt: skip
    else:
        data = surface(
            model,
            (keys[0], keys[1]),
            a,
            b,
            draws or MAP_DRAWS,
            seed,
            between=(ends[0], ends[1]),
            supports=supports,
            progress=progress,
        )
        data.attrs["target"] = "mean" if target is None else target
    for name in ("difference", "difference_ci"):
        data[name].attrs["units"] = "USD"
    data.attrs |= {
        "title": scenario.title,
        "compare_a": a,
        "compare_b": b,
        "units": [registry()[key].unit for key in keys],
        "horizon_months": scenario.horizon,
        "discount_rate": scenario.discount_rate,
        "rules_for": VOLUME,
    }
    return data.assign(_rules(keys, (a, b)))


def _rules(keys: Sequence[str], pair: tuple[str, str]) -> Mapping[str, Any]:
    """Where published documents say that the answer tips by volume, if they speak of one of the pair."""
    from distributions.inputs import documents
    from sim.scenario.eligibility import leanings

    rules = []
    if VOLUME in keys:
        for one in leanings():
            edge = one.at_least or one.below
            if math.isfinite(edge) and set(one.towards) & set(pair):
                rules.append((edge, one.says, documents()[one.document].author))
    return {
        "rule_value": (("rule",), np.array([edge for edge, _, _ in rules], dtype=float)),
        "rule_says": (("rule",), np.array([says for _, says, _ in rules], dtype=str)),
        "rule_source": (("rule",), np.array([source for _, _, source in rules], dtype=str)),
    }


def record(data: xr.Dataset) -> dict[str, Any]:
    """What was found as a plain record, as `solve --json` prints it; numbers that do not exist as NaN."""
    attributes = data.attrs
    asked = {name: attributes[name] for name in ("a", "b", "target", "draws", "seed")}
    asked["tied"] = [name for name in attributes["tied"].split(", ") if name]
    if "first" in data.dims:
        keys = [attributes["first"], attributes["second"]]
        found = {"probability": data["probability"].values, "difference": data["difference"].values}
        values = {key: data[dim].values for key, dim in zip(keys, ("first", "second"), strict=True)}
        at_median = {
            "value": dict(zip(keys, data["median"].values.tolist(), strict=True)),
            "estimate": float(data["probability_at_median"]),
            "ci95": data["probability_at_median_ci"].values,
        }
        return {
            "for": keys,
            "map": {"values": values, **found},
            "probability_at": {"median": at_median},
            **asked,
        }
    return {
        "for": attributes["input"],
        "value": float(data["value"]),
        "ci95": data["ci95"].values,
        **asked,
        "reason": attributes["reason"],
        "roots": [
            {
                "value": float(data["root_value"][k]),
                "ci95": data["root_ci95"][k].values,
                "direction": "rising" if data["root_direction"][k] > 0 else "falling",
                "step": None if np.isnan(data["root_step"][k]).any() else data["root_step"][k].values,
            }
            for k in range(data.sizes["root"])
        ],
        "probability_at": {
            "lowest": _at(data, 0),
            "median": {
                "value": float(data["median"]),
                "estimate": float(data["probability_at_median"]),
                "ci95": data["probability_at_median_ci"].values,
            },
            "highest": _at(data, -1),
        },
        "curve": {
            "value": data["at"].values,
            "probability": data["probability"].values,
            "ci95": data["probability_ci"].values,
            "difference": data["difference"].values,
            "probability_cheapest": {
                str(name): data["probability_cheapest"].sel(strategy=name).values
                for name in data["strategy"].values
            },
        },
    }


def _at(data: xr.Dataset, k: int) -> dict[str, Any]:
    estimate, interval = float(data["probability"][k]), data["probability_ci"][k].values
    return {"value": float(data["at"][k]), "estimate": estimate, "ci95": interval}
