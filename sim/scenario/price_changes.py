"""Prices that are known to change within the horizon: `[[market.change]]` of a scenario."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from distributions.inputs import registry
from distributions.parameters import described
from distributions.support import Support
from distributions.tables.declaration import OneOf, declare, declared
from distributions.tables.faults import Faults
from distributions.tables.kinds import choice, number, text, whole
from distributions.tables.lines import KeyPath

INPUTS = (
    "price.input",
    "price.output",
    "price.small_input",
    "price.small_output",
    "price.tuned_premium",
    "price.embedding",
    "cache.read_multiplier",
    "cache.write_multiplier",
)
"""What may change: list prices, which a month's cost follows and nothing else does."""

LAST_MONTH = 120


@dataclass(frozen=True)
class PriceChange:
    """From a month on, an input is times what it was at setup, or becomes another."""

    month: int = declare(whole(1, LAST_MONTH), "the first with the new value")
    input: str = declare(choice(INPUTS), "the input that changes")
    times: float | None = declare(
        number(Support(0.0, lower_open=True), "a factor"),
        "what a draw's value at setup is multiplied by",
        None,
    )
    to: float | None = declare(number(), "what it becomes", None)
    source: str = declare(text(empty=True), "how the change is known", "")

    RULES: ClassVar = (OneOf(("times", "to")),)

    def check(self, path: KeyPath, faults: Faults) -> None:
        """Leaves a fault where the new value is none that the input can have."""
        support = registry()[self.input].support
        if self.to is not None and self.to not in support:
            faults.add((*path, "to"), described(self.to), allowed=str(support))

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
        values = {key: getattr(self, key) for key in declared(PriceChange)}
        return {key: value for key, value in values.items() if value not in (None, "")}


def change(
    month: int, name: str, before: float, after: float, source: str, *, setup: float
) -> PriceChange | None:
    """The change from one value to another, or None where there is none; as a factor on the value at setup."""
    if math.isclose(after, before, rel_tol=1e-9):  # ratios of prices are equal but for rounding
        return None
    if setup > 0.0 and after > 0.0:
        return PriceChange(month, name, times=after / setup, source=source)
    return PriceChange(month, name, to=after, source=source)


def distinct(changes: Iterable[PriceChange | None], path: KeyPath, faults: Faults) -> tuple[PriceChange, ...]:
    """The changes of a file in order; a fault for a second one of an input in a month."""
    kept: list[PriceChange] = []
    for position, entry in enumerate(changes):
        if entry is None:
            continue
        if any((entry.month, entry.input) == (other.month, other.input) for other in kept):
            problem = f"{entry.input} changes twice in month {entry.month}"
            faults.add((*path, position), problem, allowed="one change of it")
        kept.append(entry)
    return in_order(kept)


def in_order(changes: Iterable[PriceChange]) -> tuple[PriceChange, ...]:
    """By month, then by input."""
    return tuple(sorted(changes, key=lambda change: (change.month, INPUTS.index(change.input))))
