"""Many runs as one piece of work: each is handed to one thread, of this process or of a cluster, and reduced there.

A cell is a run of its own, with the seed of all the others (common random numbers). Runs have nothing to merge with
each other, so a cell is worked whole by one thread, from its preparation to its result: what travels to a cluster is a
number or two, what comes back are the results, and threads are busy however few chunks a cell has. Small cells go to a
cluster several to a task. A lost worker costs what it had under way, and nothing runs on after a client has gone. Only
a few cells that are left over when every thread has had its share, or that are fewer than threads to begin with, are
cut into chunks that all threads work at once, like a single run, where that is sooner.

Chunks are merged in their order in all these ways, so a cell has the bits of `sim.simulate` on any workers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Event
from typing import TYPE_CHECKING, TypeVar

from sim.engine import chunks as engine
from sim.engine import simulate as simulation
from sim.engine.cell import Cell, CellPlan, Meter, worked
from sim.engine.chunks import Progress, Threads, Workers
from sim.engine.pool import Pool, threads_available
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    from sim.engine.cluster import Cluster

T = TypeVar("T")

_WINDOW = 2
"""Pieces of work under way or waiting for each thread: one at work, one at hand."""

_PREPARED = 2.0
"""What a cell takes before its first chunk (inputs, pilot), which threads cannot share, in chunks' time."""

_MERGED = 32
"""Threads whose chunks one client merges as fast as they come."""


def fan_out(
    scenarios: Sequence[Scenario],
    cells: Sequence[Cell],
    plan: CellPlan[T],
    *,
    threads: int | None = None,
    cluster: Cluster | None = None,
    progress: Progress | None = None,
) -> Iterator[T]:
    """The result of each cell, in the order of the cells.

    Args:
        scenarios: those that the cells name by position.
        cells: best with those of one scenario together.
        plan: draws, seed and design of each cell, and what is kept of its run. The run itself is let go of.
        threads: of this process; default: all.
        cluster: workers of a cluster instead; closed at the end.
        progress: called with draws done and wanted, of all cells, on the calling thread.

    Raises:
        UserError: draws, seed or design that cannot be; a cell that cannot be run, by name; a cluster that is lost.
    """
    try:
        simulation.check(plan.design, plan.seed, threads, simulation.SAME_DRAWS)
        engine.check_draws(plan.draws)
        size = cluster.threads if cluster is not None else threads or threads_available()
        whole = len(cells) - cut(len(cells), plan.chunks, size)
        meter = Meter(progress, plan.draws, len(cells))
        if cluster is None:
            yield from _on_threads(scenarios, cells[:whole], plan, size, meter)
        else:
            from sim.engine.cell_tasks import on_cluster

            yield from on_cluster(scenarios, cells[:whole], plan, cluster, meter)
        for k in range(whole, len(cells)):
            scenario = scenarios[cells[k].scenario]
            yield worked(scenario, cells[k], plan, workers=_all(size, cluster), progress=meter.of(k))
            meter.finish(k)
    finally:
        if cluster is not None:
            cluster.close()


def cut(cells: int, chunks: int, threads: int) -> int:
    """How many of the cells, the last, are cut into chunks that all threads work at once.

    Those that are left when every thread has had equally many, if that is sooner than one thread for each of them.
    """
    rest = cells % threads
    together = rest * (_PREPARED + chunks / min(threads, _MERGED))
    return rest if together < _PREPARED + chunks else 0


class _Stopped(BaseException):
    """Nobody waits for this cell any more."""


def _on_threads(
    scenarios: Sequence[Scenario], cells: Sequence[Cell], plan: CellPlan[T], size: int, meter: Meter
) -> Iterator[T]:
    """A thread for each cell; those under way are told to stop before one waits for their threads."""
    stopped = Event()

    def work(number: int) -> T:
        def noted(done: int, _: int) -> None:
            if stopped.is_set():
                raise _Stopped
            meter.note(number, done)

        cell = cells[number]
        return worked(scenarios[cell.scenario], cell, plan, progress=noted)

    pool = Pool(size)
    results = pool.in_order(work, range(len(cells)), window=_WINDOW, meanwhile=meter)
    try:
        for number, result in enumerate(results):
            meter.finish(number)
            yield result
    finally:
        stopped.set()
        pool.close()


def _all(threads: int, cluster: Cluster | None) -> Workers:
    """All threads as the workers of one cell, cut into chunks as a single run is."""
    if cluster is None:
        return Threads(threads)
    from sim.engine.cell_tasks import Lent

    return Lent(cluster)
