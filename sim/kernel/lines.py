"""The cost lines of a tile: added up by rhythm for its months, and worth their present values after them.

A line's present value is its coefficient times that of its rhythm; a strategy's cost is the sum of its lines'.
Coefficients are not stored: they are worked out of the input values again where they are wanted, which is faster than
to drive other rows out of the first cache.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.compiled import REPLICATES, fma, jit
from sim.kernel.columns import ONCE, TILE, Numbers, Row
from sim.kernel.fold import added, in_turn, through
from sim.kernel.months import SUMMED
from sim.kernel.strategies import COEFFICIENTS, COUNT, FIRST_LINE, LINE_RHYTHM
from sim.kernel.tile import COST, PRESENT_MONTHLY, PRESENT_ONCE, RATED, present, rate

LINES = int(FIRST_LINE[-1])

_FEW = 6
"""Lines in a loop of items: more are not unrolled."""


def _sum(positions: Sequence[int]) -> Callable[..., Any]:
    """A function to the sum of a strategy's coefficients at these positions."""

    def one(position: int) -> Callable[..., Any]:
        @jit(inline=True)
        def plus(total: float, coefficients: Numbers) -> float:
            return total + coefficients[position]

        return plus

    return through([one(position) for position in positions])


def _rated(s: int) -> Callable[..., Any]:
    """The lines of strategy s added up by rhythm; those that are paid once are the cost of month 0."""
    own = LINE_RHYTHM[FIRST_LINE[s] : FIRST_LINE[s + 1]]
    coefficients_of = COEFFICIENTS[s]

    def of(rhythm: int) -> Callable[..., Any]:
        to = COST + s * TILE if rhythm == ONCE else rate(s, rhythm)
        positions = [int(position) for position in np.flatnonzero(own == rhythm)]
        total = _sum(positions) if positions else None

        @jit(inline=True)
        def put(t: Row, i: int, coefficients: Numbers) -> None:
            t[to + i] = 0.0 if total is None else total(0.0, coefficients)

        return put

    all_rhythms = in_turn([of(rhythm) for rhythm in (ONCE, *RATED) if rhythm == ONCE or rhythm in own])

    @jit(inline=True)
    def rated(x: Row, t: Row) -> None:
        for i in range(TILE):
            all_rhythms(t, i, coefficients_of(x, i))

    return rated


def _cost(s: int) -> Callable[..., Any]:
    """The cost of strategy s over the horizon."""
    coefficients_of, to = COEFFICIENTS[s], COST + s * TILE

    def line(position: int) -> Callable[..., Any]:
        row = present(s, int(LINE_RHYTHM[FIRST_LINE[s] + position]))

        @jit(inline=True)
        def plus(total: float, t: Row, i: int, coefficients: Numbers) -> float:
            return fma(coefficients[position], t[row + i], total)

        return plus

    all_lines = through([line(position) for position in range(FIRST_LINE[s + 1] - FIRST_LINE[s])])

    @jit(inline=True)
    def cost(x: Row, t: Row) -> None:
        for i in range(TILE):
            t[to + i] = all_lines(0.0, t, i, coefficients_of(x, i))

    return cost


def _items(s: int) -> list[Callable[..., Any]]:
    """Functions to present values of a draw, each of a few lines of strategy s."""
    coefficients_of = COEFFICIENTS[s]

    def line(position: int) -> Callable[..., Any]:
        row = present(s, int(LINE_RHYTHM[FIRST_LINE[s] + position]))

        @jit(inline=True)
        def worth(t: Row, i: int, coefficients: Numbers) -> Numbers:
            return (coefficients[position] * t[row + i],)

        return worth

    def few(first: int, last: int) -> Callable[..., Any]:
        worth = added([line(position) for position in range(first, last)])

        @jit(inline=True)
        def items(x: Row, t: Row, i: int) -> Numbers:
            return worth(t, i, coefficients_of(x, i))

        return items

    count = int(FIRST_LINE[s + 1] - FIRST_LINE[s])
    return [few(first, min(first + _FEW, count)) for first in range(0, count, _FEW)]


