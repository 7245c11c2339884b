"""Quotes and the scenario's own strategies as one model: what each costs in the same draw.

A quote's strategy is traced month by month at the inputs that it pins, without the line items that its fees replace;
the bill comes on top. After the term the scenario's own prices hold again, or the quote's, times the uplift; a
contract that is left early goes on at the scenario's own prices.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError
from distributions.inputs import registry
from distributions.spec import Marginal, marginal
from sim.kernel import fees
from sim.kernel.months import discount_factors
from sim.kernel.prices import Prices, prices
from sim.models.evaluation import Trace, trace
from sim.models.model import Model, evaluate_costs
from sim.quotes.fee_kinds import by_volume, steps
from sim.quotes.quote import Quote
from sim.quotes.reader import items_of
from sim.quotes.terms import LEAVES, MULTIPLE, TERMS
from sim.scenario.scenario import Scenario

Array = NDArray[np.float64]
Values = Mapping[str, Array]
T = TypeVar("T")

SLICE = 1024
"""Draws traced at a time: a trace of ten lines over ten years then takes 10 MB."""


def term_name(vendor: str, key: str) -> str:
    """The name of a quote's term, or pin, among the inputs of the model."""
    return f"{vendor}: {key}"


@dataclass(frozen=True)
class Traced:
    """What of a quote does not depend on its fees, undiscounted: (H+1, n) each.

    strategy_costs: by month, without what the fees replace, during the term and after it. left: the same at the
    scenario's own prices, for a contract that has been left; None where none is. queries: all, answered from stored
    answers or not. volumes: (kinds, H+1, n), of the kinds of fees that have one.
    items: (items, H+1, n), the strategy's line items by month that `strategy_costs` is the sum of; empty unless wanted.
    """

    strategy_costs: Array
    left: Array | None
    queries: Array
    volumes: Array
    items: Array


@dataclass(frozen=True)
class Invoice:
    """A quote's bill over n draws, undiscounted USD.

    parts: (parts, H+1, n), as `Offer.parts` names them; credits below 0. committed, wasted: (n,), over the horizon:
    minimums and prepaid credit, and what of them paid for nothing.
    """

    parts: Array
    committed: Array
    wasted: Array


