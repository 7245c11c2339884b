"""Draws in chunks over threads, merged in chunk order: the same bits whatever the threads.

A chunk is 16,384 draws. Its sums are taken in one fixed order, and chunks are merged in the order of their numbers,
so no result depends on which thread ran what or when. Histograms count whole numbers, whose order does not matter.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError
from distributions.sampling import inverse
from distributions.sampling.compiled import BLOCK, REPLICATES
from distributions.sampling.inverse import Plan
from distributions.spec import Marginal
from sim.kernel import block, reductions
from sim.kernel.block import Question, Scratch
from sim.kernel.reductions import BINS, Tally, empty_tally
from sim.statistics import Moments

if TYPE_CHECKING:
    from distributions.dependence import Copula

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

CHUNK = 64 * BLOCK
"""Draws in a chunk, the unit of arithmetic and of work."""

MAX_DRAWS = REPLICATES * 2**32
"""What the index of a replicate can count."""

DEFAULT_DRAWS = 1_000_000
DEFAULT_SEED = 20_260_801
_CHECKPOINTS = 60


class Evaluator(Protocol):
    """What turns sampled values into a tally: the compiled cost model, or a user's function."""

    lines: int
    months: int

    def costs(self, values: Array) -> tuple[Array, Array]:
        """Sampled values (inputs, n) to cumulative costs (S, months + 1, n) and queries (n,)."""

    def reduce(
        self, values: Array, question: Question, work: Scratch, tally: Tally, counts: NDArray[np.int64]
    ) -> None:
        """Reduce one chunk of sampled values."""

    fused: bool
    """Whether `block.run_chunk` may sample and evaluate in one pass."""


@dataclass(frozen=True)
class Sampler:
    """The inputs of a model, ready to be drawn.

    names: all inputs, a row each. certain: rows with one value, and the values. plan: how the others are drawn.
    exact: rows that must go through the exact ppf, with their laws. errors: largest error in u by input.
    """

    names: tuple[str, ...]
    certain: Mapping[int, float]
    plan: Plan
    exact: Mapping[int, Marginal]
    errors: Mapping[str, float]
    methods: Mapping[str, str]

    def scratch(self, pairs: int) -> Scratch:
        """Working rows with the certain inputs filled in."""
        work = block.scratch(len(self.names), self.plan.linked.size, pairs)
        for row, value in self.certain.items():
            work.values[row * BLOCK : (row + 1) * BLOCK] = value
        return work

    def draw(self, first: int, count: int, work: Scratch) -> Array:
        """The values of `count` draws from block `first` on: (inputs, count)."""
        values = np.empty((len(self.names), count))
        for row, value in self.certain.items():
            values[row] = value
        block.sample_chunk(self.plan, first, work, values)
        for row, law in self.exact.items():
            values[row] = law.ppf(values[row])
        return values


def sampler(
    inputs: Mapping[str, Marginal], copula: Copula | None, design: str, seed: int, draws: int
) -> Sampler:
    """Recipes for all inputs, checked against their laws; an input's Sobol' dimension is its position."""
    names = tuple(inputs)
    rows = {name: row for row, name in enumerate(names)}
    uncertain = [name for name in names if not inputs[name].certain]
    recipes = [(name, inputs[name].recipe) for name in uncertain]
    plan = inverse.assemble(
        recipes,
        [rows[name] for name in uncertain],
        design,
        seed,
        draws,
        dimension=rows,
        linked=copula.members if copula is not None else (),
        cholesky=copula.cholesky if copula is not None else None,
    )
    return Sampler(
        names,
        {rows[name]: float(inputs[name].value) for name in names if inputs[name].certain},
        plan,
        {rows[name]: inputs[name] for name, found in recipes if found.kind == inverse.EXACT},
        {name: found.error for name, found in recipes},
        {name: found.method for name, found in recipes},
    )


