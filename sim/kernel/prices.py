"""Prices that are known to change: inputs with other values from a month of the horizon on.

Such inputs stand in costs per unit alone. The months between two changes are a *stretch*: what a line costs is, stretch
by stretch, its coefficient at the stretch's prices times the present value of its rhythm over the months of the
stretch. What is paid at setup has the prices of the first stretch. Where no price changes there is one stretch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import STRIDE, jit
from sim.kernel.rows import TILE, Row


class Prices(NamedTuple):
    """The stretches of a horizon.

    first (stretches + 1,): first month of each stretch; the first one's is 1, and the last entry is H + 1. Where a
    price changes in month 1, the first stretch has the setup alone.
    row (inputs,): of each changing input. times, plus (stretches, inputs): an input's value in a stretch is its value
    in the first one times the one and plus the other.
    """

    first: NDArray[np.int64]
    row: NDArray[np.int64]
    times: NDArray[np.float64]
    plus: NDArray[np.float64]


def prices(
    horizon: int, inputs: Sequence[str] = (), changes: Iterable[tuple[int, str, float, float]] = ()
) -> Prices:
    """The stretches of a horizon in which inputs change; `inputs` are the names of the rows.

    changes: month, input, times and plus, the last two against the value at setup; the later of two that are in effect
    counts. Changes after the horizon are left out.
    """
    known = sorted((change for change in changes if change[0] <= horizon), key=lambda change: change[0])
    months = sorted({max(month, 1) for month, *_ in known})
    keys = sorted({key for _, key, *_ in known})
    times, plus = np.ones((len(months) + 1, len(keys))), np.zeros((len(months) + 1, len(keys)))
    for month, key, factor, added in known:
        stretch, column = 1 + months.index(max(month, 1)), keys.index(key)
        times[stretch:, column], plus[stretch:, column] = factor, added
    return Prices(
        np.array([1, *months, horizon + 1]),
        np.array([inputs.index(key) for key in keys], dtype=np.int64),
        times,
        plus,
    )


@jit
def keep_values(rows: Row, first: int, prices: Prices, aside: Row) -> None:
    """Put a tile's values of changing inputs aside, (inputs, TILE) flat."""
    for k in range(prices.row.size):
        at = np.uint64(prices.row[k] * STRIDE + first)
        for i in range(TILE):
            aside[np.uint64(k * TILE + i)] = rows[at + np.uint64(i)]


@jit
def put_values(rows: Row, first: int, prices: Prices, stretch: int, aside: Row) -> None:
    """The values of changing inputs in a stretch; `keep_values` has gone before."""
    for k in range(prices.row.size):
        at, times, plus = (
            np.uint64(prices.row[k] * STRIDE + first),
            prices.times[stretch, k],
            prices.plus[stretch, k],
        )
        for i in range(TILE):
            rows[at + np.uint64(i)] = aside[np.uint64(k * TILE + i)] * times + plus
