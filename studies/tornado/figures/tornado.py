"""Which assumption moves the outcome most: a bar an input, from its low to its high value, widest on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patheffects import withStroke

from distributions import text
from studies.shared import style
from studies.tornado.analysis import shown, tipping, within_error

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.results.labelled import Labelled

MOST = 10
"""Bars shown; the rest stand together in one, or are counted in the subtitle."""


@style.styled
def draw(data: Labelled) -> Figure:
    """Bars of `low` and `high` about `base` (see `studies.tornado.swing`), at most `MOST` of them."""
    swing = np.abs(data["high"].values - data["low"].values)
    moving = shown(data)
    order = moving[:MOST]
    base = float(data["base"])
    inputs = [str(name) for name in data["input"].values]
    varying = data.attrs.get("reading") == "varying"
    below, above = (text.level(float(data.attrs[end])) for end in ("low_level", "high_level"))
    unit = str(data.attrs.get("units", ""))
    share = data.attrs["output"] == "probability"
    show = text.money if unit == "USD" else text.percent if share else text.number
    whole = str(data.attrs.get("output_name", data.attrs["output"]))
    what, _, direction = ("P(cheaper)", "", whole) if share else whole.partition(", ")
    if order:
        moved = (
            f"{text.number(100 * float(swing[order[0]]), 2)} points"
            if share
            else show(float(swing[order[0]]))
        )
        title = f"{inputs[order[0]]} moves {'the ' if ' ' in what else ''}{what} most: by {moved}"
    else:
        title = f"No input moves {what}"
    left_out = len(moving) - len(order)
    others = left_out > 0 and "others_low" in data
    if varying:
        explained = f"Mean where each input is below its {below}, and above its {above}, all others varying"
        if "swing_mcse" in data:
            explained += " (± 2 standard errors)"
    else:
        explained = f"Each input at its {below} and its {above}, all others at their medians"
    if direction:
        explained = f"{direction[:1].upper()}{direction[1:]}. {explained}"
    if left_out and not others:
        explained += f"; {text.count(left_out, 'smaller bar')} left out"
    if unsure := within_error(data):
        explained += f"; {len(unsure)} not distinguishable from nothing"
    figure = style.canvas(title, explained, data)
    labels = [style.drawable(inputs[at]) for at in order]
    bars = [(float(data["low"][at]), float(data["high"][at])) for at in order]
    if others:
        labels.append(f"{left_out} others together")
        bars.append((float(data["others_low"]), float(data["others_high"])))
    longest = max([style.text_inches(label, 8.5) for label in labels], default=1.0)
    axes = style.panel(figure, left=min(3.2, longest + 0.4), right=0.35)
    for row, values in enumerate(bars):
        joint = others and row == len(order)
        for value, colour, hatch in zip(values, (style.BLUE, style.ORANGE), ("", "////"), strict=True):
            name = (
                f"input {'below' if varying else 'at'} its {below}"
                if not hatch
                else (f"input {'above' if varying else 'at'} its {above}")
            )
            axes.barh(
                row, value - base, left=base, height=0.66, color=style.GREY if joint else colour, hatch=hatch,
                edgecolor="white", linewidth=0, label=name if row == 0 else None,
            )  # fmt: skip
    ends = np.array([*(value for values in bars for value in values), base])
    reach = max(float(np.ptp(ends)), 1e-12 * max(1.0, abs(base)))
    axes.set_xlim(float(ends.min()) - 0.13 * reach, float(ends.max()) + 0.13 * reach)
    if "swing_mcse" in data:
        for end in ("low", "high"):
            axes.errorbar(
                data[end].values[order], range(len(order)), xerr=2.0 * data[f"{end}_mcse"].values[order],
                fmt="none", ecolor=style.INK, elinewidth=0.8, capsize=2.0, zorder=3,
            )  # fmt: skip
    for row, at in enumerate(order):
        _ends(axes, data, at, row, base, reach)
    axes.axvline(base, color=style.INK, linewidth=1)
    _tipping_line(axes, data)
    axes.set_yticks(range(len(bars)), labels, size=8.5)
    axes.set_ylim(max(len(bars), 3) + 0.6, -0.6)  # a row for the legend
    axes.tick_params(axis="y", length=0)
    if unit == "USD":
        style.money_axis(axes.xaxis)
    elif share:
        style.percent_axis(axes.xaxis)
    axes.grid(axis="x")
    middle = "mean" if varying else "all at their medians"
    axes.set_xlabel(
        f"{what[:1].upper()}{what[1:]}{' (USD)' if unit == 'USD' else ''}; line: {middle}, {show(base)}"
    )
    if order:
        axes.legend(
            loc="lower right", ncols=2, framealpha=1.0, edgecolor="none", fontsize=8, borderaxespad=0.2
        )
    return figure


def _tipping_line(axes: Axes, data: Labelled) -> None:
    """Where the other strategy becomes the cheaper, if a bar comes near."""
    at = tipping(data)
    left, right = axes.get_xlim()
    if at is not None and left < at < right:
        axes.axvline(at, color=style.INK, linewidth=1, linestyle=(0, (4, 2)))
        axes.annotate(
            "level", (at, 1.0), (0, 2), xycoords=("data", "axes fraction"), textcoords="offset points",
            ha="center", size=7, color=style.FAINT,
        )  # fmt: skip


def _ends(axes: Axes, data: Labelled, at: int, row: int, base: float, reach: float) -> None:
    """The input's own values beside the outer ends of its bar."""
    if "input_low" not in data:
        return
    low, high = float(data["low"][at]), float(data["high"][at])
    for end, value, other in (("low", low, high), ("high", high, low)):
        outward = np.sign(value - base) or -np.sign(other - base) or 1.0
        # Where both ends lie on one side, only the farther one has room.
        if (other - base) * outward > (value - base) * outward:
            continue
        error = 2.0 * float(data[f"{end}_mcse"][at]) if f"{end}_mcse" in data else 0.0
        axes.text(
            value + (error + 0.01 * reach) * outward, row, text.number(float(data[f"input_{end}"][at]), 3),
            ha="left" if outward > 0 else "right", va="center", size=7, color=style.FAINT, zorder=4,
            path_effects=[withStroke(linewidth=2.0, foreground="white")],
        )  # fmt: skip
