"""A program run over rows: one operation after another, each on the draws of a tile.

Rows are those of a block, one flat array with `STRIDE` from one row to the next; a tile is some of its draws, few
enough that the rows of a program fit the first cache. An operation takes some tens of cycles, a quarter of them to look
it up.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.elementary import beyond_roots, exp, log, twelfth_root
from distributions.sampling.jit import STRIDE, ceil, floor, fma, jit, select
from sim.model import operations as op

TILE = 64
"""Draws in a tile."""

Row = NDArray[np.float64]
Rows = NDArray[np.int64]

_LARGEST = 709.7
_LEAST = 2.3e-308
"""Beyond these the vectorised exp and log do not hold."""


@jit(inline=True)
def _places(code: Rows, k: int, first: int) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Where the result and the arguments of an operation begin."""
    return (
        np.uint64(code[k, 1] * STRIDE + first),
        np.uint64(code[k, 2] * STRIDE + first),
        np.uint64(code[k, 3] * STRIDE + first),
        np.uint64(code[k, 4] * STRIDE + first),
    )


@jit
def _rare(operation: int, rows: Row, y: np.uint64, a: np.uint64, b: np.uint64) -> None:
    """Operations that take long, or that few programs have."""
    if operation == op.EXP:
        for i in range(TILE):
            x = rows[a + np.uint64(i)]
            result = select(x > _LARGEST, np.inf, exp(x))
            rows[y + np.uint64(i)] = select(x != x, x, select(x < -745.0, 0.0, result))
    elif operation == op.LOG:
        for i in range(TILE):
            x = rows[a + np.uint64(i)]
            result = select(x < _LEAST, select(x < 0.0, np.nan, -np.inf), log(x))
            rows[y + np.uint64(i)] = select(x < np.inf, result, x)
    elif operation == op.TWELFTH_ROOT:
        far = 0
        for i in range(TILE):
            x = rows[a + np.uint64(i)]
            rows[y + np.uint64(i)] = twelfth_root(x)
            far |= beyond_roots(x)
        if far != 0:
            for i in range(TILE):
                x = rows[a + np.uint64(i)]
                if beyond_roots(x) != 0:
                    rows[y + np.uint64(i)] = math.pow(x, 1.0 / 12.0)
    elif operation == op.POWER:
        for i in range(TILE):
            rows[y + np.uint64(i)] = rows[a + np.uint64(i)] ** rows[b + np.uint64(i)]
    elif operation == op.SQRT:
        for i in range(TILE):
            rows[y + np.uint64(i)] = math.sqrt(rows[a + np.uint64(i)])
    elif operation == op.NEGATE:
        for i in range(TILE):
            rows[y + np.uint64(i)] = -rows[a + np.uint64(i)]
    elif operation == op.LESS_EQUAL:
        for i in range(TILE):
            rows[y + np.uint64(i)] = select(rows[a + np.uint64(i)] <= rows[b + np.uint64(i)], 1.0, 0.0)
    elif operation == op.EQUAL:
        for i in range(TILE):
            rows[y + np.uint64(i)] = select(rows[a + np.uint64(i)] == rows[b + np.uint64(i)], 1.0, 0.0)


