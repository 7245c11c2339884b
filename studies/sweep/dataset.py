"""A sweep as an xarray Dataset over scenario and axes, and as a table with a row for each cell."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

    from sim import Probability
    from studies.sweep.analysis import Result, Sweep

NONE = (math.nan, math.nan)
Of = Callable[["Result"], Any]
OfStrategy = Callable[["Result", str], Any]


def build(found: Sweep) -> xr.Dataset:
    """Dims scenario, one for each axis under the input's key, strategy, ci_bound.

    A strategy that a scenario leaves out has not-a-number there.
    """
    import xarray as xr

    from distributions.inputs import registry
    from sim.results.dataset import version

    strategies = _strategies(found)
    dims = ("scenario", *(axis.key for axis in found.axes))
    shape = (len(found.scenarios), *(len(axis.values) for axis in found.axes))
    variables: dict[str, Any] = {}

    def put(name: str, of: Of, what: str, units: str, *more: str) -> None:
        values = np.array([of(one) for one in found.results], dtype=float)
        variables[name] = (
            (*dims, *more),
            values.reshape(*shape, *values.shape[1:]),
            {"long_name": what, "units": units},
        )

    def put_each(name: str, of: OfStrategy, none: Any, what: str, units: str, *more: str) -> None:
        def row(one: Result) -> list[Any]:
            return [of(one, name) if name in one.cost else none for name in strategies]

        put(name, row, what, units, "strategy", *more)

    pair = "cost of the first of the compared pair minus that of the second"
    cheaper = "probability that the first of the compared pair costs less than the second, ties counted half"
    best = "probability that the strategy is the cheapest of the eligible"
    cost = "present-value cost over the horizon"
    put("probability_cheaper", lambda one: one.cheaper.estimate, cheaper, "1")
    put(
        "probability_cheaper_ci",
        lambda one: _ends(one.cheaper),
        f"95 % interval of the {cheaper}",
        "1",
        "ci_bound",
    )
    put("tie_share", lambda one: one.cheaper.ties, "share of draws in which the pair costs the same", "1")
    put_each("probability_cheapest", lambda one, name: one.cheapest[name].estimate, math.nan, best, "1")
    put_each(
        "probability_cheapest_ci",
        lambda one, name: _ends(one.cheapest[name]),
        NONE,
        f"95 % interval of the {best}",
        "1",
        "ci_bound",
    )
    put_each("cost_mean", lambda one, name: one.cost[name]["mean"], math.nan, f"mean {cost}", "USD")
    error = f"Monte Carlo standard error of the mean {cost}"
    put_each("cost_mcse", lambda one, name: one.cost[name]["mcse"], math.nan, error, "USD")
    put("difference_mean", lambda one: one.difference["mean"], f"mean {pair}", "USD")
    put(
        "difference_mean_ci",
        lambda one: one.difference["ci95"],
        f"95 % interval of the mean {pair}",
        "USD",
        "ci_bound",
    )
    put(
        "difference_mcse",
        lambda one: one.difference["mcse"],
        f"Monte Carlo standard error of the mean {pair}",
        "USD",
    )
    reached = "probability that the first's cumulative cost has come down to the second's within the horizon"
    put("breakeven_probability", lambda one: math.nan if one.reached is None else one.reached, reached, "1")
    put(
        "breakeven_median_month",
        lambda one: math.nan if one.median_month is None else one.median_month,
        "month by which it has in half of the draws; not a number where it has in fewer",
        "months",
    )
    put(
        "breakeven_lasting_probability",
        lambda one: math.nan if one.lasting is None else one.lasting,
        "probability that the first's cumulative cost is at or below the second's to the end from some month on",
        "1",
    )
    put(
        "breakeven_lasting_median_month",
        lambda one: math.nan if one.lasting_month is None else one.lasting_month,
        "month from which it is in half of the draws; not a number where it is in fewer",
        "months",
    )
    of_each: dict[str, tuple[list[Any], str]] = {
        "title": ([one.title for one in found.scenarios], "title of the scenario"),
        "compare_a": ([one.compare[0] for one in found.scenarios], "first of the compared pair"),
        "compare_b": ([one.compare[1] for one in found.scenarios], "second of the compared pair"),
    }
    for name, (words, what) in of_each.items():
        variables[name] = (("scenario",), np.array(words, dtype=str), {"long_name": what})
    for name, numbers, what, units in (
        ("horizon_months", [one.horizon for one in found.scenarios], "operating months", "months"),
        ("discount_rate", [one.discount_rate for one in found.scenarios], "discount rate a year", "1"),
    ):
        variables[name] = (("scenario",), np.array(numbers), {"long_name": what, "units": units})
    coords: dict[str, Any] = {
        "scenario": ("scenario", np.array(found.names, dtype=str), {"long_name": "scenario"}),
        "strategy": ("strategy", np.array(strategies, dtype=str), {"long_name": "strategy"}),
        "ci_bound": ("ci_bound", np.array(["lower", "upper"]), {"long_name": "end of the interval"}),
    }
    for axis in found.axes:
        meaning = registry()[axis.key].meaning
        attributes = {"long_name": meaning, "units": axis.unit, "log": int(axis.log)}
        coords[axis.key] = (axis.key, np.array(axis.values), attributes)
    attributes = {
        "title": title(found),
        "axes": [axis.key for axis in found.axes],
        "draws": found.draws,
        "seed": str(found.seed),
        "design": found.design,
        "version": version(),
    }
    rates = {one.discount_rate for one in found.scenarios}
    if len(rates) == 1:
        attributes["discount_rate"] = rates.pop()
    if len(found.scenarios) > 1:
        attributes["sources"] = "inputs and sources: scenarios/"
    return xr.Dataset(variables, coords=coords, attrs=attributes)


def title(found: Sweep) -> str:
    """Of the whole: the scenario's, or how many there are and which."""
    if len(found.scenarios) == 1:
        return found.scenarios[0].title
    return f"{len(found.scenarios)} scenarios: {', '.join(found.names)}"


