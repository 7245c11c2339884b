"""Whether the units within an expression fit together, and fit where its result stands.

A bare number takes the unit that is needed, so that a product with one fits anywhere. Rates that compound are written
with numbers, (1 + growth) ** years, and fit anywhere as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from distributions.errors import Fault, UserError
from distributions.expression import Calculation, Call, Name, Node, Number
from distributions.units import quantity

_SAME = 1e-9
"""Scales that differ by less are the same but for rounding."""


@dataclass(frozen=True)
class Unit:
    """A unit by what it is made of: base unit to exponent, and how many of the base units one of it is.

    words: how it was written, or what it is a product of.
    """

    base: Mapping[str, float]
    scale: float
    words: str

    def fits(self, other: Unit) -> bool:
        """Whether numbers in one are numbers in the other."""
        same = {name: round(power, 9) for name, power in self.base.items()} == {
            name: round(power, 9) for name, power in other.base.items()
        }
        return same and math.isclose(self.scale, other.scale, rel_tol=_SAME)

    def __str__(self) -> str:
        return self.words


Known = Unit | None
"""A unit, or None for what takes the unit that is needed."""

ONE = Unit({}, 1.0, "a plain number")


def unit(text: str) -> Unit:
    """A unit from its words. Raises UserError for words that are none."""
    if text == "1":
        return ONE
    in_base = quantity(text).to_base_units()
    powers = {name: float(power) for name, power in in_base.unit_items()}
    return Unit(powers, float(in_base.magnitude), text)


def check(calculation: Calculation, units: Callable[[str], Known], wanted: Sequence[Unit]) -> None:
    """Raise UserError, without a key, unless the units agree and the result is in one of those wanted.

    units: of each name. wanted: none where any will do.
    """
    result = _unit(calculation.tree, units)
    if result is not None and wanted and not any(result.fits(one) for one in wanted):
        raise UserError(
            Fault("", f"comes out in {result}, not in {wanted[0]}", hint=_factor(result, wanted[0]))
        )


def _factor(found: Unit, wanted: Unit) -> str:
    if found.base != wanted.base:
        return ""
    return f"times {found.scale / wanted.scale:g}, it is in {wanted}"


def _unit(node: Node, units: Callable[[str], Known]) -> Known:
    match node:
        case Number():
            return None
        case Name(name=name):
            return units(name)
        case Call(function=("+" | "-" | "min" | "max") as function, arguments=arguments):
            return _agreed(function, [_unit(argument, units) for argument in arguments])
        case Call(function=("neg" | "ceil" | "floor"), arguments=(argument,)):
            return _unit(argument, units)
        case Call(function="pick", arguments=(which, *values)):
            _plain("the first argument of pick", _unit(which, units))
            return _agreed("pick", [_unit(value, units) for value in values])
        case Call(function=("exp" | "log") as function, arguments=(argument,)):
            _plain(f"the argument of {function}", _unit(argument, units))
            return ONE
        case Call(function="sqrt", arguments=(argument,)):
            return _power(_unit(argument, units), 0.5)
        case Call(function="**", arguments=(base, exponent)):
            _plain("an exponent", _unit(exponent, units))
            of_base = _unit(base, units)
            power = _number(exponent)
            if power is None and of_base is not None and not of_base.fits(ONE):
                raise UserError(
                    Fault("", f"raises {of_base} to a power that varies", "a plain number as exponent")
                )
            return of_base if power is None else _power(of_base, power)
        case Call(function=("*" | "/") as function, arguments=(left, right)):
            return _product(_unit(left, units), _unit(right, units), 1.0 if function == "*" else -1.0)
    raise AssertionError(node)


def _number(node: Node) -> float | None:
    """The value of an expression of numbers alone."""
    match node:
        case Number(value=value):
            return value
        case Name():
            return None
    calculation = Calculation("", (), node)
    try:
        return float(calculation.evaluate({}))
    except KeyError:
        return None


def _agreed(function: str, units: Sequence[Known]) -> Known:
    named = [one for one in units if one is not None]
    for one in named[1:]:
        if not one.fits(named[0]):
            what = {"+": "a sum", "-": "a difference"}.get(function, f"the arguments of {function}")
            hint = _factor(one, named[0])
            raise UserError(Fault("", f"mixes {named[0]} and {one} in {what}", "one unit", hint))
    return named[0] if named else None


def _plain(what: str, found: Known) -> None:
    if found is not None and not found.fits(ONE):
        raise UserError(Fault("", f"{what} is in {found}", "a plain number, such as a ratio"))


def _product(left: Known, right: Known, power: float) -> Known:
    if left is None or right is None:
        return None
    base = dict(left.base)
    for name, exponent in right.base.items():
        base[name] = base.get(name, 0.0) + power * exponent
    sign = " × " if power > 0 else " / "
    words = left.words if right is ONE else f"{left.words}{sign}({right.words})"
    if left is ONE and power > 0:
        words = right.words
    return Unit(
        {name: p for name, p in base.items() if abs(p) > _SAME}, left.scale * right.scale**power, words
    )


def _power(of: Known, power: float) -> Known:
    if of is None or of is ONE:
        return of
    exponent = Fraction(power).limit_denominator(1000)
    return Unit(
        {name: p * power for name, p in of.base.items() if p * power != 0.0},
        of.scale**power,
        f"({of.words})^{exponent}",
    )
