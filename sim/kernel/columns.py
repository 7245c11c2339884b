"""Where each input stands in a block, and the lines of each strategy: the one bridge from names to positions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distributions.inputs import registry
from distributions.sampling.jit import STRIDE

KEYS: tuple[str, ...] = tuple(registry())
"""Every input key, in the registry's order: the row of its values in a block."""

_POSITION = {key: position for position, key in enumerate(KEYS)}

ONCE, MONTH, QUERY, TOKEN, RETRAIN, RETRAIN_GPU, GPU, ERROR = range(8)
"""The rhythms. What a line of each costs in month m, per unit of its coefficient:

ONCE         1 in month 0, else 0
MONTH        1
QUERY        q(m)
TOKEN        q(m) P(m)
RETRAIN      n(m), the retrains of month m
RETRAIN_GPU  n(m) G(m)
GPU          GPUs(m) G(m)
ERROR        q(m) (1 - accuracy(m)) of a model that drifts
"""

RHYTHMS = ERROR + 1

SLACK = 1e-12
"""A retrain falls in the month that it misses by no more than this share of the time: n(m) = floor(m/k) -
floor((m-1)/k) but for rounding. As float64 numbers 7 / 0.07 is less than 100, and one retrain would be late."""


class Line(NamedTuple):
    """One cost line of a strategy: the item it is reported under, and its rhythm."""

    item: str
    rhythm: int


TILE = 32
"""Draws in a tile, for which all that changes from month to month fits the first cache."""

ROW = TILE + 8
"""From one row of a tile to the next. Were rows of 32 numbers close up, those sixteen apart would have the same last
twelve bits of an address, and a load of one would wait for a store to the other: up to twice the time, by luck.
"""

Row = NDArray[np.float64]
"""A flat array of rows, of a block or of a tile."""

Numbers = tuple[float, ...]
"""Of one draw."""


def columns(*keys: str) -> tuple[int, ...]:
    """Offset of each input's row in a block's flat array of values."""
    return tuple(_POSITION[key] * STRIDE for key in keys)
