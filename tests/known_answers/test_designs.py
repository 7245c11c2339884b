"""What the designs promise, through the public interface: nets of points, draws that stay, exact score intervals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim import Model, simulate
from sim.results.run import Run

ENTRIES = {entry["id"]: entry for entry in json.loads(Path(__file__).with_name("answers.json").read_text())}
REPLICATES = 16
"""Sobol' sequences that a run draws side by side: draw i is the next point of sequence i mod 16."""
UNIT = {"uniform": {"min": 0.0, "max": 1.0}}


def _first(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"y": values["x1"]}


def _points(draws: int, seed: int) -> Any:
    """Unit-cube points behind a run, (inputs, draws)."""
    model = Model(dict.fromkeys(("x1", "x2", "x3"), UNIT), ("y",), _first)
    run = simulate(
        model, draws, seed, "sobol", keep=REPLICATES << max(ENTRIES["digital-net"]["expected"]["k"])
    )
    return run.sample_values


@pytest.mark.parametrize("k", ENTRIES["digital-net"]["expected"]["k"])
def test_each_replicate_of_a_run_is_a_digital_net(k: int) -> None:
    points = _points(REPLICATES << k, 3)
    assert points.shape == (3, REPLICATES << k)
    for replicate in range(REPLICATES):
        net = points[:, replicate::REPLICATES]
        for column in net:
            np.testing.assert_array_equal(np.sort(np.floor(column * 2**k)), np.arange(2**k))
        for split in range(k + 1):
            wide, high = np.floor(net[0] * 2**split), np.floor(net[1] * 2 ** (k - split))
            assert np.unique(wide * 2 ** (k - split) + high).size == 2**k


def test_more_draws_go_on_where_fewer_stopped() -> None:
    few, many = _points(REPLICATES << 8, 5), _points(REPLICATES << 12, 5)
    np.testing.assert_array_equal(few, many[:, : few.shape[1]])


def _cheaper_below(threshold: float, draws: int) -> Run:
    """A run of independent draws in which a is the cheaper wherever x is below the threshold."""

    def costs(values: Mapping[str, Any]) -> dict[str, Any]:
        return {"a": np.where(values["x"] < threshold, 0.0, 2.0), "b": np.ones_like(values["x"])}

    return simulate(Model({"x": UNIT}, ("a", "b"), costs), draws, 4, "mc")


@pytest.mark.parametrize("wins", [0, 610, 1000])
def test_the_interval_of_independent_draws_is_the_score_interval(wins: int) -> None:
    entry, draws = ENTRIES["proportion-intervals-n1000"], 1000
    drawn = np.sort(_cheaper_below(0.5, draws).sample_values[0])
    threshold = 2.0 if wins == draws else float(drawn[wins])
    found = _cheaper_below(threshold, draws).probability_cheaper("a", "b")
    assert found.estimate == wins / draws
    assert found.ci95 == pytest.approx(entry["expected"]["wilson"][str(wins)], abs=entry["tolerance"]["abs"])
