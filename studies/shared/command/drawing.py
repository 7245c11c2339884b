"""Figures drawn in processes of their own, while the command goes on with the rest.

matplotlib takes as long to import, and eight figures to draw, as everything else that a run does, and neither lets go
of the interpreter. A process is forked early and imports what it will need while the command computes; many figures
have two. Where there is one processor, no fork, or another thread that a fork would lose, the figures are drawn here,
when they are asked for; so they are where a process fails, whatever befell it, and what is wrong shows here.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeAlias

from sim.engine.pool import Pool

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

PATIENCE = 120.0
"""Seconds that one figure may take in the other process: far beyond any that is alive."""

EACH = 4
"""Figures that are drawn one after another in less time than another process takes to get ready for one of them."""

Picture: TypeAlias = "Callable[[], Mapping[str, bytes]]"
"""Waits for a figure: its files by extension."""


def drawn(module: str, *data: Any) -> dict[str, bytes]:
    """The files of the figure that a module's `draw` makes of data."""
    from studies.shared.style import rendered

    return rendered(import_module(module).draw(*data))


class _Hand:
    """One process that draws."""

    def __init__(self, process: BaseProcess, connection: Connection) -> None:
        self.process = process
        self.connection = connection
        self._failed = False

    def draw(self, module: str, *data: Any) -> dict[str, bytes] | None:
        """The figure; None where the process failed, as it will for all that follow."""
        if self._failed:
            return None
        # A process that is stopped neither takes what is sent nor ends the connection.
        watchdog = threading.Timer(PATIENCE, self.process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            self.connection.send((module, *data))
            files: dict[str, bytes] = self.connection.recv()
            return files
        except (OSError, EOFError):
            self._failed = True
            return None
        finally:
            watchdog.cancel()


class Drawing:
    """Where figures are drawn: by a thread for each process, or here."""

    def __init__(self, hands: Sequence[_Hand] = (), pool: Pool | None = None) -> None:
        self._free: SimpleQueue[_Hand] = SimpleQueue()
        for hand in hands:
            self._free.put(hand)
        self._pool = pool

    def draw(self, module: str, *data: Any) -> Picture:
        """Begin to draw what `drawn` would, if there is a process for it."""
        if self._pool is None:
            return lambda: drawn(module, *data)
        piece = self._pool.submit(self._apart, module, *data)
        return lambda: piece.result() or drawn(module, *data)

    def _apart(self, module: str, *data: Any) -> dict[str, bytes] | None:
        hand = self._free.get()
        try:
            return hand.draw(module, *data)
        finally:
            self._free.put(hand)


@contextmanager
def drawing(modules: Sequence[str]) -> Iterator[Drawing]:
    """A place to draw with these modules until the block ends; none, and nothing is begun."""
    hands: list[_Hand] = []
    pool: Pool | None = None
    try:
        if modules and _may_fork():
            for _ in range(0, len(modules), EACH):
                begun = _begun(modules)
                if begun is None:
                    break
                hands.append(_Hand(*begun))
        if hands:
            pool = Pool(len(hands))
        yield Drawing(hands, pool)
    finally:
        for hand in hands:
            hand.process.kill()
        if pool is not None:
            pool.close()
        for hand in hands:
            hand.process.join()
            hand.connection.close()


def _begun(modules: Sequence[str]) -> tuple[BaseProcess, Connection] | None:
    """The process, and the connection to it; None where the system gives none."""
    from multiprocessing import get_context

    fork = get_context("fork")
    try:
        here, there = fork.Pipe()
        process = fork.Process(target=_serve, args=(there, here, modules), daemon=True)
        process.start()
    except OSError:
        return None
    there.close()
    return process, here


def _may_fork() -> bool:
    """Whether a fork gains anything, and can lose nothing."""
    return sys.platform == "linux" and threading.active_count() == 1 and len(os.sched_getaffinity(0)) > 1


def _serve(connection: Connection, other: Connection, modules: Sequence[str]) -> None:
    """The other process: draws what comes until the connection ends."""
    other.close()
    # The command is asked to stop, and ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    try:
        for module in modules:
            import_module(module)
        while True:
            connection.send(drawn(*connection.recv()))
    except BaseException:
        # Without a word: the command sees that the connection has ended, and draws by itself.
        os._exit(1)
