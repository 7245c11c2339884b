"""The same for an input whose normal score is at hand: quintic pieces in z, each an eighth wide.

One look-up and five multiply-adds in place of the distribution function of z, a distribution's recipe and a link.
Scores 5 and more from the middle, one in two million, are left to the recipe.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import BLOCK, float_bits, floor, jit
from distributions.sampling.quintics import AT_ONCE, BETWEEN, NODES, WIDTH, quintics

FARTHEST = 5
"""Scores that the pieces reach, on either side."""
_PER_SCORE = 8
PIECES = 2 * FARTHEST * _PER_SCORE
_WHOLE = 1.5 * 2.0**52
"""Added to a whole number it shows that number in its low bits."""
_WHOLE_BITS = int(np.float64(_WHOLE).view(np.int64))

Row = NDArray[np.float64]


def _points(t: Row) -> Row:
    """The scores at places t (k,) of every piece, (PIECES, k)."""
    first = np.arange(PIECES)[:, None] - FARTHEST * _PER_SCORE
    points: Row = (first + t[None, :] - 1.0) / _PER_SCORE
    return points


AT_NODES, AT_CHECKS = _points(NODES), _points(BETWEEN)
"""Scores where the pieces are fitted, and where they are checked."""

DU = np.exp(-0.5 * AT_CHECKS**2) / math.sqrt(2.0 * math.pi) / _PER_SCORE
"""How far u goes over a piece, at the density of each of `AT_CHECKS`."""


@jit
def follow_scores(row: Row, coefficients: Row, at: NDArray[np.int64], place: Row) -> bool:
    """Turn a row of normal scores into values, in place; False, and nothing done, where one lies too far out.

    coefficients: flat. at, place (256,): scratch.
    """
    outside = 0
    for i in range(BLOCK):
        eighths = row[i] * _PER_SCORE
        below = floor(eighths)
        piece = float_bits(below + _WHOLE) - (_WHOLE_BITS - FARTHEST * _PER_SCORE)
        outside |= piece | (PIECES - 1 - piece)  # negative where either is
        at[i] = piece * WIDTH
        place[i] = 1.0 + (eighths - below)
    if outside < 0:
        return False
    for i in range(0, BLOCK, AT_ONCE):
        quintics(coefficients, at, place, row, i)
    return True
