"""The fees of a quote's file, `[[quote.fee]]`: one price, or tiers, for each unit that is charged."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from distributions.parameters import described
from distributions.spec import Marginal, marginal
from distributions.support import Support
from distributions.tables.declaration import Needs, OneOf, Tables, declare
from distributions.tables.faults import Faults
from distributions.tables.kinds import Uncertain, choice, number, text
from distributions.tables.lines import KeyPath
from sim.quotes.fee_kinds import KINDS, by_volume

_UNITS = number(Support(0.0, lower_open=True), "units a month")
_PRICE = Uncertain(Support(0.0))


@dataclass(frozen=True)
class Tier:
    """A tier of a fee."""

    price: Marginal = declare(_PRICE, "a price of 0 or more")
    up_to: float | None = declare(_UNITS, "its last unit of a month; the last tier has none", None)


@dataclass(frozen=True)
class FeeTable:
    """One fee: a price, or prices in tiers, for each unit that is charged."""

    name: str = declare(text("a name"), "in results")
    per: str = declare(choice(KINDS), "what is charged")
    amount: Marginal | None = declare(_PRICE, "the price of a unit", None)
    tiers: tuple[Tier, ...] = declare(Tables(Tier, 1), "prices by units of a month, in rising order", ())
    tiering: str = declare(
        choice(("graduated", "volume")),
        "whether each unit is charged at its own tier's price, or all at that of the tier reached",
        "graduated",
    )
    included: float | None = declare(_UNITS, "that are free", None)

    RULES: ClassVar = (OneOf(("amount", "tiers")), Needs("included", ("amount",)))

    def check(self, path: KeyPath, faults: Faults) -> None:
        """Leaves a fault where there is no volume to be tiered, or tiers overlap."""
        for name, value in (("tiers", self.tiers), ("included", self.included)):
            if value and self.per not in by_volume():
                faults.add((*path, name), f"a fee per {self.per} has no volume", allowed="with a usage fee")
        before = 0.0
        for position, end in enumerate(tier.up_to for tier in self.tiers):
            where = (*path, "tiers", position, "up_to")
            if position == len(self.tiers) - 1:
                if end is not None:
                    problem, hint = (
                        f"{described(end)} in the last tier",
                        "what lies beyond would have no price",
                    )
                    faults.add(where, problem, allowed="a last tier without up_to", hint=hint)
            elif end is None:
                faults.add(where, "missing", allowed="an end, in every tier but the last")
            elif end <= before:
                known = f"the tier before ends at {before:g}" if position else "a tier begins at 0"
                allowed = "tiers in rising order, without overlap"
                faults.add(where, f"found {end!r}, and {known}", allowed=allowed)
            else:
                before = end


@dataclass(frozen=True)
class Fee:
    """One fee.

    per: as in `sim.quotes.fee_kinds.KINDS`. up_to: the last unit of each tier, infinite at last. at_reached: whether
    all units are charged at the tier reached (a volume tier), and not each at its own. prices: of each tier, by term
    key.
    """

    name: str
    per: str
    prices: Mapping[str, Marginal]
    up_to: tuple[float, ...] = (math.inf,)
    at_reached: bool = False


def fee(table: FeeTable) -> Fee:
    """The fee that a table declares."""
    name, at_reached = f"fee.{table.name}", table.tiering == "volume"
    if table.amount is None:
        prices = {f"{name}.tier_{number}": tier.price for number, tier in enumerate(table.tiers, 1)}
        ends = tuple(math.inf if tier.up_to is None else tier.up_to for tier in table.tiers)
        return Fee(table.name, table.per, prices, ends, at_reached)
    if table.included is None:
        return Fee(table.name, table.per, {name: table.amount}, at_reached=at_reached)
    prices = {f"{name}.included": marginal(0.0), name: table.amount}
    return Fee(table.name, table.per, prices, (table.included, math.inf), at_reached)
