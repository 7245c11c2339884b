"""Vector code of our own for 32 draws that share one word: bit i says something of draw i.

The compiler would compare 64-bit numbers four or eight at a time and keep each answer as another 64-bit number. Here
the upper halves of the numbers are compared, eight or sixteen at a time, and an answer is a bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from sim.kernel.bit_masks import WORD
from sim.kernel.reductions import PARTS
from sim.kernel.rows import TILE

Keys = NDArray[np.int32]

_WORD = ir.IntType(32)
_LONG = ir.IntType(64)
_KEYS = ir.VectorType(_WORD, WORD)
_NO_NUMBER = 0x7FF00000
"""The upper half of infinity: as an unsigned number, that of NaN or of anything negative is no less."""


def _place(context: Any, builder: Any, signature: Any, args: Any, k: int, position: Any, kind: Any) -> Any:
    data = context.make_array(signature.args[k])(context, builder, args[k]).data
    return builder.bitcast(builder.gep(data, [position]), kind.as_pointer())


def _every(value: int) -> Any:
    return ir.Constant(_KEYS, [value] * WORD)


@intrinsic
def put_keys(typingctx: Any, rows: Any, first: Any, keys: Any, at: Any, greatest: Any) -> Any:
    """Puts the upper halves of 32 numbers, rows[first], …, into keys[at], …, and raises keys[greatest], … to them.

    As unsigned numbers: the key of what is negative or no number is then above that of all others.
    """

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        halves = ir.VectorType(_WORD, 2 * WORD)
        both = builder.load(_place(context, builder, signature, args, 0, args[1], halves), align=8)
        key = builder.shuffle_vector(both, both, ir.Constant(_KEYS, [2 * i + 1 for i in range(WORD)]))
        builder.store(key, _place(context, builder, signature, args, 2, args[3], _KEYS), align=4)
        place = _place(context, builder, signature, args, 2, args[4], _KEYS)
        before = builder.load(place, align=4)
        higher = builder.icmp_unsigned(">", key, before)
        builder.store(builder.select(higher, key, before), place, align=4)
        return context.get_dummy_value()

    return types.void(rows, types.uint64, keys, types.uint64, types.uint64), codegen


@intrinsic
def compare(typingctx: Any, keys: Any, a: Any, b: Any, nearest: Any) -> Any:
    """In which of 32 draws the number of key keys[a], … is below that of keys[b], …: a word.

    Lowers keys[nearest], … to how far they are apart: 0, 1 or 2 where their keys are equal or next to each other, so
    that they may be within a millionth. Of those the word says nothing.
    """

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        first, second, before = (
            builder.load(_place(context, builder, signature, args, 0, args[k], _KEYS), align=4)
            for k in (1, 2, 3)
        )
        gap = builder.sub(builder.add(first, _every(1)), second)
        lower = builder.icmp_unsigned("<", gap, before)
        place = _place(context, builder, signature, args, 0, args[3], _KEYS)
        builder.store(builder.select(lower, gap, before), place, align=4)
        return builder.bitcast(builder.icmp_signed("<", first, second), _WORD)

    return types.int32(keys, types.uint64, types.uint64, types.uint64), codegen


@intrinsic
def unclear(typingctx: Any, keys: Any, greatest: Any, nearest: Any) -> Any:
    """In which of 32 draws keys do not suffice: some number is negative or not finite, or two are near; as a word."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        high, near = (
            builder.load(_place(context, builder, signature, args, 0, args[k], _KEYS), align=4)
            for k in (1, 2)
        )
        word = builder.or_(
            builder.icmp_unsigned(">=", high, _every(_NO_NUMBER)),
            builder.icmp_unsigned("<=", near, _every(2)),
        )
        return builder.bitcast(word, _WORD)

    return types.int32(keys, types.uint64, types.uint64), codegen


@intrinsic
def add_parts(typingctx: Any, rows: Any, first: Any, sums: Any, at: Any) -> Any:
    """Adds a tile of a row, from position `first` on, to `PARTS` partial sums in turn, from sums[at] on."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        part = ir.VectorType(ir.DoubleType(), PARTS)
        place = _place(context, builder, signature, args, 2, args[3], part)
        values = [
            builder.load(
                _place(context, builder, signature, args, 0, builder.add(args[1], _LONG(k)), part), align=8
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
