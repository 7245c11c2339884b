"""Values in, costs out: scenarios, the cost model, the engine that draws it, and what a run came to.

May import `distributions`; knows no studies, figures or files other than scenario files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributions.lazy import public
from sim.model.strategies import STRATEGIES

if TYPE_CHECKING:
    from sim.engine.simulate import simulate
    from sim.models.evaluation import Evaluation, evaluate
    from sim.models.model import Model, cost_model
    from sim.models.quantities import Quantity, quantity
    from sim.results.records import BreakEven, Estimate, Mean, Probability, Summary
    from sim.results.run import Run
    from sim.results.tolerance import Tolerance
    from sim.scenario.scenario import Scenario

_HOME = {
    "Scenario": "sim.scenario.scenario",
    "Model": "sim.models.model",
    "cost_model": "sim.models.model",
    "Quantity": "sim.models.quantities",
    "quantity": "sim.models.quantities",
    "simulate": "sim.engine.simulate",
    "evaluate": "sim.models.evaluation",
    "Run": "sim.results.run",
    "Evaluation": "sim.models.evaluation",
    **dict.fromkeys(("BreakEven", "Estimate", "Mean", "Probability", "Summary"), "sim.results.records"),
    "Tolerance": "sim.results.tolerance",
}

__all__ = [
    "STRATEGIES",
    "BreakEven",
    "Estimate",
    "Evaluation",
    "Mean",
    "Model",
    "Probability",
    "Quantity",
    "Run",
    "Scenario",
    "Summary",
    "Tolerance",
    "cost_model",
    "evaluate",
    "quantity",
    "simulate",
]

__getattr__ = public(__name__, _HOME)
