"""`breakeven run`: the main job, from a scenario to a run folder and the answer in the terminal."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from distributions.errors import Fault, UserError
from studies.cli import completion, emphasis, next_steps, options
from studies.cli.stopping import check

DRIVER_SAMPLES = 2048
"""Points of each net for the drivers in short; `breakeven drivers` takes more, and gives intervals."""

if TYPE_CHECKING:
    import xarray as xr

    from studies.cli.progress import Report
    from studies.probability_of_cheaper import Answer


@click.command(
    "run",
    help="Answer the main question of SCENARIO: how probable is it that one strategy costs less than "
    "the other? "
    "Prints the answer and writes a folder with the summary (run.json), the data (run.nc), the scenario "
    "as it was run, "
    "the figures, the report (report.html) and a workbook (workbook.xlsx).",
    epilog="Example: breakeven run studies/scenarios/support_bot.toml --draws 1e7 --set price.input=2.5",
)
@click.argument("scenario", metavar="SCENARIO", required=False, shell_complete=completion.files)
@options.draws
@options.precision
@options.keep
@options.design_of_one
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
def command(
    context: click.Context,
    scenario: str | None,
    draws: int,
    tolerance: str | None,
    max_draws: int | None,
    max_seconds: float | None,
    keep_draws: int | None,
    seed: int | None,
    design: str | None,
    settings: tuple[str, ...],
    out: str | None,
    threads: int | None,
    dask: str | None,
    figures: bool,
    verify: str | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """The command; its parts are `analyse` of the study and `write` of the publisher. 3: tolerance not reached."""
    started = time.monotonic()
    if verify is not None:
        from studies.cli import verifying

        verifying.alone(context)
        return verifying.answer(verify, threads=threads, dask=dask, as_json=as_json, quiet=quiet)
    if scenario is None:
        raise UserError(Fault("SCENARIO", "is missing", hint="see 'breakeven run --help'"))
    explicit = context.get_parameter_source("draws") is click.core.ParameterSource.COMMANDLINE
    wanted = options.how_many(draws, explicit, tolerance, max_draws, max_seconds)
    options.workers(threads, dask)
    loaded = options.load(scenario, settings)
    from studies.cli.progress import progress
    from studies.cli.summary import lines
    from studies.probability_of_cheaper import analyse
    from studies.publish import contents, report, workbook
    from studies.text import duration

    with options.place(out, loaded.title) as folder:
        with progress("simulating", quiet=quiet, open_ended=tolerance is not None) as shown:
            answer = analyse(
                loaded,
                draws=wanted,
                seed=seed,
                design=design,
                threads=threads,
                progress=shown,
                tolerance=tolerance,
                max_seconds=max_seconds,
                keep=keep_draws,
                dask=dask,
            )
        bars = tornado(answer)
        with progress("drivers", quiet=quiet, unit="evaluations") as shown:
            record = recorded(answer, bars, threads, shown)
        simulated = time.monotonic() - started
        contents.write(
            folder,
            name="run",
            record=record,
            data=answer.run.dataset,
            tables=answer.scenario.tables(),
            figures=_figures(answer, bars) if figures else (),
            log=_log(answer.summary, simulated, started),
            keep_draws=keep_draws,
        )
        check()
        book = workbook.make(record=record, data=answer.run.dataset, scenario=answer.scenario)
        folder.write("workbook.xlsx", book)
        folder.write("report.html", report.make(folder.path, siblings=False).html)
        folder.publish()
    if as_json:
        click.echo(contents.document(record), nl=False)
    elif quiet:
        click.echo(str(folder.final))
    else:
        for line in [*lines(record, emphasis.bold()), ""]:
            click.echo(line)
    if not quiet:
        elapsed = f"{duration(time.monotonic() - started)}, {duration(simulated)} of it for the numbers"
        click.echo(f"Results     {options.shown(folder.final)} ({elapsed})", err=as_json)
    if not quiet and not as_json:
        for line in next_steps.lines(next_steps.steps(record, scenario, settings, str(folder.final))):
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


def recorded(answer: Answer, bars: xr.Dataset | None, threads: int | None, report: Report) -> dict[str, Any]:
    """The content of run.json; bars: what `tornado` found."""
    from studies import finding
    from studies.tornado import record

    drivers = _drivers(answer, threads, report)
    swings = None if bars is None else record(bars)
    shares = {key: row["total"] or 0.0 for key, row in drivers["largest"].items()} if drivers else {}
    return {
        **answer.summary,
        "drivers": drivers,
        "tornado": swings,
        "flips": finding.flips(swings, answer.summary["probability_cheaper"]["estimate"]),
        "basis": finding.basis(answer.scenario, shares, swings),
    }


def _drivers(answer: Answer, threads: int | None, report: Report) -> dict[str, Any] | None:
    """The largest drivers of the cost difference, in short: of how much of its variance each takes part in."""
    from sim import quantity
    from studies.drivers import analyse
    from studies.drivers.reading import order

    if all(law.certain for law in answer.scenario.inputs.values()):
        return None
    model = quantity(answer.scenario, "difference").model
    data = analyse(
        model,
        "difference",
        base_samples=DRIVER_SAMPLES,
        seed=answer.run.seed,
        threads=threads,
        progress=report,
    )
    total = {
        str(data["input"].values[k]): {name: _plain(data[name][k]) for name in ("first", "total", "total_ci")}
        for k in order(data)[:5]
    }
    return {"output": "difference", "base_samples": DRIVER_SAMPLES, "largest": total}


def _plain(value: Any) -> float | None:
    return float(value) if math.isfinite(float(value)) else None


def tornado(answer: Answer) -> xr.Dataset | None:
    """The tornado of the cost difference with all others at their medians; None where nothing is uncertain."""
    from studies.tornado import analyse

    if all(law.certain for law in answer.scenario.inputs.values()):
        return None
    return analyse(answer.scenario)


def _figures(answer: Answer, bars: xr.Dataset | None) -> Iterator[tuple[str, Mapping[str, bytes]]]:
    from studies import figures
    from studies.figures import tornado as figure
    from studies.figures.style import rendered

    for name in figures.OF_A_RUN:
        check()
        yield name, rendered(figures.draw(name, answer.run.dataset))
    if bars is not None:
        check()
        yield "tornado", rendered(figure.draw(bars))


def _log(summary: Mapping[str, Any], simulated: float, started: float) -> Iterator[str]:
    """What was run, with which versions, and how long it took; no paths, users or environment."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    now = time.gmtime()
    date = f"{now.tm_year:04}-{now.tm_mon:02}-{now.tm_mday:02}"
    yield f"finished {date} {now.tm_hour:02}:{now.tm_min:02}:{now.tm_sec:02} UTC"
    yield f"breakeven {summary['version']}, Python {platform.python_version()}"
    for package in ("numpy", "scipy", "numba", "xarray", "matplotlib", "h5netcdf"):
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            continue
    yield f"draws {summary['draws']}, seed {summary['seed']}, design {summary['design']}"
    if "design_note" in summary:
        yield summary["design_note"]
    yield f"numbers after {simulated:.3f} s, all after {time.monotonic() - started:.3f} s"
