"""Chunks merged by compiled code, against numpy over all draws at once."""

from __future__ import annotations

import numpy as np
import pytest

from distributions.sampling.compiled import REPLICATES
from sim import Scenario, simulate
from sim.job import CHUNK
from sim.kernel.block import BATCH

SCENARIO = Scenario.from_dict({"study": {"title": "t", "horizon_months": 3, "compare": ["prompt", "rag"]}})


@pytest.mark.parametrize("draws", [1, 33, BATCH, BATCH + 1, CHUNK + 300, 2 * CHUNK + BATCH - 7])
def test_what_a_run_counts_is_what_its_draws_say(draws: int) -> None:
    """Some draws, a batch, a block and some more, several chunks: each draw counts once, under its own replicate."""
    run = simulate(SCENARIO, draws, 5, "mc", keep=draws)
    outcome, costs = run.outcome, run.sample_costs
    strategies = len(costs)
    np.testing.assert_array_equal(
        outcome.draws, np.bincount(np.arange(draws) % REPLICATES, minlength=REPLICATES)
    )
    for r in range(min(draws, REPLICATES)):
        own = costs[:, r::REPLICATES]
        count, mean, m2 = (
            np.asarray(part)[:strategies, r]
            for part in (outcome.moments.count, outcome.moments.mean, outcome.moments.m2)
        )
        assert set(count) == {float(own.shape[1])}
        np.testing.assert_allclose(mean, own.mean(axis=1), rtol=1e-12)
        # a sum of n squares of deviations, each right to some last bits of a cost
        np.testing.assert_allclose(m2, own.var(axis=1) * own.shape[1], rtol=1e-9, atol=1e-9 * own.max() ** 2)
    np.testing.assert_array_equal(
        outcome.extremes[:strategies], np.stack([costs.min(axis=1), costs.max(axis=1)], 1)
    )
    np.testing.assert_array_equal(outcome.counts.sum(axis=1), draws)
    for p, (a, b) in enumerate(run.pairs):
        first, second = costs[run.positions[a]], costs[run.positions[b]]
        less, greater = (first < second * (1 - 1e-12)).sum(), (first > second * (1 + 1e-12)).sum()
        assert outcome.less[p, -1].sum() == less
        assert outcome.equal[p, -1].sum() == draws - less - greater
    assert outcome.cheapest[:, -1].sum() == pytest.approx(draws)
    np.testing.assert_allclose(outcome.cumulative[:, -1], costs.sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(outcome.items.sum(), costs.sum(), rtol=1e-12)
