"""Recipes: for each distribution the fastest inverse CDF that is exact enough, checked when it is built.

The exact distribution (scipy's, or one of our own) is the truth. Closed forms are used where there are any. Every
other distribution becomes a polynomial of degree 23 in z for the value, its log or its logit, by its support; where
that misses 1e-8 in u anywhere, a table of cubic pieces; where that misses too, the exact ppf is called from Python,
draw by draw and slowly. The error achieved is kept with the recipe and reported by the run.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from distributions.sampling import pieces, quintics
from distributions.sampling.inverse import (
    ABOVE,
    AFFINE_U,
    AFFINE_Z,
    BELOW,
    BETWEEN,
    DEGREE,
    EXACT,
    EXP_Z,
    IDENTITY,
    IN_PIECES,
    METALOG,
    POLYNOMIAL,
    STEPS,
    TABLE,
    TOLERANCE,
    TRIANGULAR,
    Z_MAX,
    Recipe,
    from_scores,
    from_uniforms,
)

_CELLS = (8192, 65536)
"""Pieces of a table: the fewer fit the second cache; the many follow the bend between two far modes."""

_HOPELESS = 1e-4
"""A table that is this far off, or does not rise, gets no better with more pieces."""


class Distribution(Protocol):
    """What this module needs of a marginal distribution."""

    @property
    def fast(self) -> Any:
        """Closed form of the untruncated inverse (kind, parameters), or None."""

    @property
    def window(self) -> tuple[float, float] | None:
        """Of a truncated distribution: the parent's cdf at both ends."""

    @property
    def base_sf_window(self) -> tuple[float, float] | None:
        """Of a truncated distribution: the parent's sf at both ends."""

    def ppf(self, q: Any) -> Any:
        """Inverse distribution function."""

    def cdf(self, x: Any) -> Any:
        """Distribution function."""

    def sf(self, x: Any) -> Any:
        """Survival function."""

    def support(self) -> tuple[float, float]:
        """Least and greatest value."""


def _link(distribution: Distribution) -> tuple[int, float, float]:
    low, high = distribution.support()
    if math.isfinite(low) and math.isfinite(high):
        return BETWEEN, low, high
    if math.isfinite(low):
        return ABOVE, low, 0.0
    return (BELOW, 0.0, high) if math.isfinite(high) else (IDENTITY, 0.0, 0.0)


def _linked(x: NDArray[np.float64], link: int, low: float, high: float) -> NDArray[np.float64]:
    with np.errstate(all="ignore"):
        if link == BETWEEN:
            return np.log((x - low) / (high - x))
        if link == ABOVE:
            return np.log(x - low)
        return np.log(high - x) if link == BELOW else x


