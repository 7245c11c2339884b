"""Sobol' indices, first, total and second order, accumulated as the model runs: no matrix is kept.

First order by Saltelli et al. 2010 (their estimator b), total order by Jansen 1999, second order by Saltelli 2002: the
formulas of `SALib.analyze.sobol`, on the same sample to the last few bits. Sixteen independently scrambled nets give
the intervals, by the spread of their linearised estimates: a bootstrap of the rows of one net, as if they were
independent, is several times too wide.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import BLOCK, REPLICATES
from sim.engine.pool import in_order
from sim.statistics import estimates as statistics
from studies.drivers.concentration import Concentration, middle_range
from studies.drivers.design import CHUNK, Factors

Array = NDArray[np.float64]


@dataclass
class Sums:
    """Sums by replicate, on the last axis, of outputs less a common centre; G groups.

    a, b: outputs of the two samples; ab: of the first with a group's inputs from the second; ba: the reverse.
    """

    count: Array
    a: Array
    b: Array
    a2: Array
    b2: Array
    third: Array
    fourth: Array
    """Of both samples together."""
    a_b: Array
    ab: Array
    """(G, R)"""
    gained: Array
    """(G, R): of b (ab - a)."""
    moved: Array
    """(G, R): of (a - ab)²."""
    ba: Array
    """(G, R), empty without second order."""
    ba_ab: Array
    """(G, G, R), empty without second order."""

    def add(self, other: Sums) -> None:
        """The next chunk, in order."""
        for name, value in vars(other).items():
            vars(self)[name] = vars(self)[name] + value


@dataclass(frozen=True)
class Indices:
    """Indices of G groups with the estimates of each replicate, (G, R); second order (G, G, R), upper triangle."""

    first: Array
    total: Array
    second: Array
    first_by: Array
    total_by: Array
    second_by: Array
    mean: float
    variance: float
    concentration: Concentration
    """Of the output in one of the two samples."""


def _by_replicate(products: Array) -> Array:
    """Sum over draws, (…, n) to (…, R): draw i belongs to replicate i mod 16."""
    shape = (*products.shape[:-1], products.shape[-1] // REPLICATES, REPLICATES)
    sums: Array = products.reshape(shape).sum(axis=-2)
    return sums


@dataclass
class Accumulator:
    """Draws both samples chunk by chunk, evaluates the groups' mixtures and adds up."""

    factors: Factors
    seed: int
    most: int
    """Draws of all replicates together that may be asked for."""
    second_order: bool
    threads: int | None
    done: int = 0
    sums: Sums | None = None
    centre: float = 0.0
    """About which outputs are summed: the mean of the first chunk."""
    middle: float = 0.0
    """Range of the middle nine tenths of its outputs."""
    _sampler: object = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._sampler = self.factors.twice(self.seed, self.most)

    def draw_to(self, draws: int) -> Sums:
        """Go on until so many draws of all replicates together are in the sums.

        A multiple of 16 up to `CHUNK`, else a multiple of `CHUNK`.
        """
        if self.done == 0:
            first = self._outputs(0, min(draws, CHUNK))[0]
            self.centre, self.middle = float(first.mean()), middle_range(first)
        for sums in in_order(
            lambda k: self._chunk(k, draws), self.done // CHUNK, -(-draws // CHUNK), self.threads
        ):
            if self.sums is None:
                self.sums = sums
            else:
                self.sums.add(sums)
        self.done = draws
        assert self.sums is not None
        return self.sums

    def _samples(self, number: int, count: int) -> tuple[Array, Array]:
        sampler = self._sampler
        values = sampler.draw(number * CHUNK // BLOCK, count, sampler.scratch())  # type: ignore[attr-defined]
        n = len(self.factors.names)
        return values[:n], values[n:]

    def _outputs(self, number: int, count: int) -> tuple[Array, Array]:
        first, second = self._samples(number, count)
        return self.factors.evaluate(first), self.factors.evaluate(second)

    def mixed(self, number: int, count: int) -> tuple[Array, Array, Array, Array]:
        """Outputs of a chunk: a (n,), b (n,), ab (G, n), ba (G, n) or empty."""
        first, second = self._samples(number, count)
        groups = [list(group) for group in self.factors.groups]

        def exchanged(base: Array, source: Array) -> Array:
            rows = np.empty((len(groups), count))
            mixture = base.copy()
            for g, group in enumerate(groups):
                mixture[group] = source[group]
                rows[g] = self.factors.evaluate(mixture)
                mixture[group] = base[group]
            return rows

        ba = exchanged(second, first) if self.second_order else np.empty((0, count))
        return self.factors.evaluate(first), self.factors.evaluate(second), exchanged(first, second), ba

    def _chunk(self, number: int, draws: int) -> Sums:
        count = min(CHUNK, draws - number * CHUNK)
        a, b, ab, ba = (y - self.centre for y in self.mixed(number, count))
        products = np.zeros((0, 0, REPLICATES))
        if self.second_order:
            left, right = (y.reshape(len(y), -1, REPLICATES).transpose(2, 0, 1) for y in (ba, ab))
            products = np.ascontiguousarray((left @ right.transpose(0, 2, 1)).transpose(1, 2, 0))
        return Sums(
            count=np.full(REPLICATES, count / REPLICATES),
            a=_by_replicate(a),
            b=_by_replicate(b),
            a2=_by_replicate(a * a),
            b2=_by_replicate(b * b),
            third=_by_replicate(a**3 + b**3),
            fourth=_by_replicate(a**4 + b**4),
            a_b=_by_replicate(a * b),
            ab=_by_replicate(ab),
            gained=_by_replicate(b * (ab - a)),
            moved=_by_replicate((a - ab) ** 2),
            ba=_by_replicate(ba),
            ba_ab=products,
        )


def estimate(sums: Sums, centre: float, middle: float) -> Indices:
    """Indices from the sums; variance 0 gives NaN.

    Each replicate's estimate is that of the ratio, linearised about the whole: S + (V_r - S D_r) / D with D the
    variance, so that their mean is the index itself.
    """
    n = sums.count.sum()
    second_order = sums.ba.size > 0
    mean = float((sums.a + sums.b).sum() / (2 * n))
    everything = np.concatenate([sums.a[None], sums.b[None], sums.ab, sums.ba])
    offset = float(everything.sum() / (n * len(everything)))
    variance_by = ((sums.a2 + sums.b2) - 2 * mean * (sums.a + sums.b)) / (2 * sums.count) + mean**2
    variance = float((variance_by * sums.count).sum() / n)

    def index(by: Array) -> tuple[Array, Array]:
        with np.errstate(invalid="ignore", divide="ignore"):
            whole = (by * sums.count).sum(axis=-1) / n / variance
            return whole, whole[..., None] + (by - whole[..., None] * variance_by) / variance

    if not variance > (1e-12 * max(abs(mean + centre), 1e-300)) ** 2:
        variance = 0.0
    first_by = (sums.gained - offset * (sums.ab - sums.a)) / sums.count
    first, first_by_index = index(first_by)
    total, total_by = index(0.5 * sums.moved / sums.count)
    groups = len(sums.ab)
    second, second_by = np.zeros((groups, groups)), np.zeros((groups, groups, REPLICATES))
    if second_order:
        joint = (
            sums.ba_ab - offset * (sums.ba[:, None] + sums.ab[None]) - sums.a_b + offset * (sums.a + sums.b)
        )
        second, second_by = index(joint / sums.count - first_by[:, None] - first_by[None])
    fourth = float(sums.fourth.sum() - 4 * mean * sums.third.sum() + 6 * mean**2 * (sums.a2 + sums.b2).sum())
    fourth = fourth / (2 * n) - 3 * mean**4
    concentration = Concentration.of(n, variance, fourth, middle)
    return Indices(
        first, total, second, first_by_index, total_by, second_by, mean + centre, variance, concentration
    )


def half_width(index: Array, by_replicate: Array, concentration: Concentration | None = None) -> Array:
    """Half-width of the 95 % interval: to the farther end of `statistics.replicate_interval`.

    concentration: of the output; where few draws carry the variance, the interval is widened.
    """
    error = by_replicate.std(axis=-1, ddof=1) / np.sqrt(by_replicate.shape[-1])
    low, high = statistics.replicate_interval(index, error, by_replicate)
    width: Array = np.maximum(high - index, index - low)
    return width if concentration is None else concentration.widened(width)
