"""`breakeven evaluate`: one deterministic evaluation, every month and line item, to check by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from distributions import text
from studies.shared.command import options
from studies.shared.names import label


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

    record = evaluate(loaded).to_dict()
    if request.as_json:
        click.echo(document(record), nl=False)
        return
    for line in _lines(record, loaded.title, loaded.horizon, loaded.discount_rate, request.quiet):
        click.echo(line)


def _lines(record: Mapping[str, Any], title: str, months: int, rate: float, quiet: bool) -> list[str]:
    costs = sorted(record["cost"], key=lambda name: float(record["cost"][name]))
    found = [
        text.clean(title, 100),
        f"Present value over {text.count(months, 'month')} at {text.number(100 * rate)} % a year; "
        f"{_breakeven(record, months)}.",
        "",
        *text.table(
            [("strategy", "present value")] + [(label(s), _exact(record["cost"][s])) for s in costs],
            indent="",
        ),
    ]
    if quiet:
        return found
    found += ["", "By line item (present value, USD)"]
    items: dict[str, None] = {}
    for parts in record["breakdown"].values():
        items |= dict.fromkeys(item for item, value in parts.items() if value)
    rows = [("", *(label(s) for s in costs))]
    rows += [(item, *(_exact(record["breakdown"][s].get(item, 0.0), "-") for s in costs)) for item in items]
    rows.append(("total", *(_exact(record["cost"][s]) for s in costs)))
    found += text.table(rows, indent="")
    found += ["", "By month (undiscounted, USD; month 0 is the set-up)"]
    rows = [("month", *(label(s) for s in costs))]
    rows += [(str(m), *(_exact(record["months"][s][m]) for s in costs)) for m in range(months + 1)]
    found += text.table(rows, indent="")
    found += ["", "Inputs"]
    found += text.table(
        [(key, text.number(float(value), 6)) for key, value in record["inputs"].items()], indent=""
    )
    return found


def _breakeven(record: Mapping[str, Any], months: int) -> str:
    """When the first of the pair has cost no more than the second, and whether that stays so."""
    first, lasting = record["breakeven_month"], record["breakeven_lasting"]["month"]
    said = f"{label(first['a'])} has cost no more than {label(first['b'])}"
    if first["month"] is None:
        return f"{said} in none of the {months} months"
    if lasting == first["month"]:
        return f"{said} from month {lasting} to the end"
    once = f"{said} by month {first['month']}, and falls back"
    return f"{once} for good" if lasting is None else f"{once}; from month {lasting} it has to the end"


def _exact(value: float, zero: str = "0.00") -> str:
    return f"{value:,.2f}" if value else zero
