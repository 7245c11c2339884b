"""The sheet with the assumptions that spread the cost difference, in short."""

from __future__ import annotations

from distributions import text
from studies.shared.inputs import parts
from studies.shared.names import labeller
from studies.workbook import charts
from studies.workbook.book import Book
from studies.workbook.content import Content

NAME = "Drivers"
ABOUT = "which assumptions spread the cost difference"

_FIRST = 4


def wanted(content: Content) -> bool:
    """A run in which everything is certain has no drivers."""
    return bool((content.record.get("drivers") or {}).get("largest"))


def write(book: Book, content: Content) -> None:
    """The largest drivers with their Sobol' indices, and what they rest on."""
    label = labeller(content.labels)
    a, b = (label(name) for name in content.pair)
    largest = content.record["drivers"]["largest"]
    sheet = book.sheet(NAME, [40, 16, 16, 112], freeze=(_FIRST, 1), repeat=(0, _FIRST - 1))
    sheet.text(0, 0, f"What spreads the cost of {a} minus that of {b}", "title")
    sheet.text(
        1, 0,
        f"Shares of its variance (Sobol' indices, {content.record['drivers']['base_samples']} points a net). "
        "'breakeven drivers' gives all inputs, with intervals.",
        "line",
    )  # fmt: skip
    sheet.row(3, 0, ["Input"], "head_left")
    sheet.row(3, 1, ["with its interactions", "by itself"], "head")
    sheet.text(3, 3, "Meaning", "head_after")
    sheet.height(3, 30)
    for row, (key, indices) in enumerate(largest.items(), start=_FIRST):
        sheet.text(row, 0, key)
        sheet.number(row, 1, indices["total"], "percent")
        sheet.number(row, 2, indices["first"], "percent")
        meanings = [content.scenario.known[name].meaning for name in parts(key, content.scenario.known)]
        sheet.text(row, 3, "; ".join(meanings), "after")
    last = _FIRST + len(largest) - 1
    first, indices = next(iter(largest.items()))
    share = text.percent(float(indices["total"])) if indices["total"] is not None else "an unknown share"
    made = charts.chart(
        book, {"type": "bar"},
        title=f"{first} takes part in {share} of the variance of the cost difference",
        unit="Share of variance", number="0%",
    )  # fmt: skip
    for column, (colour, words) in enumerate(
        (("#0072B2", "with its interactions"), ("#E69F00", "by itself")), start=1
    ):
        made.add_series(
            {
                "name": words,
                "categories": [NAME, _FIRST, 0, last, 0],
                "values": [NAME, _FIRST, column, last, column],
                "fill": {"color": colour},
                "gap": 60,
            }
        )
    made.set_size({"width": 820, "height": 340})
    sheet.raw.insert_chart(last + 2, 0, made, {"description": "Bars: share of variance of each driver"})
