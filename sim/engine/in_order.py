"""Work that can be done at once, handed back in order: what is added up from it does not depend on threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from sim.engine.pool import Pool, threads_available

T = TypeVar("T")


def in_order(work: Callable[[int], T], first: int, last: int, threads: int | None) -> Iterator[T]:
    """work(first) … work(last - 1), some at once, handed back in order: sums over them do not depend on threads."""
    pool = Pool(max(1, min(threads or threads_available(), last - first)))
    try:
        yield from pool.in_order(work, range(first, last))
    finally:
        pool.close()
