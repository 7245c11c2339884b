"""What changed from an earlier scenario to the one of the run, and which edits did it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from studies.diff import text as diff_text
from studies.shared.report.blocks import Block, Paragraph, Section, table
from studies.shared.report.question import Analysis
from studies.shared.report.stored import Material, Stored
from studies.shared.report.words import all_figures, section_of


def _identity(record: Mapping[str, Any]) -> list[Any]:
    edits = [json.dumps([edit[key] for key in ("edit", "before", "after")]) for edit in record["edits"]]
    return [record["compare"], record["before"]["title"], sorted(edits)]


ANALYSIS = Analysis("diff", _identity)


def section(material: Material) -> Section | None:
    """The answer on both sides, the picture, and a row an edit."""
    return section_of("What changed", material.all("diff"), _blocks)


def _blocks(stored: Stored) -> list[Block]:
    record = stored.record
    head, *rows = diff_text.rows(record)
    blocks: list[Block] = [
        Paragraph(f"From “{record['before']['title']}”: {diff_text.finding(record)}."),
        table("The answer before and after", ("", *head[1:]), rows),
        *all_figures(stored),
    ]
    if record["edits"]:
        edit_head, *edits = diff_text.edits(record)
        blocks.append(table("Each edit's share in the change", edit_head, edits, words=3))
    blocks += [Paragraph(f"{note}.") for note in diff_text.notes(record)]
    return blocks
