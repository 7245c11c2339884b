"""Every two strategies against each other: counted draw by draw, said in words, and shown as numbers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import xarray as xr

from sim import Run, Scenario, simulate
from studies.probability_of_cheaper.figures import draw
from studies.probability_of_cheaper.pairs_text import leader
from tests.studies.synthetic import synthetic_run

OWN = {
    "rag_small": {"like": "rag", "model": "small"},
    "a_copy": {"like": "rag"},
    "dear": {"like": "prompt", "inputs": {"price": {"input": 1000.0}}},
}


def scenario(compare: tuple[str, str], strategies: tuple[str, ...]) -> Scenario:
    study = {"title": "t", "horizon_months": 3, "compare": list(compare), "strategies": list(strategies)}
    return Scenario.from_dict({"study": study, "strategy": OWN})


@pytest.fixture(scope="module")
def run() -> Run:
    return simulate(scenario(("rag", "prompt"), ("prompt", "rag", "tuned_hosted", *OWN)), 5000, 3, keep=5000)


def test_the_matrix_is_what_the_draws_say_one_by_one(run: Run) -> None:
    costs = dict(zip(run.strategies, run.sample_costs, strict=True))
    found = run.summary()["pairs"]
    assert list(found) == list(run.strategies)
    for a, b in itertools.permutations(run.strategies, 2):
        equal = np.abs(costs[a] - costs[b]) <= 1e-12 * costs[a]
        said = found[a][b]
        assert said["estimate"] == pytest.approx(
            np.mean(((costs[a] < costs[b]) & ~equal) + 0.5 * equal), abs=1e-15
        )
        assert said["ties"] == np.mean(equal)
        assert said["ci95"][0] <= said["estimate"] <= said["ci95"][1]
        assert said["estimate"] + found[b][a]["estimate"] == pytest.approx(1.0, abs=1e-15)
    assert found["rag"]["a_copy"] == {"estimate": 0.5, "ci95": [0.5, 0.5], "ties": 1.0}
    assert found["prompt"]["dear"]["estimate"] == 1.0


def test_the_matrix_holds_what_is_said_of_each_pair(run: Run) -> None:
    for a, row in run.probabilities_cheaper().items():
        for b, chance in row.items():
            assert chance == run.probability_cheaper(a, b)
            there = run.dataset["probability_cheaper"].sel(strategy=a, other=b)
            assert float(there) == pytest.approx(chance.estimate, abs=1e-15)


def test_in_another_order_the_matrix_is_the_same() -> None:
    names = ("prompt", "rag", "tuned_hosted", *OWN)
    one, other = (
        simulate(scenario(compare, chosen), 5000, 3, totals=True).probabilities_cheaper()
        for compare, chosen in ((("rag", "prompt"), names), (("dear", "rag_small"), names[::-1]))
    )
    assert one == other


def test_the_leader_is_who_is_ahead_of_everybody() -> None:
    shares = {("a", "b"): 0.9, ("a", "c"): 0.6, ("b", "c"): 0.7}

    def chance(a: str, b: str) -> tuple[float, tuple[float, float]]:
        share = shares[a, b] if (a, b) in shares else 1.0 - shares[b, a]
        return share, (share - 0.01, share + 0.01)

    assert leader("abc", chance) == (
        "A is the likelier to cost less against each other of the 3 strategies, least surely against C: 60 %"
    )
    assert leader("cb", chance) == "B costs less than C with probability 70 %"
    shares["a", "c"] = 0.4
    assert (
        leader("abc", chance) == "None of the 3 strategies is the likelier to cost less against every other"
    )
    shares["b", "c"] = 0.5
    assert leader("bc", chance) == "B and C are as likely to cost less than the other"


def matrix_of(count: int) -> xr.Dataset:
    """As of a run of so many strategies, each of which is the likelier against those after it."""
    names = [f"strategy_with_a_rather_long_name_{k}" for k in range(count)]
    share = np.array(
        [[0.5 + 0.5 * np.sign(b - a) * abs(b - a) / count for b in range(count)] for a in range(count)]
    )
    return xr.Dataset(
        {
            "probability_cheaper": (("strategy", "other"), share),
            "probability_cheaper_ci": (("strategy", "other", "ci_bound"), np.stack([share, share], axis=-1)),
            "cost_mean": (("strategy",), np.arange(count, dtype=float)),
        },
        coords={"strategy": names, "other": names},
        attrs={**synthetic_run().attrs, "compare_a": names[0], "compare_b": names[1], "eligible": names},
    )


@pytest.mark.parametrize("count", [2, 5, 24])
def test_the_map_has_a_number_in_every_cell_and_keeps_within_its_figure(count: int) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = draw("pairs", matrix_of(count))
    axes = figure.axes[0]
    assert len(axes.texts) == count**2
    assert [item.get_text() for item in axes.texts].count("–") == count
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    wide = axes.get_window_extent(renderer).width / count
    for item in axes.texts:
        assert item.get_window_extent(renderer).width < wide
    page = figure.bbox
    for item in [
        *axes.texts,
        *axes.get_xticklabels(),
        *axes.get_yticklabels(),
        axes.yaxis.label,
        axes.xaxis.label,
    ]:
        box = item.get_window_extent(renderer)
        assert min(box.x0 - page.x0, page.x1 - box.x1, box.y0 - page.y0, page.y1 - box.y1) >= 0, item
    last = max(box.get_window_extent(renderer).x0 for box in axes.get_yticklabels())
    assert axes.yaxis.label.get_window_extent(renderer).x1 < last
