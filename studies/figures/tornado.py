"""Which assumption moves the outcome most: a bar an input, from its low to its high value, widest on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from studies import text
from studies.figures import style

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

MOST = 12
"""Bars shown; the rest are counted in the subtitle."""


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """Bars of `low` and `high` about `base` (see `studies.tornado.swing`), at most `MOST` of them."""
    swing = np.abs(data["high"].values - data["low"].values)
    order = [int(at) for at in np.argsort(-swing, kind="stable") if swing[at] > 0][:MOST]
    base = float(data["base"])
    inputs = [str(name) for name in data["input"].values]
    below, above = (f"P{100 * float(data.attrs[end]):.4g}" for end in ("low_level", "high_level"))
    is_money = data.attrs.get("units") == "USD"
    show = text.money if is_money else text.number
    what = str(data.attrs.get("output_name", data.attrs["output"]))
    if order:
        title = f"{inputs[order[0]]} matters most: it moves {what} by {show(float(swing[order[0]]))}"
    else:
        title = f"No input moves {what}"
    left_out = int((swing > 0).sum()) - len(order)
    figure = style.canvas(
        title,
        f"Each input at its {below} and its {above}, all others at their medians"
        + (f"; {text.count(left_out, 'smaller bar')} left out" if left_out else ""),
        data,
    )
    longest = max([style.text_inches(style.drawable(inputs[at]), 8.5) for at in order], default=1.0)
    axes = style.panel(figure, left=min(3.2, longest + 0.4), right=0.35)
    for row, at in enumerate(order):
        for end, colour, hatch in (("low", style.BLUE, ""), ("high", style.ORANGE, "////")):
            value = float(data[end][at])
            axes.barh(
                row, value - base, left=base, height=0.66, color=colour, hatch=hatch, edgecolor="white",
                linewidth=0, label=f"input at its {below if end == 'low' else above}" if row == 0 else None,
            )  # fmt: skip
    ends = np.concatenate([data["low"].values[order], data["high"].values[order], [base]])
    reach = max(float(np.ptp(ends)), 1e-12 * max(1.0, abs(base)))
    axes.set_xlim(float(ends.min()) - 0.13 * reach, float(ends.max()) + 0.13 * reach)
    for row, at in enumerate(order):
        _ends(axes, data, at, row, base, reach)
    axes.axvline(base, color=style.INK, linewidth=1)
    axes.set_yticks(range(len(order)), [style.drawable(inputs[at]) for at in order], size=8.5)
    axes.set_ylim(max(len(order), 3) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    if is_money:
        style.money_axis(axes.xaxis)
    axes.grid(axis="x")
    axes.set_xlabel(
        f"{what[:1].upper()}{what[1:]}{' (USD)' if is_money else ''}; line: all at their medians, "
        f"{show(base)}"
    )
    if order:
        # The bars at the bottom are short: the side that is farther from the base is free.
        left, right = axes.get_xlim()
        axes.legend(
            loc="lower left" if base > (left + right) / 2 else "lower right", frameon=False, fontsize=8
        )
    return figure


def _ends(axes: object, data: xr.Dataset, at: int, row: int, base: float, reach: float) -> None:
    """The input's own values beside the outer ends of its bar."""
    if "input_low" not in data:
        return
    low, high = float(data["low"][at]), float(data["high"][at])
    for end, value, other in (("low", low, high), ("high", high, low)):
        outward = np.sign(value - base) or -np.sign(other - base) or 1.0
        # Where both ends lie on one side, only the farther one has room.
        if (other - base) * outward > (value - base) * outward:
            continue
        axes.text(  # type: ignore[attr-defined]
            value + 0.01 * reach * outward, row, text.number(float(data[f"input_{end}"][at]), 3),
            ha="left" if outward > 0 else "right", va="center", size=7, color=style.FAINT,
        )  # fmt: skip
