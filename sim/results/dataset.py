"""A run as labelled arrays and as the content of `run.json`: dims, units and long names are attached here only."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distributions.inputs import cited
from distributions.records import plain
from sim.model.strategies import LABELS, attribute
from sim.results.labelled import LabelledArrays
from sim.results.numbers import BAND, CURVE, MEASURES, Numbers
from sim.results.records import LEVELS, BreakEven, Described, Summary
from sim.scenario import market_notes
from sim.scenario import sources as ledger
from sim.scenario.scenario import Scenario

Array = NDArray[np.float64]
Variables = dict[str, tuple[tuple[str, ...], NDArray[Any], dict[str, str]]]

_LONG = {
    "cost": ("present-value cost over the horizon", "USD"),
    "cost_per_query": ("present-value cost over the queries of the horizon", "USD/query"),
    "regret": ("cost over that of the cheapest eligible strategy", "USD"),
    "difference": ("cost of the first of the compared pair minus that of the second", "USD"),
}

INPUT_LEVELS = np.array([0.005, *(np.arange(1, 100) / 100), 0.995])
"""Levels at which the inputs' own quantiles are stored: enough to draw each density."""


def version() -> str:
    """This tool's version."""
    try:
        return metadata.version("breakeven")
    except metadata.PackageNotFoundError:
        return "0+unknown"


def versions() -> dict[str, str]:
    """Versions of everything that can move a bit of the result."""
    names = ("numpy", "scipy", "numba", "xarray")
    return {"breakeven": version(), **{name: metadata.version(name) for name in names}}


def build(run: Numbers) -> LabelledArrays:
    """The run's arrays.

    Dims draw, month, strategy, other, item, input, quantile, level, ci_bound, checkpoint, and input_level, that of the
    inputs' own quantiles.
    """
    variables: Variables = {}
    _measures(run, variables)
    _probabilities(run, variables)
    _breakeven(run, variables)
    _paths(run, variables)
    _sample(run, variables)
    _inputs(run, variables)
    inputs = list(run.sampler.names)
    coords: dict[str, Any] = {
        "strategy": list(run.strategies),
        "other": list(run.strategies),
        "month": (
            "month",
            np.arange(run.horizon + 1),
            {"long_name": "operating month, 0 is setup", "units": "months"},
        ),
        "quantile": list(LEVELS),
        "level": np.linspace(0.0, 1.0, CURVE),
        "ci_bound": ["lower", "upper"],
        "band": list(BAND),
        "input": inputs,
        "input_level": INPUT_LEVELS,
    }
    if run.scenario is not None:
        coords["item"] = list(run.scenario.program.items)
    a, b = run.compare
    attrs = {
        "Conventions": "CF-1.11",
        "title": run.title,
        "compare_a": a,
        "compare_b": b,
        "eligible": list(run.eligible),
        "draws": run.draws,
        "seed": str(run.seed),
        "design": run.design,
        "replicates": 16 if run.stratified else 1,
        "horizon_months": run.horizon,
        "discount_rate": run.scenario.discount_rate if run.scenario is not None else 0.0,
        "sample_draws": run.sample_values.shape[1],
        "version": version(),
    }
    if run.scenario is not None:
        attrs |= attribute({name: run.scenario.labels[name] for name in run.strategies})
    if run.design_note:
        attrs["design_note"] = run.design_note
    return LabelledArrays(variables, coords, attrs)


def _measures(run: Numbers, variables: Variables) -> None:
    def put(name: str, parts: Mapping[str, Described], curves: Array, *dims: str) -> None:
        long, units = _LONG[name]
        curve = ((*dims, "level"), curves, "inverse distribution function")
        for suffix, (along, values, what) in {**parts, "cdf_value": curve}.items():
            variables[f"{name}_{suffix}"] = (
                along,
                values,
                {"long_name": f"{what} of {long}", "units": units},
            )

    levels = np.linspace(0.0, 1.0, CURVE)
    barred = [s not in run.eligible for s in run.strategies]
    for name in MEASURES:
        parts = Summary.arrays([run.measure(name, s) for s in run.strategies], "strategy")
        if name == "regret":
            for _, values, _ in parts.values():
                values[barred] = np.nan
        put(name, parts, np.array([run.quantiles(name, s, levels) for s in run.strategies]), "strategy")
    if len(run.strategies) > 1:
        put("difference", Summary.arrays([run.difference()]), run.difference_quantiles(levels))


