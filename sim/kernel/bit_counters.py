"""Counters of bits, laid across words: plane j of a word holds the j-th binary digit of 32 counts, one for each bit.

Adding a word to such a counter takes two logical operations a plane, for 32 counts at once, and eight words together
take little more than one: see W. Muła, N. Kurz & D. Lemire 2018, "Faster population counts using AVX2 instructions".
"""

from __future__ import annotations

import numpy as np

from distributions.sampling.jit import REPLICATES, jit
from sim.kernel.bit_masks import GROUP, GROUP_STRIDE, WORDS, Words

PLANES = 11
"""A counter holds up to 2,047; a chunk has 512 words for a counter."""

PLANES_STRIDE = PLANES * GROUP
"""From the counters of a group to the next."""

_WORD = tuple(np.uint64(word * GROUP) for word in range(WORDS))
_PLANE = tuple(np.uint64(plane * GROUP) for plane in range(PLANES))
_CARRIED = _PLANE[3:]


@jit(inline=True)
def _sum(a: int, b: int, c: int) -> tuple[int, int]:
    """Of three bits: the sum's last digit and its carry."""
    differ = a ^ b
    return differ ^ c, (a & b) | (differ & c)


@jit
def count(words: Words, planes: Words) -> None:
    """Add eight words to each counter. Flat: words (groups, GROUP_STRIDE), planes (groups, PLANES, GROUP)."""
    for group in range(words.size // GROUP_STRIDE):
        first, counter = np.uint64(group * GROUP_STRIDE), np.uint64(group * PLANES_STRIDE)
        for slot in range(GROUP):
            w, p = first + np.uint64(slot), counter + np.uint64(slot)
            digit, two = _sum(planes[p], words[w], words[w + _WORD[1]])
            digit, another_two = _sum(digit, words[w + _WORD[2]], words[w + _WORD[3]])
            digit, third_two = _sum(digit, words[w + _WORD[4]], words[w + _WORD[5]])
            planes[p], fourth_two = _sum(digit, words[w + _WORD[6]], words[w + _WORD[7]])
            digit, four = _sum(planes[p + _PLANE[1]], two, another_two)
            planes[p + _PLANE[1]], another_four = _sum(digit, third_two, fourth_two)
            planes[p + _PLANE[2]], carry = _sum(planes[p + _PLANE[2]], four, another_four)
            for plane in _CARRIED:
                digit = planes[p + plane]
                planes[p + plane] = digit ^ carry
                carry &= digit


@jit(inline=True)
def counted(planes: Words, at: int, replicate: int) -> int:
    """How often the bits of a replicate were set in the counter whose first plane is planes[at]."""
    total, p, low = 0, np.uint64(at), np.uint32(replicate)
    for plane in range(PLANES):
        word = np.uint32(planes[p + np.uint64(plane * GROUP)])
        total += int((word >> low) & 1) + int((word >> (low + np.uint32(REPLICATES))) & 1) << plane
    return total
