"""One block of draws: values to months x strategies to reductions; and a chunk, which is a run of blocks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.inverse import Plan, Spots, sample_block, spots
from distributions.sampling.jit import BLOCK, REPLICATES, STRIDE, jit, select
from distributions.sampling.room import filled
from sim.kernel.columns import ROW, TILE, Row
from sim.kernel.exact import add_total, add_word, relation, share_cheapest
from sim.kernel.launch import FACTORS, put_factors, start
from sim.kernel.lines import add_items, load_rates, sum_lines
from sim.kernel.months import calendar, finish, one_month, sum_months
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
from sim.kernel.repricing import Prices, change_rates, keep_values, sum_stretches
from sim.kernel.standings import Standings, close_block, close_standings, close_tile, stand, stand_exactly
from sim.kernel.strategies import COUNT
from sim.kernel.tile import COST, SIZE, TOTAL_QUERIES

BATCH = 8 * BLOCK
"""Draws whose costs are reduced together: a measure's bins then stay in the first cache while they are counted."""

_COSTS = BATCH + 32
"""From one row of a batch's costs to the next; see `STRIDE`."""


class Question(NamedTuple):
    """What is asked of the draws.

    horizon: months H. discount (H+1,): present value of a dollar in each month. eligible (S,): who may be cheapest.
    pairs (pairs, 2): the pairs compared; of the cost model's strategies all, in the order of `bit_masks.PAIRS`.
    centre, per_scale (measures,): of the histograms.
    ends (measures, ENDS_AT): the bins below which replicates are counted apart; none where they are not.
    tails (measures + pairs,): where upper tails begin then; of pairs then the other way.
    by_month: whether standings and spending are counted month by month, and each line's present value summed; else
    costs over the whole horizon alone are, and stand for month 0.
    prices: how they change within the horizon.
    """

    horizon: int
    discount: NDArray[np.float64]
    eligible: NDArray[np.bool_]
    pairs: NDArray[np.int64]
    centre: NDArray[np.float64]
    per_scale: NDArray[np.float64]
    ends: NDArray[np.int16]
    tails: NDArray[np.float64]
    by_month: bool
    prices: Prices


class Scratch(NamedTuple):
    """Working rows of one thread, each flat: rows of 256 draws, of a batch or of a tile.

    values: inputs. factors: from month to month. scores: of the copula. spots: of its uniforms. costs: of a batch,
    a row a strategy, then a row each of the least cost of the eligible, of one over the queries of the horizon, of ones
    and of zeros. keys: of a block's bins. near, below: see `add_below`. tile: see `tile.py`.
    """

    values: Row
    factors: Row
    scores: Row
    spots: Spots
    costs: Row
    keys: NDArray[np.int64]
    near: NDArray[np.int16]
    below: NDArray[np.int16]
    tile: Row


def scratch(inputs: int, linked: int, outputs: int = COUNT) -> Scratch:
    """Working rows for a thread; `outputs` strategies, or a model's outputs."""
    costs = filled((outputs + 4) * _COSTS, 0.0)
    costs[(outputs + 1) * _COSTS : (outputs + 3) * _COSTS] = 1.0
    return Scratch(
        filled(inputs * STRIDE, 0.0),
        filled(FACTORS * STRIDE, 1.0),
        filled(max(linked, 1) * STRIDE, 0.0),
        spots(),
        costs,
        filled(BLOCK, 0, np.int64),
        filled(BLOCK, 0, np.int16),
        filled(GRID, 0, np.int16),
        filled(SIZE, 0.0),
    )


@jit(inline=True)
def begin_tile(work: Scratch, number: int, monthly: float, horizon: int) -> bool:
    """A tile before its months: the series of month 1, discounted by `monthly`. Returns what `start` has found."""
    return start(work.values[number * TILE :], work.factors[number * TILE :], work.tile, monthly, horizon)


@jit(inline=True)
def _measure(k: int, count: int, pairs: NDArray[np.int64], first: int) -> Measure:
    """The k-th measure of `reduce_costs` from draw `first` on, of `count` strategies and what else stands with them."""
    least, per_query, ones, zeros = count, count + 1, count + 2, count + 3
    if k < count:
        row, factor, less = k, ones, zeros
    elif k < 2 * count:
        row, factor, less = k - count, per_query, zeros
    elif k < 3 * count:
        row, factor, less = k - 2 * count, ones, least
    else:
        row, factor, less = pairs[k - 3 * count, 0], ones, pairs[k - 3 * count, 1]
    return Measure(row * _COSTS + first, factor * _COSTS + first, less * _COSTS + first)


