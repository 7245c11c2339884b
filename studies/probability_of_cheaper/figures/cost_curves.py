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

FEW = 8
"""Strategies up to which the percentiles of each are marked on its curve."""

ROW, ROW_LEAST = 0.42, 0.22
"""Height of a row of the key, and the least of it where there are many; inches."""


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
        height=style.tall(len(median) + 1, ROW_LEAST),
    )
    axes = style.panel(figure, right=3.5 + _more(len(median)))
    levels = data["level"].values
    looks = style.of(data)
    for name in data["strategy"].values:
        curve = data["cost_cdf_value"].sel(strategy=name).values
        look, mine = looks[str(name)], name in (a, b)
        axes.plot(curve, levels, **style.line(look, len(levels)), linewidth=2.4 if mine else 1.5)
        marks = [float(quantiles.sel(strategy=name, quantile=q)) for q, _ in MARKED]
        # Among many, percentiles of all would be a cloud of marks: they stand in the key.
        for (q, marker), at in zip(MARKED, marks, strict=True) if mine or len(median) <= FEW else ():
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


def _more(strategies: int) -> float:
    """Inches that names get where each has one line alone."""
    return 0.0 if strategies <= FEW else 0.5


def _key(figure: Figure, data: Labelled, median: dict[str, float]) -> None:
    """The curves' names with their three percentiles, the cheapest at the median on top."""
    label = style.labeller(labels_in(data.attrs))
    more = _more(len(median))
    axes = style.panel(figure, left=style.SIZE[0] - 3.35 - more, right=0.15)
    axes.set_axis_off()
    axes.set_xlim(0, 3.2 + more)
    height = axes.get_position().height * style.SIZE[1]
    axes.set_ylim(height, 0)
    columns = (1.95 + more, 2.55 + more, 3.15 + more)
    for at, (quantile, marker) in zip(columns, MARKED, strict=True):
        axes.text(at, 0.2, text.level(quantile), ha="right", va="center", size=8, color=style.FAINT)
        axes.plot([at - 0.3], [0.2], marker, color=style.FAINT, markersize=5)
    looks = style.of(data)
    step = min(ROW, (height - 0.35) / len(median))
    for row, name in enumerate(sorted(median, key=lambda name: median[name])):
        y = 0.3 + step * (row + 0.5)
        axes.plot([0, 0.17, 0.34], [y] * 3, **{**style.line(looks[name], 3), "markevery": [1]})
        bold = "bold" if name in style.pair(data) else "normal"
        words = style.lines(label(name), 8, 1.12 + more, 2 if step > 0.28 else 1, bold=bold == "bold")
        axes.text(0.42, y, "\n".join(words), va="center", size=8, weight=bold, linespacing=1.05)
        for at, (quantile, _) in zip(columns, MARKED, strict=True):
            value = float(data["cost_quantile"].sel(strategy=name, quantile=quantile))
            axes.text(at, y, text.money(value), ha="right", va="center", size=8, weight=bold)
