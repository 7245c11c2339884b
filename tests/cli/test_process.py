"""The command as a process of its own: what it prints and stores, and a reader that goes away."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from tests.command import Invoke, patience, start, without_timing
from tests.shared import Answered


@pytest.mark.slow
def test_run_prints_what_it_stores_and_stores_all(answered: Answered) -> None:
    assert answered.status == 0, answered.err
    folder, result = answered.folder, answered.run
    assert answered.out == (result / "run.json").read_text()
    record = json.loads(answered.out)
    assert 0 < record["probability_cheaper"]["estimate"] < 1
    assert len(record["probability_cheaper"]["by_month"]) == 7
    assert set(record["excluded"]) == {"prompt", "tuned_hosted", "tuned_self_hosted"}, "they cannot cite"
    names = {path.name for path in result.iterdir()}
    assert names == {
        "run.json",
        "run.nc",
        "scenario.toml",
        "figures",
        "report.html",
        "workbook.xlsx",
        "run.log",
    }
    assert len(list((result / "figures").iterdir())) == 18
    again = tomllib.loads((result / "scenario.toml").read_text())
    assert again["study"]["title"] == "Support bot"
    assert again["inputs"]["workload"]["annual_growth"] == 0.1
    assert sorted(path.name for path in folder.iterdir()) == ["bot.toml", "result"]
    assert "result" in answered.err
    assert str(folder) not in (result / "run.log").read_text()


@pytest.mark.slow
def test_the_stored_scenario_gives_the_same_numbers(
    answered: Answered, tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, _ = invoke(
        "run", answered.run / "scenario.toml", "--draws", "20_000", "--no-figures", "--json"
    )
    assert status == 0
    again, first = without_timing(out), without_timing(answered.out)
    assert again["defaulted_inputs"]
    assert again == first


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    with start(tmp_path, "inputs", "--json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(patience()) in (0, 1, 141)
