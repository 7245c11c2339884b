"""What of a scenario is to be explained: a cost, a difference, who is cheaper; as a model with that one output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError, did_you_mean
from sim.kernel.exact import TIE
from sim.models.model import Model, evaluate_costs
from sim.scenario.scenario import Scenario

Array = NDArray[np.float64]

NAMES = ("difference", "probability", "cost:STRATEGY", "log_cost:STRATEGY")
"""What may be asked for. A pair is cost of the first of `study.compare` against the second's."""


@dataclass(frozen=True)
class Quantity:
    """One output of a scenario.

    name: as in `NAMES`. units: USD, or 1 for shares and logarithms.
    model: the scenario's inputs and dependence, with this one output under its name.
    """

    name: str
    units: str
    model: Model


def cheaper(a: Array, b: Array) -> Array:
    """1 where a costs less than b, 0 where more, 1/2 where they are equal (see `sim.kernel.exact.TIE`)."""
    near = TIE * np.abs(b)
    share: Array = np.where(a < b - near, 1.0, np.where(a > b + near, 0.0, 0.5))
    return share


def difference(a: Array, b: Array) -> Array:
    """a minus b; exactly 0 where they are equal, whose last bits may differ (see `sim.kernel.exact.TIE`)."""
    apart = a - b
    gap: Array = np.where(np.abs(apart) <= TIE * np.abs(b), 0.0, apart)
    return gap


def quantity(scenario: Scenario, name: str) -> Quantity:
    """The output of a scenario that a name asks for.

    Raises UserError for a name that is none of `NAMES`, or a strategy that is not in the study; the model does, where
    a logarithm is wanted of a cost of 0.
    """
    a, b = scenario.compare
    if name == "difference":
        return _quantity(scenario, name, "USD", lambda cost: difference(cost[a], cost[b]))
    if name == "probability":
        return _quantity(scenario, name, "1", lambda cost: cheaper(cost[a], cost[b]))
    kind, _, strategy = name.partition(":")
    if kind not in ("cost", "log_cost"):
        raise UserError(
            Fault(
                "output",
                f"found '{name}'",
                ", ".join(NAMES),
                did_you_mean(kind, ("difference", "probability", "cost", "log_cost")),
            )
        )
    if strategy not in scenario.strategies:
        hint = did_you_mean(strategy, scenario.strategies)
        raise UserError(
            Fault("output", f"found '{name}'", ", ".join(f"{kind}:{s}" for s in scenario.strategies), hint)
        )
    if kind == "cost":
        return _quantity(scenario, name, "USD", lambda cost: cost[strategy])
    return _quantity(scenario, name, "1", lambda cost: _logarithm(strategy, cost[strategy]))


def _logarithm(strategy: str, cost: Array) -> Array:
    free = int(np.count_nonzero(cost <= 0.0))
    if free:
        problem = f"'log_cost:{strategy}': the cost is 0 in {free:,} of {cost.size:,} futures, and 0 has no logarithm"
        raise UserError(Fault("output", problem, f"cost:{strategy}"))
    logarithm: Array = np.log(cost)
    return logarithm


def _quantity(
    scenario: Scenario, name: str, units: str, of: Callable[[Mapping[str, Array]], Array]
) -> Quantity:
    def function(values: Mapping[str, Array]) -> dict[str, Array]:
        return {name: of(evaluate_costs(scenario, values))}

    return Quantity(name, units, Model(scenario.inputs, (name,), function, scenario.dependence))
