"""What a query costs at a vendor as the volume changes: the picture of tiers and commitment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distributions.records import Record
from sim.quotes.costs import Offer
from sim.quotes.fee_kinds import by_volume
from studies.quotes.comparison import Comparison, at_medians, kept

Array = NDArray[np.float64]

POINTS = 121
WIDE = 30.0
"""How far on each side of the median volume one looks."""


@dataclass(frozen=True)
class UnitPrice(Record):
    """Over volumes (n,), queries a month that reach the vendor: the bill of the first month over them, USD (n,).

    Fees of a month, usage fees and the top-up; setup fees and credits are not in it. without_minimum: what it would be
    without the top-up. expected_queries_per_month: the volume at the medians.
    """

    queries_per_month: Array
    usd_per_query: Array
    without_minimum: Array
    expected_queries_per_month: float


_NONE = np.full(POINTS, np.nan)
NO_PRICE = UnitPrice(_NONE, _NONE, _NONE, 0.0)
"""Where no query reaches a vendor: no price at any volume."""


def unit_price(comparison: Comparison, offer: Offer) -> UnitPrice | None:
    """The effective price of a query at the medians of everything but the volume; None where no query comes there."""
    values = kept(offer, at_medians(comparison.model, POINTS))
    middle = values["workload.queries_per_month"][0]
    values["workload.queries_per_month"] = middle * np.geomspace(1.0 / WIDE, WIDE, POINTS)
    traced = offer.trace(values)
    parts = offer.invoice(values, traced).parts[:, 1]
    fees = len(offer.quote.fees)
    volume = traced.volumes[by_volume().index("query"), 1]
    if not volume.all():
        return None
    return UnitPrice(
        volume,
        parts[: fees + 1].sum(axis=0) / volume,
        parts[:fees].sum(axis=0) / volume,
        float(volume[POINTS // 2]),
    )


def fees_by_month(comparison: Comparison, offer: Offer) -> Array:
    """The whole bill in months 0 … H at the medians, undiscounted USD (H+1,), of a contract that is kept."""
    values = kept(offer, at_medians(comparison.model))
    fees: Array = offer.invoice(values, offer.trace(values)).parts[:, :, 0].sum(axis=0)
    return fees
