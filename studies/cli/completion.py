"""`breakeven completion`: the shell's script, and what the commands offer it: inputs, scenarios, folders."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class

from distributions.errors import Fault, UserError
from studies.cli.choice import Choice

SHELLS = ("bash", "zsh", "fish")


@add_completion_class
class _Bash(BashComplete):
    """Click's script for bash, which leaves no blank behind `price.input=`: a value follows."""

    source_template = BashComplete.source_template.replace(
        "COMPREPLY+=($value)", "COMPREPLY+=($value)\n            [[ $value == *= ]] && compopt -o nospace"
    )


@click.command(
    "completion",
    help="Print the script by which SHELL (bash, zsh or fish) completes commands, options, scenarios and the keys of "
    "inputs.",
    epilog='Example: eval "$(breakeven completion bash)", in ~/.bashrc. For fish: breakeven completion fish | source.',
)
@click.argument("shell", metavar="SHELL", type=Choice(SHELLS))
def command(shell: str) -> None:
    """The command; the scripts are click's, and come back with `_BREAKEVEN_COMPLETE` set."""
    from studies.cli.group import COMPLETE, complete

    try:
        complete(f"{shell}_source")
    except RuntimeError as error:
        raise UserError(Fault(COMPLETE, str(error))) from error


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
    from distributions.inputs import registry

    groups = dict.fromkeys(item.group for item in registry().values())
    found = [CompletionItem(name) for name in groups if name.startswith(incomplete)]
    return [*found, *keys(context, parameter, incomplete)]


def files(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Files, by the shell's own means."""
    return [CompletionItem(incomplete, type="file")]


def folders(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Folders, by the shell's own means."""
    return [CompletionItem(incomplete, type="dir")]
