"""Families and two parts are fitted to what is known, and the distances and p-values are those of their definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from distributions.fitting import fit as fitting
from distributions.fitting.two_parts import two_parts
from distributions.forms.mixture import Mixture
from distributions.kinds.scipy_distribution import ScipyDistribution
from distributions.support import Support


def even(distribution: stats.rv_continuous, n: int) -> np.ndarray:
    """The distribution's quantiles at even levels: a sample without sampling error."""
    return np.sort(distribution.ppf((np.arange(n) + 0.5) / n))


def test_a_normal_is_fitted_by_its_moments_and_aic_is_its_formula() -> None:
    values = np.array([1.0, 2.0, 4.0, 7.0])
    fit = fitting.fit_family(values, "norm", Support())
    assert fit is not None
    variance = 5.25
    assert fit.distribution.loc == pytest.approx(3.5, rel=1e-12)
    assert fit.distribution.scale == pytest.approx(math.sqrt(variance), rel=1e-12)
    assert fit.aic == pytest.approx(2 * 2 + 4 * (math.log(2 * math.pi * variance) + 1), rel=1e-12)


@pytest.mark.parametrize(
    ("distribution", "support", "name", "parameters"),
    [
        (stats.lognorm(0.4, scale=3), Support(0), "lognorm", (0.4, 0, 3)),
        (stats.gamma(3, scale=50), Support(0), "gamma", (3, 0, 50)),
        (stats.weibull_min(2.5, scale=7), Support(0), "weibull_min", (2.5, 0, 7)),
        (stats.norm(5, 2), Support(), "norm", (5, 2)),
        (stats.gumbel_r(5, 2), Support(), "gumbel_r", (5, 2)),
        (stats.beta(2, 5), Support(0, 1), "beta", (2, 5, 0, 1)),
    ],
)
def test_the_family_that_made_the_values_is_found(
    distribution: stats.rv_continuous, support: Support, name: str, parameters: tuple[float, ...]
) -> None:
    # Even levels leave out the outermost half of a thousandth: under 1 % of each parameter.
    best = fitting.best_fit(even(distribution, 1000), support)
    assert best.distribution.family == name
    found = (
        *(value for _, value in best.distribution.shapes),
        best.distribution.loc,
        best.distribution.scale,
    )
    assert found == pytest.approx(parameters, rel=0.012)


def test_families_that_leave_the_support_come_last_with_their_share() -> None:
    values = even(stats.norm(2, 1), 400)
    fits = fitting.usual_fits(values[values > 0.05], Support(0))
    norm = next(fit for fit in fits if fit.distribution.family == "norm")
    assert not norm.admissible
    assert norm.outside == pytest.approx(
        stats.norm(norm.distribution.loc, norm.distribution.scale).cdf(0), rel=1e-6
    )
    admissible = [fit.admissible for fit in fits]
    assert admissible == sorted(admissible, reverse=True)


def test_distances_are_those_of_scipy() -> None:
    values = np.sort(np.random.default_rng(1).gamma(2, 3, 57))
    distribution = ScipyDistribution("lognorm", (("s", 0.8),), scale=5.0)
    known = {"s": 0.8, "loc": 0, "scale": 5.0}
    ad = stats.goodness_of_fit(stats.lognorm, values, known_params=known, statistic="ad", n_mc_samples=9)
    test = stats.kstest(values, stats.lognorm(0.8, scale=5).cdf)
    assert fitting.ks_distance(values, distribution) == pytest.approx(test.statistic, rel=1e-12)
    assert fitting.ad_distance(values, distribution) == pytest.approx(ad.statistic, rel=1e-9)
    assert fitting.ks_p(test.statistic, 57) == pytest.approx(test.pvalue, rel=1e-9)


@pytest.mark.slow
def test_bootstrap_agrees_with_lilliefors_and_not_with_the_kind_p() -> None:
    # Lilliefors (1967), table 1: of 30 values from a normal with both parameters fitted, D passes 0.161 in 5 %
    # (0.1611 by simulation). 999 samples have a standard error of 0.7 points; three of them and the table's own are
    # 0.025.
    values = _with_distance(0.161, 30)
    fit = fitting.fit_family(values, "norm", Support())
    assert fit is not None
    distance = fitting.ks_distance(values, fit.distribution)
    assert distance == pytest.approx(0.161, abs=5e-4)
    p = fitting.bootstrap(values, fit, Support(), resamples=999, seed=3)
    assert p.ks == pytest.approx(0.05, abs=0.025)
    assert fitting.ks_p(distance, 30) > 0.3


def _with_distance(wanted: float, n: int) -> np.ndarray:
    """Normal scores bent until the fitted normal is off by so much."""
    scores = even(stats.norm(), n)
    low, high = 0.0, 3.0
    for _ in range(60):
        bend = (low + high) / 2
        values = np.sort(np.exp(bend * scores))
        distribution = ScipyDistribution("norm", loc=float(values.mean()), scale=float(values.std()))
        low, high = (bend, high) if fitting.ks_distance(values, distribution) < wanted else (low, bend)
    return values


def test_the_bootstrap_is_the_same_for_the_same_seed_and_small_for_what_does_not_fit() -> None:
    values = np.sort(np.random.default_rng(2).exponential(1, 200))
    wrong = fitting.fit_family(values, "norm", Support())
    right = fitting.fit_family(values, "expon", Support(0))
    assert wrong is not None
    assert right is not None
    found = fitting.bootstrap(values, wrong, Support(), resamples=99)
    assert found == fitting.bootstrap(values, wrong, Support(), resamples=99)
    assert max(found) == pytest.approx(0.01)
    assert min(fitting.bootstrap(values, right, Support(0), resamples=99)) > 0.05


@pytest.mark.parametrize("logarithmic", [True, False])
def test_two_parts_are_told_apart(logarithmic: bool) -> None:
    if logarithmic:
        parts = [ScipyDistribution("lognorm", (("s", s),), scale=m) for m, s in ((2.0, 0.25), (8.0, 0.1))]
    else:
        parts = [ScipyDistribution("norm", loc=m, scale=s) for m, s in ((2.0, 0.5), (8.0, 1.0))]
    values = np.asarray(Mixture(parts, (0.3, 0.7)).ppf((np.arange(2000) + 0.5) / 2000))
    found = two_parts(values, logarithmic=logarithmic)
    assert found is not None
    assert found.weights == pytest.approx((0.3, 0.7), rel=0.01)
    middle = np.exp(found.location) if logarithmic else found.location
    assert middle == pytest.approx((2, 8), rel=0.01)
    assert found.spread == pytest.approx((0.25, 0.1) if logarithmic else (0.5, 1.0), rel=0.015)
    distribution = Mixture(parts, (0.3, 0.7))
    loglikelihood = float(np.sum(np.log(distribution.pdf(values))))
    assert found.aic == pytest.approx(2 * 5 - 2 * loglikelihood, abs=2)


def test_a_part_of_equal_values_does_not_end_the_fit() -> None:
    values = np.sort(np.concatenate([np.full(20, 5.0), even(stats.norm(20, 3), 30)]))
    found = two_parts(values, logarithmic=False)
    assert found is not None
    assert found.weights[0] == pytest.approx(0.4, rel=0.01)
    assert 0 < found.spread[0] < 0.2
    assert two_parts(values[:9], logarithmic=False) is None
