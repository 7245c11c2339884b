"""The sheet with vendor quotes, where they have been compared: costs, bills by month, stresses, walk-away prices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distributions import text
from studies.shared.names import labeller, labels_in
from studies.workbook.book import Book, Sheet
from studies.workbook.content import Content

NAME = "Quotes"
ABOUT = "vendor quotes in the same draws: costs, bills, stresses, walk-away prices"

_LEVELS = ("0.05", "0.5", "0.95")


def wanted(content: Content) -> bool:
    """Only where quotes of this scenario have been compared."""
    return content.quotes is not None


def write(book: Book, content: Content) -> None:
    """A block of rows for each table, a row or a column a quote."""
    record = content.quotes
    assert record is not None
    sheet = book.sheet(NAME, [44, *[18] * max(10, len(record["quotes"]))], freeze=(4, 1), repeat=(0, 3))
    sheet.text(0, 0, "Vendor quotes in the futures of the scenario", "title")
    draws = f"{int(record['draws']):,} draws ({record['design']}, seed {record['seed']})"
    sheet.text(1, 0, f"From {draws}; made by 'breakeven quotes'. Present value in USD.", "line")
    row = _costs(sheet, record, 3)
    row = _by_quote(
        sheet, record, row + 1, "Bill at the medians, undiscounted, by month", _bills(record), "cents"
    )
    row = _by_quote(sheet, record, row + 1, "Mean present value of each line", _items(record), "usd_or_none")
    row = _by_quote(
        sheet,
        record,
        row + 1,
        "Chance of being cheaper than its baseline, by stress",
        _stresses(record),
        "percent",
    )
    _walk_away(sheet, record, row + 1)


def _costs(sheet: Sheet, record: Mapping[str, Any], row: int) -> int:
    label = labeller(labels_in(record))
    head = [
        "cheaper than its baseline",
        "95 % from",
        "95 % to",
        "cheapest of all",
        "mean",
        "P05",
        "P50",
        "P95",
    ]
    head += ["per query", "commitment wasted"]
    sheet.text(row, 0, "Alternative", "head_left")
    sheet.row(row, 1, head, "head")
    sheet.height(row, 30)
    for vendor, quote in record["quotes"].items():
        row += 1
        sheet.text(row, 0, f"{vendor} ({label(quote['strategy'])})")
        cheaper = quote["probability_cheaper"]
        for at, value in enumerate((cheaper["estimate"], *cheaper["ci95"]), start=1):
            sheet.number(row, at, value, "percent2")
        _cheapest(sheet, row, record, vendor)
        _amounts(sheet, row, quote["cost"])
        sheet.number(row, 9, quote["cost_per_query"]["mean"], "per_query")
        wasted = quote["commitment"]["wasted_share"]
        if wasted is not None:
            sheet.number(row, 10, wasted, "percent")
    for name, cost in record["strategies"].items():
        row += 1
        sheet.text(row, 0, f"{label(name)}, no quote")
        _cheapest(sheet, row, record, name)
        _amounts(sheet, row, cost)
    return row + 1


def _cheapest(sheet: Sheet, row: int, record: Mapping[str, Any], name: str) -> None:
    chance = record["probability_cheapest"][name]
    if chance is None:
        sheet.text(row, 4, "excluded", "right")
    else:
        sheet.number(row, 4, chance["estimate"], "percent2")


def _amounts(sheet: Sheet, row: int, cost: Mapping[str, Any]) -> None:
    for at, value in enumerate((cost["mean"], *(cost["quantiles"][level] for level in _LEVELS)), start=5):
        sheet.number(row, at, value, "usd")


Rows = Mapping[str, list[float | None]]


def _by_quote(sheet: Sheet, record: Mapping[str, Any], row: int, title: str, rows: Rows, style: str) -> int:
    """A table with a column a quote."""
    sheet.text(row, 0, title, "head_left")
    sheet.row(row, 1, list(record["quotes"]), "head")
    for name, values in rows.items():
        row += 1
        sheet.text(row, 0, name)
        for at, value in enumerate(values, start=1):
            if value is not None:
                sheet.number(row, at, value, style)
    return row + 1


def _bills(record: Mapping[str, Any]) -> Rows:
    fees = [quote["fees_by_month"] for quote in record["quotes"].values()]
    months = {"Setup" if m == 0 else f"Month {m}": [row[m] for row in fees] for m in range(len(fees[0]))}
    return months | {"Total": [sum(row) for row in fees]}


def _items(record: Mapping[str, Any]) -> Rows:
    quotes = record["quotes"].values()
    names = dict.fromkeys(name for quote in quotes for name in quote["line_items"])
    rows: dict[str, list[float | None]] = {
        name: [quote["line_items"].get(name) for quote in quotes] for name in names
    }
    return rows | {"Total": [sum(quote["line_items"].values()) for quote in quotes]}


def _stresses(record: Mapping[str, Any]) -> Rows:
    quotes = list(record["quotes"].values())
    rows: dict[str, list[float | None]] = {
        "No stress": [quote["probability_cheaper"]["estimate"] for quote in quotes]
    }
    for name, stressed in quotes[0]["stresses"].items():
        rows[stressed["title"]] = [quote["stresses"][name]["probability_cheaper"] for quote in quotes]
    return rows


def _walk_away(sheet: Sheet, record: Mapping[str, Any], row: int) -> None:
    target = text.percent(record["target"])
    sheet.text(row, 0, f"Walk-away price: cheaper than its baseline in {target}", "head_left")
    sheet.row(row, 1, ["quoted", "walk away at", "95 % from", "95 % to"], "head")
    sheet.row(row, 5, ["unit"], "head_after")
    for vendor, quote in record["quotes"].items():
        for key, limit in quote["walk_away"].items():
            row += 1
            sheet.text(row, 0, f"{vendor}: {key}")
            for at, value in enumerate((limit["quoted"], limit["value"], *limit["ci95"]), start=1):
                sheet.number(row, at, value, "eight" if abs(limit["quoted"]) < 0.01 else "two")
            sheet.text(row, 5, limit["unit"], "after")
