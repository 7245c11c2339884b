"""A month of a tile: growth, price declines, retrains, GPUs and errors, and each strategy's cost of the month.

What happens in a month is written once, as functions of one draw from what is carried on to what is summed, to what is
paid and to what is carried further. Runs of totals work four months in one pass over the draws, so that what is carried
stays in registers; full runs go month by month and add up what each strategy has spent.

Growth and declines advance by one multiplication a month, not by a power, and are discounted as they go. What grows by
one factor a month is not summed month by month but as a geometric series.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from distributions.sampling.jit import ceil, float_bits, fma, jit, select
from sim.kernel.columns import MONTH, ROW, TILE, Numbers, Row
from sim.kernel.fold import added, in_turn, joined, written
from sim.kernel.launch import VOLUME
from sim.kernel.series import summing
from sim.kernel.strategies import CLOCK_KEYS, COUNT, DRIFTS, SERVERS, USES
from sim.kernel.tile import (
    AGEING,
    COST,
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
    PRESENT_COUNTED,
    PRESENT_COUNTED_GPU,
    PRESENT_ERRORS,
    PRESENT_GPUS,
    PRESENT_QUERIES,
    PRESENT_TOKENS,
    QUERIES,
    QUERIES_STEP,
    RATED,
    RENTING,
    SINCE,
    SUMMED,
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

_CLOCKS, _DRIFTS, _SERVERS = range(len(CLOCK_KEYS)), range(len(DRIFTS)), range(len(SERVERS))

_CARRIED = (
    QUERIES,
    GPU_PRICE,
    *(clock(k, row) for k in _CLOCKS for row in (DUE, SINCE)),
    *(server(g, NEEDED) for g in _SERVERS),
)
"""The rows that a month changes for the next one, and that the next one's sums depend on."""

QUERIES_NOW, GPU_PRICE_NOW = range(2)
"""The first places in what is carried."""

_SERIES = ((TOTAL_QUERIES, DEMAND_STEP), (PRESENT_QUERIES, QUERIES_STEP), (PRESENT_TOKENS, TOKENS_STEP))
"""Those that are geometric series, and the factor from month to month of each."""

PAID = (PRESENT_QUERIES, PRESENT_TOKENS, *SUMMED)
"""The present values of what the lines of a month are multiplied by."""


def _rows(offsets: Sequence[int]) -> Callable[..., Any]:
    """A function to the numbers of a draw in these rows."""
    return written("t, i", ["return " + joined([f"t[{offset} + i]" for offset in offsets])])


def _put(offsets: Sequence[int]) -> Callable[..., Any]:
    """A function that puts a draw's numbers into these rows."""
    return written("t, i, numbers", [f"t[{offset} + i] = numbers[{k}]" for k, offset in enumerate(offsets)])


_carried_of, _sums_of = _rows(_CARRIED), _rows(SUMMED)
_put_carried, _put_sums, _put_paid = _put(_CARRIED), _put(SUMMED), _put(PAID)


@jit(inline=True)
def _series_paid(t: Row, i: int, carried: Numbers, month: float, weight: float) -> Numbers:
    """q(m) and q(m) P(m)."""
    return carried[QUERIES_NOW], t[TOKENS + i]


@jit(inline=True)
def _series_next(t: Row, i: int, carried: Numbers, month: float) -> Numbers:
    return carried[QUERIES_NOW] * t[QUERIES_STEP + i], carried[GPU_PRICE_NOW] * t[GPU_PRICE_STEP + i]


class _Part(NamedTuple):
    """What one row adds up: compiled functions of (t, i), what is carried, the month and its discount.

    summed: given first what is summed so far, to the new sum; fresh: the same where no model wears out before the
    horizon. paid: to what is paid in the month.
    """

    summed: Callable[..., Any]
    fresh: Callable[..., Any]
    paid: Callable[..., Any]


def _retrains(k: int, row: int) -> _Part:
    """The retrains of clock k at the month's discount or, in the row of rented GPUs, at its discounted GPU price."""
    due, place, every_month = (
        _CARRIED.index(clock(k, DUE)),
        SUMMED.index(clock(k, row)),
        clock(k, EVERY_MONTH),
    )
    rented = row == PRESENT_COUNTED_GPU

    @jit(inline=True)
    def summed(sums: Numbers, t: Row, i: int, carried: Numbers, month: float, weight: float) -> Numbers:
        price = carried[GPU_PRICE_NOW] if rented else weight
        return (select(month >= carried[due], sums[place] + price, sums[place]),)

    @jit(inline=True)
    def paid(t: Row, i: int, carried: Numbers, month: float, weight: float) -> Numbers:
        price = carried[GPU_PRICE_NOW] if rented else weight
        regular = select(month > 0.0, t[every_month + i], 0.0)
        return (select(month >= carried[due], regular + 1.0, regular) * price,)

    return _Part(summed, summed, paid)


