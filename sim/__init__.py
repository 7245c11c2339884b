"""Values in, costs out: scenarios, the cost model, the engine that draws it, and what a run came to.

May import `distributions`; knows no studies, figures or files other than scenario files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.kernel import STRATEGIES

if TYPE_CHECKING:
    from sim.evaluation import Evaluation, evaluate
    from sim.model import Model, cost_model
    from sim.quantities import Quantity, quantity
    from sim.run import Probability, Run
    from sim.scenario import Scenario
    from sim.simulation import simulate
    from sim.tolerance import Tolerance

_HOME = {
    "Scenario": "sim.scenario",
    "Model": "sim.model",
    "cost_model": "sim.model",
    "Quantity": "sim.quantities",
    "quantity": "sim.quantities",
    "simulate": "sim.simulation",
    "evaluate": "sim.evaluation",
    "Run": "sim.run",
    "Evaluation": "sim.evaluation",
    "Probability": "sim.run",
    "Tolerance": "sim.tolerance",
}

__all__ = [
    "STRATEGIES",
    "Evaluation",
    "Model",
    "Probability",
    "Quantity",
    "Run",
    "Scenario",
    "Tolerance",
    "cost_model",
    "evaluate",
    "quantity",
    "simulate",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that the command line starts at once."""
    if name not in _HOME:
        raise AttributeError(f"module 'sim' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
