"""Models and scenarios whose answers are known exactly, each through the public interface.

`answers.json` has closed forms, enumerations and quadratures with the tolerance that a right implementation keeps:
rounding where nothing is drawn, five standard errors of independent draws where something is.
"""

from __future__ import annotations

import copy
import math
import re
from typing import Any

import numpy as np
import pytest
from scipy import stats

from distributions import marginal
from distributions.errors import UserError
from distributions.support import Support
from sim import Model, Scenario, evaluate, simulate
from sim.results.run import Run
from sim.statistics.estimates import Moments
from studies.solve import analysis as solve
from tests.known_answers.models import entries, model_of, of_area
from tests.sim import plain_model

ENTRIES = entries("answers.json")
DRAWS = 1_000_000


def _of(area: str) -> list[Any]:
    return of_area(ENTRIES, area)


def _size(tolerance: dict[str, Any], key: str) -> float:
    found = tolerance[key]
    return float(found["abs"] if isinstance(found, dict) else found)


@pytest.mark.parametrize("entry", _of("forms"))
def test_forms(entry: dict[str, Any]) -> None:
    lower = entry.get("support_lower")
    support = Support(lower, math.inf) if lower is not None else None
    distribution, expected, tolerance = (
        marginal(entry["form"], support=support),
        entry["expected"],
        entry["tolerance"],
    )
    given = {float(key[1:].replace("_", ".")) / 100 for key in entry["form"].get("quantiles", {})}
    for level, value in expected["quantiles"].items():
        at_level = tolerance.get("rel_at_given_levels", tolerance.get("rel"))
        elsewhere = tolerance.get("rel_elsewhere", tolerance.get("rel"))
        near = min((abs(float(level) - g) for g in given), default=1.0) < 1e-9
        assert distribution.ppf(float(level)) == pytest.approx(value, rel=at_level if near else elsewhere)
        assert distribution.cdf(value) == pytest.approx(float(level), rel=1e-7)
    if "mean" in expected:
        assert distribution.mean() == pytest.approx(expected["mean"], rel=1e-9)
        assert distribution.std() == pytest.approx(expected["sd"], rel=1e-9)


@pytest.mark.parametrize("entry", [p for p in _of("dependence") if "rank_correlation_matrix" in p.values[0]])
def test_infeasible_dependence(entry: dict[str, Any]) -> None:
    matrix, names = entry["rank_correlation_matrix"], ("x1", "x2", "x3")
    pairs = [((names[i], names[j]), matrix[i][j]) for i in range(3) for j in range(i)]
    inputs = {name: {"normal": {"mean": 0.0, "sd": 1.0}} for name in names}
    with pytest.raises(UserError) as caught:
        simulate(Model(inputs, ("y",), lambda v: {"y": v["x1"]}, pairs), 100)
    text = str(caught.value)
    assert all(name in text for name in names)
    named = [float(figure) for figure in re.findall(r"-?\d+\.\d+", text)]
    assert any(
        figure == pytest.approx(entry["expected"]["least_eigenvalue_pearson"], abs=1e-5) for figure in named
    )


@pytest.mark.parametrize("entry", [p for p in _of("dependence") if "spearman" in p.values[0]["expected"]])
@pytest.mark.parametrize("design", ["mc", "sobol"])
def test_rank_correlation_of_draws(entry: dict[str, Any], design: str) -> None:
    expected, tolerance = entry["expected"], entry["tolerance"]
    inputs = {
        "a": {"lognormal": {"median": 1.0, "sigma": 0.5}},
        "b": {"lognormal": {"median": 1.0, "sigma": 0.3}},
        "g": {"gamma": {"shape": 3.0, "scale": 1.0}},
    }
    pairs = [(("a", "b"), expected["spearman"])]
    run = simulate(
        Model(inputs, ("y",), lambda v: {"y": v["a"] * v["b"]}, pairs), DRAWS, 3, design, keep=200_000
    )
    values = dict(zip(run.sampler.names, run.sample_values, strict=True))
    scale = math.sqrt(DRAWS / 200_000)
    assert stats.spearmanr(values["a"], values["b"])[0] == pytest.approx(
        expected["spearman"], abs=tolerance["spearman_at_1e6"] * scale
    )
    kendall = stats.kendalltau(values["a"][:20_000], values["b"][:20_000])[0]
    assert kendall == pytest.approx(expected["kendall"], abs=0.03)
    both = np.mean(
        (values["a"] > marginal(inputs["a"]).ppf(0.9)) & (values["b"] > marginal(inputs["b"]).ppf(0.9))
    )
    assert both == pytest.approx(
        expected["probability_both_above_p90"], abs=tolerance["probability_at_1e6"] * scale
    )
    row = run.mean("cost", "y")
    product = expected["mean_of_product_lognormal_sigma_0.5_0.3_medians_1"]
    assert row.value == pytest.approx(product, abs=5 * row.sd / 1000)