def _retrained(k: int) -> Callable[..., Any]:
    """How clock k goes on. A training in month t serves from month t + 1 on, in which no month has gone by since."""
    due, since = (_CARRIED.index(clock(k, row)) for row in (DUE, SINCE))
    every, ageing = clock(k, EVERY), clock(k, AGEING)

    @jit(inline=True)
    def following(t: Row, i: int, carried: Numbers, month: float) -> Numbers:
        return (
            select(month >= carried[due], carried[due] + t[every + i], carried[due]),
            select(month >= carried[due], 0.0, carried[since] + t[ageing + i]),
        )

    return following


def _errors(e: int) -> _Part:
    """Queries times the months that have made their answers worse, summed; the wrong answers of a month."""
    since, place = _CARRIED.index(clock(DRIFTS[e][0], SINCE)), SUMMED.index(drift(e, PRESENT_ERRORS))
    wrong, oldest = drift(e, WRONG), drift(e, OLDEST)

    @jit(inline=True)
    def age(t: Row, i: int, carried: Numbers) -> float:
        return select(carried[since] > t[oldest + i], t[oldest + i], carried[since])

    @jit(inline=True)
    def summed(sums: Numbers, t: Row, i: int, carried: Numbers, month: float, weight: float) -> Numbers:
        return (fma(age(t, i, carried), carried[QUERIES_NOW], sums[place]),)

    @jit(inline=True)
    def fresh(sums: Numbers, t: Row, i: int, carried: Numbers, month: float, weight: float) -> Numbers:
        return (fma(carried[since], carried[QUERIES_NOW], sums[place]),)

    @jit(inline=True)
    def paid(t: Row, i: int, carried: Numbers, month: float, weight: float) -> Numbers:
        return (fma(t[LOSS + i], age(t, i, carried), t[wrong + i]) * carried[QUERIES_NOW],)

    return _Part(summed, fresh, paid)


def _gpus(g: int) -> _Part:
    """The month's GPUs at its discounted price."""
    needed, place, least = (
        _CARRIED.index(server(g, NEEDED)),
        SUMMED.index(server(g, PRESENT_GPUS)),
        server(g, MIN_GPUS),
    )

    @jit(inline=True)
    def gpus(t: Row, i: int, carried: Numbers) -> float:
        whole = ceil(carried[needed])
        return select(whole < t[least + i], t[least + i], whole)

    @jit(inline=True)
    def summed(sums: Numbers, t: Row, i: int, carried: Numbers, month: float, weight: float) -> Numbers:
        return (fma(gpus(t, i, carried), carried[GPU_PRICE_NOW], sums[place]),)

    @jit(inline=True)
    def paid(t: Row, i: int, carried: Numbers, month: float, weight: float) -> Numbers:
        return (gpus(t, i, carried) * carried[GPU_PRICE_NOW],)

    return _Part(summed, summed, paid)


def _load(g: int) -> Callable[..., Any]:
    """How the load of a server goes on."""
    needed = _CARRIED.index(server(g, NEEDED))

    @jit(inline=True)
    def following(t: Row, i: int, carried: Numbers, month: float) -> Numbers:
        return (carried[needed] * t[DEMAND_STEP + i],)

    return following


_parts = [
    *(_retrains(k, PRESENT_COUNTED) for k in _CLOCKS),
    *(_retrains(k, PRESENT_COUNTED_GPU) for k in RENTING),
    *(_errors(e) for e in _DRIFTS),
    *(_gpus(g) for g in _SERVERS),
]
"""In the order of `SUMMED`."""

_sum = added([part.summed for part in _parts])
_sum_fresh = added([part.fresh for part in _parts])
_paid = added([_series_paid, *(part.paid for part in _parts)])
"""What is paid in a month, per unit of a coefficient, in the order of `PAID`."""

_next = added([_series_next, *(_retrained(k) for k in _CLOCKS), *(_load(g) for g in _SERVERS)])
"""What is carried on to the next month, in the order of `_CARRIED`."""


def _spent_by(s: int) -> list[str]:
    """The month added to the cumulative cost of strategy s, for the rhythms that it has lines on."""
    cost = f"t[{COST + s * ROW} + i]"
    paid = {r: "weight" if r == MONTH else f"paid[{PAID.index(present(s, r))}]" for r in RATED if USES[s, r]}
    lines = [f"spent = fma(t[{rate(s, r)} + i], {unit}, spent)" for r, unit in paid.items()]
    return [f"spent = {cost}", *lines, f"{cost} = spent"]


_all_spent = written("t, i, weight, paid", [line for s in range(COUNT) for line in _spent_by(s)], fma=fma)


@jit(inline=True)
def calendar(month: int, horizon: int) -> float:
    """Month m = 1 … H as retrains see it: in month H none is due, nor is one in a month 0."""
    return float(month) if month < horizon else 0.0


