"""Intervals hold the truth as often as they say, where the truth is known; ties are ties."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from sim import Model, Scenario, simulate

SEEDS = 200
LEAST = 179
"""0.05 % point of Binomial(200, 0.95): a false alarm once in two thousand."""
SIGMA = 0.6
LAW = stats.lognorm(SIGMA, scale=50_000.0)
QUANTILE_MOST = 198
MOST = 199
"""99.96 % point of Binomial(200, 0.95)."""


def _cost() -> Model:
    cost = {"lognormal": {"median": 50_000.0, "sigma": SIGMA}}
    return Model({"x": cost}, ("y",), lambda values: {"y": values["x"]})


def _tail_mean(level: float) -> float:
    z = stats.norm.ppf(level)
    return float(LAW.mean() * stats.norm.sf(z - SIGMA) / (1.0 - level))


@pytest.mark.slow
@pytest.mark.parametrize("design", ["mc", "sobol", "lhs"])
def test_means_quantiles_and_tails_of_a_skewed_cost(design: str) -> None:
    held: dict[str, int] = {}
    for seed in range(SEEDS):
        row = simulate(_cost(), 4096, seed, design, threads=1).measure("cost", "y", levels=[0.05, 0.5, 0.95])
        ends = {
            "mean": (row.ci95, LAW.mean()),
            "cvar95": (row.cvar95_ci95, _tail_mean(0.95)),
            **{f"p{100 * p:g}": (row.quantiles_ci95[k], LAW.ppf(p)) for k, p in enumerate((0.05, 0.5, 0.95))},
        }
        for name, ((low, high), truth) in ends.items():
            held[name] = held.get(name, 0) + bool(low <= truth <= high)
    assert min(held.values()) >= LEAST, held
    if design == "mc":
        assert max(held.values()) <= QUANTILE_MOST, held


def _two() -> Model:
    inputs = {name: {"lognormal": {"median": 1.0, "sigma": 0.5}} for name in ("x", "y")}
    return Model(inputs, ("z",), lambda values: {"z": values["x"] * values["y"]})


@pytest.mark.slow
@pytest.mark.parametrize(("design", "draws"), [("sobol", 4096), ("lhs", 4096)])
def test_quantiles_and_tails_of_even_points_have_intervals_of_their_own(design: str, draws: int) -> None:
    """Of two inputs, in which points are far more even than independent ones: neither missed nor always held."""
    distribution, levels = stats.lognorm(0.5 * math.sqrt(2.0)), [0.05, 0.25, 0.5, 0.75, 0.95]
    z = stats.norm.ppf(0.95)
    tail = distribution.mean() * stats.norm.sf(z - 0.5 * math.sqrt(2.0)) / 0.05
    held, widths = np.zeros(6), np.zeros(6)
    for seed in range(SEEDS):
        row = simulate(_two(), draws, seed, design, threads=1).measure("cost", "z", levels=levels)
        ends = np.vstack([row.quantiles_ci95, row.cvar95_ci95])
        truth = np.append(distribution.ppf(levels), tail)
        held += (ends[:, 0] <= truth) & (truth <= ends[:, 1])
        widths += ends[:, 1] - ends[:, 0]
    assert held.min() >= LEAST, held
    assert held.mean() <= MOST, held
    independent = (
        2
        * 1.96
        * np.sqrt(np.multiply(levels, 1.0 - np.array(levels)) / draws)
        / distribution.pdf(distribution.ppf(levels))
    )
    assert np.all(widths[1:4] / SEEDS < 0.75 * independent[1:4]), widths[:5] / SEEDS / independent


def test_intervals_of_a_difference_the_other_way_are_turned_about() -> None:
    def costs(values: Any) -> dict[str, Any]:
        return {"a": values["x"], "b": values["y"] ** 2}

    distributions = {name: {"lognormal": {"median": 1.0, "sigma": 0.5}} for name in ("x", "y")}
    minus, plus = (Model(distributions, order, costs) for order in (("a", "b"), ("b", "a")))
    one, other = simulate(minus, 4096, 7), simulate(plus, 4096, 7)
    found, turned = one.difference("b", "a"), other.difference("b", "a")
    # the histograms of the two runs are each other's mirror image but for edges, within 0.1 % of the distance; errors
    # are taken near the quantiles of a pilot, which differ by a draw
    size = found.sd
    for name in ("quantiles", "cvar95"):
        np.testing.assert_allclose(getattr(found, name), getattr(turned, name), atol=4e-3 * size)
        here, there = (np.array(getattr(one, f"{name}_ci95")) for one in (found, turned))
        assert np.all(np.abs(here - there) < 0.15 * np.diff(here, axis=-1) + 4e-3 * size)


@pytest.mark.slow
def test_means_of_a_heavy_cost_are_held_as_often_as_said() -> None:
    """A lognormal of sigma 2, whose means independent draws leave skewed: 90 % without a correction."""
    distribution = stats.lognorm(2.0)
    model = Model(
        {"x": {"lognormal": {"median": 1.0, "sigma": 2.0}}}, ("y",), lambda values: {"y": values["x"]}
    )
    held = warned = 0
    for seed in range(SEEDS):
        run = simulate(model, 4096, seed, "mc", threads=1)
        low, high = run.mean("cost", "y").ci95
        held += bool(low <= distribution.mean() <= high)
        warned += bool(run.tail_warnings)
    assert held >= LEAST, held
    assert warned == SEEDS, "one draw is some 4 % of the sum"


def test_replicates_that_agree_by_chance_leave_a_width() -> None:
    """Of one even input each replicate has as many draws below a half as any other; that makes 0.50001 no 0.5."""
    distributions = {"x": {"uniform": {"min": 0.0, "max": 1.0}}}
    model = Model(distributions, ("a", "b"), lambda v: {"a": v["x"], "b": np.full_like(v["x"], 0.50001)})
    for seed in range(20):
        low, high = simulate(model, 4096, seed, threads=1).probability_cheaper("a", "b").ci95 or (1.0, 0.0)
        assert low < 0.50001 < high < low + 0.002


def test_a_quantile_beyond_the_draws_has_no_end() -> None:
    row = simulate(_cost(), 100, 1, "mc").measure("cost", "y", levels=[0.01, 0.5, 0.99])
    missing = np.isnan(row.quantiles_ci95)
    # 0.99^100 = 0.37: all hundred draws may well lie below the 99 % quantile
    np.testing.assert_array_equal(missing, [[True, False], [False, False], [False, True]])


def _equal(compare: list[str], inputs: dict[str, Any]) -> Scenario:
    study = {"title": "t", "horizon_months": 12, "discount_rate": 0.08, "compare": compare}
    return Scenario.from_dict({"study": study, "inputs": inputs})


FREE_TUNING = {
    "tokens": {"system": 801.3, "examples": 1200.7, "tuned_system": 2002.0},
    "price": {
        "input": 0.3, "output": 1.1, "small_input": 0.3, "small_output": 1.1, "tuned_premium": 0.0, "training": 0.0,
    },
    "tune": {"curation_weeks": 0.0, "pipeline_weeks": 0.0, "hosting_monthly": 0.0},
    "eval": {"weeks": 0.0},
    "prompt": {"setup_weeks": 0.0},
}  # fmt: skip
NO_TUNING = {
    **FREE_TUNING,
    "tokens": {"system": 801.3, "tuned_system": 801.3},
    "tune": {**FREE_TUNING["tune"], "share_with_retrieval": 0.0},
    "fallback": {"rate": 0.0},
}


@pytest.mark.parametrize("error", [0.0, 0.013, {"uniform": {"min": 0.001, "max": 0.02}}])
@pytest.mark.parametrize(
    ("compare", "inputs"),
    [(["tuned_hosted", "prompt"], FREE_TUNING), (["hybrid", "rag"], NO_TUNING)],
)
def test_strategies_that_inputs_make_equal_tie(
    compare: list[str], inputs: dict[str, Any], error: Any
) -> None:
    right = {f"accuracy_{name}": 0.83 for name in ("prompt", "rag", "tuned", "hybrid")}
    scenario = _equal(
        compare, {**inputs, "quality": {**right, "loss_per_quarter": 0.0, "cost_per_error": error}}
    )
    # 20,001 draws end in a part of a tile
    run = simulate(scenario, 20_001, 1, eligible=compare)
    for pair in (compare, compare[::-1]):
        found = run.probability_cheaper(*pair)
        assert (found.estimate, found.ties, found.ci95) == (0.5, 1.0, (0.5, 0.5))
        assert run.breakeven(*pair).by_month[0] == 1.0
    assert [run.probability_cheapest(name).estimate for name in compare] == [0.5, 0.5]


def test_a_millionth_of_a_cent_is_a_difference() -> None:
    def costs(values: Any) -> dict[str, Any]:
        return {"a": values["x"] * (1 - 1e-11), "b": values["x"], "c": values["x"] * (1 - 1e-13)}

    run = simulate(Model({"x": {"uniform": {"min": -2.0, "max": -1.0}}}, ("a", "b", "c"), costs), 1000, 1)
    # of negative numbers the one nearer to zero is the greater
    assert run.probability_cheaper("a", "b").estimate == 0.0
    assert run.probability_cheaper("b", "a").estimate == 1.0
    assert run.probability_cheaper("b", "c").ties == 1.0
    assert math.isclose(run.probability_cheapest("b").estimate, 0.5)
