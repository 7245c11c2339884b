"""A run: a scenario or a model, drawn and counted, with names, units and intervals attached. The one place for those."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError, did_you_mean
from distributions.inputs import registry
from distributions.sampling.compiled import REPLICATES
from distributions.sampling.inverse import DESIGNS
from sim import engine, statistics
from sim.engine import DEFAULT_DRAWS, DEFAULT_SEED, Outcome, Progress, Sampler
from sim.eligibility import eligibility, median_latency
from sim.kernel import block
from sim.kernel.columns import KEYS
from sim.kernel.months import discount_factors
from sim.kernel.strategies import COUNT, FIRST_LINE, ITEMS, LINE_ITEM, NAMES
from sim.model import Model
from sim.scenario import Scenario
from sim.statistics import Moments

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

LEVELS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
CURVE = 1001
BAND = (0.1, 0.5, 0.9)
MEASURES = ("cost", "cost_per_query", "regret")


@dataclass(frozen=True)
class Probability:
    """A probability with its 95 % interval, honest for the design; None where no interval can be given.

    ties: share of draws in which the two were equal, which count half.
    """

    estimate: float
    ci95: tuple[float, float] | None
    ties: float

    def to_dict(self) -> dict[str, Any]:
        """As in `run.json`."""
        return {"estimate": self.estimate, "ci95": list(self.ci95) if self.ci95 else None, "ties": self.ties}


@dataclass(frozen=True, eq=False)
class Run:
    """What came of drawing a scenario (or a model) many times. Made by `simulate`.

    strategies: what was compared, in order (a model's outputs). eligible: those that may be cheapest.
    positions: where each stands in the outcome's arrays. pairs: the pairs compared, by position.
    sample_values (inputs, k), sample_cumulative (S, H+1, k): the first draws, kept for scatter plots and fans.
    """

    scenario: Scenario | None
    model: Model | None
    draws: int
    seed: int
    design: str
    strategies: tuple[str, ...]
    eligible: tuple[str, ...]
    compare: tuple[str, str]
    horizon: int
    sampler: Sampler
    outcome: Outcome
    pairs: tuple[tuple[str, str], ...]
    positions: Mapping[str, int]
    sample_values: Array
    sample_cumulative: Array
    timing: Mapping[str, float]

    @property
    def stratified(self) -> bool:
        """Whether the design's intervals come from replicates."""
        return self.design != "mc"

    @property
    def title(self) -> str:
        """The scenario's title, or that of a model's run."""
        return self.scenario.title if self.scenario is not None else "Model"

    def _pair(self, a: str, b: str) -> tuple[int, bool]:
        for name in (a, b):
            if name not in self.strategies:
                raise UserError(
                    Fault(
                        name,
                        "is not in this run",
                        ", ".join(self.strategies),
                        did_you_mean(name, self.strategies),
                    )
                )
        if (a, b) in self.pairs:
            return self.pairs.index((a, b)), False
        return self.pairs.index((b, a)), True

    def _interval(self, low: float, high: float) -> tuple[float, float] | None:
        return (low, high) if self.draws > 1 else None

    def probability_cheaper(self, a: str, b: str, month: int | None = None) -> Probability:
        """P(cost of a < cost of b), ties counted half, by the end of a month (default: the horizon).

        Raises UserError for a strategy that is not in the run.
        """
        if a == b:
            return Probability(0.5, (0.5, 0.5), 1.0)
        p, swapped = self._pair(a, b)
        at = self.horizon if month is None else month
        less, equal, draws = self.outcome.less[p, at], self.outcome.equal[p, at], self.outcome.draws
        events = draws - less - equal if swapped else less
        estimate, low, high = statistics.probability(events, equal, draws, self.stratified)
        interval = self._interval(float(low), float(high))
        return Probability(float(estimate), interval, float(equal.sum() / draws.sum()))

    def probability_cheapest(self, strategy: str, month: int | None = None) -> Probability:
        """P(strategy is the cheapest of the eligible); k that tie share the draw; 0 for one that is not eligible."""
        if strategy not in self.eligible:
            return Probability(0.0, (0.0, 0.0), 0.0)
        at = self.horizon if month is None else month
        wins = self.outcome.cheapest[self.positions[strategy], at]
        nothing = np.zeros_like(wins)
        estimate, low, high = statistics.probability(wins, nothing, self.outcome.draws, self.stratified)
        return Probability(float(estimate), self._interval(float(low), float(high)), 0.0)

    def _measure(self, name: str, strategy: str) -> int:
        width = self.outcome.cheapest.shape[0]
        return MEASURES.index(name) * width + self.positions[strategy]

    def _difference(self, a: str, b: str) -> tuple[int, bool]:
        p, swapped = self._pair(a, b)
        return 3 * self.outcome.cheapest.shape[0] + p, swapped

    def measure(
        self, position: int, negate: bool = False, levels: Sequence[float] = LEVELS
    ) -> dict[str, Any]:
        """Mean, MCSE, sd, quantiles and CVaR of one measured quantity; `negate` for a difference the other way."""
        by_replicate = Moments(
            self.outcome.moments.count[position],
            self.outcome.moments.mean[position],
            self.outcome.moments.m2[position],
        )
        whole = by_replicate.together()
        counts, edges = self.outcome.counts[position], engine.edges(self.outcome, position)
        extremes = self.outcome.extremes[position]
        sign = 1.0
        if negate:
            counts, edges, extremes, sign = counts[::-1], -edges[::-1], -extremes[::-1], -1.0
        return {
            "mean": sign * float(whole.mean),
            "mcse": float(statistics.mcse(by_replicate, self.stratified)),
            "sd": float(whole.sd),
            "quantiles": statistics.quantiles(counts, edges, extremes, levels),
            "cvar95": statistics.upper_tail_mean(counts, edges, extremes, 0.95),
        }

    def difference(
        self, a: str | None = None, b: str | None = None, levels: Sequence[float] = LEVELS
    ) -> dict[str, Any]:
        """Summary of cost of a minus cost of b, by default of the compared pair."""
        position, swapped = self._difference(a or self.compare[0], b or self.compare[1])
        return self.measure(position, swapped, levels)

    def breakeven(self, a: str, b: str) -> Array:
        """P(first month m = 1 … H at which a's cumulative discounted cost is at or below b's), then P(never)."""
        p, swapped = self._pair(a, b)
        reached = self.outcome.reached[p, 1 if swapped else 0] / self.draws
        by_month = np.diff(reached, prepend=0.0)[1:]
        return np.append(by_month, 1.0 - reached[-1])

    @property
    def evpi(self) -> float:
        """Expected value of perfect information, USD: the least expected regret of an eligible strategy.

        Not a number where no strategy is eligible.
        """
        if not self.eligible:
            return math.nan
        width = MEASURES.index("regret") * self.outcome.cheapest.shape[0]
        means = [self.outcome.moments.mean[width + self.positions[s]] for s in self.eligible]
        weights = self.outcome.draws / self.outcome.draws.sum()
        return max(0.0, min(float((mean * weights).sum()) for mean in means))

    def breakdown(self) -> dict[str, dict[str, float]]:
        """Mean present value of each line item of each strategy, USD; the items add up to the mean cost."""
        if self.scenario is None:
            return {}
        return {name: item_totals(name, self.outcome.items / self.draws) for name in self.strategies}

    @cached_property
    def dataset(self) -> xr.Dataset:
        """Everything as labelled arrays; see `sim.dataset`."""
        from sim.dataset import build

        return build(self)

    def summary(self) -> dict[str, Any]:
        """The content of `run.json`: plain numbers by name, NaN as None."""
        from sim.dataset import summary

        return summary(self)


def item_totals(strategy: str, lines: Array) -> dict[str, float]:
    """Lines of one strategy (lines,) added up by item."""
    position = NAMES.index(strategy)
    totals: dict[str, float] = {}
    for k in range(int(FIRST_LINE[position]), int(FIRST_LINE[position + 1])):
        totals[LINE_ITEM[k]] = totals.get(LINE_ITEM[k], 0.0) + float(lines[k])
    return totals


def _check_design(design: str, seed: int) -> None:
    if design not in DESIGNS:
        raise UserError(
            Fault("--design", f"found '{design}'", ", ".join(DESIGNS), did_you_mean(design, DESIGNS))
        )
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise UserError(Fault("--seed", f"found {seed!r}", "a whole number from 0 on"))


def simulate(
    subject: Scenario | Model,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    design: str = "sobol",
    *,
    eligible: Collection[str] | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Run:
    """Draw a scenario (or a model) and count what came of it.

    draws
        How many. The Sobol' design is balanced where draws / 16 is a power of two, and good at any number.
    seed
        Any whole number from 0 on. Same subject, seed, draws and design: same bits, whatever the threads.
    design
        "sobol": 16 independently scrambled Sobol' sequences side by side; "lhs": 16 Latin hypercubes;
        "mc": independent draws.
    eligible
        Strategies that may be cheapest; default: those that the scenario's requirements leave.
    progress
        Called with (draws done, draws wanted) on the calling thread.

    Raises UserError for draws, seed, design or distributions that cannot be used.
    """
    started = time.monotonic()
    _check_design(design, seed)
    engine.check_draws(draws)
    if isinstance(subject, Scenario):
        return _simulate_scenario(subject, draws, seed, design, eligible, threads, progress, started)
    return _simulate_model(subject, draws, seed, design, threads, progress, started)


def meeting_requirements(scenario: Scenario) -> tuple[str, ...]:
    """The strategies of a scenario that its requirements do not exclude."""
    excluded = eligibility(scenario.requirements, median_latency(scenario.inputs)).excluded
    return tuple(name for name in scenario.strategies if name not in excluded)


def _pairs(names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple(itertools.combinations(names, 2))


def _simulate_scenario(
    scenario: Scenario,
    draws: int,
    seed: int,
    design: str,
    eligible: Collection[str] | None,
    threads: int | None,
    progress: Progress | None,
    started: float,
) -> Run:
    if eligible is None:
        eligible = meeting_requirements(scenario)
    allowed = tuple(name for name in scenario.strategies if name in eligible)
    # with none left, costs and pairs are still computed; who is cheapest is then no question that `Run` answers
    counted = allowed or scenario.strategies
    inputs = {key: scenario.inputs[key] for key in KEYS}
    source = engine.sampler(inputs, scenario.copula, design, seed, draws)
    discount = discount_factors(scenario.horizon, scenario.discount_rate)
    evaluator = engine.CostEvaluator(scenario.horizon, discount, len(KEYS), COUNT)
    pairs = _pairs(scenario.strategies)
    positions = {name: NAMES.index(name) for name in scenario.strategies}
    watched = next(k for k, pair in enumerate(pairs) if set(pair) == set(scenario.compare))
    ready = time.monotonic()
    outcome, values, cumulative = engine.run(
        source,
        evaluator,
        scenario.horizon,
        discount,
        np.array([name in counted for name in NAMES]),
        [(positions[a], positions[b]) for a, b in pairs],
        watched,
        draws,
        threads,
        progress,
    )
    return Run(
        scenario,
        None,
        draws,
        seed,
        design,
        scenario.strategies,
        allowed,
        scenario.compare,
        scenario.horizon,
        source,
        outcome,
        pairs,
        positions,
        values,
        cumulative,
        {"prepare_seconds": ready - started, "draw_seconds": time.monotonic() - ready},
    )


def _simulate_model(
    model: Model,
    draws: int,
    seed: int,
    design: str,
    threads: int | None,
    progress: Progress | None,
    started: float,
) -> Run:
    names = tuple(model.outputs)
    source = engine.sampler(model.marginals, model.copula, design, seed, draws)
    evaluator = engine.FunctionEvaluator(source.names, model.evaluate)
    pairs = _pairs(names)
    ready = time.monotonic()
    outcome, values, cumulative = engine.run(
        source,
        evaluator,
        0,
        np.ones(1),
        np.ones(len(names), dtype=bool),
        [(names.index(a), names.index(b)) for a, b in pairs],
        0,
        draws,
        threads,
        progress,
    )
    return Run(
        None,
        model,
        draws,
        seed,
        design,
        names,
        names,
        (names[0], names[min(1, len(names) - 1)]),
        0,
        source,
        outcome,
        pairs,
        {name: k for k, name in enumerate(names)},
        values,
        cumulative,
        {"prepare_seconds": ready - started, "draw_seconds": time.monotonic() - ready},
    )


@dataclass(frozen=True)
class Evaluation:
    """One deterministic evaluation of the cost model.

    inputs: value by key. cost: present value by strategy, USD. months: undiscounted cost of months 0 … H.
    items: undiscounted cost of each line item in each month. breakdown: present value of each line item.
    breakeven_month: of the compared pair, None where never.
    """

    inputs: Mapping[str, float]
    cost: Mapping[str, float]
    months: Mapping[str, Array]
    items: Mapping[str, Mapping[str, Array]]
    breakdown: Mapping[str, Mapping[str, float]]
    compare: tuple[str, str]
    breakeven_month: int | None

    def to_dict(self) -> dict[str, Any]:
        """As `evaluate --json` prints it."""
        return {
            "inputs": dict(self.inputs),
            "cost": dict(self.cost),
            "months": {name: months.tolist() for name, months in self.months.items()},
            "breakdown": {name: dict(items) for name, items in self.breakdown.items()},
            "breakeven_month": {"a": self.compare[0], "b": self.compare[1], "month": self.breakeven_month},
        }


def evaluate(scenario: Scenario, values: Mapping[str, float] | None = None) -> Evaluation:
    """The cost model once, every input at its median unless `values` gives it.

    Raises UserError for an unknown key or a value that is not a finite number.
    """
    inputs = {key: float(scenario.inputs[key].median()) for key in registry()}
    for key, value in (values or {}).items():
        if key not in inputs:
            raise UserError(Fault(key, "is not an input", hint=did_you_mean(key, inputs)))
        if not math.isfinite(value):
            raise UserError(Fault(key, f"found {value}", "a finite number"))
        inputs[key] = float(value)
    matrix = np.array([[inputs[key]] for key in KEYS])
    horizon = scenario.horizon
    discount = discount_factors(horizon, scenario.discount_rate)
    work = block.scratch(len(KEYS), 0, 1)
    cumulative = np.empty((COUNT, horizon + 1, 1))
    present = np.empty((block.LINES, 1))
    block.evaluate_values(matrix, discount, work, cumulative, present, np.empty(1))
    lines = np.empty((block.LINES, horizon + 1))
    block.trace_values(matrix, horizon, work, lines)
    items: dict[str, dict[str, Array]] = {}
    for name in scenario.strategies:
        position = NAMES.index(name)
        by_item: dict[str, Array] = {}
        for k in range(int(FIRST_LINE[position]), int(FIRST_LINE[position + 1])):
            by_item[LINE_ITEM[k]] = by_item.get(LINE_ITEM[k], np.zeros(horizon + 1)) + lines[k]
        items[name] = by_item
    a, b = (cumulative[NAMES.index(name), :, 0] for name in scenario.compare)
    reached = np.flatnonzero(a[1:] <= b[1:])
    return Evaluation(
        inputs,
        {name: float(cumulative[NAMES.index(name), -1, 0]) for name in scenario.strategies},
        {name: np.sum(list(by_item.values()), axis=0) for name, by_item in items.items()},
        items,
        {name: item_totals(name, present[:, 0]) for name in scenario.strategies},
        scenario.compare,
        int(reached[0]) + 1 if reached.size else None,
    )


__all__ = ["ITEMS", "NAMES", "REPLICATES", "Evaluation", "Probability", "Run", "evaluate", "simulate"]
