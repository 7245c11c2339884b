"""A run as a small table of HTML, which a notebook shows: the sentence, and a row for each strategy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from distributions.text import probability, probability_with_interval

if TYPE_CHECKING:
    from sim.results.numbers import Numbers

COLUMNS = ("strategy", "P(cheapest)", "mean", "± MCSE", "P05", "P50", "P95")
LEVELS = (0.05, 0.5, 0.95)


def html(run: Numbers) -> str:
    """The answer in a sentence and a table, the cheapest on average first. Names and titles are escaped."""
    a, b = run.compare
    found = run.probability_cheaper(a, b)
    chance = probability_with_interval(found.estimate, found.ci95)
    span = f"{run.horizon} months, " if run.scenario is not None else ""
    basis = f"{span}{run.draws:,} draws ({run.design}, seed {run.seed})"
    measured = {name: run.measure(run.positions[name], levels=LEVELS) for name in run.strategies}
    rows = sorted(run.strategies, key=lambda name: measured[name]["mean"])
    head = "".join(f"<th>{column}</th>" for column in COLUMNS)
    body = "".join(_row(run, name, measured[name]) for name in rows)
    return (
        f"<div><strong>{escape(run.title)}</strong><br>"
        f"{escape(a)} costs less than {escape(b)} with probability {chance}<br>{escape(basis)}"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"{'Present-value cost in USD.' if run.scenario is not None else ''}</div>"
    )


def _row(run: Numbers, name: str, cost: Mapping[str, Any]) -> str:
    cheapest = run.probability_cheapest(name)
    share = probability(cheapest.estimate, cheapest.ci95) if name in run.eligible else "excluded"
    figures = (_number(cost["mean"]), _number(cost["mcse"], 2), *map(_number, cost["quantiles"]))
    cells = (escape(name), share, *figures)
    right = "".join(f'<td style="text-align: right">{cell}</td>' for cell in cells[1:])
    return f"<tr><td>{cells[0]}</td>{right}</tr>"


def _number(value: float, digits: int = 3) -> str:
    """A number to so many significant digits, thousands separated; a dash where there is none."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    return f"{round(value, places):,.{max(0, places)}f}"
