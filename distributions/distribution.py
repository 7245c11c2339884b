"""What a distribution can be asked, and what all of them share: moments, scaling, a closed form for the sampler."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Fast(NamedTuple):
    """Closed form of an inverse distribution function, in u or in the normal score z, for the compiled sampler.

    kind, parameters
        "affine_z" (loc, scale): loc + scale z.  "exp_z" (mu, sigma): exp(mu + sigma z).
        "affine_u" (low, width): low + width u.  "triangular" (min, mode, max).
        "metalog" (link, lower, upper, a1 … an): Keelin's order; link 0 none, 1 above lower, 2 below upper, 3 both.
        "steps" (values, cumulative weights), both (n,): the first value whose cumulative weight is ≥ u.
    """

    kind: str
    parameters: tuple[Any, ...]


class Distribution(ABC):
    """One probability distribution on the real line, frozen. Every method takes and returns scalars or arrays.

    `isf` and `sf` are the upper-tail twins of `ppf` and `cdf`, exact where 1 - cdf would have lost its digits.
    """

    @abstractmethod
    def ppf(self, q: Any) -> Any:
        """The value below which a share q lies."""

    @abstractmethod
    def isf(self, q: Any) -> Any:
        """The value above which a share q lies."""

    @abstractmethod
    def cdf(self, x: Any) -> Any:
        """Probability of x or less."""

    @abstractmethod
    def sf(self, x: Any) -> Any:
        """Probability of more than x."""

    @abstractmethod
    def pdf(self, x: Any) -> Any:
        """Density of the continuous part."""

    @abstractmethod
    def support(self) -> tuple[float, float]:
        """Least and greatest value, infinite where there is none."""

    @abstractmethod
    def scaled(self, factor: float) -> Distribution:
        """The distribution of factor · X, factor > 0: a change of unit."""

    def atoms(self) -> Array:
        """The values that have a probability of their own, (n,), each one or several times."""
        return np.empty(0)

    @property
    def fast(self) -> Fast | None:
        """Closed form of the inverse, or None where there is none."""
        return None

    @property
    def has_moments(self) -> bool:
        """Whether mean and variance are known to exist, so that infinite ones are too large for a number."""
        return False

    def mean(self) -> float:
        """Expected value; infinite or NaN where it does not exist."""
        return self._moments[0]

    def std(self) -> float:
        """Standard deviation; infinite or NaN where it does not exist."""
        return self._moments[1]

    def median(self) -> float:
        """The value in the middle."""
        return float(self.ppf(0.5))

    @cached_property
    def _moments(self) -> tuple[float, float]:
        return moments(self)


_MOST_EVALUATIONS = 50_000
"""Of an inverse, for its moments: a smooth one takes 2,000, each kink or jump as many again."""


def moments(distribution: Distribution) -> tuple[float, float]:
    """Mean and standard deviation by adaptive quadrature over the normal score z: ∫ x(z) φ(z) dz.

    In z every tail is weighted by a normal density, so that a moment that exists converges fast. Panels of 20
    Gauss-Legendre points are halved until halving no longer matters (kinks and jumps included). The caller has
    to know that the moments exist.
    """
    from scipy.special import ndtr

    nodes, weights = np.polynomial.legendre.leggauss(20)
    centre = float(distribution.ppf(0.5))

    def integrals(left: Array, right: Array) -> Array:
        """(2, panels): first and second moment about the median, panel by panel."""
        half = (right - left)[:, None] / 2
        z = left[:, None] + half * (nodes + 1)
        with np.errstate(all="ignore"):
            x = (
                np.where(
                    z < 0,
                    distribution.ppf(ndtr(np.minimum(z, 0.0))),
                    distribution.isf(ndtr(-np.maximum(z, 0.0))),
                )
                - centre
            )
            mass = np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi) * half * weights
            both = np.stack([x * mass, x * x * mass])
        both[~np.isfinite(both)] = 0.0
        total: Array = both.sum(axis=2)
        return total

    evaluations = 0
    left = np.linspace(-37.0, 35.0, 37)
    right = left + 2.0
    whole = integrals(left, right)
    scale = np.abs(whole).sum(axis=1, keepdims=True)
    done = np.zeros(2)
    for _ in range(60):
        middle = (left + right) / 2
        halves = integrals(np.concatenate([left, middle]), np.concatenate([middle, right]))
        first, second = halves[:, : left.size], halves[:, left.size :]
        rough = np.any(np.abs(first + second - whole) > 1e-14 * scale, axis=0)
        evaluations += 2 * nodes.size * left.size
        if evaluations > _MOST_EVALUATIONS:  # what halving still changes is the inverse's own rounding
            rough[:] = False
        done += (first + second)[:, ~rough].sum(axis=1)
        if not rough.any():
            break
        left, right = (
            np.concatenate([left[rough], middle[rough]]),
            np.concatenate([middle[rough], right[rough]]),
        )
        whole = np.concatenate([first[:, rough], second[:, rough]], axis=1)
    else:
        done += whole.sum(axis=1)
    return centre + float(done[0]), math.sqrt(max(float(done[1] - done[0] ** 2), 0.0))


def root_mean_square(terms: Array, weights: Array) -> float:
    """√ Σ w_i Σ_k x_ki², of terms (k, n) and weights (n,); infinite where a term is, and only there."""
    largest = float(np.abs(terms).max())
    if not 0.0 < largest < math.inf:
        return largest
    # Scaled by a power of two, which changes no digit, squares neither overflow nor vanish.
    unit = math.ldexp(1.0, math.frexp(largest)[1] - 1)
    return unit * math.sqrt(math.fsum(((terms / unit) ** 2).sum(axis=0) * weights))


def tail_has_variance(distribution: Distribution, upper: bool) -> bool:
    """Whether a tail falls fast enough for a variance: x ~ p^-c at tail probability p needs c < 1/2.

    c is read off between p = 1e-100 and 1e-200, where a tail has settled.
    """
    at = distribution.isf if upper else distribution.ppf
    with np.errstate(all="ignore"):
        near, far = abs(float(at(1e-100))), abs(float(at(1e-200)))
    if not (math.isfinite(near) and math.isfinite(far) and near > 0):
        return False
    return math.log(far / near) / (100 * math.log(10)) < 0.499
