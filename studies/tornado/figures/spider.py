"""The output along each input's quantiles, others at their medians: slope and bend of the inputs that matter most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from distributions import text
from studies.shared import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.results.labelled import Labelled

LINES = (
    (style.BLUE, "-"),
    (style.VERMILLION, (0, (6, 1.5))),
    ("#007a59", (0, (3, 1.2, 1, 1.2))),
    ("#8f6200", (0, (1, 1.2))),
    ("#8d4a70", (0, (8, 2))),
    ("#444444", (0, (2, 2))),
)
"""Colours dark enough for the names beside the lines, and line styles that keep them apart in grey."""


@style.styled
def draw(data: Labelled) -> Figure:
    """Lines of `studies.tornado.spider`, at most six."""
    shown = data.isel(input=slice(len(LINES)))
    names = [str(name) for name in shown["input"].values]
    result = shown["result"].values
    what, _, direction = str(data.attrs.get("output_name", data.attrs["output"])).partition(", ")
    is_money = data.attrs.get("units") == "USD"
    steps = np.diff(result, axis=1)
    turning = [name for name, step in zip(names, steps, strict=True) if (step > 0).any() and (step < 0).any()]
    if turning:
        title = f"{turning[0]} turns: the {what} is not least at an end of its range"
    else:
        title = f"{names[0]} is the steepest of {len(names)}" if names else f"No input moves the {what}"
    explained = "Each input along its own quantiles, all others at their medians"
    figure = style.canvas(title, f"{direction}. {explained}" if direction else explained, data)
    longest = max([style.text_inches(style.drawable(name), 8.5) for name in names], default=1.0)
    axes = style.panel(figure, left=0.85, right=min(3.0, longest + 0.3))
    levels = 100 * shown["quantile"].values
    for row, (colour, line) in zip(result, LINES, strict=False):
        axes.plot(levels, row, color=colour, linestyle=line)
    ends = [
        (float(row[-1]), name, LINES[k][0]) for k, (row, name) in enumerate(zip(result, names, strict=True))
    ]
    axes.set_xlim(levels[0], levels[-1])
    low, high = axes.get_ylim()
    if data.attrs["output"] == "difference" and low < 0 < high:
        axes.axhline(0, color=style.INK, linewidth=1, linestyle=(0, (4, 2)))
    axes.set_xticks([5, 25, 50, 75, 95], ["P05", "P25", "P50", "P75", "P95"])
    if is_money:
        style.money_axis(axes.yaxis)
    style.end_labels(axes, ends)
    axes.grid(axis="y")
    axes.set_xlabel("Quantile of the input")
    axes.set_ylabel(text.clean(f"{what[:1].upper()}{what[1:]}{' (USD)' if is_money else ''}", 60))
    return figure
