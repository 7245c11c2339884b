"""When one strategy becomes the cheaper: P(cheaper so far) after each month, with its 95 % band."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from distributions import text
from studies.probability_of_cheaper.finding import pair
from studies.shared import style
from studies.shared.names import labels_in

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.results.labelled import Labelled


@style.styled
def draw(data: Labelled) -> Figure:
    """P that a's cumulative discounted cost is below b's, by month, from `probability_cheaper_by_month`."""
    a, b = style.pair(data)
    months = data["month"].values
    by_month = data["probability_cheaper_by_month"].sel(strategy=a, other=b).values
    band = data["probability_cheaper_by_month_ci"].sel(strategy=a, other=b).values
    final = float(by_month[-1])
    interval = band[-1].tolist()
    ties = float(data["tie_share"].sel(strategy=a, other=b))
    figure = style.canvas(
        pair(a, b, final, interval, ties, brief=True, labels=labels_in(data.attrs)),
        _when(by_month, months) + " Band: 95 % interval of the estimate.",
        data,
    )
    axes = style.panel(figure, right=1.1)
    look = style.of(data)[a]
    axes.axhline(0.5, color=style.FAINT, linewidth=0.8, linestyle=(0, (2, 2)))
    axes.fill_between(months, band[:, 0], band[:, 1], color=look.colour, alpha=0.25, linewidth=0)
    few = len(months) <= 40
    axes.plot(months, by_month, color=look.colour, marker="o" if few else "", markersize=4, clip_on=False)
    axes.set_xlim(months[0], months[-1])
    axes.set_ylim(0, 1)
    style.percent_axis(axes.yaxis)
    style.month_axis(axes.xaxis, months)
    axes.grid(axis="y")
    axes.set_xlabel("Months of operation (0: set-up alone)")
    axes.set_ylabel("Chance of having cost less so far")
    ends = [(final, text.probability(final, interval), look.ink)]
    ends.append((0.5, "even chance", style.FAINT))
    style.end_labels(axes, ends)
    return figure


def _when(by_month: NDArray[np.float64], months: NDArray[np.int64]) -> str:
    """In words, from which month on the chance stays above one half."""
    ahead = by_month > 0.5
    if ahead.all():
        return "It is the likelier to be cheaper from the start."
    if not ahead.any():
        return f"It is never the likelier to be cheaper within {text.count(int(months[-1]), 'month')}."
    if not ahead[-1]:
        return "It is ahead for a while, but no longer at the end."
    since = int(months[len(ahead) - int(ahead[::-1].argmin())])
    return f"It is the likelier to be cheaper from month {since} on."
