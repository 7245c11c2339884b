"""In which futures the answer holds: the boxes of scenario discovery."""

from __future__ import annotations

from studies.shared.report.blocks import Block, Paragraph, Section
from studies.shared.report.question import Analysis, keys
from studies.shared.report.stored import Material, Stored
from studies.shared.report.words import all_figures, section_of

ANALYSIS = Analysis("discover", keys("a", "b", "wins", "target_density"))


def section(material: Material) -> Section | None:
    """The verdict and each box in words."""
    return section_of("In which futures it holds", material.all("discover"), _blocks)


def _blocks(stored: Stored) -> list[Block]:
    sentences = [stored.record["verdict"], *(box["sentence"] for box in stored.record["boxes"])]
    return [*(Paragraph(f"{sentence}.") for sentence in sentences), *all_figures(stored)]
