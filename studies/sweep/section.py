"""Who is cheaper at other values of some inputs: many runs beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distributions import text
from studies.shared.names import labeller, labels_in
from studies.shared.report.blocks import Block, Cell, Paragraph, Section, table
from studies.shared.report.question import Analysis
from studies.shared.report.stored import Material, Stored
from studies.shared.report.words import all_figures, plain_name, section_of

MOST = 30
"""Cells that a reader still takes in one by one."""


def _identity(record: Mapping[str, Any]) -> list[Any]:
    return [
        [scenario["name"] for scenario in record["scenarios"]],
        [[axis["input"], axis["values"]] for axis in record["axes"]],
    ]


ANALYSIS = Analysis("sweep", _identity)


def section(material: Material) -> Section | None:
    """Every sweep of the run's scenario: in a sentence, as its picture, and cell by cell where there are few."""
    stored = [analysis for analysis in material.all("sweep") if analysis.record["axes"]]
    return section_of("At other values", stored, _blocks)


def _blocks(stored: Stored) -> list[Block]:
    blocks: list[Block] = [Paragraph(_summary(stored.record)), *all_figures(stored)]
    if len(stored.record["cells"] or ()) in range(1, MOST + 1):
        blocks.append(_cells(stored.record))
    return blocks


def _summary(record: Mapping[str, Any]) -> str:
    labels = labels_in(record)
    label = labeller(labels)
    a, b = (label(str(name)) for name in record["scenarios"][0]["compare"])
    held = text.join([plain_name(str(axis["input"]), labels) for axis in record["axes"]])
    sentence = f"With {held} held at each value in turn and all others varying as ever, "
    cells = record["cells"]
    if not cells:
        return (
            f"{sentence}the chance that {a} costs less than {b} is in the folder's sweep.csv, cell by cell."
        )
    chances = [float(cell["probability_cheaper"]["estimate"]) for cell in cells]
    low, high = text.percent(min(chances), 1), text.percent(max(chances), 1)
    ranged = low if low == high else f"{low} to {high}"
    sentence += f"{a} is cheaper than {b} in {ranged} of futures, over {text.count(len(cells), 'cell')}."
    if len(record["axes"]) > 1:
        return sentence
    unit = str(record["axes"][0]["unit"])
    ends = [" and ".join(text.number(float(end), 6) for end in tip["between"]) for tip in record["tips"]]
    crossed = text.join([f"between {end}" for end in ends])
    return f"{sentence} It crosses 50 % {crossed}{'' if unit == '1' else f' {unit}'}." if ends else sentence


def _cells(record: Mapping[str, Any]) -> Block:
    label = labeller(labels_in(record))
    axes = [str(axis["input"]) for axis in record["axes"]]
    a, b = (label(str(name)) for name in record["scenarios"][0]["compare"])
    timed = any(cell["breakeven"] for cell in record["cells"])
    rows: list[tuple[str | Cell, ...]] = []
    for cell in record["cells"]:
        estimate, ends = cell["probability_cheaper"]["estimate"], cell["probability_cheaper"]["ci95"]
        best = cell["cheapest"]
        row: list[str | Cell] = [text.number(float(cell["values"][key]), 6) for key in axes]
        row += [
            Cell(text.probability(estimate, ends), note=text.interval(estimate, ends)),
            Cell(
                label(best),
                note=text.probability(
                    *(cell["probability_cheapest"][best][part] for part in ("estimate", "ci95"))
                ),
            )
            if best
            else "none is eligible",
            text.money_with_error(cell["difference"]["mean"], cell["difference"]["mcse"]),
        ]
        if timed:
            # a folder of an older version has first break-evens alone
            kind = "lasting_" if "lasting_probability" in cell["breakeven"] else ""
            month = cell["breakeven"][f"{kind}median_month"]
            reached = text.percent(cell["breakeven"][f"{kind}probability"])
            row.append(Cell(reached, note="" if month is None else f"half by month {month}"))
        rows.append(tuple(row))
    units = [f"{axis['input']} in {axis['unit']}" for axis in record["axes"] if axis["unit"] != "1"]
    caption = f"How often {a} is cheaper than {b}, with 95 % intervals; each cell is a run of its own in the same draws"
    caption += f"; {text.join(units)}" if units else ""
    head = [
        *axes,
        "Cheaper in",
        "Most often cheapest",
        "Mean difference",
        *(["Breaks even for good"] if timed else []),
    ]
    return table(caption, head, rows)
