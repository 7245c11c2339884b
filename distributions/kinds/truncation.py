"""A distribution cut to a range: given that the value lies in it."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np

from distributions.distribution import Array, Distribution, Fast, moments, tail_has_variance

_ROUNDING = 1e-12
"""Probability of a single value that is rounding of a continuous distribution's."""


class Truncated(Distribution):
    """`base` given that its value lies from low to high, ends included (Devroye 1986, II.2.1).

    Each probability is counted from the nearer tail of the base, so that a cut deep in either tail keeps its digits.
    """

    def __init__(self, base: Distribution, low: float, high: float) -> None:
        self.base, self.low, self.high = base, low, high
        before = math.nextafter(low, -math.inf)
        self._least = low if base.cdf(low) - base.cdf(before) > _ROUNDING else math.nextafter(low, math.inf)
        """Values below it have no probability: low itself has some only as a value of a discrete part."""
        self.window = (float(base.cdf(before)), float(base.cdf(high)))
        """Base probability below low, and up to high."""
        self.upper_window = (float(base.sf(before)), float(base.sf(high)))
        """Base probability from low on, and above high."""
        if self.window[0] > 0.5:
            self.mass = self.upper_window[0] - self.upper_window[1]
        elif self.window[1] <= 0.5:
            self.mass = self.window[1] - self.window[0]
        else:
            self.mass = 1.0 - self.window[0] - self.upper_window[1]

    def ppf(self, q: Any) -> Any:
        """As `Distribution.ppf`."""
        q = np.asarray(q, dtype=float)
        return self._at(self.window[0] + q * self.mass, self.upper_window[1] + (1.0 - q) * self.mass)

    def isf(self, q: Any) -> Any:
        """As `Distribution.isf`."""
        q = np.asarray(q, dtype=float)
        return self._at(self.window[0] + (1.0 - q) * self.mass, self.upper_window[1] + q * self.mass)

    def _at(self, below: Any, above: Any) -> Any:
        """The base's value with so much base probability below it and above it."""
        with np.errstate(all="ignore"):
            x = np.where(
                below <= 0.5, self.base.ppf(np.minimum(below, 0.5)), self.base.isf(np.minimum(above, 0.5))
            )
        return np.clip(x, self.low, self.high)[()]

    def cdf(self, x: Any) -> Any:
        """As `Distribution.cdf`."""
        x = np.asarray(x, dtype=float)
        if self.window[0] > 0.5:
            share = (self.upper_window[0] - self.base.sf(x)) / self.mass
        else:
            share = (self.base.cdf(x) - self.window[0]) / self.mass
        return np.where(x < self._least, 0.0, np.where(x >= self.high, 1.0, np.clip(share, 0.0, 1.0)))[()]

    def sf(self, x: Any) -> Any:
        """As `Distribution.sf`."""
        x = np.asarray(x, dtype=float)
        if self.window[1] <= 0.5:
            share = (self.window[1] - self.base.cdf(x)) / self.mass
        else:
            share = (self.base.sf(x) - self.upper_window[1]) / self.mass
        return np.where(x < self._least, 1.0, np.where(x >= self.high, 0.0, np.clip(share, 0.0, 1.0)))[()]

    def pdf(self, x: Any) -> Any:
        """As `Distribution.pdf`."""
        x = np.asarray(x, dtype=float)
        return np.where((x >= self.low) & (x <= self.high), self.base.pdf(x) / self.mass, 0.0)[()]

    def support(self) -> tuple[float, float]:
        """As `Distribution.support`."""
        low, high = self.base.support()
        return max(low, self.low), min(high, self.high)

    def scaled(self, factor: float) -> Truncated:
        """As `Distribution.scaled`."""
        return Truncated(self.base.scaled(factor), self.low * factor, self.high * factor)

    def atoms(self) -> Array:
        """As `Distribution.atoms`: those of the base that are left."""
        atoms = self.base.atoms()
        inside: Array = atoms[(atoms >= self.low) & (atoms <= self.high)]
        return inside

    @property
    def fast(self) -> Fast | None:
        """The closed form of the base, to be used on the `window` of u."""
        return self.base.fast

    @property
    def has_moments(self) -> bool:
        """As `Distribution.has_moments`."""
        return self.base.has_moments

    @cached_property
    def _moments(self) -> tuple[float, float]:
        if not (math.isfinite(self.base.mean()) and math.isfinite(self.base.std())):
            low, high = self.support()
            tails = ((low, False), (high, True))
            if not all(math.isfinite(end) or tail_has_variance(self.base, upper) for end, upper in tails):
                return math.nan, math.nan
        return moments(self)
