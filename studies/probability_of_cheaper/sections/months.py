"""How the answer grows with time: who is ahead by the end of each month."""

from __future__ import annotations

from distributions import text
from studies.probability_of_cheaper.figures import of_section
from studies.shared.report.blocks import Section, table
from studies.shared.report.stored import Material
from studies.shared.report.words import figures, pair

MARKS = (0, 1, 2, 3, 6, 12, 24, 36, 60)
"""Months shown as numbers, beside the last: the first ones are those in which most changes."""


def section(material: Material) -> Section | None:
    """The curve, and the probability by month as numbers, few enough for a row."""
    chances = material.record["probability_cheaper"].get("by_month")
    if not chances:
        return None
    a, b = pair(material.record)
    interval = material.record["probability_cheaper"]["ci95"]
    last = len(chances) - 1
    shown = [*(month for month in MARKS if month < last), last]
    numbers = table(
        f"Share of futures in which {a} has cost less than {b} by the end of the month; month 0 is setup",
        ("Month", *(str(month) for month in shown)),
        [("Share", *(text.probability(float(chances[month]), interval) for month in shown))],
    )
    return Section(
        "Who is ahead, month by month",
        (*figures(material, *of_section("months")), numbers),
    )
