"""Quote by stress: P(cheaper than its baseline) in each cell, darker where it is less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from distributions import text
from studies.shared import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.results.labelled import Labelled

SHADES = LinearSegmentedColormap.from_list("cheaper", ["#08306b", "#6f9fc8", "#f7fbff"])
"""One hue from dark to light, so that it reads in grey."""


@style.styled
def draw(data: Labelled) -> Figure:
    """The heat map of `stress_probability`, with no stress in the first row."""
    vendors = [str(name) for name in data["quote"].values]
    titles = ["No stress", *(str(title) for title in data["stress_title"].values)]
    base = data["probability_cheaper"].values[:, None]
    cells = np.concatenate([base, data["stress_probability"].values], axis=1).T
    single = cells[1:-1] - cells[0]
    worst, quote = np.unravel_index(int(np.argmin(single)), single.shape)
    title = (
        f"{titles[1 + int(worst)]} hurts most: {style.drawable(vendors[int(quote)])} falls from "
        f"{text.percent(float(cells[0, quote]))} to {text.percent(float(cells[1 + int(worst), quote]))}"
        if float(single.min()) < 0.0
        else "No stress makes a quote less probably cheaper"
    )
    explained = (
        "P(cheaper than its strategy or the alternative without the quote) under each stress, same draws"
    )
    figure = style.canvas(title, explained, data, height=1.9 + 0.3 * len(titles))
    longest = max(style.text_inches(words, 8.5) for words in titles)
    axes = style.panel(figure, left=longest + 0.4, right=0.35, bottom=0.65)
    axes.imshow(cells, cmap=SHADES, vmin=0.0, vmax=1.0, aspect="auto")
    for row in range(cells.shape[0]):
        for column in range(cells.shape[1]):
            share = float(cells[row, column])
            axes.text(
                column, row, text.percent(share, 1), ha="center", va="center", size=8.5,
                color="white" if share < 0.45 else style.INK,
            )  # fmt: skip
    room = (style.SIZE[0] - longest - 0.75) / len(vendors)
    names = ["\n".join(style.wrap(style.drawable(vendor, 60), 8.5, room)[:2]) for vendor in vendors]
    axes.set_xticks(range(len(vendors)), names, size=8.5)
    axes.set_yticks(range(len(titles)), titles, size=8.5)
    axes.tick_params(length=0)
    axes.axhline(0.5, color="white", linewidth=3)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return figure
