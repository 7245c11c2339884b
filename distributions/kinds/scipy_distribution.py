"""A scipy.stats distribution by its name and parameters, frozen when it is first needed.

Importing scipy.stats takes longer than most commands do. The families that nearly every scenario is made of are
therefore evaluated by the functions of scipy.special that scipy.stats calls too; tests compare the two.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np

from distributions.distribution import Distribution, Fast, moments
from distributions.families import INTEGRATED, TABULATED
from distributions.kinds.density_table import DensityTable


class _Direct(NamedTuple):
    """A family in standard form (loc 0, scale 1): functions of the point and then the shape parameters."""

    cdf: Callable[..., Any]
    sf: Callable[..., Any]
    ppf: Callable[..., Any]
    isf: Callable[..., Any]
    mean: Callable[..., float]
    std: Callable[..., float]
    support: tuple[float, float]


def _special() -> Any:
    from scipy import special

    return special


def _unit(x: Any) -> Any:
    return np.clip(x, 0.0, 1.0)


def _log(x: Any) -> Any:
    with np.errstate(divide="ignore"):
        return np.log(np.maximum(x, 0.0))


def _triangular_cdf(x: Any, c: float) -> Any:
    x = _unit(x)
    with np.errstate(all="ignore"):  # where a side has no width, the other one alone is taken
        return np.where((x < c) | (c >= 1.0), x * x / c, 1.0 - (1.0 - x) ** 2 / (1.0 - c))[()]


def _triangular_ppf(q: Any, c: float) -> Any:
    return np.where(q < c, np.sqrt(c * np.asarray(q)), 1.0 - np.sqrt((1.0 - c) * (1.0 - np.asarray(q))))[()]


_DIRECT: dict[str, _Direct] = {
    "norm": _Direct(
        cdf=lambda x: _special().ndtr(x),
        sf=lambda x: _special().ndtr(-x),
        ppf=lambda q: _special().ndtri(q),
        isf=lambda q: -_special().ndtri(q),
        mean=lambda: 0.0,
        std=lambda: 1.0,
        support=(-math.inf, math.inf),
    ),
    "lognorm": _Direct(
        cdf=lambda x, s: _special().ndtr(_log(x) / s),
        sf=lambda x, s: _special().ndtr(-_log(x) / s),
        ppf=lambda q, s: np.exp(s * _special().ndtri(q)),
        isf=lambda q, s: np.exp(-s * _special().ndtri(q)),
        mean=lambda s: float(np.exp(s * s / 2)),
        std=lambda s: float(np.exp(s * s / 2) * np.sqrt(np.expm1(s * s))),
        support=(0.0, math.inf),
    ),
    "uniform": _Direct(
        cdf=_unit,
        sf=lambda x: 1.0 - _unit(x),
        ppf=lambda q: q,
        isf=lambda q: 1.0 - q,
        mean=lambda: 0.5,
        std=lambda: math.sqrt(1 / 12),
        support=(0.0, 1.0),
    ),
    "triang": _Direct(
        cdf=_triangular_cdf,
        sf=lambda x, c: _triangular_cdf(1.0 - x, 1.0 - c),
        ppf=_triangular_ppf,
        isf=lambda q, c: 1.0 - _triangular_ppf(q, 1.0 - c),
        mean=lambda c: (1.0 + c) / 3.0,
        std=lambda c: math.sqrt((1.0 - c + c * c) / 18.0),
        support=(0.0, 1.0),
    ),
    "beta": _Direct(
        cdf=lambda x, a, b: _special().betainc(a, b, _unit(x)),
        sf=lambda x, a, b: _special().betaincc(a, b, _unit(x)),
        ppf=lambda q, a, b: _special().betaincinv(a, b, q),
        isf=lambda q, a, b: _special().betainccinv(a, b, q),
        mean=lambda a, b: a / (a + b),
        std=lambda a, b: math.sqrt(a * b / (a + b + 1.0)) / (a + b),
        support=(0.0, 1.0),
    ),
    "gamma": _Direct(
        cdf=lambda x, a: _special().gammainc(a, np.maximum(x, 0.0)),
        sf=lambda x, a: _special().gammaincc(a, np.maximum(x, 0.0)),
        ppf=lambda q, a: _special().gammaincinv(a, q),
        isf=lambda q, a: _special().gammainccinv(a, q),
        mean=lambda a: a,
        std=math.sqrt,
        support=(0.0, math.inf),
    ),
}
_DIRECT["erlang"] = _DIRECT["gamma"]


_MOST = float(np.finfo(float).max)


def _rank(x: Any) -> Any:
    """The place of a number among all that there are: the bits of the positive ones rise with them."""
    bits = np.asarray(x, dtype=np.float64).view(np.int64)
    return np.where(bits < 0, np.iinfo(np.int64).min - bits, bits)


def _ranked(rank: Any) -> Any:
    """The number at a place; the inverse of `_rank`."""
    return np.where(rank < 0, np.iinfo(np.int64).min - rank, rank).view(np.float64)


@contextmanager
def quiet() -> Iterator[None]:
    """Without scipy's warnings: what it cannot work out comes back as NaN or infinite, and is looked at there.

    For one thread alone, as a scenario is read; `np.errstate` suffices while many draw.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


