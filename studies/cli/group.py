"""The table of commands, and the group that loads them on demand and suggests near matches."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem

from distributions.errors import Fault, UserError, did_you_mean

COMMANDS = {
    "run": ("studies.cli.run", "Probability that one strategy costs less than another; writes a run folder."),
    "evaluate": (
        "studies.evaluate.command",
        "One future, by hand: every month and line item at the medians.",
    ),
    "tornado": ("studies.tornado.command", "Which assumption moves the difference most, one at a time."),
    "drivers": (
        "studies.drivers.command",
        "Which assumptions spread it most: shares of the variance, with intervals.",
    ),
    "information": ("studies.information.command", "What is worth finding out before deciding, in dollars."),
    "solve": ("studies.solve.command", "The value of an input at which the answer tips; a map over two."),
    "sweep": (
        "studies.sweep.command",
        "Many scenarios, and inputs held at many values: where is one strategy cheaper?",
    ),
    "advise": ("studies.advise.command", "Strategies that the requirements leave, and the recommendation."),
    "discover": (
        "studies.discover.command",
        "In which futures a strategy is cheaper: limits on a few inputs.",
    ),
    "accuracy": (
        "studies.accuracy.command",
        "What a point of accuracy costs, and which strategy is worth it.",
    ),
    "plan-eval": ("studies.plan_eval.command", "How many test examples a gap in accuracy takes to be seen."),
    "quotes": ("studies.quotes.command", "Vendor quotes side by side, under stress, with walk-away prices."),
    "audit": (
        "studies.audit.command",
        "Published figures of five documents, derived again, with a verdict on each.",
    ),
    "report": ("studies.cli.report", "The HTML report of a finished run, with the analyses made since."),
    "serve": ("studies.cli.serve", "The calculator in the browser, on this machine alone."),
    "diff": ("studies.diff.command", "What changed between two runs or scenarios, and which edits did it."),
    "new": ("studies.cli.new", "Write a scenario to start from, every input explained."),
    "check": ("studies.cli.check", "All faults of a scenario at once, or a summary of it."),
    "inputs": ("studies.cli.inputs", "What the inputs mean: unit, default, source."),
    "fit": (
        "studies.fit.command",
        "A distribution from your own measurements, tested, as a line of a scenario.",
    ),
    "elicit": ("studies.elicit.command", "A distribution from three quantiles that you are asked for."),
    "completion": (
        "studies.cli.completion",
        "The script that completes commands, options and inputs in your shell.",
    ),
    "schema": ("studies.cli.schema", "JSON Schema of scenarios, quotes, claims and levers, for editors."),
    "warm": ("studies.cli.warm", "Compile the kernel now, so that the first run starts at once."),
}
"""Command to the module that has it, with its line in the help. A new command is one file and one line."""


class Commands(click.Group):
    """A group that imports a command's module when the command is used, and not to list it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Loads one command; None where there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name; an unknown one is the user's error with a near match."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise UserError(
                Fault(args[0], "is no command", ", ".join(COMMANDS), did_you_mean(args[0], COMMANDS))
            )
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands, with their lines in the help, from the table alone; options as click has them."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [
            CompletionItem(name, help=summary)
            for name, (_, summary) in COMMANDS.items()
            if name.startswith(incomplete)
        ]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands in the help, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import PackageNotFoundError, version

        try:
            click.echo(f"breakeven {version('breakeven')}")
        except PackageNotFoundError:
            click.echo("breakeven (not installed)")
        ctx.exit()


SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(
    cls=Commands,
    context_settings=SETTINGS,
    # Given here and not as a docstring, which `python -OO` takes away.
    help="Fine-tune or retrieve? How probable is it that one way to run a language model costs less "
    "than another?",
    epilog="Start with: breakeven new my_bot, then breakeven run my_bot.toml. Each command has --help.",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
)
def breakeven() -> None:
    """The command `breakeven`."""


def invoke(arguments: Sequence[str]) -> int:
    """Runs the command that the arguments name and returns its exit status.

    Raises `UserError` for whatever click finds wrong with the arguments.
    """
    try:
        with breakeven.make_context("breakeven", list(arguments) or ["--help"]) as context:
            result: Any = breakeven.invoke(context)
    except click.exceptions.Exit as done:
        return int(done.exit_code)
    except click.UsageError as error:
        raise UserError(_fault(error)) from error
    except click.ClickException as error:
        raise UserError(Fault("", error.format_message())) from error
    return result if isinstance(result, int) else 0


COMPLETE = "_BREAKEVEN_COMPLETE"
"""The environment variable by which the shell's script asks what could come next."""


def complete(instruction: str) -> int:
    """Answers the shell: prints its script (`bash_source`) or what could come next (`bash_complete`); exit status."""
    from click.shell_completion import shell_complete

    return shell_complete(breakeven, {}, "breakeven", COMPLETE, instruction)


def _fault(error: click.UsageError) -> Fault:
    """What click says, in the one shape that all our messages have."""
    context = error.ctx
    help_hint = f"see '{context.command_path} --help'" if context else ""
    if isinstance(error, click.NoSuchOption):
        known = [name for item in context.command.params for name in item.opts] if context else []
        hint = did_you_mean(error.option_name, known)
        return Fault(error.option_name, "is no option here", ", ".join(known), hint)
    if isinstance(error, click.MissingParameter) and error.param is not None:
        return Fault(
            str(error.param.make_metavar(context) if context else error.param.name),
            "is missing",
            hint=help_hint,
        )
    if isinstance(error, click.BadParameter) and error.param is not None:
        return Fault(error.param.opts[0], error.message)
    return Fault("", error.format_message().rstrip("."), hint=help_hint)
