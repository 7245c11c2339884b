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
    "probability_by_month": "months",
    "pairs": "pairs",
    "cost_curves": "costs",
    "cumulative_cost": "months",
    "breakeven": "break-even",
    "waterfall": "items",
    "line_items": "items",
    "convergence": "method",
}
"""The figures that a run's folder holds, each the name of its file, to the section of the report that shows it."""


def of_section(section: str) -> list[str]:
    """The figures that a section of the report shows, in their order."""
    return [name for name, shows in OF_A_RUN.items() if shows == section]


def module(name: str) -> str:
    """The module that draws a figure."""
    return f"{__name__}.{name}"


def draw(name: str, data: Labelled) -> Figure:
    """One figure of a run."""
    figure: Figure = import_module(module(name)).draw(data)
    return figure
