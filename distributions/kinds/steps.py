"""A distribution of finitely many values, each with a weight."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from distributions.distribution import Array, Distribution, Fast, root_mean_square


class Steps(Distribution):
    """Finitely many values: equal ones are merged, weights are normalised, values without weight dropped."""

    def __init__(
        self, values: Sequence[float] | Array, weights: Sequence[float] | Array | None = None
    ) -> None:
        array = np.asarray(values, dtype=float)
        self.values, index = np.unique(array, return_inverse=True)
        mass = np.ones(array.size) if weights is None else np.asarray(weights, dtype=float)
        total = np.bincount(index, mass, minlength=self.values.size)
        self.values, total = self.values[total > 0], total[total > 0]
        # Divided by the largest first, weights near the largest float do not overflow in the sum.
        total = total / total.max()
        self.weights: Array = total / math.fsum(total)
        self.cumulative: Array = np.cumsum(self.weights)
        self.cumulative[-1] = 1.0
        above = np.cumsum(self.weights[::-1])[::-1]
        self._survival: Array = np.append(above[1:], 0.0)

    def ppf(self, q: Any) -> Any:
        """As `Distribution.ppf`: the first value whose cumulative weight is at least q."""
        at = np.searchsorted(self.cumulative, q, side="left")
        return self.values[np.minimum(at, self.values.size - 1)]

    def isf(self, q: Any) -> Any:
        """As `Distribution.isf`: the first value with no more than q above it."""
        at = self.values.size - np.searchsorted(self._survival[::-1], q, side="right")
        return self.values[np.minimum(at, self.values.size - 1)]

    def cdf(self, x: Any) -> Any:
        """As `Distribution.cdf`."""
        return np.append(0.0, self.cumulative)[np.searchsorted(self.values, x, side="right")]

    def sf(self, x: Any) -> Any:
        """As `Distribution.sf`."""
        return np.append(1.0, self._survival)[np.searchsorted(self.values, x, side="right")]

    def pdf(self, x: Any) -> Any:
        """As `Distribution.pdf`: 0, since no part is continuous."""
        return np.zeros_like(np.asarray(x, dtype=float))[()]

    def support(self) -> tuple[float, float]:
        """As `Distribution.support`."""
        return float(self.values[0]), float(self.values[-1])

    def scaled(self, factor: float) -> Steps:
        """As `Distribution.scaled`."""
        return Steps(self.values * factor, self.weights)

    def between(self, low: float, high: float) -> Steps:
        """Given that the value lies from low to high, ends included; there must be one that does."""
        inside = (self.values >= low) & (self.values <= high)
        return Steps(self.values[inside], self.weights[inside])

    def atoms(self) -> Array:
        """As `Distribution.atoms`: all of them."""
        return self.values

    @property
    def fast(self) -> Fast:
        """The values and their cumulative weights, each (n,)."""
        return Fast("steps", (self.values, self.cumulative))

    @property
    def has_moments(self) -> bool:
        """As `Distribution.has_moments`."""
        return True

    def mean(self) -> float:
        """As `Distribution.mean`."""
        return math.fsum(self.values * self.weights)

    def std(self) -> float:
        """As `Distribution.std`."""
        return root_mean_square((self.values - self.mean())[None], self.weights)
