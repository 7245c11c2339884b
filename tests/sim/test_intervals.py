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


def _cost() -> Model:
    cost = {"lognormal": {"median": 50_000.0, "sigma": SIGMA}}
    return Model({"x": cost}, ("y",), lambda values: {"y": values["x"]})


def _tail_mean(level: float) -> float:
    z = stats.norm.ppf(level)
    return float(LAW.mean() * stats.norm.sf(z - SIGMA) / (1.0 - level))


@pytest.mark.parametrize("design", ["mc", "sobol", "lhs"])
def test_means_quantiles_and_tails_of_a_skewed_cost(design: str) -> None:
    held: dict[str, int] = {}
    for seed in range(SEEDS):
        row = simulate(_cost(), 4096, seed, design, threads=1).measure(0, levels=[0.05, 0.5, 0.95])
        ends = {
            "mean": (row["ci95"], LAW.mean()),
            "cvar95": (row["cvar95_ci95"], _tail_mean(0.95)),
            **{
                f"p{100 * p:g}": (row["quantiles_ci95"][k], LAW.ppf(p))
                for k, p in enumerate((0.05, 0.5, 0.95))
            },
        }
        for name, ((low, high), truth) in ends.items():
            held[name] = held.get(name, 0) + bool(low <= truth <= high)
    assert min(held.values()) >= LEAST, held
    if design == "mc":
        assert max(held.values()) <= QUANTILE_MOST, held


def test_a_quantile_beyond_the_draws_has_no_end() -> None:
    row = simulate(_cost(), 100, 1, "mc").measure(0, levels=[0.01, 0.5, 0.99])
    missing = np.isnan(row["quantiles_ci95"])
    # 0.99^100 = 0.37: all hundred draws may well lie below the 99 % quantile
    np.testing.assert_array_equal(missing, [[True, False], [False, False], [False, True]])


def _equal(compare: list[str], inputs: dict[str, Any]) -> Scenario:
    study = {"title": "t", "horizon_months": 12, "discount_rate": 0.08, "compare": compare}
    return Scenario.from_dict({"study": study, "inputs": inputs})


FREE_TUNING = {
    "tokens": {"system": 801.3, "examples": 1200.7, "tuned_system": 2002.0},
    "price": {
        "input": 0.3, "output": 1.1, "tuned_input": 0.3, "tuned_output": 1.1, "tuned_premium": 0.0, "training": 0.0,
    },
    "tune": {"curation_weeks": 0.0, "eval_weeks": 0.0, "pipeline_weeks": 0.0, "hosting_monthly": 0.0},
    "prompt": {"setup_weeks": 0.0},
}  # fmt: skip
NO_TUNING = {
    **FREE_TUNING,
    "tokens": {"system": 801.3, "tuned_system": 801.3},
    "hybrid": {"tuning_share": 0.0, "fallback_rate": 0.0},
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
        assert run.breakeven(*pair)[0] == 1.0
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
