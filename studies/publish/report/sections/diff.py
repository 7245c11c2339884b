"""What changed from an earlier scenario to the one of the run, and which edits did it."""

from __future__ import annotations

from studies import diff_text
from studies.publish.report.blocks import Block, Paragraph, Section, table
from studies.publish.report.stored import Material
from studies.publish.report.words import all_figures


def section(material: Material) -> Section | None:
    """The answer on both sides, the picture, and a row an edit."""
    stored = material.of("diff")
    if stored is None:
        return None
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
    return Section("What changed", tuple(blocks), stored.path.name)
