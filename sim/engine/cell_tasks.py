"""Cells on a cluster: each a task, small ones several to a task; a lost worker's are worked again by another."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.draws.job import Job
from sim.engine.cell import Cell, CellPlan, Meter, worked
from sim.engine.cluster import IN_FLIGHT, Cluster
from sim.kernel.reductions import Tally
from sim.scenario.scenario import Scenario

T = TypeVar("T")

_LOT = 128
"""Chunks in a task of several small cells: a second of work, beside which the scheduler's millisecond is nothing."""

_ROUNDS = 8
"""Tasks that each thread should get, for balance."""

_LOOK = 5.0
"""Seconds between two looks at how many threads a cluster has."""


def work(scenario: Scenario, cells: Sequence[Cell], plan: CellPlan[T]) -> list[T]:
    """The task of a cluster that works some cells of one scenario; given up where nobody waits for it any more."""
    from distributed import get_worker

    worker: Any = get_worker()
    key = worker.get_current_task()

    def heed(_done: int, _most: int) -> None:
        task = worker.state.tasks.get(key)
        if task is None or task.state == "cancelled":
            raise Unwanted

    return [worked(scenario, cell, plan, progress=heed) for cell in cells]


class Unwanted(Exception):
    """The client has gone, or has let go of the task."""


def lots(cells: Sequence[Cell], chunks: int, threads: int) -> list[range]:
    """Cells, by number, that one task of a cluster works: neighbours of one scenario, several where they are small."""
    most = max(1, min(_LOT // chunks, len(cells) // (_ROUNDS * threads)))
    tasks: list[range] = []
    first = 0
    for number in range(1, len(cells) + 1):
        over = number == len(cells) or cells[number].scenario != cells[first].scenario
        if over or number - first == most:
            tasks.append(range(first, number))
            first = number
    return tasks


def on_cluster(
    scenarios: Sequence[Scenario], cells: Sequence[Cell], plan: CellPlan[T], cluster: Cluster, meter: Meter
) -> Iterator[T]:
    """Tasks of one cell, or of several small ones; at most two for each thread are under way."""
    todo = lots(cells, plan.chunks, cluster.threads)
    left = Counter(cells[lot[0]].scenario for lot in todo)
    shared: dict[int, Any] = {}
    running: dict[Any, int] = {}
    done: dict[int, list[T]] = {}
    following = due = 0
    looked, room = -math.inf, 0
    while due < len(todo):
        if time.monotonic() - looked > _LOOK:
            looked, room = time.monotonic(), IN_FLIGHT * cluster.threads
        while following < len(todo) and len(running) < room:
            at = cells[todo[following][0]].scenario
            if at not in shared:
                shared[at] = cluster.share(scenarios[at])
            task = cluster.begin(work, shared[at], [cells[k] for k in todo[following]], plan)
            running[task] = following
            following += 1
        task, results = cluster.next_done()
        number = running.pop(task)
        done[number] = results
        at = cells[todo[number][0]].scenario
        left[at] -= 1
        if not left[at]:
            del shared[at]
        for k in todo[number]:
            meter.finish(k)
        while due in done:
            yield from done.pop(due)
            due += 1


class Lent:
    """A cluster as the workers of one run among many: at the run's end it is let go of and not closed."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def tallies(self, job: Job, draws: int, first: int, last: int) -> Iterator[Tally]:
        """See `sim.engine.cluster.Cluster`."""
        return self._cluster.tallies(job, draws, first, last)

    def counts(self, job: Job) -> NDArray[np.int64]:
        """See `sim.engine.cluster.Cluster`."""
        return self._cluster.counts(job)

    def close(self) -> None:
        """Lets go of the run."""
        self._cluster.release()