def _probabilities(run: Numbers, variables: Variables) -> None:
    n = len(run.strategies)
    months = run.horizon + 1
    estimate = np.full((n, n, months), 0.5)
    interval = np.full((n, n, months, 2), 0.5)
    ties = np.ones((n, n))
    total = run.tally.draws.sum()
    for p, (a, b) in enumerate(run.pairs):
        if a not in run.strategies or b not in run.strategies:
            continue
        i, j = run.strategies.index(a), run.strategies.index(b)
        less, equal = run.tally.less[p], run.tally.equal[p]
        chance, low, high = run.chance(less, equal, run.tally.draws)
        estimate[i, j], interval[i, j, :, 0], interval[i, j, :, 1] = chance, low, high
        estimate[j, i], interval[j, i, :, 0], interval[j, i, :, 1] = 1.0 - chance, 1.0 - high, 1.0 - low
        ties[i, j] = ties[j, i] = equal[-1].sum() / total
    positions = [run.positions[s] for s in run.strategies]
    wins = run.tally.cheapest[positions]
    cheapest, low, high = run.chance(wins, np.zeros_like(wins), run.tally.draws)
    cheapest_ci = np.stack([low, high], axis=-1)
    barred = [s not in run.eligible for s in run.strategies]
    cheapest[barred] = cheapest_ci[barred] = 0.0 if run.eligible else np.nan
    if run.draws < 2 and not run.certain:
        interval[:], cheapest_ci[:] = np.nan, np.nan
    dimensionless = {"units": "1"}
    cheaper = "probability that the strategy costs less than the other, ties counted half"
    best = "probability that the strategy is the cheapest of the eligible"
    pair = ("strategy", "other")
    variables["probability_cheaper"] = (pair, estimate[..., -1], {"long_name": cheaper, **dimensionless})
    variables["probability_cheaper_ci"] = (
        (*pair, "ci_bound"),
        interval[..., -1, :],
        {"long_name": cheaper, **dimensionless},
    )
    by_month = (*pair, "month")
    variables["probability_cheaper_by_month"] = (by_month, estimate, {"long_name": cheaper, **dimensionless})
    variables["probability_cheaper_by_month_ci"] = (
        (*by_month, "ci_bound"),
        interval,
        {"long_name": cheaper, **dimensionless},
    )
    variables["tie_share"] = (
        pair,
        ties,
        {"long_name": "share of draws in which the two cost the same", **dimensionless},
    )
    variables["probability_cheapest"] = (("strategy",), cheapest[:, -1], {"long_name": best, **dimensionless})
    variables["probability_cheapest_ci"] = (
        ("strategy", "ci_bound"),
        cheapest_ci[:, -1],
        {"long_name": best, **dimensionless},
    )
    variables["probability_cheapest_by_month"] = (
        ("strategy", "month"),
        cheapest,
        {"long_name": best, **dimensionless},
    )
    variables["probability_cheapest_by_month_ci"] = (
        ("strategy", "month", "ci_bound"),
        cheapest_ci,
        {"long_name": best, **dimensionless},
    )


def _breakeven(run: Numbers, variables: Variables) -> None:
    n = len(run.strategies)
    if run.horizon == 0:
        return
    ways: dict[str, tuple[Callable[[str, str], BreakEven], str]] = {
        "breakeven": (run.breakeven, "first comes down to the other's in this month"),
        "breakeven_lasting": (
            run.breakeven_lasting,
            "is at or below the other's from this month to the last",
        ),
    }
    for name, (of_pair, what) in ways.items():
        by_month, never = np.zeros((n, n, run.horizon + 1)), np.zeros((n, n))
        for i, a in enumerate(run.strategies):
            for j, b in enumerate(run.strategies):
                if i != j:
                    breakeven = of_pair(a, b)
                    by_month[i, j, 1:], never[i, j] = breakeven.by_month, breakeven.never
        variables[f"{name}_probability"] = (
            ("strategy", "other", "month"),
            by_month,
            {"long_name": f"probability that the strategy's cumulative cost {what}", "units": "1"},
        )
        variables[f"{name}_never"] = (
            ("strategy", "other"),
            never,
            {"long_name": "probability that it does not within the horizon", "units": "1"},
        )
    falls_back = np.zeros((n, n))
    for i, a in enumerate(run.strategies):
        for j, b in enumerate(run.strategies):
            if i != j:
                falls_back[i, j] = run.probability_falls_back(a, b)
    variables["breakeven_falls_back"] = (
        ("strategy", "other"),
        falls_back,
        {"long_name": "probability that it comes down to the other's and is above it later", "units": "1"},
    )
    table = run.breakdown()
    known = run.scenario.program.items if run.scenario is not None else ()
    items = np.array([[table[s].get(item, 0.0) for item in known] for s in run.strategies])
    variables["item_mean"] = (
        ("strategy", "item"),
        items,
        {"long_name": "mean present value of the line item", "units": "USD"},
    )


