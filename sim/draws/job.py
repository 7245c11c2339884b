"""One run as a job that can be cut into chunks, each worked anywhere: on a thread, on another machine.

A chunk is 16,384 draws. Its sums are taken in one fixed order, so a chunk's tally has the same bits wherever it was
worked; histograms count whole numbers, whose order does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import BLOCK
from sim.draws.sampler import Sampler
from sim.kernel import block
from sim.kernel.at_values import evaluate_values
from sim.kernel.block import Question, Scratch
from sim.kernel.prices import Prices, prices
from sim.kernel.reductions import BINS, GRID, Tally, empty_tally
from sim.kernel.standings import open_standings
from sim.model.program import Program

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

CHUNK = 64 * BLOCK
"""Draws in a chunk, the unit of arithmetic and of work."""


def scratch_for(program: Program, changing: Prices, linked: int = 0) -> Scratch:
    """Working rows of one thread for a program; linked: how many inputs a copula links."""
    return block.scratch(program.rows, linked, len(program.names), program.constants, changing.row.size)


class Evaluator(Protocol):
    """What turns sampled values into costs: the compiled cost model, or a user's function.

    lines: how many distinct cost lines it has. months: H. prices: how they change within the horizon.
    program: what `block.run_chunks` runs, so that it may sample and evaluate in one pass; None for a model of others.
    """

    lines: int
    months: int
    prices: Prices
    program: Program | None

    def costs(self, values: Array, every_month: bool = True) -> tuple[Array, Array]:
        """Sampled values (inputs, n) to cumulative costs (S, months + 1, n) and queries (S, n).

        Unless of `every_month`, of the last alone, (S, 1, n).
        """

    def reduce(self, values: Array, question: Question, work: Scratch, tally: Tally, counts: Counts) -> None:
        """Reduce one chunk of sampled values."""


class CostEvaluator:
    """The cost model of a program at the discount factors of its months, and at prices that may change in them."""

    def __init__(self, program: Program, discount: Array, changing: Prices | None = None) -> None:
        self.program: Program | None = program
        self.lines = program.code.line.size
        self.months = discount.size - 1
        self.prices = prices(self.months) if changing is None else changing
        self._run, self._discount = program, discount

    def costs(self, values: Array, every_month: bool = True) -> tuple[Array, Array]:
        """Cumulative discounted costs (S, H+1, n), or (S, 1, n) of month H, and queries over the horizon (S, n)."""
        n, program = values.shape[1], self._run
        cumulative = np.empty((len(program.names), self.months + 1 if every_month else 1, n))
        queries, work = np.empty((len(program.names), n)), scratch_for(program, self.prices)
        evaluate_values(
            values, self._discount, self.prices, program.code, work, cumulative, np.empty((0, 0)), queries
        )
        return cumulative, queries

    def reduce(self, values: Array, question: Question, work: Scratch, tally: Tally, counts: Counts) -> None:
        """Reduce one chunk of sampled values."""
        standings = open_standings(tally.less.shape[0], question.eligible)
        block.run_values(values, question, self._run.code, work, standings, tally, counts)


class FunctionEvaluator:
    """A user's model: a Python function on whole chunks; its outputs stand where strategies' costs do."""

    program: Program | None = None
    lines = 0
    months = 0
    prices = prices(0)

    def __init__(
        self, names: Sequence[str], evaluate: Callable[[Mapping[str, Array]], Mapping[str, Array]]
    ) -> None:
        self._names = names
        self._evaluate = evaluate

    def costs(self, values: Array, every_month: bool = True) -> tuple[Array, Array]:
        """Outputs (S, 1, n); one query a draw."""
        outputs = self._evaluate(dict(zip(self._names, values, strict=True)))
        costs = np.array(list(outputs.values()))
        return costs[:, None, :], np.ones_like(costs)

    def reduce(self, values: Array, question: Question, work: Scratch, tally: Tally, counts: Counts) -> None:
        """Reduce one chunk of sampled values."""
        costs, _ = self.costs(values)
        rows = block.scratch(1, outputs=costs.shape[0])
        block.run_outputs(np.ascontiguousarray(costs[:, 0]), question, rows, tally, counts)


@dataclass(frozen=True)
class Job:
    """What to draw, how to evaluate it, and what to count."""

    sampler: Sampler
    evaluator: Evaluator
    question: Question

    @property
    def strategies(self) -> int:
        """How many strategies (or outputs) there are."""
        return int(self.question.eligible.size)

    @property
    def measures(self) -> int:
        """How many quantities have moments and a histogram."""
        return int(self.question.centre.size)

    @property
    def months(self) -> int:
        """The last month that is counted: 0 where costs over the whole horizon alone are."""
        return self.evaluator.months if self.question.by_month else 0

    @property
    def lines(self) -> int:
        """How many cost lines are summed."""
        return self.evaluator.lines if self.question.by_month else 0

    def empty_counts(self) -> Counts:
        """Histograms of nothing, and counts by replicate after them where these are kept, (measures, columns).

        None of either where costs over the whole horizon alone are counted.
        """
        columns = BINS + (GRID if self.question.ends.size else 0)
        return np.zeros((self.measures, columns if self.question.by_month else 0), dtype=np.int64)

    def scratch(self) -> Scratch:
        """Working rows of one thread."""
        program, sampler = self.evaluator.program, self.sampler
        if program is None:
            return sampler.scratch()
        return sampler.filled(scratch_for(program, self.evaluator.prices, sampler.plan.linked.size))

    def work(self, numbers: range, draws: int, rows: Scratch, counts: Counts) -> list[Tally]:
        """The tallies of these chunks of a run of `draws`; their histograms are added to `counts`."""
        tallies = empty_tally(
            self.strategies,
            self.measures,
            len(self.question.differences),
            len(self.question.pairs),
            self.months,
            self.lines,
            (len(numbers),),
        )
        each = [Tally(*(part[k] for part in tallies)) for k in range(len(numbers))]
        first, last = numbers.start * CHUNK, min(numbers.stop * CHUNK, draws)
        program = self.evaluator.program
        if program is not None and self.sampler.fused:
            standings = open_standings(self.months + 1, self.question.eligible)
            block.run_chunks(
                self.sampler.plan,
                self.question,
                program.code,
                first // BLOCK,
                last - first,
                CHUNK,
                rows,
                standings,
                tallies,
                counts,
            )
            return each
        for begin, tally in zip(range(first, last, CHUNK), each, strict=True):
            values = self.sampler.draw(begin // BLOCK, min(CHUNK, last - begin), rows)
            self.evaluator.reduce(values, self.question, rows, tally, counts)
        return each
