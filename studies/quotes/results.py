"""What was found out about quotes, as a record: by name (`quotes.json`) and as labelled arrays (`quotes.nc`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distributions.records import Record, plain
from sim.quotes.costs import Offer
from sim.results.dataset import version
from sim.results.labelled import LabelledArrays
from sim.results.records import LEVELS, Summary
from sim.results.run import Run
from studies.quotes.comparison import Average, Comparison
from studies.quotes.questions import Question
from studies.quotes.reliability import LEFT_OUT, Reverse, agrees
from studies.quotes.stressed import Stressed
from studies.quotes.unit_price import NO_PRICE, UnitPrice
from studies.quotes.walk_away import IsoCurve, WalkAway
from studies.shared.names import attribute

if TYPE_CHECKING:
    import xarray as xr

MOVED = 5
"""Inputs of a design point that are told."""


@dataclass(frozen=True, eq=False)
class Analysis(Record):
    """What was found out about quotes; everything by vendor.

    walk_away: by term. safe_minimum: with its interval, None without usage fees. isos: the iso-curve of two terms.
    unit_price: None where no query reaches the vendor. notes: what to know of a quote, in sentences. warnings: of
    lapsed quotes and ruled-out strategies.
    """

    comparison: Comparison
    stresses: Mapping[str, Mapping[str, Stressed]]
    reverse: Mapping[str, Reverse]
    walk_away: Mapping[str, Mapping[str, WalkAway]]
    safe_minimum: Mapping[str, Average | None]
    isos: Mapping[str, IsoCurve]
    questions: Mapping[str, tuple[Question, ...]]
    unit_price: Mapping[str, UnitPrice | None]
    fees_by_month: Mapping[str, NDArray[np.float64]]
    notes: Mapping[str, tuple[str, ...]]
    warnings: tuple[str, ...]
    target: float
    risk: float

    def to_dict(self) -> dict[str, Any]:
        """The content of `quotes.json`."""
        comparison, run = self.comparison, self.comparison.run
        scenario = comparison.scenario
        return {
            "study": {
                "title": scenario.title,
                "horizon_months": scenario.horizon,
                "discount_rate": scenario.discount_rate,
                "compare": list(scenario.compare),
            },
            "version": version(),
            "labels": dict(scenario.labels),
            "seed": run.seed,
            "draws": run.draws,
            "design": run.design,
            "against": comparison.against,
            "target": self.target,
            "waste_risk": self.risk,
            "budget": comparison.budget,
            "warnings": list(self.warnings),
            "strategies": {name: _short(run.measure("cost", name)) for name in comparison.strategies},
            "probability_cheapest": plain(
                {name: comparison.probability_cheapest(name) for name in run.strategies}
            ),
            "quotes": {offer.vendor: self._quote(offer) for offer in comparison.offers},
        }

    def _quote(self, offer: Offer) -> dict[str, Any]:
        comparison, run, vendor, quote = self.comparison, self.comparison.run, offer.vendor, offer.quote
        detail, baseline = comparison.detail[vendor], comparison.baseline[vendor]
        minimum = quote.terms.get("commitment.minimum_monthly")
        cost, safe, price = run.measure("cost", vendor), self.safe_minimum[vendor], self.unit_price[vendor]
        return {
            "strategy": quote.strategy,
            "baseline": baseline,
            "file": quote.file,
            "source": quote.source,
            "valid_until": quote.valid_until.isoformat() if quote.valid_until else None,
            "term_months": quote.term,
            "currency": quote.currency,
            "replaces": list(quote.replaces),
            "fixes": {key: distribution.spec for key, distribution in quote.pins.items()},
            "notes": list(self.notes[vendor]),
            "fees_by_month": self.fees_by_month[vendor].tolist(),
            "probability_cheaper": {
                "a": vendor,
                "b": baseline,
                **run.probability_cheaper(vendor, baseline).to_dict(),
            },
            "probability_cheaper_than": {
                name: run.probability_cheaper(vendor, name).to_dict()
                for name in run.strategies
                if name != vendor
            },
            "probability_cheapest": plain(comparison.probability_cheapest(vendor)),
            "cost": _short(cost),
            "cost_per_query": detail.cost_per_query.to_dict(),
            "difference": _short(run.difference(vendor, baseline)),
            "line_items": dict(detail.items),
            "commitment": {
                "minimum_monthly": minimum.spec if minimum is not None else None,
                "committed": detail.committed,
                "wasted": detail.wasted,
                "wasted_share": detail.wasted_share,
                "safe_minimum_monthly": plain(safe),
            },
            "over_budget": self._over(vendor, cost),
            "unit_price": plain(price),
            "stresses": plain(self.stresses[vendor]),
            "reverse_stress": _reverse(self.reverse[vendor], run, vendor, baseline),
            "walk_away": plain(self.walk_away[vendor]),
            "iso_curve": plain(self.isos.get(vendor)),
            "questions": plain(self.questions[vendor]),
        }

    def _over(self, vendor: str, cost: Summary) -> dict[str, Any] | None:
        detail, budget = self.comparison.detail[vendor], self.comparison.budget
        if budget is None or detail.over_budget is None or detail.overrun is None:
            return None
        return {
            "probability": detail.over_budget.to_dict(),
            "expected_overrun": detail.overrun.to_dict(),
            "p95_overrun": max(0.0, cost.quantile(0.95) - budget),
        }

    def to_dataset(self) -> xr.Dataset:
        """As an xarray Dataset, dims as in `to_arrays`."""
        return self.to_arrays().to_dataset()

    def to_arrays(self) -> LabelledArrays:
        """What figures draw, with dims quote, alternative (strategies and quotes), stress, month, step, quantile."""
        comparison, run = self.comparison, self.comparison.run
        vendors = [offer.vendor for offer in comparison.offers]
        first = self.stresses[vendors[0]]
        usd, share = {"units": "USD"}, {"units": "1"}
        cheaper = [run.probability_cheaper(v, comparison.baseline[v]) for v in vendors]
        costs = [run.quantiles("cost", name) for name in run.strategies]
        stresses = [[stressed.probability_cheaper for stressed in self.stresses[v].values()] for v in vendors]
        by_stress = [[stressed.cost for stressed in self.stresses[v].values()] for v in vendors]
        prices = [self.unit_price[v] or NO_PRICE for v in vendors]
        volumes = [price.queries_per_month for price in prices]
        expected = [price.expected_queries_per_month for price in prices]
        a_month, a_query = {"units": "queries/month"}, {"units": "USD/query"}
        data = LabelledArrays(
            {
                "cost_quantiles": (("alternative", "quantile"), costs, {**usd, "long_name": "present-value cost"}),
                "cost_mean": ("alternative", [run.mean("cost", name).value for name in run.strategies], usd),
                "probability_cheaper": ("quote", [price.estimate for price in cheaper], share),
                "stress_probability": (("quote", "stress"), stresses, share),
                "stress_cost": (("quote", "stress"), by_stress, usd),
                "fees": (("quote", "month"), np.array([self.fees_by_month[v] for v in vendors]), usd),
                "volume": (("quote", "step"), np.array(volumes), a_month),
                "unit_price": (("quote", "step"), np.array([price.usd_per_query for price in prices]), a_query),
                "without_minimum": (("quote", "step"), np.array([price.without_minimum for price in prices]), a_query),
                "expected_volume": ("quote", expected, a_month),
            },
            coords={
                "quote": vendors,
                "baseline": ("quote", [comparison.baseline[v] for v in vendors]),
                "strategy": ("quote", [offer.quote.strategy for offer in comparison.offers]),
                "alternative": list(run.strategies),
                "quantile": list(LEVELS),
                "stress": list(first),
                "stress_title": ("stress", [stressed.stress.title for stressed in first.values()]),
                "month": np.arange(comparison.scenario.horizon + 1),
            },
            attrs={
                "title": comparison.scenario.title,
                "draws": run.draws,
                "seed": str(run.seed),
                "design": run.design,
                "discount_rate": comparison.scenario.discount_rate,
                "horizon_months": comparison.scenario.horizon,
                "version": version(),
                "target": self.target,
                "sources": "inputs: scenario.toml; fees: the quotes",
                **attribute(comparison.scenario.labels),
            },
        )  # fmt: skip
        if self.isos:
            vendor, iso = next(iter(self.isos.items()))
            data = data.with_more(
                {"iso_second": ("place", iso.second), "iso_ci": (("place", "ci_bound"), iso.ci95)},
                {"place": iso.first, "ci_bound": ["lower", "upper"]},
                iso_quote=vendor, iso_terms=list(iso.terms), iso_units=list(iso.units),
                iso_quoted=list(iso.quoted),
            )  # fmt: skip
        return data


def _short(summary: Summary) -> dict[str, Any]:
    """Without the intervals of quantiles and tail."""
    whole = summary.to_dict()
    return {name: whole[name] for name in ("mean", "ci95", "mcse", "sd", "quantiles", "cvar95")}


def _reverse(reverse: Reverse, run: Run, vendor: str, baseline: str) -> dict[str, Any]:
    sampled, form, left_out = run.probability_cheaper(baseline, vendor), reverse.probability, reverse.left_out
    if form is not None and sampled.ci95 is not None and not agrees(form, *sampled.ci95):
        form, left_out = None, LEFT_OUT
    return {
        "baseline": baseline,
        "loses_at_medians": reverse.fails_at_medians,
        "probability_form": form,
        "form_left_out": left_out or None,
        "probability_sampled": sampled.to_dict(),
        "points": [{"beta": point.beta, "moved": plain(point.moved[:MOVED])} for point in reverse.points],
    }
