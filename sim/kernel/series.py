"""Geometric series of a tile, 1 + r + … + r^(H-1), by doubling: S(2n) = S(n) + r^n S(n), S(n+1) = r S(n) + 1.

Nothing cancels for an r near 1. In vector code of our own: the compiler would store all sums and powers at every step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from sim.kernel.columns import TILE

_DOUBLE, _INDEX = ir.DoubleType(), ir.IntType(64)
_LANES = ir.VectorType(_DOUBLE, TILE)


def summing(series: Sequence[tuple[int, int]]) -> Any:
    """A function (t, horizon) that puts the sum of H >= 1 terms into a row of the tile t, for each of the `series`.

    series: offset of the row of the sum, and of that of the factor r.
    """

    @intrinsic
    def put_sums(typingctx: Any, t: Any, horizon: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            data = context.make_array(signature.args[0])(context, builder, args[0]).data
            horizon = args[1]

            def place(offset: int) -> Any:
                return builder.bitcast(builder.gep(data, [_INDEX(offset)]), _LANES.as_pointer())

            def factor(offset: int) -> Any:
                return builder.load(place(offset), align=8)

            kind = ir.FunctionType(_LANES, [_LANES] * 3)
            fma = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{TILE}f64")
            ones = ir.Constant(_LANES, [1.0] * TILE)
            sums = [cgutils.alloca_once_value(builder, ones) for _ in series]
            powers = [cgutils.alloca_once_value(builder, factor(step)) for _, step in series]
            # n goes through the leading binary digits of H, from its first
            digits = builder.sub(_INDEX(63), builder.ctlz(horizon, ir.IntType(1)(1)))
            with cgutils.for_range(builder, digits) as loop:
                last = builder.sub(builder.sub(digits, loop.index), _INDEX(1))
                digit = builder.trunc(builder.lshr(horizon, last), ir.IntType(1))
                for total, power in zip(sums, powers, strict=True):
                    s, p = builder.load(total), builder.load(power)
                    builder.store(builder.call(fma, [s, p, s]), total)
                    builder.store(builder.fmul(p, p), power)
                with builder.if_then(digit):
                    for total, power, (_, step) in zip(sums, powers, series, strict=True):
                        r = factor(step)
                        builder.store(builder.call(fma, [builder.load(total), r, ones]), total)
                        builder.store(builder.fmul(builder.load(power), r), power)
            for total, (row, _) in zip(sums, series, strict=True):
                builder.store(builder.load(total), place(row), align=8)
            return context.get_dummy_value()

        return types.void(t, types.int64), codegen

    return put_sums
