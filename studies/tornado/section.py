"""What one assumption does by itself: the tornado."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distributions import text
from studies.shared.names import LABELS, labels_in, output_label
from studies.shared.report.blocks import Block, Cell, Paragraph, Section, table
from studies.shared.report.question import Analysis, keys
from studies.shared.report.stored import Material
from studies.shared.report.words import all_figures, figures, named, plain_name, section_of

SHOWN = 10


ANALYSIS = Analysis("tornado", keys("output", "reading", "levels", "a", "b"))


def section(material: Material) -> Section | None:
    """Of the run, unless an analysis asks the same, and of every analysis."""
    stored = material.all("tornado")
    short = material.record.get("tornado")
    if short:
        short = {LABELS: material.labels, **short}
    blocks: list[Block] = []
    if short and ANALYSIS.question(short) not in [ANALYSIS.question(analysis.record) for analysis in stored]:
        blocks = [*figures(material, "tornado"), *_shown(short)]
    return section_of(
        "What one assumption does by itself",
        stored,
        lambda analysis: [*all_figures(analysis), *_shown(analysis.record)],
        blocks,
    )


def _shown(record: Mapping[str, Any]) -> list[Block]:
    return [_table(record), *_unseen(record)]


def _table(record: Mapping[str, Any]) -> Block:
    labels = labels_in(record)
    output = str(record["output"])
    chance, logarithm = output == "probability", output.startswith("log_cost")
    show = (lambda value: text.percent(value, 1)) if chance else text.number if logarithm else text.money
    low, high = (text.level(float(level)) for level in record["levels"])
    widest = sorted(record["inputs"].items(), key=lambda item: -abs(item[1]["high"] - item[1]["low"]))
    drawn = any("swing_se" in row for row in record["inputs"].values())
    rows: list[tuple[Cell | str, ...]] = [
        (
            named(key, labels),
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
    if chance:
        what = "Chance of being cheaper"
    elif output == "difference":
        what = "Cost difference in USD"
    else:
        of = output_label(output, str(record.get("a")), str(record.get("b")), labels)
        what = f"{of[:1].upper()}{of[1:]}" + ("" if logarithm else " in USD")
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
    names = text.join([plain_name(key, labels_in(record)) for key in keys])
    return [Paragraph(f"Not distinguishable from nothing, within their errors: {names}.")]
