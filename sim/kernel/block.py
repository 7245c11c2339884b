"""One block of draws: values to months x strategies to reductions; and a chunk, which is a run of blocks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.compiled import BLOCK, jit
from distributions.sampling.inverse import Plan, sample_block
from sim.kernel.columns import (
    ERROR,
    GPU,
    MONTH,
    ONCE,
    QUERY,
    RETRAIN,
    RETRAIN_GPU,
    RHYTHMS,
    SETTINGS,
    SHARED,
    TOKEN,
    Row,
)
from sim.kernel.months import (
    MEMORY_ROWS,
    STATE_ROWS,
    TOTAL_QUERIES,
    advance,
    own_rhythms,
    shared_rhythms,
    start,
)
from sim.kernel.reductions import (
    Tally,
    add_histogram,
    add_moments,
    add_total,
    compare,
    share_cheapest,
)
from sim.kernel.strategies import COUNT, FIRST_LINE, LINE_RHYTHM, USES, all_coefficients

LINES = int(FIRST_LINE[-1])
_FIRST_LINE = FIRST_LINE
_RHYTHM = LINE_RHYTHM
_USES = USES


class Question(NamedTuple):
    """What is asked of the draws.

    horizon: months H. discount (H+1,): present value of a dollar in each month. eligible (S,): who may be cheapest.
    pairs (pairs, 2): the pairs of strategies compared. centre, per_scale (measures,): of the histograms.
    """

    horizon: int
    discount: NDArray[np.float64]
    eligible: NDArray[np.bool_]
    pairs: NDArray[np.int64]
    centre: NDArray[np.float64]
    per_scale: NDArray[np.float64]


class Scratch(NamedTuple):
    """Working rows of one thread; every array is flat, rows of 256."""

    values: Row
    scores: Row
    lines: Row
    settings: Row
    rates: Row
    series: Row
    present: Row
    state: Row
    memory: Row
    cumulative: Row
    reached: NDArray[np.int64]
    extra: Row
    keys: NDArray[np.int64]


def scratch(inputs: int, linked: int, pairs: int) -> Scratch:
    """Working rows for a thread."""
    return Scratch(
        np.zeros(inputs * BLOCK),
        np.zeros(max(linked, 1) * BLOCK),
        np.zeros(LINES * BLOCK),
        np.ones(COUNT * SETTINGS * BLOCK),
        np.zeros(COUNT * RHYTHMS * BLOCK),
        np.zeros((COUNT + 1) * RHYTHMS * BLOCK),
        np.zeros((COUNT + 1) * RHYTHMS * BLOCK),
        np.zeros(STATE_ROWS * BLOCK),
        np.zeros(COUNT * MEMORY_ROWS * BLOCK),
        np.zeros(COUNT * BLOCK),
        np.zeros(max(pairs, 1) * BLOCK, dtype=np.int64),
        np.zeros(4 * BLOCK),
        np.zeros(BLOCK, dtype=np.int64),
    )


@jit
def _sum_rates(lines: Row, rates: Row) -> None:
    """Each strategy's coefficient on each rhythm: its lines of that rhythm added up."""
    rates[:] = 0.0
    for s in range(COUNT):
        for k in range(_FIRST_LINE[s], _FIRST_LINE[s + 1]):
            line = lines[k * BLOCK : (k + 1) * BLOCK]
            at = (s * RHYTHMS + _RHYTHM[k]) * BLOCK
            rate = rates[at : at + BLOCK]
            for i in range(BLOCK):
                rate[i] += line[i]


@jit
def _add_rhythm(rate: Row, series: Row, weight: float, cumulative: Row) -> None:
    for i in range(BLOCK):
        cumulative[i] += rate[i] * series[i] * weight


@jit
def _add_present(series: Row, weight: float, present: Row) -> None:
    for i in range(BLOCK):
        present[i] += series[i] * weight


@jit
def _row(array: Row, position: int) -> Row:
    return array[position * BLOCK : (position + 1) * BLOCK]


@jit
def begin(work: Scratch) -> None:
    """Coefficients of every line, and the cumulative cost at month 0: setup."""
    all_coefficients(work.values, work.lines, work.settings)
    _sum_rates(work.lines, work.rates)
    start(work.values, work.state, work.memory)
    work.present[:] = 0.0
    work.reached[:] = 0
    for s in range(COUNT):
        once = _row(work.rates, s * RHYTHMS + ONCE)
        row = _row(work.cumulative, s)
        for i in range(BLOCK):
            row[i] = once[i]


