"""From the unit that a value is given in to the input's own: in proportion, in working time, or compounded.

Proportion is right for most. A week of people's work has five days of eight hours, and not seven of twenty-four. A rate
at which something grows or falls compounds: 2 % a month are (1 + 0.02)^12 - 1 = 26.8 % a year, a fall of 2 % a month
is one of 1 - (1 - 0.02)^12 = 21.5 % a year.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from distributions import units
from distributions.distribution import Distribution
from distributions.support import Support
from distributions.units import DECLINE, GROWTH, PROPORTIONAL, WORKING


@dataclass(frozen=True)
class Conversion:
    """y = factor · x, or, compounding over `periods` (not 1), y = sign · ((1 + sign · factor · x)^periods - 1).

    note: what was converted to what, for a reader; "" where nothing was.
    """

    factor: float = 1.0
    periods: float = 1.0
    sign: float = 1.0
    note: str = ""

    def __bool__(self) -> bool:
        """Whether it changes anything."""
        return self.factor != 1.0 or self.periods != 1.0

    def value(self, x: float) -> float:
        """A number in the input's own unit."""
        scaled = x * self.factor
        return scaled if self.periods == 1.0 else float(_compounded(scaled, self.periods, self.sign))

    def distribution(self, base: Distribution) -> Distribution:
        """A distribution in the input's own unit."""
        scaled = base.scaled(self.factor) if self.factor != 1.0 else base
        return scaled if self.periods == 1.0 else Compounded(scaled, self.periods, self.sign)

    def before(self, support: Support) -> Support:
        """What may be given, so that what comes out keeps to the support."""
        if self.periods != 1.0:
            lower, upper = (
                float(_compounded(end, 1.0 / self.periods, self.sign))
                for end in (support.lower, support.upper)
            )
            support = replace(support, lower=lower, upper=upper)
        return support.scaled(1 / self.factor)


def conversion(unit: str | None, wanted: str | None, kind: str = PROPORTIONAL) -> Conversion:
    """The conversion of a unit into an input's own.

    Args:
        unit: the one that was given; None for the input's own.
        wanted: the input's own; None where it has none, which leaves values as they are.
        kind: one of `distributions.units.KINDS`.

    Raises:
        UserError: an unknown unit, or one of another dimension; the fault's key is "unit".
    """
    if unit is None:
        return Conversion()
    if wanted is None:
        units.quantity(unit)
        return Conversion()
    factor = units.factor(unit, wanted, working=kind == WORKING)
    if kind in (GROWTH, DECLINE):
        periods = units.periods(unit, wanted)
        if periods != 1.0:
            note = f"from {unit} to {wanted}: compounded over {periods:.6g} periods"
            return Conversion(factor / periods, periods, 1.0 if kind == GROWTH else -1.0, note)
    if factor == 1.0:
        return Conversion()
    how = "5 working days a week of 8 hours" if kind == WORKING else "calendar time"
    return Conversion(factor, note=f"from {unit} to {wanted}: times {factor:.6g} ({how})")


def _compounded(x: Any, periods: float, sign: float) -> Any:
    """Exact for small rates too, where 1 + x would have lost their digits."""
    with np.errstate(divide="ignore", over="ignore"):
        return sign * np.expm1(periods * np.log1p(np.maximum(sign * np.asarray(x, dtype=float), -1.0)))


class Compounded(Distribution):
    """The distribution of sign · ((1 + sign · X)^periods - 1), which rises with X: a rate a period as one over many."""

    def __init__(self, base: Distribution, periods: float, sign: float) -> None:
        self.base, self.periods, self.sign = base, periods, sign

    def _to(self, x: Any) -> Any:
        return _compounded(x, self.periods, self.sign)

    def _from(self, y: Any) -> Any:
        return _compounded(y, 1.0 / self.periods, self.sign)

    def ppf(self, q: Any) -> Any:
        """As `Distribution.ppf`."""
        return self._to(self.base.ppf(q))

    def isf(self, q: Any) -> Any:
        """As `Distribution.isf`."""
        return self._to(self.base.isf(q))

    def cdf(self, x: Any) -> Any:
        """As `Distribution.cdf`."""
        return self.base.cdf(self._from(x))

    def sf(self, x: Any) -> Any:
        """As `Distribution.sf`."""
        return self.base.sf(self._from(x))

    def pdf(self, x: Any) -> Any:
        """As `Distribution.pdf`."""
        within = self._from(x)
        with np.errstate(divide="ignore"):
            slope = self.periods * (1.0 + self.sign * within) ** (self.periods - 1.0)
            return np.where(slope > 0.0, self.base.pdf(within) / np.where(slope > 0.0, slope, 1.0), 0.0)[()]

    def support(self) -> tuple[float, float]:
        """As `Distribution.support`."""
        low, high = self.base.support()
        return float(self._to(low)), float(self._to(high))

    def scaled(self, factor: float) -> Distribution:
        """As `Distribution.scaled`; a rate in its own unit is not counted in another again."""
        if factor == 1.0:
            return self
        raise ValueError("a compounded rate has no other unit")
