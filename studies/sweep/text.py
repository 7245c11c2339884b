"""A sweep in words: the finding in a sentence, a table of few cells, a summary of many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributions import text
from studies.shared.names import labeller

if TYPE_CHECKING:
    from studies.sweep.grid import Varied
    from studies.sweep.results import Result, Sweep, Tip

FEW = 30
"""Cells that a reader still takes in one by one."""

NAMED = 40
"""Columns of a scenario's name."""


def finding(sweep: Sweep) -> str:
    """In which cells the first is probably cheaper (in more than half of the futures), or where that tips.

    A cell counts where the whole 95 % interval says so, and is too close to call where that holds one half.
    """
    label = labeller(sweep.labels)
    cells, close = len(sweep.results), sweep.close
    above = sum(result.cheaper.estimate > 0.5 and not result.close for result in sweep.results)
    where = f"in {above:,} of {cells:,} {_noun(sweep)}{f', too close to call in {close:,}' if close else ''}"
    if len(sweep.pairs) > 1:
        return f"The first of each pair is probably the cheaper one {where}"
    a, b = (label(name) for name in sweep.pairs[0])
    if cells == 1:
        cheaper = sweep.results[0].cheaper
        share = text.probability(cheaper.estimate, cheaper.ci95)
        return f"{a} costs less than {b} with probability {share}"
    if not close and above in (0, cells):
        first, second = (a, b) if above else (b, a)
        return f"{first} is probably cheaper than {second} in all {cells:,} {_noun(sweep)}"
    if len(sweep.scenarios) == 1 and len(sweep.tips) == 1 and len(_long(sweep)) == 1 and not close:
        return f"{a} against {b}: the answer tips at {_between(sweep.tips[0])}"
    return f"{a} is probably cheaper than {b} {where}"


def _noun(sweep: Sweep) -> str:
    return "cells" if sweep.axes else "scenarios"


def _long(sweep: Sweep) -> list[Varied]:
    """The axes along which something can be seen to change."""
    return [axis for axis in sweep.axes if len(axis.values) > 1]


def _between(tip: Tip) -> str:
    low, high = (text.number(end, 6) for end in tip.between)
    return f"{tip.key} between {low} and {high}"


def lines(sweep: Sweep) -> list[str]:
    """For the terminal: the finding, then the cells, or of more than a few a summary by scenario."""
    text_lines = [text.clean(sweep.title, 100), f"{finding(sweep)}.", ""]
    text_lines += text.table(
        _rows(sweep) if len(sweep.cells) <= FEW else _summary(sweep), left=_left(sweep), indent=""
    )
    tips = _tips(sweep)
    text_lines += ["", *tips] if tips else []
    text_lines += ["", _basis(sweep)]
    if sweep.close:
        text_lines.append("Too close to call: the 95 % interval holds 50 %; more --draws narrow it.")
    if len(sweep.pairs) > 1:
        text_lines.append("The scenarios compare different pairs: each cell's P is that of its own pair.")
    if sweep.untied:
        tied = list(dict.fromkeys(key for _, key in sweep.untied))
        are = "is" if len(tied) == 1 else "are"
        text_lines.append(f"Held at a value, {text.join(tied)} {are} not correlated with others.")
    if len(sweep.cells) > FEW:
        text_lines.append(f"All {len(sweep.cells):,} cells are in sweep.csv and sweep.nc of the folder.")
    return text_lines


def _left(sweep: Sweep) -> int:
    return (len(sweep.scenarios) > 1) + (len(sweep.pairs) > 1)


def _names(sweep: Sweep, scenario: int) -> list[str]:
    """The first cells of a row: the scenario and its pair, where these are not the same all over."""
    a, b = sweep.scenarios[scenario].compare
    named = [text.clean(sweep.names[scenario], NAMED)] if len(sweep.scenarios) > 1 else []
    return [*named, *([f"{a} / {b}"] if len(sweep.pairs) > 1 else [])]


def _heads(sweep: Sweep) -> list[str]:
    named = ["scenario"] if len(sweep.scenarios) > 1 else []
    return [*named, *(["a / b"] if len(sweep.pairs) > 1 else [])]


