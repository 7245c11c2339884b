"""The cost lines of a tile: added up by rhythm for its months, and worth their present values after them.

A line's present value is its coefficient times that of its rhythm; a strategy's cost is the sum of its lines'.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.compiled import REPLICATES, jit
from sim.kernel.columns import ONCE, TILE, Row
from sim.kernel.fold import in_turn
from sim.kernel.months import SUMMED
from sim.kernel.strategies import COUNT, FIRST_LINE, LINE_RHYTHM
from sim.kernel.tile import COST, PRESENT_MONTHLY, PRESENT_ONCE, RATED, present, rate

LINES = int(FIRST_LINE[-1])

_PRESENT = tuple(
    present(s, LINE_RHYTHM[k]) for s in range(COUNT) for k in range(FIRST_LINE[s], FIRST_LINE[s + 1])
)
"""Where in a tile the present value of each line's rhythm stands."""

_FEW = 6
"""Lines in a loop of items: more are not unrolled.

Loops over tuples, which are constants, are unrolled; then those over draws are vectorised.
"""


def _rated(s: int) -> Callable[..., Any]:
    """The lines of strategy s added up by rhythm; those that are paid once are the cost of month 0."""
    own = range(FIRST_LINE[s], FIRST_LINE[s + 1])
    rows = {r: COST + s * TILE if r == ONCE else rate(s, r) for r in (ONCE, *RATED)}
    added_to = tuple((k * TILE, rows[LINE_RHYTHM[k]]) for k in own)
    cleared = tuple(dict.fromkeys(to for _, to in added_to))

    @jit(inline=True)
    def add(lines: Row, t: Row, i: int) -> None:
        for to in cleared:
            t[to + i] = 0.0
        for source, to in added_to:
            t[to + i] += lines[source + i]

    return add


def _placed(first: int, last: int) -> tuple[tuple[int, int], ...]:
    """Lines first … last - 1, by number, and where the present values of their rhythms stand."""
    return tuple((k, _PRESENT[k]) for k in range(first, last))


def _cost(s: int) -> Callable[..., Any]:
    """The cost of strategy s over the horizon."""
    own, to = _placed(FIRST_LINE[s], FIRST_LINE[s + 1]), COST + s * TILE

    @jit(inline=True)
    def put(lines: Row, t: Row, i: int) -> None:
        total = 0.0
        for k, row in own:
            total += lines[k * TILE + i] * t[row + i]
        t[to + i] = total

    return put


def _items(first: int) -> Callable[..., Any]:
    """A few lines from the first on in one draw, added to the sums of its replicate."""
    own = _placed(first, min(first + _FEW, LINES))

    @jit(inline=True)
    def add(lines: Row, t: Row, i: int, r: int, items: Row) -> None:
        for k, row in own:
            items[k * REPLICATES + r] += lines[k * TILE + i] * t[row + i]

    return add


_all_rated = in_turn([_rated(s) for s in range(COUNT)])
_all_costs = in_turn([_cost(s) for s in range(COUNT)])
_all_items = in_turn([_items(first) for first in range(0, LINES, _FEW)])


def _cleared(row: int) -> Callable[..., Any]:
    @jit(inline=True)
    def clear(t: Row, i: int) -> None:
        t[row + i] = 0.0

    return clear


_all_cleared = in_turn([_cleared(row) for row in SUMMED])


@jit
def begin(t: Row) -> None:
    """A tile before its months: what they sum is zero."""
    for i in range(TILE):
        _all_cleared(t, i)
        t[PRESENT_ONCE + i] = 1.0


@jit
def load_rates(lines: Row, t: Row) -> None:
    """Coefficients added up by rhythm; costs are those of setup."""
    for i in range(TILE):
        _all_rated(lines, t, i)


@jit
def sum_lines(lines: Row, t: Row, annuity: float) -> None:
    """The costs of a tile after its months; `annuity` is the present value of a dollar a month."""
    for i in range(TILE):
        t[PRESENT_MONTHLY + i] = annuity
        _all_costs(lines, t, i)


@jit(inline=True)
def add_items(lines: Row, t: Row, lanes: int, items: Row) -> None:
    """Present values of the lines of a tile, added to those of their replicates, flat."""
    for group in range(lanes // REPLICATES):
        for r in range(REPLICATES):
            _all_items(lines, t, group * REPLICATES + r, r, items)
    for r in range(lanes % REPLICATES):
        _all_items(lines, t, lanes // REPLICATES * REPLICATES + r, r, items)


@jit
def put_items(lines: Row, t: Row, lanes: int, items: NDArray[np.float64], draw: int) -> None:
    """Present values of the lines of a tile, put in the columns of items (lines, n) from a draw on."""
    for k in range(LINES):
        for i in range(lanes):
            items[k, draw + i] = lines[k * TILE + i] * t[_PRESENT[k] + i]
