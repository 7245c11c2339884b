"""The cost model at given values, nothing reduced: costs by month and line items, and every month in full."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import BLOCK, STRIDE, jit
from sim.kernel.block import Scratch, load_block
from sim.kernel.months import (
    add_month,
    begin,
    begin_month,
    close_stretch,
    end,
    ends_stretch,
    open_stretch,
    put_lines,
)
from sim.kernel.prices import Prices
from sim.kernel.rows import TILE, Row, fill
from sim.model.code import Code, Rows


@jit
def evaluate_values(
    values: NDArray[np.float64],
    discount: NDArray[np.float64],
    prices: Prices,
    code: Code,
    work: Scratch,
    cumulative: NDArray[np.float64],
    items: NDArray[np.float64],
    queries: NDArray[np.float64],
) -> None:
    """The cost model at given values, nothing reduced.

    values (inputs, n), discount (H+1,) -> cumulative discounted cost (S, H+1, n), queries over the horizon (S, n) and
    the present value of each distinct line, items (lines, n); items is left alone where it is empty. Of a cumulative
    cost of shape (S, 1, n) the last month's is wanted alone.
    """
    every_month, wanted = cumulative.shape[1] > 1, items.size > 0
    n, horizon, rows = values.shape[1], discount.size - 1, work.values
    if wanted:
        items[:] = 0.0
    for block in range(0, n, BLOCK):
        lanes = min(BLOCK, n - block)
        load_block(values, block, lanes, rows, STRIDE)
        for first in range(0, lanes, TILE):
            left, at, setup, annuity = min(TILE, lanes - first), block + first, True, 0.0
            begin(code, rows, first, prices, work.aside)
            for month in range(horizon + 1):
                if month > 0:
                    annuity += discount[month]
                    parity = begin_month(code, rows, first, month, prices, work.aside)
                    add_month(code, rows, first, parity, discount[month], every_month)
                if ends_stretch(prices, month):
                    close_stretch(code, rows, first, annuity)
                    if wanted:
                        put_lines(code, rows, first, left, setup, items.reshape(-1), n, at)
                    open_stretch(code, rows, first)
                    setup, annuity = False, 0.0
                if month == horizon:
                    end(code, rows, first, prices, work.aside)
                if every_month or month == horizon:
                    for s in range(code.cost.size):
                        cost = np.uint64(code.cost[s] * STRIDE + first)
                        for i in range(left):
                            cumulative[s, month if every_month else 0, at + i] = rows[cost + np.uint64(i)]
            for s in range(code.cost.size):
                total = np.uint64(code.queries_of[s] * STRIDE + first)
                for i in range(left):
                    queries[s, at + i] = rows[total + np.uint64(i)]


@jit
def trace_values(
    values: NDArray[np.float64],
    prices: Prices,
    code: Code,
    work: Scratch,
    watched: Rows,
    lines: NDArray[np.float64],
    steps: NDArray[np.float64],
) -> None:
    """Every month at given values, (inputs, n), undiscounted.

    watched (2, steps): rows, in odd months and in even ones. Fills lines (distinct lines, H+1, n) and steps (steps,
    H+1, n): of month 0 the steps are 0.
    """
    n, horizon, rows = values.shape[1], lines.shape[1] - 1, work.values
    lines[:] = 0.0
    steps[:] = 0.0
    for block in range(0, n, BLOCK):
        lanes = min(BLOCK, n - block)
        load_block(values, block, lanes, rows, STRIDE)
        for first in range(0, lanes, TILE):
            left, at = min(TILE, lanes - first), block + first
            begin(code, rows, first, prices, work.aside)
            for month in range(horizon + 1):
                if month > 0:
                    parity = begin_month(code, rows, first, month, prices, work.aside)
                    open_month(code, rows, first, parity)
                    for k in range(watched.shape[1]):
                        seen = np.uint64(watched[parity, k] * STRIDE + first)
                        for i in range(left):
                            steps[k, month, at + i] = rows[seen + np.uint64(i)]
                for k in range(code.line.size):
                    cost, worth = np.uint64(code.line[k] * STRIDE + first), code.line_worth[k]
                    if worth < 0:
                        for i in range(left if month == 0 else 0):
                            lines[k, 0, at + i] = rows[cost + np.uint64(i)]
                    elif month > 0:
                        unit = np.uint64(worth * STRIDE + first)
                        for i in range(left):
                            lines[k, month, at + i] = rows[cost + np.uint64(i)] * rows[unit + np.uint64(i)]
            end(code, rows, first, prices, work.aside)


@jit
def open_month(code: Code, rows: Row, first: int, parity: int) -> None:
    """What lines are paid by in this month alone, undiscounted, in the rows of their present values."""
    for k in range(code.worth.size):
        fill(rows, code.worth[k], first, 0.0)
    if code.a_month >= 0:
        fill(rows, code.a_month, first, 1.0)
    add_month(code, rows, first, parity, 1.0, spending=False)
