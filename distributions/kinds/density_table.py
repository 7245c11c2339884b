"""A distribution read off a table of its density, which is worked out once.

For some families scipy integrates the density anew for every probability, and seeks every quantile by dozens of
probabilities: minutes for one input. Here the density is cut into panels, halved until a polynomial of degree 15
through Gauss-Legendre nodes follows it in each (de Boor 1971 halves likewise), and each polynomial is integrated
once. What that costs is counted in evaluations of the density, and bounded.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.polynomial import legendre

from distributions.distribution import Array

MOST_EVALUATIONS = 100_000
"""Of the density, for one table: well-behaved families take 500 to 5,000."""

_NODES = 16
_RELATIVE, _ABSOLUTE = 1e-9, 1e-14
"""A panel is fine enough where the last terms of its series are this small: as a share of the largest, and in mass."""
_ROUNDING = 1e-10
"""Nor is it halved where that has stopped to help and the last terms have no more mass: they are the density's own
rounding, or a singular end."""
_NO_MASS = 1e-22
"""Panels with less are not halved: no draw's probability is below 1e-16."""
_WHOLE = 1e-6
"""Largest difference from 1 that all panels together may have."""
_TURNS = 80


class NotTabulated(ValueError):
    """The density takes too long, or is none that can be trusted; says which."""