def _paths(run: Numbers, variables: Variables) -> None:
    positions = [run.positions[s] for s in run.strategies]
    usd = {"units": "USD"}
    variables["cumulative_cost_mean"] = (
        ("strategy", "month"),
        run.tally.cumulative[positions] / run.draws,
        {"long_name": "mean cumulative discounted cost", **usd},
    )
    variables["cumulative_cost_quantile"] = (
        ("strategy", "month", "band"),
        run.cumulative_quantiles(),
        {
            "long_name": "quantiles of the cumulative discounted cost, from the first draws; in the last month of all",
            "draws": run.sample_cumulative.shape[-1],
            **usd,
        },
    )
    if not run.tally.path or len(run.strategies) < 2:
        return
    a, b = run.compare
    _, swapped = run._pair(a, b)
    draws, estimates, lows, highs = [], [], [], []
    for count, less, equal, by_replicate in run.tally.path:
        events = by_replicate - less - equal if swapped else less
        estimate, low, high = run.chance(events, equal, by_replicate)
        draws.append(count)
        estimates.append(float(estimate))
        lows.append(float(low))
        highs.append(float(high))
    what = f"P({a} cheaper than {b}) as draws accumulate"
    for name, values in (("estimate", estimates), ("low", lows), ("high", highs)):
        variables[f"convergence_{name}"] = (
            ("checkpoint",),
            np.array(values),
            {"long_name": what, "units": "1"},
        )
    variables["convergence_draws"] = (
        ("checkpoint",),
        np.array(draws, dtype=float),
        {"long_name": "draws", "units": "1"},
    )


def _sample(run: Numbers, variables: Variables) -> None:
    positions = [run.positions[s] for s in run.strategies]
    variables["sample_cost"] = (
        ("draw", "strategy"),
        run.sample_costs[positions].T,
        {"long_name": "present-value cost of the first draws, kept for pictures", "units": "USD"},
    )
    variables["sample_input"] = (
        ("draw", "input"),
        run.sample_values.T,
        {"long_name": "input values of the first draws", "units": "each input's own"},
    )


def _inputs(run: Numbers, variables: Variables) -> None:
    """Every input's distribution as it was run, its unit, source, whether defaulted, and how it was sampled."""
    names = run.sampler.names
    distributions = (
        run.scenario.inputs
        if run.scenario is not None
        else run.model.marginals
        if run.model is not None
        else {}
    )
    known = run.scenario.known if run.scenario is not None else {}
    defaulted = set(run.scenario.defaulted) if run.scenario is not None else set()

    def source(name: str) -> str:
        return cited(known[name].source) if name in defaulted else distributions[name].source or ""

    columns: dict[str, tuple[list[str], str]] = {
        "input_distribution": (
            [json.dumps(distributions[name].spec, ensure_ascii=False, default=str) for name in names],
            "distribution as in a scenario file, as JSON",
        ),
        "input_unit": ([known[name].unit if name in known else "" for name in names], "unit"),
        "input_source": ([source(name) for name in names], "where the figure comes from"),
        "input_sampling": (
            [run.sampler.methods.get(name, "certain") for name in names],
            "how it was sampled",
        ),
    }
    for column, (texts, what) in columns.items():
        variables[column] = (("input",), np.array(texts, dtype=str), {"long_name": f"{what} of each input"})
    variables["input_defaulted"] = (
        ("input",),
        np.array([name in defaulted for name in names]),
        {"long_name": "whether the scenario left the input at its default"},
    )
    variables["input_quantile"] = (
        ("input", "input_level"),
        np.array([distributions[name].ppf(INPUT_LEVELS) for name in names]),
        {"long_name": "quantiles of each input as it was run", "units": "each input's own"},
    )
    errors = np.array([run.sampler.errors.get(name, 0.0) for name in names])
    what = "largest error in u of the sampled inverse distribution function"
    variables["input_sampling_error"] = (("input",), errors, {"long_name": what, "units": "1"})


