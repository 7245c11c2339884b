"""Words and numbers that several sections share: what an input is, the sentence of the answer, the pair."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from distributions import text
from distributions.inputs import registry
from sim.model.strategies import LINE
from studies.shared.names import label, labels_in
from studies.shared.report.blocks import Block, Cell, Figure, Paragraph, Section
from studies.shared.report.inline import inlined, title
from studies.shared.report.stored import Material, Stored


def named(key: str, labels: Mapping[str, str] = MappingProxyType({})) -> Cell:
    """An input, or a group joined by "+", with what it means; labels: what the scenario calls its strategies."""
    notes = []
    for part in key.split("+"):
        whose, _, shared = part.rpartition(":")
        if shared in registry():
            item = registry()[shared]
            note = item.meaning if item.unit == "1" else f"{item.meaning}, {item.unit}"
            notes.append(f"{label(whose, labels)}: {note}" if whose else note)
        elif shared.startswith(LINE):
            notes.append(_line(whose, shared, labels))
    return Cell(key.replace("+", " + "), note="; ".join(notes))


def plain_name(key: str, labels: Mapping[str, str] = MappingProxyType({})) -> str:
    """What an input is, in the middle of a sentence, its key beside it; a group by its keys alone.

    labels: what the scenario calls its strategies.

    >>> plain_name("mine:line.review", {"mine": "RAG on a mini model"})
    'RAG on a mini model: cost of review (mine:line.review)'
    """
    whose, _, shared = key.rpartition(":")
    if shared.startswith(LINE):
        return f"{_line(whose, shared, labels)} ({key})"
    if shared not in registry():
        return key.replace("+", " + ")
    meaning = re.split(r"[,:;]| \([^)]*\)$", registry()[shared].meaning)[0]
    words = f"{meaning[:1].lower()}{meaning[1:]} ({key})"
    return f"{label(whose, labels)}: {words}" if whose else words


def _line(whose: str, name: str, labels: Mapping[str, str]) -> str:
    """What a cost line's value is."""
    words = f"cost of {name.removeprefix(LINE)}"
    return f"{label(whose, labels)}: {words}" if whose else words


def pair(record: Mapping[str, Any]) -> tuple[str, str]:
    """The two strategies whose "cheaper" is asked, as a reader knows them."""
    cheaper = record["probability_cheaper"]
    labels = labels_in(record)
    return label(cheaper["a"], labels), label(cheaper["b"], labels)


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
