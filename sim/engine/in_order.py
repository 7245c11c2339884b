"""Work that can be done at once, handed back in order: what is added up from it does not depend on threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from sim.engine.chunks import threads_available
from sim.engine.pool import Piece, Pool

T = TypeVar("T")

_WINDOW = 4
"""Pieces under way or waiting for each thread: enough to keep it busy, few enough to keep memory flat."""


def in_order(work: Callable[[int], T], first: int, last: int, threads: int | None) -> Iterator[T]:
    """work(first) … work(last - 1), some at once, handed back in order: sums over them do not depend on threads."""
    size = max(1, min(threads or threads_available(), last - first))
    pool = Pool(size)
    waiting: list[Piece[T]] = []
    following = first
    try:
        for _ in range(first, last):
            while following < last and len(waiting) < _WINDOW * size:
                waiting.append(pool.submit(work, following))
                following += 1
            yield waiting.pop(0).result()
    finally:
        pool.close()