def _strategies(found: Sweep) -> list[str]:
    """Those that any of the scenarios has, in the order of all."""
    from sim import STRATEGIES

    return [name for name in STRATEGIES if any(name in one.strategies for one in found.scenarios)]


def _ends(share: Probability) -> tuple[float, float]:
    return NONE if share.ci95 is None else share.ci95


def table(found: Sweep) -> bytes:
    """A row for each cell, as CSV: numbers in full, nothing where there is none; UTF-8."""
    strategies = _strategies(found)
    keys = [axis.key for axis in found.axes]
    head = [
        "scenario", *keys, "a", "b", "probability_cheaper", "probability_cheaper_low", "probability_cheaper_high",
        "tie_share", "cheapest", *(f"probability_cheapest:{name}" for name in strategies),
        *(f"{figure}:{name}" for name in strategies for figure in ("cost_mean_usd", "cost_mcse_usd")),
        "difference_mean_usd", "difference_mean_low_usd", "difference_mean_high_usd", "difference_mcse_usd",
        "breakeven_probability", "breakeven_median_month", "breakeven_lasting_probability",
        "breakeven_lasting_median_month",
    ]  # fmt: skip
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    for cell, one in zip(found.cells, found.results, strict=True):
        scenario = found.scenarios[cell.scenario]
        shares = [one.cheapest[name].estimate if name in one.cheapest else math.nan for name in strategies]
        costs = [
            one.cost[name][what] if name in one.cost else math.nan
            for name in strategies
            for what in ("mean", "mcse")
        ]
        row = [
            _no_formula(found.names[cell.scenario]), *(cell.values[key] for key in keys), *scenario.compare,
            one.cheaper.estimate, *_ends(one.cheaper), one.cheaper.ties, one.best, *shares, *costs,
            one.difference["mean"], *one.difference["ci95"], one.difference["mcse"], one.reached, one.median_month,
            one.lasting, one.lasting_month,
        ]  # fmt: skip
        writer.writerow(_field(item) for item in row)
    return out.getvalue().encode()


def _field(item: float | str | None) -> str:
    """What stands in the table: all digits of a number, nothing where there is none."""
    if item is None or (isinstance(item, float) and not math.isfinite(item)):
        return ""
    return repr(float(item)) if isinstance(item, float) else str(item)


def _no_formula(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name[:1] in "=+-@" else name
