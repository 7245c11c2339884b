"""Invoices worked out by hand, month by month, to the cent: every form of fee, and every term."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributions.inputs import registry
from distributions.tables.writing import to_toml
from sim import Scenario, evaluate
from sim.quotes.costs import Invoice, offers, offers_model, term_name
from sim.quotes.quote import Quote
from tests.examples import share
from tests.sim.neutral import NEUTRAL

QUERIES = 100_000.0
TOKENS = 500.0
"""Of a query: 100 of instructions, 150 of question, 250 of answer."""

ANSWERED = 0.2
REACH = QUERIES * (1.0 - ANSWERED)

BASE: dict[str, float] = {
    **dict.fromkeys(registry(), 0.0),
    **NEUTRAL,
    "cache.write_multiplier": 1.0,
    "cache.answer_hit_rate": ANSWERED,
    "workload.queries_per_month": QUERIES,
    "tokens.tuned_system": 100.0,
    "tokens.question": 150.0,
    "tokens.output": 250.0,
    "price.small_input": 2.0,
    "price.small_output": 8.0,
    "drift.retrain_interval_months": 1000.0,
    "drift.retrain_interval_retrieval_months": 1000.0,
    "serve.tokens_per_second": 100.0,
    "serve.target_utilisation": 0.5,
    "serve.peak_to_mean": 1.0,
    "serve.min_replicas": 1.0,
    "gpu.hourly_rate": 3.0,
    "observability.monthly": 50.0,
}
LIST = REACH * (250 * 2.0 + 250 * 8.0) / 1e6
"""What the tokens of a month cost at the scenario's prices: 200 USD."""


def scenario(horizon: int = 3, **changes: float) -> Scenario:
    """Everything certain, no discounting."""
    inputs: dict[str, dict[str, float | int]] = {}
    for key, value in (BASE | {key.replace("__", "."): value for key, value in changes.items()}).items():
        group, name = key.split(".")
        inputs.setdefault(group, {})[name] = int(value) if registry()[key].support.integer else value
    study = {"title": "t", "horizon_months": horizon, "discount_rate": 0.0}
    return Scenario.from_dict({"study": study, "inputs": inputs})


def bill(tmp_path: Path, subject: Scenario, **quote: Any) -> tuple[Invoice, float]:
    """The invoice of a quote at the medians, and its cost."""
    path = tmp_path / "q.toml"
    path.write_text(to_toml({"quote": {"vendor": "V", "strategy": "tuned_hosted", **quote}}))
    (offer,) = offers(subject, [Quote.load(path)])
    model = offers_model(subject, [offer], (offer.quote.strategy,))
    values = {name: np.array([distribution.median()]) for name, distribution in model.marginals.items()}
    return offer.invoice(values, offer.trace(values)), float(model.evaluate(values)["V"][0])


def months(invoice: Invoice) -> list[float]:
    """The whole bill, month by month, in cents."""
    return [round(float(x), 2) for x in invoice.parts[:, :, 0].sum(axis=0)]


@pytest.mark.slow
def test_once_and_month(tmp_path: Path) -> None:
    fees = [{"name": "a", "per": "once", "amount": 500}, {"name": "b", "per": "month", "amount": 40}]
    invoice, cost = bill(tmp_path, scenario(), fee=fees)
    assert months(invoice) == [500, 40, 40, 40]
    assert cost == pytest.approx(620 + 3 * (LIST + 50), abs=0.005)


def test_what_fees_replace_is_not_paid_twice(tmp_path: Path) -> None:
    fees = [{"name": "b", "per": "month", "amount": 40}]
    _, cost = bill(tmp_path, scenario(), fee=fees, replaces=["input tokens", "output tokens"])
    assert cost == pytest.approx(3 * (40 + 50), abs=0.005)


@pytest.mark.parametrize(
    ("per", "amount", "expected"),
    [("query", 0.002, REACH * 0.002), ("million_tokens", 1.5, REACH * TOKENS / 1e6 * 1.5)],
)
def test_usage_counts_what_reaches_the_vendor(
    tmp_path: Path, per: str, amount: float, expected: float
) -> None:
    invoice, _ = bill(tmp_path, scenario(), fee=[{"name": "u", "per": per, "amount": amount}])
    assert months(invoice) == [0, round(expected, 2), round(expected, 2), round(expected, 2)]


def test_gpu_hours_are_those_of_whole_cards(tmp_path: Path) -> None:
    # 80,000 queries of 500 tokens need 0.305 of a card at 100 tokens/s half used; two at six times the peak
    fee = [{"name": "u", "per": "gpu_hour", "amount": 1.25}]
    one, _ = bill(tmp_path, scenario(), strategy="tuned_self_hosted", fee=fee)
    assert months(one) == [0, 912.5, 912.5, 912.5]
    two, _ = bill(tmp_path, scenario(serve__peak_to_mean=6.0), strategy="tuned_self_hosted", fee=fee)
    assert months(two)[1] == 1825.0


