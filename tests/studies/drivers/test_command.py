"""`breakeven drivers` as people use it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from tests.command import Invoke, support_bot

SCENARIO = support_bot(
    more="""
[[dependence]]
inputs = ["price.input", "price.output"]
rank_correlation = 0.8
"""
)


@pytest.fixture
def drivers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, invoke: Invoke) -> Invoke:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bot.toml").write_text(SCENARIO)
    return partial(invoke, "drivers", "bot.toml")


@pytest.mark.slow
def test_indices_as_json_and_a_folder_with_the_figure(drivers: Invoke, tmp_path: Path) -> None:
    status, out, _ = drivers("--base-samples", 256, "--json", "--out", "result")
    record = json.loads(out)
    assert status == 0
    assert (record["method"], record["output"]) == ("sobol", "difference")
    indices = record["indices"]
    assert "price.input+price.output" in indices
    assert "price.input" not in indices
    assert all({"first", "first_ci", "total", "total_ci"} <= set(row) for row in indices.values())
    assert json.loads((tmp_path / "result" / "drivers.json").read_text()) == record
    assert (tmp_path / "result" / "figures" / "drivers.svg").stat().st_size > 5000


@pytest.mark.slow
def test_the_table_ranks_and_says_what_it_left_out(drivers: Invoke) -> None:
    status, out, err = drivers("--method", "shapley", "--base-samples", 512, "--of", "cost:rag")
    assert status == 0
    assert "of the variance" in out
    assert "not distinguishable from nothing" in out
    assert "evaluations, seed" in out
    assert err == ""


@pytest.mark.slow
def test_second_order_names_the_pairs(drivers: Invoke) -> None:
    _, out, _ = drivers("--base-samples", 64, "--second-order", "--json")
    assert "price.input+price.output × tokens.output" in json.loads(out)["second"]


@pytest.mark.slow
def test_a_tolerance_that_is_not_reached_has_a_status_of_its_own(
    drivers: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studies.drivers.sobol.MOST", 128)
    status, out, _ = drivers("--base-samples", 64, "--tolerance", "1e-6")
    assert status == 3
    assert "was not reached" in out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--method", "sobl"], "sobol"),
        (["--of", "diference"], "difference"),
        (["--of", "cost:rga"], "rag"),
        (["--base-samples", "1000"], "power of two"),
        (["--base-samples", "0"], "1"),
        (["--method", "morris", "--second-order"], "--second-order"),
        (["--method", "pawn", "--tolerance", "0.1"], "--tolerance"),
        (["--tolerance", "2"], "tolerance"),
        (["--of", "probability", "--method", "delta"], "sobol"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_written(
    drivers: Invoke, tmp_path: Path, arguments: list[str], named: str
) -> None:
    status, out, err = drivers(*arguments)
    assert (status, out) == (2, "")
    assert named in err
    assert "Traceback" not in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bot.toml"]
