"""What the shell offers while a command line is typed: inputs, outputs, files, folders."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from distributions.errors import UserError

if TYPE_CHECKING:
    from distributions.inputs import Input
    from sim import Scenario


def keys(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Keys of inputs, each with its meaning; of a scenario that is named already, with those that are its own."""
    from distributions.inputs import registry

    own = _own(context)
    known: Mapping[str, Input] = registry() if own is None else own.known
    start = incomplete.removeprefix("inputs.")
    return [CompletionItem(key, help=item.meaning) for key, item in known.items() if key.startswith(start)]


def settings(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Keys of inputs up to the sign of equality; what follows is the user's."""
    if "=" in incomplete:
        return []
    return [CompletionItem(f"{item.value}=", help=item.help) for item in keys(context, parameter, incomplete)]


def strategies(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of strategies, a scenario's own among them; of a list the last."""
    before, comma, last = incomplete.rpartition(",")
    return [
        CompletionItem(f"{before}{comma}{name}", help=label)
        for name, label in _labels(context).items()
        if name.startswith(last)
    ]


def outputs(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What an analysis can be of."""
    names = _labels(context)
    known = ("difference", "probability", *(f"{of}:{name}" for of in ("cost", "log_cost") for name in names))
    return [CompletionItem(name) for name in known if name.startswith(incomplete)]


def _labels(context: click.Context) -> Mapping[str, str]:
    from sim.model.strategies import REGISTRY

    own = _own(context)
    return {name: shipped.label for name, shipped in REGISTRY.items()} if own is None else own.labels


def _own(context: click.Context) -> Scenario | None:
    """The scenario that is named already, where it has names of its own; None too where it cannot be read."""
    from distributions.inputs import OWN

    given = context.params.get("scenario") or context.params.get("scenarios") or context.params.get("before")
    path = given if isinstance(given, str) else next(iter(given or ()), None)
    try:
        tables = tomllib.loads(Path(path or "").read_text(encoding="utf-8"))
        inputs = tables.get("inputs")
        if not {"strategy", "line"} & tables.keys() and not (isinstance(inputs, dict) and OWN in inputs):
            # reading a scenario takes longer than one waits for a list
            return None
        from sim import Scenario

        return Scenario.load(str(path))
    except (OSError, ValueError, RecursionError, UserError):
        return None


def groups_and_keys(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Groups of inputs and their keys."""
    from distributions.inputs import grouped

    items = [CompletionItem(name) for name in grouped() if name.startswith(incomplete)]
    return [*items, *keys(context, parameter, incomplete)]


def files(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Files, by the shell's own means."""
    return [CompletionItem(incomplete, type="file")]


def folders(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Folders, by the shell's own means."""
    return [CompletionItem(incomplete, type="dir")]
