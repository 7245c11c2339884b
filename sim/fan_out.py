"""Many runs as one piece of work: each is handed to one thread, of this process or of a cluster, and reduced there.

A cell is a run of its own, with the seed of all the others (common random numbers). Runs have nothing to merge with
each other, so a cell is worked whole by one thread, from its preparation to its figures: what travels to a cluster is a
number or two, what comes back are the figures, and threads are busy however few chunks a cell has. Small cells go to a
cluster several to a task. A large one goes there in legs of 1,024 chunks, each given what came of those before, so that
a lost worker costs one leg and nothing runs on after a client has gone. Only a few cells that are left over when
every thread has had its share, or that are fewer than threads to begin with, are cut into chunks that all threads work
at once, like a single run, where that is sooner.

Chunks are merged in their order in all these ways, so a cell has the bits of `sim.simulate` on any workers.
"""

from __future__ import annotations

import copy
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from distributions.errors import UserError
from sim import engine, simulation
from sim.engine import Here, Leg, Progress, threads_available
from sim.job import CHUNK, Job
from sim.pool import Piece, Pool
from sim.run import Run
from sim.scenario import Scenario

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.cluster import Bins, Cluster
    from sim.kernel.reductions import Tally
    from sim.outcome import Outcome

T = TypeVar("T")

_WINDOW = 2
"""Pieces of work under way or waiting for each thread: one at work, one at hand."""

_PREPARED = 2.0
"""What a cell takes before its first chunk (inputs, pilot), which threads cannot share, in chunks' time."""

_MERGED = 64
"""Threads whose chunks one client merges as fast as they come."""

_LOT = 64
"""Chunks in a task of several small cells: a second of work, beside which the scheduler's millisecond is nothing."""

_ROUNDS = 8
"""Tasks that each thread should get, for balance."""

_LOOK = 5.0
"""Seconds between two looks at how many threads a cluster has."""


