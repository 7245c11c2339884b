"""What one assumption does by itself: the tornado."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studies import text
from studies.publish.report.blocks import Block, Cell, Paragraph, Section, table
from studies.publish.report.stored import Material
from studies.publish.report.words import all_figures, figures, named, plain_name

SHOWN = 10


def section(material: Material) -> Section | None:
    """Of the analysis where there is one, else of the run."""
    own = material.of("tornado")
    record = own.record if own is not None else material.record.get("tornado")
    if not record:
        return None
    pictures = all_figures(own) if own is not None else figures(material, "tornado")
    return Section(
        "What one assumption does by itself",
        (*pictures, _table(record), *_unseen(record)),
        own.path.name if own is not None else "",
    )


def _table(record: Mapping[str, Any]) -> Block:
    chance = record["output"] == "probability"
    show = (lambda value: text.percent(value, 1)) if chance else text.money
    low, high = (f"P{100 * float(level):g}" for level in record["levels"])
    widest = sorted(record["inputs"].items(), key=lambda item: -abs(item[1]["high"] - item[1]["low"]))
    drawn = any("swing_se" in row for row in record["inputs"].values())
    rows: list[tuple[Cell | str, ...]] = [
        (
            named(key),
            *(text.number(float(value), 3) for value in row["at"]),
            show(row["low"]),
            show(row["high"]),
            show(abs(row["high"] - row["low"])),
            *([f"± {show(2.0 * row['swing_se'])}"] if drawn else []),
        )
        for key, row in [item for item in widest if item[1].get("distinguishable", True)][:SHOWN]
        if row["high"] != row["low"]
    ]
    others = "all others varying" if record.get("reading") == "varying" else "all others at their medians"
    what = (
        "Chance of being cheaper"
        if chance
        else "Cost difference in USD"
        if record["output"] == "difference"
        else "Cost"
    )
    return table(
        f"{what} with each input at its {low} and its {high}, {others}; {show(record['base'])} in the middle",
        (
            "Input",
            f"Its {low}",
            f"Its {high}",
            f"Outcome at {low}",
            f"At {high}",
            "Swing",
            *(["95 %"] if drawn else []),
        ),
        rows,
    )


def _unseen(record: Mapping[str, Any]) -> list[Block]:
    """The inputs whose swing is within its error."""
    keys = [
        key
        for key, row in record["inputs"].items()
        if not row.get("distinguishable", True) and row["swing_se"] > 0.0
    ]
    if not keys:
        return []
    return [
        Paragraph(
            f"Not distinguishable from nothing, within their errors: {text.join([plain_name(key) for key in keys])}."
        )
    ]
