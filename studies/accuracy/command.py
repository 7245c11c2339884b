"""`breakeven accuracy`: the price of a point of accuracy, between strategies or between levers."""

from __future__ import annotations

import math
import time
from functools import partial
from typing import TYPE_CHECKING

import click

from distributions import text
from distributions.errors import Fault, UserError
from studies.shared.command import answer, completers, options
from studies.shared.names import label

if TYPE_CHECKING:
    import xarray as xr

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


def _strategies(scenario: str, worth: float | None, request: options.Request) -> None:
    started = time.monotonic()
    loaded = options.load(scenario, request.settings)
    from studies.accuracy.analysis import analyse, record

    with request.place(loaded.title, kind="accuracy-") as folder:
        data = analyse(loaded, worth=worth, draws=request.draws, seed=request.seed)
        from studies.shared.command.drawing import drawn

        picture = partial(drawn, "studies.accuracy.figure", data)
        answer.publish(folder, "accuracy", loaded, record(data), data, {"accuracy": picture}, started=started)
    answer.show(folder, record(data), lambda: _lines(data), as_json=request.as_json, quiet=request.quiet)


def _lines(data: xr.Dataset) -> list[str]:
    from studies.accuracy.analysis import on_frontier, sentence

    order = sorted(range(data.sizes["strategy"]), key=lambda k: float(data["cost"][k]))
    rows: list[tuple[str, ...]] = [
        ("without errors", "standing", "mean cost ± MCSE", "accuracy", "a point more costs ± MCSE")
    ]
    for k in order:
        icer = float(data["icer"][k])
        by = [label(name) for name in str(data["by"].values[k]).split(",") if name]
        standing = str(data["standing"].values[k])
        rows.append(
            (
                label(str(data["strategy"].values[k])),
                f"{standing} by {text.join(by)}" if by else standing,
                text.money_with_error(float(data["cost"][k]), float(data["cost_mcse"][k])),
                text.percent(float(data["points"][k]) / 100, 1),
                text.money_with_error(icer, float(data["icer_mcse"][k])) if math.isfinite(icer) else "",
            )
        )
    found = [
        text.clean(str(data.attrs["title"]), 100),
        sentence(data),
        f"over {text.count(int(data.attrs['horizon_months']), 'month')}, from "
        f"{text.count(int(data.attrs['draws']), 'draw')} (mc, seed {data.attrs['seed']}).",
        "",
        *text.table(rows, left=2, indent=""),
        "",
        f"Efficient frontier: {' → '.join(label(name) for name in on_frontier(data))}",
    ]
    if "at_worth" in data:
        worth = text.money(float(data.attrs["worth_per_point"]))
        shares = [
            f"{label(str(data['strategy'].values[k]))} {text.percent(float(data['at_worth'][k]), 1)}"
            for k in sorted(order, key=lambda k: -float(data["at_worth"][k]))
        ]
        best = label(str(data.attrs["best_on_average"]))
        found.append(f"At {worth} a point  best on average: {best}; P(best): {', '.join(shares)}")
    if data.attrs["excluded"]:
        names = [label(str(name)) for name in data.attrs["excluded"]]
        found.append(f"Excluded by the requirements: {text.join(names)}")
    return found


def _levers(path: str, draws: int, seed: int | None, as_json: bool) -> None:
    from studies.accuracy.levers import load, rank, record

    ranking = rank(load(path or None), draws, seed)
    if as_json:
        from studies.shared.folder.contents import document

        click.echo(document(record(ranking)), nl=False)
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
