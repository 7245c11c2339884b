"""What must hold whatever the numbers."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributions.inputs import registry
from sim import STRATEGIES, Model, Scenario, evaluate, simulate
from sim.results.run import Run
from tests.examples import share

STUDY = {"title": "t", "horizon_months": 6, "discount_rate": 0.08, "compare": ["tuned_hosted", "rag"]}
quick = share(1 / 6)


def _scenario(**study: Any) -> Scenario:
    return Scenario.from_dict({"study": {**STUDY, **study}})


SCENARIO = _scenario()


@functools.cache
def _run() -> Run:
    return simulate(SCENARIO, 20_000, 1)


def _values(k: int) -> dict[str, float]:
    """Every input's value in one draw."""
    run = _run()
    return dict(zip(run.sampler.names, run.sample_values[:, k].tolist(), strict=True))


draw = st.integers(0, 199).map(_values)


@pytest.mark.slow
@quick
@given(values=draw, more=st.floats(0.01, 1.0))
def test_cost_falls_with_hit_rates(values: dict[str, float], more: float) -> None:
    base = {
        **values,
        "cache.prompt_hit_rate": 0.3,
        "cache.retrieved_hit_rate": 0.3,
        "cache.answer_hit_rate": 0.3,
    }
    before = evaluate(SCENARIO, base).cost
    for key in ("cache.prompt_hit_rate", "cache.retrieved_hit_rate", "cache.answer_hit_rate"):
        after = evaluate(SCENARIO, {**base, key: 0.3 + 0.7 * more}).cost
        assert all(after[name] <= before[name] * (1 + 1e-12) for name in STRATEGIES)


@pytest.mark.slow
@quick
@given(values=draw, factor=st.floats(1.0, 20.0))
@pytest.mark.parametrize(
    "key", [key for key, item in registry().items() if "USD" in item.unit] + ["workload.queries_per_month"]
)
def test_cost_rises_with_prices_and_volume(key: str, values: dict[str, float], factor: float) -> None:
    before, after = (
        evaluate(SCENARIO, values).cost,
        evaluate(SCENARIO, {**values, key: values[key] * factor}).cost,
    )
    assert all(after[name] >= before[name] * (1 - 1e-12) for name in STRATEGIES)


@quick
@given(values=draw, factor=st.floats(0.01, 100.0))
def test_costs_scale_with_the_currency(values: dict[str, float], factor: float) -> None:
    money = {key: values[key] * factor for key, item in registry().items() if "USD" in item.unit}
    before, after = evaluate(SCENARIO, values).cost, evaluate(SCENARIO, {**values, **money}).cost
    for name in STRATEGIES:
        assert after[name] == pytest.approx(factor * before[name], rel=1e-11)


@quick
@given(values=draw)
def test_a_tuned_model_without_premium_or_effort_is_a_prompt(values: dict[str, float]) -> None:
    same = {
        "price.tuned_premium": 0.0,
        "price.small_input": values["price.input"],
        "price.small_output": values["price.output"],
        "tokens.tuned_system": values["tokens.system"] + values["tokens.examples"],
        "quality.accuracy_tuned": values["quality.accuracy_prompt"],
        **dict.fromkeys(
            ["tune.curation_weeks", "eval.weeks", "tune.pipeline_weeks", "prompt.setup_weeks"], 0.0
        ),
        **dict.fromkeys(["tune.hosting_monthly", "price.training", "quality.loss_per_quarter"], 0.0),
    }
    cost = evaluate(SCENARIO, {**values, **same}).cost
    assert cost["tuned_hosted"] == pytest.approx(cost["prompt"], rel=1e-12)


@quick
@given(values=draw, beyond=st.floats(0.0, 100.0))
def test_no_retrain_within_an_interval_beyond_the_horizon(values: dict[str, float], beyond: float) -> None:
    late = {
        "drift.retrain_interval_months": 6.0 + beyond,
        "drift.retrain_interval_retrieval_months": 6.0 + beyond,
    }
    found = evaluate(SCENARIO, {**values, **late})
    assert all(items.get("retrains", 0.0) == 0.0 for items in found.breakdown.values())


