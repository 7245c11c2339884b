"""`breakeven report`: the HTML report of a finished run, with the analyses that were made since."""

from __future__ import annotations

from pathlib import Path

import click

from studies import text
from studies.cli import options

FILE = "report.html"


@click.command(
    "report",
    help="Write the HTML report of RUN_FOLDER again: one file without network that prints, with everything that was "
    "analysed since. Analyses of the same scenario that lie beside the run are found; others may be named. Given the "
    "folder of a study, it takes the newest run in it.",
    epilog="Example: breakeven report outputs/support-bot",
)
@click.argument("folder", metavar="RUN_FOLDER")
@click.argument("analyses", metavar="[ANALYSIS_FOLDER]...", nargs=-1)
@click.option("--out", metavar="FILE", help="Write this file instead of report.html in RUN_FOLDER.")
@options.quiet
def command(folder: str, analyses: tuple[str, ...], out: str | None, quiet: bool) -> None:
    """The command; the page is made by `studies.publish.report`."""
    from studies.publish.replace import replace
    from studies.publish.report import make
    from studies.publish.report.stored import newest_run

    run = newest_run(_path(folder, "RUN_FOLDER"))
    made = make(run, [_path(one, "ANALYSIS_FOLDER") for one in analyses])
    target = run / FILE if out is None else _path(out, "--out")
    replace(target, made.html, key="RUN_FOLDER" if out is None else "--out")
    for warning in made.warnings:
        click.echo(f"Warning: {warning}", err=True)
    if quiet:
        click.echo(str(target))
    else:
        click.echo(f"Report      {options.shown(target)} ({text.count(len(made.sections), 'section')})")


def _path(name: str, key: str) -> Path:
    from distributions.errors import Fault, UserError

    if not name.strip() or "\0" in name:
        raise UserError(Fault(key, "is empty" if not name.strip() else "holds a NUL character"))
    return Path(name)
