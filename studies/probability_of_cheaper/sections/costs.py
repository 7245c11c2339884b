"""What each strategy may cost: S-curves, and the tail that a budget has to bear."""

from __future__ import annotations

import math

from distributions import text
from sim.results.records import Summary
from studies.probability_of_cheaper.figures import of_section
from studies.shared.names import labeller
from studies.shared.report.blocks import Section, table
from studies.shared.report.stored import Material
from studies.shared.report.words import figures

SHOWN = (0.05, 0.25, 0.5, 0.75, 0.95)


def section(material: Material) -> Section:
    """The curves, and their quantiles with the mean of the dearest twentieth."""
    label = labeller(material.labels)
    record = material.record
    rows = []
    for name in sorted(record["cost"], key=lambda name: record["cost"][name]["mean"]):
        cost = Summary.of(record["cost"][name])
        rows.append(
            (
                label(name),
                *(text.money(cost.quantile(level)) if level in cost.levels else "" for level in SHOWN),
                text.money(cost.cvar95) if math.isfinite(cost.cvar95) else "",
            )
        )
    numbers = table(
        "Quantiles of the present-value cost in USD, and the mean of the dearest 5 % of futures (CVaR)",
        ("Strategy", *map(text.level, SHOWN), "Dearest 5 %"),
        rows,
    )
    return Section("What each may cost", (*figures(material, *of_section("costs")), numbers))
