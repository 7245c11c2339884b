"""A sweep in words: the finding in a sentence, a table of few cells, a summary of many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributions import text
from studies.shared.names import label

if TYPE_CHECKING:
    from studies.sweep.grid import Varied
    from studies.sweep.results import Result, Sweep, Tip

FEW = 30
"""Cells that a reader still takes in one by one."""

NAMED = 40
"""Columns of a scenario's name."""


def finding(found: Sweep) -> str:
    """In which cells the first is probably cheaper (in more than half of the futures), or where that tips.

    A cell counts where the whole 95 % interval says so, and is too close to call where that holds one half.
    """
    cells, close = len(found.results), found.close
    above = sum(one.cheaper.estimate > 0.5 and not one.close for one in found.results)
    where = f"in {above:,} of {cells:,} {_noun(found)}{f', too close to call in {close:,}' if close else ''}"
    if len(found.pairs) > 1:
        return f"The first of each pair is probably the cheaper one {where}"
    a, b = (label(name) for name in found.pairs[0])
    if cells == 1:
        cheaper = found.results[0].cheaper
        share = text.probability(cheaper.estimate, cheaper.ci95)
        return f"{a} costs less than {b} with probability {share}"
    if not close and above in (0, cells):
        first, second = (a, b) if above else (b, a)
        return f"{first} is probably cheaper than {second} in all {cells:,} {_noun(found)}"
    if len(found.scenarios) == 1 and len(found.tips) == 1 and len(_long(found)) == 1 and not close:
        return f"{a} against {b}: the answer tips at {_between(found.tips[0])}"
    return f"{a} is probably cheaper than {b} {where}"


def _noun(found: Sweep) -> str:
    return "cells" if found.axes else "scenarios"


def _long(found: Sweep) -> list[Varied]:
    """The axes along which something can be seen to change."""
    return [axis for axis in found.axes if len(axis.values) > 1]


def _between(tip: Tip) -> str:
    low, high = (text.number(end, 6) for end in tip.between)
    return f"{tip.key} between {low} and {high}"


def lines(found: Sweep) -> list[str]:
    """For the terminal: the finding, then the cells, or of more than a few a summary by scenario."""
    said = [text.clean(found.title, 100), f"{finding(found)}.", ""]
    said += text.table(
        _rows(found) if len(found.cells) <= FEW else _summary(found), left=_left(found), indent=""
    )
    tips = _tips(found)
    said += ["", *tips] if tips else []
    said += ["", _basis(found)]
    if found.close:
        said.append("Too close to call: the 95 % interval holds 50 %; more --draws narrow it.")
    if len(found.pairs) > 1:
        said.append("The scenarios compare different pairs: each cell's P is that of its own pair.")
    if found.untied:
        tied = list(dict.fromkeys(key for _, key in found.untied))
        are = "is" if len(tied) == 1 else "are"
        said.append(f"Held at a value, {text.join(tied)} {are} not correlated with others.")
    if len(found.cells) > FEW:
        said.append(f"All {len(found.cells):,} cells are in sweep.csv and sweep.nc of the folder.")
    return said


def _left(found: Sweep) -> int:
    return (len(found.scenarios) > 1) + (len(found.pairs) > 1)


def _names(found: Sweep, scenario: int) -> list[str]:
    """The first cells of a row: the scenario and its pair, where these are not the same all over."""
    a, b = found.scenarios[scenario].compare
    named = [text.clean(found.names[scenario], NAMED)] if len(found.scenarios) > 1 else []
    return [*named, *([f"{a} / {b}"] if len(found.pairs) > 1 else [])]


def _heads(found: Sweep) -> list[str]:
    named = ["scenario"] if len(found.scenarios) > 1 else []
    return [*named, *(["a / b"] if len(found.pairs) > 1 else [])]


def _cheaper(found: Sweep) -> str:
    return f"P({found.pairs[0][0]} cheaper)" if len(found.pairs) == 1 else "P(a cheaper)"


def _rows(found: Sweep) -> list[list[str]]:
    """A row for each cell."""
    timed = any(one.reached is not None for one in found.results)
    rows = [
        [
            *_heads(found), *(axis.key for axis in found.axes), _cheaper(found), "95 % CI", "cheapest", "P(cheapest)",
            "mean difference", *(["breaks even for good"] if timed else []),
        ]
    ]  # fmt: skip
    for cell, one in zip(found.cells, found.results, strict=True):
        best = one.best
        within = text.bounds(one.cheaper.estimate, one.cheaper.ci95)
        rows.append(
            [
                *_names(found, cell.scenario),
                *(text.number(value, 6) for value in cell.values.values()),
                text.probability(one.cheaper.estimate, one.cheaper.ci95),
                f"{within} %" if within else "none",
                best or "none is eligible",
                text.probability(one.cheapest[best].estimate, one.cheapest[best].ci95) if best else "",
                text.money(one.difference.value),
                *([_month(one)] if timed else []),
            ]
        )
    return rows


def _month(one: Result) -> str:
    """In how many draws the first catches up for good within the horizon, and by when in half of them all."""
    share = text.percent(one.lasting or 0.0)
    return share if one.lasting_month is None else f"{share}, half by month {one.lasting_month}"


def _summary(found: Sweep) -> list[list[str]]:
    """A row for each scenario."""
    rows = [
        [*_heads(found), "cells", f"{_cheaper(found)} from", "to", "above 50 % in", "cheapest, in most cells"]
    ]
    for scenario in range(len(found.scenarios)):
        own = [found.results[k] for k in found.of(scenario)]
        shares = [one.cheaper.estimate for one in own]
        names = [one.best for one in own if one.best]
        best = max(dict.fromkeys(names), key=names.count, default="")
        rows.append(
            [
                *_names(found, scenario),
                f"{len(own):,}",
                text.percent(min(shares), 1),
                text.percent(max(shares), 1),
                f"{sum(share > 0.5 for share in shares):,}",
                f"{best} ({names.count(best):,})" if best else "none is eligible",
            ]
        )
    return rows


def _tips(found: Sweep) -> list[str]:
    """Where P crosses one half, by scenario and axis."""
    said = []
    for scenario, name in enumerate(found.names):
        prefix = f"{text.clean(name, NAMED)}: " if len(found.scenarios) > 1 else ""
        for axis in _long(found):
            own = [tip for tip in found.tips if tip.scenario == scenario and tip.key == axis.key]
            if not own:
                continue
            if len(_long(found)) == 1:
                places = text.join([_between(tip).removeprefix(f"{axis.key} ") for tip in own[:4]])
                more = f" and {len(own) - 4} times more" if len(own) > 4 else ""
                said.append(
                    f"{prefix}P crosses 50 % {places}{more} {axis.unit if axis.unit != '1' else ''}".rstrip()
                )
                continue
            across = len(found.of(scenario)) // len(axis.values)
            crossed = len({tuple(tip.at.values()) for tip in own})
            low, high = min(tip.between[0] for tip in own), max(tip.between[1] for tip in own)
            said.append(
                f"{prefix}along {axis.key} P crosses 50 % in {crossed:,} of {across:,} lines, between "
                f"{text.number(low, 6)} and {text.number(high, 6)}"
            )
    if len(said) > FEW:
        return [*said[:FEW], f"… and {len(said) - FEW} more in sweep.json"]
    return said


def _basis(found: Sweep) -> str:
    cells = text.count(len(found.cells), "cell")
    each = text.count(found.draws, "draw")
    return f"{cells} of {each} each ({found.design}, seed {found.seed}), the same draws in every cell"
