"""What a terminal shows: bars, bold type, progress, the next steps, and completion by the shell."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from distributions.inputs import registry
from studies.cli import main, next_steps
from studies.cli.group import COMMANDS
from studies.probability_of_cheaper import text as summary
from tests.command import ROOT, command, environment, patience, spawn, support_bot

SCENARIO = support_bot(more="annual_growth = 0.1\n")


@pytest.fixture
def scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "bot.toml"
    path.write_text(SCENARIO)
    return path


def piped(arguments: list[str], folder: Path, **changes: str) -> subprocess.CompletedProcess[bytes]:
    """A command that ends well, and not on a terminal."""
    done = spawn(command(*arguments), folder, **changes)
    assert done.returncode == 0, done.stderr.decode()
    return done


def on_a_terminal(line: list[str], folder: Path) -> str:
    """All that a program writes to a terminal, which is its stdout and stderr."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        line,
        cwd=folder,
        env=environment(NO_COLOR=None, TERM="xterm", COLUMNS="100"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while True:
        ready, _, _ = select.select([ours], [], [], patience())
        assert ready, "nothing comes any more"
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert process.wait() == 0, shown.decode()
    return shown.decode()


# --- the drivers as bars


def test_a_bar_is_as_long_as_its_share() -> None:
    assert summary.bar(1.0, 30) == "█" * 30
    assert summary.bar(0.5, 30) == "█" * 15
    assert summary.bar(1 / 30 + 1 / 240, 30) == "█▏"
    assert summary.bar(1.7, 30) == "█" * 30, "an estimate beyond the whole is cut at it"
    assert summary.bar(1e-6, 30) == "▏", "what is there is seen"
    assert summary.bar(0.0, 30) == summary.bar(-0.01, 30) == ""


@pytest.mark.slow
def test_the_five_largest_drivers_of_the_record_are_shown_with_their_intervals(
    scenario: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(scenario), "--draws", "4096", "--no-figures", "--out", "x"]) == 0
    out = capsys.readouterr().out
    largest = json.loads(Path("x/run.json").read_text())["drivers"]["largest"]
    assert len(largest) == 5
    shown = re.findall(r"^  (\S+) +(?:under )?([\d.]+) % ± ([\d.]+)  ([█▉▊▋▌▍▎▏]+)$", out, flags=re.MULTILINE)
    assert [name for name, *_ in shown] == list(largest)
    for name, share, half, bars in shown:
        assert float(share) == pytest.approx(100 * largest[name]["total"], abs=0.5)
        assert float(half) == pytest.approx(100 * largest[name]["total_ci"], abs=0.5)
        eighth = 1 / 8  # a bar is rounded to it
        assert len(bars) - 1 - eighth <= summary.BAR * largest[name]["total"] <= len(bars) + eighth


@pytest.mark.slow
def test_what_knows_no_blocks_and_is_no_terminal_gets_plain_characters_and_nothing_moves(
    scenario: Path,
) -> None:
    arguments = ["run", str(scenario), "--draws", "3e6", "--no-figures"]
    done = piped(arguments, scenario.parent, PYTHONIOENCODING="latin-1")
    assert done.stderr == b""
    out = done.stdout.decode("latin-1")
    assert "\x1b" not in out
    assert re.search(r"^  \S+ +[\d.]+ % ± [\d.]+  #+\|?$", out, flags=re.MULTILINE)
    assert "?" not in out


# --- what to do next


def record(**changes: Any) -> dict[str, Any]:
    largest = {"rag.search_price": {}, "price.input+price.output": {}}
    return {
        "probability_cheaper": {"ci95": [0.6, 0.61]},
        "drivers": {"largest": largest},
        "defaulted_inputs": [],
        "evpi": 1234.0,
        "excluded": {},
        **changes,
    }


def commands(found: dict[str, Any], settings: tuple[str, ...] = ()) -> list[str]:
    return [command for command, _ in next_steps.steps(found, "my bot.toml", settings, "out/x")]


def without_report(found: list[str]) -> list[str]:
    return [command for command in found if not command.startswith("breakeven report")]


def test_the_next_steps_fit_the_result() -> None:
    found = without_report(commands(record(), ("price.input={ value = 2 }",)))
    fixed = "'my bot.toml' --set 'price.input={ value = 2 }'"
    assert found == [f"breakeven information {fixed}", f"breakeven solve {fixed} --for rag.search_price"]
    wide = commands(record(probability_cheaper={"ci95": [0.5, 0.55]}))
    assert wide[0] == "breakeven run 'my bot.toml' --tolerance 0.001"
    assert commands(record(probability_cheaper={"ci95": None}))[0] == wide[0]
    assert commands(record(defaulted_inputs=["rag.search_price"]))[0] == "breakeven inputs rag.search_price"
    assert not any("information" in command for command in commands(record(evpi=0.0)))
    tied = commands(record(drivers={"largest": {"price.input+price.output": {}}}, evpi=None))
    assert tied[0] == "breakeven solve 'my bot.toml' --for price.input --for price.output"
    assert "breakeven advise 'my bot.toml'" in commands(record(drivers=None, excluded={"rag": ["why"]}))
    assert without_report(commands(record(drivers=None, evpi=None))) == []


