"""The numbers of one column of a CSV file, read row by row: memory grows with the numbers kept, not with the file.

Cells are separated by commas and numbers have a decimal point, unless it is said that they have a decimal comma: then
cells are separated by ";" or tabs, whichever the header has, and points may group thousands. Nothing is guessed.
"""

from __future__ import annotations

import csv
import math
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TextIO

import numpy as np

from distributions.distribution import Array
from distributions.errors import Fault, UserError, did_you_mean
from distributions.parameters import PLAIN_NUMBER
from distributions.support import Support
from distributions.text import clean

LONGEST_LINE = 10_000_000
"""Characters; a file without line ends is refused before it fills the memory."""

SHOWN_VALUES = 12

POINT, COMMA = ".", ","
"""The decimal marks that can be read."""

SEPARATORS = {";": "';'", "\t": "a tab"}
"""What separates cells where the comma is the decimal mark; and what a header may have in place of commas, in words."""

_WITH_COMMA = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d*)(,\d*)?([eE][+-]?\d+)?")
"""A number with a decimal comma; points group thousands, three digits each."""


@dataclass(frozen=True)
class Selection:
    """The numbers of a column that were asked for, and what was passed over.

    values
        (n,) finite numbers in rising order.
    rows
        Rows below the header.
    unmatched
        Rows that the conditions leave out.
    empty
        Rows that meet the conditions but have nothing in the column.
    column
        The name of the column.
    """

    values: Array
    rows: int
    unmatched: int = 0
    empty: int = 0
    column: str = ""


def check_file(path: Path, shown: str, most_bytes: int | None = None) -> None:
    """Refuse what is no readable regular file.

    Raises:
        UserError: under the key "file", with the nearest name in its folder.
    """
    problem = ""
    try:
        if path.is_dir():
            problem = "is a folder"
        elif not path.exists():
            problem = "does not exist"
        elif not path.is_file():
            problem = "is not a regular file"
        elif most_bytes is not None and path.stat().st_size > most_bytes:
            problem = f"has {path.stat().st_size / 1e6:,.0f} MB; at most {most_bytes / 1e6:.0f} MB are read"
    except (OSError, ValueError) as error:  # a name too long, or with a NUL
        problem = f"cannot be read: {getattr(error, 'strerror', None) or error}"
    if problem:
        hint = ""
        if problem == "does not exist" and path.parent.is_dir():
            hint = did_you_mean(path.name, [other.name for other in path.parent.iterdir()])
        raise UserError(Fault("file", f'"{clean(shown, 200)}" {problem}', "a CSV file", hint))


def read_column(
    path: Path,
    column: str | None,
    shown: str = "",
    *,
    most: int,
    where: Sequence[tuple[str, str]] = (),
    support: Support | None = None,
    skip_empty: bool = False,
    decimal: str = POINT,
) -> Selection:
    """The finite numbers of one column.

    Args:
        path: the file, UTF-8 with a header line.
        column: its name in the header; None takes the only one there is.
        shown: the file's name in messages.
        most: numbers to keep at most.
        where: (column, value) that a row has to meet, all of them; compared as text without outer blanks.
        support: what each number has to keep to.
        skip_empty: pass over rows with an empty cell and count them, instead of refusing them.
        decimal: the decimal mark, `POINT` or `COMMA`.

    Raises:
        UserError: not readable as CSV, no such column or two of the name, a row with more cells than the header, a cell
            that is no number or outside the support (with its row), nothing selected, under two rows. Keys: "file",
            "column", "where", "decimal".
    """
    if decimal not in (POINT, COMMA):
        raise UserError(Fault("decimal", f'found "{clean(decimal, 40)}"', '"." or ","'))
    shown = clean(shown or path.name, 200)
    reader = _Reader(shown, column, tuple(where), support or Support(), skip_empty, most, decimal)
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            return reader.selection(lines)
    except UnicodeDecodeError as error:
        # The byte is counted from the start of a chunk, which is that of the file for the first one alone.
        place = reader.after() or f": byte {error.start}"
        hint = "save it as UTF-8, or convert it: iconv -f FROM -t UTF-8"
        raise UserError(
            Fault("file", f'"{shown}" is not UTF-8 text{place}', "a CSV file in UTF-8", hint)
        ) from None
    except csv.Error as error:
        raise UserError(Fault("file", f'"{shown}", row {reader.line}: {error}', "a CSV file")) from None
    except OSError as error:
        raise UserError(Fault("file", f'"{shown}" cannot be read: {error.strerror}')) from None


