"""What accuracy costs: the efficient frontier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distributions import text
from studies.accuracy.analysis import Row
from studies.shared.names import labeller
from studies.shared.report.blocks import Block, Section, table
from studies.shared.report.question import Analysis
from studies.shared.report.stored import Material, Stored
from studies.shared.report.words import all_figures, section_of


def _question(record: Mapping[str, Any]) -> list[Any]:
    at_worth = record["at_worth"]
    return [sorted(record["strategies"]), None if at_worth is None else at_worth["worth_per_point"]]


ANALYSIS = Analysis("accuracy", _question)


def section(material: Material) -> Section | None:
    """Each strategy's cost without errors, its accuracy, and what a point more costs along the frontier."""
    return section_of("What accuracy costs", material.all("accuracy"), _blocks)


def _blocks(stored: Stored) -> list[Block]:
    label = labeller(stored.labels)
    strategies = {name: Row.of(row) for name, row in stored.record["strategies"].items()}
    rows = [
        (
            label(name),
            row.standing_in_words(stored.labels),
            text.money_with_error(row.cost, row.cost_mcse),
            text.percent(row.points / 100, 1),
            row.icer_in_words,
        )
        for name, row in sorted(strategies.items(), key=lambda item: item[1].cost)
    ]
    numbers = table(
        "Mean present-value cost without what errors cost, in USD, and share of right answers. "
        "±: Monte Carlo standard error",
        ("Strategy", "Standing", "Mean cost", "Accuracy", "A point more costs"),
        rows,
        words=2,
    )
    return [*all_figures(stored), numbers]
