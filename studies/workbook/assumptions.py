"""The sheet with every input: its median, to be changed, its spread, and what it rests on."""

from __future__ import annotations

from typing import Any

from distributions.derived import Derived
from distributions.inputs import Input
from studies.shared.names import labeller
from studies.workbook import model
from studies.workbook.book import Book, Sheet, reference
from studies.workbook.content import Content
from studies.workbook.layout import DISCOUNT_CELL, HORIZON_CELL

NAME = "Assumptions"
ABOUT = "every input with its source; change a yellow cell and the totals above recalculate"

_HEADS = (
    "Input", "Value used", "Unit", "P10", "P50", "P90", "Given or default", "Rests on", "Meaning", "Source",
    "Owner", "As of", "Expires",
)  # fmt: skip
_WIDTHS = (34, 17, 17, 17, 17, 17, 17, 13, 46, 90, 16, 11, 11)
_TOP = 12
"""Row of the first input."""


def wanted(content: Content) -> bool:
    """Every run has inputs."""
    return True


def write(book: Book, content: Content) -> None:
    """Totals that follow the cells, horizon and discount rate, then an input a row."""
    sheet = book.sheet(NAME, _WIDTHS, freeze=(_TOP, 1), repeat=(_TOP - 1, _TOP - 1))
    sheet.text(0, 0, "Assumptions: change a yellow cell, and the totals follow", "title")
    sheet.text(
        1, 0,
        "Each value is the median of its distribution: one future among those simulated, and not their mean. "
        "'breakeven evaluate' computes the same. What is white enters no cost of these strategies.",
        "line",
    )  # fmt: skip
    _totals(book, sheet, content)
    _study(book, sheet, content)
    for column, name in enumerate(_HEADS):
        style = "head" if column in (1, 3, 4, 5) else "head_after" if column in (2, 6) else "head_left"
        sheet.text(_TOP - 1, column, name, style)
    inputs = content.evaluation.inputs
    for at, key in enumerate(inputs):
        _input(book, sheet, _TOP + at, key, content)
    last = _TOP + len(inputs) - 1
    sheet.raw.autofilter(_TOP - 1, 0, last, len(_HEADS) - 1)
    red = book.rule(font_color="#B00020", bold=True)
    for words in ("no source", "EXPIRED"):
        sheet.raw.conditional_format(
            _TOP, 7, last, 7, {"type": "text", "criteria": "containing", "value": words, "format": red}
        )


def _totals(book: Book, sheet: Sheet, content: Content) -> None:
    """Present value of each strategy now, as it was run, and the change."""
    label = labeller(content.labels)
    live = content.live
    sheet.text(3, 0, "Present value over the horizon, USD", "head_left")
    for row, words in (
        (4, "With the values below"),
        (5, "As it was run, all at their medians"),
        (6, "Change"),
    ):
        sheet.text(row, 0, words, "bold" if row == 4 else "text")
    for at, name in enumerate(live.strategies, start=1):
        was = content.evaluation.cost[name]
        sheet.text(3, at, label(name), "head")
        sheet.formula(4, at, f"={model.present_value(live, name)}", was, "cents_bold")
        sheet.number(5, at, was, "cents")
        # a thousandth of a cent is rounding and no change
        sheet.formula(6, at, f"=ROUND({reference(4, at)}-{reference(5, at)},5)", 0.0, "change")
    sheet.height(3, 28)


def _study(book: Book, sheet: Sheet, content: Content) -> None:
    scenario, months = content.scenario, content.live.months
    rows: tuple[tuple[str, str, float, str, str, dict[str, Any]], ...] = (
        (
            HORIZON_CELL, "Horizon", scenario.horizon, "months", "whole_input",
            {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": months,
             "error_title": "Horizon", "error_message": f"A whole number of months, 1 to {months}."},
        ),
        (
            DISCOUNT_CELL, "Discount rate", scenario.discount_rate, "1/year", "percent2_input",
            {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1,
             "error_title": "Discount rate", "error_message": "A share a year, 0 to 1."},
        ),
    )  # fmt: skip
    for row, (name, words, value, unit, style, rule) in enumerate(rows, start=8):
        sheet.text(row, 0, words)
        sheet.number(row, 1, value, style)
        sheet.text(row, 2, unit, "after")
        sheet.raw.data_validation(row, 1, row, 1, rule)
        book.name(name, f"{NAME}!{reference(row, 1, absolute=True)}")
    sheet.text(8, 3, f"up to {months} here", "line")


