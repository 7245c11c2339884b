"""What a point of accuracy costs: the strategies' efficient frontier, and which is best at what a point is worth.

    python -m studies.accuracy studies/scenarios/support_bot.toml

is the command `breakeven accuracy`.

"Cost per accuracy point" is an incremental cost-effectiveness ratio (ICER): what the next better strategy costs more,
by how many percentage points it is right more often. It only means something between strategies of the efficient
frontier. A strategy is dominated where another costs no more and is right as often, and extendedly dominated where a
mixture of two others does better, so that its ratio is above that of the next (M. F. Drummond et al. 2015, ch. 4).

Costs are without the line item "errors", or the errors would count twice: in the cost and in the accuracy. Accuracy is
the share of right answers over the horizon, what a tuned model loses between trainings included.

Which is best depends on what a point is worth. The acceptability curve is the probability that a strategy has the
greatest net benefit (worth x points - cost) at each worth (B. A. van Hout et al. 1994); its frontier is the
probability of the strategy with the greatest *mean* net benefit, which a skewed cost may make another than the one
most often best (E. Fenwick, K. Claxton & M. Sculpher 2001).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distributions import text
from distributions.errors import Fault, UserError
from sim.results.labelled import LabelledArrays, LabelledRecord, Variable, as_dataset
from studies.accuracy.frontier import Standing, frontier
from studies.shared.names import attribute, label, labeller

if TYPE_CHECKING:
    from sim import Scenario

Array = NDArray[np.float64]

STEPS = 121
"""Values of a point at which the curves are worked out."""
LEVELS = (0.1, 0.5, 0.9)


@dataclass(frozen=True, eq=False)
class Acceptability:
    """Which strategy is best at each value of a point.

    willingness_to_pay (w,): USD per point. best (S, w): probability of the greatest net benefit, ties shared.
    on_average (w,): position of the strategy with the greatest mean net benefit.
    """

    willingness_to_pay: Array
    best: Array
    on_average: NDArray[np.intp]

    @property
    def of_the_best(self) -> Array:
        """The acceptability frontier (w,): the probability of the strategy that is best on average."""
        return self.best[self.on_average, np.arange(self.willingness_to_pay.size)]


def acceptability(cost: Array, points: Array, willingness_to_pay: Sequence[float] | Array) -> Acceptability:
    """Acceptability curves of strategies from costs and points by draw, both (S, n), at each value of a point."""
    at = np.asarray(willingness_to_pay, dtype=float)
    best = np.empty((cost.shape[0], at.size))
    for k, value in enumerate(at):
        benefit = value * points - cost
        winner = benefit == benefit.max(axis=0)
        best[:, k] = (winner / winner.sum(axis=0)).mean(axis=1)
    mean = at * points.mean(axis=1)[:, None] - cost.mean(axis=1)[:, None]
    return Acceptability(at, best, mean.argmax(axis=0))


@dataclass(frozen=True)
class Row:
    """A strategy: mean cost without errors (USD) and accuracy (percentage points), where it stands, its ratio.

    by: the strategies that dominate it. icer: against the one before it on the frontier; NaN elsewhere.
    """

    cost: float
    cost_mcse: float
    points: float
    points_mcse: float
    standing: str
    by: tuple[str, ...]
    icer: float
    icer_mcse: float

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Row:
        """The row that JSON holds."""
        values = {field.name: record[field.name] for field in fields(cls)}
        read: dict[str, Any] = {name: math.nan if value is None else value for name, value in values.items()}
        return cls(**read)

    def standing_in_words(self, labels: Mapping[str, str]) -> str:
        """Where it stands, and because of which; labels: what the scenario calls its strategies."""
        by = text.join([label(name, labels) for name in self.by])
        return f"{self.standing} by {by}" if by else self.standing

    @property
    def icer_in_words(self) -> str:
        """What a point more costs; "" where no ratio says."""
        return text.money_with_error(self.icer, self.icer_mcse) if math.isfinite(self.icer) else ""


@dataclass(frozen=True)
class _Share:
    estimate: float
    ci95: tuple[float, float]


@dataclass(frozen=True)
class AtWorth:
    """Which strategy is best where a point has this value, USD, and with what net benefit on average."""

    worth_per_point: float
    best_on_average: str
    probability_best: dict[str, _Share]
    net_benefit: dict[str, float]


@dataclass(frozen=True, eq=False)
class Accuracy(LabelledRecord):
    """What a point of accuracy costs, by strategy. cost_quantile, points_quantile (S, 3): at `LEVELS`."""

    strategies: dict[str, Row]
    cost_quantile: Array
    points_quantile: Array
    curves: Acceptability
    at_worth: AtWorth | None
    worth_from_errors: float
    draws: int
    seed: int
    version: str
    scenario: Scenario

    @property
    def frontier(self) -> list[str]:
        """The strategies of the efficient frontier, from the cheapest to the most accurate."""
        efficient = [name for name, row in self.strategies.items() if row.standing == "efficient"]
        return sorted(efficient, key=lambda name: self.strategies[name].cost)

    @property
    def excluded(self) -> list[str]:
        """The strategies that the requirements rule out."""
        return [name for name in self.scenario.strategies if name not in self.strategies]

    @property
    def best_on_average(self) -> list[str]:
        """The strategy that is best on average at each value of a point."""
        names = list(self.strategies)
        return [names[k] for k in self.curves.on_average]

    def entries(self) -> dict[str, Any]:
        """As `accuracy --json` prints it."""
        best = {"strategy": self.best_on_average, "probability": self.curves.of_the_best}
        return {
            "strategies": self.strategies, "frontier": self.frontier, "excluded": self.excluded,
            "worth_from_errors": self.worth_from_errors, "at_worth": self.at_worth,
            "worth": self.curves.willingness_to_pay,
            "acceptability": dict(zip(self.strategies, self.curves.best, strict=True)),
            "acceptability_frontier": best, "draws": self.draws, "seed": self.seed,
        }  # fmt: skip

    @property
    def attrs(self) -> dict[str, Any]:
        """Of the Dataset."""
        attributes = {
            "title": self.scenario.title, "draws": self.draws, "seed": self.seed, "design": "mc",
            "version": self.version, "horizon_months": self.scenario.horizon,
            "discount_rate": self.scenario.discount_rate, "worth_from_errors": self.worth_from_errors,
            "excluded": self.excluded, **attribute(self.scenario.labels),
        }  # fmt: skip
        if self.at_worth is None:
            return attributes
        at = self.at_worth
        return {**attributes, "worth_per_point": at.worth_per_point, "best_on_average": at.best_on_average}

    def arrays(self) -> LabelledArrays:
        """As `analyse` describes them."""
        rows = {
            field.name: [getattr(row, field.name) for row in self.strategies.values()]
            for field in fields(Row)
        }
        usd, percent, ratio = {"units": "USD"}, {"units": "%"}, {"units": "USD/point"}
        quantiles, curves = ("strategy", "quantile"), self.curves
        arrays: dict[str, Variable] = {
            "cost": ("strategy", rows["cost"], {**usd, "long_name": "mean cost without errors"}),
            "cost_mcse": ("strategy", rows["cost_mcse"], usd),
            "points": ("strategy", rows["points"], {**percent, "long_name": "mean accuracy"}),
            "points_mcse": ("strategy", rows["points_mcse"], percent),
            "cost_quantile": (quantiles, self.cost_quantile, usd),
            "points_quantile": (quantiles, self.points_quantile, percent),
            "standing": ("strategy", rows["standing"]),
            "by": ("strategy", [",".join(by) for by in rows["by"]]),
            "icer": ("strategy", rows["icer"], ratio),
            "icer_mcse": ("strategy", rows["icer_mcse"], ratio),
            "best": (
                ("strategy", "worth"),
                curves.best,
                {"long_name": "probability of the greatest net benefit"},
            ),
            "on_average": ("worth", self.best_on_average),
            "best_on_average": ("worth", curves.of_the_best),
        }
        if self.at_worth is not None:
            shares = self.at_worth.probability_best.values()
            arrays["at_worth"] = ("strategy", [share.estimate for share in shares])
            arrays["at_worth_ci"] = (("strategy", "ci_bound"), [share.ci95 for share in shares])
            arrays["net_benefit"] = ("strategy", list(self.at_worth.net_benefit.values()), usd)
        coords: dict[str, Any] = {
            "strategy": list(self.strategies), "worth": ("worth", curves.willingness_to_pay, ratio),
            "quantile": list(LEVELS),
        }  # fmt: skip
        return LabelledArrays(arrays, coords, self.attrs)

    def sentence(self) -> str:
        """What the next point costs along the frontier."""
        first, *others = self.frontier
        label = labeller(self.scenario.labels)
        if not others:
            return f"{label(first)} costs least and is right most often: accuracy has no price here"
        steps = []
        for name in others:
            row = self.strategies[name]
            icer = text.money(row.icer, _digits(row.icer, row.icer_mcse))
            steps.append(f"{icer} a point for {label(name)}")
        return f"From {label(first)} on, accuracy costs {', then '.join(steps)}"


def price_of_accuracy(
    scenario: Scenario, *, worth: float | None = None, draws: int = 100_000, seed: int | None = None
) -> Accuracy:
    """Costs, accuracies, frontier and acceptability of the strategies that a scenario's requirements leave.

    Args:
        scenario: what is uncertain, over which horizon.
        worth: USD over the horizon that one point of accuracy is worth; None for what the scenario's cost per error
            makes of it, where that is not 0.
        draws: independent ones.
        seed: of the random numbers; None takes the fixed default.

    Returns:
        Dataset. Dim "strategy": `cost`, `points` (means), `cost_mcse`, `points_mcse`, `standing`, `icer`, `icer_mcse`
        (against the one before on the frontier; NaN elsewhere). Dims "strategy" and "worth": `best`; "worth":
        `on_average`, `best_on_average`. `cost_quantile` and `points_quantile` (strategy, quantile). Where a worth is
        known: `at_worth` (its probabilities, by strategy), `at_worth_ci`, `net_benefit` (mean).

    Raises:
        UserError: a worth below 0, requirements that leave no strategy, or a scenario without queries.
    """
    from sim import simulate
    from sim.engine.simulate import meeting_requirements
    from sim.models import accuracy as quality
    from sim.results.dataset import version
    from sim.statistics.estimates import wilson

    if worth is not None and not 0 <= worth < math.inf:
        raise UserError(Fault("--worth-per-point", f"found {worth:g}", "0 or more USD"))
    names = tuple(meeting_requirements(scenario))
    if not names:
        raise UserError(Fault("requirements", "leave no strategy", "see 'breakeven advise'"))
    options: dict[str, Any] = {} if seed is None else {"seed": seed}
    run = simulate(scenario, draws, design="mc", keep=draws, **options)
    values = dict(zip(run.sampler.names, run.sample_values, strict=True))
    if not values[quality.VOLUME].any():
        raise UserError(Fault(quality.VOLUME, "is 0: without queries no answer is right or wrong", "above 0"))
    by_cost = quality.costs_without_errors(scenario, values)
    by_accuracy = quality.accuracies(scenario, values)
    cost = np.array([by_cost[name] for name in names])
    points = np.array([100.0 * by_accuracy[name] for name in names])
    means = cost.mean(axis=1), points.mean(axis=1)
    from_errors = float(quality.value_of_a_point(scenario, values).mean())
    price = worth if worth is not None else from_errors if from_errors > 0 else None
    standings = frontier(*(dict(zip(names, mean, strict=True)) for mean in means))
    at_worth = None
    if price is not None:
        here = acceptability(cost, points, [price])
        shares, benefits = here.best[:, 0], price * means[1] - means[0]
        at_worth = AtWorth(
            price,
            names[int(here.on_average[0])],
            dict(zip(names, map(_Share, shares, zip(*wilson(shares, draws), strict=True)), strict=True)),
            dict(zip(names, benefits, strict=True)),
        )
    rows = zip(names, means[0], _standard_error(cost), means[1], _standard_error(points), strict=True)
    return Accuracy(
        {
            name: Row(
                mean_cost, cost_error, mean_points, points_error, standings[name].status, standings[name].by,
                standings[name].icer, _ratio_error(standings[name], names, cost, points),
            )
            for name, mean_cost, cost_error, mean_points, points_error in rows
        },
        np.quantile(cost, LEVELS, axis=1).T, np.quantile(points, LEVELS, axis=1).T,
        acceptability(cost, points, _grid(standings, cost, price)), at_worth, from_errors, draws, run.seed, version(),
        scenario,
    )  # fmt: skip


analyse = as_dataset(price_of_accuracy, "analyse")


def _digits(value: float, error: float) -> int:
    """Significant digits, two or three, that the error leaves of a value."""
    return max(2, min(3, 1 + math.floor(math.log10(value / error)))) if error > 0 < value else 3


def _grid(standings: Mapping[str, Standing], cost: Array, price: float | None) -> Array:
    """Values of a point: 0, then in equal steps of ratio from well below the frontier's least to well above."""
    ratios = [standing.icer for standing in standings.values()]
    marks = [ratio for ratio in ratios if math.isfinite(ratio) and ratio > 0] + ([price] if price else [])
    marks = marks or [max(float(cost.mean(axis=1).max()), 1.0) / 10.0]
    return np.concatenate([[0.0], np.geomspace(min(marks) / 30.0, max(marks) * 30.0, STEPS - 1)])


def _ratio_error(standing: Standing, names: Sequence[str], cost: Array, points: Array) -> float:
    """Monte Carlo standard error of a ratio of mean differences, by the delta method; NaN where there is no ratio."""
    if not math.isfinite(standing.icer):
        return math.nan
    after, before = names.index(standing.name), names.index(standing.after)
    more_cost, more_points = cost[after] - cost[before], points[after] - points[before]
    rest = more_cost - standing.icer * more_points
    return float(_standard_error(rest)) / abs(float(more_points.mean()))


def _standard_error(values: Array) -> Array:
    """Of the mean of independent draws, along the last axis; 0 where all draws are the same."""
    # the spread of equal numbers about their rounded mean is not quite 0
    spread = np.where(np.ptp(values, axis=-1) > 0.0, values.std(axis=-1), 0.0)
    return np.asarray(spread / math.sqrt(values.shape[-1]))
