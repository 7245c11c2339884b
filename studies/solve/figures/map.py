"""P(cheaper) over the values of two inputs: a map with contours, the scenario's own place and rules of thumb."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from distributions import text
from studies.shared import style
from studies.shared.names import label

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

LEVELS = (0.1, 0.5, 0.9)
LINES = {0.1: ":", 0.5: "-", 0.9: "--"}


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """P(a cheaper than b) over both inputs (see `studies.solve.surface`)."""
    a, b = (label(str(data.attrs[end])) for end in ("a", "b"))
    keys = [str(data.attrs[dim]) for dim in ("first", "second")]
    units = [str(unit) for unit in data.attrs.get("units", ["1", "1"])]
    share = float(data["probability_at_median"])
    ends = [(float(data[dim][0]), float(data[dim][-1])) for dim in ("first", "second")]
    rules = [style.rules_of_thumb(data, key, *ends[k]) for k, key in enumerate(keys)]
    figure = style.canvas(
        f"{a} is cheaper than {b} in {text.percent(share)} of futures at the medians; {_where(data)}",
        f"Both inputs held at each place, all others varying{style.rules_in_words(rules[0] or rules[1])}",
        data,
    )
    axes = style.panel(figure, left=1.05, right=2.3)
    x, y, p = data["first"].values, data["second"].values, data["probability"].values.T
    for axis, dim in ((axes.xaxis, "first"), (axes.yaxis, "second")):
        _scale(axes, axis, dim, data)
    mesh = axes.pcolormesh(x, y, p, cmap=style.SHADES, vmin=0.0, vmax=1.0, shading="gouraud", rasterized=True)
    handles = _contours(axes, data, p)
    axes.set_xlim(float(x[0]), float(x[-1]))
    axes.set_ylim(float(y[0]), float(y[-1]))
    handles += _own(axes, data)
    style.mark_rules(axes, rules[0])
    style.mark_rules(axes, rules[1], upright=False)
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
    for name, key, unit in (("x", keys[0], units[0]), ("y", keys[1], units[1])):
        between = " " if name == "x" else "\n"
        words = (
            style.drawable(key) if unit == "1" else f"{style.drawable(key)}{between}({style.drawable(unit)})"
        )
        getattr(axes, f"set_{name}label")(words)
    return figure


def _where(data: xr.Dataset) -> str:
    """Whether the answer tips where the inputs are likely to be, elsewhere on the map, or nowhere on it."""
    above = data["probability"].values > 0.5
    if above.all() or not above.any():
        return "nowhere here does it tip"
    low, high = (data["prior_quantile"].sel(quantile=level).values for level in (0.1, 0.9))
    inside = []
    for k, dim in enumerate(("first", "second")):
        values = data[dim].values
        nearest = np.argmin(np.abs(values - float(data["median"][k])))
        inside.append(((values >= low[k]) & (values <= high[k])) | (np.arange(values.size) == nearest))
    within = above[np.ix_(*inside)]
    tips = within.any() and not within.all()
    return f"it tips {'within' if tips else 'outside'} their likely ranges"


def _scale(axes: Axes, axis: Axis, dim: str, data: xr.Dataset) -> None:
    values = data[dim].values
    if data.attrs[f"{dim}_log"]:
        (axes.set_xscale if dim == "first" else axes.set_yscale)("log")
        style.log_axis(axis, float(values[0]), float(values[-1]))
    style.number_axis(axis)
    if data.attrs[f"{dim}_discrete"] and values.size <= 12:
        axis.set_ticks(values)
        axis.set_ticks([], minor=True)


def _contours(axes: Axes, data: xr.Dataset, p: np.ndarray) -> list[Line2D | Rectangle]:
    """Lines of equal probability, and of a target that is none of the usual levels; those that are on the map."""
    looks: dict[float, tuple[Any, float]] = {
        level: (LINES[level], 2.0 if level == 0.5 else 1.3) for level in LEVELS
    }
    target = data.attrs.get("target", 0.5)
    if target != "mean" and target not in looks:
        looks[float(target)] = ("-.", 2.0)
    handles: list[Line2D | Rectangle] = []
    x, y = data["first"].values, data["second"].values
    for level in sorted(looks):
        line, width = looks[level]
        if p.min() < level < p.max():
            axes.contour(x, y, p, levels=[level], colors=[style.INK], linestyles=[line], linewidths=[width])
            name = f"P = {text.number(100 * level, 6)} %"
            handles.append(Line2D([], [], color=style.INK, linestyle=line, linewidth=width, label=name))
    difference = data["difference"].values.T
    if target == "mean" and difference.min() < 0 < difference.max():
        axes.contour(
            x, y, difference, levels=[0.0], colors=[style.VERMILLION], linestyles=["-."], linewidths=[2.0]
        )
        handles.append(
            Line2D([], [], color=style.VERMILLION, linestyle="-.", linewidth=2.0, label="mean costs equal")
        )
    return handles


def _own(axes: Axes, data: xr.Dataset) -> list[Line2D | Rectangle]:
    """The scenario's own medians, and the box of the middle 80 % of each input."""
    low, high = (data["prior_quantile"].sel(quantile=level).values for level in (0.1, 0.9))
    # a white rim keeps the dark line apart from whatever is beneath it, in grey too
    rim = [withStroke(linewidth=4.0, foreground="white")]
    look: Any = {"fill": False, "edgecolor": style.INK, "linewidth": 1.6}
    axes.add_patch(Rectangle((low[0], low[1]), *(high - low), path_effects=rim, **look))
    x, y = data["median"].values
    dot: Any = {"marker": "o", "markersize": 7, "markerfacecolor": "white", "markeredgecolor": style.INK}
    axes.plot(
        [x], [y], linestyle="none", markeredgewidth=1.8, zorder=5, path_effects=rim, clip_on=False, **dot
    )
    return [
        Line2D([], [], linestyle="none", markeredgewidth=1.8, label="medians", **dot),
        Rectangle((0, 0), 1, 1, label="middle 80 % of each", **look),
    ]
