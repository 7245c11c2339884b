"""Interpolation by quintic pieces: through values at Chebyshev nodes of each piece, followed eight draws at a time.

To look a piece up takes longer than to work it out, so its six coefficients stand in four numbers.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from distributions.sampling.room import filled

Array = NDArray[np.float64]

TERMS = 6
"""Coefficients of a piece."""
WIDTH = 4
"""Numbers that hold them: no piece lies in two lines of the cache."""
AT_ONCE = 8
"""Draws whose pieces are followed at once."""

_FIFTH, _FOURTH = 47, 27
"""The coefficients of the fifth and the fourth power are the bits of the third's, shifted left by so many: 17 bits, 20
and 27, each with a sign and an exponent of its own."""

_ANGLES = [math.pi * (k + 0.5) / TERMS for k in range(TERMS)]
_MIDDLE = 1.5
NODES = np.array([_MIDDLE - 0.5 * math.cos(angle) for angle in _ANGLES])
"""Places in a piece, from 1 to 2, at which it is fitted."""
BETWEEN = np.concatenate([[1.0], 0.5 * (NODES[1:] + NODES[:-1]), [2.0 - 2.0**-30]])
"""Places at which it is checked: the farthest from the nodes."""


def _chebyshev(at_nodes: Array, n: int) -> Array:
    """The n-th coefficient of the Chebyshev series (twice that for n = 0) in x, -2 times the distance from the middle.

    By sums in one order: a library of linear algebra has another for each processor.
    """
    terms = [at_nodes[:, k] * math.cos(n * angle) for k, angle in enumerate(_ANGLES)]
    return np.asarray(sum(terms) * (2.0 / TERMS))


def fit(at_nodes: Array) -> Array:
    """The coefficients (pieces, TERMS), of rising powers of the place in the piece, through values at `NODES`.

    Each power's is that of the Chebyshev series cut off behind it, nearly the best polynomial. The highest is rounded
    to the bits that hold it, the next one fitted to what is left, and so on: lower powers make up for nearly all that
    rounding takes from a higher one.
    """
    coefficients = np.empty_like(at_nodes)
    rest, held = at_nodes.copy(), np.zeros(at_nodes.shape[0], dtype=np.int64)
    for power, shift, first in ((5, _FIFTH, _FIFTH), (4, _FOURTH, 64 - 20), (3, 0, 64 - 27)):
        # x = -2 s; the power n of s in T_n has 2^(n-1) (-2)^n
        wanted = _chebyshev(rest, power) * 2.0 ** (power - 1) * (-2.0) ** power
        # its own bits are those from `first` on; below them stand those of the powers above it
        last = held << shift
        bits = (np.abs(wanted).view(np.int64) - last + (1 << (first - 1))) >> first
        coefficients[:, power] = np.copysign(((np.maximum(bits, 0) << first) | last).view(np.float64), wanted)
        held = (coefficients[:, power].copy().view(np.uint64) >> np.uint64(shift)).view(np.int64)
        rest -= coefficients[:, power, None] * NODES**power
    # T_0 = 1, T_1 = -2 s and T_2 = 8 s^2 - 1
    third = _chebyshev(rest, 2)
    level, slope, curve = 0.5 * _chebyshev(rest, 0) - third, -2.0 * _chebyshev(rest, 1), 8.0 * third
    coefficients[:, 0] = level + _MIDDLE * (_MIDDLE * curve - slope)
    coefficients[:, 1] = slope - 2.0 * _MIDDLE * curve
    coefficients[:, 2] = curve
    return coefficients


def error(coefficients: Array, at_checks: Array, du: Array) -> float:
    """Largest difference in u between the pieces and values at `BETWEEN`; infinite where a value does not rise with u.

    at_checks (pieces, TERMS + 1). du: how far u goes over a whole piece at the slope it has there, negative where it
    falls; of a shape that goes with at_checks.
    """
    powers = np.vander(BETWEEN, TERMS, increasing=True)
    steps = powers[:, :-1] * np.arange(1, TERMS)
    slope = coefficients[:, 1:] @ steps.T / du
    with np.errstate(all="ignore"):
        off = np.abs(coefficients @ powers.T - at_checks) / slope
    return float(np.max(off)) if np.all(slope > 0.0) and np.all(np.isfinite(off)) else np.inf


def laid_out(coefficients: Array) -> Array:
    """What `fit` has found as flat numbers, `WIDTH` a piece, for `quintics`."""
    numbers = filled(coefficients.shape[0] * WIDTH, 0.0)
    numbers.reshape(-1, WIDTH)[:] = coefficients[:, :WIDTH]
    return numbers


@intrinsic
def quintics(typingctx: Any, pieces: Any, at: Any, place: Any, row: Any, i: Any) -> Any:
    """row[i], …, row[i + 7]: the quintics that begin at at[i], … in `pieces`, at place[i], …, by Horner's rule.

    Left to itself the compiler loads coefficients one by one, and two or three loads a cycle are all there are. Here
    a draw's go together, and eight draws' are put side by side in registers.
    """

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = [
            context.make_array(kind)(context, builder, a).data
            for kind, a in zip(signature.args, args[:4], strict=False)
        ]
        first = args[4]
        double, whole = ir.DoubleType(), ir.IntType(64)
        eight = ir.VectorType(double, AT_ONCE)

        def load(array: int, position: Any, size: int) -> Any:
            pointer = builder.bitcast(
                builder.gep(data[array], [position]), ir.VectorType(double, size).as_pointer()
            )
            return builder.load(pointer, align=8)

        def shuffled(a: Any, b: Any, *lanes: int) -> Any:
            return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), lanes))

        def joined(a: Any, b: Any) -> Any:
            return shuffled(a, b, *range(2 * a.type.count))

        def even(a: Any, b: Any) -> Any:
            return shuffled(a, b, 0, 8, 2, 10, 4, 12, 6, 14)

        def odd(a: Any, b: Any) -> Any:
            return shuffled(a, b, 1, 9, 3, 11, 5, 13, 7, 15)

        begins = [builder.load(builder.gep(data[1], [builder.add(first, whole(k))])) for k in range(AT_ONCE)]
        fours = [load(0, begin, WIDTH) for begin in begins]
        # two draws a register, so that one exchange of its quarters brings all eight draws into their order
        near = joined(fours[0], fours[2]), joined(fours[1], fours[3])
        far = joined(fours[4], fours[6]), joined(fours[5], fours[7])
        terms = [
            shuffled(of(*near), of(*far), *quarters)
            for quarters in ((0, 1, 4, 5, 8, 9, 12, 13), (2, 3, 6, 7, 10, 11, 14, 15))
            for of in (even, odd)
        ]
        held = builder.bitcast(terms[-1], ir.VectorType(whole, AT_ONCE))
        for shift in (_FOURTH, _FIFTH):
            shifted = builder.shl(held, ir.Constant(held.type, [shift] * AT_ONCE))
            terms.append(builder.bitcast(shifted, eight))
        fused = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(eight, [eight] * 3), f"llvm.fma.v{AT_ONCE}f64"
        )
        t = load(2, first, AT_ONCE)
        y = terms.pop()
        while terms:
            y = builder.call(fused, [y, t, terms.pop()])
        target = builder.bitcast(builder.gep(data[3], [first]), eight.as_pointer())
        builder.store(y, target, align=8)
        return context.get_dummy_value()

    return types.void(pieces, at, place, row, types.int64), codegen
