"""Published against derived: a row for each result, the published figure over the middle of what its numbers give."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from distributions import text
from sim.results.labelled import LabelledArrays
from studies.audit.analysis import Audit, ClaimFinding
from studies.audit.evidence.condition import middle
from studies.shared import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FAR = (1e-3, 1e3)
"""Ends of the axis; what lies beyond is drawn at the end, as an arrow."""
COLUMNS = (1.02, 1.42)
"""Where the figures in words begin, in widths of the axes."""
LOOKS = {
    "does_not_follow": ("X", style.VERMILLION, "does not follow"),
    "sources_disagree": ("s", style.PURPLE, "sources disagree"),
    "holds_only_if": ("D", style.ORANGE, "holds only if …"),
    "holds": ("o", style.BLUE, "holds"),
}


@style.styled
def draw(audited: Audit) -> Figure:
    """The deciding figure of each result, worst verdicts on top, with the derived range and the prior's band."""
    rows = [finding for findings in audited.by_verdict().values() for finding in findings]
    documents = list(dict.fromkeys(figure.figure.document for finding in rows for figure in finding.figures))
    footer = {
        "title": f"Published results of {text.join(documents)}" if rows else "No results",
        "sources": "inputs and sources: studies/audit/evidence/claims.toml",
    }
    figure = style.canvas(
        audited.headline(),
        "Published over the middle of what the document's own numbers give; of several figures, the one that decides",
        LabelledArrays({}, attrs=footer),
        height=2.35 + 0.19 * max(len(rows), 4),
    )
    axes = style.panel(figure, left=1.42, right=3.3, bottom=1.2)
    axes.set_xscale("log")
    axes.set_xlim(FAR[0] / 1.6, FAR[1] * 1.6)
    axes.set_ylim(max(len(rows), 4) - 0.4, -1.5)
    axes.axvline(1.0, color=style.INK, linewidth=0.8)
    for row, finding in enumerate(rows):
        _row(axes, row, finding)
    axes.set_yticks(range(len(rows)), [style.drawable(finding.claim.id) for finding in rows], size=7.5)
    axes.tick_params(axis="y", length=0)
    style.log_axis(axes.xaxis, *FAR)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: text.number(value)))
    axes.grid(axis="x")
    axes.set_xlabel("Published figure over derived one (ratio, log scale)")
    for left, words in zip(COLUMNS, ("published", "derived"), strict=True):
        _words(axes, left, -1.05, words, style.FAINT)
    for row, (above, below) in enumerate(pairwise(rows)):
        if above.verdict != below.verdict:
            axes.axhline(row + 0.5, color=style.FAINT, linewidth=0.6, linestyle=(0, (2, 2)))
    _legend(figure, [finding.verdict for finding in rows])
    return figure


def _row(axes: Axes, row: int, finding: ClaimFinding) -> None:
    """The prior's band, the derived range, the published one and its figures in words."""
    deciding = finding.deciding
    centre = middle(deciding.derived)
    marker, colour, _ = LOOKS[finding.verdict]
    _words(axes, COLUMNS[0], row, text.span(deciding.published), style.INK)
    _words(axes, COLUMNS[1], row, deciding.derived_in_words[:40], style.INK)
    if deciding.ratio is None or centre <= 0:
        axes.text(1.0, row, "derived is below zero", ha="center", va="center", size=6.8, color=style.FAINT)
        return
    for values, shade, height in ((deciding.band, "#dcdcdc", 0.72), (deciding.derived, "#8a8a8a", 0.34)):
        if values is not None:
            low, high = (_inside(end / centre) for end in values)
            axes.barh(row, max(high - low, 0.0), left=low, height=height, color=shade, linewidth=0)
    ends = [end / centre for end in deciding.published if 0 < end < float("inf")] or [deciding.ratio]
    if len(ends) == 2 and ends[0] != ends[1]:
        axes.plot(
            [_inside(end) for end in ends], [row, row], color=colour, linewidth=1.3, solid_capstyle="butt"
        )
    if not FAR[0] <= deciding.ratio <= FAR[1]:
        marker = ">" if deciding.ratio > 1 else "<"
    axes.plot(
        [_inside(deciding.ratio)], [row], marker=marker, color=colour, markersize=5.5, markeredgecolor="white",
        markeredgewidth=0.5, linestyle="none",
    )  # fmt: skip


def _words(axes: Axes, left: float, row: float, words: str, colour: str) -> None:
    """Text right of the axes, in a column that begins at a multiple of their width."""
    axes.text(
        left,
        row,
        style.drawable(words),
        transform=axes.get_yaxis_transform(),
        va="center",
        size=6.8,
        color=colour,
    )


def _inside(value: float) -> float:
    return min(max(value, FAR[0]), FAR[1])


def _legend(figure: Figure, verdicts: list[str]) -> None:
    handles: list[Line2D | Patch] = [
        Line2D([], [], marker=marker, color=colour, linestyle="none", markersize=5.5, label=words)
        for name, (marker, colour, words) in LOOKS.items()
        if name in verdicts
    ]
    handles += [
        Patch(color="#8a8a8a", label="derived"),
        Patch(color="#dcdcdc", label="what it leaves open from P0.1 to P99.9"),
    ]
    figure.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0.2 / style.SIZE[0], 0.38 / figure.get_figheight()),
        ncols=6, frameon=False, fontsize=7.5, handletextpad=0.4, columnspacing=1.2,
    )  # fmt: skip
