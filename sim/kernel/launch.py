"""A tile before its first month: the factors from month to month, and what is carried and stays.

Retrains, wear and load begin here; how they go on is in `months.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from distributions.sampling.elementary import beyond_roots, exp, log, twelfth_root
from distributions.sampling.jit import BLOCK, STRIDE, float_bits, floor, jit
from sim.kernel.columns import SLACK, TILE, Row, columns
from sim.kernel.fold import in_turn, written
from sim.kernel.strategies import CLOCK_KEYS, DRIFTS, SERVERS, SERVING
from sim.kernel.tile import (
    AGEING,
    DEMAND_STEP,
    DUE,
    EVERY,
    EVERY_MONTH,
    GPU_PRICE,
    GPU_PRICE_STEP,
    LOSS,
    MIN_GPUS,
    NEEDED,
    OLDEST,
    PRESENT_ONCE,
    QUERIES,
    QUERIES_STEP,
    SINCE,
    SUMMED,
    TOKENS,
    TOKENS_STEP,
    WRONG,
    clock,
    drift,
    server,
)

VOLUME, GROWTH, PRICE_DECLINE, GPU_DECLINE = columns(
    "workload.queries_per_month", "workload.annual_growth", "price.annual_decline", "gpu.annual_decline"
)
(QUARTERLY_LOSS,) = columns("quality.loss_per_quarter")

_OF_TOKENS, _OF_GPUS = STRIDE, 2 * STRIDE
FACTORS = 3
"""Rows of a block's factors from month to month."""

_NEARLY = 1.0 - SLACK


@jit
def _factor(yearly: Row, sign: float, monthly: Row) -> None:
    """The factor a month, (1 ± yearly)^(1/12), of a block; an input that is certain is worked out once."""
    far, differing = 0, 0
    for i in range(BLOCK):
        differing |= float_bits(yearly[i]) ^ float_bits(yearly[0])
    if differing == 0:
        x = 1.0 + sign * yearly[0]
        monthly[:] = twelfth_root(x) if beyond_roots(x) == 0 else exp(log(x) * (1.0 / 12.0))
        return
    for i in range(BLOCK):
        x = 1.0 + sign * yearly[i]
        monthly[i] = twelfth_root(x)
        far |= beyond_roots(x)
    if far != 0:
        for i in range(BLOCK):
            x = 1.0 + sign * yearly[i]
            if beyond_roots(x) != 0:
                monthly[i] = exp(log(x) * (1.0 / 12.0))


@jit
def put_factors(x: Row, factors: Row) -> None:
    """The factors from month to month of a block: of demand, and of the prices of tokens and of GPUs.

    x: the block's values. A tile at a time would take longer: a root is a long chain of multiply-adds.
    """
    _factor(x[GROWTH : GROWTH + BLOCK], 1.0, factors[:BLOCK])
    _factor(x[PRICE_DECLINE : PRICE_DECLINE + BLOCK], -1.0, factors[_OF_TOKENS : _OF_TOKENS + BLOCK])
    _factor(x[GPU_DECLINE : GPU_DECLINE + BLOCK], -1.0, factors[_OF_GPUS : _OF_GPUS + BLOCK])


def _clock_started(k: int) -> Callable[..., Any]:
    every, due, since = clock(k, EVERY), clock(k, DUE), clock(k, SINCE)
    every_month, ageing = clock(k, EVERY_MONTH), clock(k, AGEING)
    (interval,) = columns(CLOCK_KEYS[k])

    @jit(inline=True)
    def started(x: Row, t: Row, i: int) -> None:
        t[every + i] = x[interval + i] * _NEARLY
        t[due + i] = x[interval + i] * _NEARLY
        t[since + i] = 0.0
        t[every_month + i] = 0.0
        t[ageing + i] = 1.0

    return started


