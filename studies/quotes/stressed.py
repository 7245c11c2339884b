"""Quotes under named stresses: what each shift of inputs does to P(cheaper) and to the cost, in the same draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distributions.records import Record
from distributions.sampling.jit import BLOCK, REPLICATES
from sim.draws.job import CHUNK
from sim.engine.pool import in_order
from sim.models.quantities import cheaper
from sim.scenario.stress import Stress, registered
from studies.quotes.comparison import Average, Comparison, by_replicate, mean_of

Array = NDArray[np.float64]

DRAWS = 1 << 16
ADVERSE = "all_adverse"


@dataclass(frozen=True)
class Stressed(Record):
    """One quote under one stress.

    probability_cheaper than its baseline, ties half; cost, difference: means, USD; difference is to the baseline under
    the same stress. The changes are those from no stress, with 95 % intervals. stresses: of all adverse together, the
    names of those that were put together.
    """

    stress: Stress
    probability_cheaper: float
    probability_change: Average
    cost: float
    cost_change: Average
    difference_change: Average
    stresses: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """As in `quotes.json`."""
        record = super().to_dict()
        del record["stress"]
        if not self.stresses:
            del record["stresses"]
        return {"title": self.stress.title, "source": self.stress.source, **record}


def stressed(
    comparison: Comparison, draws: int = DRAWS, threads: int | None = None
) -> dict[str, dict[str, Stressed]]:
    """Every quote under every stress, the scenario's own included, and under all that are adverse to it together.

    A stress is adverse to a quote where it raises the mean of its cost less its baseline's. Of two that shift the same
    input the worse one counts.

    Args:
        comparison: of the quotes.
        draws: the first of the run's.
        threads: of this process; the numbers do not depend on it.

    Returns:
        By vendor, then by name of the stress.
    """
    count = min(draws, comparison.run.draws)
    stresses = (*registered(), *comparison.scenario.stresses)
    table = _table(comparison, {offer.vendor: stresses for offer in comparison.offers}, count, threads)
    together = {vendor: _together(row) for vendor, row in table.items()}
    last = _table(comparison, {vendor: (stress,) for vendor, (stress, _) in together.items()}, count, threads)
    for vendor, row in table.items():
        adverse = last[vendor][ADVERSE]
        row[ADVERSE] = Stressed(**{**vars(adverse), "stresses": together[vendor][1]})
    return table


def _together(row: Mapping[str, Stressed]) -> tuple[Stress, tuple[str, ...]]:
    """All adverse stresses of a quote as one, and their names."""
    adverse = [result for result in row.values() if result.difference_change.ci95[0] > 0.0]
    times: dict[str, float] = {}
    to: dict[str, float] = {}
    names = []
    for result in sorted(adverse, key=lambda result: -result.difference_change.value):
        if result.stress.inputs & (times.keys() | to.keys()):
            continue
        times |= result.stress.times
        to |= result.stress.to
        names.append(result.stress.name)
    titles = ", ".join(row[name].stress.title for name in names) or "none is adverse"
    return Stress(ADVERSE, "All adverse together", f"together: {titles}", times, to), tuple(names)


def _table(
    comparison: Comparison,
    wanted: Mapping[str, Sequence[Stress]],
    draws: int,
    threads: int | None,
) -> dict[str, dict[str, Stressed]]:
    """Quotes under the stresses wanted of each."""
    sampler, offers = comparison.run.sampler, comparison.offers
    distinct = list({id(stress): stress for row in wanted.values() for stress in row}.values())
    calm = Stress("", "", "")

    def piece(k: int) -> Array:
        """(1 + stresses, quotes, 3, 16): worth, cost, difference, by replicate."""
        rows = sampler.draw(k * CHUNK // BLOCK, min(CHUNK, draws - k * CHUNK), sampler.scratch())
        values = dict(zip(sampler.names, rows, strict=True))
        replicates = np.empty((1 + len(distinct), len(offers), 3, REPLICATES))
        for s, stress in enumerate((calm, *distinct)):
            costs = comparison.model.evaluate(stress.shifted(values))
            for q, offer in enumerate(offers):
                quoted, other = costs[offer.vendor], costs[comparison.baseline[offer.vendor]]
                replicates[s, q] = [by_replicate(x) for x in (cheaper(quoted, other), quoted, quoted - other)]
        return replicates

    sums = np.zeros((1 + len(distinct), len(offers), 3, REPLICATES))
    for part in in_order(piece, 0, -(-draws // CHUNK), threads):
        sums += part
    counts = by_replicate(np.ones(draws))
    result: dict[str, dict[str, Stressed]] = {}
    for q, offer in enumerate(offers):
        result[offer.vendor] = {}
        for stress in wanted[offer.vendor]:
            row = sums[1 + next(k for k, candidate in enumerate(distinct) if candidate is stress), q]
            change = [mean_of(row[k] - sums[0, q, k], counts, True) for k in range(3)]
            result[offer.vendor][stress.name] = Stressed(
                stress,
                float(row[0].sum() / draws),
                change[0],
                float(row[1].sum() / draws),
                change[1],
                change[2],
            )
    return result
