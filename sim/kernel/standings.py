"""How strategies stand, month by month: who is below whom, who is cheapest, what has been spent.

A month of 32 draws leaves a word for each pair, told from the upper halves of the costs. Where that may not do, since
two costs are within a millionth, the month is read number by number (`exact.py`): one in some thousand. After the last
month the words say who was cheapest, who has ever reached whom, and who fell back after that; after a block they are
counted bit by bit; after a chunk the counts go to the tally.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import STRIDE, jit
from sim.kernel.bit_counters import PLANES_STRIDE, count, counted
from sim.kernel.bit_masks import GROUP, GROUP_STRIDE, WORD, WORDS, Words, groups, word_at
from sim.kernel.comparisons import Keys, add_parts, compare, ones, put_keys, unclear
from sim.kernel.exact import add_total, add_word, relation, share_cheapest
from sim.kernel.reductions import PARTS, Tally
from sim.kernel.rows import TILE, Row

_LINE = 16
"""Words in a line of the cache."""

_WAYS = 2 * GROUP


class Standings(NamedTuple):
    """What a chunk has of its months; flat, of words, G groups a month for the pairs and then the strategies.

    pairs (pairs, 2): every pair of strategies, in the order of the counts. eligible (S,): who may be cheapest; rivals
    (pairs, 3): the pairs of these, and the number of each pair among all. won (S,): of 32 draws, who is cheapest.
    keys (S + 2, 32): upper halves of costs, and what `comparisons` makes of all of them.
    below, tied (H+1, G, GROUP_STRIDE): of the block, the draws in which a pair's first is below, and in which it is
    equal; any_tied (H+1, WORDS): in which any is.
    ever (H+1, G, 2, GROUP): of 32 draws, those in which a pair's first has been at or below the second by a month, and
    the reverse. fell (G, 2, GROUP): of these, the draws in which it was above again later.
    reached, to_lose (H+1, G, 2, GROUP): how many draws `ever` had, and in how many of them it is above in that month or
    a later one. fallen (G, 2, GROUP): how many draws `fell` had.
    planes (H+1, G, PLANES, GROUP): counters of `below`.
    """

    pairs: NDArray[np.int64]
    eligible: NDArray[np.bool_]
    rivals: NDArray[np.int64]
    won: Words
    keys: Keys
    below: Words
    tied: Words
    any_tied: Words
    ever: Words
    fell: Words
    reached: Words
    to_lose: Words
    fallen: Words
    planes: Words


def every_pair(strategies: int) -> NDArray[np.int64]:
    """Every pair of strategies, (pairs, 2), in the order of the counts."""
    first, second = np.triu_indices(strategies, 1)
    return np.stack([first, second], axis=1).astype(np.int64)


def open_standings(months: int, eligible: NDArray[np.bool_]) -> Standings:
    """Of no draws, `months` being H + 1. Each row begins at a line of the cache: all are whole numbers of lines."""
    count_of_groups = groups(eligible.size)
    a_month, lines = months * count_of_groups, -(-months * WORDS // _LINE) * _LINE
    sizes = [
        (eligible.size + 2) * WORD,
        a_month * GROUP_STRIDE,
        a_month * GROUP_STRIDE,
        lines,
        a_month * _WAYS,
    ]
    sizes += [count_of_groups * _WAYS, a_month * _WAYS, a_month * _WAYS, count_of_groups * _WAYS]
    sizes += [a_month * PLANES_STRIDE]
    room = np.zeros(sum(sizes) + _LINE, dtype=np.int32)
    first = -(room.ctypes.data // 4) % _LINE
    rows = [room[a:b] for a, b in pairwise(accumulate(sizes, initial=first))]
    rows[3] = rows[3][: months * WORDS]
    pairs = every_pair(eligible.size)
    numbered = np.concatenate([pairs, np.arange(len(pairs))[:, None]], axis=1)
    rivals = np.ascontiguousarray(numbered[eligible[pairs].all(axis=1)])
    return Standings(pairs, np.array(eligible), rivals, np.zeros(eligible.size, np.int32), *rows)


@jit(inline=True)
def _groups(standings: Standings) -> int:
    return standings.tied.size // GROUP_STRIDE // _months(standings)


@jit(inline=True)
def _months(standings: Standings) -> int:
    return standings.any_tied.size // WORDS


@jit(inline=True)
def add_spending(rows: Row, cost: NDArray[np.int64], first: int, lanes: int, month: int, sums: Row) -> None:
    """The costs of a tile, which stand in rows `cost`, added to the sums of a month. sums: of the tally, flat."""
    for s in range(cost.size):
        at = np.uint64((month * cost.size + s) * PARTS)
        a = np.uint64(cost[s] * STRIDE + first)
        if lanes == TILE:
            add_parts(rows, a, sums, at)
        else:
            add_total(rows, a, lanes, sums, at)


@jit(inline=True)
def stand(
    rows: Row, cost: NDArray[np.int64], first: int, month: int, word: int, standings: Standings
) -> bool:
    """Take down a month of 32 draws, the word-th of a block, from lane `first` on; False if `stand_exactly` has to."""
    keys, below, pairs = standings.keys, standings.below, standings.pairs
    greatest, nearest = np.uint64(cost.size * WORD), np.uint64((cost.size + 1) * WORD)
    for i in range(WORD):
        keys[greatest + np.uint64(i)] = 0
        keys[nearest + np.uint64(i)] = -1
    for s in range(cost.size):
        put_keys(rows, np.uint64(cost[s] * STRIDE + first), keys, np.uint64(s * WORD), greatest)
    in_month = _groups(standings)
    standings.any_tied[month * WORDS + word] = 0
    for group in range(in_month):
        at = word_at(month * in_month + group, word)
        for slot in range(GROUP):
            standings.tied[at + np.uint64(slot)] = 0
        for slot in range(min(GROUP, pairs.shape[0] - group * GROUP)):
            k = np.uint64(group * GROUP + slot)
            a, b = np.uint64(pairs[k, 0] * WORD), np.uint64(pairs[k, 1] * WORD)
            below[at + np.uint64(slot)] = compare(keys, a, b, nearest)
    return unclear(keys, greatest, nearest) == 0


@jit
def stand_exactly(
    rows: Row,
    cost: NDArray[np.int64],
    first: int,
    month: int,
    word: int,
    lanes: int,
    standings: Standings,
    tally: Tally,
) -> None:
    """The words of a month in which costs may be equal, and what ties count; the cost rows follow each other."""
    used, any_tied, in_month = (1 << lanes) - 1, 0, _groups(standings)
    for k in range(standings.pairs.shape[0]):
        a, b = standings.pairs[k, 0], standings.pairs[k, 1]
        less, tied = relation(rows, cost[a] * STRIDE + first, cost[b] * STRIDE + first)
        tied &= used
        at = word_at(month * in_month + k // GROUP, word) + np.uint64(k % GROUP)
        standings.below[at], standings.tied[at] = np.int32(less), np.int32(tied)
        any_tied |= tied
        if tied != 0:
            add_word(tied, tally.equal[month, k])
    standings.any_tied[month * WORDS + word] = np.int32(any_tied)
    if any_tied != 0:
        share_cheapest(
            rows, cost[0] * STRIDE + first, STRIDE, any_tied, standings.eligible, tally.cheapest[month]
        )


@jit
def close_word(standings: Standings, word: int, lanes: int) -> None:
    """After the last month of 32 draws: who was cheapest, who has reached whom (from month 1 on), who fell back."""
    used = np.int32(-1) if lanes == WORD else np.int32((1 << lanes) - 1)
    in_month = _groups(standings)
    for month in range(_months(standings)):
        _cheapest(standings, month, word, used)
        if lanes < WORD:
            for group in range(in_month):
                at = word_at(month * in_month + group, word)
                for slot in range(GROUP):
                    standings.below[at + np.uint64(slot)] &= used
    for group in range(in_month):
        _reach(standings, group, word, used)
    for k in range(standings.pairs.shape[0]):
        at = np.uint64(k // GROUP * _WAYS + k % GROUP)
        if (standings.fell[at] | standings.fell[at + np.uint64(GROUP)]) != 0:  # rare
            _fall_back(standings, k, word, used)


@jit(inline=True)
def _cheapest(standings: Standings, month: int, word: int, used: int) -> None:
    """In which draws each strategy is below all others that are eligible; those with ties are shared already."""
    below, rivals, eligible, won = standings.below, standings.rivals, standings.eligible, standings.won
    in_month, count_of_pairs = _groups(standings), standings.pairs.shape[0]
    may = used & ~standings.any_tied[month * WORDS + word]
    for s in range(eligible.size):
        won[np.uint64(s)] = may if eligible[s] else np.int32(0)
    first = word_at(month * in_month, word)
    for j in range(rivals.shape[0]):
        n = np.uint64(j)
        a, b, k = np.uint64(rivals[n, 0]), np.uint64(rivals[n, 1]), rivals[n, 2]
        less = below[first + np.uint64(k // GROUP * GROUP_STRIDE + k % GROUP)]
        won[a] &= less
        won[b] &= ~less
    for s in range(eligible.size):
        k = count_of_pairs + s
        below[first + np.uint64(k // GROUP * GROUP_STRIDE + k % GROUP)] = won[np.uint64(s)]


@jit(inline=True)
def _reach(standings: Standings, group: int, word: int, used: int) -> None:
    """Who has ever reached whom by each month of 32 draws, and who was above again after that; pairs of a group."""
    below, tied, ever, fell = standings.below, standings.tied, standings.ever, standings.fell
    reached, in_month = standings.reached, _groups(standings)
    back, down = np.uint64(in_month * _WAYS), np.uint64(group * _WAYS)
    for k in range(_WAYS):
        ever[down + np.uint64(k)] = 0
        fell[down + np.uint64(k)] = 0
    for month in range(1, _months(standings)):
        number = month * in_month + group
        at, to = word_at(number, word), np.uint64(number * _WAYS)
        for k in range(GROUP):
            first, second = np.uint64(k), np.uint64(GROUP + k)
            less = below[at + first]
            level, before = less | tied[at + first], ever[to + first - back]
            fell[down + first] |= before & ~level
            ever[to + first] = before | level
            reached[to + first] += ones(before | level)
            level, before = ~less & used, ever[to + second - back]
            fell[down + second] |= before & ~level
            ever[to + second] = before | level
            reached[to + second] += ones(before | level)


@jit
def _fall_back(standings: Standings, pair: int, word: int, used: int) -> None:
    """Of a pair in which somebody fell back: how many of the draws that each has reached are yet to be lost, by month.

    From the last month to the first, since only then is it known what stays so to the end.
    """
    in_month, slot = _groups(standings), pair % GROUP
    first, second = np.uint64(slot), np.uint64(GROUP + slot)
    of_first = of_second = used
    for month in range(_months(standings) - 1, 0, -1):
        number = month * in_month + pair // GROUP
        to = np.uint64(number * _WAYS)
        at = word_at(number, word) + first
        less = standings.below[at]
        of_first &= less | standings.tied[at]
        of_second &= ~less
        standings.to_lose[to + first] += ones(standings.ever[to + first] & ~of_first)
        standings.to_lose[to + second] += ones(standings.ever[to + second] & ~of_second)
    down = np.uint64(pair // GROUP * _WAYS)
    standings.fallen[down + first] += ones(standings.fell[down + first])
    standings.fallen[down + second] += ones(standings.fell[down + second])


@jit
def close_block(standings: Standings, lanes: int) -> None:
    """Count the words of a block."""
    for word in range((lanes + WORD - 1) // WORD, WORDS):
        for group in range(standings.tied.size // GROUP_STRIDE):
            at = word_at(group, word)
            for k in range(GROUP):
                standings.below[at + np.uint64(k)] = 0
    count(standings.below, standings.planes)


@jit
def close_standings(standings: Standings, tally: Tally) -> None:
    """After a chunk: its counts to the tally, and the standings of no draws again."""
    months, replicates, in_month = tally.less.shape[0], tally.less.shape[2], _groups(standings)
    count_of_pairs = standings.pairs.shape[0]
    for month in range(months):
        for k in range(count_of_pairs + standings.eligible.size):
            group, slot = month * in_month + k // GROUP, k % GROUP
            for r in range(replicates):
                draws = counted(standings.planes, group * PLANES_STRIDE + slot, r)
                if k < count_of_pairs:
                    tally.less[month, k, r] += draws
                else:
                    tally.cheapest[month, k - count_of_pairs, r] += float(draws)
            if k < count_of_pairs:
                for way in range(2):
                    at = group * _WAYS + way * GROUP + slot
                    tally.reached[month, k, way] += standings.reached[at]
                    tally.lasting[month, k, way] += standings.reached[at] - standings.to_lose[at]
    for k in range(count_of_pairs):
        for way in range(2):
            tally.fell_back[k, way] += standings.fallen[k // GROUP * _WAYS + way * GROUP + k % GROUP]
    standings.planes[:] = 0
    standings.reached[:] = 0
    standings.to_lose[:] = 0
    standings.fallen[:] = 0
