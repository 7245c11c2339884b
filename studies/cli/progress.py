"""A progress bar on stderr for work that takes longer than a second, and only on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from studies.cli.stopping import check

PATIENCE = 1.0
"""Seconds of work before a bar is worth showing."""

Report = Callable[[int, int], None]
"""Takes how much is done and how much there is."""


@contextmanager
def progress(what: str, *, quiet: bool) -> Iterator[Report]:
    """A function to report progress to; where nobody would see a bar, it only heeds signals to stop."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield lambda done, total: check()
        return
    started = time.monotonic()
    bar = None
    task = None

    def report(done: int, total: int) -> None:
        nonlocal bar, task
        check()
        if bar is None:
            if time.monotonic() - started < PATIENCE or done >= total:
                return
            from rich.console import Console
            from rich.progress import Progress

            bar = Progress(console=Console(stderr=True), transient=True)
            bar.start()
            task = bar.add_task(what, total=total)
        assert task is not None
        bar.update(task, completed=done, total=total)

    try:
        yield report
    finally:
        if bar is not None:
            bar.stop()
