"""What of a run is shown: numbers and curves as plain lists, nothing of the run kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from distributions import text

if TYPE_CHECKING:
    from sim import Run, Scenario

CURVE_LEVELS = np.concatenate([[0.005, 0.01], np.linspace(0.02, 0.98, 49), [0.99, 0.995]])
"""Of the cumulative distributions: close enough for a smooth curve, few enough to send at every move."""

BAND = (0.1, 0.5, 0.9)
BAND_DRAWS = 4096
"""From so many of the first draws: a percentile to about a fiftieth of the spread, which is what a picture shows."""

LEADING = 8
"""Bars of the tornado."""


@dataclass(frozen=True)
class Headline:
    """The first numbers of a run: P(cheaper) of the pair, P(cheapest) of each strategy, costs, and what each is called.

    interval, None: no interval can be given. cheapest, costs, means: by strategy; costs are (P5, median, P95), USD.
    difference: (P5, median, P95) and `mean_difference` of the first's cost minus the second's, USD.
    """

    pair: tuple[str, str]
    draws: int
    seed: int
    horizon: int
    probability: float
    interval: tuple[float, float] | None
    ties: float
    cheapest: dict[str, float]
    cheapest_ci95: dict[str, tuple[float, float] | None]
    eligible: tuple[str, ...]
    costs: dict[str, tuple[float, float, float]]
    means: dict[str, float]
    labels: dict[str, str]
    difference: tuple[float, float, float]
    mean_difference: float


@dataclass(frozen=True)
class Curves:
    """What the charts show of a run.

    distribution: by strategy, values at `CURVE_LEVELS`, USD. months: by strategy, at each of H+1 months the band of
    cumulative discounted cost (P10, median, P90), USD, from the first `band_draws` draws but for the last, which is
    of all. by_month: P(cheaper) at the
    end of each month.
    """

    distribution: dict[str, list[float]]
    months: dict[str, list[list[float]]]
    band_draws: int
    by_month: list[float]


@dataclass(frozen=True)
class Bar:
    """One input of the tornado: cost difference at its P10 and its P90 (USD), the others at their medians."""

    key: str
    low: float
    high: float
    at: tuple[float, float]


@dataclass(frozen=True)
class Tornado:
    """The widest bars, and the difference with all inputs at their medians.

    record: of all bars (`studies.tornado.record`), or None where nothing is uncertain.
    """

    bars: tuple[Bar, ...]
    base: float
    record: dict[str, Any] | None


def headline(run: Run, scenario: Scenario) -> Headline:
    """The first numbers of a run of a scenario."""
    a, b = run.compare
    cheaper = run.probability_cheaper(a, b)
    spread = run.difference(levels=(0.05, 0.5, 0.95))
    cheapest = {name: run.probability_cheapest(name) for name in run.strategies}
    return Headline(
        pair=(a, b),
        draws=run.draws,
        seed=run.seed,
        horizon=run.horizon,
        probability=cheaper.estimate,
        interval=cheaper.ci95,
        ties=cheaper.ties,
        # with none eligible there is no such probability, and no bar
        cheapest={name: chance.estimate if run.eligible else 0.0 for name, chance in cheapest.items()},
        cheapest_ci95={name: chance.ci95 for name, chance in cheapest.items()},
        eligible=run.eligible,
        costs={name: _three(run.quantiles("cost", name, (0.05, 0.5, 0.95))) for name in run.strategies},
        means={name: run.mean("cost", name).value for name in run.strategies},
        labels={name: text.clean(scenario.labels[name], 60) for name in run.strategies},
        difference=_three(spread.quantiles),
        mean_difference=spread.value,
    )


def curves(run: Run) -> Curves:
    """What the charts need."""
    a, b = run.compare
    band = run.cumulative_quantiles(BAND, BAND_DRAWS)
    return Curves(
        distribution={name: run.quantiles("cost", name, CURVE_LEVELS).tolist() for name in run.strategies},
        months={name: band[k].tolist() for k, name in enumerate(run.strategies)},
        band_draws=min(BAND_DRAWS, run.sample_cumulative.shape[-1]),
        by_month=[run.probability_cheaper(a, b, month).estimate for month in range(run.horizon + 1)],
    )


def tornado(scenario: Scenario) -> Tornado:
    """The widest bars of the one-at-a-time tornado of the cost difference."""
    from studies.tornado.analysis import bars as swings
    from studies.tornado.analysis import record

    data = swings(scenario)
    uncertain = not all(marginal.certain for marginal in scenario.inputs.values())
    bars = [
        Bar(
            str(name),
            float(data["low"][k]),
            float(data["high"][k]),
            (float(data["input_low"][k]), float(data["input_high"][k])),
        )
        for k, name in enumerate(data["input"].values[:LEADING])
    ]
    kept = tuple(bar for bar in bars if bar.low != bar.high)
    return Tornado(kept, float(data["base"]), record(data) if uncertain else None)


def ranking(scenario: Scenario, base_samples: int = 256) -> dict[str, float]:
    """How much of the cost difference's variance each input takes part in (total-order Sobol' index).

    Inputs tied by a rank correlation stand together, joined by "+". Empty where nothing varies.
    """
    from sim import quantity
    from sim.engine.chunks import DEFAULT_SEED
    from studies.drivers.analysis import ranked

    if all(distribution.certain for distribution in scenario.inputs.values()):
        return {}
    model = quantity(scenario, "difference").model
    data = ranked(model, "difference", "sobol", base_samples, DEFAULT_SEED)
    if "undefined" in data.attrs:
        return {}
    shares = zip(data["input"].values, data["total"].values, strict=True)
    return {str(name): float(total) for name, total in shares}


def by_input(shares: Mapping[str, float], scenario: Scenario) -> dict[str, float]:
    """A ranking by single inputs of a scenario: those that stand together share their index."""
    found: dict[str, float] = {}
    for name, total in shares.items():
        part = ""
        # what a cost line is called may hold a "+" of its own
        for piece in name.split("+"):
            part = f"{part}+{piece}" if part else piece
            if part in scenario.inputs:
                found[part] = total
                part = ""
    return found


def _three(values: Any) -> tuple[float, float, float]:
    low, middle, high = (float(value) for value in values)
    return low, middle, high
