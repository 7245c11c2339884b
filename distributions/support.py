"""The range of values that an input may take."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributions.distribution import Distribution

SMALLEST_PROBABILITY = 2.0**-53
"""No draw's probability, nor its complement, is smaller: mass below this is never met."""


@dataclass(frozen=True)
class Support:
    """From `lower` to `upper`, each end in or (`*_open`) out; `integer` allows whole numbers only."""

    lower: float = -math.inf
    upper: float = math.inf
    lower_open: bool = False
    upper_open: bool = False
    integer: bool = False

    def __contains__(self, value: float) -> bool:
        above = value > self.lower if self.lower_open else value >= self.lower
        below = value < self.upper if self.upper_open else value <= self.upper
        return above and below and (not self.integer or float(value).is_integer())

    def __str__(self) -> str:
        """In words: "≥ 0", "0 … 1", "whole number ≥ 1"."""
        low = "" if self.lower == -math.inf else f"{self.lower:g}"
        high = "" if self.upper == math.inf else f"{self.upper:g}"
        if low and high:
            text = f"{low} … {high}"
            edges = [edge for edge, is_open in ((low, self.lower_open), (high, self.upper_open)) if is_open]
            text += "".join(f", not {edge}" for edge in edges)
        elif low:
            text = f"{'>' if self.lower_open else '≥'} {low}"
        else:
            text = f"{'<' if self.upper_open else '≤'} {high}" if high else "any"
        if self.integer:
            return "a whole number" if text == "any" else f"whole number {text}"
        return text

    @property
    def bounded(self) -> bool:
        """Whether both ends are finite."""
        return math.isfinite(self.lower) and math.isfinite(self.upper)

    def schema(self) -> dict[str, float]:
        """The JSON Schema keywords of a plain number in this range; they say nothing about tables."""
        keywords: dict[str, float] = {"multipleOf": 1} if self.integer else {}
        if self.lower > -math.inf:
            keywords["exclusiveMinimum" if self.lower_open else "minimum"] = self.lower
        if self.upper < math.inf:
            keywords["exclusiveMaximum" if self.upper_open else "maximum"] = self.upper
        return keywords

    def scaled(self, factor: float) -> Support:
        """The same range counted in a unit 1/factor as large."""
        return replace(self, lower=self.lower * factor, upper=self.upper * factor)

    def within(self, low: float, high: float) -> Support:
        """The part of this range from low to high."""
        return replace(
            self,
            lower=max(self.lower, low),
            upper=min(self.upper, high),
            lower_open=self.lower_open and self.lower >= low,
            upper_open=self.upper_open and self.upper <= high,
        )

    def mass_outside(self, distribution: Distribution) -> tuple[float, float]:
        """Probability below and above the range; an end that is open counts as outside."""
        low, high = distribution.support()
        below = above = 0.0
        if low < self.lower or (low == self.lower and self.lower_open):
            edge = self.lower if self.lower_open else math.nextafter(self.lower, -math.inf)
            below = float(distribution.cdf(edge))
        if high > self.upper or (high == self.upper and self.upper_open):
            edge = math.nextafter(self.upper, -math.inf) if self.upper_open else self.upper
            above = float(distribution.sf(edge))
        return below, above
