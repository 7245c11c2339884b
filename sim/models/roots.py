"""Where an estimated curve reaches a level, with the interval at which its 95 % band does.

A curve may jump there, as where the value decides how often something falls due: then the jump is the answer. A share
of draws has many small steps of its own, one a draw; only what is larger is a jump.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

from sim.models.axis import Axis

_EXACT = 1e-7
"""Of the range: how exactly a crossing is found,"""
_FINE = 1e-12
"""and how exactly where the curve jumps, or where its band is so narrow that the other would show beside it."""
_NARROW = 0.01
"""Of the band's width: what the curve may differ by from end to end of what is known of the crossing."""
_SHARE = 0.01
"""Of its change between two points of the grid: what a curve takes in one jump,"""
_GRAINS = 4
"""and of its own small steps."""
_DIGITS = 12
"""A jump is told as a number of so many digits, if that is within what is known of it."""


class Point(NamedTuple):
    """A curve's estimate and the ends of its 95 % interval."""

    estimate: float
    low: float
    high: float


Curve = Callable[[float], Point]


@dataclass(frozen=True)
class Crossing:
    """A value at which a curve reaches a level, and the 95 % interval of that value.

    low, high: where the band's ends reach it; None where they do not within the range. What is not known of the value
    itself lies within. rising: which way the curve goes as the value rises. step: where it jumps past the level, what
    it is on both sides of the value; else None. Where there are single values only, each is the first at or beyond the
    level.
    """

    value: float
    low: float | None
    high: float | None
    rising: bool
    step: tuple[float, float] | None = None

    @property
    def ci95(self) -> tuple[float | None, float | None]:
        """Both ends of the interval."""
        return self.low, self.high


class _Place(NamedTuple):
    """Where a curve from below 0 reaches it: a position before, the best guess, and one at or beyond."""

    before: float
    best: float
    beyond: float
    jump: bool


def crossings(
    axis: Axis, grid: list[float], curve: Curve, level: float, grain: float = 0.0
) -> list[Crossing]:
    """Every place between points of a grid of positions where a curve reaches a level, in rising order.

    A curve that only starts at the level reaches it there. Two crossings between neighbouring points go unseen.
    grain: of the curve's own small steps, as 1/n of a share of n draws.
    """
    curve = cache(curve)

    def relative(position: float, sign: int) -> Point:
        """The curve as one that rises through 0: its estimate, and the lower and upper end of its band."""
        estimate, low, high = curve(position)
        if sign > 0:
            return Point(estimate - level, low - level, high - level)
        return Point(level - estimate, level - high, level - low)

    ahead = [relative(position, 1).estimate for position in grid]
    roots = []
    if ahead[0] == 0.0 and any(ahead):
        sign = 1 if next(e for e in ahead if e != 0.0) > 0 else -1
        roots.append(_at(axis, grid, lambda p: relative(p, sign), 0, sign > 0, grain))
    for k in range(1, len(grid)):
        for sign in (1, -1):
            if sign * ahead[k - 1] < 0.0 <= sign * ahead[k]:
                root = _at(axis, grid, lambda p, s=sign: relative(p, s), k, sign > 0, grain)  # type: ignore[misc]
                if root.step is not None:
                    root = replace(root, step=(level + sign * root.step[0], level + sign * root.step[1]))
                roots.append(root)
    return roots


def _at(axis: Axis, grid: list[float], curve: Curve, k: int, rising: bool, grain: float) -> Crossing:
    """The crossing of 0 by a rising curve between points k - 1 and k of the grid, or at point 0."""

    def place(of: Callable[[Point], float], left: float, right: float) -> _Place:
        return _reached(axis, curve, of, left, right, grain)

    known = _Place(grid[0], grid[0], grid[0], False)
    if k > 0:
        known = place(lambda y: y.estimate, grid[k - 1], grid[k])
    low: float | None = None
    # the upper end of the band reaches the level first
    before = next((j for j in range(k - 1, -1, -1) if curve(grid[j]).high < 0.0), None)
    if before is not None:
        near = known.beyond if axis.discrete else known.before
        start, end = grid[before], near if before == k - 1 else grid[before + 1]
        low = place(lambda y: y.high, start, end).best if curve(end).high >= 0.0 else known.before
    high: float | None = None
    after = next((j for j in range(k, len(grid)) if curve(grid[j]).low >= 0.0), None)
    if curve(known.beyond).low >= 0.0:
        high = known.beyond
    elif after is not None:
        start = known.beyond if after == k else grid[after - 1]
        high = place(lambda y: y.low, start, grid[after]).best
    if axis.discrete:
        ends = [None if end is None else axis.value(end) for end in (low, high)]
        return Crossing(axis.value(known.best), ends[0], ends[1], rising)
    value, step = axis.value(known.best), None
    if known.jump:
        value = _in_digits(axis.value(known.before), axis.value(known.beyond))
        # past the place itself: there both may be equal, which counts half
        sides = max(grid[k - 1], known.before - _EXACT), min(grid[k], known.beyond + _EXACT)
        step = (curve(sides[0]).estimate, curve(sides[1]).estimate)
    ends = [None if end is None else edge(axis.value(end), value) for end, edge in ((low, min), (high, max))]
    return Crossing(value, ends[0], ends[1], rising, step)


def _in_digits(before: float, beyond: float) -> float:
    """The number of fewest digits from one to the other, or the second if they differ too little for that."""
    short = (float(f"{beyond:.{digits}g}") for digits in range(1, _DIGITS + 1))
    return next((number for number in short if before <= number <= beyond), beyond)


def _reached(
    axis: Axis, curve: Curve, of: Callable[[Point], float], left: float, right: float, grain: float
) -> _Place:
    """Where what is `of` a curve's point, below 0 at `left` and not so at `right`, reaches 0 for the first time."""

    def y(position: float) -> float:
        return of(curve(position))

    if axis.discrete:
        below, beyond = _halved(y, round(left), round(right), 1)
        return _Place(below, beyond, beyond, False)
    before, best, beyond = left, right, right
    # where the far end is level already, the first place that is may lie anywhere before it
    if y(right) > 0.0:
        # a report, which searches for nothing, loads this file for its records
        from scipy.optimize import brentq

        best = float(brentq(y, left, right, xtol=_EXACT))
        before, beyond = max(left, best - 2 * _EXACT), min(right, best + 2 * _EXACT)
    if not y(before) < 0.0 <= y(beyond) or beyond - before > 4 * _EXACT:
        before, beyond = _halved(y, left, right, _EXACT)
        best = beyond
    middle = curve(best)
    least = max(_GRAINS * grain, _NARROW * (middle.high - middle.low))
    if y(beyond) - y(before) > least:
        before, beyond = _halved(y, before, beyond, _FINE)
        best = beyond
    jump = y(beyond) - y(before)
    return _Place(before, best, beyond, jump > max(least, _SHARE * (y(right) - y(left))))


def _halved(y: Callable[[float], float], before: float, beyond: float, width: float) -> tuple[float, float]:
    """Two positions no further apart than `width`, below 0 at the first and not so at the second."""
    while beyond - before > width:
        middle = (before + beyond) // 2 if width == 1 else (before + beyond) / 2
        before, beyond = (middle, beyond) if y(middle) < 0.0 else (before, middle)
    return before, beyond
