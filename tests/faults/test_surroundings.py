"""Little memory, one core, bad caches, no home, no fonts, another locale: the same bits, or one clear line."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from distributions.sampling import compiled
from tests.command import command, ended, environment, spawn, without_timing
from tests.faults.process import SCENARIO, assert_nothing_half, assert_whole, written

pytestmark = pytest.mark.slow

RUN = ("run", "bot.toml", "--draws", "2e4", "--json", "--out", "run")
Finished = subprocess.CompletedProcess[bytes]


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in good surroundings."""
    folder = tmp_path_factory.mktemp("usual")
    written(folder)
    found = spawn(command(*RUN), folder)
    assert found.returncode == 0, found.stderr.decode()
    return folder / "run"


def same(found: Finished, run: Path, usual: Path) -> None:
    """The process ended well, and its folder has the bits of the usual run."""
    assert found.returncode == 0, found.stderr.decode()
    assert b"Traceback" not in found.stderr
    assert found.stderr.count(b"\n") == 1
    assert_whole(run)
    assert without_timing(found.stdout) == without_timing((usual / "run.json").read_bytes())
    assert (run / "run.nc").read_bytes() == (usual / "run.nc").read_bytes()
    for figure in (usual / "figures").iterdir():
        assert (run / "figures" / figure.name).read_bytes() == figure.read_bytes(), figure.name


# --- memory and processors


def test_one_gibibyte_of_address_space_is_enough(usual: Path, tmp_path: Path) -> None:
    written(tmp_path)
    found = spawn(command(*RUN, "--threads", "2"), tmp_path, shell="ulimit -v 1048576")
    same(found, tmp_path / "run", usual)


@pytest.mark.parametrize("kibibytes", [400_000, 700_000, 1_048_000])
def test_less_is_told_in_one_line(kibibytes: int, tmp_path: Path) -> None:
    """Before it begins: in mid-work a library that lacks memory may abort the process."""
    written(tmp_path)
    found = spawn(command(*RUN, "--threads", "256"), tmp_path, shell=f"ulimit -v {kibibytes}")
    assert (found.returncode, found.stdout) == (2, b""), found.stderr.decode()
    assert "memory" in found.stderr.decode().splitlines()[-1]
    assert [path.name for path in tmp_path.iterdir()] == ["bot.toml"]


@pytest.mark.skipif(shutil.which("taskset") is None, reason="needs taskset")
def test_one_core_gives_the_same_bits(usual: Path, tmp_path: Path) -> None:
    written(tmp_path)
    core = str(max(os.sched_getaffinity(0)))
    same(spawn(["taskset", "-c", core, *command(*RUN)], tmp_path), tmp_path / "run", usual)


# --- caches, homes, displays


DAMAGES: tuple[Callable[[bytes], bytes], ...] = (
    lambda content: b"\0garbage" * 100, lambda content: content[:100], lambda content: b"",
)  # fmt: skip


def test_a_spoilt_cache_of_compiled_code_is_made_anew(usual: Path, tmp_path: Path) -> None:
    """Each kind of damage, to some functions' index and to others' code; compiled anew, they give the same bits."""
    own = compiled.cache_folder()
    assert own is not None
    cache = tmp_path / "cache" / own.parent.name / own.name
    shutil.copytree(own, cache)
    kinds = list(itertools.product(("index", "code"), DAMAGES))
    functions = sorted(cache.rglob("*.nbi"))
    assert len(functions) > len(kinds)
    for index, (part, damage) in zip(functions, itertools.cycle(kinds), strict=False):
        for path in [index] if part == "index" else index.parent.glob(f"{index.stem}.*.nbc"):
            path.write_bytes(damage(path.read_bytes()))
    written(tmp_path)
    found = spawn(command(*RUN), tmp_path, BREAKEVEN_CACHE_DIR=str(tmp_path / "cache"))
    same(found, tmp_path / "run", usual)


def test_without_any_place_for_a_cache_it_compiles_each_time(usual: Path, tmp_path: Path) -> None:
    written(tmp_path)
    names = ("HOME", "XDG_CACHE_HOME", "BREAKEVEN_CACHE_DIR", "TMPDIR", "NUMBA_CACHE_DIR", "MPLCONFIGDIR")
    nowhere = dict.fromkeys(names, "/proc/nowhere")
    # without its assertions and docstrings a program has other code to cache, and compiles it too
    found = spawn(command(*RUN), tmp_path, shell="unset TEMP TMP", PYTHONOPTIMIZE="2", **nowhere)
    same(found, tmp_path / "run", usual)


