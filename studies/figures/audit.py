"""Published against derived: a row for each result, the published figure over the middle of what its numbers give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studies import text
from studies.audit import VERDICTS, Audit, ClaimFinding, middle, with_unit
from studies.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FAR = (1e-3, 1e3)
"""Ends of the axis; what lies beyond is drawn at the end, as an arrow."""
LOOKS = {
    "does_not_follow": ("X", style.VERMILLION, "does not follow"),
    "sources_disagree": ("s", style.PURPLE, "sources disagree"),
    "holds_only_if": ("D", style.ORANGE, "holds only if …"),
    "holds": ("o", style.BLUE, "holds"),
}


@style.styled
def draw(found: Audit) -> Figure:
    """The deciding figure of each result, worst verdicts on top, with the derived range and the prior's band."""
    import xarray as xr

    rows = sorted(
        (one for one in found.findings if one.claim.kind == "result"),
        key=lambda one: VERDICTS.index(one.verdict),
    )
    documents = list(dict.fromkeys(figure.figure.document for one in rows for figure in one.figures))
    data = xr.Dataset(
        attrs={
            "title": f"Published results of {text.join(documents)}" if rows else "No results",
            "sources": "studies/evidence/claims.toml",
        }
    )
    figure = style.canvas(
        found.headline(),
        "Each published figure over the middle of what its document's own numbers give; right: published, then "
        "derived",
        data,
        height=1.95 + 0.19 * max(len(rows), 4),
    )
    axes = style.panel(figure, left=1.42, right=2.45, bottom=0.95)
    axes.set_xscale("log")
    axes.set_xlim(FAR[0] / 1.6, FAR[1] * 1.6)
    axes.set_ylim(max(len(rows), 4) - 0.4, -0.6)
    axes.axvline(1.0, color=style.INK, linewidth=0.8)
    for row, one in enumerate(rows):
        _row(axes, row, one)
    axes.set_yticks(range(len(rows)), [style.drawable(one.claim.id) for one in rows], size=7.5)
    axes.tick_params(axis="y", length=0)
    style.log_axis(axes.xaxis, *FAR)
    axes.grid(axis="x")
    axes.set_xlabel("Published / derived (log scale)")
    _legend(axes, [one.verdict for one in rows])
    return figure


def _row(axes: Axes, row: int, one: ClaimFinding) -> None:
    """The prior's band, the derived range, the published one and its figures in words."""
    found = one.deciding
    centre = middle(found.derived)
    marker, colour, _ = LOOKS[one.verdict]
    words = f"{text.span(found.published)} ; {with_unit(found.derived, found.figure.unit)}"
    axes.text(
        1.015, row, style.drawable(words), transform=axes.get_yaxis_transform(), va="center", size=6.8,
        color=style.INK,
    )  # fmt: skip
    if found.ratio is None or centre <= 0:
        axes.text(1.0, row, "derived is below zero", ha="center", va="center", size=6.8, color=style.FAINT)
        return
    for values, shade, height in ((found.band, "#dcdcdc", 0.72), (found.derived, "#8a8a8a", 0.34)):
        if values is not None:
            low, high = (_inside(end / centre) for end in values)
            axes.barh(row, max(high - low, 0.0), left=low, height=height, color=shade, linewidth=0)
    ends = [end / centre for end in found.published if 0 < end < float("inf")] or [found.ratio]
    if len(ends) == 2 and ends[0] != ends[1]:
        axes.plot([_inside(end) for end in ends], [row, row], color=colour, linewidth=1.3, solid_capstyle="butt")
    if not FAR[0] <= found.ratio <= FAR[1]:
        marker = ">" if found.ratio > 1 else "<"
    axes.plot(
        [_inside(found.ratio)], [row], marker=marker, color=colour, markersize=5.5, markeredgecolor="white",
        markeredgewidth=0.5, linestyle="none",
    )  # fmt: skip


def _inside(value: float) -> float:
    return min(max(value, FAR[0]), FAR[1])


def _legend(axes: Axes, verdicts: list[str]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Line2D | Patch] = [
        Line2D([], [], marker=marker, color=colour, linestyle="none", markersize=5.5, label=words)
        for name, (marker, colour, words) in LOOKS.items()
        if name in verdicts
    ]
    handles += [
        Patch(color="#8a8a8a", label="derived"),
        Patch(color="#dcdcdc", label="what it leaves open from P0.1 to P99.9"),
    ]
    axes.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=6, frameon=False, fontsize=7,
        handletextpad=0.4, columnspacing=1.1,
    )  # fmt: skip
