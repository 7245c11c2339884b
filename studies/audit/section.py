"""The published figures that priors rest on, derived again."""

from __future__ import annotations

import math
from typing import Any

from distributions import text
from studies.shared.report.blocks import Block, Cell, Section, table
from studies.shared.report.question import Analysis
from studies.shared.report.stored import Material, Stored
from studies.shared.report.words import all_figures, section_of

ANALYSIS = Analysis(
    "audit", lambda record: [[claim["id"] for claim in record["claims"]]], of_any_scenario=True
)


def section(material: Material) -> Section | None:
    """Each claim with what is published, what follows, and the verdict."""
    return section_of("Published figures, derived again", material.all("audit"), _blocks)


def _blocks(stored: Stored) -> list[Block]:
    rows = [
        (
            Cell(str(claim["says"]), note=f"{claim['id']}, {claim['document']}"),
            str(claim["verdict"]).replace("_", " "),
            str(claim.get("condition") or ""),
            _shown(claim.get("published")),
            _shown(claim.get("derived")),
        )
        for claim in stored.record["claims"]
    ]
    numbers = table(
        "Published figures, derived again from the documents' own numbers",
        ("Claim", "Verdict", "Condition", "Published", "Derived"),
        rows,
        words=3,
    )
    return [*all_figures(stored), numbers]


def _shown(value: Any) -> str:
    """A number or a range; an end that the record has as null is open."""
    if value is None:
        return ""
    low, high = value if isinstance(value, list) else (value, value)
    return text.span((-math.inf if low is None else float(low), math.inf if high is None else float(high)))
