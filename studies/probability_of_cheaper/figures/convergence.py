"""Whether there were draws enough: the estimate of P(cheaper) and its 95 % interval as draws add up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from distributions import text
from studies.shared import style
from studies.shared.names import labels_in

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.results.labelled import Labelled


@style.styled
def draw(data: Labelled) -> Figure:
    """`convergence_estimate` with its interval over `convergence_draws`, on a logarithmic axis."""
    label = style.labeller(labels_in(data.attrs))
    a, _ = style.pair(data)
    draws = data["convergence_draws"].values
    estimate, low, high = (data[f"convergence_{part}"].values for part in ("estimate", "low", "high"))
    last, interval = float(estimate[-1]), (float(low[-1]), float(high[-1]))
    figure = style.canvas(
        f"{text.count(int(draws[-1]), 'draw')} put P({label(a)} cheaper) at "
        f"{text.probability_with_interval(last, interval)}",
        "The estimated chance and its 95 % interval as draws add up",
        data,
    )
    axes = style.panel(figure, left=0.85, right=1.1)
    look = style.of(data)[a]
    if len(draws) == 1:
        axes.errorbar(draws, estimate, [estimate - low, high - estimate], color=look.colour, capsize=6)
    axes.fill_between(draws, low, high, color=look.colour, alpha=0.22, linewidth=0)
    axes.plot(draws, estimate, color=look.colour, marker="o" if len(draws) < 60 else "", markersize=3)
    axes.axhline(last, color=style.FAINT, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    if draws[-1] > 20 * max(1, draws[0]):
        axes.set_xscale("log")
        style.log_axis(axes.xaxis, float(draws[0]), float(draws[-1]))
    if draws[-1] > draws[0]:
        axes.set_xlim(draws[0], draws[-1])
    shown = np.concatenate([low[np.isfinite(low)], high[np.isfinite(high)], estimate])
    margin = max(0.05 * float(np.ptp(shown)), 1e-4)
    axes.set_ylim(max(0.0, float(shown.min()) - margin), min(1.0, float(shown.max()) + margin))
    style.percent_axis(axes.yaxis)
    axes.xaxis.set_major_formatter(lambda value, _: text.number(value))
    axes.grid(axis="y")
    axes.set_xlabel("Draws so far")
    axes.set_ylabel("Estimated chance")
    style.end_labels(
        axes,
        [(last, text.probability(last, interval), look.ink)],
    )
    return figure
