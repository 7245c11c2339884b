"""One deterministic evaluation of the cost model: every month and every line item, to check by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError, did_you_mean
from sim.draws.job import scratch_for
from sim.kernel.at_values import evaluate_values, trace_values
from sim.kernel.exact import ABOVE
from sim.kernel.months import discount_factors
from sim.kernel.prices import Prices
from sim.model.program import Program
from sim.scenario.scenario import Scenario

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Trace:
    """Strategies month by month, undiscounted, over n draws.

    program: of the strategies. lines: of its distinct lines, (lines, H+1, n), USD. steps: by strategy and step, (H+1,
    n) each, 0 in month 0; a strategy without the step has no entry.
    """

    program: Program
    lines: Array
    steps: Mapping[tuple[str, str], Array]

    def items(self, strategy: str) -> dict[str, Array]:
        """What a strategy pays in each month by item, (H+1, n) each."""
        return self.program.items_of(strategy, self.lines)


def trace(
    scenario: Scenario,
    values: Array,
    strategies: Sequence[str],
    steps: Sequence[str] = (),
    changing: Prices | None = None,
) -> Trace:
    """The months of strategies at values (inputs, n), in the order of the scenario's inputs.

    steps: of the equations, to be read in every month. changing: prices that change, in place of the scenario's.
    """
    watch = [(strategy, step) for strategy in strategies for step in steps]
    program, n = scenario.program_of(strategies, watch), values.shape[1]
    held = scenario.prices if changing is None else changing
    lines = np.empty((program.code.line.size, scenario.horizon + 1, n))
    watched = np.array(list(program.watched.values()), dtype=np.int64).reshape(-1, 2).T.copy()
    seen = np.empty((watched.shape[1], scenario.horizon + 1, n))
    trace_values(values, held, program.code, scratch_for(program, held), watched, lines, seen)
    return Trace(program, lines, dict(zip(program.watched, seen, strict=True)))


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
    """The cost model once, every input at its median unless `values` gives it; what is made of others follows them.

    Raises UserError for an unknown key, a value that is not a finite number, an expression that comes to what its input
    cannot be, and costs that overflow.
    """
    given = {}
    for key, value in (values or {}).items():
        if key not in scenario.known:
            raise UserError(Fault(key, "is not an input", hint=did_you_mean(key, scenario.known)))
        if not math.isfinite(value):
            raise UserError(Fault(key, f"found {value}", "a finite number"))
        given[key] = float(value)
    if given.keys() & scenario.expressions.keys():
        # a number in place of an expression is what everything that is made of it follows
        scenario = scenario.with_values(
            {key: given[key] for key in given.keys() & scenario.expressions.keys()}
        )
    drawn = {key: np.array([given.get(key, float(value.median()))]) for key, value in scenario.inputs.items()}
    scenario.check_values(drawn)
    inputs = {key: float(value[0]) for key, value in scenario.values_of(drawn).items()}
    matrix = np.array([drawn[key] for key in scenario.inputs])
    horizon, program = scenario.horizon, scenario.program
    discount = discount_factors(horizon, scenario.discount_rate)
    cumulative = np.empty((len(program.names), horizon + 1, 1))
    present, work = np.empty((program.code.line.size, 1)), scratch_for(program, scenario.prices)
    evaluate_values(
        matrix,
        discount,
        scenario.prices,
        program.code,
        work,
        cumulative,
        present,
        np.empty((len(program.names), 1)),
    )
    if not np.isfinite(cumulative).all():
        large = sorted(inputs, key=lambda key: abs(inputs[key]), reverse=True)[:3]
        shown = ", ".join(f"{key} = {inputs[key]:.3g}" for key in large)
        raise UserError(Fault("", "costs overflow", hint=f"the largest inputs are {shown}"))
    traced = trace(scenario, matrix, scenario.strategies)
    items = {
        name: {item: months[:, 0] for item, months in traced.items(name).items()} for name in program.names
    }
    a, b = (cumulative[program.names.index(name), :, 0] for name in scenario.compare)
    level = a[1:] <= b[1:] * ABOVE
    reached, lasting = np.flatnonzero(level), int(np.max(np.flatnonzero(~level), initial=-1)) + 2
    return Evaluation(
        inputs,
        {name: float(cumulative[k, -1, 0]) for k, name in enumerate(program.names)},
        {name: np.sum(list(by_item.values()), axis=0) for name, by_item in items.items()},
        items,
        {
            name: {item: float(total) for item, total in program.items_of(name, present[:, 0]).items()}
            for name in program.names
        },
        scenario.compare,
        int(reached[0]) + 1 if reached.size else None,
        lasting if lasting <= horizon else None,
    )
