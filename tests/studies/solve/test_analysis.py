"""Where the answer tips, against closed forms: roots, their intervals, ties, tied inputs; and the figures."""

from __future__ import annotations

import math
import re
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from scipy import stats

from distributions.errors import UserError
from sim import Model, Scenario, simulate
from sim.models.response import Response
from studies.shared import style
from studies.solve import analysis as solve
from studies.solve import tipping
from studies.solve.figures import curve as solve_curve
from studies.solve.figures import map as solve_map

NORMAL: dict[str, Any] = {
    "x1": {"normal": {"mean": 50.0, "sd": 10.0}},
    "x2": {"normal": {"mean": 40.0, "sd": 5.0}},
    "x3": {"normal": {"mean": 100.0, "sd": 12.0}},
}


def sums() -> Model:
    """P(x1 + x2 < x3) at a value x of x1 is Phi((60 - x)/13)."""
    return Model(NORMAL, ("a", "b"), lambda v: {"a": v["x1"] + v["x2"], "b": v["x3"]})


def bowl() -> Model:
    """P((x1 - 5)^2 < x2) is one half, and the mean difference 0, at 3 and at 7."""
    inputs = {"x1": {"uniform": {"min": 0.0, "max": 10.0}}, "x2": {"normal": {"mean": 4.0, "sd": 0.5}}}
    return Model(inputs, ("a", "b"), lambda v: {"a": (v["x1"] - 5.0) ** 2, "b": v["x2"]})


def tied(rank: float) -> Model:
    """x2 is tied to x1, and a is x2 alone."""
    inputs = {
        "x1": {"lognormal": {"median": 1.0, "sigma": 0.5}},
        "x2": {"normal": {"mean": 0.0, "sd": 1.0}},
        "x3": {"gamma": {"mean": 4.0, "sd": 1.0}},
    }
    return Model(
        inputs, ("a", "b"), lambda v: {"a": v["x2"], "b": 0.2 + 0.0 * v["x3"]}, [(("x1", "x2"), rank)]
    )


def title(figure: mpl.figure.Figure) -> str:
    return " ".join(item.get_text() for item in figure.texts if item.get_gid() == "title")


def test_the_curve_is_the_closed_form() -> None:
    found = solve.threshold(sums(), draws=2**16)
    truth = stats.norm.cdf((60.0 - found["at"].values) / 13.0)
    # five standard errors of independent draws
    allowed = 5 * np.sqrt(truth * (1 - truth) / 2**16) + 1e-4
    assert (np.abs(found["probability"].values - truth) < allowed).all()
    assert found["difference"].values == pytest.approx(found["at"].values - 60.0, abs=5 * 13 / 2**8)
    cheapest = found["probability_cheapest"]
    assert cheapest.sum("strategy").values == pytest.approx(np.ones(33))
    assert cheapest.sel(strategy="a").values == pytest.approx(found["probability"].values, abs=1e-12)
    assert float(found["probability_at_median"]) == pytest.approx(stats.norm.cdf(10 / 13), abs=0.005)


@pytest.mark.slow
def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    # of 50 seeds: below 42 has a chance of 0.08 % at 95 %; a band from the spread of replicates is no wider than
    # 1.5 times that of independent draws (Student's t instead of 1.96, and less spread)
    held, widths = 0, []
    for seed in range(50):
        found = solve.threshold(sums(), target=0.3, draws=2**10, seed=seed, points=9)
        low, high = found["ci95"].values
        held += low <= 60.0 - 13.0 * stats.norm.ppf(0.3) <= high
        widths.append(high - low)
    assert held >= 42
    slope = stats.norm.pdf(stats.norm.ppf(0.3)) / 13
    assert np.median(widths) < 1.5 * 2 * 1.96 * math.sqrt(0.21 / 2**10) / slope


def test_the_same_draws_give_the_same_bits_and_a_monotone_curve() -> None:
    first, second = (solve.threshold(sums(), draws=2**12, seed=3) for _ in range(2))
    xr.testing.assert_identical(first, second)
    # with common draws the estimate itself can only fall as x1 rises
    assert (np.diff(first["probability"].values) <= 0).all()
    assert not np.array_equal(
        first["probability"], solve.threshold(sums(), draws=2**12, seed=4)["probability"]
    )


