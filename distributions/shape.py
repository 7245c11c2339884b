"""The shape of distributions as pictures show it: one rule for the axis, and the density over it.

Terminal, report, page and figures draw from here: a distribution has the same axis wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

LOGARITHMIC_FROM = 50.0
"""Greatest over least value from which the axis may be logarithmic: on a linear one the lower half is a few cells."""

_LEVELS = np.array([0.005, 0.1, 0.5, 0.9, 0.995])

Array = NDArray[np.float64]


class Distribution(Protocol):
    """What is asked of one that is drawn."""

    def ppf(self, q: Any, /) -> Any:
        """The value below which a share q lies."""

    def cdf(self, x: Any, /) -> Any:
        """Probability of x or less."""


class Quantiles:
    """A distribution of which values at some levels are known, with straight lines between them."""

    def __init__(self, levels: ArrayLike, values: ArrayLike) -> None:
        self.levels, self.values = np.array(levels, dtype=float), np.asarray(values, dtype=float)
        # A step at an end holds what lies beyond, too.
        if self.values[0] == self.values[1]:
            self.levels[0] = 0.0
        if self.values[-2] == self.values[-1]:
            self.levels[-1] = 1.0

    def ppf(self, q: Any, /) -> Any:
        """The values at levels; beyond the outermost that are known, theirs."""
        return np.interp(q, self.levels, self.values)

    def cdf(self, x: Any, /) -> Any:
        """The levels of values."""
        return np.interp(x, self.values, self.levels)


@dataclass(frozen=True)
class Axis:
    """From the low end to the high one, even in the values or, logarithmic, in their ratios."""

    low: float
    high: float
    logarithmic: bool

    def edges(self, cells: int) -> Array:
        """The ends of so many equal cells."""
        return (np.geomspace if self.logarithmic else np.linspace)(self.low, self.high, cells + 1)

    def share(self, value: float) -> float:
        """How far along a value lies: 0 at the low end and before it, 1 at the high one and beyond."""
        inside = min(max(value, self.low), self.high)
        if self.logarithmic:
            return float(np.log(inside / self.low) / np.log(self.high / self.low))
        return (inside - self.low) / (self.high - self.low)


def axis(shown: Sequence[Distribution], beside: Iterable[float] = ()) -> Axis:
    """The axis on which distributions are shown: from P0.5 to P99.5 of all, and to the values beside them.

    It is logarithmic where that spans a factor of 50 or more and the medians lie nearer the middle of P10 and P90 in
    logarithms than as they are. A single value stands in its middle.
    """
    quantiles = np.array([distribution.ppf(_LEVELS) for distribution in shown], dtype=float)
    ends = [*quantiles[:, [0, -1]].flat, *beside]
    low, high = float(min(ends)), float(max(ends))
    if low == high:
        reach = max(abs(low), 1.0)
        return Axis(low - reach, high + reach, logarithmic=False)
    wide = 0.0 < low <= high / LOGARITHMIC_FROM
    return Axis(low, high, wide and _skew(np.log(quantiles)) < _skew(quantiles))


def _skew(quantiles: Array) -> float:
    """How far medians lie from the middle of P10 and P90, in parts of the distance between these, added up."""
    low, middle, high = quantiles[:, 1:4].T
    apart = high > low
    return float(np.sum(np.abs(high + low - 2.0 * middle)[apart] / (high - low)[apart]))


def density(of: Distribution, along: Axis, cells: int) -> Array:
    """The probability in each of so many equal cells of an axis: on a logarithmic one, the density of the logarithm."""
    edges = along.edges(cells)
    below = np.array(of.cdf(edges), dtype=float)
    # A step on the lowest edge belongs to the first cell.
    below[0] = min(below[0], float(of.cdf(np.nextafter(edges[0], -np.inf))))
    return np.maximum(np.diff(below), 0.0)
