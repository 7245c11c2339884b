"""Chunks merged by compiled code, against numpy over all draws at once."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from distributions.sampling.jit import REPLICATES
from sim import Scenario, simulate
from sim.draws.job import CHUNK
from sim.engine.chunks import measures_of
from sim.kernel.block import BATCH

SCENARIO = Scenario.from_dict({"study": {"title": "t", "horizon_months": 3, "compare": ["prompt", "rag"]}})


@pytest.mark.parametrize("draws", [1, 33, BATCH, BATCH + 1, CHUNK + 300, 2 * CHUNK + BATCH - 7])
def test_what_a_run_counts_is_what_its_draws_say(draws: int) -> None:
    """Some draws, a batch, a block and some more, several chunks: each draw counts once, under its own replicate."""
    every = list(itertools.combinations(SCENARIO.strategies, 2))
    run = simulate(SCENARIO, draws, 5, "mc", keep=draws, differences=every)
    assert run.measured == run.pairs
    tally, costs = run.tally, run.sample_costs
    _, queries = run.first.evaluator.costs(run.sample_values, False)
    eligible, positions = np.ones(len(costs), dtype=bool), run.positions
    pairs = np.array([[positions[a], positions[b]] for a, b in run.pairs])
    measures = measures_of(costs, queries, eligible, pairs)
    replicate = np.arange(draws) % REPLICATES
    np.testing.assert_array_equal(tally.draws, np.bincount(replicate, minlength=REPLICATES))
    for r in range(min(draws, REPLICATES)):
        own = measures[:, replicate == r]
        size = np.abs(own).max(axis=1)
        assert set(tally.moments.count[:, r]) == {float(own.shape[1])}
        # of a quantity that changes its sign the last bits are those of its size; squares are as exact as that
        assert np.all(np.abs(tally.moments.mean[:, r] - own.mean(axis=1)) <= 1e-12 * size)
        assert np.all(np.abs(tally.moments.m2[:, r] / own.shape[1] - own.var(axis=1)) <= 1e-11 * size**2)
    extremes = np.stack([measures.min(axis=1), measures.max(axis=1)], axis=1)
    np.testing.assert_allclose(tally.extremes, extremes, rtol=1e-14)
    np.testing.assert_array_equal(tally.counts.sum(axis=1), draws)
    for p, (a, b) in enumerate(run.pairs):
        first, second = costs[run.positions[a]], costs[run.positions[b]]
        less, greater = (first < second * (1 - 1e-12)).sum(), (first > second * (1 + 1e-12)).sum()
        assert tally.less[p, -1].sum() == less
        assert tally.equal[p, -1].sum() == draws - less - greater
    assert tally.cheapest[:, -1].sum() == pytest.approx(draws)
    np.testing.assert_allclose(tally.cumulative[:, -1], costs.sum(axis=1), rtol=1e-12)
    paid = tally.items[SCENARIO.program.sums].sum()
    np.testing.assert_allclose(paid, costs.sum(), rtol=1e-12)
