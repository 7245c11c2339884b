"""Units that a value may be given in, and their conversion: "USD/day" for an input counted in USD/week.

Time is calendar time: a day has 24 hours, a week 7 days, a month 730 hours and a year 12 months. So a rate of
labour in USD/day is multiplied by 7, not by 5, to give USD/week: give what a week of work costs.
A rate such as 1/month is converted in proportion (1/year: times 12), not compounded.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

from distributions.errors import Fault, UserError, did_you_mean

# pint's definition format: name = value = symbol (none) = aliases. The base units are whole parts of the others, so
# that factors between them come out exact.
_DEFINITIONS = """
USD = [money] = _ = usd = dollar = dollars
cent = 0.01 USD = _ = cents
token = [token] = _ = tokens
query = [query] = _ = queries = request = requests
search = [search] = _ = searches
GPU = [gpu] = _ = gpu = GPUs = gpus
ms = [time] = _ = millisecond = milliseconds
second = 1000 ms = _ = seconds = s
minute = 60 second = _ = minutes
hour = 3600 second = _ = hours = h
day = 24 hour = _ = days
week = 7 day = _ = weeks
month = 730 hour = _ = months
quarter = 3 month = _ = quarters
year = 12 month = _ = years
percent = 0.01 = _
thousand = 1000 = _ = K = k
million = 1000000 = _ = M
billion = 1000000000 = _ = B
"""
_LINES = [line.split(" = ") for line in _DEFINITIONS.strip().splitlines()]
WORDS = tuple(name for first, *rest in _LINES for name in (first, *rest[1:]) if name != "_")
_SIBLINGS = (
    ("hour", "day", "week", "month", "year"),
    ("USD", "cent"),
    ("second", "ms", "minute", "hour"),
    ("K", "M", "B"),
    ("1", "percent"),
)
_PLURAL = {"hours": "hour", "days": "day", "weeks": "week", "months": "month", "years": "year", "s": "second"}


@cache
def _registry() -> Any:
    import pint

    registry: Any = pint.UnitRegistry(None)
    for line in _DEFINITIONS.strip().splitlines():
        registry.define(line)
    return registry


def factor(found: str, wanted: str) -> float:
    """How many of the wanted unit one of the found unit is.

    Raises:
        UserError: an unknown unit, or one of another dimension; the fault's key is "unit".
    """
    if found.split() == wanted.split():
        return 1.0
    others = ", ".join(_convertible(wanted))
    allowed = f"{wanted}, or what converts to it" + (f": {others}" if others else "")
    own = quantity(wanted)
    try:
        given = quantity(found)
    except UserError as error:
        raise UserError(*(replace(fault, allowed=allowed) for fault in error.faults)) from None
    if given.dimensionality != own.dimensionality:
        raise UserError(Fault("unit", f'"{found}" cannot be converted to {wanted}', allowed))
    return float(given.to(own.units).magnitude / own.magnitude)


@cache
def quantity(text: str) -> Any:
    """A unit such as "USD/M tokens" or "tokens/s/GPU" as a pint quantity; what follows a "/" up to the next divides.

    Raises:
        UserError: a word that is no unit.
    """
    registry = _registry()
    result = registry.Quantity(1.0)
    parts = re.sub(r"\bper\b", "/", text).replace("%", " percent ").split("/")
    for number, part in enumerate(parts):
        words = [word for word in re.split(r"[\s·*-]+", part) if word]
        if not words or len(text) > 100:
            raise UserError(
                Fault(
                    "unit",
                    f'found "{text[:40]}", which is no unit',
                    "a unit such as USD/week, tokens or percent",
                )
            )
        for word in words:
            if re.fullmatch(r"\d{1,15}", word) and int(word) > 0:
                one = registry.Quantity(float(word))
            elif word in WORDS:
                one = registry.Quantity(1.0, word)
            else:
                hint = did_you_mean(word, WORDS)
                named = ", ".join(first for first, *_ in _LINES)
                raise UserError(Fault("unit", f'"{word[:40]}" is no known unit', named, hint))
            result = result / one if number else result * one
    return result


def _convertible(unit: str) -> list[str]:
    """A few other units of the same dimension: the unit with one of its words changed for a sibling."""
    found = []
    for siblings in _SIBLINGS:
        for word in re.findall(r"[A-Za-z]+|\b1\b", unit):
            single = _PLURAL.get(word, word)
            if single not in siblings or (single == "1" and unit != "1"):
                continue
            for other in siblings:
                if other != single:
                    plural = other + "s" if word == single + "s" else other
                    found.append(re.sub(rf"\b{word}\b", plural, unit, count=1))
    return [other for other in found if quantity(other).dimensionality == quantity(unit).dimensionality][:4]
