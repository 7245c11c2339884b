"""A distribution with another median and another spread, in the form it has: what a slider does to an input.

The edited value is a plain table of a scenario. Forms on a logarithmic scale are moved there: x becomes
median' (x / median)^spread, so that a lognormal stays one. Others are moved linearly, the distance to a bound of the
support being scaled, so that what was above 0 stays above 0. A beta keeps its ends and gets other shapes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from distributions.errors import UserError
from distributions.forms import FORMS
from distributions.inputs import Input
from distributions.kinds.scipy_distribution import ScipyLaw
from distributions.spec import CERTAIN, Marginal, marginal
from distributions.support import Support
from distributions.units import factor as unit_factor

Table = Mapping[str, Any]

WIDEST = 3.0
"""Greatest spread: the distances from the median tripled."""

_EXACT = 1e-10
_FIXED = ("data",)
"""Forms that are read from a file and have no numbers to move."""


@dataclass(frozen=True)
class Edit:
    """What was done to an input: another median (None: as it was), and its spread as a multiple of what it was."""

    median: float | None = None
    spread: float = 1.0

    def __bool__(self) -> bool:
        """Whether anything was done."""
        return self.median is not None or self.spread != 1.0


@dataclass(frozen=True)
class Move:
    """From a median to another, distances multiplied; within a support; numbers of the table times `factor` first."""

    start: float
    to: float
    spread: float
    support: Support
    factor: float = 1.0

    @property
    def ratio(self) -> float:
        """What distances are scaled by when the median moves: as its own distance to the bound it is measured from."""
        low, high = self.support.lower, self.support.upper
        down, up = self.start - low, high - self.start
        towards_low = (
            self.to < self.start if math.isfinite(low) and math.isfinite(high) else math.isfinite(low)
        )
        if towards_low and math.isfinite(low) and down > 0:
            return (self.to - low) / down
        if not towards_low and math.isfinite(high) and up > 0:
            return (high - self.to) / up
        return 1.0

    def within(self, low: float, high: float) -> Move:
        """This move with a spread at which values from low to high (of the table) stay in the support."""
        bounds, ratio, spread = self.support, self.ratio, self.spread
        for end, bound, is_open in (
            (low * self.factor, bounds.lower, bounds.lower_open),
            (high * self.factor, bounds.upper, bounds.upper_open),
        ):
            reach = abs(self.start - end) * ratio
            outwards = end < self.start if bound == bounds.lower else end > self.start
            if math.isfinite(bound) and outwards and reach > 0:
                most = abs(self.to - bound) / reach
                spread = min(spread, most * (0.999 if is_open else 1.0))
        return replace(self, spread=spread)

    def linear(self, x: float) -> float:
        """Where a number of the table goes; held to the support against rounding."""
        found = self.to + self.spread * self.ratio * (x * self.factor - self.start)
        return min(max(found, self.support.lower), self.support.upper)

    def power(self, x: float) -> float:
        """Where a positive number of the table goes on the logarithmic scale."""
        return self.to * math.pow(x * self.factor / self.start, self.spread)


def adjustable(law: Marginal) -> bool:
    """Whether the median of a value can be moved: not where it is read from a file."""
    return not (isinstance(law.spec, Mapping) and any(form in _FIXED for form in law.spec))


def edited(item: Input, law: Marginal, edit: Edit) -> Any:
    """The value of an input after an edit, as a scenario would give it, with a source that says so.

    Where the form cannot be spread as far (it would leave the support, or have no variance) it is spread as far as
    it can be. An edit of nothing is the value as it was.
    """
    if not edit:
        return law.spec
    start = law.median()
    to = start if edit.median is None or not adjustable(law) else _inside(edit.median, item.support)
    if to not in item.support:
        to = start
    source = f"moved in the calculator; before: {law.source or item.source}"
    at_bound = to != start and to in (item.support.lower, item.support.upper)
    if law.certain or edit.spread <= 0.0 or at_bound:
        value = round(to) if item.support.integer else to
        return {CERTAIN: float(value), "source": source}
    if not adjustable(law):
        return law.spec
    spread = min(edit.spread, WIDEST)
    for _ in range(8):
        try:
            return _solved(item, law, to, spread) | {"source": source}
        except UserError:
            spread = 1.0 + (spread - 1.0) / 2.0
    return _solved(item, law, to, 1.0) | {"source": source}


def _inside(value: float, support: Support) -> float:
    found = min(max(value, support.lower), support.upper)
    return round(found) if support.integer else found


def _solved(item: Input, law: Marginal, to: float, spread: float) -> dict[str, Any]:
    """The table whose median is `to`.

    Moving the numbers of a form moves its median exactly, but for truncation, mixtures of unlike parts and
    rounding to whole numbers; there what is aimed at is corrected by what was missed.
    """
    start, aim = law.median(), to
    best: dict[str, Any] = {}
    least = math.inf
    for _ in range(30):
        table = _moved(law.spec, Move(start, aim, spread, item.support), item)
        found = marginal(
            table, key=item.key, unit=item.unit, support=item.support, conversion=item.conversion
        ).median()
        missed = abs(found - to)
        if missed < least:
            best, least = table, missed
        if missed <= _EXACT * max(abs(to), 1e-300) or item.support.integer:
            break
        aim = aim * to / found if aim > 0 and found > 0 and to > 0 else aim + to - found
        aim = _inside(aim, item.support)
    return best


def _moved(spec: Table, move: Move, item: Input) -> dict[str, Any]:
    """A table of one form, moved; `min`, `max` beside the form go with it, its unit becomes the input's own."""
    name = next(key for key in spec if key in FORMS)
    if "unit" in spec:
        move = replace(move, factor=unit_factor(spec["unit"], item.unit))
    bounds = {key: spec[key] * move.factor for key in ("min", "max") if key in spec}
    if name == "quantiles":  # its bounds are those of the curve itself, and stay
        move = replace(
            move, support=move.support.within(bounds.get("min", -math.inf), bounds.get("max", math.inf))
        )
    table = _FORMS[name](spec[name], move)
    if name != "quantiles":
        at = move.power if _logarithmic(name, move) else move.linear
        for key in ("min", "max"):
            if key in spec:
                end = at(spec[key]) if at == move.linear or spec[key] > 0 else 0.0
                bounds[key] = min(max(end, move.support.lower), move.support.upper)
    return {**table, **bounds}


