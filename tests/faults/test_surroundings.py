"""Little memory, one core, bad caches, no home, no fonts, another locale: the same bits, or one clear line."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.command import Invoke, command, ended, environment, spawn, without_timing
from tests.faults.process import FIGURES, SCENARIO, assert_nothing_half, assert_whole, written
from tests.in_turn import Answer, in_turn
from tests.shared import Answered

pytestmark = pytest.mark.slow

RUN = ("run", "bot.toml", "--draws", "2e4", "--json", "--out", "run")
Finished = subprocess.CompletedProcess[bytes]


@pytest.fixture
def usual(answered: Answered) -> Path:
    """A run in good surroundings."""
    return answered.run


def finished(arguments: Sequence[str], answer: Answer) -> Finished:
    """What came of a command in another's process, as of one of its own."""
    status, out, err = answer
    return Finished(list(arguments), status, out.encode(), err.encode())


def same(found: Finished, run: Path, usual: Path, *, figures: bool = True) -> None:
    """The process ended well, and its folder has the bits of the usual run."""
    assert found.returncode == 0, found.stderr.decode()
    assert b"Traceback" not in found.stderr
    assert found.stderr.count(b"\n") == 1
    assert_whole(run, figures=FIGURES if figures else 0)
    assert without_timing(found.stdout) == without_timing((usual / "run.json").read_bytes())
    assert (run / "run.nc").read_bytes() == (usual / "run.nc").read_bytes()
    for figure in (usual / "figures").iterdir() if figures else ():
        assert (run / "figures" / figure.name).read_bytes() == figure.read_bytes(), figure.name


# --- memory and processors


def test_one_core_and_a_gibibyte_of_address_space_are_enough(usual: Path, tmp_path: Path) -> None:
    """On one core no other process draws the figures, whose bytes are those of the usual run too."""
    written(tmp_path)
    core = f"taskset -p -c {max(os.sched_getaffinity(0))} $$ > /dev/null; " if shutil.which("taskset") else ""
    found = spawn(command(*RUN, "--threads", "2"), tmp_path, shell=f"{core}ulimit -v 1048576")
    same(found, tmp_path / "run", usual)


@pytest.mark.parametrize("kibibytes", [400_000, 700_000, 1_048_000])
def test_less_is_told_in_one_line(kibibytes: int, tmp_path: Path) -> None:
    """Before it begins: in mid-work a library that lacks memory may abort the process."""
    written(tmp_path)
    found = spawn(command(*RUN, "--threads", "256"), tmp_path, shell=f"ulimit -v {kibibytes}")
    assert (found.returncode, found.stdout) == (2, b""), found.stderr.decode()
    assert "memory" in found.stderr.decode().splitlines()[-1]
    assert [path.name for path in tmp_path.iterdir()] == ["bot.toml"]


# --- caches, homes, displays


DAMAGES: tuple[Callable[[bytes], bytes], ...] = (
    lambda content: b"\0garbage" * 100, lambda content: content[:100], lambda content: b"",
)  # fmt: skip


SMALL = """
import os, tempfile
tempfile.tempdir = os.environ.get("NO_PLACE")
from distributions.sampling.jit import jit
"""
SMALL += "".join(f"@jit\ndef f{k}(x):\n    return x * 0.{k} + 0.1\n" for k in range(6))
SMALL += """
functions = f0, f1, f2, f3, f4, f5
print(*(f(0.7).hex() for f in functions))
print(sum(sum(f.whole.stats.cache_hits.values()) for f in functions))
"""
"""Functions that are compiled as the kernel is, in no time."""


def small(folder: Path, **changes: str | None) -> list[str]:
    """What the small functions give, and how many of them came from the cache."""
    program = folder / "small.py"
    if not program.exists():  # a file that is newer is compiled anew
        program.write_text(SMALL)
    found = spawn([sys.executable, "small.py"], folder, **changes)
    assert (found.returncode, found.stderr) == (0, b"")
    return found.stdout.decode().splitlines()