def _base(**study: Any) -> dict[str, Any]:
    tables = copy.deepcopy(next(e for e in ENTRIES if e["id"] == "evaluate-base-12")["scenario"])
    tables["study"].update(study)
    return tables


def _arguments(text: str) -> dict[str, float]:
    return {name: float(value) for name, value in (part.split("=") for part in text.split())}


def test_annuity() -> None:
    entry = next(e for e in ENTRIES if e["id"] == "annuity")
    for text, factor in entry["expected"].items():
        given = _arguments(text)
        tables = _base(horizon_months=int(given["H"]), discount_rate=given["r"])
        # little else is paid, so that the difference keeps its digits
        tables["inputs"]["workload"]["queries_per_month"] = 1.0
        tables["inputs"]["labor"]["weekly_rate"] = 1.0
        costs = [
            evaluate(Scenario.from_dict(tables), {"observability.monthly": m}).cost for m in (100.0, 200.0)
        ]
        for strategy in costs[0]:
            assert costs[1][strategy] - costs[0][strategy] == pytest.approx(100 * factor, rel=1e-10)


def test_growing_annuity() -> None:
    entry = next(e for e in ENTRIES if e["id"] == "growing-annuity")
    for text, factor in entry["expected"].items():
        given = _arguments(text)
        tables = _base(horizon_months=int(given["H"]), discount_rate=given["r"])
        inputs = tables["inputs"]
        inputs["workload"]["annual_growth"], inputs["price"]["annual_decline"] = given["g"], given["d"]
        items = [
            evaluate(Scenario.from_dict(tables), {"price.output": price}).breakdown["prompt"]["output tokens"]
            for price in (10.0, 20.0)
        ]
        a_month = inputs["workload"]["queries_per_month"] * (1 - inputs["cache"]["answer_hit_rate"])
        expected = a_month * inputs["tokens"]["output"] * 10.0 / 1e6 * factor
        assert items[1] - items[0] == pytest.approx(expected, rel=1e-11)


def test_retrain_count() -> None:
    entry = next(e for e in ENTRIES if e["id"] == "retrain-count")
    for text, times in entry["expected"].items():
        given = _arguments(text)
        tables = _base(horizon_months=int(given["H"]), discount_rate=0.0)
        tables["inputs"]["drift"]["retrain_interval_months"] = given["k"]
        paid = evaluate(Scenario.from_dict(tables))
        tables["inputs"]["drift"].update(retrain_interval_months=0.9 if given["H"] > 1 else 0.5)
        inputs = tables["inputs"]
        people = (inputs["tune"]["curation_weeks"] + inputs["eval"]["weeks"]) * inputs["labor"]["weekly_rate"]
        tune = inputs["tune"]
        training = tune["runs"] * tune["examples"] * tune["tokens_per_example"] * tune["epochs"]
        once = inputs["drift"]["refresh_share"] * (people + training * inputs["price"]["training"] / 1e6)
        assert paid.breakdown["tuned_hosted"]["retrains"] / once == pytest.approx(times, abs=1e-9)


