"""`breakeven information` as people use it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from studies.cli import main

SCENARIO = """
[study]
title = "Support bot"
horizon_months = 6
compare = ["tuned_hosted", "rag"]
[inputs.workload]
queries_per_month = { lognormal = { p10 = 2e4, p90 = 9e5 } }
"""
Invoke = Callable[..., tuple[int, str, str]]


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Invoke:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bot.toml").write_text(SCENARIO)

    def call(*arguments: object) -> tuple[int, str, str]:
        status = main(
            ["information", "bot.toml", "--draws", "4096", *(str(argument) for argument in arguments)]
        )
        found = capsys.readouterr()
        return status, found.out, found.err

    return call


def test_values_as_json_and_a_folder_with_the_figure(invoke: Invoke, tmp_path: Path) -> None:
    status, out, _ = invoke("--json", "--out", "result", "--group", "prices=price.input,price.output")
    record = json.loads(out)
    assert status == 0
    assert record["evpi"] > 0
    assert all({"value", "se"} <= set(row) for row in record["evppi"].values())
    assert record["evppi"]["prices"]["value"] >= record["evppi"]["price.input"]["value"]
    assert (tmp_path / "result" / "figures" / "information.png").stat().st_size > 10_000
    assert json.loads((tmp_path / "result" / "information.json").read_text()) == record


@pytest.mark.parametrize(("cost", "said"), [(1e9, "decide now"), (0, "pays best")])
def test_a_pilot_is_weighed_against_its_cost(invoke: Invoke, cost: float, said: str) -> None:
    status, out, _ = invoke("--pilot", "cache.answer_hit_rate", "--pilot-cost", cost)
    assert status == 0
    assert said in out or "worth up to $0" in out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--group", "prices"], "NAME=KEY,KEY"),
        (["--group", "p=price.input,price.outptu"], "price.output"),
        (["--pilot", "price.inptu"], "price.input"),
        (["--pilot", "price.input"], "no share"),
        (["--pilot-cost", "5"], "--pilot"),
        (["--pilot", "cache.answer_hit_rate", "--pilot-cost", "-1"], "0 or more"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_written(
    invoke: Invoke, tmp_path: Path, arguments: list[str], named: str
) -> None:
    status, out, err = invoke(*arguments)
    assert (status, out) == (2, "")
    assert named in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bot.toml"]