def _clock_often(k: int) -> Callable[..., Any]:
    """Where k < 1, floor(1/k) retrains are in every month, and the rest of the rate 1/k makes a clock of its own."""
    every, due, every_month, ageing = (clock(k, row) for row in (EVERY, DUE, EVERY_MONTH, AGEING))
    (interval,) = columns(CLOCK_KEYS[k])

    @jit(inline=True)
    def often(x: Row, t: Row) -> None:
        for i in range(TILE):
            if x[interval + i] < 1.0:
                a_month = 1.0 / x[interval + i]
                t[every_month + i] = floor(a_month)
                t[every + i] = _NEARLY / (a_month - floor(a_month))
                t[due + i] = t[every + i]
                t[ageing + i] = 0.0

    return often


def _drift_started(e: int) -> Callable[..., Any]:
    wrong, oldest = drift(e, WRONG), drift(e, OLDEST)
    (accuracy,) = columns(DRIFTS[e][1])

    @jit(inline=True)
    def started(x: Row, t: Row, i: int) -> None:
        t[wrong + i] = 1.0 - x[accuracy + i]
        t[oldest + i] = np.inf

    return started


def _drift_wearing(e: int) -> Callable[..., Any]:
    oldest = drift(e, OLDEST)
    (accuracy,) = columns(DRIFTS[e][1])

    @jit(inline=True)
    def wearing(x: Row, t: Row) -> None:
        for i in range(TILE):
            t[oldest + i] = x[accuracy + i] / t[LOSS + i]

    return wearing


def _server_started(g: int) -> Callable[..., Any]:
    needed, least = server(g, NEEDED), server(g, MIN_GPUS)
    serving = SERVING[g]

    @jit(inline=True)
    def started(x: Row, t: Row, i: int) -> None:
        tokens, capacity, min_gpus = serving(x, i)
        t[needed + i] = tokens * x[VOLUME + i] / capacity
        t[least + i] = min_gpus

    return started


_all_started = in_turn(
    [
        *(_clock_started(k) for k in range(len(CLOCK_KEYS))),
        *(_drift_started(e) for e in range(len(DRIFTS))),
        *(_server_started(g) for g in range(len(SERVERS))),
    ]
)
_all_often = in_turn([_clock_often(k) for k in range(len(CLOCK_KEYS))])
_under_one = written(
    "x, i",
    ["return " + " | ".join(f"float_bits(x[{columns(key)[0]} + i] - 1.0)" for key in CLOCK_KEYS)],
    float_bits=float_bits,
)
"""Below zero where a clock has k < 1."""
_all_wearing = in_turn([_drift_wearing(e) for e in range(len(DRIFTS))])
_worn = written(
    "x, i, lost",
    ["return " + " | ".join(f"float_bits(x[{columns(key)[0]} + i] - lost)" for _, key in DRIFTS)],
    float_bits=float_bits,
)
"""Below zero where a model that is never trained again has all answers wrong before so much accuracy is lost."""
_all_cleared = written("t, i", [f"t[{row} + i] = 0.0" for row in SUMMED])


@jit(inline=True)
def start(x: Row, factors: Row, t: Row, monthly: float, horizon: int) -> bool:
    """What is carried, and stays, before month 1. x, factors: a block's from the tile's first draw on; t: the tile.

    monthly: present value of a dollar in a month's time. Returns whether a model could be wrong in all answers in time.
    """
    often, worn = 0, 0
    for i in range(TILE):
        _all_cleared(t, i)
        t[PRESENT_ONCE + i] = 1.0
        t[DEMAND_STEP + i] = factors[i]
        t[QUERIES_STEP + i] = factors[i] * monthly
        t[TOKENS_STEP + i] = factors[i] * monthly * factors[_OF_TOKENS + i]
        t[GPU_PRICE_STEP + i] = monthly * factors[_OF_GPUS + i]
        t[QUERIES + i] = x[VOLUME + i] * monthly
        t[TOKENS + i] = x[VOLUME + i] * monthly
        t[GPU_PRICE + i] = monthly
        t[LOSS + i] = x[QUARTERLY_LOSS + i] * (1.0 / 3.0)
        _all_started(x, t, i)
        often |= _under_one(x, i)
        worn |= _worn(x, i, t[LOSS + i] * horizon)
    if often < 0:
        _all_often(x, t)
    if worn < 0:
        _all_wearing(x, t)
    return worn < 0
