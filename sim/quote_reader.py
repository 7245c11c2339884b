"""From the tables of a quote's file to checked values; every fault is found before any is reported."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distributions.errors import UserError, did_you_mean
from distributions.inputs import registry
from distributions.parameters import described
from distributions.provenance import date
from distributions.spec import Marginal, marginal
from distributions.support import Support
from sim.kernel import STRATEGIES
from sim.kernel.columns import GPU
from sim.kernel.fees import PER, USAGE
from sim.kernel.strategies import FIRST_LINE, LINE_ITEM, USES
from sim.quote_terms import DEFAULT_UPLIFT, DEFAULT_UPLIFT_SOURCE, TERMS
from sim.scenario_faults import Faults, near
from sim.text_file import visible
from sim.toml_lines import KeyPath
from sim.toml_text import NUMBERS, Document, key_text, unusable

MAX_TERM = 120
TABLES = {
    "commitment": ("minimum_monthly",),
    "escalator": ("annual",),
    "renewal": ("at", "uplift"),
    "credits": ("amount", "price", "expires_after_months"),
    "service_credit": ("share", "missed_months"),
    "early_termination": ("chance_monthly", "fee", "share_of_minimum"),
}
"""Tables within [quote] that hold terms, and their keys."""

NEEDED = {
    "commitment": ("minimum_monthly",),
    "escalator": ("annual",),
    "credits": ("amount", "price"),
    "service_credit": ("share", "missed_months"),
    "early_termination": ("chance_monthly",),
}
PLAIN = (
    "vendor", "strategy", "valid_until", "term_months", "replaces", "currency", "exchange_rate", "source",
)  # fmt: skip
KEYS = (*PLAIN, "fixes", "fee", *TABLES)
FEE_KEYS = ("name", "per", "amount", "tiers", "tiering", "included")
TIERING = ("graduated", "volume")
RENEWALS = ("list", "quote")
_PRICE = Support(0.0)


@dataclass(frozen=True)
class Fee:
    """One fee.

    per: as in `sim.kernel.fees.PER`. up_to: the last unit of each tier, infinite at last. at_reached: whether all units
    are charged at the tier reached (a volume tier), and not each at its own. prices: of each tier, by term key.
    """

    name: str
    per: str
    prices: Mapping[str, Marginal]
    up_to: tuple[float, ...] = (math.inf,)
    at_reached: bool = False


@dataclass
class Read:
    """The checked content of a quote's file; see `sim.quote.Quote`."""

    vendor: str = ""
    strategy: str = ""
    fees: tuple[Fee, ...] = ()
    pins: dict[str, Marginal] = field(default_factory=dict)
    terms: dict[str, Marginal] = field(default_factory=dict)
    replaces: tuple[str, ...] = ()
    term: int | None = None
    expires: int | None = None
    at_list: bool = True
    valid_until: datetime.date | None = None
    currency: str = "USD"
    source: str = ""


def items_of(strategy: str) -> tuple[str, ...]:
    """The line items of a strategy, each once."""
    at = STRATEGIES.index(strategy)
    return tuple(dict.fromkeys(LINE_ITEM[int(FIRST_LINE[at]) : int(FIRST_LINE[at + 1])]))


def read_quote(
    tables: Mapping[str, Any], file: str, document: Document | None = None, folder: Path | None = None
) -> Read:
    """Read every table, then report all faults or none. Raises UserError."""
    faults = Faults(file, document)
    reader = _Reader(tables, faults, folder)
    found = reader.read()
    faults.raise_any()
    return found


