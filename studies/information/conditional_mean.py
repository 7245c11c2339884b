"""What outputs are on average given some of the inputs, learned from draws: a smooth fit, then what it misses.

Three parts, each learned from what those before it leave: smooth functions (`smoother`), means at the combinations of
discrete inputs, and pieces along each continuous input and over all of them (`pieces`). The last two add nothing
where nothing shows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from studies.information import pieces
from studies.information.pieces import Pieces
from studies.information.smoother import PER_LEVEL, Axis, Smoother

Array = NDArray[np.float64]
Index = NDArray[np.intp]


_SURE = 3.0
"""Standard errors beyond which what neighbours share is not noise."""


class ConditionalMean:
    """E[output | inputs] for one set of inputs, from (n,) draws of each."""

    def __init__(self, columns: Sequence[Array]) -> None:
        self.smooth = Smoother(columns)
        axes = self.smooth.axes
        self.cells, self.count, uncounted = _cells(axes)
        self.parts: list[Pieces] = [
            part for axis in uncounted if (part := pieces.along(axis.rank)) is not None
        ]
        if len(axes) > 1:
            part = pieces.among([axis.rank for axis in uncounted], self.cells, self.count)
            self.parts += [part] if part is not None else []
        if len(axes) == 1 and self.count == 1 and not axes[0].ties:
            self._order: Index = axes[0].order
            return
        # Ties at random: draws that a Sobol' design makes one after another share more than these inputs.
        mixed: Index = np.random.default_rng(0).permutation(axes[0].rank.size)
        if len(axes) == 1:
            by: tuple[Array | Index, ...] = (mixed, axes[0].rank, self.cells)
        else:
            by = (mixed, self.parts[-1].leaf if uncounted and self.parts else self.cells)
        self._order = np.lexsort(by)

    def cross_fitted(self, outputs: Array, part: Index) -> Array:
        """Predictions of outputs (k, n), each draw's by what the draws of the other fold teach: (k, n).

        part: of four independent ones, which each draw belongs to (0 to 3); 0 and 2 are one fold, 1 and 3 the other.
        """
        predictions = np.empty_like(outputs)
        halves = [np.flatnonzero(part % 2 == fold) for fold in range(2)]
        fits = self.smooth.fits(outputs, np.array([part % 2 == fold for fold in range(2)]))
        for fold, left in enumerate(self.smooth.left(outputs, fits)):
            self._refine(left, halves[fold], part)
            np.subtract(outputs, left, out=predictions, where=part % 2 != fold)
        return predictions

    def _refine(self, left: Array, train: Index, part: Index) -> None:
        """Takes from what a smooth fit left, of all draws, what cells and pieces learn of the draws in `train`."""
        if self.count > 1 and not (len(self.smooth.axes) == 1 and self.smooth.axes[0].few):
            left -= pieces.by_cell(self.cells, self.count, left, train)[:, self.cells]
        first = part[train] < 2
        halves = train[first], train[~first]
        for piece in self.parts:
            added = piece.fitted(left, halves)
            if added.any():
                left -= added[:, piece.leaf]

    def unresolved(self, left: Array) -> Array:
        """Variance of what neighbours have in common in what predictions leave (k, n), where it exceeds noise: (k,).

        Draws whose inputs are alike share what a prediction gets wrong there, and nothing else.
        """
        sorted_cells = self.cells[self._order]
        alike = sorted_cells[1:] == sorted_cells[:-1]
        if alike.sum() < 2:
            return np.zeros(len(left))
        ordered = left[:, self._order]
        products = (ordered[:, 1:] * ordered[:, :-1])[:, alike]
        shared = products.mean(axis=1)
        noise = np.sqrt((products**2).mean(axis=1) / products.shape[1])
        return np.where(shared > _SURE * noise, shared, 0.0)


def _cells(axes: Sequence[Axis]) -> tuple[Index, int, list[Axis]]:
    """The combination of the discrete inputs' values that each draw has, how many there are, and the other inputs.

    An input whose values would leave too few draws to a combination counts as continuous.
    """
    cells = np.zeros(axes[0].rank.size, dtype=np.intp)
    count = 1
    others: list[Axis] = []
    for axis in axes:
        if axis.cell is None or axis.levels is None:
            others.append(axis)
            continue
        present, joint = np.unique(cells * axis.levels.size + axis.cell, return_inverse=True)
        if count > 1 and present.size > cells.size // PER_LEVEL:
            others.append(axis)
            continue
        cells, count = joint, present.size
    return cells, count, others
