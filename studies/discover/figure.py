"""In which futures a strategy is cheaper: the trajectory of boxes, and the box in its two strongest inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from distributions import text
from studies.shared import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

    from studies.discover.record import Discovery

SHOWN = 1500
"""Draws on the right."""
BESIDE = 0.3
"""How far draws of a discrete input are spread about its value, as a share of the way to the next."""
SPREAD = 10.0
"""A positive input whose P95 is so many times its P05 is drawn on a logarithmic axis."""


@style.styled
def draw(discovery: Discovery) -> Figure:
    """Density against coverage on the left, draws and the first box on the right (see `studies.discover.find`)."""
    others = len(discovery.boxes[0].limits) - 2 if discovery.boxes else 0
    figure = style.canvas(
        discovery.headline(),
        "Left: boxes peeled ever smaller, counted on draws that took no part in fitting. Right: some of these draws"
        + (f" (of those within the other {text.count(others, 'limit')} of the box)" if others > 0 else ""),
        discovery,
    )
    half = style.SIZE[0] / 2
    _trajectory(style.panel(figure, left=0.85, right=half + 0.15), discovery)
    _scatter(style.panel(figure, left=half + 0.7, right=0.25), discovery)
    return figure


def _trajectory(axes: Axes, discovery: Discovery) -> None:
    steps = discovery.trajectory
    coverage, density = [step.coverage for step in steps], [step.density for step in steps]
    axes.plot(
        coverage, [step.density_fitted for step in steps], color=style.GREY, linewidth=1, linestyle=(0, (4, 2)),
        label="on the draws it was fitted to",
    )  # fmt: skip
    axes.plot(
        coverage, density, color=style.BLUE, linewidth=1.2, marker="o", markersize=3, label="on the other half",
    )  # fmt: skip
    target = discovery.target_density
    axes.axhline(target, color=style.INK, linewidth=0.8, linestyle=(0, (1, 1.5)))
    axes.annotate(
        f"target {text.number(100 * target, 4)} %", (0.0, target), xytext=(2, 2), textcoords="offset points", size=7.5,
        color=style.FAINT,
    )  # fmt: skip
    for box in discovery.boxes[:1]:
        axes.plot(
            box.coverage.estimate, box.density.estimate, linestyle="none", marker="*", markersize=15,
            color=style.VERMILLION, markeredgecolor="white", label="the box",
        )  # fmt: skip
    low = float(np.nanmin([*density, discovery.base.estimate]))
    room = max(1.0 - low, 0.002)
    axes.set_ylim(low - 0.08 * room, max(1.0, target) + 0.08 * room)
    axes.set_xlim(-0.03, 1.05)
    for axis in (axes.xaxis, axes.yaxis):
        style.percent_axis(axis)
    axes.grid()
    axes.set_xlabel("coverage: share of all wins")
    axes.set_ylabel("density: share that wins")
    axes.legend(loc="best", frameon=False, fontsize=7.5)


def _scatter(axes: Axes, discovery: Discovery) -> None:
    sample, wins, box = discovery.sample, discovery.sample_wins, next(iter(discovery.boxes), None)
    across, up = _two(discovery)
    shown = np.ones(wins.size, dtype=bool)
    for limit in box.limits if box else ():
        if limit.row not in (across, up):
            shown &= ~(sample[:, limit.row] < limit.low) & ~(sample[:, limit.row] > limit.high)
    shown &= np.cumsum(shown) <= SHOWN
    sample = _apart(discovery, (across, up))
    looks = [(wins <= 0.5, "x", style.ORANGE, "does not win"), (wins > 0.5, "o", style.BLUE, "wins")]
    # the rarer ones on top
    for kind, marker, colour, label in sorted(looks, key=lambda look: -int(look[0].sum())):
        at = shown & kind
        axes.scatter(
            sample[at, across], sample[at, up], s=7 if marker == "o" else 16, marker=marker, color=colour,
            linewidths=0.0 if marker == "o" else 1.0, alpha=0.45 if marker == "o" else 0.9, label=label,
        )  # fmt: skip
    for axis, row in ((axes.xaxis, across), (axes.yaxis, up)):
        _scale(axes, axis, sample[:, row])
        if discovery.discrete[row]:
            axis.set_ticks([float(value) for value in np.unique(discovery.sample[:, row])])
    if box:
        _outline(axes, discovery, across, up)
    for row, put in ((across, axes.set_xlabel), (up, axes.set_ylabel)):
        unit = discovery.units[row]
        put(style.drawable(discovery.inputs[row] + ("" if unit in (None, "1") else f" ({unit})")))
    axes.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False, fontsize=7.5, handletextpad=0.1,
        borderaxespad=0.0, columnspacing=1.0,
    )  # fmt: skip


def _two(discovery: Discovery) -> tuple[int, int]:
    """The box's two strongest inputs; for those it lacks, the ones most related to winning in rank."""
    rows = [limit.row for box in discovery.boxes[:1] for limit in box.strongest]
    ranks = np.argsort(np.argsort(discovery.sample, axis=0), axis=0).astype(float)
    wins = discovery.sample_wins - discovery.sample_wins.mean()
    related = np.abs((ranks - ranks.mean(axis=0)).T @ wins)
    rest = [int(row) for row in np.argsort(-related, kind="stable") if row not in rows]
    first, second = [*rows, *rest, *rows, *rest][:2]
    return first, second


def _beside(discovery: Discovery, row: int) -> float:
    values = np.unique(discovery.sample[:, row])
    return BESIDE * float(np.diff(values).min()) if values.size > 1 else 0.0


def _apart(discovery: Discovery, rows: tuple[int, int]) -> NDArray[np.float64]:
    """The draws with those of discrete inputs spread about their values, or they would lie on one another."""
    spread = discovery.sample.copy()
    for row in rows:
        if discovery.discrete[row]:
            # multiples of the golden ratio spread evenly and need no generator
            spread[:, row] += _beside(discovery, row) * (2 * (np.arange(len(spread)) * 0.6180339887 % 1) - 1)
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


def _outline(axes: Axes, discovery: Discovery, across: int, up: int) -> None:
    """The first box in these two inputs; where it has no limit it runs to the edge."""
    ends, limits = [], {limit.row: (limit.low, limit.high) for limit in discovery.boxes[0].limits}
    for row, view in ((across, axes.get_xlim()), (up, axes.get_ylim())):
        low, high = limits.get(row, (np.nan, np.nan))
        if discovery.discrete[row]:
            beside = 1.2 * _beside(discovery, row)
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