@dataclass
class Outcome:
    """Everything a run counted, merged over chunks.

    moments: of each measure by replicate, (measures, R). extremes (measures, 2).
    counts (measures, BINS): histograms about `centre`, `scale`, each (measures,).
    less, equal (pairs, H+1, R): draws in which the first's cumulative cost is below the second's, is equal.
    reached (pairs, 2, H+1): draws in which the first has been at or below the second by month m; and the reverse.
    cheapest (S, H+1, R), cumulative (S, H+1), items (lines,), draws (R,): as in `Tally`.
    path: (draws, less, equal, draws by replicate) of the watched pair as draws accumulated.
    """

    moments: Moments
    extremes: Array
    counts: NDArray[np.int64]
    centre: Array
    scale: Array
    less: NDArray[np.int64]
    equal: NDArray[np.int64]
    reached: NDArray[np.int64]
    cheapest: Array
    cumulative: Array
    items: Array
    draws: NDArray[np.int64]
    path: list[tuple[int, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = field(
        default_factory=list
    )

    def merge(self, tally: Tally) -> None:
        """Add the next chunk, in order."""
        part = Moments.from_deviations(
            tally.draws,
            self.centre[:, None],
            tally.moments[:, 0],
            tally.moments[:, 1],
        )
        self.moments = self.moments.merge(part)
        np.minimum(self.extremes[:, 0], tally.extremes[:, 0].min(axis=-1), out=self.extremes[:, 0])
        np.maximum(self.extremes[:, 1], tally.extremes[:, 1].max(axis=-1), out=self.extremes[:, 1])
        less, greater, ever_a, ever_b = reductions.unpack(tally.compared)
        self.less += less
        self.equal += tally.draws - less - greater
        self.reached[:, 0] += ever_a.sum(axis=-1)
        self.reached[:, 1] += ever_b.sum(axis=-1)
        self.cheapest += tally.cheapest.transpose(1, 0, 2)
        self.cumulative += tally.cumulative.sum(axis=-1).T
        self.items += tally.items.sum(axis=-1)
        self.draws += tally.draws


def _location(measures: Array) -> tuple[Array, Array]:
    """Centre and scale of the histograms of each measure, from a pilot: (measures, n) to two of (measures,)."""
    measures = np.where(np.isfinite(measures), measures, 0.0)
    low, centre, high = np.quantile(measures, [0.1, 0.5, 0.9], axis=1)
    scale = 0.5 * (high - low)
    spread = measures.max(axis=1) - measures.min(axis=1)
    scale = np.where(scale > 0.0, scale, spread)
    return centre, np.where(scale > 0.0, scale, np.maximum(np.abs(centre), 1.0) * 1e-9)


def measures_of(costs: Array, queries: Array, eligible: NDArray[np.bool_], pairs: NDArray[np.int64]) -> Array:
    """The measured quantities of draws: costs (S, n) to (3 S + pairs, n), in the order of `reductions`."""
    least = costs[eligible].min(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):  # no queries, no cost per query
        per_query = costs / queries
    return np.concatenate([costs, per_query, costs - least, costs[pairs[:, 0]] - costs[pairs[:, 1]]])


def threads_available() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def check_draws(draws: int) -> None:
    """Raise UserError unless a run can have so many draws."""
    if not 1 <= draws <= MAX_DRAWS:
        raise UserError(Fault("--draws", f"found {draws:,}", f"a whole number from 1 to {MAX_DRAWS:,}"))


def run(
    source: Sampler,
    evaluator: Evaluator,
    horizon: int,
    discount: Array,
    eligible: NDArray[np.bool_],
    pairs: Sequence[tuple[int, int]],
    watched: int,
    draws: int,
    threads: int | None = None,
    progress: Progress | None = None,
) -> tuple[Outcome, Array, Array]:
    """Draw, evaluate and reduce.

    watched: the position in `pairs` whose convergence is recorded.

    Returns the outcome, and of the first chunk the values (inputs, n) and cumulative costs (S, H+1, n).
    """
    check_draws(draws)
    pair_array = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    strategies = eligible.size
    measures = 3 * strategies + len(pair_array)
    kept = min(draws, CHUNK)
    values = source.draw(0, kept, source.scratch(len(pair_array)))
    cumulative, queries = evaluator.costs(values)
    centre, scale = _location(measures_of(cumulative[:, -1], queries, eligible, pair_array))
    question = Question(horizon, discount, eligible, pair_array, centre, 1.0 / scale)

    months = horizon + 1
    outcome = Outcome(
        moments=Moments.empty((measures, REPLICATES)),
        extremes=np.stack([np.full(measures, np.inf), np.full(measures, -np.inf)], axis=1),
        counts=np.zeros((measures, BINS), dtype=np.int64),
        centre=centre,
        scale=scale,
        less=np.zeros((len(pair_array), months, REPLICATES), dtype=np.int64),
        equal=np.zeros((len(pair_array), months, REPLICATES), dtype=np.int64),
        reached=np.zeros((len(pair_array), 2, months), dtype=np.int64),
        cheapest=np.zeros((strategies, months, REPLICATES)),
        cumulative=np.zeros((strategies, months)),
        items=np.zeros(evaluator.lines),
        draws=np.zeros(REPLICATES, dtype=np.int64),
    )
    chunks = -(-draws // CHUNK)
    workers = max(1, min(threads or threads_available(), chunks))
    idle = deque(
        (source.scratch(len(pair_array)), np.zeros((measures, BINS), dtype=np.int64)) for _ in range(workers)
    )
    states = list(idle)

    def one_chunk(number: int) -> Tally:
        work, counts = idle.popleft()
        try:
            tally = empty_tally(strategies, measures, len(pair_array), horizon, evaluator.lines)
            first, count = number * CHUNK // BLOCK, min(CHUNK, draws - number * CHUNK)
            if evaluator.fused and not source.exact:
                block.run_chunk(source.plan, question, first, count, work, tally, counts)
            else:
                evaluator.reduce(source.draw(first, count, work), question, work, tally, counts)
            return tally
        finally:
            idle.append((work, counts))

    recorded = set(np.unique(np.geomspace(1, chunks, _CHECKPOINTS).round().astype(int)).tolist())
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[Tally]] = deque()
        started = done = 0
        try:
            while done < chunks:
                while started < chunks and len(waiting) < 4 * workers:
                    waiting.append(pool.submit(one_chunk, started))
                    started += 1
                outcome.merge(waiting.popleft().result())
                done += 1
                if done in recorded:
                    outcome.path.append(
                        (
                            min(done * CHUNK, draws),
                            outcome.less[watched, -1].copy(),
                            outcome.equal[watched, -1].copy(),
                            outcome.draws.copy(),
                        )
                    )
                if progress is not None:
                    progress(min(done * CHUNK, draws), draws)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    for _, counts in states:
        outcome.counts += counts
    return outcome, values, cumulative


class CostEvaluator:
    """The compiled cost model at a horizon and discount."""

    fused = True
    lines = block.LINES

    def __init__(self, horizon: int, discount: Array, inputs: int, strategies: int) -> None:
        self.months = horizon
        self._discount = discount
        self._inputs = inputs
        self._strategies = strategies

    def costs(self, values: Array) -> tuple[Array, Array]:
        """Cumulative discounted costs (S, H+1, n) and queries over the horizon (n,)."""
        n = values.shape[1]
        cumulative = np.empty((self._strategies, self.months + 1, n))
        queries = np.empty(n)
        work = block.scratch(self._inputs, 0, 1)
        block.evaluate_values(values, self._discount, work, cumulative, np.empty((0, 0)), queries)
        return cumulative, queries

    def reduce(
        self, values: Array, question: Question, work: Scratch, tally: Tally, counts: NDArray[np.int64]
    ) -> None:
        """Reduce one chunk of sampled values."""
        block.run_values(values, question, work, tally, counts)


class FunctionEvaluator:
    """A user's model: a Python function on whole chunks; its outputs stand where strategies' costs do."""

    fused = False
    lines = 0
    months = 0

    def __init__(
        self, names: Sequence[str], evaluate: Callable[[Mapping[str, Array]], Mapping[str, Array]]
    ) -> None:
        self._names = names
        self._evaluate = evaluate

    def costs(self, values: Array) -> tuple[Array, Array]:
        """Outputs (S, 1, n); one query a draw."""
        outputs = self._evaluate(dict(zip(self._names, values, strict=True)))
        return np.array(list(outputs.values()))[:, None, :], np.ones(values.shape[1])

    def reduce(
        self, values: Array, question: Question, work: Scratch, tally: Tally, counts: NDArray[np.int64]
    ) -> None:
        """Reduce one chunk of sampled values."""
        costs, _ = self.costs(values)
        spare = block.scratch(max(costs.shape[0], 1), 0, len(question.pairs))
        reductions_of(costs[:, 0], question, spare, tally, counts)


def reductions_of(
    costs: Array, question: Question, work: Scratch, tally: Tally, counts: NDArray[np.int64]
) -> None:
    """Reduce given costs (S, n)."""
    block.run_outputs(np.ascontiguousarray(costs), question, work, tally, counts)


def edges(outcome: Outcome, measure: int) -> Array:
    """Bin edges of a measure's histogram."""
    return reductions.bin_edges(float(outcome.centre[measure]), float(outcome.scale[measure]))
