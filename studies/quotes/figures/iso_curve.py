"""Two terms of a quote at once: the pairs at which it is as probably cheaper as is wanted, to bring to the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from distributions import text
from studies.shared import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.results.labelled import Labelled


@style.styled
def draw(data: Labelled) -> Figure:
    """`iso_second` over `place` with its 95 % interval; a cross where the quote stands."""
    first, second = data["place"].values, data["iso_second"].values
    low, high = data["iso_ci"].values.T
    terms, units, quoted = (data.attrs[f"iso_{name}"] for name in ("terms", "units", "quoted"))
    target = text.percent(float(data.attrs["target"]))
    finite = np.isfinite(second)
    vendor = style.drawable(str(data.attrs["iso_quote"]))
    if finite.any():
        at = float(np.interp(np.log(quoted[0]), np.log(first[finite]), second[finite]))
        price = text.number(at, 3)
        title = f"With {terms[0]} as quoted, {vendor} is cheaper in {target} of futures at {terms[1]} {price}"
    else:
        title = f"No pair of {terms[0]} and {terms[1]} makes {vendor} cheaper in {target} of futures"
    explained = (
        f"Pairs at which P(cheaper) is {target}; above and right of the curve it is less. Cross: as quoted"
    )
    figure = style.canvas(title, explained, data)
    axes = style.panel(figure, left=1.1)
    known = finite & np.isfinite(low) & np.isfinite(high)
    axes.fill_between(first[known], low[known], high[known], color=style.SKY, alpha=0.35, linewidth=0)
    axes.plot(first[finite], second[finite], color=style.BLUE, marker="o", markersize=3)
    axes.plot([quoted[0]], [quoted[1]], marker="X", color=style.VERMILLION, markersize=9, linestyle="none")
    axes.annotate(
        "as quoted",
        (quoted[0], quoted[1]),
        (7, 5),
        textcoords="offset points",
        size=8,
        color=style.VERMILLION,
    )
    axes.set_xscale("log")
    axes.set_xlim(float(first[0]), float(first[-1]))
    for axis, term, unit in zip((axes.xaxis, axes.yaxis), terms, units, strict=True):
        axis.set_major_formatter(style.number_formatter())
        axis.set_minor_formatter("")
        axis.set_label_text(f"{term} ({unit})")
    style.log_axis(axes.xaxis, float(first[0]), float(first[-1]))
    axes.set_ylim(bottom=0.0)
    axes.grid()
    return figure
