"""`breakeven run --verify RUN`: a finished run made again from its folder, and every number compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from distributions import text
from distributions.errors import Fault, UserError
from studies.shared.command import options

if TYPE_CHECKING:
    from studies.probability_of_cheaper.verify import Difference, Verdict
    from studies.shared.folder.stored import Stored

SHOWN = 10
"""Differences that are listed for a reader; `--json` has all."""

_BESIDE = {"verify", "threads", "dask", "as_json", "quiet"}


def alone(context: click.Context) -> None:
    """Raises UserError for what was given beside --verify although the folder says it."""
    for parameter in context.command.params:
        name = str(parameter.name)
        given = context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
        if given and name not in _BESIDE and context.params.get(name) not in (None, ()):
            shown = "SCENARIO" if name == "scenario" else parameter.opts[0]
            raise UserError(Fault(shown, "does not go with --verify, which takes it from the folder"))


def answer(verify: str, *, threads: int | None, dask: str | None, as_json: bool, quiet: bool) -> int:
    """Runs again and says what came of it; 0 where the run is as promised, else 3."""
    from studies.shared.folder import stored
    from studies.shared.folder.contents import document

    options.workers(threads, dask)
    if not verify.strip() or "\0" in verify:
        raise UserError(Fault("--verify", "names no folder", "the folder of a finished run"))
    folder = Path(verify)
    stored_run = stored.read(folder)
    verdict = _verdict(stored_run, threads, dask, quiet)
    if as_json:
        click.echo(document({"folder": str(folder), **verdict.to_dict()}), nl=False)
    elif not quiet:
        for line in _lines(folder, stored_run, verdict):
            click.echo(line)
    return 0 if verdict.kept else 3


def _verdict(stored_run: Stored, threads: int | None, dask: str | None, quiet: bool) -> Verdict:
    from studies.probability_of_cheaper.analysis import analyse
    from studies.probability_of_cheaper.record import record as record_of
    from studies.probability_of_cheaper.record import tornado
    from studies.probability_of_cheaper.verify import compare
    from studies.shared.command.progress import progress
    from studies.shared.folder.contents import document

    record = stored_run.record
    kept = int(stored_run.data.sizes["draw"]) if "draw" in stored_run.data.dims else None
    with progress("running it again", quiet=quiet) as report:
        answer = analyse(
            options.load(str(stored_run.scenario)),
            draws=record["draws"],
            seed=record["seed"],
            # so that it is found again that there is nothing to align with, and said
            design="aligned" if "design_note" in record else record["design"],
            threads=threads,
            dask=dask,
            keep=kept,
            progress=report,
        )
    data = answer.run.dataset
    data = data.drop_dims("draw", errors="ignore") if kept is None else data.isel(draw=slice(kept))
    with progress("drivers", quiet=quiet, unit="evaluations") as report:
        again: dict[str, Any] = json.loads(document(record_of(answer, tornado(answer), threads, report)))
    return compare((record, stored_run.data), (again, data))


def _lines(folder: Path, stored_run: Stored, verdict: Verdict) -> Iterator[str]:
    record = stored_run.record
    yield (
        f"{text.shown_path(folder)}: {text.count(record['draws'], 'draw')} "
        f"({record['design']}, seed {record['seed']}), run again"
    )
    for name, (then, now) in verdict.versions.items():
        yield f"{name} {text.clean(then, 40)} then, {now} now"
    if verdict.same:
        yield f"Same to the last bit: all {verdict.numbers:,} numbers of run.nc and run.json."
        return
    differing = sum(difference.differing for difference in verdict.differences)
    many = f"{differing:,} of {verdict.numbers:,} numbers"
    if verdict.kept:
        yield f"Not the same bits, but within the Monte Carlo standard error, under other versions: {many} differ."
    elif verdict.versions:
        yield f"Not the same, and by more than the Monte Carlo standard error: {many} differ."
    else:
        yield f"Not the same, under the same versions: {many} differ. This is a fault of breakeven; please report it."
    yield ""
    rows: list[tuple[str, ...]] = [("differs", "numbers", "at most", "relative", "in MCSE")]
    listed = sorted(
        verdict.differences,
        key=lambda difference: (difference.small, -(difference.in_mcse or 0.0), -difference.relative),
    )
    rows += [_row(difference) for difference in listed[:SHOWN]]
    yield from text.table(rows, indent="")
    if len(listed) > SHOWN:
        yield f"and {len(listed) - SHOWN} more, which --json lists"


def _row(difference: Difference) -> tuple[str, ...]:
    return (
        text.clean(difference.name, 60),
        f"{difference.differing:,} of {difference.numbers:,}",
        text.number(difference.largest, 2),
        text.number(difference.relative, 2),
        "" if difference.in_mcse is None else text.number(difference.in_mcse, 2),
    )
