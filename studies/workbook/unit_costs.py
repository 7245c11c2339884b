"""The sheet with what one unit of each line costs: the equations of the strategies, in named cells."""

from __future__ import annotations

from studies.shared.names import labeller
from studies.workbook.book import Book, Sheet, reference
from studies.workbook.cells import Cell
from studies.workbook.content import Content

NAME = "Unit costs"
ABOUT = "live: what a query, a month, a retrain of each strategy costs, and by which equation"

_WHAT = 56
"""Width of the column that says what a cell is."""


def wanted(content: Content) -> bool:
    """Every run has strategies."""
    return True


def write(book: Book, content: Content) -> None:
    """Shared steps first, then a step or line of each strategy a row."""
    label = labeller(content.labels)
    live = content.live
    sheet = book.sheet(NAME, [26, _WHAT, 20, 50, 42, 120], freeze=(4, 2), repeat=(0, 3))
    sheet.text(0, 0, "What one unit of each line costs", "title")
    sheet.text(
        1, 0, "Formulas over the cells of the sheet Assumptions, which are named after the inputs.", "line"
    )
    sheet.row(3, 0, ["Strategy", "Step or line item"], "head_left")
    sheet.text(3, 2, "Value", "head")
    sheet.text(3, 3, "Unit", "head_after")
    sheet.row(3, 4, ["Name of the cell", "Equation"], "head_left")
    sheet.text(4, 0, "Steps that several lines share", "section")
    row = 4
    for cell in (step for step in live.steps if not step.strategies):
        row = _cell(book, sheet, row + 1, cell)
    for name in live.strategies:
        row += 2
        sheet.text(row, 0, label(name), "section")
        for cell in (step for step in live.steps if name in step.strategies):
            row = _cell(book, sheet, row + 1, cell)
        for cell in (cost.cell for cost in live.costs if cost.strategy == name):
            row = _cell(book, sheet, row + 1, cell)
    for repriced in live.repriced:
        row += 2
        sheet.text(row, 0, f"From month {repriced.month} on, since prices are known to change", "section")
        for cell in repriced.cells.values():
            row = _cell(book, sheet, row + 1, cell)
            sheet.row(row, 0, [label(name) for name in cell.strategies], "text")


def _cell(book: Book, sheet: Sheet, row: int, cell: Cell) -> int:
    """A named cell with what it is; gives the row."""
    size = abs(cell.value)
    style = "two" if size >= 100 or size == 0 else "four" if size >= 0.01 else "eight"
    sheet.text(row, 1, cell.what, "wrap")
    sheet.lines(row, (cell.what, _WHAT))
    sheet.formula(row, 2, f"={cell.calculation}", cell.value, style)
    book.name(cell.name, f"'{NAME}'!{reference(row, 2, absolute=True)}")
    sheet.text(row, 3, cell.unit, "after")
    sheet.text(row, 4, cell.name, "code")
    sheet.text(row, 5, cell.calculation, "code")
    return row
