"""One block of draws: values to months x strategies to reductions; and a chunk, which is a run of blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.inverse import Plan, Spots, sample_block, spots
from distributions.sampling.jit import BLOCK, REPLICATES, STRIDE, jit, select
from distributions.sampling.room import filled
from sim.kernel.bit_masks import WORD
from sim.kernel.exact import add_total, add_word, relation, share_cheapest
from sim.kernel.months import (
    add_lines,
    add_month,
    begin,
    begin_month,
    close_stretch,
    end,
    ends_stretch,
    open_stretch,
)
from sim.kernel.prices import Prices
from sim.kernel.reductions import (
    BINS,
    GRID,
    Measure,
    Tally,
    add_below,
    add_beyond,
    add_histogram,
    add_moments,
    put_below,
)
from sim.kernel.rows import TILE, Row
from sim.kernel.standings import (
    Standings,
    add_spending,
    close_block,
    close_standings,
    close_word,
    stand,
    stand_exactly,
)
from sim.model.code import Code

BATCH = 8 * BLOCK
"""Draws whose costs are reduced together: a measure's bins then stay in the first cache while they are counted."""

_COSTS = BATCH + 32
"""From one row of a batch's costs to the next; see `STRIDE`."""


class Question(NamedTuple):
    """What is asked of the draws.

    horizon: months H. discount (H+1,): present value of a dollar in each month. eligible (S,): who may be cheapest.
    pairs (pairs, 2): the pairs compared; of the cost model's strategies all, in the order of `standings.every_pair`.
    differences (differences, 2): the pairs whose cost difference is measured; each takes time.
    centre, per_scale (measures,): of the histograms.
    ends (measures, ENDS_AT): the bins below which replicates are counted apart; none where they are not.
    tails (measures + differences,): where upper tails begin then; of differences then the other way.
    by_month: whether standings and spending are counted month by month, and each line's present value summed; else
    costs over the whole horizon alone are, and stand for month 0.
    prices: how they change within the horizon.
    """

    horizon: int
    discount: NDArray[np.float64]
    eligible: NDArray[np.bool_]
    pairs: NDArray[np.int64]
    differences: NDArray[np.int64]
    centre: NDArray[np.float64]
    per_scale: NDArray[np.float64]
    ends: NDArray[np.int16]
    tails: NDArray[np.float64]
    by_month: bool
    prices: Prices


class Scratch(NamedTuple):
    """Working rows of one thread, each flat: rows of 256 draws, or of a batch.

    values: inputs, and then all that a program works. scores: of the copula. spots: of its uniforms. costs: of a batch,
    a row a strategy, then one of the least cost of the eligible, of ones and of zeros, and then a row a strategy of one
    over its queries of the horizon. keys: of a block's bins. near, below: see `add_below`. aside: values of inputs that
    change.
    """

    values: Row
    scores: Row
    spots: Spots
    costs: Row
    keys: NDArray[np.int64]
    near: NDArray[np.int16]
    below: NDArray[np.int16]
    aside: Row


def scratch(
    rows: int,
    linked: int = 0,
    outputs: int = 1,
    constants: Mapping[int, float] | None = None,
    changing: int = 0,
) -> Scratch:
    """Working rows for a thread.

    rows: of inputs and of a program. outputs: strategies, or a model's outputs. constants: rows with one number.
    changing: how many inputs change within the horizon.
    """
    costs = filled((2 * outputs + 3) * _COSTS, 1.0)
    costs[(outputs + 2) * _COSTS : (outputs + 3) * _COSTS] = 0.0
    values = filled(rows * STRIDE, 0.0)
    for row, value in (constants or {}).items():
        values[row * STRIDE : (row + 1) * STRIDE] = value
    return Scratch(
        values,
        filled(max(linked, 1) * STRIDE, 0.0),
        spots(),
        costs,
        filled(BLOCK, 0, np.int64),
        filled(BLOCK, 0, np.int16),
        filled(GRID, 0, np.int16),
        filled(max(changing, 1) * TILE, 0.0),
    )


@jit(inline=True)
def _measure(k: int, count: int, differences: NDArray[np.int64], first: int) -> Measure:
    """The k-th measure of `reduce_costs` from draw `first` on, of `count` strategies and what else stands with them."""
    least, ones, zeros, per_query = count, count + 1, count + 2, count + 3
    if k < count:
        row, factor, less = k, ones, zeros
    elif k < 2 * count:
        row, factor, less = k - count, per_query + k - count, zeros
    elif k < 3 * count:
        row, factor, less = k - 2 * count, ones, least
    else:
        row, factor, less = differences[k - 3 * count, 0], ones, differences[k - 3 * count, 1]
    return Measure(row * _COSTS + first, factor * _COSTS + first, less * _COSTS + first)


