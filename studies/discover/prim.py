"""Boxes of the inputs in which an outcome is frequent: the patient rule induction method, PRIM.

J. H. Friedman & N. I. Fisher 1999, Bump hunting in high-dimensional data. A box is peeled from the whole: each step
cuts a small share of its draws off at the one face where that raises the frequency most. Pasting then moves faces out
again where too much was cut. Where an input has few values a peel takes a whole value, more than its share; so peels
are compared by how much they raise the frequency for each draw they take (the lenient criterion of J. H. Kwakkel & M.
Jaxa-Rozen 2016).

Written here in numpy: the EMA Workbench has PRIM within a framework for whole studies, and the stand-alone package is
no longer kept. Arrays in, arrays out; x is (inputs, draws), y the outcome of each draw from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Box:
    """Limits on some inputs, both ends included; low and high (inputs,), infinite where there is none."""

    low: Array
    high: Array

    @classmethod
    def whole(cls, inputs: int) -> Box:
        """No restriction."""
        return cls(np.full(inputs, -np.inf), np.full(inputs, np.inf))

    @property
    def restricted(self) -> list[int]:
        """Positions of the inputs that it restricts."""
        return [int(k) for k in np.flatnonzero((self.low > -np.inf) | (self.high < np.inf))]

    def within(self, row: int, low: float | None = None, high: float | None = None) -> Box:
        """The same box with another limit on one input."""
        lows, highs = self.low.copy(), self.high.copy()
        lows[row] = lows[row] if low is None else low
        highs[row] = highs[row] if high is None else high
        return Box(lows, highs)

    def without(self, row: int) -> Box:
        """The same box without its restriction on one input."""
        return self.within(row, -np.inf, np.inf)

    def holds(self, x: Array) -> Flags:
        """Which draws lie within, (draws,)."""
        inside = np.ones(x.shape[1], dtype=bool)
        for row in self.restricted:
            inside &= (x[row] >= self.low[row]) & (x[row] <= self.high[row])
        return inside


def peel(
    x: Array, y: Array, rows: Sequence[int], share: float, least: int, start: Box | None = None
) -> Iterator[Box]:
    """The trajectory of boxes from the whole to one of no fewer than `least` draws, or where no peel helps.

    rows: the inputs that may be restricted. share: of the box's draws that one peel takes, at least one. start: the box
    to begin with instead of the whole.
    """
    box = start or Box.whole(x.shape[0])
    inside = box.holds(x)
    inner, outcome = x[list(rows)][:, inside], y[inside]
    yield box
    while rows and inner.shape[1] > least:
        n = inner.shape[1]
        cut = max(1, int(share * n))
        ends = np.partition(inner, (cut, n - 1 - cut), axis=1)
        low, high = ends[:, cut], ends[:, n - 1 - cut]
        least_value, greatest = inner.min(axis=1), inner.max(axis=1)
        # of tied draws at an end none can be told from another: they go together
        next_low = np.where(inner > least_value[:, None], inner, np.inf).min(axis=1)
        next_high = np.where(inner < greatest[:, None], inner, -np.inf).max(axis=1)
        low, high = np.where(low > least_value, low, next_low), np.where(high < greatest, high, next_high)
        kept = np.stack([inner >= low[:, None], inner <= high[:, None]])
        count = kept.sum(axis=2)
        allowed = (count >= max(least, 1)) & (count < n)
        with np.errstate(invalid="ignore", divide="ignore"):
            gain = np.where(allowed, ((kept @ outcome) / count - outcome.mean()) / (n - count), -np.inf)
        side, at = (int(k) for k in np.unravel_index(int(np.argmax(gain)), gain.shape))
        if not gain[side, at] > 0:
            return
        box = box.within(rows[at], low=low[at]) if side == 0 else box.within(rows[at], high=high[at])
        inner, outcome = inner[:, kept[side, at]], outcome[kept[side, at]]
        yield box


def paste(x: Array, y: Array, box: Box, share: float, floor: float) -> Box:
    """The box with its faces moved outwards, a share of its draws at a time, while its mean of y stays at the floor."""
    while True:
        inside = box.holds(x)
        more = max(1, int(share * np.count_nonzero(inside)))
        best, density = None, -np.inf
        for row in box.restricted:
            others = box.without(row).holds(x)
            for side in (0, 1):
                wider = _moved(x[row][others], box, row, side, more)
                if wider is None:
                    continue
                share_of_wins = y[wider.holds(x)].mean()
                if share_of_wins >= floor and share_of_wins > density:
                    best, density = wider, share_of_wins
        if best is None:
            return box
        box = best


def _moved(values: Array, box: Box, row: int, side: int, more: int) -> Box | None:
    """The box with one face moved past the next draws; none where there is no face, no limit where no draw is left."""
    limit = box.low[row] if side == 0 else box.high[row]
    if not np.isfinite(limit):
        return None
    # mirrored, the upper face is a lower one
    mirrored = values if side == 0 else -values
    beyond = np.sort(mirrored[mirrored < (limit if side == 0 else -limit)])[::-1]
    reached = beyond[more - 1] if beyond.size >= more else -np.inf
    return box.within(row, low=reached) if side == 0 else box.within(row, high=-reached)
