"""The price of accuracy: the cost-effectiveness plane, and which strategy is best at what a point is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from studies.shared import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from studies.accuracy.analysis import Accuracy


@style.styled
def draw(accuracy: Accuracy) -> Figure:
    """The plane with its frontier on the left, acceptability curves on the right (see `studies.accuracy.analyse`)."""
    figure = style.canvas(
        accuracy.sentence(),
        "Left: means, and P10 to P90, of cost without errors and of accuracy; line: efficient frontier. Right: "
        "probability of the greatest net benefit; wide grey line: of the strategy that is best on average",
        accuracy,
    )
    half = style.SIZE[0] / 2
    _plane(style.panel(figure, left=0.75, right=half + 0.25), accuracy)
    _curves(style.panel(figure, left=half + 0.45, right=1.55), accuracy)
    return figure


def _plane(axes: Axes, accuracy: Accuracy) -> None:
    label = style.labeller(accuracy.scenario.labels)
    rows, names = accuracy.strategies, list(accuracy.strategies)
    looks = style.looks(names)
    cost, points = (np.array([getattr(row, name) for row in rows.values()]) for name in ("cost", "points"))
    spread, lift = accuracy.points_quantile, accuracy.cost_quantile
    for k, name in enumerate(names):
        look = looks[name]
        axes.plot([spread[k, 0], spread[k, 2]], [cost[k]] * 2, color=look.colour, linewidth=0.9, alpha=0.6)
        axes.plot([points[k]] * 2, [lift[k, 0], lift[k, 2]], color=look.colour, linewidth=0.9, alpha=0.6)
        efficient = rows[name].standing == "efficient"
        axes.plot(
            points[k], cost[k], marker="o", markersize=8, color=look.colour, linestyle="none",
            markerfacecolor=look.colour if efficient else "white", markeredgewidth=1.6, zorder=4,
        )  # fmt: skip
    at = [names.index(name) for name in accuracy.frontier]
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
            ha="right" if side < 0 else "left", size=7.5, color=looks[name].ink, zorder=5,
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


def _curves(axes: Axes, accuracy: Accuracy) -> None:
    label = style.labeller(accuracy.scenario.labels)
    price = accuracy.curves.willingness_to_pay[1:]
    axes.plot(
        price, accuracy.curves.of_the_best[1:], color="#bbbbbb", linewidth=7, solid_capstyle="butt", zorder=1,
    )  # fmt: skip
    looks = style.looks(accuracy.strategies)
    ends: list[tuple[float, str, str | style.Look]] = []
    for name, shares in zip(accuracy.strategies, accuracy.curves.best, strict=True):
        look, best = looks[name], shares[1:]
        axes.plot(price, best, **style.line(look, len(price)), linewidth=1.8, zorder=2)
        ends.append((float(best[-1]), label(name), look))
    axes.set_xscale("log")
    style.log_axis(axes.xaxis, float(price[0]), float(price[-1]))
    style.money_axis(axes.xaxis)
    axes.set_xlim(float(price[0]), float(price[-1]))
    axes.set_ylim(-0.02, 1.02)
    style.percent_axis(axes.yaxis)
    if accuracy.at_worth is not None and accuracy.at_worth.worth_per_point > 0:
        axes.axvline(
            accuracy.at_worth.worth_per_point, color=style.INK, linewidth=0.9, linestyle=(0, (1, 1.5))
        )
    changes = np.flatnonzero(np.diff(accuracy.curves.on_average[1:]))
    for at in changes:
        axes.axvline(float(np.sqrt(price[at] * price[at + 1])), color=style.GRID, linewidth=1.0, zorder=0)
    style.end_labels(axes, ends)
    axes.grid(axis="y")
    axes.set_xlabel("worth of one point (USD, log)")
