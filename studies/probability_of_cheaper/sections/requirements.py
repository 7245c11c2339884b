"""What the product must do, and which strategies that rules out."""

from __future__ import annotations

from sim.scenario.requirements import REQUIREMENTS
from studies.shared.names import labeller
from studies.shared.report.blocks import Block, Paragraph, Section, table
from studies.shared.report.stored import Material


def section(material: Material) -> Section:
    """The requirements as the scenario has them, then exclusions and warnings with their reasons."""
    label = labeller(material.labels)
    limits = material.tables.get("requirements") or {}
    blocks: list[Block] = []
    if limits:
        rows = [
            (REQUIREMENTS[key].meaning if key in REQUIREMENTS else key, _shown(value))
            for key, value in limits.items()
        ]
        blocks.append(
            table("What the scenario requires of the product", ("Requirement", "Asked"), rows, words=2)
        )
    else:
        blocks.append(Paragraph("The scenario requires nothing that would rule a strategy out."))
    judged = [
        (label(name), what, reason)
        for what, side in (("excluded", "excluded"), ("warning", "warnings"))
        for name, reasons in (material.record.get(side) or {}).items()
        for reason in reasons
    ]
    if judged:
        blocks.append(
            table(
                "Strategies that the requirements rule out or warn of",
                ("Strategy", "Verdict", "Reason"),
                judged,
                words=3,
            )
        )
    else:
        blocks.append(Paragraph("No strategy is excluded, and none carries a warning."))
    return Section("Requirements and exclusions", tuple(blocks))


def _shown(value: object) -> str:
    return "yes" if value is True else "no" if value is False else str(value)
