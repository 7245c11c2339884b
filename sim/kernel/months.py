"""A month of a tile: growth, price declines, retrains, GPUs and errors, and each strategy's cost of the month.

What happens in a month is written once, as functions of one draw from what is carried on to what is paid and to what is
carried further. Runs of totals work two months in one pass over the draws, so that what is carried stays in registers;
full runs go month by month and add up what each strategy has spent.

Growth and declines advance by one multiplication a month, not by a power, and are discounted as they go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from distributions.sampling.compiled import BLOCK, STRIDE, ceil, float_bits, floor, fma, jit, select
from distributions.sampling.elementary import exp, log
from sim.kernel.columns import MONTH, RETRAIN_GPU, ROW, TILE, Numbers, Row, columns
from sim.kernel.fold import added, in_turn, joined, written
from sim.kernel.strategies import CLOCK, CLOCK_KEYS, COUNT, DRIFTS, SERVERS, SERVING, USES
from sim.kernel.tile import (
    COST,
    DEMAND_STEP,
    EVERY,
    GPU_PRICE,
    GPU_PRICE_STEP,
    LOSS,
    MIN_GPUS,
    NEEDED,
    PER_EVERY,
    PRESENT_COUNTED,
    PRESENT_COUNTED_GPU,
    PRESENT_ERRORS,
    PRESENT_GPUS,
    PRESENT_QUERIES,
    PRESENT_TOKENS,
    QUERIES,
    QUERIES_STEP,
    RATED,
    RETRAINED,
    SINCE,
    TOKENS,
    TOKENS_STEP,
    TOTAL_QUERIES,
    WRONG,
    clock,
    drift,
    present,
    rate,
    server,
)

VOLUME, GROWTH, PRICE_DECLINE, GPU_DECLINE = columns(
    "workload.queries_per_month", "workload.annual_growth", "price.annual_decline", "gpu.annual_decline"
)
(QUARTERLY_LOSS,) = columns("quality.loss_per_quarter")

_OF_TOKENS, _OF_GPUS = STRIDE, 2 * STRIDE
FACTORS = 3
"""Rows of a block's factors from month to month."""

_CLOCKS, _DRIFTS, _SERVERS = range(len(CLOCK_KEYS)), range(len(DRIFTS)), range(len(SERVERS))

_RENTS = tuple(any(CLOCK[s] == k and USES[s, RETRAIN_GPU] for s in range(COUNT)) for k in _CLOCKS)
"""Whether a strategy of the clock trains on rented GPUs."""

_CARRIED = (
    QUERIES,
    TOKENS,
    GPU_PRICE,
    *(clock(k, row) for k in _CLOCKS for row in (RETRAINED, SINCE)),
    *(server(g, NEEDED) for g in _SERVERS),
)
"""The rows that a month changes for the next one."""

QUERIES_NOW, TOKENS_NOW, GPU_PRICE_NOW = range(3)
"""The first places in what is carried."""

_FIXED = (
    DEMAND_STEP,
    QUERIES_STEP,
    TOKENS_STEP,
    GPU_PRICE_STEP,
    LOSS,
    *(clock(k, row) for k in _CLOCKS for row in (EVERY, PER_EVERY)),
    *(drift(e, WRONG) for e in _DRIFTS),
    *(server(g, MIN_GPUS) for g in _SERVERS),
)
"""The rows that stay as they are."""

BY_DEMAND, BY_QUERIES, BY_TOKENS, BY_GPU_PRICE, LOST = range(5)
"""The first places in what is fixed."""

SUMMED = (
    TOTAL_QUERIES,
    PRESENT_QUERIES,
    PRESENT_TOKENS,
    *(clock(k, PRESENT_COUNTED) for k in _CLOCKS),
    *(clock(k, PRESENT_COUNTED_GPU) for k in _CLOCKS if _RENTS[k]),
    *(drift(e, PRESENT_ERRORS) for e in _DRIFTS),
    *(server(g, PRESENT_GPUS) for g in _SERVERS),
)
"""The rows that add up what is paid in each month."""