@lru_cache(maxsize=64)
def _tabulated(family: str, shapes: tuple[tuple[str, float], ...]) -> DensityTable:
    """The table of a family in standard form.

    Raises:
        NotTabulated: it would take too long, or the density is none.
    """
    standard = ScipyDistribution(family, shapes).frozen
    with quiet():
        if _moments_known(standard.dist):
            middle, spread = float(standard.mean()), float(standard.std())
        else:
            low, middle, high = (float(x) for x in standard.ppf([0.16, 0.5, 0.84]))
            spread = (high - low) / 2
        low, high = standard.support()
        return DensityTable(standard.pdf, (float(low), float(high)), middle, spread)


def _moments_known(distribution: Any) -> bool:
    """Whether a family has formulas for its moments, which scipy otherwise integrates, at length."""
    from scipy.stats import rv_continuous

    return any(
        getattr(type(distribution), name) is not getattr(rv_continuous, name) for name in ("_stats", "_munp")
    )


@dataclass(frozen=True)
class ScipyDistribution(Distribution):
    """A continuous family of scipy.stats: `shapes` by scipy's names and in its order, then loc and scale."""

    family: str
    shapes: tuple[tuple[str, float], ...] = ()
    loc: float = 0.0
    scale: float = 1.0

    @cached_property
    def frozen(self) -> Any:
        """The frozen distribution of scipy.stats."""
        import scipy.stats

        # scipy's vonmises winds around the line without end; on the line it is that between -π and π.
        family = "vonmises_line" if self.family == "vonmises" else self.family
        with quiet():
            return getattr(scipy.stats, family)(**dict(self.shapes), loc=self.loc, scale=self.scale)

    def cdf(self, x: Any) -> Any:
        """As `Distribution.cdf`."""
        x, (low, high) = np.asarray(x, dtype=float), self._ends
        return np.where(x >= high, 1.0, np.where(x <= low, 0.0, self._of_value("cdf", x)))[()]

    def sf(self, x: Any) -> Any:
        """As `Distribution.sf`."""
        x, (low, high) = np.asarray(x, dtype=float), self._ends
        return np.where(x >= high, 0.0, np.where(x <= low, 1.0, self._of_value("sf", x)))[()]

    def ppf(self, q: Any) -> Any:
        """As `Distribution.ppf`."""
        return self._of_probability("ppf", q)

    def isf(self, q: Any) -> Any:
        """As `Distribution.isf`."""
        return self._of_probability("isf", q)

    def pdf(self, x: Any) -> Any:
        """As `Distribution.pdf`."""
        with np.errstate(all="ignore"):
            return self.frozen.pdf(x)

    def support(self) -> tuple[float, float]:
        """As `Distribution.support`."""
        direct = _DIRECT.get(self.family)
        if direct is None:
            with quiet():
                low, high = self.frozen.support()
            return float(low), float(high)
        return tuple(self.loc + self.scale * end for end in direct.support)  # type: ignore[return-value]

    @cached_property
    def _ends(self) -> tuple[float, float]:
        return self.support()

    def scaled(self, factor: float) -> ScipyDistribution:
        """As `Distribution.scaled`."""
        return ScipyDistribution(self.family, self.shapes, self.loc * factor, self.scale * factor)

    @property
    def fast(self) -> Fast | None:
        """Normal and shift-free lognormal in z, uniform and triangular in u."""
        shapes = [value for _, value in self.shapes]
        if self.family == "norm":
            return Fast("affine_z", (self.loc, self.scale))
        if self.family == "lognorm" and self.loc == 0.0:
            return Fast("exp_z", (math.log(self.scale), shapes[0]))
        if self.family == "uniform":
            return Fast("affine_u", (self.loc, self.scale))
        if self.family == "triang":
            return Fast("triangular", (self.loc, self.loc + shapes[0] * self.scale, self.loc + self.scale))
        return None

    @property
    def has_moments(self) -> bool:
        """As `Distribution.has_moments`: of the families evaluated directly."""
        return self.family in _DIRECT

    @cached_property
    def _moments(self) -> tuple[float, float]:
        direct = _DIRECT.get(self.family)
        if direct is not None:
            shapes = [value for _, value in self.shapes]
            with np.errstate(over="ignore"):
                return self.loc + self.scale * direct.mean(*shapes), self.scale * direct.std(*shapes)
        if self.family in INTEGRATED or (self.family in TABULATED and not _moments_known(self.frozen.dist)):
            return moments(self)
        with quiet():
            return float(self.frozen.mean()), float(self.frozen.std())

    def _of_value(self, method: str, x: Any) -> Any:
        direct = _DIRECT.get(self.family)
        with np.errstate(all="ignore"):
            if direct is None and self.family not in TABULATED:
                return getattr(self.frozen, method)(x)
            standard = (np.asarray(x, dtype=float)[()] - self.loc) / self.scale
            if direct is None:
                return getattr(_tabulated(self.family, self.shapes), method)(standard)
            return getattr(direct, method)(standard, *self._values)

    def _of_probability(self, method: str, q: Any) -> Any:
        direct = _DIRECT.get(self.family)
        with np.errstate(all="ignore"):
            if self.family in TABULATED:
                at = self.loc + self.scale * getattr(_tabulated(self.family, self.shapes), method)(q)
                # A table ends where hardly any mass is left; a distribution ends with its support.
                none, whole = self._ends if method == "ppf" else self._ends[::-1]
                wanted = np.asarray(q, dtype=float)
                return np.where(wanted <= 0.0, none, np.where(wanted >= 1.0, whole, at))[()]
            if direct is None:
                return self._inverted(method, q) if self._numeric else getattr(self.frozen, method)(q)
            at = getattr(direct, method)(np.asarray(q, dtype=float)[()], *self._values)
            return self.loc + self.scale * at

    @cached_property
    def _numeric(self) -> bool:
        """Whether scipy finds the quantiles of this family one by one, with a root finder for each."""
        import scipy.stats

        return type(self.frozen.dist)._ppf is scipy.stats.rv_continuous._ppf

    def _inverted(self, method: str, q: Any) -> Any:
        """ppf, or isf, of all values at once: right in the upper tail, and at a cost that is known beforehand.

        Halving the numbers there are between two, not their distance, ends after as many turns as a number has bits.
        """
        wanted = np.asarray(q, dtype=float)
        rising = method == "ppf"
        low, high = self.support()
        below, above = (np.full(wanted.shape, _rank(np.clip(end, -_MOST, _MOST))) for end in (low, high))
        for _ in range(64):
            middle = (below >> 1) + (above >> 1) + (below & above & 1)
            x = _ranked(middle)
            # The least x at which the cdf reaches q; of the survival function, at which it has come down to q.
            reached = self.cdf(x) >= wanted if rising else self.sf(x) <= wanted
            above, below = np.where(reached, middle, above), np.where(reached, below, middle)
        values = np.where(
            wanted <= 0.0,
            low if rising else high,
            np.where(wanted >= 1.0, high if rising else low, _ranked(above)),
        )
        return np.where((wanted >= 0.0) & (wanted <= 1.0), values, np.nan)[()]

    @property
    def _values(self) -> list[float]:
        return [value for _, value in self.shapes]
