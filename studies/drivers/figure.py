"""Which inputs drive an outcome: each measure with its interval, the most important on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from distributions import text
from sim.results.labelled import Labelled, LabelledArrays
from studies.drivers.text import RANKED_BY, finding, order
from studies.shared import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 12
"""Inputs shown; the rest are counted in the subtitle."""

_AXIS = {
    "sobol": "Share of the variance, 95 % interval",
    "shapley": "Share of the variance (Shapley effect), 95 % interval",
    "morris": "Mean size of the effect of moving the input by its range, 95 % interval",
    "delta": "Shift of the output's distribution when the input is known, 95 % interval",
    "pawn": "Distance between distribution functions, greatest over ten slices of the input",
    "rbd_fast": "Share of the variance by itself, 95 % interval",
    "regional": "Difference between outputs within and outside a slice of the input, mean",
}


@style.styled
def draw(data: Labelled) -> Figure:
    """Bars of the ranking measure of `studies.drivers.analyse`; of Sobol' indices first and total order."""
    method = str(data.attrs["method"])
    ranked = order(data)
    shown = ranked[:MOST]
    rest = len(ranked) - len(shown)
    unseen = data.sizes["input"] - len(ranked)
    notes = [f"Of the {data.attrs.get('label', data.attrs['output'])}"]
    if rest:
        notes.append(f"{text.count(rest, 'smaller input')} left out")
    if "few_events" in data.attrs:
        notes.append(str(data.attrs["few_events"]))
    elif unseen and "undefined" not in data.attrs:
        notes.append(f"{unseen} not distinguishable from nothing")
    figure = style.canvas(finding(data), "; ".join(notes), _with_draws(data))
    names = [style.drawable(str(data["input"].values[k])) for k in shown]
    longest = max([style.text_inches(name, 8.5) for name in names], default=1.0)
    axes = style.panel(figure, left=min(3.4, longest + 0.4), right=0.35)
    by = RANKED_BY[method]
    whiskers = {"ecolor": style.INK, "elinewidth": 1.0, "capsize": 2.5}
    rows = np.arange(len(shown))
    widths = data[f"{by}_ci"].values[shown] if f"{by}_ci" in data else None
    if method == "sobol":
        axes.barh(
            rows - 0.19, data["total"].values[shown], 0.36, color=style.SKY, edgecolor="white", linewidth=0,
            hatch="////", xerr=widths, error_kw=whiskers, label="with interactions (total order)",
        )  # fmt: skip
        axes.barh(
            rows + 0.19, np.maximum(data["first"].values[shown], 0.0), 0.36, color=style.BLUE,
            xerr=data["first_ci"].values[shown], error_kw=whiskers, label="by itself (first order)",
        )  # fmt: skip
    else:
        axes.barh(rows, data[by].values[shown], 0.62, color=style.BLUE, xerr=widths, error_kw=whiskers)
    if f"noise_{by}" in data.attrs:
        axes.axvline(
            data.attrs[f"noise_{by}"], color=style.INK, linestyle=(0, (4, 2)), linewidth=1, label="pure noise"
        )
    axes.set_yticks(rows, names, size=8.5)
    axes.set_ylim(max(len(shown), 3) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(left=0.0)
    axes.set_xlabel(_AXIS[method])
    axes.grid(axis="x")
    if method in ("sobol", "shapley", "rbd_fast"):
        style.percent_axis(axes.xaxis)
    if axes.get_legend_handles_labels()[1] and shown:
        axes.legend(loc="lower right", frameon=False, fontsize=8)
    return figure


def _with_draws(data: Labelled) -> LabelledArrays:
    """The footer says how many evaluations, as it says draws elsewhere."""
    return LabelledArrays.of(data).with_more(draws=data.attrs["evaluations"], design=data.attrs["method"])
