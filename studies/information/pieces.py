"""Steps, jumps and interactions that smooth functions miss: means over ever finer pieces, kept where they show.

The draws are halved again and again along their inputs, so that each piece has a lower and an upper one within: a Haar
transform of what a smooth regression leaves. A difference between the two counts as far as it shows, among a block of
its neighbours, in two independent lots of draws (block thresholding, Cai 1999, Adaptive wavelet estimation): steps and
teeth survive at whatever scale they have, and where there are none nothing is added. Discrete inputs have cells
instead, whose means are drawn towards the smooth fit as far as they are noise (empirical Bayes; DerSimonian & Laird
1986).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.intp]

_LEAST = 8
"""Draws in the finest piece, of both folds together."""
_MOST_LEVELS = 16
_CERTAIN = 3.0
"""Minus the logarithm of the share of levels of pure noise that may seem to be more."""


def by_cell(cells: Index, count: int, left: Array, train: Index) -> Array:
    """Means of what is left (k, n) in each cell over the draws to learn from, shrunk towards 0: (k, count)."""
    shrunk = np.zeros((len(left), count))
    size, total, squares = _sums(cells, count, left, train)
    filled = size > 0
    degrees = float((size[filled] - 1.0).sum())
    if degrees < 1.0 or filled.sum() < 2:
        return shrunk
    means = total[:, filled] / size[filled]
    within = np.maximum((squares[:, filled] - size[filled] * means**2).sum(axis=1) / degrees, 0.0)
    spread = np.maximum(
        ((size[filled] * means**2).sum(axis=1) - filled.sum() * within)
        / (size.sum() - (size**2).sum() / size.sum()),
        0.0,
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        kept = spread[:, None] / (spread[:, None] + within[:, None] / size[filled])
    shrunk[:, filled] = np.where(spread[:, None] > 0.0, kept, 0.0) * means
    return shrunk


@dataclass(frozen=True)
class Pieces:
    """The finest pieces, in the order of a tree of `levels` halvings below each of its roots.

    leaf: each draw's piece. count: how many pieces there are.
    """

    leaf: Index
    count: int
    levels: int

    def fitted(self, left: Array, halves: tuple[Index, Index]) -> Array:
        """What each piece adds to a prediction, learned from what is left (k, n) of two lots of draws: (k, count).

        halves: independent of each other. What both see is there; what one of them sees is noise, and counts as far
        as the two agree.
        """
        width = max(int(math.log(max(2 * halves[0].size, 3))), 1)
        local = math.log(max(self.count / width, 2.0)) + _CERTAIN
        sums = [_sums(self.leaf, self.count, left, half) for half in halves]
        size, total, squares = (np.stack([part[i] for part in sums]) for i in range(3))
        moved: list[tuple[Array, Array]] = []
        for _ in range(self.levels):
            # axes: lower and upper piece, half of the draws, (output,) parent
            n, s, q = _siblings(size), _siblings(total), _siblings(squares)
            each = _gaps(n, s)
            both, all_s, all_q = (part[:, 0] + part[:, 1] for part in (n, s, q))
            gap = _gaps(both[:, None], all_s[:, None])[0]
            whole = both[0] + both[1]
            filled: NDArray[np.bool_] = np.minimum(n[0], n[1]).min(axis=0) > 0
            with np.errstate(invalid="ignore", divide="ignore"):
                weight = np.where(filled, both[0] * both[1] / whole, 0.0)
                rest = np.where(both[:, None] > 0, all_q - all_s**2 / both[:, None], 0.0)
                share = np.where(filled, both / whole, 0.0)
            noise = rest[0] + rest[1], np.maximum(both - 1.0, 0.0).sum(axis=0)
            agreed, energy = weight * each[0] * each[1], weight * gap**2
            # A block of neighbours finds what is in one place; a whole level what repeats itself everywhere.
            kept = gap * np.maximum(
                _kept(agreed, energy, noise, filled, width, local),
                _kept(agreed, energy, noise, filled, filled.size, _CERTAIN),
            )
            moved.append((-kept * share[1], kept * share[0]))
            size, total, squares = (part[0] + part[1] for part in (n, s, q))
        prediction = np.zeros((len(left), size.shape[-1]))
        for lower, upper in reversed(moved):
            prediction = np.stack([prediction + lower, prediction + upper], axis=-1).reshape(len(left), -1)
        return prediction


def along(rank: Array) -> Pieces | None:
    """Pieces of equal size along one input, from the ranks of its draws (from 1; ties share theirs)."""
    levels = _levels(rank.size)
    if levels < 1:
        return None
    count = 1 << levels
    leaf = np.minimum(((rank - 0.5) * (count / rank.size)).astype(np.intp), count - 1)
    return Pieces(leaf, count, levels)


def among(ranks: Sequence[Array], cells: Index, roots: int) -> Pieces | None:
    """Pieces over several inputs, halved along each in turn, within each cell of the discrete ones."""
    n = cells.size
    levels = _levels(n // roots)
    if levels < 1 or not ranks:
        return None
    node = cells.astype(np.int64)
    for level in range(levels):
        rank = ranks[level % len(ranks)]
        order = np.argsort(node * (2 * n) + (2.0 * rank).astype(np.int64), kind="stable")
        size = np.bincount(node, minlength=roots << level)
        first = np.concatenate([[0], np.cumsum(size)[:-1]])
        sorted_node = node[order]
        upper = np.arange(n) - first[sorted_node] >= (size[sorted_node] + 1) // 2
        node[order] = 2 * sorted_node + upper
    return Pieces(node.astype(np.intp), roots << levels, levels)


def _levels(draws: int) -> int:
    return min(int(math.log2(max(draws // _LEAST, 1))), _MOST_LEVELS)


def _sums(cells: Index, count: int, left: Array, train: Index) -> tuple[Array, Array, Array]:
    """Number of draws of each cell, and sums of what is left and of its squares."""
    at = cells[train]
    size = np.bincount(at, minlength=count).astype(float)
    rows = [row[train] for row in left]
    total = np.array([np.bincount(at, weights=row, minlength=count) for row in rows])
    squares = np.array([np.bincount(at, weights=row * row, minlength=count) for row in rows])
    return size, total, squares


def _siblings(values: Array) -> Array:
    """Lower and upper pieces of each parent on a new first axis: (…, 2 m) to (2, …, m)."""
    return np.moveaxis(values.reshape(*values.shape[:-1], -1, 2), -1, 0)


def _gaps(size: Array, total: Array) -> Array:
    """Means of the upper pieces less those of the lower, 0 where one is empty: (2, h, m), (2, h, k, m) to (h, k, m)."""
    n = size[:, :, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.minimum(n[0], n[1]) > 0, total[1] / n[1] - total[0] / n[0], 0.0)


def _kept(
    agreed: Array,
    energy: Array,
    noise: tuple[Array, Array],
    used: NDArray[np.bool_],
    width: int,
    certain: float,
) -> Array:
    """Which share of each difference is kept: what the two halves agree on in its block, beyond luck, of all there is.

    agreed, energy (k, m): product of the halves' differences, and the square of that of both together. noise: sums of
    squares within pieces, and their degrees of freedom. width: differences in a block. Luck: a sum of products of
    independent normals, of variance 2 each, is above the bound in at most e to the minus `certain` of blocks.
    """
    starts = np.arange(0, used.size, width)
    counted = np.add.reduceat(used.astype(float), starts)
    squares = np.add.reduceat(noise[0], starts, axis=1)
    freedom = np.add.reduceat(noise[1], starts)
    luck = 2.0 * (np.sqrt(2.0 * counted * certain) + certain)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.where(freedom > 0, squares / freedom, np.inf)
        excess = (np.add.reduceat(agreed, starts, axis=1) - luck * variance) / np.add.reduceat(
            energy, starts, axis=1
        )
    share = np.where(np.isfinite(excess), np.clip(excess, 0.0, 1.0), 0.0)
    return np.repeat(share, np.diff(np.append(starts, used.size)), axis=1)
