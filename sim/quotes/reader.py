"""What a quote's file may hold, said once: values, faults with lines and JSON Schema are made from it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from distributions.spec import Marginal
from distributions.tables.declaration import Needs, Table, Tables, declare, file_schema, read_file
from distributions.tables.faults import Faults, near
from distributions.tables.kinds import NAME, Inputs, Later, choice, date, names, text, whole
from distributions.tables.reading import Document
from distributions.text import clean
from sim.model.equations import equations
from sim.model.strategies import REGISTRY, STRATEGIES, Strategy
from sim.quotes.fee_kinds import KINDS, by_volume
from sim.quotes.fees import FeeTable
from sim.quotes.terms import TERMS, Terms
from sim.scenario.own_inputs import value_of


class _Strategy(Later):
    """The name of a strategy, which may be a scenario's own."""

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`."""
        return {"anyOf": [self.of.schema(), {"type": "string", "pattern": f"^{NAME}$"}]}


class _Items(Later):
    """Names of line items, which may be a scenario's own."""

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`."""
        schema = self.of.schema()
        return {**schema, "items": {"anyOf": [schema["items"], {"type": "string"}]}}


@dataclass(frozen=True)
class _Keys:
    """What a quote has beside its terms."""

    vendor: str = declare(text(), "its name, in results")
    strategy: str = declare(_Strategy(choice(STRATEGIES, "strategy")), "what would be bought")
    valid_until: datetime.date | None = declare(date(), "the last day on which it can be signed", None)
    term_months: int | None = declare(whole(1, 120), "how long its prices hold. Default: for good", None)
    replaces: Any = declare(
        _Items(names(equations().items, "line item")),
        "line items of the strategy that the fees stand for",
        (),
    )
    currency: str = declare(text(), "of the amounts", "USD")
    source: str = declare(text(), "where the quote comes from", "")
    fixes: Mapping[str, Marginal] = declare(Inputs(value_of), "inputs that the quote pins", dict)
    fee: tuple[FeeTable | None, ...] = declare(Tables(FeeTable), "what is charged", ())


@dataclass(frozen=True)
class QuoteTable(Terms, _Keys):
    """A vendor's quote: what it would have us buy, its fees and terms, and the inputs that it pins."""

    RULES: ClassVar = (Needs("renewal", ("term_months",)), Needs("early_termination", ("term_months",)))


@dataclass(frozen=True)
class QuoteFile:
    """A vendor's quote."""

    quote: QuoteTable = declare(Table(QuoteTable), "a table: [quote]")


def read_quote(document: Document, strategies: Mapping[str, Strategy] = REGISTRY) -> QuoteTable:
    """Read every table, then report all faults or none; strategies: those that it may be of. Raises UserError."""
    tables, faults = document.tables, Faults(document.file, document, document.path.parent)
    if "quote" not in tables:
        if {"study", "inputs"} & set(tables):
            hint = "the scenario comes first: `breakeven quotes SCENARIO QUOTE`"
            faults.add((), "this is a scenario, not a vendor's quote", hint=hint)
        else:
            faults.add(("quote",), "missing", allowed="a table: [quote]", hint=near("quote", tables))
        faults.raise_any()
    quote = read_file(QuoteFile, tables, faults).quote
    if quote is not None:
        quote = _check(quote, tables["quote"], strategies, faults)
    faults.raise_any()
    return quote


def quote_schema() -> dict[str, Any]:
    """JSON Schema of a quote's file. What takes arithmetic (tiers that overlap) only `breakeven quotes` finds."""
    return file_schema(QuoteFile, "Breakeven quote")


def _check(
    quote: QuoteTable, table: Mapping[str, Any], strategies: Mapping[str, Strategy], faults: Faults
) -> QuoteTable:
    """The quote, once what its tables have to do with each other and with its strategy is checked."""
    fees = [(position, fee) for position, fee in enumerate(quote.fee) if fee is not None]
    if quote.strategy is not None:
        name = choice(strategies, "strategy").read(quote.strategy, ("quote", "strategy"), faults)
        items = items_of(strategies[name]) if name else _every_item(strategies)
        replaces = names(items, "line item").read(quote.replaces, ("quote", "replaces"), faults)
        quote = replace(quote, replaces=replaces or ())
        for position, fee in fees:
            kind = KINDS[fee.per]
            if name and not kind.fits(strategies[name]):
                fitting = ", ".join(other for other, strategy in strategies.items() if kind.fits(strategy))
                problem, where = f"{name} {kind.lacking}", ("quote", "fee", position, "per")
                faults.add(where, problem, allowed=f"with strategy {fitting}")
    taken: set[str] = set()
    for position, fee in fees:
        if fee.name in taken:
            problem = f"'{clean(fee.name, 40)}' names two fees"
            faults.add(("quote", "fee", position, "name"), problem, allowed="different names")
        taken.add(fee.name)
    foreign, rate = quote.currency.upper() != "USD", ("quote", "exchange_rate")
    if foreign and "exchange_rate" not in table:
        problem = f"missing, for a quote in {clean(quote.currency, 20)}"
        faults.add(rate, problem, allowed=TERMS["exchange_rate"].meaning)
    elif not foreign and "exchange_rate" in table:
        faults.add(rate, "says nothing of a quote in USD", allowed="together with currency")
    counted = by_volume()
    usage = any(fee.per in counted for _, fee in fees)
    for needing in ("commitment", "credits"):
        if needing in table and not usage and not faults.faults:
            faults.add(
                ("quote", needing),
                "there is no usage fee that would count towards it",
                allowed=f"together with a fee per {', '.join(counted[:-1])} or {counted[-1]}",
            )
    return quote


def items_of(strategy: Strategy) -> tuple[str, ...]:
    """The line items of a strategy, those of its own lines included, each once."""
    own = (line.item for line in strategy.lines)
    return tuple(dict.fromkeys((*equations().items_of(strategy.parts.flags()), *own)))


def _every_item(strategies: Mapping[str, Strategy]) -> tuple[str, ...]:
    own = (line.item for strategy in strategies.values() for line in strategy.lines)
    return tuple(dict.fromkeys((*equations().items, *own)))