def _phi(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """The normal distribution function by the C library, accurate in the lower tail."""
    return np.array([0.5 * math.erfc(-score * math.sqrt(0.5)) for score in z])


def _exact(distribution: Distribution, z: NDArray[np.float64]) -> NDArray[np.float64]:
    """The exact value at each score; the upper tail through isf where the distribution has it."""
    isf = getattr(distribution, "isf", None)
    x = np.asarray(distribution.ppf(_phi(np.minimum(z, 0.0) if isf is not None else z)), dtype=float)
    if isf is not None:
        x = np.where(z > 0.0, isf(_phi(-np.maximum(z, 0.0))), x)
    return x


@cache
def _grid() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores at which recipes are checked, and what lies beyond each on its side."""
    z = np.linspace(-Z_MAX, Z_MAX, 1537)
    return z, _phi(-np.abs(z))


def measured_error(distribution: Distribution, recipe: Recipe) -> float:
    """Largest difference in u between the recipe and the exact distribution, over a dense grid in both tails."""
    z, tail = _grid()
    x = from_scores(recipe, z)
    below = z < 0.0
    with np.errstate(all="ignore"):
        error = np.abs(np.concatenate([distribution.cdf(x[below]), distribution.sf(x[~below])]) - tail)
    monotone = np.all(np.diff(x) >= -1e-12 * np.abs(x[1:]))
    return float(np.max(error)) if monotone and np.all(np.isfinite(error)) else math.inf


def recipe(distribution: Distribution) -> Recipe:
    """The fastest recipe for a distribution that is within `TOLERANCE` in u of it, or the exact one."""
    if distribution.fast is not None:
        return _in_pieces(_closed_form(distribution))
    for cells in (None, *_CELLS):
        candidate = _polynomial(distribution) if cells is None else _table(distribution, cells)
        if candidate is None:
            continue
        error = measured_error(distribution, candidate)
        if candidate.kind == TABLE and not error < _HOPELESS:
            break
        if error <= TOLERANCE:
            return _in_pieces(replace(candidate, error=error))
    return Recipe(EXACT, method="exact ppf, called from Python")


def _in_pieces(plain: Recipe) -> Recipe:
    """With pieces, where they are faster than the recipe itself and add no more than is left of the tolerance."""
    if plain.kind in (AFFINE_U, TRIANGULAR, STEPS):
        return plain
    coefficients = quintics.fit(_at(plain, pieces.AT_NODES))
    error = plain.error + quintics.error(coefficients, _at(plain, pieces.AT_CHECKS), pieces.DU)
    if not error <= TOLERANCE:
        return plain
    return replace(
        plain, method=plain.method + IN_PIECES, error=error, pieces=quintics.laid_out(coefficients)
    )


def _at(candidate: Recipe, u: NDArray[np.float64]) -> NDArray[np.float64]:
    return from_uniforms(candidate, u.reshape(-1)).reshape(u.shape)


def _closed_form(distribution: Distribution) -> Recipe:
    kinds = {
        "affine_z": AFFINE_Z,
        "exp_z": EXP_Z,
        "affine_u": AFFINE_U,
        "triangular": TRIANGULAR,
        "metalog": METALOG,
        "steps": STEPS,
    }
    window: tuple[float, float, bool] | None = None
    if distribution.window is not None:
        low, high = distribution.window
        window = (low, high - low, False)
        if low > 0.5 and distribution.base_sf_window is not None:
            at_min, at_max = distribution.base_sf_window
            window = (at_max, at_min - at_max, True)
    kind = kinds[distribution.fast.kind]
    if kind == STEPS:
        values, weights = distribution.fast.parameters
        pool = (*(float(v) for v in values), *(float(w) for w in weights))
        return Recipe(STEPS, window=window, pool=pool, method="steps")
    parameters = tuple(float(p) for p in distribution.fast.parameters)
    if kind == METALOG:
        return Recipe(METALOG, int(parameters[0]), parameters[1:], window)
    return Recipe(kind, parameters=parameters, window=window)


def _polynomial(distribution: Distribution) -> Recipe | None:
    """Weighted least squares on Chebyshev nodes; the weight is du/dy, so that the error is even in u."""
    link, low, high = _link(distribution)
    t = np.cos(np.pi * (np.arange(241) + 0.5) / 241)
    z = Z_MAX * t
    y = _linked(_exact(distribution, z), link, low, high)
    good = np.isfinite(y)
    if good.sum() < 4 * DEGREE:
        return None
    t, z, y = t[good], z[good], y[good]
    order = np.argsort(z)
    slope = np.maximum(np.gradient(y[order], z[order]), 1e-6)
    weight = np.empty_like(y)
    weight[order] = np.exp(-0.5 * z[order] ** 2) / slope + 1e-7
    basis = np.polynomial.chebyshev.chebvander(t, DEGREE)
    fitted, *_ = np.linalg.lstsq(basis * weight[:, None], y * weight, rcond=None)
    power = np.polynomial.chebyshev.cheb2poly(fitted)
    coefficients = np.zeros(DEGREE + 1)
    coefficients[: power.size] = power
    return Recipe(
        POLYNOMIAL,
        link,
        (low, high, 1.0 / Z_MAX, *coefficients[::-1]),
        method=f"polynomial of degree {DEGREE} in z",
    )


def _table(distribution: Distribution, cells: int) -> Recipe | None:
    """Cubic Hermite pieces in z through exact values, with slopes by close central differences.

    Slopes so close to a node feel a kink of the CDF (a mixture's) in its own piece only, as a spline would not.
    """
    link, low, high = _link(distribution)
    step = 2.0 * Z_MAX / cells
    near = step / 16.0
    z = np.linspace(-Z_MAX, Z_MAX, cells + 1)
    before, y, after = _linked(
        _exact(distribution, np.concatenate([z - near, z, z + near])), link, low, high
    ).reshape(3, -1)
    inside = np.flatnonzero(np.isfinite(before) & np.isfinite(y) & np.isfinite(after))
    if inside.size < cells // 2:
        return None
    slope = np.zeros_like(y)
    slope[inside] = (after[inside] - before[inside]) / (2.0 * near) * step
    y = np.interp(z, z[inside], y[inside])
    return Recipe(
        TABLE,
        link,
        (low, high, -Z_MAX, 1.0 / step),
        pool=(*y, *slope),
        method=f"table of {cells} cubics in z",
    )
