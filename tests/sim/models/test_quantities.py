"""Outputs of a scenario as models of one output."""

from __future__ import annotations

import numpy as np
import pytest

from distributions.errors import UserError
from sim import Scenario, cost_model, evaluate, quantity
from sim.models.quantities import cheaper

SCENARIO = Scenario.from_dict(
    {"study": {"title": "t", "horizon_months": 7, "discount_rate": 0.08, "compare": ["tuned_hosted", "rag"]}}
)


def _draws(n: int = 50) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    rng = np.random.default_rng(5)
    return {
        key: np.asarray(distribution.ppf(rng.random(n)), float)
        for key, distribution in SCENARIO.inputs.items()
    }


def test_each_output_is_made_of_the_costs() -> None:
    values = _draws()
    costs = cost_model(SCENARIO).evaluate(values)
    a, b = costs["tuned_hosted"], costs["rag"]
    wanted = {"difference": a - b, "probability": (a < b) * 1.0, "cost:rag": b, "log_cost:rag": np.log(b)}
    for name, expected in wanted.items():
        found = quantity(SCENARIO, name).model.evaluate(values)
        assert list(found) == [name]
        np.testing.assert_allclose(found[name], expected, rtol=1e-12)


def test_costs_of_many_draws_are_those_of_one_evaluation_each() -> None:
    values = _draws(3)
    found = quantity(SCENARIO, "cost:hybrid").model.evaluate(values)["cost:hybrid"]
    for k in range(3):
        one = evaluate(SCENARIO, {key: float(x[k]) for key, x in values.items()})
        assert found[k] == pytest.approx(one.cost["hybrid"], rel=1e-12)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("diference", "difference"), ("cost:rga", "rag"), ("cost", "cost:rag"), ("", "difference")],
)
def test_an_unknown_output_is_refused(name: str, hint: str) -> None:
    with pytest.raises(UserError, match=hint):
        quantity(SCENARIO, name)


def test_equal_costs_count_half_whatever_their_sign() -> None:
    b = np.array([3.0, -3.0, 0.0, 3.0, -3.0])
    a = b * np.array([1 + 1e-14, 1 + 1e-14, 1.0, 1 - 1e-9, 1 - 1e-9])
    np.testing.assert_array_equal(cheaper(a, b), [0.5, 0.5, 0.5, 1.0, 0.0])
