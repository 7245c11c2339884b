"""Prices that change within the horizon: by month and in all, against the equations read again in plain Python."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pytest

from distributions.errors import UserError
from distributions.inputs import registry
from sim import Scenario, evaluate, simulate
from sim.models.model import cost_model
from sim.scenario.market import month_of
from sim.scenario.market_notes import notes
from tests.sim import plain_model

CHANGES: list[dict[str, Any]] = [
    {"month": 3, "input": "price.input", "times": 2.0},
    {"month": 3, "input": "price.tuned_premium", "to": 0.0},
    {"month": 7, "input": "price.input", "times": 0.5},
    {"month": 7, "input": "price.embedding", "to": 1.5},
    {"month": 8, "input": "cache.read_multiplier", "times": 0.25},
    {"month": 1, "input": "price.output", "times": 1.25},
    {"month": 14, "input": "price.small_output", "times": 3.0},
]
"""Several stretches, one that begins with month 1, and one change after the shortest horizon that is tried."""


def scenario(horizon: int = 16, rate: float = 0.12, changes: Any = CHANGES, **inputs: Any) -> Scenario:
    return Scenario.from_dict(
        {
            "study": {"horizon_months": horizon, "discount_rate": rate},
            "market": {"change": changes},
            # the plain reading knows no fallback that changes errors
            "inputs": {"quality": {"cost_per_error": 0.05}, "fallback": {"rate": 0.0}, **inputs},
        }
    )


def plain(found: Scenario, x: dict[str, float]) -> dict[str, plain_model.Items]:
    """The oracle's months; what becomes another is so against the values at setup."""
    new = [
        (one.month, {one.input: one.after(x[one.input])})
        for one in found.price_changes
        if one.month <= found.horizon
    ]
    return plain_model.repriced_paths(x, found.horizon, new)


@pytest.mark.parametrize(("horizon", "rate"), [(16, 0.12), (12, 0.0), (2, 0.3)])
def test_every_month_and_item_is_at_the_prices_of_the_month(horizon: int, rate: float) -> None:
    subject = scenario(horizon, rate)
    found = evaluate(subject)
    expected = plain(subject, dict(found.inputs))
    for name in subject.strategies:
        assert found.months[name] == pytest.approx(plain_model.total(expected[name]), rel=1e-12)
        assert found.cost[name] == pytest.approx(
            plain_model.present_value(plain_model.total(expected[name]), rate), rel=1e-12
        )
        for item, months in found.items[name].items():
            path = expected[name].get(item, [0.0] * (horizon + 1))
            assert months == pytest.approx(path, rel=1e-12, abs=1e-9)
            value = plain_model.present_value(path, rate)
            assert found.breakdown[name][item] == pytest.approx(value, rel=1e-12, abs=1e-9)


@pytest.mark.slow
def test_a_run_has_the_means_of_the_same_draws_by_month_and_by_item() -> None:
    subject = scenario()
    run = simulate(subject, 150, seed=3, threads=1)
    values = run.sampler.draw(0, 150, run.sampler.scratch())
    draws = [dict(zip(run.sampler.names, map(float, column), strict=True)) for column in values.T]
    months = {name: np.zeros(subject.horizon + 1) for name in subject.strategies}
    items: dict[str, dict[str, float]] = {name: {} for name in subject.strategies}
    weight = 1.12 ** (-np.arange(subject.horizon + 1) / 12)
    for x in draws:
        for name, by_item in plain(subject, x).items():
            months[name] += np.cumsum(np.array(plain_model.total(by_item)) * weight) / len(draws)
            for item, path in by_item.items():
                value = plain_model.present_value(path, 0.12) / len(draws)
                items[name][item] = items[name].get(item, 0.0) + value
    found = run.dataset["cumulative_cost_mean"]
    for name in subject.strategies:
        # sums of 150 terms, whole tiles and a part of one: rounding alone
        assert found.sel(strategy=name).values == pytest.approx(months[name], rel=1e-11)
        for item, value in run.breakdown()[name].items():
            assert value == pytest.approx(items[name].get(item, 0.0), rel=1e-10)
    totals = simulate(subject, 150, seed=3, threads=1, totals=True)
    costs = cost_model(subject).evaluate(dict(zip(run.sampler.names, values, strict=True)))
    for name in subject.strategies:
        assert costs[name].mean() == pytest.approx(months[name][-1], rel=1e-11)
    pair = subject.compare
    assert totals.probability_cheaper(*pair).estimate == run.probability_cheaper(*pair).estimate


def test_draws_do_not_depend_on_chunks_or_on_what_was_changed_before() -> None:
    one, other = (simulate(scenario(), 40_000, seed=5, threads=threads) for threads in (1, 2))
    assert one.dataset["cost_mean"].equals(other.dataset["cost_mean"])
    # the values of the block are as they were: a second run of the sampler's draws gives the same
    assert np.array_equal(
        one.sampler.draw(0, 300, one.sampler.scratch()), other.sampler.draw(0, 300, other.sampler.scratch())
    )


def test_without_changes_the_bits_are_those_of_a_plain_scenario() -> None:
    none, late = scenario(6, changes=[]), scenario(6, changes=[CHANGES[-1]])
    assert evaluate(none).cost == evaluate(late).cost