@pytest.mark.parametrize("entry", _of("evaluate"))
def test_evaluate(entry: dict[str, Any]) -> None:
    expected, rel = entry["expected"], entry["tolerance"]["rel"]
    scenario = Scenario.from_dict(entry["scenario"])
    found = evaluate(scenario)
    # the answers are of a model in which a fallback changed no errors; here it does, and all else is the same
    unchanged = plain_model.paths(found.inputs, scenario.horizon)["hybrid"]["errors"]
    more = plain_model.present_value(unchanged, scenario.discount_rate) - found.breakdown["hybrid"]["errors"]
    for strategy, cost in expected["cost"].items():
        whole = found.cost[strategy] + (more if strategy == "hybrid" else 0.0)
        assert whole == pytest.approx(cost, rel=rel)
        assert sum(found.breakdown[strategy].values()) == pytest.approx(found.cost[strategy], rel=1e-9)
    assert found.to_dict()["breakeven_month"] == expected["breakeven_month"]
    for strategy in ("rag", "tuned_self_hosted"):
        months = expected[f"months_of_{strategy}"]
        np.testing.assert_allclose(found.months[strategy][: len(months)], months, rtol=rel)


@pytest.mark.parametrize("design", ["mc", "sobol", "lhs"])
@pytest.mark.parametrize("entry", _of("run"))
def test_run(entry: dict[str, Any], design: str) -> None:
    expected, tolerance = entry["expected"], entry["tolerance"]
    found = simulate(Scenario.from_dict(entry["scenario"]), DRAWS, 11, design).summary()
    cheaper = expected["probability_cheaper"]
    assert found["probability_cheaper"]["estimate"] == pytest.approx(
        cheaper["estimate"], abs=tolerance["probability"]
    )
    for month, p in cheaper.get("by_month", {}).items():
        by_month = found["probability_cheaper"]["by_month"][int(month)]
        assert by_month == pytest.approx(p, abs=tolerance["probability_by_month"])
    sd = expected["difference"]["sd"]
    assert found["difference"]["mean"] == pytest.approx(
        expected["difference"]["mean"], abs=tolerance["mean_rel_to_sd"] * sd
    )
    assert found["difference"]["sd"] == pytest.approx(sd, rel=tolerance.get("sd_rel", 0.02))
    for strategy, p in expected.get("probability_cheapest", {}).items():
        assert found["probability_cheapest"][strategy]["estimate"] == pytest.approx(
            p, abs=tolerance["probability"]
        )
    for strategy, row in expected.get("cost", {}).items():
        ours = found["cost"][strategy]
        assert ours["mean"] == pytest.approx(row["mean"], abs=tolerance["mean_rel_to_sd"] * row["sd"])
        for level, value in row["quantiles"].items():
            assert ours["quantiles"][level] == pytest.approx(
                value, abs=tolerance["quantile_rel_to_sd"] * row["sd"]
            )
        assert ours["cvar95"] == pytest.approx(
            row["cvar95"], abs=2 * tolerance["quantile_rel_to_sd"] * row["sd"]
        )
    if "evpi" in expected:
        assert found["evpi"] == pytest.approx(expected["evpi"], abs=tolerance["evpi"])
        for strategy, regret in expected["regret"].items():
            assert found["regret"][strategy]["mean"] == pytest.approx(regret, abs=tolerance["evpi"])
        breakeven = expected["breakeven_month"]
        assert found["breakeven_month"]["probability_never"] == pytest.approx(
            breakeven["probability_never"], abs=tolerance["breakeven_probability"]
        )
        for month, p in breakeven["probability_by_month"].items():
            ours = found["breakeven_month"]["probability_by_month"][int(month) - 1]
            assert ours == pytest.approx(p, abs=tolerance["breakeven_probability"])


@pytest.mark.parametrize("design", ["mc", "sobol"])
@pytest.mark.parametrize("entry", _of("risk"))
def test_risk(entry: dict[str, Any], design: str) -> None:
    expected, tolerance = entry["expected"], entry["tolerance"]
    run = simulate(model_of(entry), DRAWS, 5, design)
    levels = [float(level) for level in expected["quantiles"]]
    row = run.measure("cost", run.strategies[0], levels)
    for found, (level, value) in zip(row.quantiles, expected["quantiles"].items(), strict=True):
        allowed = tolerance["quantiles"]
        assert found == pytest.approx(value, abs=allowed[level] if isinstance(allowed, dict) else allowed)
    assert row.cvar95 == pytest.approx(expected["cvar"]["0.95"], abs=tolerance["cvar95"])
    if "mean" in expected:
        assert row.value == pytest.approx(expected["mean"], rel=tolerance["mean_rel"])


