"""Independent uniforms by counter: a draw's value depends on seed, input's name and draw number alone.

Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"). The key and the upper
half of the counter are a hash of (seed, name); the lower half of the counter is the draw's number. Nothing is stored,
any block can be made anywhere, and adding an input leaves every other input's draws as they were.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.counters import AT_ONCE, M0, M1, ROUNDS, W0, W1, put_uniforms
from distributions.sampling.jit import BLOCK, bits_float, jit

MASK = np.uint64(0xFFFFFFFF)
_M0, _M1, _W0, _W1 = np.uint64(M0), np.uint64(M1), np.uint64(W0), np.uint64(W1)
_ONE_BITS = np.uint64(0x3FF0000000000000)
_ALMOST_ONE = 1.0 - 2.0**-53
_S32 = np.uint64(32)
_S12 = np.uint64(12)
_QUARTER = BLOCK // 4
_FIRST_HALF, _SECOND_HALF = np.uint64(0), np.uint64(AT_ONCE)
_FINER = np.uint64(1 << 31)
"""Sets the counters of finer digits apart from those of the words."""

OUTER = 2.0**-21
"""The outermost part of each tail, one in two million."""


def stream_key(seed: int, name: str) -> NDArray[np.uint64]:
    """The four 32-bit words (two of key, two of counter) of a named stream, as uint64, shape (4,).

    BLAKE2b of seed, purpose and name; seeds may be any whole number from 0 on.
    """
    text = f"{seed}\x1fdraws\x1f{name}".encode()
    words = np.frombuffer(hashlib.blake2b(text, digest_size=16).digest(), dtype="<u4")
    return words.astype(np.uint64)


@jit(inline=True)
def philox_words(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Ten rounds; the four words come back with anything above their 32 bits."""
    for _ in range(ROUNDS):
        # what stands above a word's 32 bits is cut off where it is multiplied, which costs vector code nothing
        p0 = _M0 * (c0 & MASK)
        p1 = _M1 * (c2 & MASK)
        c0 = (p1 >> _S32) ^ c1 ^ k0
        c1 = p1
        c2 = (p0 >> _S32) ^ c3 ^ k1
        c3 = p0
        k0 += _W0
        k1 += _W1
    return c0, c1, c2, c3


@jit(inline=True)
def philox(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64]:
    """The same as two words of 64 bits: (word 1, word 0) and (word 3, word 2)."""
    c0, c1, c2, c3 = philox_words(c0, c1, c2, c3, k0, k1)
    return (c1 << _S32) | (c0 & MASK), (c3 << _S32) | (c2 & MASK)


@jit(inline=True)
def unit_interval(word: np.uint64) -> float:
    """The top 52 bits of a word as the midpoint of one of 2^52 equal cells: never 0, never 1, 1 - u exact."""
    return bits_float((word >> _S12) | _ONE_BITS) - _ALMOST_ONE


@jit
def fill_uniform(out: NDArray[np.float64], block: int, key: NDArray[np.uint64]) -> None:
    """The uniforms of one block of a stream: out[i] belongs to draw block * 256 + i.

    Midpoints of 2^32 cells, from a word of 32 bits each, four to a counter: a hundred times finer than an inverse
    distribution function has to be. `refine` adds digits where that would be felt, near the ends.
    """
    counter = np.uint64(block) * np.uint64(_QUARTER)
    lowest, above = counter & MASK, counter >> _S32
    # not a loop: what is the same for both halves would be put aside and fetched again
    put_uniforms(out, _FIRST_HALF, lowest, above, key[2], key[3], key[0], key[1])
    put_uniforms(out, _SECOND_HALF, lowest, above, key[2], key[3], key[0], key[1])


@jit
def refine(out: NDArray[np.float64], block: int, key: NDArray[np.uint64]) -> None:
    """Give the uniforms of a block that are nearer than `OUTER` to an end 20 bits more, from words of their own.

    Tails then reach as far as 52 bits do: a cell of 2^-32 is a large part of what lies beyond it.
    """
    for i in range(BLOCK):
        u = out[i]
        if min(u, 1.0 - u) < OUTER:
            draw = np.uint64(block) * np.uint64(BLOCK) + np.uint64(i)
            finer, _ = philox(draw & MASK, (draw >> _S32) | _FINER, key[2], key[3], key[0], key[1])
            cell = np.uint64(int(u * 2.0**32))
            out[i] = unit_interval((cell << _S32) | (finer & MASK))
