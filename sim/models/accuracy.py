"""How accurate each strategy is over the horizon, and what it costs apart from its errors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sim.draws.job import scratch_for
from sim.kernel.at_values import evaluate_values
from sim.kernel.months import discount_factors
from sim.models.model import evaluate_costs, input_rows
from sim.scenario.scenario import Scenario

Array = NDArray[np.float64]

PER_ERROR = "quality.cost_per_error"
VOLUME = "workload.queries_per_month"


def costs_without_errors(scenario: Scenario, values: Mapping[str, Array]) -> dict[str, Array]:
    """Present-value cost, USD, of each strategy without its line item "errors": (n,) arrays by name.

    values: (n,) arrays by input; an input without values is at its median.
    """
    n = len(next(iter(values.values())))
    held, names = _held(scenario, PER_ERROR)
    return evaluate_costs(held, {**values, **dict.fromkeys(names, np.zeros(n))})


def accuracies(scenario: Scenario, values: Mapping[str, Array]) -> dict[str, Array]:
    """Share of right answers over the horizon, from 0 to 1, of each strategy: (n,) arrays by name.

    Every query of the horizon counts the same, whenever it comes. The line items are worked with errors at 1 USD and
    nothing discounted, so that "errors" is their number: what a tuned model loses between trainings is in it by the
    very equations that price it. The share does not depend on how many queries there are; where there are none it is
    that of any number.
    """
    n = len(next(iter(values.values())))
    now = _values(scenario, values, n)
    scenario, errors = _held(scenario, PER_ERROR)
    scenario, volumes = _held(scenario, VOLUME)
    given = {
        **values,
        **dict.fromkeys(errors, np.ones(n)),
        **{name: np.where(now[name] > 0.0, now[name], 1.0) for name in volumes},
    }
    undiscounted = discount_factors(scenario.horizon, 0.0)
    program = scenario.program
    lines, queries = np.empty((program.code.line.size, n)), np.empty((len(program.names), n))
    evaluate_values(
        input_rows(scenario, given),
        undiscounted,
        scenario.prices,
        program.code,
        scratch_for(program, scenario.prices),
        np.empty((len(program.names), 1, n)),
        lines,
        queries,
    )
    return {
        name: 1.0 - program.items_of(name, lines)["errors"] / queries[k]
        for k, name in enumerate(program.names)
    }


def _held(scenario: Scenario, key: str) -> tuple[Scenario, tuple[str, ...]]:
    """The scenario with an input, and what strategies have in its place, drawn and not made of others; their names."""
    names = tuple(name for name in scenario.known if name.rpartition(":")[2] == key)
    made = [name for name in names if name in scenario.expressions]
    return scenario.with_values({name: scenario.medians[name] for name in made}) if made else scenario, names


def _values(scenario: Scenario, values: Mapping[str, Array], n: int) -> dict[str, Array]:
    """Every input at given values, at its median where it has none: (n,) arrays by name."""
    drawn = {
        key: np.asarray(values[key], dtype=float) if key in values else np.full(n, value.median())
        for key, value in scenario.inputs.items()
    }
    return scenario.values_of(drawn)


def value_of_a_point(scenario: Scenario, values: Mapping[str, Array]) -> Array:
    """What one more percentage point of right answers saves in errors over the horizon, USD, present value: (n,)."""
    months = np.arange(1, scenario.horizon + 1)[:, None]
    now = _values(scenario, values, len(next(iter(values.values()))))
    first, growth, per_error = (now[key] for key in (VOLUME, "workload.annual_growth", PER_ERROR))
    weight = discount_factors(scenario.horizon, scenario.discount_rate)[1:, None]
    queries = (first * (1.0 + growth) ** ((months - 1) / 12.0) * weight).sum(axis=0)
    return np.asarray(0.01 * per_error * queries)
