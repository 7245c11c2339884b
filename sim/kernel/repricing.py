"""Prices that are known to change: inputs with other values from a month of the horizon on.

Such inputs stand in coefficients alone and not in rhythms. The months between two changes are a *stretch*: what a line
costs is, stretch by stretch, its coefficient at the stretch's prices times the present value of its rhythm over the
months of the stretch. What is paid at setup has the prices of the first stretch. Where no price changes there is one
stretch, and nothing of this is worked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import STRIDE, jit
from sim.kernel.columns import KEYS, ROW, TILE, Row
from sim.kernel.fold import written
from sim.kernel.launch import VOLUME
from sim.kernel.lines import add_items, load_rates, put_items, sum_lines
from sim.kernel.strategies import COUNT
from sim.kernel.tile import (
    COST,
    PRESENT_ONCE,
    PRESENT_QUERIES,
    PRESENT_TOKENS,
    QUERIES,
    QUERIES_STEP,
    REPRICED,
    SUMMED,
    TOKENS,
    TOKENS_STEP,
    put_aside,
)


class Prices(NamedTuple):
    """The stretches of a horizon.

    first (stretches + 1,): first month of each stretch; the first one's is 1, and the last entry is H + 1. Where a
    price changes in month 1, the first stretch has the setup alone.
    row (inputs,): offset of each changing input's row in a block. times, plus (stretches, inputs): an input's value in
    a stretch is its value in the first one times the one and plus the other.
    """

    first: NDArray[np.int64]
    row: NDArray[np.int64]
    times: NDArray[np.float64]
    plus: NDArray[np.float64]


def prices(horizon: int, changes: Iterable[tuple[int, str, float, float]] = ()) -> Prices:
    """The stretches of a horizon in which inputs change.

    changes: month, input, times and plus, the last two against the value at setup; the later of two that are in effect
    counts. Changes after the horizon are left out.
    """
    known = sorted((change for change in changes if change[0] <= horizon), key=lambda change: change[0])
    months = sorted({max(month, 1) for month, *_ in known})
    keys = sorted({key for _, key, *_ in known})
    if len(keys) > REPRICED:
        raise ValueError(f"{len(keys)} inputs change, allowed: {REPRICED}")
    times, plus = np.ones((len(months) + 1, len(keys))), np.zeros((len(months) + 1, len(keys)))
    for month, key, factor, added in known:
        stretch, column = 1 + months.index(max(month, 1)), keys.index(key)
        times[stretch:, column], plus[stretch:, column] = factor, added
    return Prices(
        np.array([1, *months, horizon + 1]),
        np.array([KEYS.index(key) * STRIDE for key in keys], dtype=np.int64),
        times,
        plus,
    )


_SPENT, _VALUES = put_aside(0), put_aside(COUNT)
_clear = written("t, i", [f"t[{row} + i] = 0.0" for row in SUMMED])


@jit
def keep_values(x: Row, t: Row, prices: Prices) -> None:
    """Put the values of changing inputs aside. x: a block's values from the tile's first draw on; t: the tile."""
    for k in range(prices.row.size):
        for i in range(TILE):
            t[_VALUES + k * ROW + i] = x[prices.row[k] + i]


@jit
def put_values(x: Row, t: Row, prices: Prices, stretch: int) -> None:
    """The values of changing inputs in a stretch; `keep_values` has gone before."""
    for k in range(prices.row.size):
        times, plus = prices.times[stretch, k], prices.plus[stretch, k]
        for i in range(TILE):
            x[prices.row[k] + i] = t[_VALUES + k * ROW + i] * times + plus


@jit
def change_rates(x: Row, t: Row, prices: Prices, month: int) -> None:
    """The coefficients by rhythm of the stretch that begins with a month; nothing where none does."""
    for stretch in range(1, prices.first.size - 1):
        if prices.first[stretch] == month:
            for k in range(COUNT * ROW):
                t[_SPENT + k] = t[COST + k]
            put_values(x, t, prices, stretch)
            load_rates(x, t)
            for k in range(COUNT * ROW):
                t[COST + k] = t[_SPENT + k]


@jit
def _begin_stretches(x: Row, t: Row, discount: Row) -> None:
    for k in range(COUNT * ROW):
        t[_SPENT + k] = 0.0
    for i in range(TILE):
        t[QUERIES + i] = x[VOLUME + i] * discount[1]
        t[TOKENS + i] = x[VOLUME + i] * discount[1]


@jit
def _sum_stretch(x: Row, t: Row, discount: Row, prices: Prices, stretch: int) -> None:
    """The lines of a stretch: its prices, and the present values of the rhythms over its months.

    What does not depend on changing prices, retrains, GPUs and errors of models that drift, is all of it counted with
    the first stretch.
    """
    put_values(x, t, prices, stretch)
    annuity = 0.0
    for i in range(TILE):
        t[PRESENT_QUERIES + i] = 0.0
        t[PRESENT_TOKENS + i] = 0.0
        if stretch > 0:
            t[PRESENT_ONCE + i] = 0.0
            _clear(t, i)
    for month in range(prices.first[stretch], prices.first[stretch + 1]):
        annuity += discount[month]
        for i in range(TILE):
            t[PRESENT_QUERIES + i] += t[QUERIES + i]
            t[PRESENT_TOKENS + i] += t[TOKENS + i]
            t[QUERIES + i] *= t[QUERIES_STEP + i]
            t[TOKENS + i] *= t[TOKENS_STEP + i]
    sum_lines(x, t, annuity)
    for k in range(COUNT * ROW):
        t[_SPENT + k] += t[COST + k]


@jit
def _end_stretches(x: Row, t: Row, prices: Prices) -> None:
    put_values(x, t, prices, 0)
    for k in range(COUNT * ROW):
        t[COST + k] = t[_SPENT + k]


@jit
def sum_stretches(x: Row, t: Row, discount: Row, prices: Prices, lanes: int, sums: Row) -> None:
    """The costs of a tile after its months, and its lines added to those of their replicates where there is room."""
    _begin_stretches(x, t, discount)
    for stretch in range(prices.first.size - 1):
        _sum_stretch(x, t, discount, prices, stretch)
        if sums.size > 0:
            add_items(x, t, lanes, sums)
    _end_stretches(x, t, prices)


@jit
def put_stretches(
    x: Row, t: Row, discount: Row, prices: Prices, lanes: int, items: NDArray[np.float64], draw: int
) -> None:
    """The same; lines added to the columns of items (lines, n) from a draw on, where there are any."""
    _begin_stretches(x, t, discount)
    for stretch in range(prices.first.size - 1):
        _sum_stretch(x, t, discount, prices, stretch)
        if items.size > 0:
            put_items(x, t, lanes, items, draw)
    _end_stretches(x, t, prices)
