"""The sheet with the model by month: volume, prices, retrains, GPUs, and what each strategy costs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

import numpy as np

from distributions import text
from sim.kernel.exact import ABOVE
from studies.shared.names import labeller
from studies.workbook.book import Book, Sheet, letter
from studies.workbook.columns import DISCOUNT, FIRST, OPERATING
from studies.workbook.content import Content
from studies.workbook.layout import HORIZON_CELL
from studies.workbook.live import Live

NAME = "Model"
ABOUT = "live: volume, prices, retrains and GPUs by month, and each strategy's cost"

_WIDTH = 13.0


def wanted(content: Content) -> bool:
    """Every run has strategies."""
    return True


def write(book: Book, content: Content) -> None:
    """Series by month, then cost and cumulative present value of each strategy."""
    label = labeller(content.labels)
    live = content.live
    series, count = live.series, len(live.strategies)
    widths = [8.0] + [_WIDTH] * (len(series) - 1) + [14.0] * (2 * count + 2)
    sheet = book.sheet(NAME, widths, freeze=(FIRST, 1), repeat=(0, FIRST - 1))
    sheet.text(0, 0, "The model by month, every input at the value on the sheet Assumptions", "title")
    sheet.text(
        1, 0,
        f"Formulas all. There are rows for {live.months} months, and the horizon on Assumptions may be any of them; "
        "months beyond it are grey and cost nothing.",
        "line",
    )  # fmt: skip
    _bands(sheet, live, label)
    for at, column in enumerate(series):
        sheet.text(3, at, column.heading, "head")
        sheet.text(4, at, column.unit, "unit")
        for row, (formula, value) in enumerate(zip(column.formulas, column.values, strict=True), start=FIRST):
            if formula:
                sheet.formula(row, at, formula, float(value), column.style)
            else:
                sheet.number(row, at, float(value), column.style)
    sheet.text(5, 0, "Total", "bold")
    _totals(sheet, live, content)
    _breakeven(sheet, live, content)
    first, last = live.rows
    grey = book.rule(font_color="#BBBBBB")
    sheet.raw.conditional_format(
        FIRST, 0, last - 1, len(live.letters) + 1,
        {"type": "formula", "criteria": f"=$A{first}>{HORIZON_CELL}", "format": grey},
    )  # fmt: skip
    pair = " has cost no more than ".join(label(name) for name in content.pair)
    sheet.lines(3, (pair, 0.8 * _WIDTH), *((column.heading, 0.8 * _WIDTH) for column in series))


def _bands(sheet: Sheet, live: Live, label: Callable[[str], str]) -> None:
    count, start = len(live.strategies), len(live.series)
    at = 1
    for whose, columns in groupby(live.series[1:], key=lambda column: column.strategies):
        end = at + len(list(columns)) - 1
        sheet.merged(
            2, at, end, text.join([label(name) for name in whose]) or "What the lines follow", "band"
        )
        at = end + 1
    sheet.merged(2, start, start + count - 1, "Cost of the month, undiscounted", "band")
    sheet.merged(2, start + count, start + 2 * count - 1, "Present value spent so far", "band")


def _totals(sheet: Sheet, live: Live, content: Content) -> None:
    """Cost of each month from the lines, and its present value added up."""
    label = labeller(content.labels)
    from studies.workbook import model_lines

    start, discount = len(live.series), live.letters[DISCOUNT]
    for place, name in enumerate(live.strategies):
        here, spent_so_far = live.letters[f"cost {name}"], live.letters[f"cumulative {name}"]
        at, to = start + place, start + len(live.strategies) + place
        left, right = (letter(column) for column in model_lines.span(live, name))
        values = live.total_of(name)
        cumulative = np.cumsum(values * live.discount)
        for column, unit in ((at, "USD"), (to, "USD, discounted")):
            sheet.text(3, column, label(name), "head")
            sheet.text(4, column, unit, "unit")
        sheet.formula(5, at, f"=SUM({live.months_of(f'cost {name}')})", float(values.sum()), "cents_bold")
        sheet.formula(5, to, f"={spent_so_far}{live.rows[1]}", content.evaluation.cost[name], "cents_bold")
        for row in range(live.months + 1):
            number = FIRST + row + 1
            total = f"=SUM('{model_lines.NAME}'!{left}{number}:{right}{number})"
            sheet.formula(FIRST + row, at, total, float(values[row]), "cents_or_none")
            present = f"{here}{number}*${discount}{number}"
            spent = f"={present}" if row == 0 else f"={spent_so_far}{number - 1}+{present}"
            sheet.formula(FIRST + row, to, spent, float(cumulative[row]), "cents_or_none")


def _breakeven(sheet: Sheet, live: Live, content: Content) -> None:
    """The months in which the first of the pair has cost no more than the second, and those from which it stays so.

    Above each the first of them.
    """
    label = labeller(content.labels)
    a, b = content.pair
    column = len(live.letters)
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
    here, to_the_end, operating = letter(column), letter(column + 1), live.letters[OPERATING]
    first, second = (live.letters[f"cumulative {name}"] for name in (a, b))
    for row in range(live.months + 1):
        number = FIRST + row + 1
        level = f"${first}{number}<=${second}{number}*(1+1E-12)"
        sheet.formula(
            FIRST + row, column, f'=IF(AND(${operating}{number}=1,{level}),$A{number},"")',
            row if caught_up[row] else "", "whole",
        )  # fmt: skip
        stays = f'{operating}{number + 1}<>1,{to_the_end}{number + 1}<>""'
        sheet.formula(
            FIRST + row, column + 1, f'=IF(AND({here}{number}<>"",OR({stays})),$A{number},"")',
            row if 1 <= row <= live.horizon and all(caught_up[row : live.horizon + 1]) else "", "whole",
        )  # fmt: skip


def present_value(live: Live, strategy: str) -> str:
    """The cell with a strategy's total present value."""
    return f"{NAME}!${live.letters[f'cumulative {strategy}']}$6"