def _summed(items: Callable[..., Any], first: int, count: int) -> Callable[..., Any]:
    """A few lines of a tile, from the first on, added to the sums of their replicates."""

    def line(position: int) -> Callable[..., Any]:
        to = (first + position) * REPLICATES

        @jit(inline=True)
        def add(sums: Row, r: int, worth: Numbers) -> None:
            sums[to + r] += worth[position]

        return add

    all_lines = in_turn([line(position) for position in range(count)])

    @jit(inline=True)
    def summed(x: Row, t: Row, lanes: int, sums: Row) -> None:
        for group in range(lanes // REPLICATES):
            for r in range(REPLICATES):
                all_lines(sums, r, items(x, t, group * REPLICATES + r))
        for r in range(lanes % REPLICATES):
            all_lines(sums, r, items(x, t, lanes // REPLICATES * REPLICATES + r))

    return summed


def _placed(items: Callable[..., Any], first: int, count: int) -> Callable[..., Any]:
    """A few lines of a tile, from the first on, put in the columns of items from a draw on."""

    def line(position: int) -> Callable[..., Any]:
        to = first + position

        @jit(inline=True)
        def put(columns: NDArray[np.float64], draw: int, worth: Numbers) -> None:
            columns[to, draw] = worth[position]

        return put

    all_lines = in_turn([line(position) for position in range(count)])

    @jit(inline=True)
    def placed(x: Row, t: Row, lanes: int, columns: NDArray[np.float64], draw: int) -> None:
        for i in range(lanes):
            all_lines(columns, draw + i, items(x, t, i))

    return placed


def _cleared(row: int) -> Callable[..., Any]:
    @jit(inline=True)
    def clear(t: Row, i: int) -> None:
        t[row + i] = 0.0

    return clear


_GROUPS = [
    (items, int(FIRST_LINE[s]) + k * _FEW, min(_FEW, int(FIRST_LINE[s + 1] - FIRST_LINE[s]) - k * _FEW))
    for s in range(COUNT)
    for k, items in enumerate(_items(s))
]
"""Functions to a few lines each, the number of the first, and how many they are."""

_all_rated = in_turn([_rated(s) for s in range(COUNT)])
_all_costs = in_turn([_cost(s) for s in range(COUNT)])
_all_summed = in_turn([_summed(*group) for group in _GROUPS])
_all_placed = in_turn([_placed(*group) for group in _GROUPS])
_all_cleared = in_turn([_cleared(row) for row in SUMMED])


@jit
def begin(t: Row) -> None:
    """A tile before its months: what they sum is zero."""
    for i in range(TILE):
        _all_cleared(t, i)
        t[PRESENT_ONCE + i] = 1.0


@jit
def load_rates(x: Row, t: Row) -> None:
    """Coefficients added up by rhythm; costs are those of setup. x: a block's values from the tile's first draw on."""
    _all_rated(x, t)


@jit
def sum_lines(x: Row, t: Row, annuity: float) -> None:
    """The costs of a tile after its months; `annuity` is the present value of a dollar a month."""
    for i in range(TILE):
        t[PRESENT_MONTHLY + i] = annuity
    _all_costs(x, t)


@jit
def add_items(x: Row, t: Row, lanes: int, sums: Row) -> None:
    """Present values of the lines of a tile, added to those of their replicates, flat."""
    if lanes == TILE:
        _all_summed(x, t, TILE, sums)
    else:
        _all_summed(x, t, lanes, sums)


@jit
def put_items(x: Row, t: Row, lanes: int, items: NDArray[np.float64], draw: int) -> None:
    """Present values of the lines of a tile, put in the columns of items (lines, n) from a draw on."""
    _all_placed(x, t, lanes, items, draw)
