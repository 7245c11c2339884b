"""Design points against answers known exactly: linear in normals, correlated, several ways, none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from scipy.stats import lognorm, norm

from sim import Model
from studies.reverse import design_points


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