@quick
@given(values=draw)
def test_without_discount_months_add_up_plainly_and_more_months_begin_the_same(
    values: dict[str, float],
) -> None:
    late = {**values, "drift.retrain_interval_months": 50.0, "drift.retrain_interval_retrieval_months": 50.0}
    short = evaluate(_scenario(discount_rate=0.0), late)
    longer = evaluate(_scenario(discount_rate=0.0, horizon_months=7), late)
    for name in STRATEGIES:
        assert short.cost[name] == pytest.approx(float(np.sum(short.months[name])), rel=1e-12)
        np.testing.assert_array_equal(short.months[name], longer.months[name][:7])
        assert sum(short.breakdown[name].values()) == pytest.approx(short.cost[name], rel=1e-9)


@pytest.mark.parametrize("design", ["mc", "sobol", "lhs"])
def test_probabilities_and_regret_hang_together(design: str) -> None:
    run = simulate(SCENARIO, 5000, 3, design)
    for a in STRATEGIES:
        for b in STRATEGIES:
            p, q = run.probability_cheaper(a, b), run.probability_cheaper(b, a)
            assert p.estimate + q.estimate == pytest.approx(1.0, abs=1e-12)
            assert p.ci95 is not None
            assert 0.0 <= p.ci95[0] <= p.estimate <= p.ci95[1] <= 1.0
    assert sum(run.probability_cheapest(name).estimate for name in STRATEGIES) == pytest.approx(
        1.0, abs=1e-12
    )
    summary = run.summary()
    regrets = [row["mean"] for row in summary["regret"].values()]
    assert min(regrets) == pytest.approx(summary["evpi"], rel=1e-9)
    assert min(regrets) >= 0.0
    for row in [*summary["cost"].values(), *summary["regret"].values(), summary["difference"]]:
        values = list(row["quantiles"].values())
        assert values == sorted(values)
        assert row["cvar95"] >= row["quantiles"]["0.95"]


def test_asking_the_other_way_round_mirrors_the_answer() -> None:
    one, other = _run().summary(), simulate(_scenario(compare=["rag", "tuned_hosted"]), 20_000, 1).summary()
    assert one["probability_cheaper"]["estimate"] == pytest.approx(
        1 - other["probability_cheaper"]["estimate"]
    )
    assert one["difference"]["mean"] == pytest.approx(-other["difference"]["mean"], rel=1e-12)
    assert one["difference"]["quantiles"]["0.05"] == pytest.approx(
        -other["difference"]["quantiles"]["0.95"], rel=1e-3
    )


@pytest.mark.parametrize("design", ["mc", "sobol"])
def test_equal_strategies_tie_in_every_draw(design: str) -> None:
    model = Model(
        {"x": {"gamma": {"mean": 3.0, "sd": 1.0}}}, ("a", "b"), lambda v: {"a": v["x"], "b": 1.0 * v["x"]}
    )
    run = simulate(model, 10_000, 1, design)
    found = run.probability_cheaper("a", "b")
    assert (found.estimate, found.ci95, found.ties) == (0.5, (0.5, 0.5), 1.0)
    assert run.probability_cheapest("a").estimate == 0.5
    assert run.evpi == 0.0


def test_all_inputs_certain_is_one_future_repeated() -> None:
    inputs: dict[str, dict[str, float]] = {}
    for key in registry():
        inputs.setdefault(key.split(".")[0], {})[key.split(".")[1]] = SCENARIO.inputs[key].median()
    inputs["serve"]["min_replicas"] = 1
    certain = Scenario.from_dict({"study": STUDY, "inputs": inputs})
    run, once = simulate(certain, 1000, 1), evaluate(certain)
    for name in STRATEGIES:
        row = run.summary()["cost"][name]
        assert row["mean"] == pytest.approx(once.cost[name], rel=1e-12)
        assert row["sd"] == pytest.approx(0.0, abs=1e-9 * once.cost[name])
        assert row["quantiles"]["0.5"] == pytest.approx(once.cost[name], rel=1e-9)
    assert run.probability_cheaper("tuned_hosted", "rag").estimate in (0.0, 0.5, 1.0)
