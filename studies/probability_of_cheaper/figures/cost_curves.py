"""How much each strategy may cost: S-curves of the chance to stay below, P10, P50 and P90 marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributions import shape, text
from studies.shared import style
from studies.shared.names import labels_in

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.results.labelled import Labelled

MARKED = ((0.1, "v"), (0.5, "o"), (0.9, "^"))


@style.styled
def draw(data: Labelled) -> Figure:
    """S-curves of the present-value cost of every strategy, from `cost_cdf_value` and `cost_quantile`."""
    label = style.labeller(labels_in(data.attrs))
    a, b = style.pair(data)
    quantiles = data["cost_quantile"]
    median = {str(s): float(quantiles.sel(strategy=s, quantile=0.5)) for s in data["strategy"].values}
    cheap, dear = (a, b) if median[a] <= median[b] else (b, a)
    figure = style.canvas(
        f"At the median {label(cheap)} costs {text.money(median[cheap])}, "
        f"{label(dear)} {text.money(median[dear])}",
        f"Chance that the cost over {text.count(int(data.attrs['horizon_months']), 'month')} stays "
        f"below an amount",
        data,
    )
    axes = style.panel(figure, right=3.5)
    levels = data["level"].values
    for name in data["strategy"].values:
        curve = data["cost_cdf_value"].sel(strategy=name).values
        look = style.look(str(name))
        axes.plot(
            curve, levels, color=look.colour, linestyle=look.line, linewidth=2.4 if name in (a, b) else 1.5
        )
        marks = [float(quantiles.sel(strategy=name, quantile=q)) for q, _ in MARKED]
        for (q, marker), at in zip(MARKED, marks, strict=True):
            axes.plot([at], [q], marker, color=look.colour, markeredgecolor="white", markersize=6.5, zorder=3)
    across = shape.axis([shape.Quantiles(levels, curve) for curve in data["cost_cdf_value"].values])
    low, high = across.low, across.high
    # A line at the very edge, of a cost that is certain, stays visible.
    if across.logarithmic:
        axes.set_xscale("log")
        axes.set_xlim(low * (low / high) ** 0.01, high * (high / low) ** 0.01)
    else:
        axes.set_xlim(low - 0.01 * (high - low), high + 0.01 * (high - low))
    style.money_axis(axes.xaxis, 5)
    if across.logarithmic:
        style.log_axis(axes.xaxis, low, high)
    axes.set_ylim(0, 1)
    style.percent_axis(axes.yaxis)
    axes.set_yticks([0, 0.1, 0.25, 0.5, 0.75, 0.9, 1])
    axes.grid(axis="y")
    axes.set_xlabel("Present-value cost (USD)")
    axes.set_ylabel("Chance of costing less")
    _key(figure, data, median)
    return figure


def _key(figure: Figure, data: Labelled, median: dict[str, float]) -> None:
    """The curves' names with their three percentiles, the cheapest at the median on top."""
    label = style.labeller(labels_in(data.attrs))
    axes = style.panel(figure, left=style.SIZE[0] - 3.35, right=0.15)
    axes.set_axis_off()
    axes.set_xlim(0, 3.2)
    height = axes.get_position().height * style.SIZE[1]
    axes.set_ylim(height, 0)
    columns = (1.95, 2.55, 3.15)
    for at, (quantile, marker) in zip(columns, MARKED, strict=True):
        axes.text(at, 0.2, text.level(quantile), ha="right", va="center", size=8, color=style.FAINT)
        axes.plot([at - 0.3], [0.2], marker, color=style.FAINT, markersize=5)
    for row, name in enumerate(sorted(median, key=lambda name: median[name])):
        y = 0.52 + 0.42 * row
        look = style.look(name)
        axes.plot([0, 0.32], [y, y], color=look.colour, linestyle=look.line)
        bold = "bold" if name in style.pair(data) else "normal"
        words = style.wrap(style.drawable(label(name)), 8, 1.15, bold=bold == "bold")
        axes.text(0.4, y, "\n".join(words), va="center", size=8, weight=bold, linespacing=1.05)
        for at, (quantile, _) in zip(columns, MARKED, strict=True):
            value = float(data["cost_quantile"].sel(strategy=name, quantile=quantile))
            axes.text(at, y, text.money(value), ha="right", va="center", size=8, weight=bold)
