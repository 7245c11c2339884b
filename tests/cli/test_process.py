"""The command as a process of its own: the same bytes in any surroundings, and how it ends on signals."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from tests.command import Invoke, command, ended, patience, spawn, start, support_bot, until, without_timing

SCENARIO = support_bot(more="annual_growth = 0.1\n[requirements]\ncitations = true\n")
Answered = tuple[Path, subprocess.CompletedProcess[bytes]]


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Answered:
    """One run by subprocess, which also warms the cache of compiled code."""
    folder = tmp_path_factory.mktemp("answered")
    (folder / "bot.toml").write_text(SCENARIO)
    return folder, spawn(command("run", "bot.toml", "--draws", "2e4", "--out", "result", "--json"), folder)


def test_run_prints_what_it_stores_and_stores_all(
    answered: Answered,
) -> None:
    folder, found = answered
    assert found.returncode == 0, found.stderr.decode()
    result = folder / "result"
    assert found.stdout == (result / "run.json").read_bytes()
    record = json.loads(found.stdout)
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
    assert len(list((result / "figures").iterdir())) == 16
    again = tomllib.loads((result / "scenario.toml").read_text())
    assert again["study"]["title"] == "Support bot"
    assert again["inputs"]["workload"]["annual_growth"] == 0.1
    assert sorted(path.name for path in folder.iterdir()) == ["bot.toml", "result"]
    assert b"result" in found.stderr
    assert str(folder) not in (result / "run.log").read_text()


def test_the_stored_scenario_gives_the_same_numbers(
    answered: Answered, tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, found = answered
    monkeypatch.chdir(tmp_path)
    status, out, _ = invoke(
        "run", folder / "result" / "scenario.toml", "--draws", "20_000", "--no-figures", "--json"
    )
    assert status == 0
    again, first = without_timing(out), without_timing(found.stdout)
    assert again["defaulted_inputs"]
    assert again == first


def test_a_study_script_is_the_same_as_its_command(answered: Answered, tmp_path: Path) -> None:
    folder, found = answered
    arguments = [str(folder / "bot.toml"), "--draws", "2e4", "--no-figures", "--json"]
    script = spawn([sys.executable, "-m", "studies.probability_of_cheaper", *arguments], tmp_path)
    assert script.returncode == 0, script.stderr.decode()
    assert without_timing(script.stdout) == without_timing(found.stdout)
    bad = spawn([sys.executable, "-m", "studies.tornado", "nothing.toml"], tmp_path)
    assert bad.returncode == 2
    assert bad.stderr.startswith(b"error: ")


SURROUNDINGS: dict[str, dict[str, str | None]] = {
    "no home, other language, one terminal column": {
        "HOME": None, "LANG": "tr_TR.ISO-8859-9", "LC_ALL": "C", "PYTHONUTF8": "0", "COLUMNS": "20", "NO_COLOR": "1",
        "PYTHONCOERCECLOCALE": "0",
    },
    "strict, windowed": {
        "PYTHONWARNINGS": "error", "PYTHONHASHSEED": "random", "MPLBACKEND": "TkAgg",
        "DISPLAY": None, "MPLCONFIGDIR": "/proc/nowhere",
    },
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", SURROUNDINGS)
def test_surroundings_change_no_bit(case: str, answered: Answered, tmp_path: Path) -> None:
    """Also with modules lying about that are named like ours."""
    folder, found = answered
    for name in ("numpy", "random", "xarray"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('not me')")
    arguments = command("run", folder / "bot.toml", "--draws", "2e4", "--out", "result", "--threads", "1")
    other = spawn(arguments, tmp_path, **SURROUNDINGS[case])
    assert other.returncode == 0, other.stderr.decode()
    first, second = ((place / "result") for place in (folder, tmp_path))
    assert without_timing((second / "run.json").read_bytes()) == without_timing(found.stdout)
    assert (second / "run.nc").read_bytes() == (first / "run.nc").read_bytes()
    for figure in (first / "figures").iterdir():
        assert (second / "figures" / figure.name).read_bytes() == figure.read_bytes()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_the_run_and_leaves_nothing(name: str, answered: Answered, tmp_path: Path) -> None:
    folder, _ = answered
    number = getattr(signal, name)
    with start(tmp_path, "run", folder / "bot.toml", "--draws", "2e9", "--threads", "1") as process:
        # Once it has its folder it works; how long that takes depends on what else the machine does.
        until(lambda: list(tmp_path.glob("outputs/*/.*.partial-*")), process)
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(number)
        out, err = ended(process)
    assert process.returncode == 128 + number
    assert out == b""
    assert err.decode().count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    with start(tmp_path, "inputs", "--json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(patience()) in (0, 1, 141)
