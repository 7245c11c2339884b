"""A run of totals: the bits of a full run, without its months."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from distributions.errors import UserError
from distributions.sampling.jit import BLOCK
from sim import Model, Scenario, simulate
from sim.draws.job import CostEvaluator
from sim.kernel.months import discount_factors
from sim.kernel.reductions import BINS, Measure, add_histogram
from sim.results.run import Run

TIED = {"inputs": ["price.input", "workload.queries_per_month"], "rank_correlation": 0.5}


def scenario(horizon: int = 7, **tables: Any) -> Scenario:
    study = {
        "title": "t", "horizon_months": horizon, "discount_rate": 0.08, "compare": ["tuned_hosted", "rag"],
    }  # fmt: skip
    return Scenario.from_dict({"study": study, **tables})


def same(totals: Run, full: Run) -> None:
    """Every count and sum that a run of totals has is the full run's, to the last bit."""
    ours, theirs = totals.tally, full.tally
    np.testing.assert_array_equal(ours.moments.mean, theirs.moments.mean)
    np.testing.assert_array_equal(ours.moments.m2, theirs.moments.m2)
    np.testing.assert_array_equal(ours.extremes, theirs.extremes)
    np.testing.assert_array_equal(ours.less[:, 0], theirs.less[:, -1])
    np.testing.assert_array_equal(ours.equal[:, 0], theirs.equal[:, -1])
    np.testing.assert_array_equal(ours.cheapest[:, 0], theirs.cheapest[:, -1])
    np.testing.assert_array_equal(ours.draws, theirs.draws)


@pytest.mark.parametrize("design", ["mc", "sobol", "lhs", "aligned"])
@pytest.mark.parametrize("draws", [1, 17, 300, 20_003])
def test_totals_are_those_of_a_full_run_to_the_last_bit(design: str, draws: int) -> None:
    subject = scenario(dependence=[TIED], inputs={"quality": {"cost_per_error": 0.02}})
    same(simulate(subject, draws, 5, design, totals=True), simulate(subject, draws, 5, design))


@pytest.mark.parametrize("horizon", [1, 2, 120])
def test_whatever_the_horizon(horizon: int) -> None:
    subject = scenario(horizon)
    totals, full = simulate(subject, 5000, 5, totals=True), simulate(subject, 5000, 5)
    same(totals, full)
    a, b = subject.compare
    assert totals.probability_cheaper(a, b) == full.probability_cheaper(a, b)
    assert totals.probability_cheapest(a) == full.probability_cheapest(a)
    assert totals.mean_difference().mcse == full.mean_difference().mcse
    assert totals.evpi == full.evpi


def test_whatever_the_threads_and_the_way_of_sampling() -> None:
    # a value with a probability of its own beside a density has no recipe: it goes through the exact ppf
    parts = [{"uniform": {"min": 2.0, "max": 4.0}}, 3.0]
    by_ppf = {"price": {"input": {"mixture": {"parts": parts, "weights": [0.5, 0.5]}}}}
    for subject in (scenario(), scenario(inputs=by_ppf)):
        one, two = (simulate(subject, 40_000, 3, threads=t, totals=True) for t in (1, 2))
        same(one, simulate(subject, 40_000, 3))
        same(two, one)


def test_requirements_and_a_users_model_count_the_same() -> None:
    choosy = scenario(requirements={"citations": True})
    same(simulate(choosy, 3000, 1, totals=True), simulate(choosy, 3000, 1))
    model = Model(
        {"x": {"normal": {"mean": 0.0, "sd": 1.0}}}, ("a", "b"), lambda v: {"a": v["x"], "b": 0.1 * v["x"]}
    )
    same(simulate(model, 3000, 1, totals=True), simulate(model, 3000, 1))


def test_a_tolerance_is_drawn_to_as_in_a_full_run() -> None:
    totals, full = (simulate(scenario(), tolerance=0.003, totals=flag) for flag in (True, False))
    assert totals.draws == full.draws
    same(totals, full)


NEEDS_ALL: list[Callable[[Run], Any]] = [
    lambda run: run.probability_cheaper("tuned_hosted", "rag", 3),
    lambda run: run.probability_cheapest("rag", 0),
    lambda run: run.breakeven("tuned_hosted", "rag"),
    lambda run: run.breakdown(),
    lambda run: run.difference(),
    lambda run: run.dataset,
    lambda run: run.summary(),
]


@pytest.mark.parametrize("ask", NEEDS_ALL)
def test_what_was_not_counted_is_refused(ask: Callable[[Run], Any]) -> None:
    run = simulate(scenario(), 500, 1, totals=True)
    with pytest.raises(UserError, match="over the whole horizon alone"):
        ask(run)


def test_draws_are_not_kept() -> None:
    with pytest.raises(UserError, match="not kept"):
        simulate(scenario(), 500, 1, keep=500, totals=True)


def test_last_month_is_the_total_and_the_sum_of_its_lines() -> None:
    subject = scenario(36, inputs={"quality": {"cost_per_error": 0.02}})
    values = simulate(subject, BLOCK + 7, 2).sample_values
    costs = CostEvaluator(subject.program, discount_factors(36, 0.08))
    by_month, queries = costs.costs(values)
    total, again = costs.costs(values, every_month=False)
    np.testing.assert_array_equal(by_month[:, -1], total[:, 0])
    np.testing.assert_array_equal(queries, again)
    # the same money added up month by month: some thousand roundings of a share of 1e-16
    steps = np.diff(by_month, axis=1)
    assert np.all(steps[:, -1] > 0.0)
    np.testing.assert_allclose(by_month[:, 0] + steps.sum(axis=1), total[:, 0], rtol=1e-12)
    assert values.shape[0] == len(subject.inputs)
    assert total.shape[0] == len(subject.strategies)


@pytest.mark.parametrize("odd", [np.nan, -np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_counted_within_its_row(odd: float) -> None:
    row = np.zeros(BLOCK)
    row[:3] = np.copysign(odd, -1.0), odd, -odd
    counts = np.zeros((3, BINS), dtype=np.int64)
    rows, keys = np.concatenate([row, np.ones(BLOCK), np.zeros(BLOCK)]), np.zeros(BLOCK, dtype=np.int64)
    add_histogram(rows, Measure(0, BLOCK, 2 * BLOCK), BLOCK, 0.0, 1.0, keys, counts.reshape(-1), BINS, False)
    assert counts[1].sum() == BLOCK
    assert not counts[[0, 2]].any()
