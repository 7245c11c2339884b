"""The fees of a quote's file, `[[quote.fee]]`: one price, or tiers, for each unit that is charged."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from distributions.parameters import described
from distributions.spec import Marginal, marginal
from distributions.support import Support
from distributions.tables.lines import KeyPath
from distributions.text import clean
from sim.kernel import STRATEGIES
from sim.quotes.fee_kinds import KINDS, by_volume
from sim.quotes.values import Values
from sim.scenario.faults import near

KEYS = ("name", "per", "amount", "tiers", "tiering", "included")
TIER_KEYS = ("up_to", "price")
TIERING = ("graduated", "volume")
_PRICE = Support(0.0)


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


def read_fees(entries: Any, strategy: str, values: Values) -> tuple[Fee, ...]:
    """The fees without fault of a list of tables; strategy: "" where it is not known."""
    faults = values.faults
    if not isinstance(entries, list | tuple):
        faults.add(("quote", "fee"), described(entries), allowed="[[quote.fee]] in double brackets")
        return ()
    found: list[Fee] = []
    names: set[str] = set()
    for number, entry in enumerate(entries):
        path: KeyPath = ("quote", "fee", number)
        if not isinstance(entry, Mapping):
            faults.add(path, described(entry), allowed=f"a table of {', '.join(KEYS)}")
            continue
        fee = _Reader(path, entry, strategy, values).read()
        if fee is not None:
            if fee.name in names:
                faults.add(
                    (*path, "name"), f"'{clean(fee.name, 40)}' names two fees", allowed="different names"
                )
            names.add(fee.name)
            found.append(fee)
    return tuple(found)


class _Reader:
    """Reads one fee; each method reads one thing and leaves its faults in those of `values`."""

    def __init__(self, path: KeyPath, entry: Mapping[str, Any], strategy: str, values: Values) -> None:
        self._path, self._entry, self._strategy = path, entry, strategy
        self._values, self._faults = values, values.faults

    def read(self) -> Fee | None:
        """The fee; None where anything of it is at fault."""
        path, entry, before = self._path, self._entry, self._faults.count
        self._faults.unknown_keys(path, entry, KEYS)
        name, per = self._name(), self._per()
        if ("amount" in entry) == ("tiers" in entry):
            problem = "has both amount and tiers" if "amount" in entry else "has neither amount nor tiers"
            self._faults.add(path, problem, allowed="one of amount and tiers")
            return None
        usage = per is None or per in by_volume()
        for key in ("tiers", "included"):
            if key in entry and not usage:
                self._faults.add((*path, key), f"a fee per {per} has no volume", allowed="with a usage fee")
        tiering = self._tiering()
        prices, up_to = self._tiers(name) if "tiers" in entry else self._amount(name)
        if self._faults.count > before or per is None:
            return None
        return Fee(name, per, prices, tuple(up_to), tiering == "volume")

    def _name(self) -> str:
        name = self._entry.get("name")
        if isinstance(name, str) and name.strip():
            return name.strip()
        found = "found an empty text" if isinstance(name, str) else described(name)
        self._faults.add((*self._path, "name"), "missing" if name is None else found, allowed="a name")
        return "?"

    def _per(self) -> str | None:
        path, per, strategy = (*self._path, "per"), self._entry.get("per"), self._strategy
        if per not in KINDS:
            problem = "missing" if per is None else f"found {clean(repr(per), 40)}"
            self._faults.add(path, problem, allowed=", ".join(KINDS), hint=near(per, KINDS) if per else "")
            return None
        kind = KINDS[per]
        if strategy and not kind.fits(strategy):
            fitting = ", ".join(filter(kind.fits, STRATEGIES))
            self._faults.add(path, f"{strategy} {kind.lacking}", allowed=f"with strategy {fitting}")
        return str(per)

    def _tiering(self) -> Any:
        tiering = self._entry.get("tiering", TIERING[0])
        if tiering not in TIERING:
            self._faults.add(
                (*self._path, "tiering"),
                f"found {clean(repr(tiering), 40)}",
                allowed=", ".join(TIERING),
                hint=near(tiering, TIERING),
            )
        return tiering

    def _amount(self, name: str) -> tuple[dict[str, Marginal], list[float]]:
        """One price, above a volume that is included or from the first unit on."""
        path, entry = self._path, self._entry
        value = self._values.read((*path, "amount"), entry["amount"], None, _PRICE)
        prices = {f"fee.{name}": value} if value is not None else {}
        if "included" not in entry:
            return prices, [math.inf]
        included = entry["included"]
        if isinstance(included, bool) or not isinstance(included, int | float) or not included > 0:
            self._faults.add((*path, "included"), described(included), allowed="units a month, above 0")
            return prices, [math.inf]
        return {f"fee.{name}.included": marginal(0.0), **prices}, [float(included), math.inf]

    def _tiers(self, name: str) -> tuple[dict[str, Marginal], list[float]]:
        """Prices of tiers in rising order, and where each ends, the last nowhere."""
        path, tiers = (*self._path, "tiers"), self._entry["tiers"]
        allowed = "a list of { up_to = UNITS, price = … }, the last without up_to"
        if "included" in self._entry:
            self._faults.add(
                (*self._path, "included"), "goes with amount alone", allowed="a first tier at price 0"
            )
        prices: dict[str, Marginal] = {}
        ends: list[float] = []
        if not isinstance(tiers, list | tuple) or not tiers:
            found = "found no tier" if isinstance(tiers, list | tuple) else described(tiers)
            self._faults.add(path, found, allowed=allowed)
            return prices, ends
        for number, tier in enumerate(tiers):
            at = (*path, number)
            if not isinstance(tier, Mapping):
                self._faults.add(at, described(tier), allowed=allowed)
                continue
            self._faults.unknown_keys(at, tier, TIER_KEYS)
            if "price" not in tier:
                self._faults.add((*at, "price"), "missing", allowed="a price of 0 or more")
            else:
                value = self._values.read((*at, "price"), tier["price"], None, _PRICE)
                if value is not None:
                    prices[f"fee.{name}.tier_{number + 1}"] = value
            last = number == len(tiers) - 1
            end = self._end((*at, "up_to"), tier.get("up_to"), ends, last=last)
            if end is not None:
                ends.append(end)
        return prices, ends

    def _end(self, path: KeyPath, end: Any, before: Sequence[float], *, last: bool) -> float | None:
        """The last unit of a tier; before: those of the tiers before it. None where it is at fault."""
        if last:
            if end is not None:
                self._faults.add(
                    path,
                    f"{described(end)} in the last tier",
                    allowed="a last tier without up_to",
                    hint="what lies beyond would have no price",
                )
            return math.inf
        if end is None:
            self._faults.add(path, "missing", allowed="an end, in every tier but the last")
        elif isinstance(end, bool) or not isinstance(end, int | float) or path in self._values.broken:
            self._faults.add(path, described(end), allowed="units a month")
        elif end <= (before[-1] if before else 0.0):
            known = f"the tier before ends at {before[-1]:g}" if before else "a tier begins at 0"
            self._faults.add(
                path, f"found {end!r}, and {known}", allowed="tiers in rising order, without overlap"
            )
        else:
            return float(end)
        return None
