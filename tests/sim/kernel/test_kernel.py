"""The compiled kernel against a plain reading of the equations, and against arithmetic written out by hand."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from distributions.inputs import registry
from distributions.sampling.jit import STRIDE
from sim import STRATEGIES, Scenario, evaluate, simulate
from sim.draws.job import CostEvaluator
from sim.models.model import evaluate_costs
from tests.sim import plain_model
from tests.sim.neutral import NEUTRAL

KEYS = tuple(registry())

WIDE = {
    "workload.annual_growth": st.floats(-0.9, 3.0),
    "price.annual_decline": st.floats(-0.5, 0.99),
    "gpu.annual_decline": st.floats(-0.5, 0.99),
    "workload.queries_per_month": st.floats(1.0, 1e9),
    "cache.write_multiplier": st.floats(1.0, 2.0),
    "drift.retrain_interval_months": st.floats(0.3, 40.0) | st.sampled_from([0.5, 1.0, 3.0, 12.0]),
    "drift.retrain_interval_retrieval_months": st.floats(0.3, 40.0) | st.sampled_from([0.5, 1.0, 6.0, 36.0]),
    "serve.tokens_per_second": st.floats(10.0, 1e5),
    "serve.target_utilisation": st.floats(0.05, 1.0),
    "serve.peak_to_mean": st.floats(1.0, 10.0),
    "serve.min_replicas": st.integers(1, 8),
    "quality.loss_per_quarter": st.floats(0.0, 2.0),
    "quality.cost_per_error": st.floats(0.0, 10.0),
}
# Subnormal numbers are left out: they have no relative precision that a result could be held to.
SHARE = st.floats(0.0, 1.0, allow_subnormal=False) | st.sampled_from([0.0, 1.0])


def _any(key: str) -> st.SearchStrategy[float]:
    if key in NEUTRAL:
        return st.just(NEUTRAL[key])
    if key in WIDE:
        return WIDE[key]
    return SHARE if registry()[key].support.upper == 1.0 else st.floats(0.0, 1e5, allow_subnormal=False)


VALUES = st.fixed_dictionaries({key: _any(key) for key in registry()})


ZERO = {
    **dict.fromkeys(registry(), 0.0),
    **NEUTRAL,
    "cache.write_multiplier": 1.0,
    "drift.retrain_interval_months": 100.0,
    "drift.retrain_interval_retrieval_months": 100.0,
    "serve.tokens_per_second": 1000.0,
    "serve.target_utilisation": 0.5,
    "serve.peak_to_mean": 2.0,
    "serve.min_replicas": 1.0,
    "workload.queries_per_month": 1000.0,
}
"""Nothing costs anything, and no model is trained again."""

WORN = {**ZERO, "quality.loss_per_quarter": 2.0**-24}
"""A model that at first is never wrong and loses so little that 1 - (1 - loss) would keep seven digits of it."""

WORN_HOSTED = {
    **WORN,
    "quality.accuracy_tuned": 1.0,
    "quality.cost_per_error": 0.0059,
    "workload.queries_per_month": 1.0,
}


def _scenario(horizon: int = 12, discount_rate: float = 0.08, **study: Any) -> Scenario:
    named = {"horizon_months": horizon, "discount_rate": discount_rate, **study}
    return Scenario.from_dict({"study": {"title": "t", "compare": ["tuned_hosted", "rag"], **named}})


UNDERFLOW = 1e-280
"""USD. On the way to an amount a product may be below 2e-308, where rounding is by 5e-324 and no longer relative; what
multiplies it afterwards, queries, tokens and weeks, is under 1e30."""


def _close(found: float, exact: float, scale: float, rel: float = 1e-12) -> bool:
    return abs(found - exact) <= max(rel * max(abs(exact), 1e-3 * scale), UNDERFLOW)


@given(values=VALUES, horizon=st.sampled_from([1, 2, 12, 13, 36]), rate=st.sampled_from([0.0, 0.08, 1.0]))
@example(
    values={
        **WORN,
        "quality.accuracy_hybrid": 1.0,
        "quality.cost_per_error": 1.0,
        "workload.queries_per_month": 25.0,
        "workload.annual_growth": 2.0,
        "drift.retrain_interval_retrieval_months": 2.0,
    },
    horizon=2,
    rate=0.0,
)
@example(values=WORN_HOSTED, horizon=12, rate=0.0)
@example(values=WORN_HOSTED, horizon=36, rate=0.0)
@example(
    values={**ZERO, "price.input": sys.float_info.min, "tokens.system": 1.0, "cache.write_multiplier": 1.7},
    horizon=2,
    rate=0.0,
)
def test_kernel_is_the_plain_reading(values: dict[str, float], horizon: int, rate: float) -> None:
    exact = plain_model.paths(values, horizon)
    # a load within rounding of a whole number of GPUs may fall on either side of it
    c = (1 - values["cache.answer_hit_rate"]) * values["serve.peak_to_mean"]
    tokens = values["tokens.tuned_system"] + values["tokens.question"] + values["tokens.output"]
    one = 730 * 3600 * values["serve.tokens_per_second"] * values["serve.target_utilisation"]
    for m in range(1, horizon + 1):
        q = values["workload.queries_per_month"] * (1 + values["workload.annual_growth"]) ** ((m - 1) / 12)
        load = c * q * tokens / one
        assume(load == 0 or abs(load - round(load)) > 1e-9 * max(load, 1.0))
    found = evaluate(_scenario(horizon, rate), values)
    for name in STRATEGIES:
        if name == "hybrid" and values["fallback.rate"] > 0.0:
            # the first edition's fallback changes no errors
            free = {**values, "quality.cost_per_error": 0.0}
            exact, found = plain_model.paths(free, horizon), evaluate(_scenario(horizon, rate), free)
        path = plain_model.total(exact[name])
        # growth of -0.9 leaves months far smaller than setup; items are held to the size of their month
        assert _close(found.cost[name], plain_model.present_value(path, rate), 0.0)
        for m, amount in enumerate(path):
            assert _close(found.months[name][m], amount, 0.0), (name, m)
        for item, months in exact[name].items():
            for m, amount in enumerate(months):
                assert _close(found.items[name][item][m], amount, path[m]), (name, item, m)
            worth = plain_model.present_value(months, rate)
            assert _close(found.breakdown[name][item], worth, found.cost[name])
        assert sum(found.breakdown[name].values()) == pytest.approx(found.cost[name], rel=1e-9)


def test_break_even_month_is_the_plain_readings() -> None:
    scenario = _scenario(24)
    run = simulate(scenario, 300, 1, "mc")
    for draw in range(60):
        values = dict(zip(run.sampler.names, run.sample_values[:, draw].tolist(), strict=True))
        exact = plain_model.paths(values, 24)
        a, b = (plain_model.total(exact[name]) for name in scenario.compare)
        month = plain_model.breakeven_month(a, b, 0.08)
        assert evaluate(scenario, values).breakeven_month == month


def test_blocks_of_draws_are_the_plain_reading_draw_by_draw() -> None:
    scenario = _scenario(36)
    run = simulate(scenario, 700, 7)
    values = dict(zip(run.sampler.names, run.sample_values, strict=True))
    costs = evaluate_costs(scenario, values)
    for draw in range(700):
        exact = plain_model.paths({key: float(column[draw]) for key, column in values.items()}, 36)
        for name in STRATEGIES:
            worth = plain_model.present_value(plain_model.total(exact[name]), 0.08)
            assert costs[name][draw] == pytest.approx(worth, rel=1e-9)
            assert run.sample_costs[run.positions[name], draw] == costs[name][draw]


def test_a_run_counts_what_its_draws_say() -> None:
    scenario = _scenario(12)
    run = simulate(scenario, 5003, 9)
    final = run.sample_costs
    a, b = (final[run.positions[name]] for name in scenario.compare)
    assert run.probability_cheaper(*scenario.compare).estimate == pytest.approx(np.mean(a < b), abs=1e-12)
    least = final.min(axis=0)
    for name in STRATEGIES:
        row = final[run.positions[name]]
        assert run.probability_cheapest(name).estimate == pytest.approx(np.mean(row == least), abs=1e-12)
        assert float(run.dataset["regret_mean"].sel(strategy=name)) == pytest.approx(
            np.mean(row - least), rel=1e-9
        )
        np.testing.assert_allclose(sum(run.breakdown()[name].values()), row.mean(), rtol=1e-9)
    cumulative = run.sample_cumulative
    for i, one in enumerate(STRATEGIES):
        for j, other in enumerate(STRATEGIES):
            if i == j:
                continue
            p, q = cumulative[i], cumulative[j]
            for month in (0, 1, 6, 12):
                expected = np.mean(p[month] < q[month]) + 0.5 * np.mean(p[month] == q[month])
                assert run.probability_cheaper(one, other, month).estimate == pytest.approx(
                    expected, abs=1e-12
                )
            reached = p[1:] <= q[1:]
            first = np.where(reached.any(axis=0), reached.argmax(axis=0) + 1, 0)
            found = run.breakeven(one, other)
            counts = [np.mean(first == m) for m in range(1, 13)] + [np.mean(first == 0)]
            np.testing.assert_allclose([*found.by_month, found.never], counts, atol=1e-12)


def _cost(strategy: str, horizon: int = 1, **given: float) -> float:
    values = {**ZERO, **{key.replace("__", "."): value for key, value in given.items()}}
    return evaluate(_scenario(horizon, 0.0), values).cost[strategy]


def test_by_hand_a_cached_prompt() -> None:
    # 1,000 queries, a tenth from stored answers; 400 instruction tokens, half of them cached at a tenth of the price,
    # half written at 1.25: 0.9 * (2 * (0.675 * 400 + 100) + 10 * 50) * 1,000 / 1e6 = 1.116 USD
    found = _cost(
        "prompt",
        cache__answer_hit_rate=0.1,
        cache__prompt_hit_rate=0.5,
        cache__read_multiplier=0.1,
        cache__write_multiplier=1.25,
        tokens__system=300.0,
        tokens__examples=100.0,
        tokens__question=100.0,
        tokens__output=50.0,
        price__input=2.0,
        price__output=10.0,
    )
    assert found == pytest.approx(0.9 * (2.0 * (0.675 * 400 + 100) + 10.0 * 50) / 1e6 * 1000, rel=1e-14)


def test_by_hand_retrieval() -> None:
    # 1,000 searches at 2 USD a thousand; 3 USD of database; half a week of upkeep at 4,000; 6e6 tokens embedded at
    # 0.5 USD/M at setup and a tenth of them again
    found = _cost(
        "rag",
        rag__search_price=2.0,
        rag__vector_db_monthly=3.0,
        rag__upkeep_weeks_per_month=0.5,
        labor__weekly_rate=4000.0,
        rag__corpus_tokens=6e6,
        price__embedding=0.5,
        rag__monthly_refresh_share=0.1,
    )
    assert found == pytest.approx(2.0 + 3.0 + 2000.0 + 3.0 + 0.3, rel=1e-14)


def test_by_hand_retrains() -> None:
    # trained every 3 months over 12: months 3, 6 and 9, none in month 12; each a quarter of 10,000 of people
    given = {"tune__curation_weeks": 2.0, "labor__weekly_rate": 5000.0, "drift__refresh_share": 0.25}
    found = _cost("tuned_hosted", 12, drift__retrain_interval_months=3.0, **given)
    assert found == pytest.approx(10_000 + 3 * 2_500, rel=1e-14)


def test_by_hand_whole_gpus() -> None:
    # one GPU serves 730 * 3600 * 1000 * 0.5 = 1.314e9 tokens; 1e6 queries of 1,000 tokens at peak 2 need 1.52 of them
    given = {"workload__queries_per_month": 1e6, "tokens__output": 1000.0, "gpu__hourly_rate": 2.0}
    assert _cost("tuned_self_hosted", **given) == pytest.approx(2 * 730 * 2.0, rel=1e-14)
    assert _cost("tuned_self_hosted", **{**given, "serve__min_replicas": 3.0}) == pytest.approx(
        3 * 730 * 2.0, rel=1e-14
    )


def test_by_hand_accuracy_falls_until_the_next_training() -> None:
    # 0.9 at launch, 0.03 lost a quarter; trained in month 2, in service from month 3: 0, 1, 0, 1, … months old
    given = {
        "quality__accuracy_tuned": 0.9,
        "quality__loss_per_quarter": 0.03,
        "quality__cost_per_error": 1.0,
        "drift__retrain_interval_months": 2.0,
    }
    assert _cost("tuned_hosted", 4, **given) == pytest.approx(1000 * (0.10 + 0.11 + 0.10 + 0.11), rel=1e-12)


def test_by_hand_a_fallback() -> None:
    # a small model for 1,000 queries of 100 output tokens at 1 USD/M plus half, a fifth again at 10 USD/M
    given = {"tokens__output": 100.0, "price__small_output": 1.0, "price__tuned_premium": 0.5}
    found = _cost("hybrid", **given, price__output=10.0, fallback__rate=0.2)
    assert found == pytest.approx(1000 * 100 * (1.5 + 0.2 * 10.0) / 1e6, rel=1e-14)


def test_by_hand_discounting() -> None:
    values = {**ZERO, "observability.monthly": 100.0}
    found = evaluate(_scenario(2, 0.21), values).cost["prompt"]
    assert found == pytest.approx(100 * 1.21 ** (-1 / 12) + 100 * 1.21 ** (-2 / 12), rel=1e-14)
    assert math.isclose(found, 100 * (0.98424 + 0.96873), rel_tol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["operations", "products", "ties", "measures"])
def test_the_kernels_loops_become_vector_instructions(name: str) -> None:
    # a fresh compilation: what comes from the disk cache cannot be inspected
    from numba import njit

    from distributions.sampling.jit import WholeCompiler
    from sim.kernel import exact, reductions, rows

    def floats(size: int) -> Any:
        return np.ones(size)

    places, values = np.zeros(4, dtype=np.int64), floats(STRIDE * 8)
    call: dict[str, tuple[Any, tuple[Any, ...]]] = {
        "operations": (rows.run, (np.zeros((0, 6), dtype=np.int64), values, 0)),
        "products": (rows.add_products, (values, 6, 1.0, places, places, 0, 4, 5, 0, 1.0)),
        "ties": (exact.relation, (values, 0, 32)),
        "measures": (
            reductions.add_moments,
            (floats(768), reductions.Measure(0, 256, 512), 256, 0.0, floats(32), floats(32), 0),
        ),
    }
    function, arguments = call[name]
    plain = njit(error_model="numpy", pipeline_class=WholeCompiler)(function.py_func)
    plain(*arguments)
    code = next(iter(plain.inspect_llvm().values()))
    assert any(f"<{width} x double>" in code for width in (2, 4, 8))


def _ready(**values: float) -> NDArray[np.float64]:
    """Values of every input by name, of which nothing costs anything, (inputs, 1)."""
    given = {**ZERO, **{key.replace("__", "."): value for key, value in values.items()}}
    return np.array([[given[key]] for key in KEYS])


def test_retrains_fall_due_as_decimals_say() -> None:
    hundredths, horizon = np.arange(1, 2500), 37
    values = _ready(labor__weekly_rate=1.0, eval__weeks=1.0, drift__refresh_share=1.0)
    values = np.repeat(values, hundredths.size, axis=1)
    values[KEYS.index("drift.retrain_interval_months")] = hundredths / 100
    spent, _ = CostEvaluator(_scenario(horizon).program, np.ones(horizon + 1)).costs(values)
    found = spent[STRATEGIES.index("tuned_hosted")] - 1.0
    for month in range(horizon):
        np.testing.assert_array_equal(found[month].round(6), 100 * month // hundredths)
    # none is paid in the last month
    np.testing.assert_array_equal(found[horizon].round(6), 100 * (horizon - 1) // hundredths)


def test_a_model_wears_out_for_itself_alone() -> None:
    given = {
        "quality__cost_per_error": 1.0,
        "quality__loss_per_quarter": 0.3,
        "quality__accuracy_hybrid": 1.0,
        "drift__retrain_interval_retrieval_months": 50.0,
        "drift__retrain_interval_months": 50.0,
        "workload__queries_per_month": 1000.0,
    }
    fresh, horizon = _ready(**given, quality__accuracy_tuned=1.0), 9
    worn = _ready(**given, quality__accuracy_tuned=0.55)
    row = STRATEGIES.index("tuned_hosted")
    costs = CostEvaluator(_scenario(horizon).program, np.ones(horizon + 1))
    together, _ = costs.costs(np.concatenate([fresh, worn], axis=1))
    # 0.45 wrong at launch, 0.1 more each month, and never more than all
    wrong = np.cumsum([min(1.0, 0.45 + 0.1 * m) for m in range(horizon)])
    np.testing.assert_allclose(together[row, 1:, 1], 1000.0 * wrong, rtol=1e-14)
    for every_month in (True, False):
        alone, _ = costs.costs(fresh, every_month)
        both, _ = costs.costs(np.concatenate([fresh, worn], axis=1), every_month)
        np.testing.assert_array_equal(alone[:, :, 0], both[:, :, 0])
        assert both[row, -1, 1] == pytest.approx(1000.0 * wrong[-1], rel=1e-14)
