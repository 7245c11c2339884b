"""What was found out about quotes as plain numbers by name (`quotes.json`) and as labelled arrays (`quotes.nc`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.quotes.costs import Offer
from sim.results.dataset import version
from sim.results.numbers import LEVELS, MEASURES
from sim.results.run import Run
from studies.quotes.analysis import Analysis
from studies.quotes.reliability import LEFT_OUT, Reverse, agrees
from studies.quotes.unit_price import NO_PRICE

if TYPE_CHECKING:
    import xarray as xr

MOVED = 5
"""Inputs of a design point that are told."""


def record(found: Analysis) -> dict[str, Any]:
    """The content of `quotes.json`."""
    comparison, run = found.comparison, found.comparison.run
    scenario = comparison.scenario
    return {
        "study": {
            "title": scenario.title,
            "horizon_months": scenario.horizon,
            "discount_rate": scenario.discount_rate,
            "compare": list(scenario.compare),
        },
        "version": version(),
        "seed": run.seed,
        "draws": run.draws,
        "design": run.design,
        "against": found.comparison.against,
        "target": found.target,
        "waste_risk": found.risk,
        "budget": comparison.budget,
        "warnings": list(found.warnings),
        "strategies": {name: cost(run, name) for name in comparison.strategies},
        "probability_cheapest": {name: comparison.probability_cheapest(name) for name in run.strategies},
        "quotes": {offer.vendor: _quote(found, offer) for offer in comparison.offers},
    }


def _quote(found: Analysis, offer: Offer) -> dict[str, Any]:
    comparison, run, vendor, quote = found.comparison, found.comparison.run, offer.vendor, offer.quote
    detail, baseline = comparison.detail[vendor], comparison.baseline[vendor]
    minimum = quote.terms.get("commitment.minimum_monthly")
    own_cost, safe, price = cost(run, vendor), found.safe_minimum[vendor], found.unit_price[vendor]
    return {
        "strategy": quote.strategy,
        "baseline": baseline,
        "file": quote.file,
        "source": quote.source,
        "valid_until": quote.valid_until.isoformat() if quote.valid_until else None,
        "term_months": quote.term,
        "currency": quote.currency,
        "replaces": list(quote.replaces),
        "fixes": {key: law.spec for key, law in quote.pins.items()},
        "notes": list(found.notes[vendor]),
        "fees_by_month": found.fees_by_month[vendor].tolist(),
        "probability_cheaper": {
            "a": vendor,
            "b": baseline,
            **run.probability_cheaper(vendor, baseline).to_dict(),
        },
        "probability_cheaper_than": {
            name: run.probability_cheaper(vendor, name).to_dict() for name in run.strategies if name != vendor
        },
        "probability_cheapest": comparison.probability_cheapest(vendor),
        "cost": own_cost,
        "cost_per_query": detail.cost_per_query.to_dict(),
        "difference": _plain(run.difference(vendor, baseline)),
        "line_items": dict(detail.items),
        "commitment": {
            "minimum_monthly": minimum.spec if minimum is not None else None,
            "committed": detail.committed,
            "wasted": detail.wasted,
            "wasted_share": detail.wasted_share,
            "safe_minimum_monthly": safe.to_dict() if safe is not None else None,
        },
        "over_budget": _over(found, vendor, own_cost),
        "unit_price": price.to_dict() if price is not None else None,
        "stresses": {name: one.to_dict() for name, one in found.stresses[vendor].items()},
        "reverse_stress": _reverse(found.reverse[vendor], run, vendor, baseline),
        "walk_away": {key: one.to_dict() for key, one in found.walk_away[vendor].items()},
        "iso_curve": found.isos[vendor].to_dict() if vendor in found.isos else None,
        "questions": [one.to_dict() for one in found.questions[vendor]],
    }


def _over(found: Analysis, vendor: str, own_cost: Mapping[str, Any]) -> dict[str, Any] | None:
    detail, budget = found.comparison.detail[vendor], found.comparison.budget
    if budget is None or detail.over_budget is None or detail.overrun is None:
        return None
    return {
        "probability": {"estimate": detail.over_budget[0], "ci95": list(detail.over_budget[1])},
        "expected_overrun": detail.overrun.to_dict(),
        "p95_overrun": max(0.0, own_cost["quantiles"]["0.95"] - budget),
    }


def cost(run: Run, name: str) -> dict[str, Any]:
    """A cost as in `run.json`."""
    return _plain(run.measure(MEASURES.index("cost") * len(run.strategies) + run.positions[name]))


def _plain(measure: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "mean": measure["mean"],
        "ci95": list(measure["ci95"]),
        "mcse": measure["mcse"],
        "sd": measure["sd"],
        "quantiles": {f"{level:g}": float(x) for level, x in zip(LEVELS, measure["quantiles"], strict=True)},
        "cvar95": float(measure["cvar95"]),
    }


def _reverse(found: Reverse, run: Run, vendor: str, baseline: str) -> dict[str, Any]:
    sampled, form, left_out = run.probability_cheaper(baseline, vendor), found.probability, found.left_out
    if form is not None and sampled.ci95 is not None and not agrees(form, *sampled.ci95):
        form, left_out = None, LEFT_OUT
    return {
        "baseline": baseline,
        "loses_at_medians": found.fails_at_medians,
        "probability_form": form,
        "form_left_out": left_out or None,
        "probability_sampled": sampled.to_dict(),
        "points": [
            {"beta": point.beta, "moved": [dict(vars(moved)) for moved in point.moved[:MOVED]]}
            for point in found.points
        ],
    }


def dataset(found: Analysis) -> xr.Dataset:
    """What the figures draw, with dims quote, alternative (strategies and quotes), stress, month, step, quantile."""
    import xarray as xr

    comparison, run = found.comparison, found.comparison.run
    vendors = [offer.vendor for offer in comparison.offers]
    first = found.stresses[vendors[0]]
    usd, share = {"units": "USD"}, {"units": "1"}
    cheaper = [run.probability_cheaper(v, comparison.baseline[v]) for v in vendors]
    costs = [list(cost(run, name)["quantiles"].values()) for name in run.strategies]
    stresses = [[one.probability_cheaper for one in found.stresses[v].values()] for v in vendors]
    by_stress = [[one.cost for one in found.stresses[v].values()] for v in vendors]
    prices = [found.unit_price[v] or NO_PRICE for v in vendors]
    data = xr.Dataset(
        {
            "cost_quantiles": (("alternative", "quantile"), costs, {**usd, "long_name": "present-value cost"}),
            "cost_mean": ("alternative", [cost(run, name)["mean"] for name in run.strategies], usd),
            "probability_cheaper": ("quote", [one.estimate for one in cheaper], share),
            "stress_probability": (("quote", "stress"), stresses, share),
            "stress_cost": (("quote", "stress"), by_stress, usd),
            "fees": (("quote", "month"), np.array([found.fees_by_month[v] for v in vendors]), usd),
            "volume": (("quote", "step"), np.array([one.volume for one in prices]), {"units": "queries/month"}),
            "unit_price": (("quote", "step"), np.array([one.price for one in prices]), {"units": "USD/query"}),
            "without_minimum": (
                ("quote", "step"), np.array([one.without_minimum for one in prices]), {"units": "USD/query"},
            ),
            "expected_volume": ("quote", [one.expected for one in prices], {"units": "queries/month"}),
        },
        coords={
            "quote": vendors,
            "baseline": ("quote", [comparison.baseline[v] for v in vendors]),
            "strategy": ("quote", [offer.quote.strategy for offer in comparison.offers]),
            "alternative": list(run.strategies),
            "quantile": list(LEVELS),
            "stress": list(first),
            "stress_title": ("stress", [one.stress.title for one in first.values()]),
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
            "target": found.target,
            "sources": "inputs: scenario.toml; fees: the quotes",
        },
    )  # fmt: skip
    if found.isos:
        vendor, iso = next(iter(found.isos.items()))
        data = data.assign(
            iso_second=("place", iso.second), iso_ci=(("place", "ci_bound"), iso.ci95)
        ).assign_coords(place=iso.first, ci_bound=["lower", "upper"])
        data.attrs |= {
            "iso_quote": vendor, "iso_terms": list(iso.terms), "iso_units": list(iso.units),
            "iso_quoted": list(iso.quoted),
        }  # fmt: skip
    return data