@jit
def one_month(work: Scratch, month: int, horizon: int, weight: float) -> None:
    """Add month m's discounted cost to each strategy's cumulative cost, and to the rhythms' present values."""
    if month > 1:
        advance(work.state)
    shared = COUNT * RHYTHMS
    shared_rhythms(work.state, work.series[shared * BLOCK :])
    query, token = _row(work.series, shared + QUERY), _row(work.series, shared + TOKEN)
    _add_present(query, weight, _row(work.present, shared + QUERY))
    _add_present(token, weight, _row(work.present, shared + TOKEN))
    for s in range(COUNT):
        settings = work.settings[s * SETTINGS * BLOCK : (s + 1) * SETTINGS * BLOCK]
        memory = work.memory[s * MEMORY_ROWS * BLOCK : (s + 1) * MEMORY_ROWS * BLOCK]
        own_rhythms(s, month, horizon, settings, work.state, memory, work.series[s * RHYTHMS * BLOCK :])
        cumulative = _row(work.cumulative, s)
        monthly = _row(work.rates, s * RHYTHMS + MONTH)
        per_query, per_token = _row(work.rates, s * RHYTHMS + QUERY), _row(work.rates, s * RHYTHMS + TOKEN)
        for i in range(BLOCK):
            cumulative[i] += (monthly[i] + per_query[i] * query[i] + per_token[i] * token[i]) * weight
        for rhythm in (RETRAIN, RETRAIN_GPU, GPU, ERROR):
            if _USES[s, rhythm]:
                series = _row(work.series, s * RHYTHMS + rhythm)
                _add_rhythm(_row(work.rates, s * RHYTHMS + rhythm), series, weight, cumulative)
                _add_present(series, weight, _row(work.present, s * RHYTHMS + rhythm))


@jit
def _line_present(work: Scratch, s: int, k: int, annuity: float, out: Row) -> None:
    """Present value of line k of strategy s in each draw: its coefficient times its rhythm's present value."""
    line = _row(work.lines, k)
    rhythm = _RHYTHM[k]
    if rhythm == ONCE:
        for i in range(BLOCK):
            out[i] = line[i]
    elif rhythm == MONTH:
        for i in range(BLOCK):
            out[i] = line[i] * annuity
    else:
        present = _row(work.present, (COUNT if rhythm < SHARED else s) * RHYTHMS + rhythm)
        for i in range(BLOCK):
            out[i] = line[i] * present[i]


@jit
def _reduce_month(work: Scratch, question: Question, month: int, lanes: int, tally: Tally) -> None:
    for p in range(question.pairs.shape[0]):
        compare(
            _row(work.cumulative, question.pairs[p, 0]),
            _row(work.cumulative, question.pairs[p, 1]),
            lanes,
            month,
            work.reached[p * BLOCK : (p + 1) * BLOCK],
            tally.compared[p, month],
        )
    share_cheapest(
        work.cumulative,
        lanes,
        question.eligible,
        _row(work.extra, 0),
        _row(work.extra, 1),
        tally.cheapest[month],
    )
    for s in range(COUNT):
        add_total(_row(work.cumulative, s), lanes, tally.cumulative[month, s])


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
    costs: Row,
    queries: Row,
    lanes: int,
    question: Question,
    extra: Row,
    keys: NDArray[np.int64],
    tally: Tally,
    histogram: NDArray[np.int64],
) -> None:
    """The measures of a block: cost, cost per query, regret of each strategy, and each pair's difference.

    costs: a row a strategy. extra: four scratch rows, of which the first holds the least cost of the eligible.
    """
    count = question.eligible.size
    least, out = _row(extra, 0), _row(extra, 2)
    for s in range(count):
        cost = _row(costs, s)
        _measure(cost, s, lanes, question, keys, tally, histogram)
        for i in range(BLOCK):
            out[i] = cost[i] / queries[i]
        _measure(out, count + s, lanes, question, keys, tally, histogram)
        for i in range(BLOCK):
            out[i] = cost[i] - least[i]
        _measure(out, 2 * count + s, lanes, question, keys, tally, histogram)
    for p in range(question.pairs.shape[0]):
        a, b = _row(costs, question.pairs[p, 0]), _row(costs, question.pairs[p, 1])
        for i in range(BLOCK):
            out[i] = a[i] - b[i]
        _measure(out, 3 * count + p, lanes, question, keys, tally, histogram)


