"""The terms that a quote may have beside its fees and pins: the one list of them, with support and meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from typing import Any

from distributions.spec import Marginal
from distributions.support import Support
from distributions.tables.declaration import Table, declare, declared
from distributions.tables.kinds import Uncertain, choice, whole
from sim.kernel import fees

MONEY = "quote's currency"
"""The unit of an amount: USD, unless the quote has another currency."""

_AMOUNT, _SHARE, _ABOVE_ZERO = Support(0.0), Support(0.0, 1.0), Support(0.0, lower_open=True)


@dataclass(frozen=True)
class Term(Uncertain):
    """An uncertain value of a quote.

    meaning: in words. counted_in: "1" for a share or ratio. row: of the compiled bill, None where the bill has it in
    another shape.
    """

    meaning: str = ""
    counted_in: str = "1"
    row: int | None = None


def term(
    support: Support, meaning: str, counted_in: str, row: int | None = None, default: Any = MISSING
) -> Any:
    """A key of a table of the quote that is one of its terms."""
    return declare(Term(support, meaning=meaning, counted_in=counted_in, row=row), meaning, default)


@dataclass(frozen=True)
class Commitment:
    """What the usage fees of a month come to at least."""

    minimum_monthly: Marginal = term(
        _AMOUNT, "usage fees of a month below it are topped up to it", MONEY, fees.MINIMUM
    )


@dataclass(frozen=True)
class Escalator:
    """How the fees rise."""

    annual: Marginal = term(
        Support(-1.0, lower_open=True), "by how much the fees rise at each anniversary", "1", fees.ESCALATOR
    )


@dataclass(frozen=True)
class Renewal:
    """What holds after a term that ends within the horizon."""

    at: str | None = declare(
        choice(("list", "quote")),
        "whose prices hold: the scenario's own, or the quote's. Default: list where the quote replaces or pins",
        None,
    )
    uplift: Marginal | None = term(
        _ABOVE_ZERO, "what prices are multiplied by when the term has ended", "1", fees.UPLIFT, None
    )


@dataclass(frozen=True)
class Credits:
    """Prepaid credit."""

    amount: Marginal = term(_AMOUNT, "prepaid credit that pays usage fees", MONEY, fees.CREDIT)
    price: Marginal = term(_AMOUNT, "what is paid for the credit at setup", MONEY, fees.CREDIT_PRICE)
    expires_after_months: int | None = declare(
        whole(1, 120), "the last month in which it pays. Default: it does not expire", None
    )


@dataclass(frozen=True)
class ServiceCredit:
    """What comes back where the service level is missed."""

    share: Marginal = term(
        _SHARE,
        "share of a month's bill that comes back where the service level is missed",
        "1",
        fees.SERVICE_SHARE,
    )
    missed_months: Marginal = term(
        _SHARE, "share of months in which the service level is missed", "1", fees.MISSED
    )


@dataclass(frozen=True)
class EarlyTermination:
    """Leaving before the term has ended."""

    chance_monthly: Marginal = term(
        Support(0.0, 1.0, upper_open=True), "chance of leaving at the end of a month of the term", "1"
    )
    fee: Marginal | None = term(_AMOUNT, "due in the month of leaving", MONEY, fees.LEAVING_FEE, None)
    share_of_minimum: Marginal | None = term(
        _SHARE,
        "share of the minimums of the months left that is due in the month of leaving",
        "1",
        fees.LEAVING_SHARE,
        None,
    )


@dataclass(frozen=True)
class Terms:
    """The terms of a quote."""

    commitment: Commitment | None = declare(Table(Commitment), "A minimum.", None)
    escalator: Escalator | None = declare(Table(Escalator), "How the fees rise.", None)
    renewal: Renewal | None = declare(Table(Renewal), "What holds after the term.", None)
    credits: Credits | None = declare(Table(Credits), "Prepaid credit.", None)
    service_credit: ServiceCredit | None = declare(
        Table(ServiceCredit), "What comes back where the service level is missed.", None
    )
    early_termination: EarlyTermination | None = declare(
        Table(EarlyTermination), "Leaving before the term has ended.", None
    )
    exchange_rate: Marginal | None = term(
        _ABOVE_ZERO, "USD for a unit of the quote's currency", "USD", fees.EXCHANGE, None
    )

    def values(self) -> dict[str, Marginal]:
        """Those that the quote has, by key of `TERMS`."""
        values: dict[str, Marginal] = {}
        for key in TERMS:
            table, _, name = key.rpartition(".")
            inner = getattr(self, table) if table else self
            value = getattr(inner, name, None)
            if value is not None:
                values[key] = value
        return values


def _terms(record: type[Any], prefix: str = "") -> dict[str, Term]:
    terms: dict[str, Term] = {}
    for name, item in declared(record).items():
        if isinstance(item.kind, Term):
            terms[prefix + name] = item.kind
        elif isinstance(item.kind, Table):
            terms |= _terms(item.kind.record, f"{name}.")
    return terms


TERMS: Mapping[str, Term] = _terms(Terms)
"""Every term by key, "table.name" as in the quote's file. A new one is one key above and a row of `sim.kernel.fees`."""

MULTIPLE = "fees.multiple"
"""A factor on every fee, 1 as quoted: the price level that a walk-away price is about."""

LEAVES = "early_termination.draw"
"""A number of 0 … 1 by which a draw decides in which month the contract is left."""

DEFAULT_UPLIFT = {"triangular": {"min": 1.0, "mode": 1.05, "max": 1.2}}
DEFAULT_UPLIFT_SOURCE = (
    "assumption: a renewal without a cap agreed costs as much as before to a fifth more, mostly 5 % more"
)
