"""P(cheaper) over the values of two inputs: a map with contours, the scenario's own place and rules of thumb."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from studies import text
from studies.figures import style

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

LEVELS = (0.1, 0.5, 0.9)
LINES = {0.1: ":", 0.5: "-", 0.9: "--"}
SHADES = LinearSegmentedColormap.from_list("probability", ["#ffffff", "#b9d3ea", "#4d8fc4"])
"""From white to a blue that still shows dark lines: its lightness falls all the way, so that grey reads the same."""


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """P(a cheaper than b) over both inputs (see `studies.solve.surface`)."""
    a, b = (text.label(str(data.attrs[end])) for end in ("a", "b"))
    keys = [str(data.attrs[dim]) for dim in ("first", "second")]
    units = [str(unit) for unit in data.attrs.get("units", ["1", "1"])]
    share = float(data["probability_at_median"])
    rules = _rules(data, 0) or _rules(data, 1)
    figure = style.canvas(
        f"{a} is cheaper than {b} in {text.percent(share)} of futures at the medians; {_where(data)}",
        "Both inputs held at each place, all others varying"
        + ("; dash-dotted: where published documents say it tips" if rules else ""),
        data,
    )
    axes = style.panel(figure, left=0.85, right=2.3)
    x, y, p = data["first"].values, data["second"].values, data["probability"].values.T
    for axis, dim in ((axes.xaxis, "first"), (axes.yaxis, "second")):
        _scale(axes, axis, dim, data)
    mesh = axes.pcolormesh(x, y, p, cmap=SHADES, vmin=0.0, vmax=1.0, shading="gouraud", rasterized=True)
    handles = _contours(axes, data, p)
    axes.set_xlim(float(x[0]), float(x[-1]))
    axes.set_ylim(float(y[0]), float(y[-1]))
    handles += _own(axes, data)
    for k, along in ((0, axes.axvline), (1, axes.axhline)):
        for value, source in _rules(data, k).items():
            along(value, color=style.INK, linewidth=0.9, linestyle=(0, (6, 2, 1, 2)))
            _name(axes, k, value, source)
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
        bbox_to_anchor=(1.01, 1.02),
        frameon=False,
        fontsize=8,
        handlelength=2.6,
    )
    for name, key, unit in (("x", keys[0], units[0]), ("y", keys[1], units[1])):
        getattr(axes, f"set_{name}label")(style.drawable(key if unit == "1" else f"{key} ({unit})"))
    return figure


def _where(data: xr.Dataset) -> str:
    """Whether the answer tips where the inputs are likely to be, elsewhere on the map, or nowhere on it."""
    above = data["probability"].values > 0.5
    if above.all() or not above.any():
        return "nowhere here does it tip"
    low, high = (data["prior_quantile"].sel(quantile=level).values for level in (0.1, 0.9))
    first, second = (
        (data[dim].values >= low[k]) & (data[dim].values <= high[k])
        for k, dim in enumerate(("first", "second"))
    )
    within = above[np.ix_(first, second)]
    tips = within.size > 0 and not within.all() and within.any()
    return f"it tips {'within' if tips else 'outside'} their likely ranges"


def _scale(axes: Axes, axis: Axis, dim: str, data: xr.Dataset) -> None:
    values = data[dim].values
    if data.attrs[f"{dim}_log"]:
        (axes.set_xscale if dim == "first" else axes.set_yscale)("log")
        style.log_axis(axis, float(values[0]), float(values[-1]))
    style.number_axis(axis)


def _contours(axes: Axes, data: xr.Dataset, p: np.ndarray) -> list[Line2D]:
    """Lines of equal probability, and of a target that is none of the usual levels; those that are on the map."""
    looks: dict[float, tuple[str, float]] = {
        level: (LINES[level], 2.0 if level == 0.5 else 1.3) for level in LEVELS
    }
    target = data.attrs.get("target", 0.5)
    if target != "mean" and target not in looks:
        looks[float(target)] = ("-.", 2.0)
    handles = []
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
    width, height = high - low
    look = {"fill": False, "edgecolor": style.VERMILLION, "linewidth": 1.6}
    axes.add_patch(Rectangle((low[0], low[1]), width, height, **look))
    x, y = data["median"].values
    dot = {"marker": "o", "markersize": 7, "markerfacecolor": "white", "markeredgecolor": style.VERMILLION}
    axes.plot([x], [y], linestyle="none", markeredgewidth=1.8, zorder=5, **dot)
    return [
        Line2D([], [], linestyle="none", markeredgewidth=1.8, label="medians", **dot),
        Rectangle((0, 0), 1, 1, label="middle 80 % of each", **look),
    ]


def _rules(data: xr.Dataset, k: int) -> dict[float, str]:
    """Volumes that published documents name and who does, where this axis has them."""
    dim = ("first", "second")[k]
    if "rule_value" not in data or data.attrs[dim] != "workload.queries_per_month":
        return {}
    return style.rules_of_thumb(data, float(data[dim][0]), float(data[dim][-1]))


def _name(axes: Axes, k: int, value: float, source: str) -> None:
    words = style.drawable(f" {text.money(value)[1:]} · {source} ")
    look = {
        "size": 6.5,
        "color": style.INK,
        "bbox": {"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 0.5},
    }
    if k == 0:
        axes.text(
            value,
            0.985,
            words,
            transform=axes.get_xaxis_transform(),
            rotation=90,
            ha="center",
            va="top",
            **look,
        )
    else:
        axes.text(0.985, value, words, transform=axes.get_yaxis_transform(), ha="right", va="center", **look)
