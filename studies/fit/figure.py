"""Quantiles of measurements against those of the distribution fitted to them: on the diagonal they agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from distributions import shape, text
from sim.results.labelled import LabelledArrays
from studies.shared import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from studies.fit.analysis import Report

MOST_POINTS = 600


class Points(NamedTuple):
    """By point: the value measured, the fit's quantile there, and the 95 % range of samples of the fit."""

    value: NDArray[np.float64]
    fitted: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def points(report: Report) -> Points:
    """What is drawn of a report.

    The k-th of n values has the level (k - ½)/n; of n draws of a distribution its level is beta distributed with k and
    n + 1 - k (David & Nagaraja 2003), which gives the range. Of many values the points are thinned, the ends kept.
    """
    from scipy.special import betaincinv

    distribution, n = report.distribution, report.values.size
    assert distribution is not None
    k = np.arange(1, n + 1)
    if n > MOST_POINTS:
        even = np.linspace(1, n, MOST_POINTS - 100).round().astype(int)
        k = np.unique(np.concatenate([k[:50], even, k[-50:]]))
    levels = ((k - 0.5) / n, *(betaincinv(k, n + 1 - k, q) for q in (0.025, 0.975)))
    return Points(report.values[k - 1], *(np.asarray(distribution.ppf(level)) for level in levels))


@style.styled
def draw(report: Report, column: str, unit: str, file: str) -> Figure:
    """Points of `value` over `fitted` with the diagonal and the 95 % range, on the axis that `shape` gives the fit."""
    value, fitted, low, high = points(report)
    footer = LabelledArrays(
        {},
        attrs={
            "title": f"{file}, {column}",
            "sources": f"n = {report.values.size:,}; fitted by maximum likelihood",
        },
    )
    column = text.clean(column, 40)
    out = int(np.sum((value < low) | (value > high)))
    inside = f"all {value.size} points" if not out else f"{value.size - out} of {value.size} points"
    if report.best:
        title = f"{column} follows {report.name}: {inside} lie in its 95 % range"
    elif report.mixture:
        title = f"{column} follows two parts and no single family: {inside} lie in their 95 % range"
    else:
        title = f"{column} follows no usual family: only {inside} lie in the 95 % range of the nearest, {report.name}"
    figure = style.canvas(
        title, "Points on the line: the data have the quantiles of the fit. Band: 95 % of its samples, point by point",
        footer,
    )  # fmt: skip
    axes = style.panel(figure, left=0.95, right=0.35)
    ends = np.concatenate([value, fitted])
    assert report.distribution is not None
    if shape.axis([report.distribution], [*report.values[[0, -1]], *fitted[[0, -1]]]).logarithmic:
        axes.set_xscale("log")
        axes.set_yscale("log")
        for axis in (axes.xaxis, axes.yaxis):
            style.log_axis(axis, float(ends.min()), float(ends.max()))
            axis.set_major_formatter(lambda x, _: text.number(x, 3))
    axes.fill_between(fitted, low, high, color=style.SKY, alpha=0.35, linewidth=0, label="95 % range")
    axes.plot(fitted[[0, -1]], fitted[[0, -1]], color=style.INK, linewidth=1, label="equal quantiles")
    axes.plot(fitted, value, "o", markersize=3.5, color=style.VERMILLION, markeredgewidth=0, label="measured")
    axes.grid(True)
    counted = f" ({style.drawable(unit)})" if unit and unit != "1" else ""
    axes.set_xlabel(f"Quantile of the fit{counted}")
    axes.set_ylabel(f"Measured{counted}")
    axes.legend(loc="upper left", frameon=False, fontsize=8)
    return figure
