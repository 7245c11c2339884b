"""Vector code of our own for 32 draws that share one word: bit i says something of draw i.

The compiler would compare 64-bit numbers four or eight at a time and keep each answer as another 64-bit number. Here the
upper halves of the numbers are compared, eight or sixteen at a time, and an answer is a bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from distributions.sampling.jit import float_bits, jit
from sim.kernel.bit_masks import WORD
from sim.kernel.reductions import PARTS
from sim.kernel.rows import TILE, Row

Keys = NDArray[np.int32]

_WORD = ir.IntType(32)
_LONG = ir.IntType(64)
_KEYS = ir.VectorType(_WORD, WORD)
_NO_NUMBER = 0x7FF00000
"""The upper half of infinity: as an unsigned number, that of NaN or of anything negative is no less."""


def _load(context: Any, builder: Any, signature: Any, args: Any, k: int, position: Any, kind: Any) -> Any:
    data = context.make_array(signature.args[k])(context, builder, args[k]).data
    return builder.bitcast(builder.gep(data, [position]), kind.as_pointer())


def _every(value: int) -> Any:
    return ir.Constant(_KEYS, [value] * WORD)


@jit
def put_keys(rows: Row, first: int, keys: Keys, at: int) -> None:
    """The upper halves of 32 numbers of a row, from position `first` on, as keys from `at` on."""
    a, y = np.uint64(first), np.uint64(at)
    for i in range(WORD):
        keys[y + np.uint64(i)] = np.int32(float_bits(rows[a + np.uint64(i)]) >> 32)


@intrinsic
def compare(typingctx: Any, keys: Any, a: Any, b: Any) -> Any:
    """How 32 numbers stand to others by their keys, from positions a and b on: two words in one.

    The lower word says in which draws the first is below the second. The upper one in which they are within a
    millionth: of those the lower says nothing.
    """

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        first, second = (
            builder.load(_load(context, builder, signature, args, 0, args[k], _KEYS), align=4) for k in (1, 2)
        )
        below = builder.bitcast(builder.icmp_signed("<", first, second), _WORD)
        # one more than the difference of two keys: 0, 1 or 2 where they are equal or next to each other
        gap = builder.sub(builder.add(first, _every(1)), second)
        near = builder.bitcast(builder.icmp_unsigned("<=", gap, _every(2)), _WORD)
        upper = builder.shl(builder.zext(near, _LONG), _LONG(32))
        return builder.or_(builder.zext(below, _LONG), upper)

    return types.int64(keys, types.uint64, types.uint64), codegen


@intrinsic
def no_numbers(typingctx: Any, keys: Any, a: Any) -> Any:
    """In which of 32 draws a number is negative or not finite, as a word; keys from position a on."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        first = builder.load(_load(context, builder, signature, args, 0, args[1], _KEYS), align=4)
        word = builder.bitcast(builder.icmp_unsigned(">=", first, _every(_NO_NUMBER)), _WORD)
        return builder.zext(word, _LONG)

    return types.int64(keys, types.uint64), codegen


@intrinsic
def add_parts(typingctx: Any, rows: Any, first: Any, sums: Any, at: Any) -> Any:
    """Adds a tile of a row, from position `first` on, to `PARTS` partial sums in turn, from sums[at] on."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        part = ir.VectorType(ir.DoubleType(), PARTS)
        place = _load(context, builder, signature, args, 2, args[3], part)
        values = [
            builder.load(
                _load(context, builder, signature, args, 0, builder.add(args[1], _LONG(k)), part), align=8
            )
            for k in range(0, TILE, PARTS)
        ]
        while len(values) > 1:
            values = [builder.fadd(a, b) for a, b in zip(values[::2], values[1::2], strict=True)]
        builder.store(builder.fadd(builder.load(place, align=8), values[0]), place, align=8)
        return context.get_dummy_value()

    return types.void(rows, types.uint64, sums, types.uint64), codegen


@intrinsic
def ones(typingctx: Any, word: Any) -> Any:
    """How many bits of a 32-bit word are set."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.int32(types.int32), codegen
