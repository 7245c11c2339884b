"""Quantiles by month end in those of the whole run, wherever they are shown."""

from __future__ import annotations

import numpy as np
import pytest

from distributions import text
from sim import Scenario, simulate
from sim.results.numbers import BAND
from sim.results.run import Run
from studies.probability_of_cheaper import figures
from studies.shared.names import label
from studies.web import answers
from tests.command import ROOT

SCENARIO = ROOT / "studies" / "scenarios" / "support_bot.toml"
DRAWS = 50_000


@pytest.fixture(scope="module")
def run() -> Run:
    return simulate(Scenario.load(SCENARIO), DRAWS, 3)


def test_the_last_month_has_the_quantiles_of_the_whole_run(run: Run) -> None:
    data = run.dataset
    last, whole = (
        data["cumulative_cost_quantile"].isel(month=-1),
        data["cost_quantile"].sel(quantile=list(BAND)),
    )
    np.testing.assert_array_equal(last, whole)
    spent = data["cumulative_cost_quantile"].diff("month")
    assert (spent >= 0).all(), "nothing spent comes back"
    shown, head = answers.curves(run), answers.headline(run, run.scenario)
    for name in run.strategies:
        assert shown.months[name][-1][1] == head.costs[name][1]


def test_months_before_the_last_are_nearer_to_those_of_all_draws(run: Run) -> None:
    first = run.first
    costs, _ = first.evaluator.costs(first.sampler.draw(0, DRAWS, first.sampler.scratch()))
    rows = [run.positions[name] for name in run.strategies]
    exact, kept = (np.quantile(spent[rows], BAND, axis=-1) for spent in (costs, run.sample_cumulative))
    found = np.moveaxis(run.cumulative_quantiles(), -1, 0)
    later = np.s_[:, :, run.horizon // 2 :]
    assert np.abs(found / exact - 1)[later].mean() < 0.5 * np.abs(kept / exact - 1)[later].mean()


@pytest.mark.parametrize("draws", [1, 2, 100])
def test_few_draws_tie_too(draws: int) -> None:
    data = simulate(Scenario.load(SCENARIO), draws, 3).dataset
    last, whole = (
        data["cumulative_cost_quantile"].isel(month=-1),
        data["cost_quantile"].sel(quantile=list(BAND)),
    )
    np.testing.assert_array_equal(last, whole)


def test_figure_and_table_say_the_same_median(run: Run) -> None:
    figure = figures.draw("cumulative_cost", run.dataset)
    shown = {found.get_text() for axes in figure.axes for found in axes.texts}
    for name, cost in run.summary()["cost"].items():
        assert f"{label(name)} {text.money(cost['quantiles']['0.5'])}" in shown


def test_regret_is_nothing_as_often_as_a_strategy_is_the_cheapest() -> None:
    study = {"horizon_months": 3, "compare": ["rag", "few"], "strategies": ["rag", "few"]}
    cheap = {"few": {"like": "rag", "inputs": {"price": {"input": {"uniform": {"min": 0.1, "max": 1.1}}}}}}
    run = simulate(Scenario.from_dict({"study": study, "strategy": cheap}), 16_384, 5, keep=16_384)
    costs = run.sample_costs
    for name in study["strategies"]:
        regret = costs[run.positions[name]] - costs.min(axis=0)
        levels = [0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.97, 0.99]
        nothing = np.mean(regret == 0.0)
        assert 0.01 < nothing < 0.999
        found = run.quantiles("regret", name, levels)
        np.testing.assert_array_equal(found[np.array(levels) < nothing - 1e-3], 0.0)
        exact = np.quantile(regret, levels)
        # bins grow with the distance from the centre by a thousandth of it
        np.testing.assert_allclose(found, exact, rtol=0.01, atol=2e-3 * np.median(regret[regret > 0.0]))
