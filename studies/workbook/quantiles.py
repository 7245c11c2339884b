"""The sheet with the spread of every result: means with errors, quantiles with intervals, tail means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distributions import text
from studies.shared.names import labeller
from studies.workbook.book import Book, Sheet
from studies.workbook.content import Content, ends

NAME = "Quantiles"
ABOUT = "means, quantiles and tails of costs, differences and regret, with 95 % intervals"


def wanted(content: Content) -> bool:
    """Every run has a spread, if only none."""
    return True


def write(book: Book, content: Content) -> None:
    """A block for each measure, a row for each strategy, intervals in the rows below it."""
    label = labeller(content.labels)
    record = content.record
    levels = list(record["difference"]["quantiles"])
    sheet = book.sheet(NAME, [36.0] + [14.5] * (len(levels) + 4), freeze=(3, 1), repeat=(0, 2))
    sheet.text(0, 0, "Spread of the results over all futures", "title")
    heads = ["Mean", "Standard error", "Standard deviation", *(text.level(float(level)) for level in levels)]
    sheet.text(2, 0, "", "head_left")
    sheet.row(2, 1, [*heads, "Mean of the dearest 5 %"], "head")
    sheet.height(2, 30)
    row = 3
    (a, b) = content.pair
    blocks: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
        ("Present-value cost over the horizon, USD", "usd", record["cost"]),
        (f"Cost of {label(a)} minus that of {label(b)}, USD", "usd", {"": record["difference"]}),
        ("Present-value cost per query, USD", "per_query", record["cost_per_query"]),
        ("Regret: cost over that of the cheapest eligible strategy, USD", "usd", record["regret"]),
    )
    for title, style, by_strategy in blocks:
        sheet.text(row, 0, title, "section")
        row += 1
        for name in content.strategies if "" not in by_strategy else ("",):
            if name in by_strategy:
                _rows(sheet, row, label(name) if name else "Difference", by_strategy[name], style)
                row += 3
        row += 1
    _breakeven(sheet, row, content, levels)


def _rows(sheet: Sheet, row: int, label: str, summary: Mapping[str, Any], style: str) -> None:
    """Estimate, and the ends of its 95 % interval."""
    fine = "per_query_fine" if style == "per_query" else style
    sheet.text(row, 0, label, "bold")
    last = 4 + len(summary["quantiles"])
    for column, value in enumerate(
        (summary["mean"], summary["mcse"], summary["sd"], *summary["quantiles"].values(), summary["cvar95"]),
        start=1,
    ):
        sheet.number(row, column, value, fine if column == 2 else style)
    for end, words in enumerate(("95 % interval from", "to")):
        sheet.text(row + 1 + end, 0, f"    {words}", "line")
        sheet.number(row + 1 + end, 1, ends(summary["ci95"])[end], style)
        for column, interval in enumerate(summary["quantiles_ci95"].values(), start=4):
            sheet.number(row + 1 + end, column, ends(interval)[end], style)
        sheet.number(row + 1 + end, last, ends(summary["cvar95_ci95"])[end], style)


def _breakeven(sheet: Sheet, row: int, content: Content, levels: list[str]) -> None:
    """Months until the first of the pair has caught up, once and for good; "never" is later than any month."""
    label = labeller(content.labels)
    a, b = content.pair
    kinds = (("breakeven_month", "For the first time"), ("breakeven_lasting", "To the end"))
    shown = [(content.record[key], words) for key, words in kinds if content.record.get(key)]
    if not shown:
        return
    sheet.text(row, 0, f"Month by which {label(a)} has cost no more than {label(b)}", "section")
    for summary, words in shown:
        sheet.text(row + 1, 0, f"{words}, over all futures", "bold")
        for column, level in enumerate(levels, start=4):
            month = summary["quantiles"][level]
            if month is None:
                sheet.text(row + 1, column, "never", "right")
            else:
                sheet.number(row + 1, column, month, "whole")
        sheet.text(row + 2, 0, "Probability of never")
        sheet.number(row + 2, 1, summary["probability_never"], "percent2")
        row += 2
    if content.record.get("probability_falls_back") is not None:
        sheet.text(row + 1, 0, "Probability of falling back")
        sheet.number(row + 1, 1, content.record["probability_falls_back"], "percent2")
