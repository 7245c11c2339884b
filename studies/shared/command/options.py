"""Options that commands share, and how their values are read."""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from distributions import text
from distributions.errors import Fault, UserError, did_you_mean, not_ascii
from studies.shared.command import completers, memory
from studies.shared.command.choice import Choice

if TYPE_CHECKING:
    from distributions.inputs import Input
    from sim import Scenario
    from studies.shared.folder.run_folder import RunFolder

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")

DEFAULT_DRAWS = 1_000_000
MOST_DRAWS = 10_000_000_000
PER_SECOND = 1_000_000
"""Draws per second to expect of an ordinary machine, for saying how long an absurd number would take."""
MOST_THREADS = 256
_MOST_DIGITS = 1000
MOST_SEED = 2**63 - 1
DESIGNS = ("sobol", "lhs", "mc")


def whole(value: str) -> int | float | None:
    """A whole number as people write it (1000000, 1_000_000, 1e6, 1.5e6), or None; infinite beyond 1,000 digits."""
    plain = value.strip()
    if re.fullmatch(r"[+-]?[0-9]+(_[0-9]+)*", plain):
        plain = plain.replace("_", "")
    elif not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]*)?([eE]\+?[0-9]+)?", plain):
        return None
    mantissa, _, exponent = plain.lower().partition("e")
    digits, _, fraction = mantissa.partition(".")
    fraction = fraction.rstrip("0")
    sign, digits = (-1 if digits.startswith("-") else 1), (digits + fraction).lstrip("+-0")
    # Of an exponent with more digits than any number here has, their count alone matters.
    power = (int(exponent) if len(exponent) < 10 else 10**10) if exponent else 0
    power -= len(fraction)
    if not digits or power < 0:
        return None if digits else 0
    return sign * (int(digits) * 10**power if len(digits) + power <= _MOST_DIGITS else math.inf)


