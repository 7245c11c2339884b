"""What the README shows works as it is written."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from sim import Scenario

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def _commands() -> list[str]:
    lines = [line.partition(" #")[0].strip() for block in _blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("breakeven ")]


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    shown = [
        line.split()[1] for block in _blocks("sh") for line in block.splitlines() if line.startswith("make ")
    ]
    assert shown == ["study", "test"]
    for target in shown:
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE)
    assert "studies/scenarios/support_bot.toml" in makefile


def test_the_example_scenario_loads() -> None:
    (text,) = _blocks("toml")
    scenario = Scenario.from_dict(tomllib.loads(text))
    assert scenario.compare == ("tuned_hosted", "rag")
    assert len(scenario.dependence) == 1


@pytest.mark.slow
def test_the_shown_commands_work_in_turn(tmp_path: Path) -> None:
    commands = _commands()
    assert [shlex.split(command)[1] for command in commands][:3] == ["new", "check", "run"]
    (tmp_path / "latency.csv").write_text("ms\n" + "".join(f"{300 + 7 * k}\n" for k in range(60)))
    for command in commands:
        arguments = shlex.split(command)[1:]
        if arguments[0] in ("run", "advise", "solve"):
            arguments += ["--draws", "20000"]
        if arguments[0] == "serve":
            _serves(arguments, tmp_path)
            continue
        done = subprocess.run(
            [sys.executable, "-m", "studies", *arguments],
            cwd=tmp_path,
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (command, done.stderr)
    assert list(tmp_path.glob("outputs/*/*/run.json"))


def _serves(arguments: list[str], folder: Path) -> None:
    """A command that runs until it is stopped: it comes to the point of listening."""
    command = [sys.executable, "-m", "studies", *arguments, "--port", "0", "--no-browser"]
    with subprocess.Popen(command, cwd=folder, env=_environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.terminate()
    assert line.startswith("Listening on http://127.0.0.1:")


def test_the_shown_python_works() -> None:
    (code,) = _blocks("python")
    shown: dict[str, Any] = {}
    exec(code.replace("draws=1_000_000", "draws=20_000").replace('"studies/', f'"{ROOT}/studies/'), shown)
    assert 0.9 < shown["run"].probability_cheaper("tuned_hosted", "rag").estimate < 1.0


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target


def test_every_command_is_documented() -> None:
    from studies.cli.group import COMMANDS

    pages = README + "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md"))
    pages += (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert re.search(rf"`(breakeven )?{name}`|breakeven {name}\b", pages), name


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT)}
