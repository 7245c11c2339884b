"""A run as a small table of HTML, which a notebook shows: the sentence, and a row for each strategy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.run import Run

COLUMNS = ("strategy", "P(cheapest)", "mean", "± MCSE", "P05", "P50", "P95")
LEVELS = (0.05, 0.5, 0.95)


def html(run: Run) -> str:
    """The answer in a sentence and a table, the cheapest on average first. Names and titles are escaped."""
    a, b = run.compare
    found = run.probability_cheaper(a, b)
    interval = ", no interval can be given from so few draws"
    if found.ci95 is not None:
        low, high = found.ci95
        places = _places((high - low) / 4)
        interval = f" (95 % interval {_percent(low, places)} to {_percent(high, places)})"
        said = _percent(found.estimate, places)
    else:
        said = _percent(found.estimate, 0)
    span = f"{run.horizon} months, " if run.scenario is not None else ""
    basis = f"{span}{run.draws:,} draws ({run.design}, seed {run.seed})"
    measured = {name: run.measure(run.positions[name], levels=LEVELS) for name in run.strategies}
    rows = sorted(run.strategies, key=lambda name: measured[name]["mean"])
    head = "".join(f"<th>{column}</th>" for column in COLUMNS)
    body = "".join(_row(run, name, measured[name]) for name in rows)
    return (
        f"<div><strong>{escape(run.title)}</strong><br>"
        f"{escape(a)} costs less than {escape(b)} with probability {said}{interval}<br>{escape(basis)}"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"{'Present-value cost in USD.' if run.scenario is not None else ''}</div>"
    )


def _row(run: Run, name: str, cost: Mapping[str, Any]) -> str:
    share = _percent(run.probability_cheapest(name).estimate, 1) if name in run.eligible else "excluded"
    figures = (_number(cost["mean"]), _number(cost["mcse"], 2), *map(_number, cost["quantiles"]))
    cells = (escape(name), share, *figures)
    right = "".join(f'<td style="text-align: right">{cell}</td>' for cell in cells[1:])
    return f"<tr><td>{cells[0]}</td>{right}</tr>"


def _percent(share: float, places: int) -> str:
    return f"{100 * share:.{places}f} %"


def _places(error: float) -> int:
    """Decimals of a percentage at which an error, as a share, shows its second digit."""
    return min(6, max(0, 1 - math.floor(math.log10(100 * error)))) if error > 0 else 6


def _number(value: float, digits: int = 3) -> str:
    """A number to so many significant digits, thousands separated; a dash where there is none."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(value)))
    return f"{round(value, places):,.{max(0, places)}f}"
