"""Every question runs as a module: `python -m studies.<name> SCENARIO`."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path

import pytest

from studies.cli.group import COMMANDS
from tests.command import ROOT, support_bot, without_timing
from tests.shared import Answered

QUESTIONS = sorted(path.parent.name for path in (ROOT / "studies").glob("*/__main__.py"))
ROOMS = {path.parent.name for path in (ROOT / "studies").glob("*/__init__.py")}
NO_QUESTIONS = {"cli", "report", "shared", "web", "workbook"}


def run(name: str, *arguments: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit status of `python -m studies.<name>`, in this process."""
    monkeypatch.setattr(sys, "argv", ["-m", *arguments])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(f"studies.{name}", run_name="__main__", alter_sys=True)
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_the_questions_are_all_there() -> None:
    assert set(QUESTIONS) == ROOMS - NO_QUESTIONS
    assert len(QUESTIONS) > 15


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_study_runs_as_a_command(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(name, "x.toml", "--no-such-option", monkeypatch=monkeypatch) == 2
    assert "--no-such-option" in capsys.readouterr().err
    assert run(name, "x.toml", "--help", monkeypatch=monkeypatch) == 0
    shown = capsys.readouterr().out
    found = re.match(r"Usage: breakeven ([a-z-]+) ", shown)
    assert found
    assert found[1] in COMMANDS


@pytest.mark.slow
@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("name", "arguments", "shows"),
    [
        ("advise", ["bot.toml", "--draws", "64"], "rag"),
        ("diff", ["bot.toml", "bot.toml", "--draws", "64"], "no edit changes"),
        ("accuracy", ["--levers", "--draws", "100"], "retrieval"),
    ],
)
def test_it_answers_what_its_command_does(
    name: str,
    arguments: list[str],
    shows: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bot.toml").write_text(support_bot())
    assert run(name, *arguments, monkeypatch=monkeypatch) == 0
    assert shows in capsys.readouterr().out.lower()


@pytest.mark.slow
def test_it_gives_the_numbers_of_its_command(
    answered: Answered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = [str(answered.folder / "bot.toml"), "--draws", "2e4", "--no-figures", "--json"]
    assert run("probability_of_cheaper", *arguments, monkeypatch=monkeypatch) == 0
    assert without_timing(capsys.readouterr().out) == without_timing(answered.out)