def test_the_other_inputs_have_the_draws_of_a_run() -> None:
    model = sums()
    run = simulate(model, 4096, 5, "sobol", keep=4096)
    values = Response(model, ("x1",), "a", "b", 4096, 5).sample.values(0, {"x1": 1.5})
    assert np.array_equal(values["x2"], run.sample_values[1, :4096])
    assert (values["x1"] == 1.5).all()


@pytest.mark.slow
@pytest.mark.parametrize("target", [0.5, None])
def test_several_roots_are_told_apart(target: float | None) -> None:
    found = solve.threshold(bowl(), target=target, draws=2**14)
    # five standard errors of the mean of x2 over the slope 4
    assert found["root_value"].values == pytest.approx([3.0, 7.0], abs=5 * 0.5 / 2**7 / 4)
    assert list(found["root_direction"].values) == ([1, -1] if target else [-1, 1])
    assert float(found["value"]) in found["root_value"].values
    assert "2 values of x1" in title(
        solve_curve.draw(solve.tipping_point(bowl(), target=target, draws=2**10))
    )
    assert found.attrs["reason"] == ""


def test_no_root_is_said_with_the_curve_at_both_ends() -> None:
    found = solve.threshold(sums(), target=0.9, between=(55.0, 70.0), draws=2**12)
    assert math.isnan(float(found["value"]))
    assert np.isnan(found["ci95"].values).all()
    assert found.sizes["root"] == 0
    low, high = (f"{float(found['probability'][k]):.4g}" for k in (0, -1))
    assert found.attrs["reason"] == (
        f"P is {low} at the lowest and {high} at the highest value: no value of x1 from 55 to 70 reaches 0.9"
    )
    above = Model(bowl().inputs, ("a", "b"), lambda v: {"a": (v["x1"] - 5.0) ** 2, "b": v["x2"] - 5.0})
    reason = solve.threshold(above, target=None, draws=2**12).attrs["reason"]
    told = re.fullmatch(
        r"the mean difference is 25\.9 at the lowest and 25\.9 at the highest value, and comes nearest with (\S+) "
        r"between them: no value of x1 from 0\.01 to 9\.99 reaches 0; that is its 0\.1th to 99\.9th percentile, and "
        r"`between` \(--between LOW HIGH\) looks further",
        reason,
    )
    # 4.99^2 + 1 at the ends, and 1 in the middle, which is a point of the grid; five standard errors of the mean of x2
    assert told is not None
    assert float(told[1]) == pytest.approx(1.0, abs=5 * 0.5 / 2**6)


@pytest.mark.parametrize(
    ("distribution", "looked_at"),
    [
        ({"normal": {"mean": 0.0, "sd": 1.0}}, "its 0.1th to 99.9th percentile"),
        (0.5, "a tenth to ten times its value"),
    ],
)
def test_a_root_beyond_the_range_is_found_with_between_and_the_reason_says_so(
    distribution: Any, looked_at: str
) -> None:
    model = Model(
        {**NORMAL, "x1": distribution}, ("a", "b"), lambda v: {"a": v["x1"], "b": 0.1 * v["x2"] + 3.0}
    )
    reason = solve.threshold(model, draws=2**10).attrs["reason"]
    assert reason.endswith(f"; that is {looked_at}, and `between` (--between LOW HIGH) looks further")
    found = solve.threshold(model, draws=2**10, between=(-10.0, 10.0))
    # five standard errors of the median of a normal with sd 0.5
    assert float(found["value"]) == pytest.approx(7.0, abs=5 * 1.2533 * 0.5 / 2**5)
    missed = solve.threshold(model, draws=2**10, between=(-10.0, -5.0))
    assert "looks further" not in missed.attrs["reason"]


def stepped(per: float) -> Model:
    """A payment of 0.2 falls due as often as x1 goes into 12 whole times, against a normal of mean 0.5 and sd 0.1."""
    inputs = {"x1": {"lognormal": {"p10": 3.0, "p90": 9.0}}, "x2": {"normal": {"mean": 0.5, "sd": 0.1}}}
    return Model(inputs, ("a", "b"), lambda v: {"a": per * np.floor(12.0 / v["x1"]), "b": v["x2"]})


