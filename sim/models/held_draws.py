"""Draws of a model's inputs with some held fixed: the same draws whatever they are held at.

What differs between two values of an input is then the input's doing alone (common random numbers), and a curve
over its values is smooth where every point with draws of its own would be ragged.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from distributions.dependence import Conditional, Copula
from distributions.sampling.jit import BLOCK, REPLICATES
from distributions.spec import Marginal, marginal
from sim.draws.job import CHUNK
from sim.draws.sampler import Sampler, prepare

Array = NDArray[np.float64]

_FARTHEST = 8.2
"""Normal scores of draws reach no farther (see `inverse.Z_MAX`)."""


class Sample:
    """Sobol' draws of the inputs that are not held, kept in memory: 8 bytes each.

    An input that no rank correlation ties to a held one keeps its draws of a run with the same seed. One that is
    tied is drawn given the held values: its normal score is what the copula's conditional distribution makes of
    theirs and of draws of its own. Where a held value has a probability of its own (a discrete input), its score is
    spread over that probability.

    draws: those asked for, rounded up to as many for each of the 16 replicates; draw i belongs to replicate i % 16.
    held: the inputs that are held. tied: those drawn given them.
    """

    def __init__(
        self,
        inputs: Mapping[str, Marginal],
        copula: Copula | None,
        held: Sequence[str],
        draws: int,
        seed: int,
    ) -> None:
        self.draws = math.ceil(draws / REPLICATES) * REPLICATES
        self.held = tuple(held)
        self._inputs = inputs
        self._conditional, rest = _split(copula, held)
        self.tied = self._conditional.members if self._conditional is not None else ()
        drawn = dict(inputs)
        for name in held:
            drawn[name] = marginal(0.0)
        if self._conditional is not None:
            for name in self._conditional.held:
                drawn[name] = marginal({"uniform": {"min": 0.0, "max": 1.0}})
            for name in self.tied:
                drawn[name] = marginal({"normal": {"mean": 0.0, "sd": 1.0}})
        self._sampler = prepare(drawn, rest, "sobol", seed, self.draws)
        self._chunks: list[dict[str, Array]] = list(self._draw(self._sampler))

    def __len__(self) -> int:
        """How many chunks there are."""
        return len(self._chunks)

    def values(self, chunk: int, held: Mapping[str, float]) -> dict[str, Array]:
        """All inputs' values in one chunk of draws, with the held inputs at these values: (n,) arrays by name."""
        base = self._chunks[chunk]
        values = dict(base)
        n = next(iter(base.values())).size
        if self._conditional is not None:
            scores = np.array([self._score(name, held[name], base[name]) for name in self._conditional.held])
            independent = np.array([base[name] for name in self.tied]).reshape(len(self.tied), n)
            tied = self._conditional.weights @ scores + self._conditional.cholesky @ independent
            values.update(
                (name, self._inputs[name].at_scores(z)) for name, z in zip(self.tied, tied, strict=True)
            )
        for name in self.held:
            values[name] = np.full(n, float(held[name]))
        return values

    def _draw(self, sampler: Sampler) -> Iterator[dict[str, Array]]:
        work = sampler.scratch()
        for first in range(0, self.draws, CHUNK):
            rows = sampler.draw(first // BLOCK, min(CHUNK, self.draws - first), work)
            yield dict(zip(sampler.names, rows, strict=True))

    def _score(self, name: str, value: float, share: Array) -> Array:
        """Normal scores of a held value; `share` (n,) says where within the value's own probability, if it has any."""
        distribution = self._inputs[name]
        below = float(distribution.cdf(math.nextafter(value, -math.inf)))
        mass = float(distribution.cdf(value)) - below
        if mass <= 1e-12:
            z = float(ndtri(below)) if below < 0.5 else -float(ndtri(float(distribution.sf(value))))
            return np.full(share.size, min(max(z, -_FARTHEST), _FARTHEST))
        scores: Array = np.clip(ndtri(below + mass * share), -_FARTHEST, _FARTHEST)
        return scores


def _split(copula: Copula | None, held: Sequence[str]) -> tuple[Conditional | None, Copula | None]:
    """What is drawn given the held inputs, None where nothing is; and what is drawn as ever."""
    if copula is None or not set(held) & set(copula.members):
        return None, copula
    return copula.given(held)
