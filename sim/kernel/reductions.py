"""What a run keeps of each block of draws: sums, counts and histograms, each mergeable.

Sums are taken lane by lane modulo 16, so that each replicate of a stratified design has its own; counts are whole
numbers. Histograms count in bins that are even near the centre of a quantity and grow with the distance from it
(float bits of 1 + |x - centre| / scale), 1,024 to an octave: quantiles interpolated in them are within 0.1 % of
the distance from the centre, at any scale and in tails as heavy as may be.

Replicates of a stratified design are counted apart: how many draws of each lie below some dozens of values, which a
pilot places. How far the replicates part there is what intervals of quantiles are made of. Sums of what lies beyond the
last but few of these values are those of the tail means.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import BLOCK, REPLICATES, float_bits, fma, jit, select
from sim.kernel.rows import Row

_BITS = 10
OCTAVES = 24
SIDE = OCTAVES << _BITS
"""Bins on one side of the centre; the last takes everything beyond 2^24 scales."""

BINS = 2 * SIDE
_SHIFT = 52 - _BITS
_ONE_KEY = 1023 << _BITS

_HALF = (0.0025, 0.005, 0.01, 0.0175, 0.025, 0.035, 0.05, 0.065, 0.085, 0.11, 0.15, 0.2, 0.25, 0.32, 0.4)
ENDS_AT = (*_HALF, 0.5, *(1.0 - level for level in reversed(_HALF)))
"""Levels of a pilot's quantiles below which replicates are counted apart: closest in the tails."""

LOWER, UPPER = ENDS_AT.index(0.05), ENDS_AT.index(0.95)
"""Where the tails begin of which means are taken."""

GRID = len(ENDS_AT) * REPLICATES
"""Counts of a measure's draws below these, replicate by replicate; they stand after its bins."""

PARTS = 8
"""Partial sums where a total is wanted alone: draw i goes to part i modulo this."""


class Tally(NamedTuple):
    """Sums and counts of a run of draws; R = 16 replicates.

    moments (measures, 2, R): sums of the deviation from the measure's centre, and of its square
    beyond (measures + differences, R): sums of how far draws lie above where the upper tail begins; of differences of
    costs then the lower
    extremes (measures, 2, R): least and greatest
    less, equal (H+1, pairs, R): draws in which the first's cumulative cost is below the second's, is equal
    reached (H+1, pairs, 2): draws in which the first has been at or below the second by month m; and the reverse
    lasting (H+1, pairs, 2): draws in which it is so from month m to the last
    fell_back (pairs, 2): draws in which it was so in some month and not in a later one
    cheapest (H+1, S, R): draws in which a strategy is the cheapest of the eligible by month m, ties shared
    cumulative (H+1, S, PARTS): sum of the cumulative cost, in parts
    items (lines, R): sum of each line's present value
    draws (R,): draws of each replicate
    """

    moments: NDArray[np.float64]
    beyond: NDArray[np.float64]
    extremes: NDArray[np.float64]
    less: NDArray[np.int64]
    equal: NDArray[np.int64]
    reached: NDArray[np.int64]
    lasting: NDArray[np.int64]
    fell_back: NDArray[np.int64]
    cheapest: NDArray[np.float64]
    cumulative: NDArray[np.float64]
    items: NDArray[np.float64]
    draws: NDArray[np.int64]


def empty_tally(
    strategies: int,
    measures: int,
    differences: int,
    pairs: int,
    horizon: int,
    lines: int,
    chunks: tuple[int, ...] = (),
) -> Tally:
    """A tally of no draws; of several chunks, (n,), in one: each array with an axis before its others.

    differences: how many of the measures, the last, are differences of costs.
    """
    extremes = np.empty((*chunks, measures, 2, REPLICATES))
    extremes[..., 0, :], extremes[..., 1, :] = np.inf, -np.inf
    months = horizon + 1
    return Tally(
        np.zeros((*chunks, measures, 2, REPLICATES)),
        np.zeros((*chunks, measures + differences, REPLICATES)),
        extremes,
        np.zeros((*chunks, months, pairs, REPLICATES), dtype=np.int64),
        np.zeros((*chunks, months, pairs, REPLICATES), dtype=np.int64),
        np.zeros((*chunks, months, pairs, 2), dtype=np.int64),
        np.zeros((*chunks, months, pairs, 2), dtype=np.int64),
        np.zeros((*chunks, pairs, 2), dtype=np.int64),
        np.zeros((*chunks, months, strategies, REPLICATES)),
        np.zeros((*chunks, months, strategies, PARTS)),
        np.zeros((*chunks, lines, REPLICATES)),
        np.zeros((*chunks, REPLICATES), dtype=np.int64),
    )


class Measure(NamedTuple):
    """A quantity of each draw of a block, row * factor - less: where these rows begin in a flat array."""

    row: int
    factor: int
    less: int


@jit(inline=True)
def _value(rows: Row, measure: Measure, i: int) -> float:
    lane = np.uint64(i)
    row, factor, less = np.uint64(measure.row), np.uint64(measure.factor), np.uint64(measure.less)
    return fma(rows[row + lane], rows[factor + lane], -rows[less + lane])