POOR: dict[str, dict[str, str | None]] = {
    "no home": {"HOME": None, "XDG_CACHE_HOME": None},
    "a home that is missing": {"HOME": "/no/such/home", "XDG_CONFIG_HOME": None},
    "a home that is read-only": {"HOME": "/proc/1", "MPLCONFIGDIR": None, "XDG_CACHE_HOME": None},
    "no temporary folder": {"TMPDIR": "/no/such/folder"},
    "numba's cache elsewhere": {"NUMBA_CACHE_DIR": "/proc/nowhere"},
    "no display, no fonts": {
        "DISPLAY": None, "WAYLAND_DISPLAY": None, "MPLBACKEND": "TkAgg", "FONTCONFIG_FILE": "/dev/null",
        "FONTCONFIG_PATH": "/nowhere",
    },
    "decimal comma": {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "LC_NUMERIC": "de_DE.UTF-8"},
    "no locale at all": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "COLUMNS": "20"},
    "another clock": {"TZ": "Pacific/Kiritimati"},
}  # fmt: skip


@pytest.mark.parametrize("case", POOR)
def test_poor_surroundings_change_no_bit(case: str, usual: Path, tmp_path: Path) -> None:
    written(tmp_path)
    same(spawn(command(*RUN), tmp_path, **POOR[case]), tmp_path / "run", usual)


WITHIN = """
import locale, sys, time
from studies.cli import main

kind = sys.argv[1]
if kind == "decimal comma":
    # As where a program that embeds this one has set its locale; none with a comma need be installed.
    comma = {**locale.localeconv(), "decimal_point": ",", "thousands_sep": "."}
    locale.localeconv = lambda: comma
    locale._override_localeconv = {"decimal_point": ",", "thousands_sep": "."}
else:
    steps = iter(range(10**9))
    wall = time.time()
    jump = {"back by a day": lambda k: wall - 86_400.0 * k, "frozen": lambda k: wall,
            "to 1970": lambda k: 0.0}[kind]
    time.time = lambda: jump(next(steps))
    real = time.gmtime
    time.gmtime = lambda seconds=None: real(jump(next(steps)) if seconds is None else seconds)
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("case", ["decimal comma", "back by a day", "frozen", "to 1970"])
def test_a_clock_that_jumps_and_a_decimal_comma_change_no_bit(case: str, usual: Path, tmp_path: Path) -> None:
    written(tmp_path)
    found = spawn([sys.executable, "-c", WITHIN, case, *RUN], tmp_path)
    same(found, tmp_path / "run", usual)
    assert b"-" not in found.stderr.partition(b"(")[2]  # no length of time is negative


def test_a_path_with_blanks_quotes_and_all_scripts(usual: Path, tmp_path: Path) -> None:
    folder = tmp_path / "Größe 'π'\n\"数\" 😀"
    folder.mkdir()
    written(folder)
    found = spawn(command(*RUN[:-1], "ein Lauf 走"), folder)
    same(found, folder / "ein Lauf 走", usual)


# --- others beside us


def test_of_runs_at_once_into_one_place_one_gets_it(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "runs").mkdir()
    line = command("run", "bot.toml", "--draws", "2e4", "--no-figures", "--quiet", "--out", "runs/run")
    both = [
        subprocess.Popen(
            line, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    found = [(*ended(process), process.returncode) for process in both]
    assert sorted(status for _, _, status in found) == [0, 2, 2]
    for _, error, status in found:
        assert error == b"" if status == 0 else b"nothing was overwritten" in error
    assert assert_nothing_half(tmp_path / "runs", figures=0) == []
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["run"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("inputs", "--json"),
        ("run", "bot.toml", "--draws", "2e4", "--no-figures", "--json", "--out", "run"),
        ("run", "bot.toml", "--draws", "2e4", "--no-figures", "--out", "run"),
    ],
    ids=["inputs", "run --json", "run"],
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


def test_the_next_run_clears_away_what_a_killed_one_left(tmp_path: Path) -> None:
    written(tmp_path)
    left = tmp_path / ".run.partial-0123abcd"
    left.mkdir()
    (left / "run.json").write_text(SCENARIO)
    os.utime(left, (time.time() - 3600.0,) * 2)
    line = command("run", "bot.toml", "--draws", "64", "--no-figures", "--quiet", "--out", "run")
    assert spawn(line, tmp_path).returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bot.toml", "run"]
