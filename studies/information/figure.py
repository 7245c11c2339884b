"""What knowing an input before deciding would be worth: bars with their errors, and the most there is to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from distributions import text
from studies.shared import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.results.labelled import Labelled

MOST = 12


@style.styled
def draw(data: Labelled) -> Figure:
    """Bars of `studies.information.value`, at most `MOST`, of those that can be told from nothing."""
    values = data["evppi"].values
    names = [str(name) for name in data["input"].values]
    evpi = float(data["evpi"])
    order = [int(k) for k in np.argsort(-values, kind="stable") if bool(data["distinguishable"][k])]
    shown = order[:MOST]
    if not evpi > 0.0:
        title = "Nothing is worth finding out: one strategy is the cheapest in every draw"
    elif not shown:
        title = f"No single input is worth finding out; all of them together {text.money(evpi)}"
    else:
        title = (
            f"Knowing {names[shown[0]]} before deciding is worth up to {text.money(float(values[shown[0]]))}"
        )
    hidden = len(names) - len(shown)
    what = f"Expected value of perfect information, ± 2 standard errors; {hidden} of {len(names)} inputs not shown"
    figure = style.canvas(title, what, data)
    labels = [style.drawable(names[k]) for k in shown]
    longest = max([style.text_inches(label, 8.5) for label in labels], default=1.0)
    axes = style.panel(figure, left=min(3.2, longest + 0.4), right=0.45)
    rows = np.arange(len(shown))
    axes.barh(
        rows, values[shown], 0.62, color=style.BLUE, xerr=2.0 * data["evppi_se"].values[shown],
        error_kw={"ecolor": style.INK, "elinewidth": 1.0, "capsize": 2.5},
    )  # fmt: skip
    for row, k in enumerate(shown):
        beyond = float(values[k] + 2.0 * data["evppi_se"].values[k])
        axes.text(
            beyond + 0.01 * evpi, row, text.money(float(values[k])), va="center", size=8, color=style.FAINT
        )
    axes.axvline(evpi, color=style.INK, linewidth=1, linestyle=(0, (4, 2)))
    axes.annotate(
        f"everything (EVPI): {text.money(evpi)}", (evpi, 1.0), (0, 2), xycoords=("data", "axes fraction"),
        textcoords="offset points", ha="right", size=7.5, color=style.FAINT,
    )  # fmt: skip
    axes.set_yticks(rows, labels, size=8.5)
    axes.set_ylim(max(len(shown), 3) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0.0, 1.04 * max(evpi, 1e-12))
    style.money_axis(axes.xaxis)
    axes.grid(axis="x")
    axes.set_xlabel("Saved on average by knowing it before deciding (USD over the horizon)")
    return figure
