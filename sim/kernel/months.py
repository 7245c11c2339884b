"""The rhythms month by month: growth, price declines, retrains, GPUs and errors, shared by all strategies.

Growth and declines advance by one multiplication a month, not by a power.
"""

from __future__ import annotations

import numpy as np

from distributions.sampling.compiled import BLOCK, ceil, floor, jit, select
from distributions.sampling.elementary import exp, log
from sim.kernel.columns import (
    ERROR,
    GPU,
    QUERY,
    RETRAIN,
    RETRAIN_GPU,
    RHYTHMS,
    SET_ACCURACY,
    SET_ANSWERED,
    SET_CAPACITY,
    SET_INTERVAL,
    SET_LOSS,
    SET_MIN_GPUS,
    SET_PEAK,
    SET_TOKENS,
    SETTINGS,
    TOKEN,
    Row,
    columns,
    rows,
)
from sim.kernel.strategies import COUNT, USES

VOLUME, GROWTH, PRICE_DECLINE, GPU_DECLINE = columns(
    "workload.queries_per_month", "workload.annual_growth", "price.annual_decline", "gpu.annual_decline"
)

QUERIES, TOKEN_PRICE, GPU_PRICE, QUERY_STEP, TOKEN_STEP, GPU_STEP, TOTAL_QUERIES = rows(7)
"""State that advances each month: q(m), P(m), G(m), their monthly factors, and the queries so far."""

STATE_ROWS = 7

RETRAINED, LAST_TRAINING = rows(2)
"""Per strategy: floor(m/k) so far, and the month of its last training."""

MEMORY_ROWS = 2

_RETRAINS = np.ascontiguousarray(USES[:, RETRAIN] | USES[:, RETRAIN_GPU] | USES[:, ERROR])
_GPUS = np.ascontiguousarray(USES[:, GPU])
_ERRORS = np.ascontiguousarray(USES[:, ERROR])


@jit
def start(x: Row, state: Row, memory: Row) -> None:
    """State before month 1."""
    for i in range(BLOCK):
        state[QUERIES + i] = x[VOLUME + i]
        state[TOKEN_PRICE + i] = 1.0
        state[GPU_PRICE + i] = 1.0
        state[QUERY_STEP + i] = exp(log(1.0 + x[GROWTH + i]) / 12.0)
        state[TOKEN_STEP + i] = exp(log(1.0 - x[PRICE_DECLINE + i]) / 12.0)
        state[GPU_STEP + i] = exp(log(1.0 - x[GPU_DECLINE + i]) / 12.0)
        state[TOTAL_QUERIES + i] = 0.0
    memory[:] = 0.0


@jit
def advance(state: Row) -> None:
    """From one month to the next."""
    for i in range(BLOCK):
        state[QUERIES + i] *= state[QUERY_STEP + i]
        state[TOKEN_PRICE + i] *= state[TOKEN_STEP + i]
        state[GPU_PRICE + i] *= state[GPU_STEP + i]


@jit
def shared_rhythms(state: Row, series: Row) -> None:
    """q(m) and q(m) P(m) of the month, and the running count of queries."""
    query = series[QUERY * BLOCK : (QUERY + 1) * BLOCK]
    token = series[TOKEN * BLOCK : (TOKEN + 1) * BLOCK]
    for i in range(BLOCK):
        query[i] = state[QUERIES + i]
        token[i] = state[QUERIES + i] * state[TOKEN_PRICE + i]
        state[TOTAL_QUERIES + i] += state[QUERIES + i]


@jit
def own_rhythms(
    strategy: int, month: int, horizon: int, setting: Row, state: Row, memory: Row, series: Row
) -> None:
    """The rhythms that a strategy has for itself in this month, from its settings and its memory.

    Retrains: n(m) = floor(m/k) - floor((m-1)/k) in month m < H and none in month H. A training in month t serves from
    month t + 1 on, so that in month m the months since the last training are m - 1 - t.
    """
    if _ERRORS[strategy]:
        error = series[ERROR * BLOCK : (ERROR + 1) * BLOCK]
        for i in range(BLOCK):
            since = month - 1.0 - memory[LAST_TRAINING + i]
            accuracy = setting[SET_ACCURACY + i] - setting[SET_LOSS + i] * since / 3.0
            accuracy = select(accuracy < 0.0, 0.0, accuracy)
            error[i] = state[QUERIES + i] * (1.0 - accuracy)
    if _RETRAINS[strategy]:
        retrain = series[RETRAIN * BLOCK : (RETRAIN + 1) * BLOCK]
        retrain_gpu = series[RETRAIN_GPU * BLOCK : (RETRAIN_GPU + 1) * BLOCK]
        if month < horizon:
            for i in range(BLOCK):
                so_far = floor(month / setting[SET_INTERVAL + i])
                count = so_far - memory[RETRAINED + i]
                memory[RETRAINED + i] = so_far
                memory[LAST_TRAINING + i] = select(count > 0.0, float(month), memory[LAST_TRAINING + i])
                retrain[i] = count
                retrain_gpu[i] = count * state[GPU_PRICE + i]
        else:
            retrain[:] = 0.0
            retrain_gpu[:] = 0.0
    if _GPUS[strategy]:
        gpu = series[GPU * BLOCK : (GPU + 1) * BLOCK]
        for i in range(BLOCK):
            load = (
                setting[SET_ANSWERED + i]
                * state[QUERIES + i]
                * setting[SET_TOKENS + i]
                * setting[SET_PEAK + i]
            )
            needed = ceil(load / setting[SET_CAPACITY + i])
            needed = select(needed < setting[SET_MIN_GPUS + i], setting[SET_MIN_GPUS + i], needed)
            gpu[i] = needed * state[GPU_PRICE + i]


def discount_factors(horizon: int, rate: float) -> Row:
    """Present value of a dollar in each month 0 … H: (1 + r)^(-m/12), shape (H + 1,)."""
    return (1.0 + rate) ** (-np.arange(horizon + 1) / 12.0)


SERIES_ROWS = RHYTHMS
SETTING_ROWS = SETTINGS * COUNT
