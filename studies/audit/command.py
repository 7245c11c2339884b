"""`breakeven audit`: the published figures of the documents, derived again, with a verdict on each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from distributions import text
from studies.shared.command import options
from studies.shared.names import label

if TYPE_CHECKING:
    from studies.audit.analysis import Audit, ClaimFinding, FigureFinding
    from studies.audit.evidence.claims import Figure, Quantity
    from studies.shared.folder.run_folder import RunFolder


@click.command(
    "audit",
    help="Derive the published figures of five documents again from their own numbers, say what would have to "
    "be true for each, and give a verdict: holds, holds only if, does not follow, sources disagree. With the "
    "ID of a claim, explain that one.",
    epilog="Examples: breakeven audit, breakeven audit s1-large-rag, breakeven audit --claims mine.toml",
)
@click.argument("claim", metavar="[ID]", required=False)
@click.option(
    "--claims",
    "path",
    metavar="FILE",
    help="Claims of your own instead of the shipped ones (TOML, like those).",
)
@click.option("--out", metavar="DIR", help="Folder to make for figure, page and data.  [default: none]")
@options.as_json
@options.quiet
@options.request
def command(request: options.Request, claim: str | None, path: str | None) -> None:
    """The command; the study is `studies.audit.audit`."""
    from studies.audit.analysis import audit
    from studies.audit.evidence import reader
    from studies.shared.folder.contents import document

    claims = reader.load(reader.SHIPPED if path is None else path)
    if claim is not None:
        _check_known(claim, [known.id for known in claims])
    if request.out is None:
        audited = audit(claims, scenarios=path is None)
    else:
        with request.place("audit") as folder:
            audited = audit(claims, scenarios=path is None)
            _write(folder, audited)
            folder.publish()
    findings = [finding for finding in audited.findings if claim in (None, finding.claim.id)]
    if request.as_json:
        click.echo(document({**audited.entries(), "claims": findings}), nl=False)
    elif claim is not None or not request.quiet:
        for line in _lines(audited) if claim is None else _explained(findings[0]):
            click.echo(line)
    if request.out is not None and not request.quiet:
        click.echo(f"Results: {text.shown_path(folder.final)}", err=request.as_json)


def _check_known(claim: str, known: list[str]) -> None:
    from distributions.errors import Fault, UserError, did_you_mean

    if claim not in known:
        raise UserError(
            Fault(
                "ID", f"'{text.clean(claim, 60)}' is no claim", ", ".join(known), did_you_mean(claim, known)
            )
        )


def _write(folder: RunFolder, audited: Audit) -> None:
    from studies.audit import figure
    from studies.audit.page import page
    from studies.shared.folder.contents import document, write_log
    from studies.shared.style import rendered

    files = {"audit.json": document(audited).encode(), "audit.md": page(audited).encode()}
    for extension, content in rendered(figure.draw(audited)).items():
        files[f"figures/audit.{extension}"] = content
    for name, content in files.items():
        folder.write(name, content)
    write_log(folder, (), files)


def _words(verdict: str) -> str:
    return verdict.replace("_", " ")


def _lines(audited: Audit) -> list[str]:
    counts = audited.counts()
    others = [
        f"{counts[name]} {'hold' if counts[name] != 1 else 'holds'}{' only if' if name == 'holds_only_if' else ''}"
        for name in ("holds_only_if", "holds")
    ]
    others.insert(0, f"for {counts['sources_disagree']} the sources disagree")
    lines = [f"{audited.headline()}; {text.join(others)}."]
    for verdict, findings in audited.by_verdict().items():
        lines += ["", f"{_words(verdict).capitalize()} ({len(findings)})", *_claims(findings)]
    inputs = audited.of_kind("input")
    if inputs:
        lines += ["", "Ranges that documents give for inputs, against our priors", *_inputs(inputs)]
    if audited.totals:
        lines += ["", "Published totals in what the shipped scenarios simulate", *_totals(audited)]
    return lines


def _name(finding: ClaimFinding, figure: FigureFinding) -> str:
    name = finding.claim.id + (f", {figure.figure.name}" if figure.figure.name else "")
    return f"  {text.clean(name, 60)}"


def _claims(findings: list[ClaimFinding]) -> list[str]:
    """A row for each claim with its deciding figure; below it what it would need, and what falls with it."""
    rows = [("  claim", "published", "derived", "published / derived")]
    for finding in findings:
        figure = finding.deciding
        published = text.span(figure.published)
        rows.append((_name(finding, figure), published, figure.derived_in_words, figure.ratio_in_words))
    head, *table = text.table(rows, indent="")
    lines = [head]
    for row, finding in zip(table, findings, strict=True):
        lines += [row, *(f"      {text.clean(note)}" for note in finding.notes)]
    return lines


def _inputs(findings: list[ClaimFinding]) -> list[str]:
    rows = [("  claim", "published", "derived", "published in the prior", "verdict")]
    rows += [
        (
            _name(finding, figure), text.span(figure.published), figure.derived_in_words,
            figure.percentile_in_words, _words(figure.verdict),
        )
        for finding in findings
        for figure in finding.figures
    ]  # fmt: skip
    return text.table(rows, indent="")


def _totals(audited: Audit) -> list[str]:
    rows: list[tuple[str, ...]] = [
        ("  scenario", "cost of", "published", "P05", "P50", "P95", "published is at")
    ]
    rows += [
        (
            f"  {total.scenario}", label(total.strategy), total.published_in_words,
            *(text.money(value) for value in total.simulated), text.percentiles(total.percentile),
        )
        for total in audited.totals
    ]  # fmt: skip
    return [
        *text.table(rows, left=2, indent=""),
        *(
            f"  {choice.scenario}: {label(choice.cheaper)} is published as cheaper than "
            f"{label(choice.dearer)}; here with probability {text.percent(choice.probability, 1)}"
            for choice in audited.choices
        ),
    ]


def _explained(finding: ClaimFinding) -> list[str]:
    """One claim: what it says, every figure with its calculation, and what the quantities are."""
    from studies.audit.evidence.condition import with_unit

    claim = finding.claim
    lines = [
        f"{claim.id} ({text.clean(claim.document, 60)}): {_words(finding.verdict)}",
        f"  {text.clean(claim.says)}",
    ]
    for judged in finding.figures:
        figure = judged.figure
        rows = [
            ("published", with_unit(judged.published, text.clean(figure.unit, 30))),
            ("derived", f"{judged.derived_in_words}{_calculation(figure)}"),
            ("verdict", _words(judged.verdict)),
        ]
        if judged.ratio is not None:
            rows.insert(2, ("ratio", text.number(judged.ratio, 3)))
        if judged.condition:
            rows.append(("because", text.clean(judged.condition)))
        if figure.concludes:
            rows.append(("concludes", text.clean(figure.concludes)))
        lines += ["", text.clean(figure.name or "figure", 60), *text.table(rows, left=2)]
    if claim.quantities:
        rows = [(name, _quantity(quantity)) for name, quantity in claim.quantities.items()]
        lines += ["", "quantities", *text.table(rows, left=2)]
    if finding.falls:
        lines += ["", f"falls with it: {', '.join(finding.falls)}"]
    return lines


def _calculation(figure: Figure) -> str:
    if figure.calculation is None:
        return " from the other documents"
    return f" = {text.clean(figure.calculation.text, 200)}"


def _quantity(quantity: Quantity) -> str:
    if quantity.calculation is not None:
        return f"= {text.clean(quantity.calculation.text, 200)}"
    if quantity.simulated is not None:
        wanted = quantity.simulated
        return f"{wanted.output} {wanted.strategy} of the scenario {text.clean(wanted.name, 60)}".replace(
            "  ", " "
        )
    unit = f" {text.clean(quantity.unit, 30)}" if quantity.unit not in ("", "1") else ""
    parts = [] if quantity.stated is None else [f"{text.span(quantity.stated)}{unit} (stated)"]
    if quantity.distribution is not None:
        low, median, high = (
            text.number(float(value), 3) for value in quantity.distribution.ppf([0.1, 0.5, 0.9])
        )
        name = f"{quantity.input}: " if quantity.input else ""
        parts.append(f"{name}P10 {low}, P50 {median}, P90 {high}{unit}")
    return "; ".join(parts)
