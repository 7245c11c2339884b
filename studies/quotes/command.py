"""`breakeven quotes`: vendor quotes side by side in the same draws, under stress, and what to ask for."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import click

from distributions import text
from studies.quotes.text import chance, chance_of_cheapest, leading, why_no_form
from studies.shared.command import answer, completers, options
from studies.shared.command.progress import progress
from studies.shared.names import amounts, labeller, labels_in


@click.command(
    "quotes",
    help="Cost vendor quotes in the futures of SCENARIO, all in the same draws: which is cheaper than what the "
    "scenario would pay without it, how each fails, and what to negotiate. Writes a folder with tables and figures.",
    epilog="Example: breakeven quotes my_bot.toml studies/quotes/hosted_tuning.toml --budget 500000",
)
@options.scenario
@click.argument("quotes", nargs=-1, required=True, metavar="QUOTE...", shell_complete=completers.files)
@click.option(
    "--against",
    default="own",
    show_default=True,
    metavar="STRATEGY",
    shell_complete=completers.strategies,
    help="What each quote is compared with: own, its strategy at the scenario's prices, or a strategy.",
)
@click.option(
    "--budget",
    type=options.Dollars(),
    metavar="USD",
    help="Present value; how probably each quote exceeds it.",
)
@click.option(
    "--target",
    type=float,
    default=0.8,
    show_default=True,
    metavar="P",
    help="Probability of being cheaper that the walk-away prices are for.",
)
@click.option(
    "--for",
    "solve_for",
    multiple=True,
    metavar="TERM",
    help="Find the walk-away value of this term alone (fees.multiple, fee.NAME, an input that is pinned ...); given "
    "twice, the pairs of both.  [default: every price by itself]",
)
@click.option(
    "--waste-risk",
    type=float,
    default=0.2,
    show_default=True,
    metavar="P",
    help="Probability with which some month may fall short of the minimum that can be signed.",
)
@options.draws
@options.settings
@options.seed
@options.design
@options.threads
@options.out
@options.as_json
@options.quiet
@options.request
def command(
    request: options.Request,
    quotes: tuple[str, ...],
    against: str,
    budget: float | None,
    target: float,
    solve_for: tuple[str, ...],
    waste_risk: float,
) -> None:
    """The command; the study is `studies.quotes.analyse`."""
    started = time.monotonic()
    loaded = request.load()
    import datetime

    from sim.quotes.quote import Quote
    from studies.quotes import analyse

    offered = [Quote.load(path, loaded.definitions) for path in quotes]
    with request.place(loaded.title, kind="quotes-") as folder:
        with progress("costing quotes", quiet=request.quiet) as report:
            analysis = analyse(
                loaded,
                offered,
                against=against,
                budget=budget,
                target=target,
                risk=waste_risk,
                solve_for=solve_for,
                draws=request.draws,
                seed=request.seed,
                design=request.design,
                threads=request.threads,
                progress=report,
                today=datetime.date.today(),
            )
        from studies.shared.command.drawing import drawn

        record, data = analysis.to_dict(), analysis.to_arrays()
        names = ["costs", "stresses", "unit_price", *(["iso_curve"] if analysis.isos else [])]
        answer.publish(
            folder,
            "quotes",
            loaded,
            record,
            data,
            {f"quote_{name}": partial(drawn, f"studies.quotes.figures.{name}", data) for name in names},
            started=started,
        )
    for warning in analysis.warnings:
        click.echo(f"warning: {text.clean(warning)}", err=True)
    answer.show(folder, record, lambda: lines(record), as_json=request.as_json, quiet=request.quiet)


def lines(record: Mapping[str, Any]) -> Iterator[str]:
    """The comparison, then each quote by itself; from the record alone."""
    study, quotes = record["study"], record["quotes"]
    yield text.clean(str(study["title"]), 100)
    yield _finding(record)
    months, draws = text.count(int(study["horizon_months"]), "month"), f"{int(record['draws']):,} draws"
    yield f"over {months}, from {draws} ({record['design']}, seed {record['seed']})."
    yield ""
    yield from text.table(_side_by_side(record), indent="")
    for vendor, quote in quotes.items():
        yield ""
        yield from _quote_lines(vendor, quote, record)


def _finding(record: Mapping[str, Any]) -> str:
    """The sentence: which quote is best, and whether it beats what the scenario would pay."""
    label = labeller(labels_in(record))
    best, cheapest = leading(record)
    quote = record["quotes"][best]
    cheaper = quote["probability_cheaper"]
    share = text.probability_with_interval(cheaper["estimate"], cheaper["ci95"])
    without = f"{label(quote['baseline'])} without a quote"
    sentence = f"{text.clean(best, 40)} costs less than {without} with probability {share}"
    return f"{sentence}; {cheapest}" if cheapest else sentence


def _side_by_side(record: Mapping[str, Any]) -> list[tuple[str, ...]]:
    label = labeller(labels_in(record))
    budget = record["budget"] is not None
    other = record["study"]["compare"][1]
    first = "own" if record["against"] == "own" else label(record["against"])
    twice = record["against"] == other
    head = [
        "present-value cost",
        f"P(< {first})",
        *([] if twice else [f"P(< {label(other)})"]),
        "P(cheapest)",
    ]
    head += ["mean ± MCSE", "P05", "P50", "P95", "per query"]
    rows = [(*head, "over budget", "expected overrun") if budget else tuple(head)]
    for vendor, quote in record["quotes"].items():
        row = [
            text.clean(vendor, 30),
            chance(quote["probability_cheaper"]),
            *([] if twice else [chance(quote["probability_cheaper_than"][other])]),
            chance_of_cheapest(record, vendor),
            *amounts(quote["cost"]),
            text.per_query(quote["cost_per_query"]["mean"]),
        ]
        if budget:
            over = quote["over_budget"]
            row += [
                chance(over["probability"]),
                text.money(over["expected_overrun"]["mean"]),
            ]
        rows.append(tuple(row))
    for name, cost in record["strategies"].items():
        rows.append(
            (
                f"{label(name)}, no quote",
                *[""] * (1 if twice else 2),
                chance_of_cheapest(record, name),
                *amounts(cost),
                *[""] * (3 if budget else 1),
            )
        )
    return rows


def _quote_lines(vendor: str, quote: Mapping[str, Any], record: Mapping[str, Any]) -> Iterator[str]:
    label = labeller(labels_in(record))
    name = text.clean(vendor, 40)
    until = f", valid until {quote['valid_until']}" if quote["valid_until"] else ""
    yield f"{name}: {label(quote['strategy'])}{until}"
    for note in quote["notes"]:
        yield f"  {text.clean(note)}"
    yield f"  Stressed     {_stresses(quote)}"
    yield f"  Loses when   {text.clean(_loses(quote))}"
    yield from _walk_away(quote, record)
    for question in quote["questions"]:
        known, swing = question["evppi"], question["swing"]
        if known is None:
            value = "the quote is silent on it"
        else:
            value = (
                f"worth {text.money(known)} to know"
                if known > 0
                else f"moves the difference by {text.money(swing)}"
            )
        yield f"  Ask          {text.clean(question['text'])} ({question['term']}: {value})"


def _stresses(quote: Mapping[str, Any]) -> str:
    """Those that change P(cheaper) most, worst first."""
    rows = [row for name, row in quote["stresses"].items() if name != "all_adverse"]
    worst = sorted(rows, key=lambda row: row["probability_change"]["mean"])[:3]
    falls = [
        f"{row['title']} {text.percent(row['probability_cheaper'])}"
        for row in worst
        if (row["probability_change"]["ci95"][1] or 0.0) < 0.0
    ]
    adverse = quote["stresses"]["all_adverse"]
    if not falls:
        return "none makes it less probably cheaper"
    last = (
        f"; all adverse together {text.percent(adverse['probability_cheaper'])}"
        if adverse.get("stresses")
        else ""
    )
    return f"P(cheaper) falls to: {text.join(falls)}{last}"


def _loses(quote: Mapping[str, Any]) -> str:
    reverse = quote["reverse_stress"]
    sampled = chance(reverse["probability_sampled"])
    if not reverse["points"]:
        always = (
            "always, as far as was looked" if reverse["loses_at_medians"] else "never, as far as was looked"
        )
        return f"{always}; sampled probability of losing {sampled}"
    point = reverse["points"][0]
    moved = [
        f"{term['name']} {text.number(term['value'], 3)} ({text.percentile(term['percentile'])})"
        for k, term in enumerate(point["moved"][:3])
        if k == 0 or abs(term["percentile"] - 0.5) > 0.05
    ]
    head = "it does at the medians already; nearest way to win: " if reverse["loses_at_medians"] else ""
    several = f", the nearest of {len(reverse['points'])} ways" if len(reverse["points"]) > 1 else ""
    sentence = f"{head}{text.join(moved)}{several}; probability of losing"
    if reverse["probability_form"] is None:
        return f"{sentence} {sampled} sampled; FORM's is left out: {why_no_form(reverse)}"
    return f"{sentence} {text.percent(reverse['probability_form'], 1)} by FORM, {sampled} sampled"


def _walk_away(quote: Mapping[str, Any], record: Mapping[str, Any]) -> Iterator[str]:
    target, head = text.percent(record["target"]), "Walk away at"
    none = []
    for key, limit in quote["walk_away"].items():
        if limit["value"] is None:
            least, most = min(limit["probability_there"]), max(limit["probability_there"])
            ends = (
                f"at most {text.percent(most)}"
                if most < record["target"]
                else f"at least {text.percent(least)}"
            )
            none.append(f"{text.clean(key)} ({ends})")
            continue
        ends = limit["ci95"]
        known = all(end is not None for end in ends)
        interval = f" ({text.number(ends[0], 3)} to {text.number(ends[1], 3)})" if known else ""
        yield (
            f"  {head} {text.clean(key)} {text.number(limit['value'], 3)}{interval} {limit['unit']} for {target}; "
            f"quoted {text.number(limit['quoted'], 3)}"
        )
        head = " " * len(head)
    if none:
        yield f"  Nowhere {target} from a tenth to ten times what is quoted: {text.join(none)}"
    safe = quote["commitment"]["safe_minimum_monthly"]
    if safe is not None and quote["commitment"]["minimum_monthly"] is not None:
        yield (
            f"  Sign at most a minimum of {text.number(safe['mean'], 3)} {quote['currency']} a month: "
            f"some month falls short of it with {text.percent(record['waste_risk'])}"
        )
