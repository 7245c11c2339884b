"""`breakeven diff`: what changed between two runs or scenarios, and which edits did it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from distributions import text
from distributions.errors import Fault, UserError
from studies.shared.command import answer, completers, options
from studies.shared.command.progress import progress

if TYPE_CHECKING:
    from sim import Scenario


@click.command(
    "diff",
    help="What changed from BEFORE to AFTER, each a scenario or the folder of a run: the answer on both sides in the "
    "same futures, and each edit's share in the change. Prints the table and writes a folder with the figure.",
    epilog="Example: breakeven diff before.toml after.toml --markdown",
)
@click.argument("before", metavar="BEFORE", shell_complete=completers.files)
@click.argument("after", metavar="AFTER", shell_complete=completers.files)
@click.option(
    "--compare",
    metavar="A,B",
    shell_complete=completers.strategies,
    help="The two strategies to compare.  [default: those of the scenarios]",
)
@click.option(
    "--draws",
    type=options.Whole(16, options.MOST_DRAWS),
    metavar="N",
    help="Of every run.  [default: 262,144 up to 4 edits, 65,536 up to 7, else 16,384]",
)
@options.seed
@options.threads
@options.out
@click.option("--markdown", is_flag=True, help="Print Markdown, for a pull request.")
@options.as_json
@options.quiet
@options.request
def command(
    request: options.Request, before: str, after: str, compare: str | None, draws: int | None, markdown: bool
) -> None:
    """The command; the study is `studies.diff.diff`."""
    started = time.monotonic()
    if markdown and request.as_json:
        raise UserError(Fault("--markdown", "does not go with --json", "one of them"))
    sides = [_side(before, "BEFORE"), _side(after, "AFTER")]
    from sim.engine.chunks import DEFAULT_SEED
    from studies.diff import text as diff_text
    from studies.diff.analysis import diff

    seeds = [run.get("seed") for _, run in sides if run is not None]
    of_runs = (seed for seed in seeds if type(seed) is int and seed >= 0)
    wanted = request.seed if request.seed is not None else next(of_runs, DEFAULT_SEED)
    first, second = (scenario for scenario, _ in sides)
    with request.place(second.title, kind="diff-") as folder:
        with progress("comparing", quiet=request.quiet, unit="runs") as report:
            comparison = diff(
                first,
                second,
                compare=_pair(compare),
                draws=draws,
                seed=wanted,
                threads=request.threads,
                progress=report,
            )
        record = comparison.to_dict()
        for name, (_, run) in zip(("before", "after"), sides, strict=True):
            if run is not None:
                record[name]["run"] = _stored(run, comparison.compare)
        from studies.diff import figure
        from studies.shared.folder import contents
        from studies.shared.style import rendered

        data = figure.arrays(record)
        contents.write(
            folder,
            name="diff",
            record=record,
            data=data,
            tables=second.tables(),
            figures=[("diff", rendered(figure.draw(data)))] if record["edits"] else [],
            log=[f"diff after {time.monotonic() - started:.3f} s"],
            files={"diff.md": diff_text.markdown(record).encode()},
        )
        folder.publish()
    if markdown:
        click.echo(diff_text.markdown(record), nl=False)
    else:
        answer.show(
            folder, record, lambda: diff_text.lines(record), as_json=request.as_json, quiet=request.quiet
        )


def _stored(run: Mapping[str, Any], pair: tuple[str, str]) -> dict[str, Any]:
    """What a run's record says of itself and of the pair; no estimate where it has none of this pair."""
    probability = run.get("probability_cheaper")
    same = isinstance(probability, Mapping) and (probability.get("a"), probability.get("b")) == pair
    stored = probability if same and isinstance(probability, Mapping) else {}
    estimate, interval = stored.get("estimate"), stored.get("ci95")
    return {
        **{key: run.get(key) for key in ("seed", "draws", "design", "version")},
        "estimate": estimate if isinstance(estimate, int | float) else None,
        "ci95": interval if isinstance(interval, list) and len(interval) == 2 else None,
    }


def _side(name: str, key: str) -> tuple[Scenario, Mapping[str, Any] | None]:
    """A scenario, and the record of the run that it comes from."""
    path = Path(name)
    if not name.strip() or "\0" in name:
        raise UserError(Fault(key, "is empty" if not name.strip() else "holds a NUL character"))
    if not path.is_dir():
        return options.load(name), None
    from studies.shared.report.stored import newest_run, open_run

    try:
        run = open_run(newest_run(path))
    except UserError as error:
        raise UserError(*(replace(fault, key=key) for fault in error.faults)) from error
    return options.load(str(run.path / "scenario.toml")), run.record


def _pair(compare: str | None) -> tuple[str, str] | None:
    if compare is None:
        return None
    names = [name.strip() for name in compare.split(",")]
    if len(names) != 2:
        raise UserError(
            Fault("--compare", f"found '{text.clean(compare, 60)}'", "two strategies, as in rag,prompt")
        )
    return names[0], names[1]
