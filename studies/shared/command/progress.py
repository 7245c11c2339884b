"""A progress bar on stderr for work that takes longer than a second, and only on a terminal."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from studies.shared.command.stopping import check

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE = 1.0
"""Seconds of work before a bar is worth showing."""

COMPILING = (
    "compiling, once for this version on this machine: half a minute or more; later runs start at once"
)

Report = Callable[[int, int], None]
"""Takes how much is done and how much there is."""


@contextmanager
def progress(what: str, *, quiet: bool, unit: str = "draws", open_ended: bool = False) -> Iterator[Report]:
    """A function to report progress to; where nobody would see a bar, it only heeds signals to stop.

    open_ended: the work may end long before all is done, as with a tolerance, so no time left is told.
    """
    if quiet or not watched():
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
            bar = _bar(unit, open_ended)
            bar.start()
            task = bar.add_task(what, total=total)
        assert task is not None
        passed = time.monotonic() - started
        bar.update(
            task, completed=done, total=total, rate=done / passed, left=(total - done) * passed / max(done, 1)
        )

    try:
        with _saying_what_is_compiled():
            yield report
    finally:
        if bar is not None:
            bar.stop()


@contextmanager
def _saying_what_is_compiled() -> Iterator[None]:
    """A line as soon as anything is compiled, which a first run does before it can report how far it is."""
    from numba.core import event

    class Once(event.Listener):  # type: ignore[misc]
        announced = False

        def on_start(self, event: object) -> None:
            if not self.announced:
                self.announced = True
                click.echo(COMPILING, err=True)

        def on_end(self, event: object) -> None:
            pass

    with event.install_listener("numba:compile", Once()):
        yield


def watched() -> bool:
    """Whether stderr is a terminal that can move its cursor."""
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _bar(unit: str, open_ended: bool) -> Progress:
    """A bar with the rate since the start, and at that rate the time left; gone from the screen when it is done."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
    from rich.text import Text

    from distributions.text import duration, number

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            rate, left = task.fields.get("rate"), task.fields.get("left")
            if rate is None or left is None:
                return Text("")
            shown = f"{number(task.completed, 3)} {unit}, {number(rate, 2)} a second"
            return Text(
                shown if open_ended else f"{shown}, {duration(left)} left", no_wrap=True, overflow="ellipsis"
            )

    columns: list[ProgressColumn] = [TextColumn("{task.description}"), BarColumn(bar_width=16), Rate()]
    # Rich itself heeds NO_COLOR, and draws the bar in what the terminal's encoding can show.
    return Progress(*columns, console=Console(stderr=True), transient=True)
