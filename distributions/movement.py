"""From a median to another, with distances multiplied: what a slider does to the numbers of a distribution's table."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from distributions.support import Support

Table = Mapping[str, Any]

_ENDS = ("min", "mode", "max")


@dataclass(frozen=True)
class Move:
    """From a median to another, distances multiplied; within a support; numbers of the table times `factor` first.

    part: moves a nested value (of a mixture): (value, this move) -> the value moved.
    """

    start: float
    to: float
    spread: float
    support: Support
    part: Callable[[Any, Move], Any]
    factor: float = 1.0

    @property
    def ratio(self) -> float:
        """What distances are scaled by when the median moves: as its own distance to the bound it is measured from."""
        low, high = self.support.lower, self.support.upper
        down, up = self.start - low, high - self.start
        towards_low = (
            self.to < self.start if math.isfinite(low) and math.isfinite(high) else math.isfinite(low)
        )
        if towards_low and math.isfinite(low) and down > 0:
            return (self.to - low) / down
        if not towards_low and math.isfinite(high) and up > 0:
            return (high - self.to) / up
        return 1.0

    def within(self, low: float, high: float) -> Move:
        """This move with a spread at which values from low to high (of the table) stay in the support."""
        bounds, ratio, spread = self.support, self.ratio, self.spread
        for end, bound, is_open in (
            (low * self.factor, bounds.lower, bounds.lower_open),
            (high * self.factor, bounds.upper, bounds.upper_open),
        ):
            reach = abs(self.start - end) * ratio
            outwards = end < self.start if bound == bounds.lower else end > self.start
            if math.isfinite(bound) and outwards and reach > 0:
                most = abs(self.to - bound) / reach
                spread = min(spread, most * (0.999 if is_open else 1.0))
        return replace(self, spread=spread)

    def linear(self, x: float) -> float:
        """Where a number of the table goes; held to the support against rounding."""
        moved = self.to + self.spread * self.ratio * (x * self.factor - self.start)
        return min(max(moved, self.support.lower), self.support.upper)

    def power(self, x: float) -> float:
        """Where a positive number of the table goes on the logarithmic scale."""
        return self.to * math.pow(x * self.factor / self.start, self.spread)

    def ends(self, table: Table) -> dict[str, Any]:
        """A table of a least, a greatest and perhaps a most likely value: these are moved, anything else is kept."""
        held = self.within(table["min"], table["max"])
        return {key: held.linear(value) if key in _ENDS else value for key, value in table.items()}
