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


def _pair(k: int) -> Callable[..., Any]:
    """Count one pair of a tile."""
    first, second = (COST + s * TILE for s in PAIRS[k])
    state, at = k * TILE, k * REPLICATES

    @jit(inline=True)
    def one(t: Row, reached: NDArray[np.int64], counts: NDArray[np.int64], a_low: int, b_low: int) -> None:
        for r in range(REPLICATES):
            a, b = t[first + r], t[second + r]
            low, high = b * BELOW, b * ABOVE
            word = reached[state + r] | select(a <= high, a_low, 0) | select(a >= low, b_low, 0)
            reached[state + r] = word
            word += select(a < low, LESS, 0) + select(a > high, GREATER, 0)
            a, b = t[first + REPLICATES + r], t[second + REPLICATES + r]
            low, high = b * BELOW, b * ABOVE
            other = reached[state + REPLICATES + r] | select(a <= high, a_low, 0) | select(a >= low, b_low, 0)
            reached[state + REPLICATES + r] = other
            counts[at + r] += word + other + select(a < low, LESS, 0) + select(a > high, GREATER, 0)

    return one


def _fold(k: int = 0) -> Callable[..., Any]:
    """All pairs from the k-th on, as one function."""
    own = _pair(k)
    if k + 1 == len(PAIRS):
        return own
    rest = _fold(k + 1)

    @jit(inline=True)
    def both(t: Row, reached: NDArray[np.int64], counts: NDArray[np.int64], a_low: int, b_low: int) -> None:
        own(t, reached, counts, a_low, b_low)
        rest(t, reached, counts, a_low, b_low)

    return both


_all_pairs = _fold()


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
    _all_pairs(t, reached, counts, EVER_A if month > 0 else 0, EVER_B if month > 0 else 0)
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
