"""Every quote against what the scenario would pay without it, and against the others, in the same draws."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError, did_you_mean
from distributions.sampling.jit import BLOCK, REPLICATES
from sim import simulate
from sim.draws.job import CHUNK
from sim.engine.chunks import Progress
from sim.engine.pool import in_order
from sim.models.model import Model
from sim.quotes.costs import Offer, offers, offers_model, term_name
from sim.quotes.quote import Quote
from sim.quotes.terms import LEAVES
from sim.results.records import Estimate, Probability
from sim.results.run import Run
from sim.scenario.eligibility import judged
from sim.scenario.scenario import Scenario
from sim.statistics import estimates as statistics
from sim.statistics.estimates import Moments

Array = NDArray[np.float64]

OWN = "own"
"""The baseline that is the quote's own strategy, as the scenario prices it."""

_PIECE = 2048
"""Draws billed item by item at a time."""


@dataclass(frozen=True)
class Average(Estimate):
    """A mean over the draws with its 95 % interval."""

    called: ClassVar[str] = "mean"


@dataclass(frozen=True)
class Detail:
    """What of a quote is counted beside its cost.

    cost_per_query: present-value cost over the queries of the horizon, USD; not a number where some draw has none.
    items: mean present value of each line item and part of the bill, USD, which add up to the mean cost. committed,
    wasted: undiscounted, USD. over_budget: P(cost above the budget); overrun: mean of what is above it. None without a
    budget.
    """

    cost_per_query: Average
    items: Mapping[str, float]
    committed: float
    wasted: float
    over_budget: Estimate | None
    overrun: Average | None

    @property
    def wasted_share(self) -> float | None:
        """Of what is committed, the share that pays for nothing; None where nothing is."""
        return self.wasted / self.committed if self.committed > 0.0 else None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Quotes side by side.

    run: of a model whose outputs are costs: the scenario's strategies named in `strategies`, then each quote by vendor.
    against: as asked. baseline: what each vendor is compared with. detail: by vendor. budget: USD, None where none was
    given.
    """

    scenario: Scenario
    offers: tuple[Offer, ...]
    strategies: tuple[str, ...]
    against: str
    baseline: Mapping[str, str]
    model: Model
    run: Run
    detail: Mapping[str, Detail]
    budget: float | None

    def probability_cheapest(self, name: str) -> Probability | None:
        """P(cheapest) of a strategy or a vendor among all compared; None where the requirements rule it out."""
        return self.run.probability_cheapest(name) if name in self.run.eligible else None

    def pair(self, offer: Offer, *, remember: int = 0) -> Model:
        """The model of one quote and its baseline alone."""
        return offers_model(self.scenario, [offer], (self.baseline[offer.vendor],), remember=remember)


def compare(
    scenario: Scenario,
    quotes: Sequence[Quote],
    *,
    against: str = OWN,
    budget: float | None = None,
    draws: int | None = None,
    seed: int | None = None,
    design: str = "sobol",
    threads: int | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Cost every quote in the same draws as the scenario.

    Args:
        scenario: what is to be done, at the scenario's own prices.
        quotes: one or more, of different vendors.
        against: `OWN`, or a strategy of the scenario that every quote is compared with.
        budget: USD, present value over the horizon.
        draws: as in `sim.simulate`, and so are the rest.
        seed: of the draws.
        design: "sobol", "lhs" or "mc".
        threads: of this process.
        progress: called with draws done and all draws.

    Raises:
        UserError: a strategy that is not in the scenario, two quotes of one name, a budget that is not above 0.
    """
    made = offers(scenario, quotes)
    if against != OWN and against not in scenario.strategies:
        known = (OWN, *scenario.strategies)
        raise UserError(
            Fault("--against", f"found '{against}'", ", ".join(known), did_you_mean(against, known))
        )
    if budget is not None and not 0.0 < budget < float("inf"):
        raise UserError(Fault("--budget", f"found {budget:g}", "USD, above 0"))
    baseline = {o.vendor: o.quote.strategy if against == OWN else against for o in made}
    wanted = {*baseline.values(), *scenario.compare, *(o.quote.strategy for o in made)}
    strategies = tuple(name for name in scenario.strategies if name in wanted)
    excluded = judged(scenario).excluded
    # who is cheapest is asked of all that stands side by side, but for what the requirements rule out
    allowed = [name for name in strategies if name not in excluded]
    allowed += [o.vendor for o in made if o.quote.strategy not in excluded]
    model = offers_model(scenario, made, strategies)
    kwargs: dict[str, Any] = {} if seed is None else {"seed": seed}
    run = simulate(
        model,
        draws,
        design=design,
        eligible=allowed,
        differences=_asked(scenario, baseline, strategies),
        threads=threads,
        progress=progress,
        **kwargs,
    )
    detail = _details(run, made, budget, threads)
    return Comparison(scenario, made, strategies, against, baseline, model, run, detail, budget)


def _asked(
    scenario: Scenario, baseline: Mapping[str, str], strategies: Sequence[str]
) -> list[tuple[str, str]]:
    """The pairs whose difference is measured: each quote with its baseline, and the scenario's own."""
    compared = [scenario.compare] if set(scenario.compare) <= set(strategies) else []
    return [*baseline.items(), *compared]


