"""Inverse distribution functions that vectorise: recipes laid out as arrays, and the compiled code that follows them.

In the normal score z: normal and lognormal, polynomials, tables of cubic pieces. In u: uniform, triangular, metalog and
steps. A truncated distribution is its parent on a window of u. `recipes.py` says which distribution gets which, and
how exactly. Where that is faster values are read off quintic pieces: in u (`pieces.py`), or in z (`score_pieces.py`)
for an input that is linked to others through its normal score.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distributions.sampling import pieces, quintics, score_pieces
from distributions.sampling.elementary import exp, log, normal_cdf, normal_quantile
from distributions.sampling.jit import BLOCK, REPLICATES, STRIDE, float_bits, fma, jit, select
from distributions.sampling.lhs import fill_lhs
from distributions.sampling.pieces import follow
from distributions.sampling.quintics import WIDTH, fit, laid_out
from distributions.sampling.room import filled
from distributions.sampling.score_pieces import follow_scores
from distributions.sampling.sobol import BITS, dimensions, fill_sobol, net
from distributions.sampling.streams import OUTER, fill_uniform, refine, stream_key

IN_PIECES = ", in pieces"
"""Said of a recipe whose values are read off pieces."""

TOLERANCE = 1e-8
"""Largest error in u that an approximation may have."""

Z_MAX = 8.3
"""Scores reach 8.21 at the smallest uniform, 2^-53."""

DEGREE = 23
_PARAMETERS = 40
_EPS = 2.0**-53
_FEW = 8
"""Up to so many steps are tried in turn."""

AFFINE_Z, EXP_Z, POLYNOMIAL, TABLE = 0, 1, 2, 3
AFFINE_U, TRIANGULAR, METALOG, STEPS, EXACT = 4, 5, 6, 7, 8
IDENTITY, ABOVE, BELOW, BETWEEN = 0, 1, 2, 3
MC, SOBOL, LHS = 0, 1, 2
DESIGNS = {"sobol": SOBOL, "lhs": LHS, "mc": MC, "aligned": SOBOL}


@dataclass(frozen=True)
class Recipe:
    """How one input's values are made from u or z, and how exactly.

    kind, link: which formula; parameters: its numbers; window: lower bound, width and whether counted from above;
    pool: longer data (steps, table); method: the formula in words; error: largest error in u found by the check.
    pieces: the same in `pieces.py`'s form, flat, or None; it follows from the rest.
    """

    kind: int
    link: int = IDENTITY
    parameters: tuple[float, ...] = ()
    window: tuple[float, float, bool] | None = None
    pool: tuple[float, ...] = ()
    method: str = "closed form"
    error: float = 0.0
    pieces: NDArray[np.float64] | None = field(default=None, compare=False, repr=False)

    @cached_property
    def linked(self) -> Recipe:
        """Of an input that is linked to others: the same with pieces in z, where they are faster and exact enough."""
        error = self.error + _normal_score()[1]
        plain = replace(self, pieces=None, method=self.method.removesuffix(IN_PIECES), error=error)
        if self.kind in (AFFINE_Z, STEPS, EXACT):
            return plain
        coefficients = fit(_at_scores(self, score_pieces.AT_NODES))
        error += quintics.error(coefficients, _at_scores(self, score_pieces.AT_CHECKS), score_pieces.DU)
        if not error <= TOLERANCE:
            return plain
        return replace(plain, method=plain.method + IN_PIECES, error=error, pieces=laid_out(coefficients))


class Plan(NamedTuple):
    """The sampling of a set of uncertain inputs as plain arrays; the compiled code sees nothing else.

    Shapes: n inputs, of which the k named in `linked` are made from normal scores that are mixed.
    """

    design: int
    draws: int
    kind: NDArray[np.int64]
    link: NDArray[np.int64]
    row: NDArray[np.int64]
    """(n,) which row of the block's values each input fills."""
    parameters: NDArray[np.float64]
    window: NDArray[np.float64]
    """(n, 3): lower bound, width (0 for none), 1 where counted from the upper end."""
    pool: NDArray[np.float64]
    pool_start: NDArray[np.int64]
    pool_size: NDArray[np.int64]
    pieces: NDArray[np.float64]
    """Flat: of the inputs that have any, in z of those that are linked."""
    pieces_start: NDArray[np.int64]
    """(n,): where an input's begin, -1 where it has none."""
    normal: NDArray[np.float64]
    """Flat: pieces in u of the normal score."""
    key: NDArray[np.uint64]
    scrambled: NDArray[np.uint64]
    free: NDArray[np.int64]
    linked: NDArray[np.int64]
    mixing: NDArray[np.float64]
    """(k, k): normal scores of the linked inputs from independent ones of theirs."""


