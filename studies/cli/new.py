"""`breakeven new`: a scenario to start from, with every input explained and at its default."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from distributions import text
from distributions.errors import Fault, UserError
from studies.shared.command import options

_HEAD = """\
# A scenario for breakeven. Check it with:  breakeven check {file}
# Answer it with:                           breakeven run {file}

[study]
title = {title}
horizon_months = 12                  # 1 to 120
discount_rate = 0.08                 # a year
compare = ["tuned_hosted", "rag"]    # is the first cheaper than the second?
# strategies = [{strategies}]

# What the product must do; a requirement may rule strategies out. See 'breakeven advise'.
# [requirements]
{requirements}

# Each input below is at its default, which is what holds while its line is a comment. Take away the '# ' and
# put in what you know: a number is certain, a range is one of
#   {{ uniform = {{ min = 1, max = 3 }} }}            {{ triangular = {{ min = 1, mode = 2, max = 3 }} }}
#   {{ lognormal = {{ p10 = 2, p90 = 9 }} }}          {{ pert = {{ min = 1, mode = 2, max = 3 }} }}
#   {{ normal = {{ mean = 5, sd = 1 }} }}             {{ quantiles = {{ p05 = 1, p50 = 2, p95 = 5 }} }}
# and may say where it is from:  {{ uniform = {{ min = 1, max = 3 }}, source = "metering, Q3" }}
"""

_TAIL = """
# Inputs that move together: Spearman's rank correlation, -1 to 1.
# [[dependence]]
# inputs = ["workload.queries_per_month", "serve.peak_to_mean"]
# rank_correlation = 0.5
"""


@click.command(
    "new",
    help="Write NAME.toml, a scenario with every input explained and at its default. Overwrites nothing.",
    epilog="Example: breakeven new my_bot",
)
@click.argument("name", metavar="NAME")
@options.quiet
def command(name: str, quiet: bool) -> None:
    """The command; the text is made from the registry of inputs."""
    if not name.strip() or "\0" in name or Path(name).name in ("", ".", ".."):
        raise UserError(Fault("NAME", f"found '{text.clean(name, 60)}'", "a file name such as my_bot"))
    path = Path(name if name.endswith(".toml") else f"{name}.toml")
    content = scaffold(
        path.stem.replace("_", " ").replace("-", " ").strip().capitalize() or "Study", path.name
    )
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(content)
    except FileExistsError:
        raise UserError(
            Fault("NAME", f"'{path}' is there already; it was left as it is", "a new name")
        ) from None
    except OSError as error:
        raise UserError(Fault("NAME", f"cannot write '{path}': {error.strerror or error}")) from None
    if not quiet:
        click.echo(
            f"Wrote {text.shown_path(path)}. Next: edit it, then breakeven check {text.shown_path(path)}"
        )


def scaffold(title: str, file: str) -> str:
    """The text of a new scenario: `[study]` to edit, everything else a comment with what holds without it."""
    from distributions.inputs import grouped
    from distributions.tables.writing import to_toml
    from sim import STRATEGIES
    from sim.scenario.requirements import REQUIREMENTS

    wishes = "\n".join(
        f"{f'# {key} = {_example(item.kind.schema())}':<34}# {item.meaning}"
        + (f" ({item.kind.allowed})" if "enum" in item.kind.schema() else "")
        for key, item in REQUIREMENTS.items()
    )
    lines = [
        _HEAD.format(
            title=to_toml({"title": text.clean(title)}).partition(" = ")[2].strip(),
            file=text.clean(file),
            strategies=", ".join(f'"{name}"' for name in STRATEGIES),
            requirements=wishes,
        )
    ]
    for group, items in grouped().items():
        lines.append(f"\n[inputs.{group}]")
        for item in items:
            unit = "" if item.unit == "1" else f", {item.unit}"
            lines += textwrap.wrap(
                f"{item.meaning}{unit} ({item.source})", 110, initial_indent="#   ", subsequent_indent="#   "
            )
            lines.append(f"# {to_toml({'a': {'b': {item.name: item.default}}}).splitlines()[-1]}")
    return "\n".join(lines) + "\n" + _TAIL


def _example(schema: Mapping[str, Any]) -> str:
    return (
        "true" if schema.get("type") == "boolean" else f'"{schema["enum"][0]}"' if "enum" in schema else "800"
    )
