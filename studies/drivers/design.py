"""What the methods share: the groups that are independent of each other, two independent samples, and evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from distributions.dependence import Copula
from distributions.sampling.jit import BLOCK
from sim import Model
from sim.draws.sampler import Sampler, prepare

Array = NDArray[np.float64]
CHUNK = 16 * BLOCK
"""Draws evaluated at once: a matrix of sixty inputs stays in the cache."""

_OTHER = "other sample of "


@dataclass(frozen=True)
class Factors:
    """The uncertain inputs of a model, and one output.

    names: uncertain inputs, in the model's order. groups: positions in `names` that are dependent within and
    independent of each other; a group of one is an input by itself.
    """

    model: Model
    output: str

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The uncertain inputs; certain ones drop out."""
        return tuple(name for name, distribution in self.model.marginals.items() if not distribution.certain)

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Connected components of the dependence, in the order of their first input."""
        position = {name: k for k, name in enumerate(self.names)}
        tied = self.model.copula.components if self.model.copula is not None else ()
        alone = set(self.names) - {name for group in tied for name in group}
        groups = [tuple(position[name] for name in group) for group in tied]
        return tuple(sorted(groups + [(position[name],) for name in alone]))

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Name of each group: its inputs, joined by a plus."""
        return tuple("+".join(self.names[k] for k in group) for group in self.groups)

    def evaluate(self, values: Array) -> Array:
        """The output at values (uncertain inputs, n), certain inputs added: (n,)."""
        n = values.shape[1]
        rows = dict(zip(self.names, values, strict=True))
        inputs = {
            name: rows[name] if name in rows else np.full(n, distribution.value)
            for name, distribution in self.model.marginals.items()
        }
        return self.model.evaluate(inputs)[self.output]

    def sampler(self, seed: int, draws: int, design: str = "sobol") -> Sampler:
        """Draws the uncertain inputs, under their dependence."""
        return prepare(
            {name: self.model.marginals[name] for name in self.names}, self.model.copula, design, seed, draws
        )

    def twice(self, seed: int, draws: int) -> Sampler:
        """Draws each input twice, independently: rows of the first sample, then rows of the second.

        Both are halves of one Sobol' sequence of twice the dimension: two scrambles of one sequence of half the
        dimension would be correlated, and indices wrong.
        """
        distributions = {name: self.model.marginals[name] for name in self.names}
        both = distributions | {_OTHER + name: distribution for name, distribution in distributions.items()}
        copula = self.model.copula
        if copula is not None:
            k = len(copula.members)
            matrix, cholesky = np.zeros((2 * k, 2 * k)), np.zeros((2 * k, 2 * k))
            for part in (slice(0, k), slice(k, 2 * k)):
                matrix[part, part], cholesky[part, part] = copula.matrix, copula.cholesky
            members = (*copula.members, *(_OTHER + name for name in copula.members))
            copula = Copula(members, matrix, cholesky)
        return prepare(both, copula, "sobol", seed, draws)
