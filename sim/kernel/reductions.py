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
LESS, GREATER, EVER_A, EVER_B = (1 << 16 * k for k in range(4))

TIE = 1e-12
"""Two costs are equal where they differ by no more than this share of the second.

Strategies that inputs make equal are added up from different lines, and would else be told apart by their last bits:
a sum of some thousand positive terms is right to about 1e-14. Nothing real is as near.
"""
BELOW, ABOVE = 1.0 - TIE, 1.0 + TIE


class Tally(NamedTuple):
    """Sums and counts of a run of draws; R = 16 replicates.

    moments (measures, 2, R): sums of the deviation from the measure's centre, and of its square
    extremes (measures, 2, R): least and greatest
    compared (H+1, pairs, R): the packed counts of `compare`; see `unpack`
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
        np.zeros((months, pairs, REPLICATES), dtype=np.int64),
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
    if lanes == BLOCK:
        # replicate by replicate, so that its four sums stay in registers: a fifth of the time
        for r in range(REPLICATES):
            sum_first, sum_second, low, high = first[r], second[r], least[r], greatest[r]
            for group in range(BLOCK // REPLICATES):
                x = row[group * REPLICATES + r]
                d = x - centre
                sum_first += d
                sum_second += d * d
                low = select(x < low, x, low)
                high = select(x > high, x, high)
            first[r], second[r], least[r], greatest[r] = sum_first, sum_second, low, high
        return
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
        # what is not a number has a bin too, lest it be counted beyond the row: its sign may be negative
        key = max(0, min(key, SIDE - 1))
        keys[i] = SIDE - 1 - key if d < 0.0 else SIDE + key
    for i in range(lanes):
        histogram[keys[i]] += 1


def bin_edges(centre: float, scale: float) -> NDArray[np.float64]:
    """The edges of the histogram's bins, ascending, shape (BINS + 1,)."""
    keys = np.arange(SIDE + 1)
    sizes = ((keys + _ONE_KEY) << _SHIFT).view(np.float64) - 1.0
    return np.concatenate([centre - scale * sizes[:0:-1], centre + scale * sizes])


@jit(inline=True)
def _level(b: float) -> tuple[float, float]:
    """The least and the greatest cost that count as equal to b; costs of a user's model may be negative."""
    one, other = b * BELOW, b * ABOVE
    return select(b < 0.0, other, one), select(b < 0.0, one, other)


@jit(inline=True)
def compare(
    costs: Row,
    first: int,
    second: int,
    lanes: int,
    month: int,
    reached: NDArray[np.int64],
    state: int,
    counts: NDArray[np.int64],
    at: int,
) -> None:
    """Count a < b, a > b and, from month 1 on, whether a has ever been at or below b, and b at or below a.

    Equal is what `TIE` says.

    costs: flat, a from position `first`, b from `second` on. reached: flat, from `state` on a word a lane, carried from
    month to month. counts: flat, from `at` on a word a replicate. The four counts share a word, 16 bits each in the
    order above: one addition counts all, and a chunk has 1,024 draws a replicate.
    """
    at_or_below = EVER_A if month > 0 else 0
    at_or_above = EVER_B if month > 0 else 0
    # positions are unsigned: a signed one would be checked for counting from the end, and stop vectorisation
    pa, pb, ever, out = np.uint64(first), np.uint64(second), np.uint64(state), np.uint64(at)
    groups, rest = lanes // REPLICATES, lanes % REPLICATES
    for group in range(groups):
        base = np.uint64(group * REPLICATES)
        for lane in range(REPLICATES):
            r = np.uint64(lane)
            a, b = costs[pa + base + r], costs[pb + base + r]
            low, high = _level(b)
            word = reached[ever + base + r]
            word |= select(a <= high, at_or_below, 0) | select(a >= low, at_or_above, 0)
            reached[ever + base + r] = word
            counts[out + r] += word + select(a < low, LESS, 0) + select(a > high, GREATER, 0)
    base = np.uint64(groups * REPLICATES)
    for lane in range(rest):
        r = np.uint64(lane)
        a, b = costs[pa + base + r], costs[pb + base + r]
        low, high = _level(b)
        word = reached[ever + base + r]
        word |= select(a <= high, at_or_below, 0) | select(a >= low, at_or_above, 0)
        reached[ever + base + r] = word
        counts[out + r] += word + select(a < low, LESS, 0) + select(a > high, GREATER, 0)


def unpack(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The four counts of `compare`'s words, on a new first axis: less, greater, a ever reached b, b ever reached a."""
    words = counts.view(np.uint64)
    return np.stack([(words >> np.uint64(16 * k)) & np.uint64(0xFFFF) for k in range(4)]).astype(np.int64)


@jit(inline=True)
def share_cheapest(
    costs: Row,
    width: int,
    lanes: int,
    eligible: NDArray[np.bool_],
    least: int,
    share: int,
    wins: Row,
    at: int,
) -> None:
    """Who is the cheapest of the eligible; k strategies that tie get 1/k each.

    costs: flat, strategy s from position s * width on; positions `least` and `share` are scratch rows of it, and
    least holds the least cost after. wins: flat, strategy s's replicates from position at + s * R on.
    """
    low, part = np.uint64(least), np.uint64(share)
    for lane in range(width):
        costs[low + np.uint64(lane)] = np.inf
        costs[part + np.uint64(lane)] = 0.0
    for s in range(eligible.size):
        if eligible[s]:
            own = np.uint64(s * width)
            for lane in range(width):
                i = np.uint64(lane)
                cost, best = costs[own + i], costs[low + i]
                costs[low + i] = select(cost < best, cost, best)
    for s in range(eligible.size):
        if eligible[s]:
            own = np.uint64(s * width)
            for lane in range(width):
                i = np.uint64(lane)
                costs[part + i] += select(costs[own + i] <= _level(costs[low + i])[1], 1.0, 0.0)
    for lane in range(width):
        i = np.uint64(lane)
        costs[part + i] = 1.0 / costs[part + i]
    groups, rest = lanes // REPLICATES, lanes % REPLICATES
    for s in range(eligible.size):
        if eligible[s]:
            own, out = np.uint64(s * width), np.uint64(at + s * REPLICATES)
            for group in range(groups):
                base = np.uint64(group * REPLICATES)
                for lane in range(REPLICATES):
                    i = base + np.uint64(lane)
                    won = select(costs[own + i] <= _level(costs[low + i])[1], costs[part + i], 0.0)
                    wins[out + np.uint64(lane)] += won
            base = np.uint64(groups * REPLICATES)
            for lane in range(rest):
                i = base + np.uint64(lane)
                won = select(costs[own + i] <= _level(costs[low + i])[1], costs[part + i], 0.0)
                wins[out + np.uint64(lane)] += won


@jit(inline=True)
def add_total(row: Row, start: int, lanes: int, sums: Row, at: int) -> None:
    """Add the lanes of a row to the sums of their replicates; each flat, from a position on."""
    own, out = np.uint64(start), np.uint64(at)
    groups, rest = lanes // REPLICATES, lanes % REPLICATES
    for group in range(groups):
        base = np.uint64(group * REPLICATES)
        for lane in range(REPLICATES):
            r = np.uint64(lane)
            sums[out + r] += row[own + base + r]
    base = np.uint64(groups * REPLICATES)
    for lane in range(rest):
        r = np.uint64(lane)
        sums[out + r] += row[own + base + r]
