"""From one strategy of the pair to the other: what each line item adds or takes away, as steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from distributions import text
from studies.shared import style
from studies.shared.names import labels_in

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.results.labelled import Labelled

MOST = 8
"""Steps with a name; the smaller ones are one step together."""


@style.styled
def draw(data: Labelled) -> Figure:
    """Bars from the second strategy's mean cost (top) to the first's (bottom), the largest step first."""
    label = style.labeller(labels_in(data.attrs))
    a, b = style.pair(data)
    means = data["item_mean"].sel(strategy=[b, a]).transpose("strategy", "item").values
    before, after = (float(total) for total in means.sum(axis=1))
    names, steps = _steps([str(name) for name in data["item"].values], means[1] - means[0])
    figure = style.canvas(
        _finding(names, steps, label(a), label(b)),
        f"From {label(b)} to {label(a)}: mean present-value cost over "
        f"{text.count(int(data.attrs['horizon_months']), 'month')}, and what each line item changes",
        data,
    )
    labels = [label(b), *names, label(a)]
    axes = style.panel(figure, left=2.05, right=0.4)
    ends = before + np.concatenate([[0.0], np.cumsum(steps)])
    reach = max(float(np.max(ends)), before, after, 1e-9)
    for row, (value, strategy) in enumerate([(before, b), (after, a)]):
        at = 0 if row == 0 else len(labels) - 1
        axes.barh(at, value, height=0.66, color=style.of(data)[strategy].colour)
        axes.text(value + 0.01 * reach, at, text.money(value), va="center", size=8.5, weight="bold")
    for row, step in enumerate(steps, start=1):
        colour, hatch = (style.GREEN, "") if step < 0 else (style.ORANGE, "////")
        axes.barh(
            row,
            step,
            left=ends[row - 1],
            height=0.66,
            color=colour,
            hatch=hatch,
            edgecolor="white",
            linewidth=0,
        )
        sign = "+" if step > 0 else ""
        axes.text(
            max(ends[row - 1], ends[row]) + 0.01 * reach,
            row,
            f"{sign}{text.money(step)}",
            va="center",
            size=8,
        )
    for row, end in enumerate(ends):
        axes.plot([end, end], [row + 0.33, row + 0.67], color=style.FAINT, linewidth=0.8)
    axes.set_yticks(range(len(labels)), [style.drawable(words) for words in labels], size=8.5)
    for tick in (axes.get_yticklabels()[0], axes.get_yticklabels()[-1]):
        tick.set_fontweight("bold")
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_xlim(min(0.0, float(ends.min())), 1.12 * reach)
    style.money_axis(axes.xaxis)
    axes.grid(axis="x")
    axes.set_xlabel("Mean present-value cost (USD)")
    return figure


def _steps(names: list[str], changes: np.ndarray) -> tuple[list[str], np.ndarray]:
    """The line items that change, the largest first, and the rest as one."""
    order = [int(at) for at in np.argsort(-np.abs(changes), kind="stable") if changes[at] != 0.0]
    few = order if len(order) <= MOST + 1 else order[:MOST]
    shown, steps = [names[at] for at in few], [float(changes[at]) for at in few]
    if len(few) < len(order):
        shown.append(f"{len(order) - len(few)} smaller items")
        steps.append(float(sum(changes[at] for at in order[len(few) :])))
    return shown, np.array(steps)


def _finding(names: list[str], steps: np.ndarray, first: str, second: str) -> str:
    """What the largest step does; the total is the difference."""
    total = float(steps.sum())
    if not len(steps):
        return f"{first} and {second} cost the same, item by item"
    compared = f"{first} costs {text.money(abs(total))} {'less' if total < 0 else 'more'} than {second}"
    largest = float(steps[0])
    if largest * total > 0:
        return f"{compared}, above all through {names[0]} ({'+' if largest > 0 else ''}{text.money(largest)})"
    return (
        f"{compared}, although {names[0]} {'adds' if largest > 0 else 'takes off'} {text.money(abs(largest))}"
    )
