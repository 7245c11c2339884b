"""Where the answer tips: probabilities against the values of one input, with the value that reaches the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from studies import text
from studies.figures import style

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STRIP = 0.07
"""Height of the strip below 0 % that shows the input's own distribution."""


@style.styled
def draw(data: xr.Dataset) -> Figure:
    """P(a cheaper than b) with its band, P(cheapest) of each strategy, the roots (see `studies.solve.threshold`)."""
    a, b = (text.label(str(data.attrs[end])) for end in ("a", "b"))
    key = str(data.attrs["input"])
    unit = _unit(data)
    rules = "; dotted: where published documents say it tips" if _rules(data) else ""
    figure = style.canvas(
        _title(data, a, b, key),
        f"{key} held at each value, all other inputs varying; black: of the pair, with its 95 % interval{rules}",
        data,
    )
    names = [str(name) for name in data["strategy"].values]
    longest = max(style.text_inches(text.label(name), 8.5) for name in names) if names else 0.0
    axes = style.panel(figure, left=0.7, right=longest + 0.25)
    at = data["at"].values
    if data.attrs["log"]:
        axes.set_xscale("log")
        style.log_axis(axes.xaxis, float(at[0]), float(at[-1]))
    style.number_axis(axes.xaxis)
    axes.set_xlim(float(at[0]), float(at[-1]))
    axes.set_ylim(-STRIP - 0.04, 1.02)
    how = {"marker": "o", "markersize": 3.5} if data.attrs["discrete"] else {}
    for name in names:
        look, share = style.look(name), data["probability_cheapest"].sel(strategy=name).values
        axes.plot(at, share, color=look.colour, linestyle=look.line, linewidth=1.5, **how)
    axes.fill_between(at, *data["probability_ci"].values.T, color="#bbbbbb", linewidth=0)
    axes.plot(
        at, data["probability"].values, color=style.INK, linewidth=2.6, label=f"{a} cheaper than {b}", **how
    )
    if data.attrs["target"] != "mean":
        axes.axhline(float(data.attrs["target"]), color=style.FAINT, linewidth=0.8, linestyle=(0, (4, 3)))
    _roots(axes, data)
    _prior(axes, data)
    for value, source in _rules(data).items():
        axes.axvline(value, color=style.FAINT, linewidth=0.9, linestyle=(0, (1, 2)))
        axes.text(
            value, 0.985, style.drawable(f" {text.money(value)[1:]} · {source} "), rotation=90, ha="center",
            va="top", size=6.5, color=style.FAINT, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )  # fmt: skip
    ends = []
    for name in names:
        share = float(data["probability_cheapest"].sel(strategy=name)[-1])
        ends.append((share, text.label(name), style.look(name).ink))
    style.percent_axis(axes.yaxis)
    axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    style.end_labels(axes, ends)
    axes.grid(axis="y")
    axes.legend(loc="best", frameon=True, framealpha=0.9, edgecolor="none", fontsize=8)
    axes.set_ylabel("Probability of being the cheapest")
    axes.set_xlabel(style.drawable(key if unit == "1" else f"{key} ({unit})"))
    return figure


def _title(data: xr.Dataset, a: str, b: str, key: str) -> str:
    """What was found: the value that tips it, or that none does."""
    unit, value, mean = _unit(data), float(data["value"]), data.attrs["target"] == "mean"
    wanted = "a mean difference of $0" if mean else f"{text.number(100 * float(data.attrs['target']), 6)} %"
    if np.isnan(value):
        return f"{a} against {b}: no value of {key} here reaches {wanted}"
    if data.sizes["root"] > 1:
        return f"{a} against {b}: {data.sizes['root']} values of {key} reach {wanted}"
    rises = int(data["root_direction"][0]) > 0
    shown = text.with_interval(value, data["ci95"].values, unit).partition(" (95 %")[0]
    place = f"{'from' if rises != mean else 'up to'} {key} = {shown}"
    if mean:
        return f"{a} costs less than {b} on average {place}"
    return f"{a} is cheaper than {b} in {wanted} of futures or more {place}"


def _unit(data: xr.Dataset) -> str:
    return str(data.attrs["units"][0]) if "units" in data.attrs else "1"


def _rules(data: xr.Dataset) -> dict[float, str]:
    """Volumes that published documents name and who does, where this is the axis and they lie on it."""
    if "rule_value" not in data or data.attrs["input"] != "workload.queries_per_month":
        return {}
    return style.rules_of_thumb(data, float(data["at"][0]), float(data["at"][-1]))


def _roots(axes: Axes, data: xr.Dataset) -> None:
    left, right = axes.get_xlim()
    for root, interval in zip(data["root_value"].values, data["root_ci95"].values, strict=True):
        low, high = np.where(np.isfinite(interval), interval, (left, right))
        axes.axvspan(low, high, color=style.SKY, alpha=0.35, linewidth=0)
        axes.axvline(root, color=style.INK, linewidth=1.0)
        share = float(np.interp(root, data["at"].values, data["probability"].values))
        axes.plot(
            [root], [share], marker="o", markersize=6, markerfacecolor="white", color=style.INK, zorder=5
        )


def _prior(axes: Axes, data: xr.Dataset) -> None:
    """The input's own distribution as a strip below the curves: its middle 80 and 50 %, and its median."""
    levels, values = data["quantile"].values, data["prior_quantile"].values
    left, right = axes.get_xlim()
    for low, high, colour in ((0.1, 0.9, "#d5d5d5"), (0.25, 0.75, "#9a9a9a")):
        ends = np.clip(np.interp((low, high), levels, values), left, right)
        axes.fill_between(ends, -STRIP, -0.02, color=colour, linewidth=0)
    middle = float(data["median"])
    if left <= middle <= right:
        axes.plot([middle, middle], [-STRIP - 0.02, 0.0], color=style.INK, linewidth=1.8)
