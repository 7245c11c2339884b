"""One run of many: which it is, how it is drawn, and how a single thread works it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from distributions.errors import UserError
from sim.draws.job import CHUNK
from sim.engine import simulate as simulation
from sim.engine.chunks import Here, Progress, Workers
from sim.results.run import Run
from sim.scenario.scenario import Scenario

T = TypeVar("T")


@dataclass(frozen=True)
class Cell:
    """One run of many: the position of its scenario, and the inputs that are held at a value, as `--set` holds them."""

    scenario: int
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class CellPlan(Generic[T]):
    """How every cell is drawn, and what of its run is kept (on a cluster, by a function of a module).

    totals: see `sim.simulate`.
    """

    draws: int
    seed: int
    design: str
    reduce: Callable[[Run], T]
    totals: bool = False

    @property
    def chunks(self) -> int:
        """Of each cell."""
        return -(-self.draws // CHUNK)


@contextmanager
def named(scenario: Scenario, cell: Cell) -> Iterator[None]:
    """What goes wrong with a cell is said of that cell."""
    try:
        yield
    except UserError as error:
        values = ", ".join(f"{key} = {value:g}" for key, value in cell.values.items())
        raise error.within(f"{scenario.title}{' at ' if values else ''}{values}") from error


def worked(
    scenario: Scenario,
    cell: Cell,
    plan: CellPlan[T],
    *,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> T:
    """What is kept of a cell's run; on the calling thread, or on the workers that are given."""
    with named(scenario, cell):
        run = simulation.simulate(
            scenario.with_values(cell.values) if cell.values else scenario,
            plan.draws,
            plan.seed,
            plan.design,
            workers=workers or Here(),
            progress=progress,
            totals=plan.totals,
        )
        return plan.reduce(run)


class Meter:
    """How many draws of all cells are done, from any thread; who waits for the cells calls it."""

    def __init__(self, progress: Progress | None, draws: int, cells: int) -> None:
        self._progress, self._draws, self._total = progress, draws, draws * cells
        self._finished = 0
        self._part: dict[int, int] = {}

    def of(self, cell: int) -> Progress:
        """For a cell that the calling thread works itself."""

        def noted(done: int, _: int) -> None:
            self.note(cell, done)
            self()

        return noted

    def note(self, cell: int, done: int) -> None:
        """So many draws of a cell are done; from whichever thread."""
        self._part[cell] = done

    def finish(self, cell: int) -> None:
        """All draws of a cell are done."""
        self._part.pop(cell, None)
        self._finished += self._draws
        self()

    def __call__(self) -> None:
        """Say so."""
        if self._progress is not None:
            self._progress(self._finished + sum(self._part.copy().values()), self._total)
