"""The published figures that priors rest on, derived again."""

from __future__ import annotations

from studies import text
from studies.publish.report.blocks import Section, table
from studies.publish.report.stored import Material
from studies.publish.report.words import all_figures


def section(material: Material) -> Section | None:
    """Each claim with what is published, what follows, and the verdict."""
    stored = material.of("audit")
    if stored is None:
        return None
    rows = [
        (
            str(claim["id"]),
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
    return Section("Published figures, derived again", (*all_figures(stored), numbers), stored.path.name)


def _shown(value: object) -> str:
    ends = value if isinstance(value, list) else [value, value]
    if len(ends) != 2 or not all(isinstance(end, int | float) for end in ends):
        return ""
    return text.span((float(ends[0]), float(ends[1])))
