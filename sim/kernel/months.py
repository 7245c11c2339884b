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
    PEAK,
    RETRAIN,
    RETRAIN_GPU,
    TILE,
    TOKENS,
    Row,
    columns,
)
from sim.kernel.fold import added, in_turn
from sim.kernel.strategies import CLOCK, CLOCK_KEYS, COUNT, NAMES, USES
from sim.kernel.tile import (
    COST,
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
    RATED,
    RETRAINED,
    TOKEN_PRICE,
    TOKEN_STEP,
    TOTAL_QUERIES,
    clock,
    present,
    rate,
    serving,
    setting,
)

QUERY_WORTH, TOKEN_WORTH, GPU_WORTH, VOLUME_NOW = range(4)
"""Places in what a month's series hands on."""

TICKS, OWN_SUMS = 3, 2
"""How many numbers a clock hands on each month, and a strategy's own rhythms."""

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


_all_started = in_turn([_start_of(s) for s in range(COUNT)])


@jit(inline=True)
def _series(t: Row, i: int, weight: float) -> tuple[float, ...]:
    """q(m), q(m) P(m) and G(m) discounted, and q(m) itself; adds to their sums, and moves the series on by a month."""
    queries, token_price, gpu_price = t[QUERIES + i], t[TOKEN_PRICE + i], t[GPU_PRICE + i]
    worth = queries * weight
    worth_tokens = worth * token_price
    t[TOTAL_QUERIES + i] += queries
    t[PRESENT_QUERIES + i] += worth
    t[PRESENT_TOKENS + i] += worth_tokens
    t[QUERIES + i] = queries * t[QUERY_STEP + i]
    t[TOKEN_PRICE + i] = token_price * t[TOKEN_STEP + i]
    t[GPU_PRICE + i] = gpu_price * t[GPU_STEP + i]
    return worth, worth_tokens, gpu_price * weight, queries


def _tick(k: int) -> Callable[..., Any]:
    """The month of clock k: hands back months since the last training, retrains discounted, and those times G(m).

    Retrains: n(m) = floor(m/k) - floor((m-1)/k) in month m < H and none in month H. A training in month t serves from
    month t + 1 on, so that in month m the months since the last training are m - 1 - t.
    """
    every, per_every, retrained, last, sum_counted, sum_gpu = (
        clock(k, row) for row in (EVERY, PER_EVERY, RETRAINED, LAST, PRESENT_COUNTED, PRESENT_COUNTED_GPU)
    )
    rents = any(CLOCK[s] == k and USES[s, RETRAIN_GPU] for s in range(COUNT))

    @jit(inline=True)
    def tick(
        t: Row, i: int, month: float, before_horizon: bool, weight: float, worth: tuple[float, ...]
    ) -> tuple[float, ...]:
        since = month - 1.0 - t[last + i]
        due = floor(quotient(month, t[every + i], t[per_every + i]))
        so_far = select(before_horizon, due, t[retrained + i])
        count = so_far - t[retrained + i]
        t[retrained + i] = so_far
        t[last + i] = select(count > 0.0, month, t[last + i])
        counted, counted_gpu = count * weight, 0.0
        t[sum_counted + i] += counted
        if rents:
            counted_gpu = count * worth[GPU_WORTH]
            t[sum_gpu + i] += counted_gpu
        return since, counted, counted_gpu

    return tick


def _own_of(s: int) -> Callable[..., Any]:
    """The month's errors and GPUs of strategy s, discounted, the latter times G(m); 0 where it has none."""
    sum_gpu, sum_error = (present(s, rhythm) for rhythm in (GPU, ERROR))
    accuracy_at, loss = (setting(s, position) for position in (ACCURACY, LOSS))
    load, per_capacity = serving(s)
    capacity, min_gpus = setting(s, CAPACITY), setting(s, MIN_GPUS)
    since = TICKS * CLOCK[s]
    drifts, serves = bool(USES[s, ERROR]), bool(USES[s, GPU])

    @jit(inline=True)
    def own(t: Row, i: int, worth: tuple[float, ...], ticks: tuple[float, ...]) -> tuple[float, ...]:
        errors = gpus = 0.0
        if drifts:
            accuracy = fma(-t[loss + i], ticks[since], t[accuracy_at + i])
            wrong = 1.0 - select(accuracy < 0.0, 0.0, accuracy)
            errors = wrong * worth[QUERY_WORTH]
            t[sum_error + i] += errors
        if serves:
            needed = ceil(quotient(t[load + i] * worth[VOLUME_NOW], t[capacity + i], t[per_capacity + i]))
            gpus = select(needed < t[min_gpus + i], t[min_gpus + i], needed) * worth[GPU_WORTH]
            t[sum_gpu + i] += gpus
        return errors, gpus

    return own


