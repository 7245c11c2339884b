"""How a command that wrote a folder ends: the folder is filled and published, and the answer is printed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from distributions.text import shown_path

if TYPE_CHECKING:
    from distributions.records import Record
    from sim import Scenario
    from sim.results.labelled import Labelled
    from studies.shared.command.drawing import Picture
    from studies.shared.folder.run_folder import RunFolder


def publish(
    folder: RunFolder,
    name: str,
    scenario: Scenario,
    record: Mapping[str, Any] | Record,
    data: Labelled,
    figures: Mapping[str, Picture],
    *,
    started: float,
    detail: str = "",
) -> None:
    """Fill a study's folder and give it its name. started: by `time.monotonic`; detail: of the study, for its log."""
    from studies.shared.folder import contents

    contents.write(
        folder,
        name=name,
        record=record,
        data=data,
        tables=scenario.tables(),
        figures=((figure, picture()) for figure, picture in figures.items()),
        log=[f"{name}{detail} after {time.monotonic() - started:.3f} s"],
    )
    folder.publish()


def show(
    folder: RunFolder,
    record: Mapping[str, Any] | Record,
    lines: Callable[[], Iterable[str]],
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Print what was found and where it is: lines, one JSON document, or the folder's name alone.

    lines: the text for a reader, made only where it is shown.
    """
    from studies.shared.folder.contents import document

    if as_json:
        click.echo(document(record), nl=False)
    elif quiet:
        click.echo(str(folder.final))
    else:
        for line in lines():
            click.echo(line)
    if not quiet:
        click.echo(f"Results: {shown_path(folder.final)}", err=as_json)
