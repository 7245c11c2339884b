"""Which assumptions spread the outcome: shares of its variance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distributions import text
from studies.shared.names import output_label
from studies.shared.report.blocks import Block, Cell, Paragraph, Section, table
from studies.shared.report.question import Analysis
from studies.shared.report.stored import Material, Stored
from studies.shared.report.words import all_figures, named, section_of

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


def _question(record: Mapping[str, Any]) -> list[Any]:
    return [record["method"], record["output"], sorted(record["indices"]), "second" in record]


ANALYSIS = Analysis("drivers", _question)


def section(material: Material) -> Section | None:
    """In short of the run, unless an analysis gives the same in full, and of every analysis of drivers."""
    stored = material.all("drivers")
    short = material.record.get("drivers") or {}
    largest = short.get("largest") or {}
    blocks: list[Block] = []
    if largest and not any(_holds(analysis.record, largest) for analysis in stored):
        rows = [
            (
                named(key, material.labels),
                text.percent(max(row["first"], 0.0)),
                text.share(max(row["total"], 0.0), row.get("total_ci")),
            )
            for key, row in largest.items()
        ]
        blocks = [
            table(_caption("difference", material), ("Input", MEASURES["first"], MEASURES["total"]), rows),
            Paragraph("An estimate in short; 'breakeven drivers' makes a closer one of every input."),
        ]
    return section_of("What spreads it", stored, lambda analysis: _full(analysis, material), blocks)


def _holds(record: Mapping[str, Any], largest: Mapping[str, Any]) -> bool:
    """Whether an analysis has the run's shares of the variance of the difference, input by input."""
    indices = record["indices"]
    return record["output"] == "difference" and all(
        indices.get(key, {}).get(name) is not None for key in largest for name in ("first", "total")
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
    rows = [(named(key, stored.labels), *(_value(row, name) for name in columns)) for key, row in ranked]
    blocks: list[Block] = [
        *all_figures(stored),
        table(
            _caption(str(record["output"]), material), ("Input", *(MEASURES[name] for name in columns)), rows
        ),
    ]
    rests = record.get("variance_resting_on") or {}
    shares = [
        f"{text.percent(rests[kind])} {what}"
        for kind, what in (("assumption", "on assumptions"), ("none", "on inputs given without a source"))
        if rests.get(kind) is not None
    ]
    if shares:
        blocks.append(Paragraph(f"Of the variance, there rest {text.join(shares)}."))
    return blocks


def _value(row: Mapping[str, Any], name: str) -> Cell:
    value, width = row.get(name), row.get(f"{name}_ci")
    if value is None:
        return Cell("")
    if width is None:
        return Cell(text.number(float(value), 3))
    if name in SHARES:
        return Cell(text.share(float(value), float(width)))
    places = min(max(text.decimals_for(float(width) / 2), 0), 4)
    return Cell(f"{float(value):.{places}f} ± {float(width):.{places}f}")


def _caption(output: str, material: Material) -> str:
    pair = material.record["probability_cheaper"]
    what = output_label(output, pair["a"], pair["b"], material.labels)
    return f"How much each input moves the {what}, the largest first; ±: half-width of the 95 % interval"
