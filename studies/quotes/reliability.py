"""The likeliest way in which one strategy loses to another: the design point of first-order reliability (FORM).

Inputs are written as functions of independent standard normals u, through their marginals and the copula. Where a costs
more than b it fails; the point of the failing region nearest to the origin has the highest density there, and is the
design point u* (Hasofer & Lind 1974; Rackwitz & Fiessler 1978). Its distance is the reliability index beta, and the
probability of failing is Phi(-beta) as far as the surface is flat near u*. Other points that are nearest in their own
neighbourhood are other ways of failing; together they fail as a series system does (Ditlevsen 1979). Whether the
surface is flat enough is seen by sampling, and a probability that sampling speaks against is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.special import betaincinv, ndtr, ndtri

from distributions.sampling.inverse import Z_MAX
from distributions.spec import Marginal
from sim.models.model import Model

Array = NDArray[np.float64]

SEARCH = 1 << 14
"""Points at which one looks for the failing region, at each of `REACH`."""

REACH = (1.0, 2.0, 3.0)
"""How far out, in multiples of where draws lie."""

STARTS = 6
ROUNDS = 40
SIZES = 0.5 ** np.arange(12)
"""Of a step, and of what it is taken back to where the whole leads farther away."""
STEP = 0.01
"""Of the differences that stand for a gradient, in standard deviations."""

SAME = 0.9
"""Two points whose directions have at least this cosine are one way of failing."""

UNLIKELY = 0.01
"""Ways of failing that are, by their own Phi(-beta), less likely than this share of the nearest are left out."""

FLAT = 0.25
"""How far FORM may be from the interval of what was sampled, as indices beta = -Phi^-1(P), to be given."""

EVENTS = 30
"""With fewer failing draws, others are drawn around the design points (importance sampling)."""

AROUND = 1 << 12
"""How many."""

WEIGHTY = 0.2
"""Relative error from which on their estimate is not used."""

PROPOSALS, TRIALS = 32, 40
"""Of the search that needs no gradient: points of each kind tried together, and how often at most."""

LEAST_TURN = 0.004
"""At which it ends: a turn by so much gains a hundred-thousandth of the distance."""

BROUGHT = 6
"""Of the points that lead nearer, so many are brought nearer still; a model may take long."""

NEARER = 0.5 ** np.arange(1, 15)
"""By how much of their distance points are brought nearer in that search."""

EXACT = 5.0
"""Normal scores beyond which values come from the distribution itself: a run's fast inverse is as near as draws
need."""

_CHUNK = 1 << 12


@dataclass(frozen=True)
class Moved:
    """One input at a design point. percentile: of its value, 0 … 1. share: of the squared distance, signed 0 … 1."""

    name: str
    value: float
    median: float
    percentile: float
    share: float


@dataclass(frozen=True)
class DesignPoint:
    """One way of failing. beta: distance from the medians. moved: the inputs, the farthest first."""

    beta: float
    moved: tuple[Moved, ...]


@dataclass(frozen=True)
class Reverse:
    """What came of the search.

    points: the ways of failing, the nearest first; none where none was found. fails_at_medians: whether a costs more
    than b there already; the points are then the nearest ways in which it does not. probability: of failing, by FORM,
    from all points; None where there is none, or where sampling speaks against it: left_out then says why. sampled: the
    share of draws that fail, with its 95 % interval. reached: how far out was looked.
    """

    points: tuple[DesignPoint, ...]
    fails_at_medians: bool
    probability: float | None
    reached: float
    left_out: str = ""
    sampled: tuple[float, float, float] | None = None


def design_points(model: Model, a: str, b: str, seed: int = 1) -> Reverse:
    """The points at which cost of a first reaches cost of b, nearest first.

    Args:
        model: its outputs are costs.
        a: the one that fails where it costs more.
        b: what it is compared with.
        seed: of the points from which one looks.

    Raises:
        UserError: outputs that the model lacks or that are not finite.
    """
    space = _Space(model, a, b)
    if not space.names:
        return Reverse((), bool(space.at(np.zeros((1, 0)))[0] > 0.0), None, 0.0)
    side = -1.0 if float(space.at(np.zeros((1, space.size)))[0]) > 0.0 else 1.0
    generator = np.random.Generator(np.random.Philox(seed))
    draws = generator.standard_normal((SEARCH, space.size))
    crossed = side * space.at(draws) > 0.0
    candidates: list[Array] = []
    # from the medians one way may be near that no draw is near to; it does not end the search for others
    straight = space.nearest(np.zeros(space.size), side)
    if straight is not None:
        candidates.append(space.refined(straight, side, generator))
    for reach in REACH:
        met = space.crossings(draws * reach, side, crossed if reach == 1.0 else None)
        if met.size:
            candidates += space.ways(met, side, generator)
        # few of them lie by one or two ways of several
        if len(met) >= EVENTS:
            break
    points = _different(sorted(candidates, key=lambda point: float(np.linalg.norm(point))))
    across = _share(int(np.count_nonzero(crossed)), SEARCH)
    probability, left_out = None, ""
    if points:
        joint, seen = together(points), [across]
        if np.count_nonzero(crossed) < EVENTS:
            around = space.share_around(points, side, draws[crossed], generator)
            seen += [around] if around is not None else []
        across = seen[-1]
        probability = joint if side > 0.0 else 1.0 - joint
        if not all(agrees(joint, low, high) for _, low, high in seen):
            probability, left_out = None, LEFT_OUT
    if side < 0.0:
        across = (1.0 - across[0], 1.0 - across[2], 1.0 - across[1])
    return Reverse(
        tuple(DesignPoint(float(np.linalg.norm(point)), space.moved_inputs(point)) for point in points),
        side < 0.0,
        probability,
        float(np.sqrt(space.size) * REACH[-1]),
        left_out,
        across,
    )


LEFT_OUT = (
    "sampling speaks against it: the surface is bent near the point, or there are more ways than were found"
)


def agrees(probability: float, low: float, high: float) -> bool:
    """Whether FORM's probability is as near to the interval of a sampled one as it has to be to be given."""
    beta = -ndtri(probability)
    return bool(-ndtri(high) - FLAT <= beta <= -ndtri(low) + FLAT)


