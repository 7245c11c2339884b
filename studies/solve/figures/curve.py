"""Where the answer tips: probabilities against the values of one input, with the value that reaches the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from distributions import text
from studies.shared import style
from studies.solve import text as solve_text
from studies.solve.analysis import LEVELS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from studies.solve.analysis import Threshold

STRIP = 0.07
"""Height, as a share of the axes, of the strip at the bottom that shows the input's own distribution."""


@style.styled
def draw(tipping: Threshold) -> Figure:
    """P(a cheaper than b) with its band, P(cheapest) of each strategy, the roots (see `studies.solve.threshold`).

    Where the target is a mean difference of 0, the mean difference instead.
    """
    label = style.labeller(tipping.labels)
    key, unit, at, mean = tipping.inputs[0], tipping.units[0], tipping.values, tipping.target is None
    rules = tipping.rules_of_thumb(key, at)
    strip = (
        "tick below: its value" if tipping.certain else "below: its own middle 80 and 50 %, and its median"
    )
    figure = style.canvas(
        _title(tipping, key, unit),
        f"{key} held at each value, all others varying; {strip}{style.rules_in_words(rules)}",
        tipping,
    )
    names = () if mean else tipping.eligible
    longest = max((style.text_inches(label(name), 8.5) for name in names), default=0.0)
    axes = style.panel(figure, left=0.85, right=longest + 0.25)
    if tipping.axis.log:
        axes.set_xscale("log")
        style.log_axis(axes.xaxis, float(at[0]), float(at[-1]))
    style.number_axis(axes.xaxis)
    if tipping.axis.discrete:
        axes.margins(x=0.03)
    else:
        axes.set_xlim(float(at[0]), float(at[-1]))
    curve = tipping.curve.difference if mean else tipping.curve.probability
    (_difference if mean else _probabilities)(axes, tipping)
    for root in tipping.roots:
        low, high = (
            edge if end is None else end for end, edge in zip(root.ci95, axes.get_xlim(), strict=True)
        )
        axes.axvspan(low, high, color=style.SKY, alpha=0.35, linewidth=0)
        axes.axvline(root.value, color=style.INK, linewidth=1.0)
        height = float(np.interp(root.value, at, curve))
        axes.plot(
            [root.value], [height], marker="o", markersize=6, markerfacecolor="white", color=style.INK, zorder=5,
        )  # fmt: skip
    _prior(axes, tipping)
    style.mark_rules(axes, rules)
    axes.grid(axis="y")
    axes.legend(loc="best", framealpha=0.9, edgecolor="none", fontsize=8)
    axes.set_xlabel(style.drawable(key if unit == "1" else f"{key} ({unit})"))
    return figure


def _probabilities(axes: Axes, tipping: Threshold) -> None:
    """The pair's curve with its band, and P(cheapest) of each strategy."""
    label = style.labeller(tipping.labels)
    at, curve, marks = tipping.values, tipping.curve, _marks(tipping)
    axes.set_ylim(-0.11, 1.02)
    looks = style.looks(tipping.eligible)
    for name, share in zip(tipping.eligible, curve.cheapest.T, strict=True):
        look = looks[name]
        axes.plot(
            at, share, color=look.colour, linestyle=look.line, linewidth=1.5, marker=marks, markersize=3
        )
    axes.fill_between(at, *curve.probability_ci.T, color="#bbbbbb", linewidth=0)
    axes.plot(
        at, curve.probability, color=style.INK, linewidth=2.6, markersize=4, marker=marks,
        label=f"{label(tipping.a)} cheaper than {label(tipping.b)}",
    )  # fmt: skip
    axes.axhline(tipping.target or 0.0, color=style.FAINT, linewidth=0.8, linestyle=(0, (4, 3)))
    style.percent_axis(axes.yaxis)
    axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    axes.set_ylabel("Probability of being the cheapest")
    last = zip(curve[-1].cheapest, tipping.eligible, strict=True)
    style.end_labels(axes, [(float(end), label(name), looks[name]) for end, name in last])


def _difference(axes: Axes, tipping: Threshold) -> None:
    """The mean difference with its band."""
    label = style.labeller(tipping.labels)
    at, curve = tipping.values, tipping.curve.difference
    axes.fill_between(at, *tipping.curve.difference_ci.T, color="#bbbbbb", linewidth=0)
    axes.plot(
        at, curve, color=style.INK, linewidth=2.6, markersize=4, marker=_marks(tipping),
        label=f"{label(tipping.a)} minus {label(tipping.b)}",
    )  # fmt: skip
    axes.axhline(0.0, color=style.FAINT, linewidth=0.8, linestyle=(0, (4, 3)))
    low, high = min(float(curve.min()), 0.0), max(float(curve.max()), 0.0)
    reach = high - low or 1.0
    axes.set_ylim(low - 0.15 * reach, high + 0.05 * reach)
    style.money_axis(axes.yaxis)
    axes.set_ylabel("Mean difference of cost (USD)")


def _marks(tipping: Threshold) -> str:
    """A mark at each value where there are single values only."""
    return "o" if tipping.axis.discrete else ""


def _title(tipping: Threshold, key: str, unit: str) -> str:
    """The finding: the value that tips the answer, or that none does."""
    label = style.labeller(tipping.labels)
    a, b, target = label(tipping.a), label(tipping.b), tipping.target
    wanted = "a mean difference of $0" if target is None else f"{text.number(100 * target, 6)} %"
    if tipping.nearest is None:
        return f"{a} against {b}: no value of {key} here reaches {wanted}"
    if len(tipping.roots) > 1:
        return f"{a} against {b}: {len(tipping.roots)} values of {key} reach {wanted}"
    shown = solve_text.value(tipping.nearest, unit).partition(" (95 %")[0]
    place = f"{'from' if tipping.nearest.rising != (target is None) else 'below'} {key} = {shown}"
    if target is None:
        return f"{a} costs less than {b} on average {place}"
    return f"{a} is cheaper than {b} in {wanted} of futures or more {place}"


def _prior(axes: Axes, tipping: Threshold) -> None:
    """The input's own distribution as a strip below the curves: its middle 80 and 50 %, and its median."""
    left, right = axes.get_xlim()
    below = axes.get_xaxis_transform()
    for low, high, colour in ((0.1, 0.9, "#d5d5d5"), (0.25, 0.75, "#9a9a9a")):
        ends = np.clip(np.interp((low, high), LEVELS, tipping.prior), left, right)
        axes.fill_between(ends, 0.02, STRIP, color=colour, linewidth=0, transform=below)
    middle = tipping.median
    if left <= middle <= right:
        axes.plot([middle, middle], [0.0, STRIP + 0.02], color=style.INK, linewidth=1.8, transform=below)
