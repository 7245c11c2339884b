"""Native charts: how strategies and parts look, apart in grey too, and what every chart has in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studies.workbook.book import Book

LINES: Mapping[str, tuple[str, str]] = {
    "prompt": ("#444444", "round_dot"),
    "rag": ("#0072B2", "solid"),
    "tuned_hosted": ("#D55E00", "long_dash"),
    "tuned_self_hosted": ("#E69F00", "dash_dot"),
    "hybrid": ("#009E73", "long_dash_dot_dot"),
}
"""Colour and dashes of a strategy, as in the figures (`studies.shared.style`, which needs matplotlib)."""

SPARE = ("#CC79A7", "dash")

PARTS: tuple[tuple[str, str], ...] = (
    ("#0072B2", ""), ("#E69F00", ""), ("#56B4E9", "wide_upward_diagonal"), ("#D55E00", ""), ("#F0E442", ""),
    ("#009E73", "large_grid"), ("#CC79A7", ""), ("#444444", ""), ("#BBBBBB", "wide_downward_diagonal"),
)  # fmt: skip
"""Colour and pattern of stacked parts in order of size; neighbours differ in luminance or pattern."""

_INK, _GRID = "#222222", "#DDDDDD"


def line_of(strategy: str) -> dict[str, Any]:
    """The line of a strategy."""
    colour, dash = LINES.get(strategy, SPARE)
    return {"color": colour, "dash_type": dash, "width": 2.25}


def fill_of(part: int) -> dict[str, Any]:
    """Fill or pattern of a stacked part."""
    colour, pattern = PARTS[part % len(PARTS)]
    if pattern:
        return {"pattern": {"pattern": pattern, "fg_color": "#FFFFFF", "bg_color": colour}}
    return {"fill": {"color": colour}}


def chart(
    book: Book,
    kind: Mapping[str, str],
    *,
    title: str,
    unit: str,
    number: str,
    along: str = "",
    every: int = 1,
    most: float | None = None,
) -> Any:
    """A chart with its finding as title.

    Args:
        book: for which it is made.
        kind: XlsxWriter's type and subtype; of a bar chart the numbers run across.
        title: what it shows, as a sentence.
        unit: name of the axis with numbers, and how a `number` on it looks; it ends at `most`.
        number: format of the numbers.
        along: name of the other axis, on which `every` so many-th entry is named.
        every: see above.
        most: see above.
    """
    made = book.chart(**kind)
    made.set_title({"name": title, "name_font": {"size": 11, "color": _INK}, "overlay": False})
    font = {"size": 9, "color": _INK, "bold": False}
    names = {"num_font": {"size": 9}}
    numbers = {
        "name": unit,
        "name_font": font,
        "num_font": {"size": 9},
        "num_format": number,
        "major_gridlines": {"visible": True, "line": {"color": _GRID}},
        "min": 0,
        **({"max": most} if most is not None else {}),
    }
    if kind["type"] == "bar":
        # the vertical axis has the names, and would else begin at the bottom
        made.set_x_axis(numbers)
        made.set_y_axis({**names, "reverse": True, "crossing": "max", "major_gridlines": {"visible": False}})
    else:
        made.set_x_axis({**names, "name": along, "name_font": font, "interval_unit": every})
        made.set_y_axis(numbers)
    made.set_legend({"position": "bottom", "font": {"size": 9}})
    return made
