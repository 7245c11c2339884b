"""The sheet with the model by month: volume, prices, retrains, GPUs, and what each strategy costs."""

from __future__ import annotations

import numpy as np

from sim.kernel.exact import ABOVE
from studies.shared.names import label
from studies.workbook.book import Book, Sheet, letter
from studies.workbook.content import Content
from studies.workbook.live import FIRST, Live

NAME = "Model"
ABOUT = "live: volume, prices, retrains and GPUs by month, and each strategy's cost"


def wanted(content: Content) -> bool:
    """Whether there are equations for any strategy of the run."""
    return bool(content.live.strategies)


def write(book: Book, content: Content) -> None:
    """Series by month, then cost and cumulative present value of each strategy."""
    live = content.live
    series, count = live.series, len(live.strategies)
    widths = [8.0] + [12.5] * (len(series) - 1) + [14.0] * (2 * count + 1)
    sheet = book.sheet(NAME, widths, freeze=(FIRST, 1), repeat=(0, FIRST - 1))
    sheet.text(0, 0, "The model by month, every input at the value on the sheet Assumptions", "title")
    sheet.text(
        1, 0,
        f"Formulas all. There are rows for {live.months} months, and the horizon on Assumptions may be any of them; "
        "months beyond it are grey and cost nothing.",
        "line",
    )  # fmt: skip
    _bands(sheet, live)
    for at, column in enumerate(series):
        sheet.text(3, at, column.heading, "head")
        sheet.text(4, at, column.unit, "unit")
    sheet.text(5, 0, "Total", "bold")
    for row in range(live.months + 1):
        cells = live.cells(FIRST + row + 1)
        sheet.number(FIRST + row, 0, row, "whole")
        for at, column in enumerate(series[1:], start=1):
            formula = column.first if row == 0 and column.first else column.formula
            sheet.formula(FIRST + row, at, formula.format_map(cells), float(column.values[row]), column.style)
    _totals(sheet, live, content)
    _breakeven(sheet, live, content)
    first, last = live.rows
    grey = book.rule(font_color="#BBBBBB")
    sheet.raw.conditional_format(
        FIRST, 0, last - 1, len(live.columns) + 1,
        {"type": "formula", "criteria": f"=$A{first}>horizon_months", "format": grey},
    )  # fmt: skip
    sheet.height(3, 56)


def _bands(sheet: Sheet, live: Live) -> None:
    count, start = len(live.strategies), len(live.series)
    sheet.merged(2, 1, start - 1, "What the lines follow", "band")
    sheet.merged(2, start, start + count - 1, "Cost of the month, undiscounted", "band")
    sheet.merged(2, start + count, start + 2 * count - 1, "Present value spent so far", "band")


def _totals(sheet: Sheet, live: Live, content: Content) -> None:
    """Cost of each month from the lines, and its present value added up."""
    from studies.workbook import model_lines

    for name in live.strategies:
        at, to = live.columns[f"cost_{name}"], live.columns[f"cumulative_{name}"]
        left, right = (letter(column) for column in model_lines.span(live, name))
        values = live.total_of(name)
        cumulative = np.cumsum(values * live.discount)
        for column, unit in ((at, "USD"), (to, "USD, discounted")):
            sheet.text(3, column, label(name), "head")
            sheet.text(4, column, unit, "unit")
        sheet.formula(5, at, f"=SUM({live.column(f'cost_{name}')})", float(values.sum()), "cents_bold")
        sheet.formula(5, to, f"={letter(to)}{live.rows[1]}", content.evaluation.cost[name], "cents_bold")
        for row in range(live.months + 1):
            number = FIRST + row + 1
            total = f"=SUM('{model_lines.NAME}'!{left}{number}:{right}{number})"
            sheet.formula(FIRST + row, at, total, float(values[row]), "cents_or_none")
            present = f"{letter(at)}{number}*${letter(live.columns['discount'])}{number}"
            spent = f"={present}" if row == 0 else f"={letter(to)}{number - 1}+{present}"
            sheet.formula(FIRST + row, to, spent, float(cumulative[row]), "cents_or_none")


def _breakeven(sheet: Sheet, live: Live, content: Content) -> None:
    """The months in which the first of the pair has cost no more than the second, and those from which it stays so.

    Above each the first of them.
    """
    a, b = content.pair
    if a not in live.strategies or b not in live.strategies:
        return
    column = len(live.columns)
    evaluation = content.evaluation
    sheet.merged(2, column, column + 1, "Break-even", "band")
    for at, head, month in (
        (column, f"{label(a)} has cost no more than {label(b)}", evaluation.breakeven_month),
        (column + 1, "and so to the end", evaluation.breakeven_lasting),
    ):
        sheet.text(3, at, head, "head")
        sheet.text(4, at, "month", "unit")
        cell_range = f"{letter(at)}{live.rows[0]}:{letter(at)}{live.rows[1]}"
        shown = "never" if month is None else month
        sheet.formula(5, at, f'=IF(COUNT({cell_range})=0,"never",MIN({cell_range}))', shown, "right")
    mine, other = (np.cumsum(live.total_of(name) * live.discount) for name in (a, b))
    # as in the kernel, within 1e-12 is equal
    caught_up = [
        1 <= row <= live.horizon and mine[row] <= other[row] * ABOVE for row in range(live.months + 1)
    ]
    here, to_the_end, operating = letter(column), letter(column + 1), letter(live.columns["operating"])
    for row in range(live.months + 1):
        number = FIRST + row + 1
        cells = live.cells(number)
        level = f"{cells[f'cumulative_{a}']}<={cells[f'cumulative_{b}']}*(1+1E-12)"
        sheet.formula(
            FIRST + row, column, f'=IF(AND({cells["operating"]}=1,{level}),{cells["month"]},"")',
            row if caught_up[row] else "", "whole",
        )  # fmt: skip
        stays = f'{operating}{number + 1}<>1,{to_the_end}{number + 1}<>""'
        sheet.formula(
            FIRST + row, column + 1, f'=IF(AND({here}{number}<>"",OR({stays})),{cells["month"]},"")',
            row if 1 <= row <= live.horizon and all(caught_up[row : live.horizon + 1]) else "", "whole",
        )  # fmt: skip


def present_value(live: Live, strategy: str) -> str:
    """The cell with a strategy's total present value."""
    return f"{NAME}!${letter(live.columns[f'cumulative_{strategy}'])}$6"