@jit(inline=True)
def quotient(a: float, b: float, per_b: float) -> float:
    """a / b to the last bit, given per_b = 1 / b: a division takes as long as ten multiplications.

    A correction by the exact remainder (P. Markstein 1990, "Computation of elementary functions on the IBM RISC
    System/6000 processor", theorem 4). For results that are neither vast nor tiny.
    """
    q = a * per_b
    return fma(fma(-q, b, a), per_b, q)


def _rows(offsets: Sequence[int]) -> Callable[..., Any]:
    """A function to the numbers of a draw in these rows."""
    return written("t, i", ["return " + joined([f"t[{offset} + i]" for offset in offsets])])


def _put(offsets: Sequence[int]) -> Callable[..., Any]:
    """A function that puts a draw's numbers into these rows."""
    return written("t, i, numbers", [f"t[{offset} + i] = numbers[{k}]" for k, offset in enumerate(offsets)])


_carried_of, _fixed_of, _sums_of = _rows(_CARRIED), _rows(_FIXED), _rows(SUMMED)
_put_carried, _put_sums = _put(_CARRIED), _put(SUMMED)
_sum = written(
    "sums, paid",
    ["return " + joined([f"fma(paid[{2 * k}], paid[{2 * k + 1}], sums[{k}])" for k in range(len(SUMMED))])],
    fma=fma,
)


@jit
def _factor(yearly: Row, sign: float, monthly: Row) -> None:
    """The factor a month, (1 ± yearly)^(1/12), of a block; an input that is certain is worked out once."""
    first, differing = float_bits(yearly[0]), 0
    for i in range(BLOCK):
        differing |= float_bits(yearly[i]) ^ first
    if differing == 0:
        monthly[:] = exp(log(1.0 + sign * yearly[0]) * (1.0 / 12.0))
    else:
        for i in range(BLOCK):
            monthly[i] = exp(log(1.0 + sign * yearly[i]) * (1.0 / 12.0))


@jit
def put_factors(x: Row, factors: Row) -> None:
    """The factors from month to month of a block: of demand, and of the prices of tokens and of GPUs.

    x: the block's values. A tile at a time would take twice as long: logarithm and exponential follow each other.
    """
    _factor(x[GROWTH : GROWTH + BLOCK], 1.0, factors[:BLOCK])
    _factor(x[PRICE_DECLINE : PRICE_DECLINE + BLOCK], -1.0, factors[_OF_TOKENS : _OF_TOKENS + BLOCK])
    _factor(x[GPU_DECLINE : GPU_DECLINE + BLOCK], -1.0, factors[_OF_GPUS : _OF_GPUS + BLOCK])


@jit(inline=True)
def start(x: Row, factors: Row, t: Row, monthly: float) -> None:
    """What is carried, and stays, before month 1. x, factors: a block's from the tile's first draw on; t: the tile.

    monthly: present value of a dollar in a month's time.
    """
    for i in range(TILE):
        t[DEMAND_STEP + i] = factors[i]
        t[QUERIES_STEP + i] = factors[i] * monthly
        t[TOKENS_STEP + i] = t[QUERIES_STEP + i] * factors[_OF_TOKENS + i]
        t[GPU_PRICE_STEP + i] = monthly * factors[_OF_GPUS + i]
    for i in range(TILE):
        t[QUERIES + i] = x[VOLUME + i] * monthly
        t[TOKENS + i] = x[VOLUME + i] * monthly
        t[GPU_PRICE + i] = monthly
        t[LOSS + i] = x[QUARTERLY_LOSS + i] * (1.0 / 3.0)
    _all_started(x, t)


def _clock_started(k: int) -> Callable[..., Any]:
    every, per_every, retrained, since = (clock(k, row) for row in (EVERY, PER_EVERY, RETRAINED, SINCE))
    (interval,) = columns(CLOCK_KEYS[k])

    @jit(inline=True, internal=True)
    def started(x: Row, t: Row) -> None:
        for i in range(TILE):
            t[every + i] = x[interval + i]
            t[per_every + i] = 1.0 / x[interval + i]
            t[retrained + i] = 0.0
            t[since + i] = 0.0

    return started


