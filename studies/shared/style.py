"""The look of every figure: size, fonts, title, footer, money axes, and how a figure becomes a file.

Figures are made with matplotlib's object interface, so that no window
system is ever asked for, and under settings of our own, so that a `matplotlibrc` on the machine changes
nothing.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any, ParamSpec

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from distributions import text
from studies.shared.looks import BLUE as BLUE
from studies.shared.looks import FAINT as FAINT
from studies.shared.looks import GREEN as GREEN
from studies.shared.looks import GREY as GREY
from studies.shared.looks import INK as INK
from studies.shared.looks import ITEMS as ITEMS
from studies.shared.looks import ORANGE as ORANGE
from studies.shared.looks import PURPLE as PURPLE
from studies.shared.looks import SKY as SKY
from studies.shared.looks import VERMILLION as VERMILLION
from studies.shared.looks import YELLOW as YELLOW
from studies.shared.looks import Look as Look
from studies.shared.looks import look as look
from studies.shared.looks import looks as looks
from studies.shared.names import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from sim.results.labelled import Labelled, LabelledRecord

P = ParamSpec("P")

SIZE = (8.0, 4.5)
"""Inches: half a slide of 16 by 9, at which 9 point text reads well."""

DPI = 160
"""Of the PNG: 1280 by 720 pixels."""

GRID = "#dddddd"
SHADES = LinearSegmentedColormap.from_list("probability", ["#ffffff", "#b9d3ea", "#4d8fc4"])
"""From white to a blue that still shows dark lines: its lightness falls all the way, so that grey reads the same."""

SETTINGS: Any = {
    "axes.edgecolor": FAINT,
    "axes.formatter.use_locale": False,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.6,
    "lines.linewidth": 2.0,
    "svg.fonttype": "none",
    "svg.hashsalt": "breakeven",
    "text.color": INK,
    # A dollar sign is money here, never the start of a formula.
    "text.parse_math": False,
    "xtick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.color": FAINT,
    "ytick.labelcolor": INK,
}


def lines(words: str, size: float, inches: float, most: int = 1, *, bold: bool = False) -> list[str]:
    """What a user calls something, in at most so many lines no wider than `inches`; the rest is cut off with "…"."""
    wrapped = wrap(drawable(words), size, inches, bold=bold)
    kept = wrapped[:most]
    if len(wrapped) > most:
        kept[-1] = " ".join(wrapped[most - 1 :])
    return [fitted(line, size, inches, bold=bold) for line in kept]


def fitted(words: str, size: float, inches: float, *, bold: bool = False) -> str:
    """A line cut off with "…" where it is wider than `inches`."""
    if text_inches(words, size, bold=bold) <= inches:
        return words
    while words and text_inches(words + "…", size, bold=bold) > inches:
        words = words[:-1]
    return words.rstrip() + "…"


@contextmanager
def settings() -> Iterator[None]:
    """Matplotlib under the settings of this module alone, whatever the machine's own are."""
    # The one-off message about building the font cache is not the user's concern.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        yield


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Runs a drawing function under `settings`."""

    @wraps(draw)
    def inner(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with settings():
            return draw(*args, **kwargs)

    return inner


@lru_cache(maxsize=4)
def _font(bold: bool) -> Any:
    return get_font(findfont(FontProperties(family=["DejaVu Sans"], weight="bold" if bold else "normal")))


def drawable(words: str, limit: int = 400) -> str:
    """Text of a user in a figure; characters that the font lacks are boxes, so that no glyph is missing in silence."""
    font = _font(False)
    return "".join(c if font.get_char_index(ord(c)) else "\u25a1" for c in text.clean(words, limit))


def labeller(labels: Mapping[str, str]) -> Callable[[str], str]:
    """A strategy's name for a reader of a figure (see `names.label`), under what a scenario calls its strategies."""
    return lambda strategy: drawable(label(strategy, labels))


