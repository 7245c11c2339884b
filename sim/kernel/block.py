"""One block of draws: values to months x strategies to reductions; and a chunk, which is a run of blocks."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.compiled import BLOCK, REPLICATES, floor, jit
from distributions.sampling.inverse import Plan, sample_block
from sim.kernel.columns import GPU, MONTH, ONCE, SETTINGS, Row
from sim.kernel.months import one_month, start
from sim.kernel.reductions import (
    Tally,
    add_histogram,
    add_moments,
    add_product,
    add_total,
    compare,
    share_cheapest,
)
from sim.kernel.standings import PAIRS, stand
from sim.kernel.strategies import CLOCK_KEYS, COUNT, FIRST_LINE, LINE_RHYTHM, USES, all_coefficients
from sim.kernel.tile import (
    COST,
    GPU_PRICE,
    LAST,
    LEAST,
    OWN,
    PRESENT_COUNTED,
    PRESENT_COUNTED_GPU,
    QUERIES,
    RETRAINED,
    SHARE,
    SIZE,
    TILE,
    TILES,
    TOTAL_QUERIES,
    clock,
    present,
    rate,
    setting,
)

LINES = int(FIRST_LINE[-1])
_RHYTHM = LINE_RHYTHM
_OWNER = np.array([s for s in range(COUNT) for _ in range(FIRST_LINE[s], FIRST_LINE[s + 1])])
_RATE = np.array(
    [COST + s * TILE if r == ONCE else rate(s, r) for s, r in zip(_OWNER, LINE_RHYTHM, strict=True)]
)
"""Where in a tile each line's coefficient is added: to its strategy's rate on its rhythm, or to the cost of month 0."""

_PRESENT = np.array(
    [0 if r in (ONCE, MONTH) else present(s, r) for s, r in zip(_OWNER, LINE_RHYTHM, strict=True)]
)
"""Where in a tile the present value of each line's rhythm stands."""

_BEGINS = np.array([k == 0 or _RATE[k] not in _RATE[:k] for k in range(LINES)])
"""Whether a line is the first at its place in a tile, and so set there rather than added. Other rates stay zero."""

_SUMMED = np.unique(_PRESENT[_PRESENT > 0])
"""The rows of those present values."""

_GPUS = np.array([present(s, GPU) if USES[s, GPU] else -1 for s in range(COUNT)])
"""Where in a tile the GPUs of each strategy are summed, times their price; -1 for one that rents none."""

_USED = [(s, r) for s in range(COUNT) for r in OWN if USES[s, r]]
_CLEARED = np.array(
    [present(s, r) for s, r in _USED]
    + [
        clock(k, row)
        for k in range(len(CLOCK_KEYS))
        for row in (RETRAINED, LAST, PRESENT_COUNTED, PRESENT_COUNTED_GPU)
    ]
)
"""Rows that begin at zero: present values that are not shared by all, and what clocks remember."""

