"""The price of a point of accuracy: frontiers worked by hand, acceptability, accuracy by the month, and levers."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from distributions.errors import UserError
from sim import Scenario, evaluate
from sim.models import accuracy as quality
from studies.accuracy import analysis as accuracy
from studies.accuracy import figure as figure_of
from studies.accuracy import levers
from studies.accuracy.frontier import frontier
from studies.cli import main
from studies.shared import style


def scenario(**tables: Any) -> Scenario:
    study = {"title": "Points", "compare": ["tuned_hosted", "rag"], **tables.pop("study", {})}
    return Scenario.from_dict({"study": study, **tables})


# --- the frontier


def test_three_options_in_a_row() -> None:
    """(10, 50), (20, 60), (50, 70): ratios 10 / 10 = 1 and 30 / 10 = 3, which rise."""
    found = frontier({"a": 10, "b": 20, "c": 50}, {"a": 50, "b": 60, "c": 70})
    assert [found[name].status for name in "abc"] == ["efficient"] * 3
    assert math.isnan(found["a"].icer)
    assert (found["b"].icer, found["c"].icer) == (1.0, 3.0)
    assert (found["b"].after, found["c"].after) == ("a", "b")


def test_a_dearer_and_worse_option_is_dominated() -> None:
    found = frontier({"a": 10, "b": 20, "c": 50}, {"a": 50, "b": 45, "c": 70})
    assert (found["b"].status, found["b"].by) == ("dominated", ("a",))
    assert found["c"].icer == 2.0
    assert math.isnan(found["b"].icer)


def test_an_option_above_the_line_of_two_others_is_extendedly_dominated() -> None:
    """a-b costs 4 a point, b-c only 1: half a and half c reach 60 for 30, where b takes 50."""
    found = frontier({"a": 10, "b": 50, "c": 60, "d": 200}, {"a": 50, "b": 60, "c": 70, "d": 80})
    assert (found["b"].status, found["b"].by) == ("extendedly dominated", ("a", "c"))
    assert (found["c"].after, found["c"].icer) == ("a", 2.5)
    assert (found["d"].after, found["d"].icer) == ("c", 14.0)


def test_removing_one_may_leave_another_above_the_line() -> None:
    """b falls to a-c, and once d is seen so does c: a-d costs (40 - 0) / 40 = 1 a point, a-c 30 / 20."""
    found = frontier({"a": 0, "b": 20, "c": 30, "d": 40}, {"a": 0, "b": 10, "c": 20, "d": 40})
    assert {name for name, one in found.items() if one.status == "efficient"} == {"a", "d"}
    assert found["b"].by == found["c"].by == ("a", "d")
    assert found["d"].icer == 1.0


def test_of_equals_the_first_stands_and_of_equal_cost_the_better() -> None:
    found = frontier({"a": 10, "b": 10, "c": 10}, {"a": 50, "b": 50, "c": 60})
    assert [found[name].status for name in "abc"] == ["dominated", "dominated", "efficient"]
    assert frontier({"a": 1, "b": 1}, {"a": 5, "b": 5})["b"].by == ("a",)


# --- acceptability


def test_the_curve_counts_draws_and_shares_ties() -> None:
    cost = np.array([[0.0, 0.0, 0.0, 0.0], [10.0, 20.0, 30.0, 40.0]])
    points = np.array([[0.0] * 4, [1.0] * 4])
    found = accuracy.acceptability(cost, points, [0.0, 20.0, 25.0, 50.0])
    assert found.best[1].tolist() == [0.0, 0.375, 0.5, 1.0]
    assert found.best.sum(axis=0).tolist() == [1.0] * 4
    # the mean cost of a point is 25
    assert found.on_average.tolist() == [0, 0, 0, 1]


def test_the_frontier_of_acceptability_leaves_the_upper_curve_where_costs_are_skewed() -> None:
    """b costs 1 in nine draws and 91 in one, 10 on average; a costs 5: b is mostly best and a best on average."""
    cost = np.array([[5.0] * 10, [1.0] * 9 + [91.0]])
    points = np.array([[0.0] * 10, [0.0] * 10])
    found = accuracy.acceptability(cost, points, [1.0])
    assert found.best[:, 0].tolist() == [0.1, 0.9]
    assert found.on_average[0] == 0
    assert found.of_the_best[0] == 0.1


# --- accuracy over the horizon


def test_accuracy_is_the_mean_over_months_after_what_training_restores() -> None:
    """Trained at 0 and in month 3 (k = 3, H = 6, none in month 6): months since are 0, 1, 2, 0, 1, 2."""
    made = scenario(
        study={"horizon_months": 6, "discount_rate": 0.3},
        inputs={
            "workload": {"annual_growth": 0.0},
            "drift": {"retrain_interval_months": 3},
            "quality": {"accuracy_tuned": 0.9, "loss_per_quarter": 0.06, "accuracy_rag": 0.8},
        },
    )
    found = quality.accuracies(made, {"workload.queries_per_month": np.array([1e3, 1e6])})
    np.testing.assert_allclose(found["tuned_hosted"], 0.9 - 0.06 / 3 * 1.0, rtol=1e-12)
    np.testing.assert_allclose(found["tuned_self_hosted"], found["tuned_hosted"], rtol=1e-12)
    np.testing.assert_allclose(found["rag"], 0.8, rtol=1e-12)


def test_a_growing_month_weighs_by_its_queries() -> None:
    made = scenario(
        study={"horizon_months": 12},
        inputs={
            "workload": {"annual_growth": 1.0},
            "drift": {"retrain_interval_months": 100},
            "quality": {"accuracy_tuned": 0.9, "loss_per_quarter": 0.03},
        },
    )
    months = np.arange(12)
    queries = 2.0 ** (months / 12)
    by_month = 0.9 - 0.03 * months / 3
    found = quality.accuracies(made, {"workload.queries_per_month": np.array([5e4])})
    assert found["tuned_hosted"][0] == pytest.approx((queries * by_month).sum() / queries.sum(), rel=1e-12)


def test_costs_are_those_of_the_line_items_but_errors() -> None:
    made = scenario(inputs={"quality": {"cost_per_error": 0.5}})
    one = evaluate(made)
    found = quality.costs_without_errors(
        made, {"workload.queries_per_month": np.array([one.inputs["workload.queries_per_month"]])}
    )
    for name, items in one.breakdown.items():
        assert items["errors"] > 0
        rest = sum(value for item, value in items.items() if item != "errors")
        assert found[name][0] == pytest.approx(rest, rel=1e-12)


def test_a_point_saves_what_its_errors_would_cost() -> None:
    values = {"workload.queries_per_month": np.array([1e6])}
    costs = []
    for share in (0.80, 0.81):
        made = scenario(inputs={"quality": {"cost_per_error": 0.5, "accuracy_rag": share}})
        costs.append(evaluate(made, {"workload.queries_per_month": 1e6}).cost["rag"])
    assert quality.value_of_a_point(made, values)[0] == pytest.approx(costs[0] - costs[1], rel=1e-9)


# --- the study


def test_at_the_worth_of_its_ratio_the_best_on_average_changes() -> None:
    made = scenario(study={"strategies": ["prompt", "rag", "tuned_hosted", "hybrid"]})
    found = accuracy.price_of_accuracy(made, draws=4000)
    for before, after in itertools.pairwise(found.frontier):
        ratio = found.strategies[after].icer
        for worth, best in ((0.999 * ratio, before), (1.001 * ratio, after)):
            assert accuracy.analyse(made, draws=4000, worth=worth).attrs["best_on_average"] == best
    assert found.best_on_average[0] == found.frontier[0]
    np.testing.assert_allclose(found.to_dataset()["best"].sum("strategy"), 1.0, rtol=1e-12)
    style.rendered(figure_of.draw(found))


@pytest.mark.slow
def test_the_error_of_a_ratio_is_what_seeds_spread_by() -> None:
    made = scenario(
        study={"strategies": ["tuned_hosted", "hybrid"], "compare": ["tuned_hosted", "hybrid"]},
        inputs={"quality": {"accuracy_tuned": 0.7}},
    )
    runs = [accuracy.analyse(made, draws=2000, seed=seed) for seed in range(60)]
    ratios = np.array([float(data["icer"].sel(strategy="hybrid")) for data in runs])
    errors = np.array([float(data["icer_mcse"].sel(strategy="hybrid")) for data in runs])
    # the standard deviation of 60 ratios is itself known to 1 / sqrt(118), 9 %: three of these
    assert ratios.std(ddof=1) == pytest.approx(errors.mean(), rel=0.28)


def test_requirements_leave_strategies_out() -> None:
    made = scenario(requirements={"citations": True})
    data = accuracy.analyse(made, draws=500)
    assert "tuned_hosted" in data.attrs["excluded"]
    assert "tuned_hosted" not in data["strategy"].values


@pytest.mark.slow
def test_the_command_writes_a_folder_and_prints_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bot.toml"
    path.write_text('[study]\ncompare = ["rag", "tuned_hosted"]\n')
    out = tmp_path / "found"
    arguments = [
        "accuracy",
        str(path),
        "--draws",
        "2000",
        "--out",
        str(out),
        "--worth-per-point",
        "5000",
        "--json",
    ]
    assert main(arguments) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((out / "accuracy.json").read_text())
    assert printed["at_worth"]["worth_per_point"] == 5000
    shares = printed["at_worth"]["probability_best"].values()
    assert sum(one["estimate"] for one in shares) == pytest.approx(1.0, abs=1e-12)
    assert (out / "figures" / "accuracy.png").exists()
    assert (out / "accuracy.nc").exists()


# --- levers


def test_the_shipped_levers_have_a_source_for_each_figure() -> None:
    shipped = levers.load()
    for lever in shipped.levers:
        assert len(lever.sources) == 1 + len(lever.costs)
        assert all("aiinfox" in source for source in lever.sources)


def two(**second: Any) -> str:
    return f"""
        horizon_months = 10
        [labor]
        weekly_rate = 1000
        [[lever]]
        name = "first"
        points = 2
        weeks = {{ uniform = {{ min = 1, max = 3 }} }}
        [[lever]]
        name = "second"
        points = 4
        monthly = {second.get("monthly", 400)}
        once = 0
        """


def test_levers_are_ranked_by_cost_per_point(tmp_path: Path) -> None:
    """first: uniform between 500 and 1,500 USD a point; second: 400 x 10 / 4 = 1,000 in every draw."""
    path = tmp_path / "levers.toml"
    path.write_text(two())
    found = levers.rank(levers.load(path), draws=40_000)
    # five standard errors of a half
    assert found.holds == pytest.approx(0.5, abs=5 * 0.5 / 200)
    assert found.next_holds == (found.holds,)
    assert found.cheapest["first"] == found.holds
    assert found.per_point["second"] == pytest.approx((1000.0,) * 3, rel=1e-12)
    # density 1 / 1000 a dollar: a quantile's standard error is sqrt(p (1 - p) / n) x 1000, 2.5 at most
    assert found.per_point["first"] == pytest.approx((600.0, 1000.0, 1400.0), abs=12.5)


def test_the_published_order_of_shipped_levers_rests_on_the_bigger_model(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["accuracy", "--levers", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["order"] == ["Better retrieval", "Refusal threshold", "Bigger model", "Fine-tuning"]
    assert printed["order_by_median"] == [
        "Better retrieval",
        "Refusal threshold",
        "Fine-tuning",
        "Bigger model",
    ]
    assert printed["order_holds"]["estimate"] < 0.01
    assert printed["levers"]["Refusal threshold"]["probability_cheaper_than_next"] > 0.999
    assert main(["accuracy", "--levers"]) == 0
    assert "By the median the order is" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("points = 2", "point = 2"), "did you mean 'points'?"),
        (("points = 2", "points = { uniform = { min = 0, max = 4 } }"), "lever[0].points: may be 0"),
        (("weekly_rate = 1000", ""), "lever[0].weeks: is work without a price"),
        (('name = "second"', 'name = "first"'), "'first' names two levers"),
        (("once = 0", "once = -5"), "lever[1].once"),
        (("horizon_months = 10", "horizon_months = 0"), "a whole number from 1 to 120"),
    ],
)
def test_a_faulty_file_of_levers_is_said_with_its_line(
    change: tuple[str, str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "levers.toml"
    path.write_text(two().replace(*change))
    assert main(["accuracy", "--levers", str(path)]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert f"{path}:" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "SCENARIO: is missing"),
        (("bot.toml", "--worth-per-point", "-1"), "--worth-per-point: found -1; allowed: 0 or more USD"),
        (("bot.toml", "--worth", "1"), "--worth"),
        (("--levers", "--worth-per-point", "3"), "does not go with --levers"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_written(
    arguments: tuple[str, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bot.toml").write_text('[study]\ncompare = ["tuned_hosted", "rag"]\n')
    assert main(["accuracy", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert [item.name for item in tmp_path.iterdir()] == ["bot.toml"]


def test_a_negative_worth_is_refused_from_python() -> None:
    with pytest.raises(UserError, match="0 or more"):
        accuracy.analyse(scenario(), worth=float("nan"))