def text_inches(words: str, size: float, *, bold: bool = False) -> float:
    """Width of a line of text in inches at a font size in points."""
    font = _font(bold)
    font.set_size(size, 72)
    font.set_text(words, 0.0)
    return float(font.get_width_height()[0]) / 64 / 72


def wrap(words: str, size: float, inches: float, *, bold: bool = False) -> list[str]:
    """Text broken at spaces into lines no wider than `inches`."""
    lines: list[str] = []
    # A number stays with its sign of percent or its error.
    for bound in (" %", " ± "):
        words = words.replace(bound, bound.replace(" ", "\xa0"))
    # Most texts have room on one line, and are measured once in place of once a word.
    if text_inches(words, size, bold=bold) <= inches:
        return [words.replace("\xa0", " ")]
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_inches(longer, size, bold=bold) <= inches:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line.replace("\xa0", " ") for line in lines]


def canvas(title: str, subtitle: str, data: Labelled | LabelledRecord, *, height: float = SIZE[1]) -> Figure:
    """An empty figure with its finding as title, a line to explain it, and a footer with the source."""
    figure = Figure(figsize=(SIZE[0], height), facecolor="white")
    inner = SIZE[0] - 0.5
    top = height - 0.18
    for line in wrap(drawable(title), 13, inner, bold=True):
        figure.text(0.25 / SIZE[0], top / height, line, size=13, weight="bold", va="top", gid="title")
        top -= 0.25
    top -= 0.02
    for line in wrap(drawable(subtitle), 9, inner):
        figure.text(0.25 / SIZE[0], top / height, line, size=9, color=FAINT, va="top")
        top -= 0.17
    for line, above in zip(footer(data), (0.2, 0.07), strict=True):
        figure.text(0.25 / SIZE[0], above / height, line, size=7, color=FAINT, va="bottom", gid="footer")
    # Read by `panel`; a figure has no other place to keep where its free area begins.
    figure.subplots_adjust(top=(top - 0.12) / height)
    return figure


def footer(data: Labelled | LabelledRecord) -> tuple[str, str]:
    """The study; and draws, design, seed and version: what it takes to make the figure again."""
    attributes = data.attrs
    parts = []
    if "seed" in attributes and "draws" in attributes:
        draws = text.count(int(attributes["draws"]), "draw")
        parts.append(f"n = {draws} ({attributes['design']}, seed {attributes['seed']})")
    if "discount_rate" in attributes:
        parts.append(f"present value at {text.number(100 * float(attributes['discount_rate']))} % a year")
    if "version" in attributes:
        parts.append(f"breakeven {attributes['version']}")
    parts.append(str(attributes.get("sources", "inputs and sources: scenario.toml")))
    title = drawable(str(attributes.get("title", "")), 250)
    room = SIZE[0] - 0.5
    return fitted(title, 7, room), "  ·  ".join(parts)


def panel(figure: Figure, *, left: float = 0.75, right: float = 0.25, bottom: float = 0.8) -> Axes:
    """Axes below the title of a canvas; margins in inches, the bottom one above the footer and axis label."""
    height = figure.get_figheight()
    top = figure.subplotpars.top * height
    axes = figure.add_axes(
        (left / SIZE[0], bottom / height, (SIZE[0] - left - right) / SIZE[0], (top - bottom) / height)
    )
    axes.set_axisbelow(True)
    axes.tick_params(length=3)
    return axes


