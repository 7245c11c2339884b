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
from sim.draws.job import scratch_for
from sim.kernel.at_values import evaluate_values
from sim.kernel.months import discount_factors

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

Array = NDArray[np.float64]
Function = Callable[[Mapping[str, Array]], Mapping[str, Array]]

_AT_ONCE = 4096
"""Draws whose inputs are laid out at once."""


class _Room(threading.local):
    """A thread's own room for inputs: as much fresh memory takes longer to get than the costs to compute."""

    _kept: Array = np.empty((0, 0))

    def matrix(self, inputs: int, n: int) -> Array:
        """(inputs, n), of whatever was in it."""
        if self._kept.shape != (inputs, n):
            self._kept = np.empty((inputs, n))
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
    discount = discount_factors(scenario.horizon, scenario.discount_rate)
    program = scenario.program
    costs, work = np.empty((len(program.names), n)), scratch_for(program, scenario.prices)
    for first in range(0, n, _AT_ONCE):
        part = slice(first, min(first + _AT_ONCE, n))
        m = part.stop - first
        matrix = input_rows(scenario, values, part, _ROOM.matrix(len(scenario.inputs), m))
        total = np.empty((len(program.names), 1, m))
        evaluate_values(
            matrix,
            discount,
            scenario.prices,
            program.code,
            work,
            total,
            np.empty((0, 0)),
            np.empty_like(total[:, 0]),
        )
        costs[:, part] = total[:, 0]
    return {name: costs[k] for k, name in enumerate(program.names)}


def input_rows(
    scenario: Scenario,
    values: Mapping[str, Array],
    part: slice = slice(None),
    room: Array | None = None,
) -> Array:
    """Values by input, (n,) arrays, as the rows that a program takes, (inputs, n); what has none is at its median.

    part: of the draws; room: where to put them, else in a new array.
    """
    n = len(range(*part.indices(len(next(iter(values.values()))))))
    matrix = np.empty((len(scenario.inputs), n)) if room is None else room
    for row, (key, distribution) in enumerate(scenario.inputs.items()):
        given = values.get(key)
        matrix[row] = distribution.median() if given is None else given[part] if np.ndim(given) else given
    return matrix


def cost_model(scenario: Scenario) -> Model:
    """The cost model of a scenario as a `Model`: its inputs, and the cost of each of its strategies."""
    return Model(
        inputs=scenario.inputs,
        outputs=scenario.strategies,
        function=lambda values: evaluate_costs(scenario, values),
        dependence=scenario.dependence,
    )