@jit
def add_moments(
    rows: Row, measure: Measure, lanes: int, centre: float, moments: Row, extremes: Row, at: int
) -> None:
    """Deviations from the centre and their squares, least and greatest value: by replicate, twice R from `at` on."""
    if lanes == BLOCK:
        # replicate by replicate, so that its four sums stay in registers: a fifth of the time
        for r in range(REPLICATES):
            first_at, second_at = np.uint64(at + r), np.uint64(at + REPLICATES + r)
            first, second, least, greatest = (
                moments[first_at],
                moments[second_at],
                extremes[first_at],
                extremes[second_at],
            )
            for group in range(BLOCK // REPLICATES):
                x = _value(rows, measure, group * REPLICATES + r)
                d = x - centre
                first += d
                second = fma(d, d, second)
                least = select(x < least, x, least)
                greatest = select(x > greatest, x, greatest)
            moments[first_at], moments[second_at], extremes[first_at], extremes[second_at] = (
                first,
                second,
                least,
                greatest,
            )
        return
    for i in range(lanes):
        first_at, second_at = np.uint64(at + i % REPLICATES), np.uint64(at + REPLICATES + i % REPLICATES)
        x = _value(rows, measure, i)
        d = x - centre
        moments[first_at] += d
        moments[second_at] = fma(d, d, moments[second_at])
        extremes[first_at] = select(x < extremes[first_at], x, extremes[first_at])
        extremes[second_at] = select(x > extremes[second_at], x, extremes[second_at])


@jit
def add_histogram(
    rows: Row,
    measure: Measure,
    lanes: int,
    centre: float,
    per_scale: float,
    keys: NDArray[np.int64],
    histograms: NDArray[np.int64],
    at: int,
    from_nothing: bool,
) -> None:
    """Count each value in its bin: `SIDE + k` above the centre, `SIDE - 1 - k` below it; bins begin at `at`.

    from_nothing: of what is never below 0, and may be 0 with a probability of its own, such as regret: 0 then has the
    lowest bin to itself, lest quantiles be interpolated between 0 and what is near it.
    """
    middle = at + SIDE
    for i in range(BLOCK):
        value = _value(rows, measure, i)
        d = (value - centre) * per_scale
        size = 1.0 + select(d < 0.0, -d, d)
        key = (float_bits(size) >> _SHIFT) - _ONE_KEY
        # what is not a number has a bin too, lest it be counted beyond the row: its sign may be negative
        key = max(0, min(key, SIDE - 1))
        key = middle - 1 - key if d < 0.0 else middle + key
        keys[np.uint64(i)] = at if from_nothing and value == 0.0 else key
    for i in range(lanes):
        histograms[np.uint64(keys[np.uint64(i)])] += 1


@jit
def add_below(
    keys: NDArray[np.int64],
    lanes: int,
    at: int,
    ends: NDArray[np.int16],
    near: NDArray[np.int16],
    below: NDArray[np.int16],
) -> None:
    """Count the draws of a block below the bins `ends`, by replicate, in below (ends * R,); the bins begin at `at`.

    near: room for the block's bins, counted from the middle as `ends` are, in so few bits that they are soon compared.
    """
    middle = at + SIDE
    for i in range(BLOCK):
        near[np.uint64(i)] = np.int16(keys[np.uint64(i)] - middle)
    for i in range(lanes, BLOCK):
        near[np.uint64(i)] = np.int16(SIDE)
    for k in range(ends.size):
        first, end = np.uint64(k * REPLICATES), ends[np.uint64(k)]
        for r in range(REPLICATES):
            n = np.int16(0)
            for group in range(BLOCK // REPLICATES):
                n += np.int16(near[np.uint64(group * REPLICATES + r)] < end)
            below[first + np.uint64(r)] += n


@jit
def put_below(below: NDArray[np.int16], histograms: NDArray[np.int64], at: int) -> None:
    """What was counted below the ends added to the whole counts, from `at` on, and set back to nothing."""
    for i in range(GRID):
        histograms[np.uint64(at + i)] += below[np.uint64(i)]
        below[np.uint64(i)] = 0


@jit
def add_beyond(rows: Row, measure: Measure, lanes: int, end: float, beyond: Row, at: int) -> None:
    """How far draws lie above `end`, summed by replicate: R sums from `at` on."""
    if lanes == BLOCK:
        for r in range(REPLICATES):
            over = beyond[np.uint64(at + r)]
            for group in range(BLOCK // REPLICATES):
                x = _value(rows, measure, group * REPLICATES + r)
                over += select(x > end, x - end, 0.0)
            beyond[np.uint64(at + r)] = over
        return
    for i in range(lanes):
        x = _value(rows, measure, i)
        beyond[np.uint64(at + i % REPLICATES)] += select(x > end, x - end, 0.0)


def bins_of(
    values: NDArray[np.float64], centre: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The bins of values (measures, n) as `add_histogram` counts them, from the middle: below it they are negative."""
    away = (values - centre[:, None]) / scale[:, None]
    keys = (np.minimum(1.0 + np.abs(away), 2.0**OCTAVES).view(np.int64) >> _SHIFT) - _ONE_KEY
    keys = np.clip(keys, 0, SIDE - 1)
    return np.where(away < 0.0, -1 - keys, keys)


def bin_starts(
    bins: NDArray[np.int64], centre: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The lower edges of bins (measures, n), which are counted from the middle."""
    sizes = ((np.abs(bins) + _ONE_KEY) << _SHIFT).view(np.float64) - 1.0
    return np.asarray(centre[:, None] + scale[:, None] * np.where(bins < 0, -sizes, sizes))


def bin_edges(centre: float, scale: float) -> NDArray[np.float64]:
    """The edges of the histogram's bins, ascending, shape (BINS + 1,)."""
    keys = np.arange(SIDE + 1)
    sizes = ((keys + _ONE_KEY) << _SHIFT).view(np.float64) - 1.0
    return np.concatenate([centre - scale * sizes[:0:-1], centre + scale * sizes])
