"""Conditional means by regression on smooth functions of the inputs: what information studies learn from draws.

An input's axis is the normal score of its rank, so that heavy tails are no leverage and a normal or lognormal input is
a straight or gently bent line. One input: cubic B-splines (`scipy.interpolate.BSpline`). Several: the splines of each,
and products of their scores up to third order. An input with few values: the mean at each.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FEW = 32
"""Inputs with up to so many values are regressed on the values themselves."""

_CHUNK = 1 << 14
_DEGREE = 3
_MOST_PRODUCTS = 120


def scores(values: Array) -> Array:
    """Normal scores of the ranks, ties sharing theirs: (n,) to (n,)."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    found: Array = ndtri((rankdata(values) - 0.5) / values.size)
    return found


class Axis:
    """One input's draws, prepared: levels where it has few values, else scores and the knots of its splines."""

    def __init__(self, values: Array, knots: int | None = None) -> None:
        sample = np.unique(values[: FEW * FEW])
        levels = np.unique(values) if sample.size <= FEW else sample
        self.levels = levels if levels.size <= FEW else None
        self.scores = scores(values)
        if self.levels is not None:
            self.position = np.searchsorted(self.levels, values)
            return
        # n^(1/5) knots: the rate at which a cubic smoother balances bias and variance (Stone 1982).
        inner = int(np.clip(round(values.size**0.2), 2, 16)) if knots is None else knots
        at = np.quantile(self.scores, np.linspace(0.0, 1.0, inner + 2))
        self.knots = np.concatenate([[at[0]] * _DEGREE, at, [at[-1]] * _DEGREE])

    def basis(self, part: slice | NDArray[np.intp]) -> Array:
        """Functions of the input at some of the draws: (draws, functions); they add up to one."""
        if self.levels is not None:
            return np.eye(self.levels.size)[self.position[part]]
        from scipy.interpolate import BSpline

        x = np.clip(self.scores[part], self.knots[0], self.knots[-1])
        found: Array = BSpline.design_matrix(x, self.knots, _DEGREE).toarray()
        return found


class Smoother:
    """The regression of outputs on a set of inputs, its basis made chunk by chunk, so that memory stays flat."""

    def __init__(self, columns: Sequence[Array]) -> None:
        knots = None if len(columns) == 1 else 3
        self.axes = [Axis(column, knots) for column in columns]
        self.size = columns[0].size
        self.products: list[tuple[int, ...]] = []
        if len(columns) > 1:
            for order in (2, 3):
                terms = [
                    term
                    for term in combinations_with_replacement(range(len(columns)), order)
                    if len(set(term)) > 1
                ]
                if len(self.products) + len(terms) <= _MOST_PRODUCTS:
                    self.products += terms

    def design(self, part: NDArray[np.intp]) -> Array:
        """Basis of the draws at these positions, (draws, functions)."""
        blocks = [axis.basis(part) for axis in self.axes]
        # Each input's functions add up to one: all but the first give up one of theirs.
        blocks = [blocks[0], *(block[:, 1:] for block in blocks[1:])]
        if self.products:
            bounded = np.array([np.clip(axis.scores[part], -4.0, 4.0) for axis in self.axes])
            blocks.append(np.array([np.prod(bounded[list(term)], axis=0) for term in self.products]).T)
        return np.concatenate(blocks, axis=1)

    def cross_fitted(self, outputs: Array, fold: NDArray[np.bool_]) -> Array:
        """Predictions of outputs (k, n), each draw's by the regression on the draws of the other fold: (k, n)."""
        found = np.empty_like(outputs)
        halves = [np.flatnonzero(fold), np.flatnonzero(~fold)]
        for train, test in (halves, halves[::-1]):
            gram, right = np.zeros((1, 1)), np.zeros((1, 1))
            for start in range(0, train.size, _CHUNK):
                part = train[start : start + _CHUNK]
                basis = self.design(part)
                gram = gram + basis.T @ basis
                right = right + basis.T @ outputs[:, part].T
            # A level or a spline that one fold lacks has no equation of its own: least norm leaves it at nothing.
            coefficients = np.linalg.lstsq(gram, right, rcond=1e-12)[0]
            for start in range(0, test.size, _CHUNK):
                part = test[start : start + _CHUNK]
                found[:, part] = (self.design(part) @ coefficients).T
        return found
