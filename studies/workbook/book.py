"""A workbook and its sheets: text that stays text, numbers with formats, print set-up, fixed properties."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, BinaryIO

from distributions import text

CREATED = datetime.datetime(2000, 1, 1)
"""The date in the file's properties: fixed, since the same run has to give the same bytes."""

PAGE = 280.0
"""Widths of columns that fit beside each other on a page and can still be read, in characters."""

LINE = 13.5
"""Height of a line of text, in points."""

_INK, _FAINT, _RULE, _BAND, _EDITABLE = "#222222", "#666666", "#999999", "#E8EDF2", "#FFF7D6"

_STYLES: Mapping[str, Mapping[str, Any]] = {
    "title": {"bold": True, "font_size": 15},
    "sentence": {"bold": True, "font_size": 12, "text_wrap": True},
    "section": {"bold": True, "font_size": 11},
    "band": {"bold": True, "bg_color": _BAND, "align": "center", "border": 1, "border_color": "#FFFFFF"},
    "head": {"bold": True, "bg_color": _BAND, "text_wrap": True, "align": "right", "valign": "vcenter"},
    "head_left": {"bold": True, "bg_color": _BAND, "text_wrap": True, "valign": "vcenter"},
    "head_after": {"bold": True, "bg_color": _BAND, "text_wrap": True, "valign": "vcenter", "indent": 1},
    "unit": {"font_color": _FAINT, "italic": True, "align": "right", "bottom": 1, "bottom_color": _RULE},
    "unit_left": {"font_color": _FAINT, "italic": True, "bottom": 1, "bottom_color": _RULE},
    "line": {"font_color": _FAINT},
    "text": {},
    "after": {"align": "left", "indent": 1},
    "bold": {"bold": True},
    "wrap": {"text_wrap": True},
    "right": {"align": "right"},
    "code": {"font_name": "Consolas", "font_size": 9},
    "link": {"font_color": "#0072B2", "underline": 1},
    "whole": {"num_format": "#,##0"},
    "year": {"num_format": "yyyy-mm-dd", "align": "left"},
    "two": {"num_format": "#,##0.00"},
    "four": {"num_format": "0.0000"},
    "eight": {"num_format": "0.00000000"},
    "whole_or_none": {"num_format": '#,##0;-#,##0;"–"', "align": "right"},
    "two_or_none": {"num_format": '#,##0.00;-#,##0.00;"–"', "align": "right"},
    "four_or_none": {"num_format": '0.0000;-0.0000;"–"', "align": "right"},
    "percent_or_none": {"num_format": '0.0%;-0.0%;"–"', "align": "right"},
    "percent2_or_none": {"num_format": '0.00%;-0.00%;"–"', "align": "right"},
    "usd_or_none": {"num_format": '$#,##0;-$#,##0;"–"', "align": "right"},
    "cents_or_none": {"num_format": '$#,##0.00;-$#,##0.00;"–"', "align": "right"},
    "percent": {"num_format": "0.0%"},
    "percent2": {"num_format": "0.00%"},
    "usd": {"num_format": "$#,##0;-$#,##0"},
    "usd_bold": {"num_format": "$#,##0;-$#,##0", "bold": True},
    "cents": {"num_format": "$#,##0.00;-$#,##0.00"},
    "cents_bold": {"num_format": "$#,##0.00;-$#,##0.00", "bold": True, "bottom": 1, "bottom_color": _RULE},
    "per_query": {"num_format": "$0.000000;-$0.000000"},
    "per_query_fine": {"num_format": "$0.00000000;-$0.00000000"},
    "change": {"num_format": "+$#,##0.00;-$#,##0.00;$0.00"},
}
"""Formats by name. `+ "_input"` of a number's is the same for a cell that is there to be changed."""


