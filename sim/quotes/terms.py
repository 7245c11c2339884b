"""The terms that a quote may have beside its fees and pins: the one list of them, with support and meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from distributions.support import Support
from sim.kernel import fees

MONEY = "quote's currency"
"""The unit of an amount: USD, unless the quote has another currency."""

_AMOUNT, _SHARE, _ABOVE_ZERO = Support(0.0), Support(0.0, 1.0), Support(0.0, lower_open=True)


@dataclass(frozen=True)
class Term:
    """One term, an uncertain value of the quote.

    key: "table.name" as in the quote's file. unit: "1" for a share or ratio. row: of the compiled bill, None where the
    bill has it in another shape.
    """

    key: str
    unit: str
    support: Support
    meaning: str
    row: int | None = None


TERMS: Mapping[str, Term] = MappingProxyType(
    {
        term.key: term
        for term in (
            Term(
                "commitment.minimum_monthly",
                MONEY,
                _AMOUNT,
                "usage fees of a month below it are topped up to it",
                fees.MINIMUM,
            ),
            Term(
                "escalator.annual",
                "1",
                Support(-1.0, lower_open=True),
                "by how much the fees rise at each anniversary",
                fees.ESCALATOR,
            ),
            Term(
                "exchange_rate",
                "USD",
                _ABOVE_ZERO,
                "USD for a unit of the quote's currency",
                fees.EXCHANGE,
            ),
            Term(
                "renewal.uplift",
                "1",
                _ABOVE_ZERO,
                "what prices are multiplied by when the term has ended",
                fees.UPLIFT,
            ),
            Term("credits.amount", MONEY, _AMOUNT, "prepaid credit that pays usage fees", fees.CREDIT),
            Term("credits.price", MONEY, _AMOUNT, "what is paid for the credit at setup", fees.CREDIT_PRICE),
            Term(
                "service_credit.share",
                "1",
                _SHARE,
                "share of a month's bill that comes back where the service level is missed",
                fees.SERVICE_SHARE,
            ),
            Term(
                "service_credit.missed_months",
                "1",
                _SHARE,
                "share of months in which the service level is missed",
                fees.MISSED,
            ),
            Term(
                "early_termination.chance_monthly",
                "1",
                Support(0.0, 1.0, upper_open=True),
                "chance of leaving at the end of a month of the term",
            ),
            Term("early_termination.fee", MONEY, _AMOUNT, "due in the month of leaving", fees.LEAVING_FEE),
            Term(
                "early_termination.share_of_minimum",
                "1",
                _SHARE,
                "share of the minimums of the months left that is due in the month of leaving",
                fees.LEAVING_SHARE,
            ),
        )
    }
)
"""Every term by key. A new one is one entry here, a row of `sim.kernel.fees`, and its table in the reader."""

MULTIPLE = "fees.multiple"
"""A factor on every fee, 1 as quoted: the price level that a walk-away price is about."""

LEAVES = "early_termination.draw"
"""A number of 0 … 1 by which a draw decides in which month the contract is left."""

DEFAULT_UPLIFT = {"triangular": {"min": 1.0, "mode": 1.05, "max": 1.2}}
DEFAULT_UPLIFT_SOURCE = (
    "assumption: a renewal without a cap agreed costs as much as before to a fifth more, mostly 5 % more"
)
