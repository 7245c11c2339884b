"""The values of one input at which an answer is looked for: a stretch of numbers, or a list of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError
from distributions.kinds.steps import Steps
from distributions.spec import Marginal
from distributions.support import Support

Array = NDArray[np.float64]

EDGES = (0.001, 0.999)
"""Quantiles of an uncertain input between which one looks, unless told otherwise."""

FACTOR = 10.0
"""How far one looks on each side of a certain value."""

WIDE = 20.0
"""From this ratio of the ends on, values above 0 are spaced by ratio."""

FEW = 64
"""An input of at most so many values is looked at in these alone."""

MOST_WHOLE = 1_000_000


@dataclass(frozen=True)
class Axis:
    """Values of an input in rising order, by position.

    low, high: the ends. values: the only values there are, or None where all from low to high are; positions are
    then 0 … 1, else places in the list. log: whether values are spaced by ratio.
    """

    low: float
    high: float
    values: Array | None = None
    log: bool = False

    @property
    def discrete(self) -> bool:
        """Whether there are single values only."""
        return self.values is not None

    def value(self, position: float) -> float:
        """The value at a position."""
        if self.values is not None:
            return float(self.values[round(position)])
        if position in (0, 1):
            return self.high if position else self.low
        if self.log:
            return float(self.low * (self.high / self.low) ** position)
        return self.low + (self.high - self.low) * position

    def position(self, value: float) -> float:
        """The position of a value, or of the nearest that there is."""
        if self.values is not None:
            return float(np.argmin(np.abs(self.values - value)))
        inside = min(max(value, self.low), self.high)
        if self.log:
            return math.log(inside / self.low) / math.log(self.high / self.low)
        return (inside - self.low) / (self.high - self.low)

    def grid(self, points: int) -> list[float]:
        """At most so many positions from end to end, evenly spaced."""
        if self.values is None:
            return [k / (points - 1) for k in range(points)]
        if self.values.size <= points:
            return [float(k) for k in range(self.values.size)]
        if self.log:
            wanted = np.geomspace(self.low, self.high, points)
            places = [self.position(value) for value in wanted]
        else:
            places = [round(k) for k in np.linspace(0, self.values.size - 1, points)]
        return sorted({float(k) for k in places})


def axis(
    name: str,
    distribution: Marginal,
    support: Support | None = None,
    between: Sequence[float] | None = None,
    *,
    tied: bool = False,
) -> Axis:
    """Where to look along an input.

    Args:
        name: the input, for messages.
        distribution: its distribution.
        support: what it may be at all.
        between: ends to look between; else the 0.1th to the 99.9th percentile, or of a certain input a tenth to ten
            times its value as far as the support goes.
        tied: whether others are drawn given its value, which has to be one that its distribution can have.

    Raises:
        UserError: ends out of order or outside the support (or, if tied, the distribution); or none given where
            there is nothing to go by.
    """
    allowed = support or Support()
    low, high = _given(name, between) if between is not None else _usual(name, distribution, allowed)
    loose = Support(allowed.lower, allowed.upper, allowed.lower_open, allowed.upper_open)
    outside = [end for end in (low, high) if end not in loose]
    if outside:
        raise UserError(
            Fault("between", f"{outside[0]:g} is nothing that {name} can be", f"values of {name} {allowed}")
        )
    start, end = distribution.support()
    if tied and not start <= low <= high <= end:
        problem = f"{low:g} to {high:g} leaves the distribution of {name}, given which tied inputs are drawn"
        raise UserError(Fault("between", problem, f"{start:g} to {end:g}", "give it a wider distribution"))
    if allowed.integer:
        return _whole(name, math.ceil(low), math.floor(high))
    if (
        between is None
        and not distribution.certain
        and isinstance(distribution.distribution, Steps)
        and distribution.distribution.values.size <= FEW
    ):
        return Axis(start, end, distribution.distribution.values, _wide(start, end))
    log = _wide(low, high)
    if log and between is None and not distribution.certain:
        # nothing is gained by ratios where the values themselves lie evenly
        middle = distribution.median()
        log = abs(math.log(middle / math.sqrt(low * high))) / math.log(high / low) < abs(
            (middle - (low + high) / 2) / (high - low)
        )
    return Axis(low, high, log=log)


def _wide(low: float, high: float) -> bool:
    return low > 0 and high >= WIDE * low


def _given(name: str, between: Sequence[float]) -> tuple[float, float]:
    low, high = (float(end) for end in between)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise UserError(Fault("between", f"found {low:g} and {high:g} for {name}", "LOW < HIGH, finite"))
    return low, high


def _usual(name: str, distribution: Marginal, support: Support) -> tuple[float, float]:
    if not distribution.certain:
        low, high = (float(distribution.ppf(q)) for q in EDGES)
        if not low < high:
            raise UserError(
                Fault("between", f"{name} is almost always {low:g}", hint="give LOW and HIGH to look between")
            )
        return low, high
    low, high = sorted((distribution.value / FACTOR, distribution.value * FACTOR))
    low, high = max(low, support.lower), min(high, support.upper)
    low = math.nextafter(low, high) if low == support.lower and support.lower_open else low
    high = math.nextafter(high, low) if high == support.upper and support.upper_open else high
    if not low < high:
        problem = f"{name} is certain ({distribution.value:g}), which leaves nothing to go by"
        raise UserError(Fault("between", problem, hint=f"give LOW and HIGH to look between ({support})"))
    return low, high


def _whole(name: str, low: int, high: int) -> Axis:
    if high <= low:
        raise UserError(Fault("between", f"holds fewer than two whole values of {name}", "LOW < HIGH"))
    if high - low > MOST_WHOLE:
        raise UserError(Fault("between", f"{low:,} to {high:,} is wide", f"{MOST_WHOLE:,} whole values"))
    return Axis(low, high, np.arange(low, high + 1, dtype=float), _wide(low, high))
