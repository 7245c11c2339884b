"""When the first of the pair has paid for itself, and whether it stays so."""

from __future__ import annotations

from studies.probability_of_cheaper import breakeven_text
from studies.probability_of_cheaper.figures import of_section
from studies.shared.report.blocks import Paragraph, Section
from studies.shared.report.stored import Material
from studies.shared.report.words import figures, pair


def section(material: Material) -> Section:
    """A sentence and the distribution of the month."""
    a, b = pair(material.record)
    sentences = breakeven_text.sentences(material.record, a, b, "futures")
    meaning = "Caught up means: it has cost no more in all, setup included."
    return Section(
        "Break-even",
        (Paragraph(". ".join([*sentences, meaning])), *figures(material, *of_section("break-even"))),
    )
