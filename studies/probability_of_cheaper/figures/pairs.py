"""Every two strategies: P(row costs less than column) as a heat map with its numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from distributions import text
from studies.probability_of_cheaper.pairs_text import leader, short
from studies.shared import style
from studies.shared.names import labeller, labels_in

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.results.labelled import Labelled

ROW, ROOM = 0.255, 2.05
"""Inches of a row at least, and of all that stands above and below the rows."""

NAMES = 2.2
"""Inches for the names of rows; longer ones are cut."""

LINES = 3
"""Most lines of a name above its column; where one needs more, rows and columns are numbered."""


@style.styled
def draw(data: Labelled) -> Figure:
    """Cells of `probability_cheaper`, from white to a blue that dark numbers stand out from; the cheapest first."""
    means = data["cost_mean"]
    barred = set(map(str, data["strategy"].values)) - set(map(str, np.atleast_1d(data.attrs["eligible"])))
    names = sorted(
        map(str, data["strategy"].values), key=lambda name: (name in barred, float(means.sel(strategy=name)))
    )

    def chance(a: str, b: str) -> tuple[float, list[float]]:
        ends = data["probability_cheaper_ci"].sel(strategy=a, other=b).values
        return float(data["probability_cheaper"].sel(strategy=a, other=b)), ends.tolist()

    left = [name for name in names if name not in barred]
    figure = style.canvas(
        leader(left if len(left) > 1 else names, chance, labels_in(data.attrs)),
        "In how many of 100 futures the strategy of the row costs less than that of the column; the cheapest on "
        f"average first. Bold: more than half. Framed: what was asked.{_surely(chance, names)}",
        data,
        height=max(style.SIZE[1], ROOM + ROW * len(names)),
    )
    size = 8.5 if len(names) <= 12 else 8.0
    label = labeller(labels_in(data.attrs))
    labels = [f"{label(name)} (excluded)" if name in barred else label(name) for name in names]
    rows = [_cut(words, size) for words in labels]
    margin = max(style.text_inches(words, size) for words in rows) + 0.85
    wide = (style.SIZE[0] - margin - 0.25) / len(names)
    columns = [style.wrap(style.drawable(words), 8, wide - 0.08) for words in labels]
    if any(len(lines) > LINES or style.text_inches(max(lines, key=len), 8) > wide for lines in columns):
        rows = [f"{words}   {k}" for k, words in enumerate(rows, start=1)]
        columns = [[str(k)] for k in range(1, len(names) + 1)]
    axes = style.panel(figure, left=margin, bottom=0.62)
    above = 0.12 + 0.15 * max(map(len, columns))
    place, high = axes.get_position(), figure.get_figheight()
    axes.set_position((place.x0, place.y0, place.width, place.height - above / high))
    _cells(axes, np.array([[chance(a, b)[0] for b in names] for a in names]), min(9.0, 26.0 * wide))
    a, b = style.pair(data)
    corner = (names.index(b) - 0.5, names.index(a) - 0.5)
    axes.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=style.INK, linewidth=1.8, clip_on=False))
    axes.set_yticks(range(len(names)), rows, size=size)
    axes.set_xticks(range(len(names)), ["\n".join(lines) for lines in columns], size=8)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xlabel("… costs less than that of the column", labelpad=5)
    axes.set_ylabel("The strategy of the row …", labelpad=10)
    return figure


def _cells(axes: Axes, shares: NDArray[np.float64], size: float) -> None:
    """Shaded cells with their numbers, the first row at the top; nothing is asked on the diagonal."""
    count = len(shares)
    edges = np.arange(count + 1) - 0.5
    shown = np.ma.masked_where(np.eye(count, dtype=bool), shares)
    axes.pcolormesh(
        edges, edges, shown, cmap=style.SHADES, vmin=0.0, vmax=1.0, edgecolor="white", linewidth=0.8
    )
    axes.invert_yaxis()
    for row in range(count):
        axes.text(row, row, "–", ha="center", va="center", size=size, color=style.FAINT)
        for column in range(count):
            if row != column:
                share = float(shares[row, column])
                axes.text(
                    column, row, short(share), ha="center", va="center", size=size,
                    weight="bold" if share > 0.5 else "normal",
                )  # fmt: skip


def _surely(chance: Callable[[str, str], tuple[float, list[float]]], names: list[str]) -> str:
    """How wide the intervals are at most, for a subtitle; "" where there are none."""
    ends = np.array([chance(a, b)[1] for a in names for b in names if a != b])
    half = 50 * float((ends[:, 1] - ends[:, 0]).max())
    if not np.isfinite(half):
        return ""
    return f" 95 % intervals: at most ± {text.number(half, 1)} points." if half > 0.0 else ""


def _cut(words: str, size: float) -> str:
    """The name of a row, cut to the room for it."""
    words = style.drawable(words)
    if style.text_inches(words, size) <= NAMES:
        return words
    while words and style.text_inches(words + "…", size) > NAMES:
        words = words[:-1]
    return words.rstrip() + "…"
