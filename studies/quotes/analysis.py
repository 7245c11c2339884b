"""All that is asked of quotes, in one record."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from distributions import text
from distributions.errors import Fault, UserError
from sim.engine.chunks import Progress
from sim.engine.pool import in_order
from sim.quotes.costs import Offer
from sim.quotes.quote import Quote
from sim.quotes.terms import DEFAULT_UPLIFT_SOURCE
from sim.scenario.eligibility import judged
from sim.scenario.scenario import Scenario
from studies.quotes.comparison import OWN, Comparison, compare
from studies.quotes.questions import questions
from studies.quotes.reliability import design_points
from studies.quotes.results import Analysis
from studies.quotes.stressed import stressed
from studies.quotes.unit_price import fees_by_month, unit_price
from studies.quotes.walk_away import (
    RISK,
    TARGET,
    WalkAway,
    iso_curve,
    known_term,
    safe_minimum,
    terms,
    walk_away,
)
from studies.shared.names import labeller

T = TypeVar("T")


def analyse(
    scenario: Scenario,
    quotes: Sequence[Quote],
    *,
    against: str = OWN,
    budget: float | None = None,
    target: float = TARGET,
    risk: float = RISK,
    solve_for: Sequence[str] = (),
    draws: int | None = None,
    seed: int | None = None,
    design: str = "sobol",
    threads: int | None = None,
    progress: Progress | None = None,
    today: datetime.date | None = None,
) -> Analysis:
    """Everything about quotes in a scenario.

    Args:
        scenario: what is to be done.
        quotes: one or more.
        against: as in `compare`.
        budget: USD, present value.
        target: probability of being cheaper that the walk-away prices are for.
        risk: probability of some month's falling short of the safe minimum.
        solve_for: one term to find the walk-away value of, two for an iso-curve; all prices unless given.
        draws: of the comparison; stresses and walk-away prices take fewer.
        seed: of the draws.
        design: "sobol", "lhs" or "mc".
        threads: of this process.
        progress: called with draws done and all draws of the comparison.
        today: for quotes that have lapsed; no warning of them without it.

    Raises:
        UserError: as `compare`; a target or risk outside 0 … 1; a term that no quote has, or more than two.
    """
    for option, share in (("--target", target), ("--waste-risk", risk)):
        if not 0.0 < share < 1.0:
            raise UserError(Fault(option, f"found {share!r}", "above 0 and below 1"))
    if len(solve_for) > 2:
        raise UserError(Fault("--for", f"found {len(solve_for)} terms", "one term, or two for an iso-curve"))
    if len(solve_for) == 2 and solve_for[0] == solve_for[1]:
        raise UserError(Fault("--for", f"'{solve_for[0]}' is named twice", "two different terms"))
    comparison = compare(
        scenario,
        quotes,
        against=against,
        budget=budget,
        draws=draws,
        seed=seed,
        design=design,
        threads=threads,
        progress=progress,
    )
    made = comparison.offers
    wanted = _wanted(made, solve_for)

    def each(work: Callable[[Offer], T]) -> dict[str, T]:
        results = in_order(lambda k: work(made[k]), 0, len(made), threads)
        return {offer.vendor: result for offer, result in zip(made, results, strict=True)}

    def prices(offer: Offer) -> dict[str, WalkAway]:
        keys = wanted[offer.vendor] if solve_for else terms(offer)
        return {key: walk_away(comparison, offer, key, target) for key in keys}

    both = [offer for offer in made if len(wanted[offer.vendor]) == 2]
    return Analysis(
        comparison,
        stressed(comparison, threads=threads),
        each(lambda o: design_points(comparison.pair(o), o.vendor, comparison.baseline[o.vendor])),
        each(prices),
        each(lambda o: safe_minimum(comparison, o, risk)),
        {
            o.vendor: iso_curve(comparison, o, (wanted[o.vendor][0], wanted[o.vendor][1]), target)
            for o in both
        },
        each(lambda o: questions(comparison, o)),
        each(lambda o: unit_price(comparison, o)),
        each(lambda o: fees_by_month(comparison, o)),
        each(lambda o: _notes(comparison, o)),
        tuple(_warnings(scenario, made, today)),
        target,
        risk,
    )


def _wanted(made: Sequence[Offer], solve_for: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The terms to solve for, by quote; a term has to be one of at least one quote."""
    wanted_terms: dict[str, tuple[str, ...]] = {offer.vendor: () for offer in made}
    for key in solve_for:
        errors = []
        for offer in made:
            try:
                wanted_terms[offer.vendor] = (*wanted_terms[offer.vendor], known_term(offer, key))
            except UserError as error:
                errors.append(error)
        if len(errors) == len(made):
            raise errors[0]
    return wanted_terms


def _notes(comparison: Comparison, offer: Offer) -> tuple[str, ...]:
    """What to know of a quote before its numbers."""
    quote, horizon, detail = offer.quote, comparison.scenario.horizon, comparison.detail[offer.vendor]
    notes = []
    if quote.term is not None and quote.term > horizon:
        beyond = quote.term - horizon
        note = (
            f"The term runs {text.count(beyond, 'month')} past the horizon of {text.count(horizon, 'month')}"
        )
        minimum = quote.terms.get("commitment.minimum_monthly")
        if minimum is not None:
            due = minimum.median() * beyond
            note += f"; the minimums of those months, {due:,.0f} {quote.currency}, are not in these costs"
        notes.append(note + ".")
    elif offer.ends:
        uplift = quote.terms["renewal.uplift"]
        what = "the scenario's own prices hold" if quote.at_list else "the quote is renewed"
        silent = (
            " (an assumption: the quote is silent on it)" if uplift.source == DEFAULT_UPLIFT_SOURCE else ""
        )
        notes.append(
            f"The term ends after month {quote.term} of {horizon}; then {what}, times {_range(uplift)}{silent}."
        )
    if detail.wasted_share is not None:
        notes.append(
            f"Of what is committed, {text.percent(detail.wasted_share, 1)} pays for nothing on average."
        )
    if offer.leaves:
        notes.append("The contract may be left early; from then on the scenario's own prices hold.")
    ties = comparison.run.probability_cheaper(offer.vendor, comparison.baseline[offer.vendor]).ties
    if ties > 0.0:
        notes.append(
            f"In {text.percent(ties, 1)} of draws it costs the same as its baseline; each counts half."
        )
    return tuple(notes)


def _range(distribution: Any) -> str:
    if distribution.certain:
        return f"{distribution.value:g}"
    return f"{float(distribution.ppf(0.05)):.2f} to {float(distribution.ppf(0.95)):.2f}"


def _warnings(scenario: Scenario, made: Sequence[Offer], today: datetime.date | None) -> list[str]:
    label = labeller(scenario.labels)
    excluded = judged(scenario).excluded
    warnings = []
    for offer in made:
        quote = offer.quote
        if today is not None and quote.lapsed(today):
            warnings.append(
                f"{quote.file}: quote.valid_until: the quote of {quote.vendor} lapsed on {quote.valid_until}"
            )
        for reason in excluded.get(quote.strategy, ()):
            warnings.append(
                f"{quote.vendor}: {label(quote.strategy)} is ruled out by the requirements: {reason}"
            )
    return warnings
