"""Where a slider stands and what that is worth: positions 0 … 1000 to medians of an input, and back."""

from __future__ import annotations

import math
from dataclasses import dataclass

from distributions.forms import forms_in
from distributions.inputs import Input
from distributions.spec import Marginal

STEPS = 1000
DIGITS = 3
"""Significant digits of a median on the slider: what a link holds, and the page simulates."""

_FACTOR, _FACTOR_FROM_BOUND, _FACTOR_BELOW = 10.0, 3.0, 2.0
_LOGITS = 3.0


def rounded(value: float, digits: int = DIGITS) -> float:
    """A value to so many significant digits."""
    if value == 0.0 or not math.isfinite(value):
        return 0.0
    return float(f"{value:.{digits - 1}e}")


@dataclass(frozen=True)
class Track:
    """The medians that a slider offers; position 500 is `middle`, the value as it was.

    kind: "log" (distances to `low`, by a factor either way), "below" (distances to `high`), "logit" (between the
    two), "cubic" (from `low` on, for a value that lies at the bound), "linear", "whole" (whole numbers).
    """

    kind: str
    low: float
    high: float
    middle: float
    factor: float = 1.0

    def value(self, position: float) -> float:
        """The median at a position, to three digits and within the range; the middle exactly as it was."""
        share = min(max(position / STEPS, 0.0), 1.0)
        if share == 0.5 and self.kind not in ("cubic", "linear", "whole"):
            return self.middle
        if self.kind == "log":
            median = self.low + (self.middle - self.low) * self.factor ** (2.0 * share - 1.0)
        elif self.kind == "below":
            median = self.high - (self.high - self.middle) * self.factor ** (1.0 - 2.0 * share)
        elif self.kind == "logit":
            y = self._logit(self.middle) + _LOGITS * (2.0 * share - 1.0)
            median = self.low + (self.high - self.low) / (1.0 + math.exp(-y))
        elif self.kind == "cubic":
            median = self.low + (self.high - self.low) * share**3
        else:
            median = self.low + (self.high - self.low) * share
        return self.held(float(round(median)) if self.kind == "whole" else rounded(median))

    def position(self, value: float) -> int:
        """The position nearest to a median."""
        if self.kind == "log":
            share = 0.5 + math.log(max(value - self.low, 1e-300) / (self.middle - self.low)) / (
                2.0 * math.log(self.factor)
            )
        elif self.kind == "below":
            share = 0.5 - math.log(max(self.high - value, 1e-300) / (self.high - self.middle)) / (
                2.0 * math.log(self.factor)
            )
        elif self.kind == "logit":
            inside = min(max(value, self.low + 1e-12), self.high - 1e-12)
            share = 0.5 + (self._logit(inside) - self._logit(self.middle)) / (2.0 * _LOGITS)
        else:
            share = (value - self.low) / (self.high - self.low)
            share = max(share, 0.0) ** (1.0 / 3.0) if self.kind == "cubic" else share
        return round(STEPS * min(max(share, 0.0), 1.0))

    def held(self, value: float) -> float:
        """The nearest value that may be: between the ends, where there are such."""
        return min(max(value, self.low), self.high)

    def _logit(self, x: float) -> float:
        return math.log((x - self.low) / (self.high - x))


def track(item: Input, distribution: Marginal) -> Track:
    """The slider of an input, from what it may be and what it is."""
    low, high, middle = item.support.lower, item.support.upper, distribution.median()
    if any(form.keeps_ends for form in forms_in(distribution.spec)):
        low, high = distribution.support()
    if item.support.integer:
        return Track("whole", low, max(low + 7.0, 4.0 * middle), middle)
    if math.isfinite(low) and math.isfinite(high):
        return Track("logit" if low < middle < high else "linear", low, high, middle)
    if math.isfinite(low):
        if middle > low:
            return Track("log", low, math.inf, middle, _FACTOR if low == 0.0 else _FACTOR_FROM_BOUND)
        most = 1.0 if distribution.certain else float(distribution.ppf(0.99)) - low
        return Track("cubic", low, low + max(10.0, 2.0 * most), middle)
    if math.isfinite(high) and middle < high:
        return Track("below", -math.inf, high, middle, _FACTOR_BELOW)
    reach = max(3.0 * distribution.std(), abs(middle), 1.0)
    return Track("linear", middle - reach, middle + reach, middle)
