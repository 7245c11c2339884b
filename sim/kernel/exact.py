"""How costs stand where it may be close: number by number in 64 bits, with ties.

For any number of strategies, as a user's model has them, and for those months of the cost model's draws that
`standings.py` cannot tell at a glance. Positions are unsigned: a signed one would be checked for counting from the end,
and stop vectorisation.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import REPLICATES, jit, select
from sim.kernel.bit_masks import WORD
from sim.kernel.reductions import PARTS
from sim.kernel.rows import Row

TIE = 1e-12
"""Two costs are equal where they differ by no more than this share of the second.

Strategies that inputs make equal are added up from different lines, and would else be told apart by their last bits:
a sum of some thousand positive terms is right to about 1e-14. Nothing real is as near.
"""
BELOW, ABOVE = 1.0 - TIE, 1.0 + TIE


@jit(inline=True)
def _level(b: float) -> tuple[float, float]:
    """The least and the greatest cost that count as equal to b; costs of a user's model may be negative."""
    below, above = b * BELOW, b * ABOVE
    return select(b < 0.0, above, below), select(b < 0.0, below, above)


@jit
def relation(costs: Row, first: int, second: int) -> tuple[int, int]:
    """In which of 32 draws a < b, and in which they are equal; a, b from positions `first`, `second`."""
    a_at, b_at = np.uint64(first), np.uint64(second)
    less, greater = 0, 0
    for lane in range(WORD):
        i = np.uint64(lane)
        a = costs[a_at + i]
        low, high = _level(costs[b_at + i])
        bit = 1 << lane
        less |= select(a < low, bit, 0)
        greater |= select(a > high, bit, 0)
    return less, ((1 << WORD) - 1) ^ (less | greater)


@jit
def add_word(word: int, counts: NDArray[np.int64]) -> None:
    """Count the bits of a word by replicate, (R,)."""
    for r in range(REPLICATES):
        counts[r] += ((word >> r) & 1) + ((word >> (REPLICATES + r)) & 1)


@jit
def share_cheapest(
    costs: Row, first: int, width: int, draws: int, eligible: NDArray[np.bool_], wins: NDArray[np.float64]
) -> None:
    """Who is the cheapest of the eligible in those of 32 draws that are set; k strategies that tie get 1/k each.

    costs: flat, strategy s from position first + s * width on. wins (S, R).
    """
    for lane in range(WORD):
        if (draws >> lane) & 1 == 0:
            continue
        least, ties = np.inf, 0
        for s in range(eligible.size):
            cost = costs[np.uint64(first + s * width + lane)]
            if eligible[s] and cost < least:
                least = cost
        bound = _level(least)[1]
        for s in range(eligible.size):
            if eligible[s] and costs[np.uint64(first + s * width + lane)] <= bound:
                ties += 1
        for s in range(eligible.size):
            if eligible[s] and costs[np.uint64(first + s * width + lane)] <= bound:
                wins[s, lane % REPLICATES] += 1.0 / ties


@jit
def add_total(costs: Row, first: int, lanes: int, sums: Row, at: int) -> None:
    """Add some of 32 draws, from position `first` on, to their partial sums, from sums[at] on."""
    for i in range(lanes):
        sums[np.uint64(at) + np.uint64(i % PARTS)] += costs[first + i]
