"""What a run counted, by name: probabilities, costs and months of strategies, with their intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from distributions.errors import Fault, UserError, did_you_mean
from sim.draws.first_draws import FirstDraws
from sim.draws.sampler import Sampler
from sim.models.model import Model
from sim.results.records import LEVELS, BreakEven, Mean, Probability, Summary, TailWarning
from sim.results.tally import RunTally
from sim.results.tolerance import Tolerance
from sim.scenario.scenario import Scenario
from sim.statistics import estimates as statistics
from sim.statistics import tails
from sim.statistics.estimates import Moments

Array = NDArray[np.float64]

CURVE = 1001
BAND = (0.1, 0.5, 0.9)
MEASURES = ("cost", "cost_per_query", "regret")


@dataclass(frozen=True, eq=False)
class Numbers:
    """What was counted in drawing a scenario (or a model) many times, and what it comes to, by name.

    strategies: what was compared, in order (a model's outputs). eligible: those that may be cheapest.
    positions: where each stands in the tally's arrays. pairs: the pairs compared, by position. measured: those whose
    difference is measured.
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
    tally: RunTally
    pairs: tuple[tuple[str, str], ...]
    measured: tuple[tuple[str, str], ...]
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
        """Where a pair stands among those counted, and whether the other way round."""
        for name in (a, b):
            self._need(name)
        if (a, b) in self.pairs:
            return self.pairs.index((a, b)), False
        return self.pairs.index((b, a)), True

    def _need(self, strategy: str) -> None:
        if strategy not in self.strategies:
            known = ", ".join(self.strategies)
            raise UserError(
                Fault(strategy, "is not in this run", known, did_you_mean(strategy, self.strategies))
            )

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
        less, equal, draws = self.tally.less[p, at], self.tally.equal[p, at], self.tally.draws
        events = draws - less - equal if swapped else less
        estimate, low, high = self.chance(events, equal, draws)
        interval = self._interval(float(low), float(high))
        return Probability(float(estimate), interval, float(equal.sum() / draws.sum()))

    def probabilities_cheaper(self) -> dict[str, dict[str, Probability]]:
        """P(cost of the first < cost of the second) of every two strategies, as `probability_cheaper` has each."""
        less, equal, draws = self.tally.less[:, -1], self.tally.equal[:, -1], self.tally.draws
        # all at once: some hundred intervals, one by one, take as long as many a run
        estimates, lows, highs = self.chance(np.stack([less, draws - less - equal]), equal, draws)
        ties = equal.sum(axis=-1) / draws.sum()
        found: dict[str, dict[str, Probability]] = {name: {} for name in self.strategies}
        for p, (a, b) in enumerate(self.pairs):
            for way, (first, second) in enumerate(((a, b), (b, a))):
                interval = self._interval(float(lows[way, p]), float(highs[way, p]))
                found[first][second] = Probability(float(estimates[way, p]), interval, float(ties[p]))
        return {a: {b: found[a][b] for b in self.strategies if b != a} for a in self.strategies}

    def probability_cheapest(self, strategy: str, month: int | None = None) -> Probability:
        """P(strategy is the cheapest of the eligible); k that tie share the draw; 0 for one that is not eligible.

        Not a number where none is eligible: no strategy meets the requirements then.
        """
        if not self.eligible:
            return Probability(math.nan, None, 0.0)
        self._need(strategy)
        if strategy not in self.eligible:
            return Probability(0.0, (0.0, 0.0), 0.0)
        at = self._at(month)
        wins = self.tally.cheapest[self.positions[strategy], at]
        nothing = np.zeros_like(wins)
        estimate, low, high = self.chance(wins, nothing, self.tally.draws)
        return Probability(float(estimate), self._interval(float(low), float(high)), 0.0)

    def _place(self, measure: str, strategy: str) -> int:
        """Where a measure of a strategy stands among those counted."""
        if measure not in MEASURES:
            allowed = ", ".join(MEASURES)
            raise UserError(Fault("measure", f"found {measure!r}", allowed, did_you_mean(measure, MEASURES)))
        self._need(strategy)
        return MEASURES.index(measure) * len(self.tally.cheapest) + self.positions[strategy]

    def _difference(self, a: str | None, b: str | None) -> tuple[int, bool]:
        """Where the difference of a pair, by default of the compared one, stands, and whether the other way round."""
        p, swapped = self._pair(a or self.compare[0], b or self.compare[1])
        pair = self.pairs[p]
        if pair not in self.measured:
            allowed = ", ".join(f"{first} and {second}" for first, second in self.measured)
            how = f"simulate(…, differences=[{pair!r}])"
            raise UserError(
                Fault("difference", f"that of {pair[0]} and {pair[1]} was not measured", allowed, how)
            )
        return len(MEASURES) * len(self.tally.cheapest) + self.measured.index(pair), swapped

    def _moments(self, place: int) -> Moments:
        """By replicate."""
        kept = self.tally.moments
        return Moments(kept.count[place], kept.mean[place], kept.m2[place])

    def mean(self, measure: str, strategy: str) -> Mean:
        """The mean of a measure ("cost", "cost_per_query", "regret") of a strategy, with its errors.

        Not a number where draws have none, as a cost per query without queries.
        """
        return Mean(*self._mean(self._place(measure, strategy), False))

    def mean_difference(self, a: str | None = None, b: str | None = None) -> Mean:
        """The mean of cost of a minus cost of b, by default of the compared pair; USD."""
        return Mean(*self._mean(*self._difference(a, b)))

    def measure(self, measure: str, strategy: str, levels: Sequence[float] = LEVELS) -> Summary:
        """Mean, quantiles and CVaR of a measure (as in `mean`) of a strategy, with their intervals."""
        return self._summary(self._place(measure, strategy), False, levels)

    def difference(
        self, a: str | None = None, b: str | None = None, levels: Sequence[float] = LEVELS
    ) -> Summary:
        """Mean, quantiles and CVaR of cost of a minus cost of b, by default of the compared pair; USD."""
        return self._summary(*self._difference(a, b), levels)

    @np.errstate(invalid="ignore")
    def quantiles(self, measure: str, strategy: str, levels: ArrayLike = LEVELS) -> Array:
        """Quantiles of a measure (as in `mean`) of a strategy, (levels,), without their intervals."""
        return statistics.quantiles(*self._histogram(self._place(measure, strategy), False), _checked(levels))

    @np.errstate(invalid="ignore")
    def difference_quantiles(self, levels: ArrayLike = LEVELS) -> Array:
        """Quantiles of the compared pair's difference, (levels,), without their intervals; USD."""
        return statistics.quantiles(*self._histogram(*self._difference(*self.compare)), _checked(levels))

    @np.errstate(invalid="ignore")
    def _mean(self, place: int, negate: bool) -> tuple[float, tuple[float, float], float, float]:
        """Mean, interval, MCSE and sd; negate: of a difference the other way."""
        by_replicate, sign = self._moments(place), -1.0 if negate else 1.0
        whole = by_replicate.together()
        mean = sign * float(whole.mean)
        if self.certain:
            return mean, (mean, mean), 0.0, 0.0
        ends = statistics.mean_interval(by_replicate, self.stratified)
        low, high = (sign * end if math.isfinite(end) else math.nan for end in ends[:: -1 if negate else 1])
        return mean, (low, high), float(statistics.mcse(by_replicate, self.stratified)), float(whole.sd)

    def _histogram(self, place: int, negate: bool) -> tuple[NDArray[np.int64], Array, Array]:
        """Counts, edges and the least and greatest value."""
        self._need_all("quantiles")
        counts, edges = self.tally.counts[place], self.tally.edges(place)
        extremes = self.tally.extremes[place]
        return (counts[::-1], -edges[::-1], -extremes[::-1]) if negate else (counts, edges, extremes)

    @np.errstate(invalid="ignore")
    def _summary(self, place: int, negate: bool, levels: Sequence[float]) -> Summary:
        levels = _checked(levels).tolist()
        histogram = self._histogram(place, negate)
        below, draws = self.tally.below(place), self.tally.draws
        quantiles = statistics.quantiles(*histogram, levels)
        tail = statistics.upper_tail_mean(*histogram, 0.95)
        if self.certain:
            intervals, tail_ends = np.stack([quantiles, quantiles], axis=-1), (tail, tail)
        elif below is None:
            intervals = statistics.quantile_intervals(*histogram, levels)
            tail_ends = statistics.upper_tail_interval(*histogram, 0.95)
        else:
            ascending = (draws - below)[::-1] if negate else below
            intervals = statistics.quantile_intervals_by_replicate(*histogram, levels, ascending, draws)
            quantile = float(statistics.quantiles(*histogram, 0.95))
            end, beyond, above = self.tally.beyond_tail(place, negate)
            tail_ends = statistics.upper_tail_interval_by_replicate(
                tail, quantile, 0.95, end, beyond, above, draws
            )
        mean = self._mean(place, negate)
        return Summary(*mean, tuple(map(float, levels)), quantiles, intervals, tail, tail_ends)

    def cumulative_quantiles(self, levels: ArrayLike = BAND, draws: int | None = None) -> Array:
        """Quantiles of what each strategy has spent by each month, (S, H+1, levels), USD.

        Of the last month those of all draws, as everywhere. Of the months before from the first draws (`draws` of
        them), at the levels at which these have all draws' quantiles in the last month: what they are off by there,
        they are off by in the months before too.
        """
        sample = self.sample_cumulative[[self.positions[s] for s in self.strategies]][..., :draws]
        months = np.empty((*sample.shape[:2], np.size(levels)))
        for spent, row, s in zip(sample, months, self.strategies, strict=True):
            totals = self.quantiles("cost", s, levels)
            held = statistics.levels_of(spent[-1], totals, levels)
            row[:] = np.quantile(spent, held, axis=-1).T
            row[-1] = totals
        return months

    @property
    def tail_warnings(self) -> tuple[TailWarning, ...]:
        """Means that rest on a few draws, of costs, the compared difference and EVPI; of totals alone none is known."""
        if self.totals or self.certain:
            return ()
        places = [
            (name, s, self._place(name, s)) for name in ("cost", "cost_per_query") for s in self.strategies
        ]
        if len(self.strategies) > 1:
            places.append(("difference", self.compare[0], self._difference(*self.compare)[0]))
        if self.evpi > 0.0:
            best = min(self.eligible, key=lambda s: self.mean("regret", s).value)
            places.append(("evpi", best, self._place("regret", best)))
        tails_of_means = [(name, s, self._tail(place)) for name, s, place in places]
        return tuple(
            TailWarning(name, s, t.largest_share, t.pareto_k) for name, s, t in tails_of_means if t.heavy
        )

    def _tail(self, place: int) -> tails.Tail:
        return tails.of_histogram(*self._histogram(place, False), float(self._moments(place).together().mean))

    def half_width(self) -> float | None:
        """Half of the 95 % interval that the tolerance asks about: of P(cheaper), or of the mean difference.

        USD, a share, or None where no interval can be given.
        """
        a, b = self.compare
        if self.tolerance is None or self.tolerance.on == "probability":
            interval = self.probability_cheaper(a, b).ci95
            return None if interval is None else (interval[1] - interval[0]) / 2.0
        difference = self.mean_difference(a, b)
        half = (difference.ci95[1] - difference.ci95[0]) / 2.0
        mean = abs(difference.value) if self.tolerance.on == "relative" else 1.0
        return half / mean if mean > 0.0 and math.isfinite(half) else None

    def breakeven(self, a: str, b: str) -> BreakEven:
        """The first month m = 1 … H at which a's cumulative discounted cost is at or below b's."""
        return self._first_month(self.tally.reached, a, b)

    def breakeven_lasting(self, a: str, b: str) -> BreakEven:
        """The month m = 1 … H from which a's cumulative discounted cost is at or below b's to the end.

        There is none where a has cost more than b by the end.
        """
        return self._first_month(self.tally.lasting, a, b)

    def probability_falls_back(self, a: str, b: str) -> float:
        """Share of draws in which a has cost no more than b by some month, and more by a later one."""
        self._need_all("months")
        p, swapped = self._pair(a, b)
        return float(self.tally.fell_back[p, 1 if swapped else 0] / self.draws)

    def _first_month(self, by_month: NDArray[np.int64], a: str, b: str) -> BreakEven:
        """From counts of draws in which it has come, (pairs, 2, H+1)."""
        self._need_all("months")
        p, swapped = self._pair(a, b)
        so_far = by_month[p, 1 if swapped else 0] / self.draws
        return BreakEven(a, b, np.diff(so_far, prepend=0.0)[1:], float(1.0 - so_far[-1]))

    @property
    def evpi(self) -> float:
        """Expected value of perfect information in USD, which is the least expected regret of an eligible strategy.

        Not a number where no strategy is eligible.
        """
        if not self.eligible:
            return math.nan
        means = [self.tally.moments.mean[self._place("regret", s)] for s in self.eligible]
        weights = self.tally.draws / self.tally.draws.sum()
        return max(0.0, min(float((mean * weights).sum()) for mean in means))

    def breakdown(self) -> dict[str, dict[str, float]]:
        """Mean present value of each line item of each strategy, USD; the items add up to the mean cost."""
        self._need_all("line items")
        if self.scenario is None:
            return {}
        means, program = self.tally.items / self.draws, self.scenario.program
        return {
            name: {item: float(mean) for item, mean in program.items_of(name, means).items()}
            for name in self.strategies
        }


def _checked(levels: ArrayLike) -> Array:
    """Levels of quantiles, from 0 to 1; raises UserError for others."""
    given = np.asarray(levels, dtype=float)
    outside = given[~((given >= 0.0) & (given <= 1.0))]
    if outside.size:
        raise UserError(Fault("levels", f"found {outside.flat[0]:g}", "from 0 to 1"))
    return given
