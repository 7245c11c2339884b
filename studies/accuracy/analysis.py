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
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distributions import text
from distributions.errors import Fault, UserError
from studies.accuracy.frontier import Standing, frontier
from studies.shared.names import label

if TYPE_CHECKING:
    import xarray as xr

    from sim import Scenario

Array = NDArray[np.float64]

STEPS = 121
"""Worths at which the curves are worked out."""


@dataclass(frozen=True, eq=False)
class Acceptability:
    """Which strategy is best at each worth of a point.

    worth (w,): USD per point. best (S, w): probability of the greatest net benefit, ties shared. on_average (w,):
    position of the strategy with the greatest mean net benefit.
    """

    worth: Array
    best: Array
    on_average: NDArray[np.intp]

    @property
    def of_the_best(self) -> Array:
        """The acceptability frontier (w,): the probability of the strategy that is best on average."""
        return self.best[self.on_average, np.arange(self.worth.size)]


def acceptability(cost: Array, points: Array, worth: Sequence[float] | Array) -> Acceptability:
    """Acceptability curves of strategies from costs and points by draw, both (S, n), at each worth of a point."""
    at = np.asarray(worth, dtype=float)
    best = np.empty((cost.shape[0], at.size))
    for k, value in enumerate(at):
        benefit = value * points - cost
        winner = benefit == benefit.max(axis=0)
        best[:, k] = (winner / winner.sum(axis=0)).mean(axis=1)
    mean = at * points.mean(axis=1)[:, None] - cost.mean(axis=1)[:, None]
    return Acceptability(at, best, mean.argmax(axis=0))


def analyse(
    scenario: Scenario, *, worth: float | None = None, draws: int = 100_000, seed: int | None = None
) -> xr.Dataset:
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
    import xarray as xr

    from sim import simulate
    from sim.engine.simulate import meeting_requirements
    from sim.models import accuracy as quality
    from sim.results.dataset import version
    from sim.statistics.estimates import wilson

    if worth is not None and not 0 <= worth < math.inf:
        raise UserError(Fault("--worth-per-point", f"found {worth:g}", "0 or more USD"))
    names = meeting_requirements(scenario)
    if not names:
        raise UserError(Fault("requirements", "leave no strategy", "see 'breakeven advise'"))
    options: dict[str, Any] = {} if seed is None else {"seed": seed}
    run = simulate(scenario, draws, design="mc", keep=draws, **options)
    values = dict(zip(run.sampler.names, run.sample_values, strict=True))
    if not values[quality.VOLUME].any():
        raise UserError(Fault(quality.VOLUME, "is 0: without queries no answer is right or wrong", "above 0"))
    by_cost, by_accuracy = (
        quality.costs_without_errors(scenario, values),
        quality.accuracies(scenario, values),
    )
    cost = np.array([by_cost[name] for name in names])
    points = np.array([100.0 * by_accuracy[name] for name in names])
    from_errors = float(quality.worth_of_a_point(scenario, values).mean())
    asked = worth if worth is not None else from_errors if from_errors > 0 else None
    standings = frontier(
        dict(zip(names, cost.mean(axis=1), strict=True)), dict(zip(names, points.mean(axis=1), strict=True))
    )
    curves = acceptability(cost, points, _grid(standings, cost, asked))
    levels = (0.1, 0.5, 0.9)
    ratios = [_ratio_error(standings[name], names, cost, points) for name in names]
    data = xr.Dataset(
        {
            "cost": ("strategy", cost.mean(axis=1), {"units": "USD", "long_name": "mean cost without errors"}),
            "cost_mcse": ("strategy", _standard_error(cost), {"units": "USD"}),
            "points": ("strategy", points.mean(axis=1), {"units": "%", "long_name": "mean accuracy"}),
            "points_mcse": ("strategy", _standard_error(points), {"units": "%"}),
            "cost_quantile": (("strategy", "quantile"), np.quantile(cost, levels, axis=1).T, {"units": "USD"}),
            "points_quantile": (("strategy", "quantile"), np.quantile(points, levels, axis=1).T, {"units": "%"}),
            "standing": ("strategy", [standings[name].status for name in names]),
            "by": ("strategy", [",".join(standings[name].by) for name in names]),
            "icer": ("strategy", [standings[name].icer for name in names], {"units": "USD/point"}),
            "icer_mcse": ("strategy", ratios, {"units": "USD/point"}),
            "best": (("strategy", "worth"), curves.best, {"long_name": "probability of the greatest net benefit"}),
            "on_average": ("worth", [names[k] for k in curves.on_average]),
            "best_on_average": ("worth", curves.of_the_best),
        },
        coords={
            "strategy": list(names), "worth": ("worth", curves.worth, {"units": "USD/point"}), "quantile": list(levels),
        },
        attrs={
            "title": scenario.title, "draws": draws, "seed": run.seed, "design": "mc", "version": version(),
            "horizon_months": scenario.horizon, "discount_rate": scenario.discount_rate,
            "worth_from_errors": from_errors, "excluded": [name for name in scenario.strategies if name not in names],
        },
    )  # fmt: skip
    if asked is None:
        return data
    here = acceptability(cost, points, [asked])
    low, high = wilson(here.best[:, 0], draws)
    return data.assign(
        at_worth=("strategy", here.best[:, 0]),
        at_worth_ci=(("strategy", "ci_bound"), np.stack([low, high], axis=-1)),
        net_benefit=("strategy", asked * points.mean(axis=1) - cost.mean(axis=1), {"units": "USD"}),
    ).assign_attrs(worth_per_point=asked, best_on_average=names[int(here.on_average[0])])


