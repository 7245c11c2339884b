"""When the first of the pair has paid for itself."""

from __future__ import annotations

from studies import text
from studies.publish.report.blocks import Paragraph, Section
from studies.publish.report.stored import Material
from studies.publish.report.words import figures, levels, pair


def section(material: Material) -> Section:
    """A sentence and the distribution of the month."""
    record = material.record["breakeven_month"]
    a, b = pair(material.record)
    chance = float(record["probability_never"])
    never = text.percent(chance, 1)
    quantiles = levels(record["quantiles"])
    if 0.5 in quantiles:
        late = f", and by month {quantiles[0.95]:g} in 95 %" if 0.95 in quantiles else ""
        rest = f"; never in {never}" if chance > 0 else ""
        said = f"{a} catches up with {b} by month {quantiles[0.5]:g} in half of the futures{late}{rest}."
    else:
        said = f"{a} does not catch up with {b} within the horizon in {never} of the futures."
    said += " Caught up means: for the first time it has cost no more in all, setup included."
    return Section("Break-even", (Paragraph(said), *figures(material, "breakeven")))
