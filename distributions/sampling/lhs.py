"""Latin hypercube sampling in blocks, 16 independent hypercubes side by side, without storing a permutation.

M. D. McKay, R. J. Beckman & W. J. Conover 1979. Each replicate of n points has one point in each of n equal strata
of every input. The permutation of strata is a keyed bijection evaluated at an index: a balanced Feistel network over
the next power of four, walked until it falls below n (J. Black & P. Rogaway 2002, cycle walking).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.compiled import BLOCK, REPLICATES, jit
from distributions.sampling.streams import MASK, philox, unit_interval

_ROUNDS = 4
"""Four rounds of a good mixing are a permutation that no test of ours tells from a random one (Luby & Rackoff 1988)."""

_POINTS = BLOCK // REPLICATES
_S32 = np.uint64(32)
_JITTER = np.uint64(1 << 31)
"""Sets the counters of the jitter apart from those of the permutations' keys."""

_ZERO = np.uint64(0)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_MIX2 = np.uint64(0xBF58476D1CE4E5B9)


@jit(inline=True)
def _round(value: np.uint64, key: np.uint64) -> np.uint64:
    """A mixing of 64 bits (the finaliser of D. Stafford's variant 13)."""
    value = (value ^ key) * _MIX
    value = (value ^ (value >> np.uint64(30))) * _MIX2
    return value ^ (value >> np.uint64(31))


@jit
def half_width(count: int) -> int:
    """Bits of each half of the network: the least for which both halves together number `count` or more."""
    half = 1
    while (1 << (2 * half)) < count:
        half += 1
    return half


@jit(inline=True)
def stratum(index: int, count: int, half: int, key: np.uint64) -> int:
    """Where a keyed permutation of 0 … count-1 takes `index`; half: `half_width(count)`."""
    width = np.uint64(half)
    mask = (np.uint64(1) << width) - np.uint64(1)
    value = np.uint64(index)
    while True:
        left = value >> width
        right = value & mask
        for turn in range(_ROUNDS):
            left, right = right, left ^ (_round(right, key + np.uint64(turn)) & mask)
        value = (left << width) | right
        if value < np.uint64(count):
            return int(value)


@jit
def fill_lhs(out: NDArray[np.float64], block: int, draws: int, key: NDArray[np.uint64]) -> None:
    """The points of one block of one input: out[i] is point (block * 256 + i) // 16 of hypercube i % 16.

    draws: of the whole run; the strata of replicate r are the ceil((draws - r) / 16) that it will have.
    """
    k0, k1, c2, c3 = key[0], key[1], key[2], key[3]
    for replicate in range(REPLICATES):
        word, _ = philox(np.uint64(replicate), _ZERO, c2, c3, k0, k1)
        points = (draws - replicate + REPLICATES - 1) // REPLICATES
        half = half_width(points)
        for k in range(_POINTS):
            point = block * _POINTS + k
            # lanes beyond the last draw are filled with something, and not counted
            count = max(points, point + 1)
            jitter, _ = philox(
                np.uint64(point) & MASK,
                (np.uint64(point) >> _S32) | _JITTER,
                c2,
                c3 ^ np.uint64(replicate),
                k0,
                k1,
            )
            at = stratum(point, count, half if count == points else half_width(count), word)
            out[k * REPLICATES + replicate] = (at + unit_interval(jitter)) / count