class _Reader:
    """One pass over a file."""

    def __init__(
        self,
        shown: str,
        column: str | None,
        where: tuple[tuple[str, str], ...],
        support: Support,
        skip_empty: bool,
        most: int,
        decimal: str,
    ) -> None:
        self.shown, self.column, self.where, self.support = shown, column or "", where, support
        self.skip_empty, self.most, self.decimal = skip_empty, most, decimal
        self.only = column is None
        self.line = 0
        self.values = array("d")

    def after(self) -> str:
        return f" after row {self.line}" if self.line else ""

    def selection(self, file: TextIO) -> Selection:
        lines = self._lines(file)
        first = next(lines, "")
        rows = csv.reader(chain([first], lines), strict=True, delimiter=self._separator(first))
        header = [name.strip() for name in next(rows, [])]
        if not header:
            raise UserError(Fault("file", f'"{self.shown}" is empty', "a header line and rows of numbers"))
        if self.only:
            self.column = self._only(header)
        at = self._position(header, self.column, "column")
        conditions = [(self._position(header, name, "where"), value) for name, value in self.where]
        met: list[set[str]] = [set() for _ in conditions]
        count = unmatched = empty = 0
        for row in rows:
            self.line = rows.line_num
            if not row:
                continue
            count += 1
            if len(row) > len(header):
                raise self._too_many(row, header)
            if conditions and not self._meets(row, conditions, met):
                unmatched += 1
                continue
            cell = row[at] if at < len(row) else ""
            if self.skip_empty and not cell.strip():
                empty += 1
                continue
            if len(self.values) == self.most:
                hint = "a random tenth serves as well"
                raise UserError(Fault("file", f'"{self.shown}" has more than {self.most:,} rows', hint=hint))
            self.values.append(self._number(cell, header))
        if count and unmatched == count:
            raise self._nothing_met(met)
        if len(self.values) < 2:
            what = "value" if self.where or empty else "row"
            counted = f"one {what}" if self.values else f"no {what}s"
            raise UserError(
                Fault("file", f'{counted} below the header of "{self.shown}"', "two or more", PLAIN_NUMBER)
            )
        return Selection(np.sort(np.frombuffer(self.values)), count, unmatched, empty, self.column)

    def _lines(self, file: TextIO) -> Iterator[str]:
        """The file's lines; a binary file and one without line ends are refused."""
        while line := file.readline(LONGEST_LINE):
            if "\0" in line:
                raise UserError(Fault("file", f'"{self.shown}" is a binary file{self.after()}', "a CSV file"))
            if len(line) == LONGEST_LINE:
                problem = f'"{self.shown}" has a line of {LONGEST_LINE:,} characters or more{self.after()}'
                raise UserError(Fault("file", problem, "a CSV file"))
            yield line

    def _separator(self, first: str) -> str:
        """What separates the cells."""
        if self.decimal == POINT:
            return ","
        return max(SEPARATORS, key=first.count)

    @staticmethod
    def _other_separator(header: list[str]) -> str:
        """A hint, where the one cell of the header seems to be several with another mark between them."""
        if len(header) == 1:
            for mark, words in SEPARATORS.items():
                if mark in header[0]:
                    return (
                        f"its cells seem to be separated by {words}: with a decimal comma say --decimal , (in a "
                        'scenario decimal = ","), else save the file with commas between cells'
                    )
        return ""

    def _too_many(self, row: list[str], header: list[str]) -> UserError:
        """A row with cells that the header has no names for, as a decimal comma makes them."""
        cells = clean(",".join(row), 40)
        place = f'{self.shown}, row {self.line}: "{cells}" has {len(row)} cells, the header {len(header)}'
        hint = self._other_separator(header)
        if not hint and self.decimal == POINT and re.search(r"\d,\d", cells):
            hint = 'a decimal comma? say so (--decimal , or decimal = "," in a scenario), or quote such cells'
        return UserError(Fault("file", place, "as many cells as the header has, or fewer", hint))

    def _only(self, header: list[str]) -> str:
        """The name of the only column."""
        if len(set(header)) == 1:
            return header[0]  # of several columns: refused as one that is named
        raise UserError(
            Fault("column", "is missing", _listed(header), f"{self.shown} has several columns: name one")
        )

    def _position(self, header: list[str], name: str, key: str) -> int:
        if header.count(name) == 1:
            return header.index(name)
        if name in header:
            what = f'{self.shown} has {header.count(name)} columns of the name "{clean(name, 40)}"'
            raise UserError(Fault(key, what, "a name for each column", "rename one of them in the header"))
        hint = self._other_separator(header) or did_you_mean(name, header)
        raise UserError(Fault(key, f'{self.shown} has no column "{clean(name, 40)}"', _listed(header), hint))

    @staticmethod
    def _meets(row: list[str], conditions: list[tuple[int, str]], met: list[set[str]]) -> bool:
        every = True
        for (at, wanted), seen in zip(conditions, met, strict=True):
            cell = row[at].strip() if at < len(row) else ""
            if len(seen) <= SHOWN_VALUES:
                seen.add(cell)
            every = every and cell == wanted
        return every

    def _nothing_met(self, met: list[set[str]]) -> UserError:
        faults = []
        for (name, wanted), seen in zip(self.where, met, strict=True):
            if wanted not in seen or len(self.where) == 1:
                faults.append(
                    Fault(
                        "where",
                        f'no row of {self.shown} has "{clean(wanted, 40)}" in {clean(name, 40)}',
                        _some(sorted(seen)),
                        did_you_mean(wanted, seen),
                    )
                )
        words = " and ".join(f"{clean(name, 40)} = {clean(value, 40)}" for name, value in self.where)
        return UserError(*(faults or [Fault("where", f"no row of {self.shown} has {words} together")]))

    def _number(self, cell: str, header: list[str]) -> float:
        place = f"{self.shown}, row {self.line}, column {clean(self.column, 40)}"
        plain = cell if self.decimal == POINT else self._with_point(cell)
        try:
            value = float(plain)
        except ValueError:
            problem = f'found "{clean(cell, 40)}"' if cell.strip() else "the cell is empty"
            hint = self._other_separator(header)
            if not hint and self.decimal == POINT and "," in cell:
                hint = 'a decimal point, not a comma; or say --decimal , (in a scenario decimal = ",")'
            raise UserError(Fault("column", f"{place}: {problem}", "a number in every row", hint)) from None
        if not math.isfinite(value):
            raise UserError(Fault("column", f'{place}: found "{clean(cell, 40)}"', "finite numbers"))
        if value not in self.support:
            raise UserError(Fault("column", f"{place}: found {value:g}", str(self.support)))
        return value

    @staticmethod
    def _with_point(cell: str) -> str:
        """A number with a decimal comma as Python reads it; "" for what is none."""
        bare = cell.strip()
        matches = bool(bare) and _WITH_COMMA.fullmatch(bare) is not None
        return bare.replace(".", "").replace(",", ".") if matches else ""


def _listed(header: list[str]) -> str:
    names = ", ".join(clean(word, 40) for word in header[:SHOWN_VALUES])
    return names + (f" and {len(header) - SHOWN_VALUES} more" if len(header) > SHOWN_VALUES else "")


def _some(words: Iterable[str]) -> str:
    listed = [clean(word, 40) if word else "(empty)" for word in words]
    shown = ", ".join(listed[:SHOWN_VALUES])
    return f"{shown} and more" if len(listed) > SHOWN_VALUES else shown
