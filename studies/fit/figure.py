"""Quantiles of measurements against those of the law fitted to them: on the diagonal they agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from distributions import shape, text
from studies.shared import style

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from studies.fit.analysis import Report

MOST_POINTS = 600


def dataset(report: Report, column: str, unit: str, file: str) -> xr.Dataset:
    """Dims `point`: value measured, the law's quantile there, and the pointwise 95 % range of samples of the law.

    The k-th of n values has the level (k - ½)/n; of n draws of a law its level is beta distributed with k and
    n + 1 - k (David & Nagaraja 2003), which gives the range. Of many values the points are thinned, the ends kept.
    """
    import xarray as xr
    from scipy.special import betaincinv

    law = report.law
    assert law is not None
    n = report.values.size
    k = np.arange(1, n + 1)
    if n > MOST_POINTS:
        even = np.linspace(1, n, MOST_POINTS - 100).round().astype(int)
        k = np.unique(np.concatenate([k[:50], even, k[-50:]]))
    low, high = (law.ppf(betaincinv(k, n + 1 - k, q)) for q in (0.025, 0.975))
    fitted = np.asarray(law.ppf((k - 0.5) / n))
    name = report.best.name if report.best else "two parts" if report.mixture else report.families[0].name
    return xr.Dataset(
        {
            "value": ("point", report.values[k - 1]),
            "fitted": ("point", fitted),
            "low": ("point", np.asarray(low)),
            "high": ("point", np.asarray(high)),
        },
        attrs={
            "title": f"{file}, {column}",
            "sources": f"n = {n:,}; fitted by maximum likelihood",
            "column": column,
            "unit": unit,
            "law": name,
            "logarithmic": int(shape.axis([law], [*report.values[[0, -1]], *fitted[[0, -1]]]).logarithmic),
            "verdict": "fits" if report.best else "parts" if report.mixture else "none",
        },
    )


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """Points of `value` over `fitted` with the diagonal and the 95 % range, on the axis that `shape` gives the fit."""
    law, column = str(data.attrs["law"]), text.clean(str(data.attrs["column"]), 40)
    value, fitted = data["value"].values, data["fitted"].values
    out = int(np.sum((value < data["low"].values) | (value > data["high"].values)))
    inside = f"all {value.size} points" if not out else f"{value.size - out} of {value.size} points"
    title = {
        "fits": f"{column} follows {law}: {inside} lie in its 95 % range",
        "parts": f"{column} follows two parts and no single family: {inside} lie in their 95 % range",
        "none": f"{column} follows no usual family: only {inside} lie in the 95 % range of the nearest, {law}",
    }[str(data.attrs["verdict"])]
    figure = style.canvas(
        title, "Points on the line: the data have the quantiles of the fit. Band: 95 % of its samples, point by point",
        data,
    )  # fmt: skip
    axes = style.panel(figure, left=0.95, right=0.35)
    ends = np.concatenate([value, fitted])
    if data.attrs["logarithmic"]:
        axes.set_xscale("log")
        axes.set_yscale("log")
        for axis in (axes.xaxis, axes.yaxis):
            style.log_axis(axis, float(ends.min()), float(ends.max()))
            axis.set_major_formatter(lambda x, _: text.number(x, 3))
    axes.fill_between(
        fitted,
        data["low"].values,
        data["high"].values,
        color=style.SKY,
        alpha=0.35,
        linewidth=0,
        label="95 % range",
    )
    axes.plot(
        [fitted[0], fitted[-1]],
        [fitted[0], fitted[-1]],
        color=style.INK,
        linewidth=1,
        label="equal quantiles",
    )
    axes.plot(fitted, value, "o", markersize=3.5, color=style.VERMILLION, markeredgewidth=0, label="measured")
    axes.grid(True)
    unit = str(data.attrs["unit"])
    counted = f" ({style.drawable(unit)})" if unit and unit != "1" else ""
    axes.set_xlabel(f"Quantile of the fit{counted}")
    axes.set_ylabel(f"Measured{counted}")
    axes.legend(loc="upper left", frameon=False, fontsize=8)
    return figure
