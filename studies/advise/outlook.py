"""What would change a recommendation, and what to find out first: tipping points and the value of knowing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from distributions.records import Record
from studies.information import analysis as information
from studies.solve import analysis as solve
from studies.tornado import analysis as tornado

if TYPE_CHECKING:
    from sim import Scenario

Array = NDArray[np.float64]

LOOKED_AT = 8
"""Inputs with the widest bars are looked at for a tipping point."""

DRAWS = 1 << 14
_POINTS = 17
_BAR_DRAWS = 1 << 12
"""At each end of an input: both ends meet the same draws of the others, so that few show which bars are wide."""


@dataclass(frozen=True)
class Tip:
    """An input's value at which the recommended strategy and the runner-up cost the same on average, others varying.

    ci95: of the value; an end is None where there is none in the range. percentile: share of the input's distribution
    below the value. above: whether the runner-up is the cheaper above it, and not below.
    """

    input: str
    value: float
    ci95: tuple[float | None, float | None]
    percentile: float
    above: bool


@dataclass(frozen=True)
class InformationValue:
    """What knowing an input before deciding would save on average, USD, with its standard error."""

    input: str
    value: float
    se: float


@dataclass(frozen=True)
class Outlook(Record):
    """Tipping points, the likeliest to be crossed first, against the runner-up; and what is worth finding out."""

    runner_up: str | None
    tips: tuple[Tip, ...]
    worth: tuple[InformationValue, ...]


def outlook(scenario: Scenario, ranked: Sequence[str], seed: int) -> Outlook:
    """The outlook of a recommendation: `ranked` are the eligible strategies, the recommended one first."""
    from distributions.sampling.jit import REPLICATES
    from sim import Model, cost_model
    from sim.models.quantities import difference

    if len(ranked) < 2:
        return Outlook(None, (), ())
    if all(distribution.certain for distribution in scenario.inputs.values()):
        return Outlook(ranked[1], (), ())
    costs = cost_model(scenario)
    best, second = ranked[:2]

    def ahead(values: Mapping[str, Array]) -> dict[str, Array]:
        cost = costs.evaluate(values)
        return {"difference": difference(cost[best], cost[second])}

    # The means: with all others at their medians an input may not move what it moves on average.
    lead = Model(scenario.inputs, ("difference",), ahead, scenario.dependence)
    bars = tornado.varying(lead, "difference", draws=_BAR_DRAWS, seed=seed)
    widths = np.abs(bars["high"].values - bars["low"].values)
    widest = [str(bars["input"].values[k]) for k in np.argsort(-widths, kind="stable")[:LOOKED_AT]]
    tips = []
    for name in widest:
        root = solve.tipping_point(
            costs, name, best, second, None, DRAWS, seed, points=_POINTS, support=scenario.known[name].support
        ).nearest
        if root is not None:
            below = float(scenario.inputs[name].cdf(root.value))
            tips.append(Tip(name, root.value, root.ci95, below, root.rising))
    inputs, drawn = information.sample(costs, tuple(ranked), DRAWS, seed)
    dataset = information.from_draws(inputs, drawn, replicates=REPLICATES, seed=seed, exhaustive=True)
    order = np.argsort(-dataset["evppi"].values, kind="stable")
    return Outlook(
        second,
        tuple(sorted(tips, key=lambda tip: -beyond(tip))),
        tuple(
            InformationValue(
                str(dataset["input"].values[k]), float(dataset["evppi"][k]), float(dataset["evppi_se"][k])
            )
            for k in order
            if bool(dataset["distinguishable"][k])
        ),
    )


def beyond(tip: Tip) -> float:
    """Probability that the input lies on the side where the runner-up is the cheaper."""
    return 1.0 - tip.percentile if tip.above else tip.percentile
