"""A metalog through any percentiles: `quantiles { p05 = …, p50 = …, p95 = … }`.

With y the level, s = ln(y/(1-y)) and w = y - 1/2, the n-term metalog is, in Keelin's order of terms,

    M(y) = a1 + a2 s + a3 w s + a4 w + a5 w² + a6 w² s + a7 w³ + …

The value x is M itself on an unbounded support, ln(x - lower) = M above a lower bound, -ln(upper - x) = M below an
upper one, and logit((x - lower)/(upper - lower)) = M between two. n percentiles fix n coefficients by a linear
solve; for levels that mirror each other about p50, with other terms (`_fitted`). Not every set is feasible: M has to
rise everywhere. Keelin 2016, Decision Analysis 13(4), equations 6-14.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from distributions.distribution import Array, Distribution, Fast
from distributions.errors import Fault, UserError
from distributions.movement import Move, Table
from distributions.parameters import Built, Form, Percentiles, Setting, check_percentiles
from distributions.support import Support

NONE, ABOVE, BELOW, BETWEEN = 0, 1, 2, 3
_GRID = np.linspace(-40.0, 40.0, 8001)
"""Levels from 4e-18 to 1 - 4e-18, as s."""
_NEGLIGIBLE = 1e-12
"""Coefficients and slopes below this share of the largest are rounding."""
_FEWEST = 3
_MISFIT = 0.005
"""Where no curve through all percentiles has a density, one of fewer terms, but 3, may miss them by so much of their
range: percentiles that were rounded, or read off a sample, are no nearer than that."""
_SINGULAR = 0.01
"""A term that is so much less apart from the others than the next one would be gives way to that."""


def _basis(s: Array) -> Array:
    """(levels, 16): the terms at each s, in Keelin's order."""
    w = np.tanh(s / 2) / 2
    terms = [np.ones_like(s), s, w * s, w]
    for power in range(2, 8):
        terms += [w**power, w**power * s]
    return np.stack(terms, axis=-1)


