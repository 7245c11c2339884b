"""Cells on a cluster: small ones several to a task, a large one in legs, each given what came of those before it."""

from __future__ import annotations

import copy
import math
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.draws.job import CHUNK, Job
from sim.engine.cell import Asked, Cell, Meter, drawn, named, worked
from sim.engine.chunks import Leg
from sim.engine.cluster import IN_FLIGHT, MOST_CHUNKS, Bins, Cluster
from sim.kernel.reductions import Tally
from sim.results.tally import Outcome
from sim.scenario.scenario import Scenario

T = TypeVar("T")

_LOT = 128
"""Chunks in a task of several small cells: a second of work, beside which the scheduler's millisecond is nothing."""

_ROUNDS = 8
"""Tasks that each thread should get, for balance."""

_LOOK = 5.0
"""Seconds between two looks at how many threads a cluster has."""


class Carried(NamedTuple):
    """What came of the first legs of a cell, as it travels: a third of a megabyte.

    indices, counts: of the bins that hold something (`Bins`), compressed; the outcome itself has none.
    """

    outcome: Outcome
    indices: bytes
    counts: bytes

    @classmethod
    def of(cls, outcome: Outcome) -> Carried:
        """Ready to travel."""
        indices, counts = Bins.of(outcome.bins)
        outcome.bins = outcome.bins[:0]
        steps = np.diff(indices, prepend=np.int32(0))
        # Steps, and counts of a few, are mostly zeros: a sixth of the bytes in a hundredth second.
        return cls(outcome, zlib.compress(steps.tobytes(), 1), zlib.compress(counts.tobytes(), 1))

    def whole(self) -> Outcome:
        """As it was, apart from this: a task that is worked a second time finds what the first one found."""
        outcome = copy.deepcopy(self.outcome)
        outcome.bins = np.zeros((outcome.centre.size, outcome.bins.shape[1]), dtype=np.int64)
        steps = np.frombuffer(zlib.decompress(self.indices), dtype=np.int32)
        counts = np.frombuffer(zlib.decompress(self.counts), dtype=np.int64)
        Bins(np.cumsum(steps, dtype=np.int32), counts).add_to(outcome.bins)
        return outcome


def work(scenario: Scenario, cells: Sequence[Cell], asked: Asked[T]) -> list[T]:
    """The task of a cluster that works some small cells of one scenario."""
    return [worked(scenario, cell, asked) for cell in cells]


def work_leg(
    scenario: Scenario, cell: Cell, asked: Asked[T], first: int, last: int, so_far: Carried | None
) -> list[T] | Carried:
    """The task that works chunks first … last - 1 of a large cell; of the last leg, the cell's result."""
    leg = Leg(first, last, so_far.whole() if so_far is not None else None)
    with named(scenario, cell):
        run = drawn(scenario, cell, asked, leg=leg)
        return [asked.reduce(run)] if last == asked.chunks else Carried.of(run.outcome)


def lots(cells: Sequence[Cell], chunks: int, threads: int) -> list[range]:
    """Cells, by number, that one task of a cluster works: neighbours of one scenario, several where they are small."""
    most = max(1, min(_LOT // chunks, len(cells) // (_ROUNDS * threads)))
    found: list[range] = []
    first = 0
    for number in range(1, len(cells) + 1):
        over = number == len(cells) or cells[number].scenario != cells[first].scenario
        if over or number - first == most:
            found.append(range(first, number))
            first = number
    return found


def on_cluster(
    scenarios: Sequence[Scenario], cells: Sequence[Cell], asked: Asked[T], cluster: Cluster, meter: Meter
) -> Iterator[T]:
    """Tasks of several small cells, or of a leg of a large one; at most two for each thread are under way."""
    large = asked.chunks > MOST_CHUNKS
    todo = lots(cells, asked.chunks, cluster.threads)
    left = Counter(cells[lot[0]].scenario for lot in todo)
    shared: dict[int, Any] = {}
    running: dict[Any, tuple[int, int]] = {}
    done: dict[int, list[T]] = {}
    following = due = 0
    looked, room = -math.inf, 0

    def begin(number: int, first: int, so_far: Carried | None) -> None:
        at = cells[todo[number][0]].scenario
        if at not in shared:
            shared[at] = cluster.share(scenarios[at])
        some = [cells[k] for k in todo[number]]
        if large:
            last = min(first + MOST_CHUNKS, asked.chunks)
            task = cluster.begin(work_leg, shared[at], some[0], asked, first, last, so_far)
        else:
            task = cluster.begin(work, shared[at], some, asked)
        running[task] = number, first

    while due < len(todo):
        if time.monotonic() - looked > _LOOK:
            looked, room = time.monotonic(), IN_FLIGHT * cluster.threads
        while following < len(todo) and len(running) < room:
            begin(following, 0, None)
            following += 1
        task, found = cluster.next_done()
        number, first = running.pop(task)
        if isinstance(found, Carried):
            meter.note(todo[number][0], (first + MOST_CHUNKS) * CHUNK)
            meter()
            begin(number, first + MOST_CHUNKS, found)
            continue
        done[number] = found
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