class DensityTable:
    """cdf, sf, ppf and isf of a density on `support`, most of which lies within a few `spread` of `middle`."""

    def __init__(
        self,
        density: Callable[[Array], Array],
        support: tuple[float, float],
        middle: float,
        spread: float,
    ) -> None:
        points, weights = (np.asarray(array, dtype=np.float64) for array in legendre.leggauss(_NODES))
        # Coefficients of the polynomial through the nodes: (2k + 1)/2 Σ w f P_k, exact up to the nodes' own degree.
        transform = (legendre.legvander(points, _NODES - 1) * weights[:, None]).T
        transform *= (np.arange(_NODES)[:, None] * 2 + 1) / 2
        edges: Array = _first_edges(density, support, middle, spread)
        first, last_float = math.nextafter(edges[0], math.inf), math.nextafter(edges[-1], -math.inf)
        left, right = edges[:-1], edges[1:]
        before = np.full(left.size, np.inf)
        done: list[tuple[Array, Array, Array]] = []
        evaluations = 0
        while left.size:
            evaluations += left.size * _NODES
            if evaluations > MOST_EVALUATIONS:
                raise NotTabulated(
                    f"takes more than {MOST_EVALUATIONS:,} evaluations of its density to tabulate"
                )
            half = (right - left) / 2
            at = np.clip(left[:, None] + half[:, None] * (points + 1), first, last_float)
            values = density(at)
            if not np.all(np.isfinite(values)):
                raise NotTabulated("has a density that cannot be evaluated everywhere")
            series = values @ transform.T
            centre = left + half
            mass, last = series[:, 0] * 2 * half, np.abs(series[:, -3:]).max(axis=1)
            fine = (last <= _RELATIVE * np.abs(series).max(axis=1)) & (last * half <= _ABSOLUTE)
            fine |= (last > before / 4) & (last * half <= _ROUNDING)
            fine |= (np.abs(mass) <= _NO_MASS) | (half <= 4 * np.spacing(np.abs(centre)))
            done.append((left[fine], right[fine], series[fine]))
            rough = ~fine
            before = np.tile(last[rough], 2)
            left, right = (
                np.concatenate([left[rough], centre[rough]]),
                np.concatenate([centre[rough], right[rough]]),
            )
        left, right, series = (np.concatenate(parts) for parts in zip(*done, strict=True))
        order = np.argsort(left)
        left, right, series = left[order], right[order], series[order]
        half = ((right - left) / 2)[:, None]
        mass = np.maximum(2 * (series * half)[:, 0], 0.0)
        total = math.fsum(mass)
        if not abs(total - 1.0) <= _WHOLE:
            raise NotTabulated(f"has a density that adds up to {total:.6g} instead of 1")
        kept = mass > 0.0
        self._left, self._half = left[kept], half[kept, 0]
        self._density: Array = series[kept].T * self._half / total
        """(16, panels): of the mass per unit of t, which goes from -1 to 1 over a panel."""
        self._mass: Array = mass[kept] / total
        self._integral: Array = legendre.legint(self._density, lbnd=-1)
        self._below: Array = np.concatenate([[0.0], np.cumsum(self._mass)])
        self._above: Array = np.concatenate([np.cumsum(self._mass[::-1])[::-1], [0.0]])

    def cdf(self, x: Any) -> Any:
        """Probability of x or less."""
        at, within, _ = self._at(x)
        return np.minimum(self._below[at] + within, 1.0)[()]

    def sf(self, x: Any) -> Any:
        """Probability of more than x."""
        at, within, mass = self._at(x)
        return np.minimum(self._above[at + 1] + (mass - within), 1.0)[()]

    def ppf(self, q: Any) -> Any:
        """The value below which a share q lies."""
        q = np.asarray(q, dtype=float)
        return self._inverse(q, 1.0 - q)

    def isf(self, q: Any) -> Any:
        """The value above which a share q lies."""
        q = np.asarray(q, dtype=float)
        return self._inverse(1.0 - q, q)

    def _at(self, x: Any) -> tuple[Any, Array, Array]:
        """Each value's panel, the panel's mass up to it, and the panel's mass."""
        x = np.asarray(x, dtype=float)
        at = np.clip(np.searchsorted(self._left, x, side="right") - 1, 0, self._left.size - 1)
        with np.errstate(invalid="ignore"):
            t = np.clip((x - self._left[at]) / self._half[at] - 1.0, -1.0, 1.0)
        mass = self._mass[at]
        within = np.clip(legendre.legval(t, self._integral[:, at], tensor=False), 0.0, mass)
        return at, within, mass

    def _inverse(self, below: Array, above: Array) -> Any:
        """Within the panel that holds it, by Newton's method, or by halving where that leaves the bracket."""
        lower = below <= 0.5
        last = self._mass.size - 1
        from_above = last - (np.searchsorted(self._above[::-1], above, side="right") - 1)
        at = np.where(lower, np.searchsorted(self._below, below, side="right") - 1, from_above)
        at = np.clip(at, 0, last)
        mass = self._mass[at]
        wanted = np.where(lower, below - self._below[at], mass - (above - self._above[at + 1]))
        t = self._place(at.ravel(), np.clip(wanted, 0.0, mass).ravel()).reshape(at.shape)
        values = self._left[at] + self._half[at] * (t + 1.0)
        return np.where((below >= 0.0) & (above >= 0.0), values, np.nan)[()]

    def _place(self, at: Array, wanted: Array) -> Array:
        """Where in its panel, from -1 to 1, each mass is reached."""
        low, high = np.full(at.shape, -1.0), np.full(at.shape, 1.0)
        t: Array = np.clip(2.0 * wanted / self._mass[at] - 1.0, -1.0, 1.0)
        active = np.arange(at.size)
        for _ in range(_TURNS):
            panel, place = at[active], t[active]
            excess = legendre.legval(place, self._integral[:, panel], tensor=False) - wanted[active]
            low[active] = np.where(excess < 0.0, place, low[active])
            high[active] = np.where(excess >= 0.0, place, high[active])
            more = (np.abs(excess) > 2e-16 * self._mass[panel]) & (high[active] - low[active] > 4e-16)
            active, panel, place, excess = active[more], panel[more], place[more], excess[more]
            if not active.size:
                break
            with np.errstate(all="ignore"):
                step = place - excess / legendre.legval(place, self._density[:, panel], tensor=False)
            inside = (step > low[active]) & (step < high[active])
            t[active] = np.where(inside, step, (low[active] + high[active]) / 2)
        return t


def _first_edges(
    density: Callable[[Array], Array], support: tuple[float, float], middle: float, spread: float
) -> Array:
    """Panels that widen with the distance from the middle, in steps of the spread, as far as there is density."""
    if not (math.isfinite(middle) and math.isfinite(spread) and spread > 0):
        raise NotTabulated("has no mean and standard deviation that can be worked out")
    low, high = support
    reach: Array = np.ldexp(spread, np.arange(-2, 60))
    edges: list[Array] = [np.array([min(max(middle, low), high)])]
    for sign, end in ((-1.0, low), (1.0, high)):
        side: Array = middle + sign * reach
        if math.isfinite(end):
            side = np.append(side[sign * side < sign * end], end)
        else:
            with np.errstate(all="ignore"):
                filled = np.flatnonzero(np.nan_to_num(density(side)) * reach > _NO_MASS)
            # to the first edge at which nothing is left, and beyond which nothing comes again
            side = side[: (filled[-1] if filled.size else 0) + 2]
        edges.append(side)
    merged: Array = np.unique(np.concatenate(edges))
    return merged