def money_axis(axis: Axis, ticks: int = 6) -> None:
    """Ticks as $1.2M on a linear or logarithmic axis."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
    axis.set_minor_formatter(NullFormatter())
    if axis.get_scale() == "linear":
        axis.set_major_locator(MaxNLocator(ticks))


def number_axis(axis: Axis, ticks: int = 6) -> None:
    """Ticks as 1.2M on a linear or logarithmic axis."""
    money_axis(axis, ticks)
    axis.set_major_formatter(FuncFormatter(lambda value, _: plain_tick(value)))


def _tick(value: float) -> str:
    # Without the zeros that three digits would add to a round number: $1.5M, not $1.50M.
    shown = text.money(value)
    body, suffix = (shown[:-1], shown[-1]) if shown[-1].isalpha() else (shown, "")
    return (body.rstrip("0").rstrip(".") if "." in body else body) + suffix


def plain_tick(value: float) -> str:
    """A number as a tick has it: 1.2M, 0.25."""
    return _tick(value).replace("$", "")


def log_axis(axis: Axis, low: float, high: float) -> None:
    """Ticks at powers of ten, and between them where the axis spans few of these."""
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < 200 * low else (1.0,)))
    axis.set_minor_formatter(NullFormatter())


def percent_axis(axis: Axis) -> None:
    """Ticks of a share as 0 %, 20 %, …, with no more decimals than they need."""
    axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{text.number(100 * value, 6)} %"))


def number_formatter() -> FuncFormatter:
    """Ticks as plain numbers: 0.25, 3,100, 3.1M."""
    return FuncFormatter(
        lambda value, _: text.number(value, 4) if abs(value) < 1e5 else _tick(value).replace("$", "")
    )


def month_axis(axis: Axis, months: NDArray[Any]) -> None:
    """Whole months; each is ticked where there are few, else every third, sixth or twelfth."""
    last = int(months[-1])
    step = next(step for step in (1, 3, 6, 12) if last <= 16 * step)
    axis.set_ticks([month for month in range(0, last + 1, step) if month >= int(months[0])])


def spread(positions: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Label positions at least `gap` apart within [low, high], each as near to its own as that allows."""
    order = np.argsort(positions, kind="stable")
    # Blocks of labels that touch are centred on the mean of what they ask for, merging as they meet.
    blocks: list[list[float]] = []
    for at in order:
        blocks.append([float(positions[at]), 1.0])
        while len(blocks) > 1 and blocks[-1][0] - blocks[-2][0] < gap * (blocks[-1][1] + blocks[-2][1]) / 2:
            (b, m), (a, n) = blocks.pop(), blocks.pop()
            blocks.append([(a * n + b * m) / (n + m), n + m])
    placed = [centre + gap * (k - (size - 1) / 2) for centre, size in blocks for k in range(int(size))]
    for k in range(len(placed)):
        placed[k] = max(placed[k], low + gap * k)
    for k in range(len(placed)):
        placed[-1 - k] = min(placed[-1 - k], high - gap * k)
    result = [0.0] * len(placed)
    for at, where in zip(order, placed, strict=True):
        result[int(at)] = where
    return result


def of(data: Labelled) -> dict[str, Look]:
    """The looks of a run's strategies."""
    return looks(str(name) for name in data["strategy"].values)


def line(look: Look, points: int) -> dict[str, Any]:
    """How `plot` draws the line of a strategy that has so many points; markers stand apart, not at each of these."""
    drawn: dict[str, Any] = {"color": look.colour, "linestyle": look.line}
    if look.marker:
        drawn |= {"marker": look.marker, "markersize": 4.5, "markevery": max(1, round(points / 7))}
        drawn |= {"markerfacecolor": "white", "markeredgewidth": 1.1}
    return drawn


def tall(strategies: int, each: float = 0.17) -> float:
    """Height of a figure that names so many strategies below each other, inches: more than the usual where needed."""
    return max(SIZE[1], 1.8 + each * strategies)


