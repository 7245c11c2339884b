"""The cost lines of a tile: added up by rhythm for its months, and worth their present values after them.

A line's present value is its coefficient times that of its rhythm; a strategy's cost is the sum of its lines'.
Coefficients are not stored: they are worked out of the input values again where they are wanted, which is faster than
to drive other rows out of the first cache.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import REPLICATES, fma, jit
from sim.kernel.columns import ONCE, ROW, TILE, Row
from sim.kernel.fold import in_turn, written
from sim.kernel.strategies import COEFFICIENTS, COUNT, FIRST_LINE, LINE_RHYTHM, USES
from sim.kernel.tile import COST, PRESENT_MONTHLY, RATED, present, rate

LINES = int(FIRST_LINE[-1])

_FEW = 6
"""Lines in a loop of items: more are not vectorised."""


def _rhythms(s: int) -> list[int]:
    """The rhythm of each line of strategy s."""
    return [int(rhythm) for rhythm in LINE_RHYTHM[FIRST_LINE[s] : FIRST_LINE[s + 1]]]


def _worth(s: int, position: int) -> str:
    """Text of a line's present value, given the coefficients c of strategy s."""
    return f"c[{position}] * t[{present(s, _rhythms(s)[position])} + i]"


def _rated(s: int) -> Callable[..., Any]:
    """The lines of strategy s added up by rhythm; those that are paid once are the cost of month 0."""
    coefficients, own = COEFFICIENTS[s], _rhythms(s)
    lines = []
    for rhythm in (ONCE, *(r for r in RATED if USES[s, r])):
        to = COST + s * ROW if rhythm == ONCE else rate(s, rhythm)
        parts = [f"c[{position}]" for position, of in enumerate(own) if of == rhythm]
        lines.append(f"t[{to} + i] = {' + '.join(parts) or '0.0'}")
    put = written("t, i, c", lines)

    @jit(inline=True)
    def rated(x: Row, t: Row) -> None:
        for i in range(TILE):
            put(t, i, coefficients(x, i))

    return rated


def _cost(s: int) -> Callable[..., Any]:
    """The cost of strategy s over the horizon."""
    coefficients, to = COEFFICIENTS[s], COST + s * ROW
    terms = [_worth(s, position).replace(" * ", ", ") for position in range(len(_rhythms(s)))]
    # three sums side by side: one would wait for each product
    sums = [f"{name} = fma({term}, {name})" for term, name in zip(terms, cycle("pqr"), strict=False)]
    total = written("t, i, c", ["p = q = r = 0.0", *sums, "return (p + q) + r"], fma=fma)

    @jit(inline=True)
    def cost(x: Row, t: Row) -> None:
        for i in range(TILE):
            t[to + i] = total(t, i, coefficients(x, i))

    return cost


def _summed(s: int, first: int, last: int) -> Callable[..., Any]:
    """Lines first … last - 1 of strategy s added to the sums of their replicates."""
    coefficients, numbers = COEFFICIENTS[s], range(first, last)
    add = written(
        "t, i, c, sums, r",
        [f"sums[{(FIRST_LINE[s] + k) * REPLICATES} + r] += {_worth(s, k)}" for k in numbers],
    )

    @jit(inline=True)
    def summed(x: Row, t: Row, lanes: int, sums: Row) -> None:
        for group in range(lanes // REPLICATES):
            for r in range(REPLICATES):
                i = group * REPLICATES + r
                add(t, i, coefficients(x, i), sums, r)
        for r in range(lanes % REPLICATES):
            i = lanes // REPLICATES * REPLICATES + r
            add(t, i, coefficients(x, i), sums, r)

    return summed


def _placed(s: int) -> Callable[..., Any]:
    """The lines of strategy s added to the columns of items from a draw on."""
    coefficients, numbers = COEFFICIENTS[s], range(len(_rhythms(s)))
    put = written(
        "t, i, c, items, draw", [f"items[{FIRST_LINE[s] + k}, draw] += {_worth(s, k)}" for k in numbers]
    )

    @jit(inline=True)
    def placed(x: Row, t: Row, lanes: int, items: NDArray[np.float64], draw: int) -> None:
        for i in range(lanes):
            put(t, i, coefficients(x, i), items, draw + i)

    return placed


_all_rated = in_turn([_rated(s) for s in range(COUNT)])
_all_costs = in_turn([_cost(s) for s in range(COUNT)])
_all_placed = in_turn([_placed(s) for s in range(COUNT)])
_all_summed = in_turn(
    [
        _summed(s, first, min(first + _FEW, len(_rhythms(s))))
        for s in range(COUNT)
        for first in range(0, len(_rhythms(s)), _FEW)
    ]
)


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
    _all_summed(x, t, lanes, sums)


@jit
def put_items(x: Row, t: Row, lanes: int, items: NDArray[np.float64], draw: int) -> None:
    """Present values of the lines of a tile, added to the columns of items (lines, n) from a draw on."""
    _all_placed(x, t, lanes, items, draw)
