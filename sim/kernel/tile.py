"""The layout of a tile: 32 draws of everything that changes from month to month, small enough for the first cache.

One flat array with every row at a constant offset, so that the compiler sees that rows do not overlap, keeps them
in vector registers through a month and needs no checks. A block of 256 draws is worked tile by tile.
"""

from __future__ import annotations

from distributions.sampling.compiled import BLOCK
from sim.kernel.columns import ERROR, GPU, MONTH, QUERY, RETRAIN, RETRAIN_GPU, SETTINGS, TOKEN
from sim.kernel.strategies import COUNT

TILE = 32
TILES = BLOCK // TILE

RATED = (MONTH, QUERY, TOKEN, RETRAIN, RETRAIN_GPU, GPU, ERROR)
"""The rhythms that run over months, in the order of a strategy's rate rows."""

OWN = (RETRAIN, RETRAIN_GPU, GPU, ERROR)
"""The rhythms whose series is a strategy's own, in the order of its rows of present values."""

COST = 0
"""Cumulative discounted cost, a row a strategy."""

_SHARED = COST + COUNT * TILE
(
    QUERIES,
    TOKENS,
    TOKEN_PRICE,
    GPU_PRICE,
    QUERY_STEP,
    TOKEN_STEP,
    GPU_STEP,
    TOTAL_QUERIES,
    PRESENT_QUERIES,
    PRESENT_TOKENS,
    LEAST,
    SHARE,
) = (_SHARED + row * TILE for row in range(12))
"""q(m), q(m) P(m), P(m), G(m), their monthly factors, queries so far, present values, least cost and its share."""

_STRATEGIES = _SHARED + 12 * TILE
_ROWS = len(RATED) + SETTINGS + 2 + len(OWN)
SIZE = _STRATEGIES + COUNT * _ROWS * TILE


def rate(strategy: int, rhythm: int) -> int:
    """Offset of a strategy's coefficient on a rhythm."""
    return _STRATEGIES + (strategy * _ROWS + RATED.index(rhythm)) * TILE


def setting(strategy: int, position: int) -> int:
    """Offset of a strategy's setting."""
    return _STRATEGIES + (strategy * _ROWS + len(RATED) + position) * TILE


def memory(strategy: int, position: int) -> int:
    """Offset of what a strategy remembers: 0, the retrains so far; 1, the month of its last training."""
    return _STRATEGIES + (strategy * _ROWS + len(RATED) + SETTINGS + position) * TILE


def present(strategy: int, rhythm: int) -> int:
    """Offset of the present value of a rhythm, shared or a strategy's own."""
    if rhythm == QUERY:
        return PRESENT_QUERIES
    if rhythm == TOKEN:
        return PRESENT_TOKENS
    return _STRATEGIES + (strategy * _ROWS + len(RATED) + SETTINGS + 2 + OWN.index(rhythm)) * TILE
