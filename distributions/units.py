"""Units that a value may be given in, and their conversion: "USD/day" for an input counted in USD/week.

Time is calendar time: a day has 24 hours, a week 7 days, a month 730 hours and a year 12 months. People's time is
working time: a week of theirs has 5 days of 8 hours, so that USD/day for what is counted in USD/week is times 5.
Rates that compound are converted in `distributions.kinds.conversion`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

from distributions.errors import Fault, UserError, did_you_mean

PROPORTIONAL, WORKING, GROWTH, DECLINE = "proportional", "working", "growth", "decline"
KINDS = (PROPORTIONAL, WORKING, GROWTH, DECLINE)
"""How an input's values in other units become its own: the field `conversion` of `inputs.toml`."""

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
workday = 0.2 week = _
workhour = 0.125 workday = _
month = 730 hour = _ = months
quarter = 3 month = _ = quarters
year = 12 month = _ = years
percent = 0.01 = _
thousand = 1000 = _ = K = k
million = 1000000 = _ = M
billion = 1000000000 = _ = B
"""
_LINES = [line.split(" = ") for line in _DEFINITIONS.strip().splitlines() if not line.startswith("work")]
WORDS = tuple(name for first, *rest in _LINES for name in (first, *rest[1:]) if name != "_")
_SIBLINGS = (
    ("hour", "day", "week", "month", "year"),
    ("USD", "cent"),
    ("second", "ms", "minute", "hour"),
    ("K", "M", "B"),
    ("1", "percent"),
)
_WORKING = {
    "day": "workday", "days": "workday", "hour": "workhour", "hours": "workhour", "h": "workhour",
}  # fmt: skip
"""What a word of calendar time means where people's time is counted."""

_PLURAL = {"hours": "hour", "days": "day", "weeks": "week", "months": "month", "years": "year", "s": "second"}


@cache
def _registry() -> Any:
    import pint

    registry: Any = pint.UnitRegistry(None)
    for line in _DEFINITIONS.strip().splitlines():
        registry.define(line)
    return registry


def factor(unit: str, wanted: str, *, working: bool = False) -> float:
    """How many of the wanted unit make one of `unit`.

    working: the wanted unit counts people's time, in weeks; a day of it is a working day.

    Raises:
        UserError: an unknown unit, or one of another dimension; the fault's key is "unit".
    """
    if unit.split() == wanted.split():
        return 1.0
    others = ", ".join(_convertible(wanted))
    allowed = f"{wanted}, or what converts to it" + (f": {others}" if others else "")
    target = quantity(wanted)
    try:
        given = quantity(unit)
        if working:
            given = quantity(_working(unit, below="/" in wanted and "week" not in wanted.partition("/")[0]))
    except UserError as error:
        raise UserError(*(replace(fault, allowed=allowed) for fault in error.faults)) from None
    if given.dimensionality != target.dimensionality:
        raise UserError(Fault("unit", f'"{unit}" cannot be converted to {wanted}', allowed))
    return float(given.to(target.units).magnitude / target.magnitude)


def periods(unit: str, wanted: str) -> float:
    """How many periods of a rate such as "%/month" one of the wanted rate's has, 12 for "1/year"."""
    period, wanted_period = (re.sub(r"\bper\b", "/", text).rpartition("/")[2] for text in (unit, wanted))
    return factor(f"1/{period}", f"1/{wanted_period}")


def _working(text: str, *, below: bool) -> str:
    """A unit with its days and hours as those of people; below: where they stand beneath the "/", as in USD/day."""
    first, slash, rest = re.sub(r"\bper\b", "/", text).partition("/")

    def changed(part: str) -> str:
        return re.sub(r"[A-Za-z]+", lambda word: _WORKING.get(word[0], word[0]), part)

    return f"{first}{slash}{changed(rest)}" if below else f"{changed(first)}{slash}{rest}"


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
                term = registry.Quantity(float(word))
            elif word in WORDS or word in _WORKING.values():
                term = registry.Quantity(1.0, word)
            else:
                hint = did_you_mean(word, WORDS)
                named = ", ".join(first for first, *_ in _LINES)
                raise UserError(Fault("unit", f'"{word[:40]}" is no known unit', named, hint))
            result = result / term if number else result * term
    return result


def _convertible(unit: str) -> list[str]:
    """A few other units of the same dimension: the unit with one of its words changed for a sibling."""
    candidates = [f"%{unit[1:]}"] if unit.startswith("1/") else []
    for siblings in _SIBLINGS:
        for word in re.findall(r"[A-Za-z]+|\b1\b", unit):
            single = _PLURAL.get(word, word)
            if single not in siblings or (single == "1" and unit != "1"):
                continue
            for other in siblings:
                if other != single:
                    plural = other + "s" if word == single + "s" else other
                    candidates.append(re.sub(rf"\b{word}\b", plural, unit, count=1))
    return [other for other in candidates if quantity(other).dimensionality == quantity(unit).dimensionality][
        :4
    ]
