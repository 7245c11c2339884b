"""Design points against answers known exactly: linear in normals, correlated, several ways, none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2, gamma, lognorm, multivariate_normal, norm

from sim import Model
from studies.quotes.reliability import design_points


def model(
    function: Callable[[Mapping[str, Any]], Any], inputs: Mapping[str, Any], dependence: Any = ()
) -> Model:
    """a is the function, b is nothing: a fails where the function is above 0."""
    return Model(
        inputs, ("a", "b"), lambda v: {"a": function(v), "b": 0.0 * next(iter(v.values()))}, dependence
    )


def test_a_linear_limit_of_normals_is_exact() -> None:
    # x + 2y + z - 8 with x ~ N(1, 2): mean -7, sd 3
    found = design_points(
        model(lambda v: v["x"] + 2 * v["y"] + v["z"] - 8, {"x": norm(1, 2), "y": norm(), "z": norm()}),
        "a",
        "b",
    )
    (point,) = found.points
    assert not found.fails_at_medians
    assert point.beta == pytest.approx(7 / 3, rel=1e-6)
    assert found.probability == pytest.approx(norm.sf(7 / 3), rel=1e-6)
    moved = {one.name: one for one in point.moved}
    assert moved["x"].value == pytest.approx(1 + 2 * 7 / 3 * 2 / 3, rel=1e-5)
    assert moved["x"].percentile == pytest.approx(norm.cdf(7 / 3 * 2 / 3), rel=1e-5)
    assert [moved[name].share for name in "xyz"] == pytest.approx([4 / 9, 4 / 9, 1 / 9], rel=1e-4)


def test_a_copula_lengthens_or_shortens_the_way() -> None:
    for spearman in (0.5, -0.5):
        rho = 2 * np.sin(np.pi * spearman / 6)
        found = design_points(
            model(lambda v: v["x"] + v["y"] - 3, {"x": norm(), "y": norm()}, [(("x", "y"), spearman)]),
            "a",
            "b",
        )
        assert found.points[0].beta == pytest.approx(3 / np.sqrt(2 + 2 * rho), rel=1e-6)


def test_marginals_of_any_form_are_met_in_their_scores() -> None:
    # log x + log y = 2 in scores 0.5 u + 0.5 v = 2
    inputs = {"x": lognorm(0.5), "y": lognorm(0.5)}
    found = design_points(model(lambda v: v["x"] * v["y"] - np.exp(2.0), inputs), "a", "b")
    assert found.points[0].beta == pytest.approx(2 / np.sqrt(0.5), rel=1e-5)
    assert found.points[0].moved[0].value == pytest.approx(np.e, rel=1e-5)


def test_several_ways_of_failing_are_told() -> None:
    found = design_points(
        model(lambda v: np.maximum(v["x"] - 2.0, -v["y"] - 2.5), {"x": norm(), "y": norm()}), "a", "b"
    )
    assert [point.beta for point in found.points] == pytest.approx([2.0, 2.5], rel=1e-6)
    assert [point.moved[0].name for point in found.points] == ["x", "y"]


def test_no_way_of_failing_is_said() -> None:
    found = design_points(model(lambda v: -1.0 - v["x"] ** 2, {"x": norm(), "y": norm()}), "a", "b")
    assert found.points == ()
    assert found.probability is None


def test_failing_at_the_medians_turns_the_question_round() -> None:
    found = design_points(model(lambda v: v["x"] + 1.5, {"x": norm(), "y": norm()}), "a", "b")
    assert found.fails_at_medians
    assert found.points[0].beta == pytest.approx(1.5, rel=1e-6)
    assert found.probability == pytest.approx(norm.cdf(1.5), rel=1e-6)


def test_nothing_uncertain() -> None:
    found = design_points(model(lambda v: v["x"], {"x": 1.0}), "a", "b")
    assert found.points == ()
    assert found.fails_at_medians


def test_the_way_from_the_medians_does_not_hide_a_nearer_one() -> None:
    # fails where x > 5 or y < -4.4, and looks from the medians as if x were the only way
    found = design_points(
        model(lambda v: -np.minimum(5 - v["x"], 2 * (4.4 + v["y"])), {"x": norm(), "y": norm()}), "a", "b"
    )
    assert [point.beta for point in found.points] == pytest.approx([4.4, 5.0], rel=1e-6)
    # both ways together; independent, so that they share the product
    both = norm.sf(4.4) + norm.sf(5.0) - norm.sf(4.4) * norm.sf(5.0)
    assert found.probability == pytest.approx(both, rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_ways_that_hardly_a_draw_meets_are_all_found(seed: int) -> None:
    ways = {"right": 4.0, "left": 4.2, "up": 4.5, "down": 4.1}

    def loss(v: Mapping[str, Any]) -> Any:
        return np.maximum.reduce([v["x"] - 4.0, -v["x"] - 4.2, v["y"] - 4.5, -v["y"] - 4.1])

    found = design_points(model(loss, {"x": norm(), "y": norm()}), "a", "b", seed=seed)
    assert [point.beta for point in found.points] == pytest.approx(sorted(ways.values()), rel=1e-6)
    along = [norm.sf(4.0) + norm.sf(4.2), norm.sf(4.5) + norm.sf(4.1)]
    # x and y are independent: either fails, less both; FORM leaves out products of 1e-9
    assert found.probability == pytest.approx(along[0] + along[1] - along[0] * along[1], rel=1e-4)


def test_ways_that_overlap_are_counted_once() -> None:
    # two half-spaces at an angle of 60 degrees, each 2 away
    directions = np.array([[1.0, 0.0], [0.5, np.sqrt(0.75)]])
    found = design_points(
        model(
            lambda v: np.max([d[0] * v["x"] + d[1] * v["y"] - 2.0 for d in directions], axis=0),
            {"x": norm(), "y": norm()},
        ),
        "a",
        "b",
    )
    assert [point.beta for point in found.points] == pytest.approx([2.0, 2.0], rel=1e-6)
    joint = multivariate_normal(cov=[[1.0, 0.5], [0.5, 1.0]]).cdf([-2.0, -2.0])
    # scipy's cdf of two is right to 1e-5
    assert found.probability == pytest.approx(2 * norm.sf(2.0) - joint, rel=1e-4)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_loss_that_jumps_has_its_nearest_point(seed: int) -> None:
    # whole units of x + y: the third is reached where x + y is 3
    found = design_points(
        model(lambda v: np.floor(v["x"] + v["y"]) - 2.5, {"x": norm(), "y": norm()}), "a", "b", seed=seed
    )
    (point,) = found.points
    # the search without gradients ends within a thousandth
    assert point.beta == pytest.approx(3 / np.sqrt(2), rel=1e-3)
    assert found.probability == pytest.approx(norm.sf(3 / np.sqrt(2)), rel=0.01)


def test_a_jump_among_many_inputs_is_not_mistaken_for_a_gradient() -> None:
    # differences across a jump have the sign of each weight and nothing of its size: along those signs beta is 3.32
    weights = np.array([1.0, 0.8, 0.6, 0.4, 0.2, *[0.0] * 7])
    weights /= np.linalg.norm(weights)
    inputs = {f"x{k}": norm() for k in range(weights.size)}
    found = design_points(
        model(lambda v: np.floor(sum(w * v[f"x{k}"] for k, w in enumerate(weights))) - 2.5, inputs), "a", "b"
    )
    assert found.points[0].beta == pytest.approx(3.0, rel=2e-3)


def test_form_is_left_out_where_sampling_speaks_against_it() -> None:
    # outside a sphere of 30 inputs: no half-space is like it (P by chi-squared 0.038, by any one point 1e-11)
    inputs = {f"x{k}": norm() for k in range(30)}
    found = design_points(model(lambda v: sum(x**2 for x in v.values()) - 45.0, inputs), "a", "b")
    assert found.points[0].beta == pytest.approx(np.sqrt(45.0), rel=1e-3)
    assert found.probability is None
    assert "sampling" in found.left_out
    assert found.sampled is not None
    _, low, high = found.sampled
    assert low < chi2(30).sf(45.0) < high


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 4))
def test_a_rare_bent_surface_is_told_by_draws_around_its_point(seed: int) -> None:
    # beyond 4 along x less a quarter of the squares of twelve others: Phi(-4) is a tenth of it
    others = [f"y{k}" for k in range(12)]
    inputs = {"x": norm(), **{name: norm() for name in others}}
    found = design_points(
        model(lambda v: v["x"] + 0.1 * sum(v[name] ** 2 for name in others) - 5.0, inputs),
        "a",
        "b",
        seed=seed,
    )
    # P = E[Phi(-(5 - 0.1 Q))] with Q chi-squared of 12
    grid = chi2(12).ppf((np.arange(200_000) + 0.5) / 200_000)
    truth = norm.sf(5.0 - 0.1 * grid).mean()
    assert found.probability is None
    assert found.sampled is not None
    _, low, high = found.sampled
    assert low < truth < high


def test_values_far_out_are_the_distributions_own() -> None:
    # a gamma beyond 6.2 standard deviations: the fast inverse of a run would be 4e-4 off
    distribution = gamma(2.5)
    at = distribution.isf(norm.sf(6.2))
    found = design_points(model(lambda v: v["x"] - at, {"x": distribution, "y": norm()}), "a", "b")
    (point,) = found.points
    assert point.beta == pytest.approx(6.2, abs=1e-8)
    assert found.probability == pytest.approx(norm.sf(6.2), rel=1e-6)