def test_graduated_tiers_charge_each_unit_at_its_own(tmp_path: Path) -> None:
    tiers = [{"up_to": 30_000, "price": 0.01}, {"up_to": 60_000, "price": 0.004}, {"price": 0.001}]
    invoice, _ = bill(tmp_path, scenario(), fee=[{"name": "u", "per": "query", "tiers": tiers}])
    assert months(invoice)[1] == 300 + 120 + 20


def test_volume_tiers_charge_all_units_at_the_tier_reached(tmp_path: Path) -> None:
    tiers = [{"up_to": 30_000, "price": 0.01}, {"up_to": 80_000, "price": 0.004}, {"price": 0.001}]
    fee = {"name": "u", "per": "query", "tiering": "volume", "tiers": tiers}
    at_end, _ = bill(tmp_path, scenario(), fee=[fee])
    assert months(at_end)[1] == 320  # exactly 80,000: the last unit of the second tier
    beyond, _ = bill(tmp_path, scenario(workload__queries_per_month=100_002.0), fee=[fee])
    assert months(beyond)[1] == 80.0


def test_overage_is_charged_above_what_is_included(tmp_path: Path) -> None:
    fee = {"name": "over", "per": "query", "amount": 0.05, "included": 75_000}
    invoice, _ = bill(tmp_path, scenario(), fee=[fee])
    assert months(invoice)[1] == 250


def test_usage_below_the_minimum_is_topped_up_and_flat_fees_do_not_count(tmp_path: Path) -> None:
    fees = [
        {"name": "flat", "per": "month", "amount": 1000},
        {"name": "u", "per": "query", "amount": 0.01},
    ]
    invoice, _ = bill(tmp_path, scenario(), fee=fees, commitment={"minimum_monthly": 900})
    assert months(invoice) == [0, 1900, 1900, 1900]
    assert invoice.committed[0] == 2700
    assert invoice.wasted[0] == pytest.approx(300)
    above, _ = bill(tmp_path, scenario(), fee=fees, commitment={"minimum_monthly": 700})
    assert months(above)[1] == 1800
    assert above.wasted[0] == 0


def test_escalator_raises_fees_at_each_anniversary(tmp_path: Path) -> None:
    fees = [{"name": "a", "per": "once", "amount": 7}, {"name": "b", "per": "month", "amount": 100}]
    invoice, _ = bill(tmp_path, scenario(26), fee=fees, escalator={"annual": 0.1})
    assert months(invoice) == [7, *[100] * 12, *[110] * 12, 121, 121]


def test_prepaid_credit_pays_usage_until_it_expires(tmp_path: Path) -> None:
    fee = [{"name": "u", "per": "query", "amount": 0.01}]
    credits = {"amount": 1000, "price": 850}
    kept, _ = bill(tmp_path, scenario(), fee=fee, credits=credits)
    assert months(kept) == [850, 0, 600, 800]
    lapsed, _ = bill(tmp_path, scenario(), fee=fee, credits={**credits, "expires_after_months": 1})
    assert months(lapsed) == [850, 0, 800, 800]
    assert lapsed.wasted[0] == pytest.approx(200)
    assert kept.wasted[0] == 0


def test_service_credit_returns_a_share_of_the_bill(tmp_path: Path) -> None:
    fees = [{"name": "b", "per": "month", "amount": 200}, {"name": "u", "per": "query", "amount": 0.01}]
    back = {"share": 0.25, "missed_months": 0.1}
    invoice, _ = bill(tmp_path, scenario(), fee=fees, service_credit=back)
    assert months(invoice)[1] == 975


def test_a_foreign_currency_is_paid_at_its_rate(tmp_path: Path) -> None:
    fees = [{"name": "b", "per": "month", "amount": 100}]
    quote = {
        "currency": "EUR",
        "exchange_rate": 1.2,
        "fee": [*fees, {"name": "u", "per": "query", "amount": 0.001}],
    }
    invoice, _ = bill(tmp_path, scenario(), **quote, commitment={"minimum_monthly": 90})
    assert months(invoice)[1] == round(1.2 * (100 + 90), 2)


def test_a_term_that_ends_goes_on_at_list_times_the_uplift(tmp_path: Path) -> None:
    quote = {
        "term_months": 2,
        "replaces": ["input tokens", "output tokens"],
        "fee": [{"name": "b", "per": "month", "amount": 40}],
        "renewal": {"at": "list", "uplift": 1.5},
    }
    invoice, cost = bill(tmp_path, scenario(), **quote)
    assert months(invoice) == [0, 40, 40, 0]
    assert cost == pytest.approx(3 * 50 + 2 * 40 + 1.5 * LIST, abs=0.005)