@jit
def one_month(t: Row, month: float, weight: float) -> None:
    """Add a month of the `calendar`, discounted by `weight`, to the sums and the cumulative costs of a tile."""
    for i in range(TILE):
        carried = _carried_of(t, i)
        paid = _paid(t, i, carried, month, weight)
        _all_spent(t, i, weight, paid)
        _put_sums(t, i, _sum(_sums_of(t, i), t, i, carried, month, weight))
        _put_carried(t, i, _next(t, i, carried, month))
        t[TOKENS + i] *= t[TOKENS_STEP + i]


@jit
def pay_month(t: Row, month: float) -> None:
    """A month of the `calendar`, undiscounted, in the rows of present values, and by itself."""
    for i in range(TILE):
        carried = _carried_of(t, i)
        _put_paid(t, i, _paid(t, i, carried, month, 1.0))
        _put_carried(t, i, _next(t, i, carried, month))
        t[TOKENS + i] *= t[TOKENS_STEP + i]


def _summing(add: Callable[..., Any]) -> Callable[..., Any]:
    """All months added to the sums of a tile by `add`, four in one pass over the draws."""

    @jit
    def single(t: Row, month: float, weight: float) -> None:
        for i in range(TILE):
            carried = _carried_of(t, i)
            _put_sums(t, i, add(_sums_of(t, i), t, i, carried, month, weight))
            _put_carried(t, i, _next(t, i, carried, month))

    @jit
    def four(t: Row, month: float, last: float, discount: Row) -> None:
        month_2, month_3 = month + 1.0, month + 2.0
        for i in range(TILE):
            carried, sums = _carried_of(t, i), _sums_of(t, i)
            sums, carried = add(sums, t, i, carried, month, discount[0]), _next(t, i, carried, month)
            sums, carried = add(sums, t, i, carried, month_2, discount[1]), _next(t, i, carried, month_2)
            sums, carried = add(sums, t, i, carried, month_3, discount[2]), _next(t, i, carried, month_3)
            sums, carried = add(sums, t, i, carried, last, discount[3]), _next(t, i, carried, last)
            _put_sums(t, i, sums)
            _put_carried(t, i, carried)

    @jit
    def months(t: Row, discount: Row) -> None:
        horizon = discount.size - 1
        month = 1
        while month + 3 <= horizon:
            four(t, float(month), calendar(month + 3, horizon), discount[month:])
            month += 4
        while month <= horizon:
            single(t, calendar(month, horizon), discount[month])
            month += 1

    return months


_sum_months, _sum_fresh_months = _summing(_sum), _summing(_sum_fresh)


@jit
def sum_months(t: Row, discount: Row, worn: bool) -> None:
    """Add all months to the sums of a tile. discount (H + 1,). worn: as `start` has found."""
    if worn:
        _sum_months(t, discount)
    else:
        _sum_fresh_months(t, discount)


_sum_series = summing(_SERIES)


def _regular(k: int) -> Callable[..., Any]:
    """The retrains that are in every month, added."""
    every_month, counted, rented = (
        clock(k, EVERY_MONTH),
        clock(k, PRESENT_COUNTED),
        clock(k, PRESENT_COUNTED_GPU),
    )
    rents = k in RENTING

    @jit(inline=True)
    def add(t: Row, discount: Row) -> None:
        for i in range(TILE):
            price = discount[1]
            for month in range(1, discount.size - 1):
                t[counted + i] += t[every_month + i] * discount[month]
                if rents:
                    t[rented + i] += t[every_month + i] * price
                    price *= t[GPU_PRICE_STEP + i]

    return add


_all_regular = in_turn([_regular(k) for k in _CLOCKS])
_any_regular = written(
    "t, i",
    ["return " + " | ".join(f"float_bits(t[{clock(k, EVERY_MONTH)} + i])" for k in _CLOCKS)],
    float_bits=float_bits,
)


def _errors_finished(e: int) -> Callable[..., Any]:
    errors, wrong = drift(e, PRESENT_ERRORS), drift(e, WRONG)

    @jit(inline=True)
    def finished(t: Row, i: int) -> None:
        t[errors + i] = fma(t[LOSS + i], t[errors + i], t[wrong + i] * t[PRESENT_QUERIES + i])

    return finished


_all_errors = in_turn([_errors_finished(e) for e in _DRIFTS])


@jit
def finish(x: Row, t: Row, discount: Row) -> None:
    """Present values, of what is summed and of what has not been. x: a block's values from the tile's first draw on."""
    _sum_series(t, discount.size - 1)
    first, regular = discount[1], 0
    for i in range(TILE):
        t[TOTAL_QUERIES + i] *= x[VOLUME + i]
        t[PRESENT_QUERIES + i] *= x[VOLUME + i] * first
        t[PRESENT_TOKENS + i] *= x[VOLUME + i] * first
        _all_errors(t, i)
        regular |= _any_regular(t, i)
    if regular != 0:
        _all_regular(t, discount)


def discount_factors(horizon: int, discount_rate: float) -> Row:
    """Present value of a dollar in each month 0 … H: (1 + r)^(-m/12), shape (H + 1,)."""
    return np.asarray((1.0 + discount_rate) ** (-np.arange(horizon + 1) / 12.0))