def test_every_next_step_is_a_command_and_there_are_at_most_three() -> None:
    hard = record(
        probability_cheaper={"ci95": None}, defaulted_inputs=["rag.search_price"], excluded={"rag": ["why"]}
    )
    found = commands(hard)
    assert len(found) == 3
    assert all(command.split()[1] in COMMANDS for command in found)


def test_a_path_reaches_the_terminal_without_what_it_would_act_upon() -> None:
    found = next_steps.steps(record(), "\x1b[2J.toml", (), "out/x")
    assert not any("\x1b" in command for command, _ in found)


def test_a_long_command_has_its_reason_beneath() -> None:
    assert next_steps.lines([("breakeven " + "x" * 110, "why")]) == [
        "Next",
        "  breakeven " + "x" * 110,
        "      why",
    ]
    assert next_steps.lines([("a", "one"), ("bc", "two")]) == ["Next", "  a   one", "  bc  two"]
    assert next_steps.lines([]) == []


@pytest.mark.slow
def test_the_steps_of_a_run_work_as_they_are_printed(
    scenario: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "bot.toml", "--draws", "65536", "--no-figures"]) == 0
    shown = re.findall(r"^  breakeven (.*?)(?:  .*)?$", capsys.readouterr().out, flags=re.MULTILINE)
    assert 2 <= len(shown) <= 3
    for line in shown:
        extra = [] if line.split()[0] in ("inputs", "report") else ["--draws", "2048"]
        assert main([*line.split(), *extra]) == 0, line


# --- bold type and progress


BOLD = """
import os
from studies.cli import main
for changes in ({}, {"NO_COLOR": "1"}, {"TERM": "dumb"}):
    os.environ.update(TERM="xterm")
    os.environ.pop("NO_COLOR", None)
    os.environ.update(changes)
    assert main(["run", "bot.toml", "--draws", "4096", "--no-figures"]) == 0
    print("<- that was", changes)
"""


@pytest.mark.slow
def test_the_answer_is_bold_on_a_terminal_and_plain_elsewhere(scenario: Path) -> None:
    shown = on_a_terminal([sys.executable, "-c", BOLD], scenario.parent)
    bold, *plain = shown.split("<- that was")[:-1]
    assert re.search("\x1b\\[1m(Fine-tuning.* with probability .*)\x1b\\[0m", bold)
    assert len(plain) == 2
    assert "\x1b[1m" not in "".join(plain)


