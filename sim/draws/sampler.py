"""The inputs of a model, ready to be drawn: certain values, recipes, and those that go through their own ppf."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from distributions.sampling import inverse
from distributions.sampling.inverse import Plan
from distributions.sampling.jit import BLOCK, STRIDE
from distributions.spec import Marginal
from sim.kernel import block
from sim.kernel.block import Scratch

if TYPE_CHECKING:
    from distributions.dependence import Copula

Array = NDArray[np.float64]


class Alignment(NamedTuple):
    """Inputs whose normal scores are mixed from independent ones, (k,) names, and how: scores = mixing (k, k) @ theirs.

    The independent scores take the first k Sobol' dimensions, in this order.
    """

    linked: tuple[str, ...]
    mixing: Array


@dataclass(frozen=True)
class Sampler:
    """How each input gets its values.

    names: all inputs, a row each. certain: rows with one value, and the values. plan: how the others are drawn.
    exact: rows that must go through the exact ppf, with their distributions. methods, errors: recipe in words and
    largest error in u, by uncertain input.
    """

    names: tuple[str, ...]
    certain: Mapping[int, float]
    plan: Plan
    exact: Mapping[int, Marginal]
    methods: Mapping[str, str]
    errors: Mapping[str, float]

    @property
    def fused(self) -> bool:
        """Whether values may be drawn block by block within the compiled loop: where none needs an exact ppf."""
        return not self.exact

    def scratch(self) -> Scratch:
        """Working rows of one thread, with the certain inputs filled in."""
        return self.filled(block.scratch(len(self.names), self.plan.linked.size))

    def filled(self, work: Scratch) -> Scratch:
        """The same working rows with the certain inputs filled in."""
        for row, value in self.certain.items():
            work.values[row * STRIDE : row * STRIDE + BLOCK] = value
        return work

    def at_scores(self, scores: Array) -> Array:
        """Values (inputs, m) at independent normal scores (uncertain inputs, m), mixed first if inputs are linked."""
        values = np.empty((len(self.names), scores.shape[1]))
        for row, value in self.certain.items():
            values[row] = value
        inverse.values_at_scores(self.plan, np.ascontiguousarray(scores), values)
        for row, distribution in self.exact.items():
            values[row] = distribution.ppf(values[row])
        return values

    def draw(self, first: int, count: int, work: Scratch) -> Array:
        """The values of `count` draws from block `first` on: (inputs, count)."""
        values = np.empty((len(self.names), count))
        for row, value in self.certain.items():
            values[row] = value
        block.sample_chunk(self.plan, first, work, values)
        for row, distribution in self.exact.items():
            values[row] = distribution.ppf(values[row])
        return values


def prepare(
    inputs: Mapping[str, Marginal],
    copula: Copula | None,
    design: str,
    seed: int,
    draws: int,
    alignment: Alignment | None = None,
) -> Sampler:
    """A sampler of inputs under a design; an input's Sobol' dimension is its position, if there is no alignment.

    draws: of the whole run, or the most it may take; Latin hypercubes divide it into strata. alignment: of the same
    inputs and copula.
    """
    names = tuple(inputs)
    rows = {name: row for row, name in enumerate(names)}
    recipes = [
        (name, distribution.recipe) for name, distribution in inputs.items() if not distribution.certain
    ]
    linked: tuple[str, ...] = ()
    mixing = None
    order = names
    if alignment is not None:
        linked, mixing = alignment.linked, alignment.mixing
        order = (*linked, *(name for name in names if name not in set(linked)))
    elif copula is not None:
        linked, mixing = copula.members, copula.cholesky
    plan = inverse.assemble(
        recipes,
        [rows[name] for name, _ in recipes],
        design,
        seed,
        draws,
        dimension={name: k for k, name in enumerate(order)},
        linked=linked,
        mixing=mixing,
    )
    made = {name: recipe.linked if name in linked else recipe for name, recipe in recipes}
    return Sampler(
        names,
        {
            rows[name]: float(distribution.value)
            for name, distribution in inputs.items()
            if distribution.certain
        },
        plan,
        {rows[name]: inputs[name] for name, recipe in recipes if recipe.kind == inverse.EXACT},
        {name: recipe.method for name, recipe in made.items()},
        {name: recipe.error for name, recipe in made.items()},
    )
