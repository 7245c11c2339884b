"""How a command that wrote a folder answers: the table, one JSON document, or the folder's name alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from studies.cli.options import shown

if TYPE_CHECKING:
    from studies.publish.run_folder import RunFolder


def show(
    folder: RunFolder,
    record: Mapping[str, Any],
    lines: Callable[[], Iterable[str]],
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    """Print what was found and where it is. lines: the text for a reader, made only where it is shown."""
    from studies.publish.contents import document

    if as_json:
        click.echo(document(record), nl=False)
    elif quiet:
        click.echo(str(folder.final))
    else:
        for line in lines():
            click.echo(line)
    if not quiet:
        click.echo(f"Results: {shown(folder.final)}", err=as_json)
