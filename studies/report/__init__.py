"""The report of a run as one HTML page, made from folders of results alone: nothing is computed again.

`stored` reads the folders, `sections` say what stands in them as plain records (`blocks`), and the template
`report.html` says how that looks. Pictures are the folders' own, as SVG within the page (`inline`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from distributions import text
from studies.probability_of_cheaper.finding import finding
from studies.probability_of_cheaper.sections.method import date
from studies.report.sections import SECTIONS, shown
from studies.shared.report.blocks import Section
from studies.shared.report.stored import Material, beside, chosen, open_analysis, open_run

__all__ = ["Report", "make"]

UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What comes of a record that lacks something, or has something else in its place."""


@dataclass(frozen=True)
class Report:
    """A page. html: UTF-8; sections: their ids in order; warnings: what could not be read, a sentence each.

    material: what it was made from.
    """

    html: bytes
    sections: tuple[str, ...]
    warnings: tuple[str, ...]
    material: Material


def make(folder: Path, analyses: Sequence[Path] = (), *, siblings: bool = True) -> Report:
    """The report of a run's folder; the same folders give the same bytes.

    Args:
        folder: of the run.
        analyses: folders of analyses of the same scenario: each is shown, in place of those beside the run that ask
            the same.
        siblings: whether to look for analyses of the same scenario in the folder's parent; of several that ask the
            same the newest is shown.

    Raises:
        UserError: the folder is none of a run, an analysis is of another scenario, or one of them is damaged.
    """
    from sim.results.dataset import version

    run = open_run(folder)
    known = shown()
    named = [open_analysis(path, run, known) for path in analyses]
    included = chosen(beside(run, known) if siblings else (), named, known)
    material = Material(run, included, version())
    made = str(run.record.get("version", "an unknown version"))
    if made != material.version:
        material.warnings.append(
            f"the run was made by breakeven {text.clean(made, 40)}, the report by {material.version}: what that "
            "version stores otherwise is left out"
        )
    sections = {}
    for name, part in SECTIONS.items():
        # A folder of another version, or one edited by hand, may hold anything; the rest is still worth reading.
        try:
            section: Section | None = part.section(material)
        except UNREADABLE as error:
            material.warnings.append(f"the section '{name}' could not be made: {_reason(error)}")
            continue
        if section is not None:
            sections[name] = section
    return Report(_page(material, sections), tuple(sections), tuple(material.warnings), material)


def _reason(error: Exception) -> str:
    missing = f"{error} is missing" if isinstance(error, KeyError) else str(error)
    return text.clean(missing, 120)


def _page(material: Material, sections: Mapping[str, Section]) -> bytes:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("studies.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: text.clean(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    study = material.record["study"]
    try:
        first, *rest = finding(material.record).sentences
    except UNREADABLE:
        first, rest = "The finding could not be read from run.json.", []
    page = environment.get_template("report.html").render(
        title=text.clean(str(study.get("title", "Study")), 300),
        finding=first,
        rest=rest,
        date=date(material),
        made=str(material.record.get("version", "")),
        sections=sections,
        warnings=material.warnings,
    )
    return page.encode()