_SETTING = np.array([s * SETTINGS + k for s in sorted({s for s, _ in _USED}) for k in range(SETTINGS)])
_SETTING_AT = np.array([setting(k // SETTINGS, k % SETTINGS) for k in _SETTING])
"""Settings of the strategies with a rhythm of their own, and where in a tile they go."""


class Question(NamedTuple):
    """What is asked of the draws.

    horizon: months H. discount (H+1,): present value of a dollar in each month. eligible (S,): who may be cheapest.
    barred (S,): 0 for those, infinite for the others.
    pairs (pairs, 2): the pairs compared; of the cost model's strategies all, in the order of `standings.PAIRS`.
    centre, per_scale (measures,): of the histograms.
    """

    horizon: int
    discount: NDArray[np.float64]
    eligible: NDArray[np.bool_]
    barred: Row
    pairs: NDArray[np.int64]
    centre: NDArray[np.float64]
    per_scale: NDArray[np.float64]


class Scratch(NamedTuple):
    """Working rows of one thread, each flat: rows of 256 draws, but for `tile` and what goes with it.

    values: inputs. scores: of the copula. lines, settings: coefficients. costs: final costs and the least of them.
    queries, out, keys: one row each. tile: see `tile.py`. reached: words of the pairs, for a tile. ones: a row of 1.
    """

    values: Row
    scores: Row
    lines: Row
    settings: Row
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
        _filled(inputs * BLOCK, 0.0),
        _filled(max(linked, 1) * BLOCK, 0.0),
        _filled(LINES * BLOCK, 0.0),
        _filled(COUNT * SETTINGS * BLOCK, 1.0),
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


@jit
def load_tile(work: Scratch, number: int) -> None:
    """Coefficients and settings of the tile's draws, added up by rhythm; cumulative costs are those of setup."""
    t = work.tile
    for k in range(_CLEARED.size):
        to = np.uint64(_CLEARED[k])
        for lane in range(TILE):
            t[to + np.uint64(lane)] = 0.0
    for k in range(LINES):
        to, source = np.uint64(_RATE[k]), np.uint64(k * BLOCK + number * TILE)
        if _BEGINS[k]:
            for lane in range(TILE):
                t[to + np.uint64(lane)] = work.lines[source + np.uint64(lane)]
        else:
            for lane in range(TILE):
                t[to + np.uint64(lane)] += work.lines[source + np.uint64(lane)]
    for k in range(_SETTING.size):
        to, source = np.uint64(_SETTING_AT[k]), np.uint64(_SETTING[k] * BLOCK + number * TILE)
        for lane in range(TILE):
            t[to + np.uint64(lane)] = work.settings[source + np.uint64(lane)]
    start(work.values[number * TILE :], t)


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
    add_histogram(row, lanes, centre, question.per_scale[position], keys, histogram[position])


@jit
def reduce_costs(
    work: Scratch, lanes: int, question: Question, tally: Tally, histogram: NDArray[np.int64]
) -> None:
    """The measures of a block: cost, cost per query, regret of each strategy, and each pair's difference.

    Of `work`: costs, a row a strategy and then the least of the eligible; queries; out and keys as scratch.
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


@jit
def _finish_tile(work: Scratch, number: int, lanes: int, annuity: float, items: Row) -> None:
    """Present values of the lines summed, and final costs, their least and queries put with the block's."""
    t = work.tile
    first = number * TILE
    for k in range(LINES):
        source = k * BLOCK + first
        if _RHYTHM[k] == ONCE:
            add_total(work.lines, source, lanes, items, k * REPLICATES)
        elif _RHYTHM[k] == MONTH:
            at = np.uint64(source)
            for lane in range(TILE):
                work.lines[at + np.uint64(lane)] *= annuity
            add_total(work.lines, source, lanes, items, k * REPLICATES)
        else:
            add_product(work.lines, source, t, _PRESENT[k], lanes, items, k * REPLICATES)
    for s in range(COUNT):
        to, cost = np.uint64(s * BLOCK + first), np.uint64(COST + s * TILE)
        for lane in range(TILE):
            work.costs[to + np.uint64(lane)] = t[cost + np.uint64(lane)]
    to = np.uint64(COUNT * BLOCK + first)
    for lane in range(TILE):
        work.costs[to + np.uint64(lane)] = t[LEAST + lane]
        work.queries[first + lane] = t[TOTAL_QUERIES + lane]


@jit(inline=True)
def _run_tile(work: Scratch, question: Question, number: int, lanes: int, tally: Tally) -> None:
    compared, cheapest = tally.compared.reshape(-1), tally.cheapest.reshape(-1)
    cumulative, items = tally.cumulative.reshape(-1), tally.items.reshape(-1)
    load_tile(work, number)
    work.reached[: len(PAIRS) * TILE] = 0
    _reduce_month(work, question, 0, lanes, compared, cheapest, cumulative)
    annuity = 0.0
    for month in range(1, question.horizon + 1):
        weight = question.discount[month]
        annuity += weight
        one_month(work.tile, month, question.horizon, weight)
        _reduce_month(work, question, month, lanes, compared, cheapest, cumulative)
    _finish_tile(work, number, lanes, annuity, items)


@jit
def run_block(
    work: Scratch, question: Question, lanes: int, tally: Tally, histogram: NDArray[np.int64]
) -> None:
    """The cost model over the values in `work`, reduced into `tally` and `histogram`."""
    all_coefficients(work.values, work.lines, work.settings)
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
            values[row, start_at : start_at + lanes] = work.values[row * BLOCK : row * BLOCK + lanes]


@jit
def _load(source: NDArray[np.float64], first: int, lanes: int, target: Row) -> None:
    """Columns first … of source (rows, n) as a block; lanes beyond the last repeat the first."""
    for k in range(source.shape[0]):
        row = _row(target, k)
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
        _load(values, first, lanes, work.values)
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
        _load(costs, first, lanes, work.costs)
        for p in range(question.pairs.shape[0]):
            a, b = question.pairs[p, 0] * BLOCK, question.pairs[p, 1] * BLOCK
            compare(work.costs, a, b, lanes, 0, work.reached, p * BLOCK, compared, p * REPLICATES)
        least, share = count * BLOCK, (count + 1) * BLOCK
        share_cheapest(work.costs, BLOCK, lanes, question.eligible, least, share, cheapest, 0)
        for s in range(count):
            add_total(work.costs, s * BLOCK, lanes, cumulative, s * REPLICATES)
        reduce_costs(work, lanes, question, tally, histogram)


@jit
def evaluate_values(
    values: NDArray[np.float64],
    discount: NDArray[np.float64],
    work: Scratch,
    cumulative: NDArray[np.float64],
    items: NDArray[np.float64],
    queries: NDArray[np.float64],
) -> None:
    """The cost model at given values, nothing reduced.

    values (inputs, n), discount (H+1,) -> cumulative discounted cost (S, H+1, n), queries over the horizon (n,) and
    each line's present value, items (lines, n); items is left alone where it is empty. Of a cumulative cost of shape
    (S, 1, n) the last month's is wanted alone.
    """
    every_month = cumulative.shape[1] > 1
    n = values.shape[1]
    horizon = discount.size - 1
    t = work.tile
    for first in range(0, n, BLOCK):
        lanes = min(BLOCK, n - first)
        _load(values, first, lanes, work.values)
        all_coefficients(work.values, work.lines, work.settings)
        for number in range(TILES):
            left = min(TILE, lanes - number * TILE)
            if left <= 0:
                break
            load_tile(work, number)
            at = first + number * TILE
            annuity = 0.0
            for month in range(horizon + 1):
                if month > 0:
                    annuity += discount[month]
                    one_month(t, month, horizon, discount[month])
                if every_month or month == horizon:
                    for s in range(COUNT):
                        cost = COST + s * TILE
                        cumulative[s, month if every_month else 0, at : at + left] = t[cost : cost + left]
            queries[at : at + left] = t[TOTAL_QUERIES : TOTAL_QUERIES + left]
            if items.size > 0:
                for k in range(LINES):
                    for i in range(left):
                        coefficient = work.lines[k * BLOCK + number * TILE + i]
                        if _RHYTHM[k] == ONCE:
                            items[k, at + i] = coefficient
                        elif _RHYTHM[k] == MONTH:
                            items[k, at + i] = coefficient * annuity
                        else:
                            items[k, at + i] = coefficient * t[_PRESENT[k] + i]


@jit
def _trace_line(work: Scratch, k: int, number: int, month: int, out: Row) -> None:
    """Line k in one month of a tile; the present values in the tile are the month's own."""
    if (month == 0) != (_RHYTHM[k] == ONCE):
        out[:] = 0.0
        return
    source, t, at = k * BLOCK + number * TILE, work.tile, _PRESENT[k]
    if _RHYTHM[k] == ONCE or _RHYTHM[k] == MONTH:
        for i in range(out.size):
            out[i] = work.lines[source + i]
    else:
        for i in range(out.size):
            out[i] = work.lines[source + i] * t[at + i]


@jit
def trace_values(
    values: NDArray[np.float64],
    horizon: int,
    strategy: int,
    work: Scratch,
    months: NDArray[np.float64],
    queries: NDArray[np.float64],
    gpus: NDArray[np.float64],
) -> None:
    """Undiscounted months of one strategy at given values, (inputs, n).

    Fills months (lines of the strategy, H+1, n), queries (H+1, n), and gpus (H+1, n) where the strategy rents any.
    """
    t = work.tile
    begin, end = FIRST_LINE[strategy], FIRST_LINE[strategy + 1]
    for first in range(0, values.shape[1], BLOCK):
        lanes = min(BLOCK, values.shape[1] - first)
        _load(values, first, lanes, work.values)
        all_coefficients(work.values, work.lines, work.settings)
        for number in range(TILES):
            left = min(TILE, lanes - number * TILE)
            if left <= 0:
                break
            load_tile(work, number)
            at = first + number * TILE
            for month in range(horizon + 1):
                # a present value that begins at zero and has weight one is the month's own
                for row in _SUMMED:
                    t[row : row + TILE] = 0.0
                if month > 0:
                    one_month(t, month, horizon, 1.0)
                for i in range(left):
                    queries[month, at + i] = t[QUERIES + i] if month > 0 else 0.0
                if _GPUS[strategy] >= 0:
                    for i in range(left):
                        rented = t[_GPUS[strategy] + i] / t[GPU_PRICE + i]
                        gpus[month, at + i] = floor(rented + 0.5) if month > 0 else 0.0
                for k in range(begin, end):
                    _trace_line(work, k, number, month, months[k - begin, month, at : at + left])
