"""The command as a process of its own, in surroundings that a test makes worse, and what it may leave behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from distributions.sampling import compiled
from studies.publish import stored
from studies.publish.run_folder import PARTIAL

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = """
[study]
title = "Support bot"
horizon_months = 6
compare = ["tuned_hosted", "rag"]
[inputs.workload]
queries_per_month = { lognormal = { p10 = 2e6, p90 = 9e6 } }
"""
FIGURES = 16
"""Files in the folder of figures."""


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "studies", *(str(argument) for argument in arguments)]


def environment(**changes: str | None) -> dict[str, str]:
    """This process's own, with the compiled code where it lies already; a change to None takes a variable away."""
    cache = compiled.cache_folder()
    own = {**os.environ, "PYTHONPATH": str(ROOT)}
    if cache is not None:
        own["BREAKEVEN_CACHE_DIR"] = str(cache.parents[1])
    found = {**own, **{key: value for key, value in changes.items() if value is not None}}
    return {key: value for key, value in found.items() if changes.get(key, "") is not None}


def spawn(
    arguments: Sequence[str], folder: Path, *, shell: str = "", **changes: str | None
) -> subprocess.CompletedProcess[bytes]:
    """Runs a command line in a folder. shell: what a shell does first, such as a limit."""
    line = ["bash", "-c", f'{shell}; exec "$@"', "bash", *arguments] if shell else list(arguments)
    return subprocess.run(
        line, cwd=folder, env=environment(**changes), capture_output=True, timeout=300, check=False
    )


def written(folder: Path) -> Path:
    """A scenario in a folder."""
    path = folder / "bot.toml"
    path.write_text(SCENARIO)
    return path


def numbers(document: str | bytes) -> dict[str, Any]:
    """A run's summary but for its timing."""
    record: dict[str, Any] = json.loads(document)
    del record["timing"]
    return record


def assert_whole(run: Path, *, figures: int = FIGURES) -> None:
    """Every file is there and is what was written."""
    assert stored.read(run).record["draws"] > 0
    assert len(list((run / "figures").glob("*"))) == figures if figures else not (run / "figures").exists()


def assert_nothing_half(place: Path, *, figures: int = FIGURES) -> list[Path]:
    """Whatever has a final name is whole; returns the temporary folders, which alone may be left beside it."""
    left = []
    for entry in sorted(place.iterdir()):
        if PARTIAL.match(entry.name):
            left.append(entry)
        else:
            assert_whole(entry, figures=figures)
    return left