@jit
def run(code: Rows, rows: Row, first: int) -> None:
    """Run operations (operations, 6) over a tile: draws `first` … of a block's rows.

    Operations of one kind stand together as far as they can, and are found with one look: the last column says where
    the next kind begins.
    """
    k = 0
    while k < code.shape[0]:
        operation, begin, k = code[k, 0], k, code[k, 5]
        if operation == op.MULTIPLY:
            for j in range(begin, k):
                y, a, b, c = _places(code, j, first)
                for i in range(TILE):
                    rows[y + np.uint64(i)] = rows[a + np.uint64(i)] * rows[b + np.uint64(i)]
        elif operation == op.MULTIPLY_ADD:
            for j in range(begin, k):
                y, a, b, c = _places(code, j, first)
                for i in range(TILE):
                    n = np.uint64(i)
                    rows[y + n] = fma(rows[a + n], rows[b + n], rows[c + n])
        elif operation == op.ADD:
            for j in range(begin, k):
                y, a, b, c = _places(code, j, first)
                for i in range(TILE):
                    rows[y + np.uint64(i)] = rows[a + np.uint64(i)] + rows[b + np.uint64(i)]
        elif operation == op.SUBTRACT:
            for j in range(begin, k):
                y, a, b, c = _places(code, j, first)
                for i in range(TILE):
                    rows[y + np.uint64(i)] = rows[a + np.uint64(i)] - rows[b + np.uint64(i)]
        elif operation == op.DIVIDE:
            for j in range(begin, k):
                y, a, b, c = _places(code, j, first)
                for i in range(TILE):
                    rows[y + np.uint64(i)] = rows[a + np.uint64(i)] / rows[b + np.uint64(i)]
        elif operation == op.MINIMUM:
            for j in range(begin, k):
                y, a, b, c = _places(code, j, first)
                for i in range(TILE):
                    left, right = rows[a + np.uint64(i)], rows[b + np.uint64(i)]
                    rows[y + np.uint64(i)] = select(right < left, right, left)
        elif operation == op.MAXIMUM:
            for j in range(begin, k):
                y, a, b, c = _places(code, j, first)
                for i in range(TILE):
                    left, right = rows[a + np.uint64(i)], rows[b + np.uint64(i)]
                    rows[y + np.uint64(i)] = select(right > left, right, left)
        elif operation == op.WHERE:
            for j in range(begin, k):
                y, a, b, c = _places(code, j, first)
                for i in range(TILE):
                    n = np.uint64(i)
                    rows[y + n] = select(rows[a + n] != 0.0, rows[b + n], rows[c + n])
        elif operation == op.LESS:
            for j in range(begin, k):
                y, a, b, c = _places(code, j, first)
                for i in range(TILE):
                    rows[y + np.uint64(i)] = select(rows[a + np.uint64(i)] < rows[b + np.uint64(i)], 1.0, 0.0)
        elif operation == op.FLOOR:
            for j in range(begin, k):
                y, a, b, c = _places(code, j, first)
                for i in range(TILE):
                    rows[y + np.uint64(i)] = floor(rows[a + np.uint64(i)])
        elif operation == op.CEIL:
            for j in range(begin, k):
                y, a, b, c = _places(code, j, first)
                for i in range(TILE):
                    rows[y + np.uint64(i)] = ceil(rows[a + np.uint64(i)])
        elif operation == op.COPY:
            for j in range(begin, k):
                y, a, b, c = _places(code, j, first)
                for i in range(TILE):
                    rows[y + np.uint64(i)] = rows[a + np.uint64(i)]
        else:
            for j in range(begin, k):
                y, a, b, c = _places(code, j, first)
                _rare(operation, rows, y, a, b)


@jit
def fill(rows: Row, row: int, first: int, value: float) -> None:
    """One number in all draws of a tile."""
    y = np.uint64(row * STRIDE + first)
    for i in range(TILE):
        rows[y + np.uint64(i)] = value


@jit
def copy(rows: Row, source: int, target: int, first: int) -> None:
    """One row to another, in a tile."""
    a, y = np.uint64(source * STRIDE + first), np.uint64(target * STRIDE + first)
    for i in range(TILE):
        rows[y + np.uint64(i)] = rows[a + np.uint64(i)]


@jit
def add_weighted(rows: Row, source: int, target: int, first: int, weight: float) -> None:
    """target += weight * source, in a tile."""
    a, y = np.uint64(source * STRIDE + first), np.uint64(target * STRIDE + first)
    for i in range(TILE):
        rows[y + np.uint64(i)] = fma(weight, rows[a + np.uint64(i)], rows[y + np.uint64(i)])


@jit
def add_products(
    rows: Row,
    monthly: int,
    months: float,
    rate: Rows,
    unit: Rows,
    begin: int,
    end: int,
    target: int,
    first: int,
    weight: float,
) -> None:
    """target += months * monthly + weight * (rate[0] unit[0] + rate[1] unit[1] + …), in a tile.

    begin, end: of the terms, an even number; four are added in a pass over the draws, or two if no more are left.
    """
    y, m, k = np.uint64(target * STRIDE + first), np.uint64(monthly * STRIDE + first), begin
    while k < end:
        a, b = np.uint64(rate[k] * STRIDE + first), np.uint64(unit[k] * STRIDE + first)
        c, d = np.uint64(rate[k + 1] * STRIDE + first), np.uint64(unit[k + 1] * STRIDE + first)
        if k + 2 < end:
            e, f = np.uint64(rate[k + 2] * STRIDE + first), np.uint64(unit[k + 2] * STRIDE + first)
            g, h = np.uint64(rate[k + 3] * STRIDE + first), np.uint64(unit[k + 3] * STRIDE + first)
            for i in range(TILE):
                j = np.uint64(i)
                left = fma(rows[a + j], rows[b + j], rows[c + j] * rows[d + j])
                right = fma(rows[e + j], rows[f + j], rows[g + j] * rows[h + j])
                rows[y + j] = fma(weight, left + right, fma(months, rows[m + j], rows[y + j]))
        else:
            for i in range(TILE):
                j = np.uint64(i)
                both = fma(rows[a + j], rows[b + j], rows[c + j] * rows[d + j])
                rows[y + j] = fma(weight, both, fma(months, rows[m + j], rows[y + j]))
        k, months = k + 4, 0.0
    if begin == end:
        add_weighted(rows, monthly, target, first, months)