def _expressions(run: Numbers, scenario: Scenario) -> dict[str, Any]:
    """What each input that is made of others comes to in the draws that are kept, by name."""
    values = scenario.values_of(dict(zip(run.sampler.names, run.sample_values, strict=True)))
    levels = (0.05, 0.5, 0.95)
    return {
        name: {
            "expression": made.calculation.text,
            "unit": scenario.known[name].unit,
            "mean": float(values[name].mean()),
            "sd": float(values[name].std()),
            "quantiles": {f"{q:g}": float(np.quantile(values[name], q)) for q in levels},
            "draws": int(values[name].size),
        }
        for name, made in scenario.expressions.items()
    }


def summary(run: Numbers) -> dict[str, Any]:
    """`run.json`, but for what the studies add: requirements and exclusions."""
    a, b = run.compare
    result: dict[str, Any] = {
        "study": {"title": run.title, "horizon_months": run.horizon, "strategies": list(run.strategies)},
        "version": version(),
        "versions": versions(),
        "seed": run.seed,
        "draws": run.draws,
        "design": run.design,
        "replicates": 16 if run.stratified else 1,
    }
    if run.design_note:
        result["design_note"] = run.design_note
    if len(run.strategies) > 1:
        cheaper = run.probability_cheaper(a, b)
        by_month = [run.probability_cheaper(a, b, m).estimate for m in range(run.horizon + 1)]
        result["probability_cheaper"] = {"a": a, "b": b, **cheaper.to_dict(), "by_month": by_month}
        result["pairs"] = {
            a: {b: chance.to_dict() for b, chance in row.items()}
            for a, row in run.probabilities_cheaper().items()
        }
    result["probability_cheapest"] = {s: run.probability_cheapest(s).to_dict() for s in run.strategies}
    for name in MEASURES:
        of = run.eligible if name == "regret" else run.strategies
        result[name] = {s: run.measure(name, s).to_dict() for s in of}
    if len(run.strategies) > 1:
        result["difference"] = {"a": a, "b": b, **run.difference().to_dict()}
    if run.horizon:
        result["breakeven_month"] = run.breakeven(a, b).to_dict()
        result["breakeven_lasting"] = run.breakeven_lasting(a, b).to_dict()
        result["probability_falls_back"] = run.probability_falls_back(a, b)
    result["evpi"] = plain(run.evpi)
    result["tail_warnings"] = [warning.to_dict() for warning in run.tail_warnings]
    result["breakdown"] = run.breakdown()
    if run.scenario is not None:
        result[LABELS] = {name: run.scenario.labels[name] for name in run.strategies}
        result["study"]["discount_rate"] = run.scenario.discount_rate
        result["study"]["compare"] = [a, b]
        if "market" in run.scenario.tables():
            result["market"] = run.scenario.tables()["market"]
            result["market_notes"] = list(market_notes.notes(run.scenario))
        result["ledger"] = ledger.summary(ledger.ledger(run.scenario))
        result["defaulted_inputs"] = list(run.scenario.defaulted)
        if run.scenario.expressions:
            result["expressions"] = _expressions(run, run.scenario)
        result["converted"] = {
            key: marginal.note
            for key, marginal in run.scenario.inputs.items()
            if marginal.note and key not in run.scenario.defaulted
        }
    result["sampling"] = {
        name: {"method": run.sampler.methods[name], "largest_error_in_u": run.sampler.errors[name]}
        for name in run.sampler.methods
    }
    if run.tolerance is not None:
        result["tolerance"] = {"asked": str(run.tolerance), "reached": run.tolerance_reached}
    result["timing"] = dict(run.timing)
    return result
