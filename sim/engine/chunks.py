"""Draws in chunks over threads or a cluster, merged in chunk order: the same bits on any layout.

Memory does not grow with draws: a worker holds one block's rows and one set of histograms, and tallies are merged as
they come. A run may have its number of draws fixed, or draw on until an interval is narrow enough.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError
from distributions.sampling.jit import REPLICATES
from sim.draws.job import CHUNK, Evaluator, Job
from sim.draws.sampler import Sampler
from sim.engine.pool import WINDOW, Pool, threads_available
from sim.kernel import reductions
from sim.kernel.block import Question
from sim.kernel.reductions import Tally
from sim.results.tally import RunTally

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
Progress = Callable[[int, int], None]

MAX_DRAWS = REPLICATES * 2**32
"""What the index of a replicate can count."""

MOST_COST = 1e100
"""Costs from here on are refused: their cubes, which go into intervals, have no float64."""

MAX_KEPT = 10_000_000
"""Most draws that are kept whole: with all inputs and costs about half a kilobyte each."""

DEFAULT_DRAWS = 1_000_000
DEFAULT_SEED = 20_260_801
_CHECKPOINTS = 60
_FIRST_LOOK = 4
"""Chunks that are worked before it is first asked whether they suffice."""

PILOT = 1024
"""Draws from which the histograms are placed; they only have to be near the middle and of its size."""

_LOT = 4
"""Chunks in a piece while there are many; towards the end a piece is one, so that all threads end together."""


class Workers(Protocol):
    """Something that works chunks of a job and hands their tallies back in order."""

    def tallies(self, job: Job, draws: int, first: int, last: int) -> Iterator[Tally]:
        """The tallies of chunks first … last - 1 of a run of `draws`, in order."""

    def counts(self, job: Job) -> Counts:
        """The histograms of all chunks worked so far."""

    def close(self) -> None:
        """Cancel what has not begun and let go."""


class Threads:
    """Workers on the threads of this process; the compiled code runs without the interpreter's lock."""

    def __init__(self, threads: int | None = None) -> None:
        self._pool = Pool(max(1, threads or threads_available()))
        self._idle: deque[tuple[object, Counts]] = deque()
        self._all: list[Counts] = []

    def tallies(self, job: Job, draws: int, first: int, last: int) -> Iterator[Tally]:
        """In order; a piece of work is some chunks, towards the end one."""

        def some(following: range) -> list[Tally]:
            try:
                rows, counts = self._idle.popleft()
            except IndexError:
                rows, counts = job.scratch(), job.empty_counts()
                self._all.append(counts)
            try:
                return job.work(following, draws, rows, counts)  # type: ignore[arg-type]
            finally:
                self._idle.append((rows, counts))

        def lots() -> Iterator[range]:
            start = first
            while start < last:
                share = (last - start) // (2 * WINDOW * self._pool.size)
                end = start + max(1, min(_LOT, share))
                yield range(start, end)
                start = end

        for tallies in self._pool.in_order(some, lots(), window=WINDOW):
            yield from tallies

    def counts(self, job: Job) -> Counts:
        """Whole numbers: the order of the threads does not matter."""
        total = job.empty_counts()
        for counts in self._all:
            total += counts
        return total

    def close(self) -> None:
        """Cancel what has not begun and wait for the chunks under way."""
        self._pool.close()


class Here:
    """The calling thread alone."""

    def __init__(self) -> None:
        self._counts: Counts | None = None

    def tallies(self, job: Job, draws: int, first: int, last: int) -> Iterator[Tally]:
        """One after another."""
        rows, self._counts = job.scratch(), job.empty_counts() if self._counts is None else self._counts
        for start in range(first, last, _LOT):
            yield from job.work(range(start, min(start + _LOT, last)), draws, rows, self._counts)

    def counts(self, job: Job) -> Counts:
        """The histograms of all chunks worked so far."""
        return job.empty_counts() if self._counts is None else self._counts

    def close(self) -> None:
        """Nothing is under way."""


