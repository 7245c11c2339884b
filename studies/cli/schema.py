"""`breakeven schema`: JSON Schema of scenario files, with which an editor completes and checks them."""

from __future__ import annotations

import click


@click.command(
    "schema",
    help="Print the JSON Schema of scenario files, for completion and checks in an editor.",
    epilog="Example: breakeven schema > scenario.schema.json, then '#:schema scenario.schema.json' in "
    "line 1 of a scenario.",
)
def command() -> None:
    """The command; the schema is made from the registries of inputs, forms and requirements."""
    from sim.scenario.reader import scenario_schema
    from studies.shared.folder.contents import document

    click.echo(document(scenario_schema()), nl=False)
