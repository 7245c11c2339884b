"""When the dearer start pays off: the chance of breaking even in each month, and of never doing so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from distributions import text
from studies.shared import style
from studies.shared.names import labels_in

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.results.labelled import Labelled


@style.styled
def draw(data: Labelled) -> Figure:
    """Bars of `breakeven_probability` of a against b, the last one P(never) from `breakeven_never`.

    Where some draws fall back, bars beside them of the month from which it stays so, and of P(not to the end).
    """
    label = style.labeller(labels_in(data.attrs))
    a, b = style.pair(data)
    # Month 0 is the set-up; only operating months can break even.
    later = data["month"].values > 0
    months = data["month"].values[later]
    chances = data["breakeven_probability"].sel(strategy=a, other=b).values[later]
    never = float(data["breakeven_never"].sel(strategy=a, other=b))
    falls_back = float(data["breakeven_falls_back"].sel(strategy=a, other=b))
    lasting = data["breakeven_lasting_probability"].sel(strategy=a, other=b).values[later]
    at_no_time = float(data["breakeven_lasting_never"].sel(strategy=a, other=b))
    both = falls_back > 0.0
    figure = style.canvas(
        _title_of_both(label(a), label(b), lasting, months, falls_back, at_no_time)
        if both
        else _title(label(a), label(b), chances, months, never),
        f"Share of futures in which {label(a)} {'' if both else 'first '}has cost no more than {label(b)}, "
        "by month",
        data,
    )
    axes = style.panel(figure)
    last = int(months[-1])
    beyond = last + max(1.6, 0.06 * last)
    size = max(0.6, 0.03 * last)
    colour = style.of(data)[a].colour
    grey: dict[str, Any] = {"color": "#bbbbbb", "hatch": "////", "edgecolor": style.FAINT, "linewidth": 0}
    tallest = max(float(chances.max()), never, 1e-9)
    if both:
        axes.bar(months - 0.22, chances, width=0.42, color=colour, alpha=0.45, linewidth=0, label="first")
        axes.bar(months + 0.22, lasting, width=0.42, color=colour, linewidth=0, label="lasting to the end")
        axes.bar([beyond - size / 4], [never], width=size / 2, alpha=0.45, **grey)
        axes.bar([beyond + size / 4], [at_no_time], width=size / 2, **grey)
        axes.legend(loc="best", framealpha=0.9, edgecolor="none", fontsize=8)
        tallest = max(tallest, float(lasting.max()), at_no_time)
    else:
        axes.bar(months, chances, width=0.85, color=colour, linewidth=0)
        axes.bar([beyond], [never], width=size, **grey)
    roomy = len(months) <= 24 and not both
    for month, chance in zip(months, chances, strict=True):
        if roomy and chance >= 0.005:
            axes.text(
                month, chance + 0.012 * tallest, text.percent(chance), ha="center", va="bottom",
                size=8 if len(months) <= 14 else 6.5,
            )  # fmt: skip
    axes.text(
        beyond, (at_no_time if both else never) + 0.012 * tallest, text.percent(at_no_time if both else never, 1),
        ha="center", va="bottom", size=8, weight="bold",
    )  # fmt: skip
    axes.set_ylim(0, min(1.0, tallest) * 1.12)
    axes.set_xlim(months[0] - 0.7, beyond + size)
    style.percent_axis(axes.yaxis)
    style.month_axis(axes.xaxis, months)
    axes.set_xticks([*axes.get_xticks(), beyond])
    axes.set_xticklabels([*(f"{int(tick)}" for tick in axes.get_xticks()[:-1]), "never"])
    # The tick before "never" goes where the two would touch.
    axes.grid(axis="y")
    axes.set_xlabel("Month of operation in which it breaks even")
    axes.set_ylabel("Share of futures")
    return figure


def _title(a: str, b: str, chances: np.ndarray, months: np.ndarray, never: float) -> str:
    if never >= 0.5:
        return (
            f"{a} does not break even with {b} within {text.count(int(months[-1]), 'month')} "
            f"in {text.percent(never, 1)} of futures"
        )
    median = _median(chances, months)
    rest = "it always does in time" if never == 0 else f"in {text.percent(never, 1)} of futures it never does"
    return f"{a} breaks even with {b} by month {median} at the median; {rest}"


def _title_of_both(
    a: str, b: str, lasting: np.ndarray, months: np.ndarray, falls_back: float, at_no_time: float
) -> str:
    """Where some fall back: how soon or how often it catches up for good, and how often it falls back."""
    kept = f"in {text.percent(1 - at_no_time, 1)} of futures"
    when = f"by month {_median(lasting, months)} at the median" if at_no_time < 0.5 else kept
    rest = f"in {text.percent(falls_back, 1)} of futures it falls back"
    return f"{a} breaks even with {b} for good {when}; {rest}"


def _median(chances: np.ndarray, months: np.ndarray) -> int:
    """The month by which half of the draws have come so far, at most the last."""
    return int(months[min(int(np.searchsorted(np.cumsum(chances), 0.5)), len(months) - 1)])
