"""In which futures a strategy is cheaper: the trajectory of boxes, and the box in its two strongest inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from distributions import text
from studies.discover import box_words
from studies.shared import style

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

SHOWN = 1500
"""Draws on the right."""
BESIDE = 0.3
"""How far draws of a discrete input are spread about its value, as a share of the way to the next."""
SPREAD = 10.0
"""A positive input whose P95 is so many times its P05 is drawn on a logarithmic axis."""


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """Density against coverage on the left, draws and the first box on the right (see `studies.discover.find`)."""
    found = data.sizes["box"] > 0
    title = box_words.headline(data)
    others = len(box_words.rows(data, 0)) - 2 if found else 0
    figure = style.canvas(
        title,
        "Left: boxes peeled ever smaller, counted on draws that took no part in fitting. Right: some of these draws"
        + (f" (of those within the other {text.count(others, 'limit')} of the box)" if others > 0 else ""),
        data,
    )
    half = style.SIZE[0] / 2
    _trajectory(style.panel(figure, left=0.85, right=half + 0.15), data)
    _scatter(style.panel(figure, left=half + 0.7, right=0.25), data)
    return figure


def _trajectory(axes: Axes, data: xr.Dataset) -> None:
    coverage, density = data["step_coverage"].values, data["step_density"].values
    axes.plot(
        coverage, data["step_density_fitted"].values, color=style.GREY, linewidth=1, linestyle=(0, (4, 2)),
        label="on the draws it was fitted to",
    )  # fmt: skip
    axes.plot(
        coverage, density, color=style.BLUE, linewidth=1.2, marker="o", markersize=3, label="on the other half",
    )  # fmt: skip
    base, target = float(data["base"]), float(data.attrs["target_density"])
    axes.axhline(target, color=style.INK, linewidth=0.8, linestyle=(0, (1, 1.5)))
    axes.annotate(
        f"target {text.number(100 * target, 4)} %", (0.0, target), xytext=(2, 2), textcoords="offset points", size=7.5,
        color=style.FAINT,
    )  # fmt: skip
    if data.sizes["box"]:
        axes.plot(
            float(data["coverage"][0]), float(data["density"][0]), linestyle="none", marker="*", markersize=15,
            color=style.VERMILLION, markeredgecolor="white", label="the box",
        )  # fmt: skip
    low = float(np.nanmin([*density, base]))
    room = max(1.0 - low, 0.002)
    axes.set_ylim(low - 0.08 * room, max(1.0, target) + 0.08 * room)
    axes.set_xlim(-0.03, 1.05)
    for axis in (axes.xaxis, axes.yaxis):
        style.percent_axis(axis)
    axes.grid()
    axes.set_xlabel("coverage: share of all wins")
    axes.set_ylabel("density: share that wins")
    axes.legend(loc="best", frameon=False, fontsize=7.5)


def _scatter(axes: Axes, data: xr.Dataset) -> None:
    sample, wins = data["sample"].values, data["sample_wins"].values
    across, up = _two(data)
    shown = np.ones(wins.size, dtype=bool)
    if data.sizes["box"]:
        for row in set(box_words.rows(data, 0)) - {across, up}:
            low, high = (float(data[end][0, row]) for end in ("low", "high"))
            shown &= ~(sample[:, row] < low) & ~(sample[:, row] > high)
    shown &= np.cumsum(shown) <= SHOWN
    sample = _apart(data, sample, (across, up))
    looks = [(wins <= 0.5, "x", style.ORANGE, "does not win"), (wins > 0.5, "o", style.BLUE, "wins")]
    # the rarer ones on top
    for worth, marker, colour, label in sorted(looks, key=lambda look: -int(look[0].sum())):
        at = shown & worth
        axes.scatter(
            sample[at, across], sample[at, up], s=7 if marker == "o" else 16, marker=marker, color=colour,
            linewidths=0.0 if marker == "o" else 1.0, alpha=0.45 if marker == "o" else 0.9, label=label,
        )  # fmt: skip
    for axis, row in ((axes.xaxis, across), (axes.yaxis, up)):
        _scale(axes, axis, sample[:, row])
        if bool(data["discrete"][row]):
            axis.set_ticks([float(value) for value in np.unique(data["sample"].values[:, row])])
    if data.sizes["box"]:
        _outline(axes, data, across, up)
    names, units = data["input"].values, data["unit"].values if "unit" in data.coords else None
    for row, put in ((across, axes.set_xlabel), (up, axes.set_ylabel)):
        unit = "" if units is None or units[row] == "1" else f" ({units[row]})"
        put(style.drawable(f"{names[row]}{unit}"))
    axes.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False, fontsize=7.5, handletextpad=0.1,
        borderaxespad=0.0, columnspacing=1.0,
    )  # fmt: skip


def _two(data: xr.Dataset) -> tuple[int, int]:
    """The box's two strongest inputs; for those it lacks, the ones most related to winning in rank."""
    rows = box_words.strongest(data) if data.sizes["box"] else []
    ranks = np.argsort(np.argsort(data["sample"].values, axis=0), axis=0).astype(float)
    wins = data["sample_wins"].values - data["sample_wins"].values.mean()
    related = np.abs((ranks - ranks.mean(axis=0)).T @ wins)
    rest = [int(row) for row in np.argsort(-related, kind="stable") if row not in rows]
    first, second = [*rows, *rest, *rows, *rest][:2]
    return first, second


