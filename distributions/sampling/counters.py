"""Uniforms of 32 Philox counters at once, in vector code of our own.

A round is a multiplication, a shift and an exclusive or that wait for each other. Left to itself the compiler takes
eight counters at a time, too few to keep the core busy meanwhile: this takes four fifths of the time.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from distributions.sampling.jit import BLOCK

AT_ONCE = 32
"""Counters; on processors with vectors of 256 bits it is the best number too."""

ROUNDS = 10
M0, M1 = 0xD2511F53, 0xCD9E8D57
W0, W1 = 0x9E3779B9, 0xBB67AE85
"""Multipliers of the two products, and what is added to the two words of the key after a round."""

_CELL = 2.0**-32
_MIDDLE_OF_FIRST = 0.5 * _CELL
"""A uniform is the middle of one of 2^32 equal cells."""
_COUNT_BITS = 0x4330000000000000
"""With a whole number below 2^32 in its low bits, the bits of 2^52 plus that number."""

_WORD = 0xFFFFFFFF
_QUARTER = BLOCK // 4


@intrinsic
def put_uniforms(
    typingctx: Any, out: Any, first: Any, c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any
) -> Any:
    """The words of counters c0 + first + i, i = 0 … 31, as uniforms: out[first + i], and by quarters of a block on.

    first: a multiple of 32, c0 of 64. c0 to c3: the words of the counter, k0 and k1 of the key, as uint64. The same as
    `streams.philox_words` one by one.
    """

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        first, *counter, k0, k1 = args[1:]
        whole = ir.IntType(64)
        words, numbers = ir.VectorType(whole, AT_ONCE), ir.VectorType(ir.DoubleType(), AT_ONCE)

        def every(value: Any, kind: Any = words) -> Any:
            return ir.Constant(kind, [value] * AT_ONCE)

        def spread(value: Any) -> Any:
            nothing = ir.Constant(words, ir.Undefined)
            lane = builder.insert_element(nothing, value, ir.IntType(32)(0))
            zeros = ir.Constant(ir.VectorType(ir.IntType(32), AT_ONCE), [0] * AT_ONCE)
            return builder.shuffle_vector(lane, nothing, zeros)

        def mixed(product: Any, word: Any, key: Any) -> Any:
            return builder.xor(builder.xor(builder.lshr(product, every(32)), word), spread(key))

        def product(multiplier: int, word: Any) -> Any:
            return builder.mul(every(multiplier), builder.and_(word, every(_WORD)))

        c = [spread(word) for word in counter]
        c[0] = builder.or_(spread(builder.or_(counter[0], first)), ir.Constant(words, list(range(AT_ONCE))))
        for _ in range(ROUNDS):
            p0, p1 = product(M0, c[0]), product(M1, c[2])
            c = [mixed(p1, c[1], k0), p1, mixed(p0, c[3], k1), p0]
            k0, k1 = builder.add(k0, whole(W0)), builder.add(k1, whole(W1))
        fused = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(numbers, [numbers] * 3), f"llvm.fma.v{AT_ONCE}f64"
        )
        for quarter, word in enumerate(c):
            count = builder.or_(builder.and_(word, every(_WORD)), every(_COUNT_BITS))
            middle = builder.call(
                fused,
                [
                    builder.bitcast(count, numbers),
                    every(_CELL, numbers),
                    every(_MIDDLE_OF_FIRST - 2.0**52 * _CELL, numbers),
                ],
            )
            to = builder.gep(data, [builder.add(first, whole(quarter * _QUARTER))])
            builder.store(middle, builder.bitcast(to, numbers.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.void(out, *[types.uint64] * 7), codegen
