"""Equations of the cost model with their arithmetic written out, and its edges: ties, whole GPUs, empty shares."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from distributions.inputs import registry
from sim import STRATEGIES, BreakEven, Scenario, evaluate, simulate
from sim.models.evaluation import Evaluation
from tests.sim.neutral import NEUTRAL

NOTHING: dict[str, float] = {
    **dict.fromkeys(registry(), 0.0),
    **NEUTRAL,
    "cache.write_multiplier": 1.0,
    "workload.queries_per_month": 1e6,
    "drift.retrain_interval_months": 1000.0,
    "drift.retrain_interval_retrieval_months": 1000.0,
    "serve.tokens_per_second": 1000.0,
    "serve.target_utilisation": 0.5,
    "serve.peak_to_mean": 1.0,
    "serve.min_replicas": 1.0,
}
"""All that costs is zero; a million queries a month, so that USD per million tokens are USD per token of a query."""


def _scenario(horizon: int, discount_rate: float, compare: tuple[str, str]) -> Scenario:
    inputs: dict[str, dict[str, float | int]] = {}
    for key, value in NOTHING.items():
        group, name = key.split(".")
        inputs.setdefault(group, {})[name] = int(value) if registry()[key].support.integer else value
    study = {
        "title": "t",
        "horizon_months": horizon,
        "discount_rate": discount_rate,
        "compare": list(compare),
    }
    return Scenario.from_dict({"study": study, "inputs": inputs})


def _evaluate(
    values: dict[str, float],
    horizon: int = 1,
    discount_rate: float = 0.0,
    compare: tuple[str, str] = ("prompt", "rag"),
) -> Evaluation:
    return evaluate(_scenario(horizon, discount_rate, compare), {**NOTHING, **values})


def test_instructions_pay_the_cache_and_retrieved_tokens_only_its_reads() -> None:
    found = _evaluate(
        {
            "cache.prompt_hit_rate": 0.75,
            "cache.retrieved_hit_rate": 0.25,
            "cache.read_multiplier": 0.5,
            "cache.write_multiplier": 1.5,
            "tokens.system": 8.0,
            "tokens.examples": 4.0,
            "tokens.tuned_system": 2.0,
            "tokens.retrieved": 16.0,
            "tokens.question": 1.0,
            "price.input": 2.0,
            "price.small_input": 1.0,
            "price.tuned_premium": 0.5,
            "fallback.rate": 0.25,
        }
    )
    # k_S = 0.75 * 0.5 + 0.25 * 1.5 = 0.75; k_R = 0.25 * 0.5 + 0.75 = 0.875, the write price is not for it
    assert found.cost["prompt"] == pytest.approx(2 * (0.75 * 12 + 1))
    assert found.cost["rag"] == pytest.approx(2 * (0.75 * 8 + 0.875 * 16 + 1))
    assert found.cost["tuned_hosted"] == pytest.approx(1.5 * (0.75 * 2 + 1))
    assert found.breakdown["hybrid"]["input tokens"] == pytest.approx(1.5 * (0.75 * 2 + 0.875 * 16 + 1))
    assert found.breakdown["hybrid"]["fallback tokens"] == pytest.approx(
        0.25 * 2 * (0.75 * 8 + 0.875 * 16 + 1)
    )


def test_volume_grows_and_prices_fall_from_the_second_month_on() -> None:
    found = _evaluate(
        {
            "workload.annual_growth": 4095.0,
            "price.annual_decline": 1 - 1 / 4096,
            "gpu.annual_decline": 1 - 1 / 4096,
            "tokens.output": 1.0,
            "price.output": 3.0,
            "rag.search_price": 5.0,
            "gpu.hourly_rate": 64.0,
        },
        horizon=3,
    )
    # 4096^(1/12) = 2: queries 1, 2, 4 million, prices 1, 1/2, 1/4 of the first; searches are no tokens
    assert found.months["prompt"] == pytest.approx([0, 3, 3, 3], rel=1e-12)
    assert found.items["rag"]["retrieval"] == pytest.approx([0, 5000, 10000, 20000], rel=1e-12)
    assert found.months["tuned_self_hosted"] == pytest.approx([0, 730 * 64, 730 * 32, 730 * 16], rel=1e-12)


def test_setup_and_retrains_of_each_tuned_strategy() -> None:
    found = _evaluate(
        {
            "labor.weekly_rate": 100.0,
            "tune.curation_weeks": 3.0,
            "eval.weeks": 1.0,
            "tune.pipeline_weeks": 2.0,
            "tune.deploy_weeks": 5.0,
            "rag.setup_weeks": 7.0,
            "tune.runs": 2.0,
            "tune.examples": 1000.0,
            "tune.tokens_per_example": 500.0,
            "tune.epochs": 4.0,
            "price.training": 10.0,
            "price.annual_decline": 0.9,
            "tune.gpu_hours_per_run": 15.0,
            "gpu.hourly_rate": 2.0,
            "gpu.annual_decline": 1 - 1 / 4096,
            "drift.refresh_share": 0.5,
            "drift.retrain_interval_months": 2.0,
            "drift.retrain_interval_retrieval_months": 3.0,
            "tune.share_with_retrieval": 0.25,
        },
        horizon=6,
    )
    # people 4 * 100; hosted training 2 * 1000 * 500 * 4 tokens at 10 USD/M = 40; own 2 * 15 hours at 2 = 60
    assert found.months["tuned_hosted"][0] == pytest.approx(400 + 200 + 40)
    assert found.months["tuned_self_hosted"][0] == pytest.approx(400 + 200 + 500 + 60)
    assert found.months["hybrid"][0] == pytest.approx(0.25 * (400 + 40) + 200 + 700)
    # months 2 and 4, none in month 6; training is no inference, so its price stays; own GPUs halve in price each month
    assert found.items["tuned_hosted"]["retrains"] == pytest.approx([0, 0, 220, 0, 220, 0, 0])
    own = [0, 0, 0.5 * (400 + 60 / 2), 0, 0.5 * (400 + 60 / 8), 0, 0]
    assert found.items["tuned_self_hosted"]["retrains"] == pytest.approx(own)
    assert found.items["hybrid"]["retrains"] == pytest.approx([0, 0, 0, 0.25 * 0.5 * 440, 0, 0, 0])


def test_an_interval_below_a_month_retrains_more_than_once_a_month() -> None:
    values = {"labor.weekly_rate": 1.0, "eval.weeks": 1.0, "drift.refresh_share": 1.0}
    found = _evaluate({**values, "drift.retrain_interval_months": 0.4}, horizon=4)
    # floor(m / 0.4) for m = 0 … 3: 0, 2, 5, 7
    assert found.items["tuned_hosted"]["retrains"] == pytest.approx([0, 2, 3, 2, 0])


def test_accuracy_stops_at_zero_and_stored_answers_can_be_wrong_too() -> None:
    values = {
        "quality.accuracy_hybrid": 0.5,
        "quality.accuracy_rag": 0.75,
        "quality.loss_per_quarter": 0.9,
        "quality.cost_per_error": 1e-6,
        "cache.answer_hit_rate": 0.5,
    }
    found = _evaluate(values, horizon=4)
    # 0.3 a month: 0.5, 0.2, then 0; errors count on all queries, and retrieval alone does not age
    assert found.items["hybrid"]["errors"] == pytest.approx([0, 0.5, 0.8, 1.0, 1.0])
    assert found.items["rag"]["errors"] == pytest.approx([0, 0.25, 0.25, 0.25, 0.25])


@pytest.mark.parametrize("count", [1, 2, 3, 7, 12, 29, 39])
@pytest.mark.parametrize(
    ("speed", "utilisation", "peak"), [(1000.0, 0.5, 2.5), (1500.0, 0.4, 2.0), (123.0, 0.3, 1.0)]
)
def test_a_load_of_whole_gpus_takes_no_more(
    count: int, speed: float, utilisation: float, peak: float
) -> None:
    per_gpu = Fraction(730 * 3600) * Fraction(str(speed)) * Fraction(str(utilisation))
    queries = float(per_gpu * count / Fraction(str(peak)) / 1000)
    values = {
        "serve.tokens_per_second": speed,
        "serve.target_utilisation": utilisation,
        "serve.peak_to_mean": peak,
        "tokens.output": 1000.0,
        "gpu.hourly_rate": 1.0,
    }
    exact = _evaluate({**values, "workload.queries_per_month": queries})
    more = _evaluate({**values, "workload.queries_per_month": queries + 1})
    assert exact.cost["tuned_self_hosted"] == 730 * count
    assert more.cost["tuned_self_hosted"] == 730 * (count + 1)


def test_no_query_reaches_a_model_when_all_answers_are_stored() -> None:
    values = {
        "cache.answer_hit_rate": 1.0,
        "tokens.output": 1e6,
        "gpu.hourly_rate": 2.0,
        "serve.min_replicas": 3.0,
    }
    prices = dict.fromkeys(["price.output", "price.small_output", "rag.search_price"], 1e6)
    found = _evaluate({**values, **prices, "serve.peak_to_mean": 10.0})
    assert found.cost == {**dict.fromkeys(STRATEGIES, 0.0), "tuned_self_hosted": 3 * 730 * 2.0}


def _paid_off_in_three_months() -> dict[str, float]:
    # the prompt costs 3 USD at setup, retrieval 1 USD a month: level at the end of month 3
    return {"labor.weekly_rate": 1.0, "prompt.setup_weeks": 3.0, "rag.vector_db_monthly": 1.0}


@pytest.mark.parametrize(
    ("compare", "month"), [(("prompt", "rag"), 3), (("rag", "prompt"), 1), (("prompt", "tuned_hosted"), None)]
)
def test_break_even_is_the_first_month_that_is_level(compare: tuple[str, str], month: int | None) -> None:
    found = _evaluate(_paid_off_in_three_months(), 5, compare=compare)
    assert found.breakeven_month == month
    assert _evaluate(_paid_off_in_three_months(), 2, compare=("prompt", "rag")).breakeven_month is None


def _retrained_in_month_four() -> dict[str, float]:
    # tuning costs 2 USD at setup, retrieval 1 USD a month: level in month 2; behind in month 4, where tuning costs more
    return {
        "labor.weekly_rate": 2.0,
        "tune.curation_weeks": 1.0,
        "rag.vector_db_monthly": 1.0,
        "drift.retrain_interval_months": 4.0,
    }


@pytest.mark.parametrize(
    ("share", "horizon", "first", "lasting"),
    [
        (0.5, 7, 2, 2),
        (1.75, 7, 2, 6),
        (1.5, 7, 2, 5),
        (1.75, 5, 2, None),
        (1.0, 5, 2, 2),
        (1.75, 1, None, None),
    ],
)
def test_lasting_break_even_is_the_month_from_which_it_stays_so(
    share: float, horizon: int, first: int | None, lasting: int | None
) -> None:
    pair = ("tuned_hosted", "rag")
    found = _evaluate({**_retrained_in_month_four(), "drift.refresh_share": share}, horizon, compare=pair)
    assert (found.breakeven_month, found.breakeven_lasting) == (first, lasting)
    record = found.to_dict()
    assert record["breakeven_month"] == {"a": pair[0], "b": pair[1], "month": first}
    assert record["breakeven_lasting"] == {"a": pair[0], "b": pair[1], "month": lasting}


def falling_back() -> Scenario:
    """Level in month 2 always; behind in months 4 and 5 as the share of what is paid again exceeds 1 and 1.5."""
    tables: dict[str, Any] = _scenario(5, 0.0, ("tuned_hosted", "rag")).tables()
    for key, value in _retrained_in_month_four().items():
        group, name = key.split(".")
        tables["inputs"][group][name] = value
    tables["inputs"]["drift"]["refresh_share"] = {"uniform": {"min": 0.0, "max": 2.0}}
    return Scenario.from_dict(tables)


def shares(month: BreakEven) -> Any:
    """P(month 1 … H), then P(never)."""
    return np.append(month.by_month, month.never)


def test_a_run_tells_first_break_evens_from_lasting_ones_and_counts_what_falls_back() -> None:
    run, draws, quarter = simulate(falling_back(), 4096, 1, "sobol"), 4096, pytest.approx(0.25, abs=2 / 4096)
    np.testing.assert_array_equal(shares(run.breakeven("tuned_hosted", "rag")), [0, 1, 0, 0, 0, 0])
    lasting = shares(run.breakeven_lasting("tuned_hosted", "rag"))
    np.testing.assert_allclose(lasting, [0, 0.5, 0, 0, 0.25, 0.25], atol=2 / draws)
    assert run.probability_falls_back("tuned_hosted", "rag") == pytest.approx(0.5, abs=2 / draws)
    # the other way: rag is ahead at once, level in month 2, and behind from month 3 on but where tuning falls back
    np.testing.assert_allclose(shares(run.breakeven("rag", "tuned_hosted")), [1, 0, 0, 0, 0, 0])
    other = shares(run.breakeven_lasting("rag", "tuned_hosted"))
    np.testing.assert_allclose(other, [0, 0, 0, 0.25, 0, 0.75], atol=2 / draws)
    assert run.probability_falls_back("rag", "tuned_hosted") == 1.0
    summary = run.summary()
    assert summary["breakeven_month"]["probability_by_month"] == [0.0, 1.0, 1.0, 1.0, 1.0]
    quantiles = summary["breakeven_lasting"]["quantiles"]
    assert [quantiles[level] for level in ("0.05", "0.25", "0.9")] == [2, 2, None]
    assert summary["breakeven_lasting"]["probability_never"] == quarter
    # who is behind at the end costs more: the figures of one run agree
    assert (
        summary["probability_cheaper"]["estimate"] == 1.0 - summary["breakeven_lasting"]["probability_never"]
    )
    data = run.dataset.sel(strategy="tuned_hosted", other="rag")
    np.testing.assert_array_equal(data["breakeven_lasting_probability"][1:], lasting[:-1])
    assert float(data["breakeven_falls_back"]) == summary["probability_falls_back"]


@pytest.mark.parametrize("design", ["mc", "lhs", "sobol"])
def test_a_run_counts_a_level_month_as_break_even_and_as_half_cheaper(design: str) -> None:
    tables: dict[str, Any] = _scenario(5, 0.0, ("prompt", "rag")).tables()
    for key, value in _paid_off_in_three_months().items():
        group, name = key.split(".")
        tables["inputs"][group][name] = value
    run = simulate(Scenario.from_dict(tables), 1000, 1, design)
    np.testing.assert_array_equal(shares(run.breakeven("prompt", "rag")), [0, 0, 1, 0, 0, 0])
    np.testing.assert_array_equal(shares(run.breakeven("rag", "prompt")), [1, 0, 0, 0, 0, 0])
    by_month = [run.probability_cheaper("prompt", "rag", month) for month in range(6)]
    assert [p.estimate for p in by_month] == [0.0, 0.0, 0.0, 0.5, 1.0, 1.0]
    assert [p.ties for p in by_month] == [0.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    # the two tuned strategies cost nothing: level for the least, they share it
    wins = [run.probability_cheapest(name).estimate for name in ("tuned_hosted", "tuned_self_hosted", "rag")]
    assert wins == [0.5, 0.5, 0.0]
