"""The answer beside its neighbours in structure: with one of the two strategies built otherwise."""

from __future__ import annotations

from distributions import text
from studies.probability_of_cheaper.neighbours_text import EQUAL_MODEL, EQUAL_SERVING, chance
from studies.shared.report.blocks import Cell, Paragraph, Section, table
from studies.shared.report.stored import Material
from studies.shared.report.words import pair

KINDS = {EQUAL_MODEL: "equal model", EQUAL_SERVING: "equal serving"}


def section(material: Material) -> Section | None:
    """A row a neighbour; None where there are none."""
    found = material.record.get("neighbours") or []
    if not found:
        return None
    a, b = pair(material.record)
    rows = [
        (
            Cell(
                near["words"],
                note=KINDS.get(near["kind"], ""),
                marks=("turns over",) if near["turns"] else (),
            ),
            chance(near),
            text.bounds(near["estimate"], near["ci95"]),
            f"{100 * near['moved']:+.1f}",
        )
        for near in found
    ]
    said = Paragraph(
        f"The same question in the same futures with {a} or {b} built otherwise: at the other's model or serving, or "
        f"with one part changed, as far as anybody can have that; cost lines and values of one's own stay with the "
        f"strategy that has them. From {int(found[0]['draws']):,} of the futures."
    )
    numbers = table(
        f"Share of futures in which {a} costs less than {b} with one of them built otherwise",
        ("With …", "Share", "95 % interval, %", "Moved by, points"),
        rows,
        strong=[k for k, near in enumerate(found) if near["another"]],
    )
    return Section("Built otherwise", (said, numbers))
