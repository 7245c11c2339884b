"""How the strategies of a whole tile stand in a month: who is below whom, who is cheapest, what has been spent.

The same counts as `compare`, `share_cheapest` and `add_total` of `reductions.py`, which take any number of draws; here
every offset is a constant and a month of ten pairs takes a third of the time. A tile of 32 draws is two draws of each
replicate.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.compiled import REPLICATES, jit, select
from sim.kernel.columns import Row
from sim.kernel.reductions import ABOVE, BELOW, EVER_A, EVER_B, GREATER, LESS
from sim.kernel.strategies import COUNT
from sim.kernel.tile import COST, LEAST, TILE

PAIRS: tuple[tuple[int, int], ...] = tuple(combinations(range(COUNT), 2))
"""Every pair of strategies, in the order of the counts."""


def _costs(s: int = 0) -> Callable[..., Any]:
    """The costs of all strategies from the s-th on in one draw, as a tuple."""
    own = COST + s * TILE

    @jit(inline=True)
    def last(t: Row, lane: int) -> tuple[float, ...]:
        return (t[own + lane],)

    if s + 1 == COUNT:
        return last
    rest = _costs(s + 1)

    @jit(inline=True)
    def costs(t: Row, lane: int) -> tuple[float, ...]:
        return (t[own + lane],) + rest(t, lane)  # noqa: RUF005

    return costs


def _scaled(s: int = 0) -> Callable[..., Any]:
    """Costs from the s-th on times a factor, as a tuple."""

    @jit(inline=True)
    def last(costs: tuple[float, ...], factor: float) -> tuple[float, ...]:
        return (costs[s] * factor,)

    if s + 1 == COUNT:
        return last
    rest = _scaled(s + 1)

    @jit(inline=True)
    def scaled(costs: tuple[float, ...], factor: float) -> tuple[float, ...]:
        return (costs[s] * factor,) + rest(costs, factor)  # noqa: RUF005

    return scaled


_all_costs, _all_scaled = _costs(), _scaled()


@jit(inline=True)
def _word(below: bool, above: bool, ever: int) -> int:
    """The word of `reductions.compare`: what has ever been, and what is now."""
    return ever + select(below, LESS, select(above, GREATER, 0))


def _pair(k: int) -> Callable[..., Any]:
    """Count two draws of a replicate in the k-th pair."""
    first, second = PAIRS[k]
    state, at = k * TILE, k * REPLICATES

    @jit(inline=True)
    def pair(
        one: tuple[float, ...],
        one_low: tuple[float, ...],
        one_high: tuple[float, ...],
        two: tuple[float, ...],
        two_low: tuple[float, ...],
        two_high: tuple[float, ...],
        reached: NDArray[np.int64],
        counts: NDArray[np.int64],
        r: int,
        a_low: int,
        b_low: int,
    ) -> None:
        below, above = one[first] < one_low[second], one[first] > one_high[second]
        ever = reached[state + r] | select(above, 0, a_low) | select(below, 0, b_low)
        reached[state + r] = ever
        word = _word(below, above, ever)
        below, above = two[first] < two_low[second], two[first] > two_high[second]
        ever = reached[state + REPLICATES + r] | select(above, 0, a_low) | select(below, 0, b_low)
        reached[state + REPLICATES + r] = ever
        counts[at + r] += word + _word(below, above, ever)

    return pair


def _pairs(k: int = 0) -> Callable[..., Any]:
    """All pairs from the k-th on, as one function."""
    own = _pair(k)
    if k + 1 == len(PAIRS):
        return own
    rest = _pairs(k + 1)

    @jit(inline=True)
    def pairs(
        one: tuple[float, ...],
        one_low: tuple[float, ...],
        one_high: tuple[float, ...],
        two: tuple[float, ...],
        two_low: tuple[float, ...],
        two_high: tuple[float, ...],
        reached: NDArray[np.int64],
        counts: NDArray[np.int64],
        r: int,
        a_low: int,
        b_low: int,
    ) -> None:
        own(one, one_low, one_high, two, two_low, two_high, reached, counts, r, a_low, b_low)
        rest(one, one_low, one_high, two, two_low, two_high, reached, counts, r, a_low, b_low)

    return pairs


_all_pairs = _pairs()


@jit
def stand(
    t: Row,
    month: int,
    barred: Row,
    reached: NDArray[np.int64],
    counts: NDArray[np.int64],
    wins: Row,
    spent: Row,
) -> None:
    """Count a month of a whole tile.

    barred (S,): 0 for a strategy that may be cheapest, infinite for another. counts, wins, spent: those of the month,
    (pairs * R,), (S * R,), (S * R,). The tile's least cost is left in its row.
    """
    a_low, b_low = EVER_A if month > 0 else 0, EVER_B if month > 0 else 0
    for r in range(REPLICATES):
        one, two = _all_costs(t, r), _all_costs(t, REPLICATES + r)
        one_low, one_high = _all_scaled(one, BELOW), _all_scaled(one, ABOVE)
        two_low, two_high = _all_scaled(two, BELOW), _all_scaled(two, ABOVE)
        _all_pairs(one, one_low, one_high, two, two_low, two_high, reached, counts, r, a_low, b_low)
    for r in range(REPLICATES):
        low, high = np.inf, np.inf
        for s in range(COUNT):
            cost = t[COST + s * TILE + r] + barred[s]
            low = select(cost < low, cost, low)
            cost = t[COST + s * TILE + REPLICATES + r] + barred[s]
            high = select(cost < high, cost, high)
        t[LEAST + r] = low
        t[LEAST + REPLICATES + r] = high
        low *= ABOVE
        high *= ABOVE
        low_ties, high_ties = 0.0, 0.0
        for s in range(COUNT):
            low_ties += select(t[COST + s * TILE + r] + barred[s] <= low, 1.0, 0.0)
            high_ties += select(t[COST + s * TILE + REPLICATES + r] + barred[s] <= high, 1.0, 0.0)
        low_share, high_share = 1.0 / low_ties, 1.0 / high_ties
        for s in range(COUNT):
            first, second = t[COST + s * TILE + r], t[COST + s * TILE + REPLICATES + r]
            won = select(first + barred[s] <= low, low_share, 0.0)
            wins[s * REPLICATES + r] += won + select(second + barred[s] <= high, high_share, 0.0)
            spent[s * REPLICATES + r] += first + second
