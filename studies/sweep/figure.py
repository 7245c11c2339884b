"""P(cheaper) over scenarios and values of inputs: dots, curves, a map, or small multiples of these."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import LineCollection
from numpy.typing import NDArray

from distributions import text
from sim.results.labelled import Labelled, LabelledArrays
from studies.shared import style
from studies.shared.names import labels_in

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_DOTS = 40
MOST_CURVES = 6
MOST_PANELS = 12
COLUMNS = 4
LOOKS = (
    (style.BLUE, "-"),
    (style.VERMILLION, (0, (6, 1.5))),
    ("#007a59", (0, (3, 1.2, 1, 1.2, 1, 1.2))),
    ("#444444", (0, (1, 1.2))),
    ("#8f6200", (0, (5, 1.5, 1, 1.5))),
    ("#8d4a70", (0, (8, 2))),
)
"""Of curves: colours that words can have as well, and lines that grey keeps apart."""


@style.styled
def draw(labelled: Labelled, title: str) -> Figure:
    """P(a cheaper than b) of every cell, or of as many as can be shown (see `Sweep.to_arrays`).

    title: the finding. Scenarios that compare different pairs never share a curve's axes; among dots each has its
    pair above it.
    """
    data = LabelledArrays.of(labelled)
    fixed = [key for key in data.attrs["axes"] if data.sizes[key] == 1]
    note = "".join(f"; {key} = {text.number(float(data[key][0]), 6)}" for key in fixed)
    data = data.isel(**dict.fromkeys(fixed, 0))
    keys = [key for key in data.attrs["axes"] if key not in fixed]
    if not keys:
        return _dots(data, title, note)
    if len(keys) == 1 and data.sizes["scenario"] <= MOST_CURVES and len(_pairs(data)) == 1:
        return _curves(data, title, keys[0], note)
    if len(keys) == 2 and data.sizes["scenario"] == 1:
        return _map(data, title, keys, note)
    return _multiples(data, title, keys, note)


def _pairs(data: LabelledArrays) -> list[tuple[str, str]]:
    """The pairs that are compared, each once."""
    both = zip(data["compare_a"].values, data["compare_b"].values, strict=True)
    return list(dict.fromkeys((str(a), str(b)) for a, b in both))


def _chance_label(data: LabelledArrays, pair: tuple[str, str]) -> str:
    label = style.labeller(labels_in(data.attrs))
    return f"P({label(pair[0])} costs less than {label(pair[1])})"


def _dots(data: LabelledArrays, title: str, note: str) -> Figure:
    """A row for each scenario, sorted, under its pair."""
    shares, ends = data["probability_cheaper"].values, data["probability_cheaper_ci"].values
    names = [str(name) for name in data["scenario"].values]
    pair_of = list(zip(data["compare_a"].values, data["compare_b"].values, strict=True))
    shown = sorted(np.argsort(np.abs(shares - 0.5), kind="stable")[:MOST_DOTS], key=lambda k: -shares[k])
    pairs = _pairs(data)
    few = f"; the {MOST_DOTS} nearest to 50 % of {len(names):,}" if len(names) > MOST_DOTS else ""
    rows: list[tuple[int | None, str]] = []
    for pair in pairs:
        of_pair = [k for k in shown if pair_of[k] == pair]
        if len(pairs) > 1 and of_pair:
            rows.append((None, _chance_label(data, pair)))
        rows += [(int(k), names[k]) for k in of_pair]
    what = (
        _chance_label(data, pairs[0])
        if len(pairs) == 1
        else "P(the first of the pair costs less than the second)"
    )
    subtitle = f"{what}, with its 95 % interval{note}{few}"
    figure = style.canvas(title, subtitle, data, height=max(2.2, 1.7 + 0.24 * len(rows)))
    labels = [text.clean(words, 34) if k is not None else "" for k, words in rows]
    left = max(style.text_inches(style.drawable(words), 9) for words in labels) + 0.45
    axes = style.panel(figure, left=max(left, 1.0), right=0.9)
    for at, (k, words) in enumerate(rows):
        if k is None:
            axes.text(
                0.0, at, style.drawable(words), size=8.5, weight="bold", va="center",
                transform=axes.get_yaxis_transform(),
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
            )  # fmt: skip
            continue
        low, high = ends[k] if np.isfinite(ends[k]).all() else (shares[k], shares[k])
        axes.plot([low, high], [at, at], color=style.INK, linewidth=2.4, solid_capstyle="butt")
        above = bool(shares[k] > 0.5)
        axes.plot(
            [shares[k]], [at], marker="o", markersize=6.5, color=style.BLUE if above else "white",
            markeredgecolor=style.BLUE, markeredgewidth=1.5, clip_on=False, zorder=4,
        )  # fmt: skip
        axes.text(
            1.02,
            at,
            text.probability(float(shares[k]), ends[k].tolist()),
            va="center",
            size=8.5,
            transform=axes.get_yaxis_transform(),
        )
    axes.axvline(0.5, color=style.FAINT, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    axes.set_yticks(range(len(rows)), [style.drawable(words) for words in labels])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(-0.012, 1.012)
    style.percent_axis(axes.xaxis)
    axes.grid(axis="x")
    axes.set_xlabel(
        "Probability that the first is cheaper" if len(pairs) > 1 else "Probability (filled: above 50 %)"
    )
    return figure


def _curves(data: LabelledArrays, title: str, key: str, note: str) -> Figure:
    """A curve for each scenario, named where it ends."""
    names = [text.clean(str(name), 24) for name in data["scenario"].values]
    several = len(names) > 1
    subtitle = f"{key} held at each value, all others varying as ever; {_within(data)}{note}"
    figure = style.canvas(title, subtitle, data)
    right = max(style.text_inches(style.drawable(name), 8.5) for name in names) + 0.3 if several else 0.35
    axes = style.panel(figure, left=0.85, right=right)
    _lines(axes, data, key, [LOOKS[k] for k in range(len(names))] if several else [(style.INK, "-")])
    axes.set_ylabel(_chance_label(data, _pairs(data)[0]), size=8.5)
    axes.set_xlabel(_named(data, key))
    if several:
        ends = data["probability_cheaper"].values[:, -1]
        style.end_labels(axes, [(float(ends[k]), name, LOOKS[k][0]) for k, name in enumerate(names)])
    return figure


def _named(data: LabelledArrays, key: str) -> str:
    unit = str(data[key].attrs["units"])
    return style.drawable(key if unit == "1" else f"{key} ({unit})")


def _lines(axes: Axes, data: LabelledArrays, key: str, looks: list[Any]) -> None:
    """P against one input, of each scenario of the data; marks at the values that were run."""
    at = data[key].values
    _scale(axes, data, key)
    axes.set_ylim(-0.02, 1.02)
    for k, (colour, line) in enumerate(looks):
        low, high = data["probability_cheaper_ci"].values[k].T
        axes.fill_between(at, low, high, color=colour, alpha=0.25, linewidth=0)
        axes.plot(
            at, data["probability_cheaper"].values[k], color=colour, linestyle=line, linewidth=2.0,
            marker="o" if at.size <= 40 else "", markersize=3.5,
        )  # fmt: skip
    axes.axhline(0.5, color=style.FAINT, linewidth=0.8, linestyle=(0, (4, 3)))
    style.percent_axis(axes.yaxis)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1.0])
    axes.grid(axis="y")


def _scale(axes: Axes, data: LabelledArrays, key: str) -> None:
    """The input to the right."""
    values = data[key].values
    if data[key].attrs["log"]:
        axes.set_xscale("log")
        style.log_axis(axes.xaxis, float(values[0]), float(values[-1]))
    style.number_axis(axes.xaxis)


def _map(data: LabelledArrays, title: str, keys: list[str], note: str) -> Figure:
    """One scenario over two inputs."""
    chance = _chance_label(data, _pairs(data)[0])
    subtitle = f"{chance}; both held at each cell's values; line: where it crosses 50 %{note}"
    figure = style.canvas(title, subtitle, data)
    axes = style.panel(figure, left=1.05, right=1.15)
    mesh = _shaded(axes, data.isel(scenario=0), keys, numbers=True)
    axes.set_xlabel(_named(data, keys[0]))
    axes.set_ylabel(_named(data, keys[1]))
    place = axes.get_position()
    _bar(figure, mesh, (1 - 0.95 / style.SIZE[0], place.y0, 0.14 / style.SIZE[0], place.height))
    return figure


def _bar(figure: Figure, mesh: Any, place: tuple[float, float, float, float]) -> None:
    bar = figure.add_axes(place)
    figure.colorbar(mesh, cax=bar)
    style.percent_axis(bar.yaxis)
    bar.set_yticks([0, 0.5, 1.0])


def _shaded(axes: Axes, data: LabelledArrays, keys: list[str], *, numbers: bool) -> Any:
    """Cells by colour, the line where P is one half, and where they fit the percentages."""
    x, y = (data[key].values for key in keys)
    shares = data["probability_cheaper"].transpose(keys[1], keys[0]).values
    edges = np.arange(x.size + 1) - 0.5, np.arange(y.size + 1) - 0.5
    mesh = axes.pcolormesh(*edges, shares, cmap=style.SHADES, vmin=0.0, vmax=1.0, rasterized=True)
    axes.add_collection(LineCollection(_edges(shares > 0.5), colors=[style.INK], linewidths=[2.0]))
    place = axes.get_position()
    figure = axes.get_figure(root=True)
    assert figure is not None
    wide = place.width * style.SIZE[0] / x.size
    high = place.height * float(figure.get_size_inches()[1]) / y.size
    if numbers and wide > 0.42 and high > 0.2:
        for j, k in itertools.product(range(y.size), range(x.size)):
            axes.text(
                k, j, text.percent(float(shares[j, k])).removesuffix(" %").replace("under ", "<").replace("over ", ">"),
                ha="center", va="center", size=8,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.65, "pad": 1.0},
            )  # fmt: skip
    for axis, values, room in (
        (axes.xaxis, x, place.width * style.SIZE[0] / 0.55),
        (axes.yaxis, y, high * y.size / 0.22),
    ):
        step = max(1, math.ceil(values.size / max(2.0, room)))
        some = range(0, values.size, step)
        axis.set_ticks(list(some), [style.plain_tick(values[k]) for k in some])
    axes.tick_params(length=2)
    return mesh


def _edges(above: NDArray[np.bool_]) -> list[list[tuple[float, float]]]:
    """The sides between cells (rows, columns) of which one is above one half and the other is not."""
    upright = [
        [(k + 0.5, j - 0.5), (k + 0.5, j + 0.5)] for j, k in np.argwhere(above[:, 1:] != above[:, :-1])
    ]
    level = [[(k - 0.5, j + 0.5), (k + 0.5, j + 0.5)] for j, k in np.argwhere(above[1:] != above[:-1])]
    return upright + level


def _within(data: LabelledArrays) -> str:
    """How wide the intervals are at most."""
    ends = data["probability_cheaper_ci"].values
    half = float(np.max(ends[..., 1] - ends[..., 0], initial=0.0)) / 2.0
    return f"95 % intervals within ± {text.number(100 * half, 1)} points" if half > 0.0 else "95 % intervals"


def _multiples(data: LabelledArrays, title: str, keys: list[str], note: str) -> Figure:
    """A panel for each scenario and value of the third and further inputs: curves over one input, maps over two."""
    drawn, others = keys[:2], keys[2:]
    spots = list(
        itertools.product(range(data.sizes["scenario"]), *(range(data.sizes[key]) for key in others))
    )
    shown = spots[:MOST_PANELS]
    pairs = _pairs(data)
    columns = min(COLUMNS, len(shown))
    rows = math.ceil(len(shown) / columns)
    what = (
        _chance_label(data, pairs[0])
        if len(pairs) == 1
        else "P(the first of each pair costs less than the second)"
    )
    rest = (
        f"; {len(shown)} of {len(spots):,} panels, the rest in sweep.csv" if len(spots) > len(shown) else ""
    )
    shape = f"{_named(data, drawn[0])} to the right" + (
        f", {_named(data, drawn[1])} upwards" if len(drawn) == 2 else ""
    )
    figure = style.canvas(title, f"{what}; {shape}{note}{rest}", data, height=1.6 + 1.75 * rows)
    height, top = figure.get_figheight(), figure.subplotpars.top * figure.get_figheight()
    left, right, bottom, gap, head = 0.75, 0.9 if len(drawn) == 2 else 0.3, 0.75, 0.5, 0.45
    wide = (style.SIZE[0] - left - right - gap * (columns - 1)) / columns
    high = (top - bottom - head * rows - 0.28 * (rows - 1)) / rows

    def inches(x: float, y: float, width: float, tall: float) -> tuple[float, float, float, float]:
        return x / style.SIZE[0], y / height, width / style.SIZE[0], tall / height

    mesh = None
    for number, (scenario, *at) in enumerate(shown):
        row, column = divmod(number, columns)
        low = top - (row + 1) * (head + high) - row * 0.28
        axes = figure.add_axes(inches(left + column * (wide + gap), low, wide, high))
        axes.set_axisbelow(True)
        axes.tick_params(length=2, labelsize=7)
        place: dict[Any, int] = dict(zip(others, at, strict=True))
        panel = data.isel(**place)
        if len(drawn) == 2:
            mesh = _shaded(axes, panel.isel(scenario=scenario), drawn, numbers=False)
        else:
            _lines(axes, panel.isel(scenario=[scenario]), drawn[0], [(style.INK, "-")])
            if column:
                axes.set_yticklabels([])
        _head(axes, _panel_words(data, scenario, place), wide + gap - 0.1, high)
    if mesh is not None:
        _bar(figure, mesh, inches(style.SIZE[0] - 0.7, bottom, 0.12, min(1.6, top - bottom - 0.4)))
    return figure


def _panel_words(data: LabelledArrays, scenario: int, place: dict[Any, int]) -> list[str]:
    """What tells a panel from the others, in one line or two: scenario, values of further inputs, pair."""
    named = [str(data["scenario"].values[scenario])] if data.sizes["scenario"] > 1 else []
    values = [f"{key} = {text.number(float(data[key][k]), 4)}" for key, k in place.items()]
    if len(_pairs(data)) == 1:
        return [*named, *values][:2]
    pair = f"{data['compare_a'].values[scenario]} / {data['compare_b'].values[scenario]}"
    return [*[*named, *values][:1], pair]


def _head(axes: Axes, words: list[str], wide: float, high: float) -> None:
    """Lines above a panel so many inches high, cut to a width in inches; the first is darker."""
    for line, text_line in enumerate(reversed(words)):
        axes.text(
            0.0, 1.0 + (0.06 + 0.15 * line) / high, style.drawable(_fit(text_line, wide)), size=8,
            transform=axes.transAxes, color=style.INK if line or len(words) == 1 else style.FAINT, va="bottom",
        )  # fmt: skip


def _fit(words: str, inches: float) -> str:
    """Cut to a width."""
    if style.text_inches(words, 8) <= inches:
        return words
    while words and style.text_inches(words + "…", 8) > inches:
        words = words[:-1]
    return words.rstrip() + "…"
