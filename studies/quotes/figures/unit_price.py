"""What a query costs at each vendor as the volume changes: tiers step it down, a minimum lifts its left end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from studies.shared import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.results.labelled import Labelled

LINES = ("-", (0, (6, 1.5)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)), (0, (3, 1.2, 1, 1.2, 1, 1.2)))
COLOURS = (style.BLUE, style.VERMILLION, style.GREEN, style.PURPLE, style.INK)


@style.styled
def draw(data: Labelled) -> Figure:
    """`unit_price` over `volume`, both logarithmic, a mark at the expected volume; thin: without the minimum."""
    prices, volumes = 1000.0 * data["unit_price"].values, data["volume"].values
    charged = [k for k in range(prices.shape[0]) if (prices[k] > 0.0).any()]
    expected = data["expected_volume"].values
    title = "What a query costs depends on the volume"
    never_free = [k for k in charged if (prices[k] > 0.0).all()]
    if never_free:
        k = max(never_free, key=lambda k: float(prices[k].max() / prices[k].min()))
        third = float(np.interp(np.log(expected[k] / 3.0), np.log(volumes[k]), prices[k]))
        at = float(np.interp(np.log(expected[k]), np.log(volumes[k]), prices[k]))
        vendor = style.drawable(str(data["quote"].values[k]))
        title = f"At a third of the volume expected, a query at {vendor} costs {third / at:.2g} times as much"
    explained = (
        "The vendor's bill of the first month over its queries, at the medians. Mark: expected volume. "
    )
    explained += "Thin: without the minimum commitment"
    figure = style.canvas(title, explained, data)
    axes = style.panel(figure, right=1.7)
    ends = []
    for k in charged:
        colour, line = COLOURS[k % len(COLOURS)], LINES[k % len(LINES)]
        bare = 1000.0 * data["without_minimum"].values[k]
        if not np.allclose(bare, prices[k]):
            shown = bare > 0.0
            axes.plot(volumes[k][shown], bare[shown], color=colour, linewidth=0.8, linestyle=line)
        axes.plot(volumes[k], prices[k], color=colour, linestyle=line)
        at = float(np.interp(np.log(expected[k]), np.log(volumes[k]), prices[k]))
        axes.plot([expected[k]], [at], marker="o", color=colour, markersize=6)
        ends.append((float(prices[k][-1]), str(data["quote"].values[k])[:24], colour))
    axes.set_xlabel("Queries a month that reach the vendor")
    axes.set_ylabel("USD for 1,000 queries")
    if not charged:
        reason = "no quote has a fee" if (expected > 0.0).any() else "no query reaches a vendor"
        axes.text(0.5, 0.5, reason, transform=axes.transAxes, ha="center", color=style.FAINT)
        axes.set_xticks([])
        axes.set_yticks([])
        return figure
    axes.set_xscale("log")
    axes.set_yscale("log")
    style.number_axis(axes.xaxis)
    style.money_axis(axes.yaxis)
    axes.grid()
    low, high = axes.get_ylim()
    span = np.log(high / low)
    heights = style.spread([float(np.log(y / low) / span) for y, _, _ in ends], 0.06, 0.0, 1.0)
    for (_, words, colour), height in zip(ends, heights, strict=True):
        axes.text(
            1.01, height, style.drawable(words), transform=axes.transAxes, color=colour, va="center", size=8.5
        )
    return figure
