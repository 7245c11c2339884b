"""`breakeven information` as people use it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from tests.command import Invoke, support_bot

SCENARIO = support_bot(2e4, 9e5)


@pytest.fixture
def information(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, invoke: Invoke) -> Invoke:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bot.toml").write_text(SCENARIO)
    return partial(invoke, "information", "bot.toml", "--draws", 4096)


@pytest.mark.slow
def test_values_as_json_and_a_folder_with_the_figure(information: Invoke, tmp_path: Path) -> None:
    status, out, _ = information("--json", "--out", "result", "--group", "prices=price.input,price.output")
    record = json.loads(out)
    assert status == 0
    assert record["evpi"] > 0
    assert all({"value", "se"} <= set(row) for row in record["evppi"].values())
    assert record["evppi"]["prices"]["value"] >= record["evppi"]["price.input"]["value"]
    assert (tmp_path / "result" / "figures" / "information.png").stat().st_size > 10_000
    assert json.loads((tmp_path / "result" / "information.json").read_text()) == record


@pytest.mark.slow
@pytest.mark.parametrize(("cost", "said"), [(1e9, "decide now"), (0, "the size that pays best: worth $")])
def test_a_pilot_is_weighed_against_its_cost(information: Invoke, cost: float, said: str) -> None:
    """Of an accuracy that decides, since errors cost half a dollar."""
    accuracy = "quality.accuracy_prompt={ beta = { mean = 0.88, sd = 0.08 } }"
    unsure = ("--set", "quality.cost_per_error=0.5", "--set", accuracy)
    status, out, _ = information(*unsure, "--pilot", "quality.accuracy_prompt", "--pilot-cost", cost)
    assert status == 0
    assert said in out
    assert "worth up to $0" not in out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--group", "prices"], "NAME=KEY,KEY"),
        (["--group", "p=price.input,price.outptu"], "price.output"),
        (["--pilot", "price.inptu"], "price.input"),
        (["--pilot", "price.input"], "no share"),
        (["--pilot-cost", "5"], "--pilot"),
        (["--pilot", "cache.answer_hit_rate", "--pilot-cost", "-1"], "from 0 to"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_written(
    information: Invoke, tmp_path: Path, arguments: list[str], named: str
) -> None:
    status, out, err = information(*arguments)
    assert (status, out) == (2, "")
    assert named in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bot.toml"]
