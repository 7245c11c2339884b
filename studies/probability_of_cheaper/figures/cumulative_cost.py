"""How spending adds up: cumulative discounted cost by month, the compared pair with its P10 to P90 fan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from distributions import text
from studies.shared import style
from studies.shared.names import labels_in, of_the_first

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.results.labelled import Labelled


@style.styled
def draw(data: Labelled) -> Figure:
    """Medians of `cumulative_cost_quantile` for every strategy, fans for the two that are compared."""
    label = style.labeller(labels_in(data.attrs))
    a, b = style.pair(data)
    months = data["month"].values
    fans = data["cumulative_cost_quantile"]
    strategies = [str(name) for name in data["strategy"].values]
    low, median, high = (
        dict(zip(strategies, fans.sel(band=level).values, strict=True)) for level in (0.1, 0.5, 0.9)
    )
    kept = of_the_first(fans.attrs["draws"], data.attrs["draws"])
    figure = style.canvas(
        _title(label(a), label(b), median[a] - median[b], months),
        f"Cumulative discounted cost{kept}: median of each strategy; shaded: P10 to P90 of {label(a)} "
        f"and {label(b)}",
        data,
        height=style.tall(len(strategies)),
    )
    axes = style.panel(figure, left=0.9, right=2.3 if len(strategies) <= 8 else 2.6)
    ends: list[tuple[float, str, str | style.Look]] = []
    looks = style.of(data)
    for name in sorted(strategies, key=lambda name: name in (a, b)):
        look, mine = looks[name], name in (a, b)
        if mine:
            axes.fill_between(
                months, low[name], high[name], color=look.colour, alpha=0.18, linewidth=0,
            )  # fmt: skip
            for edge in (low, high):
                # Edges in the line's own style, or two fans that overlap are one grey patch in print.
                axes.plot(
                    months,
                    edge[name],
                    color=look.colour,
                    linestyle=look.line,
                    linewidth=0.7,
                )
        line = median[name]
        axes.plot(months, line, **style.line(look, len(months)), linewidth=2.4 if mine else 1.4)
        ends.append((float(line[-1]), f"{label(name)} {text.money(float(line[-1]))}", look))
    axes.set_xlim(months[0], months[-1])
    tallest = float(max(high[a].max(), high[b].max(), *(line.max() for line in median.values())))
    axes.set_ylim(0, 1.03 * tallest if tallest > 0 else 1)
    style.money_axis(axes.yaxis)
    style.month_axis(axes.xaxis, months)
    axes.grid(axis="y")
    axes.set_xlabel("Months of operation (0: set-up alone)")
    axes.set_ylabel("Spent so far (present value, USD)")
    style.end_labels(axes, ends)
    return figure


def _title(a: str, b: str, difference: np.ndarray, months: np.ndarray) -> str:
    """Where the two median curves cross for good, or that they do not."""
    cheaper, dearer = (a, b) if difference[-1] < 0 else (b, a)
    ahead = np.sign(difference) == np.sign(difference[-1])
    if difference[-1] == 0:
        return f"At the median {a} and {b} have cost the same by month {int(months[-1])}"
    if ahead.all():
        return f"At the median {cheaper} costs less than {dearer} in every month"
    since = int(months[len(ahead) - int(ahead[::-1].argmin())])
    return f"At the median {cheaper} has cost less than {dearer} from month {since} on"