class Whole(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """A whole number within bounds; outside them an error that says what is allowed, and the cost."""

    name = "integer"

    def __init__(self, low: int, high: int, cost: Callable[[float], str] | None = None) -> None:
        self.low, self.high, self.cost = low, high, cost

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number, or the user's error."""
        if isinstance(value, int):
            return value
        parsed = whole(str(value))
        if parsed is not None and self.low <= parsed <= self.high:
            return int(parsed)
        shown = text.clean(str(value), 40)
        problem = f"must be a whole number, found '{shown}'"
        if parsed is not None:
            problem = f"is too {'small' if parsed < self.low else 'large'}, found '{shown}'"
            if self.high < parsed < 1e300 and self.cost:
                problem += f" ({self.cost(parsed)})"
        key = param.opts[0] if param else ""
        raise UserError(Fault(key, problem, f"a whole number from {self.low:,} to {self.high:,}"))


def _time(draws: float) -> str:
    return f"at a million draws a second that takes {text.duration(draws / PER_SECOND)}"


def draws(function: F) -> F:
    """--draws."""
    return click.option(
        "--draws", type=Whole(1, MOST_DRAWS, _time), default=DEFAULT_DRAWS, metavar="N",
        help="Number of possible futures; 1e7 and 10_000_000 work.  [default: 1,000,000]",
    )(function)  # fmt: skip


def of(what: str) -> Callable[[F], F]:
    """--of: the output that is asked about; `what` begins its line in the help."""
    return click.option(
        "--of", "output", default="difference", show_default=True, metavar="OUTPUT",
        shell_complete=completers.outputs,
        help=f"{what}: difference, probability, cost:STRATEGY or log_cost:STRATEGY.",
    )  # fmt: skip


def number(name: str, *, default: int, most: int, help: str, least: int = 1) -> Callable[[F], F]:
    """An option that takes a whole number, with its default shown."""
    return click.option(
        name, type=Whole(least, most), default=default, metavar="N", help=f"{help}  [default: {default:,}]"
    )


class _Seconds(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """A length of time above 0."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number, or the user's error."""
        try:
            seconds = float(str(value).replace("_", ""))
        except ValueError:
            seconds = float("nan")
        if not 0.0 < seconds < float("inf"):
            key = param.opts[0] if param else ""
            raise UserError(
                Fault(
                    key, f"found '{text.clean(str(value), 40)}'", "a number of seconds above 0, below 1e308"
                )
            )
        return seconds


class Dollars(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """An amount from 0 on."""

    name = "dollars"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number, or the user's error."""
        try:
            dollars = float(str(value).replace("_", "").removeprefix("$"))
        except ValueError:
            dollars = float("nan")
        if not 0.0 <= dollars < float("inf"):
            key = param.opts[0] if param else ""
            raise UserError(
                Fault(key, f"found '{text.clean(str(value), 40)}'", "US dollars, from 0 to 1e308")
            )
        return dollars


def precision(function: F) -> F:
    """--tolerance, --max-draws, --max-seconds: drawing on until the answer is exact enough."""
    for option in (
        click.option(
            "--max-seconds", type=_Seconds(), metavar="S", help="With --tolerance: stop drawing on after so long."
        ),
        click.option(
            "--max-draws", type=Whole(1, MOST_DRAWS, _time), metavar="N",
            help="With --tolerance: the most to draw.  [default: 2^30]",
        ),
        click.option(
            "--tolerance", metavar="HALF-WIDTH",
            help="Draw on until the 95 % interval is this narrow on each side: 0.001 (of the probability), "
            "'500 USD' or '1 %' (of the mean difference). Exit status 3 where it is not reached.",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


def keep(function: F) -> F:
    """--keep-draws."""
    return click.option(
        "--keep-draws", type=Whole(1, 10_000_000), metavar="N",
        help="Store the first N draws, all inputs and costs, in run.nc.  [default: none]",
    )(function)  # fmt: skip


def how_many(
    draws: int, explicit: bool, tolerance: str | None, most: int | None, seconds: float | None
) -> int | None:
    """The draws to ask for, from --draws, or with --tolerance from --max-draws."""
    if tolerance is None:
        for name, value in (("--max-draws", most), ("--max-seconds", seconds)):
            if value is not None:
                raise UserError(Fault(name, "goes with --tolerance alone", "--draws for a fixed number"))
        return draws
    if explicit:
        raise UserError(
            Fault("--draws", "does not go with --tolerance, which finds the number", "--max-draws")
        )
    return most


def _room(_: click.Context, __: click.Parameter, value: int | None) -> int | None:
    memory.check()
    return value


def seed(function: F) -> F:
    """--seed. A command that has one draws, which takes memory: without room for it, it does not begin."""
    return click.option(
        "--seed", type=Whole(0, MOST_SEED), metavar="N", callback=_room,
        help="Of the random numbers; the same seed gives the same bits.  [default: a fixed one, printed]",
    )(function)  # fmt: skip


def design(function: F) -> F:
    """--design."""
    return click.option(
        "--design", type=Choice(DESIGNS), default="sobol", show_default=True,
        help="How futures are spread: scrambled Sobol' points, Latin hypercube, or independent draws (mc).",
    )(function)  # fmt: skip


def design_of_a_run(function: F) -> F:
    """--design of a run by itself, which need not share its draws with another."""
    return click.option(
        "--design", type=Choice((*DESIGNS, "aligned")),
        help="How futures are spread: as in other commands, or aligned: Sobol' points along the direction in which the "
        "two costs part, of which fewer suffice for P(cheaper).  [default: sobol; with a --tolerance of P aligned]",
    )(function)  # fmt: skip


def threads(function: F) -> F:
    """--threads."""
    return click.option(
        "--threads", type=Whole(1, MOST_THREADS), metavar="N",
        help="Processor threads; the numbers do not depend on it.  [default: all cores]",
    )(function)  # fmt: skip


def dask(function: F) -> F:
    """--dask."""
    return click.option(
        "--dask", metavar="ADDRESS",
        help="Draw on the Dask cluster whose scheduler is at ADDRESS, such as tcp://10.0.0.1:8786; the same numbers.",
    )(function)  # fmt: skip


def workers(threads: int | None, dask: str | None) -> None:
    """Raises UserError where both --threads and --dask are given."""
    if dask is not None and threads is not None:
        raise UserError(
            Fault("--threads", "does not go with --dask, whose workers have threads of their own")
        )


def settings(function: F) -> F:
    """--set, any number of times."""
    return click.option(
        "--set", "settings", multiple=True, metavar="KEY=VALUE", shell_complete=completers.settings,
        help="Replace an input: a number, or a table such as '{ lognormal = { p10 = 2, p90 = 9 } }'. "
        "Repeatable.",
    )(function)  # fmt: skip


def out(function: F) -> F:
    """--out."""
    return click.option(
        "--out",
        metavar="DIR",
        shell_complete=completers.folders,
        help="Folder to make for the run.  [default: outputs/STUDY/RUN]",
    )(function)


def drawing(function: F) -> F:
    """--seed, --set, --out, --threads and --dask: of a command that draws runs, here or on a cluster."""
    # The last is the outermost, which the help names first.
    for option in (dask, threads, out, settings, seed):
        function = option(function)
    return function


def as_json(function: F) -> F:
    """--json."""
    return click.option(
        "--json", "as_json", is_flag=True, help="One JSON document on stdout; everything else on stderr."
    )(function)


def quiet(function: F) -> F:
    """--quiet."""
    return click.option(
        "--quiet", "-q", is_flag=True, help="No progress and no summary, only what was asked for."
    )(function)


def scenario(function: F) -> F:
    """The argument SCENARIO."""
    return click.argument("scenario", metavar="SCENARIO", shell_complete=completers.files)(function)


@dataclass(frozen=True)
class Request:
    """What the options that commands share ask for; one that a command does not have is at its default."""

    scenario: str = ""
    settings: tuple[str, ...] = ()
    draws: int = DEFAULT_DRAWS
    seed: int | None = None
    design: str = DESIGNS[0]
    threads: int | None = None
    dask: str | None = None
    out: str | None = None
    as_json: bool = False
    quiet: bool = False

    def load(self) -> Scenario:
        """The scenario with the inputs that --set replaces."""
        return load(self.scenario, self.settings)

    def place(self, title: str, *, kind: str = "") -> RunFolder:
        """The folder that --out names; see `place`."""
        return place(self.out, title, kind=kind)


def request(function: Callable[..., R]) -> Callable[..., R]:
    """Innermost above a command: of the shared options, what it does not take itself comes as one `request`."""
    among = {field.name for field in fields(Request)} - signature(function).parameters.keys()

    @wraps(function)
    def command(*context: click.Context, **given: Any) -> R:
        shared = {name: given.pop(name) for name in among & given.keys()}
        return function(*context, request=Request(**shared), **given)

    return command


def load(path: str, settings: Sequence[str] = ()) -> Scenario:
    """The scenario of a file with the inputs that --set replaces."""
    from sim import Scenario

    values = overrides(settings)
    loaded = Scenario.load(path)
    return loaded.with_values(values) if values else loaded


def overrides(settings: Sequence[str]) -> dict[str, Any]:
    """What --set gives, by input; all faults at once."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for item in settings:
        try:
            key, value = _override(item)
        except UserError as error:
            faults += error.faults
            continue
        if key in values:
            faults.append(Fault(f"--set {key}", "is given twice", "each input once"))
        values[key] = value
    if faults:
        raise UserError(*faults)
    return values


def _override(item: str) -> tuple[str, Any]:
    """Key and value; which inputs there are, the scenario knows (`Scenario.with_values`)."""
    shown = text.clean(item, 60)
    grammar = "KEY=NUMBER or KEY={ form = { … } }, such as price.input=2.5"
    key, equals, value = item.partition("=")
    key = key.strip().removeprefix("inputs.")
    if not equals or not value.strip():
        raise UserError(Fault(f"--set {shown}", "has no value", grammar))
    number = whole(value)
    if number is not None:
        return key, number
    try:
        # Far beyond any sensible value; deep nesting and endless digits would keep the parser busy.
        if len(value) > 10_000 or value.count("{") + value.count("[") > 100 or "\n" in value:
            raise ValueError("too long")
        tables = tomllib.loads(f"value = {value}")
    except (ValueError, RecursionError) as error:
        # Letters of other alphabets are allowed in quoted text alone.
        unquoted = re.sub(r"\"[^\"]*\"|'[^']*'", "", value)
        way_out = "quote the whole setting, so that the shell leaves its braces alone" if "{" in value else ""
        hint = not_ascii(unquoted) or way_out
        raise UserError(
            Fault(f"--set {key}", f"'{text.clean(value.strip(), 60)}' is no TOML value", grammar, hint)
        ) from error
    if set(tables) != {"value"}:
        raise UserError(Fault(f"--set {key}", f"'{shown}' holds more than one value", grammar))
    return key, tables["value"]


def place(path: str | None, title: str, *, kind: str = "") -> RunFolder:
    """The folder that --out names, or a new one below outputs/ named after the study; not made yet."""
    from studies.shared.folder.run_folder import RunFolder, run_id, slug

    if path is None:
        return RunFolder(Path("outputs") / slug(title) / f"{kind}{run_id()}", make_parents=True)
    if not path.strip():
        raise UserError(Fault("--out", "is empty", "a folder that does not exist yet"))
    if "\0" in path:
        raise UserError(Fault("--out", "holds a NUL character"))
    final = Path(path)
    if final.name in ("", ".."):
        # "." and "x/.." have no name that could be given at the end.
        final = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
    return RunFolder(final)


def known_input(key: str) -> Input:
    """The input of the registry that --key names."""
    from distributions.inputs import registry

    wanted = key.strip().removeprefix("inputs.")
    item = registry().get(wanted)
    if item is None:
        raise UserError(
            Fault(
                "--key",
                f"'{text.clean(key, 60)}' is no input",
                "see 'breakeven inputs'",
                did_you_mean(wanted, registry()),
            )
        )
    return item


def input_line(item: Input | None, spec: Mapping[str, Any]) -> str:
    """An uncertain value as the line of a scenario; the name is `value` where the input is not known."""
    from distributions.tables.writing import to_toml

    return to_toml({"inputs": {"group": {item.name if item else "value": spec}}}).splitlines()[-1]
