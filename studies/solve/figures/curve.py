"""Where the answer tips: probabilities against the values of one input, with the value that reaches the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from distributions import text
from studies.shared import style
from studies.shared.names import label

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STRIP = 0.07
"""Height, as a share of the axes, of the strip at the bottom that shows the input's own distribution."""


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """P(a cheaper than b) with its band, P(cheapest) of each strategy, the roots (see `studies.solve.threshold`).

    Where the target is a mean difference of 0, the mean difference instead.
    """
    key, unit, at = str(data.attrs["input"]), _unit(data), data["at"].values
    rules = style.rules_of_thumb(data, key, float(at[0]), float(at[-1]))
    strip = (
        "tick below: its value"
        if data.attrs["certain"]
        else "below: its own middle 80 and 50 %, and its median"
    )
    figure = style.canvas(
        _title(data, key),
        f"{key} held at each value, all others varying; {strip}{style.rules_in_words(rules)}",
        data,
    )
    mean = data.attrs["target"] == "mean"
    names = [] if mean else [str(name) for name in data["strategy"].values]
    longest = max((style.text_inches(label(name), 8.5) for name in names), default=0.0)
    axes = style.panel(figure, left=0.85, right=longest + 0.25)
    if data.attrs["log"]:
        axes.set_xscale("log")
        style.log_axis(axes.xaxis, float(at[0]), float(at[-1]))
    style.number_axis(axes.xaxis)
    if data.attrs["discrete"]:
        axes.margins(x=0.03)
    else:
        axes.set_xlim(float(at[0]), float(at[-1]))
    curve = "difference" if mean else "probability"
    if mean:
        _difference(axes, data)
    else:
        _probabilities(axes, data, names)
    for root, interval in zip(data["root_value"].values, data["root_ci95"].values, strict=True):
        low, high = np.where(np.isfinite(interval), interval, axes.get_xlim())
        axes.axvspan(low, high, color=style.SKY, alpha=0.35, linewidth=0)
        axes.axvline(root, color=style.INK, linewidth=1.0)
        height = float(np.interp(root, at, data[curve].values))
        axes.plot(
            [root], [height], marker="o", markersize=6, markerfacecolor="white", color=style.INK, zorder=5
        )
    _prior(axes, data)
    style.mark_rules(axes, rules)
    axes.grid(axis="y")
    axes.legend(loc="best", framealpha=0.9, edgecolor="none", fontsize=8)
    axes.set_xlabel(style.drawable(key if unit == "1" else f"{key} ({unit})"))
    return figure


def _probabilities(axes: Axes, data: xr.Dataset, names: list[str]) -> None:
    """The pair's curve with its band, and P(cheapest) of each strategy."""
    a, b = _labels(data)
    at, marks = data["at"].values, _marks(data)
    axes.set_ylim(-0.11, 1.02)
    for name in names:
        look, share = style.look(name), data["probability_cheapest"].sel(strategy=name).values
        axes.plot(
            at, share, color=look.colour, linestyle=look.line, linewidth=1.5, marker=marks, markersize=3
        )
    axes.fill_between(at, *data["probability_ci"].values.T, color="#bbbbbb", linewidth=0)
    axes.plot(
        at,
        data["probability"].values,
        color=style.INK,
        linewidth=2.6,
        markersize=4,
        marker=marks,
        label=f"{a} cheaper than {b}",
    )
    axes.axhline(float(data.attrs["target"]), color=style.FAINT, linewidth=0.8, linestyle=(0, (4, 3)))
    style.percent_axis(axes.yaxis)
    axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    axes.set_ylabel("Probability of being the cheapest")
    last = data["probability_cheapest"][-1]
    style.end_labels(
        axes, [(float(last.sel(strategy=name)), label(name), style.look(name).ink) for name in names]
    )


def _difference(axes: Axes, data: xr.Dataset) -> None:
    """The mean difference with its band."""
    a, b = _labels(data)
    at, curve = data["at"].values, data["difference"].values
    axes.fill_between(at, *data["difference_ci"].values.T, color="#bbbbbb", linewidth=0)
    axes.plot(
        at, curve, color=style.INK, linewidth=2.6, markersize=4, marker=_marks(data), label=f"{a} minus {b}"
    )
    axes.axhline(0.0, color=style.FAINT, linewidth=0.8, linestyle=(0, (4, 3)))
    low, high = min(float(curve.min()), 0.0), max(float(curve.max()), 0.0)
    reach = high - low or 1.0
    axes.set_ylim(low - 0.15 * reach, high + 0.05 * reach)
    style.money_axis(axes.yaxis)
    axes.set_ylabel("Mean difference of cost (USD)")


def _labels(data: xr.Dataset) -> tuple[str, str]:
    return label(str(data.attrs["a"])), label(str(data.attrs["b"]))


def _marks(data: xr.Dataset) -> str:
    """A mark at each value where there are single values only."""
    return "o" if data.attrs["discrete"] else ""


def _title(data: xr.Dataset, key: str) -> str:
    """What was found: the value that tips it, or that none does."""
    a, b = _labels(data)
    unit, value, mean = _unit(data), float(data["value"]), data.attrs["target"] == "mean"
    wanted = "a mean difference of $0" if mean else f"{text.number(100 * float(data.attrs['target']), 6)} %"
    if np.isnan(value):
        return f"{a} against {b}: no value of {key} here reaches {wanted}"
    if data.sizes["root"] > 1:
        return f"{a} against {b}: {data.sizes['root']} values of {key} reach {wanted}"
    rises = int(data["root_direction"][0]) > 0
    shown = text.with_interval(value, data["ci95"].values.tolist(), unit).partition(" (95 %")[0]
    place = f"{'from' if rises != mean else 'below'} {key} = {shown}"
    if mean:
        return f"{a} costs less than {b} on average {place}"
    return f"{a} is cheaper than {b} in {wanted} of futures or more {place}"


def _unit(data: xr.Dataset) -> str:
    return str(data.attrs["units"][0]) if "units" in data.attrs else "1"


def _prior(axes: Axes, data: xr.Dataset) -> None:
    """The input's own distribution as a strip below the curves: its middle 80 and 50 %, and its median."""
    levels, values = data["quantile"].values, data["prior_quantile"].values
    left, right = axes.get_xlim()
    below = axes.get_xaxis_transform()
    for low, high, colour in ((0.1, 0.9, "#d5d5d5"), (0.25, 0.75, "#9a9a9a")):
        ends = np.clip(np.interp((low, high), levels, values), left, right)
        axes.fill_between(ends, 0.02, STRIP, color=colour, linewidth=0, transform=below)
    middle = float(data["median"])
    if left <= middle <= right:
        axes.plot([middle, middle], [0.0, STRIP + 0.02], color=style.INK, linewidth=1.8, transform=below)
