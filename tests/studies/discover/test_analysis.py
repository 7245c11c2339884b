"""Scenario discovery on planted boxes, on noise, and on a scenario; its figures counted again by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from distributions.errors import UserError
from sim import Scenario
from studies.cli import main
from studies.discover import analysis as discovery
from studies.discover import figure as figure_of
from studies.discover import prim
from studies.discover.boxes import by_chance, rounded
from studies.discover.record import Discovery
from studies.shared import style

N = 20_000


def inputs(rng: np.random.Generator, count: int = 8) -> dict[str, np.ndarray]:
    found = {f"x{k}": rng.random(N) for k in range(count)}
    return {**found, "cards": rng.integers(1, 5, N).astype(float)}


def planted(seed: int = 3) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Wins in 95 % of x0 > 0.6, 0.2 < x1 < 0.7, cards ≥ 3, and in 5 % elsewhere."""
    rng = np.random.default_rng(seed)
    x = inputs(rng)
    inside = (x["x0"] > 0.6) & (x["x1"] > 0.2) & (x["x1"] < 0.7) & (x["cards"] >= 3)
    return x, (rng.random(N) < np.where(inside, 0.95, 0.05)).astype(float)


@pytest.fixture(scope="module")
def found() -> Discovery:
    return discovery.search_boxes(*planted())


def limits(found: Discovery, name: str, box: int = 0) -> tuple[float, float]:
    (limit,) = (limit for limit in found.boxes[box].limits if found.inputs[limit.row] == name)
    return limit.low, limit.high


def restricted(found: Discovery) -> set[str]:
    return {found.inputs[limit.row] for limit in found.boxes[0].limits}


def test_a_planted_box_is_found(found: Discovery) -> None:
    """Limits within two peels of the planted ones: a peel takes 5 % of the box, and a target of 90 % lets some in."""
    assert restricted(found) == {"x0", "x1", "cards"}
    assert limits(found, "x0")[0] == pytest.approx(0.6, abs=0.04)
    assert math.isnan(limits(found, "x0")[1])
    assert limits(found, "x1") == (pytest.approx(0.2, abs=0.05), pytest.approx(0.7, abs=0.05))
    assert limits(found, "cards")[0] == 3
    assert found.target_reached


