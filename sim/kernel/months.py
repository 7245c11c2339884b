"""A tile through its months: what each costs, and the present value of what lines are paid by.

Numbers of a month are not discounted; the month's weight comes in where they are added up.
"""

from __future__ import annotations

import numpy as np

from distributions.sampling.jit import REPLICATES, STRIDE, fma, jit
from sim.kernel.prices import Prices, keep_values, put_values
from sim.kernel.rows import TILE, Row, Rows, add_products, add_weighted, copy, fill, run
from sim.model.code import Code


def discount_factors(horizon: int, discount_rate: float) -> Row:
    """Present value of a dollar in each month 0 … H: (1 + r)^(-m/12), shape (H + 1,)."""
    return np.asarray((1.0 + discount_rate) ** (-np.arange(horizon + 1) / 12.0))


@jit(inline=True)
def begin(code: Code, rows: Row, first: int, prices: Prices, aside: Row) -> None:
    """What is worked before month 1; costs are those of setup, and nothing has been paid in a month."""
    keep_values(rows, first, prices, aside)
    run(code.setup, rows, first)
    for k in range(code.total_queries.size):
        fill(rows, code.total_queries[k], first, 0.0)
    for k in range(code.worth.size):
        fill(rows, code.worth[k], first, 0.0)
    for s in range(code.cost.size):
        copy(rows, code.once[s], code.cost[s], first)
        copy(rows, code.once[s], code.total[s], first)


@jit(inline=True)
def begin_month(code: Code, rows: Row, first: int, month: int, prices: Prices, aside: Row) -> int:
    """What is worked in month m = 1 … H, at its prices; returns 0 for an odd month, 1 for an even one."""
    for stretch in range(1, prices.first.size - 1):
        if prices.first[stretch] == month:
            put_values(rows, first, prices, stretch, aside)
            run(code.changed, rows, first)
    parity = (month + 1) % 2
    fill(rows, code.month, first, float(month))
    run(code.even if parity else code.odd, rows, first)
    return parity


@jit(inline=True)
def _add_costs(code: Code, rows: Row, first: int, unit: Rows, to: Rows, weight: float, months: float) -> None:
    """Add what each strategy pays for its units, times `weight`, and its monthly costs times `months`."""
    for s in range(to.size):
        begin, end = code.first_term[s], code.first_term[s + 1]
        add_products(rows, code.monthly[s], months, code.rate, unit, begin, end, to[s], first, weight)


@jit(inline=True)
def add_month(code: Code, rows: Row, first: int, parity: int, weight: float, spending: bool) -> None:
    """Add a month to the present values of what lines are paid by and, if wanted, to what each strategy has spent."""
    for k in range(code.total_queries.size):
        add_weighted(rows, code.queries[parity, k], code.total_queries[k], first, 1.0)
    for k in range(code.worth.size):
        add_weighted(rows, code.series[parity, k], code.worth[k], first, weight)
    if spending:
        _add_costs(code, rows, first, code.unit[parity], code.cost, weight, weight)


@jit(inline=True)
def ends_stretch(prices: Prices, month: int) -> bool:
    """Whether a month is the last one of a stretch; month 0 is, where a price changes in month 1."""
    ends = False
    for stretch in range(1, prices.first.size):
        ends |= prices.first[stretch] == month + 1
    return ends


@jit(inline=True)
def close_stretch(code: Code, rows: Row, first: int, annuity: float) -> None:
    """Add a stretch to the costs over the horizon, from the present values of what lines are paid by.

    annuity: present value of a dollar in each of its months.
    """
    if code.a_month >= 0:
        fill(rows, code.a_month, first, annuity)
    _add_costs(code, rows, first, code.unit_worth, code.total, 1.0, annuity)


@jit(inline=True)
def open_stretch(code: Code, rows: Row, first: int) -> None:
    """Nothing has been paid in a stretch yet."""
    for k in range(code.worth.size):
        fill(rows, code.worth[k], first, 0.0)


@jit(inline=True)
def end(code: Code, rows: Row, first: int, prices: Prices, aside: Row) -> None:
    """After month H: costs are those over the horizon, and changing inputs have their first values again."""
    for s in range(code.cost.size):
        copy(rows, code.total[s], code.cost[s], first)
    put_values(rows, first, prices, 0, aside)


@jit(inline=True)
def add_lines(code: Code, rows: Row, first: int, lanes: int, setup: bool, sums: Row) -> None:
    """Present values of the distinct lines of a stretch, added to those of their replicates, flat.

    setup: whether lines that are paid at setup are among them.
    """
    for k in range(code.line.size):
        if code.line_worth[k] < 0 and not setup:
            continue
        a = np.uint64(code.line[k] * STRIDE + first)
        to = np.uint64(k * REPLICATES)
        if code.line_worth[k] < 0:
            for i in range(lanes):
                sums[to + np.uint64(i % REPLICATES)] += rows[a + np.uint64(i)]
            continue
        b = np.uint64(code.line_worth[k] * STRIDE + first)
        if lanes == TILE:
            for group in range(TILE // REPLICATES):
                for r in range(REPLICATES):
                    j, sum_at = np.uint64(group * REPLICATES + r), to + np.uint64(r)
                    sums[sum_at] = fma(rows[a + j], rows[b + j], sums[sum_at])
        else:
            for i in range(lanes):
                j = np.uint64(i)
                sums[to + np.uint64(i % REPLICATES)] += rows[a + j] * rows[b + j]


@jit(inline=True)
def put_lines(
    code: Code, rows: Row, first: int, lanes: int, setup: bool, items: Row, n: int, draw: int
) -> None:
    """The same added to the columns of items (lines, n), flat, from a draw on."""
    for k in range(code.line.size):
        a, to = np.uint64(code.line[k] * STRIDE + first), np.uint64(k * n + draw)
        if code.line_worth[k] >= 0:
            b = np.uint64(code.line_worth[k] * STRIDE + first)
            for i in range(lanes):
                items[to + np.uint64(i)] += rows[a + np.uint64(i)] * rows[b + np.uint64(i)]
        elif setup:
            for i in range(lanes):
                items[to + np.uint64(i)] += rows[a + np.uint64(i)]
