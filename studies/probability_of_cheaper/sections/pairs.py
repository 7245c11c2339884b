"""Every two strategies against each other: in how many futures the one costs less than the other."""

from __future__ import annotations

from distributions import text
from studies.probability_of_cheaper.figures import of_section
from studies.probability_of_cheaper.pairs_text import chances, leader
from studies.shared.names import labeller, labels_in
from studies.shared.report.blocks import Cell, Paragraph, Section, table
from studies.shared.report.stored import Material
from studies.shared.report.words import figures

MOST = 6
"""Strategies of whose pairs the table gives the intervals too; of more it would be too wide to read."""


def section(material: Material) -> Section | None:
    """The map, and the matrix as numbers; None of a run of two strategies, whose pair is the answer."""
    record = material.record
    pairs = record.get("pairs") or {}
    if len(pairs) < 3:
        return None
    excluded = record.get("excluded") or {}
    names = sorted(pairs, key=lambda name: (name in excluded, record["cost"][name]["mean"]))
    chance, label = chances(pairs), labeller(labels_in(record))

    def cell(a: str, b: str) -> Cell:
        if a == b:
            return Cell("–")
        estimate, interval = chance(a, b)
        return Cell(
            text.probability(estimate, interval),
            note=text.bounds(estimate, interval) if len(names) <= MOST else "",
        )

    rows = [
        (
            Cell(f"{k} {label(a)}", marks=("excluded",) if a in excluded else ()),
            *(cell(a, b) for b in names),
        )
        for k, a in enumerate(names, start=1)
    ]
    numbers = table(
        "Share of futures in which the strategy of the row costs less than that of the column, ties counted half"
        f"{', below it the 95 % interval' if len(names) <= MOST else ''}; the cheapest on average first",
        ("Costs less", *(f"than {k}" for k in range(1, len(names) + 1))),
        rows,
        strong=[k for k, name in enumerate(names) if name == record["probability_cheaper"]["a"]],
    )
    left = [name for name in names if name not in excluded]
    finding = Paragraph(f"{leader(left if len(left) > 1 else names, chance, labels_in(record))}.")
    return Section(
        "Strategies against each other", (finding, *figures(material, *of_section("pairs")), numbers)
    )