def _input(book: Book, sheet: Sheet, row: int, key: str, content: Content) -> None:
    item, given = content.scenario.known[key], content.scenario.values[key]
    value, cell = content.evaluation.inputs[key], content.live.cell(key)
    style = _style(item, value)
    sheet.text(row, 0, key)
    # the others enter no formula: their cells stay white
    editable = f"{style}_input" if cell in content.live.used else style
    expression = content.live.expression(key)
    if expression is None:
        sheet.number(row, 1, value, editable)
    else:
        sheet.formula(row, 1, f"={expression}", value, editable)
    book.name(cell, f"{NAME}!{reference(row, 1, absolute=True)}")
    _validate(sheet, row, item)
    sheet.text(row, 2, "" if item.unit == "1" else item.unit, "after")
    if isinstance(given, Derived):
        sheet.text(row, 3, "made of others", "line")
    elif given.certain:
        sheet.text(row, 3, "certain", "line")
    else:
        for column, level in enumerate((0.1, 0.5, 0.9), start=3):
            sheet.number(row, column, float(given.ppf(level)), style)
    defaulted = key in content.record["defaulted_inputs"]
    sheet.text(row, 6, "default" if defaulted else "given", "after")
    sheet.text(row, 7, _rests_on(key, content))
    sheet.text(row, 8, item.meaning, "wrap")
    # the dataset has what is drawn
    made = isinstance(given, Derived)
    source = given.source or "" if made else str(content.data["input_source"].sel(input=key).values)
    sheet.text(row, 9, source, "wrap")
    provenance = given.provenance
    sheet.text(row, 10, provenance.owner or "", "wrap")
    sheet.lines(row, (item.meaning, _WIDTHS[8]), (source, _WIDTHS[9]), (provenance.owner or "", _WIDTHS[10]))
    for column, day in ((11, provenance.as_of), (12, provenance.expires)):
        if day is not None:
            sheet.raw.write_datetime(row, column, day, book.format("year"))


def _rests_on(key: str, content: Content) -> str:
    """As the run's ledger says, on the day it was run."""
    ledger = content.record["ledger"]
    kind = "no source" if key in ledger["without_source"] else "source"
    if key in ledger["assumptions"]:
        kind = "assumption"
    return f"{kind}, EXPIRED" if any(entry["key"] == key for entry in ledger["stale"]) else kind


def _style(item: Input, value: float) -> str:
    if item.unit == "1/year" or (item.unit == "1" and (item.support.lower, item.support.upper) == (0.0, 1.0)):
        return "percent"
    size = abs(value)
    if size >= 1000 or item.support.integer:
        return "whole"
    return "two" if size >= 1 or size == 0 else "four"


def _validate(sheet: Sheet, row: int, item: Input) -> None:
    """A cell takes what the input allows."""
    low, high = item.support.lower, item.support.upper
    below, above = low > float("-inf"), high < float("inf")
    if not below and not above:
        return
    rule: dict[str, Any] = {
        "validate": "integer" if item.support.integer else "decimal",
        "error_title": "Not allowed",
        "error_message": f"{item.key}: {item.support}",
    }
    if below and above and not item.support.lower_open and not item.support.upper_open:
        rule |= {"criteria": "between", "minimum": low, "maximum": high}
    elif below:
        rule |= {"criteria": ">" if item.support.lower_open else ">=", "value": low}
    else:
        rule |= {"criteria": "<" if item.support.upper_open else "<=", "value": high}
    sheet.raw.data_validation(row, 1, row, 1, rule)