@pytest.mark.parametrize(
    ("target", "place", "levels"),
    [
        (0.5, 4.0, (stats.norm.cdf(-1.0), stats.norm.cdf(1.0))),
        (0.9, 6.0, (stats.norm.cdf(1.0), stats.norm.cdf(3.0))),
        (None, 4.0, (0.1, -0.1)),
    ],
)
def test_a_step_is_found_at_its_very_place_and_said_to_be_one(
    target: float | None, place: float, levels: tuple[float, float]
) -> None:
    found = solve.threshold(stepped(0.2), target=target, draws=2**12)
    (value,), (interval,), (step,) = (found[name].values for name in ("root_value", "root_ci95", "root_step"))
    assert value == place
    assert interval[0] <= place <= interval[1]
    assert interval[1] - interval[0] < 1e-10
    # five standard errors of independent draws
    assert step == pytest.approx(levels, abs=5 * 0.5 / 2**6)


def test_a_step_at_a_number_without_end_is_found_as_exactly() -> None:
    model = stepped(0.5 / 6.5)
    # of 12/x1 from 7 down to 6
    found = solve.threshold(model, draws=2**12)
    low, high = found["ci95"].values
    assert low <= 12.0 / 7.0 <= high
    assert high - low < 1e-10
    assert not np.isnan(found["root_step"]).any()


@pytest.mark.parametrize("bend", [0.0, 1.0])
@pytest.mark.parametrize("target", [0.5, None])
def test_the_interval_of_a_certain_root_holds_it(target: float | None, bend: float) -> None:
    # nothing else is uncertain: P jumps, the mean difference does not
    model = Model(
        {"x1": {"uniform": {"min": 0.0, "max": 60.0}}, "x2": 2.0},
        ("a", "b"),
        lambda v: {"a": 0.1 * v["x1"] - bend * (v["x1"] / 60.0) ** 2, "b": v["x2"]},
    )
    root = 20.0 if bend == 0.0 else 60.0 * (3.0 - math.sqrt(7.0))
    found = solve.threshold(model, target=target, draws=64)
    low, high = found["ci95"].values
    assert low <= root <= high
    assert high - low < 1e-9
    assert float(found["value"]) == pytest.approx(root, abs=1e-9)
    step = found["root_step"].values[0]
    if target is None:
        assert np.isnan(step).all()
    else:
        assert list(step) == [1.0, 0.0]


def test_a_smooth_curve_of_few_draws_has_no_step() -> None:
    for target in (0.3, None):
        assert np.isnan(solve.threshold(sums(), target=target, draws=64)["root_step"]).all()


def test_ties_count_half_and_a_tie_everywhere_is_the_target_everywhere() -> None:
    same = Model(
        {"x1": {"uniform": {"min": 1.0, "max": 2.0}}}, ("a", "b"), lambda v: {"a": v["x1"], "b": v["x1"]}
    )
    found = solve.threshold(same, draws=64)
    assert (found["probability"].values == 0.5).all()
    assert (found["ties"].values == 1.0).all()
    assert "the target everywhere" in found.attrs["reason"]
    assert "none reaches 0.7" in solve.threshold(same, target=0.7, draws=64).attrs["reason"]


def test_a_model_without_other_uncertainty_jumps_at_its_root() -> None:
    sure = Model({"x1": 2.0, "x2": 7.0}, ("a", "b"), lambda v: {"a": v["x1"], "b": v["x2"]})
    found = solve.threshold(sure, target=0.8, draws=64)
    assert found["at"].values[[0, -1]] == pytest.approx([0.2, 20.0])
    assert float(found["value"]) == pytest.approx(7.0, rel=1e-5)
    assert found["ci95"].values == pytest.approx([7.0, 7.0], rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0.8, -0.6, 1.0])
def test_tied_inputs_are_drawn_given_the_value(rank: float) -> None:
    # P(z2 < 0.2 | z1) = Phi((0.2 - r z1)/sqrt(1 - r^2)), and x1 = exp(z1/2)
    r = 1.0 if rank == 1.0 else 2 * math.sin(math.pi * rank / 6)
    wanted = (0.2 - stats.norm.ppf(0.4) * math.sqrt(1 - r * r)) / r
    found = solve.threshold(tied(rank), target=0.4, draws=2**16)
    assert float(found["value"]) == pytest.approx(math.exp(wanted / 2), rel=0.005)
    assert found.attrs["tied"] == "x2"
    if rank < 1:
        low, high = found["ci95"].values
        assert low < high < 1.05 * low


