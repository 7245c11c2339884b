"""When the dearer start pays off: the chance of breaking even in each month, and of never doing so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from studies import text
from studies.figures import style

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """Bars of `breakeven_probability` of a against b, the last one P(never) from `breakeven_never`."""
    a, b = style.pair(data)
    chances = data["breakeven_probability"].sel(strategy=a, other=b)
    # Month 0 is the set-up; only operating months can break even.
    chances = chances.isel(month=chances["month"].values > 0)
    months = chances["month"].values
    never = float(data["breakeven_never"].sel(strategy=a, other=b))
    figure = style.canvas(
        _title(a, b, chances.values, months, never),
        f"Share of futures in which {text.label(a)} first has cost no more than {text.label(b)}, by month",
        data,
    )
    axes = style.panel(figure)
    last = int(months[-1])
    beyond = last + max(1.6, 0.06 * last)
    size = max(0.6, 0.03 * last)
    axes.bar(months, chances.values, width=0.85, color=style.look(a).colour, linewidth=0)
    axes.bar([beyond], [never], width=size, color="#bbbbbb", hatch="////", edgecolor=style.FAINT, linewidth=0)
    tallest = max(float(chances.max()), never, 1e-9)
    roomy = len(months) <= 24
    for month, chance in zip(months, chances.values, strict=True):
        if roomy and chance >= 0.005:
            axes.text(
                month, chance + 0.012 * tallest, f"{100 * chance:.0f} %", ha="center", va="bottom",
                size=8 if len(months) <= 14 else 6.5,
            )  # fmt: skip
    axes.text(
        beyond, never + 0.012 * tallest, text.percent(never), ha="center", va="bottom", size=8, weight="bold"
    )
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
            f"{text.label(a)} does not break even with {text.label(b)} within {text.count(int(months[-1]), 'month')} "
            f"in {text.percent(never)} of futures"
        )
    median = int(months[min(int(np.searchsorted(np.cumsum(chances), 0.5)), len(months) - 1)])
    rest = "it always does in time" if never == 0 else f"in {text.percent(never)} of futures it never does"
    return f"{text.label(a)} breaks even with {text.label(b)} by month {median} at the median; {rest}"