def _spent_by(s: int) -> Callable[..., Any]:
    """The month added to the cumulative cost of strategy s, compiled for the rhythms that it has lines on."""
    cost = COST + s * TILE
    monthly, per_query, per_token, per_retrain, per_retrain_gpu, per_gpu, per_error = (
        rate(s, rhythm) for rhythm in RATED
    )
    pays_monthly, pays_queries, pays_tokens, retrains, rents, serves, drifts = (
        bool(USES[s, rhythm]) for rhythm in RATED
    )
    counted, counted_gpu = TICKS * CLOCK[s] + 1, TICKS * CLOCK[s] + 2
    errors, gpus = OWN_SUMS * s, OWN_SUMS * s + 1

    @jit(inline=True)
    def spent_by(
        t: Row,
        i: int,
        weight: float,
        worth: tuple[float, ...],
        ticks: tuple[float, ...],
        own: tuple[float, ...],
    ) -> None:
        spent = t[cost + i]
        if pays_monthly:
            spent = fma(t[monthly + i], weight, spent)
        if pays_queries:
            spent = fma(t[per_query + i], worth[QUERY_WORTH], spent)
        if pays_tokens:
            spent = fma(t[per_token + i], worth[TOKEN_WORTH], spent)
        if drifts:
            spent = fma(t[per_error + i], own[errors], spent)
        if retrains:
            spent = fma(t[per_retrain + i], ticks[counted], spent)
        if rents:
            spent = fma(t[per_retrain_gpu + i], ticks[counted_gpu], spent)
        if serves:
            spent = fma(t[per_gpu + i], own[gpus], spent)
        t[cost + i] = spent

    return spent_by


for _s in range(COUNT):
    if CLOCK[_s] < 0 and (USES[_s, RETRAIN] or USES[_s, RETRAIN_GPU] or USES[_s, ERROR]):
        raise TypeError(f"{NAMES[_s]} has retrains or drifts: it must state RETRAINED_EVERY")

_all_clocks = added([_tick(k) for k in range(len(CLOCK_KEYS))])
_all_own = added([_own_of(s) for s in range(COUNT)])
_all_spent = in_turn([_spent_by(s) for s in range(COUNT)])


@jit(inline=True)
def _summed(
    t: Row, i: int, month: int, horizon: int, weight: float
) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    """A draw's month added to present values: its series, clocks and strategies' own rhythms are handed back."""
    worth = _series(t, i, weight)
    ticks = _all_clocks(t, i, float(month), month < horizon, weight, worth)
    return worth, ticks, _all_own(t, i, worth, ticks)


@jit
def one_month(t: Row, month: int, horizon: int, weight: float) -> None:
    """Add month m = 1 … H, discounted by `weight`, to the present values and cumulative costs of a tile."""
    for i in range(TILE):
        worth, ticks, own = _summed(t, i, month, horizon, weight)
        _all_spent(t, i, weight, worth, ticks, own)


@jit
def sum_month(t: Row, month: int, horizon: int, weight: float) -> None:
    """The same for present values alone."""
    for i in range(TILE):
        _summed(t, i, month, horizon, weight)


def discount_factors(horizon: int, discount_rate: float) -> Row:
    """Present value of a dollar in each month 0 … H: (1 + r)^(-m/12), shape (H + 1,)."""
    return np.asarray((1.0 + discount_rate) ** (-np.arange(horizon + 1) / 12.0))
