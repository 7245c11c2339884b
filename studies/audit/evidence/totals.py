"""The totals that documents publish for the shipped scenarios, placed in what the scenarios simulate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from distributions import text
from sim.scenario.scenario import Scenario
from studies.audit.evidence.claims import Range
from studies.audit.evidence.derivation import Simulations
from studies.audit.evidence.reader import SCENARIOS

PARITY = 1.05
"""Totals that differ by less a document calls the same."""


@dataclass(frozen=True)
class Total:
    """One published total of a scenario.

    scenario, title: which. strategy: whose cost. published: low and high, USD.
    simulated: P05, P50 and P95 of the present-value cost, USD.
    percentile: shares of the draws that cost no more than low and high.
    """

    scenario: str
    title: str
    strategy: str
    published: Range
    simulated: tuple[float, float, float]
    percentile: Range

    @property
    def published_in_words(self) -> str:
        """The total, or from which to which."""
        low, high = (text.money(value) for value in self.published)
        return low if low == high else f"{low} to {high}"


@dataclass(frozen=True)
class Choice:
    """Which of the compared strategies a document's totals call cheaper, and how probable that is."""

    scenario: str
    title: str
    cheaper: str
    dearer: str
    probability: float


def totals(simulations: Simulations) -> tuple[tuple[Total, ...], tuple[Choice, ...]]:
    """Every published total of the shipped scenarios, and every comparison of two of them."""
    placed, choices = [], []
    for path in sorted(SCENARIOS.glob("*.toml")):
        scenario = Scenario.load(path)
        published = {
            name: _range(value) for name, value in scenario.expected.items() if name in scenario.strategies
        }
        if not published:
            continue
        for name, (low, high) in published.items():
            costs = simulations.costs(path.stem, scenario, name)
            p05, p50, p95 = (float(value) for value in np.quantile(costs, (0.05, 0.5, 0.95)))
            percentile = float(np.mean(costs <= low)), float(np.mean(costs <= high))
            placed.append(Total(path.stem, scenario.title, name, (low, high), (p05, p50, p95), percentile))
        cheapest, *others = sorted(published, key=lambda name: sum(published[name]))
        for dearer in others:
            if sum(published[dearer]) <= PARITY * sum(published[cheapest]):
                continue
            estimate = simulations.run(path.stem, scenario).probability_cheaper(cheapest, dearer).estimate
            choices.append(Choice(path.stem, scenario.title, cheapest, dearer, estimate))
    return tuple(placed), tuple(choices)


def _range(value: object) -> Range:
    ends = value if isinstance(value, list | tuple) else (value, value)
    low, high = (float(end) for end in ends)
    return low, high
