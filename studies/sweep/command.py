"""`breakeven sweep`: scenarios and values of inputs, every combination a run, as table, figure and folder."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from studies.shared.command import answer, completers, options
from studies.sweep.analysis import DRAWS, sweep

if TYPE_CHECKING:
    from distributions.errors import Fault
    from sim import Scenario


@click.command(
    "sweep",
    help="In which of the SCENARIOs, and at which values of the inputs that --vary names, is one strategy cheaper? "
    "Each combination is a run of its own with the same seed, all other inputs varying as ever. Prints the cells, "
    "or of more than 30 a summary, and writes a folder with all of them (sweep.csv, sweep.nc; sweep.json has up to "
    "10,000) and the figure.",
    epilog="Example: breakeven sweep studies/scenarios/support_bot.toml "
    "--vary workload.queries_per_month=1e4:1e8:9:log --vary rag.search_price=0,2.5",
)
@click.argument(
    "scenarios", metavar="SCENARIO [SCENARIO ...]", nargs=-1, required=True, shell_complete=completers.files
)
@click.option(
    "--vary", multiple=True, metavar="KEY=LOW:HIGH:N", shell_complete=completers.settings,
    help="Hold an input at N values from LOW to HIGH, evenly spaced, or by ratio with ':log' after it; or at listed "
    "values, KEY=1,2,5. Repeatable: every combination is run.",
)  # fmt: skip
@options.number("--draws", default=DRAWS, most=options.MOST_DRAWS, help="Futures in each cell.")
@click.option(
    "--totals",
    is_flag=True,
    help="Count costs over the whole horizon alone, in about half the time: the same numbers, without break-even "
    "months.",
)
@options.design
@options.drawing
@options.as_json
@options.quiet
@options.request
def command(
    request: options.Request, scenarios: tuple[str, ...], vary: tuple[str, ...], totals: bool
) -> None:
    """The command; the study is `studies.sweep`."""
    started = time.monotonic()
    options.workers(request.threads, request.dask)
    from studies.sweep import grid

    loaded = _load(scenarios, request.settings)
    along = grid.axes(vary, options.overrides(request.settings), loaded.values())
    grid.check_size(len(scenarios), along)
    from studies.shared.command.progress import progress
    from studies.shared.command.stopping import check
    from studies.shared.folder import contents
    from studies.sweep import table
    from studies.sweep import text as sweep_text

    named = next(iter(loaded.values())).title if len(loaded) == 1 else f"{len(loaded)} scenarios"
    with request.place(named, kind="sweep-") as folder:
        with progress("sweeping", quiet=request.quiet) as report:
            result = sweep(
                loaded,
                along,
                draws=request.draws,
                seed=request.seed,
                design=request.design,
                totals=totals,
                threads=request.threads,
                dask=request.dask,
                progress=report,
            )
        simulated = time.monotonic() - started
        check()
        from studies.shared.style import rendered
        from studies.sweep import figure

        record, data = result.to_dict(), result.to_arrays()
        contents.write(
            folder,
            name="sweep",
            record=record,
            data=data,
            tables=result.scenarios[0].tables() if len(loaded) == 1 else None,
            figures=[("sweep", rendered(figure.draw(data, sweep_text.finding(result))))],
            log=[f"numbers after {simulated:.3f} s, all after {time.monotonic() - started:.3f} s"],
            files={"sweep.csv": table.rows(result), **_files(loaded)},
        )
        check()
        folder.publish()
    answer.show(
        folder, record, lambda: sweep_text.lines(result), as_json=request.as_json, quiet=request.quiet
    )


def _load(paths: tuple[str, ...], settings: tuple[str, ...]) -> dict[str, Scenario]:
    """The scenarios by name, with what --set replaces; the faults of all files at once."""
    from distributions.errors import UserError
    from studies.sweep import grid

    loaded: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, path in zip(grid.names(paths), paths, strict=True):
        try:
            loaded[name] = options.load(path, settings)
        except UserError as error:
            faults += error.faults
    if faults:
        raise UserError(*dict.fromkeys(faults))
    return loaded


def _files(loaded: dict[str, Scenario]) -> dict[str, bytes]:
    """Several scenarios as they were swept, by file name; a single one is scenario.toml."""
    from studies.shared.folder.contents import scenario_text
    from studies.shared.folder.run_folder import slug

    if len(loaded) == 1:
        return {}
    files: dict[str, bytes] = {}
    for name, scenario in loaded.items():
        stem = name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else slug(name)
        more = (f"scenarios/{stem}{f'-{k}' if k else ''}.toml" for k in range(len(loaded)))
        file = next(candidate for candidate in more if candidate not in files)
        files[file] = scenario_text(scenario.tables()).encode()
    return files
