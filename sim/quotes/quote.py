"""A vendor's quote: what it would have us buy, its fees, its terms, and the inputs that it pins."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from distributions.spec import Marginal, marginal
from distributions.tables.reading import read
from sim.kernel.fees import Schedule
from sim.model.strategies import REGISTRY, Strategy
from sim.quotes.fee_kinds import code
from sim.quotes.fees import Fee, fee
from sim.quotes.reader import read_quote
from sim.quotes.terms import DEFAULT_UPLIFT, DEFAULT_UPLIFT_SOURCE


@dataclass(frozen=True, eq=False)
class Quote:
    """One quote, read and checked.

    vendor: its name, in results. strategy: what would be bought. file: where it was read.
    valid_until: the last day on which it can be signed, None where not said.
    term: months that its prices hold, None where they hold for good.
    replaces: line items of the strategy that the fees stand for.
    fees: in the order of the file. pins: inputs that the quote fixes, by key.
    terms: by key of `sim.quotes.terms.TERMS`.
    expires: the last month in which prepaid credit pays. at_list: whether, after the term, the scenario's own prices
    hold again, each times the uplift, rather than the quote's.
    currency: of the amounts. source: where the quote comes from, "" where not said.
    """

    vendor: str
    strategy: str
    file: str
    fees: tuple[Fee, ...]
    pins: Mapping[str, Marginal]
    terms: Mapping[str, Marginal]
    replaces: tuple[str, ...]
    term: int | None
    expires: int | None
    at_list: bool
    valid_until: datetime.date | None
    currency: str
    source: str

    @classmethod
    def load(cls, path: str | os.PathLike[str], strategies: Mapping[str, Strategy] = REGISTRY) -> Quote:
        """Read a quote file.

        strategies: those that it may be of, such as a scenario's `definitions`.

        Raises:
            UserError: with every fault of the file, each with its line; a syntax error comes alone.
        """
        document = read(path)
        quote_table = read_quote(document, strategies)
        terms = quote_table.values()
        if quote_table.term_months is not None and "renewal.uplift" not in terms:
            terms["renewal.uplift"] = marginal({**DEFAULT_UPLIFT, "source": DEFAULT_UPLIFT_SOURCE})
        # Where nothing of the scenario's own comes back, "list" would mean that the fees just end.
        usual = "list" if quote_table.replaces or quote_table.fixes else "quote"
        return cls(
            vendor=quote_table.vendor,
            strategy=quote_table.strategy,
            file=document.file,
            fees=tuple(fee(table) for table in quote_table.fee if table is not None),
            pins=quote_table.fixes,
            terms=terms,
            replaces=quote_table.replaces,
            term=quote_table.term_months,
            expires=quote_table.credits.expires_after_months if quote_table.credits else None,
            at_list=((quote_table.renewal and quote_table.renewal.at) or usual) == "list",
            valid_until=quote_table.valid_until,
            currency=quote_table.currency,
            source=quote_table.source,
        )

    def lapsed(self, today: datetime.date) -> bool:
        """Whether its date has passed."""
        return self.valid_until is not None and self.valid_until < today

    @cached_property
    def prices(self) -> dict[str, Marginal]:
        """The price of every tier of every fee by term key, in the order of the compiled bill's rows."""
        return {key: price for fee in self.fees for key, price in fee.prices.items()}

    def schedule(self, horizon: int) -> Schedule:
        """The form of its fees for the compiled bill."""
        tiers = [len(fee.up_to) for fee in self.fees]
        return Schedule(
            np.array([code(fee.per) for fee in self.fees], dtype=np.int64),
            np.array([fee.at_reached for fee in self.fees], dtype=np.bool_),
            np.cumsum([0, *tiers], dtype=np.int64),
            np.array([end for fee in self.fees for end in fee.up_to], dtype=np.float64),
            horizon if self.term is None else self.term,
            horizon if self.expires is None else self.expires,
            not self.at_list,
        )
