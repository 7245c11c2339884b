"""The efficient frontier of options: which are dominated, and at what ratio the next one buys more.

M. F. Drummond et al. 2015, Methods for the Economic Evaluation of Health Care Programmes, ch. 4; M. C. Weinstein 1990.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """Where an option stands.

    status: "efficient", "dominated" (one other costs no more and achieves as much) or "extendedly dominated" (a mixture
    of two others costs less at what it achieves). by: those others. after: the one before it on the frontier. icer: its
    incremental cost over that one by its incremental effect; NaN for the cheapest and for those not on the frontier.
    """

    name: str
    status: str
    by: tuple[str, ...] = ()
    after: str = ""
    icer: float = math.nan


def frontier(cost: Mapping[str, float], effect: Mapping[str, float]) -> dict[str, Standing]:
    """The standing of each option, by name. Of options equal in both, the first named dominates the others."""
    # The cheapest first; of equal cost the one that achieves most.
    order = sorted(cost, key=lambda name: (cost[name], -effect[name]))
    standings: dict[str, Standing] = {}
    hull: list[str] = []
    for name in order:
        better = next((other for other in order[: order.index(name)] if effect[other] >= effect[name]), None)
        if better is not None:
            standings[name] = Standing(name, "dominated", (better,))
            continue
        # Ratios have to rise along the frontier; one that does not leaves the option before it above the line.
        while len(hull) > 1 and _ratio(hull[-2], hull[-1], cost, effect) >= _ratio(
            hull[-1], name, cost, effect
        ):
            hull.pop()
        hull.append(name)
    for place, name in enumerate(hull):
        before = hull[place - 1] if place else ""
        icer = _ratio(before, name, cost, effect) if before else math.nan
        standings[name] = Standing(name, "efficient", (), before, icer)
    for name in cost:
        if name not in standings:
            above = next(k for k, other in enumerate(hull) if effect[other] > effect[name])
            standings[name] = Standing(name, "extendedly dominated", (hull[above - 1], hull[above]))
    return {name: standings[name] for name in cost}


def _ratio(before: str, after: str, cost: Mapping[str, float], effect: Mapping[str, float]) -> float:
    return (cost[after] - cost[before]) / (effect[after] - effect[before])