class _Reader:
    """Reads the tables of one quote; each method reads one thing and leaves its faults in `faults`."""

    def __init__(self, tables: Mapping[str, Any], faults: Faults, folder: Path | None) -> None:
        self.tables = tables
        self.faults = faults
        self.folder = folder
        self.broken: set[KeyPath] = set()
        for path, value in unusable(tables):
            shown = visible(repr(value), 60)
            self.faults.add(path, f"found {shown}", allowed=f"{NUMBERS}, and valid Unicode text")
            self.broken.update(path[:end] for end in range(len(path) + 1))

    def read(self) -> Read:
        """Everything."""
        found = Read()
        self._top()
        table = self._table(("quote",), self.tables.get("quote"))
        for name in table:
            if name not in KEYS:
                self.faults.add(
                    ("quote", name), "unknown key", allowed=", ".join(KEYS), hint=near(name, KEYS)
                )
        found.vendor = self._text(table, "vendor", needed=True)
        found.source = self._text(table, "source")
        found.currency = self._text(table, "currency") or "USD"
        found.strategy = self._strategy(table)
        found.valid_until = self._date(table)
        found.term = self._months(("quote", "term_months"), table.get("term_months"))
        found.replaces = self._replaces(table, found.strategy)
        found.pins = self._pins(table)
        found.fees = self._fees(table, found.strategy)
        found.terms = self._terms(table, found.currency)
        found.expires = self._months(
            ("quote", "credits", "expires_after_months"),
            self._inner(table, "credits").get("expires_after_months"),
        )
        self._renewal(table, found)
        usage = any(PER.index(fee.per) >= USAGE for fee in found.fees)
        for needing in ("commitment", "credits"):
            if table.get(needing) and not usage and not self.faults.found:
                self.faults.add(
                    ("quote", needing),
                    "there is no usage fee that would count towards it",
                    allowed=f"together with a fee per {', '.join(PER[USAGE:-1])} or {PER[-1]}",
                )
        return found

    def _top(self) -> None:
        """The names of the tables."""
        if "quote" not in self.tables and {"study", "inputs"} & set(self.tables):
            self.faults.add(
                (),
                "this is a scenario, not a vendor's quote",
                hint="the scenario comes first: `breakeven quotes SCENARIO QUOTE`",
            )
            self.faults.raise_any()
        if "quote" not in self.tables:
            self.faults.add(
                ("quote",), "missing", allowed="a table: [quote]", hint=near("quote", self.tables)
            )
            self.faults.raise_any()
        for name in self.tables:
            if name != "quote":
                hint = f"did you mean [quote.{name}]?" if name in KEYS else near(name, ("quote",))
                self.faults.add((name,), "unknown table", allowed="quote", hint=hint)

    def _table(self, path: KeyPath, value: Any) -> Mapping[str, Any]:
        if isinstance(value, Mapping):
            return value
        self.faults.add(path, described(value), allowed=f"a table: [{key_text(path)}]")
        return {}

    def _inner(self, table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        value = table.get(name)
        return value if isinstance(value, Mapping) else {}

    def _text(self, table: Mapping[str, Any], name: str, *, needed: bool = False) -> str:
        path = ("quote", name)
        if name not in table:
            if needed:
                self.faults.add(path, "missing", allowed="a name")
            return ""
        value = table[name]
        if path in self.broken:
            return ""
        if not isinstance(value, str) or not value.strip():
            found = "found an empty text" if isinstance(value, str) else described(value)
            self.faults.add(path, found, allowed="a text")
            return ""
        return value.strip()

    def _strategy(self, table: Mapping[str, Any]) -> str:
        path, allowed = ("quote", "strategy"), ", ".join(STRATEGIES)
        value = table.get("strategy")
        if value is None:
            self.faults.add(path, "missing: what would be bought", allowed=allowed)
        elif not isinstance(value, str):
            self.faults.add(path, described(value), allowed=allowed)
        elif value not in STRATEGIES:
            self.faults.add(
                path,
                f"unknown strategy {visible(repr(value), 60)}",
                allowed=allowed,
                hint=near(value, STRATEGIES),
            )
        else:
            return value
        return ""

    def _date(self, table: Mapping[str, Any]) -> datetime.date | None:
        if "valid_until" not in table:
            return None
        day = date(table["valid_until"])
        if day is None:
            found = visible(repr(table["valid_until"]), 40)
            self.faults.add(("quote", "valid_until"), f"found {found}", allowed="a date, such as 2027-03-31")
        return day

    def _months(self, path: KeyPath, value: Any) -> int | None:
        if value is None or path in self.broken:
            return None
        allowed = f"a whole number of months from 1 to {MAX_TERM}"
        if isinstance(value, bool) or not isinstance(value, int):
            hint = f"write {value:.0f}" if isinstance(value, float) and value.is_integer() else ""
            self.faults.add(path, described(value), allowed=allowed, hint=hint)
        elif not 1 <= value <= MAX_TERM:
            self.faults.add(path, f"found {visible(str(value), 40)}", allowed=allowed)
        else:
            return value
        return None

    def _replaces(self, table: Mapping[str, Any], strategy: str) -> tuple[str, ...]:
        path, value = ("quote", "replaces"), table.get("replaces", [])
        items = items_of(strategy) if strategy else LINE_ITEM
        allowed = f"a list of line items of {strategy or 'the strategy'}: {', '.join(dict.fromkeys(items))}"
        if not isinstance(value, list | tuple):
            self.faults.add(path, described(value), allowed=allowed)
            return ()
        good = []
        for position, name in enumerate(value):
            if not isinstance(name, str):
                self.faults.add(path, described(name), allowed=allowed)
            elif name not in items:
                self.faults.add(
                    path,
                    f"unknown line item {visible(repr(name), 60)}",
                    allowed=allowed,
                    hint=near(name, items),
                )
            elif name in value[:position]:
                self.faults.add(path, f"'{name}' is named twice", allowed="different line items")
            else:
                good.append(name)
        return tuple(good)

    def _pins(self, table: Mapping[str, Any]) -> dict[str, Marginal]:
        """`[quote.fixes]`: inputs by key, whether written with quotes or as tables within tables."""
        found: dict[str, Marginal] = {}
        if "fixes" not in table:
            return found
        for key, path, value in self._flat(self._table(("quote", "fixes"), table["fixes"])):
            item = registry().get(key)
            if item is None:
                hint = did_you_mean(key[:80].removeprefix("inputs."), registry())
                self.faults.add(
                    path, f"unknown input '{visible(key, 60)}'", hint=hint or "see `breakeven inputs`"
                )
            elif key in found:
                self.faults.add(path, "given twice", allowed="each input once")
            else:
                read = self._value(path, value, item.unit, item.support)
                if read is not None:
                    found[key] = read
        return found

    def _flat(self, table: Mapping[str, Any]) -> list[tuple[str, KeyPath, Any]]:
        groups = {item.group for item in registry().values()}
        entries: list[tuple[str, KeyPath, Any]] = []
        for name, value in table.items():
            path: KeyPath = ("quote", "fixes", name)
            if name in groups and isinstance(value, Mapping):
                entries += [(f"{name}.{inner}", (*path, inner), part) for inner, part in value.items()]
            else:
                entries.append((name, path, value))
        return entries

    def _value(self, path: KeyPath, value: Any, unit: str | None, support: Support) -> Marginal | None:
        if path in self.broken:
            return None
        try:
            return marginal(value, key=key_text(path), unit=unit, support=support, folder=self.folder)
        except UserError as error:
            self.faults.take(error, path)
            return None

    def _terms(self, table: Mapping[str, Any], currency: str) -> dict[str, Marginal]:
        """Every term of `quote_terms.TERMS` that the quote has."""
        found: dict[str, Marginal] = {}
        for name, keys in TABLES.items():
            if name not in table:
                continue
            inner = self._table(("quote", name), table[name])
            for key in inner:
                if key not in keys:
                    self.faults.add(
                        ("quote", name, key), "unknown key", allowed=", ".join(keys), hint=near(key, keys)
                    )
            for key in NEEDED.get(name, ()):
                if key not in inner:
                    self.faults.add(("quote", name, key), "missing", allowed=TERMS[f"{name}.{key}"].meaning)
            for key in keys:
                term = TERMS.get(f"{name}.{key}")
                if term is not None and key in inner:
                    value = self._value(("quote", name, key), inner[key], None, term.support)
                    if value is not None:
                        found[term.key] = value
        if "exchange_rate" in table:
            value = self._value(
                ("quote", "exchange_rate"), table["exchange_rate"], None, TERMS["exchange_rate"].support
            )
            if value is not None:
                found["exchange_rate"] = value
        foreign = currency.upper() != "USD"
        if foreign and "exchange_rate" not in table:
            self.faults.add(
                ("quote", "exchange_rate"),
                f"missing, for a quote in {visible(currency, 20)}",
                allowed=TERMS["exchange_rate"].meaning,
            )
        elif not foreign and "exchange_rate" in table:
            self.faults.add(
                ("quote", "exchange_rate"), "says nothing of a quote in USD", allowed="together with currency"
            )
        return found

    def _fees(self, table: Mapping[str, Any], strategy: str) -> tuple[Fee, ...]:
        entries = table.get("fee", [])
        if isinstance(entries, Mapping) or not isinstance(entries, list | tuple):
            self.faults.add(("quote", "fee"), described(entries), allowed="[[quote.fee]] in double brackets")
            return ()
        found: list[Fee] = []
        names: set[str] = set()
        for number, entry in enumerate(entries):
            path: KeyPath = ("quote", "fee", number)
            if not isinstance(entry, Mapping):
                self.faults.add(path, described(entry), allowed=f"a table of {', '.join(FEE_KEYS)}")
                continue
            fee = self._fee(path, entry, strategy)
            if fee is not None:
                if fee.name in names:
                    self.faults.add(
                        (*path, "name"),
                        f"'{visible(fee.name, 40)}' names two fees",
                        allowed="different names",
                    )
                names.add(fee.name)
                found.append(fee)
        return tuple(found)

    def _fee(self, path: KeyPath, entry: Mapping[str, Any], strategy: str) -> Fee | None:
        before = len(self.faults.found) + self.faults.more
        for key in entry:
            if key not in FEE_KEYS:
                self.faults.add(
                    (*path, key), "unknown key", allowed=", ".join(FEE_KEYS), hint=near(key, FEE_KEYS)
                )
        name = entry.get("name")
        if not isinstance(name, str) or not name.strip():
            problem = (
                "missing"
                if name is None
                else described(name)
                if not isinstance(name, str)
                else "found an empty text"
            )
            self.faults.add((*path, "name"), problem, allowed="a name")
            name = "?"
        name = name.strip()
        per = entry.get("per")
        if per not in PER:
            problem = "missing" if per is None else f"found {visible(repr(per), 40)}"
            self.faults.add(
                (*path, "per"), problem, allowed=", ".join(PER), hint=near(per, PER) if per else ""
            )
            per = None
        elif per == "gpu_hour" and strategy and not USES[STRATEGIES.index(strategy), GPU]:
            renting = ", ".join(s for k, s in enumerate(STRATEGIES) if USES[k, GPU])
            self.faults.add((*path, "per"), f"{strategy} rents no GPUs", allowed=f"with strategy {renting}")
        if ("amount" in entry) == ("tiers" in entry):
            problem = "has both amount and tiers" if "amount" in entry else "has neither amount nor tiers"
            self.faults.add(path, problem, allowed="one of amount and tiers")
            return None
        usage = per is None or PER.index(per) >= USAGE
        for key in ("tiers", "included"):
            if key in entry and not usage:
                self.faults.add((*path, key), f"a fee per {per} has no volume", allowed="with a usage fee")
        tiering = entry.get("tiering", TIERING[0])
        if tiering not in TIERING:
            self.faults.add(
                (*path, "tiering"),
                f"found {visible(repr(tiering), 40)}",
                allowed=", ".join(TIERING),
                hint=near(tiering, TIERING),
            )
        if "tiers" in entry:
            if "included" in entry:
                self.faults.add(
                    (*path, "included"), "goes with amount alone", allowed="a first tier at price 0"
                )
            prices, up_to = self._tiers(path, name, entry["tiers"])
        else:
            prices, up_to = self._amount(path, name, entry)
        if len(self.faults.found) + self.faults.more > before or per is None:
            return None
        return Fee(name, per, prices, tuple(up_to), tiering == "volume")

    def _amount(
        self, path: KeyPath, name: str, entry: Mapping[str, Any]
    ) -> tuple[dict[str, Marginal], list[float]]:
        """One price, above a volume that is included or from the first unit on."""
        value = self._value((*path, "amount"), entry["amount"], None, _PRICE)
        prices = {f"fee.{name}": value} if value is not None else {}
        if "included" not in entry:
            return prices, [math.inf]
        included = entry["included"]
        if isinstance(included, bool) or not isinstance(included, int | float) or not included > 0:
            self.faults.add(
                (*path, "included"),
                described(included) if isinstance(included, bool | str) else f"found {included!r}",
                allowed="units a month, above 0",
            )
            return prices, [math.inf]
        return {f"fee.{name}.included": marginal(0.0), **prices}, [float(included), math.inf]

    def _tiers(self, path: KeyPath, name: str, tiers: Any) -> tuple[dict[str, Marginal], list[float]]:
        """Tiers in rising order, the last without an end."""
        where = (*path, "tiers")
        allowed = "a list of { up_to = UNITS, price = … }, the last without up_to"
        prices: dict[str, Marginal] = {}
        ends: list[float] = []
        if not isinstance(tiers, list | tuple) or not tiers:
            self.faults.add(
                where,
                described(tiers) if not isinstance(tiers, list | tuple) else "found no tier",
                allowed=allowed,
            )
            return prices, ends
        for number, tier in enumerate(tiers):
            at, last = (*where, number), number == len(tiers) - 1
            if not isinstance(tier, Mapping):
                self.faults.add(at, described(tier), allowed=allowed)
                continue
            for key in tier:
                if key not in ("up_to", "price"):
                    self.faults.add(
                        (*at, key), "unknown key", allowed="up_to, price", hint=near(key, ("up_to", "price"))
                    )
            if "price" not in tier:
                self.faults.add((*at, "price"), "missing", allowed="a price of 0 or more")
            else:
                value = self._value((*at, "price"), tier["price"], None, _PRICE)
                if value is not None:
                    prices[f"fee.{name}.tier_{number + 1}"] = value
            end = tier.get("up_to")
            if last:
                if end is not None:
                    self.faults.add(
                        (*at, "up_to"),
                        f"the last tier ends at {end!r}",
                        allowed="a last tier without up_to",
                        hint="what lies beyond would have no price",
                    )
                ends.append(math.inf)
            elif end is None:
                self.faults.add((*at, "up_to"), "missing", allowed="an end, in every tier but the last")
            elif isinstance(end, bool) or not isinstance(end, int | float) or (*at, "up_to") in self.broken:
                self.faults.add((*at, "up_to"), described(end), allowed="units a month")
            elif end <= (ends[-1] if ends else 0.0):
                before = f"the tier before ends at {ends[-1]:g}" if ends else "a tier begins at 0"
                self.faults.add(
                    (*at, "up_to"),
                    f"found {end!r}, and {before}",
                    allowed="tiers in rising order, without overlap",
                )
            else:
                ends.append(float(end))
        return prices, ends

    def _renewal(self, table: Mapping[str, Any], found: Read) -> None:
        """What happens after the term."""
        inner = self._inner(table, "renewal")
        # Where nothing of the scenario's own comes back, "list" would mean that the fees just end.
        usual = "list" if found.replaces or found.pins else "quote"
        at = inner.get("at", usual)
        if at not in RENEWALS:
            self.faults.add(
                ("quote", "renewal", "at"),
                f"found {visible(repr(at), 40)}",
                allowed=", ".join(RENEWALS),
                hint=near(at, RENEWALS),
            )
        found.at_list = at == "list"
        if found.term is not None and "renewal.uplift" not in found.terms:
            found.terms["renewal.uplift"] = marginal({**DEFAULT_UPLIFT, "source": DEFAULT_UPLIFT_SOURCE})
        if table.get("renewal") and found.term is None and "term_months" not in table:
            self.faults.add(
                ("quote", "renewal"),
                "says nothing of a quote without a term",
                allowed="together with term_months",
            )
        if table.get("early_termination") and found.term is None and "term_months" not in table:
            self.faults.add(
                ("quote", "early_termination"),
                "says nothing of a quote without a term",
                allowed="together with term_months",
            )
