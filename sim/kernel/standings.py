"""How the strategies of a tile stand, month by month: who is below whom, who is cheapest, what has been spent.

A month of a tile leaves a word for each pair, told from the upper halves of the costs. Where that may not do, since two
costs are within a millionth, the month is read number by number (`exact.py`): one in some thousand. After its last
month a tile's words say who was cheapest, who has ever reached whom, and who fell back after that; after eight tiles, a
block, they are counted bit by bit; after a chunk the counts go to the tally.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import jit
from sim.kernel.bit_counters import PLANES, count, counted
from sim.kernel.bit_masks import MONTH_STRIDE, PAIRS, SLOTS, TILES, WON, Words, word_at
from sim.kernel.columns import ROW, TILE, Row
from sim.kernel.comparisons import adding, comparing, ones, opponents, unbeaten
from sim.kernel.exact import add_total, add_word, relation, share_cheapest
from sim.kernel.reductions import PARTS, Tally
from sim.kernel.strategies import COUNT
from sim.kernel.tile import COST

_ROWS = tuple(COST + s * ROW for s in range(COUNT))
_compare = comparing(_ROWS, PAIRS)
_add_costs = adding(_ROWS)
_put_unbeaten = unbeaten(PAIRS, COUNT, SLOTS)

_OPPONENT = np.array([[other for other, _, _ in met] for met in opponents(PAIRS, COUNT)])
_LINE = 16
"""Words in a line of the cache."""


class Standings(NamedTuple):
    """What a chunk has of its tiles' months, each flat and of words.

    below (H+1, MONTH_STRIDE): of the block, SLOTS words a tile. tied (H+1, SLOTS): of the tile, the draws in which a
    pair is equal; in slot WON those in which any is. ever (H+1, 2, SLOTS): of the tile, the draws in which a pair's
    first has been at or below the second by a month, and the reverse. fell (2, SLOTS): of these, the draws in which it
    was above again later. reached, to_lose (H+1, 2, SLOTS): how many draws `ever` had, and in how many of them it is
    above in that month or a later one. fallen (2, SLOTS): how many draws `fell` had.
    planes (H+1, PLANES, SLOTS): counters of `below`. waived (S, SLOTS): see `comparisons.unbeaten`.
    """

    below: Words
    tied: Words
    ever: Words
    fell: Words
    reached: Words
    to_lose: Words
    fallen: Words
    planes: Words
    waived: Words


def open_standings(months: int, eligible: NDArray[np.bool_]) -> Standings:
    """Of no draws, `months` being H + 1. Each row begins at a line of the cache: all are whole numbers of lines."""
    ways = 2 * SLOTS
    sizes = [months * MONTH_STRIDE, months * SLOTS, months * ways, ways, months * ways, months * ways, ways]
    sizes += [months * PLANES * SLOTS, COUNT * SLOTS]
    room = np.zeros(sum(sizes) + _LINE, dtype=np.int32)
    first = -(room.ctypes.data // 4) % _LINE
    ends = list(accumulate(sizes, initial=first))
    rows = [room[a:b] for a, b in pairwise(ends)]
    waived = rows[-1].reshape(COUNT, SLOTS)
    waived[: COUNT - 1, WON : WON + COUNT] = eligible[_OPPONENT.T] - 1
    waived[COUNT - 1, WON : WON + COUNT] = -1 * eligible
    return Standings(*rows)


@jit(inline=True)
def stand(t: Row, month: int, tile: int, lanes: int, below: Words, tied: Words, cumulative: Row) -> bool:
    """Take down a month of the `tile`-th tile of a block; False where `stand_exactly` has to.

    below, tied: of `Standings`. cumulative: of the tally, flat.
    """
    first = np.uint64(month * COUNT * PARTS)
    if lanes == TILE:
        _add_costs(t, cumulative, first)
    else:
        for s in range(COUNT):
            add_total(t, COST + s * ROW, lanes, cumulative, first + np.uint64(s * PARTS))
    at = np.uint64(month * SLOTS)
    for slot in range(SLOTS):
        tied[at + np.uint64(slot)] = 0
    return _compare(t, below, word_at(month, tile)) == 0


@jit
def stand_exactly(
    t: Row,
    month: int,
    tile: int,
    lanes: int,
    eligible: NDArray[np.bool_],
    standings: Standings,
    tally: Tally,
) -> None:
    """The words of a month in which costs may be equal, and what ties count. eligible (S,): who may be cheapest."""
    at, used, any_tied = word_at(month, tile), (1 << lanes) - 1, 0
    for k, (a, b) in enumerate(PAIRS):
        less, tied = relation(t, COST + a * ROW, COST + b * ROW)
        tied &= used
        standings.below[at + np.uint64(k)] = less
        standings.tied[month * SLOTS + k] = tied
        any_tied |= tied
        if tied != 0:
            add_word(tied, tally.equal[month, k])
    standings.tied[month * SLOTS + WON] = any_tied
    if any_tied != 0:
        share_cheapest(t, COST, ROW, any_tied, eligible, tally.cheapest[month])


@jit
def close_tile(standings: Standings, tile: int, lanes: int) -> None:
    """After a tile's last month: who was cheapest, who has ever reached whom (from month 1 on), and who fell back."""
    below, tied = standings.below, standings.tied
    used = np.int32(-1) if lanes == TILE else np.int32((1 << lanes) - 1)
    months = tied.size // SLOTS
    for month in range(months):
        at = word_at(month, tile)
        _put_unbeaten(below, at, standings.waived)
        any_tied = tied[month * SLOTS + WON]
        if any_tied != 0:  # these are shared already
            for s in range(COUNT):
                below[at + np.uint64(WON + s)] &= ~any_tied
    for month in range(months if lanes < TILE else 0):
        at = word_at(month, tile)
        for k in range(SLOTS):
            below[at + np.uint64(k)] &= used
    _reach(standings, tile, used)
    for k in range(len(PAIRS)):
        if (standings.fell[k] | standings.fell[SLOTS + k]) != 0:  # rare
            _fall_back(standings, tile, k, used)