@jit
def reduce_costs(
    work: Scratch, lanes: int, question: Question, tally: Tally, histogram: NDArray[np.int64]
) -> None:
    """The measures of the first `lanes` draws of a batch: each strategy's cost, cost per query, regret; differences.

    Histograms without bins are not filled.
    """
    count, costs = question.eligible.size, work.costs
    least = costs[count * _COSTS : (count + 1) * _COSTS]
    least[:] = np.inf
    for s in range(count):
        if question.eligible[s]:
            cost = costs[s * _COSTS : (s + 1) * _COSTS]
            for i in range(lanes):
                least[i] = select(cost[i] < least[i], cost[i], least[i])
    centre, per_scale, keys = question.centre, question.per_scale, work.keys
    moments, extremes = tally.moments.reshape(-1), tally.extremes.reshape(-1)
    beyond, ends, tails = tally.beyond.reshape(-1), question.ends, question.tails
    bins, histograms, apart = histogram.shape[1], histogram.reshape(-1), ends.shape[1] > 0
    for k in range(centre.size):
        for first in range(0, lanes, BLOCK):
            measure, block_lanes = _measure(k, count, question.differences, first), min(BLOCK, lanes - first)
            add_moments(costs, measure, block_lanes, centre[k], moments, extremes, k * 2 * REPLICATES)
            if bins > 0:
                regret = 2 * count <= k < 3 * count
                add_histogram(
                    costs, measure, block_lanes, centre[k], per_scale[k], keys, histograms, k * bins, regret
                )
            if apart:
                add_below(keys, block_lanes, k * bins, ends[k], work.near, work.below)
                add_beyond(costs, measure, block_lanes, tails[k], beyond, k * REPLICATES)
                if k >= 3 * count:
                    other, back = (
                        centre.size + k - 3 * count,
                        Measure(measure.less, measure.factor, measure.row),
                    )
                    add_beyond(costs, back, block_lanes, tails[other], beyond, other * REPLICATES)
        if apart:
            put_below(work.below, histograms, k * bins + BINS)
    for r in range(REPLICATES):
        tally.draws[r] += (lanes - r + REPLICATES - 1) // REPLICATES