def end_labels(axes: Axes, ends: Sequence[tuple[float, str, str | Look]]) -> None:
    """Labels (height, words, colour or look) right of the axes where lines end, moved apart if they touch.

    Where a colour is not one line's alone, each label of a look begins with a piece of its line.
    """
    low, high = axes.get_ylim()
    figure = axes.get_figure()
    assert figure is not None
    inches = axes.bbox.height / figure.dpi
    # Many labels share what height there is, in letters no smaller than print can bear.
    step = min(0.17, inches / max(len(ends) - 1, 1))
    size = max(5.0, 8.5 * min(1.0, step / 0.15))
    gap = step / inches * (high - low)
    heights = spread([height for height, _, _ in ends], gap, low, high)
    pieces = any(isinstance(of_line, Look) and of_line.marker for _, _, of_line in ends)
    width = axes.get_position().width * SIZE[0]
    left = 0.32 if pieces else 0.0
    room = SIZE[0] * (1.0 - axes.get_position().x1) - 0.12 - left
    for (_, words, of_line), height in zip(ends, heights, strict=True):
        at = (height - low) / (high - low)
        if pieces and isinstance(of_line, Look):
            across = [1.01 + part / width for part in (0.0, 0.13, 0.26)]
            axes.plot(
                across, [at] * 3, transform=axes.transAxes, clip_on=False, linewidth=1.4,
                **{**line(of_line, 3), "markevery": [1]},
            )  # fmt: skip
        axes.text(
            1.01 + left / width, at, fitted(drawable(words), size, room), transform=axes.transAxes,
            color=of_line.ink if isinstance(of_line, Look) else of_line, va="center", size=size,
        )  # fmt: skip


def rules_in_words(rules: Mapping[float, str]) -> str:
    """For a subtitle: what the dotted lines are and who says so."""
    if not rules:
        return ""
    edges = "; ".join(f"{plain_tick(value)} {source}" for value, source in rules.items())
    return f". Dotted, where published documents say that it tips: {edges}"


def mark_rules(axes: Axes, rules: Mapping[float, str], *, upright: bool = True) -> None:
    """Dotted lines at these values of the horizontal axis (or the vertical one), named at the edge of the axes."""
    axis, (low, high) = (axes.xaxis, axes.get_xlim()) if upright else (axes.yaxis, axes.get_ylim())
    to_axes = axis.get_transform().transform
    ends = to_axes(np.array([low, high]))
    places = [(float(to_axes(np.array([value]))[0]) - ends[0]) / (ends[1] - ends[0]) for value in rules]
    inches = axes.get_position().width * SIZE[0] if upright else axes.get_position().height * SIZE[1]
    named = spread(places, (0.3 if upright else 0.13) / inches, 0.0, 1.0)
    for value, place in zip(rules, named, strict=True):
        look: Any = {"color": FAINT, "linewidth": 0.9, "linestyle": (0, (1, 2))}
        words: Any = {"size": 7, "color": FAINT, "transform": axes.transAxes}
        if upright:
            axes.axvline(value, **look)
            axes.text(place, 1.005, plain_tick(value), ha="center", va="bottom", **words)
        else:
            axes.axhline(value, **look)
            axes.text(1.005, place, plain_tick(value), ha="left", va="center", **words)


def pair(data: Labelled) -> tuple[str, str]:
    """The two strategies whose "cheaper" is asked."""
    return str(data.attrs["compare_a"]), str(data.attrs["compare_b"])


def rendered(figure: Figure) -> dict[str, bytes]:
    """The figure as SVG and PNG bytes, by extension; the same bytes each time, for they hold no date."""
    files: dict[str, bytes] = {}
    title = " ".join(item.get_text() for item in figure.texts if item.get_gid() == "title")
    with settings():
        for extension, metadata in (
            ("svg", {"Title": title, "Date": None, "Creator": "breakeven"}),
            ("png", {"Title": title.encode("latin-1", "replace").decode("latin-1"), "Software": "breakeven"}),
        ):
            buffer = io.BytesIO()
            # A PNG of the usual level takes a half longer, and is smaller by a fiftieth.
            squeezed: Any = {"pil_kwargs": {"compress_level": 3}} if extension == "png" else {}
            figure.savefig(buffer, format=extension, dpi=DPI, metadata=metadata, **squeezed)
            files[extension] = buffer.getvalue()
    return files
