"""`breakeven inputs`: what the inputs mean, their units, defaults and sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from distributions import text
from distributions.errors import Fault, UserError, did_you_mean
from studies.shared.command import completers, options

if TYPE_CHECKING:
    from distributions.inputs import Input
    from sim import Scenario

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)


@click.command(
    "inputs",
    help="List all inputs, those of a group, or explain one: meaning, unit, allowed values, default, "
    "quantiles, source, and a picture of it with what each source says.",
    epilog="Examples: breakeven inputs price, breakeven inputs price.input",
)
@click.argument("key", metavar="[KEY]", required=False, shell_complete=completers.groups_and_keys)
@click.option(
    "--in", "scenario", metavar="SCENARIO", shell_complete=completers.files,
    help="A scenario: its own inputs and those of its strategies too, each with its value there.",
)  # fmt: skip
@options.as_json
def command(key: str | None, scenario: str | None, as_json: bool) -> None:
    """The command; everything comes from the registry of inputs, or from a scenario."""
    from distributions.inputs import grouped, registry
    from studies.shared.folder.contents import document

    loaded = None if scenario is None else options.load(scenario)
    groups = {name: list(items) for name, items in grouped().items()}
    for item in () if loaded is None else loaded.known.values():
        if item.key not in registry():
            groups.setdefault(_group(item), []).append(item)
    wanted = key.removeprefix("inputs.") if key is not None else ""
    chosen = [
        item
        for items in groups.values()
        for item in items
        if not wanted or wanted in (item.key, _group(item))
    ]
    if not chosen:
        raise UserError(
            Fault(
                "KEY",
                f"'{text.clean(wanted, 60)}' is no input",
                f"an input or a group: {', '.join(groups)}",
                did_you_mean(wanted, [*(item.key for items in groups.values() for item in items), *groups]),
            )
        )
    if as_json:
        click.echo(document({item.key: _record(item, loaded) for item in chosen}), nl=False)
        return
    for line in _detail(chosen[0], loaded) if wanted == chosen[0].key else _table(chosen, loaded):
        click.echo(line)


def _group(item: Input) -> str:
    """Its group; of a strategy's own the strategy, of a shared cost line "line"."""
    whose = item.key.rpartition(":")[0]
    return whose or item.group


def _record(item: Input, scenario: Scenario | None) -> dict[str, Any]:
    support = item.support
    here = (
        {}
        if scenario is None
        else {"value": scenario.values[item.key].spec, "median": scenario.medians[item.key]}
    )
    return {
        **here,
        "unit": item.unit,
        "meaning": item.meaning,
        "role": item.role,
        "default": item.default,
        "support": {
            "lower": support.lower, "upper": support.upper, "lower_open": support.lower_open,
            "upper_open": support.upper_open, "integer": support.integer,
        },
        "source": item.source,
        "reading": item.reading,
        "readings": [{"from": r.source, "low": r.low, "high": r.high} for r in item.readings],
    }  # fmt: skip


def _table(items: list[Input], scenario: Scenario | None) -> list[str]:
    rows = [("input", "unit", "default" if scenario is None else "value", "meaning")]
    rows += [
        (
            text.clean(item.key, 60),
            "" if item.unit == "1" else item.unit,
            _short(item, scenario),
            text.clean(item.meaning),
        )
        for item in items
    ]
    return [
        *text.table(rows, left=4, indent=""),
        "",
        "'breakeven inputs KEY' explains one of them, with its source.",
    ]


def _short(item: Input, scenario: Scenario | None) -> str:
    from studies.cli.check import described

    made = scenario.expressions.get(item.key) if scenario is not None else None
    return (
        described(_default(item, scenario)) if made is None else f"= {text.clean(made.calculation.text, 60)}"
    )


def _default(item: Input, scenario: Scenario | None) -> Any:
    """What it is by default, or in a scenario where that draws it."""
    from distributions.spec import marginal

    if scenario is not None:
        return scenario.inputs[item.key]
    return marginal(item.default, key=item.key, unit=item.unit, support=item.support)


def _shipped(item: Input) -> bool:
    from distributions.inputs import registry

    return item.key in registry()


def _detail(item: Input, scenario: Scenario | None) -> list[str]:
    from distributions.inputs import ROLES, cited
    from distributions.tables.writing import to_toml
    from studies.shared import density as text_density

    rows = [
        ("meaning", text.clean(item.meaning)),
        ("role", f"{item.role}: {ROLES[item.role]}"),
        ("unit", "none (a share, ratio or count)" if item.unit == "1" else item.unit),
        ("allowed", str(item.support)),
    ]
    if _shipped(item):
        rows.append(("default", to_toml({"a": {"b": {item.name: item.default}}}).splitlines()[-1]))
    source = cited(item.source)
    if scenario is not None and item.key not in scenario.defaulted:
        value = scenario.values[item.key]
        rows.append(
            ("here", to_toml({"a": {"b": {"value": value.spec}}}).splitlines()[-1].partition(" = ")[2])
        )
        source = value.source or "none"
    rows.append(("source", text.clean(source)))
    rows += [("reading", item.reading)] if item.reading else []
    lines = [text.clean(item.key, 120), *text.table(rows, left=2)]
    if scenario is not None and item.key in scenario.expressions:
        return [
            *lines,
            "",
            f"  {text.number(scenario.medians[item.key])} where what it is made of is at its medians",
        ]
    default = _default(item, scenario)
    if default.certain:
        return lines
    bars = [text_density.Bar(reading.source, reading.low, reading.high) for reading in item.readings]
    lines += [
        "",
        f"  mean {text.number(float(default.mean()))}, standard deviation {text.number(float(default.std()))}",
        *text_density.quantiles(default, LEVELS),
        "",
    ]
    if bars:
        lines.append("  What each source says, above the default on the same axis:")
    return [*lines, *text_density.picture(default, bars)]
