"""Costs at given values do not depend on how many are asked for at once, nor on what was asked for before."""

from __future__ import annotations

import numpy as np

from sim import Scenario
from sim.models.model import _AT_ONCE, evaluate_costs

KEY = "workload.queries_per_month"


def test_costs_are_those_of_the_parts() -> None:
    scenario = Scenario.from_dict({"study": {"horizon_months": 12}})
    queries = np.linspace(1e4, 1e7, 2 * _AT_ONCE + 300)
    whole = evaluate_costs(scenario, {KEY: queries})
    for part in (slice(0, 1), slice(_AT_ONCE - 5, _AT_ONCE + 5), slice(2 * _AT_ONCE, None)):
        costs = evaluate_costs(scenario, {KEY: queries[part]})
        assert {name: cost.tobytes() for name, cost in costs.items()} == {
            name: cost[part].tobytes() for name, cost in whole.items()
        }


def test_one_value_stands_for_all_draws() -> None:
    scenario = Scenario.from_dict({"study": {"horizon_months": 12}})
    queries = np.linspace(1e4, 1e7, 40)
    one = evaluate_costs(scenario, {KEY: queries, "price.input": np.array(3.0)})
    each = evaluate_costs(scenario, {KEY: queries, "price.input": np.full(40, 3.0)})
    assert {name: cost.tolist() for name, cost in one.items()} == {
        name: cost.tolist() for name, cost in each.items()
    }