@jit
def reduce_costs(
    work: Scratch, lanes: int, question: Question, tally: Tally, histogram: NDArray[np.int64]
) -> None:
    """The measures of the first `lanes` draws of a batch: each strategy's cost, cost per query, regret; pairs' gaps.

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
    pairs, centre, per_scale, keys = question.pairs, question.centre, question.per_scale, work.keys
    moments, extremes = tally.moments.reshape(-1), tally.extremes.reshape(-1)
    beyond, ends, tails = tally.beyond.reshape(-1), question.ends, question.tails
    bins, histograms, apart = histogram.shape[1], histogram.reshape(-1), ends.shape[1] > 0
    for k in range(centre.size):
        for first in range(0, lanes, BLOCK):
            measure, block_lanes = _measure(k, count, pairs, first), min(BLOCK, lanes - first)
            add_moments(costs, measure, block_lanes, centre[k], moments, extremes, k * 2 * REPLICATES)
            if bins > 0:
                add_histogram(
                    costs, measure, block_lanes, centre[k], per_scale[k], keys, histograms, k * bins
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


@jit(inline=True)
def annuity_of(discount: Row) -> float:
    """Present value of a dollar a month. discount (H + 1,)."""
    annuity = 0.0
    for month in range(1, discount.size):
        annuity += discount[month]
    return annuity


@jit(inline=True)
def sum_tile(work: Scratch, discount: Row, number: int) -> None:
    """What a tile's lines follow over the whole horizon, not month by month."""
    worn = begin_tile(work, number, discount[1], discount.size - 1)
    sum_months(work.tile, discount, worn)
    finish(work.values[number * TILE :], work.tile, discount)


@jit(inline=True)
def _run_tile(
    work: Scratch,
    question: Question,
    number: int,
    lanes: int,
    standings: Standings,
    tally: Tally,
    first: int,
) -> None:
    """A tile counted; its costs and its queries are put with the batch's, in which the block begins at `first`."""
    t, horizon = work.tile, question.horizon
    below, tied, cumulative = standings.below, standings.tied, tally.cumulative.reshape(-1)
    values, prices = work.values[number * TILE :], question.prices
    items, changing = tally.items.reshape(-1), prices.first.size > 2
    if changing:
        keep_values(values, t, prices)
    if question.by_month:
        begin_tile(work, number, question.discount[1], horizon)
        load_rates(values, t)
    else:
        sum_tile(work, question.discount, number)
        if changing:
            sum_stretches(values, t, question.discount, prices, lanes, items[:0])
        else:
            sum_lines(values, t, annuity_of(question.discount))
    for month in range(horizon + 1 if question.by_month else 1):
        if month > 0:
            if changing:
                change_rates(values, t, prices, month)
            one_month(t, calendar(month, horizon), question.discount[month])
            if month == horizon:
                finish(values, t, question.discount)
                if changing:
                    sum_stretches(values, t, question.discount, prices, lanes, items)
                else:
                    sum_lines(values, t, annuity_of(question.discount))
        if not stand(t, month, number, lanes, below, tied, cumulative):
            stand_exactly(t, month, number, lanes, question.eligible, standings, tally)
    if question.by_month and not changing:
        add_items(values, t, lanes, items)
    close_tile(standings, number, lanes)
    at = first + number * TILE
    for s in range(COUNT):
        to, cost = np.uint64(s * _COSTS + at), np.uint64(COST + s * ROW)
        for lane in range(TILE):
            work.costs[to + np.uint64(lane)] = t[cost + np.uint64(lane)]
    per_query = np.uint64((COUNT + 1) * _COSTS + at)
    for lane in range(TILE):
        work.costs[per_query + np.uint64(lane)] = 1.0 / t[TOTAL_QUERIES + lane]


@jit
def run_block(
    work: Scratch,
    question: Question,
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
    put_factors(work.values, work.factors)
    for number in range((lanes + TILE - 1) // TILE):
        _run_tile(work, question, number, min(TILE, lanes - number * TILE), standings, tally, first)
    close_block(standings, lanes)
    if first + BLOCK == BATCH or (block + 1) * BLOCK >= draws:
        reduce_costs(work, first + lanes, question, tally, histogram)


@jit
def _run_chunk(
    plan: Plan,
    question: Question,
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
        run_block(work, question, block, draws, standings, tally, histogram)
    close_standings(standings, tally)


@jit
def run_chunks(
    plan: Plan,
    question: Question,
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
        _run_chunk(plan, question, first + k * size // BLOCK, chunk_draws, work, standings, tally, histogram)


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
    work: Scratch,
    standings: Standings,
    tally: Tally,
    histogram: NDArray[np.int64],
) -> None:
    """The cost model over given values (inputs, n), reduced; at most a chunk of them. standings: of no draws."""
    draws = values.shape[1]
    for first in range(0, draws, BLOCK):
        load_block(values, first, min(BLOCK, draws - first), work.values, STRIDE)
        run_block(work, question, first // BLOCK, draws, standings, tally, histogram)
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
        for start_at in range(0, lanes, TILE):
            left = min(TILE, lanes - start_at)
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