def _drift_started(e: int) -> Callable[..., Any]:
    wrong = drift(e, WRONG)
    (accuracy,) = columns(DRIFTS[e][1])

    @jit(inline=True, internal=True)
    def started(x: Row, t: Row) -> None:
        for i in range(TILE):
            t[wrong + i] = 1.0 - x[accuracy + i]

    return started


def _server_started(g: int) -> Callable[..., Any]:
    needed, least = server(g, NEEDED), server(g, MIN_GPUS)
    serving = SERVING[g]

    @jit(inline=True, internal=True)
    def started(x: Row, t: Row) -> None:
        for i in range(TILE):
            tokens, capacity, min_gpus = serving(x, i)
            t[needed + i] = tokens * x[VOLUME + i] / capacity
            t[least + i] = min_gpus

    return started


_all_started = in_turn(
    [
        *(_clock_started(k) for k in _CLOCKS),
        *(_drift_started(e) for e in _DRIFTS),
        *(_server_started(g) for g in _SERVERS),
    ]
)


@jit(inline=True)
def _series_paid(carried: Numbers, fixed: Numbers, month: float, weight: float, retrains: bool) -> Numbers:
    """q(m); q(m) and q(m) P(m) discounted."""
    return carried[QUERIES_NOW], 1.0 / weight, carried[QUERIES_NOW], 1.0, carried[TOKENS_NOW], 1.0


@jit(inline=True)
def _series_next(carried: Numbers, fixed: Numbers, month: float) -> Numbers:
    return (
        carried[QUERIES_NOW] * fixed[BY_QUERIES],
        carried[TOKENS_NOW] * fixed[BY_TOKENS],
        carried[GPU_PRICE_NOW] * fixed[BY_GPU_PRICE],
    )


def _clock(k: int) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    """What clock k pays, times the month's discount or its discounted GPU price, and how it goes on.

    Retrains: n(m) = floor(m/k) - floor((m-1)/k) in month m < H and none in month H.
    """
    retrained, since = (_CARRIED.index(clock(k, row)) for row in (RETRAINED, SINCE))
    every, per_every = (_FIXED.index(clock(k, row)) for row in (EVERY, PER_EVERY))

    @jit(inline=True, internal=True)
    def due(fixed: Numbers, month: float) -> float:
        return floor(quotient(month, fixed[every], fixed[per_every]))

    @jit(inline=True, internal=True)
    def counted(carried: Numbers, fixed: Numbers, month: float, weight: float, retrains: bool) -> Numbers:
        return due(fixed, month) - carried[retrained] if retrains else 0.0, weight

    @jit(inline=True, internal=True)
    def counted_gpu(carried: Numbers, fixed: Numbers, month: float, weight: float, retrains: bool) -> Numbers:
        return due(fixed, month) - carried[retrained] if retrains else 0.0, carried[GPU_PRICE_NOW]

    @jit(inline=True, internal=True)
    def following(carried: Numbers, fixed: Numbers, month: float) -> Numbers:
        so_far = due(fixed, month)
        return so_far, select(so_far > carried[retrained], 0.0, carried[since] + 1.0)

    return counted, counted_gpu, following


def _errors(e: int) -> Callable[..., Any]:
    """The month's wrong answers, discounted.

    A training in month t serves from month t + 1 on, in which no month has gone by since.
    """
    since, wrong = _CARRIED.index(clock(DRIFTS[e][0], SINCE)), _FIXED.index(drift(e, WRONG))

    @jit(inline=True, internal=True)
    def paid(carried: Numbers, fixed: Numbers, month: float, weight: float, retrains: bool) -> Numbers:
        share = fma(fixed[LOST], carried[since], fixed[wrong])
        return select(share > 1.0, 1.0, share), carried[QUERIES_NOW]

    return paid