def test_its_figures_are_counts_on_the_half_that_took_no_part(found: Discovery) -> None:
    x, wins = planted()
    kept = {name: values[1::2] for name, values in x.items()}
    inside = np.ones(N // 2, dtype=bool)
    for name in restricted(found):
        low, high = limits(found, name)
        of = kept[name]
        inside &= ~(of < low) & ~(of > high)
    y = wins[1::2]
    box = found.boxes[0]
    assert box.density.estimate == pytest.approx(y[inside].mean(), rel=1e-12)
    assert box.coverage.estimate == pytest.approx(y[inside].sum() / y.sum(), rel=1e-12)
    assert box.share.estimate == pytest.approx(inside.mean(), rel=1e-12)
    low, high = box.density.ci95
    p, n = y[inside].mean(), inside.sum()
    assert high - low == pytest.approx(2 * 1.96 * math.sqrt(p * (1 - p) / n), rel=0.02)


def test_each_restriction_carries_its_quasi_p(found: Discovery) -> None:
    """Binomial, against the box without the restriction: far below a thousandth for planted ones."""
    rows = [limit.row for limit in found.boxes[0].limits]
    data = found.to_dataset()
    assert (data["quasi_p"][0].values[rows] < 1e-9).all()
    assert np.isnan(np.delete(data["quasi_p"][0].values, rows)).all()
    # 8 wins of 10 where the wider box has 1 of 2: P(Binomial(10, 1/2) >= 8) = 56 / 1024
    inside, wider = np.repeat([1.0, 0.0], [8, 2]), np.repeat([1.0, 0.0], [50, 50])
    assert by_chance(inside, wider) == pytest.approx(56 / 1024, rel=1e-12)


@pytest.mark.slow
def test_two_planted_boxes_are_found_one_after_the_other() -> None:
    rng = np.random.default_rng(8)
    x = inputs(rng)
    first = (x["x0"] > 0.7) & (x["x1"] > 0.3)
    second = (x["x2"] < 0.2) & (x["x0"] < 0.6)
    wins = (rng.random(N) < np.where(first | second, 0.98, 0.02)).astype(float)
    data = discovery.search_boxes(x, wins)
    assert len(data.boxes) == 2
    assert limits(data, "x0", 0)[0] == pytest.approx(0.7, abs=0.04)
    assert limits(data, "x2", 1)[1] == pytest.approx(0.2, abs=0.04)
    coverages = [box.coverage.estimate for box in data.boxes]
    assert data.together["coverage"] == pytest.approx(sum(coverages), rel=1e-12)
    assert discovery.find(x, wins, boxes=1).sizes["box"] == 1


def corners(x: dict[str, np.ndarray]) -> np.ndarray:
    return ((x["x0"] < 0.3) & (x["x1"] < 0.3)) | ((x["x0"] > 0.7) & (x["x1"] > 0.7))


APART = {
    "two opposite corners": corners,
    "both ends of one input": lambda x: (x["x0"] < 0.12) | (x["x0"] > 0.88),
    "either but not both": lambda x: (x["x0"] > 0.5) ^ (x["x1"] > 0.5),
    "corners of three": lambda x: (
        ((x["x0"] < 0.4) & corners_of(x, 0.4)) | ((x["x0"] > 0.6) & corners_of(x, 0.6))
    ),
    "the outer of five levels": lambda x: np.isin(x["level"], [0, 4]),
    "two inner levels": lambda x: np.isin(x["level"], [1, 3]),
    "two of forty levels": lambda x: np.isin(x["of_many"], [7, 31]),
}
"""Where no peel from the whole helps: each loses as many wins as it gains."""


def corners_of(x: dict[str, np.ndarray], at: float) -> np.ndarray:
    if at < 0.5:
        return (x["x1"] < at) & (x["x2"] < at)
    return (x["x1"] > at) & (x["x2"] > at)


@pytest.mark.parametrize("where", APART)
def test_wins_that_lie_apart_are_found_one_box_after_the_other(where: str) -> None:
    rng = np.random.default_rng(2)
    x = {f"x{k}": rng.random(8000) for k in range(4)}
    x |= {"level": rng.integers(0, 5, 8000).astype(float), "of_many": rng.integers(0, 40, 8000).astype(float)}
    data = discovery.search_boxes(x, APART[where](x).astype(float))
    assert len(data.boxes) == 2
    assert data.target_reached
    # the target is reached where the box was fitted; on the other half five standard errors of a share of 90 % of 80
    assert all(box.density.estimate > 0.9 - 5 * 0.3 / 80**0.5 for box in data.boxes)
    assert all(box.coverage.estimate > 0.4 for box in data.boxes)
    assert data.verdict() == "2 boxes found"


@pytest.mark.slow
def test_where_no_box_is_dense_enough_the_most_telling_is_still_found_in_its_corner() -> None:
    rng = np.random.default_rng(4)
    x = {f"x{k}": rng.random(N) for k in range(6)}
    wins = rng.random(N) < np.where(corners(x), 0.8, 0.05 + 0.1 * x["x5"])
    data = discovery.search_boxes(x, wins.astype(float))
    assert not data.target_reached
    assert restricted(data) == {"x0", "x1"}
    # five standard errors of a share of 80 % of the corner's draws, and as much again for a limit a little outside it
    assert data.boxes[0].density.estimate > 0.8 - 10 * 0.4 / 900**0.5


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("rate", [0.03, 0.5, 0.97])
def test_noise_has_no_box(seed: int, rate: float) -> None:
    """A box of noise would have to beat chance at 0.001 on the other half."""
    rng = np.random.default_rng(seed)
    data = discovery.search_boxes(inputs(rng, 20), (rng.random(N) < rate).astype(float))
    assert data.boxes == ()
    said = data.verdict()
    assert said.startswith(
        "No box found: in the best of those tried the outcome holds hardly more often than in all"
    )
    assert "tried were peels from all futures and from the densest ranges of one or two inputs" in said
    style.rendered(figure_of.draw(data))


@pytest.mark.slow
@pytest.mark.parametrize("outcome", [0.0, 1.0])
def test_a_certain_outcome_leaves_nothing_to_tell(outcome: float) -> None:
    data = discovery.search_boxes(inputs(np.random.default_rng(1)), np.full(N, outcome))
    assert data.boxes == ()
    assert "there is nothing to tell apart" in data.verdict()
    json.dumps(data.to_dict(), allow_nan=False)
    style.rendered(figure_of.draw(data))


@pytest.mark.slow
def test_no_more_restrictions_than_asked_for() -> None:
    x, wins = planted()
    data = discovery.search_boxes(x, wins, restrictions=2, boxes=1)
    assert len(data.boxes[0].limits) == 2


@pytest.mark.slow
def test_the_density_asked_for_decides_the_box() -> None:
    x, wins = planted()
    loose, tight = (discovery.search_boxes(x, wins, density=density, boxes=1) for density in (0.6, 0.93))
    assert loose.boxes[0].coverage.estimate > tight.boxes[0].coverage.estimate
    # rounding of limits may move a little below the target, one more step of pasting would move further
    assert 0.58 <= loose.boxes[0].density_fitted <= 0.65
    unreached = discovery.search_boxes(x, wins, density=1.0, boxes=1)
    assert not unreached.target_reached
    assert unreached.verdict().startswith("No box reaches the density of 100 % that was asked for")


def test_a_peel_takes_its_share_where_it_helps_most() -> None:
    x = np.array([np.arange(100.0), np.tile([1.0, 2.0], 50)])
    y = (x[0] >= 90).astype(float)
    steps = list(prim.peel(x, y, (0, 1), 0.05, 10))
    assert [step.low[0] for step in steps[:3]] == [-np.inf, 5.0, 9.0]
    assert steps[-1].low[0] == 90
    assert steps[-1].restricted == [0]


def test_tied_draws_are_peeled_together() -> None:
    x = np.array([np.tile([1.0, 2.0, 4.0], 100)])
    y = (x[0] == 4).astype(float)
    lows = [step.low[0] for step in prim.peel(x, y, (0,), 0.05, 10)]
    assert lows == [-np.inf, 2.0, 4.0]


def test_pasting_takes_back_what_was_cut_too_much() -> None:
    x = np.array([np.arange(100.0)])
    y = (x[0] >= 50).astype(float)
    wider = prim.paste(x, y, prim.Box(np.array([80.0]), np.array([np.inf])), 0.05, 1.0)
    assert wider.low[0] == 50
    upper = prim.paste(x, 1 - y, prim.Box(np.array([-np.inf]), np.array([20.0])), 0.05, 1.0)
    assert upper.high[0] == 49
    everything = prim.paste(x, y, prim.Box(np.array([80.0]), np.array([np.inf])), 0.05, 0.0)
    assert everything.low[0] == -np.inf


def test_limits_are_rounded_to_what_tells_the_draws_apart() -> None:
    x = np.array([np.random.default_rng(0).lognormal(15, 0.5, 5000), np.tile([1.0, 12.0], 2500)])
    box = rounded(prim.Box(np.array([3_118_592.6, 12.0]), np.array([np.inf, np.inf])), x)
    assert box.low[0] == 3_100_000
    assert (box.low[1], box.high[1]) == (12.0, 12.0)


@pytest.mark.slow
def test_a_scenario_is_discovered_from_either_side(tmp_path: Path) -> None:
    scenario = Scenario.from_dict({"study": {"compare": ["tuned_hosted", "rag"], "title": "Both"}})
    sides = {wins: discovery.discover(scenario, wins=wins, draws=N) for wins in ("tuned_hosted", "rag")}
    assert sum(data.base.estimate for data in sides.values()) == pytest.approx(1.0, abs=1e-12)
    for data in sides.values():
        for k, box in enumerate(data.boxes):
            assert box.density.estimate > data.base.estimate
            assert f"{data.outcome} in " in data.sentence(k)
        assert "workload.queries_per_month" in data.inputs
        style.rendered(figure_of.draw(data))


@pytest.mark.slow
def test_the_command_writes_a_folder_and_prints_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bot.toml"
    path.write_text('[study]\ncompare = ["rag", "tuned_hosted"]\n')
    out = tmp_path / "found"
    assert main(["discover", str(path), "--draws", "4000", "--out", str(out), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((out / "discover.json").read_text())
    assert printed["wins"] == "rag"
    names = {str(item.relative_to(out)) for item in out.rglob("*") if item.is_file()}
    assert {"discover.nc", "scenario.toml", "figures/discovery.png", "figures/discovery.svg"} <= names
    with xr.open_dataset(out / "discover.nc", engine="h5netcdf") as stored:
        assert stored.sizes["box"] == len(printed["boxes"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--wins", "ragg"), "--wins: found 'ragg'; allowed: tuned_hosted or rag; did you mean 'rag'?"),
        (("--density", "1.5"), "--density: found 1.5; allowed: above 0 and at most 1"),
        (("--draws", "10"), "--draws"),
        (("--boxs", "2"), "did you mean '--boxes'?"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_written(
    arguments: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bot.toml"
    path.write_text('[study]\ncompare = ["tuned_hosted", "rag"]\n')
    assert main(["discover", str(path), "--out", str(tmp_path / "out"), *arguments]) == 2
    assert message in capsys.readouterr().err
    assert [item.name for item in tmp_path.iterdir()] == ["bot.toml"]


@pytest.mark.slow
def test_one_uncertain_input_is_enough_and_none_is_refused() -> None:
    one = np.random.default_rng(2).random(N)
    data = discovery.search_boxes({"x": one}, (one > 0.8).astype(float))
    assert limits(data, "x")[0] == pytest.approx(0.8, abs=0.03)
    style.rendered(figure_of.draw(data))
    with pytest.raises(UserError, match="none is uncertain"):
        discovery.search_boxes({}, np.ones(N))


def test_too_few_draws_are_refused() -> None:
    with pytest.raises(UserError, match="at least 1,000"):
        discovery.search_boxes({"x": np.arange(100.0)}, np.ones(100))