def test_a_discrete_tied_input_spreads_over_its_own_probability() -> None:
    inputs = {
        "x1": {"discrete": {"values": [0, 1], "weights": [1, 1]}},
        "x2": {"normal": {"mean": 0.0, "sd": 1.0}},
    }
    model = Model(inputs, ("a", "b"), lambda v: {"a": v["x2"], "b": 0.0 * v["x1"]}, [(("x1", "x2"), 0.5)])
    # of a fair coin and a normal: Spearman = (2 √3 / π) asin(r / √2)
    r = math.sqrt(2.0) * math.sin(math.pi * 0.5 / (2.0 * math.sqrt(3.0)))
    below = 0.5 + math.asin(r) / math.pi  # Sheppard's orthant formula, given z1 < 0
    found = solve.threshold(model, draws=2**16)
    assert found["probability"].values == pytest.approx([below, 1 - below], abs=5 * 0.5 / 2**8)
    assert float(found["value"]) == 1.0
    assert found.attrs["discrete"] == 1


def test_two_inputs_tied_together_are_held_together() -> None:
    inputs = {f"x{k}": {"normal": {"mean": 0.0, "sd": 1.0}} for k in (1, 2, 3)}
    pairs = [(("x1", "x2"), 0.5), (("x2", "x3"), 0.6), (("x1", "x3"), 0.3)]
    model = Model(inputs, ("a", "b"), lambda v: {"a": v["x3"], "b": 0.1 + 0.0 * v["x1"]}, pairs)
    r12, r23, r13 = (2 * math.sin(math.pi * rank / 6) for _, rank in pairs)
    weights = np.linalg.solve([[1, r12], [r12, 1]], [r13, r23])
    spread = math.sqrt(1 - weights @ [r13, r23])
    found = solve.surface(model, ("x1", "x2"), draws=2**14, cells=5)
    x, y = np.meshgrid(found["first"].values, found["second"].values, indexing="ij")
    truth = stats.norm.cdf((0.1 - weights[0] * x - weights[1] * y) / spread)
    assert found["probability"].values == pytest.approx(truth, abs=5 * 0.5 / 2**7)


def test_the_map_is_the_closed_form() -> None:
    found = solve.surface(sums(), ("x1", "x3"), draws=2**12, cells=9)
    x, y = np.meshgrid(found["first"].values, found["second"].values, indexing="ij")
    assert found["probability"].values == pytest.approx(
        stats.norm.cdf((y - x - 40.0) / 5.0), abs=5 * 0.5 / 2**6
    )
    assert float(found["probability_at_median"]) == pytest.approx(stats.norm.cdf(2.0), abs=0.01)
    low, high = found["probability_ci"].values[..., 0], found["probability_ci"].values[..., 1]
    assert (low <= found["probability"].values).all()
    assert (high >= found["probability"].values).all()


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ({"input": "x4"}, "x1, x2, x3"),
        ({"a": "c"}, "found 'c'"),
        ({"b": "a"}, "with itself"),
        ({"target": 0.0}, "above 0 and below 1"),
        ({"target": 1.0}, "above 0 and below 1"),
        ({"draws": 8}, "16 or more"),
        ({"between": (3.0, 3.0)}, "LOW < HIGH"),
    ],
)
def test_what_cannot_be_asked_is_refused(asked: dict[str, Any], match: str) -> None:
    with pytest.raises(UserError, match=match):
        solve.threshold(sums(), **asked)


def test_two_inputs_must_differ_and_not_fix_each_other() -> None:
    with pytest.raises(UserError, match="named twice"):
        solve.surface(sums(), ("x1", "x1"))
    with pytest.raises(UserError, match="one fixes the other"):
        solve.surface(tied(1.0), ("x1", "x2"))


SCENARIO: dict[str, Any] = {
    "study": {"title": "Support bot", "horizon_months": 6, "compare": ["tuned_hosted", "rag"]},
    "inputs": {"workload": {"queries_per_month": {"lognormal": {"p10": 1e5, "p90": 9e6}}}},
}


@pytest.fixture(scope="module")
def curve() -> solve.Threshold:
    solved = tipping.analyse(Scenario.from_dict(SCENARIO), ["workload.queries_per_month"], draws=2**12)
    assert isinstance(solved, solve.Threshold)
    return solved


