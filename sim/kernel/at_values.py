"""The cost model at given values, nothing reduced: costs by month and line items, and one strategy's months in full."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import BLOCK, STRIDE, floor, jit
from sim.kernel.block import Scratch, annuity_of, begin_tile, load_block, sum_tile
from sim.kernel.columns import GPU, ROW, TILE
from sim.kernel.launch import put_factors
from sim.kernel.lines import LINES, load_rates, put_items, sum_lines
from sim.kernel.months import PAID, calendar, finish, one_month, pay_month
from sim.kernel.repricing import Prices, change_rates, keep_values, put_stretches
from sim.kernel.strategies import COUNT, FIRST_LINE, USES
from sim.kernel.tile import COST, GPU_PRICE, PRESENT_MONTHLY, PRESENT_ONCE, QUERIES, TOTAL_QUERIES, present

_PAID = np.array(PAID)

_GPUS = np.array([present(s, GPU) if USES[s, GPU] else -1 for s in range(COUNT)])
"""Where in a tile the GPUs of each strategy are summed, times their price; -1 for one that rents none."""


@jit
def evaluate_values(
    values: NDArray[np.float64],
    discount: NDArray[np.float64],
    prices: Prices,
    work: Scratch,
    cumulative: NDArray[np.float64],
    items: NDArray[np.float64],
    queries: NDArray[np.float64],
) -> None:
    """The cost model at given values, nothing reduced.

    values (inputs, n), discount (H+1,) -> cumulative discounted cost (S, H+1, n), queries over the horizon (n,) and
    each line's present value, items (lines, n); items is left alone where it is empty. Of a cumulative cost of shape
    (S, 1, n) the last month's is wanted alone.
    """
    every_month = cumulative.shape[1] > 1
    n = values.shape[1]
    horizon = discount.size - 1
    t, changing = work.tile, prices.first.size > 2
    for first in range(0, n, BLOCK):
        lanes = min(BLOCK, n - first)
        load_block(values, first, lanes, work.values, STRIDE)
        put_factors(work.values, work.factors)
        for number in range((lanes + TILE - 1) // TILE):
            left, at = min(TILE, lanes - number * TILE), first + number * TILE
            x = work.values[number * TILE :]
            for k in range(items.shape[0]):
                for i in range(left):
                    items[k, at + i] = 0.0
            keep_values(x, t, prices)
            if every_month:
                begin_tile(work, number, discount[1], horizon)
                load_rates(x, t)
                for month in range(horizon):
                    if month > 0:
                        change_rates(x, t, prices, month)
                        one_month(t, calendar(month, horizon), discount[month])
                    for s in range(COUNT):
                        cost = COST + s * ROW
                        for i in range(left):
                            cumulative[s, month, at + i] = t[cost + i]
                change_rates(x, t, prices, horizon)
                one_month(t, calendar(horizon, horizon), discount[horizon])
                finish(x, t, discount)
            else:
                sum_tile(work, discount, number)
            if changing:
                put_stretches(x, t, discount, prices, left, items, at)
            else:
                sum_lines(x, t, annuity_of(discount))
                if items.size > 0:
                    put_items(x, t, left, items, at)
            for s in range(COUNT):
                cost = COST + s * ROW
                for i in range(left):
                    cumulative[s, -1, at + i] = t[cost + i]
            for i in range(left):
                queries[at + i] = t[TOTAL_QUERIES + i]


def trace_values(
    values: NDArray[np.float64],
    horizon: int,
    strategy: int,
    prices: Prices,
    work: Scratch,
    months: NDArray[np.float64],
    queries: NDArray[np.float64],
    gpus: NDArray[np.float64],
) -> None:
    """Undiscounted months of one strategy at given values, (inputs, n).

    Fills months (lines of the strategy, H+1, n), queries (H+1, n), and gpus (H+1, n) where the strategy rents any.
    """
    items, price = np.empty((LINES, TILE)), np.empty(TILE)
    _trace(values, horizon, strategy, prices, work, items, price, months, queries, gpus)


@jit
def _trace(
    values: NDArray[np.float64],
    horizon: int,
    strategy: int,
    prices: Prices,
    work: Scratch,
    items: NDArray[np.float64],
    price: NDArray[np.float64],
    months: NDArray[np.float64],
    queries: NDArray[np.float64],
    gpus: NDArray[np.float64],
) -> None:
    """The same; items (lines, a tile's draws) and price (of a tile) are scratch."""
    t, first_line = work.tile, FIRST_LINE[strategy]
    for first in range(0, values.shape[1], BLOCK):
        lanes = min(BLOCK, values.shape[1] - first)
        load_block(values, first, lanes, work.values, STRIDE)
        put_factors(work.values, work.factors)
        for number in range((lanes + TILE - 1) // TILE):
            left, at = min(TILE, lanes - number * TILE), first + number * TILE
            # nothing is discounted
            x = work.values[number * TILE :]
            begin_tile(work, number, 1.0, horizon)
            load_rates(x, t)
            keep_values(x, t, prices)
            for row in _PAID:
                t[row : row + TILE] = 0.0
            for month in range(horizon + 1):
                t[PRESENT_ONCE : PRESENT_ONCE + TILE] = 1.0 if month == 0 else 0.0
                t[PRESENT_MONTHLY : PRESENT_MONTHLY + TILE] = 1.0 if month > 0 else 0.0
                for i in range(TILE):
                    price[i] = t[GPU_PRICE + i]
                for i in range(left):
                    queries[month, at + i] = t[QUERIES + i] if month > 0 else 0.0
                if month > 0:
                    change_rates(x, t, prices, month)
                    pay_month(t, calendar(month, horizon))
                items[:] = 0.0
                put_items(x, t, left, items, 0)
                for k in range(months.shape[0]):
                    for i in range(left):
                        months[k, month, at + i] = items[first_line + k, i]
                if _GPUS[strategy] >= 0:
                    for i in range(left):
                        rented = floor(t[_GPUS[strategy] + i] / price[i] + 0.5)
                        gpus[month, at + i] = rented if month > 0 else 0.0