@dataclass(frozen=True)
class Limits:
    """When to stop.

    draws: how many, or with `enough` the most. enough: asked at growing numbers of draws whether these suffice.
    seconds: stop drawing on after so long.
    """

    draws: int
    enough: Callable[[RunTally], bool] | None = None
    seconds: float | None = None

    def segments(self) -> list[tuple[int, int]]:
        """Chunks (first, last) to work between two questions whether this is enough.

        From four chunks on, four to a doubling and at least two chunks apart: sooner, and threads would wait for each
        other. So few looks leave the interval honest (`benchmarks/coverage.py`).
        """
        chunks = -(-self.draws // CHUNK)
        if self.enough is None and self.seconds is None:
            return [(0, chunks)]
        ends, following = [], _FIRST_LOOK
        while following < chunks:
            ends.append(following)
            following += max(2, 1 << (following.bit_length() - 3))
        ends.append(chunks)
        return list(zip([0, *ends[:-1]], ends, strict=True))


@dataclass(frozen=True)
class Result:
    """What came of a job: its tally, how many draws it took, and whether they were enough."""

    tally: RunTally
    draws: int
    enough: bool


def check_draws(draws: object) -> None:
    """Raise UserError unless a run can have so many draws."""
    if isinstance(draws, int | np.integer) and not isinstance(draws, bool):
        if 1 <= draws <= MAX_DRAWS:
            return
        problem = f"found {draws:,}"
    else:
        problem = f"found {draws!r}"
    raise UserError(Fault("--draws", problem, f"a whole number from 1 to {MAX_DRAWS:,}"))


def check_size(costs: Array) -> None:
    """Raise UserError for costs whose spread no float64 can hold: their powers would overflow.

    costs: any shape, USD (or a model's outputs). What is not a number counts as too large.
    """
    largest = float(np.max(np.abs(costs), initial=0.0))
    if not largest < MOST_COST:
        problem = f"costs reach {largest:.3g}" if np.isfinite(largest) else "costs overflow"
        raise UserError(
            Fault(
                "",
                f"{problem}, which is too large to count with",
                f"below {MOST_COST:g}",
                "an input is too large by many orders of magnitude: see 'breakeven evaluate'",
            )
        )


def _location(measures: Array) -> tuple[Array, Array]:
    """Centre and scale of the histograms of each measure, from a pilot: (measures, n) to two of (measures,)."""
    measures = np.where(np.isfinite(measures), measures, 0.0)
    rising = np.sort(measures, axis=1)
    low, centre, high = (rising[:, int(share * (rising.shape[1] - 1))].copy() for share in (0.1, 0.5, 0.9))
    scale = 0.5 * (high - low)
    # nine in ten are one number, as regret is 0 for who is nearly always the cheapest: the size of the others
    for k in np.flatnonzero(~(scale > 0.0)):
        away = np.abs(rising[k] - centre[k])
        scale[k] = np.median(away[away > 0.0]) if away.any() else 0.0
    return centre, np.where(scale > 0.0, scale, np.maximum(np.abs(centre), 1.0) * 1e-9)


def _ends(measures: Array, centre: Array, scale: Array, differences: int) -> tuple[NDArray[np.int16], Array]:
    """`Question.ends` and `Question.tails` of a pilot (measures, n); no ends for a pilot of no draws."""
    count = len(measures)
    if not measures.shape[1]:
        return np.zeros((count, 0), dtype=np.int16), np.zeros(count + differences)
    rising = np.sort(np.where(np.isfinite(measures), measures, 0.0), axis=1)
    at = (np.array(reductions.ENDS_AT) * (rising.shape[1] - 1)).astype(np.int64)
    ends = reductions.bins_of(rising[:, at], centre, scale)
    begin = reductions.bin_starts(ends, centre, scale)
    tails = np.concatenate([begin[:, reductions.UPPER], -begin[count - differences :, reductions.LOWER]])
    # In C order as where there are none, so that both meet the same compiled code.
    return ends.astype(np.int16, order="C"), tails


def measures_of(costs: Array, queries: Array, eligible: NDArray[np.bool_], differences: Counts) -> Array:
    """The measured quantities of draws: costs, queries (S, n) to (3 S + differences, n), as in `reduce_costs`."""
    least = costs[eligible].min(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):  # no queries, no cost per query
        per_query = costs / queries
    apart = costs[differences[:, 0]] - costs[differences[:, 1]]
    return np.concatenate([costs, per_query, costs - least, apart])


def run(
    sampler: Sampler,
    evaluator: Evaluator,
    discount: Array,
    eligible: NDArray[np.bool_],
    pairs: Sequence[tuple[int, int]],
    differences: Sequence[tuple[int, int]],
    watched: int,
    limits: Limits,
    workers: Workers,
    progress: Progress | None = None,
    by_month: bool = True,
    stratified: bool = False,
) -> Result:
    """Draw, evaluate and reduce.

    pairs, differences: see `Question`.
    watched: the position in `pairs` whose convergence is recorded. progress: called with draws done and the most.
    by_month: see `Question`. stratified: whether replicates are counted apart, for the intervals of quantiles.
    """
    check_draws(limits.draws)
    pair_array, apart = (np.array(which, dtype=np.int64).reshape(-1, 2) for which in (pairs, differences))
    values = sampler.draw(0, min(limits.draws, PILOT), sampler.scratch())
    cumulative, queries = evaluator.costs(values, every_month=False)
    check_size(cumulative)
    measures = measures_of(cumulative[:, -1], queries, eligible, apart)
    centre, scale = _location(measures)
    pilot = measures if stratified and by_month else measures[:, :0]
    ends, tails = _ends(pilot, centre, scale, len(apart))
    question = Question(
        evaluator.months,
        discount,
        eligible,
        pair_array,
        apart,
        centre,
        1.0 / scale,
        ends,
        tails,
        by_month,
        evaluator.prices,
    )
    job = Job(sampler, evaluator, question)
    tally = RunTally.empty(job)
    chunks = -(-limits.draws // CHUNK)
    recorded = {int(chunk) for chunk in np.unique(np.geomspace(1, chunks, _CHECKPOINTS).round())}
    started = time.monotonic()
    enough = limits.enough is None
    draws = 0
    for first, last in limits.segments():
        for number, chunk in enumerate(workers.tallies(job, limits.draws, first, last), start=first + 1):
            tally.merge(chunk)
            draws = min(number * CHUNK, limits.draws)
            if number in recorded and len(pair_array):
                tally.mark(watched)
            if progress is not None:
                progress(draws, limits.draws)
        if limits.enough is not None and limits.enough(tally):
            enough = True
            break
        if limits.seconds is not None and time.monotonic() - started > limits.seconds:
            break
    check_size(tally.extremes[: eligible.size])
    tally.bins = workers.counts(job)
    return Result(tally, draws, enough)