class _Clock:
    """Time that passes as the test says."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.mark.parametrize("open_ended", [False, True])
def test_progress_tells_rate_and_time_left(monkeypatch: pytest.MonkeyPatch, open_ended: bool) -> None:
    from rich.console import Console

    from studies.shared.command import progress

    clock, found = _Clock(), []
    monkeypatch.setattr(progress, "time", clock)
    monkeypatch.setattr(progress, "watched", lambda: True)
    real = progress._bar

    def bar(unit: str, ended: bool) -> Any:
        made = real(unit, ended)
        made.live.console = Console(file=sys.stderr, width=120)
        found.append(made)
        return made

    monkeypatch.setattr(progress, "_bar", bar)
    with progress.progress("simulating", quiet=False, open_ended=open_ended) as report:
        clock.now = 0.5
        report(1_000, 10_000)
        assert not found, "work of less than a second shows nothing"
        clock.now = 2.0
        report(4_000, 10_000)
        (made,) = found
        (row,) = made.tasks
        said = str(made.columns[-1].render(row))
    assert said.startswith("4,000 draws, 2,000 a second")
    assert said.endswith(" left") != open_ended
    if not open_ended:
        assert "3.0 s left" in said


@pytest.mark.parametrize("looking", [True, False])
def test_a_first_run_says_once_that_it_compiles(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], looking: bool
) -> None:
    from distributions.sampling.jit import jit
    from studies.shared.command import progress

    monkeypatch.setattr(progress, "watched", lambda: looking)
    captured = 2.0  # a closure is in no cache
    with progress.progress("simulating", quiet=False):
        for _ in range(2):
            assert jit(lambda x: x * captured)(3.0) == 6.0
    assert capsys.readouterr().err == (progress.COMPILING + "\n" if looking else "")
    assert jit(lambda x: x + captured)(3.0) == 5.0
    assert capsys.readouterr().err == ""


# --- completion


def completed(line: str, shell: str = "bash", cursor: int | None = None) -> list[str]:
    words = line.split(" ")
    done = piped(
        [],
        ROOT,
        COMP_WORDS=line,
        COMP_CWORD=str(len(words) - 1 if cursor is None else cursor),
        _BREAKEVEN_COMPLETE=f"{shell}_complete",
    )
    assert done.stderr == b""
    return [line for line in done.stdout.decode().splitlines() if line]


@pytest.mark.slow
def test_commands_options_and_inputs_complete() -> None:
    assert completed("breakeven ") == [f"plain,{name}" for name in COMMANDS]
    assert completed("breakeven in") == ["plain,information", "plain,inputs"]
    assert completed("breakeven run --to") == ["plain,--tolerance"]
    assert completed("breakeven run x.toml --design s") == ["plain,sobol"]
    prices = [key for key in registry() if key.startswith("price.")]
    assert len(prices) > 5
    assert completed("breakeven run x.toml --set price.") == [f"plain,{key}=" for key in prices]
    assert completed("breakeven run x.toml --set price.input=") == []
    assert completed("breakeven solve x.toml --for price.") == [f"plain,{key}" for key in prices]
    assert completed("breakeven inputs pric") == ["plain,price", *(f"plain,{key}" for key in prices)]
    assert completed("breakeven run my") == ["file,my"]
    assert completed("breakeven run x.toml --out d") == ["dir,d"]


@pytest.mark.slow
def test_completion_comes_before_one_notices() -> None:
    """A quarter of a second, twice what its library takes to load; four times that is too much."""

    def seconds(call: Callable[[], object]) -> float:
        # of a processor's time, which other work on the machine does not take
        started = os.times()
        call()
        ended = os.times()
        return ended.children_user + ended.children_system - started.children_user - started.children_system

    ours, library = [], []
    for _ in range(5):
        ours.append(seconds(lambda: completed("breakeven solve x.toml --for price.i")))
        library.append(seconds(lambda: spawn([sys.executable, "-c", "import click"], ROOT)))
    assert min(ours) < 8.0 * min(library)


def test_completion_loads_nothing_heavy() -> None:
    script = (
        "import sys, os\nos.environ.update(_BREAKEVEN_COMPLETE='bash_complete', COMP_CWORD='4', "
        "COMP_WORDS='breakeven run x.toml --set price.i')\n"
        "from studies.cli import main\nassert main([]) == 0\n"
        "heavy = {'numpy', 'scipy', 'numba', 'xarray', 'matplotlib', 'pint', 'pydantic', 'rich', 'SALib'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = spawn([sys.executable, "-c", script], ROOT)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == b"plain,price.input=\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_the_shell(shell: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert f"_BREAKEVEN_COMPLETE={shell}_complete" in capfd.readouterr().out


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_takes_the_script_and_leaves_no_blank_after_the_sign_of_equality(tmp_path: Path) -> None:
    program = tmp_path / "breakeven"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m studies "$@"\n')
    program.chmod(0o755)
    script = """
        compopt() { echo "compopt $1 $2"; }   # outside of a completion there are no options to change
        eval "$(breakeven completion bash)"
        COMP_WORDS=(breakeven run x.toml --set price.inp); COMP_CWORD=4
        _breakeven_completion breakeven
        echo "${COMPREPLY[@]}"
    """
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("compopt -o nospace\nprice.input=\n", "")


def test_completion_of_an_unknown_shell_is_the_users_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "csh"]) == 2
    assert "found 'csh'; allowed: bash, zsh, fish" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["solve", "information"])
def test_long_studies_report_how_far_they_are(what: str) -> None:
    from scipy import stats

    from sim import Model
    from studies.information import analysis as information
    from studies.solve import analysis as solve

    model = Model(
        {"x": stats.norm(1, 1), "y": stats.norm(0, 1)}, ("a", "b"), lambda x: {"a": x["x"], "b": x["y"]}
    )
    seen: list[tuple[int, int]] = []

    def report(done: int, total: int) -> None:
        seen.append((done, total))

    if what == "solve":
        # 33 values and the median, each over three chunks of 16,384 draws
        solve.threshold(model, "x", draws=40_000, progress=report)
        expected = 34 * 3
    else:
        inputs, costs = information.sample(model, ("a", "b"), 2048, 1)
        information.from_draws(inputs, costs, [("x", "y")], progress=report)
        expected = 3
    assert seen == [(k, expected) for k in range(1, expected + 1)]