def test_a_pinned_price_lapses_with_the_term(tmp_path: Path) -> None:
    quote = {"term_months": 1, "fixes": {"price.small_output": 4.0}, "renewal": {"uplift": 1.1}}
    _, cost = bill(tmp_path, scenario(2), **quote)
    pinned, listed = REACH * (250 * 2.0 + 250 * 4.0) / 1e6, REACH * (250 * 2.0 + 250 * 8.8) / 1e6
    assert cost == pytest.approx(2 * 50 + pinned + listed, abs=0.005)


def test_a_renewed_quote_keeps_its_fees_times_the_uplift(tmp_path: Path) -> None:
    quote = {
        "term_months": 2,
        "fee": [{"name": "b", "per": "month", "amount": 40}],
        "renewal": {"at": "quote", "uplift": 1.5},
    }
    invoice, _ = bill(tmp_path, scenario(), **quote)
    assert months(invoice) == [0, 40, 40, 60]


def test_leaving_early_costs_the_fee_and_a_share_of_the_minimums_left(tmp_path: Path) -> None:
    path = tmp_path / "q.toml"
    quote = {
        "vendor": "V",
        "strategy": "tuned_hosted",
        "term_months": 6,
        "replaces": ["input tokens", "output tokens"],
        "fee": [{"name": "u", "per": "query", "amount": 0.005}],
        "commitment": {"minimum_monthly": 450},
        "early_termination": {"chance_monthly": 0.5, "fee": 70, "share_of_minimum": 0.2},
    }
    path.write_text(to_toml({"quote": quote}))
    subject = scenario(4)
    (offer,) = offers(subject, [Quote.load(path)])
    model = offers_model(subject, [offer], ("tuned_hosted",))
    values = {name: np.full(4, distribution.median()) for name, distribution in model.marginals.items()}
    # a geometric time at one half: left in month 1, 2, 3, and kept
    values[term_name("V", "early_termination.draw")] = np.array([0.4, 0.6, 0.8, 0.999])
    invoice = offer.invoice(values, offer.trace(values))
    months_paid = invoice.parts.sum(axis=0)
    due = [70 + 0.2 * 450 * left for left in (5, 4, 3)]
    np.testing.assert_allclose(months_paid[:, 0], [0, 450 + due[0], 0, 0, 0])
    np.testing.assert_allclose(months_paid[:, 1], [0, 450, 450 + due[1], 0, 0])
    np.testing.assert_allclose(months_paid[:, 2], [0, 450, 450, 450 + due[2], 0])
    np.testing.assert_allclose(months_paid[:, 3], [0, 450, 450, 450, 450])
    cost = model.evaluate(values)["V"]
    np.testing.assert_allclose(
        cost, [200 + 450 + due[0] + 3 * LIST, 200 + 900 + due[1] + 2 * LIST, 200 + 1350 + due[2] + LIST, 2000]
    )


def test_a_quote_that_changes_nothing_costs_what_its_strategy_does(tmp_path: Path) -> None:
    for strategy in ("prompt", "rag", "tuned_hosted", "tuned_self_hosted", "hybrid"):
        subject = Scenario.from_dict({"study": {"title": "t", "horizon_months": 18}})
        _, cost = bill(tmp_path, subject, strategy=strategy)
        assert cost == pytest.approx(evaluate(subject).cost[strategy], rel=1e-13)


@pytest.mark.slow
@share(0.4)
@given(
    ends=st.lists(st.floats(1e3, 1e6), min_size=1, max_size=4, unique=True),
    prices=st.lists(st.floats(0.0, 0.1), min_size=5, max_size=5),
    minimum=st.floats(0.0, 1e4),
    volumes=st.lists(st.floats(1.0, 1e7), min_size=2, max_size=2),
)
def test_more_volume_never_lowers_a_graduated_bill_and_a_top_up_is_never_negative(
    tmp_path_factory: pytest.TempPathFactory,
    ends: list[float],
    prices: list[float],
    minimum: float,
    volumes: list[float],
) -> None:
    tiers: list[dict[str, float]] = [
        {"up_to": end, "price": price} for end, price in zip(sorted(ends), prices, strict=False)
    ]
    tiers.append({"price": prices[-1]})
    quote = {
        "fee": [{"name": "u", "per": "query", "tiers": tiers}],
        "commitment": {"minimum_monthly": minimum},
    }
    folder = tmp_path_factory.mktemp("q")
    low, high = (
        bill(folder, scenario(2, workload__queries_per_month=volume), **quote)[0]
        for volume in sorted(volumes)
    )
    assert months(low)[1] <= months(high)[1] + 0.005
    assert float(low.parts[1].min()) >= 0.0
    assert low.wasted[0] <= low.committed[0] * (1 + 1e-12)
