"""Threads whose work is not lost, and whose answers are waited for in one indivisible step.

Where memory is short, a thread may die with a piece of work in its hands: `concurrent.futures` then logs it, and
whoever waits for the piece waits for ever. And its futures are waited for by `threading.Condition`, which is written
in Python: a signal's exception within it leaves a lock taken that was free, or free that was taken. A `SimpleQueue`
is written in C, and a signal falls before or after.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

T = TypeVar("T")
A = TypeVar("A")

WINDOW = 4
"""Pieces of work under way or waiting for each thread: enough to keep it busy, few enough to keep memory flat."""

PATIENCE = 5.0
"""Seconds after which one looks whether anyone still works on a piece."""

_GLANCE = 0.1
"""Seconds between two calls of what is to be done while waiting."""


def threads_available() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


class Piece(Generic[T]):
    """One piece of work; made by `Pool.submit`."""

    def __init__(self, pool: Pool, work: Callable[..., T], arguments: tuple[Any, ...]) -> None:
        answer: SimpleQueue[tuple[T] | BaseException] = SimpleQueue()

        def run() -> None:
            pool.under_way.add(self)
            try:
                answer.put((work(*arguments),))
            except BaseException as error:
                answer.put(error)
            finally:
                pool.under_way.discard(self)

        self._pool = pool
        self._answer = answer
        pool.executor.submit(run)

    def result(self, meanwhile: Callable[[], None] | None = None) -> T:
        """What the work gave, or raised; to be asked for once. Raises MemoryError where a thread has lost it.

        meanwhile: called now and then while one waits.
        """
        idle = False
        waited = 0.0
        each = PATIENCE if meanwhile is None else _GLANCE
        while True:
            try:
                answer = self._answer.get(timeout=each)
            except Empty:
                pass
            else:
                if isinstance(answer, BaseException):
                    raise answer
                return answer[0]
            if meanwhile is not None:
                meanwhile()
            waited += each
            if waited < PATIENCE:
                continue
            waited = 0.0
            # Twice in a row: a piece is for a moment neither waiting nor under way.
            if idle and not self._pool.under_way:
                raise MemoryError("a thread ended for want of memory")
            idle = not self._pool.under_way


class Pool:
    """At most so many threads."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.executor = ThreadPoolExecutor(size)
        self.under_way: set[Piece[Any]] = set()

    def submit(self, work: Callable[..., T], *arguments: Any) -> Piece[T]:
        """Have work(*arguments) done."""
        return Piece(self, work, arguments)

    def in_order(
        self,
        work: Callable[[A], T],
        pieces: Iterable[A],
        *,
        window: int = WINDOW,
        meanwhile: Callable[[], None] | None = None,
    ) -> Iterator[T]:
        """work(piece) of each piece, some at once, handed back in order: what is added up does not depend on threads.

        window: pieces under way or waiting for each thread. meanwhile: as in `Piece.result`.
        """
        coming = iter(pieces)
        waiting: deque[Piece[T]] = deque()
        while True:
            for piece in islice(coming, window * self.size - len(waiting)):
                waiting.append(self.submit(work, piece))
            if not waiting:
                return
            yield waiting.popleft().result(meanwhile)

    def close(self) -> None:
        """Cancel what has not begun and wait for what has."""
        self.executor.shutdown(cancel_futures=True)


def in_order(work: Callable[[int], T], first: int, last: int, threads: int | None) -> Iterator[T]:
    """work(first) … work(last - 1), some at once, handed back in order: sums over them do not depend on threads."""
    pool = Pool(max(1, min(threads or threads_available(), last - first)))
    try:
        yield from pool.in_order(work, range(first, last))
    finally:
        pool.close()
