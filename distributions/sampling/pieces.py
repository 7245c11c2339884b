"""An inverse distribution function as quintic pieces in u: one look-up and five multiply-adds in place of z and a link.

Each half of (0, 1), by the distance v from its end, is cut into octaves and each octave into 8 pieces, so that a piece
is as wide as its eighth part of v wherever it lies: the octave is the exponent of v, the piece its first three bits,
the place in it the rest of them. A u beyond the last octave, one in a million, is left to the recipe itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.compiled import BLOCK, bits_float, float_bits, jit, select
from distributions.sampling.quintics import AT_ONCE, BETWEEN, NODES, TERMS, quintics

OCTAVES = 20
"""Of each half; the last one begins at 2^-21."""
SPLIT = 3
"""Bits of v that choose the piece within its octave."""

_HALF = OCTAVES << SPLIT
PIECES = 2 * _HALF
"""Of both halves: the lower one's first, each from its end towards the middle."""

_BASE = (1022 - OCTAVES) << SPLIT
_MANTISSA = (1 << 52) - 1
_ONE_BITS = 0x3FF0000000000000
_REST = 52 - SPLIT

Row = NDArray[np.float64]


def _points(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """The uniforms at places t (k,) of every piece, (PIECES, k)."""
    octave = np.ldexp(1.0, np.arange(-OCTAVES - 1, -1))[:, None, None]
    piece = np.arange(1 << SPLIT)[None, :, None]
    v = (octave * (1.0 + (piece + t[None, None, :]) / (1 << SPLIT))).reshape(_HALF, t.size)
    return np.concatenate([v, 1.0 - v])


AT_NODES, AT_CHECKS = _points(NODES), _points(BETWEEN)
"""Uniforms where the pieces are fitted, and where they are checked."""

DU = np.ldexp(1.0, np.tile(np.repeat(np.arange(-OCTAVES - 1, -1), 1 << SPLIT), 2) - SPLIT)[:, None]
"""Width of each piece in u, (PIECES, 1); negative in the upper half, whose pieces begin at its end."""
DU[_HALF:] *= -1.0


@jit
def follow(row: Row, coefficients: Row, at: NDArray[np.int64], place: Row) -> bool:
    """Turn a row of uniforms into values, in place; False, and nothing done, where one lies beyond the last octave.

    coefficients: flat. at, place (256,): scratch.
    """
    outside = 0
    for i in range(BLOCK):
        u = row[i]
        v = select(u < 0.5, u, 1.0 - u)
        bits = float_bits(v)
        piece = (bits >> _REST) - _BASE
        outside |= piece | (_HALF - 1 - piece)  # negative where either is
        at[i] = (piece + select(u < 0.5, 0, _HALF)) * TERMS
        place[i] = bits_float(((bits << SPLIT) & _MANTISSA) | _ONE_BITS) - 1.0
    if outside < 0:
        return False
    for i in range(0, BLOCK, AT_ONCE):
        quintics(coefficients, at, place, row, i)
    return True
