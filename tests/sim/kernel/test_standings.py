"""Standings of a tile, told from the upper halves of costs, against a plain reading of the costs themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from distributions.sampling.jit import BLOCK, REPLICATES, STRIDE, jit
from sim.kernel.bit_masks import WORD
from sim.kernel.exact import ABOVE, BELOW
from sim.kernel.reductions import Tally, empty_tally
from sim.kernel.rows import TILE
from sim.kernel.standings import (
    add_spending,
    close_block,
    close_standings,
    close_word,
    every_pair,
    open_standings,
    stand,
    stand_exactly,
)

Array = NDArray[np.float64]
COUNT = 5
MANY = (1, 2, 5, 6, 24)
"""Numbers of strategies: pairs and strategies then fill one group of words, a part of one, or many."""


@jit
def _stand(costs: Any, standings: Any, rows: Any, cost: Any, tally: Any) -> int:
    """Costs (S, months, n) by 32 draws, put in rows of a block; how many months of 32 draws were read exactly."""
    months, n = costs.shape[1], costs.shape[2]
    exactly = 0
    for block in range(0, n, BLOCK):
        in_block = min(BLOCK, n - block)
        for first in range(0, in_block, TILE):
            left = min(TILE, in_block - first)
            for month in range(months):
                for s in range(cost.size):
                    for i in range(TILE):
                        rows[cost[s] * STRIDE + first + i] = costs[
                            s, month, block + first + i if i < left else block
                        ]
                add_spending(rows, cost, first, left, month, tally.cumulative.reshape(-1))
                for word in range((left + WORD - 1) // WORD):
                    here, lanes = first + word * WORD, min(WORD, left - word * WORD)
                    if not stand(rows, cost, here, month, here // WORD, standings):
                        exactly += 1
                        stand_exactly(rows, cost, here, month, here // WORD, lanes, standings, tally)
            for word in range((left + WORD - 1) // WORD):
                close_word(standings, first // WORD + word, min(WORD, left - word * WORD))
        close_block(standings, in_block)
    close_standings(standings, tally)
    return exactly


def _counted(costs: Array, eligible: NDArray[np.bool_] | None = None) -> tuple[Tally, int]:
    count = len(costs)
    allowed = np.ones(count, dtype=bool) if eligible is None else eligible
    tally = empty_tally(count, 1, 0, len(every_pair(count)), costs.shape[1] - 1, 1)
    rows, cost = np.zeros((count + 2) * STRIDE), np.arange(2, count + 2)
    return tally, _stand(costs, open_standings(costs.shape[1], allowed), rows, cost, tally)


def _by_replicate(flags: Array) -> Array:
    """(…, n) to sums (…, R)."""
    return np.stack([flags[..., r::REPLICATES].sum(axis=-1) for r in range(REPLICATES)], axis=-1)


def _check(costs: Array, eligible: NDArray[np.bool_] | None = None) -> int:
    """The tally of costs (S, months, n) is a plain reading's; returns how many months of a tile were read exactly."""
    tally, exactly = _counted(costs, eligible)
    for k, (first, second) in enumerate(every_pair(len(costs))):
        a, b = costs[first], costs[second]
        low, high = np.minimum(b * BELOW, b * ABOVE), np.maximum(b * BELOW, b * ABOVE)
        less, greater = a < low, a > high
        np.testing.assert_array_equal(tally.less[:, k], _by_replicate(less))
        np.testing.assert_array_equal(tally.equal[:, k], _by_replicate(~less & ~greater))
        for way, behind in enumerate((greater, less)):
            ever = np.logical_or.accumulate(~behind[1:], axis=0)
            still = np.logical_and.accumulate(~behind[:0:-1], axis=0)[::-1]
            np.testing.assert_array_equal(tally.reached[1:, k, way], ever.sum(axis=-1))
            np.testing.assert_array_equal(tally.lasting[1:, k, way], still.sum(axis=-1))
            assert tally.fell_back[k, way] == np.any(ever[:-1] & behind[2:], axis=0).sum()
        assert not tally.reached[0].any()
        assert not tally.lasting[0].any()
    eligible = np.ones(len(costs), dtype=bool) if eligible is None else eligible
    barred = np.where(np.isnan(costs) | ~eligible[:, None, None], np.inf, costs)
    least = barred.min(axis=0)
    won = (costs <= np.maximum(least * BELOW, least * ABOVE)) & eligible[:, None, None]
    share = won / np.maximum(won.sum(axis=0), 1)
    np.testing.assert_allclose(tally.cheapest, _by_replicate(share).swapaxes(0, 1), rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(tally.cumulative.sum(axis=-1), costs.sum(axis=-1).T, rtol=1e-13)
    return exactly


def _costs(n: int, months: int = 4, seed: int = 1) -> Array:
    return np.random.default_rng(seed).lognormal(10.0, 1.0, (COUNT, months, n))


@pytest.mark.parametrize("n", [1, 16, 31, 32, 33, 250, 256, 700, 16_384])
def test_standings_are_the_plain_reading(n: int) -> None:
    _check(_costs(n))


@pytest.mark.parametrize("count", MANY)
def test_whatever_the_number_of_strategies(count: int) -> None:
    rng = np.random.default_rng(7)
    _check(rng.lognormal(10.0, 1.0, (count, 3, 300)))
    _check(rng.integers(0, 9, (count, 3, 300)).astype(float), rng.random(count) < 0.7)


def test_most_months_are_told_from_upper_halves() -> None:
    assert _check(_costs(16_384)) < 0.01 * 4 * 16_384 / WORD


@pytest.mark.parametrize("n", [20, 700])
def test_who_gets_ahead_once_and_keeps_it(n: int) -> None:
    # costs that run apart: no draw falls back but in the first tile
    costs = np.cumsum(
        np.random.default_rng(5).lognormal(0.0, 1.0, (COUNT, 1, n)) + np.zeros((1, 6, 1)), axis=1
    )
    costs += np.random.default_rng(6).uniform(0.0, 4.0, (COUNT, 1, n))
    _check(costs)
    costs[1, 3, :10] *= 5.0
    _check(costs)


def test_costs_that_are_equal_share_the_place_of_the_cheapest() -> None:
    _check(np.random.default_rng(2).integers(0, 4, (COUNT, 5, 500)).astype(float))


@pytest.mark.parametrize("gap", [0.0, 1e-16, 0.9e-12, 1.1e-12, 1e-9, 2.0**-22, 2.0**-20, 2.0**-18])
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_whatever_the_distance(gap: float, sign: float) -> None:
    # at all places between two upper halves, and across them
    base = np.random.default_rng(3).uniform(1.0, 2.0, (2, 960))
    base[:, :480] = 1.0 + np.arange(480) * 2.0**-20
    costs = np.stack([base * (1.0 + sign * gap) ** s for s in range(COUNT)])
    _check(costs)


@pytest.mark.parametrize("barred", [(0,), (COUNT - 1,), (0, 2), tuple(range(1, COUNT))])
def test_only_the_eligible_are_cheapest(barred: tuple[int, ...]) -> None:
    eligible = np.ones(COUNT, dtype=bool)
    eligible[list(barred)] = False
    _check(_costs(300), eligible)
    _check(np.random.default_rng(4).integers(0, 3, (COUNT, 2, 300)).astype(float), eligible)


@pytest.mark.parametrize("odd", [0.0, -0.0, -1.0, 5e-324, 1e-310, 1e300, np.inf, np.nan])
def test_numbers_out_of_the_ordinary(odd: float) -> None:
    costs = _costs(200)
    costs[1, :, ::7] = odd
    costs[3, 2, ::3] = odd
    with np.errstate(invalid="ignore"):
        _check(costs)


def test_costs_below_zero() -> None:
    costs = _costs(500) - 2e4
    costs[2, :, ::5] = costs[1, :, ::5] * (1.0 + 0.5e-12)
    _check(costs)
