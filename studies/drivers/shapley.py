"""Shapley effects: shares of the variance that add up to one and stay right where inputs are dependent.

An input's effect is what it adds to Var(E[Y | inputs known]), averaged over all orders in which inputs can become known
(Owen 2014; Song, Nelson & Staum 2016). For a random order each point gives a chain of outputs, y_0 with all inputs of a
second sample to y_D with all of the first, in which inputs come over one by one, and the product of y_k - y_{k-1} and
y_D - (y_k + y_{k-1})/2 is an unbiased piece for the k-th (T. Goda 2021, A simple algorithm for global sensitivity
analysis with Shapley effects).

Under a Gaussian copula the normal scores in that order are a triangular factor times independent normals; those not yet
known are taken from the second sample, which is to draw them given the known ones.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from distributions.dependence import lower_factor
from distributions.errors import Fault, UserError
from distributions.sampling.jit import BLOCK, REPLICATES
from distributions.spec import Marginal, marginal
from sim.engine.pool import in_order
from sim.models.model import Model
from sim.results.labelled import LabelledArrays
from studies.drivers.concentration import Concentration, middle_range
from studies.drivers.design import Factors
from studies.drivers.variance import half_width

Array = NDArray[np.float64]

BASE_SAMPLES = 1 << 11
_STEP = 2 * BLOCK
"""Draws that share their orders, one order a replicate."""


def analyse(
    factors: Factors,
    base_samples: int,
    seed: int,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> LabelledArrays:
    """Shapley effects of every uncertain input; see `studies.drivers.analyse`.

    Dataset with dim "input": effect, effect_ci, distinguishable; the effects add up to one.
    """
    if base_samples & (base_samples - 1) or base_samples < _STEP // REPLICATES:
        raise UserError(
            Fault("base_samples", f"found {base_samples}", f"a power of two, {_STEP // REPLICATES} or more")
        )
    chains = _Chains(factors, seed, REPLICATES * base_samples)
    powers = np.zeros(4)
    count = REPLICATES * base_samples // _STEP
    pieces = np.zeros((len(factors.names), REPLICATES))
    for done, (piece, sums) in enumerate(in_order(chains.pieces, 0, count, threads), start=1):
        pieces += piece
        powers += sums
        if progress is not None:
            progress(done * _STEP * (len(factors.names) + 1), count * _STEP * (len(factors.names) + 1))
    moments = powers / (REPLICATES * base_samples)
    return _dataset(factors, pieces / base_samples, moments, chains, base_samples)


def _dataset(
    factors: Factors, pieces: Array, moments: Array, chains: _Chains, base_samples: int
) -> LabelledArrays:
    """moments: of the output about the chains' centre, first to fourth."""
    off = float(moments[0])
    mean, draws = off + chains.centre, REPLICATES * base_samples
    fourth = float(moments[3] - 4 * off * moments[2] + 6 * off**2 * moments[1]) - 3 * off**4
    concentration = Concentration.of(draws, float(moments[1]) - off**2, fourth, chains.middle)
    by_replicate = pieces.sum(axis=0)
    variance = float(by_replicate.mean())
    undefined = not variance > (1e-12 * max(abs(mean), 1e-300)) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        effect = pieces.mean(axis=-1) / variance
        by = effect[:, None] + (pieces - effect[:, None] * by_replicate) / variance
    width = half_width(effect, by, concentration)
    if undefined:
        effect, width = np.full_like(effect, np.nan), np.full_like(effect, np.nan)
    what = "share of the variance, interactions and dependence divided fairly (Shapley effect)"
    data = LabelledArrays(
        {
            "effect": ("input", effect, {"long_name": what, "units": "1"}),
            "effect_ci": (
                "input",
                width,
                {"long_name": "95 % half-width of the Shapley effect", "units": "1"},
            ),
            "distinguishable": (
                "input",
                effect - width > 0.0,
                {"long_name": "whether the interval leaves 0 out"},
            ),
        },
        coords={"input": list(factors.names)},
        attrs={
            "base_samples": base_samples,
            "replicates": REPLICATES,
            "evaluations": REPLICATES * base_samples * (len(factors.names) + 1),
            "mean": mean,
            "variance": variance,
            "concentration": concentration,
        },
    )
    if undefined:
        data.attrs["undefined"] = "the output does not vary: shares of its variance mean nothing"
    return data


