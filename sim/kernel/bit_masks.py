"""The words that tell how strategies stand, 32 bits for 32 draws, and where each lies.

A month of 32 draws has a word for each pair of strategies (in which draws the first costs less), then one for each
strategy (in which it is the cheapest, no other as cheap). Sixteen of them are a group, a line of the cache; the groups
of a month follow each other, and in each stand the words of a block's draws, 32 by 32.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import BLOCK, jit

Words = NDArray[np.int32]

WORD = 32
"""Draws that a word tells of."""

GROUP = 16
"""Words of a group."""

WORDS = BLOCK // WORD
"""Words of a pair for a block."""

GROUP_STRIDE = (WORDS + 1) * GROUP
"""From a group to the next: an odd number of lines of the cache, lest months share but a few of its sets."""


def groups(strategies: int) -> int:
    """Groups of a month, for all pairs and then each strategy."""
    return -(-(strategies * (strategies - 1) // 2 + strategies) // GROUP)


@jit(inline=True)
def word_at(group: int, word: int) -> np.uint64:
    """Where a group's words begin for the word-th 32 draws of a block; groups are counted through all months."""
    return np.uint64(group * GROUP_STRIDE + word * GROUP)
