"""The sheet with every two strategies: how often the one costs less than the other, with the 95 % interval."""

from __future__ import annotations

from studies.probability_of_cheaper.pairs_text import chances, leader
from studies.shared.names import labeller, labels_in
from studies.workbook.book import Book
from studies.workbook.content import Content, ends

NAME = "Pairs"
ABOUT = "how often each strategy costs less than each other, with 95 % intervals"


def wanted(content: Content) -> bool:
    """Of two strategies the summary says it."""
    return len(content.record.get("pairs") or {}) > 2


def write(book: Book, content: Content) -> None:
    """Three rows a strategy: the probability that it costs less than that of the column, and the interval's ends."""
    names = content.strategies
    labels = labels_in(content.record)
    label = labeller(labels)
    excluded, chance = content.record["excluded"], chances(content.record["pairs"])
    sheet = book.sheet(NAME, [36.0] + [14.5] * len(names), freeze=(3, 1), repeat=(0, 2))
    left = [name for name in names if name not in excluded]
    sheet.text(0, 0, f"{leader(left if len(left) > 1 else names, chance, labels)}.", "title")
    sheet.text(2, 0, "Share of futures in which it costs less than", "head_left")
    sheet.row(2, 1, [label(name) for name in names], "head")
    sheet.height(2, 45)
    for k, a in enumerate(names):
        row = 3 + 3 * k
        sheet.text(row, 0, f"{label(a)} (excluded)" if a in excluded else label(a), "bold")
        for end, words in enumerate(("95 % interval from", "to"), start=1):
            sheet.text(row + end, 0, f"    {words}", "line")
        for column, b in enumerate(names, start=1):
            if a == b:
                sheet.text(row, column, "–", "right")
                continue
            estimate, interval = chance(a, b)
            sheet.number(row, column, estimate, "percent2")
            for end, value in enumerate(ends(interval), start=1):
                sheet.number(row + end, column, value, "percent2")
