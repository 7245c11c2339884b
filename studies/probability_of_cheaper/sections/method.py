"""How the numbers were made, how sure they are, and the command that makes them again."""

from __future__ import annotations

import re

from distributions import text
from studies.probability_of_cheaper.figures import of_section
from studies.shared.names import labeller
from studies.shared.report.blocks import Block, Command, Paragraph, Section, table
from studies.shared.report.stored import Material
from studies.shared.report.words import figures

DESIGNS = {
    "sobol": "scrambled Sobol' points",
    "lhs": "Latin hypercube",
    "mc": "independent draws (Monte Carlo)",
    "aligned": "scrambled Sobol' points along the direction in which the two costs part",
}


def section(material: Material) -> Section:
    """Design, draws, error, versions and seed; the convergence; the command."""
    label = labeller(material.labels)
    record = material.record
    a = record["probability_cheaper"]["a"]
    cost = record["cost"][a]
    design = str(record["design"])
    rows = [
        ("Futures drawn", f"{int(record['draws']):,}"),
        ("Design", DESIGNS.get(design, design) + _replicates(record.get("replicates"))),
        ("Why this design", text.clean(str(record.get("design_note") or ""))),
        ("Seed", str(record["seed"])),
        ("Monte Carlo standard error",
         f"{text.money_with_error(cost['mean'], cost['mcse'] or 0.0)} (mean of {label(a)})"),
        ("Present value", f"{text.number(100 * float(record['study']['discount_rate']))} % a year over "
                          f"{text.count(int(record['study']['horizon_months']), 'month')}"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in (record.get("versions") or {}).items())),
        ("Run on", date(material)),
    ]  # fmt: skip
    blocks: list[Block] = [
        Paragraph(
            "Each future draws every input from its distribution and adds up the whole cost of each strategy month by "
            "month, discounted to today. The intervals hold for the design that was used; they say how exactly the "
            "futures were counted, not how well the assumptions are chosen."
        ),
        table("How the numbers were made", ("What", "How"), [row for row in rows if row[1]], words=2),
        *figures(material, *of_section("method")),
        Paragraph("The same command gives the same numbers to the last bit under the versions above:"),
        Command(
            f"breakeven run scenario.toml --draws {int(record['draws'])} --seed {int(record['seed'])} --design {design}"
        ),
    ]
    origins = sorted({analysis.path.name for analysis in material.analyses})
    if origins:
        blocks.append(Paragraph(f"Analyses of the same scenario: {text.join(origins)}."))
    return Section("Method", tuple(blocks))


def date(material: Material) -> str:
    """The day on which the run ended, as its log has it; "" where there is no log."""
    match = re.search(r"finished (\d{4}-\d\d-\d\d)", material.run.log)
    return match[1] if match else ""


def _replicates(replicates: object) -> str:
    return (
        f", {replicates} independent randomised replicates"
        if isinstance(replicates, int) and replicates > 1
        else ""
    )
