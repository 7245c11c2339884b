"""Disks that are full, small or read-only, by real means: refused in one line, nothing left behind."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.command import command, spawn
from tests.faults.process import assert_whole, written
from tests.in_turn import in_turn

pytestmark = pytest.mark.slow

Mount = Callable[[str], Path]


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """A small file system in memory, with the options of `mount`."""
    places = []

    def mounted(options: str) -> Path:
        if os.geteuid() != 0 or shutil.which("mount") is None:
            pytest.skip("only root may mount a small file system")
        place = tmp_path / f"disk-{len(places)}"
        place.mkdir()
        found = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "none", str(place)], capture_output=True, check=False
        )
        if found.returncode != 0:
            pytest.skip(f"cannot mount here: {found.stderr.decode().strip()}")
        places.append(place)
        return place

    yield mounted
    for place in places:
        subprocess.run(["umount", str(place)], check=True)


def test_on_a_disk_that_fills_up_runs_are_whole_or_refused(mount: Mount, tmp_path: Path) -> None:
    """Room for no data, for no more than some figures, and for all; few open files are enough."""
    written(tmp_path)
    disks = [mount(f"size={size}") for size in ("200k", "1m", "16m")]
    run = ("run", "bot.toml", "--draws", "2e4", "--out")
    answers = in_turn([("", [*run, disk / "run"]) for disk in disks], tmp_path, shell="ulimit -n 32")
    for disk, (status, out, error) in zip(disks[:2], answers, strict=False):
        assert (status, out, error.count("\n")) == (2, "", 1), error
        assert f"cannot write the run into '{disk}': No space left on device" in error
        assert "bytes are free there" in error
        assert list(disk.iterdir()) == []
    assert answers[-1][0] == 0, answers[-1]
    assert_whole(disks[-1] / "run")


def test_a_limit_on_the_size_of_files_is_told(tmp_path: Path) -> None:
    """Each limit strikes another file first."""
    written(tmp_path)
    run = ("run", "bot.toml", "--draws", "2e4", "--no-figures", "--out", "run")
    limited = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({}, resource.RLIM_INFINITY))"
    for status, out, error in in_turn(
        [(limited.format(1024 * kibibytes), run) for kibibytes in (1, 64, 300)], tmp_path
    ):
        assert (status, out, error.count("\n")) == (2, "", 1), error
        assert "File too large" in error
        assert "ulimit -f" in error
    assert [path.name for path in tmp_path.iterdir()] == ["bot.toml"]


@pytest.mark.parametrize("out", [(), ("--out", "run")], ids=["outputs", "--out"])
def test_a_read_only_disk_is_refused_before_anything_is_computed(
    out: tuple[str, ...], mount: Mount, tmp_path: Path
) -> None:
    disk = mount("size=1m")
    written(disk)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    found = spawn(command("run", "bot.toml", "--draws", "1e10", *out), disk)
    error = found.stderr.decode()
    assert (found.returncode, found.stdout, error.count("\n")) == (2, b"", 1), error
    assert "Read-only file system" in error
    assert error.startswith("error: --out: ")


def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "locked").mkdir(mode=0o500)
    arguments = command("run", "bot.toml", "--draws", "1e10", "--out", "locked/run")
    if os.geteuid() == 0:
        # Root may write anywhere, unless that right is taken away.
        if shutil.which("setpriv") is None:
            pytest.skip("root may write anywhere, and there is no setpriv to take that away")
        arguments = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", *arguments]
    found = spawn(arguments, tmp_path)
    error = found.stderr.decode()
    assert (found.returncode, found.stdout, error.count("\n")) == (2, b"", 1), error
    assert "Permission denied" in error
    assert list((tmp_path / "locked").iterdir()) == []
