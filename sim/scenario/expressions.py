"""Expressions of a scenario: what is wrong with them together, and what they come to.

An input's key in an expression is the strategy's own value where the expression is read for a strategy that has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distributions.derived import EXPRESSION, Derived
from distributions.dimensions import Known, Unit, check, unit
from distributions.errors import Fault, UserError
from distributions.inputs import Input
from distributions.support import Support
from distributions.tables.faults import Faults
from distributions.tables.kinds import home
from distributions.units import DECLINE, GROWTH
from sim.model.strategies import LINE as LINE
from sim.model.strategies import Strategy

Array = NDArray[np.float64]


def owner(name: str) -> str:
    """The strategy whose own a value is; "" where it is shared."""
    return name.rpartition(":")[0]


def is_line(name: str) -> bool:
    """Whether a value is what a line of the user's own costs."""
    return name.rpartition(":")[2].startswith(LINE)


def check_expressions(
    expressions: Mapping[str, Derived],
    known: Mapping[str, Input],
    strategies: Mapping[str, Strategy],
    faults: Faults,
) -> None:
    """Leaves a fault for each name that is unknown, each circle, and units that do not fit.

    known: all inputs of the scenario by name.
    """
    named = {key: item for key, item in known.items() if ":" not in key and not is_line(key)}
    unknown = False
    for name, made in expressions.items():
        place = (*made.place, EXPRESSION)
        missing = [part for part in made.calculation.names if part not in named]
        for part in missing:
            faults.add(
                place, f"unknown input '{part}' in '{made.calculation.text}'", hint=partial(home, part, named)
            )
        unknown = unknown or bool(missing)
        if not missing:
            try:
                check(made.calculation, lambda part: _unit(named[part]), _wanted(known[name]))
            except UserError as error:
                for fault in error.faults:
                    problem = f"'{made.calculation.text}' {fault.problem}"
                    faults.add(place, problem, allowed=fault.allowed, hint=fault.hint)
    if unknown:
        return
    seen: set[frozenset[str]] = set()
    for circle in _circles(expressions, strategies):
        if frozenset(circle) not in seen:
            seen.add(frozenset(circle))
            first = expressions[circle[0]]
            faults.add((*first.place, EXPRESSION), f"is made of itself: {' → '.join((*circle, circle[0]))}")


def _unit(item: Input) -> Known:
    return None if item.conversion in (GROWTH, DECLINE) else unit(item.unit)


def _wanted(item: Input) -> tuple[Unit, ...]:
    if item.conversion in (GROWTH, DECLINE):
        return ()
    # what a line costs is USD, whether or not it says for each of what
    return (unit(item.unit), unit("USD")) if is_line(item.key) else (unit(item.unit),)


def _circles(
    expressions: Mapping[str, Derived], strategies: Mapping[str, Strategy]
) -> Iterator[tuple[str, ...]]:
    """Circles, each beginning with what stands first in the scenario; some come more than once."""
    order = {name: k for k, name in enumerate(expressions)}
    for own in ({}, *(strategy.own for strategy in strategies.values() if strategy.own)):
        done: set[str] = set()
        roots = [name for name in expressions if not owner(name) or name in own.values()]

        def follow(
            name: str, path: tuple[str, ...], own: Mapping[str, str] = own, done: set[str] = done
        ) -> Iterator[tuple[str, ...]]:
            if name in path:
                circle = path[path.index(name) :]
                start = min(range(len(circle)), key=lambda k: order[circle[k]])
                yield (*circle[start:], *circle[:start])
            elif name in expressions and name not in done:
                for part in expressions[name].calculation.names:
                    yield from follow(own.get(part, part), (*path, name))
                done.add(name)

        for root in roots:
            yield from follow(root, ())


class Values:
    """What expressions come to at given values of what is drawn, arrays of one shape by name."""

    def __init__(
        self,
        expressions: Mapping[str, Derived],
        strategies: Mapping[str, Strategy],
        drawn: Mapping[str, Array],
    ) -> None:
        self._expressions, self._strategies, self._drawn = expressions, strategies, drawn
        self._known: dict[tuple[str, str], Array] = {}

    def of(self, name: str, strategy: str = "") -> Array:
        """The values of an input, as a strategy has it; "": as its owner does, or as it is shared."""
        reader = strategy or owner(name)
        own = self._strategies[reader].own if reader else {}
        return self._read(name, reader, own)

    def _read(self, name: str, reader: str, own: Mapping[str, str]) -> Array:
        if name in self._drawn:
            return self._drawn[name]
        if (name, reader) not in self._known:
            calculation = self._expressions[name].calculation
            parts = {part: self._read(own.get(part, part), reader, own) for part in calculation.names}
            shape = np.shape(next(iter(self._drawn.values()))) if self._drawn else ()
            self._known[name, reader] = np.broadcast_to(calculation.evaluate(parts), shape)
        return self._known[name, reader]


def outside(
    expressions: Mapping[str, Derived],
    known: Mapping[str, Input],
    strategies: Mapping[str, Strategy],
    drawn: Mapping[str, Array],
) -> list[Fault]:
    """A fault, of its name, for each expression that comes to what lies outside the input's support.

    strategies: for which they are read. drawn: (n,) arrays by name.
    """
    values, faults = Values(expressions, strategies, drawn), []
    for name, made in expressions.items():
        whose = owner(name)
        readers = [
            reader
            for reader, strategy in strategies.items()
            if (name in _read_by(strategy, name) if whose else strategy.own and name not in strategy.own)
        ]
        for reader in readers if whose else ["", *readers]:
            found = values.of(name, reader)
            count = int(np.count_nonzero(~_inside(found, known[name].support)))
            if count:
                faults.append(
                    _outside(name, reader if reader != whose else "", made, known[name], found, count)
                )
    return faults


def _read_by(strategy: Strategy, name: str) -> set[str]:
    """The names of a strategy's own values, those of its lines included."""
    return {*strategy.own.values(), *(part for line in strategy.lines for part in line.cost.names)}


def _inside(values: Array, support: Support) -> Any:
    above = values > support.lower if support.lower_open else values >= support.lower
    below = values < support.upper if support.upper_open else values <= support.upper
    whole = values == np.floor(values) if support.integer else True
    return above & below & whole & np.isfinite(values)


def _outside(name: str, reader: str, made: Derived, item: Input, values: Array, outside: int) -> Fault:
    of_reader = f", as {reader} has it," if reader else ""
    draws = f" in {outside:,} of {values.size:,} draws" if values.size > 1 else f": {values.flat[0]:g}"
    finite = values[np.isfinite(values)]
    reach = (
        f", which reach from {finite.min():.4g} to {finite.max():.4g}"
        if values.size > 1 and finite.size
        else ""
    )
    number = "a finite number" if item.support == Support() else str(item.support)
    problem = f"'{made.calculation.text}'{of_reader} is outside what it can be{draws}{reach}"
    return Fault(name, problem, number, "hold it with min() or max()")
