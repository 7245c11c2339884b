"""Latin hypercube sampling in blocks, 16 independent hypercubes side by side, without storing a permutation.

M. D. McKay, R. J. Beckman & W. J. Conover 1979. Each replicate of n points has one point in each of n equal strata
of every input. The permutation of strata is a keyed bijection evaluated at an index: a Feistel network over the next
power of two, walked until it falls below n (J. Black & P. Rogaway 2002, cycle walking), and turned by a random number
of strata, so that each index is taken to every stratum with the same probability.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import BLOCK, REPLICATES, jit
from distributions.sampling.streams import MASK, philox, unit_interval

_DOUBLE_ROUNDS = 4
"""Each mixes both parts once. Halves of a few bits need more than the four rounds that make long ones look random
(M. Luby & C. Rackoff 1988): after four, the correlation of two inputs varies by a twentieth more than it should."""

_LEAST_BITS = 6
"""Of the network: over fewer, eight rounds do not yet make all permutations equally likely."""

_POINTS = BLOCK // REPLICATES
_S32 = np.uint64(32)
_JITTER = np.uint64(1 << 31)
"""Sets the counters of the jitter apart from those of the permutations' keys."""

_LARGEST = 1.0 - 2.0**-53
_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)


@jit(inline=True)
def _hashed(word: np.uint64) -> np.uint64:
    """All 64 bits mixed (D. Stafford's variant 13): of a word and steps on from it, a sequence like SplitMix64's."""
    word = (word ^ (word >> np.uint64(30))) * _MIX
    word = (word ^ (word >> np.uint64(27))) * _MIX2
    return word ^ (word >> np.uint64(31))


@jit(inline=True)
def _round(value: np.uint64, key: np.uint64) -> np.uint64:
    """A part of the network, keyed and mixed."""
    value = (value ^ key) * _STEP
    value = (value ^ (value >> np.uint64(30))) * _MIX
    return value ^ (value >> np.uint64(31))


@jit(inline=True)
def _network(value: np.uint64, bits: int, key: np.uint64) -> np.uint64:
    """A keyed permutation of the numbers of so many bits.

    Rounds have keys of their own, hashed apart: with keys that are like each other one round undoes part of another.
    """
    low = np.uint64((bits + 1) // 2)
    right_mask = (_ONE << low) - _ONE
    left_mask = (_ONE << np.uint64(bits // 2)) - _ONE
    left, right = value >> low, value & right_mask
    for _ in range(_DOUBLE_ROUNDS):
        key += _STEP
        right ^= _round(left, _hashed(key)) & right_mask
        key += _STEP
        left ^= _round(right, _hashed(key)) & left_mask
    return (left << low) | right


@jit
def fill_lhs(
    out: NDArray[np.float64], block: int, draws: int, key: NDArray[np.uint64], strata: NDArray[np.uint64]
) -> None:
    """The points of one block of one input: out[i] is point (block * 256 + i) // 16 of hypercube i % 16.

    draws: of the whole run; the strata of replicate r are the ceil((draws - r) / 16) that it will have.
    strata (16,) is scratch.
    """
    k0, k1, c2, c3 = key[0], key[1], key[2], key[3]
    for replicate in range(REPLICATES):
        replicate_key, turn = philox(np.uint64(replicate), _ZERO, c2, c3, k0, k1)
        points = max((draws - replicate + REPLICATES - 1) // REPLICATES, 1)
        count = np.uint64(points)
        turn %= count
        bits = _LEAST_BITS
        while (1 << bits) < points:
            bits += 1
        # the network once for all points, which are worked side by side, and on for the few that it takes too far
        for k in range(_POINTS):
            # lanes beyond the last draw repeat it, and are not counted
            point = np.uint64(min(block * _POINTS + k, points - 1))
            strata[k] = _network(point, bits, replicate_key)
        for k in range(_POINTS):
            at = strata[k]
            while at >= count:
                at = _network(at, bits, replicate_key)
            strata[k] = at
        for k in range(_POINTS):
            point = np.uint64(min(block * _POINTS + k, points - 1))
            jitter, _ = philox(point & MASK, (point >> _S32) | _JITTER, c2, c3 ^ np.uint64(replicate), k0, k1)
            at = strata[k] + turn
            if at >= count:
                at -= count
            # the sum may round up to a whole number
            out[k * REPLICATES + replicate] = min((int(at) + unit_interval(jitter)) / points, _LARGEST)