@pytest.fixture(scope="module")
def surface() -> solve.Surface:
    keys = ["workload.queries_per_month", "drift.retrain_interval_months"]
    solved = tipping.analyse(Scenario.from_dict(SCENARIO), keys, draws=2**8, target=0.7)
    assert isinstance(solved, solve.Surface)
    return solved


def test_the_value_found_for_a_scenario_gives_the_target_in_a_run(curve: solve.Threshold) -> None:
    tables = {**SCENARIO, "inputs": {"workload": {"queries_per_month": curve.value}}}
    found = simulate(Scenario.from_dict(tables), 2**16, 9).probability_cheaper("tuned_hosted", "rag")
    # five standard errors of 4,096 independent draws
    assert found.estimate == pytest.approx(0.5, abs=5 * 0.5 / 2**6)


@pytest.mark.slow
def test_the_record_has_what_the_interface_says(curve: solve.Threshold, surface: solve.Surface) -> None:
    found = curve.to_dict()
    assert found["for"] == "workload.queries_per_month"
    assert found["ci95"][0] < found["value"] < found["ci95"][1]
    assert found["roots"][0]["direction"] == "rising"
    assert len(found["curve"]["probability"]) == len(found["curve"]["value"]) == 33
    assert (
        found["probability_at"]["lowest"]["estimate"] < 0.5 < found["probability_at"]["highest"]["estimate"]
    )
    found = surface.to_dict()
    assert found["for"] == ["workload.queries_per_month", "drift.retrain_interval_months"]
    assert np.shape(found["map"]["probability"]) == (41, 41)


def test_rules_of_thumb_are_those_of_the_pair(curve: solve.Threshold) -> None:
    data = curve.to_dataset()
    assert 3e6 in data["rule_value"].values
    assert all(str(source) for source in data["rule_source"].values)
    other = {**SCENARIO, "study": {**SCENARIO["study"], "compare": ["prompt", "hybrid"]}}
    few = tipping.analyse(Scenario.from_dict(other), ["workload.queries_per_month"], draws=64)
    # only one document leans towards prompting by volume, and none towards the hybrid
    assert [value for value, _, _ in few.rules] == [2e6]
    none = tipping.analyse(Scenario.from_dict(SCENARIO), ["price.output"], draws=64)
    assert none.rules == ()


@pytest.mark.slow
def test_the_curve_figure_names_the_value(curve: solve.Threshold) -> None:
    figure = solve_curve.draw(curve)
    assert title(figure).startswith(
        "Fine-tuning (hosted) is cheaper than RAG in 50 % of futures or more from workload.queries_per_month = "
    )
    assert any(words.get_text() == "3M" for words in figure.axes[0].texts)
    assert style.rendered(figure) == style.rendered(solve_curve.draw(curve))


@pytest.mark.slow
def test_the_map_figure_has_contours_and_the_scenario_itself(surface: solve.Surface) -> None:
    figure = solve_map.draw(surface)
    assert "at the medians" in title(figure)
    labels = [words.get_text() for words in figure.axes[0].get_legend().get_texts()]
    assert {"P = 50 %", "P = 70 %", "medians", "middle 80 % of each"} <= set(labels)
    assert style.rendered(figure) == style.rendered(solve_map.draw(surface))


@pytest.mark.parametrize(
    ("keys", "target", "between"),
    [
        (["workload.queries_per_month"], None, []),
        (["workload.queries_per_month"], 0.5, [(1e6, 2e6)]),
        (["serve.min_replicas"], 0.5, [(1, 9)]),
        (["workload.annual_growth"], 0.9, []),
        (["serve.min_replicas", "workload.queries_per_month"], 0.5, []),
        pytest.param(["price.input", "price.output"], None, [], marks=pytest.mark.slow),
    ],
)
def test_every_kind_of_answer_is_drawn(keys: list[str], target: float | None, between: list[Any]) -> None:
    tables = {**SCENARIO, "study": {**SCENARIO["study"], "compare": ["tuned_self_hosted", "rag"]}}
    found = tipping.analyse(Scenario.from_dict(tables), keys, target, between, draws=256)
    files = style.rendered((solve_curve if len(keys) == 1 else solve_map).draw(found))
    assert files["png"].startswith(b"\x89PNG")