def test_a_spoilt_cache_of_compiled_code_is_made_anew(tmp_path: Path) -> None:
    """Each kind of damage, to a function's index or code; compiled anew, they give the same bits, and are kept."""
    cache = {"BREAKEVEN_CACHE_DIR": str(tmp_path / "cache")}
    bits, _ = small(tmp_path, **cache)
    assert small(tmp_path, **cache) == [bits, "6"]
    indices = sorted((tmp_path / "cache").rglob("*.nbi"))
    for index, (part, damage) in zip(indices, itertools.product(("index", "code"), DAMAGES), strict=True):
        for path in [index] if part == "index" else index.parent.glob(f"{index.stem}.*.nbc"):
            path.write_bytes(damage(path.read_bytes()))
    assert small(tmp_path, **cache) == [bits, "0"]
    assert small(tmp_path, **cache) == [bits, "6"]


NOWHERE: dict[str, str | None] = {
    **dict.fromkeys(
        ("HOME", "XDG_CACHE_HOME", "BREAKEVEN_CACHE_DIR", "NO_PLACE", "NUMBA_CACHE_DIR", "MPLCONFIGDIR"),
        "/proc/nowhere",
    ),
    "PYTHONOPTIMIZE": "2",  # without its assertions and docstrings a program is other code
}


def test_without_any_place_for_a_cache_it_compiles_each_time(tmp_path: Path) -> None:
    bits, _ = small(tmp_path)
    assert small(tmp_path, **NOWHERE) == small(tmp_path, **NOWHERE) == [bits, "0"]


@pytest.mark.long
def test_without_any_place_for_a_cache_a_run_is_the_same(usual: Path, tmp_path: Path) -> None:
    """For `make long`: the whole kernel is compiled, a minute or two, in the way that small functions are above."""
    written(tmp_path)
    code = "import sys, tempfile; tempfile.tempdir = '/proc/nowhere'; from studies.cli import main"
    line = [sys.executable, "-c", f"{code}; sys.exit(main(sys.argv[1:]))", *RUN]
    same(spawn(line, tmp_path, **NOWHERE), tmp_path / "run", usual)


# Each case is several at once, which have nothing to do with each other.
POOR: dict[str, dict[str, str | None]] = {
    "no home, decimal comma, another clock, numba's cache elsewhere": {
        "HOME": None, "XDG_CACHE_HOME": None, "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8",
        "LC_NUMERIC": "de_DE.UTF-8", "TZ": "Pacific/Kiritimati", "NUMBA_CACHE_DIR": "/proc/nowhere", "NO_COLOR": "1",
    },
    "a home that is missing, no display, no fonts, warnings as errors": {
        "HOME": "/no/such/home", "XDG_CONFIG_HOME": None, "DISPLAY": None, "WAYLAND_DISPLAY": None,
        "MPLBACKEND": "TkAgg", "FONTCONFIG_FILE": "/dev/null", "FONTCONFIG_PATH": "/nowhere",
        "PYTHONWARNINGS": "error", "PYTHONHASHSEED": "random",
    },
    "a home that is read-only, no locale at all, no temporary folder, a narrow terminal": {
        "HOME": "/proc/1", "MPLCONFIGDIR": None, "XDG_CACHE_HOME": None, "LC_ALL": "C", "LANG": "tr_TR.ISO-8859-9",
        "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "COLUMNS": "20", "TMPDIR": "/no/such/folder",
    },
}  # fmt: skip