def from_scores(recipe: Recipe, z: NDArray[np.float64]) -> NDArray[np.float64]:
    """The recipe's values at normal scores z (n,), by the compiled code itself; not for one that is `EXACT`."""
    return _through(recipe, z, True)


def _at_scores(recipe: Recipe, z: NDArray[np.float64]) -> NDArray[np.float64]:
    return from_scores(recipe, z.reshape(-1)).reshape(z.shape)


@cache
def _normal_score() -> tuple[NDArray[np.float64], float]:
    """Pieces in u of the normal score itself, flat, and their error in u."""
    score = Recipe(AFFINE_Z, parameters=(0.0, 1.0))
    nodes, checks = (
        from_uniforms(score, u.reshape(-1)).reshape(u.shape) for u in (pieces.AT_NODES, pieces.AT_CHECKS)
    )
    coefficients = fit(nodes)
    return laid_out(coefficients), quintics.error(coefficients, checks, pieces.DU)


def from_uniforms(recipe: Recipe, u: NDArray[np.float64]) -> NDArray[np.float64]:
    """The recipe's values at uniforms u (n,), not by its pieces; not for one that is `EXACT`."""
    return _through(recipe, u, False)


def _through(recipe: Recipe, given: NDArray[np.float64], scored: bool) -> NDArray[np.float64]:
    plan = assemble([("x", recipe)], [0], "mc", 0, 0)
    values = np.empty(given.size)
    padded = np.full(BLOCK, 0.5)
    for start in range(0, given.size, BLOCK):
        part = given[start : start + BLOCK]
        padded[: part.size] = part
        transform(padded, plan, 0, scored)
        values[start : start + part.size] = padded[: part.size]
    return values


def assemble(
    recipes: Sequence[tuple[str, Recipe]],
    rows: Sequence[int],
    design: str,
    seed: int,
    draws: int,
    dimension: Mapping[str, int] | None = None,
    linked: Sequence[str] = (),
    mixing: NDArray[np.float64] | None = None,
) -> Plan:
    """Recipes by name as a `Plan`.

    rows: the row of the block that each fills. dimension: each name's Sobol' dimension, by default its position.
    linked, mixing: the names whose normal scores are mixed, and the matrix (k, k) by which they come of independent
    ones: for a Gaussian copula the lower factor of its correlation.
    """
    n = len(recipes)
    names = [name for name, _ in recipes]
    if dimension is None:
        dimension = {name: i for i, name in enumerate(names)}
    stratified = DESIGNS[design] == SOBOL
    if stratified and dimension and max(dimension.values()) >= dimensions():
        raise ValueError(f"the Sobol' table covers {dimensions()} inputs")
    parameters = np.zeros((n, _PARAMETERS))
    window = np.zeros((n, 3))
    pools: list[NDArray[np.float64]] = []
    start = np.zeros(n, dtype=np.int64)
    size = np.zeros(n, dtype=np.int64)
    key = np.zeros((n, 4), dtype=np.uint64)
    scrambled = np.zeros((n if stratified else 0, BITS + 1, REPLICATES), dtype=np.uint64)
    offset = 0
    for i, (name, item) in enumerate(recipes):
        parameters[i, : len(item.parameters)] = item.parameters
        if item.kind == METALOG:
            parameters[i, _PARAMETERS - 1] = len(item.parameters) - 2
        if item.window is not None:
            window[i] = (item.window[0], item.window[1], float(item.window[2]))
        start[i], size[i] = offset, len(item.pool) // 2
        offset += len(item.pool)
        pools.append(np.array(item.pool))
        key[i] = stream_key(seed, name)
        if stratified:
            scrambled[i] = net(key[i], dimension[name], draws)
    position = {name: i for i, name in enumerate(names)}
    linked_index = np.array([position[name] for name in linked], dtype=np.int64)
    tables = [(item.linked if name in set(linked) else item).pieces for name, item in recipes]
    sizes = np.array([0 if table is None else table.size for table in tables], dtype=np.int64)
    pieces_of_all = filled(int(sizes.sum()) + 1, 0.0)
    np.concatenate([table for table in tables if table is not None] or [np.zeros(0)], out=pieces_of_all[:-1])
    pieces_start = np.where(sizes > 0, np.cumsum(sizes) - sizes, -1)
    return Plan(
        DESIGNS[design],
        draws,
        np.array([item.kind for _, item in recipes], dtype=np.int64),
        np.array([item.link for _, item in recipes], dtype=np.int64),
        np.array(rows, dtype=np.int64),
        parameters,
        window,
        np.concatenate([*pools, np.zeros(1)]),
        start,
        size,
        pieces_of_all,
        pieces_start,
        _normal_score()[0] if len(linked) else np.zeros(1),
        key,
        scrambled,
        np.array([i for i in range(n) if names[i] not in set(linked)], dtype=np.int64),
        linked_index,
        np.ascontiguousarray(mixing if mixing is not None else np.zeros((0, 0))),
    )