def _split(coefficients: Array) -> tuple[Any, Any]:
    """Polynomials A and B in w with M = A(w) + B(w) s."""
    a = [0.0] * 10
    b = [0.0] * 10
    for k, value in enumerate(coefficients):
        if k < 4:
            (a if k in (0, 3) else b)[k // 2] = float(value)
        else:
            (a if k % 2 == 0 else b)[k // 2] = float(value)
    return np.polynomial.Polynomial(a), np.polynomial.Polynomial(b)


class Metalog(Distribution):
    """A metalog by its coefficients; finite bounds make it a log or a logit metalog."""

    def __init__(self, coefficients: Array, lower: float = -math.inf, upper: float = math.inf) -> None:
        self.coefficients, self.lower, self.upper = coefficients, lower, upper
        self.link = (ABOVE if math.isfinite(lower) else NONE) + (BELOW if math.isfinite(upper) else NONE)
        self._a, self._b = _split(coefficients)

    def ppf(self, q: Any) -> Any:
        """As `Distribution.ppf`."""
        from scipy.special import logit

        return self._value(self._m(logit(np.asarray(q, dtype=float))))

    def isf(self, q: Any) -> Any:
        """As `Distribution.isf`."""
        from scipy.special import logit

        return self._value(self._m(-logit(np.asarray(q, dtype=float))))

    def cdf(self, x: Any) -> Any:
        """As `Distribution.cdf`: M is inverted by Newton's method within a cell of a fine grid."""
        from scipy.special import expit

        return expit(self._s(x))

    def sf(self, x: Any) -> Any:
        """As `Distribution.sf`."""
        from scipy.special import expit

        return expit(-self._s(x))

    def pdf(self, x: Any) -> Any:
        """As `Distribution.pdf`: dy/ds over dx/ds."""
        x = np.asarray(x, dtype=float)
        with np.errstate(all="ignore"):
            s = self._s(x)
            y = 1 / (1 + np.exp(-s))
            stretch = {
                NONE: 1.0,
                ABOVE: x - self.lower,
                BELOW: self.upper - x,
                BETWEEN: (x - self.lower) * (self.upper - x) / (self.upper - self.lower),
            }[self.link]
            density = y * (1 - y) / (self.slope(s) * stretch)
        return np.where(np.isfinite(density), density, 0.0)[()]

    def support(self) -> tuple[float, float]:
        """As `Distribution.support`."""
        low, high = self._value(self._m(np.array([-math.inf, math.inf])))
        return float(low), float(high)

    def scaled(self, factor: float) -> Metalog:
        """As `Distribution.scaled`."""
        shift = {ABOVE: math.log(factor), BELOW: -math.log(factor)}.get(self.link, 0.0)
        coefficients = self.coefficients * (factor if self.link == NONE else 1.0)
        coefficients[0] += shift
        return Metalog(coefficients, self.lower * factor, self.upper * factor)

    @property
    def fast(self) -> Fast:
        """Link, bounds (0 where there is none) and coefficients."""
        lower, upper = (bound if math.isfinite(bound) else 0.0 for bound in (self.lower, self.upper))
        return Fast("metalog", (self.link, lower, upper, *map(float, self.coefficients)))

    def slope(self, s: Array) -> Array:
        """dM/ds, which has the sign of the density."""
        w = np.tanh(s / 2) / 2
        rise: Array = self._b(w) + (self._a.deriv()(w) + self._b.deriv()(w) * s) * (0.25 - w * w)
        return rise

    def _m(self, s: Any) -> Any:
        w = np.tanh(s / 2) / 2
        factor = self._b(w)
        with np.errstate(invalid="ignore"):
            # 0 · ∞ at a level of 0 or 1: the tail is bounded there.
            return self._a(w) + np.where(factor == 0.0, 0.0, factor * s)

    def _value(self, m: Any) -> Any:
        from scipy.special import expit

        with np.errstate(over="ignore"):
            if self.link == ABOVE:
                return self.lower + np.exp(m)
            if self.link == BELOW:
                return self.upper - np.exp(-m)
            return (self.lower + (self.upper - self.lower) * expit(m) if self.link == BETWEEN else m)[()]

    def _linked(self, x: Any) -> Any:
        """M of a value; infinite at and beyond the bounds."""
        with np.errstate(divide="ignore"):
            above = np.log(np.maximum(x - self.lower, 0.0)) if self.link & ABOVE else 0.0
            below = np.log(np.maximum(self.upper - x, 0.0)) if self.link & BELOW else 0.0
        return x if self.link == NONE else above - below

    @cached_property
    def _m_grid(self) -> Array:
        return np.maximum.accumulate(np.asarray(self._m(_GRID)))

    def _s(self, x: Any) -> Any:
        """s of a value: infinite outside the support."""
        m = np.asarray(self._linked(np.asarray(x, dtype=float)))
        grid = self._m_grid
        cell = np.clip(np.searchsorted(grid, m) - 1, 0, grid.size - 2)
        low, high = _GRID[cell], _GRID[cell + 1]
        with np.errstate(all="ignore"):
            s = np.clip(low + (m - grid[cell]) / (grid[cell + 1] - grid[cell]) * (high - low), low, high)
            for _ in range(6):
                step = (self._m(s) - m) / self.slope(s)
                s = np.clip(s - np.where(np.isfinite(step), step, 0.0), low, high)
            # Beyond the grid M is a straight line in s, to the last bit.
            for end, outside in ((0, m < grid[0]), (-1, m > grid[-1])):
                steep = float(self._b(math.copysign(0.5, _GRID[end])))
                s = np.where(outside, _GRID[end] + (m - grid[end]) / steep, s)
        return s[()]

    @property
    def has_moments(self) -> bool:
        """As `Distribution.has_moments`."""
        return self.link in (NONE, BETWEEN)

    @cached_property
    def _moments(self) -> tuple[float, float]:
        """Gauss-Legendre over s, and the tail beyond in closed form, where M is a line c s + const.

        A log metalog has a mean only with c < 1, and a variance only with c < 1/2.
        """
        end = 60.0
        nodes, weights = np.polynomial.legendre.leggauss(20)
        left = np.arange(-end, end)[:, None]
        s = (left + (nodes + 1) / 2).ravel()
        density = np.exp(-np.abs(s)) / (1 + np.exp(-np.abs(s))) ** 2 * np.tile(weights / 2, left.size)
        centre = float(self.ppf(0.5))
        with np.errstate(over="ignore", invalid="ignore"):
            x = self._value(self._m(s)) - centre
            first, second = float(np.sum(x * density)), float(np.sum(x * x * density))
        if self.link in (ABOVE, BELOW):
            sign = 1.0 if self.link == ABOVE else -1.0
            c = float(self._b(sign * 0.5))
            if c >= 1.0:
                return sign * math.inf, math.nan
            with np.errstate(over="ignore"):
                edge = float(np.exp(sign * float(self._m(np.float64(sign * end))) - end / 2))
            offset = (self.lower if self.link == ABOVE else self.upper) - centre
            first += sign * edge * math.exp(-end / 2) / (1 - c)
            if c >= 0.5:
                return centre + first, math.inf
            second += edge * edge / (1 - 2 * c) + 2 * offset * sign * edge * math.exp(-end / 2) / (1 - c)
        return centre + first, math.sqrt(max(second - first * first, 0.0))


class Quantiles(Percentiles):
    """Two to 16 percentiles; each is met exactly, or to 0.5 % of their range where no curve can."""

    least: ClassVar[int] = 2
    most: ClassVar[int] = 16

    def build(self, setting: Setting) -> Built:
        """The metalog through all of them, or failing that near all of them, within the bounds of the setting.

        Raises:
            UserError: a value at or beyond a bound, or no feasible metalog: names the level where it fails.
        """
        levels = self.levels()
        lower, upper = setting.support.lower, setting.support.upper
        faults = [
            Fault(
                level.key,
                f"found {level.value:g}",
                str(Support(lower, upper, lower_open=True, upper_open=True)),
            )
            for level in levels
            if not lower < level.value < upper
        ]
        if faults:
            raise UserError(*faults)
        blank = Metalog(np.zeros(2), lower, upper)
        s = np.array([math.log(y / (1 - y)) for _, y, _ in levels])
        wanted = np.array([float(blank._linked(level.value)) for level in levels])
        distribution = Metalog(_fitted(s, wanted), lower, upper)
        at = _falls(distribution)
        if at is None:
            check_percentiles(distribution, levels, blank._linked)
            return Built(distribution)
        for terms in range(len(levels) - 1, _FEWEST - 1, -1):
            near = Metalog(_least_squares(s, wanted, terms), lower, upper)
            misses = [float(near.ppf(level.probability)) - level.value for level in levels]
            worst = int(np.argmax(np.abs(misses)))
            if abs(misses[worst]) > _MISFIT * (levels[-1].value - levels[0].value):
                break
            if _falls(near) is None:
                met = f"{levels[worst].key} is {levels[worst].value + misses[worst]:.6g}"
                return Built(near, f"smoothed by least squares: at most {met} for {levels[worst].value:.6g}")
        raise UserError(
            Fault(
                "",
                f"no metalog passes through these percentiles: its density would be negative "
                f"at level {100 / (1 + math.exp(-at)):.6g} %",
                "percentiles that spread more evenly",
                "move the inner ones towards the middle of their neighbours, or leave one out",
            )
        )


def _falls(distribution: Metalog) -> float | None:
    """The level nearest to the middle, as s, at which the density would be negative; None where it is nowhere."""
    rises = distribution.slope(_GRID)
    fails = rises <= -_NEGLIGIBLE * np.abs(rises).max()
    return float(_GRID[fails][np.argmin(np.abs(_GRID[fails]))]) if fails.any() else None


def _least_squares(s: Array, wanted: Array, terms: int) -> Array:
    """Coefficients of Keelin's first terms, fewer than there are levels, with the least sum of squared misses."""
    coefficients, *_ = np.linalg.lstsq(_basis(s)[:, :terms], wanted, rcond=None)
    return np.asarray(coefficients, dtype=np.float64)


def _fitted(s: Array, wanted: Array) -> Array:
    """Coefficients of a metalog with M(s) = wanted, by Keelin's first n terms or, where these cannot, nearly those.

    About p50 each term is even or odd. Of 7, 11 and 15 terms one more is odd than even, while levels that mirror
    each other need one more that is even: there the last term gives way to the next one of Keelin's order.
    """
    n = s.size
    basis = _basis(s)
    terms = list(range(n))
    if n in (7, 11, 15):
        distance, next_distance = (_apart(basis[:, term], basis[:, : n - 1]) for term in (n - 1, n))
        if distance < _SINGULAR * next_distance:
            terms[-1] = n
    coefficients = np.zeros(terms[-1] + 1)
    coefficients[terms] = _solve(basis[:, terms], wanted)
    return coefficients


def _apart(term: Array, others: Array) -> float:
    """The share of a term, at the levels, that is no combination of the others."""
    orthogonal, _ = np.linalg.qr(others)
    rest = term - orthogonal @ (orthogonal.T @ term)
    return float(np.linalg.norm(rest - orthogonal @ (orthogonal.T @ rest)) / np.linalg.norm(term))


def _solve(basis: Array, wanted: Array) -> Array:
    """Coefficients with basis @ coefficients = wanted, refined in extended precision; rounding set to 0."""
    # Scaled by a power of two, which changes no digit, intermediate results do not overflow.
    unit = math.ldexp(1.0, math.frexp(float(np.abs(wanted).max()))[1] - 1)
    wanted = wanted / unit
    try:
        coefficients = np.linalg.solve(basis, wanted)
        for _ in range(2):
            residual = wanted.astype(np.longdouble) - basis.astype(np.longdouble) @ coefficients.astype(
                np.longdouble
            )
            coefficients = coefficients + np.linalg.solve(basis, residual.astype(float))
    except np.linalg.LinAlgError:
        raise UserError(Fault("", "the levels are too close to each other for one curve")) from None
    negligible = np.abs(coefficients) < _NEGLIGIBLE * np.abs(coefficients[1:]).max()
    negligible[0] = False
    return np.where(negligible, 0.0, coefficients) * unit


def moved(table: Table, move: Move) -> dict[str, float]:
    """Percentiles moved on the scale of the metalog: as they are, or as logarithms of distances to the bounds."""
    scale = Metalog(np.zeros(2), move.support.lower, move.support.upper)
    middle, to = scale._linked(move.start), scale._linked(move.to)

    def at(x: float) -> float:
        return float(scale._value(np.float64(to + move.spread * (scale._linked(x * move.factor) - middle))))

    return {level: at(x) for level, x in table.items()}


FORM = Form("quantiles", (Quantiles,), takes_bounds=True, moved=moved)
