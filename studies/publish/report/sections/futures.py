"""In which futures the answer holds: the boxes of scenario discovery."""

from __future__ import annotations

from studies.publish.report.blocks import Paragraph, Section
from studies.publish.report.stored import Material
from studies.publish.report.words import all_figures


def section(material: Material) -> Section | None:
    """The verdict and each box in words."""
    stored = material.of("discover")
    if stored is None:
        return None
    said = [str(stored.record["verdict"]), *(str(box["sentence"]) for box in stored.record["boxes"])]
    return Section(
        "In which futures it holds",
        (*(Paragraph(f"{words}.") for words in said), *all_figures(stored)),
        stored.path.name,
    )
