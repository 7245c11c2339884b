"""The sheet with every line item of every strategy by month, in formulas."""

from __future__ import annotations

import numpy as np

from studies.shared.names import labeller
from studies.workbook.book import Book, letter
from studies.workbook.columns import DISCOUNT, FIRST
from studies.workbook.content import Content
from studies.workbook.live import Live

NAME = "Model lines"
ABOUT = "live: every line item by month: unit cost times what it follows"


def wanted(content: Content) -> bool:
    """Every run has strategies."""
    return True


def span(live: Live, strategy: str) -> tuple[int, int]:
    """First and last column of a strategy."""
    start = 1
    for name in live.strategies:
        end = start + len(live.items(name))
        if name == strategy:
            return start, end - 1
        start = end
    raise KeyError(strategy)


def write(book: Book, content: Content) -> None:
    """A band of columns for each strategy; present values above the months."""
    label = labeller(content.labels)
    live = content.live
    columns = sum(len(live.items(name)) for name in live.strategies)
    sheet = book.sheet(NAME, [14.0] + [12.0] * columns, freeze=(FIRST, 1), repeat=(0, FIRST - 1))
    sheet.text(0, 0, "Line items by month, every input at the value on the sheet Assumptions", "title")
    sheet.text(
        1,
        0,
        "Each is its unit cost (sheet Unit costs) times what it follows (sheet Model). USD, undiscounted.",
        "line",
    )
    sheet.text(3, 0, "Month", "head_left")
    sheet.text(4, 0, "0: set-up", "unit_left")
    sheet.text(5, 0, "Present value", "bold")
    first, last = live.rows
    for row in range(live.months + 1):
        sheet.number(FIRST + row, 0, row, "whole")
    for name in live.strategies:
        start, end = span(live, name)
        sheet.merged(2, start, end, label(name), "band")
        for at, item in enumerate(live.items(name), start=start):
            costs = [cost for cost in live.costs if (cost.strategy, cost.item) == (name, item)]
            values = live.cost_of(name, item)
            here = letter(at)
            sheet.text(3, at, item, "head")
            sheet.text(4, at, "USD", "unit")
            sheet.formula(
                5, at,
                f"=SUMPRODUCT({here}{first}:{here}{last},{live.months_of(DISCOUNT, 'Model!')})",
                float(np.sum(values * live.discount)), "cents_bold",
            )  # fmt: skip
            follows = [f"*Model!${live.letters[cost.paid_by]}" for cost in costs]
            for row in range(live.months + 1):
                number = FIRST + row + 1
                formula = "+".join(
                    f"{live.cost_in(cost, row).name}{follow}{number}"
                    for cost, follow in zip(costs, follows, strict=True)
                )
                sheet.formula(FIRST + row, at, f"={formula}", float(values[row]), "cents_or_none")
    grey = book.rule(font_color="#BBBBBB")
    sheet.raw.conditional_format(
        FIRST, 0, last - 1, columns,
        {"type": "formula", "criteria": f"=$A{first}>horizon_months", "format": grey},
    )  # fmt: skip
    sheet.height(3, 30)
