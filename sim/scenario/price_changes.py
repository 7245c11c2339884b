"""Prices that are known to change within the horizon: `[[market.change]]` of a scenario."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from distributions.errors import did_you_mean
from distributions.inputs import registry
from distributions.parameters import described
from distributions.tables.lines import KeyPath
from sim.scenario.faults import Faults

KEYS = ("month", "input", "times", "to", "source")

INPUTS = (
    "price.input",
    "price.output",
    "price.tuned_input",
    "price.tuned_output",
    "price.tuned_premium",
    "price.embedding",
    "cache.read_multiplier",
    "cache.write_multiplier",
)
"""What may change: list prices, which a month's cost follows and nothing else does."""

LAST_MONTH = 120


@dataclass(frozen=True)
class PriceChange:
    """One input's new value from a month on.

    month: the first with the new value, 1 … 120. input: its key. times: what a draw's value at setup is multiplied by;
    to: what it becomes, of which one is None. source: how it is known.
    """

    month: int
    input: str
    times: float | None = None
    to: float | None = None
    source: str = ""

    @property
    def rule(self) -> tuple[int, str, float, float]:
        """Month, input, and the factor and the term that make its new value of the one at setup."""
        if self.times is not None:
            return self.month, self.input, self.times, 0.0
        return self.month, self.input, 0.0, self.to or 0.0

    def after(self, value: float) -> float:
        """The new value of an input that has this one at setup."""
        _, _, times, plus = self.rule
        return value * times + plus

    def table(self) -> dict[str, Any]:
        """As in a scenario's file."""
        found = {key: getattr(self, key) for key in KEYS}
        return {key: value for key, value in found.items() if value not in (None, "")}


def change(
    month: int, name: str, before: float, after: float, source: str, *, setup: float
) -> PriceChange | None:
    """The change from one value to another, or None where there is none; as a factor on the value at setup."""
    if math.isclose(after, before, rel_tol=1e-9):  # ratios of prices are equal but for rounding
        return None
    if setup > 0.0 and after > 0.0:
        return PriceChange(month, name, times=after / setup, source=source)
    return PriceChange(month, name, to=after, source=source)


def read(entries: Any, path: KeyPath, faults: Faults) -> tuple[PriceChange, ...]:
    """The changes of a scenario's file; faults are left in `faults`."""
    if isinstance(entries, Mapping) or not isinstance(entries, list | tuple):
        faults.add(path, described(entries), allowed="[[market.change]] in double brackets")
        return ()
    found: list[PriceChange] = []
    for number, entry in enumerate(entries):
        here: KeyPath = (*path, number)
        if not isinstance(entry, Mapping):
            faults.add(here, described(entry), allowed=f"a table of {', '.join(KEYS)}")
            continue
        one = _read_one(entry, here, faults)
        if one is None:
            continue
        if any((one.month, one.input) == (other.month, other.input) for other in found):
            faults.add(here, f"{one.input} changes twice in month {one.month}", allowed="one change of it")
        else:
            found.append(one)
    return in_order(found)


def in_order(changes: Iterable[PriceChange]) -> tuple[PriceChange, ...]:
    """By month, then by input."""
    return tuple(sorted(changes, key=lambda change: (change.month, INPUTS.index(change.input))))


def _read_one(entry: Mapping[str, Any], path: KeyPath, faults: Faults) -> PriceChange | None:
    before = faults.count
    faults.unknown_keys(path, entry, KEYS)
    month, name, source = entry.get("month"), entry.get("input"), entry.get("source", "")
    if isinstance(month, bool) or not isinstance(month, int) or not 1 <= month <= LAST_MONTH:
        shown = f"found {month}" if type(month) is int and abs(month) < 10**9 else described(month)
        faults.add(
            (*path, "month"),
            "missing" if month is None else shown,
            allowed=f"a whole number from 1 to {LAST_MONTH}",
        )
    if not isinstance(name, str) or name not in INPUTS:
        faults.add(
            (*path, "input"),
            "missing"
            if name is None
            else f"found '{name:.60}'"
            if isinstance(name, str)
            else described(name),
            allowed=", ".join(INPUTS),
            hint=did_you_mean(name[:60], INPUTS) if isinstance(name, str) else "",
        )
    if not isinstance(source, str):
        faults.add((*path, "source"), described(source), allowed="a text")
    given = [key for key in ("times", "to") if key in entry]
    if len(given) != 1:
        shown = "times and to are both given" if given else "lacks times and to"
        faults.add(
            path, shown, allowed="one of them: times, a factor on the price at setup, or to, the new price"
        )
    for key in given:
        value = entry[key]
        number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")
        if not number:
            faults.add((*path, key), described(value), allowed="a number")
        elif key == "times" and not value > 0:
            faults.add((*path, key), f"found {value!r}", allowed="a factor above 0")
        elif key == "to" and name in INPUTS and value not in registry()[name].support:
            faults.add((*path, key), f"found {value!r}", allowed=str(registry()[name].support))
    if faults.count > before:
        return None
    values = {key: float(entry[key]) for key in given}
    return PriceChange(int(entry["month"]), str(name), source=source, **values)