class Offer:
    """One quote in one scenario."""

    def __init__(self, scenario: Scenario, quote: Quote) -> None:
        """Raises UserError for a quote of a strategy that the scenario does not have."""
        if quote.strategy not in scenario.strategies:
            raise UserError(
                Fault(
                    "quote.strategy",
                    f"{quote.strategy} is not in the scenario's study.strategies",
                    ", ".join(scenario.strategies),
                    file=quote.file,
                )
            )
        self.scenario, self.quote = scenario, quote
        self.vendor = quote.vendor
        self.schedule = quote.schedule(scenario.horizon)
        self.discount = discount_factors(scenario.horizon, scenario.discount_rate)
        # what a quote pins has the quote's price, whatever the list's does
        open_changes = (change for change in scenario.price_changes if change.input not in quote.pins)
        self._prices = prices(
            scenario.horizon, tuple(scenario.inputs), (change.rule for change in open_changes)
        )
        strategy = scenario.strategy(quote.strategy)
        self.items = items_of(strategy)
        self._rows = {key: strategy.own.get(key, key) for key in quote.pins}
        for key, name in self._rows.items():
            if name in scenario.expressions:
                problem = "is an expression in the scenario, which a quote cannot fix"
                raise UserError(
                    Fault(f"quote.fixes.{key}", problem, "an input that is drawn", file=quote.file)
                )
        self.replaced = np.array([item in quote.replaces for item in self.items])
        self.ends = quote.term is not None and quote.term < scenario.horizon
        self.parts = (
            *(fee.name for fee in quote.fees),
            "top-up to the minimum",
            "prepaid credit",
            "credit used",
            "service credit",
            "early termination",
        )

    @property
    def leaves(self) -> bool:
        """Whether the contract may be left early."""
        return "early_termination.chance_monthly" in self.quote.terms

    def inputs(self) -> dict[str, Marginal]:
        """The quote's own inputs of the model: its pins, prices and terms, by the model's names."""
        quote = self.quote
        marginals = {**quote.pins, **quote.prices}
        marginals |= {
            key: distribution
            for key, distribution in quote.terms.items()
            if self.ends or key != "renewal.uplift"
        }
        marginals[MULTIPLE] = marginal(1.0)
        if self.leaves:
            marginals[LEAVES] = marginal({"uniform": {"min": 0.0, "max": 1.0}})
        return {term_name(self.vendor, key): distribution for key, distribution in marginals.items()}

    def tracing(self) -> tuple[str, ...]:
        """The quote's own inputs on which its months depend beside the bill."""
        keys = [*self.quote.pins, *(["renewal.uplift"] if self.ends else [])]
        return tuple(term_name(self.vendor, key) for key in keys)

    def _term(self, values: Values, key: str) -> Array:
        return values[term_name(self.vendor, key)]

    def terms(self, values: Values) -> Array:
        """The rows of the compiled bill's terms and prices: (terms + tiers, n)."""
        quote = self.quote
        n = len(self._term(values, MULTIPLE))
        rows = np.empty((fees.TERMS + len(quote.prices), n))
        rows[: fees.TERMS] = fees.NEUTRAL[:, None]
        rows[fees.MULTIPLE] = self._term(values, MULTIPLE)
        for key in quote.terms:
            row = TERMS[key].row
            if row is not None and (self.ends or key != "renewal.uplift"):
                rows[row] = self._term(values, key)
        if self.leaves:
            rows[fees.LEAVES] = self._left(values)
        for k, key in enumerate(quote.prices):
            rows[fees.TERMS + k] = self._term(values, key)
        return rows

    def _left(self, values: Values) -> Array:
        """The month at whose end the contract is left, infinite where it is kept for its term: a geometric time."""
        chance = self._term(values, "early_termination.chance_monthly")
        with np.errstate(divide="ignore", over="ignore"):
            month = np.ceil(np.log1p(-self._term(values, LEAVES)) / np.log1p(-chance))
        months: Array = np.where(month < self.schedule.term, np.maximum(month, 1.0), np.inf)
        return months

    def trace(self, values: Values, *, items: bool = False) -> Traced:
        """What of the quote does not depend on its fees. values: the scenario's inputs and this quote's own, (n,)."""
        n = len(self._term(values, MULTIPLE))
        months = self.scenario.horizon + 1
        strategy_costs, queries = np.empty((months, n)), np.empty((months, n))
        volumes = np.empty((len(by_volume()), months, n))
        left = np.empty((months, n)) if self.leaves else None
        by_item = np.empty((len(self.items), months, n) if items else (0, 0, 0))
        matrix = self.matrix(values)
        for first in range(0, n, SLICE):
            part = slice(first, min(first + SLICE, n))
            traced = self._slice(values, matrix, part)
            strategy_costs[:, part] = traced.strategy_costs
            queries[:, part], volumes[:, :, part] = traced.queries, traced.volumes
            if left is not None and traced.left is not None:
                left[:, part] = traced.left
            if items:
                by_item[:, :, part] = traced.items
        return Traced(strategy_costs, left, queries, volumes, by_item)

    def matrix(self, values: Values) -> Array:
        """The scenario's inputs as rows, (inputs, n); what has no value is at its median."""
        n = len(self._term(values, MULTIPLE))
        rows = np.empty((len(self.scenario.inputs), n))
        for row, (key, distribution) in enumerate(self.scenario.inputs.items()):
            rows[row] = values[key] if key in values else distribution.median()
        return rows

    def _slice(self, values: Values, matrix: Array, part: slice) -> Traced:
        here = np.ascontiguousarray(matrix[:, part])
        during = self._trace(self._pinned(values, here, part, lapsed=False), self._prices)
        kept = np.where(self.replaced[:, None, None], 0.0, self._by_item(during))
        needs_list = self.leaves or (self.ends and self.quote.at_list)
        listed = self._trace(here, self.scenario.prices) if needs_list else None
        if self.ends:
            uplift = self._term(values, "renewal.uplift")[part]
            at_list = self.quote.at_list
            kept_prices = self.scenario.prices if at_list else self._prices
            after = self._trace(self._pinned(values, here, part, lapsed=True), kept_prices)
            renewed = np.where(self.replaced[:, None, None], 0.0, self._by_item(after))
            if at_list and listed is not None:
                renewed += np.where(self.replaced[:, None, None], uplift * self._by_item(listed), 0.0)
            kept[:, self.schedule.term + 1 :] = renewed[:, self.schedule.term + 1 :]
        return Traced(
            kept.sum(axis=0),
            self._by_item(listed).sum(axis=0) if listed is not None and self.leaves else None,
            during.steps[self.quote.strategy, "queries"],
            self._volumes(during),
            kept,
        )

    def _pinned(self, values: Values, matrix: Array, part: slice, *, lapsed: bool) -> Array:
        """The inputs with the quote's pins; after the term those in USD have the uplift, on whose price it may be."""
        pinned, keys = matrix.copy(), tuple(self.scenario.inputs)
        for key in self.quote.pins:
            row = keys.index(self._rows[key])
            if not (lapsed and self.quote.at_list):
                pinned[row] = self._term(values, key)[part]
            if lapsed and registry()[key].unit.startswith("USD"):
                pinned[row] *= self._term(values, "renewal.uplift")[part]
        return pinned

    def _trace(self, matrix: Array, changing: Prices) -> Trace:
        wanted = ("queries", *(step for step, _ in steps()))
        return trace(self.scenario, matrix, (self.quote.strategy,), wanted, changing)

    def _by_item(self, traced: Trace) -> Array:
        """The strategy's costs by item, (items, H+1, n)."""
        by_item = traced.items(self.quote.strategy)
        return np.array([by_item[item] for item in self.items])

    def _volumes(self, traced: Trace) -> Array:
        """What each kind of fee with a volume is counted by: (kinds, H+1, n); 0 where the strategy has none."""
        name = self.quote.strategy
        nothing = np.zeros_like(traced.steps[name, "queries"])
        return np.array([traced.steps.get((name, step), nothing) / size for step, size in steps()])

    def invoice(self, values: Values, traced: Traced) -> Invoice:
        """The bill at the quote's terms."""
        rows = np.ascontiguousarray(self.terms(values))
        n = rows.shape[1]
        parts = np.empty((len(self.parts), self.scenario.horizon + 1, n))
        committed, wasted = np.empty(n), np.empty(n)
        fees.bill(self.schedule, rows, np.ascontiguousarray(traced.volumes), parts, committed, wasted)
        return Invoice(parts, committed, wasted)

    def served(self, values: Values, traced: Traced) -> Array:
        """1 in the months in which the contract runs, or has run out, and 0 once it is left early: (H+1, n)."""
        if traced.left is None:
            return np.ones_like(traced.strategy_costs)
        month = np.arange(self.scenario.horizon + 1)[:, None]
        running: Array = np.where(month > self._left(values), 0.0, 1.0)
        return running

    def cost(self, values: Values, traced: Traced | None = None, invoice: Invoice | None = None) -> Array:
        """Present-value cost, USD, (n,)."""
        known = traced if traced is not None else self.trace(values)
        bill = invoice if invoice is not None else self.invoice(values, known)
        months = known.strategy_costs
        if known.left is not None:
            months = np.where(self.served(values, known) > 0.0, known.strategy_costs, known.left)
        total: Array = self.discount @ (months + bill.parts.sum(axis=0))
        return total