class Book:
    """An XlsxWriter workbook in which a text never becomes a formula, a link or a number."""

    def __init__(self, file: BinaryIO, *, title: str, version: str) -> None:
        import xlsxwriter

        self._book = xlsxwriter.Workbook(
            file,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_format_properties": {"font_name": "Calibri", "font_size": 10, "valign": "top"},
            },
        )
        self._book.set_properties(
            {"title": text.cell(title), "author": f"breakeven {version}", "created": CREATED}
        )
        self._formats: dict[str, Any] = {}

    def format(self, style: str) -> Any:
        """The format of a style's name."""
        if style not in self._formats:
            name, editable = style.removesuffix("_input"), style.endswith("_input")
            properties = {"font_color": _INK, **_STYLES[name]}
            if editable:
                properties |= {
                    "bg_color": _EDITABLE,
                    "border": 1,
                    "border_color": _RULE,
                    "font_color": "#0000C0",
                }
            self._formats[style] = self._book.add_format(properties)
        return self._formats[style]

    def rule(self, **properties: Any) -> Any:
        """A format for a conditional one."""
        return self._book.add_format(properties)

    def name(self, name: str, cell: str) -> None:
        """Names a cell, given as Sheet!$A$1."""
        self._book.define_name(name, f"={cell}")

    def chart(self, **kind: str) -> Any:
        """A native chart."""
        return self._book.add_chart(kind)

    def sheet(
        self,
        name: str,
        widths: Sequence[float],
        *,
        freeze: tuple[int, int] = (0, 0),
        repeat: tuple[int, int] | None = None,
        tall: int = 0,
    ) -> Sheet:
        """A new sheet, printed in landscape.

        Args:
            name: shown on its tab.
            widths: of the columns, in characters.
            freeze: rows and columns that stay when one scrolls.
            repeat: first and last row of those that head every printed page.
            tall: pages from top to bottom; 0 is as many as it takes.
        """
        sheet = self._book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(math.ceil(sum(widths) / PAGE), tall)
        sheet.repeat_columns(0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer("&L&8breakeven&C&8&A&R&8&P / &N")
        sheet.set_row(0, 20)
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width)
        if freeze != (0, 0):
            sheet.freeze_panes(*freeze)
        if repeat is not None:
            sheet.repeat_rows(*repeat)
        return Sheet(self, sheet)

    def close(self) -> None:
        """Writes the file."""
        self._book.close()


class Sheet:
    """One sheet; rows and columns count from 0."""

    def __init__(self, book: Book, sheet: Any) -> None:
        self._book = book
        self.raw = sheet

    def text(self, row: int, column: int, value: str, style: str = "text") -> None:
        """A text, whatever it begins with."""
        self.raw.write_string(row, column, text.cell(value), self._book.format(style))

    def number(self, row: int, column: int, value: float | None, style: str) -> None:
        """A number; one that does not exist says so."""
        if value is None or not math.isfinite(value):
            self.text(row, column, "n/a", "right")
        else:
            self.raw.write_number(row, column, float(value), self._book.format(style))

    def formula(self, row: int, column: int, formula: str, value: float | str, style: str) -> None:
        """A formula, with the value that it has, for viewers that do not calculate."""
        missing = not isinstance(value, str) and not math.isfinite(value)
        self.raw.write_formula(row, column, formula, self._book.format(style), "#NUM!" if missing else value)

    def row(self, row: int, column: int, texts: Sequence[str], style: str) -> None:
        """Texts side by side."""
        for at, value in enumerate(texts):
            self.text(row, column + at, value, style)

    def merged(self, row: int, first: int, last: int, value: str, style: str) -> None:
        """A text across columns of a row."""
        if first == last:
            self.text(row, first, value, style)
        else:
            self.raw.merge_range(row, first, row, last, "", self._book.format(style))
            self.text(row, first, value, style)

    def height(self, row: int, points: float) -> None:
        """Of a row."""
        self.raw.set_row(row, points)

    def lines(self, row: int, *wrapped: tuple[str, float]) -> None:
        """The height of a row for texts in columns of so many characters: not every viewer finds it by itself."""
        self.height(row, LINE * max(math.ceil(text.width(words) / width) or 1 for words, width in wrapped))


def reference(row: int, column: int, *, absolute: bool = False) -> str:
    """A cell's name: (0, 1) is B1."""
    letters = letter(column)
    return f"${letters}${row + 1}" if absolute else f"{letters}{row + 1}"


@cache
def letter(column: int) -> str:
    """A column's letters: 0 is A, 26 is AA."""
    letters = ""
    at = column + 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
