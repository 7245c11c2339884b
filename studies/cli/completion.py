"""`breakeven completion`: the script by which a shell completes commands."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, add_completion_class

from distributions.errors import Fault, UserError
from studies.shared.command.choice import Choice

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