def together(points: Sequence[Array]) -> float:
    """Probability of any of some half-spaces, each given by its point nearest to the origin: Ditlevsen's upper bound.

    It is exact for one and two, and for more as far as no three of them overlap much.
    """
    betas = [float(np.linalg.norm(point)) for point in points]
    total = 0.0
    for k, (point, beta) in enumerate(zip(points, betas, strict=True)):
        shared = [
            _both(betas[j], beta, float(points[j] @ point) / max(betas[j] * beta, 1e-300)) for j in range(k)
        ]
        total += float(ndtr(-beta)) - max(shared, default=0.0)
    return min(total, 1.0)


def _both(first: float, second: float, correlation: float) -> float:
    """P(X > first, Y > second) of two standard normals, right to a relative 1e-8 in the tail as well."""
    if correlation > 1.0 - 1e-9:
        return float(ndtr(-max(first, second)))
    if correlation < -1.0 + 1e-9:
        return 0.0
    root = float(np.sqrt(1.0 - correlation**2))

    def density(x: float) -> float:
        return float(np.exp(-(x**2) / 2.0) / np.sqrt(2.0 * np.pi) * ndtr((correlation * x - second) / root))

    # what lies ten standard deviations beyond either bound counts for nothing
    return float(quad(density, first, max(first, second) + 10.0, epsabs=0.0, epsrel=1e-8, limit=200)[0])


def _share(events: int, draws: int) -> tuple[float, float, float]:
    """A share with its 95 % interval (Clopper & Pearson 1934)."""
    low = float(betaincinv(events, draws - events + 1, 0.025)) if events else 0.0
    high = float(betaincinv(events + 1, draws - events, 0.975)) if events < draws else 1.0
    return events / draws, low, high