@dataclass(frozen=True)
class Cell:
    """One run of many: the position of its scenario, and the inputs that are held at a value, as `--set` holds them."""

    scenario: int
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked(Generic[T]):
    """How every cell is drawn, and what of its run is kept (on a cluster, by a function of a module)."""

    draws: int
    seed: int
    design: str
    reduce: Callable[[Run], T]

    @property
    def chunks(self) -> int:
        """Of each cell."""
        return -(-self.draws // CHUNK)


def fan_out(
    scenarios: Sequence[Scenario],
    cells: Sequence[Cell],
    asked: Asked[T],
    *,
    threads: int | None = None,
    cluster: Cluster | None = None,
    progress: Progress | None = None,
) -> Iterator[T]:
    """The figures of each cell, in the order of the cells.

    Args:
        scenarios: those that the cells name by position.
        cells: best with those of one scenario together.
        asked: draws, seed and design of each cell, and what is kept of its run. The run itself is let go of.
        threads: of this process; default: all.
        cluster: workers of a cluster instead; closed at the end.
        progress: called with draws done and wanted, of all cells, on the calling thread.

    Raises:
        UserError: draws, seed or design that cannot be; a cell that cannot be run, by name; a cluster that is lost.
    """
    try:
        simulation.check(asked.design, asked.seed, threads)
        engine.check_draws(asked.draws)
        size = cluster.threads if cluster is not None else threads or threads_available()
        whole = len(cells) - cut(len(cells), asked.chunks, size)
        told = _Told(progress, asked.draws, len(cells))
        if cluster is None:
            yield from _on_threads(scenarios, cells[:whole], asked, size, told)
        else:
            yield from _on_cluster(scenarios, cells[:whole], asked, cluster, told)
        for k in range(whole, len(cells)):
            yield _by_all(scenarios[cells[k].scenario], cells[k], asked, size, cluster, told.of(k))
            told.finish(k)
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


def held(scenario: Scenario, cell: Cell) -> Scenario:
    """The scenario of a cell."""
    return scenario.with_values(cell.values) if cell.values else scenario


@contextmanager
def _named(scenario: Scenario, cell: Cell) -> Iterator[None]:
    """What goes wrong with a cell is said of that cell."""
    try:
        yield
    except UserError as error:
        values = ", ".join(f"{key} = {value:g}" for key, value in cell.values.items())
        raise error.within(f"{scenario.title}{' at ' if values else ''}{values}") from error


class _Told:
    """How many draws of all cells are done, from any thread; called on the calling thread, it says so."""

    def __init__(self, progress: Progress | None, draws: int, cells: int) -> None:
        self._progress, self._draws, self._total = progress, draws, draws * cells
        self._finished = 0
        self._part: dict[int, int] = {}

    def of(self, cell: int) -> Progress:
        """For a cell that the calling thread works itself."""

        def told(done: int, _: int) -> None:
            self.note(cell, done)
            self()

        return told

    def note(self, cell: int, done: int) -> None:
        """So many draws of a cell are done; from whichever thread."""
        self._part[cell] = done

    def finish(self, cell: int) -> None:
        """All draws of a cell are done."""
        self._part.pop(cell, None)
        self._finished += self._draws
        self()

    def __call__(self) -> None:
        if self._progress is not None:
            self._progress(self._finished + sum(self._part.copy().values()), self._total)


class _Stopped(BaseException):
    """Nobody waits for this cell any more."""


def _on_threads(
    scenarios: Sequence[Scenario], cells: Sequence[Cell], asked: Asked[T], size: int, told: _Told
) -> Iterator[T]:
    """A thread for each cell; at most two cells a thread are under way or waiting."""
    stopped = Event()

    def one(number: int) -> T:
        def noted(done: int, _: int) -> None:
            if stopped.is_set():
                raise _Stopped
            told.note(number, done)

        scenario, cell = scenarios[cells[number].scenario], cells[number]
        with _named(scenario, cell):
            return asked.reduce(_drawn(scenario, cell, asked, noted))

    pool = Pool(size)
    waiting: deque[Piece[T]] = deque()
    following = 0
    try:
        for number in range(len(cells)):
            while following < len(cells) and len(waiting) < _WINDOW * size:
                waiting.append(pool.submit(one, following))
                following += 1
            found = waiting.popleft().result(told)
            told.finish(number)
            yield found
    finally:
        stopped.set()
        pool.close()


def _drawn(
    scenario: Scenario,
    cell: Cell,
    asked: Asked[T],
    progress: Progress | None = None,
    leg: Leg | None = None,
) -> Run:
    """A cell, or a leg of it, on the calling thread."""
    return simulation.simulate(
        held(scenario, cell),
        asked.draws,
        asked.seed,
        asked.design,
        workers=Here(),
        progress=progress,
        leg=leg,
    )


class Carried(NamedTuple):
    """What came of the first legs of a cell, as it travels: without the bins of the histograms that are empty."""

    outcome: Outcome
    bins: Bins

    @classmethod
    def of(cls, outcome: Outcome) -> Carried:
        """Ready to travel."""
        from sim.cluster import Bins

        bins = Bins.of(outcome.counts)
        outcome.counts = outcome.counts[:0]
        return cls(outcome, bins)

    def whole(self) -> Outcome:
        """As it was, apart from this: a task that is worked a second time finds what the first one found."""
        import numpy as np

        from sim.kernel.reductions import BINS

        outcome = copy.deepcopy(self.outcome)
        outcome.counts = np.zeros((outcome.centre.size, BINS), dtype=np.int64)
        self.bins.add_to(outcome.counts)
        return outcome


def work(scenario: Scenario, cells: Sequence[Cell], asked: Asked[T]) -> list[T]:
    """The task of a cluster that works some small cells of one scenario."""
    found = []
    for cell in cells:
        with _named(scenario, cell):
            found.append(asked.reduce(_drawn(scenario, cell, asked)))
    return found


def work_leg(
    scenario: Scenario, cells: Sequence[Cell], asked: Asked[T], first: int, so_far: Carried | None
) -> list[T] | Carried:
    """The task that works a large cell, the only one of `cells`, for a leg from chunk `first` on."""
    from sim.cluster import LARGEST

    last = min(first + LARGEST, asked.chunks)
    leg = Leg(first, last, so_far.whole() if so_far is not None else None)
    with _named(scenario, cells[0]):
        run = _drawn(scenario, cells[0], asked, leg=leg)
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


def _on_cluster(
    scenarios: Sequence[Scenario], cells: Sequence[Cell], asked: Asked[T], cluster: Cluster, told: _Told
) -> Iterator[T]:
    """Tasks of several small cells, or of a leg of a large one; at most two for each thread are under way."""
    from sim.cluster import LARGEST

    large = asked.chunks > LARGEST
    todo = lots(cells, asked.chunks, cluster.threads)
    left = Counter(cells[lot[0]].scenario for lot in todo)
    shared: dict[int, Any] = {}
    running: dict[Any, tuple[int, int]] = {}
    done: dict[int, list[T]] = {}
    following = due = 0
    looked, room = 0.0, 0

    def begin(number: int, first: int, so_far: Carried | None) -> None:
        at = cells[todo[number][0]].scenario
        if at not in shared:
            shared[at] = cluster.share(scenarios[at])
        some = [cells[k] for k in todo[number]]
        task = (
            cluster.begin(work_leg, shared[at], some, asked, first, so_far)
            if large
            else cluster.begin(work, shared[at], some, asked)
        )
        running[task] = number, first

    while due < len(todo):
        if time.monotonic() - looked > _LOOK:
            looked, room = time.monotonic(), _WINDOW * cluster.threads
        while following < len(todo) and len(running) < room:
            begin(following, 0, None)
            following += 1
        task, found = cluster.next_done()
        number, first = running.pop(task)
        if isinstance(found, Carried):
            told.note(todo[number][0], (first + LARGEST) * CHUNK)
            told()
            begin(number, first + LARGEST, found)
            continue
        done[number] = found
        at = cells[todo[number][0]].scenario
        left[at] -= 1
        if not left[at]:
            del shared[at]
        for k in todo[number]:
            told.finish(k)
        while due in done:
            yield from done.pop(due)
            due += 1


class _Lent:
    """A cluster as the workers of one run among many: at the run's end it is let go of and not closed."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def tallies(self, job: Job, draws: int, first: int, last: int) -> Iterator[Tally]:
        """See `sim.cluster.Cluster`."""
        return self._cluster.tallies(job, draws, first, last)

    def counts(self, job: Job) -> NDArray[np.int64]:
        """See `sim.cluster.Cluster`."""
        return self._cluster.counts(job)

    def close(self) -> None:
        """Lets go of the run."""
        self._cluster.release()


def _by_all(
    scenario: Scenario, cell: Cell, asked: Asked[T], threads: int, cluster: Cluster | None, progress: Progress
) -> T:
    """One cell, cut into chunks for all threads as a single run is."""
    with _named(scenario, cell):
        run = simulation.simulate(
            held(scenario, cell),
            asked.draws,
            asked.seed,
            asked.design,
            threads=threads if cluster is None else None,
            workers=_Lent(cluster) if cluster is not None else None,
            progress=progress,
        )
        return asked.reduce(run)
