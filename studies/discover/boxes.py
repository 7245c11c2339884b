"""One box of the inputs after another: which of a trajectory is taken, what of it is kept, and how good it really is.

Boxes come of one half of the draws and are judged on the other. The rules, their reasons and their sources stand in
`studies.discover.analysis`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distributions import text
from sim.statistics.estimates import wilson
from studies.discover import prim, starts
from studies.discover.prim import Box

Array = NDArray[np.float64]

SHARE = 0.05
"""Of a box's draws that one peel takes."""
FEWEST = 50
"""Draws of the fitted half in the smallest box."""
WEAK = 0.05
"""A restriction that adds less than this share of the box's excess density is dropped,"""
DOUBTFUL = 0.05
"""and so is one that chance alone would match this often."""
FEW_VALUES = 20
"""An input with no more values than this is discrete: its limits are values of its own and are not rounded."""
MOVED = 0.02
"""Rounding a limit may move it past this share of the draws on its smaller side."""


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval."""

    estimate: float
    ci95: tuple[float, float]

    @classmethod
    def of(cls, count: float, total: float) -> Share:
        """Of independent draws; no number where there are none."""
        if not total:
            return cls(math.nan, (math.nan, math.nan))
        low, high = wilson(count / total, total)
        return cls(count / total, (float(low), float(high)))

    def __str__(self) -> str:
        return text.probability_with_interval(self.estimate, self.ci95)


@dataclass(frozen=True)
class Limit:
    """What a box restricts one input to, by the input's position; NaN where it has no lower or upper limit.

    quasi_p: chance of so many wins if the restriction were none. strength: the density lost without it.
    """

    row: int
    low: float
    high: float
    quasi_p: float
    strength: float


@dataclass(frozen=True, eq=False)
class Judged:
    """A box as the draws that had no part in it see it.

    density: share of its futures that are wins. coverage: share of all wins that lie in it; share: of all futures.
    p_value: chance of so many wins in so many draws if it were none. density_fitted: on the half it was fitted to.
    """

    box: Box
    limits: tuple[Limit, ...]
    density: Share
    coverage: Share
    share: Share
    p_value: float
    density_fitted: float

    @property
    def strongest(self) -> list[Limit]:
        """Its limits, that without which it would lose most density first."""
        return sorted(self.limits, key=lambda limit: -limit.strength)


class Search:
    """Boxes one by one, each among the draws outside those before it.

    fit, kept: (x, y) of the half to fit to and the half to judge on; x (inputs, n), y (n,) from 0 to 1. target: the
    density that a box should have. most: restrictions in one box.
    """

    def __init__(self, fit: tuple[Array, Array], kept: tuple[Array, Array], target: float, most: int) -> None:
        self.target, self.most = target, most
        self._fit, self._kept = fit, kept
        self.all_fit, self.all_kept = fit, kept
        self._inputs = fit[0].shape[0]
        base = float(fit[1].mean())
        # A box need not be larger than the wins could fill, or rare wins would never make a dense one.
        self._least = max(FEWEST, int(min(SHARE, base / 5) * fit[1].size))

    def next_box(self) -> tuple[Box, list[Box]]:
        """The next box, and the trajectory it was taken from, which is peeled on its own inputs alone.

        Where peels from the whole do not reach the target, they also begin in the densest ranges of one or two inputs.
        """
        x, y = self._fit
        best, best_steps = self._peeled(Box.whole(self._inputs))
        if y[best.holds(x)].mean() < self.target:
            for start in starts.densest(x, y, self._least):
                box, steps = self._peeled(start)
                if _better(box, best, x, y, self.target):
                    best, best_steps = box, steps
        return rounded(best, x), best_steps

    def _peeled(self, start: Box) -> tuple[Box, list[Box]]:
        """The box that peels from a start lead to, and their trajectory."""
        x, y = self._fit
        rows: Sequence[int] = range(self._inputs)
        while True:
            steps = list(prim.peel(x, y, rows, SHARE, self._least, start))
            box = chosen(steps, x, y, self.target)
            strong = self._strong(box)
            if len(strong) == len(rows):
                break
            for row in set(start.restricted) - set(strong):
                start = start.without(row)
            rows = strong
        density = float(y[box.holds(x)].mean())
        return prim.paste(x, y, box, SHARE, min(self.target, density)), steps

    def judge(self, box: Box) -> Judged:
        """The box on the draws kept apart, of those outside the boxes left before."""
        x, y = self._kept
        inside = y[box.holds(x)]
        density = float(inside.mean()) if inside.size else math.nan
        limits = []
        for row in box.restricted:
            wider = y[box.without(row).holds(x)]
            low, high = (
                float(end) if math.isfinite(end) else math.nan for end in (box.low[row], box.high[row])
            )
            limits.append(Limit(row, low, high, by_chance(inside, wider), density - float(wider.mean())))
        fitted = self._fit[1][box.holds(self._fit[0])]
        wins, all_y = float(inside.sum()), self.all_kept[1]
        return Judged(
            box, tuple(limits), Share.of(wins, inside.size), Share.of(wins, float(all_y.sum())),
            Share.of(inside.size, all_y.size), by_chance(inside, y),
            float(fitted.mean()) if fitted.size else math.nan,
        )  # fmt: skip

    def leave(self, box: Box) -> None:
        """Goes on with the draws outside a box."""
        (x, y), (x2, y2) = self._fit, self._kept
        out, out2 = ~box.holds(x), ~box.holds(x2)
        self._fit, self._kept = (x[:, out], y[out]), (x2[:, out2], y2[out2])

    @property
    def exhausted(self) -> bool:
        """Whether too little is left for another box."""
        y, y2 = self._fit[1], self._kept[1]
        return y.size <= self._least or not 0 < y.mean() < 1 or not 0 < y2.mean() < 1

    def _strong(self, box: Box) -> list[int]:
        """The inputs whose restrictions are kept: the weakest goes, one at a time."""
        x, y = self._fit
        base = float(y.mean())
        while box.restricted:
            inside = y[box.holds(x)]
            wider = {row: y[box.without(row).holds(x)] for row in box.restricted}
            loss = {row: inside.mean() - outside.mean() for row, outside in wider.items()}
            weakest = min(loss, key=lambda row: loss[row])
            enough = loss[weakest] >= WEAK * (inside.mean() - base) and loss[weakest] > 0
            if enough and len(loss) <= self.most and by_chance(inside, wider[weakest]) <= DOUBTFUL:
                break
            box = box.without(weakest)
        return box.restricted


def chosen(steps: Sequence[Box], x: Array, y: Array, target: float) -> Box:
    """The first box, and so the one of greatest coverage, with the target's density; else the most telling one.

    That is the one whose draws are correlated most with the wins: the phi coefficient of G. U. Yule 1912, up to a
    factor that is the same for all of them.
    """
    best, most = steps[0], 0.0
    for box in steps:
        if y[box.holds(x)].mean() >= target:
            return box
        phi = _correlation(box, x, y)
        if phi > most:
            best, most = box, phi
    return best


def _correlation(box: Box, x: Array, y: Array) -> float:
    """The phi coefficient of lying in the box and winning, up to a factor that is the same for all boxes."""
    inside = y[box.holds(x)]
    share = inside.size / y.size
    return float(inside.mean() - y.mean()) * math.sqrt(share / (1 - share)) if share < 1 else 0.0


def _better(box: Box, other: Box, x: Array, y: Array, target: float) -> bool:
    """Whether a box is to be taken before another, by the rule of `chosen`."""
    (wins, reaches), (wins_of_other, other_reaches) = (
        (float(y[held].sum()), bool(y[held].mean() >= target)) for held in (box.holds(x), other.holds(x))
    )
    if reaches or other_reaches:
        return reaches and (not other_reaches or wins > wins_of_other)
    return _correlation(box, x, y) > _correlation(other, x, y)


def by_chance(inside: Array, wider: Array) -> float:
    """Probability of so many wins inside or more, were each draw inside a win as often as in the wider box.

    The quasi-p value of Bryant & Lempert 2010: one-sided, binomial.
    """
    from scipy.stats import binom

    if not inside.size:
        return 1.0
    return float(binom.sf(math.ceil(float(inside.sum())) - 1, inside.size, float(wider.mean())))


def rounded(box: Box, x: Array) -> Box:
    """The box with limits of as few digits as leave nearly the same draws within each."""
    for row in box.restricted:
        values, distinct = np.sort(x[row]), np.unique(x[row])
        if distinct.size <= FEW_VALUES:
            # a limit that leaves one value reads better as that value
            left = distinct[(distinct >= box.low[row]) & (distinct <= box.high[row])]
            if left.size == 1:
                box = box.within(row, left[0], left[0])
            continue
        low, high = (_short(limit[row], values) for limit in (box.low, box.high))
        box = box.within(row, low=low, high=high)
    return box


def _short(limit: float, ordered: Array) -> float:
    if not math.isfinite(limit):
        return float(limit)
    below = int(np.searchsorted(ordered, limit))
    allowed = MOVED * min(below, ordered.size - below)
    for digits in range(1, 7):
        near = float(f"{limit:.{digits - 1}e}")
        if abs(int(np.searchsorted(ordered, near)) - below) <= allowed:
            return near
    return float(limit)
