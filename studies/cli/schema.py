"""`breakeven schema`: JSON Schema of the files that one writes, with which an editor completes and checks them."""

from __future__ import annotations

from importlib import import_module

import click

from studies.shared.command.choice import Choice

SCHEMAS = {
    "scenario": ("sim.scenario.reader", "scenario_schema"),
    "quote": ("sim.quotes.reader", "quote_schema"),
    "claims": ("studies.audit.evidence.reader", "claims_schema"),
    "levers": ("studies.accuracy.levers", "levers_schema"),
}
"""Kind of file to the module that declares it and its function. A new one is one line here."""


@click.command(
    "schema",
    help="Print the JSON Schema of scenario files, or of another kind, for completion and checks in an editor.",
    epilog="Example: breakeven schema > scenario.schema.json, then '#:schema scenario.schema.json' in "
    "line 1 of a scenario.",
)
@click.option(
    "--of",
    "kind",
    type=Choice(list(SCHEMAS)),
    default="scenario",
    show_default=True,
    help="Which kind of file: a scenario, a vendor's quote, claims (breakeven audit), levers (accuracy --levers).",
)
def command(kind: str) -> None:
    """The command; a schema is made from what the tables of a file declare."""
    from studies.shared.folder.contents import document

    module, name = SCHEMAS[kind]
    click.echo(document(getattr(import_module(module), name)()), nl=False)
