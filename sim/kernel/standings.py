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
from sim.kernel.columns import TILE, Row
from sim.kernel.fold import added, in_turn
from sim.kernel.reductions import ABOVE, BELOW, EVER_A, EVER_B, GREATER, LESS
from sim.kernel.strategies import COUNT
from sim.kernel.tile import COST, LEAST

Words = NDArray[np.int64]

PAIRS: tuple[tuple[int, int], ...] = tuple(combinations(range(COUNT), 2))
"""Every pair of strategies, in the order of the counts."""


Costs = tuple[float, ...]
"""Of one draw, a cost a strategy."""


def _cost_of(s: int) -> Callable[..., Any]:
    own = COST + s * TILE

    @jit(inline=True)
    def cost(t: Row, lane: int) -> Costs:
        return (t[own + lane],)

    return cost


def _times(s: int) -> Callable[..., Any]:
    @jit(inline=True)
    def times(costs: Costs, factor: float) -> Costs:
        return (costs[s] * factor,)

    return times


_costs = added([_cost_of(s) for s in range(COUNT)])
_scaled = added([_times(s) for s in range(COUNT)])


@jit(inline=True)
def _levels(t: Row, lane: int) -> tuple[Costs, Costs, Costs]:
    """The costs of a draw, and the least and the greatest that count as equal to them."""
    costs = _costs(t, lane)
    return costs, _scaled(costs, BELOW), _scaled(costs, ABOVE)


def _pair(k: int) -> Callable[..., Any]:
    """Count two draws of a replicate in the k-th pair."""
    first, second = PAIRS[k]
    state, at = k * TILE, k * REPLICATES

    @jit(inline=True)
    def standing(draw: tuple[Costs, Costs, Costs], reached: Words, lane: int, a_low: int, b_low: int) -> int:
        """The word of `reductions.compare`: what has ever been, and what is now."""
        costs, low, high = draw
        below, above = costs[first] < low[second], costs[first] > high[second]
        ever = reached[state + lane] | select(above, 0, a_low) | select(below, 0, b_low)
        reached[state + lane] = ever
        return ever + select(below, LESS, select(above, GREATER, 0))

    @jit(inline=True)
    def pair(
        one: tuple[Costs, Costs, Costs],
        two: tuple[Costs, Costs, Costs],
        reached: Words,
        counts: Words,
        r: int,
        a_low: int,
        b_low: int,
    ) -> None:
        word = standing(one, reached, r, a_low, b_low)
        counts[at + r] += word + standing(two, reached, REPLICATES + r, a_low, b_low)

    return pair


_all_pairs = in_turn([_pair(k) for k in range(len(PAIRS))])


@jit(inline=True)
def _shared(ties: float) -> float:
    """1 / ties for a whole number up to that of strategies: looking it up takes half of a division's time."""
    share = 1.0
    for k in range(2, COUNT + 1):
        share = select(ties > k - 0.5, 1.0 / k, share)
    return share


@jit
def stand(
    t: Row,
    month: int,
    barred: Row,
    reached: Words,
    counts: Words,
    wins: Row,
    spent: Row,
) -> None:
    """Count a month of a whole tile.

    barred (S,): 0 for a strategy that may be cheapest, infinite for another. counts, wins, spent: those of the month,
    (pairs * R,), (S * R,), (S * R,). The tile's least cost is left in its row.
    """
    a_low, b_low = EVER_A if month > 0 else 0, EVER_B if month > 0 else 0
    for r in range(REPLICATES):
        _all_pairs(_levels(t, r), _levels(t, REPLICATES + r), reached, counts, r, a_low, b_low)
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
        low_share, high_share = _shared(low_ties), _shared(high_ties)
        for s in range(COUNT):
            first, second = t[COST + s * TILE + r], t[COST + s * TILE + REPLICATES + r]
            won = select(first + barred[s] <= low, low_share, 0.0)
            wins[s * REPLICATES + r] += won + select(second + barred[s] <= high, high_share, 0.0)
            spent[s * REPLICATES + r] += first + second
