"""What the shell offers while a command line is typed: inputs, outputs, files, folders."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem


def keys(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Keys of inputs, each with its meaning."""
    from distributions.inputs import registry

    start = incomplete.removeprefix("inputs.")
    return [
        CompletionItem(key, help=item.meaning) for key, item in registry().items() if key.startswith(start)
    ]


def settings(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Keys of inputs up to the sign of equality; what follows is the user's."""
    if "=" in incomplete:
        return []
    return [CompletionItem(f"{item.value}=", help=item.help) for item in keys(context, parameter, incomplete)]


def outputs(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What an analysis can be of; behind a colon the name of a strategy is the user's."""
    known = ("difference", "probability", "cost:", "log_cost:")
    return [CompletionItem(name) for name in known if name.startswith(incomplete)]


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
