"""`breakeven inputs`: what the inputs mean, their units, defaults and sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from distributions import text
from distributions.errors import Fault, UserError, did_you_mean
from studies.shared.command import completers, options

if TYPE_CHECKING:
    from distributions.inputs import Input

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)


@click.command(
    "inputs",
    help="List all inputs, those of a group, or explain one: meaning, unit, allowed values, default, "
    "quantiles, source, and a picture of it with what each source says.",
    epilog="Examples: breakeven inputs price, breakeven inputs price.input",
)
@click.argument("key", metavar="[KEY]", required=False, shell_complete=completers.groups_and_keys)
@options.as_json
def command(key: str | None, as_json: bool) -> None:
    """The command; everything comes from the registry of inputs."""
    from distributions.inputs import grouped, registry
    from studies.shared.folder.contents import document

    groups = grouped()
    wanted = key.removeprefix("inputs.") if key is not None else ""
    chosen = [
        item for items in groups.values() for item in items if not wanted or wanted in (item.key, item.group)
    ]
    if not chosen:
        raise UserError(
            Fault(
                "KEY",
                f"'{text.clean(wanted, 60)}' is no input",
                f"an input or a group: {', '.join(groups)}",
                did_you_mean(wanted, [*registry(), *groups]),
            )
        )
    if as_json:
        click.echo(document({item.key: _record(item) for item in chosen}), nl=False)
        return
    for line in _detail(chosen[0]) if wanted == chosen[0].key else _table(chosen):
        click.echo(line)


def _record(item: Input) -> dict[str, Any]:
    support = item.support
    return {
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


def _table(items: list[Input]) -> list[str]:
    rows = [("input", "unit", "default", "meaning")]
    rows += [(item.key, "" if item.unit == "1" else item.unit, _short(item), item.meaning) for item in items]
    return [
        *text.table(rows, left=4, indent=""),
        "",
        "'breakeven inputs KEY' explains one of them, with its source.",
    ]


def _short(item: Input) -> str:
    from studies.cli.check import described

    return described(_default(item))


def _default(item: Input) -> Any:
    from distributions.spec import marginal

    return marginal(item.default, key=item.key, unit=item.unit, support=item.support)


def _detail(item: Input) -> list[str]:
    from distributions.inputs import ROLES, cited
    from distributions.tables.writing import to_toml
    from studies.shared import density as text_density

    default = _default(item)
    rows = [
        ("meaning", item.meaning),
        ("role", f"{item.role}: {ROLES[item.role]}"),
        ("unit", "none (a share, ratio or count)" if item.unit == "1" else item.unit),
        ("allowed", str(item.support)),
        ("default", to_toml({"a": {"b": {item.name: item.default}}}).splitlines()[-1]),
        ("source", cited(item.source)),
        ("reading", item.reading),
    ]
    lines = [item.key, *text.table(rows, left=2)]
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