@pytest.mark.parametrize("case", POOR)
def test_poor_surroundings_change_no_bit(case: str, usual: Path, tmp_path: Path) -> None:
    """Also with modules lying about that are named like ours."""
    written(tmp_path)
    for name in ("numpy", "random", "xarray"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('not me')")
    same(spawn(command(*RUN), tmp_path, **POOR[case]), tmp_path / "run", usual)


CLOCK = """
import time
real = time.time(), time.gmtime
steps = iter(range(10**9))

def jumping(jump):
    time.time = lambda: jump(real[0], next(steps))
    time.gmtime = lambda seconds=None: real[1](jump(real[0], next(steps)) if seconds is None else seconds)
"""
COMMA = """
import locale
# As where a program that embeds this one has set its locale; none with a comma need be installed.
comma = {**locale.localeconv(), "decimal_point": ",", "thousands_sep": "."}
locale.localeconv = lambda: comma
locale._override_localeconv = {"decimal_point": ",", "thousands_sep": "."}
"""
JUMPS = {
    "back by a day": "jumping(lambda wall, step: wall - 86_400.0 * step)",
    "frozen": "jumping(lambda wall, step: wall)",
    "to 1970": "jumping(lambda wall, step: 0.0)",
}


def test_a_clock_that_jumps_and_a_decimal_comma_change_no_bit(usual: Path, tmp_path: Path) -> None:
    written(tmp_path)
    run = [*RUN[:-1], "back by a day"]
    steps = [(CLOCK + COMMA + JUMPS["back by a day"], run)]
    steps += [(JUMPS[case], [*run[:-1], case, "--no-figures"]) for case in ("frozen", "to 1970")]
    for (_, arguments), answer in zip(steps, in_turn(steps, tmp_path), strict=True):
        found = finished(arguments, answer)
        place = tmp_path / arguments[arguments.index("--out") + 1]
        same(found, place, usual, figures="--no-figures" not in arguments)
        assert b"-" not in found.stderr.partition(b"(")[2]  # no length of time is negative


def test_a_path_with_blanks_quotes_and_all_scripts(
    usual: Path, tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "Größe 'π'\n\"数\" 😀"
    folder.mkdir()
    written(folder)
    monkeypatch.chdir(folder)
    arguments = [*RUN[:-1], "ein Lauf 走"]
    same(finished(arguments, invoke(*arguments)), folder / "ein Lauf 走", usual)


# --- others beside us


def test_of_runs_at_once_into_one_place_one_gets_it(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "runs").mkdir()
    line = command("run", "bot.toml", "--draws", "2e4", "--no-figures", "--quiet", "--out", "runs/run")
    both = [
        subprocess.Popen(
            line, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    found = [(*ended(process), process.returncode) for process in both]
    assert sorted(status for _, _, status in found) == [0, 2]
    for _, error, status in found:
        assert error == b"" if status == 0 else b"nothing was overwritten" in error
    assert assert_nothing_half(tmp_path / "runs", figures=0) == []
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["run"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("inputs", "--json"),
        ("run", "bot.toml", "--draws", "2e4", "--no-figures", "--out", "run"),
    ],
    ids=["inputs", "run"],
)
def test_a_reader_that_stops_after_a_line_is_no_fault(arguments: tuple[str, ...], tmp_path: Path) -> None:
    written(tmp_path)
    line = " ".join(command(*arguments)) + " | head -1; exit ${PIPESTATUS[0]}"
    found = spawn(["bash", "-c", line], tmp_path)
    assert found.returncode in (0, 141), found.stderr.decode()
    assert found.stdout.count(b"\n") == 1
    assert b"Traceback" not in found.stderr
    assert b"rror" not in found.stderr
    if "run" in arguments:
        assert_whole(tmp_path / "run", figures=0)


def test_output_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    written(tmp_path)
    line = " ".join(command("inputs", "--json")) + " > /dev/full"
    found = spawn(["bash", "-c", line], tmp_path)
    assert found.returncode == 2
    assert found.stderr.decode().splitlines() == ["error: No space left on device"]


def test_without_standard_streams_a_run_is_made_all_the_same(tmp_path: Path) -> None:
    written(tmp_path)
    line = (
        " ".join(command("run", "bot.toml", "--draws", "2e4", "--no-figures", "--out", "run"))
        + " <&- >&- 2>&-"
    )
    assert spawn(["bash", "-c", line], tmp_path).returncode == 0
    assert_whole(tmp_path / "run", figures=0)


def test_the_next_run_clears_away_what_a_killed_one_left(tmp_path: Path, invoke: Invoke) -> None:
    written(tmp_path)
    left = tmp_path / ".run.partial-0123abcd"
    left.mkdir()
    (left / "run.json").write_text(SCENARIO)
    os.utime(left, (time.time() - 3600.0,) * 2)
    run = (
        "run",
        tmp_path / "bot.toml",
        "--draws",
        "64",
        "--no-figures",
        "--quiet",
        "--out",
        tmp_path / "run",
    )
    assert invoke(*run)[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bot.toml", "run"]
