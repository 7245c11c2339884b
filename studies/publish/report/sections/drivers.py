"""Which assumptions spread the outcome: shares of its variance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studies import text
from studies.publish.report.blocks import Block, Cell, Paragraph, Section, table
from studies.publish.report.stored import Material, Stored
from studies.publish.report.words import all_figures, named

SHOWN = 10

MEASURES = {
    "first": "By itself",
    "total": "With interactions",
    "effect": "Shapley effect",
    "mu_star": "Mean of effects",
    "delta": "Delta",
    "maximum": "PAWN, greatest",
    "mean_sensitivity": "Regional, mean",
}
"""Measures that are shown, in this order, by what they are called in the record."""

SHARES = {"first", "total", "effect"}


def section(material: Material) -> Section | None:
    """Of every analysis of drivers, else in short of the run."""
    stored = material.all("drivers")
    if stored:
        blocks = [block for one in stored for block in _full(one, material)]
        return Section("What spreads it", tuple(blocks), ", ".join(one.path.name for one in stored))
    short = material.record.get("drivers")
    if not short or not short.get("largest"):
        return None
    rows = [
        (named(key), text.percent(max(row["first"], 0.0)), text.percent(max(row["total"], 0.0)))
        for key, row in short["largest"].items()
    ]
    numbers = table(_caption("difference", material), ("Input", MEASURES["first"], MEASURES["total"]), rows)
    return Section(
        "What spreads it",
        (numbers, Paragraph("An estimate in short, without intervals; 'breakeven drivers' gives them.")),
    )


def _full(stored: Stored, material: Material) -> list[Block]:
    record = stored.record
    columns = [
        name for name in MEASURES if any(row.get(name) is not None for row in record["indices"].values())
    ]
    if not columns:
        return [*all_figures(stored), Paragraph("The outcome does not vary: nothing spreads it.")]
    if record.get("few_events"):
        return [*all_figures(stored), Paragraph(f"Too few events: {record['few_events']}.")]
    by = "total" if "total" in columns else columns[0]
    ranked = sorted(record["indices"].items(), key=lambda item: -(item[1].get(by) or 0.0))[:SHOWN]
    rows = [(named(key), *(_value(row, name) for name in columns)) for key, row in ranked]
    blocks: list[Block] = [
        *all_figures(stored),
        table(
            _caption(str(record["output"]), material), ("Input", *(MEASURES[name] for name in columns)), rows
        ),
    ]
    rests = record.get("variance_resting_on") or {}
    said = [
        f"{text.percent(rests[kind])} {what}"
        for kind, what in (("assumption", "on assumptions"), ("none", "on inputs given without a source"))
        if rests.get(kind) is not None
    ]
    if said:
        blocks.append(Paragraph(f"Of the variance, there rest {text.join(said)}."))
    return blocks


def _value(row: Mapping[str, Any], name: str) -> Cell:
    value, width = row.get(name), row.get(f"{name}_ci")
    if value is None:
        return Cell("")
    if width is None:
        return Cell(text.number(float(value), 3))
    scale, unit = (100, " %") if name in SHARES else (1, "")
    places = min(max(text.decimals_for(scale * float(width) / 2), 0), 2 if unit else 4)
    return Cell(f"{scale * float(value):.{places}f} ± {scale * float(width):.{places}f}{unit}")


def _caption(output: str, material: Material) -> str:
    asked = material.record["probability_cheaper"]
    what = text.quantity(output, asked["a"], asked["b"])
    return f"How much each input moves the {what}, the largest first; ±: half-width of the 95 % interval"