@jit
def _reach(standings: Standings, tile: int, used: int) -> None:
    """Who has ever reached whom by each month of a tile, and who was above again after that."""
    below, tied, ever, fell = standings.below, standings.tied, standings.ever, standings.fell
    reached, back = standings.reached, np.uint64(2 * SLOTS)
    ever[: 2 * SLOTS] = 0
    fell[:] = 0
    for month in range(1, tied.size // SLOTS):
        at, of_ties, to = word_at(month, tile), np.uint64(month * SLOTS), np.uint64(month * 2 * SLOTS)
        for k in range(SLOTS):
            first, second = np.uint64(k), np.uint64(SLOTS + k)
            less = below[at + first]
            level, before = less | tied[of_ties + first], ever[to + first - back]
            fell[first] |= before & ~level
            ever[to + first] = before | level
            reached[to + first] += ones(before | level)
            level, before = ~less & used, ever[to + second - back]
            fell[second] |= before & ~level
            ever[to + second] = before | level
            reached[to + second] += ones(before | level)


@jit
def _fall_back(standings: Standings, tile: int, pair: int, used: int) -> None:
    """Of a pair in which somebody fell back: how many of the draws that each has reached are yet to be lost, by month.

    From the last month to the first, since only then is it known what stays so to the end.
    """
    first, second = np.uint64(pair), np.uint64(SLOTS + pair)
    of_first = of_second = used
    for month in range(standings.tied.size // SLOTS - 1, 0, -1):
        to = np.uint64(month * 2 * SLOTS)
        less = standings.below[word_at(month, tile) + first]
        of_first &= less | standings.tied[np.uint64(month * SLOTS) + first]
        of_second &= ~less
        standings.to_lose[to + first] += ones(standings.ever[to + first] & ~of_first)
        standings.to_lose[to + second] += ones(standings.ever[to + second] & ~of_second)
    standings.fallen[first] += ones(standings.fell[first])
    standings.fallen[second] += ones(standings.fell[second])


@jit
def close_block(standings: Standings, lanes: int) -> None:
    """Count the words of a block's tiles."""
    months = standings.tied.size // SLOTS
    for tile in range((lanes + TILE - 1) // TILE, TILES):
        for month in range(months):
            at = word_at(month, tile)
            for k in range(SLOTS):
                standings.below[at + np.uint64(k)] = 0
    count(standings.below, standings.planes)


@jit
def close_standings(standings: Standings, tally: Tally) -> None:
    """After a chunk: its counts to the tally, and the standings of no draws again."""
    months, replicates = tally.less.shape[0], tally.less.shape[2]
    for month in range(months):
        at, to = month * PLANES * SLOTS, month * 2 * SLOTS
        for k in range(len(PAIRS)):
            for r in range(replicates):
                tally.less[month, k, r] += counted(standings.planes, at + k, r)
            for way in range(2):
                reached = standings.reached[to + way * SLOTS + k]
                tally.reached[month, k, way] += reached
                tally.lasting[month, k, way] += reached - standings.to_lose[to + way * SLOTS + k]
        for s in range(COUNT):
            for r in range(replicates):
                tally.cheapest[month, s, r] += float(counted(standings.planes, at + WON + s, r))
    for k in range(len(PAIRS)):
        for way in range(2):
            tally.fell_back[k, way] += standings.fallen[way * SLOTS + k]
    standings.planes[:] = 0
    standings.reached[:] = 0
    standings.to_lose[:] = 0
    standings.fallen[:] = 0
