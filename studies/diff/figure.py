"""What changed, edit by edit: P(cheaper) from before to after as a waterfall of the edits' shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patheffects import withStroke

from distributions import text
from sim.results.labelled import Labelled, LabelledArrays
from studies.diff.text import finding
from studies.shared import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 9


def arrays(record: Mapping[str, Any]) -> LabelledArrays:
    """The record of `diff.json` as labelled arrays over dim "edit"."""
    edits, changes = record["edits"], record["changes"]
    sides = {side: ((), changes["probability"][side]) for side in ("before", "after")}
    shares = {
        name: (
            "edit",
            np.array([edit["shares"][name]["estimate"] for edit in edits]),
            {
                "units": "1" if name == "probability" else "USD",
                "long_name": f"share of the change of {name}",
            },
        )
        for name in changes
    }
    return LabelledArrays(
        {**shares, **sides},
        coords={"edit": [edit["edit"] for edit in edits]},
        attrs={
            "title": f"{record['before']['title']} → {record['after']['title']}",
            "finding": finding(record),
            "draws": record["draws"],
            "seed": str(record["seed"]),
            "design": "sobol",
            "sources": "shares of the edits: Shapley's value",
        },
    )


@style.styled
def draw(data: Labelled) -> Figure:
    """Bars from `before` to `after`, the largest share of `probability` first."""
    shares = data["probability"].values
    order = np.argsort(-np.abs(shares), kind="stable")
    named = [(style.drawable(str(data["edit"].values[k])), float(shares[k])) for k in order[:MOST]]
    rest = float(shares[order[MOST:]].sum())
    if order.size > MOST:
        named.append((f"{order.size - MOST} more edits", rest))
    before, after = float(data["before"]), float(data["after"])
    level, rows = before, []
    for row, (_, share) in enumerate(named, start=1):
        rows.append((row, level, share))
        level += share
    # on the way from before to after, levels may leave what a probability can be
    levels = [before, after, *(start for _, start, _ in rows), *(start + share for _, start, share in rows)]
    low, high = min(0.0, *levels), max(1.0, *levels)
    explained = "P(cheaper) before and after, and each edit's share in the change, in the same futures"
    if low < 0.0 or high > 1.0:
        explained += "; on the way their sum may pass what a probability can be"
    figure = style.canvas(
        str(data.attrs["finding"]), explained, data, height=max(3.0, 1.9 + 0.3 * (len(named) + 2))
    )
    labels = ["before", *(name for name, _ in named), "after"]
    longest = max(style.text_inches(label, 8.5) for label in labels)
    axes = style.panel(figure, left=min(3.4, longest + 0.35), right=0.9)
    rim = [withStroke(linewidth=2.0, foreground="white")]
    for row, value in ((0, before), (len(named) + 1, after)):
        axes.barh(row, value, height=0.62, color=style.GREY)
        axes.text(value, row, f" {text.percent(value, 1)}", va="center", size=8, path_effects=rim)
    for row, start, share in rows:
        falls = share < 0
        axes.barh(
            row, share, left=start, height=0.62, color=style.ORANGE if falls else style.BLUE,
            hatch="////" if falls else "", edgecolor="white", linewidth=0,
        )  # fmt: skip
        axes.text(
            max(start, start + share), row, f" {text.points(share)}", va="center", size=8, path_effects=rim
        )
        axes.plot([start, start], [row - 1.0, row + 0.31], color=style.FAINT, linewidth=0.7)
    axes.set_yticks(range(len(labels)), labels, size=8.5)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(low, high)
    style.percent_axis(axes.xaxis)
    axes.set_xticks(np.linspace(0.0, 1.0, 6))
    for end in (0.0, 1.0):
        if low < end < high:
            axes.axvline(end, color=style.FAINT, linewidth=0.8, linestyle=(0, (4, 2)), zorder=0.5)
    axes.grid(axis="x")
    axes.set_xlabel("P(cheaper); hatched bars lower it")
    return figure
