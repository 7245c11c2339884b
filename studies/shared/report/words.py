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
    known = [registry()[one] for one in key.split("+") if one in registry()]
    notes = [one.meaning if one.unit == "1" else f"{one.meaning}, {one.unit}" for one in known]
    return Cell(key.replace("+", " + "), note="; ".join(notes))


def plain_name(key: str) -> str:
    """What an input is, in the middle of a sentence, its key beside it; a group by its keys alone."""
    if key not in registry():
        return key.replace("+", " + ")
    meaning = re.split(r"[,:;]| \([^)]*\)$", registry()[key].meaning)[0]
    return f"{meaning[:1].lower()}{meaning[1:]} ({key})"


def pair(record: Mapping[str, Any]) -> tuple[str, str]:
    """The two strategies whose "cheaper" is asked, as a reader knows them."""
    asked = record["probability_cheaper"]
    return label(asked["a"]), label(asked["b"])


def saving(record: Mapping[str, Any]) -> tuple[str, str]:
    """What the first of the pair saves on average: ("saving", "$1.39M"), or ("extra cost", …)."""
    mean = float(record["difference"]["mean"])
    return ("saving" if mean <= 0 else "extra cost"), text.money(abs(mean))


def levels(quantiles: Mapping[str, Any]) -> dict[float, float]:
    """Quantiles by level; those that do not exist are left out."""
    return {float(level): float(value) for level, value in quantiles.items() if value is not None}


def picture(content: bytes, prefix: str) -> Figure | None:
    """A picture with the title that it carries as text alternative."""
    alt = title(content) or "Figure"
    svg = inlined(content, prefix, alt)
    return Figure(svg, alt) if svg is not None else None


def figures(material: Material, *names: str) -> list[Figure]:
    """The run's own pictures of these names, those that there are."""
    found = [picture(material.pictures[name], f"run-{name}-") for name in names if name in material.pictures]
    return [one for one in found if one is not None]


def all_figures(stored: Stored) -> list[Figure]:
    """Every picture of an analysis, those named after it first."""
    prefix = f"{stored.kind}-{stored.number}"
    pictures = stored.figures()
    names = sorted(pictures, key=lambda name: not name.startswith(stored.kind))
    found = [picture(pictures[name], f"{prefix}-{name}-") for name in names]
    return [one for one in found if one is not None]


def section_of(
    heading: str,
    stored: Sequence[Stored],
    blocks: Callable[[Stored], Sequence[Block]],
    own: Sequence[Block] = (),
) -> Section | None:
    """What the run itself holds of a kind, and every analysis, each under the name of its folder where there are more.

    blocks: of one analysis. None where there is nothing.
    """
    if not stored and not own:
        return None
    several = len(stored) + bool(own) > 1
    made = [Paragraph("From the run itself:"), *own] if several and own else list(own)
    for one in stored:
        if several:
            made.append(Paragraph(f"From {one.path.name}:"))
        made += blocks(one)
    return Section(heading, tuple(made), ", ".join(one.path.name for one in stored))
