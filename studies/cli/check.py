"""`breakeven check`: every fault of a scenario at once, or what it says in short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from distributions import text
from studies.shared.command import options

if TYPE_CHECKING:
    from sim import Scenario
    from sim.scenario.eligibility import Eligibility


@click.command(
    "check",
    help="Print all faults of SCENARIO with their lines, or a summary of what it says: inputs given and "
    "left at their "
    "defaults, correlations, strategies that the requirements rule out.",
    epilog="Example: breakeven check studies/scenarios/support_bot.toml",
)
@options.scenario
@options.settings
@options.as_json
@options.quiet
@options.request
def command(request: options.Request) -> None:
    """The command; loading a scenario checks it."""
    loaded = request.load()
    from sim.scenario.eligibility import judged
    from studies.shared.folder.contents import document

    verdict = judged(loaded)
    # Building the copula refuses correlations that cannot be.
    _ = loaded.copula
    if request.as_json:
        click.echo(document(_record(loaded, verdict)), nl=False)
    elif not request.quiet:
        for line in _lines(loaded, verdict):
            click.echo(line)


def _record(loaded: Scenario, verdict: Eligibility) -> dict[str, Any]:
    from sim.scenario.market_notes import notes
    from sim.scenario.sources import ledger, summary

    return {
        "study": loaded.tables()["study"],
        "ledger": summary(ledger(loaded)),
        "given_inputs": [key for key in loaded.known if key not in loaded.defaulted],
        "defaulted_inputs": list(loaded.defaulted),
        "notes": _notes(loaded),
        "dependence": [{"inputs": list(pair), "rank_correlation": r} for pair, r in loaded.dependence],
        "excluded": verdict.excluded,
        "warnings": verdict.warnings,
        "market_notes": list(notes(loaded)),
    }


def _notes(loaded: Scenario) -> dict[str, str]:
    """What a reader should know of how a given value was read: cut off, converted, fitted; by input."""
    given = {key: value for key, value in loaded.values.items() if key not in loaded.defaulted}
    return {key: value.note for key, value in given.items() if value.note}


def _lines(loaded: Scenario, verdict: Eligibility) -> list[str]:
    from sim.scenario import sources as ledger
    from sim.scenario.market_notes import notes

    given = [key for key in loaded.known if key not in loaded.defaulted]
    a, b = (loaded.labels[name] for name in loaded.compare)

    def row(key: str) -> tuple[str, str, str]:
        item = loaded.known[key]
        if key in loaded.inputs:
            return text.clean(key, 80), described(loaded.inputs[key]), _unit(item.unit)
        at_medians = f"{text.number(loaded.medians[key], 3)} = {loaded.expressions[key].calculation.text}"
        return text.clean(key, 80), text.clean(at_medians, 200), _unit(item.unit)

    lines = [
        f"No faults. {text.clean(loaded.title, 100)}",
        f"Is {a} cheaper than {b} over {text.count(loaded.horizon, 'month')}, "
        f"at {text.number(100 * loaded.discount_rate)} % a year?",
        "",
        f"Given ({len(given)} of {len(loaded.known)})",
        *text.table([row(key) for key in given], left=3),
        "",
        f"Left at their defaults ({len(loaded.defaulted)})",
        *text.table([row(key) for key in loaded.defaulted], left=3),
    ]
    if readings := _notes(loaded):
        rows = [(key, text.clean(note, 200)) for key, note in readings.items()]
        lines += ["", "How values were read", *text.table(rows, left=2)]
    entries = ledger.ledger(loaded)
    without = [entry.key for entry in entries if entry.kind == ledger.UNSOURCED]
    if without:
        lines += ["", f"Given without a source ({len(without)})", *(f"  {key}" for key in without)]
    stale = [entry for entry in entries if entry.stale]
    if stale:
        lines += ["", "Stale: past the date until which they were to be trusted"]
        lines += text.table(
            [(entry.key, str(entry.expires), text.clean(entry.owner or "no owner", 40)) for entry in stale],
            left=3,
        )
    remarks = notes(loaded)
    if remarks:
        lines += [
            "",
            "Of the prices and models that were looked up",
            *(f"  {text.clean(note)}" for note in remarks),
        ]
    if loaded.dependence:
        lines += ["", "Rank correlations"]
        lines += [f"  {first} and {second}: {text.number(r, 3)}" for (first, second), r in loaded.dependence]
    if loaded.requirements:
        lines += ["", "Requirements"]
        for what, side in (("excluded", verdict.excluded), ("warning", verdict.warnings)):
            lines += [
                f"  {what}: {loaded.labels[name]}: {text.clean(reason)}"
                for name, reasons in side.items()
                for reason in reasons
            ]
        left = [loaded.labels[name] for name in loaded.strategies if name not in verdict.excluded]
        lines.append(f"  left: {text.join(left) if left else 'no strategy; give up one of the requirements'}")
    return lines


def _unit(unit: str) -> str:
    return "" if unit == "1" else unit


def described(marginal: Any) -> str:
    """A value in short: the number, or P10, P50 and P90 of a distribution."""
    if marginal.certain:
        return text.number(float(marginal.value), 6)
    low, mid, high = (float(value) for value in marginal.ppf([0.1, 0.5, 0.9]))
    return f"{text.number(mid, 3)}  ({text.number(low, 3)} to {text.number(high, 3)} in 8 of 10)"
