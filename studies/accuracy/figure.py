"""The price of accuracy: the cost-effectiveness plane, and which strategy is best at what a point is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from studies.accuracy.analysis import on_frontier, sentence
from studies.shared import style
from studies.shared.names import label

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """The plane with its frontier on the left, acceptability curves on the right (see `studies.accuracy.analyse`)."""
    figure = style.canvas(
        sentence(data),
        "Left: means, and P10 to P90, of cost without errors and of accuracy; line: efficient frontier. Right: "
        "probability of the greatest net benefit; wide grey line: of the strategy that is best on average",
        data,
    )
    half = style.SIZE[0] / 2
    _plane(style.panel(figure, left=0.75, right=half + 0.25), data)
    _curves(style.panel(figure, left=half + 0.45, right=1.55), data)
    return figure


def _plane(axes: Axes, data: xr.Dataset) -> None:
    cost, points = data["cost"].values, data["points"].values
    spread, lift = data["points_quantile"].values, data["cost_quantile"].values
    for k, name in enumerate(str(name) for name in data["strategy"].values):
        look = style.look(name)
        axes.plot([spread[k, 0], spread[k, 2]], [cost[k]] * 2, color=look.colour, linewidth=0.9, alpha=0.6)
        axes.plot([points[k]] * 2, [lift[k, 0], lift[k, 2]], color=look.colour, linewidth=0.9, alpha=0.6)
        efficient = str(data["standing"].values[k]) == "efficient"
        axes.plot(
            points[k], cost[k], marker="o", markersize=8, color=look.colour, linestyle="none",
            markerfacecolor=look.colour if efficient else "white", markeredgewidth=1.6, zorder=4,
        )  # fmt: skip
    names = [str(name) for name in data["strategy"].values]
    at = [names.index(name) for name in on_frontier(data)]
    # mixtures of two strategies lie on a straight line, which a logarithmic axis bends
    between = np.linspace(0, len(at) - 1, 60 * len(at))
    axes.plot(
        np.interp(between, range(len(at)), points[at]), np.interp(between, range(len(at)), cost[at]),
        color=style.INK, linewidth=1.6, zorder=3,
    )  # fmt: skip
    for k, name in enumerate(names):
        side = -1 if points[k] < points.mean() else 1
        axes.annotate(
            label(name), (points[k], cost[k]), xytext=(7 * side, 5), textcoords="offset points",
            ha="right" if side < 0 else "left", size=7.5, color=style.look(name).ink, zorder=5,
            bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 0.6},
        )  # fmt: skip
    # what costs nothing has no place on a logarithmic axis
    if cost.min() > 0.0 and lift.min() > 0.0:
        axes.set_yscale("log")
        style.log_axis(axes.yaxis, float(lift.min()), float(lift.max()))
    style.money_axis(axes.yaxis)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.grid()
    axes.set_xlabel("accuracy over the horizon (%); filled: efficient")
    axes.set_ylabel("present-value cost (USD)")


def _curves(axes: Axes, data: xr.Dataset) -> None:
    worth = data["worth"].values[1:]
    axes.plot(
        worth, data["best_on_average"].values[1:], color="#bbbbbb", linewidth=7, solid_capstyle="butt", zorder=1,
    )  # fmt: skip
    ends = []
    for k, name in enumerate(str(name) for name in data["strategy"].values):
        look, best = style.look(name), data["best"].values[k, 1:]
        axes.plot(worth, best, color=look.colour, linestyle=look.line, linewidth=1.8, zorder=2)
        ends.append((float(best[-1]), label(name), look.ink))
    axes.set_xscale("log")
    style.log_axis(axes.xaxis, float(worth[0]), float(worth[-1]))
    style.money_axis(axes.xaxis)
    axes.set_xlim(float(worth[0]), float(worth[-1]))
    axes.set_ylim(-0.02, 1.02)
    style.percent_axis(axes.yaxis)
    if "worth_per_point" in data.attrs and float(data.attrs["worth_per_point"]) > 0:
        here = float(data.attrs["worth_per_point"])
        axes.axvline(here, color=style.INK, linewidth=0.9, linestyle=(0, (1, 1.5)))
    changes = np.flatnonzero(data["on_average"].values[2:] != data["on_average"].values[1:-1])
    for at in changes:
        axes.axvline(float(np.sqrt(worth[at] * worth[at + 1])), color=style.GRID, linewidth=1.0, zorder=0)
    style.end_labels(axes, ends)
    axes.grid(axis="y")
    axes.set_xlabel("worth of one point (USD, log)")
