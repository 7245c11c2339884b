"""The numbers of one column of a CSV file, read row by row: memory grows with the numbers kept, not with the file."""

from __future__ import annotations

import csv
import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from distributions.errors import Fault, UserError, did_you_mean
from distributions.law import Array
from distributions.parameters import PLAIN_NUMBER, shortened
from distributions.support import Support

LONGEST_LINE = 10_000_000
"""Characters; a file without line ends is refused before it fills the memory."""

SHOWN_VALUES = 12


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
    """

    values: Array
    rows: int
    unmatched: int = 0
    empty: int = 0


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
        raise UserError(Fault("file", f'"{shortened(shown, 200)}" {problem}', "a CSV file", hint))


def read_column(
    path: Path,
    column: str,
    shown: str = "",
    *,
    most: int,
    where: Sequence[tuple[str, str]] = (),
    support: Support | None = None,
    skip_empty: bool = False,
) -> Selection:
    """The finite numbers of one column.

    Args:
        path: the file, UTF-8 with a header line.
        column: its name in the header.
        shown: the file's name in messages.
        most: numbers to keep at most.
        where: (column, value) that a row has to meet, all of them; compared as text without outer blanks.
        support: what each number has to keep to.
        skip_empty: pass over rows with an empty cell and count them, instead of refusing them.

    Raises:
        UserError: not readable as CSV, no such column, a cell that is no number or outside the support (with its
            row), nothing selected, under two rows. Keys: "file", "column", "where".
    """
    shown = shown or path.name
    reader = _Reader(shown, column, tuple(where), support or Support(), skip_empty, most)
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
        column: str,
        where: tuple[tuple[str, str], ...],
        support: Support,
        skip_empty: bool,
        most: int,
    ) -> None:
        self.shown, self.column, self.where, self.support = shown, column, where, support
        self.skip_empty, self.most = skip_empty, most
        self.line = 0
        self.values = array("d")

    def after(self) -> str:
        return f" after row {self.line}" if self.line else ""

    def selection(self, file: TextIO) -> Selection:
        rows = csv.reader(self._lines(file), strict=True)
        header = [name.strip() for name in next(rows, [])]
        if not header:
            raise UserError(Fault("file", f'"{self.shown}" is empty', "a header line and rows of numbers"))
        at = self._position(header, self.column, "column")
        conditions = [(self._position(header, name, "where"), value) for name, value in self.where]
        met: list[set[str]] = [set() for _ in conditions]
        count = unmatched = empty = 0
        for row in rows:
            self.line = rows.line_num
            if not row:
                continue
            count += 1
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
            self.values.append(self._number(cell))
        if count and unmatched == count:
            raise self._nothing_met(met)
        if len(self.values) < 2:
            what = "value" if self.where or empty else "row"
            found = f"one {what}" if self.values else f"no {what}s"
            raise UserError(
                Fault("file", f'{found} below the header of "{self.shown}"', "two or more", PLAIN_NUMBER)
            )
        return Selection(np.sort(np.frombuffer(self.values)), count, unmatched, empty)

    def _lines(self, file: TextIO) -> Iterator[str]:
        """The file's lines; a binary file and one without line ends are refused."""
        while line := file.readline(LONGEST_LINE):
            if "\0" in line:
                raise UserError(Fault("file", f'"{self.shown}" is a binary file{self.after()}', "a CSV file"))
            if len(line) == LONGEST_LINE:
                problem = f'"{self.shown}" has a line of {LONGEST_LINE:,} characters or more{self.after()}'
                raise UserError(Fault("file", problem, "a CSV file"))
            yield line

    def _position(self, header: list[str], name: str, key: str) -> int:
        if name in header:
            return header.index(name)
        names = ", ".join(shortened(word) for word in header[:SHOWN_VALUES])
        names += f" and {len(header) - SHOWN_VALUES} more" if len(header) > SHOWN_VALUES else ""
        raise UserError(
            Fault(key, f'{self.shown} has no column "{shortened(name)}"', names, did_you_mean(name, header))
        )

    @staticmethod
    def _meets(row: list[str], conditions: list[tuple[int, str]], met: list[set[str]]) -> bool:
        every = True
        for (at, wanted), seen in zip(conditions, met, strict=True):
            found = row[at].strip() if at < len(row) else ""
            if len(seen) <= SHOWN_VALUES:
                seen.add(found)
            every = every and found == wanted
        return every

    def _nothing_met(self, met: list[set[str]]) -> UserError:
        faults = []
        for (name, wanted), seen in zip(self.where, met, strict=True):
            if wanted not in seen or len(self.where) == 1:
                faults.append(
                    Fault(
                        "where",
                        f'no row of {self.shown} has "{shortened(wanted)}" in {shortened(name)}',
                        _some(sorted(seen)),
                        did_you_mean(wanted, seen),
                    )
                )
        words = " and ".join(f"{shortened(name)} = {shortened(value)}" for name, value in self.where)
        return UserError(*(faults or [Fault("where", f"no row of {self.shown} has {words} together")]))

    def _number(self, cell: str) -> float:
        place = f"{self.shown}, row {self.line}, column {shortened(self.column)}"
        try:
            value = float(cell)
        except ValueError:
            found = f'found "{shortened(cell)}"' if cell.strip() else "the cell is empty"
            hint = "a decimal point, not a comma" if cell.count(",") == 1 else ""
            raise UserError(Fault("column", f"{place}: {found}", "a number in every row", hint)) from None
        if not math.isfinite(value):
            raise UserError(Fault("column", f'{place}: found "{shortened(cell)}"', "finite numbers"))
        if value not in self.support:
            raise UserError(Fault("column", f"{place}: found {value:g}", str(self.support)))
        return value


def _some(words: Iterable[str]) -> str:
    listed = [shortened(word) if word else "(empty)" for word in words]
    shown = ", ".join(listed[:SHOWN_VALUES])
    return f"{shown} and more" if len(listed) > SHOWN_VALUES else shown
