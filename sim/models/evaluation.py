"""One deterministic evaluation of the cost model: every month and every line item, to check by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError, did_you_mean
from distributions.inputs import registry
from sim.kernel import block
from sim.kernel.at_values import evaluate_values, trace_values
from sim.kernel.columns import KEYS
from sim.kernel.exact import ABOVE
from sim.kernel.lines import LINES
from sim.kernel.months import discount_factors
from sim.kernel.repricing import Prices, prices
from sim.kernel.strategies import COUNT, FIRST_LINE, LINE_ITEM, NAMES
from sim.scenario.scenario import Scenario

Array = NDArray[np.float64]


def item_totals(strategy: str, lines: Array) -> dict[str, float]:
    """Lines of one strategy (lines,) added up by item."""
    position = NAMES.index(strategy)
    totals: dict[str, float] = {}
    for k in range(int(FIRST_LINE[position]), int(FIRST_LINE[position + 1])):
        totals[LINE_ITEM[k]] = totals.get(LINE_ITEM[k], 0.0) + float(lines[k])
    return totals


def line_items(strategy: str) -> tuple[str, ...]:
    """The item of each line of a strategy; two lines may share one."""
    position = NAMES.index(strategy)
    return LINE_ITEM[int(FIRST_LINE[position]) : int(FIRST_LINE[position + 1])]


@dataclass(frozen=True)
class Trace:
    """One strategy month by month, undiscounted, over n draws.

    months: (lines, H+1, n), USD. queries: (H+1, n). gpus: (H+1, n), zero where none are rented.
    """

    months: Array
    queries: Array
    gpus: Array


def trace(values: Array, horizon: int, strategy: str, changing: Prices | None = None) -> Trace:
    """One strategy's months at values (inputs, n), in the registry's order; `changing` prices change in them."""
    n = values.shape[1]
    record = Trace(
        np.empty((len(line_items(strategy)), horizon + 1, n)),
        np.empty((horizon + 1, n)),
        np.zeros((horizon + 1, n)),
    )
    work = block.scratch(len(KEYS), 0)
    held = prices(horizon) if changing is None else changing
    trace_values(
        values, horizon, NAMES.index(strategy), held, work, record.months, record.queries, record.gpus
    )
    return record


@dataclass(frozen=True)
class Evaluation:
    """One deterministic evaluation of the cost model.

    inputs: value by key. cost: present value by strategy, USD. months: undiscounted cost of months 0 … H.
    items: undiscounted cost of each line item in each month. breakdown: present value of each line item.
    breakeven_month: the first by whose end the first of the compared pair has cost no more than the second.
    breakeven_lasting: the one from which that stays so to the end. None where never.
    """

    inputs: Mapping[str, float]
    cost: Mapping[str, float]
    months: Mapping[str, Array]
    items: Mapping[str, Mapping[str, Array]]
    breakdown: Mapping[str, Mapping[str, float]]
    compare: tuple[str, str]
    breakeven_month: int | None
    breakeven_lasting: int | None

    def to_dict(self) -> dict[str, Any]:
        """As `evaluate --json` prints it."""
        a, b = self.compare
        return {
            "inputs": dict(self.inputs),
            "cost": dict(self.cost),
            "months": {name: months.tolist() for name, months in self.months.items()},
            "breakdown": {name: dict(items) for name, items in self.breakdown.items()},
            "breakeven_month": {"a": a, "b": b, "month": self.breakeven_month},
            "breakeven_lasting": {"a": a, "b": b, "month": self.breakeven_lasting},
        }


def evaluate(scenario: Scenario, values: Mapping[str, float] | None = None) -> Evaluation:
    """The cost model once, every input at its median unless `values` gives it.

    Raises UserError for an unknown key, a value that is not a finite number, and costs that overflow.
    """
    inputs = {key: float(scenario.inputs[key].median()) for key in registry()}
    for key, value in (values or {}).items():
        if key not in inputs:
            raise UserError(Fault(key, "is not an input", hint=did_you_mean(key, inputs)))
        if not math.isfinite(value):
            raise UserError(Fault(key, f"found {value}", "a finite number"))
        inputs[key] = float(value)
    matrix = np.array([[inputs[key]] for key in KEYS])
    horizon = scenario.horizon
    discount = discount_factors(horizon, scenario.discount_rate)
    work = block.scratch(len(KEYS), 0)
    cumulative = np.empty((COUNT, horizon + 1, 1))
    present = np.empty((LINES, 1))
    evaluate_values(matrix, discount, scenario.prices, work, cumulative, present, np.empty(1))
    if not np.isfinite(cumulative).all():
        large = sorted(inputs, key=lambda key: abs(inputs[key]), reverse=True)[:3]
        shown = ", ".join(f"{key} = {inputs[key]:.3g}" for key in large)
        raise UserError(Fault("", "costs overflow", hint=f"the largest inputs are {shown}"))
    items: dict[str, dict[str, Array]] = {}
    for name in scenario.strategies:
        by_item: dict[str, Array] = {}
        traced = trace(matrix, horizon, name, scenario.prices).months[:, :, 0]
        for item, months in zip(line_items(name), traced, strict=True):
            by_item[item] = by_item.get(item, np.zeros(horizon + 1)) + months
        items[name] = by_item
    a, b = (cumulative[NAMES.index(name), :, 0] for name in scenario.compare)
    level = a[1:] <= b[1:] * ABOVE
    reached, lasting = np.flatnonzero(level), int(np.max(np.flatnonzero(~level), initial=-1)) + 2
    return Evaluation(
        inputs,
        {name: float(cumulative[NAMES.index(name), -1, 0]) for name in scenario.strategies},
        {name: np.sum(list(by_item.values()), axis=0) for name, by_item in items.items()},
        items,
        {name: item_totals(name, present[:, 0]) for name in scenario.strategies},
        scenario.compare,
        int(reached[0]) + 1 if reached.size else None,
        lasting if lasting <= horizon else None,
    )
