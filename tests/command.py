"""The command as tests run it, in this process or as one of its own, and a small scenario for it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from distributions.sampling.jit import cache_folder

ROOT = Path(__file__).resolve().parents[1]

Invoke = Callable[..., tuple[int, str, str]]
"""The fixture `invoke`: arguments to (exit status, stdout, stderr)."""


def support_bot(p10: float = 2e6, p90: float = 9e6, more: str = "") -> str:
    """A scenario; p10, p90: of its queries a month. more: lines of [inputs.workload], and tables after it."""
    return f"""
[study]
title = "Support bot"
horizon_months = 6
compare = ["tuned_hosted", "rag"]
[inputs.workload]
queries_per_month = {{ lognormal = {{ p10 = {p10:g}, p90 = {p90:g} }} }}
{more}"""


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "studies", *(str(argument) for argument in arguments)]


def environment(**changes: str | None) -> dict[str, str]:
    """This process's own, with the compiled code where it lies already; a change to None takes a variable away."""
    cache = cache_folder()
    own = {**os.environ, "PYTHONPATH": str(ROOT)}
    if cache is not None:
        own["BREAKEVEN_CACHE_DIR"] = str(cache.parents[1])
    found = {**own, **{key: value for key, value in changes.items() if value is not None}}
    return {key: value for key, value in found.items() if changes.get(key, "") is not None}


LEAST_PATIENCE = 1800.0
"""Seconds: on no machine that the tests are meant for does anything here take so long, whatever else it does."""

_took = [0.0]
"""Seconds of each process that has ended."""


def patience() -> float:
    """Seconds after which what has not ended counts as hung: many times what this machine has needed for anything."""
    return max(LEAST_PATIENCE, 20.0 * max(_took))


def spawn(
    arguments: Sequence[str], folder: Path, *, shell: str = "", **changes: str | None
) -> subprocess.CompletedProcess[bytes]:
    """Runs a command line in a folder to its end. shell: what a shell does first, such as a limit."""
    line = ["bash", "-c", f'{shell}; exec "$@"', "bash", *arguments] if shell else list(arguments)
    begun = time.monotonic()
    done = subprocess.run(
        line, cwd=folder, env=environment(**changes), capture_output=True, timeout=patience(), check=False
    )
    _took.append(time.monotonic() - begun)
    return done


def start(folder: Path, *arguments: object) -> subprocess.Popen[bytes]:
    """Begins a command in a folder, with the signals of a shell in front, even where tests run in the background."""

    def heed() -> None:
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(one, signal.SIG_DFL)

    return subprocess.Popen(
        command(*arguments), cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=heed,
    )  # fmt: skip


def until(ready: Callable[[], object], process: subprocess.Popen[bytes]) -> None:
    """Waits for what a process at work brings about."""
    begun = time.monotonic()
    try:
        while not ready():
            assert process.poll() is None, "it has ended"
            assert time.monotonic() - begun < patience(), "it hangs"
            time.sleep(0.01)
    except AssertionError:
        process.kill()
        raise


def ended(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """What a process writes to stdout and stderr until it ends."""
    try:
        return process.communicate(timeout=patience())
    finally:
        process.kill()


def without_timing(document: str | bytes) -> dict[str, Any]:
    """A run's summary but for how long it took."""
    record: dict[str, Any] = json.loads(document)
    del record["timing"]
    return record
