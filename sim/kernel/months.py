"""A month of a tile: growth, price declines, retrains, GPUs and errors, and each strategy's cost of the month.

Growth and declines advance by one multiplication a month, not by a power. Each strategy's month is compiled for the
rhythms that it has lines on, and folded into one function like the coefficients.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from distributions.sampling.compiled import ceil, floor, jit, select
from distributions.sampling.elementary import exp, log
from sim.kernel.columns import (
    ACCURACY,
    ANSWERED,
    CAPACITY,
    ERROR,
    GPU,
    INTERVAL,
    LOSS,
    MIN_GPUS,
    MONTH,
    PEAK,
    QUERY,
    RETRAIN,
    RETRAIN_GPU,
    TOKEN,
    TOKENS,
    Row,
    columns,
)
from sim.kernel.strategies import COUNT, USES
from sim.kernel.tile import (
    COST,
    GPU_PRICE,
    GPU_STEP,
    PRESENT_QUERIES,
    PRESENT_TOKENS,
    QUERIES,
    QUERY_STEP,
    TILE,
    TOKEN_PRICE,
    TOKEN_STEP,
    TOTAL_QUERIES,
    memory,
    present,
    rate,
    setting,
)
from sim.kernel.tile import TOKENS as QUERY_TOKENS

VOLUME, GROWTH, PRICE_DECLINE, GPU_DECLINE = columns(
    "workload.queries_per_month", "workload.annual_growth", "price.annual_decline", "gpu.annual_decline"
)


@jit(inline=True)
def start(x: Row, t: Row) -> None:
    """The series before month 1. x: a block's values from the tile's first draw on; t: the tile."""
    for i in range(TILE):
        t[QUERY_STEP + i] = exp(log(1.0 + x[GROWTH + i]) / 12.0)
        t[TOKEN_STEP + i] = exp(log(1.0 - x[PRICE_DECLINE + i]) / 12.0)
        t[GPU_STEP + i] = exp(log(1.0 - x[GPU_DECLINE + i]) / 12.0)
    for i in range(TILE):
        t[QUERIES + i] = x[VOLUME + i]
        t[TOKEN_PRICE + i] = 1.0
        t[GPU_PRICE + i] = 1.0
        t[TOTAL_QUERIES + i] = 0.0
        t[PRESENT_QUERIES + i] = 0.0
        t[PRESENT_TOKENS + i] = 0.0


@jit(inline=True)
def _series(t: Row, month: int, weight: float) -> None:
    """q(m), P(m), G(m) of this month, and what of them is summed."""
    step = 1.0 if month > 1 else 0.0
    for i in range(TILE):
        t[QUERIES + i] *= select(step > 0.5, t[QUERY_STEP + i], 1.0)
        t[TOKEN_PRICE + i] *= select(step > 0.5, t[TOKEN_STEP + i], 1.0)
        t[GPU_PRICE + i] *= select(step > 0.5, t[GPU_STEP + i], 1.0)
        t[QUERY_TOKENS + i] = t[QUERIES + i] * t[TOKEN_PRICE + i]
        t[TOTAL_QUERIES + i] += t[QUERIES + i]
        t[PRESENT_QUERIES + i] += t[QUERIES + i] * weight
        t[PRESENT_TOKENS + i] += t[QUERY_TOKENS + i] * weight


def _month_of(s: int) -> Callable[..., Any]:
    """The month of strategy s, compiled for the rhythms it has.

    Retrains: n(m) = floor(m/k) - floor((m-1)/k) in month m < H and none in month H. A training in month t serves from
    month t + 1 on, so that in month m the months since the last training are m - 1 - t.
    """
    cost = COST + s * TILE
    monthly, per_query, per_token = (rate(s, rhythm) for rhythm in (MONTH, QUERY, TOKEN))
    per_retrain, per_retrain_gpu, per_gpu, per_error = (
        rate(s, rhythm) for rhythm in (RETRAIN, RETRAIN_GPU, GPU, ERROR)
    )
    sum_retrain, sum_retrain_gpu, sum_gpu, sum_error = (
        present(s, rhythm) for rhythm in (RETRAIN, RETRAIN_GPU, GPU, ERROR)
    )
    interval, accuracy_at, loss = (setting(s, position) for position in (INTERVAL, ACCURACY, LOSS))
    answered, tokens, peak, capacity, min_gpus = (
        setting(s, position) for position in (ANSWERED, TOKENS, PEAK, CAPACITY, MIN_GPUS)
    )
    retrained, last_training = memory(s, 0), memory(s, 1)
    drifts = bool(USES[s, ERROR])
    retrains = bool(USES[s, RETRAIN] or USES[s, RETRAIN_GPU] or drifts)
    serves = bool(USES[s, GPU])

    @jit(inline=True)
    def month_of(t: Row, month: float, before_horizon: bool, weight: float) -> None:
        for i in range(TILE):
            spent = (
                t[monthly + i] + t[per_query + i] * t[QUERIES + i] + t[per_token + i] * t[QUERY_TOKENS + i]
            )
            if drifts:
                since = month - 1.0 - t[last_training + i]
                accuracy = t[accuracy_at + i] - t[loss + i] * since / 3.0
                errors = t[QUERIES + i] * (1.0 - select(accuracy < 0.0, 0.0, accuracy))
                spent += t[per_error + i] * errors
                t[sum_error + i] += errors * weight
            if retrains:
                so_far = select(before_horizon, floor(month / t[interval + i]), t[retrained + i])
                count = so_far - t[retrained + i]
                t[retrained + i] = so_far
                t[last_training + i] = select(count > 0.0, month, t[last_training + i])
                spent += t[per_retrain + i] * count + t[per_retrain_gpu + i] * count * t[GPU_PRICE + i]
                t[sum_retrain + i] += count * weight
                t[sum_retrain_gpu + i] += count * t[GPU_PRICE + i] * weight
            if serves:
                load = t[answered + i] * t[QUERIES + i] * t[tokens + i] * t[peak + i]
                needed = ceil(load / t[capacity + i])
                gpus = select(needed < t[min_gpus + i], t[min_gpus + i], needed) * t[GPU_PRICE + i]
                spent += t[per_gpu + i] * gpus
                t[sum_gpu + i] += gpus * weight
            t[cost + i] += spent * weight

    return month_of


def _fold(s: int = 0) -> Callable[..., Any]:
    """One function for all strategies' months: each calls its own, then the rest."""
    own = _month_of(s)
    if s + 1 == COUNT:
        return own
    rest = _fold(s + 1)

    @jit(inline=True)
    def both(t: Row, month: float, before_horizon: bool, weight: float) -> None:
        own(t, month, before_horizon, weight)
        rest(t, month, before_horizon, weight)

    return both


_all_strategies = _fold()


@jit
def one_month(t: Row, month: int, horizon: int, weight: float) -> None:
    """Add month m = 1 … H, discounted by `weight`, to the cumulative costs and present values of a tile."""
    _series(t, month, weight)
    _all_strategies(t, float(month), month < horizon, weight)


def discount_factors(horizon: int, discount_rate: float) -> Row:
    """Present value of a dollar in each month 0 … H: (1 + r)^(-m/12), shape (H + 1,)."""
    return np.asarray((1.0 + discount_rate) ** (-np.arange(horizon + 1) / 12.0))
