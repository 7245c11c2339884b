"""A month of a tile: growth, price declines, retrains, GPUs and errors, and each strategy's cost of the month.

Growth and declines advance by one multiplication a month, not by a power. Each strategy's month is compiled for the
rhythms that it has lines on, and folded into one function like the coefficients.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from distributions.sampling.compiled import ceil, floor, fma, jit, select
from distributions.sampling.elementary import exp, log
from sim.kernel.columns import (
    ACCURACY,
    ANSWERED,
    CAPACITY,
    ERROR,
    GPU,
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
from sim.kernel.strategies import CLOCK, CLOCK_KEYS, COUNT, USES
from sim.kernel.tile import (
    COST,
    COUNTED,
    COUNTED_GPU,
    EVERY,
    GPU_PRICE,
    GPU_STEP,
    LAST,
    PER_EVERY,
    PRESENT_COUNTED,
    PRESENT_COUNTED_GPU,
    PRESENT_QUERIES,
    PRESENT_TOKENS,
    QUERIES,
    QUERY_STEP,
    RETRAINED,
    SINCE,
    TILE,
    TOKEN_PRICE,
    TOKEN_STEP,
    TOTAL_QUERIES,
    WORTH_GPU,
    WORTH_QUERIES,
    WORTH_TOKENS,
    clock,
    present,
    rate,
    serving,
    setting,
)

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
    _all_started(x, t)


@jit(inline=True)
def quotient(a: float, b: float, per_b: float) -> float:
    """a / b to the last bit, given per_b = 1 / b: a division takes as long as ten multiplications.

    A correction by the exact remainder (P. Markstein 1990, "Computation of elementary functions on the IBM RISC
    System/6000 processor", theorem 4). For results that are neither vast nor tiny.
    """
    q = a * per_b
    return fma(fma(-q, b, a), per_b, q)


def _start_of(s: int) -> Callable[..., Any]:
    """What strategy s, and the clock that begins with it, need before month 1."""
    begins = CLOCK[s] >= 0 and CLOCK[s] not in CLOCK[:s]
    serves = bool(USES[s, GPU])
    every, per_every = (clock(max(CLOCK[s], 0), row) for row in (EVERY, PER_EVERY))
    (interval,) = columns(CLOCK_KEYS[CLOCK[s]]) if begins else (0,)
    answered, tokens, peak, capacity = (
        setting(s, position) for position in (ANSWERED, TOKENS, PEAK, CAPACITY)
    )
    load, per_capacity = serving(s)

    @jit(inline=True)
    def started(x: Row, t: Row) -> None:
        if begins:
            for i in range(TILE):
                t[every + i] = x[interval + i]
                t[per_every + i] = 1.0 / x[interval + i]
        if serves:
            for i in range(TILE):
                t[load + i] = t[answered + i] * t[tokens + i] * t[peak + i]
                t[per_capacity + i] = 1.0 / t[capacity + i]

    return started


def _fold_starts(s: int = 0) -> Callable[..., Any]:
    """One function for all strategies' starts: each calls its own, then the rest."""
    own = _start_of(s)
    if s + 1 == COUNT:
        return own
    rest = _fold_starts(s + 1)

    @jit(inline=True)
    def both(x: Row, t: Row) -> None:
        own(x, t)
        rest(x, t)

    return both


_all_started = _fold_starts()


@jit(inline=True)
def _series(t: Row, i: int, step: float, weight: float) -> None:
    """q(m), P(m), G(m) of this month, discounted too, and what of them is summed. step: 0 in month 1, else 1."""
    queries = t[QUERIES + i] * select(step > 0.5, t[QUERY_STEP + i], 1.0)
    token_price = t[TOKEN_PRICE + i] * select(step > 0.5, t[TOKEN_STEP + i], 1.0)
    gpu_price = t[GPU_PRICE + i] * select(step > 0.5, t[GPU_STEP + i], 1.0)
    worth = queries * weight
    t[QUERIES + i] = queries
    t[TOKEN_PRICE + i] = token_price
    t[GPU_PRICE + i] = gpu_price
    t[WORTH_QUERIES + i] = worth
    t[WORTH_TOKENS + i] = worth * token_price
    t[WORTH_GPU + i] = gpu_price * weight
    t[TOTAL_QUERIES + i] += queries
    t[PRESENT_QUERIES + i] += worth
    t[PRESENT_TOKENS + i] += worth * token_price


def _tick(k: int) -> Callable[..., Any]:
    """The month of clock k.

    Retrains: n(m) = floor(m/k) - floor((m-1)/k) in month m < H and none in month H. A training in month t serves from
    month t + 1 on, so that in month m the months since the last training are m - 1 - t.
    """
    every, per_every, retrained, last, since_at, counted, counted_gpu, sum_counted, sum_gpu = (
        clock(k, row)
        for row in (
            EVERY, PER_EVERY, RETRAINED, LAST, SINCE, COUNTED, COUNTED_GPU, PRESENT_COUNTED, PRESENT_COUNTED_GPU
        )
    )  # fmt: skip
    rents = any(CLOCK[s] == k and USES[s, RETRAIN_GPU] for s in range(COUNT))

    @jit(inline=True)
    def tick(t: Row, i: int, month: float, before_horizon: bool, weight: float) -> None:
        t[since_at + i] = month - 1.0 - t[last + i]
        due = floor(quotient(month, t[every + i], t[per_every + i]))
        so_far = select(before_horizon, due, t[retrained + i])
        count = so_far - t[retrained + i]
        t[retrained + i] = so_far
        t[last + i] = select(count > 0.0, month, t[last + i])
        worth = count * weight
        t[counted + i] = worth
        t[sum_counted + i] += worth
        if rents:
            worth = count * t[WORTH_GPU + i]
            t[counted_gpu + i] = worth
            t[sum_gpu + i] += worth

    return tick


def _month_of(s: int) -> Callable[..., Any]:
    """The month of strategy s, compiled for the rhythms it has. Its clock has ticked before."""
    cost = COST + s * TILE
    monthly, per_query, per_token = (rate(s, rhythm) for rhythm in (MONTH, QUERY, TOKEN))
    per_retrain, per_retrain_gpu, per_gpu, per_error = (
        rate(s, rhythm) for rhythm in (RETRAIN, RETRAIN_GPU, GPU, ERROR)
    )
    sum_gpu, sum_error = (present(s, rhythm) for rhythm in (GPU, ERROR))
    accuracy_at, loss = (setting(s, position) for position in (ACCURACY, LOSS))
    load, per_capacity = serving(s)
    capacity, min_gpus = setting(s, CAPACITY), setting(s, MIN_GPUS)
    since, counted, counted_gpu = (clock(max(CLOCK[s], 0), row) for row in (SINCE, COUNTED, COUNTED_GPU))
    pays_monthly, pays_queries, pays_tokens = (bool(USES[s, rhythm]) for rhythm in (MONTH, QUERY, TOKEN))
    drifts, retrains, rents, serves = (bool(USES[s, rhythm]) for rhythm in (ERROR, RETRAIN, RETRAIN_GPU, GPU))
    if (drifts or retrains or rents) and CLOCK[s] < 0:
        raise TypeError("a strategy with retrains or drift states RETRAINED_EVERY")

    @jit(inline=True)
    def month_of(t: Row, i: int, before: int, now: int, weight: float) -> None:
        spent = t[before + cost + i]
        if pays_monthly:
            spent = fma(t[monthly + i], weight, spent)
        if pays_queries:
            spent = fma(t[per_query + i], t[WORTH_QUERIES + i], spent)
        if pays_tokens:
            spent = fma(t[per_token + i], t[WORTH_TOKENS + i], spent)
        if drifts:
            accuracy = fma(-t[loss + i], t[since + i], t[accuracy_at + i])
            wrong = 1.0 - select(accuracy < 0.0, 0.0, accuracy)
            errors = wrong * t[WORTH_QUERIES + i]
            spent = fma(t[per_error + i], errors, spent)
            t[sum_error + i] += errors
        if retrains:
            spent = fma(t[per_retrain + i], t[counted + i], spent)
        if rents:
            spent = fma(t[per_retrain_gpu + i], t[counted_gpu + i], spent)
        if serves:
            needed = ceil(quotient(t[load + i] * t[QUERIES + i], t[capacity + i], t[per_capacity + i]))
            gpus = select(needed < t[min_gpus + i], t[min_gpus + i], needed) * t[WORTH_GPU + i]
            spent = fma(t[per_gpu + i], gpus, spent)
            t[sum_gpu + i] += gpus
        t[now + cost + i] = spent

    return month_of


def _fold_clocks(k: int = 0) -> Callable[..., Any]:
    """One function for all clocks: each ticks, then the rest."""

    @jit(inline=True)
    def end(t: Row, i: int, month: float, before_horizon: bool, weight: float) -> None:
        pass

    if k == len(CLOCK_KEYS):
        return end
    own, rest = _tick(k), _fold_clocks(k + 1)

    @jit(inline=True)
    def both(t: Row, i: int, month: float, before_horizon: bool, weight: float) -> None:
        own(t, i, month, before_horizon, weight)
        rest(t, i, month, before_horizon, weight)

    return both


def _fold(s: int = 0) -> Callable[..., Any]:
    """One function for all strategies' months: each calls its own, then the rest."""
    own = _month_of(s)
    if s + 1 == COUNT:
        return own
    rest = _fold(s + 1)

    @jit(inline=True)
    def both(t: Row, i: int, before: int, now: int, weight: float) -> None:
        own(t, i, before, now, weight)
        rest(t, i, before, now, weight)

    return both


_all_clocks = _fold_clocks()
_all_strategies = _fold()


@jit
def one_month(t: Row, month: int, horizon: int, weight: float) -> None:
    """Add month m = 1 … H, discounted by `weight`, to the cumulative costs and present values of a tile."""
    step = 1.0 if month > 1 else 0.0
    for i in range(TILE):
        _series(t, i, step, weight)
        _all_clocks(t, i, float(month), month < horizon, weight)
        _all_strategies(t, i, 0, 0, weight)


def discount_factors(horizon: int, discount_rate: float) -> Row:
    """Present value of a dollar in each month 0 … H: (1 + r)^(-m/12), shape (H + 1,)."""
    return np.asarray((1.0 + discount_rate) ** (-np.arange(horizon + 1) / 12.0))
