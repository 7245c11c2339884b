"""A distribution with another median and another spread, in the form it has: what a slider does to an input.

The edited value is a plain table of a scenario. Forms on a logarithmic scale are moved there: x becomes
median' (x / median)^spread, so that a lognormal stays one. Others are moved linearly, the distance to a bound of the
support being scaled, so that what was above 0 stays above 0. Each form says itself how its numbers move.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from distributions.errors import UserError
from distributions.forms import form_of, forms_in
from distributions.inputs import Input
from distributions.movement import Move, Table
from distributions.parameters import Form
from distributions.spec import CERTAIN, Marginal, marginal
from distributions.support import Support
from distributions.units import factor as unit_factor

WIDEST = 3.0
"""Greatest spread: the distances from the median tripled."""

_EXACT = 1e-10


@dataclass(frozen=True)
class Edit:
    """What was done to an input: another median (None: as it was), and its spread as a multiple of what it was."""

    median: float | None = None
    spread: float = 1.0

    def __bool__(self) -> bool:
        """Whether anything was done."""
        return self.median is not None or self.spread != 1.0


def adjustable(distribution: Marginal) -> bool:
    """Whether the median of a value can be moved: where its form, and that of every part, says how."""
    return all(form.moved is not None for form in forms_in(distribution.spec))


def edited(item: Input, distribution: Marginal, edit: Edit) -> Any:
    """The value of an input after an edit, as a scenario would give it, with a source that says so.

    Where the form cannot be spread as far (it would leave the support, or have no variance) it is spread as far as
    it can be. An edit of nothing is the value as it was.
    """
    if not edit:
        return distribution.spec
    start = distribution.median()
    to = start if edit.median is None or not adjustable(distribution) else _inside(edit.median, item.support)
    if to not in item.support:
        to = start
    source = f"moved in the calculator; before: {distribution.source or item.source}"
    at_bound = to != start and to in (item.support.lower, item.support.upper)
    if distribution.certain or edit.spread <= 0.0 or at_bound:
        value = round(to) if item.support.integer else to
        return {CERTAIN: float(value), "source": source}
    if not adjustable(distribution):
        return distribution.spec
    spread = min(edit.spread, WIDEST)
    for _ in range(8):
        try:
            return _solved(item, distribution, to, spread) | {"source": source}
        except UserError:
            spread = 1.0 + (spread - 1.0) / 2.0
    return _solved(item, distribution, to, 1.0) | {"source": source}


def _inside(value: float, support: Support) -> float:
    held = min(max(value, support.lower), support.upper)
    return round(held) if support.integer else held


def _solved(item: Input, distribution: Marginal, to: float, spread: float) -> dict[str, Any]:
    """The table whose median is `to`.

    Moving the numbers of a form moves its median exactly, but for truncation, mixtures of unlike parts and
    rounding to whole numbers; there what is aimed at is corrected by what was missed.
    """
    start, aim = distribution.median(), to
    best: dict[str, Any] = {}
    least = math.inf
    for _ in range(30):
        table = _moved(distribution.spec, Move(start, aim, spread, item.support, _part), item)
        median = marginal(
            table, key=item.key, unit=item.unit, support=item.support, conversion=item.conversion
        ).median()
        missed = abs(median - to)
        if missed < least:
            best, least = table, missed
        if missed <= _EXACT * max(abs(to), 1e-300) or item.support.integer:
            break
        aim = aim * to / median if aim > 0 and median > 0 and to > 0 else aim + to - median
        aim = _inside(aim, item.support)
    return best


def _moved(spec: Table, move: Move, item: Input) -> dict[str, Any]:
    """A table of one form, moved; `min`, `max` beside the form go with it, its unit becomes the input's own."""
    form = form_of(spec)
    if "unit" in spec:
        move = replace(move, factor=unit_factor(spec["unit"], item.unit))
    bounds = {key: spec[key] * move.factor for key in ("min", "max") if key in spec}
    if form.takes_bounds:  # they are those of the curve itself, and stay
        move = replace(
            move, support=move.support.within(bounds.get("min", -math.inf), bounds.get("max", math.inf))
        )
        return {**_table(form, spec, move), **bounds}
    in_logarithms = form.logarithmic and move.start > 0 and move.to > 0
    at = move.power if in_logarithms else move.linear
    for key in bounds:
        end = at(spec[key]) if not in_logarithms or spec[key] > 0 else 0.0
        bounds[key] = min(max(end, move.support.lower), move.support.upper)
    return {**_table(form, spec, move), **bounds}


def _table(form: Form, spec: Table, move: Move) -> dict[str, Any]:
    assert form.moved is not None
    moved = form.moved(spec[form.name], move)
    return {form.name: moved} if isinstance(moved, Mapping) else {CERTAIN: moved}


def _part(part: Any, move: Move) -> Any:
    """A part of a mixture, moved with the whole: on the logarithmic scale where its form allows, else linearly."""
    loose = replace(move, support=Support(move.support.lower, move.support.upper))
    if not isinstance(part, Mapping) or CERTAIN in part:
        number = float(part[CERTAIN] if isinstance(part, Mapping) else part)
        return loose.power(number) if number > 0 and move.start > 0 and move.to > 0 else loose.linear(number)
    return _table(form_of(part), part, loose) | {key: part[key] for key in ("min", "max") if key in part}
