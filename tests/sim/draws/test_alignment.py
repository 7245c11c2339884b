"""Draws laid along the direction in which two costs part: the same distribution, P(cheaper) from far fewer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from distributions.errors import UserError
from distributions.inputs import registry
from distributions.sampling.sobol import net
from distributions.sampling.streams import stream_key
from sim import Model, Scenario, simulate
from sim.draws.alignment import SHARE, align, bridge
from sim.draws.job import CostEvaluator, FunctionEvaluator
from sim.draws.sampler import Sampler, prepare
from sim.kernel.months import discount_factors
from studies.sweep.analysis import sweep

Array = NDArray[np.float64]

KEYS = tuple(registry())

TIED = [
    {"inputs": ["price.input", "workload.queries_per_month"], "rank_correlation": 0.5},
    {"inputs": ["tune.curation_weeks", "rag.setup_weeks"], "rank_correlation": -0.7},
]
SCENARIO = Scenario.from_dict(
    {"study": {"compare": ["tuned_hosted", "rag"], "horizon_months": 24}, "dependence": TIED}
)


def linear(*weights: float, threshold: float = 1.0) -> Model:
    """a is cheaper than b where a weighted sum of independent normal inputs is below the threshold."""
    distributions = {f"x{k}": {"normal": {"mean": 0.0, "sd": 1.0}} for k in range(len(weights))}

    def costs(values: Any) -> dict[str, Array]:
        total = sum(w * values[f"x{k}"] for k, w in enumerate(weights))
        return {"a": total + 100.0, "b": np.full_like(total, 100.0 + threshold)}

    return Model(distributions, ("a", "b"), costs)


def sampler(scenario: Scenario, design: str = "sobol") -> tuple[Sampler, CostEvaluator]:
    inputs = {key: scenario.inputs[key] for key in KEYS}
    evaluator = CostEvaluator(scenario.program, discount_factors(scenario.horizon, scenario.discount_rate))
    return prepare(inputs, scenario.copula, design, 3, 1 << 16), evaluator


@given(st.lists(st.floats(1e-3, 1e3) | st.floats(-1e3, -1e-3), min_size=1, max_size=40))
def test_a_bridge_is_a_rotation_whose_first_axis_is_the_direction(weights: list[float]) -> None:
    w = np.array(sorted(weights, key=abs, reverse=True))
    found = bridge(w)
    # sums of 40 products of numbers up to 1: 40 half units in the last place, and the cancelling within them
    np.testing.assert_allclose(found @ found.T, np.eye(w.size), atol=1e-12)
    np.testing.assert_allclose(found[:, 0], w / np.linalg.norm(w), rtol=1e-14)
    # each score in turn, given the sum and those before it
    assert np.all(np.triu(found[:, 1:], 1) == 0.0)


@pytest.mark.parametrize("weights", [(1.0, 1.0, 1.0, 1.0), (3.0, -2.0, 1.0), (2.0,)])
def test_a_plane_is_measured_to_one_point_of_the_net(weights: tuple[float, ...]) -> None:
    # along the axis of the jump a replicate's points lie one in each of 4,096 equal cells
    draws = 1 << 16
    run = simulate(linear(*weights), draws, 7, "aligned")
    exact = stats.norm.cdf(1.0 / math.sqrt(sum(w * w for w in weights)))
    by_replicate = run.tally.less[0, -1] / (draws / 16)
    assert np.max(np.abs(by_replicate - exact)) <= 1.0 / 4096
    other = simulate(linear(*weights), draws, 7, "sobol").tally.less[0, -1] / (draws / 16)
    if len(weights) > 1:
        assert np.var(other) > 10.0 * np.var(by_replicate)


def test_inputs_that_hardly_matter_keep_their_own_axes() -> None:
    model = linear(1.0, 1e-3, 0.5)
    plain = prepare(model.marginals, None, "mc", 1, 1000)
    found = align(plain, FunctionEvaluator(tuple(model.marginals), model.evaluate), 0, 1)
    assert found is not None
    assert found.linked == ("x0", "x2")
    assert found.mixing[:, 0] == pytest.approx(np.array([1.0, 0.5]) / math.hypot(1.0, 0.5), abs=2e-3)
    assert 0.0 < 1.0 - SHARE < 0.02


@pytest.mark.parametrize("other", [lambda x: x, np.zeros_like], ids=["the same cost", "nothing"])
def test_without_a_direction_draws_are_those_of_sobol_and_the_run_says_so(other: Any) -> None:
    model = Model(
        {"x": {"uniform": {"min": 0.0, "max": 1.0}}},
        ("a", "b"),
        lambda v: {"a": v["x"], "b": other(v["x"])},
    )
    aligned, plain = (simulate(model, 5000, 2, design) for design in ("aligned", "sobol"))
    np.testing.assert_array_equal(aligned.sample_values, plain.sample_values)
    assert aligned.design == plain.design == "sobol"
    assert aligned.design_note.startswith("plain Sobol' points in place of aligned ones")
    assert aligned.summary()["design_note"] == aligned.dataset.attrs["design_note"] == aligned.design_note
    assert plain.design_note == ""
    assert "design_note" not in plain.summary()


def test_with_a_direction_there_is_nothing_to_say() -> None:
    run = simulate(linear(1.0, 2.0), 1000, 2, "aligned")
    assert (run.design, run.design_note) == ("aligned", "")


@pytest.mark.parametrize("pair", [("tuned_hosted", "rag"), ("prompt", "tuned_self_hosted")])
def test_the_other_way_round_the_probability_mirrors(pair: tuple[str, str]) -> None:
    one, other = (
        simulate(
            Scenario.from_dict(
                {"study": {"compare": list(compare), "horizon_months": 24}, "dependence": TIED}
            ),
            1 << 13,
            4,
            "aligned",
            totals=True,
        )
        for compare in (pair, pair[::-1])
    )
    np.testing.assert_array_equal(one.sample_values, other.sample_values)
    p, q = one.probability_cheaper(*pair), other.probability_cheaper(*pair[::-1])
    # sums of two numbers near 1
    assert p.estimate + q.estimate == pytest.approx(1.0, abs=1e-15)
    assert p.ci95 is not None
    assert q.ci95 is not None
    assert p.ci95[0] + q.ci95[1] == pytest.approx(1.0, abs=1e-12)
    assert p.ci95[1] + q.ci95[0] == pytest.approx(1.0, abs=1e-12)
    assert one.mean_difference().value == -other.mean_difference().value


@pytest.mark.parametrize("weights", [(1.0, -1.0), (0.3, 2.0, -2.0)])
def test_outputs_the_other_way_round_mirror_too(weights: tuple[float, ...]) -> None:
    model = linear(*weights)
    swapped = Model(model.inputs, ("b", "a"), model.function)
    p = simulate(model, 3000, 5, "aligned").probability_cheaper("a", "b").estimate
    q = simulate(swapped, 3000, 5, "aligned").probability_cheaper("b", "a").estimate
    assert 0.0 < p < 1.0
    assert p + q == pytest.approx(1.0, abs=1e-15)


def test_a_copula_and_its_alignment_have_the_same_correlation_of_scores() -> None:
    plain, evaluator = sampler(SCENARIO)
    found = align(plain, evaluator, 2, 1)
    assert found is not None
    assert set(SCENARIO.copula.members) <= set(found.linked)  # type: ignore[union-attr]
    correlation = found.mixing @ found.mixing.T
    wanted = np.eye(len(found.linked))
    copula = SCENARIO.copula
    assert copula is not None
    at = [found.linked.index(name) for name in copula.members]
    wanted[np.ix_(at, at)] = copula.matrix
    np.testing.assert_allclose(correlation, wanted, atol=1e-12)


def test_the_direction_has_the_first_dimension_and_what_matters_most_the_next() -> None:
    plain, evaluator = sampler(SCENARIO)
    found = align(plain, evaluator, 2, 1)
    assert found is not None
    inputs = {key: SCENARIO.inputs[key] for key in KEYS}
    plan = prepare(inputs, SCENARIO.copula, "aligned", 3, 1 << 16, found).plan
    for dimension, j in enumerate(plan.linked):
        assert KEYS[plan.row[j]] == found.linked[dimension]
        np.testing.assert_array_equal(
            plan.scrambled[j], net(stream_key(3, KEYS[plan.row[j]]), dimension, 1 << 16)
        )
    assert SCENARIO.copula is not None
    alone = [k for k, name in enumerate(found.linked) if name not in SCENARIO.copula.members]
    assert len(alone) > 5
    assert np.all(np.diff(np.abs(found.mixing[alone, 0])) <= 0.0)


def test_every_input_keeps_its_distribution_and_its_rank_correlations() -> None:
    run = simulate(SCENARIO, 1 << 16, 5, "aligned", keep=1 << 16)
    values = dict(zip(KEYS, run.sample_values, strict=True))
    for key in KEYS:
        distribution = SCENARIO.inputs[key]
        if distribution.certain:
            continue
        x = values[key]
        # below what independent draws keep to all but once in 1e6: sqrt(ln(2e6)/(2 n))
        points = np.sort(x)
        off = max(
            np.max(distribution.cdf(points) - np.arange(x.size) / x.size),
            np.max(np.arange(1, x.size + 1) / x.size - distribution.cdf(points)),
        )
        steps = np.unique(x).size < 100
        assert steps or off < math.sqrt(math.log(2e6) / (2 * x.size)), key
    for tie in TIED:
        one, other = (values[key] for key in tie["inputs"])  # type: ignore[union-attr]
        # standard error of a rank correlation of 65,536 independent draws: 0.004
        assert stats.spearmanr(one, other)[0] == pytest.approx(tie["rank_correlation"], abs=0.016)


def test_designs_agree_and_the_aligned_interval_is_narrower() -> None:
    a, b = SCENARIO.compare
    independent, plain, aligned = (
        simulate(SCENARIO, draws, 11, design, totals=design != "mc")
        for draws, design in ((1 << 18, "mc"), (1 << 20, "sobol"), (1 << 18, "aligned"))
    )
    o, p, q = (run.probability_cheaper(a, b) for run in (independent, plain, aligned))
    width = [found.ci95[1] - found.ci95[0] for found in (o, p, q)]
    # five standard errors, of which a 95 % interval is 3.92 wide; together less than one percent of P
    assert abs(p.estimate - q.estimate) < 5.0 / 3.92 * math.hypot(width[1], width[2]) < 0.01 * p.estimate
    assert width[2] < 0.6 * width[0]
    one, other = plain.mean_difference(), aligned.mean_difference()
    cost = independent.mean("cost", b).value
    assert abs(one.value - other.value) < 5.0 * math.hypot(one.mcse, other.mcse) < 0.01 * cost


def test_values_at_scores_are_those_of_the_distributions() -> None:
    plain, _ = sampler(SCENARIO)
    names = [plain.names[row] for row in plain.plan.row]
    scores = np.random.default_rng(2).standard_normal((len(names), 300))
    values = plain.at_scores(scores)
    copula = SCENARIO.copula
    assert copula is not None
    mixed = dict(zip(names, scores, strict=True))
    mixed.update(
        zip(copula.members, copula.cholesky @ np.array([mixed[n] for n in copula.members]), strict=True)
    )
    for name in names:
        np.testing.assert_allclose(
            values[KEYS.index(name)], SCENARIO.inputs[name].at_scores(mixed[name]), rtol=1e-12, err_msg=name
        )


@pytest.mark.slow
def test_an_input_without_a_recipe_takes_part() -> None:
    parts = [{"uniform": {"min": 2.0, "max": 4.0}}, 3.0]
    by_ppf = Scenario.from_dict(
        {"inputs": {"price": {"input": {"mixture": {"parts": parts, "weights": [0.5, 0.5]}}}}}
    )
    a, b = by_ppf.compare
    p, q = (
        simulate(by_ppf, 1 << 16, 4, design, totals=True).probability_cheaper(a, b)
        for design in ("mc", "aligned")
    )
    assert abs(p.estimate - q.estimate) < 2.0 * (p.ci95[1] - p.ci95[0])


def test_a_run_to_a_tolerance_of_the_probability_is_aligned_unless_another_design_is_asked_for() -> None:
    assert simulate(SCENARIO, tolerance=0.01, totals=True).design == "aligned"
    assert simulate(SCENARIO, tolerance=0.01, design="sobol", totals=True).design == "sobol"
    assert simulate(SCENARIO, tolerance="50000 USD", totals=True).design == "sobol"
    assert simulate(SCENARIO, 1000, totals=True).design == "sobol"


def test_cells_of_a_sweep_share_their_draws_and_so_are_not_aligned() -> None:
    with pytest.raises(UserError, match="found 'aligned'"):
        sweep({"s": SCENARIO}, draws=1000, design="aligned")
