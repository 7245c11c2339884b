"""`breakeven elicit`: a distribution from three quantiles that someone is asked for, shown back before it is used."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click

from distributions import text
from distributions.errors import Fault, UserError
from studies.shared.command import completers, options
from studies.shared.command.choice import Choice

if TYPE_CHECKING:
    from distributions.inputs import Input
    from distributions.spec import Marginal

SHOWN = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
QUESTIONS = {
    "p10": ("--low", "Low: in 1 of 10 cases it is less than"),
    "p50": ("--median", "Median: as often less as more than"),
    "p90": ("--high", "High: in 1 of 10 cases it is more than"),
}
"""Ends first would anchor the middle; but asked from low to high, each answer can be checked at once."""


@click.command(
    "elicit",
    help="Ask for the P10, P50 and P90 of an uncertain value, show the distribution that they imply, and print the "
    "line for a scenario. With --low, --median and --high it asks nothing.",
    epilog="Example: breakeven elicit --key tune.curation_weeks --low 1 --median 3 --high 8",
)
@click.option(
    "--key",
    metavar="INPUT",
    shell_complete=completers.keys,
    help="The input that it is for, such as gpu.hourly_rate: unit and bounds.",
)
@click.option("--low", metavar="P10", help="In 1 of 10 cases the value is less.")
@click.option("--median", metavar="P50", help="As often less as more.")
@click.option("--high", metavar="P90", help="In 1 of 10 cases the value is more.")
@click.option(
    "--form",
    type=Choice(["quantiles", "lognormal"]),
    default="quantiles",
    show_default=True,
    help="quantiles: a metalog through all three. lognormal: through P10 and P90; the median follows from them.",
)
@options.as_json
def command(
    key: str | None, low: str | None, median: str | None, high: str | None, form: str, as_json: bool
) -> None:  # fmt: skip
    """The command; the forms of `distributions` do the fitting."""
    item = options.known_input(key) if key is not None else None
    if item is not None and item.support.integer:
        hint = "give it as discrete = { values = [1, 2], weights = [0.6, 0.4] }"
        raise UserError(Fault("--key", f"{item.key} takes whole numbers, which no curve gives", hint=hint))
    given = {"p10": low, "p50": median, "p90": high}
    missing = [QUESTIONS[level][0] for level, value in given.items() if value is None]
    if not missing:
        answers = {level: _number(level, str(value)) for level, value in given.items()}
        _check(answers, item)
        _show(answers, form, _distribution(answers, form, item), item, as_json)
        return
    if as_json or len(missing) < 3 or not (sys.stdin.isatty() and sys.stdout.isatty()):
        why = "are missing" if len(missing) > 1 else "is missing"
        where = "" if as_json or len(missing) < 3 else ", and there is no terminal to ask on"
        raise UserError(
            Fault(text.join(missing), why + where, hint="pass all three: --low P10 --median P50 --high P90")
        )
    try:
        _ask(item, form)
    except click.Abort:  # Ctrl-C or the end of the input, as click tells them
        raise KeyboardInterrupt from None


def _ask(item: Input | None, form: str) -> None:
    """Asks until the three make a distribution that looks right."""
    if item is not None:
        unit = "" if item.unit == "1" else f", in {item.unit}"
        click.echo(f"{item.key}: {item.meaning}{unit}; allowed: {item.support}")
    while True:
        answers: dict[str, float] = {}
        for level in QUESTIONS:
            answers[level] = _answer(level, answers, item)
        try:
            distribution = _distribution(answers, form, item)
        except UserError as error:
            for fault in error.faults:
                click.echo(text.clean(str(fault), 300))
            click.echo("Once more:")
            continue
        _show(answers, form, distribution, item, as_json=False)
        if click.confirm("Does this look right?", default=True):
            return


def _answer(level: str, before: dict[str, float], item: Input | None) -> float:
    """One quantile; asks again while it is no number, outside the support or not above the one before."""
    while True:
        typed = click.prompt(QUESTIONS[level][1], type=str)
        try:
            number = _number(level, typed)
            _check({**before, level: number}, item)
        except UserError as error:
            click.echo(f"  {text.clean(error.faults[0].problem, 200)}; {error.faults[0].allowed}")
            continue
        return number


def _number(level: str, typed: str) -> float:
    try:
        number = float(typed.replace("_", ""))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        hint = "a decimal point, not a comma" if typed.count(",") == 1 else ""
        raise UserError(Fault(QUESTIONS[level][0], f"found '{text.clean(typed, 40)}'", "a number", hint))
    return number


def _check(answers: dict[str, float], item: Input | None) -> None:
    """Order and support of what has been answered so far.

    Raises:
        UserError: with every fault, under the names of the options.
    """
    faults = []
    if item is not None:
        for level, value in answers.items():
            # The metalog stays within open bounds: a quantile on the bound itself has no place in it.
            if value not in item.support or value in (item.support.lower, item.support.upper):
                within = f"{item.key} is {item.support}, and its quantiles lie inside"
                faults.append(Fault(QUESTIONS[level][0], f"found {text.number(value, 6)}", within))
    levels = list(answers)
    for first, second in pairwise(levels):
        if answers[second] <= answers[first]:
            problem = f"found {text.number(answers[second], 6)}"
            allowed = f"more than {QUESTIONS[first][0]}, which is {text.number(answers[first], 6)}"
            faults.append(Fault(QUESTIONS[second][0], problem, allowed))
    if faults:
        raise UserError(*faults)


def _spec(answers: Mapping[str, float], form: str) -> dict[str, Any]:
    """The value as it stands in a scenario; the lognormal has no place for a third quantile."""
    return {form: {level: answers[level] for level in (("p10", "p90") if form == "lognormal" else QUESTIONS)}}


def _distribution(answers: Mapping[str, float], form: str, item: Input | None) -> Marginal:
    """The distribution through the answers.

    Raises:
        UserError: no metalog passes through them, or it has no finite variance.
    """
    from distributions.spec import marginal
    from distributions.support import Support

    support = item.support if item else Support()
    try:
        return marginal(_spec(answers, form), key=item.key if item else "value", support=support)
    except UserError as error:
        if form == "lognormal":
            raise
        hint = "other answers, or --form lognormal, which meets P10 and P90 alone"
        raise UserError(*(replace(fault, hint=hint) for fault in error.faults)) from None


def _show(
    answers: Mapping[str, float], form: str, distribution: Marginal, item: Input | None, as_json: bool
) -> None:
    from studies.shared import density as text_density

    spec = _spec(answers, form)
    value = options.input_line(item, {**spec, "source": "expert judgement: P10, P50 and P90"})
    if as_json:
        from studies.shared.folder.contents import document

        record = {
            "input": item.key if item else None, "unit": item.unit if item else None, "spec": spec,
            "mean": distribution.mean(), "sd": distribution.std(),
            "quantiles": {f"p{round(100 * q):02d}": float(distribution.ppf(q)) for q in SHOWN}, "line": value,
        }  # fmt: skip
        click.echo(document(record), nl=False)
        return
    bars = [text_density.Bar(f"{r.source} says", r.low, r.high) for r in item.readings] if item else []
    low, high = (text.number(float(distribution.ppf(q)), 3) for q in (0.05, 0.95))
    unit = f" {item.unit}" if item and item.unit != "1" else ""
    lines = [
        "",
        *text_density.picture(distribution, bars),
        "",
        *text_density.quantiles(distribution, SHOWN),
        "",
        f"Implied: in 1 of 20 cases less than {low}, in 1 of 20 more than {high}{unit}; mean "
        f"{text.number(distribution.mean(), 3)}.",
    ]
    if form == "lognormal":
        fitted, given = (text.number(value, 3) for value in (distribution.median(), answers["p50"]))
        lines.append(f"The median follows from P10 and P90: {fitted}, where you said {given}.")
    below = float(distribution.cdf(0.0))
    if item is None and answers["p10"] > 0 and below > 0.0005:
        lines.append(
            f"{text.percent(below, 1)} of it lies below 0: --key INPUT keeps it to what the input can be."
        )
    where = f", under [inputs.{item.group}]" if item else ""
    for line in [*lines, "", f"For a scenario{where}:", f"  {value}"]:
        click.echo(line)