@jit
def _run_tile(
    work: Scratch,
    question: Question,
    code: Code,
    tile: int,
    lanes: int,
    standings: Standings,
    tally: Tally,
    at: int,
) -> None:
    """A tile counted; its costs and its queries are put with the batch's, in which it begins at `at`."""
    rows, first, horizon, prices, aside = (
        work.values,
        tile * TILE,
        question.horizon,
        question.prices,
        work.aside,
    )
    cumulative, items = tally.cumulative.reshape(-1), tally.items.reshape(-1)
    begin(code, rows, first, prices, aside)
    setup, annuity = True, 0.0
    for month in range(horizon + 1):
        if month > 0:
            annuity += question.discount[month]
            parity = begin_month(code, rows, first, month, prices, aside)
            add_month(code, rows, first, parity, question.discount[month], question.by_month)
        if ends_stretch(prices, month):
            close_stretch(code, rows, first, annuity)
            if question.by_month:
                add_lines(code, rows, first, lanes, setup, items)
            open_stretch(code, rows, first)
            setup, annuity = False, 0.0
        if month == horizon:
            end(code, rows, first, prices, aside)
        if question.by_month or month == horizon:
            _stand(rows, code, first, lanes, month if question.by_month else 0, standings, tally, cumulative)
    for word in range((lanes + WORD - 1) // WORD):
        close_word(standings, first // WORD + word, min(WORD, lanes - word * WORD))
    for s in range(code.cost.size):
        to, cost = np.uint64(s * _COSTS + at), np.uint64(code.cost[s] * STRIDE + first)
        for lane in range(TILE):
            work.costs[to + np.uint64(lane)] = rows[cost + np.uint64(lane)]
        per_query = np.uint64((code.cost.size + 3 + s) * _COSTS + at)
        queries = np.uint64(code.queries_of[s] * STRIDE + first)
        for lane in range(TILE):
            work.costs[per_query + np.uint64(lane)] = 1.0 / rows[queries + np.uint64(lane)]


@jit(inline=True)
def _stand(
    rows: Row,
    code: Code,
    first: int,
    lanes: int,
    month: int,
    standings: Standings,
    tally: Tally,
    cumulative: Row,
) -> None:
    """Take down how the strategies of a tile stand in a month."""
    add_spending(rows, code.cost, first, lanes, month, cumulative)
    for word in range((lanes + WORD - 1) // WORD):
        here, number, left = first + word * WORD, first // WORD + word, min(WORD, lanes - word * WORD)
        if not stand(rows, code.cost, here, month, number, standings):
            stand_exactly(rows, code.cost, here, month, number, left, standings, tally)


@jit
def run_block(
    work: Scratch,
    question: Question,
    code: Code,
    block: int,
    draws: int,
    standings: Standings,
    tally: Tally,
    histogram: NDArray[np.int64],
) -> None:
    """The cost model over the values in `work`, of the block-th block of a chunk of `draws`.

    Reduced into `standings` and `tally`, and at the end of a batch into `histogram`.
    """
    lanes, first = min(BLOCK, draws - block * BLOCK), block * BLOCK % BATCH
    for tile in range((lanes + TILE - 1) // TILE):
        left = min(TILE, lanes - tile * TILE)
        _run_tile(work, question, code, tile, left, standings, tally, first + tile * TILE)
    close_block(standings, lanes)
    if first + BLOCK == BATCH or (block + 1) * BLOCK >= draws:
        reduce_costs(work, first + lanes, question, tally, histogram)


@jit
def _run_chunk(
    plan: Plan,
    question: Question,
    code: Code,
    first: int,
    draws: int,
    work: Scratch,
    standings: Standings,
    tally: Tally,
    histogram: NDArray[np.int64],
) -> None:
    """A run of blocks, sampled and evaluated: `draws` draws from block `first` on."""
    blocks = (draws + BLOCK - 1) // BLOCK
    for block in range(blocks):
        sample_block(plan, first + block, work.values, work.scores, work.spots)
        run_block(work, question, code, block, draws, standings, tally, histogram)
    close_standings(standings, tally)


@jit
def run_chunks(
    plan: Plan,
    question: Question,
    code: Code,
    first: int,
    draws: int,
    size: int,
    work: Scratch,
    standings: Standings,
    tallies: Tally,
    histogram: NDArray[np.int64],
) -> None:
    """Chunks of `size` draws one after another: `draws` draws from block `first` on. tallies: a chunk's along axis 0.

    Not one by one, since the interpreter's lock is held while so many arrays are handed over. standings: of no draws.
    """
    for k in range(tallies.draws.shape[0]):
        tally = Tally(
            tallies.moments[k],
            tallies.beyond[k],
            tallies.extremes[k],
            tallies.less[k],
            tallies.equal[k],
            tallies.reached[k],
            tallies.lasting[k],
            tallies.fell_back[k],
            tallies.cheapest[k],
            tallies.cumulative[k],
            tallies.items[k],
            tallies.draws[k],
        )
        chunk_draws = min(size, draws - k * size)
        _run_chunk(
            plan, question, code, first + k * size // BLOCK, chunk_draws, work, standings, tally, histogram
        )


@jit
def sample_chunk(plan: Plan, first: int, work: Scratch, values: NDArray[np.float64]) -> None:
    """Sampled values of a run of blocks: fills the planned rows of values (inputs, n)."""
    n = values.shape[1]
    for start_at in range(0, n, BLOCK):
        sample_block(plan, first + start_at // BLOCK, work.values, work.scores, work.spots)
        lanes = min(BLOCK, n - start_at)
        for k in range(plan.row.size):
            row = plan.row[k]
            for i in range(lanes):
                values[row, start_at + i] = work.values[row * STRIDE + i]


@jit
def load_block(source: NDArray[np.float64], first: int, lanes: int, target: Row, stride: int) -> None:
    """Columns first … of source (rows, n) as a block of rows `stride` apart; lanes beyond the last repeat the first."""
    for k in range(source.shape[0]):
        row = target[k * stride : k * stride + BLOCK]
        for i in range(lanes):
            row[i] = source[k, first + i]
        for i in range(lanes, BLOCK):
            row[i] = source[k, first]


@jit
def run_values(
    values: NDArray[np.float64],
    question: Question,
    code: Code,
    work: Scratch,
    standings: Standings,
    tally: Tally,
    histogram: NDArray[np.int64],
) -> None:
    """The cost model over given values (inputs, n), reduced; at most a chunk of them. standings: of no draws."""
    draws = values.shape[1]
    for first in range(0, draws, BLOCK):
        load_block(values, first, min(BLOCK, draws - first), work.values, STRIDE)
        run_block(work, question, code, first // BLOCK, draws, standings, tally, histogram)
    close_standings(standings, tally)


@jit
def run_outputs(
    costs: NDArray[np.float64], question: Question, work: Scratch, tally: Tally, histogram: NDArray[np.int64]
) -> None:
    """Costs (strategies, n) that another model computed, reduced as of month 0; one query a draw."""
    count = costs.shape[0]
    for first in range(0, costs.shape[1], BLOCK):
        lanes = min(BLOCK, costs.shape[1] - first)
        load_block(costs, first, lanes, work.costs, _COSTS)
        for start_at in range(0, lanes, WORD):
            left = min(WORD, lanes - start_at)
            used = (1 << left) - 1
            for p in range(question.pairs.shape[0]):
                a, b = question.pairs[p, 0] * _COSTS, question.pairs[p, 1] * _COSTS
                less, equal = relation(work.costs, a + start_at, b + start_at)
                add_word(less & used, tally.less[0, p])
                add_word(equal & used, tally.equal[0, p])
            share_cheapest(work.costs, start_at, _COSTS, used, question.eligible, tally.cheapest[0])
            for s in range(count):
                add_total(work.costs, s * _COSTS + start_at, left, tally.cumulative[0, s], 0)
        reduce_costs(work, lanes, question, tally, histogram)
