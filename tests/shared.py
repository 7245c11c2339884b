"""What several files of tests need and none changes, made once however many processes run the tests."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.command import command, spawn, support_bot

SCENARIO = support_bot(more="annual_growth = 0.1\n[requirements]\ncitations = true\n")


class Answered(NamedTuple):
    """A run by the command in a process of its own. folder: holds bot.toml and the run, `result`."""

    folder: Path
    status: int
    out: str
    err: str

    @property
    def run(self) -> Path:
        return self.folder / "result"


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that `make` has filled, in this process or in another; to be read only."""
    base = factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / f"shared-{name}"
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            unfinished = place.with_suffix(".unfinished")
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(place)
    return place


def answered(factory: pytest.TempPathFactory) -> Answered:
    """The run that tests of processes compare theirs with."""

    def make(folder: Path) -> None:
        (folder / "in").mkdir()
        (folder / "in" / "bot.toml").write_text(SCENARIO)
        line = command("run", "bot.toml", "--draws", "2e4", "--out", "result", "--json")
        found = spawn(line, folder / "in")
        answer = found.returncode, found.stdout.decode(), found.stderr.decode()
        (folder / "answer.json").write_text(json.dumps(answer))

    place = once(factory, "answered", make)
    return Answered(place / "in", *json.loads((place / "answer.json").read_text()))
