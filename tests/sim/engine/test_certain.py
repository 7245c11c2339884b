"""What is certain is exact, and what has no answer has no number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim import Model, Scenario, simulate
from studies.probability_of_cheaper.analysis import analyse
from studies.probability_of_cheaper.finding import basis
from studies.probability_of_cheaper.text import lines

STUDY = {"title": "t", "horizon_months": 6, "compare": ["prompt", "rag"]}


def _certain() -> Scenario:
    inputs: dict[str, Any] = {}
    for key, distribution in Scenario.from_dict({"study": STUDY}).inputs.items():
        group, name = key.split(".", 1)
        inputs.setdefault(group, {})[name] = float(distribution.median())
    return Scenario.from_dict({"study": STUDY, "inputs": inputs})


@pytest.mark.parametrize("design", ["sobol", "mc", "lhs"])
@pytest.mark.parametrize("draws", [1, 1000])
def test_of_certain_inputs_every_answer_is_exact(design: str, draws: int) -> None:
    run = simulate(_certain(), draws, 1, design)
    summary = run.summary()
    one, other = run.probability_cheaper("prompt", "rag"), run.probability_cheaper("rag", "prompt")
    assert {one.estimate, other.estimate} == {0.0, 1.0}
    for found in (one, other, *(run.probability_cheapest(name) for name in run.strategies)):
        assert found.ci95 == (found.estimate, found.estimate)
    for name in run.strategies:
        row = summary["cost"][name]
        assert row["ci95"] == [row["mean"]] * 2
        assert (row["mcse"], row["sd"]) == (0.0, 0.0)
        assert all(row["quantiles_ci95"][level] == [value] * 2 for level, value in row["quantiles"].items())
        assert row["cvar95_ci95"] == [row["cvar95"]] * 2
    data = run.dataset
    for name in ("probability_cheaper", "probability_cheaper_by_month", "probability_cheapest_by_month"):
        np.testing.assert_array_equal(data[f"{name}_ci"], np.stack([data[name]] * 2, axis=-1))
    assert summary["tail_warnings"] == []


def test_what_is_only_very_probable_is_not_exact() -> None:
    model = Model(
        {"x": {"uniform": {"min": 0.0, "max": 1.0}}}, ("a", "b"), lambda v: {"a": v["x"], "b": 2.0 + v["x"]}
    )
    low, high = simulate(model, 1000, 1).probability_cheaper("a", "b").ci95 or (0.0, 0.0)
    assert low < high == 1.0


def _strict() -> Scenario:
    return Scenario.from_dict({"study": STUDY, "requirements": {"max_first_token_ms": 0.001}})


def test_where_no_strategy_is_eligible_none_is_the_cheapest() -> None:
    run = simulate(_strict(), 1000, 1)
    for name, found in run.summary()["probability_cheapest"].items():
        assert found == {"estimate": None, "ci95": None, "ties": 0.0}, name
    for name in ("probability_cheapest", "probability_cheapest_ci", "probability_cheapest_by_month"):
        assert run.dataset[name].isnull().all(), name
    assert run.summary()["evpi"] is None
    # costs and pairs are still questions with answers
    assert run.probability_cheaper("prompt", "rag").ci95 is not None


def _terminal(scenario: Scenario) -> str:
    record = {**analyse(scenario, draws=1000).summary, "basis": basis(scenario, {}, None), "flips": []}
    return "\n".join(lines(record))


def test_the_terminal_says_so() -> None:
    assert "100 % (exact)" in _terminal(_certain())
    assert "No strategy meets the requirements" in _terminal(_strict())
