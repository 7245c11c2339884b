"""The cost lines of a tile: added up by rhythm for its months, and worth their present values after them.

A line's present value is its coefficient times that of its rhythm; a strategy's cost is the sum of its lines'.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.compiled import BLOCK, REPLICATES, jit
from sim.kernel.columns import (
    ACCURACY,
    ANSWERED,
    CAPACITY,
    ERROR,
    GPU,
    LOSS,
    MIN_GPUS,
    MONTH,
    ONCE,
    PEAK,
    SETTINGS,
    TOKENS,
    Row,
)
from sim.kernel.fold import in_turn
from sim.kernel.strategies import CLOCK_KEYS, COUNT, FIRST_LINE, LINE_RHYTHM, USES
from sim.kernel.tile import (
    COST,
    LAST,
    OWN,
    PRESENT_COUNTED,
    PRESENT_COUNTED_GPU,
    RATED,
    RETRAINED,
    TILE,
    clock,
    present,
    rate,
    setting,
)

LINES = int(FIRST_LINE[-1])

_TOLD = {ERROR: (ACCURACY, LOSS), GPU: (ANSWERED, TOKENS, PEAK, CAPACITY, MIN_GPUS)}
"""The settings that a rhythm of a strategy's own goes by."""

_USED = [(s, rhythm) for s in range(COUNT) for rhythm in OWN if USES[s, rhythm]]


_CLEARED = (
    *(present(s, rhythm) for s, rhythm in _USED),
    *(
        clock(k, row)
        for k in range(len(CLOCK_KEYS))
        for row in (RETRAINED, LAST, PRESENT_COUNTED, PRESENT_COUNTED_GPU)
    ),
)
"""Rows of a tile that begin at zero: present values that are not shared by all, and what clocks remember."""

_COPIED = tuple(
    ((s * SETTINGS + position) * BLOCK, setting(s, position))
    for s, rhythm in _USED
    for position in _TOLD[rhythm]
)
"""Where settings stand in a block, and in a tile."""

# Loops over such tuples, which are constants, are unrolled, and those over draws vectorised.


def _rated(s: int) -> Callable[..., Any]:
    """The lines of strategy s added up by rhythm; those that are paid once are the cost of month 0."""
    own = range(FIRST_LINE[s], FIRST_LINE[s + 1])
    rows = {r: COST + s * TILE if r == ONCE else rate(s, r) for r in (ONCE, *RATED)}
    added_to = tuple((k * BLOCK, rows[LINE_RHYTHM[k]]) for k in own)
    cleared = tuple(dict.fromkeys(to for _, to in added_to))

    @jit(inline=True)
    def add(lines: Row, t: Row, i: int) -> None:
        for to in cleared:
            t[to + i] = 0.0
        for source, to in added_to:
            t[to + i] += lines[source + i]

    return add


def _split(s: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    """The lines of strategy s paid once, monthly, and otherwise: (line, row of its rhythm's present value)."""
    own = range(FIRST_LINE[s], FIRST_LINE[s + 1])
    once, monthly, others = [], [], []
    for k in own:
        rhythm = LINE_RHYTHM[k]
        if rhythm == ONCE:
            once.append((k, 0))
        elif rhythm == MONTH:
            monthly.append((k, 0))
        else:
            others.append((k, present(s, rhythm)))
    return tuple(once), tuple(monthly), tuple(others)


def _cost(s: int) -> Callable[..., Any]:
    """The cost of strategy s over the horizon: the sum of its lines' present values."""
    once, monthly, others = _split(s)
    to = COST + s * TILE

    @jit(inline=True)
    def add(lines: Row, t: Row, i: int, annuity: float) -> None:
        total = 0.0
        for k, _ in once:
            total += lines[k * BLOCK + i]
        for k, _ in monthly:
            total += lines[k * BLOCK + i] * annuity
        for k, row in others:
            total += lines[k * BLOCK + i] * t[row + i]
        t[to + i] = total

    return add


def _items(s: int) -> Callable[..., Any]:
    """The lines of strategy s in one draw, added to the sums of its replicate."""
    once, monthly, others = _split(s)

    @jit(inline=True)
    def add(lines: Row, t: Row, i: int, r: int, annuity: float, items: Row) -> None:
        for k, _ in once:
            items[k * REPLICATES + r] += lines[k * BLOCK + i]
        for k, _ in monthly:
            items[k * REPLICATES + r] += lines[k * BLOCK + i] * annuity
        for k, row in others:
            items[k * REPLICATES + r] += lines[k * BLOCK + i] * t[row + i]

    return add


_all_rated = in_turn([_rated(s) for s in range(COUNT)])
_all_costs = in_turn([_cost(s) for s in range(COUNT)])
_all_items = in_turn([_items(s) for s in range(COUNT)])
_PRESENT = np.array(
    [
        0 if r in (ONCE, MONTH) else present(s, r)
        for s in range(COUNT)
        for r in LINE_RHYTHM[FIRST_LINE[s] : FIRST_LINE[s + 1]]
    ]
)


@jit
def begin(settings: Row, t: Row) -> None:
    """A tile before its months: what they sum is zero. settings: a block's, from the tile's first draw on."""
    for i in range(TILE):
        for to in _CLEARED:
            t[to + i] = 0.0
        for source, to in _COPIED:
            t[to + i] = settings[source + i]


@jit
def load_rates(lines: Row, t: Row) -> None:
    """Coefficients added up by rhythm; costs are those of setup. lines: a block's, from the tile's first draw on."""
    for i in range(TILE):
        _all_rated(lines, t, i)


@jit
def sum_lines(lines: Row, t: Row, annuity: float) -> None:
    """The costs of a tile after its months; `annuity` is the present value of a dollar a month."""
    for i in range(TILE):
        _all_costs(lines, t, i, annuity)


@jit(inline=True)
def add_items(lines: Row, t: Row, lanes: int, annuity: float, items: Row) -> None:
    """Present values of the lines of a tile, added to those of their replicates, flat."""
    for group in range(lanes // REPLICATES):
        for r in range(REPLICATES):
            _all_items(lines, t, group * REPLICATES + r, r, annuity, items)
    for r in range(lanes % REPLICATES):
        _all_items(lines, t, lanes // REPLICATES * REPLICATES + r, r, annuity, items)


@jit
def put_items(lines: Row, t: Row, lanes: int, annuity: float, items: NDArray[np.float64], draw: int) -> None:
    """Present values of the lines of a tile, put in the columns of items (lines, n) from a draw on."""
    for k in range(LINES):
        for i in range(lanes):
            worth = lines[k * BLOCK + i]
            if LINE_RHYTHM[k] == MONTH:
                worth *= annuity
            elif LINE_RHYTHM[k] != ONCE:
                worth *= t[_PRESENT[k] + i]
            items[k, draw + i] = worth
