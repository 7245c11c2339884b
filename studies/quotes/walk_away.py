"""What to insist on: the value of a term at which a quote is as probably cheaper as one wants, and of two at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError, did_you_mean
from distributions.inputs import registry
from distributions.records import Record
from distributions.sampling.jit import BLOCK
from sim.draws.job import CHUNK
from sim.models.axis import axis
from sim.models.response import Response
from sim.models.roots import Point, crossings
from sim.quotes.costs import Offer, term_name
from sim.quotes.fee_kinds import KINDS, by_volume
from sim.quotes.terms import MULTIPLE, TERMS
from studies.quotes.comparison import Average, Comparison, kept, mean_of
from studies.solve import analysis as solve

Array = NDArray[np.float64]

TARGET = 0.8
RISK = 0.2
DRAWS = 1 << 15
POINTS = 17
WIDE = 10.0
"""How far one looks on each side of what is quoted: a tenth to ten times."""

ALONG = 13
ACROSS = 4.0
"""Of an iso-curve: how many values of the first term, and how far on each side of what is quoted."""

_CHUNKS = 8


@dataclass(frozen=True)
class WalkAway(Record):
    """A term's value at which P(quote cheaper than its baseline) is the target.

    quoted: the term as quoted, or its median. value: None where there is none in the range looked at. ci95: its
    interval; an end is None where it lies beyond the range. looked_at: the ends of the range, and P there.
    """

    unit: str
    quoted: float
    value: float | None
    ci95: tuple[float | None, float | None]
    looked_at: tuple[float, float]
    probability_there: tuple[float, float]


@dataclass(frozen=True)
class IsoCurve(Record):
    """Pairs of two terms at which P(cheaper) is the target.

    first: (n,). second: (n,), NaN where there is none within the range looked at, with its interval ci95 (n, 2).
    """

    terms: tuple[str, str]
    units: tuple[str, str]
    quoted: tuple[float, float]
    first: Array
    second: Array
    ci95: Array


def unit(offer: Offer, key: str) -> str:
    """What a term is counted in."""
    if key in registry():
        return registry()[key].unit
    if key in TERMS:
        return TERMS[key].counted_in.replace("quote's currency", offer.quote.currency)
    if key == MULTIPLE:
        return "times the fees quoted"
    fee = next(fee for fee in offer.quote.fees if key in fee.prices)
    per = KINDS[fee.per].unit
    return f"{offer.quote.currency}/{per}" if per else offer.quote.currency


def terms(offer: Offer) -> dict[str, float]:
    """What can be negotiated as a price: term to its value as quoted, or median. Fees at 0 are none."""
    quote = offer.quote
    distributions = {**quote.prices, **quote.pins}
    medians = (
        {MULTIPLE: 1.0} if any(distribution.median() > 0.0 for distribution in quote.prices.values()) else {}
    )
    medians |= {
        key: distribution.median()
        for key, distribution in distributions.items()
        if distribution.median() > 0.0 and (key not in registry() or registry()[key].unit.startswith("USD"))
    }
    minimum = "commitment.minimum_monthly"
    return medians | ({minimum: quote.terms[minimum].median()} if minimum in quote.terms else {})


def known_term(offer: Offer, key: str) -> str:
    """A term of the quote that a user names. Raises UserError for one that it does not have, or that is no price."""
    bare = key.removeprefix(f"{offer.vendor}: ")
    if bare not in terms(offer):
        raise UserError(
            Fault(
                "--for",
                f"'{key}' is no price of the quote of {offer.vendor}",
                ", ".join(terms(offer)) or "none: it has no fee above 0",
                did_you_mean(bare, terms(offer)),
            )
        )
    return bare


def walk_away(
    comparison: Comparison, offer: Offer, key: str, target: float = TARGET, draws: int = DRAWS
) -> WalkAway:
    """The value of one term at which the quote is cheaper than its baseline with the target's probability.

    Every value meets the same draws of everything else. Raises UserError for a target outside 0 … 1.
    """
    model = comparison.pair(offer, remember=_CHUNKS)
    name, quoted = term_name(offer.vendor, key), terms(offer)[key]
    tipping = solve.tipping_point(
        model,
        name,
        offer.vendor,
        comparison.baseline[offer.vendor],
        target,
        draws,
        comparison.run.seed,
        between=(quoted / WIDE, quoted * WIDE),
        points=POINTS,
    )
    looked_at, there = (
        (float(along[0]), float(along[-1])) for along in (tipping.values, tipping.curve.probability)
    )
    return WalkAway(unit(offer, key), quoted, tipping.value, tipping.ci95, looked_at, there)


def iso_curve(
    comparison: Comparison,
    offer: Offer,
    keys: tuple[str, str],
    target: float = TARGET,
    draws: int = DRAWS,
) -> IsoCurve:
    """The second term's value for each of several values of the first: what may be traded for what."""
    names = tuple(term_name(offer.vendor, key) for key in keys)
    quoted = tuple(terms(offer)[key] for key in keys)
    model = comparison.pair(offer, remember=_CHUNKS)
    other = comparison.baseline[offer.vendor]
    response = Response(model, names, offer.vendor, other, draws, comparison.run.seed)
    across = axis(names[1], model.marginals[names[1]], None, (quoted[1] / WIDE, quoted[1] * WIDE))
    grid = across.grid(POINTS)
    first = quoted[0] * np.geomspace(1.0 / ACROSS, ACROSS, ALONG)
    second, ci95 = np.full(ALONG, np.nan), np.full((ALONG, 2), np.nan)
    for k, value in enumerate(first):

        def curve(position: float, held: float = float(value)) -> Point:
            estimate = response.at(np.array([[held, across.value(position)]]))
            return Point(float(estimate.probability[0]), *map(float, estimate.probability_ci[0]))

        roots = crossings(across, grid, curve, target, 1.0 / response.sample.draws)
        if roots:
            second[k] = roots[0].value
            ci95[k] = [np.nan if end is None else end for end in (roots[0].low, roots[0].high)]
    units = (unit(offer, keys[0]), unit(offer, keys[1]))
    return IsoCurve(keys, units, (quoted[0], quoted[1]), first, second, ci95)


