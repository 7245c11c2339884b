"""The audit as a page of Markdown: `docs/audit.md`, and `audit.md` in the folder that `audit --out` makes."""

from __future__ import annotations

from collections.abc import Sequence

from distributions import text
from studies.audit.analysis import FACTOR, PLAUSIBLE, Audit, ClaimFinding, FigureFinding
from studies.shared.names import label


def page(audited: Audit) -> str:
    """The whole page."""
    counts = audited.counts()
    low, high = (text.percentile(share) for share in PLAUSIBLE)
    lines = [
        "# Published figures, derived again",
        "",
        "Made by `breakeven audit --out DIR` from `studies/audit/evidence/claims.toml`; a test holds the two together.",
        "",
        f"**{audited.headline()}.** Of the rest, {counts['holds']} hold, {counts['holds_only_if']} hold only if "
        f"something is true that their document leaves open or states otherwise, and for "
        f"{counts['sources_disagree']} the documents disagree with each other.",
        "",
        "*Derived* is what a document's own numbers give. What it leaves open has our prior "
        "([inputs](inputs.md)): P10 to P90 for the one quantity that is solved for, the median for the rest. A "
        f"figure holds only if that quantity can have a value between {low} and {high} of its prior that gives it. "
        f"Documents disagree where they are more than a factor of {FACTOR:g} apart. `breakeven audit ID` shows "
        "every calculation.",
    ]
    for verdict, findings in audited.by_verdict().items():
        lines += ["", f"## {_words(verdict).capitalize()}", "", *_claims(findings)]
    inputs = audited.of_kind("input")
    if inputs:
        lines += ["", "## Ranges of inputs, against the priors", "", *_inputs(inputs)]
    if audited.totals:
        lines += ["", "## Published totals, against the shipped scenarios", "", *_totals(audited)]
    return "\n".join(lines) + "\n"


def _words(verdict: str) -> str:
    return verdict.replace("_", " ")


def _name(finding: ClaimFinding, figure: FigureFinding) -> str:
    return f"{finding.claim.id}: {figure.figure.name}" if figure.figure.name else finding.claim.id


def _claims(findings: list[ClaimFinding]) -> list[str]:
    rows = [
        (
            _name(finding, finding.deciding), f"{finding.claim.document}: {finding.claim.says}",
            text.span(finding.deciding.published), finding.deciding.derived_in_words,
            finding.deciding.ratio_in_words, "; ".join(finding.notes),
        )
        for finding in findings
    ]  # fmt: skip
    return _table(("claim", "what is published", "published", "derived", "ratio", "why"), rows)


def _inputs(findings: list[ClaimFinding]) -> list[str]:
    rows = [
        (
            _name(finding, figure), finding.claim.document, text.span(figure.published), figure.derived_in_words,
            figure.percentile_in_words, _words(figure.verdict),
        )
        for finding in findings
        for figure in finding.figures
    ]  # fmt: skip
    return _table(("claim", "document", "published", "derived", "published in the prior", "verdict"), rows)


def _totals(audited: Audit) -> list[str]:
    rows = [
        (
            total.title, label(total.strategy), total.published_in_words,
            *(text.money(value, 2) for value in total.simulated), text.percentiles(total.percentile),
        )
        for total in audited.totals
    ]  # fmt: skip
    return [
        f"Present-value cost over the horizon, people included, from {text.count(audited.draws, 'draw')}.",
        "",
        *_table(("scenario", "cost of", "published", "P05", "P50", "P95", "published is at"), rows),
        "",
        *(
            f"- {choice.title}: the document has {label(choice.cheaper)} cheaper than "
            f"{label(choice.dearer)}; here with probability {text.percent(choice.probability)}."
            for choice in audited.choices
        ),
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
        for cells in (head, ["---"] * len(head), *rows)
    ]
