"""The sheet with what each strategy's mean cost is made of."""

from __future__ import annotations

import numpy as np

from distributions import text
from studies.shared.names import labeller
from studies.workbook import charts
from studies.workbook.book import Book, letter
from studies.workbook.content import Content

NAME = "Line items"
ABOUT = "what each strategy's mean cost is made of"

_DRAWN = 8
"""Items with a part of their own in the chart; the smallest others share one."""

_FIRST = 4


def wanted(content: Content) -> bool:
    """Every run has line items."""
    return True


def write(book: Book, content: Content) -> None:
    """Items down, strategies across, largest first; shares beside them."""
    label = labeller(content.labels)
    names = content.strategies
    means = np.array([content.values("item_mean", strategy=name) for name in names]).T
    items = [str(item) for item in content.data["item"].values]
    order = [at for at in np.argsort(-means.max(axis=1), kind="stable") if means[at].any()]
    count = len(names)
    sheet = book.sheet(
        NAME, [26.0] + [15.0] * count + [3.0] + [13.0] * count, freeze=(_FIRST, 1), repeat=(0, _FIRST - 1)
    )
    sheet.text(0, 0, "Line items: mean present value over all futures", "title")
    sheet.merged(2, 1, count, "USD, discounted", "band")
    sheet.merged(2, count + 2, 2 * count + 1, "Share of the strategy's total", "band")
    sheet.text(3, 0, "Line item", "head_left")
    total = _FIRST + len(order)
    rest = order[_DRAWN:]
    for at, name in enumerate(names, start=1):
        here, totals = letter(at), float(means[:, at - 1].sum())
        sheet.text(3, at, label(name), "head")
        sheet.text(3, at + count + 1, label(name), "head")
        for row, item in enumerate(order, start=_FIRST):
            sheet.number(row, at, float(means[item, at - 1]), "usd_or_none")
            share = f"=IF({here}${total + 1}=0,0,{here}{row + 1}/{here}${total + 1})"
            value = float(means[item, at - 1]) / totals if totals else 0.0
            sheet.formula(row, at + count + 1, share, value, "percent_or_none")
        sheet.formula(total, at, f"=SUM({here}{_FIRST + 1}:{here}{total})", totals, "usd_bold")
        if len(rest) > 1:
            first = _FIRST + _DRAWN + 1
            smaller = float(means[rest, at - 1].sum())
            sheet.formula(total + 1, at, f"=SUM({here}{first}:{here}{total})", smaller, "usd")
    for row, item in enumerate(order, start=_FIRST):
        sheet.text(row, 0, items[item])
    sheet.text(total, 0, "Total", "bold")
    drawn = list(range(_FIRST, total))
    if len(rest) > 1:
        sheet.text(total + 1, 0, f"{len(rest)} smaller items", "line")
        drawn = [*range(_FIRST, _FIRST + _DRAWN), total + 1]
    sheet.height(3, 30)
    if not order:
        return
    a = content.pair[0]
    mine = means[:, names.index(a)]
    share = text.percent(float(mine.max() / mine.sum())) if mine.any() else "none"
    made = charts.chart(
        book, {"type": "bar", "subtype": "stacked"},
        title=f"{share} of what {label(a)} costs is {items[int(mine.argmax())]}",
        unit="Mean present value (USD)", number="$#,##0",
    )  # fmt: skip
    for part, row in enumerate(drawn):
        made.add_series(
            {
                "name": [NAME, row, 0],
                "categories": [NAME, 3, 1, 3, count],
                "values": [NAME, row, 1, row, count],
                "gap": 60,
                "border": {"color": "#FFFFFF", "width": 0.5},
                **charts.fill_of(part),
            }
        )
    made.set_legend({"position": "right", "font": {"size": 9}})
    made.set_size({"width": 900, "height": 380})
    sheet.raw.insert_chart(total + 3, 0, made, {"description": "Stacked bars: line items of each strategy"})