@jit(inline=True)
def _unlink(y: float, link: int, low: float, high: float) -> float:
    """The value behind a linked one: y, low + e^y, high - e^y, or low + (high - low)/(1 + e^-y)."""
    e = exp(select(link == BETWEEN, -y, y))
    between = low + (high - low) / (1.0 + e)
    bounded = select(link == ABOVE, low + e, select(link == BELOW, high - e, between))
    return select(link == IDENTITY, y, bounded)


@jit
def _few_steps(
    row: NDArray[np.float64], values: NDArray[np.float64], weights: NDArray[np.float64], size: int
) -> None:
    """Steps of which there are few: each is tried in turn by all lanes at once, rather than searched for by each."""
    for i in range(BLOCK):
        u = row[i]
        x = values[0]
        for k in range(_FEW - 1):
            at = min(k, size - 2) if size > 1 else 0
            x = select(u > weights[at], values[min(at + 1, size - 1)], x)
        row[i] = x


@jit
def transform(row: NDArray[np.float64], plan: Plan, j: int, scored: bool) -> None:
    """Turn a row of uniforms (or, `scored`, of normal scores) into the values of input j, in place."""
    kind = plan.kind[j]
    p = plan.parameters[j]
    low, width, from_above = plan.window[j, 0], plan.window[j, 1], plan.window[j, 2] > 0.5
    wants_score = kind <= TABLE
    if scored and (width > 0.0 or not wants_score):
        for i in range(BLOCK):
            u = normal_cdf(row[i])
            row[i] = select(u > 1.0 - _EPS, 1.0 - _EPS, select(u < _EPS, _EPS, u))
        scored = False
    if width > 0.0 and not scored:
        if from_above:
            for i in range(BLOCK):
                row[i] = low + (1.0 - row[i]) * width
        else:
            for i in range(BLOCK):
                row[i] = low + row[i] * width
    if wants_score and not scored:
        sign = -1.0 if from_above else 1.0
        for i in range(BLOCK):
            row[i] = sign * normal_quantile(row[i])
    elif from_above:
        for i in range(BLOCK):
            row[i] = 1.0 - row[i]

    if kind == AFFINE_Z:
        loc, scale = p[0], p[1]
        for i in range(BLOCK):
            row[i] = fma(scale, row[i], loc)
    elif kind == EXP_Z:
        mu, sigma = p[0], p[1]
        for i in range(BLOCK):
            row[i] = exp(fma(sigma, row[i], mu))
    elif kind == POLYNOMIAL:
        link, a, b, scale = plan.link[j], p[0], p[1], p[2]
        coefficients = p[3 : 4 + DEGREE]
        for i in range(BLOCK):
            t = row[i] * scale
            y = coefficients[0]
            for k in range(1, DEGREE + 1):
                y = fma(y, t, coefficients[k])
            row[i] = _unlink(y, link, a, b)
    elif kind == TABLE:
        link, a, b, first, per_step = plan.link[j], p[0], p[1], p[2], p[3]
        values = plan.pool[plan.pool_start[j] : plan.pool_start[j] + plan.pool_size[j]]
        slopes = plan.pool[
            plan.pool_start[j] + plan.pool_size[j] : plan.pool_start[j] + 2 * plan.pool_size[j]
        ]
        last = plan.pool_size[j] - 2
        for i in range(BLOCK):
            at = (row[i] - first) * per_step
            cell = min(max(int(at), 0), last)
            t = at - cell
            step = values[cell + 1] - values[cell]
            rise0, rise1 = slopes[cell] - step, slopes[cell + 1] - step
            y = values[cell] + t * (step + (1.0 - t) * ((1.0 - t) * rise0 - t * rise1))
            row[i] = _unlink(y, link, a, b)
    elif kind == AFFINE_U:
        start, extent = p[0], p[1]
        for i in range(BLOCK):
            row[i] = fma(extent, row[i], start)
    elif kind == TRIANGULAR:
        a, mode, b = p[0], p[1], p[2]
        at_mode = (mode - a) / (b - a)
        rising, falling = (b - a) * (mode - a), (b - a) * (b - mode)
        for i in range(BLOCK):
            u = row[i]
            from_end = math.sqrt(select(u < at_mode, u * rising, (1.0 - u) * falling))
            row[i] = select(u < at_mode, a + from_end, b - from_end)
    elif kind == METALOG:
        link, a, b = plan.link[j], p[0], p[1]
        terms = int(p[_PARAMETERS - 1])
        for i in range(BLOCK):
            u = row[i]
            logit = log(u / (1.0 - u))
            c = u - 0.5
            y = p[2] + p[3] * logit
            if terms > 2:
                y += p[4] * c * logit
            if terms > 3:
                y += p[5] * c
            power = c
            for k in range(4, terms):
                if k % 2 == 0:
                    power *= c
                    y += p[2 + k] * power
                else:
                    y += p[2 + k] * power * logit
            row[i] = _unlink(-y if link == BELOW else y, link, a, b)
    elif kind == STEPS:
        size = plan.pool_size[j]
        values = plan.pool[plan.pool_start[j] : plan.pool_start[j] + size]
        weights = plan.pool[plan.pool_start[j] + size : plan.pool_start[j] + 2 * size]
        if size <= _FEW:
            _few_steps(row, values, weights, size)
        else:
            for i in range(BLOCK):
                left, right = 0, size - 1
                while left < right:
                    middle = (left + right) // 2
                    if weights[middle] >= row[i]:
                        right = middle
                    else:
                        left = middle + 1
                row[i] = values[left]


