"""The cost lines of a tile: added up by rhythm for its months, and worth their present values after them.

A line's present value is its coefficient times that of its rhythm; a strategy's cost is the sum of its lines'.
Coefficients are not stored: they are worked out of the input values again where they are wanted, which is faster than
to drive other rows out of the first cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import REPLICATES, fma, jit
from sim.kernel.columns import ONCE, ROW, TILE, Row
from sim.kernel.fold import written
from sim.kernel.strategies import COEFFICIENTS, COUNT, FIRST_LINE, LINE_RHYTHM, USES
from sim.kernel.tile import COST, PRESENT_MONTHLY, RATED, present, rate

LINES = int(FIRST_LINE[-1])

_FEW = 6
"""Lines in a loop of items: more are not vectorised."""


def _rhythms(s: int) -> list[int]:
    """The rhythm of each line of strategy s."""
    return [int(rhythm) for rhythm in LINE_RHYTHM[FIRST_LINE[s] : FIRST_LINE[s + 1]]]


def _present_value(s: int, position: int) -> str:
    """Text of a line's present value, given the coefficients c of strategy s."""
    return f"c[{position}] * t[{present(s, _rhythms(s)[position])} + i]"


def _with_coefficients(s: int, lines: Sequence[str]) -> list[str]:
    """Text of what is done with the coefficients c of strategy s in draw i."""
    return [f"    {line}" for line in (f"c = coefficients_{s}(x, i)", *lines)]


def _rated(s: int) -> list[str]:
    """The lines of strategy s added up by rhythm; those that are paid once are the cost of month 0."""
    lines = []
    for rhythm in (ONCE, *(r for r in RATED if USES[s, r])):
        to = COST + s * ROW if rhythm == ONCE else rate(s, rhythm)
        parts = [f"c[{position}]" for position, of in enumerate(_rhythms(s)) if of == rhythm]
        lines.append(f"t[{to} + i] = {' + '.join(parts) or '0.0'}")
    return [f"for i in range({TILE}):", *_with_coefficients(s, lines)]


def _cost(s: int) -> list[str]:
    """The cost of strategy s over the horizon."""
    terms = [_present_value(s, position).replace(" * ", ", ") for position in range(len(_rhythms(s)))]
    # three sums side by side: one would wait for each product
    sums = [f"{name} = fma({term}, {name})" for term, name in zip(terms, cycle("pqr"), strict=False)]
    lines = ["p = q = r = 0.0", *sums, f"t[{COST + s * ROW} + i] = (p + q) + r"]
    return [f"for i in range({TILE}):", *_with_coefficients(s, lines)]


def _summed(s: int, numbers: Sequence[int]) -> list[str]:
    """These lines of strategy s added to the sums of their replicates: whole groups, then what is left."""
    lines = [f"sums[{(FIRST_LINE[s] + k) * REPLICATES} + r] += {_present_value(s, k)}" for k in numbers]
    return [
        f"for group in range(lanes // {REPLICATES}):",
        f"    for r in range({REPLICATES}):",
        f"        i = group * {REPLICATES} + r",
        *(f"    {line}" for line in _with_coefficients(s, lines)),
        f"for r in range(lanes % {REPLICATES}):",
        f"    i = lanes // {REPLICATES} * {REPLICATES} + r",
        *_with_coefficients(s, lines),
    ]


def _placed(s: int) -> list[str]:
    """The lines of strategy s added to the columns of items from a draw on."""
    lines = [
        f"items[{FIRST_LINE[s] + k}, draw + i] += {_present_value(s, k)}" for k in range(len(_rhythms(s)))
    ]
    return ["for i in range(lanes):", *_with_coefficients(s, lines)]


def _for_each(arguments: str, texts: Iterable[list[str]]) -> Callable[..., Any]:
    """One function of what is done for each strategy: functions of their own would take longer to compile."""
    named = {f"coefficients_{s}": function for s, function in enumerate(COEFFICIENTS)}
    return written(arguments, [line for text in texts for line in text], fma=fma, **named)


_all_rated = _for_each("x, t", map(_rated, range(COUNT)))
_all_costs = _for_each("x, t", map(_cost, range(COUNT)))
_all_placed = _for_each("x, t, lanes, items, draw", map(_placed, range(COUNT)))
_all_summed = _for_each(
    "x, t, lanes, sums",
    (
        _summed(s, range(len(_rhythms(s)))[first : first + _FEW])
        for s in range(COUNT)
        for first in range(0, len(_rhythms(s)), _FEW)
    ),
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
