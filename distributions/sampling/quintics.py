"""Interpolation by quintic pieces: through values at Chebyshev nodes of each piece, followed four draws at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

Array = NDArray[np.float64]

TERMS = 6
"""Coefficients of a piece."""
AT_ONCE = 4
"""Draws whose pieces are followed at once."""

NODES = 0.5 - 0.5 * np.cos(np.pi * (np.arange(TERMS) + 0.5) / TERMS)
"""Places in a piece, from 0 to 1, at which it is fitted."""
BETWEEN = np.concatenate([[0.0], 0.5 * (NODES[1:] + NODES[:-1]), [1.0 - 2.0**-30]])
"""Places at which it is checked: the farthest from the nodes."""

_SOLVE = np.linalg.inv(np.vander(NODES, TERMS, increasing=True)).T


def fit(at_nodes: Array) -> Array:
    """The coefficients (pieces, TERMS), of rising powers of the place in the piece, through values at `NODES`."""
    found: Array = np.ascontiguousarray(at_nodes @ _SOLVE)
    return found


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


@intrinsic
def quintics(typingctx: Any, coefficients: Any, at: Any, place: Any, row: Any, i: Any) -> Any:
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
        two, four = ir.VectorType(double, 2), ir.VectorType(double, AT_ONCE)

        def pointer(array: int, position: Any, kind: Any) -> Any:
            return builder.bitcast(builder.gep(data[array], [position]), kind.as_pointer())

        def side_by_side(a: Any, b: Any, *lanes: int) -> Any:
            return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), lanes))

        begins = [builder.load(builder.gep(data[1], [builder.add(first, whole(k))])) for k in range(AT_ONCE)]
        terms: list[Any] = []
        for k in range(0, TERMS, 2):
            pairs = [builder.load(pointer(0, builder.add(begin, whole(k)), two), align=8) for begin in begins]
            even, odd = (
                side_by_side(pairs[0], pairs[2], 0, 1, 2, 3),
                side_by_side(pairs[1], pairs[3], 0, 1, 2, 3),
            )
            terms += [side_by_side(even, odd, 0, 4, 2, 6), side_by_side(even, odd, 1, 5, 3, 7)]
        fused = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(four, [four] * 3), f"llvm.fma.v{AT_ONCE}f64"
        )
        t = builder.load(pointer(2, first, four), align=8)
        y = terms.pop()
        while terms:
            y = builder.call(fused, [y, t, terms.pop()])
        builder.store(y, pointer(3, first, four), align=8)
        return context.get_dummy_value()

    return types.void(coefficients, at, place, row, types.int64), codegen
