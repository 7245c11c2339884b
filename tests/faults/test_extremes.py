"""The ends of what can be asked: vast and minute costs, no spread, certainty, ties, one draw, ten years."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from distributions.errors import UserError
from distributions.inputs import registry
from sim import Model, Scenario, evaluate, simulate
from sim.results.run import Run
from studies.cli import main

DESIGNS = ("sobol", "lhs", "mc", "aligned")
DRAWS = 20_000
STUDY = {"title": "t", "horizon_months": 12, "compare": ["tuned_hosted", "rag"]}
Array = np.ndarray[Any, np.dtype[np.float64]]


def model(a: Callable[[Array], Array], b: Callable[[Array], Array]) -> Model:
    return Model(
        {"x": {"uniform": {"min": 0.0, "max": 1.0}}}, ("a", "b"), lambda v: {"a": a(v["x"]), "b": b(v["x"])}
    )


def scenario(horizon: int = 12, **inputs: Any) -> Scenario:
    return Scenario.from_dict({"study": {**STUDY, "horizon_months": horizon}, "inputs": inputs})


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for item in value.values():
            yield from numbers(item)
    elif isinstance(value, list):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, float):
        yield value


def sound(run: Run) -> dict[str, Any]:
    """The summary: no number that is none, intervals around their estimates, months in order."""
    summary = run.summary()
    assert all(math.isfinite(number) for number in numbers(summary))
    json.dumps(summary, allow_nan=False, default=str)
    for found in [summary["probability_cheaper"], *summary["probability_cheapest"].values()]:
        low, high = found["ci95"]
        assert 0.0 <= low <= found["estimate"] <= high <= 1.0
    for row in summary["cost"].values():
        quantiles = list(row["quantiles"].values())
        assert quantiles == sorted(quantiles)
    assert run.dataset["cost_mean"].notnull().all()
    return summary


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e15, 1e95])
def test_costs_of_any_size_have_the_same_answer(scale: float, design: str) -> None:
    """a is uniform from 1 to 2 times the scale, b is 1.5 times: P = 1/2, mean 1.5, variance 1/12, EVPI E|a - b|/2."""
    summary = sound(
        simulate(model(lambda x: scale * (1 + x), lambda x: scale * (1.5 + 0 * x)), DRAWS, 1, design)
    )
    # five standard errors of independent draws, the least exact of the designs
    assert summary["probability_cheaper"]["estimate"] == pytest.approx(0.5, abs=5 * 0.5 / math.sqrt(DRAWS))
    cost = summary["cost"]["a"]
    assert cost["mean"] == pytest.approx(1.5 * scale, abs=5 * scale / math.sqrt(12 * DRAWS))
    assert cost["sd"] == pytest.approx(scale / math.sqrt(12.0), rel=0.01)
    assert cost["quantiles"]["0.5"] == pytest.approx(1.5 * scale, rel=0.01)
    assert summary["evpi"] == pytest.approx(0.125 * scale, rel=0.02)


@pytest.mark.parametrize("design", DESIGNS)
def test_costs_of_very_different_size_are_both_exact(design: str) -> None:
    summary = sound(simulate(model(lambda x: 1e-9 + 0 * x, lambda x: 1e15 * (1 + x)), DRAWS, 1, design))
    assert summary["cost"]["a"]["mean"] == pytest.approx(1e-9, rel=1e-12)
    assert summary["probability_cheaper"]["estimate"] == 1.0


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("always", [True, False])
def test_what_happens_always_or_never_keeps_an_interval(always: bool, design: str) -> None:
    """The rule of three: after n draws without an event, 95 % reach from 0 to about 3/n, and never to 0."""
    run = simulate(model(lambda x: x, lambda x: x + (1 if always else -1)), DRAWS, 1, design)
    found = sound(run)["probability_cheaper"]
    low, high = found["ci95"]
    assert found["estimate"] == float(always)
    assert 2.9 / DRAWS < high - low < 5.0 / DRAWS


@pytest.mark.parametrize("design", DESIGNS)
def test_equal_strategies_tie_and_are_worth_no_information(design: str) -> None:
    summary = sound(simulate(model(lambda x: 3 * x, lambda x: x + x + x), DRAWS, 1, design))
    found = summary["probability_cheaper"]
    assert (found["estimate"], found["ties"], summary["evpi"]) == (0.5, 1.0, pytest.approx(0.0, abs=1e-15))


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("draws", [1, 2, 15, 17])
def test_few_draws_claim_little(draws: int, design: str) -> None:
    run = simulate(scenario(), draws, 1, design)
    found = run.probability_cheaper("tuned_hosted", "rag")
    assert (found.ci95 is None) == (draws == 1)
    summary = run.summary()
    assert all(math.isfinite(number) for number in numbers(summary))
    if found.ci95 is not None:
        assert found.ci95[1] - found.ci95[0] > 0.1


def test_ten_years_are_drawn_and_begin_as_one_year_does() -> None:
    long, short = simulate(scenario(120), 4096, 1), simulate(scenario(12), 4096, 1)
    sound(long)
    assert long.dataset.sizes["month"] == 121
    a, b = "tuned_hosted", "rag"
    # Month 12 of ten years is not the end of one: a retrain falls due there that the last month does without.
    for month in range(12):
        assert (
            long.probability_cheaper(a, b, month).estimate == short.probability_cheaper(a, b, month).estimate
        )


@pytest.mark.slow
def test_all_inputs_certain_is_the_one_evaluation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    medians: dict[str, dict[str, float]] = {}
    for key, distribution in scenario().inputs.items():
        group, name = key.split(".")
        medians.setdefault(group, {})[name] = (
            1 if registry()[key].name == "min_replicas" else distribution.median()
        )
    certain = scenario(**medians)
    run, once = simulate(certain, 1000, 1), evaluate(certain)
    summary = run.summary()
    for name, cost in once.cost.items():
        assert summary["cost"][name]["mean"] == pytest.approx(cost, rel=1e-12)
    from distributions.tables.writing import to_toml

    (tmp_path / "certain.toml").write_text(to_toml(certain.tables()))
    arguments = ["run", str(tmp_path / "certain.toml"), "--draws", "1000", "--out", str(tmp_path / "run")]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert " nan" not in out.lower()
    assert main(["run", "--verify", str(tmp_path / "run")]) == 0


@pytest.mark.slow
@pytest.mark.parametrize("queries", [0, 1e-9, 1e15])
def test_no_queries_and_too_many(queries: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = simulate(scenario(workload={"queries_per_month": queries}), 4096, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        summary = run.summary()
        assert run.dataset["cost_mean"].notnull().all()
    assert all(math.isfinite(number) for number in numbers(summary))
    assert (summary["cost_per_query"]["rag"]["mean"] is None) == (queries == 0)
    (tmp_path / "bot.toml").write_text(f"[inputs.workload]\nqueries_per_month = {queries}\n")
    assert main(["run", str(tmp_path / "bot.toml"), "--draws", "2000", "--out", str(tmp_path / "run")]) == 0
    out = capsys.readouterr().out
    assert "not a number" not in out
    assert ("no queries" in out) == (queries == 0)


VAST = {"price": {"input": 1e30}, "tokens": {"question": 1e30}}


@pytest.mark.parametrize(
    "inputs",
    [
        {**VAST, "workload": {"queries_per_month": 1e30, "annual_growth": 1e30}},
        {
            **VAST,
            "workload": {
                "queries_per_month": {"lognormal": {"median": 1e29, "sigma": 7}},
                "annual_growth": 1e9,
            },
        },
    ],
    ids=["all draws", "some draws"],
)
def test_costs_that_cannot_be_counted_with_are_refused(
    inputs: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UserError, match=r"too large to count with; allowed: below 1e\+100"):
        simulate(scenario(**inputs), DRAWS)
    from distributions.tables.writing import to_toml

    (tmp_path / "bot.toml").write_text(to_toml({"inputs": inputs}))
    assert main(["run", str(tmp_path / "bot.toml"), "--draws", "20000", "--out", str(tmp_path / "run")]) == 2
    found = capsys.readouterr()
    assert (found.out, found.err.count("\n")) == ("", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["bot.toml"]


def test_a_models_outputs_that_overflow_are_refused() -> None:
    with pytest.raises(UserError, match="too large to count with"):
        simulate(model(lambda x: np.exp(700 * x), lambda x: 0 * x), DRAWS)


@pytest.mark.parametrize(
    "spec",
    [
        {"uniform": {"min": 2, "max": 2}}, {"triangular": {"min": 2, "mode": 2, "max": 2}},
        {"pert": {"min": 2, "mode": 2, "max": 2}}, {"normal": {"mean": 2, "sd": 0}},
        {"lognormal": {"median": 2, "sigma": 0}}, {"lognormal": {"p10": 2, "p90": 2}},
        {"discrete": {"values": [2, 3], "weights": [1, 0]}}, {"quantiles": {"p10": 2, "p90": 2}},
    ],
    ids=str,
)  # fmt: skip
def test_a_distribution_without_spread_is_refused_with_the_way_out(spec: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"price\.input") as found:
        scenario(price={"input": spec})
    assert len(found.value.faults) == 1
    assert simulate(scenario(price={"input": 2}), 64).draws == 64