def kept(offer: Offer, values: Mapping[str, Array]) -> dict[str, Array]:
    """The same draws, with a contract that is kept for its term."""
    name = term_name(offer.vendor, LEAVES)
    return {**values, name: np.ones_like(values[name])} if name in values else dict(values)


def at_medians(model: Model, n: int = 1) -> dict[str, Array]:
    """Every input at its median, n times over."""
    return {name: np.full(n, distribution.median()) for name, distribution in model.marginals.items()}


def by_replicate(values: NDArray[Any]) -> Array:
    """Sums over the draws of each replicate, (16,): draw i belongs to replicate i modulo 16."""
    lane = np.arange(values.size) % REPLICATES
    return np.asarray(np.bincount(lane, weights=values, minlength=REPLICATES), dtype=np.float64)


def mean_of(sums: Array, counts: NDArray[Any], stratified: bool, squares: Array | None = None) -> Average:
    """A mean and its interval from sums by replicate."""
    used = counts > 0
    count, total = counts[used].astype(float), sums[used]
    spread = np.zeros_like(total) if squares is None else squares[used] - total**2 / count
    moments = Moments(count, total / count, np.maximum(spread, 0.0))
    low, high = statistics.mean_interval(moments, stratified)
    return Average(float(sums.sum() / counts.sum()), (low, high))


class _Sums:
    """Sums of one quote over draws, by replicate."""

    def __init__(self, offer: Offer) -> None:
        self.per_query = np.zeros((2, REPLICATES))
        self.overrun = np.zeros((2, REPLICATES))
        self.over = np.zeros(REPLICATES)
        self.idle = 0
        self.lines = np.zeros(len(offer.items))
        self.left = 0.0
        self.parts = np.zeros(len(offer.parts))
        self.committed = self.wasted = 0.0

    def add(self, other: _Sums) -> None:
        """Those of more draws."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def _details(run: Run, made: Sequence[Offer], budget: float | None, threads: int | None) -> dict[str, Detail]:
    """Everything beside the cost, from the draws of the run."""

    def piece(k: int) -> list[_Sums]:
        work = run.sampler.scratch()
        by_offer = [_Sums(offer) for offer in made]
        count = min(CHUNK, run.draws - k * CHUNK)
        for first in range(0, count, _PIECE):
            rows = run.sampler.draw((k * CHUNK + first) // BLOCK, min(_PIECE, count - first), work)
            values = dict(zip(run.sampler.names, rows, strict=True))
            for offer, sums in zip(made, by_offer, strict=True):
                sums.add(_billed(offer, values, budget))
        return by_offer

    totals = [_Sums(offer) for offer in made]
    for sums in in_order(piece, 0, -(-run.draws // CHUNK), threads):
        for total, part in zip(totals, sums, strict=True):
            total.add(part)
    return {
        offer.vendor: _detail(offer, total, run, budget) for offer, total in zip(made, totals, strict=True)
    }


def _billed(offer: Offer, values: Mapping[str, Array], budget: float | None) -> _Sums:
    sums = _Sums(offer)
    traced = offer.trace(values, items=True)
    invoice = offer.invoice(values, traced)
    cost = offer.cost(values, traced, invoice)
    queries = traced.queries.sum(axis=0)
    # of draws without queries, of which a single one leaves the mean without a value
    sums.idle = int(np.count_nonzero(queries == 0.0))
    per_query = cost / np.where(queries > 0.0, queries, 1.0)
    sums.per_query = np.array([by_replicate(per_query), by_replicate(per_query**2)])
    if budget is not None:
        above = np.maximum(cost - budget, 0.0)
        sums.overrun = np.array([by_replicate(above), by_replicate(above**2)])
        sums.over = by_replicate(cost > budget)
    served = offer.served(values, traced)
    sums.lines = np.einsum("m,lmi,mi->l", offer.discount, traced.items, served)
    if traced.left is not None:
        sums.left = float((offer.discount @ (traced.left * (1.0 - served))).sum())
    sums.parts = np.einsum("m,pmi->p", offer.discount, invoice.parts)
    sums.committed, sums.wasted = float(invoice.committed.sum()), float(invoice.wasted.sum())
    return sums


def _detail(offer: Offer, sums: _Sums, run: Run, budget: float | None) -> Detail:
    draws, counts = run.draws, run.tally.draws
    items: dict[str, float] = {}
    for item, line in zip(offer.items, sums.lines, strict=True):
        items[item] = items.get(item, 0.0) + float(line) / draws
    items |= {
        f"quote: {name}": float(part) / draws for name, part in zip(offer.parts, sums.parts, strict=True)
    }
    if offer.leaves:
        items["after leaving"] = sums.left / draws
    over = None
    if budget is not None:
        estimate, low, high = statistics.probability(sums.over, np.zeros(REPLICATES), counts, run.stratified)
        over = Estimate(float(estimate), (float(low), float(high)))
    return Detail(
        Average(math.nan, (math.nan, math.nan))
        if sums.idle
        else mean_of(sums.per_query[0], counts, run.stratified, sums.per_query[1]),
        {name: value for name, value in items.items() if value != 0.0},
        sums.committed / draws,
        sums.wasted / draws,
        over,
        None if budget is None else mean_of(sums.overrun[0], counts, run.stratified, sums.overrun[1]),
    )
