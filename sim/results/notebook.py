"""A run as a small table of HTML, which a notebook shows: the sentence, and a row for each strategy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributions import text

if TYPE_CHECKING:
    from sim.results.numbers import Numbers
    from sim.results.records import Summary

LEVELS = (0.05, 0.5, 0.95)
COLUMNS = ("strategy", "P(cheapest)", "mean ± MCSE", *map(text.level, LEVELS))


def html(run: Numbers) -> str:
    """The answer in a sentence and a table, the cheapest on average first. Names and titles are escaped."""
    a, b = run.compare
    cheaper = run.probability_cheaper(a, b)
    chance = text.probability_with_interval(cheaper.estimate, cheaper.ci95)
    over = f"{text.count(run.horizon, 'month')}, " if run.scenario is not None else ""
    basis = f"{over}{text.count(run.draws, 'draw')} ({run.design}, seed {run.seed})"
    measured = {name: run.measure("cost", name, LEVELS) for name in run.strategies}
    rows = sorted(run.strategies, key=lambda name: measured[name].value)
    head = "".join(f"<th>{column}</th>" for column in COLUMNS)
    body = "".join(_row(run, name, measured[name]) for name in rows)
    return (
        f"<div><strong>{text.html(run.title)}</strong><br>"
        f"{text.html(a)} costs less than {text.html(b)} with probability {chance}<br>{text.html(basis)}"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"{'Present-value cost in USD.' if run.scenario is not None else ''}</div>"
    )


def _row(run: Numbers, name: str, cost: Summary) -> str:
    cheapest = run.probability_cheapest(name)
    share = text.probability(cheapest.estimate, cheapest.ci95) if name in run.eligible else "excluded"
    if run.scenario is not None:
        amounts = [text.money_with_error(cost.value, cost.mcse), *map(text.money, cost.quantiles)]
    else:
        amounts = [
            text.with_error(cost.value, cost.mcse),
            *(text.number(x, 3) for x in cost.quantiles),
        ]
    right = "".join(f'<td style="text-align: right">{cell}</td>' for cell in (share, *amounts))
    return f"<tr><td>{text.html(name)}</td>{right}</tr>"