def _different(candidates: Sequence[Array]) -> list[Array]:
    """The nearest point of each direction; candidates: the nearest first."""
    kept: list[Array] = []
    for point in candidates:
        beta = float(np.linalg.norm(point))
        if kept and ndtr(-beta) < UNLIKELY * ndtr(-np.linalg.norm(kept[0])):
            break
        if all(float(point @ known) < SAME * beta * np.linalg.norm(known) for known in kept):
            kept.append(point)
    return kept


def _value(distribution: Marginal, z: Array) -> Array:
    """Values at normal scores: those of a run where draws lie, and far out those of the distribution itself."""
    values = distribution.at_scores(z)
    low, high = z < -EXACT, z > EXACT
    if low.any():
        values[low] = distribution.ppf(ndtr(z[low]))
    if high.any():
        values[high] = distribution.isf(ndtr(-z[high]))
    return values


class _Space:
    """A model in independent standard normal coordinates u, (n, d)."""

    def __init__(self, model: Model, a: str, b: str) -> None:
        self.model, self.a, self.b = model, a, b
        self.distributions = model.marginals
        self.names = [name for name, distribution in self.distributions.items() if not distribution.certain]
        self.size = len(self.names)
        self.fixed = {
            name: float(distribution.value)
            for name, distribution in self.distributions.items()
            if distribution.certain
        }
        copula = model.copula
        self.linked = [self.names.index(name) for name in copula.members] if copula is not None else []
        self.factor = copula.cholesky if copula is not None else np.empty((0, 0))

    def scores(self, u: Array) -> Array:
        """Normal scores of the inputs, correlated as they are."""
        z = np.clip(u, -Z_MAX, Z_MAX)
        if self.linked:
            z[:, self.linked] = np.clip(u[:, self.linked] @ self.factor.T, -Z_MAX, Z_MAX)
        return z

    def values(self, u: Array) -> dict[str, Array]:
        """Inputs by name."""
        z = self.scores(u)
        values = {name: np.full(len(u), value) for name, value in self.fixed.items()}
        return values | {
            name: _value(self.distributions[name], z[:, k].copy()) for k, name in enumerate(self.names)
        }

    def at(self, u: Array) -> Array:
        """Cost of a less cost of b, (n,)."""
        differences = np.empty(len(u))
        for first in range(0, len(u), _CHUNK):
            part = slice(first, first + _CHUNK)
            costs = self.model.evaluate(self.values(u[part]))
            differences[part] = costs[self.a] - costs[self.b]
        return differences

    def crossings(self, u: Array, side: float, crossed: NDArray[np.bool_] | None = None) -> Array:
        """Where rays from the origin to points on the other side first meet the surface, the nearest first, (k, d)."""
        beyond = np.flatnonzero(side * self.at(u) > 0.0 if crossed is None else crossed)
        if not beyond.size:
            return np.empty((0, self.size))
        beyond = beyond[np.argsort((u[beyond] ** 2).sum(axis=1), kind="stable")[: STARTS * 40]]
        met = self._met(u[beyond], side, 20)
        return met[np.argsort((met**2).sum(axis=1), kind="stable")]

    def _met(self, u: Array, side: float, steps: int) -> Array:
        """Points on the other side brought towards the origin until they are just there, by halving, (k, d)."""
        low, high = np.zeros(len(u)), np.ones(len(u))
        for _ in range(steps):
            middle = (low + high) / 2.0
            fails = side * self.at(u * middle[:, None]) > 0.0
            high, low = np.where(fails, middle, high), np.where(fails, low, middle)
        met: Array = u * high[:, None]
        return met

    def ways(self, met: Array, side: float, generator: np.random.Generator) -> list[Array]:
        """The nearest points of the surface in the neighbourhoods of its crossings (k, d), nearest crossing first.

        Each start is the nearest crossing that no way known so far explains: that lies on this side of the half-space
        beyond its point. After two that lead where others led the search ends. A start is itself a way of failing,
        however its refinement ends.
        """
        points: list[Array] = []
        left, known = np.arange(len(met)), 0
        while left.size and len(points) < STARTS and known < 2:
            start = met[left[0]]
            point = self.nearest(start, side)
            if point is None or np.linalg.norm(point) > np.linalg.norm(start):
                point = start
            point = self.refined(point, side, generator)
            known += any(
                float(point @ other) > SAME * np.linalg.norm(point) * np.linalg.norm(other)
                for other in points
            )
            points.append(point)
            squared = float(point @ point)
            direct = met[left] @ point / (np.linalg.norm(met[left], axis=1) * np.sqrt(squared))
            left = left[(met[left] @ point < SAME * squared) & (direct < SAME) & (left != left[0])]
        return points

    def refined(self, u: Array, side: float, generator: np.random.Generator) -> Array:
        """A point of the surface, or a nearer one where it is not the nearest of its neighbourhood."""
        if self._stationary(u, side):
            tried = np.concatenate([self._about(u, turn, generator) for turn in (0.2, 0.05, 0.01)])
            if not (side * self.at(tried) > 0.0).any():
                return u
        return self._nearer(u, side, generator)

    def _about(self, u: Array, turn: float, generator: np.random.Generator) -> Array:
        """Points hardly nearer to the origin than u: some coordinates shrunk, or all turned a little."""
        length, shape = float(np.linalg.norm(u)), (PROPOSALS, self.size)
        kept = generator.random(shape) < generator.random((PROPOSALS, 1))
        shrunk = np.where(kept, u, u * generator.random((PROPOSALS, 1)))
        turned = u + turn * length / np.sqrt(self.size) * generator.standard_normal(shape)
        tried = np.concatenate([shrunk, turned])
        tried = tried[np.linalg.norm(tried, axis=1) > 0.0]
        points: Array = tried * (length * (1.0 - 1e-9) / np.linalg.norm(tried, axis=1, keepdims=True))
        return points

    def _stationary(self, u: Array, side: float) -> bool:
        """Whether a point of the surface is the nearest as far as a gradient tells: it lies along the gradient.

        Over a jump the differences grow as their step shrinks: there is no gradient to go by.
        """
        slope, finer = self.gradient(u), self.gradient(u, STEP / 10.0)
        if not np.linalg.norm(finer - slope) < 0.1 * np.linalg.norm(slope):
            return False
        return float(side * slope @ u) > (1.0 - 1e-6) * float(np.linalg.norm(slope) * np.linalg.norm(u))

    def _nearer(self, u: Array, side: float, generator: np.random.Generator) -> Array:
        """The point of the surface that a search without gradients finds near u, for losses that jump or have edges.

        Where a point as far from the origin in a direction nearby is on the other side, the surface is nearer there.
        How far is turned goes down with every vain trial.
        """
        turn = 0.5
        for _ in range(TRIALS):
            if turn < LEAST_TURN:
                break
            tried = self._about(u, turn, generator)
            beyond = generator.permutation(tried[side * self.at(tried) > 0.0])[:BROUGHT]
            if not len(beyond):
                turn *= 0.7
                continue
            shorter = (beyond * (1.0 - NEARER)[:, None, None]).reshape(-1, self.size)
            there = side * self.at(shorter) > 0.0
            gained = np.where(there.reshape(NEARER.size, -1), NEARER[:, None], 0.0)
            best = np.unravel_index(int(np.argmax(gained)), gained.shape)
            # hardly nearer: the turn is too wide for what is left to be gained
            if gained[best] < 0.1 * turn**2:
                turn *= 0.7
            u = beyond[best[1]] * (1.0 - gained[best])
        return u * self._border(u, side, 0.0, 1.0)

    def share_around(
        self, points: Sequence[Array], side: float, crossed: Array, generator: np.random.Generator
    ) -> tuple[float, float, float] | None:
        """Probability of the other side with its 95 % interval, from draws around the points, weighted.

        crossed: the draws from the whole distribution, `SEARCH` of them, that lie there. Each draw is weighted by the
        density of all (balance heuristic, Veach & Guibas 1995), so that none has a great weight and what lies far from
        the points counts too. None where the sum rests on a few draws, so that its interval would be no interval.
        """
        middles = np.array(points)
        which = np.arange(AROUND) % len(middles)
        around = middles[which] + generator.standard_normal((AROUND, self.size))

        def weights(u: Array) -> Array:
            exponents = u @ middles.T - 0.5 * (middles**2).sum(axis=1)
            share: Array = (SEARCH + AROUND) / (SEARCH + AROUND * np.exp(exponents).mean(axis=1))
            return share

        counted = np.zeros(SEARCH + AROUND)
        counted[: len(crossed)] = weights(crossed)
        counted[SEARCH:] = np.where(side * self.at(around) > 0.0, weights(around), 0.0)
        parts = (counted[:SEARCH], counted[SEARCH:])
        mean = float(counted.mean())
        error = float(np.sqrt(sum(part.size * part.var() for part in parts)) / counted.size)
        if not error < WEIGHTY * mean:
            return None
        return mean, max(mean - 2.0 * error, 0.0), min(mean + 2.0 * error, 1.0)

    def gradient(self, u: Array, step: float = STEP) -> Array:
        steps = step * np.eye(self.size)
        both = self.at(np.concatenate([u + steps, u - steps]))
        gradient: Array = (both[: self.size] - both[self.size :]) / (2.0 * step)
        return gradient

    def nearest(self, start: Array, side: float) -> Array | None:
        """The nearest point of the surface in the neighbourhood of a start; None where the search leads nowhere.

        Rackwitz and Fiessler's step, taken back by halves where it leads farther from the surface or the origin
        (Zhang & Der Kiureghian 1995); the last point is brought onto the surface along its own ray.
        """
        u = start.copy()
        value = side * float(self.at(u[None])[0])
        scale = abs(side * float(self.at(np.zeros((1, self.size)))[0])) or 1.0
        for _ in range(ROUNDS):
            slope = side * self.gradient(u)
            square = float(slope @ slope)
            if square == 0.0:
                break
            aim = slope * (float(slope @ u) - value) / square
            step = aim - u
            if float(np.linalg.norm(step)) < 1e-5 * max(1.0, float(np.linalg.norm(u))):
                break
            weight = 2.0 * max(float(np.linalg.norm(u)), 1e-6) / np.sqrt(square) + 10.0 / scale
            merit = 0.5 * float(u @ u) + weight * abs(value)
            trials = u + SIZES[:, None] * step
            there = side * self.at(trials)
            better = 0.5 * (trials**2).sum(axis=1) + weight * np.abs(there) < merit
            if not better.any():
                break
            chosen = int(np.argmax(better))
            u, value = trials[chosen], float(there[chosen])
        return self._on_surface(u, side)

    def _on_surface(self, u: Array, side: float) -> Array | None:
        """The first point along the ray of u at which a fails, to 1e-9 of the ray."""
        if not np.any(u):
            return None
        scales = np.linspace(0.0, 2.0, 201)
        fails = side * self.at(u[None] * scales[:, None]) > 0.0
        if not fails.any() or fails[0]:
            return None
        first = int(np.argmax(fails))
        points: Array = u * self._border(u, side, scales[first - 1], scales[first])
        return points

    def _border(self, u: Array, side: float, low: float, high: float) -> float:
        """The multiple of u between two, of which the second is on the other side, at which that begins.

        Thirty-two parts at a time: a model takes hardly longer for as many points as for one.
        """
        for _ in range(8):
            scales = np.linspace(low, high, 33)
            fails = side * self.at(u[None] * scales[1:-1, None]) > 0.0
            first = int(np.argmax(np.append(fails, True)))
            low, high = float(scales[first]), float(scales[first + 1])
        return high

    def moved_inputs(self, u: Array) -> tuple[Moved, ...]:
        """Each input at a point, the farthest moved first."""
        z = self.scores(u[None])[0]
        values = self.values(u[None])
        square = float(u @ u)
        inputs = [
            Moved(
                name,
                float(values[name][0]),
                self.distributions[name].median(),
                float(ndtr(z[k])),
                float(u[k] ** 2 / square),
            )
            for k, name in enumerate(self.names)
        ]
        return tuple(sorted(inputs, key=lambda moved: -abs(moved.percentile - 0.5)))
