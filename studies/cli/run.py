"""`breakeven run`: the main job, from a scenario to a run folder and the answer in the terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from distributions.errors import Fault, UserError
from studies.cli import next_steps
from studies.shared.command import completers, emphasis, options
from studies.shared.command.stopping import check

if TYPE_CHECKING:
    from studies.shared.command.drawing import Picture

TORNADO = "studies.tornado.figures.tornado"


@click.command(
    "run",
    help="Answer the main question of SCENARIO: how probable is it that one strategy costs less than "
    "the other? "
    "Prints the answer and writes a folder with the summary (run.json), the data (run.nc), the scenario "
    "as it was run, "
    "the figures, the report (report.html) and a workbook (workbook.xlsx).",
    epilog="Example: breakeven run studies/scenarios/support_bot.toml --draws 1e7 --set price.input=2.5",
)
@click.argument("scenario", metavar="SCENARIO", required=False, shell_complete=completers.files)
@options.draws
@options.precision
@options.keep
@options.design_of_a_run
@options.drawing
@click.option(
    "--figures/--no-figures",
    default=True,
    help="Draw the figures; the report is written without them too.  [default: yes]",
)
@click.option(
    "--verify",
    metavar="RUN",
    help="In place of SCENARIO: run the finished run in this folder again, and compare every number to the last bit. "
    "Exit status 3 where they are not what was promised.",
)
@options.as_json
@options.quiet
@click.pass_context
@options.request
def command(
    context: click.Context,
    request: options.Request,
    scenario: str | None,
    tolerance: str | None,
    max_draws: int | None,
    max_seconds: float | None,
    keep_draws: int | None,
    design: str | None,
    figures: bool,
    verify: str | None,
) -> int:
    """The command; its parts are `analyse` of the study and `write` of the publisher. 3: tolerance not reached."""
    started = time.monotonic()
    if verify is not None:
        from studies.cli import verifying

        verifying.alone(context)
        return verifying.answer(
            verify, threads=request.threads, dask=request.dask, as_json=request.as_json, quiet=request.quiet
        )
    if scenario is None:
        raise UserError(Fault("SCENARIO", "is missing", hint="see 'breakeven run --help'"))
    explicit = context.get_parameter_source("draws") is click.core.ParameterSource.COMMANDLINE
    wanted = options.how_many(request.draws, explicit, tolerance, max_draws, max_seconds)
    options.workers(request.threads, request.dask)
    loaded = options.load(scenario, request.settings)
    from distributions.text import duration, shown_path
    from studies import report, workbook
    from studies.probability_of_cheaper.analysis import analyse
    from studies.probability_of_cheaper.figures import OF_A_RUN, module
    from studies.probability_of_cheaper.record import record as record_of
    from studies.probability_of_cheaper.record import tornado
    from studies.probability_of_cheaper.text import lines
    from studies.shared.command.drawing import drawing
    from studies.shared.command.progress import progress
    from studies.shared.folder import contents

    modules = [*map(module, OF_A_RUN), TORNADO] if figures else []
    with drawing(modules) as pictures, request.place(loaded.title) as folder:
        with progress("simulating", quiet=request.quiet, open_ended=tolerance is not None) as shown:
            answer = analyse(
                loaded,
                draws=wanted,
                seed=request.seed,
                design=design,
                threads=request.threads,
                progress=shown,
                tolerance=tolerance,
                max_seconds=max_seconds,
                keep=keep_draws,
                dask=request.dask,
            )
        drawn = [(name, pictures.draw(module(name), answer.run.arrays.without("draw"))) for name in OF_A_RUN]
        bars = tornado(answer)
        if bars is not None:
            drawn.append(("tornado", pictures.draw(TORNADO, bars)))
        with progress("drivers", quiet=request.quiet, unit="evaluations") as shown:
            record = record_of(answer, bars, request.threads, shown)
        simulated = time.monotonic() - started
        check()
        # Before the figures, which another process may be drawing meanwhile.
        book = workbook.make(record=record, data=answer.run.arrays, scenario=answer.scenario)
        contents.write(
            folder,
            name="run",
            record=record,
            data=answer.run.arrays,
            tables=answer.scenario.tables(),
            figures=_figures(drawn) if figures else (),
            log=_log(answer.summary, simulated, started),
            keep_draws=keep_draws,
        )
        check()
        folder.write("workbook.xlsx", book)
        folder.write("report.html", report.make(folder.path, siblings=False).html)
        folder.publish()
    if request.as_json:
        click.echo(contents.document(record), nl=False)
    elif request.quiet:
        click.echo(str(folder.final))
    else:
        for line in [*lines(record, emphasis.bold()), ""]:
            click.echo(line)
    if not request.quiet:
        elapsed = f"{duration(time.monotonic() - started)}, {duration(simulated)} of it for the numbers"
        click.echo(f"Results     {shown_path(folder.final)} ({elapsed})", err=request.as_json)
    if not request.quiet and not request.as_json:
        for line in next_steps.lines(next_steps.steps(record, scenario, request.settings, str(folder.final))):
            click.echo(line)
    if answer.run.tolerance_reached:
        return 0
    half = answer.run.half_width()
    reached = f"{half:.2g}" if half is not None else "none"
    click.echo(
        f"The tolerance {answer.run.tolerance} was not reached: after {answer.run.draws:,} draws the half-width is "
        f"{reached}.",
        err=True,
    )
    return 3


def _figures(drawn: Sequence[tuple[str, Picture]]) -> Iterator[tuple[str, Mapping[str, bytes]]]:
    for name, picture in drawn:
        check()
        yield name, picture()


def _log(summary: Mapping[str, Any], simulated: float, started: float) -> Iterator[str]:
    """What was run, with which versions, and how long it took; no paths, users or environment."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    now = time.gmtime()
    date = f"{now.tm_year:04}-{now.tm_mon:02}-{now.tm_mday:02}"
    yield f"finished {date} {now.tm_hour:02}:{now.tm_min:02}:{now.tm_sec:02} UTC"
    yield f"breakeven {summary['version']}, Python {platform.python_version()}"
    for package in ("numpy", "scipy", "numba", "matplotlib", "h5py"):
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            continue
    yield f"draws {summary['draws']}, seed {summary['seed']}, design {summary['design']}"
    if "design_note" in summary:
        yield summary["design_note"]
    yield f"numbers after {simulated:.3f} s, all after {time.monotonic() - started:.3f} s"
