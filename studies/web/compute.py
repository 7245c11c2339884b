"""Simulations for one page: the latest asked for wins, an older one under way is given up at its next chunk.

Each page has one thread that simulates, and the engine its own; the compiled code runs without the interpreter's
lock, so that pages do not wait for each other but share the processors.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, TypeVar

from sim.draws.value_cache import Memory

if TYPE_CHECKING:
    from sim import Run, Scenario

PREVIEW_DRAWS = 1 << 16

_POOL = ThreadPoolExecutor(32, thread_name_prefix="page")
"""Threads that wait for simulations; those of the engine do the work."""

_MOST_MEMORY = 1 << 30
"""Bytes that values of inputs may take: those of two scenarios of sixty inputs, a million draws each."""


def _memory_limit() -> int:
    """A quarter of the machine's memory, where it says how much it has, and not more than `_MOST_MEMORY`."""
    try:
        return min(_MOST_MEMORY, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4)
    except (AttributeError, ValueError, OSError):
        return _MOST_MEMORY // 2


_MEMORY = Memory(_memory_limit())

T = TypeVar("T")
R = TypeVar("R")


class Superseded(Exception):
    """Something newer was asked for."""


class Latest(Generic[T]):
    """Works on the newest request alone; requests that came in between are skipped."""

    def __init__(
        self, work: Callable[[T, Callable[[], bool]], Awaitable[None]], here: Callable[[], bool]
    ) -> None:
        """Take the work: given a request and a function that says whether it is still wanted.

        here: whether there is anybody to look at what comes of it.
        """
        self._work, self._here = work, here
        self._number = 0
        self._waiting: T | None = None
        self._task: asyncio.Task[None] | None = None

    def ask(self, request: T) -> None:
        """Ask for something; whatever was asked before is superseded."""
        if not self._here():
            return
        self._number += 1
        self._waiting = request
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._serve())

    def stop(self) -> None:
        """Give up what is under way: nobody looks any more."""
        self._number += 1
        self._waiting = None

    async def _serve(self) -> None:
        while self._waiting is not None:
            request, number = self._waiting, self._number
            self._waiting = None
            try:
                await self._work(request, lambda number=number: number == self._number and self._here())  # type: ignore[misc]
            except Superseded:
                continue


def simulated(scenario: Scenario, draws: int, wanted: Callable[[], bool]) -> Run:
    """A run under the fixed seed: the same draws whatever was moved, so that only the move shows.

    Raises Superseded as soon as it is not wanted any more.
    """
    from sim import simulate

    def check(_done: int, _most: int) -> None:
        if not wanted():
            raise Superseded

    return simulate(scenario, draws, progress=check, memory=_MEMORY)


async def aside(wanted: Callable[[], bool], function: Callable[..., R], *arguments: object) -> R:
    """The result of a function that takes its time, without keeping other pages waiting.

    Raises Superseded where it is not wanted any more, before the work as well as after.
    """

    def work() -> R:
        if not wanted():
            raise Superseded
        return function(*arguments)

    result = await asyncio.get_running_loop().run_in_executor(_POOL, work)
    if not wanted():
        raise Superseded
    return result


def warm(scenario: Scenario) -> None:
    """Load the compiled kernel and the libraries in the background, while the browser opens."""

    def everything() -> None:
        from studies.web import answers

        simulated(scenario, PREVIEW_DRAWS, lambda: True)
        answers.ranking(scenario)
        answers.tornado(scenario)

    _POOL.submit(everything)
