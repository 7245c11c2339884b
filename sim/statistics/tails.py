"""Whether a mean rests on a few draws: what the largest one makes up, and how heavy the tail is.

Where it does, neither the mean nor its interval can be relied on: the draws that would say how large it is may not
have been drawn. The Pareto shape k is fitted to the outermost draws (J. Zhang & M. A. Stephens 2009; A. Vehtari et al.
2024): from 1/2 on the variance is infinite as far as the draws show, and from 1 on the mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MOST_SHARE = 0.01
"""Of the sum of all draws that the largest may make up."""

MOST_SHAPE = 0.5
"""Largest Pareto shape at which intervals that come from a variance hold."""

_TIMES = 40.0
"""A draw is not large unless it is so many times the mean, however few there are."""

_LEAST = 20
"""Draws of a tail from which a shape is fitted."""

_MOST = 1000.0
"""Draws of a tail that say enough."""

_MOST_ALIKE = 0.2
"""Of a tail's draws that may have one value: with more, they are levels and not a tail."""


@dataclass(frozen=True)
class Tail:
    """How much of a sum its largest draw is, and the Pareto shape of the heavier tail (None where none is fitted)."""

    largest_share: float
    pareto_k: float | None
    draws: int

    @property
    def heavy(self) -> bool:
        """Whether the mean rests on a few draws."""
        large = self.largest_share > max(MOST_SHARE, _TIMES / self.draws)
        return large or (self.pareto_k is not None and self.pareto_k > MOST_SHAPE)


def of_histogram(counts: NDArray[np.int64], edges: Array, extremes: Array, mean: float) -> Tail:
    """Of draws counted in bins, counts (bins,), edges (bins + 1,), their least and greatest (2,), and their mean."""
    filled = np.flatnonzero(counts)
    if not filled.size or not np.isfinite(extremes).all():
        return Tail(0.0, None, int(counts.sum()))
    low, high = (np.clip(edges[filled + side], *extremes) for side in (0, 1))
    return _tail(0.5 * (low + high), counts[filled].astype(float), extremes, mean)


def of_draws(values: Array) -> Tail:
    """Of draws themselves, (n,)."""
    rising, number = np.unique(values, return_counts=True)
    return _tail(rising, number.astype(float), rising[[0, -1]], float(values.mean()))


def _tail(rising: Array, number: Array, extremes: Array, mean: float) -> Tail:
    """Of values in ascending order and how often each was drawn."""
    n = float(number.sum())
    # bins that begin far from the rest say little of the sum, of which the mean is exact where all have one sign
    total = max(float((number * np.abs(rising)).sum()), n * abs(mean))
    share = float(np.abs(extremes).max()) / total if total > 0.0 else 0.0
    shapes = [_shape(rising, number), _shape(-rising[::-1], number[::-1])]
    return Tail(share, max((shape for shape in shapes if shape is not None), default=None), int(n))


def _shape(rising: Array, number: Array) -> float | None:
    """Pareto shape of the upper tail; None where its draws are too few or too much alike."""
    n = float(number.sum())
    wanted = min(n / 5.0, 3.0 * math.sqrt(n), _MOST)
    from_above = np.cumsum(number[::-1])
    first = rising.size - 1 - int(np.searchsorted(from_above, wanted))
    if first < 0:
        return None
    excess, times = rising[first + 1 :] - rising[first], number[first + 1 :]
    if times.sum() < _LEAST or times.max() > _MOST_ALIKE * times.sum() or not excess[-1] > excess[0] >= 0.0:
        return None
    return _generalised_pareto(excess, times)


def _generalised_pareto(excess: Array, times: Array) -> float:
    """Shape of a generalised Pareto distribution, Zhang & Stephens' estimate, drawn towards 1/2 as by ten draws.

    excess: ascending and not all alike; times: how often each.
    """
    n = float(times.sum())
    tries = 30 + int(math.sqrt(n))
    quartile = float(excess[int(np.searchsorted(np.cumsum(times), 0.25 * n))])
    steps = 1.0 - np.sqrt(tries / (np.arange(1, tries + 1) - 0.5))
    slopes = steps / (3.0 * max(quartile, 1e-12 * float(excess[-1]))) + 1.0 / float(excess[-1])

    def shape(slope: Any) -> Any:
        return (times * np.log1p(-np.multiply.outer(slope, excess))).sum(axis=-1) / n

    with np.errstate(divide="ignore", invalid="ignore"):
        shapes = shape(slopes)
        likelihood = n * (np.log(-slopes / shapes) - shapes - 1.0)
    likelihood = np.where(np.isfinite(likelihood), likelihood, -np.inf)
    weight = np.exp(likelihood - likelihood.max())
    estimate = float(shape(float((weight * slopes).sum() / weight.sum())))
    return (n * estimate + 10.0 * 0.5) / (n + 10.0)