class _Chains:
    """Draws both samples with normal scores in place of the dependent inputs, and works the chains of a step."""

    def __init__(self, factors: Factors, seed: int, draws: int) -> None:
        self.factors = factors
        self.seed = seed
        self.tied = [group for group in factors.groups if len(group) > 1]
        dependent = {k for group in self.tied for k in group}
        normal = marginal({"normal": {"mean": 0.0, "sd": 1.0}})
        distributions: dict[str, Marginal] = {
            name: normal if k in dependent else factors.model.marginals[name]
            for k, name in enumerate(factors.names)
        }
        self.sampler = Factors(Model(distributions, (), factors.model.function), "").twice(seed, draws)
        copula = factors.model.copula
        self.matrix = np.eye(len(factors.names))
        if copula is not None:
            rows = [factors.names.index(name) for name in copula.members]
            self.matrix[np.ix_(rows, rows)] = copula.matrix

    @cached_property
    def centre(self) -> float:
        """About which powers of the output are summed: its mean over the first step."""
        return float(self._first.mean())

    @cached_property
    def middle(self) -> float:
        """Range of the middle nine tenths of its outputs."""
        return middle_range(self._first)

    @cached_property
    def _first(self) -> Array:
        outputs: Array = self._outputs(0)[1][-1].ravel()
        return outputs

    def pieces(self, step: int) -> tuple[Array, Array]:
        """Sums over the step's points of each input's piece, by replicate (D, R); and of the output's powers (4,)."""
        orders, y = self._outputs(step)
        piece = ((y[1:] - y[:-1]) * (y[-1] - 0.5 * (y[1:] + y[:-1]))).sum(axis=-1)
        sums = np.zeros((len(piece), REPLICATES))
        for r in range(REPLICATES):
            sums[orders[r], r] = piece[:, r]
        rest = y[-1] - self.centre
        return sums, np.array([(rest**power).sum() for power in range(1, 5)])

    def _outputs(self, step: int) -> tuple[Array, Array]:
        """Each replicate's order of the inputs (R, D), and the outputs of its chains (D + 1, R, points)."""
        factors = self.factors
        size, lanes = len(factors.names), _STEP // REPLICATES
        drawn = self.sampler.draw(step * _STEP // BLOCK, _STEP, self.sampler.scratch())
        orders = np.array([self._order(step, r) for r in range(REPLICATES)])
        chain = np.empty((size, size + 1, REPLICATES, lanes))
        for r in range(REPLICATES):
            known, unknown = (half[:, r::REPLICATES] for half in (drawn[:size], drawn[size:]))
            place = np.argsort(orders[r])
            # Input j is known in the k-th output of a chain where fewer than k inputs come before it.
            is_known = place[:, None] < np.arange(size + 1)
            chain[:, :, r] = np.where(is_known[:, :, None], known[:, None], unknown[:, None])
            for group in self.tied:
                self._tie(chain[:, :, r], sorted(group, key=lambda j: int(place[j])))
        return orders, factors.evaluate(chain.reshape(size, -1)).reshape(size + 1, REPLICATES, lanes)

    def _order(self, step: int, replicate: int) -> NDArray[np.int64]:
        """A random order of the inputs; every second step has the reverse of the one before."""
        size = len(self.factors.names)
        order = np.random.default_rng([self.seed, step // 2, replicate]).permutation(size)
        return order[::-1] if step % 2 else order

    def _tie(self, chain: Array, members: list[int]) -> None:
        """Independent normals of a dependent group, in the order they become known, to its inputs' values; in place."""
        factor = lower_factor(self.matrix[np.ix_(members, members)])
        scores = np.einsum("ij,jkl->ikl", factor, chain[members])
        for row, j in enumerate(members):
            chain[j] = self.factors.model.marginals[self.factors.names[j]].at_scores(scores[row])