def safe_minimum(
    comparison: Comparison, offer: Offer, risk: float = RISK, draws: int = DRAWS
) -> Average | None:
    """The monthly minimum of which some month falls short with the probability `risk`, in the quote's currency.

    It is the quantile, at that level, of each draw's least month of usage fees while the quote runs; its interval
    comes from that quantile within each of the 16 replicates. None for a quote without usage fees.
    """
    usage = [k for k, fee in enumerate(offer.quote.fees) if fee.per in by_volume()]
    if not usage:
        return None
    run = comparison.run
    count = min(draws, run.draws)
    months = min(offer.schedule.term, comparison.scenario.horizon)
    least = np.empty(count)
    for first in range(0, count, CHUNK):
        rows = run.sampler.draw(first // BLOCK, min(CHUNK, count - first), run.sampler.scratch())
        values = kept(offer, dict(zip(run.sampler.names, rows, strict=True)))
        parts = offer.invoice(values, offer.trace(values)).parts[usage, 1 : months + 1].sum(axis=0)
        exchange = values.get(term_name(offer.vendor, "exchange_rate"), 1.0)
        least[first : first + parts.shape[1]] = parts.min(axis=0) / exchange
    replicates = 16 if count >= 16 * 100 else 1
    # the k-th of n points that are evenly spread stands at (k - 1/2)/n
    parts_of = np.array([np.quantile(least[r::replicates], risk, method="hazen") for r in range(replicates)])
    counts = np.full(replicates, count / replicates)
    average = mean_of(parts_of * counts, counts, True)
    return Average(float(np.quantile(least, risk, method="hazen")), average.ci95)
