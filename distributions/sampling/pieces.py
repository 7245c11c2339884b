"""An inverse distribution function as quintic pieces in u: one look-up and five multiply-adds in place of z and a link.

Each half of (0, 1), by the distance v from its end, is cut into octaves and each octave into 8 pieces, so that a piece
is as wide as its eighth part of v wherever it lies: the octave is the exponent of v, the piece its first three bits,
the place in it the rest of them. Interpolation is at Chebyshev nodes. A u beyond the last octave, one in a million,
is left to the recipe itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from distributions.sampling.compiled import BLOCK, bits_float, float_bits, jit, select

OCTAVES = 20
"""Of each half; the last one begins at 2^-21."""
SPLIT = 3
"""Bits of v that choose the piece within its octave."""
TERMS = 6
"""Coefficients of a piece."""
_AT_ONCE = 4
"""Draws whose pieces are followed at once."""

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


_NODES = 0.5 - 0.5 * np.cos(np.pi * (np.arange(TERMS) + 0.5) / TERMS)
_BETWEEN = np.concatenate([[0.0], 0.5 * (_NODES[1:] + _NODES[:-1]), [1.0 - 2.0**-30]])
AT_NODES, AT_CHECKS = _points(_NODES), _points(_BETWEEN)
"""Where the pieces are fitted, and where they are checked: the farthest points from the nodes."""

_SOLVE = np.linalg.inv(np.vander(_NODES, TERMS, increasing=True)).T
_WIDTH = np.ldexp(1.0, np.tile(np.repeat(np.arange(-OCTAVES - 1, -1), 1 << SPLIT), 2) - SPLIT)
"""Of each piece, in u."""


def fit(at_nodes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The coefficients (PIECES, TERMS), of rising powers of the place in the piece, through values at `AT_NODES`."""
    found: NDArray[np.float64] = np.ascontiguousarray(at_nodes @ _SOLVE)
    return found


def error(coefficients: NDArray[np.float64], at_checks: NDArray[np.float64]) -> float:
    """Largest difference in u between the pieces and values at `AT_CHECKS`; infinite where a piece does not rise."""
    powers = np.vander(_BETWEEN, TERMS, increasing=True)
    values = coefficients @ powers.T
    steps = powers[:, :-1] * np.arange(1, TERMS)
    slope = coefficients[:, 1:] @ steps.T
    slope[_HALF:] *= -1.0
    with np.errstate(all="ignore"):
        off = np.abs(values - at_checks) / slope * _WIDTH[:, None]
    return float(np.max(off)) if np.all(slope > 0.0) and np.all(np.isfinite(off)) else np.inf


@intrinsic
def _quintics(typingctx: Any, coefficients: Any, at: Any, place: Any, row: Any, i: Any) -> Any:
    """row[i], …, row[i + 3]: the quintics whose coefficients begin at at[i], …, at place[i], …, by Horner's rule.

    Left to itself the compiler loads coefficients one by one, and two loads a cycle are all there are. Here two go
    together, and four draws' are put side by side in registers: three fifths of the time.
    """

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = [
            context.make_array(kind)(context, builder, a).data
            for kind, a in zip(signature.args, args[:4], strict=False)
        ]
        first = args[4]
        double, whole = ir.DoubleType(), ir.IntType(64)
        two, four = ir.VectorType(double, 2), ir.VectorType(double, _AT_ONCE)

        def pointer(array: int, position: Any, kind: Any) -> Any:
            return builder.bitcast(builder.gep(data[array], [position]), kind.as_pointer())

        def side_by_side(a: Any, b: Any, *lanes: int) -> Any:
            return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), lanes))

        begins = [builder.load(builder.gep(data[1], [builder.add(first, whole(k))])) for k in range(_AT_ONCE)]
        terms: list[Any] = []
        for k in range(0, TERMS, 2):
            pairs = [builder.load(pointer(0, builder.add(begin, whole(k)), two), align=8) for begin in begins]
            even, odd = (
                side_by_side(pairs[0], pairs[2], 0, 1, 2, 3),
                side_by_side(pairs[1], pairs[3], 0, 1, 2, 3),
            )
            terms += [side_by_side(even, odd, 0, 4, 2, 6), side_by_side(even, odd, 1, 5, 3, 7)]
        fused = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(four, [four] * 3), f"llvm.fma.v{_AT_ONCE}f64"
        )
        t = builder.load(pointer(2, first, four), align=8)
        y = terms.pop()
        while terms:
            y = builder.call(fused, [y, t, terms.pop()])
        builder.store(y, pointer(3, first, four), align=8)
        return context.get_dummy_value()

    return types.void(coefficients, at, place, row, types.int64), codegen


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
    for i in range(0, BLOCK, _AT_ONCE):
        _quintics(coefficients, at, place, row, i)
    return True
