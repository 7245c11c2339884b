"""`breakeven report`: the report and the workbook of a finished run, with the analyses that were made since."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from distributions import text
from distributions.errors import Fault, UserError
from studies.shared.command import completers, options

if TYPE_CHECKING:
    from studies.shared.report.stored import Material

FILE, BOOK = "report.html", "workbook.xlsx"


@click.command(
    "report",
    help="Write the HTML report and the workbook of RUN_FOLDER again, with everything that was analysed since. "
    "Analyses of the same scenario that lie beside the run are found; others may be named. Given the folder of a "
    "study, it takes the newest run in it.",
    epilog="Example: breakeven report outputs/support-bot",
)
@click.argument("folder", metavar="RUN_FOLDER", shell_complete=completers.files)
@click.argument("analyses", metavar="[ANALYSIS_FOLDER]...", nargs=-1, shell_complete=completers.files)
@click.option("--out", metavar="FILE", help="Write the report to this file, and nothing in RUN_FOLDER.")
@options.quiet
def command(folder: str, analyses: tuple[str, ...], out: str | None, quiet: bool) -> None:
    """The command; the page is made by `studies.report`, the workbook by `studies.workbook`."""
    from studies.report import make
    from studies.shared.folder.replace import replace
    from studies.shared.report.stored import newest_run

    run = newest_run(_path(folder, "RUN_FOLDER"))
    made = make(run, [_path(analysis, "ANALYSIS_FOLDER") for analysis in analyses])
    target = run / FILE if out is None else _path(out, "--out")
    replace(target, made.html, key="RUN_FOLDER" if out is None else "--out")
    warnings = list(made.warnings)
    if out is None:
        book = _workbook(made.material)
        if isinstance(book, bytes):
            replace(run / BOOK, book, key="RUN_FOLDER")
        else:
            warnings.append(f"{BOOK} is as it was: {book}")
        priced = made.material.all("quotes")
        if len(priced) > 1:
            warnings.append(
                f"{BOOK} has the quotes of {text.clean(priced[-1].path.name)} alone, the report all"
            )
    for warning in warnings:
        click.echo(f"Warning: {warning}", err=True)
    if quiet:
        click.echo(str(target))
    else:
        click.echo(f"Report      {text.shown_path(target)} ({text.count(len(made.sections), 'section')})")


def _workbook(material: Material) -> bytes | str:
    """The workbook from the folder alone, or why there is none."""
    from sim import Scenario
    from studies import workbook
    from studies.report import UNREADABLE
    from studies.shared.folder import netcdf

    path = material.run.path
    quotes = material.of("quotes")
    try:
        return workbook.make(
            record=material.record,
            data=netcdf.read(path / "run.nc"),
            scenario=Scenario.load(path / "scenario.toml"),
            quotes=None if quotes is None else quotes.record,
        )
    except UserError as error:
        return text.clean(str(error.faults[0]), 200)
    except (OSError, *UNREADABLE) as error:
        return text.clean(f"{type(error).__name__}: {error}", 200)


def _path(name: str, key: str) -> Path:
    if not name.strip() or "\0" in name:
        raise UserError(Fault(key, "is empty" if not name.strip() else "holds a NUL character"))
    return Path(name)
