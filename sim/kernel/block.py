"""One block of draws: values to months x strategies to reductions; and a chunk, which is a run of blocks."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.compiled import BLOCK, REPLICATES, STRIDE, jit
from distributions.sampling.inverse import Plan, sample_block
from sim.kernel.columns import TILE, Row
from sim.kernel.lines import add_items, begin, load_rates, sum_lines
from sim.kernel.months import one_month, start, sum_months
from sim.kernel.reductions import (
    Tally,
    add_histogram,
    add_moments,
    add_total,
    compare,
    share_cheapest,
)
from sim.kernel.standings import PAIRS, stand
from sim.kernel.strategies import COUNT
from sim.kernel.tile import COST, LEAST, SHARE, SIZE, TOTAL_QUERIES


class Question(NamedTuple):
    """What is asked of the draws.

    horizon: months H. discount (H+1,): present value of a dollar in each month. eligible (S,): who may be cheapest.
    barred (S,): 0 for those, infinite for the others.
    pairs (pairs, 2): the pairs compared; of the cost model's strategies all, in the order of `standings.PAIRS`.
    centre, per_scale (measures,): of the histograms.
    by_month: whether standings and spending are counted month by month, and each line's present value summed; else
    costs over the whole horizon alone are, and stand for month 0.
    """

    horizon: int
    discount: NDArray[np.float64]
    eligible: NDArray[np.bool_]
    barred: Row
    pairs: NDArray[np.int64]
    centre: NDArray[np.float64]
    per_scale: NDArray[np.float64]
    by_month: bool


class Scratch(NamedTuple):
    """Working rows of one thread, each flat: rows of 256 draws, or of a tile's.

    values: inputs. scores: of the copula. costs: final costs and the least of them. queries, out, keys: one row each.
    Of a tile: tile, see `tile.py`; reached, words of the pairs (for other models: a block's).
    """

    values: Row
    scores: Row
    costs: Row
    queries: Row
    out: Row
    keys: NDArray[np.int64]
    tile: Row
    reached: NDArray[np.int64]


def _filled(size: int, value: float, kind: type = float) -> NDArray[Any]:
    """A row that begins at a line of the cache: a vector of 512 bits then never lies across two."""
    room = np.full(size + 8, value, dtype=np.dtype(kind))
    first = -(room.ctypes.data // 8) % 8
    return room[first : first + size]


def scratch(inputs: int, linked: int, pairs: int, outputs: int = COUNT) -> Scratch:
    """Working rows for a thread; `outputs` strategies, or a model's outputs."""
    return Scratch(
        _filled(inputs * STRIDE, 0.0),
        _filled(max(linked, 1) * STRIDE, 0.0),
        _filled((outputs + 2) * BLOCK, 0.0),
        _filled(BLOCK, 1.0),
        _filled(BLOCK, 0.0),
        _filled(BLOCK, 0, np.int64),
        _filled(SIZE, 0.0),
        _filled(max(pairs, 1) * BLOCK, 0, np.int64),
    )


@jit
def _row(array: Row, position: int) -> Row:
    return array[position * BLOCK : (position + 1) * BLOCK]


@jit(inline=True)
def begin_tile(work: Scratch, number: int, monthly: float) -> Row:
    """A tile before its months: sums of zero, and the series of month 1, discounted by `monthly`.

    Hands back the block's values from the tile's first draw on.
    """
    values = work.values[number * TILE :]
    begin(work.tile)
    start(values, work.tile, monthly)
    return values


@jit
def _reduce_month(
    work: Scratch,
    question: Question,
    month: int,
    lanes: int,
    compared: NDArray[np.int64],
    cheapest: Row,
    cumulative: Row,
) -> None:
    """Count a month of a tile; the sums and counts of the tally are flat here, months first."""
    t = work.tile
    pairs = len(PAIRS) * REPLICATES
    strategies = COUNT * REPLICATES
    counts = compared[month * pairs : (month + 1) * pairs]
    wins = cheapest[month * strategies : (month + 1) * strategies]
    spent = cumulative[month * strategies : (month + 1) * strategies]
    if lanes == TILE:
        stand(t, month, question.barred, work.reached, counts, wins, spent)
        return
    for p in range(len(PAIRS)):
        a, b = COST + question.pairs[p, 0] * TILE, COST + question.pairs[p, 1] * TILE
        compare(t, a, b, lanes, month, work.reached, p * TILE, counts, p * REPLICATES)
    share_cheapest(t, TILE, lanes, question.eligible, LEAST, SHARE, wins, 0)
    for s in range(COUNT):
        add_total(t, COST + s * TILE, lanes, spent, s * REPLICATES)


@jit
def _measure(
    row: Row,
    position: int,
    lanes: int,
    question: Question,
    keys: NDArray[np.int64],
    tally: Tally,
    histogram: NDArray[np.int64],
) -> None:
    centre = question.centre[position]
    moments, extremes = tally.moments[position], tally.extremes[position]
    add_moments(row, lanes, centre, moments[0], moments[1], extremes[0], extremes[1])
    if histogram.size > 0:
        add_histogram(row, lanes, centre, question.per_scale[position], keys, histogram[position])


@jit
def reduce_costs(
    work: Scratch, lanes: int, question: Question, tally: Tally, histogram: NDArray[np.int64]
) -> None:
    """The measures of a block: cost, cost per query, regret of each strategy, and each pair's difference.

    Of `work`: costs, a row a strategy and then the least of the eligible; queries; out and keys as scratch.
    Histograms without bins are not filled.
    """
    count = question.eligible.size
    least, out = _row(work.costs, count), work.out
    for s in range(count):
        cost = _row(work.costs, s)
        _measure(cost, s, lanes, question, work.keys, tally, histogram)
        for i in range(BLOCK):
            out[i] = cost[i] / work.queries[i]
        _measure(out, count + s, lanes, question, work.keys, tally, histogram)
        for i in range(BLOCK):
            out[i] = cost[i] - least[i]
        _measure(out, 2 * count + s, lanes, question, work.keys, tally, histogram)
    for p in range(question.pairs.shape[0]):
        a, b = _row(work.costs, question.pairs[p, 0]), _row(work.costs, question.pairs[p, 1])
        for i in range(BLOCK):
            out[i] = a[i] - b[i]
        _measure(out, 3 * count + p, lanes, question, work.keys, tally, histogram)
    for r in range(REPLICATES):
        tally.draws[r] += (lanes - r + REPLICATES - 1) // REPLICATES


@jit(inline=True)
def total_tile(work: Scratch, discount: Row, number: int) -> None:
    """A tile's costs over the whole horizon, not month by month."""
    values = begin_tile(work, number, discount[1])
    sum_months(work.tile, discount)
    annuity = 0.0
    for month in range(1, discount.size):
        annuity += discount[month]
    sum_lines(values, work.tile, annuity)


@jit(inline=True)
def _run_tile(work: Scratch, question: Question, number: int, lanes: int, tally: Tally) -> None:
    """A tile counted; its costs, their least and its queries are put with the block's."""
    compared, cheapest = tally.compared.reshape(-1), tally.cheapest.reshape(-1)
    cumulative, items = tally.cumulative.reshape(-1), tally.items.reshape(-1)
    t, horizon = work.tile, question.horizon
    work.reached[: len(PAIRS) * TILE] = 0
    if question.by_month:
        values = begin_tile(work, number, question.discount[1])
        load_rates(values, t)
        _reduce_month(work, question, 0, lanes, compared, cheapest, cumulative)
        annuity = 0.0
        for month in range(1, horizon + 1):
            weight = question.discount[month]
            annuity += weight
            one_month(t, month, horizon, weight)
            if month == horizon:
                sum_lines(values, t, annuity)
            _reduce_month(work, question, month, lanes, compared, cheapest, cumulative)
        add_items(values, t, lanes, items)
    else:
        total_tile(work, question.discount, number)
        _reduce_month(work, question, 0, lanes, compared, cheapest, cumulative)
    first = number * TILE
    for s in range(COUNT):
        to, cost = np.uint64(s * BLOCK + first), np.uint64(COST + s * TILE)
        for lane in range(TILE):
            work.costs[to + np.uint64(lane)] = t[cost + np.uint64(lane)]
    to = np.uint64(COUNT * BLOCK + first)
    for lane in range(TILE):
        work.costs[to + np.uint64(lane)] = t[LEAST + lane]
        work.queries[first + lane] = t[TOTAL_QUERIES + lane]


@jit
def run_block(
    work: Scratch, question: Question, lanes: int, tally: Tally, histogram: NDArray[np.int64]
) -> None:
    """The cost model over the values in `work`, reduced into `tally` and `histogram`."""
    # Whole tiles and blocks are compiled by themselves: with a constant number of lanes they take three quarters
    # of the time.
    for number in range(lanes // TILE):
        _run_tile(work, question, number, TILE, tally)
    if lanes % TILE > 0:
        _run_tile(work, question, lanes // TILE, lanes % TILE, tally)
    if lanes == BLOCK:
        reduce_costs(work, BLOCK, question, tally, histogram)
    else:
        reduce_costs(work, lanes, question, tally, histogram)


@jit
def run_chunk(
    plan: Plan,
    question: Question,
    first: int,
    draws: int,
    work: Scratch,
    tally: Tally,
    histogram: NDArray[np.int64],
) -> None:
    """A run of blocks, sampled and evaluated: `draws` draws from block `first` on."""
    blocks = (draws + BLOCK - 1) // BLOCK
    for block in range(blocks):
        sample_block(plan, first + block, work.values, work.scores)
        run_block(work, question, min(BLOCK, draws - block * BLOCK), tally, histogram)


@jit
def sample_chunk(plan: Plan, first: int, work: Scratch, values: NDArray[np.float64]) -> None:
    """Sampled values of a run of blocks: fills the planned rows of values (inputs, n)."""
    n = values.shape[1]
    for start_at in range(0, n, BLOCK):
        sample_block(plan, first + start_at // BLOCK, work.values, work.scores)
        lanes = min(BLOCK, n - start_at)
        for k in range(plan.row.size):
            row = plan.row[k]
            values[row, start_at : start_at + lanes] = work.values[row * STRIDE : row * STRIDE + lanes]


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
    tally: Tally,
    histogram: NDArray[np.int64],
) -> None:
    """The cost model over given values (inputs, n), reduced."""
    for first in range(0, values.shape[1], BLOCK):
        lanes = min(BLOCK, values.shape[1] - first)
        load_block(values, first, lanes, work.values, STRIDE)
        run_block(work, question, lanes, tally, histogram)


@jit
def run_outputs(
    costs: NDArray[np.float64], question: Question, work: Scratch, tally: Tally, histogram: NDArray[np.int64]
) -> None:
    """Costs (strategies, n) that another model computed, reduced as of month 0; one query a draw."""
    count = costs.shape[0]
    compared, cheapest = tally.compared.reshape(-1), tally.cheapest.reshape(-1)
    cumulative = tally.cumulative.reshape(-1)
    for first in range(0, costs.shape[1], BLOCK):
        lanes = min(BLOCK, costs.shape[1] - first)
        load_block(costs, first, lanes, work.costs, BLOCK)
        for p in range(question.pairs.shape[0]):
            a, b = question.pairs[p, 0] * BLOCK, question.pairs[p, 1] * BLOCK
            compare(work.costs, a, b, lanes, 0, work.reached, p * BLOCK, compared, p * REPLICATES)
        least, share = count * BLOCK, (count + 1) * BLOCK
        share_cheapest(work.costs, BLOCK, lanes, question.eligible, least, share, cheapest, 0)
        for s in range(count):
            add_total(work.costs, s * BLOCK, lanes, cumulative, s * REPLICATES)
        reduce_costs(work, lanes, question, tally, histogram)
