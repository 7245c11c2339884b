"""Which correlation of normal scores gives two inputs the Spearman correlation that is asked for, where values tie.

Where both are continuous it is 2 sin(π ρ/6). Where values have a probability of their own, draws tie; Spearman's ρ is
then the correlation of mid-ranks, (F(x-) + F(x))/2, and another correlation of the scores is needed, which is solved
for (Cario & Nelson 1997, "Modeling and generating random vectors with arbitrary marginal distributions and correlation
matrix"). An input that leaps cannot follow one that does not, so that not every ρ can be had.

The mid-rank is a function of the normal score that steps. By Hoeffding's formula the covariance of two of them is
Σ Σ v_i w_j [P(Z1 ≤ s_i, Z2 ≤ t_j) - P(Z1 ≤ s_i) P(Z2 ≤ t_j)] over steps of v_i at s_i and of w_j at t_j. What is
continuous of an input is cut into steps so fine that ρ is right to 1e-4.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distributions.distribution import Distribution

Array = NDArray[np.float64]
Atoms = tuple[tuple[float, float], ...]
"""Of each value with a probability of its own: the probability below it, and up to it. Rising."""

_CELLS = 128
"""Steps into which a continuous input is cut. An atom of less than one step's probability counts as continuous."""

_EXACT = 1e-9
"""Correlations that differ by less are equal."""

_DECIMALS = 3
"""Of the limits in messages."""


class _Steps(NamedTuple):
    """The mid-rank as a function of the normal score: steps of `size` (k,) at `scores` (k,), and its sd.

    below (k,): the probability of a score up to each.
    """

    scores: Array
    below: Array
    size: Array
    sd: float


def atoms(distribution: Distribution) -> Atoms:
    """The values of a distribution that have a probability of their own large enough to matter."""
    values = np.unique(distribution.atoms())
    up_to = np.asarray(distribution.cdf(values), dtype=float)
    below = np.asarray(distribution.cdf(np.nextafter(values, -np.inf)), dtype=float)
    large = up_to - below >= 1.0 / _CELLS
    return tuple(zip(below[large].tolist(), up_to[large].tolist(), strict=True))


def attained(r: float, first: Atoms, second: Atoms) -> float:
    """Spearman's correlation of two inputs whose normal scores have the correlation r."""
    if not first and not second:
        return math.copysign(1.0, r) if abs(r) == 1.0 else 6.0 / math.pi * math.asin(r / 2.0)
    a, b = _steps(first), _steps(second)
    if a.sd == 0.0 or b.sd == 0.0:  # all but certain
        return 0.0
    p, q = a.below[:, None], b.below[None, :]
    if r == 1.0:
        both = np.minimum(p, q)
    elif r == -1.0:
        both = np.maximum(p + q - 1.0, 0.0)
    else:
        both = _both_below(a.scores[:, None], b.scores[None, :], p, q, r)
    return float(np.sum(a.size[:, None] * b.size[None, :] * (both - p * q)) / (a.sd * b.sd))


@lru_cache(maxsize=1024)
def limits(first: Atoms, second: Atoms) -> tuple[float, float]:
    """The least and the largest Spearman correlation that two inputs can have."""
    return attained(-1.0, first, second), attained(1.0, first, second)


def shown_limits(first: Atoms, second: Atoms) -> tuple[float, float]:
    """The limits to three decimals, rounded towards 0, so that they can be asked for."""
    scale = 10.0**_DECIMALS
    least, most = limits(first, second)
    return math.ceil(least * scale - _EXACT * scale) / scale, math.floor(
        most * scale + _EXACT * scale
    ) / scale


@lru_cache(maxsize=1024)
def matched(rank: float, first: Atoms, second: Atoms) -> float:
    """The correlation of normal scores that gives two inputs this Spearman correlation, which is held to its limits."""
    if rank == 0.0:
        return 0.0
    if not first and not second:
        return rank if abs(rank) == 1.0 else 2.0 * math.sin(math.pi * rank / 6.0)
    least, most = limits(first, second)
    if rank >= most - _EXACT:
        return 1.0
    if rank <= least + _EXACT:
        return -1.0
    from scipy.optimize import brentq

    def excess(angle: float) -> float:
        """Rises with the angle, nearly in proportion."""
        if abs(angle) >= math.pi / 2:
            return (most if angle > 0 else least) - rank
        return attained(math.sin(angle), first, second) - rank

    # rounded, so that the last digits of one machine's arithmetic do not reach the draws
    return round(math.sin(brentq(excess, -math.pi / 2, math.pi / 2, xtol=1e-11)), 9)


@lru_cache(maxsize=256)
def _steps(of: Atoms) -> _Steps:
    """The steps of an input with these atoms, continuous between them."""
    from scipy.special import ndtri

    edges = [0.0]
    for start, up_to in (*of, (1.0, 1.0)):
        gap = start - edges[-1]
        cells = math.ceil(gap * _CELLS) if gap > _EXACT else 0
        edges += [edges[-1] + gap * (k + 1) / cells for k in range(cells)]
        if up_to - edges[-1] > _EXACT:
            edges.append(up_to)
    edges[-1] = 1.0
    mass = np.diff(edges)
    below = np.array(edges[1:-1])
    size = (mass[1:] + mass[:-1]) / 2.0
    return _Steps(ndtri(below), below, size, math.sqrt((1.0 - math.fsum(mass**3)) / 12.0))


def _both_below(h: Array, k: Array, p: Array, q: Array, r: float) -> Array:
    """P(Z1 ≤ h, Z2 ≤ k) of normal scores with correlation r, p and q those of each alone.

    By D. B. Owen's T function (1956, "Tables for computing bivariate normal probabilities", equation 2.1).
    """
    from scipy.special import owens_t

    # at 0 the formula divides by it, and is continuous there
    h, k = (np.where(np.abs(x) < 1e-12, 1e-12, x) for x in (h, k))
    c = math.sqrt((1.0 - r) * (1.0 + r))
    apart = 0.5 * (h * k < 0.0)
    probability: Array = (
        0.5 * (p + q) - owens_t(h, (k - r * h) / (h * c)) - owens_t(k, (h - r * k) / (k * c)) - apart
    )
    return probability
