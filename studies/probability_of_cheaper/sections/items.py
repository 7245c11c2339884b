"""Where the money goes: line items, and what moves from one strategy of the pair to the other."""

from __future__ import annotations

from distributions import text
from studies.probability_of_cheaper.figures import of_section
from studies.shared.report.blocks import Section, table
from studies.shared.report.stored import Material
from studies.shared.report.words import figures, pair


def section(material: Material) -> Section:
    """The waterfall, the stacks, and the pair's line items as numbers that add up."""
    record = material.record
    probability = record["probability_cheaper"]
    first, second = (record["breakdown"][probability[end]] for end in ("a", "b"))
    names = [name for name in {**first, **second} if first.get(name) or second.get(name)]
    names = sorted(names, key=lambda name: -abs(first.get(name, 0.0) - second.get(name, 0.0)))
    rows = [(name, *_row(second.get(name, 0.0), first.get(name, 0.0))) for name in names]
    rows.append(("Total", *_row(sum(second.values()), sum(first.values()))))
    a, b = pair(record)
    numbers = table(
        "Mean present-value cost by line item in USD, the largest change first",
        ("Line item", b, a, "Change"),
        rows,
        strong=[len(rows) - 1],
    )
    return Section("Where the money goes", (*figures(material, *of_section("items")), numbers))


def _row(before: float, after: float) -> tuple[str, str, str]:
    change = after - before
    return text.money(before), text.money(after), text.signed_money(change)
