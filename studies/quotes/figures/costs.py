"""What each quote costs beside what the scenario would pay without it: P05 to P95, the middle half, the median."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributions import text
from studies.shared import style
from studies.shared.names import labels_in

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.results.labelled import Labelled


@style.styled
def draw(data: Labelled) -> Figure:
    """A row an alternative: `cost_quantiles` of quotes (filled) and of strategies at the scenario's prices (open)."""
    label = style.labeller(labels_in(data.attrs))
    vendors = [str(name) for name in data["quote"].values]
    cheaper = dict(zip(vendors, map(float, data["probability_cheaper"].values), strict=True))
    baseline = dict(zip(vendors, map(str, data["baseline"].values), strict=True))
    best = max(vendors, key=lambda name: cheaper[name])
    share = text.percent(cheaper[best], 1)
    if cheaper[best] < 0.5:
        title = f"No quote is probably cheaper than going without; {style.drawable(best)} is in {share} of futures"
    else:
        without = f"{label(baseline[best])} without a quote"
        title = f"{style.drawable(best)} is cheaper than {without} in {share} of futures"
    order = [*vendors, *(str(name) for name in data["alternative"].values if str(name) not in vendors)]
    explained = "Present-value cost in the same draws: P05 to P95 (line), P25 to P75 (bar), median (mark)"
    figure = style.canvas(title, explained, data, height=max(3.2, 1.9 + 0.36 * len(order)))
    labels = [
        f"{style.drawable(name, 34)} ({text.percent(cheaper[name], 1)} cheaper)"
        if name in cheaper
        else f"{label(name)}, no quote"
        for name in order
    ]
    longest = max(style.text_inches(label, 8.5) for label in labels)
    axes = style.panel(figure, left=min(3.6, longest + 0.3), right=0.35)
    for row, name in enumerate(order):
        low, quarter, middle, three, high = (
            float(data["cost_quantiles"].sel(alternative=name, quantile=level))
            for level in (0.05, 0.25, 0.5, 0.75, 0.95)
        )
        colour = style.BLUE if name in cheaper else style.FAINT
        axes.plot([low, high], [row, row], color=colour, linewidth=1.2, solid_capstyle="butt")
        axes.barh(
            row, three - quarter, left=quarter, height=0.5, color=colour if name in cheaper else "white",
            edgecolor=colour, linewidth=1.2,
        )  # fmt: skip
        axes.plot(
            [middle],
            [row],
            marker="|",
            markersize=13,
            markeredgewidth=2,
            color="white" if name in cheaper else colour,
        )
    axes.set_yticks(range(len(order)), labels, size=8.5)
    axes.set_ylim(len(order) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(left=0.0)
    style.money_axis(axes.xaxis)
    axes.grid(axis="x")
    axes.set_xlabel(f"Present-value cost over {text.count(int(data.attrs['horizon_months']), 'month')} (USD)")
    return figure
