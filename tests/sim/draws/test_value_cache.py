"""Values kept from run to run: the same bits as drawn anew, whatever changed in between."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim import Run, Scenario, simulate
from sim.draws.value_cache import Memory

DRAWS = 20_000
BASE: dict[str, Any] = {
    "study": {"compare": ["tuned_hosted", "rag"]},
    "dependence": [
        {"inputs": ["price.input", "price.output"], "rank_correlation": 0.9},
        {"inputs": ["workload.queries_per_month", "serve.peak_to_mean"], "rank_correlation": -0.4},
    ],
}
CHANGES: tuple[dict[str, Any], ...] = (
    {},
    {"tokens.output": {"lognormal": {"p10": 100, "p90": 400}}},
    {"price.input": {"lognormal": {"p10": 2, "p90": 4}}},
    {"price.output": 7.0},
    {
        "rag.search_price": {
            "mixture": {"weights": [1, 1], "parts": [0.5, {"lognormal": {"p10": 1, "p90": 2}}]}
        }
    },
    {"tune.runs": {"discrete": {"values": [1, 5], "weights": [0.5, 0.5]}}},
    {"cache.prompt_hit_rate": {"beta": {"mean": 0.7, "sd": 0.05}}, "price.input": 1.0},
)


def same(one: Run, other: Run) -> bool:
    return (
        np.array_equal(one.tally.moments.mean, other.tally.moments.mean)
        and np.array_equal(one.tally.moments.m2, other.tally.moments.m2)
        and np.array_equal(one.tally.counts, other.tally.counts)
        and np.array_equal(one.tally.less, other.tally.less)
        and np.array_equal(one.tally.cheapest, other.tally.cheapest)
        and np.array_equal(one.tally.items, other.tally.items)
        and np.array_equal(one.sample_values, other.sample_values)
    )


@pytest.mark.parametrize(
    "design", ["sobol", *(pytest.param(other, marks=pytest.mark.slow) for other in ("mc", "lhs", "aligned"))]
)
def test_the_bits_are_those_of_a_run_without_memory(design: str) -> None:
    memory = Memory(1 << 30)
    scenario = Scenario.from_dict(BASE)
    there = [
        (moved, draws, simulate(moved, draws, design=design))
        for moved in map(scenario.with_values, CHANGES)
        for draws in (DRAWS // 2, DRAWS)
    ]
    for moved, draws, alone in (*there, *there[::-1]):
        assert same(simulate(moved, draws, design=design, memory=memory), alone)


def test_another_seed_or_another_correlation_is_not_mistaken() -> None:
    memory = Memory(1 << 30)
    scenario = Scenario.from_dict(BASE)
    looser = Scenario.from_dict(BASE | {"dependence": BASE["dependence"][:1]})
    for one, seed in ((scenario, 1), (scenario, 2), (looser, 2), (scenario, 1)):
        assert same(simulate(one, DRAWS, seed=seed, memory=memory), simulate(one, DRAWS, seed=seed))


def test_memory_is_used_and_kept_within_its_limit() -> None:
    scenario = Scenario.from_dict(BASE)
    memory = Memory(1 << 30)
    simulate(scenario, DRAWS, memory=memory)
    uncertain = sum(not distribution.certain for distribution in scenario.inputs.values())
    assert memory.size == 8 * DRAWS * uncertain
    simulate(scenario.with_values(CHANGES[1]), DRAWS, memory=memory)
    assert memory.size == 8 * DRAWS * (uncertain + 1)
    small = Memory(8 * DRAWS * uncertain)
    for change in CHANGES[:3]:
        assert same(
            simulate(scenario.with_values(change), DRAWS, memory=small),
            simulate(scenario.with_values(change), DRAWS),
        )
        assert 0 < small.size <= small.limit
    none = Memory(8 * DRAWS * uncertain - 1)
    simulate(scenario, DRAWS, memory=none)
    assert none.size == 0
