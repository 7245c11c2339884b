"""The sheet with costs by month and strategy, and how probable it is to be the cheaper by then."""

from __future__ import annotations

from typing import Any

import numpy as np

from distributions import text
from studies.probability_of_cheaper.finding import pair
from studies.shared.names import labeller, of_the_first
from studies.workbook import charts
from studies.workbook.book import Book, Sheet
from studies.workbook.content import Content

NAME = "By month"
ABOUT = "costs by month and strategy, and who is cheaper by then, over all futures"

_FIRST = 5
"""Row of month 0."""


def wanted(content: Content) -> bool:
    """Every run has months."""
    return True


def write(book: Book, content: Content) -> None:
    """Bands of columns, months down."""
    label = labeller(content.labels)
    names, (a, b) = content.strategies, content.pair
    sheet = book.sheet(
        NAME,
        [8.0] + [12.5] * (3 + 3 * len(names) + 3 * len(names)),
        freeze=(_FIRST, 1),
        repeat=(0, _FIRST - 1),
    )
    sheet.text(0, 0, "Costs by month, over all futures", "title")
    fans = content.data["cumulative_cost_quantile"]
    levels = [float(level) for level in content.data[str(fans.dims[-1])].values]
    note = "Month 0 is the set-up. 'So far' is the sum of all months up to this one."
    if kept := of_the_first(fans.attrs["draws"], content.data.attrs["draws"]):
        note += f" {text.level(levels[0])} to {text.level(levels[-1])} are{kept}."
    sheet.text(1, 0, note, "line")
    sheet.text(3, 0, "Month", "head_left")
    sheet.text(4, 0, "", "unit_left")
    for month in range(content.horizon + 1):
        sheet.number(_FIRST + month, 0, month, "whole")
    sheet.merged(2, 1, 3, f"{label(a)} cheaper than {label(b)} so far", "band")
    estimate = content.values("probability_cheaper_by_month", strategy=a, other=b)
    interval = content.values("probability_cheaper_by_month_ci", strategy=a, other=b)
    for at, (head, values) in enumerate(
        (("Probability", estimate), ("95 % from", interval[:, 0]), ("95 % to", interval[:, 1])), start=1
    ):
        _column(sheet, at, head, "", values, "percent2")
    discount = (1 + content.scenario.discount_rate) ** (-np.arange(content.horizon + 1) / 12)
    start = 4
    for band, unit, of in (
        ("Mean present value spent so far", "USD", "so far"),
        ("Mean cost of the month, undiscounted", "USD", "month"),
        ("Probability of being the cheapest so far", "", "cheapest"),
    ):
        sheet.merged(2, start, start + len(names) - 1, band, "band")
        for name in names:
            if of == "cheapest":
                values = content.values("probability_cheapest_by_month", strategy=name)
            else:
                values = content.values("cumulative_cost_mean", strategy=name)
                values = np.diff(values, prepend=0.0) / discount if of == "month" else values
            _column(sheet, start, label(name), unit, values, "percent2" if of == "cheapest" else "usd")
            start += 1
    for name in names:
        head = f"Present value spent so far, {label(name)}"
        sheet.merged(2, start, start + len(levels) - 1, head, "band")
        for level, values in zip(
            levels, content.values("cumulative_cost_quantile", strategy=name).T, strict=True
        ):
            _column(sheet, start, text.level(level), "USD", values, "usd")
            start += 1
    sheet.height(3, 30)


def _column(sheet: Sheet, at: int, head: str, unit: str, values: Any, style: str) -> None:
    sheet.text(3, at, head, "head")
    sheet.text(4, at, unit, "unit")
    for month, value in enumerate(values):
        sheet.number(_FIRST + month, at, float(value), style)


def probability_chart(book: Book, content: Content) -> Any:
    """P(cheaper so far) by month."""
    label = labeller(content.labels)
    (a, b), last = content.pair, _FIRST + content.horizon
    final = float(content.values("probability_cheaper_by_month", strategy=a, other=b)[-1])
    interval = content.values("probability_cheaper_ci", strategy=a, other=b).tolist()
    ties = float(content.values("tie_share", strategy=a, other=b))
    made = charts.chart(
        book, {"type": "line"},
        title=pair(a, b, final, interval, ties, brief=True, labels=content.labels),
        unit="Probability of being cheaper so far", number="0%", most=1.0, **_months(content),
    )  # fmt: skip
    made.add_series(
        {
            "name": f"{label(a)} cheaper than {label(b)}",
            "categories": [NAME, _FIRST, 0, last, 0],
            "values": [NAME, _FIRST, 1, last, 1],
            "line": {**charts.line_of(a, content.strategies), "dash_type": "solid"},
            "marker": {"type": "circle", "size": 5} if content.horizon <= 36 else {"type": "none"},
        }
    )
    made.set_legend({"none": True})
    return made


def cost_chart(book: Book, content: Content) -> Any:
    """Mean present value spent so far, a line a strategy."""
    label = labeller(content.labels)
    (a, b), last = content.pair, _FIRST + content.horizon
    mine, other = (text.money(float(content.record["cost"][name]["mean"])) for name in (a, b))
    made = charts.chart(
        book, {"type": "line"},
        title=f"On average {label(a)} costs {mine}, {label(b)} {other}",
        unit="Spent so far (present value, USD)", number="$#,##0", **_months(content),
    )  # fmt: skip
    for at, name in enumerate(content.strategies, start=4):
        made.add_series(
            {
                "name": label(name),
                "categories": [NAME, _FIRST, 0, last, 0],
                "values": [NAME, _FIRST, at, last, at],
                "line": charts.line_of(name, content.strategies),
                "marker": charts.marker_of(name, content.strategies),
            }
        )
    return made


def _months(content: Content) -> dict[str, Any]:
    return {"along": "Months of operation (0: set-up alone)", "every": max(1, round(content.horizon / 12))}
