"""What a run keeps of each block of draws: sums, counts and histograms, each mergeable.

Sums are taken lane by lane modulo 16, so that each replicate of a stratified design has its own; counts are whole
numbers. Histograms count in bins that are even near the centre of a quantity and grow with the distance from it
(float bits of 1 + |x - centre| / scale), 1,024 to an octave: quantiles interpolated in them are within 0.1 % of
the distance from the centre, at any scale and in tails as heavy as may be.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.compiled import BLOCK, REPLICATES, float_bits, jit, select
from sim.kernel.columns import Row

_BITS = 10
OCTAVES = 24
SIDE = OCTAVES << _BITS
"""Bins on one side of the centre; the last takes everything beyond 2^24 scales."""

BINS = 2 * SIDE
_SHIFT = 52 - _BITS
_ONE_KEY = 1023 << _BITS
_LESS, _GREATER, _EVER_A, _EVER_B = (1 << 16 * k for k in range(4))


class Tally(NamedTuple):
    """Sums and counts of a run of draws; R = 16 replicates.

    moments (measures, 2, R): sums of the deviation from the measure's centre, and of its square
    extremes (measures, 2, R): least and greatest
    compared (pairs, H+1, R): the packed counts of `compare`; see `unpack`
    cheapest (H+1, S, R): draws in which a strategy is the cheapest of the eligible by month m, ties shared
    cumulative (H+1, S, R): sum of the cumulative cost
    items (lines, R): sum of each line's present value
    draws (R,): draws of each replicate
    """

    moments: NDArray[np.float64]
    extremes: NDArray[np.float64]
    compared: NDArray[np.int64]
    cheapest: NDArray[np.float64]
    cumulative: NDArray[np.float64]
    items: NDArray[np.float64]
    draws: NDArray[np.int64]


def empty_tally(strategies: int, measures: int, pairs: int, horizon: int, lines: int) -> Tally:
    """A tally of no draws."""
    extremes = np.empty((measures, 2, REPLICATES))
    extremes[:, 0], extremes[:, 1] = np.inf, -np.inf
    months = horizon + 1
    return Tally(
        np.zeros((measures, 2, REPLICATES)),
        extremes,
        np.zeros((pairs, months, REPLICATES), dtype=np.int64),
        np.zeros((months, strategies, REPLICATES)),
        np.zeros((months, strategies, REPLICATES)),
        np.zeros((lines, REPLICATES)),
        np.zeros(REPLICATES, dtype=np.int64),
    )


@jit
def add_moments(
    row: Row, lanes: int, centre: float, first: Row, second: Row, least: Row, greatest: Row
) -> None:
    """Deviations from the centre and their squares, least and greatest value; each (R,), by replicate."""
    whole = lanes - lanes % REPLICATES
    for start in range(0, whole, REPLICATES):
        part = row[start : start + REPLICATES]
        for r in range(REPLICATES):
            d = part[r] - centre
            first[r] += d
            second[r] += d * d
            least[r] = select(part[r] < least[r], part[r], least[r])
            greatest[r] = select(part[r] > greatest[r], part[r], greatest[r])
    for i in range(whole, lanes):
        r = i - whole
        d = row[i] - centre
        first[r] += d
        second[r] += d * d
        least[r] = select(row[i] < least[r], row[i], least[r])
        greatest[r] = select(row[i] > greatest[r], row[i], greatest[r])


@jit
def add_histogram(
    row: Row,
    lanes: int,
    centre: float,
    per_scale: float,
    keys: NDArray[np.int64],
    histogram: NDArray[np.int64],
) -> None:
    """Count each value in its bin: `SIDE + k` above the centre, `SIDE - 1 - k` below it. histogram (BINS,)."""
    for i in range(BLOCK):
        d = (row[i] - centre) * per_scale
        size = 1.0 + select(d < 0.0, -d, d)
        key = (float_bits(size) >> _SHIFT) - _ONE_KEY
        key = min(key, SIDE - 1)
        keys[i] = SIDE - 1 - key if d < 0.0 else SIDE + key
    for i in range(lanes):
        histogram[keys[i]] += 1


def bin_edges(centre: float, scale: float) -> NDArray[np.float64]:
    """The edges of the histogram's bins, ascending, shape (BINS + 1,)."""
    keys = np.arange(SIDE + 1)
    sizes = ((keys + _ONE_KEY) << _SHIFT).view(np.float64) - 1.0
    return np.concatenate([centre - scale * sizes[:0:-1], centre + scale * sizes])