@pytest.mark.parametrize("design", ["mc", "sobol"])
@pytest.mark.parametrize("entry", _of("decision"))
def test_decision(entry: dict[str, Any], design: str) -> None:
    expected, tolerance = entry["expected"], entry["tolerance"]
    run: Run = simulate(model_of(entry), DRAWS, 2, design)
    if "probability_a_cheaper" in expected:
        found = run.probability_cheaper("a", "b")
        assert found.estimate == pytest.approx(
            expected["probability_a_cheaper"], abs=tolerance["probability_a_cheaper"]
        )
        assert run.probability_cheaper("b", "a").estimate == pytest.approx(1 - found.estimate, abs=1e-12)
    for name, p in expected.get("probability_cheapest", {}).items():
        assert run.probability_cheapest(name).estimate == pytest.approx(p, abs=tolerance["probability"])
    assert run.evpi == pytest.approx(expected["evpi"], abs=tolerance["evpi"])
    for name, regret in expected.get("expected_regret", {}).items():
        # the regret of the dearer is the EVPI plus the gap of the means, which has its own five standard errors
        allowed = tolerance["evpi"] + 5 * run.mean_difference().sd / math.sqrt(DRAWS)
        assert float(run.dataset["regret_mean"].sel(strategy=name)) == pytest.approx(regret, abs=allowed)


@pytest.mark.slow
@pytest.mark.parametrize("entry", _of("solve"))
def test_solve(entry: dict[str, Any]) -> None:
    model = model_of(entry)
    for target, value in entry["expected"]["value_at_target"].items():
        found = solve.threshold(model, input="x1", a="a", b="b", target=float(target))
        assert float(found["value"]) == pytest.approx(value, rel=entry["tolerance"]["rel"])
        low, high = found["ci95"].values
        # at two and a half times its half-width, Student's t with 15 degrees of freedom is out once in 20,000
        assert abs(value - (low + high) / 2) < 2.5 * (high - low) / 2


@pytest.mark.slow
@pytest.mark.parametrize("design", ["mc", "lhs", "sobol"])
def test_convergence(design: str) -> None:
    entry = next(e for e in ENTRIES if e["area"] == "convergence")
    model, sizes = model_of(entry), [2**k for k in range(8, 15)]
    errors = [
        math.sqrt(
            np.mean(
                [(simulate(model, n, seed, design).mean("cost", "y").value - 1.0) ** 2 for seed in range(32)]
            )
        )
        for n in sizes
    ]
    slope = np.polyfit(np.log2(sizes), np.log2(errors), 1)[0]
    bound = entry["expected"]["bound"]
    if design == "sobol":
        assert slope <= bound["sobol_at_most"]
    else:
        assert bound["mc"][0] <= slope <= bound["mc"][1]


def test_numerics() -> None:
    entry = next(e for e in ENTRIES if e["area"] == "numerics")
    x = np.array([10000000.2] + [10000000.1, 10000000.3] * 500)
    for pieces in (1, 7, 1001):
        parts = [Moments.of(part) for part in np.array_split(x, pieces)]
        merged = Moments.empty()
        for part in reversed(parts):
            merged = merged.merge(part)
        tolerance = entry["tolerance"]
        assert (
            -math.log10(max(abs(float(merged.mean) / 10000000.2 - 1), 1e-16))
            >= tolerance["log_relative_error_mean"]
        )
        assert -math.log10(abs(float(merged.sd) / 0.1 - 1)) >= tolerance["log_relative_error_sd"]


@pytest.mark.slow
@pytest.mark.parametrize("design", ["mc", "sobol"])
def test_intervals_cover_the_truth(design: str) -> None:
    # 200 seeds: the central 99.9 % range of Binomial(200, 0.95) is 179 … 198; stratified intervals may cover more
    entry = next(e for e in ENTRIES if e["id"] == "normal-pair-100-110")
    model, truth = model_of(entry), entry["expected"]["probability_a_cheaper"]
    held = 0
    for seed in range(200):
        low, high = simulate(model, 4096, seed, design).probability_cheaper("a", "b").ci95 or (1.0, 0.0)
        held += low <= truth <= high
    assert held >= 179
    if design == "mc":
        assert held <= 198
