"""The audit as a page of Markdown: `docs/audit.md`, and `audit.md` in the folder that `audit --out` makes."""

from __future__ import annotations

from distributions import text
from studies.audit.analysis import FACTOR, PLAUSIBLE, VERDICTS, Audit, ClaimFinding, conclusions
from studies.audit.evidence.condition import with_unit
from studies.shared.names import label

WORDS = {
    "does_not_follow": "does not follow",
    "sources_disagree": "sources disagree",
    "holds_only_if": "holds only if",
    "holds": "holds",
}


def page(found: Audit) -> str:
    """The whole page."""
    counts = found.counts()
    low, high = (text.percentile(share) for share in PLAUSIBLE)
    lines = [
        "# Published figures, derived again",
        "",
        "Made by `breakeven audit --out DIR` from `studies/audit/evidence/claims.toml`; a test holds the two together.",
        "",
        f"**{found.headline()}.** Of the rest, {counts['holds']} hold, {counts['holds_only_if']} hold only if "
        f"something is true that their document leaves open or states otherwise, and for "
        f"{counts['sources_disagree']} the documents disagree with each other.",
        "",
        "*Derived* is what a document's own numbers give. What it leaves open has our prior "
        "([inputs](inputs.md)): P10 to P90 for the one quantity that is solved for, the median for the rest. A "
        f"figure holds only if that quantity can have a value between {low} and {high} of its prior that gives it. "
        f"Documents disagree where they are more than a factor of {FACTOR:g} apart. `breakeven audit ID` shows "
        "every calculation.",
    ]
    results = [one for one in found.findings if one.claim.kind == "result"]
    for verdict in VERDICTS:
        listed = [one for one in results if one.verdict == verdict]
        if listed:
            lines += ["", f"## {WORDS[verdict].capitalize()}", "", *_claims(listed)]
    inputs = [one for one in found.findings if one.claim.kind == "input"]
    if inputs:
        lines += ["", "## Ranges of inputs, against the priors", "", *_inputs(inputs)]
    if found.totals:
        lines += ["", "## Published totals, against the shipped scenarios", "", *_totals(found)]
    return "\n".join(lines) + "\n"


def _claims(listed: list[ClaimFinding]) -> list[str]:
    lines = [
        "| claim | what is published | published | derived | ratio | why |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for one in listed:
        figure = one.deciding
        why = [figure.condition]
        why += conclusions(one)
        why += [f"falls with it: {', '.join(one.falls)}"] if one.falls else []
        ratio = "" if figure.ratio is None else text.number(figure.ratio, 2)
        name = f"{one.claim.id}: {figure.figure.name}" if figure.figure.name else one.claim.id
        cells = (
            name, f"{one.claim.document}: {one.claim.says}", text.span(figure.published),
            with_unit(figure.derived, figure.figure.unit), ratio, "; ".join(part for part in why if part),
        )  # fmt: skip
        lines.append(_row(cells))
    return lines


def _inputs(listed: list[ClaimFinding]) -> list[str]:
    lines = [
        "| claim | document | published | derived | published in the prior | verdict |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for one in listed:
        for figure in one.figures:
            name = f"{one.claim.id}: {figure.figure.name}" if figure.figure.name else one.claim.id
            cells = (
                name, one.claim.document, text.span(figure.published),
                with_unit(figure.derived, figure.figure.unit),
                "" if figure.percentile is None else text.percentiles(figure.percentile), WORDS[figure.verdict],
            )  # fmt: skip
            lines.append(_row(cells))
    return lines


def _totals(found: Audit) -> list[str]:
    lines = [
        f"Present-value cost over the horizon, people included, from {text.count(found.draws, 'draw')}.",
        "",
        "| scenario | cost of | published | P05 | P50 | P95 | published is at |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in found.totals:
        low, high = (text.money(value) for value in one.published)
        cells = (
            one.title, label(one.strategy), low if low == high else f"{low} to {high}",
            *(text.money(value, 2) for value in one.simulated), text.percentiles(one.percentile),
        )  # fmt: skip
        lines.append(_row(cells))
    lines.append("")
    lines += [
        f"- {one.title}: the document has {label(one.cheaper)} cheaper than {label(one.dearer)}; "
        f"here with probability {text.percent(one.probability)}."
        for one in found.choices
    ]
    return lines


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
