"""`breakeven accuracy`: the price of a point of accuracy, between strategies or between levers."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import click

from distributions import text
from distributions.errors import Fault, UserError
from studies.shared.command import answer, completers, options
from studies.shared.names import labeller

if TYPE_CHECKING:
    from studies.accuracy.analysis import Accuracy
    from studies.accuracy.levers import Ranking


@click.command(
    "accuracy",
    help="What a percentage point of accuracy costs: the strategies of SCENARIO on their efficient frontier, and the "
    "probability that each is best at what a point is worth. Costs are without the line item 'errors', so that errors "
    "do not count twice. Writes a folder with the figure. With --levers instead of SCENARIO: ways to raise accuracy by "
    "cost per point; writes nothing.",
    epilog="Example: breakeven accuracy studies/scenarios/legal_summariser.toml --worth-per-point 20000",
)
@click.argument("scenario", metavar="[SCENARIO]", required=False, shell_complete=completers.files)
@click.option(
    "--worth-per-point",
    "worth",
    type=float,
    metavar="USD",
    help="What one point is worth over the horizon.  [default: what quality.cost_per_error makes of it, if not 0]",
)
@click.option(
    "--levers",
    is_flag=False,
    flag_value="",
    metavar="[FILE]",
    help="Rank levers such as better retrieval or a bigger model; without FILE the shipped, published ones.",
)
@options.number("--draws", default=100_000, most=500_000, least=100, help="Independent draws.")
@options.seed
@options.settings
@options.out
@options.as_json
@options.quiet
@options.request
def command(request: options.Request, scenario: str | None, worth: float | None, levers: str | None) -> None:
    """The command; the studies are `studies.accuracy.analyse` and `studies.accuracy.levers.rank`."""
    if levers is not None:
        given = {
            "SCENARIO": scenario,
            "--worth-per-point": worth,
            "--set": request.settings or None,
            "--out": request.out,
        }
        faults = [
            Fault(name, "does not go with --levers") for name, value in given.items() if value is not None
        ]
        if faults:
            raise UserError(*faults)
        _levers(levers, request.draws, request.seed, request.as_json)
        return
    if scenario is None:
        raise UserError(
            Fault("SCENARIO", "is missing", "a scenario file, or --levers", "see 'breakeven accuracy --help'")
        )
    _strategies(scenario, worth, request)


def _strategies(scenario: str, willingness_to_pay: float | None, request: options.Request) -> None:
    started = time.monotonic()
    loaded = options.load(scenario, request.settings)
    from studies.accuracy.analysis import price_of_accuracy
    from studies.shared.command.drawing import drawn

    with request.place(loaded.title, kind="accuracy-") as folder:
        accuracy = price_of_accuracy(loaded, worth=willingness_to_pay, draws=request.draws, seed=request.seed)
        pictures = {"accuracy": partial(drawn, "studies.accuracy.figure", accuracy)}
        answer.publish(folder, "accuracy", loaded, accuracy, accuracy.arrays(), pictures, started=started)
    answer.show(folder, accuracy, lambda: _lines(accuracy), as_json=request.as_json, quiet=request.quiet)


def _lines(accuracy: Accuracy) -> list[str]:
    label = labeller(accuracy.scenario.labels)
    order = sorted(accuracy.strategies, key=lambda name: accuracy.strategies[name].cost)
    rows: list[tuple[str, ...]] = [
        ("without errors", "standing", "mean cost ± MCSE", "accuracy", "a point more costs ± MCSE")
    ]
    for name in order:
        row = accuracy.strategies[name]
        cost = text.money_with_error(row.cost, row.cost_mcse)
        rows.append(
            (
                label(name),
                row.standing_in_words(accuracy.scenario.labels),
                cost,
                text.percent(row.points / 100, 1),
                row.icer_in_words,
            )
        )
    lines = [
        text.clean(accuracy.scenario.title, 100),
        accuracy.sentence(),
        f"over {text.count(accuracy.scenario.horizon, 'month')}, from "
        f"{text.count(accuracy.draws, 'draw')} (mc, seed {accuracy.seed}).",
        "",
        *text.table(rows, left=2, indent=""),
        "",
        f"Efficient frontier: {' → '.join(label(name) for name in accuracy.frontier)}",
    ]
    at = accuracy.at_worth
    if at is not None:
        chances = {name: at.probability_best[name].estimate for name in order}
        shares = [
            f"{label(name)} {text.percent(chances[name], 1)}"
            for name in sorted(order, key=lambda name: -chances[name])
        ]
        lines.append(
            f"At {text.money(at.worth_per_point)} a point  best on average: {label(at.best_on_average)}; "
            f"P(best): {', '.join(shares)}"
        )
    if accuracy.excluded:
        names = [label(name) for name in accuracy.excluded]
        lines.append(f"Excluded by the requirements: {text.join(names)}")
    return lines


def _levers(path: str, draws: int, seed: int | None, as_json: bool) -> None:
    from studies.accuracy.levers import load, rank

    ranking = rank(load(path or None), draws, seed)
    if as_json:
        from studies.shared.folder.contents import document

        click.echo(document(ranking), nl=False)
        return
    for line in _ranked(ranking):
        click.echo(line)


def _ranked(ranking: Ranking) -> list[str]:
    levers = ranking.levers
    names = [text.clean(lever.name, 60) for lever in levers.levers]
    rows: list[tuple[str, ...]] = [
        ("lever", "points of", "a point costs P10", "P50", "P90", "P(cheapest)", "P(cheaper than next)")
    ]
    for lever, name, share in zip(levers.levers, names, [*ranking.next_holds, None], strict=True):
        rows.append(
            (
                name,
                text.clean(lever.of, 60),
                *(text.money(value) for value in ranking.per_point[lever.name]),
                text.percent(ranking.cheapest[lever.name], 1),
                "" if share is None else text.percent(share, 1),
            )
        )
    holds = text.probability_with_interval(ranking.holds, ranking.holds_ci95)
    return [
        f"The order {', '.join(names)} is the order by cost per point with probability {holds}",
        f"over {text.count(levers.horizon, 'month')}, from {text.count(ranking.draws, 'draw')} "
        f"(mc, seed {ranking.seed}).",
        "",
        *text.table(rows, left=2, indent=""),
        "",
        f"By the median the order is: {', '.join(text.clean(name, 60) for name in ranking.by_median)}",
        *(
            f"{text.clean(lever.name, 60)}: {text.clean(lever.note, 200)}"
            for lever in levers.levers
            if lever.note
        ),
    ]
