"""`breakeven audit`: the published figures of the documents, derived again, with a verdict on each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from distributions import text
from studies.shared.command import options
from studies.shared.names import label

if TYPE_CHECKING:
    from studies.audit.analysis import Audit, ClaimFinding

HEADINGS = {
    "does_not_follow": "Does not follow",
    "sources_disagree": "Sources disagree",
    "holds_only_if": "Holds only if",
    "holds": "Holds",
}


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
    from studies.audit.analysis import audit, record
    from studies.audit.evidence import reader
    from studies.shared.folder.contents import document

    claims = reader.load(reader.SHIPPED if path is None else path)
    if claim is not None:
        _check_known(claim, [one.id for one in claims])
    if request.out is None:
        found = audit(claims, scenarios=path is None)
    else:
        with request.place("audit") as folder:
            found = audit(claims, scenarios=path is None)
            _write(folder, found)
            folder.publish()
    if request.as_json:
        whole = record(found)
        if claim is not None:
            whole["claims"] = [one for one in whole["claims"] if one["id"] == claim]
        click.echo(document(whole), nl=False)
    elif claim is not None:
        for line in _explained(next(one for one in found.findings if one.claim.id == claim)):
            click.echo(line)
    elif not request.quiet:
        for line in _lines(found):
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


def _write(folder: Any, found: Audit) -> None:
    from studies.audit import figure
    from studies.audit.analysis import record
    from studies.audit.page import page
    from studies.shared.folder.contents import document, write_log
    from studies.shared.style import rendered

    files = {"audit.json": document(record(found)).encode(), "audit.md": page(found).encode()}
    for extension, content in rendered(figure.draw(found)).items():
        files[f"figures/audit.{extension}"] = content
    for name, content in files.items():
        folder.write(name, content)
    write_log(folder, (), files)


def _lines(found: Audit) -> list[str]:
    from studies.audit.analysis import VERDICTS

    counts = found.counts()
    others = [
        f"{counts[name]} {'hold' if counts[name] != 1 else 'holds'}{' only if' if name == 'holds_only_if' else ''}"
        for name in ("holds_only_if", "holds")
    ]
    others.insert(0, f"for {counts['sources_disagree']} the sources disagree")
    lines = [f"{found.headline()}; {text.join(others)}."]
    results = [one for one in found.findings if one.claim.kind == "result"]
    for verdict in VERDICTS:
        listed = [one for one in results if one.verdict == verdict]
        if listed:
            lines += ["", f"{HEADINGS[verdict]} ({len(listed)})", *_claims(listed)]
    inputs = [one for one in found.findings if one.claim.kind == "input"]
    if inputs:
        lines += ["", "Ranges that documents give for inputs, against our priors", *_inputs(inputs)]
    if found.totals:
        lines += ["", "Published totals in what the shipped scenarios simulate", *_totals(found)]
    return lines


def _claims(listed: list[ClaimFinding]) -> list[str]:
    """A row for each claim with its deciding figure; below it what it would need, and what falls with it."""
    from studies.audit.analysis import conclusions
    from studies.audit.evidence.condition import with_unit

    rows = [("  claim", "published", "derived", "published / derived")]
    below: list[list[str]] = [[]]
    for one in listed:
        figure = one.deciding
        name = one.claim.id + (f", {figure.figure.name}" if figure.figure.name else "")
        rows.append(
            (
                f"  {text.clean(name, 60)}",
                text.span(figure.published),
                with_unit(figure.derived, text.clean(figure.figure.unit, 30)),
                "" if figure.ratio is None else text.number(figure.ratio, 2),
            )
        )
        notes = [figure.condition] if figure.condition else []
        notes += conclusions(one)
        notes += [f"falls with it: {', '.join(one.falls)}"] if one.falls else []
        below.append([f"      {text.clean(note)}" for note in notes])
    found = []
    for row, notes in zip(text.table(rows, indent=""), below, strict=True):
        found += [row, *notes]
    return found


def _inputs(listed: list[ClaimFinding]) -> list[str]:
    from studies.audit.evidence.condition import with_unit

    rows = [("  claim", "published", "derived", "published in the prior", "verdict")]
    for one in listed:
        for figure in one.figures:
            name = one.claim.id + (f", {figure.figure.name}" if figure.figure.name else "")
            rows.append(
                (
                    f"  {text.clean(name, 60)}",
                    text.span(figure.published),
                    with_unit(figure.derived, text.clean(figure.figure.unit, 30)),
                    "" if figure.percentile is None else text.percentiles(figure.percentile),
                    HEADINGS[figure.verdict].lower(),
                )
            )
    return text.table(rows, indent="")


def _totals(found: Audit) -> list[str]:
    rows: list[tuple[str, ...]] = [
        ("  scenario", "cost of", "published", "P05", "P50", "P95", "published is at")
    ]
    for one in found.totals:
        low, high = (text.money(value) for value in one.published)
        rows.append(
            (
                f"  {one.scenario}",
                label(one.strategy),
                low if low == high else f"{low} to {high}",
                *(text.money(value) for value in one.simulated),
                text.percentiles(one.percentile),
            )
        )
    lines = text.table(rows, left=2, indent="")
    for choice in found.choices:
        lines.append(
            f"  {choice.scenario}: {label(choice.cheaper)} is published as cheaper than "
            f"{label(choice.dearer)}; here with probability {text.percent(choice.probability, 1)}"
        )
    return lines


def _explained(one: ClaimFinding) -> list[str]:
    """One claim: what it says, every figure with its calculation, and what the quantities are."""
    from studies.audit.evidence.condition import with_unit

    claim = one.claim
    lines = [
        f"{claim.id} ({text.clean(claim.document, 60)}): {HEADINGS[one.verdict].lower()}",
        f"  {text.clean(claim.says)}",
    ]
    for found in one.figures:
        figure = found.figure
        unit = text.clean(figure.unit, 30)
        rows = [
            ("published", with_unit(found.published, unit)),
            ("derived", f"{with_unit(found.derived, unit)}{_calculation(figure)}"),
            ("verdict", HEADINGS[found.verdict].lower()),
        ]
        if found.ratio is not None:
            rows.insert(2, ("ratio", text.number(found.ratio, 3)))
        if found.condition:
            rows.append(("because", text.clean(found.condition)))
        if figure.concludes:
            rows.append(("concludes", text.clean(figure.concludes)))
        lines += ["", text.clean(figure.name or "figure", 60), *text.table(rows, left=2)]
    if claim.quantities:
        rows = [(name, _quantity(quantity)) for name, quantity in claim.quantities.items()]
        lines += ["", "quantities", *text.table(rows, left=2)]
    if one.falls:
        lines += ["", f"falls with it: {', '.join(one.falls)}"]
    return lines


def _calculation(figure: Any) -> str:
    if figure.calculation is None:
        return " from the other documents"
    return f" = {text.clean(figure.calculation.text, 200)}"


def _quantity(quantity: Any) -> str:
    if quantity.calculation is not None:
        return f"= {text.clean(quantity.calculation.text, 200)}"
    if quantity.simulated is not None:
        wanted = quantity.simulated
        return f"{wanted.output} {wanted.strategy} of the scenario {text.clean(wanted.name, 60)}".replace(
            "  ", " "
        )
    unit = f" {text.clean(quantity.unit, 30)}" if quantity.unit not in ("", "1") else ""
    parts = [] if quantity.stated is None else [f"{text.span(quantity.stated)}{unit} (stated)"]
    if quantity.law is not None:
        low, median, high = (text.number(float(value), 3) for value in quantity.law.ppf([0.1, 0.5, 0.9]))
        name = f"{quantity.input}: " if quantity.input else ""
        parts.append(f"{name}P10 {low}, P50 {median}, P90 {high}{unit}")
    return "; ".join(parts)
