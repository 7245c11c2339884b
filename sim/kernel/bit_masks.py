"""The words that tell how strategies stand, 32 bits for the 32 draws of a tile, and where each lies.

A month of a tile has a word for each pair of strategies (in which draws the first costs less), then one for each
strategy (in which it is the cheapest, no other as cheap). Months follow each other, the tiles of a block within them.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import BLOCK, jit
from sim.kernel.columns import TILE
from sim.kernel.strategies import COUNT

Words = NDArray[np.int32]

PAIRS: tuple[tuple[int, int], ...] = tuple(combinations(range(COUNT), 2))
"""Every pair of strategies, in the order of the counts."""

WON = len(PAIRS)
"""The first strategy's word."""

SLOTS = -(-(WON + COUNT) // 16) * 16
"""Words of a month, with room for whole vectors of 512 bits."""

TILES = BLOCK // TILE
"""Tiles in a block."""

MONTH_STRIDE = (TILES + 1) * SLOTS
"""From a month to the next: an odd number of lines of the cache, lest a tile's months share but a few of its sets."""

ALL = (1 << TILE) - 1
"""The word of all draws."""


@jit(inline=True)
def word_at(month: int, tile: int) -> np.uint64:
    """Where a month's words begin for a tile of a block."""
    return np.uint64(month * MONTH_STRIDE + tile * SLOTS)
