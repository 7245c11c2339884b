"""`breakeven advise`: the strategies that the requirements leave, and the recommendation with reasons."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import click

from distributions import text
from studies.shared.command import options
from studies.shared.names import labeller

if TYPE_CHECKING:
    from sim import Scenario
    from studies.advise.analysis import Advice
    from studies.advise.outlook import Outlook

SHOWN = 4
"""Tipping points, and inputs worth finding out, that are told."""


@click.command(
    "advise",
    help="Which strategy SCENARIO's requirements and costs speak for: what is ruled out and why, the "
    "recommendation, and "
    "what speaks against it. Writes nothing.",
    epilog="Example: breakeven advise studies/scenarios/support_bot.toml",
)
@options.scenario
@options.draws
@options.seed
@options.design
@options.settings
@options.threads
@options.as_json
@options.quiet
@options.request
def command(request: options.Request) -> None:
    """The command; the advice is `studies.advise.advise` on a run of the scenario."""
    loaded = request.load()
    from sim.scenario import market_notes
    from studies.advise.analysis import advise
    from studies.advise.outlook import outlook
    from studies.probability_of_cheaper.analysis import analyse
    from studies.shared.command.progress import progress
    from studies.shared.folder.contents import document

    with progress("simulating", quiet=request.quiet) as report:
        answer = analyse(
            loaded,
            draws=request.draws,
            seed=request.seed,
            design=request.design,
            threads=request.threads,
            progress=report,
        )
        advice = advise(answer.run, answer.eligibility)
        ahead = outlook(loaded, [standing.strategy for standing in advice.eligible], answer.run.seed)
    if request.as_json:
        record = {"study": answer.summary["study"], "seed": answer.run.seed, **advice.to_dict()}
        notes = {"market_notes": list(market_notes.notes(loaded))}
        click.echo(document(record | {"outlook": ahead.to_dict()} | notes), nl=False)
        return
    certain = all(distribution.certain for distribution in loaded.inputs.values())
    prices = _of_prices(market_notes.notes(loaded))
    for line in [*_lines(advice, loaded), *prices, *_ahead(ahead, certain, loaded)]:
        click.echo(line)


def _lines(advice: Advice, scenario: Scenario) -> list[str]:
    label = labeller(scenario.labels)
    lines = [text.clean(scenario.title, 100)]
    if advice.recommendation is None:
        lines.append("No strategy meets every requirement.")
    else:
        lines.append(f"Recommendation: {label(advice.recommendation)}")
    lines += [f"  {text.clean(reason)}" for reason in advice.reasons]
    if advice.eligible:
        rows = [("eligible", "mean cost", "P(cheapest)", "expected regret")]
        rows += [
            (
                label(standing.strategy),
                text.money(standing.mean_cost),
                text.probability(standing.probability_cheapest, standing.ci95),
                text.money(standing.expected_regret),
            )
            for standing in advice.eligible
        ]
        lines += ["", *text.table(rows, indent="")]
    for heading, side in (("Ruled out", advice.excluded), ("Warnings", advice.warnings)):
        if side:
            lines += ["", heading]
            lines += [
                f"  {label(name)}: {text.clean(reason)}"
                for name, reasons in side.items()
                for reason in reasons
            ]
    if advice.contradictions:
        lines += ["", "Where the documents disagree"]
        lines += [f"  {text.clean(first)}; but {text.clean(other)}" for first, other in advice.contradictions]
    if advice.opinions:
        lines += ["", "By volume alone"]
        for opinion in advice.opinions:
            agrees = {True: "as here", False: "not as here", None: "of what it leans to, nothing is eligible"}
            lines.append(
                f"  {text.clean(opinion.says)} ({text.clean(opinion.document)}): {agrees[opinion.agrees]}"
            )
    return lines


def _of_prices(notes: tuple[str, ...]) -> list[str]:
    """What is to be known of looked-up prices and models."""
    head = ["", "Of the prices and models that were looked up"]
    return [*head, *(f"  {text.clean(note)}" for note in notes)] if notes else []


def _ahead(ahead: Outlook, certain: bool, scenario: Scenario) -> list[str]:
    """What would change the recommendation, and what to find out first."""
    label = labeller(scenario.labels)
    if ahead.runner_up is None:
        return []
    if certain:
        return ["", "Every input is certain: nothing is left to find out, and nothing to change it"]
    from studies.advise.outlook import beyond

    lines = ["", f"What would change it: on average {label(ahead.runner_up)} is as cheap where"]
    for tip in ahead.tips[:SHOWN]:
        ends = [end for end in tip.ci95 if end is not None]
        spread = (max(ends) - min(ends)) / 2 if len(ends) == 2 else 0.0
        digits = (
            3 if not spread else max(1, min(4, 1 + math.floor(math.log10(max(abs(tip.value) / spread, 1.0)))))
        )
        unit = scenario.known[tip.input].unit
        lines.append(
            f"  {tip.input} {'rises' if tip.above else 'falls'} to {text.number(tip.value, digits)}"
            f"{'' if unit == '1' else ' ' + unit} (it is {'more' if tip.above else 'less'} with probability "
            f"{text.percent(beyond(tip))})"
        )
    if not ahead.tips:
        lines[-1] = (
            f"No single input, moved through its range, makes {label(ahead.runner_up)} as cheap on average"
        )
    if ahead.worth:
        lines += ["", "What to find out first"]
        lines += [
            f"  {item.input}: worth up to {text.money_with_error(item.value, item.se)}"
            for item in ahead.worth[:SHOWN]
        ]
    else:
        lines += [
            "",
            "Nothing is worth finding out first: no single input would change the choice",
        ]
    return lines
