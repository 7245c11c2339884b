"""Results to pictures: a dataset in, a matplotlib figure out. The only package that imports matplotlib.

Each figure is one file with a function `draw(data) -> Figure` and one line in `OF_A_RUN`; a figure of another
study is drawn by that study's own command. `style` holds what they share.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.results.labelled import Labelled

# Where no configuration can be written, matplotlib warns at length that it does without; so do we, in silence.
logging.getLogger("matplotlib").setLevel(logging.ERROR)

OF_A_RUN = {
    "probability_by_month": "studies.probability_of_cheaper.figures.probability_by_month",
    "cost_curves": "studies.probability_of_cheaper.figures.cost_curves",
    "cumulative_cost": "studies.probability_of_cheaper.figures.cumulative_cost",
    "breakeven": "studies.probability_of_cheaper.figures.breakeven",
    "waterfall": "studies.probability_of_cheaper.figures.waterfall",
    "line_items": "studies.probability_of_cheaper.figures.line_items",
    "convergence": "studies.probability_of_cheaper.figures.convergence",
}
"""The figures that a run's folder holds, in reading order: file name to module."""


def draw(name: str, data: Labelled) -> Figure:
    """One figure of a run."""
    figure: Figure = import_module(OF_A_RUN[name]).draw(data)
    return figure
