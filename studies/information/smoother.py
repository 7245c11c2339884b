"""Smooth functions of the inputs to regress on: what information studies begin with.

An input's axis is the normal score of its rank, so that heavy tails are no leverage and a normal or lognormal input is
a straight or gently bent line. One input: cubic B-splines (`scipy.interpolate.BSpline`). Several: the splines of each,
and products of their scores up to third order. An input with few values: the mean at each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.intp]

FEW = 32
"""Inputs with up to so many values are regressed on the values themselves."""
MANY = 1024
"""Inputs with up to so many values have a mean at each, where there are draws enough."""
PER_LEVEL = 4
"""Draws that a value, or a combination of values, takes on average to have a mean of its own."""

_CHUNK = 1 << 14
_MOST_KEPT = 1 << 21
"""Numbers of a basis that is kept: 16 MiB."""
_SAMPLE = 4 * MANY
_DEGREE = 3
_MOST_PRODUCTS = 120
_PER_FUNCTION = 20
"""Draws that a product takes to be worth a function of its own."""


class Axis:
    """One input's draws, prepared: levels where it has few values, else scores and the knots of its splines.

    rank: of each draw, from 1, ties sharing theirs. order: the draws from the least on. ties: whether there are any.
    cell: position among the input's values where it has at most `MANY` of them, else None.
    """

    def __init__(self, values: Array, knots: int | None = None) -> None:
        from scipy.special import ndtri

        self.rank, self.order, self.ties = _ranked(values)
        self.scores: Array = ndtri((self.rank - 0.5) / values.size)
        self.levels, self.cell = _levels(values)
        if self.levels is not None and self.levels.size <= FEW:
            return
        # n^(1/5) knots: the rate at which a cubic smoother balances bias and variance (Stone 1982).
        inner = int(np.clip(round(values.size**0.2), 2, 16)) if knots is None else knots
        at = np.quantile(self.scores, np.linspace(0.0, 1.0, inner + 2))
        self.knots = np.concatenate([[at[0]] * _DEGREE, at, [at[-1]] * _DEGREE])

    @property
    def few(self) -> bool:
        """Whether the functions of the input are its values themselves."""
        return self.levels is not None and self.levels.size <= FEW

    def basis(self, part: slice | Index) -> Array:
        """Functions of the input at some of the draws: (draws, functions); they add up to one."""
        if self.few:
            assert self.levels is not None
            assert self.cell is not None
            return np.eye(self.levels.size)[self.cell[part]]
        from scipy.interpolate import BSpline

        x = np.clip(self.scores[part], self.knots[0], self.knots[-1])
        # None lies outside, which scipy would check number by number if it could not extrapolate.
        values: Array = BSpline.design_matrix(x, self.knots, _DEGREE, extrapolate=True).toarray()
        return values


def _ranked(values: Array) -> tuple[Array, Index, bool]:
    """Each draw's rank, from 1, the mean of theirs for ties; the draws in order; whether there are ties.

    `scipy.stats.rankdata`, whose import takes as long as all regressions of a study.
    """
    order: Index = np.argsort(values)
    rising = values[order]
    if (rising[1:] == rising[:-1]).any():
        # ties in the order of the draws; without any the order is the same, and takes a quarter of the time
        order = np.argsort(values, kind="stable")
    first = np.flatnonzero(np.concatenate([[True], rising[1:] != rising[:-1]]))
    size = np.diff(np.append(first, values.size))
    rank = np.empty(values.size)
    rank[order] = np.repeat(first + 0.5 * (size + 1), size)
    return rank, order, first.size < values.size


def _levels(values: Array) -> tuple[Array | None, Index | None]:
    """The values of a discrete input and each draw's position among them; None where it has too many."""
    if values.size > _SAMPLE and np.unique(values[:_SAMPLE]).size > MANY:
        return None, None
    levels, cell = np.unique(values, return_inverse=True)
    if levels.size > FEW and levels.size > min(MANY, values.size // PER_LEVEL):
        return None, None
    return levels, cell


class Smoother:
    """The regression of outputs on a set of inputs, its basis made chunk by chunk, so that memory stays flat.

    A basis of few draws is kept, for it is asked for again and again.
    """

    def __init__(self, columns: Sequence[Array]) -> None:
        self._kept: list[Array] = []
        knots = None if len(columns) == 1 else 3
        self.axes = [Axis(column, knots) for column in columns]
        self.size = columns[0].size
        self.products: list[tuple[int, ...]] = []
        most = min(_MOST_PRODUCTS, self.size // _PER_FUNCTION)
        if len(columns) > 1:
            for order in (2, 3):
                terms = [
                    term
                    for term in combinations_with_replacement(range(len(columns)), order)
                    if len(set(term)) > 1
                ]
                if len(self.products) + len(terms) <= most:
                    self.products += terms

    def design(self, part: slice | Index) -> Array:
        """Basis of the draws at these positions, (draws, functions)."""
        blocks = [axis.basis(part) for axis in self.axes]
        # Each input's functions add up to one: all but the first give up one of theirs.
        blocks = [blocks[0], *(block[:, 1:] for block in blocks[1:])]
        if self.products:
            bounded = np.array([np.clip(axis.scores[part], -4.0, 4.0) for axis in self.axes])
            blocks.append(np.array([np.prod(bounded[list(term)], axis=0) for term in self.products]).T)
        return np.concatenate(blocks, axis=1)

    def fits(self, outputs: Array, folds: NDArray[np.bool_]) -> list[Array]:
        """Least squares of outputs (k, n) over the draws of each fold (f, n): one (functions, k) array for each."""
        sums: list[tuple[Array, Array]] = [(np.zeros((1, 1)), np.zeros((1, 1))) for _ in folds]
        for rows, basis in self._chunks():
            for f, fold in enumerate(folds):
                used = basis[fold[rows]]
                gram, right = sums[f]
                sums[f] = gram + used.T @ used, right + used.T @ outputs[:, rows][:, fold[rows]].T
        # A level or a spline that a fold lacks has no equation of its own: least norm leaves it at nothing.
        return [np.asarray(np.linalg.lstsq(gram, right, rcond=1e-12)[0], dtype=float) for gram, right in sums]

    def left(self, outputs: Array, fits: Sequence[Array]) -> list[Array]:
        """What the predictions of each fit leave of the outputs: one (k, n) array for each."""
        residuals = [np.empty_like(outputs) for _ in fits]
        for rows, basis in self._chunks():
            for left, fit in zip(residuals, fits, strict=True):
                left[:, rows] = outputs[:, rows] - (basis @ fit).T
        return residuals

    def _chunks(self) -> Iterator[tuple[slice, Array]]:
        """The draws, some at a time, with their basis."""
        for k, start in enumerate(range(0, self.size, _CHUNK)):
            rows = slice(start, min(start + _CHUNK, self.size))
            basis = self._kept[k] if k < len(self._kept) else self.design(rows)
            if k == len(self._kept) and self.size * basis.shape[1] <= _MOST_KEPT:
                self._kept.append(basis)
            yield rows, basis
