"""The likeliest way in which one strategy loses to another: the design point of first-order reliability (FORM).

Inputs are written as functions of independent standard normals u, through their marginals and the copula. Where a costs
more than b it fails; the point of the failing region nearest to the origin has the highest density there, and is the
design point u* (Hasofer & Lind 1974; Rackwitz & Fiessler 1978). Its distance is the reliability index beta, and the
probability of failing is Phi(-beta) as far as the surface is flat near u*. Other points that are nearest in their own
neighbourhood are other ways of failing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from distributions.sampling.inverse import Z_MAX
from sim.model import Model

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

UNLIKELY = 0.1
"""Ways of failing that are, by their own Phi(-beta), less likely than this share of the nearest are left out."""

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
    from the nearest point; None where there is none. reached: how far out was looked.
    """

    points: tuple[DesignPoint, ...]
    fails_at_medians: bool
    probability: float | None
    reached: float


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
    centre = float(space.at(np.zeros((1, space.size)))[0])
    side = -1.0 if centre > 0.0 else 1.0
    random = np.random.Generator(np.random.Philox(seed)).standard_normal((SEARCH, space.size))
    found: list[tuple[float, Array]] = []
    for reach in REACH:
        starts = space.crossings(random * reach, side)
        for start in [*starts, *([np.zeros(space.size)] if reach == 1.0 else [])]:
            point = space.nearest(start, side)
            if point is not None:
                found.append((float(np.linalg.norm(point)), point))
        if found:
            break
    points = _different(sorted(found, key=lambda pair: pair[0]))
    probability = None
    if points:
        beta = points[0][0]
        probability = float(ndtr(beta if centre > 0.0 else -beta))
    return Reverse(
        tuple(DesignPoint(beta, space.told(point)) for beta, point in points),
        centre > 0.0,
        probability,
        float(np.sqrt(space.size) * REACH[-1]),
    )


def _different(found: list[tuple[float, Array]]) -> list[tuple[float, Array]]:
    """The nearest point of each direction."""
    kept: list[tuple[float, Array]] = []
    for beta, point in found:
        if kept and ndtr(-beta) < UNLIKELY * ndtr(-kept[0][0]):
            break
        if all(float(point @ other) < SAME * beta * known for known, other in kept):
            kept.append((beta, point))
    return kept


class _Space:
    """A model in independent standard normal coordinates u, (n, d)."""

    def __init__(self, model: Model, a: str, b: str) -> None:
        self.model, self.a, self.b = model, a, b
        self.laws = model.marginals
        self.names = [name for name, law in self.laws.items() if not law.certain]
        self.size = len(self.names)
        self.fixed = {name: float(law.value) for name, law in self.laws.items() if law.certain}
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
        found = {name: np.full(len(u), value) for name, value in self.fixed.items()}
        return found | {name: self.laws[name].at_scores(z[:, k].copy()) for k, name in enumerate(self.names)}

    def at(self, u: Array) -> Array:
        """Cost of a less cost of b, (n,)."""
        found = np.empty(len(u))
        for first in range(0, len(u), _CHUNK):
            part = slice(first, first + _CHUNK)
            costs = self.model.evaluate(self.values(u[part]))
            found[part] = costs[self.a] - costs[self.b]
        return found

    def crossings(self, u: Array, side: float) -> list[Array]:
        """Where rays from the origin to points that fail meet the surface: the nearest few of different directions."""
        failing = np.flatnonzero(side * self.at(u) > 0.0)[: STARTS * 40]
        if not failing.size:
            return []
        low, high = np.zeros(failing.size), np.ones(failing.size)
        for _ in range(20):
            middle = (low + high) / 2.0
            fails = side * self.at(u[failing] * middle[:, None]) > 0.0
            high, low = np.where(fails, middle, high), np.where(fails, low, middle)
        met = u[failing] * high[:, None]
        chosen: list[Array] = []
        for k in np.argsort((met**2).sum(axis=1)):
            if all(float(met[k] @ u) < SAME * np.linalg.norm(met[k]) * np.linalg.norm(u) for u in chosen):
                chosen.append(met[k])
            if len(chosen) == STARTS:
                break
        return chosen

    def gradient(self, u: Array) -> Array:
        steps = STEP * np.eye(self.size)
        both = self.at(np.concatenate([u + steps, u - steps]))
        found: Array = (both[: self.size] - both[self.size :]) / (2.0 * STEP)
        return found

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
        low, high = scales[first - 1], scales[first]
        for _ in range(40):
            middle = (low + high) / 2.0
            if side * float(self.at(u[None] * middle)[0]) > 0.0:
                high = middle
            else:
                low = middle
        found: Array = u * high
        return found

    def told(self, u: Array) -> tuple[Moved, ...]:
        """Each input at a point, the farthest moved first."""
        z = self.scores(u[None])[0]
        values = self.values(u[None])
        square = float(u @ u)
        found = [
            Moved(
                name,
                float(values[name][0]),
                self.laws[name].median(),
                float(ndtr(z[k])),
                float(u[k] ** 2 / square),
            )
            for k, name in enumerate(self.names)
        ]
        return tuple(sorted(found, key=lambda moved: -abs(moved.percentile - 0.5)))


if __name__ == "__main__":
    from studies.cli import run_as

    run_as("quotes")