def _logarithmic(name: str, move: Move) -> bool:
    return name == "lognormal" and move.start > 0 and move.to > 0


def _law(name: str, table: Any) -> ScipyLaw:
    found = marginal({name: table}).law
    assert isinstance(found, ScipyLaw)
    return found


def _lognormal(table: Table, move: Move) -> dict[str, Any]:
    law = _law("lognormal", table)
    sigma = dict(law.shapes)["s"] * move.spread
    if sigma < 1e-12:
        return {CERTAIN: move.power(law.scale)}
    return {"lognormal": {"median": move.power(law.scale), "sigma": sigma}}


def _normal(table: Table, move: Move) -> dict[str, Any]:
    law = _law("normal", table)
    mean = move.to + move.spread * move.ratio * (law.loc * move.factor - move.start)
    return {"normal": {"mean": mean, "sd": law.scale * move.factor * move.ratio * move.spread}}


def _ends(name: str) -> Callable[[Table, Move], dict[str, Any]]:
    """A form given by its ends, and perhaps a mode between them: all are moved, a shape is kept."""

    def moved(table: Table, move: Move) -> dict[str, Any]:
        held = move.within(table["min"], table["max"])
        return {name: {key: value if key == "shape" else held.linear(value) for key, value in table.items()}}

    return moved


def _gamma(table: Table, move: Move) -> dict[str, Any]:
    from scipy.special import gammaincinv

    law = _law("gamma", table)
    before = dict(law.shapes)["a"]
    shape = before / move.spread**2
    middle = law.scale * move.factor * float(gammaincinv(before, 0.5)) * move.to / move.start
    return {"gamma": {"shape": shape, "scale": middle / float(gammaincinv(shape, 0.5))}}