@jit(inline=True)
def fill_design(row: NDArray[np.float64], plan: Plan, j: int, block: int, words: NDArray[np.uint64]) -> None:
    """The uniforms of input j in one block, by the run's design. words (16,) is scratch."""
    if plan.design == MC:
        fill_uniform(row, block, plan.key[j])
    elif plan.design == SOBOL:
        fill_sobol(row, block, plan.scrambled[j], words)
    else:
        fill_lhs(row, block, plan.draws, plan.key[j], words)


@jit(inline=True)
def refine_ends(row: NDArray[np.float64], plan: Plan, j: int, block: int) -> None:
    """Finer digits for independent uniforms in the outermost tails, of which there rarely are any."""
    if plan.design != MC:
        return
    # positive numbers are in the order of their bits: an "or" of whole numbers is taken by all lanes at once, where
    # the least of floating-point ones would be sought one by one
    outermost, near = float_bits(OUTER), 0
    for i in range(BLOCK):
        u = row[i]
        near |= float_bits(select(u < 0.5, u, 1.0 - u)) - outermost  # negative where it is nearer
    if near < 0:
        refine(row, block, plan.key[j])


class Spots(NamedTuple):
    """Scratch for a block: words (16,) of Sobol' points or strata; each draw's piece and its place in it, (256,)."""

    words: NDArray[np.uint64]
    piece: NDArray[np.int64]
    place: NDArray[np.float64]