def _cheaper(sweep: Sweep) -> str:
    return f"P({sweep.pairs[0][0]} cheaper)" if len(sweep.pairs) == 1 else "P(a cheaper)"


def _rows(sweep: Sweep) -> list[list[str]]:
    """A row for each cell."""
    timed = any(result.reached is not None for result in sweep.results)
    rows = [
        [
            *_heads(sweep), *(axis.key for axis in sweep.axes), _cheaper(sweep), "95 % CI", "cheapest", "P(cheapest)",
            "mean difference", *(["breaks even for good"] if timed else []),
        ]
    ]  # fmt: skip
    for cell, result in zip(sweep.cells, sweep.results, strict=True):
        best = result.best
        within = text.bounds(result.cheaper.estimate, result.cheaper.ci95)
        rows.append(
            [
                *_names(sweep, cell.scenario),
                *(text.number(value, 6) for value in cell.values.values()),
                text.probability(result.cheaper.estimate, result.cheaper.ci95),
                f"{within} %" if within else "none",
                best or "none is eligible",
                text.probability(result.cheapest[best].estimate, result.cheapest[best].ci95) if best else "",
                text.money(result.difference.value),
                *([_month(result)] if timed else []),
            ]
        )
    return rows


def _month(result: Result) -> str:
    """In how many draws the first catches up for good within the horizon, and by when in half of them all."""
    share = text.percent(result.lasting or 0.0)
    return share if result.lasting_month is None else f"{share}, half by month {result.lasting_month}"


def _summary(sweep: Sweep) -> list[list[str]]:
    """A row for each scenario."""
    rows = [
        [*_heads(sweep), "cells", f"{_cheaper(sweep)} from", "to", "above 50 % in", "cheapest, in most cells"]
    ]
    for scenario in range(len(sweep.scenarios)):
        results = [sweep.results[k] for k in sweep.of(scenario)]
        shares = [result.cheaper.estimate for result in results]
        names = [result.best for result in results if result.best]
        best = max(dict.fromkeys(names), key=names.count, default="")
        rows.append(
            [
                *_names(sweep, scenario),
                f"{len(results):,}",
                text.percent(min(shares), 1),
                text.percent(max(shares), 1),
                f"{sum(share > 0.5 for share in shares):,}",
                f"{best} ({names.count(best):,})" if best else "none is eligible",
            ]
        )
    return rows


def _tips(sweep: Sweep) -> list[str]:
    """Where P crosses one half, by scenario and axis."""
    text_lines = []
    for scenario, name in enumerate(sweep.names):
        prefix = f"{text.clean(name, NAMED)}: " if len(sweep.scenarios) > 1 else ""
        for axis in _long(sweep):
            tips = [tip for tip in sweep.tips if tip.scenario == scenario and tip.key == axis.key]
            if not tips:
                continue
            if len(_long(sweep)) == 1:
                places = text.join([_between(tip).removeprefix(f"{axis.key} ") for tip in tips[:4]])
                more = f" and {len(tips) - 4} times more" if len(tips) > 4 else ""
                text_lines.append(
                    f"{prefix}P crosses 50 % {places}{more} {axis.unit if axis.unit != '1' else ''}".rstrip()
                )
                continue
            across = len(sweep.of(scenario)) // len(axis.values)
            crossed = len({tuple(tip.at.values()) for tip in tips})
            low, high = min(tip.between[0] for tip in tips), max(tip.between[1] for tip in tips)
            text_lines.append(
                f"{prefix}along {axis.key} P crosses 50 % in {crossed:,} of {across:,} lines, between "
                f"{text.number(low, 6)} and {text.number(high, 6)}"
            )
    if len(text_lines) > FEW:
        return [*text_lines[:FEW], f"… and {len(text_lines) - FEW} more in sweep.json"]
    return text_lines


def _basis(sweep: Sweep) -> str:
    cells = text.count(len(sweep.cells), "cell")
    each = text.count(sweep.draws, "draw")
    return f"{cells} of {each} each ({sweep.design}, seed {sweep.seed}), the same draws in every cell"