def _gpus(g: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The month's GPUs at its discounted price, and how the load goes on."""
    needed, least = _CARRIED.index(server(g, NEEDED)), _FIXED.index(server(g, MIN_GPUS))

    @jit(inline=True, internal=True)
    def paid(carried: Numbers, fixed: Numbers, month: float, weight: float, retrains: bool) -> Numbers:
        gpus = ceil(carried[needed])
        return select(gpus < fixed[least], fixed[least], gpus), carried[GPU_PRICE_NOW]

    @jit(inline=True, internal=True)
    def following(carried: Numbers, fixed: Numbers, month: float) -> Numbers:
        return (carried[needed] * fixed[BY_DEMAND],)

    return paid, following


_clocks, _servers = [_clock(k) for k in _CLOCKS], [_gpus(g) for g in _SERVERS]

_paid = added(
    [
        _series_paid,
        *(counted for counted, _, _ in _clocks),
        *(counted_gpu for k, (_, counted_gpu, _) in enumerate(_clocks) if _RENTS[k]),
        *(_errors(e) for e in _DRIFTS),
        *(paid for paid, _ in _servers),
    ]
)
"""What is paid in a month, per unit of a coefficient, in the order of `SUMMED`: two factors each, so that they are
multiplied and added up at once."""

_next = added(
    [_series_next, *(following for _, _, following in _clocks), *(following for _, following in _servers)]
)
"""What is carried on to the next month, in the order of `_CARRIED`."""


def _product(k: int) -> str:
    return f"paid[{2 * k}] * paid[{2 * k + 1}]"


def _spent_by(s: int) -> list[str]:
    """The month added to the cumulative cost of strategy s, for the rhythms that it has lines on."""
    cost = f"t[{COST + s * ROW} + i]"
    paid = {r: "weight" if r == MONTH else _product(SUMMED.index(present(s, r))) for r in RATED if USES[s, r]}
    lines = [f"spent = fma(t[{rate(s, r)} + i], {unit}, spent)" for r, unit in paid.items()]
    return [f"spent = {cost}", *lines, f"{cost} = spent"]


_all_spent = written("t, i, weight, paid", [line for s in range(COUNT) for line in _spent_by(s)], fma=fma)


@jit(inline=True)
def _one_month(t: Row, month: float, weight: float, retrains: bool) -> None:
    for i in range(TILE):
        carried, fixed = _carried_of(t, i), _fixed_of(t, i)
        paid = _paid(carried, fixed, month, weight, retrains)
        _put_sums(t, i, _sum(_sums_of(t, i), paid))
        _put_carried(t, i, _next(carried, fixed, month))
        _all_spent(t, i, weight, paid)


@jit
def one_month(t: Row, month: int, horizon: int, weight: float) -> None:
    """Add month m = 1 … H, discounted by `weight`, to the present values and cumulative costs of a tile."""
    if month < horizon:
        _one_month(t, float(month), weight, True)
    else:
        _one_month(t, float(month), weight, False)


@jit
def _sum_two(t: Row, month: float, weight: float, next_weight: float) -> None:
    for i in range(TILE):
        carried, fixed, sums = _carried_of(t, i), _fixed_of(t, i), _sums_of(t, i)
        sums = _sum(sums, _paid(carried, fixed, month, weight, True))
        carried = _next(carried, fixed, month)
        month_after = month + 1.0
        sums = _sum(sums, _paid(carried, fixed, month_after, next_weight, True))
        _put_carried(t, i, _next(carried, fixed, month_after))
        _put_sums(t, i, sums)


@jit(inline=True)
def _sum_one(t: Row, month: float, weight: float, retrains: bool) -> None:
    for i in range(TILE):
        carried, fixed = _carried_of(t, i), _fixed_of(t, i)
        _put_sums(t, i, _sum(_sums_of(t, i), _paid(carried, fixed, month, weight, retrains)))
        _put_carried(t, i, _next(carried, fixed, month))


@jit
def sum_months(t: Row, discount: Row) -> None:
    """Add all months to the present values of a tile. discount (H + 1,)."""
    horizon = discount.size - 1
    month = 1
    while month + 1 < horizon:
        _sum_two(t, float(month), discount[month], discount[month + 1])
        month += 2
    if month < horizon:
        _sum_one(t, float(month), discount[month], True)
    _sum_one(t, float(horizon), discount[horizon], False)


def discount_factors(horizon: int, discount_rate: float) -> Row:
    """Present value of a dollar in each month 0 … H: (1 + r)^(-m/12), shape (H + 1,)."""
    return np.asarray((1.0 + discount_rate) ** (-np.arange(horizon + 1) / 12.0))
