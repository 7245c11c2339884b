"""What is worth finding out before deciding: expected values of perfect and of sample information, from draws alone.

    python -m studies.information studies/scenarios/support_bot.toml

is the command `breakeven information`.

The decision is which strategy to take; its value is minus its cost. EVPI is what knowing every input first would save
on average, EVPPI what knowing one input or a group would (Raiffa & Schlaifer 1961). EVPPI needs E[cost | input], which
is regressed on the draws (Strong, Oakley & Brennan 2014), no second loop. The regression chooses, and the draws it has
not seen say what the choice saves (cross-fitting): an input that is pure noise then comes out worth nothing, where the
same draws for both would pay for its luck. To know all that is uncertain is worth the EVPI, without a regression. EVSI
replaces the input by what a sample of n would have shown (Strong, Oakley, Brennan & Breeze 2015).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError, did_you_mean
from distributions.sampling.jit import REPLICATES
from sim.engine.pool import in_order
from sim.results.labelled import LabelledArrays, Variable, as_dataset
from sim.statistics import estimates as statistics
from sim.statistics import tails
from sim.statistics.estimates import Moments
from studies.information.conditional_mean import ConditionalMean

if TYPE_CHECKING:
    import xarray as xr

    from sim import Model

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

LEAST_DRAWS = 1024
"""Of a model, which can be drawn from at will."""
LEAST_REGRESSED = 200
"""Draws made elsewhere below which conditional means are not regressed, and EVPI is all that is given."""
SAMPLE_SIZES = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
_CHUNK = 1 << 14


def value(
    model: Model,
    strategies: Sequence[str] = ("a", "b"),
    draws: int = 1_000_000,
    seed: int = 1,
    groups: Mapping[str, Sequence[str]] | Sequence[Sequence[str]] = (),
) -> xr.Dataset:
    """Expected value of perfect information: all of it, and of each input and group.

    Args:
        model: its outputs are costs, the least is best.
        strategies: the outputs to choose from, two or more.
        draws: of a scrambled Sobol' design, rounded up to a multiple of 16.
        seed: of the draws.
        groups: sets of inputs that would be learned together, named, or called by their inputs joined by "+".

    Returns:
        Dataset, in the unit of the costs: evpi, evpi_se, evpi_ci; evpi_largest_share, evpi_pareto_k and
        evpi_rests_on_few_draws, of the tail that it is the mean of (`sim.statistics.tails`); dim "input" (uncertain
        inputs, then groups): evppi, evppi_se (the standard error, and in it what the regression is seen to miss),
        `null` (evppi of the input's draws in random order: what noise comes out at; 0 where evppi is) and
        `distinguishable` (whether the value exceeds both noise and two standard errors of sampling). EVPPI of a set is
        never below that of its parts, nor above EVPI, which a set of all uncertain inputs has.

    Raises:
        UserError: an unknown strategy or input, fewer than two strategies, too few draws, or costs that are not finite.
    """
    inputs, costs = sample(model, strategies, draws, seed)
    return from_draws(inputs, costs, groups, replicates=REPLICATES, seed=seed, exhaustive=True)


def sample(
    model: Model, strategies: Sequence[str], draws: int, seed: int
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Draws of a model's uncertain inputs, and its costs there: two dicts of (n,) arrays.

    Draw i belongs to replicate i mod 16 of a Sobol' design. Raises UserError as `value`.
    """
    from sim.draws.sampler import prepare

    _check_strategies(strategies, model.outputs)
    if draws < LEAST_DRAWS:
        raise UserError(
            Fault("draws", f"found {draws:,}", f"{LEAST_DRAWS:,} or more: conditional means are regressed")
        )
    count = -(-draws // REPLICATES) * REPLICATES
    distributions = {
        name: distribution for name, distribution in model.marginals.items() if not distribution.certain
    }
    if not distributions:
        raise UserError(Fault("inputs", "every input is certain: there is nothing to find out"))
    sampler = prepare(distributions, model.copula, "sobol", seed, count)
    values = sampler.draw(0, count, sampler.scratch())
    fixed = {
        name: float(distribution.value)
        for name, distribution in model.marginals.items()
        if distribution.certain
    }
    costs = {name: np.empty(count) for name in strategies}
    for start in range(0, count, _CHUNK):
        part = slice(start, min(start + _CHUNK, count))
        chunk = dict(zip(distributions, values[:, part], strict=True))
        n = part.stop - part.start
        result = model.evaluate({**{name: np.full(n, x) for name, x in fixed.items()}, **chunk})
        for name in strategies:
            costs[name][part] = result[name]
    return dict(zip(distributions, values, strict=True)), costs


def regressed(
    inputs: Mapping[str, Any],
    costs: Mapping[str, Any],
    groups: Mapping[str, Sequence[str]] | Sequence[Sequence[str]] = (),
    replicates: int = 1,
    seed: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
    exhaustive: bool = False,
) -> LabelledArrays:
    """As `value`, from draws made elsewhere.

    Of fewer than 200 draws EVPI alone is given; EVPPI is then NaN, and attribute "evppi_withheld" says why.

    Args:
        inputs: dict, or Dataset with one dim, of (n,) arrays by input.
        costs: the same by strategy.
        groups: as in `value`.
        replicates: independent parts of a stratified design, draw i in part i mod `replicates`; 1: independent draws.
        seed: of the random order behind `null`.
        threads: of this process, by default all; the numbers do not depend on it.
        progress: called with the inputs and groups done and to do.
        exhaustive: whether the costs depend on these inputs alone, as those of a model do; a set of all of them is
            then worth the EVPI.
    """
    columns, tables = _arrays(inputs, "inputs"), _arrays(costs, "costs")
    _check_strategies(list(tables), tuple(tables))
    sizes = {name: column.size for name, column in (columns | tables).items()}
    if len(set(sizes.values())) != 1:
        raise UserError(
            Fault("draws", f"differ in number: {sizes}"[:300], "as many of each input and each cost")
        )
    n = next(iter(sizes.values()))
    if n < 2 * REPLICATES:
        raise UserError(Fault("draws", f"found {n:,}", f"{2 * REPLICATES:,} or more"))
    sets = {name: (name,) for name in columns} | _groups(groups, columns)
    decision = _Decision(np.array(list(tables.values())), replicates)
    regret = -decision.lost.min(axis=0)
    evpi, evpi_se = decision.summary(regret)
    tail = tails.of_draws(regret)
    listed = list(sets.values())
    uncertain = {name for name, column in columns.items() if np.ptp(column) > 0.0}
    order = np.random.default_rng([seed, 2]).permutation(n)
    # The draws of a set beside other draws' costs: whatever it then saves is luck.
    shuffled = decision.lost[:, order]

    def estimate_of(row: int) -> _Estimate:
        if exhaustive and uncertain <= set(listed[row]):
            return _Estimate(evpi, evpi_se, 0.0, 0.0)
        if n < LEAST_REGRESSED:
            return _Estimate(np.nan, np.nan, np.nan, np.nan)
        return decision.value_of_information([columns[key] for key in listed[row]], shuffled)

    estimates: list[_Estimate] = []
    for estimate in in_order(estimate_of, 0, len(listed), threads):
        estimates.append(estimate)
        if progress is not None:
            progress(len(estimates), len(listed))
    estimates = _monotone(listed, estimates, evpi, evpi_se)
    values, errors, misfit, null = (
        np.array([getattr(estimate, name) for estimate in estimates])
        for name in ("value", "se", "misfit", "null")
    )
    usd = {"units": str(getattr(costs, "attrs", {}).get("units", ""))}
    what = "expected value of perfect information on the input (EVPPI)"
    return LabelledArrays(
        {
            "evpi": ((), evpi, {"long_name": "expected value of perfect information", **usd}),
            "evpi_ci": (
                "ci_bound",
                decision.interval(regret),
                {"long_name": "95 % interval of evpi"},
            ),
            "evpi_largest_share": (
                (),
                tail.largest_share,
                {"long_name": "share of evpi that one draw makes up"},
            ),
            "evpi_pareto_k": (
                (),
                math.nan if tail.pareto_k is None else tail.pareto_k,
                {"long_name": "Pareto shape of the tail of what one would save"},
            ),
            "evpi_rests_on_few_draws": (
                (),
                tail.heavy,
                {"long_name": "whether evpi rests on a few draws, so that its interval may miss the truth"},
            ),
            "evpi_se": ((), evpi_se, {"long_name": "standard error of evpi", **usd}),
            "evppi": ("input", values, {"long_name": what, **usd}),
            "evppi_se": (
                "input",
                np.hypot(errors, misfit),
                {"long_name": "standard error of evppi, with what the regression is seen to miss", **usd},
            ),
            "null": ("input", null, {"long_name": "evppi of the input's draws in random order", **usd}),
            "distinguishable": (
                "input",
                (values > null) & (values > 2.0 * errors),
                {"long_name": "whether evppi exceeds that of noise, and two standard errors"},
            ),
            "size": (
                "input",
                np.array([len(members) for members in sets.values()]),
                {"long_name": "inputs in the set"},
            ),
        },
        coords={"input": list(sets), "ci_bound": ["lower", "upper"]},
        attrs={
            "draws": n,
            "seed": str(seed),
            "strategies": ", ".join(tables),
            "best": list(tables)[decision.best],
            **({"evppi_withheld": _withheld(n)} if np.isnan(values).any() else {}),
        },
    )


from_draws = as_dataset(regressed, "from_draws")


def _withheld(draws: int) -> str:
    return f"of {draws:,} draws conditional means are not regressed: it takes {LEAST_REGRESSED:,} or more"


def of_sample(
    inputs: Mapping[str, Any],
    costs: Mapping[str, Any],
    key: str,
    sizes: Sequence[int] = SAMPLE_SIZES,
    replicates: int = 1,
    seed: int = 1,
) -> xr.Dataset:
    """Expected value of sample information: what testing n examples of a share would be worth before deciding.

    The input is the probability that one example comes out positive (an accuracy, a cache's hit rate); a sample shows
    the share of n that do, which is binomial. Each draw is given a sample of its own, and costs are regressed on it.

    Args:
        inputs: draws by input.
        costs: draws by strategy.
        key: the input, whose draws lie from 0 to 1.
        sizes: numbers of examples, ascending.
        replicates: as in `from_draws`.
        seed: of the samples.

    Returns:
        Dataset with dim "examples": evsi, evsi_se; never falling with n.

    Raises:
        UserError: an unknown input, or one that is no share.
    """
    arrays, labels = sampled(inputs, costs, key, sizes, replicates, seed)
    return LabelledArrays(arrays, labels, {"input": key}).to_dataset()


def sampled(
    inputs: Mapping[str, Any],
    costs: Mapping[str, Any],
    key: str,
    sizes: Sequence[int] = SAMPLE_SIZES,
    replicates: int = 1,
    seed: int = 1,
) -> tuple[dict[str, Variable], dict[str, list[int]]]:
    """What `of_sample` gives: its arrays, and the numbers of examples along them."""
    columns, tables = _arrays(inputs, "inputs"), _arrays(costs, "costs")
    if key not in columns:
        raise UserError(
            Fault(key, "is no uncertain input", ", ".join(columns)[:200], did_you_mean(key, columns))
        )
    share = columns[key]
    if share.min() < 0.0 or share.max() > 1.0:
        raise UserError(
            Fault(key, "is no share: a sample of examples says nothing of it", "an input from 0 to 1")
        )
    decision = _Decision(np.array(list(tables.values())), replicates)
    estimates = np.empty((len(sizes), 2))
    for row, size in enumerate(sizes):
        shown = np.random.default_rng([seed, 3, size]).binomial(size, share) / size
        estimate = decision.value_of_information([shown])
        estimates[row] = estimate.value, np.hypot(estimate.se, estimate.misfit)
    # A larger sample is worth no less, and none is worth more than the input itself.
    most = max(decision.value_of_information([share]).value, 0.0)
    values = np.minimum(np.maximum.accumulate(np.maximum(estimates[:, 0], 0.0)), most)
    return (
        {
            "evsi": ("examples", values, {"long_name": "expected value of a sample of so many examples"}),
            "evsi_se": ("examples", estimates[:, 1], {"long_name": "standard error of evsi"}),
        },
        {"examples": list(sizes)},
    )


@dataclass(frozen=True)
class _Estimate:
    """What knowing a set saves on average, its standard error, what the regression is seen to miss; and of noise."""

    value: float
    se: float
    misfit: float
    null: float


class _Decision:
    """Costs of S strategies over n draws, against the one that is best without knowing more."""

    def __init__(self, costs: Array, replicates: int) -> None:
        self.best = int(costs.mean(axis=1).argmin())
        self.lost: Array = costs - costs[self.best]
        """(S, n): cost over that of the best."""
        self._others = [s for s in range(len(costs)) if s != self.best]
        index = np.arange(costs.shape[1])
        self._replicates = replicates
        self._part = (index if replicates == 1 else index % replicates) % 4

    def value_of_information(self, columns: Sequence[Array], shuffled: Array | None = None) -> _Estimate:
        """What choosing by the conditional means given these columns saves on average.

        shuffled: costs in random order, whose saving is that of noise.
        """
        regression = ConditionalMean(columns)
        predicted = regression.cross_fitted(self.lost[self._others], self._part)
        expected = self._expected(predicted)
        saved = _saved(self.lost, expected)
        value, error = self.summary(saved)
        misfit = self._misfit(expected, saved, regression.unresolved(self.lost[self._others] - predicted))
        if shuffled is None or value <= 0.0:
            return _Estimate(value, error, misfit, 0.0)
        by_luck = self._expected(regression.cross_fitted(shuffled[self._others], self._part))
        return _Estimate(value, error, misfit, max(float(_saved(shuffled, by_luck).mean()), 0.0))

    def _expected(self, predicted: Array) -> Array:
        """Conditional means of all strategies over that of the best, (S, n), from those of the others."""
        means: Array = np.zeros_like(self.lost)
        means[self._others] = predicted
        return means

    def _misfit(self, expected: Array, saved: Array, unresolved: Array) -> float:
        """How far off the value may be because the conditional means are.

        What the means promise and what was saved: they differ where choices follow noise, or means are too flat. And
        what a finer regression would save, at a normal error of the variance that neighbours share: the unit normal
        loss at the gap to the second best.
        """
        excess, error = self.summary(-expected.min(axis=0) - saved)
        promised = float(np.sqrt(max(excess**2 - error**2, 0.0)))
        shared = np.zeros(len(expected))
        shared[self._others] = unresolved
        if not shared.any():
            return promised
        from scipy.special import ndtr

        chosen = expected.argmin(axis=0)
        most = np.zeros(expected.shape[1])
        for row, variance in zip(expected, shared, strict=True):
            spread = np.sqrt(variance + shared[chosen])
            with np.errstate(invalid="ignore", divide="ignore"):
                gap = (row - expected.min(axis=0)) / spread
                loss = spread * (np.exp(-0.5 * gap**2) / np.sqrt(2.0 * np.pi) - gap * ndtr(-gap))
            np.maximum(most, np.where((spread > 0.0) & (row > expected.min(axis=0)), loss, 0.0), out=most)
        return float(np.hypot(promised, most.mean()))

    def summary(self, saved: Array) -> tuple[float, float]:
        """Mean and standard error: over replicates where the design has some."""
        if self._replicates == 1:
            return float(saved.mean()), float(saved.std(ddof=1) / np.sqrt(saved.size))
        means = np.array([saved[r :: self._replicates].mean() for r in range(self._replicates)])
        return float(saved.mean()), float(means.std(ddof=1) / np.sqrt(self._replicates))

    def interval(self, saved: Array) -> Array:
        """95 % interval of the mean, (2,), as `sim.statistics.estimates` makes it for the design."""
        # independent draws in parts too, which say how skewed they are
        size = self._replicates if self._replicates > 1 else REPLICATES
        parts = [Moments.of(saved[r::size]) for r in range(size)]
        count, mean, m2 = (
            np.array([getattr(part, name) for part in parts]) for name in ("count", "mean", "m2")
        )
        return np.array(statistics.mean_interval(Moments(count, mean, m2), self._replicates > 1))


def _saved(lost: Array, expected: Array) -> Array:
    """What each draw's choice, the strategy with the least conditional mean, saves over the best: (n,)."""
    savings: Array = -np.take_along_axis(lost, expected.argmin(axis=0)[None], axis=0)[0]
    return savings


def _monotone(
    sets: Sequence[Sequence[str]], estimates: Sequence[_Estimate], most: float, most_se: float
) -> list[_Estimate]:
    """Knowing more is worth no less: each set at least what its parts are, and none above everything."""
    held = [replace(estimate, value=max(estimate.value, 0.0)) for estimate in estimates]
    for row in np.argsort([len(members) for members in sets], kind="stable"):
        for other in range(len(sets)):
            if set(sets[other]) < set(sets[row]) and held[other].value > held[row].value:
                held[row] = held[other]
    return [
        estimate if not estimate.value > most else replace(estimate, value=most, se=max(estimate.se, most_se))
        for estimate in held
    ]


def _arrays(columns: Mapping[str, Any], what: str) -> dict[str, Array]:
    arrays = {str(name): np.asarray(columns[name], dtype=float) for name in columns}
    for name, column in arrays.items():
        if column.ndim != 1:
            raise UserError(Fault(f"{what}.{name}", f"has shape {column.shape}", "one number a draw"))
        bad = int(np.count_nonzero(~np.isfinite(column)))
        if bad:
            raise UserError(
                Fault(f"{what}.{name}", f"is not a finite number in {bad:,} of {column.size:,} draws")
            )
    return arrays


def _check_strategies(strategies: Sequence[str], known: Sequence[str]) -> None:
    for name in strategies:
        if name not in known:
            raise UserError(
                Fault(name, "is no output of the model", ", ".join(known), did_you_mean(name, known))
            )
    if len(set(strategies)) < 2:
        raise UserError(Fault("strategies", f"found {len(set(strategies))}", "two or more to choose from"))


def _groups(
    groups: Mapping[str, Sequence[str]] | Sequence[Sequence[str]], known: Mapping[str, Array]
) -> dict[str, tuple[str, ...]]:
    named = (
        dict(groups) if isinstance(groups, Mapping) else {"+".join(members): members for members in groups}
    )
    for name, members in named.items():
        for key in members:
            if key not in known:
                hint = did_you_mean(key, known)
                raise UserError(
                    Fault(f"group {name}", f"'{key}' is no uncertain input", ", ".join(known)[:200], hint)
                )
        if len(set(members)) < 2:
            raise UserError(Fault(f"group {name}", f"found {len(set(members))} inputs", "two or more"))
        if name in known:
            raise UserError(Fault(f"group {name}", "has the name of an input", "another name"))
    return {name: tuple(dict.fromkeys(members)) for name, members in named.items()}