@jit
def compare(
    a: Row, b: Row, lanes: int, month: int, reached: NDArray[np.int64], counts: NDArray[np.int64]
) -> None:
    """Count a < b, a > b and, from month 1 on, whether a has ever been at or below b, and b at or below a.

    reached: a word a lane, carried from month to month. counts (R,): a word a replicate. The four counts share a
    word, 16 bits each in the order above: one addition counts all, and a chunk has 1,024 draws a replicate.
    """
    at_or_below = _EVER_A if month > 0 else 0
    at_or_above = _EVER_B if month > 0 else 0
    whole = lanes - lanes % REPLICATES
    for start in range(0, whole, REPLICATES):
        pa, pb = a[start : start + REPLICATES], b[start : start + REPLICATES]
        ever = reached[start : start + REPLICATES]
        for r in range(REPLICATES):
            word = ever[r] | select(pa[r] <= pb[r], at_or_below, 0) | select(pa[r] >= pb[r], at_or_above, 0)
            ever[r] = word
            counts[r] += word + select(pa[r] < pb[r], _LESS, 0) + select(pa[r] > pb[r], _GREATER, 0)
    for i in range(whole, lanes):
        word = reached[i] | select(a[i] <= b[i], at_or_below, 0) | select(a[i] >= b[i], at_or_above, 0)
        reached[i] = word
        counts[i - whole] += word + select(a[i] < b[i], _LESS, 0) + select(a[i] > b[i], _GREATER, 0)


def unpack(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The four counts of `compare`'s words, on a new first axis: less, greater, a ever reached b, b ever reached a."""
    words = counts.view(np.uint64)
    return np.stack([(words >> np.uint64(16 * k)) & np.uint64(0xFFFF) for k in range(4)]).astype(np.int64)


@jit
def share_cheapest(
    costs: Row, lanes: int, eligible: NDArray[np.bool_], least: Row, share: Row, cheapest: NDArray[np.float64]
) -> None:
    """Who is the cheapest of the eligible; k strategies that tie get 1/k each.

    costs: rows of cumulative cost, a row a strategy. least, share: scratch rows; least holds the least cost after.
    cheapest (S, R).
    """
    count = eligible.size
    for i in range(BLOCK):
        least[i] = np.inf
        share[i] = 0.0
    for s in range(count):
        if eligible[s]:
            row = costs[s * BLOCK : (s + 1) * BLOCK]
            for i in range(BLOCK):
                share[i] = select(row[i] < least[i], 0.0, share[i]) + select(row[i] <= least[i], 1.0, 0.0)
                least[i] = select(row[i] < least[i], row[i], least[i])
    for i in range(BLOCK):
        share[i] = 1.0 / share[i]
    whole = lanes - lanes % REPLICATES
    for s in range(count):
        if eligible[s]:
            row, wins = costs[s * BLOCK : (s + 1) * BLOCK], cheapest[s]
            for start in range(0, whole, REPLICATES):
                part = row[start : start + REPLICATES]
                low, part_share = least[start : start + REPLICATES], share[start : start + REPLICATES]
                for r in range(REPLICATES):
                    wins[r] += select(part[r] == low[r], part_share[r], 0.0)
            for i in range(whole, lanes):
                wins[i - whole] += select(row[i] == least[i], share[i], 0.0)


@jit
def add_total(row: Row, lanes: int, sums: Row) -> None:
    """Add the first lanes of a row to sums (R,), each lane to its replicate's."""
    whole = lanes - lanes % REPLICATES
    for start in range(0, whole, REPLICATES):
        part = row[start : start + REPLICATES]
        for r in range(REPLICATES):
            sums[r] += part[r]
    for i in range(whole, lanes):
        sums[i - whole] += row[i]
