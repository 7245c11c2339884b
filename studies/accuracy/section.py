"""What accuracy costs: the efficient frontier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distributions import text
from studies.shared.names import label
from studies.shared.report.blocks import Block, Section, table
from studies.shared.report.question import Analysis
from studies.shared.report.stored import Material, Stored
from studies.shared.report.words import all_figures, section_of


def _asked(record: Mapping[str, Any]) -> list[Any]:
    at_worth = record["at_worth"]
    return [sorted(record["strategies"]), None if at_worth is None else at_worth["worth_per_point"]]


ANALYSIS = Analysis("accuracy", _asked)


def section(material: Material) -> Section | None:
    """Each strategy's cost without errors, its accuracy, and what a point more costs along the frontier."""
    return section_of("What accuracy costs", material.all("accuracy"), _blocks)


def _blocks(stored: Stored) -> list[Block]:
    strategies = stored.record["strategies"]
    rows = []
    for name in sorted(strategies, key=lambda name: strategies[name]["cost"]):
        row = strategies[name]
        by = [label(one) for one in row["by"]]
        rows.append(
            (
                label(name),
                f"{row['standing']} by {text.join(by)}" if by else str(row["standing"]),
                text.money_with_error(row["cost"], row["cost_mcse"]),
                text.percent(row["points"] / 100, 1),
                "" if row["icer"] is None else text.money_with_error(row["icer"], row["icer_mcse"] or 0.0),
            )
        )
    numbers = table(
        "Mean present-value cost without what errors cost, in USD, and share of right answers. "
        "±: Monte Carlo standard error",
        ("Strategy", "Standing", "Mean cost", "Accuracy", "A point more costs"),
        rows,
        words=2,
    )
    return [*all_figures(stored), numbers]
