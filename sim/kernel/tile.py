"""The layout of a tile: 32 draws of everything that changes from month to month, small enough for the first cache.

One flat array with every row at a constant offset, so that the compiler sees that rows do not overlap and needs no
checks. A block of 256 draws is worked tile by tile.
"""

from __future__ import annotations

from sim.kernel.columns import ERROR, GPU, MONTH, ONCE, QUERY, RETRAIN, RETRAIN_GPU, ROW, TOKEN
from sim.kernel.strategies import CLOCK, CLOCK_KEYS, COUNT, DRIFT, DRIFTS, SERVERS, USES

REPRICED = 8
"""The most inputs whose value may change from one month to another."""

RATED = (MONTH, QUERY, TOKEN, RETRAIN, RETRAIN_GPU, GPU, ERROR)
"""The rhythms that run over months, in the order of a strategy's rate rows."""

COST = 0
"""Cumulative discounted cost, a row a strategy."""

_SHARED = COST + COUNT * ROW
(
    QUERIES,
    TOKENS,
    GPU_PRICE,
    DEMAND_STEP,
    QUERIES_STEP,
    TOKENS_STEP,
    GPU_PRICE_STEP,
    LOSS,
    TOTAL_QUERIES,
    PRESENT_ONCE,
    PRESENT_MONTHLY,
    PRESENT_QUERIES,
    PRESENT_TOKENS,
) = (_SHARED + row * ROW for row in range(13))
"""q(m), q(m) P(m) and G(m), each discounted; the factors from month to month of q(m) and of those three; accuracy lost
a month; queries over the horizon, not discounted; present values of a dollar at once, of one a month, of q(m) and of
q(m) P(m)."""

EVERY, EVERY_MONTH, DUE, SINCE, AGEING, PRESENT_COUNTED, PRESENT_COUNTED_GPU = range(7)
"""Rows of a clock: months between retrains, and how many retrains are in every month besides; the time when the next is
due, months since the last training and what a month adds to them; present values of the retrains and of the retrains
times G(m)."""

WRONG, OLDEST, PRESENT_ERRORS = range(3)
"""Rows of a drift: share of wrong answers at launch, months without training until all are wrong, and present value of
the queries answered wrongly."""

NEEDED, MIN_GPUS, PRESENT_GPUS = range(3)
"""Rows of a server: the load over what a GPU serves, the least number of GPUs, present value of GPUs(m) G(m)."""

_CLOCK_ROWS, _DRIFT_ROWS, _SERVER_ROWS = 7, 3, 3
_CLOCKS = PRESENT_TOKENS + ROW
_DRIFTS = _CLOCKS + len(CLOCK_KEYS) * _CLOCK_ROWS * ROW
_SERVERS = _DRIFTS + len(DRIFTS) * _DRIFT_ROWS * ROW
_RATES = _SERVERS + len(SERVERS) * _SERVER_ROWS * ROW
_ASIDE = _RATES + COUNT * len(RATED) * ROW
SIZE = _ASIDE + (COUNT + REPRICED) * ROW


def clock(number: int, row: int) -> int:
    """Offset of a row of one of the clocks."""
    return _CLOCKS + (number * _CLOCK_ROWS + row) * ROW


def drift(number: int, row: int) -> int:
    """Offset of a row of one of the drifts."""
    return _DRIFTS + (number * _DRIFT_ROWS + row) * ROW


def server(number: int, row: int) -> int:
    """Offset of a row of one of the servers."""
    return _SERVERS + (number * _SERVER_ROWS + row) * ROW


def rate(strategy: int, rhythm: int) -> int:
    """Offset of a strategy's coefficient on a rhythm."""
    return _RATES + (strategy * len(RATED) + RATED.index(rhythm)) * ROW


def put_aside(number: int) -> int:
    """Offset of a row for what is put aside while prices change: costs of the strategies, then values of inputs."""
    return _ASIDE + number * ROW


def present(strategy: int, rhythm: int) -> int:
    """Offset of the present value of a rhythm: shared, or of the strategy's clock, drift or servers."""
    shared = {
        ONCE: PRESENT_ONCE,
        MONTH: PRESENT_MONTHLY,
        QUERY: PRESENT_QUERIES,
        TOKEN: PRESENT_TOKENS,
    }
    if rhythm in shared:
        return shared[rhythm]
    if rhythm == RETRAIN:
        return clock(CLOCK[strategy], PRESENT_COUNTED)
    if rhythm == RETRAIN_GPU:
        return clock(CLOCK[strategy], PRESENT_COUNTED_GPU)
    if rhythm == ERROR:
        return drift(DRIFT[strategy], PRESENT_ERRORS)
    return server(SERVERS.index(strategy), PRESENT_GPUS)


RENTING = tuple(
    k for k in range(len(CLOCK_KEYS)) if any(CLOCK[s] == k and USES[s, RETRAIN_GPU] for s in range(COUNT))
)
"""The clocks by which a strategy trains on rented GPUs."""

SUMMED = (
    *(clock(k, PRESENT_COUNTED) for k in range(len(CLOCK_KEYS))),
    *(clock(k, PRESENT_COUNTED_GPU) for k in RENTING),
    *(drift(e, PRESENT_ERRORS) for e in range(len(DRIFTS))),
    *(server(g, PRESENT_GPUS) for g in range(len(SERVERS))),
)
"""The present values that are summed month by month."""
