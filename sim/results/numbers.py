"""What a run counted, by name: probabilities, costs and months of strategies, with their intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from distributions.errors import Fault, UserError, did_you_mean
from sim.draws.first_draws import FirstDraws
from sim.draws.sampler import Sampler
from sim.models.evaluation import item_totals
from sim.models.model import Model
from sim.results.tally import Outcome
from sim.results.tolerance import Tolerance
from sim.scenario.scenario import Scenario
from sim.statistics import estimates as statistics
from sim.statistics import tails
from sim.statistics.estimates import Moments

if TYPE_CHECKING:
    pass

Array = NDArray[np.float64]

LEVELS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
CURVE = 1001
BAND = (0.1, 0.5, 0.9)
MEASURES = ("cost", "cost_per_query", "regret")


@dataclass(frozen=True)
class Probability:
    """A probability with its 95 % interval, honest for the design; None where no interval can be given.

    ties: share of draws in which the two were equal, which count half. The estimate is not a number (None in
    `run.json`) where the question has no answer: who is the cheapest, where no strategy is eligible.
    """

    estimate: float
    ci95: tuple[float, float] | None
    ties: float

    def to_dict(self) -> dict[str, Any]:
        """As in `run.json`."""
        estimate = self.estimate if math.isfinite(self.estimate) else None
        return {"estimate": estimate, "ci95": list(self.ci95) if self.ci95 else None, "ties": self.ties}


@dataclass(frozen=True)
class TailWarning:
    """A mean that rests on a few draws: neither it nor its interval can be relied on (see `sim.statistics.tails`).

    quantity: "cost", "cost_per_query", "difference" or "evpi". strategy: whose; of a difference that of the first.
    """

    quantity: str
    strategy: str
    largest_share: float
    pareto_k: float | None

    def to_dict(self) -> dict[str, Any]:
        """As in `run.json`."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Numbers:
    """What was counted in drawing a scenario (or a model) many times, and what it comes to, by name.

    strategies: what was compared, in order (a model's outputs). eligible: those that may be cheapest.
    positions: where each stands in the outcome's arrays. pairs: the pairs compared, by position.
    first: the first draws, whole.
    tolerance, tolerance_reached: what interval was asked for, and whether the draws allowed sufficed.
    design: as it was used; design_note: why it is another than was asked for, or "".
    totals: whether costs over the whole horizon alone were counted; what needs more raises UserError then.
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
    first: FirstDraws
    timing: Mapping[str, float]
    tolerance: Tolerance | None = None
    tolerance_reached: bool = True
    design_note: str = ""
    totals: bool = False

    @property
    def sample_values(self) -> Array:
        """The inputs of the first draws, (inputs, k)."""
        return self.first.values

    @property
    def sample_costs(self) -> Array:
        """The costs of the first draws, (S, k)."""
        return self.first.costs

    @property
    def sample_cumulative(self) -> Array:
        """What was spent by each month in the draws of the first chunk, (S, H+1, c), for fans."""
        return self.first.cumulative

    @property
    def stratified(self) -> bool:
        """Whether the design's intervals come from replicates."""
        return self.design != "mc"

    @property
    def certain(self) -> bool:
        """Whether no input is uncertain: all draws are then the same, and what they say is exact."""
        return not self.sampler.methods

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

    def _need_all(self, what: str) -> None:
        if self.totals:
            raise UserError(
                Fault(
                    "",
                    f"this run counted costs over the whole horizon alone, and has no {what}",
                    "totals=False",
                )
            )

    def _at(self, month: int | None) -> int:
        """The place of a month among those counted."""
        if month is None:
            return -1
        self._need_all("months")
        return month

    def _interval(self, low: float, high: float) -> tuple[float, float] | None:
        return (low, high) if self.draws > 1 or self.certain else None

    def chance(self, events: Any, ties: Any, draws: Any) -> tuple[Array, Array, Array]:
        """Estimate and 95 % interval of a probability from counts by replicate, on the last axis."""
        return statistics.probability(events, ties, draws, self.stratified, self.certain)

    def probability_cheaper(self, a: str, b: str, month: int | None = None) -> Probability:
        """P(cost of a < cost of b), ties counted half, by the end of a month (default: the horizon).

        Raises UserError for a strategy that is not in the run.
        """
        if a == b:
            return Probability(0.5, (0.5, 0.5), 1.0)
        p, swapped = self._pair(a, b)
        at = self._at(month)
        less, equal, draws = self.outcome.less[p, at], self.outcome.equal[p, at], self.outcome.draws
        events = draws - less - equal if swapped else less
        estimate, low, high = self.chance(events, equal, draws)
        interval = self._interval(float(low), float(high))
        return Probability(float(estimate), interval, float(equal.sum() / draws.sum()))

    def probability_cheapest(self, strategy: str, month: int | None = None) -> Probability:
        """P(strategy is the cheapest of the eligible); k that tie share the draw; 0 for one that is not eligible.

        Not a number where none is eligible: no strategy meets the requirements then.
        """
        if not self.eligible:
            return Probability(math.nan, None, 0.0)
        if strategy not in self.eligible:
            return Probability(0.0, (0.0, 0.0), 0.0)
        at = self._at(month)
        wins = self.outcome.cheapest[self.positions[strategy], at]
        nothing = np.zeros_like(wins)
        estimate, low, high = self.chance(wins, nothing, self.outcome.draws)
        return Probability(float(estimate), self._interval(float(low), float(high)), 0.0)

    def _measure(self, name: str, strategy: str) -> int:
        width = int(self.outcome.cheapest.shape[0])
        return MEASURES.index(name) * width + self.positions[strategy]

    def _difference(self, a: str, b: str) -> tuple[int, bool]:
        p, swapped = self._pair(a, b)
        return 3 * self.outcome.cheapest.shape[0] + p, swapped

    def _moments(self, position: int) -> Moments:
        """By replicate."""
        kept = self.outcome.moments
        return Moments(kept.count[position], kept.mean[position], kept.m2[position])

    def measure(self, position: int, negate: bool = False, levels: ArrayLike = LEVELS) -> dict[str, Any]:
        """Mean, MCSE, sd, quantiles and CVaR of one measured quantity, with 95 % intervals.

        `negate` for a difference the other way. Not numbers where draws have none, as a cost per query without queries.
        """
        with np.errstate(invalid="ignore"):
            return self._measured(position, negate, levels)

    def mean(self, measure: str, strategy: str) -> dict[str, Any]:
        """Mean, 95 % interval, MCSE and sd of a measure ("cost", "cost_per_query", "regret") of a strategy."""
        with np.errstate(invalid="ignore"):
            return self._mean(self._measure(measure, strategy), False)

    def mean_difference(self, a: str | None = None, b: str | None = None) -> dict[str, Any]:
        """Mean, 95 % interval, MCSE and sd of cost of a minus cost of b, by default of the compared pair; USD."""
        position, swapped = self._difference(a or self.compare[0], b or self.compare[1])
        with np.errstate(invalid="ignore"):
            return self._mean(position, swapped)

    def _mean(self, position: int, negate: bool) -> dict[str, Any]:
        by_replicate, sign = self._moments(position), -1.0 if negate else 1.0
        whole = by_replicate.together()
        mean = sign * float(whole.mean)
        if self.certain:
            return {"mean": mean, "ci95": np.full(2, mean), "mcse": 0.0, "sd": 0.0}
        ci = np.sort(sign * np.array(statistics.mean_interval(by_replicate, self.stratified)))
        return {
            "mean": mean,
            "ci95": np.where(np.isfinite(ci), ci, np.nan),
            "mcse": float(statistics.mcse(by_replicate, self.stratified)),
            "sd": float(whole.sd),
        }

    def _measured(self, position: int, negate: bool, levels: ArrayLike) -> dict[str, Any]:
        self._need_all("quantiles")
        counts, edges = self.outcome.counts[position], self.outcome.edges(position)
        extremes = self.outcome.extremes[position]
        if negate:
            counts, edges, extremes = counts[::-1], -edges[::-1], -extremes[::-1]
        found = statistics.quantiles(counts, edges, extremes, levels)
        below, draws = self.outcome.below(position), self.outcome.draws
        tail = statistics.upper_tail_mean(counts, edges, extremes, 0.95)
        if self.certain:
            intervals, tail_interval = np.stack([found, found], axis=-1), (tail, tail)
        elif below is None:
            intervals = statistics.quantile_intervals(counts, edges, extremes, levels)
            tail_interval = statistics.upper_tail_interval(counts, edges, extremes, 0.95)
        else:
            ascending = (draws - below)[::-1] if negate else below
            intervals = statistics.quantile_intervals_by_replicate(
                counts, edges, extremes, levels, ascending, draws
            )
            quantile = float(statistics.quantiles(counts, edges, extremes, 0.95))
            end, beyond, above = self.outcome.beyond_tail(position, negate)
            tail_interval = statistics.upper_tail_interval_by_replicate(
                tail, quantile, 0.95, end, beyond, above, draws
            )
        return {
            **self._mean(position, negate),
            "quantiles": found,
            "quantiles_ci95": intervals,
            "cvar95": tail,
            "cvar95_ci95": np.array(tail_interval),
        }

    def difference(
        self, a: str | None = None, b: str | None = None, levels: ArrayLike = LEVELS
    ) -> dict[str, Any]:
        """Summary of cost of a minus cost of b, by default of the compared pair."""
        position, swapped = self._difference(a or self.compare[0], b or self.compare[1])
        return self.measure(position, swapped, levels)

    def cumulative_quantiles(self, levels: ArrayLike = BAND, draws: int | None = None) -> Array:
        """Quantiles of what each strategy has spent by each month, (S, H+1, levels), USD.

        Of the last month those of all draws, as everywhere. Of the months before from the first draws (`draws` of
        them), at the levels at which these have all draws' quantiles in the last month: what they are off by there,
        they are off by in the months before too.
        """
        sample = self.sample_cumulative[[self.positions[s] for s in self.strategies]][..., :draws]
        months = np.empty((*sample.shape[:2], np.size(levels)))
        for spent, own, s in zip(sample, months, self.strategies, strict=True):
            totals = self.measure(self.positions[s], levels=levels)["quantiles"]
            held = statistics.levels_of(spent[-1], totals, levels)
            own[:] = np.quantile(spent, held, axis=-1).T
            own[-1] = totals
        return months

    @property
    def tail_warnings(self) -> tuple[TailWarning, ...]:
        """Means that rest on a few draws, of costs, the compared difference and EVPI; of totals alone none is known."""
        if self.totals or self.certain:
            return ()
        width = self.outcome.cheapest.shape[0]
        asked = [
            (name, s, MEASURES.index(name) * width + self.positions[s])
            for name in ("cost", "cost_per_query")
            for s in self.strategies
        ]
        if len(self.strategies) > 1:
            asked.append(("difference", self.compare[0], self._difference(*self.compare)[0]))
        if self.evpi > 0.0:
            regrets = {s: MEASURES.index("regret") * width + self.positions[s] for s in self.eligible}
            best = min(regrets, key=lambda s: float(self._moments(regrets[s]).together().mean))
            asked.append(("evpi", best, regrets[best]))
        found = [(name, s, self._tail(position)) for name, s, position in asked]
        return tuple(TailWarning(name, s, t.largest_share, t.pareto_k) for name, s, t in found if t.heavy)

    def _tail(self, position: int) -> tails.Tail:
        kept = self.outcome
        mean = float(self._moments(position).together().mean)
        return tails.of_histogram(kept.counts[position], kept.edges(position), kept.extremes[position], mean)

    def half_width(self) -> float | None:
        """Half of the 95 % interval that the tolerance asks about: of P(cheaper), or of the mean difference.

        USD, a share, or None where no interval can be given.
        """
        a, b = self.compare
        if self.tolerance is None or self.tolerance.on == "probability":
            interval = self.probability_cheaper(a, b).ci95
            return None if interval is None else (interval[1] - interval[0]) / 2.0
        position, _ = self._difference(a, b)
        by_replicate = self._moments(position)
        low, high = statistics.mean_interval(by_replicate, self.stratified)
        half = (high - low) / 2.0
        mean = abs(float(by_replicate.together().mean)) if self.tolerance.on == "relative" else 1.0
        return half / mean if mean > 0.0 and math.isfinite(half) else None

    def breakeven(self, a: str, b: str) -> Array:
        """P(first month m = 1 … H at which a's cumulative discounted cost is at or below b's), then P(never)."""
        return self._first_months(self.outcome.reached, a, b)

    def breakeven_lasting(self, a: str, b: str) -> Array:
        """P(month m = 1 … H from which a's cumulative cost is at or below b's to the end), then P(none).

        The last is the probability that a has cost more than b by the end.
        """
        return self._first_months(self.outcome.lasting, a, b)

    def probability_falls_back(self, a: str, b: str) -> float:
        """Share of draws in which a has cost no more than b by some month, and more by a later one."""
        self._need_all("months")
        p, swapped = self._pair(a, b)
        return float(self.outcome.fell_back[p, 1 if swapped else 0] / self.draws)

    def _first_months(self, by_month: NDArray[np.int64], a: str, b: str) -> Array:
        """From counts by month, (pairs, 2, H+1): the share of draws that each month adds, and that none does."""
        self._need_all("months")
        p, swapped = self._pair(a, b)
        so_far = by_month[p, 1 if swapped else 0] / self.draws
        return np.append(np.diff(so_far, prepend=0.0)[1:], 1.0 - so_far[-1])

    @property
    def evpi(self) -> float:
        """Expected value of perfect information in USD, which is the least expected regret of an eligible strategy.

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
        self._need_all("line items")
        if self.scenario is None:
            return {}
        return {name: item_totals(name, self.outcome.items / self.draws) for name in self.strategies}
