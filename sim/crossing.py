"""Where an estimated curve reaches a level, with the interval at which its 95 % band does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from scipy.optimize import brentq

from sim.axis import Axis

_EXACT = 1e-7
"""Of the range: how exactly a crossing is found."""


class Point(NamedTuple):
    """A curve's estimate and the ends of its 95 % interval."""

    estimate: float
    low: float
    high: float


Curve = Callable[[float], Point]


@dataclass(frozen=True)
class Crossing:
    """A value at which a curve reaches a level, and the 95 % interval of that value.

    low, high: where the band's ends reach it; None where they do not within the range. rising: which way the curve
    goes as the value rises. Where there are single values only, each is the first at or beyond the level.
    """

    value: float
    low: float | None
    high: float | None
    rising: bool


def crossings(axis: Axis, grid: list[float], curve: Curve, level: float) -> list[Crossing]:
    """Every place between points of a grid of positions where a curve reaches a level, in rising order.

    A curve that only starts at the level reaches it there. Two crossings between neighbouring points go unseen.
    """

    def relative(position: float, sign: int) -> Point:
        """The curve as one that rises through 0: its estimate, and the lower and upper end of its band."""
        estimate, low, high = curve(position)
        if sign > 0:
            return Point(estimate - level, low - level, high - level)
        return Point(level - estimate, level - high, level - low)

    ahead = [relative(position, 1).estimate for position in grid]
    found = []
    if ahead[0] == 0.0 and any(ahead):
        sign = 1 if next(e for e in ahead if e != 0.0) > 0 else -1
        found.append(_at(axis, grid, lambda p: relative(p, sign), 0, sign > 0))
    for k in range(1, len(grid)):
        for sign in (1, -1):
            if sign * ahead[k - 1] < 0.0 <= sign * ahead[k]:
                found.append(_at(axis, grid, lambda p, s=sign: relative(p, s), k, sign > 0))  # type: ignore[misc]
    return found


def _at(axis: Axis, grid: list[float], curve: Curve, k: int, rising: bool) -> Crossing:
    """The crossing of 0 by a rising curve between points k - 1 and k of the grid, or at point 0."""
    root = grid[0] if k == 0 else _refined(axis, lambda p: curve(p).estimate, grid[k - 1], grid[k])
    low: float | None = None
    # the upper end of the band reaches the level first
    before = next((j for j in range(k - 1, -1, -1) if curve(grid[j]).high < 0.0), None)
    if before is not None:
        start, end = grid[before], root if before == k - 1 else grid[before + 1]
        low = _refined(axis, lambda p: curve(p).high, start, end) if curve(end).high >= 0.0 else root
    high: float | None = None
    after = next((j for j in range(k, len(grid)) if curve(grid[j]).low >= 0.0), None)
    if curve(root).low >= 0.0:
        high = root
    elif after is not None:
        start = root if after == k else grid[after - 1]
        high = _refined(axis, lambda p: curve(p).low, start, grid[after])
    ends = [None if end is None else axis.value(end) for end in (low, high)]
    return Crossing(axis.value(root), ends[0], ends[1], rising)


def _refined(axis: Axis, curve: Callable[[float], float], left: float, right: float) -> float:
    """The position at which a curve below 0 at `left` and not so at `right` reaches 0, or the first beyond."""
    if not axis.discrete:
        return float(brentq(curve, left, right, xtol=_EXACT))
    below, beyond = round(left), round(right)
    while beyond - below > 1:
        middle = (below + beyond) // 2
        below, beyond = (middle, beyond) if curve(middle) < 0.0 else (below, middle)
    return float(beyond)
