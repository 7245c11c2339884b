"""From the tables of a quote's file to checked values; every fault is found before any is reported."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distributions.errors import did_you_mean
from distributions.inputs import registry
from distributions.parameters import described
from distributions.provenance import date
from distributions.spec import Marginal, marginal
from distributions.tables.lines import KeyPath
from distributions.tables.reading import NUMBERS, Document, key_text, unusable
from distributions.text import clean
from sim.kernel import STRATEGIES
from sim.kernel.strategies import FIRST_LINE, LINE_ITEM
from sim.quotes.fee_kinds import by_volume
from sim.quotes.fees import Fee, read_fees
from sim.quotes.terms import DEFAULT_UPLIFT, DEFAULT_UPLIFT_SOURCE, TERMS
from sim.quotes.values import Values
from sim.scenario.faults import Faults, near

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
RENEWALS = ("list", "quote")


@dataclass
class Read:
    """The checked content of a quote's file; see `sim.quotes.quote.Quote`."""

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
        self.broken: set[KeyPath] = set()
        self.values = Values(faults, self.broken, folder)
        for path, value in unusable(tables):
            shown = clean(repr(value), 60)
            self.faults.add(path, f"found {shown}", allowed=f"{NUMBERS}, and valid Unicode text")
            self.broken.update(path[:end] for end in range(len(path) + 1))

    def read(self) -> Read:
        """Everything."""
        found = Read()
        self._top()
        table = self._table(("quote",), self.tables.get("quote"))
        self.faults.unknown_keys(("quote",), table, KEYS)
        found.vendor = self._text(table, "vendor", needed=True)
        found.source = self._text(table, "source")
        found.currency = self._text(table, "currency") or "USD"
        found.strategy = self._strategy(table)
        found.valid_until = self._date(table)
        found.term = self._months(("quote", "term_months"), table.get("term_months"))
        found.replaces = self._replaces(table, found.strategy)
        found.pins = self._pins(table)
        found.fees = read_fees(table.get("fee", []), found.strategy, self.values)
        found.terms = self._terms(table, found.currency)
        found.expires = self._months(
            ("quote", "credits", "expires_after_months"),
            self._inner(table, "credits").get("expires_after_months"),
        )
        self._renewal(table, found)
        counted = by_volume()
        usage = any(fee.per in counted for fee in found.fees)
        for needing in ("commitment", "credits"):
            if table.get(needing) and not usage and not self.faults.found:
                self.faults.add(
                    ("quote", needing),
                    "there is no usage fee that would count towards it",
                    allowed=f"together with a fee per {', '.join(counted[:-1])} or {counted[-1]}",
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
                f"unknown strategy {clean(repr(value), 60)}",
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
            found = clean(repr(table["valid_until"]), 40)
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
            self.faults.add(path, f"found {clean(str(value), 40)}", allowed=allowed)
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
                    f"unknown line item {clean(repr(name), 60)}",
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
                    path, f"unknown input '{clean(key, 60)}'", hint=hint or "see `breakeven inputs`"
                )
            elif key in found:
                self.faults.add(path, "given twice", allowed="each input once")
            else:
                read = self.values.read(path, value, item.unit, item.support)
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

    def _terms(self, table: Mapping[str, Any], currency: str) -> dict[str, Marginal]:
        """Every term of `quote_terms.TERMS` that the quote has."""
        found: dict[str, Marginal] = {}
        for name, keys in TABLES.items():
            if name not in table:
                continue
            inner = self._table(("quote", name), table[name])
            self.faults.unknown_keys(("quote", name), inner, keys)
            for key in NEEDED.get(name, ()):
                if key not in inner:
                    self.faults.add(("quote", name, key), "missing", allowed=TERMS[f"{name}.{key}"].meaning)
            for key in keys:
                term = TERMS.get(f"{name}.{key}")
                if term is not None and key in inner:
                    value = self.values.read(("quote", name, key), inner[key], None, term.support)
                    if value is not None:
                        found[term.key] = value
        if "exchange_rate" in table:
            value = self.values.read(
                ("quote", "exchange_rate"), table["exchange_rate"], None, TERMS["exchange_rate"].support
            )
            if value is not None:
                found["exchange_rate"] = value
        foreign = currency.upper() != "USD"
        if foreign and "exchange_rate" not in table:
            self.faults.add(
                ("quote", "exchange_rate"),
                f"missing, for a quote in {clean(currency, 20)}",
                allowed=TERMS["exchange_rate"].meaning,
            )
        elif not foreign and "exchange_rate" in table:
            self.faults.add(
                ("quote", "exchange_rate"), "says nothing of a quote in USD", allowed="together with currency"
            )
        return found

    def _renewal(self, table: Mapping[str, Any], found: Read) -> None:
        """What happens after the term."""
        inner = self._inner(table, "renewal")
        # Where nothing of the scenario's own comes back, "list" would mean that the fees just end.
        usual = "list" if found.replaces or found.pins else "quote"
        at = inner.get("at", usual)
        if at not in RENEWALS:
            self.faults.add(
                ("quote", "renewal", "at"),
                f"found {clean(repr(at), 40)}",
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
