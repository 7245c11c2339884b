"""The layout of a tile: 32 draws of everything that changes from month to month, small enough for the first cache.

One flat array with every row at a constant offset, so that the compiler sees that rows do not overlap, keeps them
in vector registers through a month and needs no checks. A block of 256 draws is worked tile by tile.
"""

from __future__ import annotations

from sim.kernel.columns import ERROR, GPU, MONTH, ONCE, QUERY, RETRAIN, RETRAIN_GPU, SETTINGS, TILE, TOKEN
from sim.kernel.strategies import CLOCK, CLOCK_KEYS, COUNT

RATED = (MONTH, QUERY, TOKEN, RETRAIN, RETRAIN_GPU, GPU, ERROR)
"""The rhythms that run over months, in the order of a strategy's rate rows."""

OWN = (GPU, ERROR)
"""The rhythms whose series is a strategy's own, in the order of its rows of present values."""

COST = 0
"""Cumulative discounted cost, a row a strategy."""

_SHARED = COST + COUNT * TILE
(
    QUERIES,
    TOKEN_PRICE,
    GPU_PRICE,
    QUERY_STEP,
    TOKEN_STEP,
    GPU_STEP,
    TOTAL_QUERIES,
    PRESENT_QUERIES,
    PRESENT_TOKENS,
    PRESENT_ONCE,
    PRESENT_MONTHLY,
) = (_SHARED + row * TILE for row in range(11))
"""q(m), P(m), G(m) and their monthly factors; queries so far; present values of q(m), of q(m) P(m), of a dollar at once
and of one a month."""

EVERY, PER_EVERY, RETRAINED, LAST, PRESENT_COUNTED, PRESENT_COUNTED_GPU = range(6)
"""Rows of a clock: months between retrains and one over that, retrains so far, month of the last training, present
values of the retrains and of the retrains times G(m)."""

_CLOCK_ROWS = PRESENT_COUNTED_GPU + 1
_CLOCKS = _SHARED + 11 * TILE
_STRATEGIES = _CLOCKS + len(CLOCK_KEYS) * _CLOCK_ROWS * TILE
_ROWS = len(RATED) + 2 + len(OWN)
SETTINGS_FROM = _STRATEGIES + COUNT * _ROWS * TILE
SIZE = SETTINGS_FROM + COUNT * SETTINGS * TILE


def clock(number: int, row: int) -> int:
    """Offset of a row of one of the clocks."""
    return _CLOCKS + (number * _CLOCK_ROWS + row) * TILE


def rate(strategy: int, rhythm: int) -> int:
    """Offset of a strategy's coefficient on a rhythm."""
    return _STRATEGIES + (strategy * _ROWS + RATED.index(rhythm)) * TILE


def setting(strategy: int, position: int) -> int:
    """Offset of a strategy's setting."""
    return SETTINGS_FROM + (strategy * SETTINGS + position) * TILE


def serving(strategy: int) -> tuple[int, int]:
    """Offsets of the tokens that a query adds to the load at its peak, and of one over what a GPU serves."""
    first = _STRATEGIES + (strategy * _ROWS + len(RATED)) * TILE
    return first, first + TILE


def present(strategy: int, rhythm: int) -> int:
    """Offset of the present value of a rhythm: shared, of the strategy's clock, or its own."""
    if rhythm == ONCE:
        return PRESENT_ONCE
    if rhythm == MONTH:
        return PRESENT_MONTHLY
    if rhythm == QUERY:
        return PRESENT_QUERIES
    if rhythm == TOKEN:
        return PRESENT_TOKENS
    if rhythm == RETRAIN:
        return clock(CLOCK[strategy], PRESENT_COUNTED)
    if rhythm == RETRAIN_GPU:
        return clock(CLOCK[strategy], PRESENT_COUNTED_GPU)
    return _STRATEGIES + (strategy * _ROWS + len(RATED) + 2 + OWN.index(rhythm)) * TILE