def offers(scenario: Scenario, quotes: Sequence[Quote]) -> tuple[Offer, ...]:
    """The quotes in the scenario.

    Raises UserError where two have one name, or one the name of a strategy, or a strategy is not in the scenario.
    """
    seen: dict[str, Quote] = {}
    faults = []
    for quote in quotes:
        if quote.vendor in seen:
            faults.append(
                Fault(
                    "quote.vendor",
                    f"'{quote.vendor}' is the name of the quote in {seen[quote.vendor].file} too",
                    "a different name for each quote",
                    file=quote.file,
                )
            )
        elif quote.vendor in scenario.strategies:
            faults.append(
                Fault(
                    "quote.vendor",
                    f"'{quote.vendor}' is the name of a strategy",
                    "another name",
                    file=quote.file,
                )
            )
        seen[quote.vendor] = quote
    if faults:
        raise UserError(*faults)
    return tuple(Offer(scenario, quote) for quote in quotes)


class _Memory:
    """What was worked out from the same arrays before: a study that varies a fee traces the months once.

    The arrays themselves are kept, and nobody writes into draws, so that sameness is identity.
    """

    def __init__(self, size: int) -> None:
        self._kept: deque[tuple[tuple[Array, ...], Any]] = deque(maxlen=size)

    def recall(self, arrays: tuple[Array, ...], make: Callable[[], T]) -> T:
        for known, result in self._kept:
            if all(old is new for old, new in zip(known, arrays, strict=True)):
                kept: T = result
                return kept
        made = make()
        if self._kept.maxlen:
            self._kept.append((arrays, made))
        return made


def offers_model(
    scenario: Scenario, made: Sequence[Offer], strategies: Sequence[str], *, remember: int = 0
) -> Model:
    """Costs of some of the scenario's strategies and then of each quote, as a model of all their inputs.

    The scenario's inputs come first and in their order, so that they have the draws of a run of the scenario.
    remember: how many chunks of draws to keep what does not depend on the fees of.
    """
    inputs: dict[str, Marginal] = dict(scenario.inputs)
    offer_inputs = {name: distribution for offer in made for name, distribution in offer.inputs().items()}
    inputs |= {name: distribution for name, distribution in offer_inputs.items() if not distribution.certain}
    inputs |= {name: distribution for name, distribution in offer_inputs.items() if distribution.certain}
    plain, traces = _Memory(remember), {offer.vendor: _Memory(remember) for offer in made}

    def function(values: Values) -> dict[str, Array]:
        shared = tuple(values[key] for key in scenario.inputs)
        costs = plain.recall(
            shared, lambda: evaluate_costs(scenario, dict(zip(scenario.inputs, shared, strict=True)))
        )
        by_name = {name: costs[name] for name in strategies}
        for offer in made:
            arrays = (*shared, *(values[name] for name in offer.tracing()))
            traced = traces[offer.vendor].recall(arrays, lambda offer=offer: offer.trace(values))  # type: ignore[misc]
            by_name[offer.vendor] = offer.cost(values, traced)
        return by_name

    return Model(inputs, (*strategies, *(offer.vendor for offer in made)), function, scenario.dependence)
