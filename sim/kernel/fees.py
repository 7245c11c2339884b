"""A vendor's bill month by month: fees with tiers, minimum, escalator, credits, and what leaving early costs.

Volumes and terms in, dollars out; one draw a column. What is counted in a month m = 1 … H, such as queries that reach
the vendor, `sim.quotes.fee_kinds` knows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import jit, select

Array = NDArray[np.float64]

ONCE, MONTH, USAGE = range(3)
"""What a fee is charged for; from USAGE on by a volume, and then it counts towards the minimum."""

(
    MULTIPLE,
    MINIMUM,
    ESCALATOR,
    EXCHANGE,
    UPLIFT,
    CREDIT,
    CREDIT_PRICE,
    SERVICE_SHARE,
    MISSED,
    LEAVES,
    LEAVING_FEE,
    LEAVING_SHARE,
) = range(12)
"""Rows of the terms, before those of the prices:

MULTIPLE       on every fee; 1 in the quote as given
MINIMUM        of usage fees in a month
ESCALATOR      share by which fees rise at each anniversary
EXCHANGE       USD for a unit of the quote's currency
UPLIFT         on every fee from the end of the term on
CREDIT         prepaid; pays usage fees
CREDIT_PRICE   what is paid for it at setup
SERVICE_SHARE  share of a month's bill that comes back where the service level is missed
MISSED         share of months in which it is
LEAVES         last month before the contract is left early; infinite for one that is kept
LEAVING_FEE    due in that month
LEAVING_SHARE  share of the minimums of the months left that is due in it
"""

TERMS = LEAVING_SHARE + 1

NEUTRAL = np.array([1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, np.inf, 0.0, 0.0])
"""What the terms are where a quote does not have them."""

TOP_UP, PREPAID, CREDIT_USED, SERVICE_CREDIT, LEAVING = range(5)
"""Parts of a bill after those of the fees."""

PARTS = LEAVING + 1


class Schedule(NamedTuple):
    """The form of a quote's fees.

    per (fees,): ONCE, MONTH, or USAGE + the row of its volume. at_reached (fees,): whether all units are charged at the
    tier reached, and not each at its own. first (fees + 1,): where each fee's tiers begin. up_to (tiers,): the last
    unit of each, infinite at last. term: months. expires: the last month in which credit pays. renewed: whether fees go
    on after the term.
    """

    per: NDArray[np.int64]
    at_reached: NDArray[np.bool_]
    first: NDArray[np.int64]
    up_to: Array
    term: int
    expires: int
    renewed: bool


@jit
def charge(volume: Array, up_to: Array, price: Array, at_reached: bool, amount: Array) -> None:
    """What a month's volume costs: each unit at the price of its own tier, or all at that of the tier reached.

    volume (n,), up_to (tiers,), price (tiers, n) -> amount (n,).
    """
    amount[:] = 0.0
    below = 0.0
    for k in range(up_to.size):
        end = up_to[k]
        for i in range(volume.size):
            if at_reached:
                units = select((volume[i] > below) & (volume[i] <= end), volume[i], 0.0)
            else:
                units = select(volume[i] < end, volume[i], end) - below
                units = select(units > 0.0, units, 0.0)
            amount[i] += units * price[k, i]
        below = end


def bill(
    schedule: Schedule, terms: Array, volumes: Array, parts: Array, committed: Array, wasted: Array
) -> None:
    """Every part of the bill in every month, undiscounted USD.

    terms: (TERMS + tiers, n). volumes: (kinds, H+1, n). Fills parts, (fees + PARTS, H+1, n), credits below 0; committed
    and wasted (n,): minimums and credit bought, and what of them paid for nothing: top-ups, and credit that expired or
    was left behind.
    """
    minimum, level, credit = terms[[MINIMUM, MULTIPLE, CREDIT]] * terms[EXCHANGE]
    parts[:], committed[:], wasted[:] = 0.0, credit, 0.0
    usage, due = np.empty_like(minimum), np.empty_like(minimum)
    _bill(schedule, terms, volumes, minimum, level, credit, usage, due, parts, committed, wasted)


@jit
def _bill(
    schedule: Schedule,
    terms: Array,
    volumes: Array,
    minimum: Array,
    level: Array,
    credit: Array,
    usage: Array,
    due: Array,
    parts: Array,
    committed: Array,
    wasted: Array,
) -> None:
    """The same from what stands before month 1, (n,) each: minimum, level of the fees, credit. usage, due: scratch."""
    fees, n = schedule.per.size, terms.shape[1]
    horizon = volumes.shape[1] - 1
    exchange, leaves, prices = terms[EXCHANGE], terms[LEAVES], terms[TERMS:]
    for f in range(fees):
        if schedule.per[f] == ONCE:
            for i in range(n):
                parts[f, 0, i] = prices[schedule.first[f], i] * level[i]
    for i in range(n):
        parts[fees + PREPAID, 0, i] = terms[CREDIT_PRICE, i] * exchange[i]
    for month in range(1, horizon + 1):
        if month > schedule.term and not schedule.renewed:
            break
        if month > 1 and (month - 1) % 12 == 0:
            for i in range(n):
                level[i] *= 1.0 + terms[ESCALATOR, i]
        if month == schedule.term + 1:
            for i in range(n):
                level[i] *= terms[UPLIFT, i]
        usage[:] = 0.0
        due[:] = 0.0
        for f in range(fees):
            per, first, last = schedule.per[f], schedule.first[f], schedule.first[f + 1]
            amount = parts[f, month]
            if per == MONTH:
                for i in range(n):
                    amount[i] = select(month <= leaves[i], prices[first, i] * level[i], 0.0)
                    due[i] += amount[i]
            elif per >= USAGE:
                charge(
                    volumes[per - USAGE, month],
                    schedule.up_to[first:last],
                    prices[first:last],
                    schedule.at_reached[f],
                    amount,
                )
                for i in range(n):
                    amount[i] = select(month <= leaves[i], amount[i] * level[i], 0.0)
                    usage[i] += amount[i]
        spendable = 1.0 if month <= schedule.expires else 0.0
        for i in range(n):
            least = select(month <= leaves[i], minimum[i], 0.0)
            top_up = select(usage[i] < least, least - usage[i], 0.0)
            parts[fees + TOP_UP, month, i] = top_up
            committed[i] += least
            wasted[i] += top_up
            used = select(usage[i] < credit[i], usage[i], credit[i]) * spendable
            credit[i] -= used
            parts[fees + CREDIT_USED, month, i] = 0.0 - used
            returned = terms[SERVICE_SHARE, i] * terms[MISSED, i] * (due[i] + usage[i] + top_up)
            parts[fees + SERVICE_CREDIT, month, i] = 0.0 - returned
            penalty = terms[LEAVING_FEE, i] * exchange[i]
            penalty += terms[LEAVING_SHARE, i] * minimum[i] * (schedule.term - month)
            parts[fees + LEAVING, month, i] = select(month == leaves[i], penalty, 0.0)
    for i in range(n):
        if min(leaves[i], float(schedule.expires)) <= horizon:
            wasted[i] += credit[i]
