"""The sheet with what one unit of each line costs: the equations of the strategies, in named cells."""

from __future__ import annotations

from studies.shared.names import label
from studies.workbook.book import Book, Sheet, reference
from studies.workbook.content import Content
from studies.workbook.equations import STEPS
from studies.workbook.live import CHARGED

NAME = "Unit costs"
ABOUT = "live: what a query, a month, a retrain of each strategy costs, and by which equation"


def wanted(content: Content) -> bool:
    """Whether there are equations for any strategy of the run."""
    return bool(content.live.strategies)


def write(book: Book, content: Content) -> None:
    """Shared steps first, then a line of each strategy a row."""
    live = content.live
    sheet = book.sheet(NAME, [26, 20, 20, 50, 42, 120], freeze=(4, 2), repeat=(0, 3))
    sheet.text(0, 0, "What one unit of each line costs", "title")
    sheet.text(
        1, 0, "Formulas over the cells of the sheet Assumptions, which are named after the inputs.", "line"
    )
    sheet.row(3, 0, ["Strategy", "Line item"], "head_left")
    sheet.text(3, 2, "Value", "head")
    sheet.text(3, 3, "Unit", "head_after")
    sheet.row(3, 4, ["Name of the cell", "Equation"], "head_left")
    row = 4
    sheet.text(row, 0, "Steps that several lines share", "section")
    for step in STEPS:
        row += 1
        sheet.text(row, 0, step.what)
        _value(book, sheet, row, step.name, step.calculation, live.values[step.name])
        sheet.text(row, 3, step.unit, "after")
    row += 1
    strategy = ""
    for cost in live.costs:
        if cost.strategy != strategy:
            strategy = cost.strategy
            row += 1 if cost is live.costs[0] else 2
            sheet.text(row, 0, label(strategy), "section")
        row += 1
        sheet.text(row, 1, cost.unit.item)
        _value(book, sheet, row, cost.name, cost.unit.calculation, cost.value)
        sheet.text(row, 3, f"USD {CHARGED[cost.unit.rhythm][1]}", "after")
    for repriced in live.repriced:
        row += 2
        sheet.text(row, 0, f"From month {repriced.month} on, since prices are known to change", "section")
        for step, value in repriced.cells:
            row += 1
            sheet.text(row, 0, step.what)
            _value(book, sheet, row, step.name, step.calculation, value)
            sheet.text(row, 3, step.unit, "after")
        for cost in repriced.costs.values():
            row += 1
            sheet.text(row, 0, label(cost.strategy))
            sheet.text(row, 1, cost.unit.item)
            _value(book, sheet, row, cost.name, cost.unit.calculation, cost.value)
            sheet.text(row, 3, f"USD {CHARGED[cost.unit.rhythm][1]}", "after")
    for name in live.without:
        row += 2
        sheet.text(row, 0, f"{label(name)} has no equations here; the other sheets have its costs.", "line")


def _value(book: Book, sheet: Sheet, row: int, name: str, calculation: str, value: float) -> None:
    size = abs(value)
    style = "two" if size >= 100 or size == 0 else "four" if size >= 0.01 else "eight"
    sheet.formula(row, 2, f"={calculation}", value, style)
    book.name(name, f"'{NAME}'!{reference(row, 2, absolute=True)}")
    sheet.text(row, 4, name, "code")
    sheet.text(row, 5, calculation, "code")