def record(data: xr.Dataset) -> dict[str, Any]:
    """The study as a plain record; the frontier from the cheapest to the most accurate."""
    names = [str(name) for name in data["strategy"].values]
    rows: dict[str, dict[str, Any]] = {}
    for k, name in enumerate(names):
        by = str(data["by"].values[k])
        rows[name] = {
            **{key: float(data[key][k]) for key in ("cost", "cost_mcse", "points", "points_mcse")},
            "standing": str(data["standing"].values[k]),
            "by": by.split(",") if by else [],
            "icer": float(data["icer"][k]),
            "icer_mcse": float(data["icer_mcse"][k]),
        }
    at_worth = None
    if "at_worth" in data:
        at_worth = {
            "worth_per_point": float(data.attrs["worth_per_point"]),
            "best_on_average": data.attrs["best_on_average"],
            "probability_best": {
                name: {"estimate": float(data["at_worth"][k]), "ci95": data["at_worth_ci"][k].values.tolist()}
                for k, name in enumerate(names)
            },
            "net_benefit": {name: float(data["net_benefit"][k]) for k, name in enumerate(names)},
        }
    return {
        "strategies": rows,
        "frontier": on_frontier(data),
        "excluded": list(data.attrs["excluded"]),
        "worth_from_errors": float(data.attrs["worth_from_errors"]),
        "at_worth": at_worth,
        "worth": data["worth"].values.tolist(),
        "acceptability": {name: data["best"][k].values.tolist() for k, name in enumerate(names)},
        "acceptability_frontier": {
            "strategy": data["on_average"].values.tolist(),
            "probability": data["best_on_average"].values.tolist(),
        },
        "draws": int(data.attrs["draws"]),
        "seed": int(data.attrs["seed"]),
    }


def on_frontier(data: xr.Dataset) -> list[str]:
    """The strategies of the efficient frontier, from the cheapest to the most accurate."""
    at = np.flatnonzero(data["standing"].values == "efficient")
    return [str(data["strategy"].values[k]) for k in sorted(at, key=lambda k: float(data["cost"][k]))]


def sentence(data: xr.Dataset) -> str:
    """What the next point costs along the frontier, in words."""
    path = on_frontier(data)
    if len(path) == 1:
        return f"{label(path[0])} costs least and is right most often: accuracy has no price here"
    steps = []
    for name in path[1:]:
        icer = float(data["icer"].sel(strategy=name))
        error = float(data["icer_mcse"].sel(strategy=name))
        steps.append(f"{text.money(icer, _digits(icer, error))} a point for {label(name)}")
    return f"From {label(path[0])} on, accuracy costs {', then '.join(steps)}"


def _digits(value: float, error: float) -> int:
    """Significant digits, two or three, that the error leaves of a value."""
    return max(2, min(3, 1 + math.floor(math.log10(value / error)))) if error > 0 < value else 3


def _grid(standings: Mapping[str, Standing], cost: Array, asked: float | None) -> Array:
    """Worths: 0, then in equal steps of ratio from well below the frontier's least ratio to well above its largest."""
    marks = [one.icer for one in standings.values() if math.isfinite(one.icer) and one.icer > 0]
    marks += [asked] if asked else []
    marks = marks or [max(float(cost.mean(axis=1).max()), 1.0) / 10.0]
    return np.concatenate([[0.0], np.geomspace(min(marks) / 30.0, max(marks) * 30.0, STEPS - 1)])


def _ratio_error(standing: Standing, names: Sequence[str], cost: Array, points: Array) -> float:
    """Monte Carlo standard error of a ratio of mean differences, by the delta method; NaN where there is no ratio."""
    if not math.isfinite(standing.icer):
        return math.nan
    own, before = names.index(standing.name), names.index(standing.after)
    more_cost, more_points = cost[own] - cost[before], points[own] - points[before]
    rest = more_cost - standing.icer * more_points
    return float(_standard_error(rest)) / abs(float(more_points.mean()))


def _standard_error(values: Array) -> Array:
    """Of the mean of independent draws, along the last axis; 0 where all draws are the same."""
    # the spread of equal numbers about their rounded mean is not quite 0
    spread = np.where(np.ptp(values, axis=-1) > 0.0, values.std(axis=-1), 0.0)
    return np.asarray(spread / math.sqrt(values.shape[-1]))
