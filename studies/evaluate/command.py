"""`breakeven evaluate`: one deterministic evaluation, every month and line item, to check by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from distributions import text
from studies.shared.command import options

if TYPE_CHECKING:
    from sim import Evaluation, Scenario
from studies.shared.names import labeller


@click.command(
    "evaluate",
    help="One future of SCENARIO: all inputs at their medians unless --set says otherwise. Shows the "
    "cost of every month "
    "and line item, to be checked by hand. Writes nothing.",
    epilog="Example: breakeven evaluate studies/scenarios/support_bot.toml --set "
    "workload.queries_per_month=3e7",
)
@options.scenario
@options.settings
@options.as_json
@options.quiet
@options.request
def command(request: options.Request) -> None:
    """The command; the evaluation is `sim.evaluate`."""
    loaded = request.load()
    from sim import evaluate
    from studies.shared.folder.contents import document

    evaluation = evaluate(loaded)
    if request.as_json:
        click.echo(document(evaluation.to_dict()), nl=False)
        return
    for line in _lines(evaluation, loaded, request.quiet):
        click.echo(line)


def _lines(evaluation: Evaluation, scenario: Scenario, quiet: bool) -> list[str]:
    label = labeller(scenario.labels)
    cost, months = evaluation.cost, scenario.horizon
    names = sorted(cost, key=lambda name: cost[name])
    totals = [(label(name), _exact(cost[name])) for name in names]
    lines = [
        text.clean(scenario.title, 100),
        f"Present value over {text.count(months, 'month')} at {text.number(100 * scenario.discount_rate)} % a year; "
        f"{_breakeven(evaluation, months, label)}.",
        "",
        *text.table([("strategy", "present value"), *totals], indent=""),
    ]
    if quiet:
        return lines
    parts = [evaluation.breakdown[name] for name in names]
    items = dict.fromkeys(item for values in evaluation.breakdown.values() for item in values if values[item])
    labels = [label(name) for name in names]
    by_item = [(item, *(_exact(values.get(item, 0.0), "-") for values in parts)) for item in items]
    total = ("total", *(_exact(cost[name]) for name in names))
    by_month = [
        (str(month), *(_exact(evaluation.months[name][month]) for name in names))
        for month in range(months + 1)
    ]
    inputs = [(key, text.number(value, 6)) for key, value in evaluation.inputs.items()]
    return [
        *lines,
        *("", "By line item (present value, USD)", *text.table([("", *labels), *by_item, total], indent="")),
        *("", "By month (undiscounted, USD; month 0 is the set-up)"),
        *text.table([("month", *labels), *by_month], indent=""),
        *("", "Inputs", *text.table(inputs, indent="")),
    ]


def _breakeven(evaluation: Evaluation, months: int, label: Callable[[str], str]) -> str:
    """When the first of the pair has cost no more than the second, and whether that stays so."""
    a, b = (label(name) for name in evaluation.compare)
    first, lasting = evaluation.breakeven_month, evaluation.breakeven_lasting
    cheaper = f"{a} has cost no more than {b}"
    if first is None:
        return f"{cheaper} in none of the {months} months"
    if lasting == first:
        return f"{cheaper} from month {lasting} to the end"
    for_a_while = f"{cheaper} by month {first}, and falls back"
    return (
        f"{for_a_while} for good"
        if lasting is None
        else f"{for_a_while}; from month {lasting} it has to the end"
    )


def _exact(value: float, zero: str = "0.00") -> str:
    return f"{value:,.2f}" if value else zero