def test_a_value_that_is_set_has_no_known_change() -> None:
    subject = scenario()
    held = subject.with_values({"price.input": 4.0})
    assert [one.input for one in subject.price_changes].count("price.input") == 2
    assert "price.input" not in [one.input for one in held.price_changes]


def test_a_scenario_with_changes_reads_again_to_the_same() -> None:
    subject = scenario()
    assert Scenario.from_dict(subject.tables()) == subject
    assert Scenario.from_dict(subject.tables()) != scenario(changes=CHANGES[1:])


@pytest.mark.parametrize(
    ("entry", "key", "said"),
    [
        ({"month": 0, "input": "price.input", "times": 2}, "month", "1 to 120"),
        ({"month": True, "input": "price.input", "times": 2}, "month", "1 to 120"),
        ({"month": 2, "input": "price.inputs", "times": 2}, "input", "price.input"),
        ({"month": 2, "input": "workload.queries_per_month", "times": 2}, "input", "price.input"),
        ({"month": 2, "input": "price.input"}, "change", "has neither times nor to"),
        ({"month": 2, "input": "price.input", "times": 2, "to": 3}, "change", "has both times and to"),
        ({"month": 2, "input": "price.input", "times": -1}, "times", "above 0"),
        ({"month": 2, "input": "price.input", "to": -1}, "to", "found -1"),
        ({"month": 2, "input": "price.input", "times": "x"}, "times", "a factor above 0"),
        ({"month": 2, "input": "price.input", "time": 2}, "time", "unknown key"),
    ],
)
def test_what_a_change_cannot_be_is_said(entry: dict[str, Any], key: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        scenario(changes=[entry])
    text = str(caught.value)
    assert key in text
    assert said in text


def _lookup(**market: Any) -> Scenario:
    """A product that reads 1,000 tokens and writes 500 a query, with nothing that grows, falls or is discounted."""
    inputs = {
        "price": {"annual_decline": 0.0},
        "workload": {"annual_growth": 0.0, "queries_per_month": 100_000},
        "tokens": {"system": 0, "examples": 0, "question": 1000, "output": 500},
        "cache": {"answer_hit_rate": 0.0},
    }
    study = {"horizon_months": 12, "discount_rate": 0.0, "compare": ["prompt", "rag"]}
    return Scenario.from_dict({"study": study, "market": market, "inputs": inputs})


@pytest.mark.parametrize("prices_on", ["2026-11-27", "2026-11-01", "2026-11-30"])
def test_a_looked_up_price_is_that_of_the_day_and_changes_in_its_month(prices_on: str) -> None:
    # 0.75 and 3.75 USD per million until the end of 2026, then 1.50 and 7.50:
    # 1e5 queries cost 262.50 a month, then 525.00; December and eleven months of 2027 are 6,037.50
    subject = _lookup(model="gemini-3.8-flash", prices_on=prices_on)
    assert subject.inputs["price.input"].value == 0.75
    assert subject.inputs["price.output"].value == 3.75
    found = evaluate(subject)
    tokens = found.items["prompt"]["input tokens"] + found.items["prompt"]["output tokens"]
    assert tokens[1:3] == pytest.approx([262.5, 525.0])
    assert tokens.sum() == pytest.approx(6037.5)
    # the mean of draws that are all the same in this
    run = simulate(subject, 512, seed=1, threads=1).breakdown()["prompt"]
    assert run["input tokens"] + run["output tokens"] == pytest.approx(6037.5)
    (of_input,) = [note for note in notes(subject) if note.startswith("price.input ")]
    assert "from 0.75 to 1.5" in of_input
    assert "month 2" in of_input
    assert "2027-01-01" in of_input


def test_a_change_after_the_horizon_is_not_told_and_one_of_a_given_price_is_none() -> None:
    subject = _lookup(model="gemini-3.8-flash", prices_on="2025-11-27")
    assert not [note for note in notes(subject) if note.startswith("price.")]
    given = Scenario.from_dict(
        {
            "market": {"model": "gemini-3.8-flash", "prices_on": "2026-11-27"},
            "inputs": {"price": {"input": 0.75}},
        }
    )
    assert {one.input for one in given.price_changes} == {"price.output"}


def test_months_are_calendar_months_after_that_of_setup() -> None:
    setup = datetime.date(2026, 11, 27)
    days = [(2026, 11, 29), (2026, 12, 1), (2026, 12, 31), (2027, 1, 1), (2027, 11, 30)]
    assert [month_of(datetime.date(*day), setup) for day in days] == [1, 1, 1, 2, 12]


def test_every_input_that_may_change_is_in_coefficients_alone() -> None:
    """Queries and GPUs, which a month's cost follows, do not move with any of them."""
    from sim.models.evaluation import trace
    from sim.scenario.price_changes import INPUTS

    middle = np.array([[scenario().inputs[key].median()] for key in registry()])
    keys, subject = tuple(registry()), scenario()
    steps = ("queries", "gpu_hours", "retrains", "months_worn")
    before = trace(subject, middle, subject.strategies, steps).steps
    for key in INPUTS:
        moved = middle.copy()
        moved[keys.index(key)] *= 1.5
        after = trace(subject, moved, subject.strategies, steps).steps
        for which, months in before.items():
            assert np.array_equal(after[which], months)
