"""A model: named uncertain inputs, and a vectorised function from them to named outputs.

The cost model is one; a textbook function with known answers is another. The analyses take either.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distributions.dependence import Copula, correlation
from distributions.errors import Fault, UserError
from distributions.spec import Marginal, marginal
from sim.kernel import block
from sim.kernel.at_values import evaluate_values
from sim.kernel.columns import KEYS
from sim.kernel.months import discount_factors
from sim.kernel.strategies import COUNT, NAMES

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

Array = NDArray[np.float64]
Function = Callable[[Mapping[str, Array]], Mapping[str, Array]]

_AT_ONCE = 4096
"""Draws whose inputs are laid out at once."""


class _Room(threading.local):
    """A thread's own room for inputs: as much fresh memory takes longer to get than the costs to compute."""

    _kept: Array = np.empty((len(KEYS), 0))

    def matrix(self, n: int) -> Array:
        """(inputs, n), of whatever was in it."""
        if self._kept.shape[1] != n:
            self._kept = np.empty((len(KEYS), n))
        return self._kept


_ROOM = _Room()


@dataclass(frozen=True, eq=False)
class Model:
    """Named inputs with distributions and a vectorised function to named outputs.

    inputs
        Name to a scipy frozen distribution, a number, or a form as in a scenario file.
    outputs
        Names of the outputs that are wanted.
    function
        From a dict of (n,) arrays by input name to a dict of (n,) arrays by output name.
    dependence
        Pairs of input names with Spearman's rank correlation: ((("x1", "x2"), 0.5), …).
    """

    inputs: Mapping[str, Any]
    outputs: tuple[str, ...]
    function: Function
    dependence: Sequence[tuple[tuple[str, str], float]] = ()

    @cached_property
    def marginals(self) -> dict[str, Marginal]:
        """The inputs as marginal distributions. Raises UserError, naming the input, where one is none."""
        return {name: marginal(value, key=name) for name, value in self.inputs.items()}

    @cached_property
    def copula(self) -> Copula | None:
        """The Gaussian copula of the dependent inputs, or None where all are independent."""
        pairs = [((a, b), float(r)) for (a, b), r in self.dependence]
        return correlation(pairs, self.marginals) if pairs else None

    def evaluate(self, values: Mapping[str, Array]) -> dict[str, Array]:
        """The wanted outputs, each checked to be an (n,) array of finite numbers.

        Raises UserError that names the output which is missing, has another shape, or is not finite and how often.
        """
        n = len(next(iter(values.values()))) if values else 0
        result = self.function(values)
        outputs: dict[str, Array] = {}
        for name in self.outputs:
            if name not in result:
                raise UserError(
                    Fault(name, "the model's function gave no such output", ", ".join(map(str, result)))
                )
            array = np.asarray(result[name], dtype=float)
            if array.shape == ():
                array = np.full(n, float(array))
            if array.shape != (n,):
                raise UserError(Fault(name, f"the model's output has shape {array.shape}", f"({n},)"))
            bad = int(np.count_nonzero(~np.isfinite(array)))
            if bad:
                raise UserError(
                    Fault(name, f"the model's output is not a finite number in {bad} of {n} draws")
                )
            outputs[name] = array
        return outputs


def evaluate_costs(scenario: Scenario, values: Mapping[str, Array]) -> dict[str, Array]:
    """Present-value cost, USD, of each strategy of a scenario at given input values: (n,) arrays by name.

    An input without values is at its median.
    """
    n = len(next(iter(values.values())))
    rows = [values[key] if key in values else np.full(n, scenario.inputs[key].median()) for key in KEYS]
    rows = [column if np.shape(column) == (n,) else np.broadcast_to(column, n) for column in rows]
    discount = discount_factors(scenario.horizon, scenario.discount_rate)
    costs = np.empty((COUNT, n))
    work = block.scratch(len(KEYS), 0)
    for first in range(0, n, _AT_ONCE):
        part = slice(first, min(first + _AT_ONCE, n))
        matrix = _ROOM.matrix(part.stop - first)
        for row, column in enumerate(rows):
            matrix[row] = column[part]
        total = np.empty((COUNT, 1, matrix.shape[1]))
        evaluate_values(
            matrix, discount, scenario.prices, work, total, np.empty((0, 0)), np.empty(matrix.shape[1])
        )
        costs[:, part] = total[:, 0]
    return {name: costs[NAMES.index(name)] for name in scenario.strategies}


def cost_model(scenario: Scenario) -> Model:
    """The cost model of a scenario as a `Model`: its inputs, and the cost of each of its strategies."""
    return Model(
        inputs=scenario.inputs,
        outputs=scenario.strategies,
        function=lambda values: evaluate_costs(scenario, values),
        dependence=scenario.dependence,
    )
