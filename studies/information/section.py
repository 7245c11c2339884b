"""What is worth finding out before deciding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distributions import text
from studies.shared.names import labeller
from studies.shared.report.blocks import Block, Paragraph, Section, table
from studies.shared.report.question import Analysis
from studies.shared.report.stored import Material, Stored
from studies.shared.report.words import all_figures, named, section_of

SHOWN = 10


def _question(record: Mapping[str, Any]) -> list[Any]:
    pilot = record.get("pilot")
    return [record["strategies"], sorted(record["evppi"]), None if pilot is None else pilot["input"]]


ANALYSIS = Analysis("information", _question)


def section(material: Material) -> Section | None:
    """The value of knowing everything, and of each input that could change the decision."""
    return section_of("What is worth finding out", material.all("information"), _blocks)


def _blocks(stored: Stored) -> list[Block]:
    labels = stored.labels
    label = labeller(labels)
    record = stored.record
    evpi = float(record["evpi"])
    blocks: list[Block] = [
        Paragraph(
            f"Without knowing more, {label(record['best'])} is the best choice. Knowing every input before "
            f"deciding would save {text.money_with_error(evpi, float(record['evpi_se']))} on average (EVPI); "
            "nothing that one could find out is worth more."
        ),
        *all_figures(stored),
    ]
    ranked = sorted(record["evppi"].items(), key=lambda item: -item[1]["value"])
    seen = [(key, row) for key, row in ranked if row["distinguishable"]]
    if seen and evpi > 0:
        rows = [
            (
                named(key, labels),
                text.money_with_error(row["value"], row["se"]),
                text.percent(row["value"] / evpi),
            )
            for key, row in seen[:SHOWN]
        ]
        blocks.append(
            table("What it is worth at most to know an input before deciding (EVPPI), in USD",
                  ("Input", "Worth up to", "Of EVPI"), rows)
        )  # fmt: skip
    unseen = len(ranked) - len(seen)
    if unseen:
        blocks.append(
            Paragraph(
                f"{text.count(unseen, 'input')} not distinguishable from 0: to know them would change no decision."
            )
        )
    return blocks