def _beside(data: xr.Dataset, row: int) -> float:
    values = np.unique(data["sample"].values[:, row])
    return BESIDE * float(np.diff(values).min()) if values.size > 1 else 0.0


def _apart(data: xr.Dataset, sample: NDArray[np.float64], rows: tuple[int, int]) -> NDArray[np.float64]:
    """The draws with those of discrete inputs spread about their values, or they would lie on one another."""
    spread = sample.copy()
    for row in rows:
        if bool(data["discrete"][row]):
            # multiples of the golden ratio spread evenly and need no generator
            spread[:, row] += _beside(data, row) * (2 * (np.arange(len(sample)) * 0.6180339887 % 1) - 1)
    return spread


def _scale(axes: Axes, axis: Axis, values: NDArray[np.float64]) -> None:
    """A logarithmic axis for what spreads over orders of magnitude; outermost draws are left out of view."""
    low, high = (float(q) for q in np.quantile(values, [0.002, 0.998]))
    p05, p95 = np.quantile(values, [0.05, 0.95])
    across = axis is axes.xaxis
    wide = low > 0 and p95 > SPREAD * p05
    if wide:
        (axes.set_xscale if across else axes.set_yscale)("log")
        style.log_axis(axis, low, high)
        margin = (high / low) ** 0.04
        limits = (low / margin, high * margin)
    else:
        margin = 0.04 * (high - low) or 1.0
        limits = (low - margin, high + margin)
    (axes.set_xlim if across else axes.set_ylim)(*limits)
    axis.set_major_formatter(style.number_formatter())


def _outline(axes: Axes, data: xr.Dataset, across: int, up: int) -> None:
    """The first box in these two inputs; where it has no limit it runs to the edge."""
    ends = []
    for row, view in ((across, axes.get_xlim()), (up, axes.get_ylim())):
        low, high = (float(data[end][0, row]) for end in ("low", "high"))
        if bool(data["discrete"][row]):
            beside = 1.2 * _beside(data, row)
            low, high = low - beside, high + beside
        ends.append((view[0] if np.isnan(low) else low, view[1] if np.isnan(high) else high))
    (left, right), (bottom, top) = ends
    axes.plot(
        [left, right, right, left, left], [bottom, bottom, top, top, bottom], color=style.INK, linewidth=2.2,
        solid_joinstyle="miter", clip_on=True,
    )  # fmt: skip
    axes.fill(
        [left, right, right, left], [bottom, bottom, top, top], color=style.INK, alpha=0.06, linewidth=0
    )
