"""What a report is made of: sections of paragraphs, facts, tables, figures and commands, as plain records.

A section says what; the template `report.html` alone says how it looks. Texts are plain and escaped by the template.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Density:
    """The shape of a distribution between two values: heights of equal bins as shares of the highest.

    words: what a reader who does not see the picture is told.
    """

    heights: tuple[float, ...]
    words: str


@dataclass(frozen=True)
class Cell:
    """A cell of a table: a text, a smaller note below it, marks such as "default", or a density."""

    text: str = ""
    note: str = ""
    marks: tuple[str, ...] = ()
    density: Density | None = None


@dataclass(frozen=True)
class Paragraph:
    """A paragraph."""

    kind: ClassVar[str] = "paragraph"
    text: str


@dataclass(frozen=True)
class Fact:
    """One number that a reader takes away: what it is, the number, and what it stands on."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Facts:
    """Facts side by side."""

    kind: ClassVar[str] = "facts"
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Table:
    """A table. words: how many columns from the left hold words, the others hold numbers; the first names the row."""

    kind: ClassVar[str] = "table"
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    words: int = 1
    strong: tuple[int, ...] = ()


@dataclass(frozen=True)
class Figure:
    """A picture. svg: cleaned by `inline.inlined`, so safe as it is; alt: what it shows, in a sentence."""

    kind: ClassVar[str] = "figure"
    svg: str
    alt: str


@dataclass(frozen=True)
class Command:
    """A line for a terminal."""

    kind: ClassVar[str] = "command"
    text: str


Block = Paragraph | Facts | Table | Figure | Command


@dataclass(frozen=True)
class Section:
    """A section under a heading. origin: name of the folder it was made from, "" for the run's own."""

    heading: str
    blocks: tuple[Block, ...]
    origin: str = ""


def table(
    caption: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str | Cell]],
    *,
    words: int = 1,
    strong: Sequence[int] = (),
) -> Table:
    """A table of texts and cells. strong: positions of the rows that the question is about."""
    made = tuple(tuple(cell if isinstance(cell, Cell) else Cell(str(cell)) for cell in row) for row in rows)
    return Table(caption, tuple(head), made, words, tuple(strong))