def _beta(table: Table, move: Move) -> dict[str, Any]:
    """Beta with the same ends: the spread scales the sd at a given mean, the mean is found for the median."""
    from scipy.optimize import brentq
    from scipy.special import betaincinv

    law = _law("beta", table)
    low, width = law.loc * move.factor, law.scale * move.factor
    shapes = dict(law.shapes)
    size = (shapes["a"] + shapes["b"] + 1.0) / move.spread**2 - 1.0
    size = min(max(size, 0.5), 1e9)
    to = min(max((move.to - low) / width, 1e-4), 1.0 - 1e-4)

    def missed(mean: float) -> float:
        return float(betaincinv(mean * size, (1.0 - mean) * size, 0.5)) - to

    mean = float(brentq(missed, 1e-9, 1.0 - 1e-9, xtol=1e-15, rtol=1e-14))
    ends = {} if (low, width) == (0.0, 1.0) else {"min": low, "max": low + width}
    return {"beta": {"alpha": mean * size, "beta": (1.0 - mean) * size, **ends}}


def _quantiles(table: Table, move: Move) -> dict[str, Any]:
    """Percentiles moved on the scale of the metalog: as they are, or as logarithms of distances to the bounds."""
    low, high = move.support.lower, move.support.upper

    def linked(x: float) -> float:
        if math.isfinite(low) and math.isfinite(high):
            return math.log((x - low) / (high - x))
        return math.log(x - low) if math.isfinite(low) else -math.log(high - x) if math.isfinite(high) else x

    def value(y: float) -> float:
        if math.isfinite(low) and math.isfinite(high):
            return low + (high - low) / (1.0 + math.exp(-y))
        return low + math.exp(y) if math.isfinite(low) else high - math.exp(-y) if math.isfinite(high) else y

    middle, to = linked(move.start), linked(move.to)
    return {
        "quantiles": {
            level: value(to + move.spread * (linked(x * move.factor) - middle)) for level, x in table.items()
        }
    }


def _discrete(table: Table, move: Move) -> dict[str, Any]:
    values = list(table["values"])
    held = move.within(min(values), max(values))
    whole = move.support.integer
    weights: dict[float, float] = {}
    for value, weight in zip(values, table["weights"], strict=True):
        at = float(round(held.linear(value))) if whole else held.linear(value)
        weights[at] = weights.get(at, 0.0) + weight
    if len(weights) == 1:
        return {CERTAIN: next(iter(weights))}
    return {"discrete": {"values": list(weights), "weights": list(weights.values())}}


def _mixture(table: Table, move: Move) -> dict[str, Any]:
    return {"mixture": {"weights": list(table["weights"]), "parts": [_part(p, move) for p in table["parts"]]}}


def _part(part: Any, move: Move) -> Any:
    """A part of a mixture, moved with the whole: on the logarithmic scale where its form allows, else linearly."""
    loose = replace(move, support=Support(move.support.lower, move.support.upper))
    if not isinstance(part, Mapping) or CERTAIN in part:
        number = float(part[CERTAIN] if isinstance(part, Mapping) else part)
        return loose.power(number) if number > 0 and move.start > 0 and move.to > 0 else loose.linear(number)
    name = next(key for key in part if key in FORMS)
    return _FORMS[name](part[name], loose) | {key: part[key] for key in ("min", "max") if key in part}


def _scipy(table: Table, move: Move) -> dict[str, Any]:
    law = _law("scipy", table)
    low, high = law.support()
    held = move.within(low, high) if math.isfinite(low) or math.isfinite(high) else move
    stretch = held.spread * held.ratio
    loc = held.to + stretch * (law.loc * move.factor - held.start)
    shapes = {key: value for key, value in table.items() if key not in ("loc", "scale")}
    return {"scipy": {**shapes, "loc": loc, "scale": law.scale * move.factor * stretch}}


_FORMS: dict[str, Callable[[Any, Move], dict[str, Any]]] = {
    "uniform": _ends("uniform"),
    "triangular": _ends("triangular"),
    "pert": _ends("pert"),
    "normal": _normal,
    "lognormal": _lognormal,
    "beta": _beta,
    "gamma": _gamma,
    "quantiles": _quantiles,
    "discrete": _discrete,
    "mixture": _mixture,
    "scipy": _scipy,
}
