"""Vector code of our own for a tile whose draws share one 32-bit word: bit i says something of draw i.

The compiler would compare 64-bit numbers eight at a time and keep each answer as another 64-bit number. Here the upper
halves of the numbers are compared, sixteen at a time, and an answer is a bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from sim.kernel.columns import TILE
from sim.kernel.reductions import PARTS

_WORD = ir.IntType(32)
_INDEX = ir.IntType(64)
_NO_NUMBER = 0x7FF00000
"""The upper half of infinity: as an unsigned number, that of NaN or of anything negative is no less."""


def _data(context: Any, builder: Any, signature: Any, args: Any, k: int) -> Any:
    return context.make_array(signature.args[k])(context, builder, args[k]).data


def _pointer(builder: Any, data: Any, position: Any, kind: Any) -> Any:
    return builder.bitcast(builder.gep(data, [position]), kind.as_pointer())


def comparing(rows: Sequence[int], pairs: Sequence[tuple[int, int]]) -> Any:
    """A function (t, masks, at) that compares rows of a tile in pairs, where the upper halves of the numbers suffice.

    rows: offsets in t. Bit i of masks[at + k] says whether number i of the k-th pair's first row is below the second's.
    Returns the draws in which some pair is within a millionth, or some number is negative or not finite, as a word: of
    those the masks say nothing.
    """

    @intrinsic
    def compare(typingctx: Any, t: Any, masks: Any, at: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            source, target = (_data(context, builder, signature, args, k) for k in (0, 1))
            halves, keys = ir.VectorType(_WORD, 2 * TILE), ir.VectorType(_WORD, TILE)
            upper = ir.Constant(keys, [2 * i + 1 for i in range(TILE)])

            def every(value: int) -> Any:
                return ir.Constant(keys, [value] * TILE)

            def least(a: Any, b: Any) -> Any:
                return builder.select(builder.icmp_unsigned("<", a, b), a, b)

            def key(row: int) -> Any:
                both = builder.load(_pointer(builder, source, _INDEX(row), halves), align=8)
                return builder.shuffle_vector(both, both, upper)

            key_of = [key(row) for row in rows]
            after = [builder.add(k, every(1)) for k in key_of]
            greatest = key_of[0]
            for k in key_of[1:]:
                greatest = builder.select(builder.icmp_unsigned(">", greatest, k), greatest, k)
            # one more than the difference of two keys: 0, 1 or 2 where they are equal or next to each other
            gaps = [builder.sub(after[a], key_of[b]) for a, b in pairs]
            nearest = gaps[0]
            for gap in gaps[1:]:
                nearest = least(nearest, gap)
            unclear = builder.or_(
                builder.icmp_unsigned(">=", greatest, every(_NO_NUMBER)),
                builder.icmp_unsigned("<=", nearest, every(2)),
            )
            for k, (a, b) in enumerate(pairs):
                below = builder.bitcast(builder.icmp_signed("<", key_of[a], key_of[b]), _WORD)
                builder.store(below, builder.gep(target, [builder.add(args[2], _INDEX(k))]))
            return builder.zext(builder.bitcast(unclear, _WORD), _INDEX)

        return types.int64(t, masks, types.uint64), codegen

    return compare


def adding(rows: Sequence[int]) -> Any:
    """A function (t, sums, at) that adds rows of a tile to `PARTS` partial sums each, in turn from sums[at] on."""

    @intrinsic
    def add(typingctx: Any, t: Any, sums: Any, at: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            source, target = (_data(context, builder, signature, args, k) for k in (0, 1))
            part = ir.VectorType(ir.DoubleType(), PARTS)
            totals = []
            for k, row in enumerate(rows):
                place = _pointer(builder, target, builder.add(args[2], _INDEX(k * PARTS)), part)
                values = [
                    builder.load(_pointer(builder, source, _INDEX(row + first), part), align=8)
                    for first in range(0, TILE, PARTS)
                ]
                while len(values) > 1:
                    values = [builder.fadd(a, b) for a, b in zip(values[::2], values[1::2], strict=True)]
                totals.append((builder.fadd(builder.load(place, align=8), values[0]), place))
            for total, place in totals:
                builder.store(total, place, align=8)
            return context.get_dummy_value()

        return types.void(t, sums, types.uint64), codegen

    return add


def unbeaten(pairs: Sequence[tuple[int, int]], count: int, slots: int) -> Any:
    """A function (masks, at, waived): masks[at + len(pairs) + s] becomes the draws in which s is below all others.

    masks[at], …: of the pairs of `count`, as `comparing` puts them, `slots` words in all. waived (count, slots), flat:
    at place len(pairs) + s of row k, the draws in which s need not be below its k-th opponent; of the last row, those
    in which s may win at all.
    """
    others = opponents(pairs, count)
    first = len(pairs)
    lanes = ir.VectorType(_WORD, slots)

    @intrinsic
    def put(typingctx: Any, masks: Any, at: Any, waived: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            data, waivers = (_data(context, builder, signature, args, k) for k in (0, 2))
            place = _pointer(builder, data, args[1], lanes)
            row = builder.load(place, align=4)

            def waiver(k: int) -> Any:
                return builder.load(_pointer(builder, waivers, _INDEX(k * slots), lanes), align=4)

            won = waiver(count - 1)
            for k in range(count - 1):
                source, turned = list(range(slots)), [0] * slots
                for s in range(count):
                    _, source[first + s], turned[first + s] = others[s][k]
                met = builder.shuffle_vector(row, row, ir.Constant(lanes, source))
                below = builder.xor(met, ir.Constant(lanes, turned))
                won = builder.and_(won, builder.or_(below, waiver(k)))
            kept = ir.Constant(ir.VectorType(ir.IntType(1), slots), [k < first for k in range(slots)])
            builder.store(builder.select(kept, row, won), place, align=4)
            return context.get_dummy_value()

        return types.void(masks, types.uint64, waived), codegen

    return put


def opponents(pairs: Sequence[tuple[int, int]], count: int) -> list[list[tuple[int, int, int]]]:
    """For each of `count`: its opponents, the pair in which it meets each, and -1 where it comes second, else 0."""
    return [
        [(b if a == s else a, k, 0 if a == s else -1) for k, (a, b) in enumerate(pairs) if s in (a, b)]
        for s in range(count)
    ]


@intrinsic
def ones(typingctx: Any, word: Any) -> Any:
    """How many bits of a 32-bit word are set."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.int32(types.int32), codegen
