"""How strategies and stacked parts look, in figures, on the page and in a workbook: colour, dashes, marker, hatch.

Colours are those of Okabe & Ito (2008), which stay apart under the common colour blindnesses; dashes with markers, and
hatches, keep them apart in grey.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sim.model.strategies import STRATEGIES

INK, FAINT = "#222222", "#666666"
BLUE, VERMILLION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
SKY, PURPLE, YELLOW, GREY = "#56B4E9", "#CC79A7", "#F0E442", "#999999"

Dashes = str | tuple[int, tuple[float, ...]]
"""As matplotlib takes them."""


@dataclass(frozen=True)
class Look:
    """How one strategy or line item is drawn: colour, line style, marker and hatch."""

    colour: str
    line: Dashes = "-"
    hatch: str = ""
    dark: str = ""
    """For words, where the colour itself is too light to read on white."""
    dash: str = "solid"
    """The line style by its name in a workbook."""
    pattern: str = ""
    """The hatch by its name in a workbook."""
    marker: str = ""
    """On the line, as matplotlib names it; "" for none."""

    @property
    def ink(self) -> str:
        """The colour for words."""
        return self.dark or self.colour


_COLOURS = (
    ("#444444", ""), (BLUE, ""), (VERMILLION, ""), (ORANGE, "#8f6200"), (GREEN, "#007a59"), (PURPLE, "#8d4a70"),
    (SKY, "#27739f"), (GREY, FAINT),
)  # fmt: skip
_LINES: tuple[tuple[Dashes, str], ...] = (
    ((0, (1, 1.2)), "round_dot"), ("-", "solid"), ((0, (6, 1.5)), "long_dash"), ((0, (5, 1.5, 1, 1.5)), "dash_dot"),
    ((0, (3, 1.2, 1, 1.2, 1, 1.2)), "long_dash_dot_dot"), ((0, (8, 2)), "dash"), ((0, (2, 2)), "square_dot"),
    ((0, (8, 2, 1, 2)), "long_dash_dot"),
)  # fmt: skip

ITEMS = (
    Look(BLUE), Look(ORANGE), Look(SKY, hatch="///", pattern="wide_upward_diagonal"), Look(VERMILLION), Look(YELLOW),
    Look(GREEN, hatch="xxx", pattern="large_grid"), Look(PURPLE), Look("#444444"),
    Look("#bbbbbb", hatch="\\\\\\", pattern="wide_downward_diagonal"),
)  # fmt: skip
"""Looks of stacked parts in order of size; neighbours differ in luminance or hatch."""


_MARKERS = ("", "o", "s", "^", "D")


def numbered(position: int) -> Look:
    """The look at a position; 40 differ in dashes or marker, so in grey, and any eight in a row in colour as well."""
    count = len(_COLOURS)
    colour, dark = _COLOURS[position % count]
    line, dash = _LINES[(position + position // count) % count]
    marker = _MARKERS[position // count % len(_MARKERS)]
    return Look(colour, line, dark=dark, dash=dash, marker=marker)


def looks(strategies: Iterable[str]) -> dict[str, Look]:
    """The looks of strategies that are shown together: shipped ones as everywhere, others by their order among them.

    >>> looks(["rag", "mine"])["rag"] == looks(["other", "rag"])["rag"] == look("rag")
    True
    """
    named = list(dict.fromkeys(strategies))
    own = [name for name in named if name not in STRATEGIES]
    return {
        name: look(name) if name in STRATEGIES else numbered(len(STRATEGIES) + own.index(name))
        for name in named
    }


def look(strategy: str) -> Look:
    """The look of a shipped strategy, the same everywhere; of another one that stands alone, the first look after."""
    return numbered(STRATEGIES.index(strategy) if strategy in STRATEGIES else len(STRATEGIES))