def spots() -> Spots:
    """Room for a block."""
    return Spots(np.zeros(REPLICATES, dtype=np.uint64), np.zeros(BLOCK, dtype=np.int64), np.zeros(BLOCK))


@jit
def sample_block(
    plan: Plan, block: int, values: NDArray[np.float64], scores: NDArray[np.float64], spots: Spots
) -> None:
    """The values of every uncertain input for one block of draws.

    values: flat, rows of 256, filled at each input's row. scores: flat scratch of k rows.
    An input whose recipe is EXACT is left as its uniforms, for the caller to put through the exact ppf.
    """
    words, piece, place = spots.words, spots.piece, spots.place
    for at in range(plan.free.size):
        j = plan.free[at]
        row = values[plan.row[j] * STRIDE : plan.row[j] * STRIDE + BLOCK]
        fill_design(row, plan, j, block, words)
        start = plan.pieces_start[j]
        if start < 0 or not follow(row, plan.pieces[start : start + pieces.PIECES * WIDTH], piece, place):
            refine_ends(row, plan, j, block)
            transform(row, plan, j, False)
    linked = plan.linked.size
    for at in range(linked):
        j = plan.linked[at]
        row = scores[at * STRIDE : at * STRIDE + BLOCK]
        fill_design(row, plan, j, block, words)
        if not follow(row, plan.normal, piece, place):
            refine_ends(row, plan, j, block)
            for i in range(BLOCK):
                row[i] = normal_quantile(row[i])
    for at in range(linked):
        j = plan.linked[at]
        row = values[plan.row[j] * STRIDE : plan.row[j] * STRIDE + BLOCK]
        for i in range(BLOCK):
            row[i] = 0.0
        for other in range(linked):
            weight = plan.mixing[at, other]
            if weight != 0.0:
                score = scores[other * STRIDE : other * STRIDE + BLOCK]
                for i in range(BLOCK):
                    row[i] = fma(weight, score[i], row[i])
        start = plan.pieces_start[j]
        table = plan.pieces[start : start + score_pieces.PIECES * WIDTH]
        if start < 0 or not follow_scores(row, table, piece, place):
            transform(row, plan, j, True)


def values_at_scores(plan: Plan, scores: NDArray[np.float64], values: NDArray[np.float64]) -> None:
    """Fills the planned rows of values (inputs, m) at independent normal scores (n, m), by the recipes themselves."""
    position = np.full(plan.row.size, -1, dtype=np.int64)
    position[plan.linked] = np.arange(plan.linked.size)
    _values_at_scores(plan, position, scores, values, np.zeros(BLOCK))


@jit
def _values_at_scores(
    plan: Plan,
    position: NDArray[np.int64],
    scores: NDArray[np.float64],
    values: NDArray[np.float64],
    row: NDArray[np.float64],
) -> None:
    """position (n,): each input's among those that are linked, or -1. row (256,): scratch."""
    m = scores.shape[1]
    for j in range(plan.row.size):
        for first in range(0, m, BLOCK):
            lanes = min(BLOCK, m - first)
            row[:] = 0.0
            if position[j] < 0:
                for i in range(lanes):
                    row[i] = scores[j, first + i]
            else:
                for other in range(plan.linked.size):
                    weight = plan.mixing[position[j], other]
                    for i in range(lanes):
                        row[i] = fma(weight, scores[plan.linked[other], first + i], row[i])
            transform(row, plan, j, True)
            for i in range(lanes):
                values[plan.row[j], first + i] = row[i]
