"""Where peels begin if they lead nowhere from the whole: in the densest ranges of one input, or of two together.

A peel moves one end of one input. Where wins lie at both ends of an input, or in two opposite corners of two, each
such step loses as many wins as it gains, and none seems to help, though a box without a loss may be there. Of all pairs
of coarse ranges the densest are free of that. What hangs on three inputs at once, with no sign of it in any two, goes
unseen.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from studies.discover.prim import Box

Array = NDArray[np.float64]

MOST = 4
"""Starts tried."""
LEVELS = 64
"""An input of no more values is looked at in each of them."""
DOUBTFUL = 0.05
"""Chance alone would find such a pair of ranges, of all there are, less often than this."""
_ENDS = (0.25, 0.5)
"""Of an input's draws, the shares at either end that are looked at."""


def densest(x: Array, y: Array, least: int) -> list[Box]:
    """The boxes of one or two coarse ranges that are correlated most with the wins, the first one most; at most `MOST`.

    None that chance would match, by the normal approximation of the phi coefficient, corrected for how many there are.
    x (inputs, n), y (n,) from 0 to 1. least: draws in a box. Of boxes at the same ends of the same inputs one is taken.
    """
    ranges = [coarse for row in range(x.shape[0]) for coarse in _ranges(x, row)]
    if not ranges:
        return []
    # sums of 0 and 1 are whole numbers, exact in 32 bits to 2^24
    held = np.array([box.holds(x) for _, box in ranges], dtype=np.float32)
    count = held @ held.T
    wins = (held * y.astype(np.float32)) @ held.T
    share = count / y.size
    with np.errstate(invalid="ignore", divide="ignore"):
        score = np.where(count >= least, (wins / count - y.mean()) * np.sqrt(share / (1 - share)), -np.inf)
    pairs = len(ranges) * (len(ranges) + 1) // 2
    spread = math.sqrt(max(float(y.mean() * (1 - y.mean())), 0.0) / y.size)
    telling = NormalDist().inv_cdf(1 - DOUBTFUL / pairs) * spread
    boxes: dict[frozenset[tuple[int, float]], Box] = {}
    for at in np.argsort(-score, axis=None, kind="stable"):
        i, j = (int(k) for k in np.unravel_index(at, score.shape))
        if not score[i, j] > telling or len(boxes) == MOST:
            break
        (end, first), (other, second) = ranges[i], ranges[j]
        if end[0] != other[0] or i == j:
            boxes.setdefault(frozenset((end, other)), _both(first, second))
    return list(boxes.values())


def _ranges(x: Array, row: int) -> list[tuple[tuple[int, float], Box]]:
    """Ranges of one input, each with what it is called by: the input, and the end or the value."""
    whole, values = Box.whole(x.shape[0]), np.unique(x[row])
    if values.size < 2:
        return []
    if values.size <= LEVELS:
        return [((row, float(value)), whole.within(row, value, value)) for value in values]
    ranges = []
    for share in _ENDS:
        low, high = np.quantile(x[row], (share, 1 - share))
        ranges += [
            ((row, -np.inf), whole.within(row, high=float(low))),
            ((row, np.inf), whole.within(row, low=float(high))),
        ]
    return ranges


def _both(first: Box, second: Box) -> Box:
    """What lies in both boxes."""
    return Box(np.maximum(first.low, second.low), np.minimum(first.high, second.high))
