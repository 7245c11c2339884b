"""P(cheaper) over the values of two inputs: a map with contours, the scenario's own place and rules of thumb."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from distributions import text
from studies.shared import style
from studies.solve.analysis import LEVELS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from studies.solve.analysis import Surface

CONTOURS = (0.1, 0.5, 0.9)
LINES = {0.1: ":", 0.5: "-", 0.9: "--"}


@style.styled
def draw(surface: Surface) -> Figure:
    """P(a cheaper than b) over both inputs (see `studies.solve.surface`)."""
    label = style.labeller(surface.labels)
    share = text.percent(float(surface.at_median.probability))
    across, up = (
        surface.rules_of_thumb(*along) for along in zip(surface.inputs, surface.values, strict=True)
    )
    figure = style.canvas(
        f"{label(surface.a)} is cheaper than {label(surface.b)} in {share} of futures at the medians; "
        f"{_where(surface)}",
        f"Both inputs held at each place, all others varying{style.rules_in_words(across or up)}",
        surface,
    )
    axes = style.panel(figure, left=1.05, right=2.3)
    (x, y), p = surface.values, surface.answers.probability.T
    for k, axis in enumerate((axes.xaxis, axes.yaxis)):
        _scale(axes, axis, surface, k)
    mesh = axes.pcolormesh(x, y, p, cmap=style.SHADES, vmin=0.0, vmax=1.0, shading="gouraud", rasterized=True)
    handles = _contours(axes, surface)
    axes.set_xlim(float(x[0]), float(x[-1]))
    axes.set_ylim(float(y[0]), float(y[-1]))
    handles += _likely(axes, surface)
    style.mark_rules(axes, across)
    style.mark_rules(axes, up, upright=False)
    bar = figure.add_axes(
        (
            1 - 2.1 / style.SIZE[0],
            axes.get_position().y0,
            0.14 / style.SIZE[0],
            axes.get_position().height * 0.42,
        )
    )
    figure.colorbar(mesh, cax=bar)
    style.percent_axis(bar.yaxis)
    bar.set_yticks([0, 0.5, 1.0])
    bar.set_ylabel("P(cheaper)", size=8)
    bar.yaxis.set_label_position("right")
    axes.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(1.05, 1.02),
        frameon=False,
        fontsize=8,
        handlelength=2.6,
    )
    labels: Any = (axes.set_xlabel, " "), (axes.set_ylabel, "\n")
    for (put, between), key, unit in zip(labels, surface.inputs, surface.units, strict=True):
        put(style.drawable(key) if unit == "1" else f"{style.drawable(key)}{between}({style.drawable(unit)})")
    return figure


def _where(surface: Surface) -> str:
    """Whether the answer tips where the inputs are likely to be, elsewhere on the map, or nowhere on it."""
    above = surface.answers.probability > 0.5
    if above.all() or not above.any():
        return "nowhere here does it tip"
    low, high = _middle(surface)
    inside = []
    for k, values in enumerate(surface.values):
        nearest = np.argmin(np.abs(values - surface.medians[k]))
        inside.append(((values >= low[k]) & (values <= high[k])) | (np.arange(values.size) == nearest))
    within = above[np.ix_(*inside)]
    tips = within.any() and not within.all()
    return f"it tips {'within' if tips else 'outside'} their likely ranges"


def _middle(surface: Surface) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """P10 and P90 of both inputs."""
    low, high = np.searchsorted(LEVELS, (0.1, 0.9))
    return surface.prior[:, low], surface.prior[:, high]


def _scale(axes: Axes, axis: Axis, surface: Surface, k: int) -> None:
    values, along = surface.values[k], surface.axes[k]
    if along.log:
        (axes.set_yscale if k else axes.set_xscale)("log")
        style.log_axis(axis, float(values[0]), float(values[-1]))
    style.number_axis(axis)
    if along.discrete and values.size <= 12:
        axis.set_ticks(values)
        axis.set_ticks([], minor=True)


def _contours(axes: Axes, surface: Surface) -> list[Line2D | Rectangle]:
    """Lines of equal probability, and of a target that is none of the usual levels; those that are on the map."""
    looks: dict[float, tuple[Any, float]] = {
        level: (LINES[level], 2.0 if level == 0.5 else 1.3) for level in CONTOURS
    }
    if surface.target is not None:
        looks.setdefault(surface.target, ("-.", 2.0))
    handles: list[Line2D | Rectangle] = []
    (x, y), p, difference = surface.values, surface.answers.probability.T, surface.answers.difference.T
    for level in sorted(looks):
        line, width = looks[level]
        if p.min() < level < p.max():
            axes.contour(x, y, p, levels=[level], colors=[style.INK], linestyles=[line], linewidths=[width])
            name = f"P = {text.number(100 * level, 6)} %"
            handles.append(Line2D([], [], color=style.INK, linestyle=line, linewidth=width, label=name))
    if surface.target is None and difference.min() < 0 < difference.max():
        axes.contour(
            x, y, difference, levels=[0.0], colors=[style.VERMILLION], linestyles=["-."], linewidths=[2.0]
        )
        handles.append(
            Line2D([], [], color=style.VERMILLION, linestyle="-.", linewidth=2.0, label="mean costs equal")
        )
    return handles


def _likely(axes: Axes, surface: Surface) -> list[Line2D | Rectangle]:
    """The scenario's own medians, and the box of the middle 80 % of each input."""
    low, high = _middle(surface)
    # a white rim keeps the dark line apart from whatever is beneath it, in grey too
    rim = [withStroke(linewidth=4.0, foreground="white")]
    look: Any = {"fill": False, "edgecolor": style.INK, "linewidth": 1.6}
    axes.add_patch(Rectangle((low[0], low[1]), *(high - low), path_effects=rim, **look))
    x, y = surface.medians
    dot: Any = {"marker": "o", "markersize": 7, "markerfacecolor": "white", "markeredgecolor": style.INK}
    axes.plot(
        [x], [y], linestyle="none", markeredgewidth=1.8, zorder=5, path_effects=rim, clip_on=False, **dot
    )
    return [
        Line2D([], [], linestyle="none", markeredgewidth=1.8, label="medians", **dot),
        Rectangle((0, 0), 1, 1, label="middle 80 % of each", **look),
    ]
