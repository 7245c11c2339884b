"""What the money goes into: the mean cost of each strategy as a stack of its line items."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch

from distributions import text
from studies.shared import style
from studies.shared.names import labels_in

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.results.labelled import Labelled

MOST = 8
"""Items with a colour of their own; the smallest others share one."""


@style.styled
def draw(data: Labelled) -> Figure:
    """Horizontal stacks of `item_mean`, the cheapest strategy on top, totals at the ends."""
    label = style.labeller(labels_in(data.attrs))
    names, parts = _parts(data)
    strategies = [str(name) for name in data["strategy"].values]
    totals = parts.sum(axis=1)
    order = np.argsort(-totals, kind="stable")
    a = style.pair(data)[0]
    largest = int(parts[strategies.index(a)].argmax())
    share = parts[strategies.index(a), largest] / max(totals[strategies.index(a)], 1e-300)
    figure = style.canvas(
        f"{text.percent(share)} of what {label(a)} costs is {names[largest]}",
        f"Mean present-value cost over {text.count(int(data.attrs['horizon_months']), 'month')} by line item",
        data,
        height=style.tall(len(strategies), 0.2),
    )
    axes = style.panel(figure, left=1.75, right=1.85)
    longest = max(float(totals.max()), 1e-9)
    height = (0.62 if len(order) <= 12 else 0.78) * min(1.0, len(order) / 4)
    left = np.zeros(len(strategies))
    for item, look in zip(range(len(names)), style.ITEMS, strict=False):
        widths = parts[order, item]
        axes.barh(
            range(len(order)), widths, left=left, height=height, color=look.colour, hatch=look.hatch,
            edgecolor="white", linewidth=0.5,
        )  # fmt: skip
        _inside(axes, left, widths, names[item], look, longest)
        left = left + widths
    size = 9 if len(order) <= 12 else 8
    for row, at in enumerate(order):
        axes.text(
            totals[at] + 0.012 * longest,
            row,
            text.money(float(totals[at])),
            va="center",
            weight="bold",
            size=size,
        )
    axes.set_yticks(
        range(len(order)), [style.fitted(style.drawable(label(strategies[at])), 9, 1.6) for at in order]
    )
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, 1.12 * longest)
    style.money_axis(axes.xaxis)
    axes.grid(axis="x")
    axes.set_xlabel("Mean present-value cost (USD)")
    figure.legend(
        handles=[
            Patch(facecolor=look.colour, hatch=look.hatch, edgecolor="white", linewidth=0.5,
            label=style.drawable(name)) for name, look in zip(names, style.ITEMS, strict=False)
        ],
        loc="center left", bbox_to_anchor=(1 - 1.8 / style.SIZE[0], 0.5), frameon=False, fontsize=8,
        handlelength=1.4,
    )  # fmt: skip
    return figure


def _parts(data: Labelled) -> tuple[list[str], np.ndarray]:
    """Names of the drawn items, largest first, and their means (strategy, item); small ones together."""
    means = data["item_mean"].transpose("strategy", "item").values
    names = [str(name) for name in data["item"].values]
    order = [at for at in np.argsort(-means.max(axis=0), kind="stable") if means[:, at].any()]
    if not order:
        return names[:1], means[:, :1]
    few = order if len(order) <= MOST + 1 else order[:MOST]
    rest = [at for at in order if at not in few]
    chosen, parts = [names[at] for at in few], means[:, few]
    if rest:
        chosen.append(f"{len(rest)} smaller items")
        parts = np.column_stack([parts, means[:, rest].sum(axis=1)])
    return chosen, parts


def _inside(
    axes: Axes, left: np.ndarray, widths: np.ndarray, name: str, look: style.Look, longest: float
) -> None:
    """The item's name in those of its segments that have room for it."""
    inches = axes.get_position().width * style.SIZE[0] / (1.12 * longest)
    red, green, blue = to_rgb(look.colour)
    dark = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2 < 0.3
    needed = style.text_inches(name, 7) + 0.12
    for row, (start, width) in enumerate(zip(left, widths, strict=True)):
        if width * inches > needed and not look.hatch:
            axes.text(
                start + width / 2, row, style.drawable(name), ha="center", va="center", size=7,
                color="white" if dark else style.INK,
            )  # fmt: skip
