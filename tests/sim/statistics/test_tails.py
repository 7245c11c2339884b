"""Means that rest on a few draws are found, and others are not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim import Model, simulate
from sim.statistics import tails

N = 20_000


def _model(distribution: dict[str, Any]) -> Model:
    return Model({"x": distribution}, ("a", "b"), lambda v: {"a": v["x"], "b": np.full_like(v["x"], 2.0)})


def _warned(distribution: dict[str, Any], draws: int, seed: int, design: str) -> set[str]:
    found = simulate(_model(distribution), draws, seed, design, threads=1).tail_warnings
    return {warning.quantity for warning in found if warning.quantity != "cost_per_query"}


@pytest.mark.parametrize("design", ["mc", "sobol", "lhs"])
@pytest.mark.parametrize(
    "distribution",
    [
        {"lognormal": {"p05": 1e-3, "p95": 1e3}},
        {"lognormal": {"median": 1.0, "sigma": 3.0}},
        {"lognormal": {"median": 1.0, "sigma": 2.0}},
    ],
    ids=["six decades", "sigma 3", "sigma 2"],
)
def test_a_mean_that_a_few_draws_carry_is_warned_of(distribution: dict[str, Any], design: str) -> None:
    for seed in range(5):
        # b costs 2: which of the two is the better choice, and so whose regret EVPI is, the draws may get wrong
        assert _warned(distribution, 4096, seed, design) - {"evpi"} == {"cost", "difference"}


@pytest.mark.parametrize(
    "distribution",
    [
        {"normal": {"mean": 3.0, "sd": 1.0}},
        {"uniform": {"min": 0.0, "max": 5.0}},
        {"lognormal": {"median": 2.0, "sigma": 0.6}},
        {"gamma": {"mean": 2.0, "sd": 2.0}},
    ],
    ids=["normal", "uniform", "lognormal", "exponential"],
)
@pytest.mark.parametrize("draws", [1, 50, 1000, 20_001])
def test_an_ordinary_mean_is_not_warned_of(distribution: dict[str, Any], draws: int) -> None:
    assert not any(
        _warned(distribution, draws, seed, design) for seed in range(3) for design in ("mc", "sobol")
    )


def test_evpi_of_a_heavy_tail_is_warned_of() -> None:
    cost = {"lognormal": {"median": 1.0, "sigma": 2.0}}
    model = Model({"x": cost}, ("a", "b"), lambda v: {"a": v["x"], "b": np.full_like(v["x"], 20.0)})
    found = simulate(model, 4096, 1, "mc").tail_warnings
    assert ("evpi", "a") in {(warning.quantity, warning.strategy) for warning in found}


@pytest.mark.parametrize("shape", [0.3, 0.7, 1.1])
def test_the_pareto_shape_is_that_of_the_tail(shape: float) -> None:
    values = stats.genpareto(shape).rvs(N, random_state=np.random.default_rng(3))
    # of the 424 outermost draws; a fitted shape k has about the standard error (1 + k) / sqrt(424)
    found = tails.of_draws(values)
    assert found.pareto_k == pytest.approx(shape, abs=4.0 * (1.0 + shape) / math.sqrt(424))
    mirrored = tails.of_draws(-values)
    assert mirrored.pareto_k == pytest.approx(found.pareto_k, rel=1e-9)


def test_bins_say_what_the_draws_do() -> None:
    run = simulate(_model({"lognormal": {"median": 1.0, "sigma": 1.5}}), 16_384, 2, "mc", keep=16_384)
    tally = run.tally
    binned = tails.of_histogram(
        tally.counts[0], tally.edges(0), tally.extremes[0], run.mean("cost", "a").value
    )
    whole = tails.of_draws(run.sample_costs[0])
    assert binned.largest_share == pytest.approx(whole.largest_share, rel=1e-3)
    assert binned.pareto_k == pytest.approx(whole.pareto_k, abs=0.02)


def test_levels_are_no_tail() -> None:
    # fifty draws of 100 among a hundred thousand: heavy to look at, and yet all of it is seen
    values = np.repeat([1.0, 10.0, 100.0], [98_000, 1_950, 50])
    assert tails.of_draws(values).pareto_k is None
    assert not tails.of_draws(values).heavy
    assert not tails.of_draws(np.full(1000, 3.0)).heavy
    assert not tails.of_draws(np.zeros(1000)).heavy
