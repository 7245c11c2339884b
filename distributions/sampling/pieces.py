"""An inverse distribution function as quintic pieces in u: one look-up and five multiply-adds in place of z and a link.

Each half of (0, 1), by the distance v from its end, is cut into octaves and each octave into 8 pieces, so that a piece
is as wide as its eighth part of v wherever it lies: the octave is the exponent of v, the piece its first three bits,
the place in it the rest of them. A u beyond the last octave, one in a million, is left to the recipe itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import BLOCK, bits_float, float_bits, jit, select
from distributions.sampling.quintics import AT_ONCE, BETWEEN, NODES, WIDTH, quintics

OCTAVES = 20
"""Of each half; the last one begins at 2^-21."""
SPLIT = 3
"""Bits of v that choose the piece within its octave."""

_HALF = OCTAVES << SPLIT
PIECES = 2 * _HALF
"""Of both halves: the lower one's first, each from its end towards the middle."""

_BASE = (1022 - OCTAVES) << SPLIT
_LOWER, _UPPER = _BASE * WIDTH, (_BASE - _HALF) * WIDTH
_PER_PIECE = WIDTH.bit_length() - 1
_FIRST_BITS = int(np.ldexp(1.0, -OCTAVES - 1).view(np.int64))
_BELOW_ONE = 1.0 - 2.0**-53
"""Of the upper half distances are taken from here, so that each is below 1/2."""
_MANTISSA = (1 << 52) - 1
_ONE_BITS = 0x3FF0000000000000
_REST = 52 - SPLIT

Row = NDArray[np.float64]


def _points(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """The uniforms at places t (k,) of every piece, (PIECES, k)."""
    octave = np.ldexp(1.0, np.arange(-OCTAVES - 1, -1))[:, None, None]
    piece = np.arange(1 << SPLIT)[None, :, None]
    v = (octave * (1.0 + (piece + t[None, None, :] - 1.0) / (1 << SPLIT))).reshape(_HALF, t.size)
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
    least = _FIRST_BITS
    for i in range(BLOCK):
        u = row[i]
        bits = float_bits(select(u < 0.5, u, _BELOW_ONE - u))
        least = min(least, bits)
        begin = (bits >> (_REST - _PER_PIECE)) & -WIDTH
        at[i] = select(u < 0.5, begin - _LOWER, begin - _UPPER)
        place[i] = bits_float(((bits << SPLIT) & _MANTISSA) | _ONE_BITS)
    if least < _FIRST_BITS:
        return False
    for i in range(0, BLOCK, AT_ONCE):
        quintics(coefficients, at, place, row, i)
    return True
