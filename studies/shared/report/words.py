"""Words and numbers that several sections share: what an input is, the sentence of the answer, the pair."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from distributions import text
from distributions.inputs import registry
from studies.shared.names import label
from studies.shared.report.blocks import Block, Cell, Figure, Paragraph, Section
from studies.shared.report.inline import inlined, title
from studies.shared.report.stored import Material, Stored


def named(key: str) -> Cell:
    """An input, or a group joined by "+", with what it means."""
    items = [registry()[part] for part in key.split("+") if part in registry()]
    notes = [item.meaning if item.unit == "1" else f"{item.meaning}, {item.unit}" for item in items]
    return Cell(key.replace("+", " + "), note="; ".join(notes))


def plain_name(key: str) -> str:
    """What an input is, in the middle of a sentence, its key beside it; a group by its keys alone."""
    if key not in registry():
        return key.replace("+", " + ")
    meaning = re.split(r"[,:;]| \([^)]*\)$", registry()[key].meaning)[0]
    return f"{meaning[:1].lower()}{meaning[1:]} ({key})"


def pair(record: Mapping[str, Any]) -> tuple[str, str]:
    """The two strategies whose "cheaper" is asked, as a reader knows them."""
    cheaper = record["probability_cheaper"]
    return label(cheaper["a"]), label(cheaper["b"])


def saving(record: Mapping[str, Any]) -> tuple[str, str]:
    """What the first of the pair saves on average: ("saving", "$1.39M"), or ("extra cost", …)."""
    mean = float(record["difference"]["mean"])
    return ("saving" if mean <= 0 else "extra cost"), text.money(abs(mean))


def picture(content: bytes, prefix: str) -> Figure | None:
    """A picture with the title that it carries as text alternative."""
    alt = title(content) or "Figure"
    svg = inlined(content, prefix, alt)
    return Figure(svg, alt) if svg is not None else None


def figures(material: Material, *names: str) -> list[Figure]:
    """The run's own pictures of these names, those that there are."""
    drawn = (picture(material.pictures[name], f"run-{name}-") for name in names if name in material.pictures)
    return [figure for figure in drawn if figure is not None]


def all_figures(stored: Stored) -> list[Figure]:
    """Every picture of an analysis, those named after it first."""
    prefix = f"{stored.kind}-{stored.number}"
    pictures = stored.figures()
    names = sorted(pictures, key=lambda name: not name.startswith(stored.kind))
    drawn = (picture(pictures[name], f"{prefix}-{name}-") for name in names)
    return [figure for figure in drawn if figure is not None]


def section_of(
    heading: str,
    stored: Sequence[Stored],
    blocks: Callable[[Stored], Sequence[Block]],
    of_run: Sequence[Block] = (),
) -> Section | None:
    """What the run itself holds of a kind, and every analysis, each under the name of its folder where there are more.

    blocks: of one analysis. None where there is nothing.
    """
    if not stored and not of_run:
        return None
    several = len(stored) + bool(of_run) > 1
    made = [Paragraph("From the run itself:"), *of_run] if several and of_run else list(of_run)
    for analysis in stored:
        if several:
            made.append(Paragraph(f"From {analysis.path.name}:"))
        made += blocks(analysis)
    return Section(heading, tuple(made), ", ".join(analysis.path.name for analysis in stored))
