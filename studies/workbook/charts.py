"""Native charts: lines and fills as in the figures, and what every chart has in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from studies.shared.looks import INK, ITEMS, looks
from studies.workbook.book import Book

_GRID = "#DDDDDD"


_MARKERS = {"o": "circle", "s": "square", "^": "triangle", "D": "diamond"}
"""By their names in figures."""


def line_of(strategy: str, strategies: Iterable[str]) -> dict[str, Any]:
    """The line of a strategy, one of those of a run."""
    known = looks(strategies)[strategy]
    return {"color": known.colour, "dash_type": known.dash, "width": 2.25}


def marker_of(strategy: str, strategies: Iterable[str]) -> dict[str, Any]:
    """What stands on the line of a strategy at each point."""
    known = looks(strategies)[strategy]
    if not known.marker:
        return {"type": "none"}
    return {
        "type": _MARKERS[known.marker],
        "size": 5,
        "border": {"color": known.colour},
        "fill": {"color": "#FFFFFF"},
    }


def fill_of(part: int) -> dict[str, Any]:
    """Fill or pattern of a stacked part."""
    known = ITEMS[part % len(ITEMS)]
    if known.pattern:
        return {
            "pattern": {"pattern": known.pattern, "fg_color": "#FFFFFF", "bg_color": known.colour.upper()}
        }
    return {"fill": {"color": known.colour.upper()}}


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
    made.set_title({"name": title, "name_font": {"size": 11, "color": INK}, "overlay": False})
    font = {"size": 9, "color": INK, "bold": False}
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