@jit
def run_block(
    work: Scratch, question: Question, lanes: int, tally: Tally, histogram: NDArray[np.int64]
) -> None:
    """The cost model over the values in `work`, reduced into `tally` and `histogram`."""
    begin(work)
    _reduce_month(work, question, 0, lanes, tally)
    annuity = 0.0
    for month in range(1, question.horizon + 1):
        weight = question.discount[month]
        annuity += weight
        one_month(work, month, question.horizon, weight)
        _reduce_month(work, question, month, lanes, tally)
    queries = work.state[TOTAL_QUERIES : TOTAL_QUERIES + BLOCK]
    reduce_costs(work.cumulative, queries, lanes, question, work.extra, work.keys, tally, histogram)
    out = _row(work.extra, 2)
    for s in range(COUNT):
        for k in range(_FIRST_LINE[s], _FIRST_LINE[s + 1]):
            _line_present(work, s, k, annuity, out)
            add_total(out, lanes, tally.items[k])
    for r in range(tally.draws.size):
        tally.draws[r] += (lanes - r + tally.draws.size - 1) // tally.draws.size


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
    values: NDArray[np.float64], question: Question, work: Scratch, tally: Tally, histogram: NDArray[np.int64]
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
    """Costs (strategies, n) that another model computed, reduced as of month 0."""
    count = costs.shape[0]
    queries = _row(work.extra, 3)
    queries[:] = 1.0
    for first in range(0, costs.shape[1], BLOCK):
        lanes = min(BLOCK, costs.shape[1] - first)
        _load(costs, first, lanes, work.values)
        for p in range(question.pairs.shape[0]):
            compare(
                _row(work.values, question.pairs[p, 0]),
                _row(work.values, question.pairs[p, 1]),
                lanes,
                0,
                work.reached[p * BLOCK : (p + 1) * BLOCK],
                tally.compared[p, 0],
            )
        share_cheapest(
            work.values,
            lanes,
            question.eligible,
            _row(work.extra, 0),
            _row(work.extra, 1),
            tally.cheapest[0],
        )
        for s in range(count):
            add_total(_row(work.values, s), lanes, tally.cumulative[0, s])
        reduce_costs(work.values, queries, lanes, question, work.extra, work.keys, tally, histogram)
        for r in range(tally.draws.size):
            tally.draws[r] += (lanes - r + tally.draws.size - 1) // tally.draws.size


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
    each line's present value, items (lines, n); items is left alone where it is empty.
    """
    n = values.shape[1]
    horizon = discount.size - 1
    out = _row(work.extra, 2)
    for first in range(0, n, BLOCK):
        lanes = min(BLOCK, n - first)
        _load(values, first, lanes, work.values)
        begin(work)
        annuity = 0.0
        for month in range(horizon + 1):
            if month > 0:
                annuity += discount[month]
                one_month(work, month, horizon, discount[month])
            for s in range(COUNT):
                cumulative[s, month, first : first + lanes] = work.cumulative[s * BLOCK : s * BLOCK + lanes]
        if items.size > 0:
            for s in range(COUNT):
                for k in range(_FIRST_LINE[s], _FIRST_LINE[s + 1]):
                    _line_present(work, s, k, annuity, out)
                    items[k, first : first + lanes] = out[:lanes]
        queries[first : first + lanes] = work.state[TOTAL_QUERIES : TOTAL_QUERIES + lanes]


@jit
def trace_values(
    values: NDArray[np.float64], horizon: int, work: Scratch, months: NDArray[np.float64]
) -> None:
    """Each line's undiscounted cost in each month for one draw: values (inputs, 1) -> months (lines, H+1)."""
    _load(values, 0, 1, work.values)
    begin(work)
    for month in range(horizon + 1):
        if month > 0:
            one_month(work, month, horizon, 1.0)
        for s in range(COUNT):
            for k in range(_FIRST_LINE[s], _FIRST_LINE[s + 1]):
                rhythm = _RHYTHM[k]
                coefficient = work.lines[k * BLOCK]
                if month == 0:
                    months[k, 0] = coefficient if rhythm == ONCE else 0.0
                elif rhythm == ONCE:
                    months[k, month] = 0.0
                elif rhythm == MONTH:
                    months[k, month] = coefficient
                else:
                    owner = COUNT if rhythm < SHARED else s
                    months[k, month] = coefficient * work.series[(owner * RHYTHMS + rhythm) * BLOCK]
