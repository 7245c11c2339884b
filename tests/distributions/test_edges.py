"""Distributions at the edges of what can be computed: their own ends, vast and minute parameters, slow families."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
import scipy.stats as st
from scipy.stats._distr_params import distcont

from distributions import UserError, marginal
from distributions.distribution import Distribution, moments
from distributions.families import MOST, NAMES, TABULATED, TOO_SLOW, shape_names
from distributions.kinds.density_table import DensityTable, NotTabulated
from distributions.kinds.scipy_distribution import ScipyDistribution, quiet
from distributions.kinds.soundness import trouble
from distributions.support import Support

SHARE = Support(0, 1)


def scipy(name: str, *shapes: float, **more: float) -> dict[str, Any]:
    names = shape_names(getattr(st, name))
    return {"scipy": {"name": name, **dict(zip(names, map(float, shapes), strict=True)), **more}}


def mixture(*parts: Any) -> dict[str, Any]:
    return {"mixture": {"weights": [1.0] * len(parts), "parts": list(parts)}}


USUAL = {name: shapes for name, shapes in reversed(distcont) if isinstance(name, str) and name in NAMES}
USUAL = {name: USUAL[name] for name in sorted(USUAL)}
"""Shapes of each family that scipy tests it with: the first of several."""

ENDS: list[dict[str, Any]] = [
    {"triangular": {"min": 1, "mode": 1, "max": 5}},
    {"triangular": {"min": 1, "mode": 5, "max": 5}},
    {"triangular": {"min": 0.1, "mode": 0.1, "max": 0.7}},
    {"pert": {"min": 90, "mode": 90, "max": 95}},
    {"pert": {"min": 0.1, "mode": 0.7, "max": 0.7, "shape": 50}},
    {"beta": {"alpha": 0.01, "beta": 0.01}},
    {"beta": {"alpha": 0.5, "beta": 40, "min": 0.1, "max": 0.3}},
    {"uniform": {"min": 0.1, "max": 0.3}},
    {"gamma": {"shape": 0.05, "scale": 3}},
    {"normal": {"mean": 0, "sd": 1}, "min": -1, "max": 2},
    {"quantiles": {"p10": 1, "p50": 2, "p90": 4}, "min": 0, "max": 5},
    mixture({"triangular": {"min": 1, "mode": 1, "max": 5}}, {"triangular": {"min": 2, "mode": 5, "max": 5}}),
    {**mixture({"triangular": {"min": 1, "mode": 1, "max": 5}}, {"uniform": {"min": 0, "max": 9}}), "max": 4},
]


def assert_ends(distribution: Any) -> None:
    low, high = distribution.support()
    assert (distribution.cdf(low), distribution.sf(low)) == (0.0, 1.0)
    assert (distribution.cdf(high), distribution.sf(high)) == (1.0, 0.0)
    beyond = [low - 1.0 if math.isfinite(low) else low, high + 1.0 if math.isfinite(high) else high]
    assert list(distribution.cdf(beyond)) == [0.0, 1.0]
    assert list(distribution.sf(beyond)) == [1.0, 0.0]


@pytest.mark.parametrize("form", ENDS, ids=str)
def test_a_distribution_function_goes_from_0_to_1(form: dict[str, Any]) -> None:
    assert_ends(marginal(form))


def test_that_of_every_family_does() -> None:
    for name, shapes in USUAL.items():
        assert_ends(
            ScipyDistribution(name, tuple(zip(shape_names(getattr(st, name)), shapes, strict=True)), 0.3, 0.7)
        )


@pytest.mark.parametrize("c", [0.0, 1e-9, 0.5, 1.0])
@pytest.mark.parametrize(("at", "side"), [(90, "above 1"), (-90, "below 0")])
def test_what_lies_wholly_outside_is_refused(c: float, at: float, side: str) -> None:
    triangle = scipy("triang", c, loc=at, scale=5)
    for form, share in (
        (triangle, "100 %"),
        ({"pert": {"min": at, "mode": at + 5 * c, "max": at + 5}}, "100 %"),
        (mixture(triangle, {"uniform": {"min": 0, "max": 1}}), "50 %"),
    ):
        with pytest.raises(UserError) as found:
            marginal(form, support=SHARE)
        assert f"{share} {side}" in str(found.value)


# --- percentiles

LEVELS = {
    7: [5, 10, 25, 50, 75, 90, 95],
    11: [1, 2.5, 5, 10, 25, 50, 75, 90, 95, 97.5, 99],
    15: [1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99],
}
NORMAL = [83.55, 87.18, 93.26, 100, 106.74, 112.82, 116.45]


def quantiles(levels: list[float], values: Any) -> dict[str, Any]:
    keys = [f"p{level:g}".replace(".", "_") for level in levels]
    return {"quantiles": dict(zip(keys, map(float, values), strict=True))}


@pytest.mark.parametrize("unit", [1e-9, 0.01, 1 / 3, 1.0, 7.0, 1e6])
def test_levels_that_mirror_each_other_have_one_curve_whatever_the_unit(unit: float) -> None:
    distribution = marginal(quantiles(LEVELS[7], np.array(NORMAL) * unit))
    given = marginal(quantiles(LEVELS[7], NORMAL))
    at = np.array([1e-6, 0.001, 0.3, 0.999, 1 - 1e-6])
    # rounding of a solve whose condition number is some thousand
    assert distribution.ppf(at) / unit == pytest.approx(given.ppf(at), rel=1e-11)
    assert distribution.ppf(np.array(LEVELS[7]) / 100) / unit == pytest.approx(NORMAL, rel=1e-9)
    # the normal's is 130.9; beyond the last percentile given, p95, a metalog's tail is a logistic's
    assert distribution.ppf(0.999) / unit == pytest.approx(130.9, abs=2)
    assert distribution.ppf(0.001) / unit == pytest.approx(69.1, abs=2)


@pytest.mark.parametrize("count", LEVELS)
@pytest.mark.parametrize("support", [Support(), Support(0)], ids=str)
@pytest.mark.parametrize("sigma", [0.1, 0.5, 0.9])
def test_skewed_percentiles_at_such_levels_are_met(count: int, support: Support, sigma: float) -> None:
    levels = np.array(LEVELS[count]) / 100
    truth = st.lognorm(sigma, scale=250)
    distribution = marginal(quantiles(LEVELS[count], truth.ppf(levels)), support=support)
    assert distribution.ppf(levels) == pytest.approx(truth.ppf(levels), rel=1e-9)
    within = np.linspace(levels[0], levels[-1], 50)
    assert distribution.ppf(within) == pytest.approx(truth.ppf(within), rel=0.03)


def test_a_skewed_set_that_was_refused() -> None:
    values = [120, 150, 210, 300, 430, 600, 740]
    for support in (Support(), Support(0)):
        assert marginal(quantiles(LEVELS[7], values), support=support).ppf(
            np.array(LEVELS[7]) / 100
        ) == pytest.approx(values, rel=1e-9)


def test_percentiles_that_were_rounded_are_smoothed_and_the_misfit_said() -> None:
    levels = np.array(LEVELS[15]) / 100
    values = np.round(100 * np.exp(0.3 * st.norm.ppf(levels)), 1)
    distribution = marginal(quantiles(LEVELS[15], values))
    missed = np.abs(distribution.ppf(levels) - values)
    assert 0 < missed.max() <= 0.005 * (values[-1] - values[0])
    worst = int(np.argmax(missed))
    assert distribution.note.startswith("smoothed by least squares: at most")
    assert f"p{LEVELS[15][worst]:g} is " in distribution.note
    assert np.all(distribution.pdf(distribution.ppf(np.linspace(0.001, 0.999, 99))) > 0)


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_a_percentile_near_0_is_met_as_exactly_as_the_spread_can_be(unit: float) -> None:
    given = {"p05": 1e-6, "p25": 200, "p50": 1000, "p75": 3000, "p95": 9000}
    distribution = marginal({"quantiles": {key: value * unit for key, value in given.items()}})
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    assert distribution.ppf(levels) / unit == pytest.approx(list(given.values()), rel=1e-12, abs=9000e-9)
    assert marginal({"normal": {"p05": 1e-9 * unit, "p95": 9000 * unit}}).median() == pytest.approx(
        4500 * unit
    )


# --- vast and minute

EXTREMES: list[dict[str, Any]] = [
    {"lognormal": {"mean": 1e-200, "sd": 1}},
    {"lognormal": {"mean": 1e-160, "sd": 1}},
    {"lognormal": {"mean": 1, "sd": 1e308}},
    {"lognormal": {"mean": 1e300, "sd": 1e-300}},
    {"lognormal": {"median": 1, "sigma": 20}},
    {"lognormal": {"median": 1, "sigma": 27}},
    {"lognormal": {"median": 1, "sigma": 1e9}},
    {"lognormal": {"p49": 1e-300, "p51": 1e300}},
    {"gamma": {"mean": 1e-200, "sd": 1}},
    {"gamma": {"mean": 1, "sd": 1e-200}},
    {"gamma": {"mean": 1e-308, "sd": 1e308}},
    {"gamma": {"shape": 1e-300, "scale": 1}},
    {"gamma": {"shape": 1e300, "scale": 1e300}},
    {"normal": {"mean": 1e308, "sd": 1e308}},
    {"normal": {"p10": -1e308, "p90": 1e308}},
    {"uniform": {"min": -1e308, "max": 1e308}},
    {"triangular": {"min": -1e308, "mode": 0, "max": 1e308}},
    {"pert": {"min": -1e308, "mode": 0, "max": 1e308}},
    {"pert": {"min": 0, "mode": 1, "max": 3, "shape": 1e300}},
    {"beta": {"alpha": 1e300, "beta": 1e300}},
    {"beta": {"alpha": 1e300, "beta": 2}},
    {"beta": {"mean": 1e-9, "sd": 1e-6}},
    {"discrete": {"values": [1e308, -1e308], "weights": [1, 1]}},
    {"discrete": {"values": [1e200, 2], "weights": [1, 1]}},
    {"discrete": {"values": [1, 2], "weights": [1e308, 1e308]}},
    {"quantiles": {"p10": -1e308, "p90": 1e308}},
    {"quantiles": {"p10": 1e300, "p50": 2e300, "p90": 4e300}, "min": 0},
    mixture({"lognormal": {"median": 1, "sigma": 20}}, {"normal": {"mean": 3, "sd": 1}}),
    mixture({"lognormal": {"median": 1, "sigma": 26}}, 2),
    mixture({"lognormal": {"median": 1, "sigma": 30}}, 2),
    mixture({"normal": {"mean": 1, "sd": 0.1}}, {"normal": {"mean": 1e30, "sd": 1e29}}),
    mixture(1e30, {"normal": {"mean": 0, "sd": 1e-30}}),
    mixture({"normal": {"mean": 0, "sd": 1e160}}, 1),
    mixture({"normal": {"mean": 0, "sd": 1e-160}}, 1e160),
    {"mixture": {"weights": [1e308, 1e308], "parts": [{"normal": {"mean": 1, "sd": 1}}, 2]}},
    {**mixture({"lognormal": {"median": 1, "sigma": 20}}, 2), "max": 1e30},
    scipy("betaprime", 5, 6),
    scipy("crystalball", 2, 1000),
    scipy("erlang", 0.5),
    scipy("chi2", 1e-300),
    scipy("ncx2", 1e12, 1),
    scipy("exponpow", 1e-12),
    scipy("irwinhall", 1e9),
    scipy("norminvgauss", 1e300, 0.5),
    {**scipy("exponweib", 0.001, 10), "min": 0, "max": 100},
    {**scipy("invgauss", 1e-12), "max": 8},
]


@pytest.mark.parametrize("form", EXTREMES, ids=str)
def test_what_is_extreme_has_numbers_or_one_clear_message(form: dict[str, Any]) -> None:
    """Warnings are errors here, and so is whatever is no UserError."""
    try:
        distribution = marginal(form)
    except UserError as error:
        message = str(error)
        assert "nan" not in message
        assert "allowed" in message or "plain number" in message or "was asked for" in message
        return
    assert math.isfinite(distribution.mean())
    assert math.isfinite(distribution.std())
    # Older versions of scipy warn from within their C++ of what they bring to an end all the same.
    with quiet():
        x = distribution.ppf(np.linspace(0.001, 0.999, 33))
    assert np.all(np.isfinite(x))
    # within the rounding of root finders, which the door allows too
    assert np.all(np.diff(x) >= -1e-9 * np.abs(x[1:]))


def test_moments_of_mixtures_neither_overflow_nor_vanish() -> None:
    for unit in (1e-160, 1.0, 1e160):
        distribution = marginal(mixture({"normal": {"mean": 3 * unit, "sd": 4 * unit}}, unit))
        assert distribution.mean() == pytest.approx(2 * unit, rel=1e-12)
        assert distribution.std() == pytest.approx(3 * unit, rel=1e-12)  # √(16/2 + 1)
        steps = marginal({"discrete": {"values": [unit, 7 * unit], "weights": [1, 1]}})
        assert (steps.mean(), steps.std()) == pytest.approx((4 * unit, 3 * unit), rel=1e-12)


def test_an_overflow_is_not_told_as_a_variance_that_does_not_exist() -> None:
    for form in (
        {"lognormal": {"median": 1, "sigma": 27}},
        mixture({"lognormal": {"median": 1, "sigma": 27}}, 2),
    ):
        with pytest.raises(
            UserError, match="standard deviation of this distribution is too large to count with"
        ):
            marginal(form)
    with pytest.raises(UserError, match="no finite variance"):
        marginal(scipy("pareto", 1.5))


# --- slow families

TABLES: list[tuple[str, tuple[float, ...]]] = [
    ("norminvgauss", (1.25, 0.5)),
    ("norminvgauss", (1000.0, 999.9)),
    ("genhyperbolic", (0.5, 1.5, -0.5)),
    ("genhyperbolic", (-2.0, 1.0, 0.9)),
    ("geninvgauss", (2.3, 1.5)),
    ("geninvgauss", (-5.0, 0.001)),
    ("gausshyper", (13.8, 3.1, 2.5, 5.2)),
    ("gausshyper", (0.5, 2.0, 1.0, 2.0)),
    ("irwinhall", (1.0,)),
    ("irwinhall", (2.0,)),
    ("irwinhall", (10.0,)),
]


@pytest.mark.parametrize(("name", "shapes"), TABLES, ids=str)
def test_a_table_of_a_density_has_scipys_probabilities(name: str, shapes: tuple[float, ...]) -> None:
    family = getattr(st, name)
    distribution = ScipyDistribution(name, tuple(zip(shape_names(family), shapes, strict=True)), 3.0, 2.0)
    x = distribution.ppf(np.array([0.001, 0.1, 0.5, 0.9, 0.999]))
    frozen = family(*shapes, loc=3.0, scale=2.0)
    # scipy integrates to 1.5e-8
    assert distribution.cdf(x) == pytest.approx(frozen.cdf(x), abs=3e-8)
    assert distribution.sf(x) == pytest.approx(1 - distribution.cdf(x), abs=1e-12)
    assert distribution.isf(distribution.sf(x)) == pytest.approx(x, rel=1e-9)
    mean, sd = moments(distribution)
    assert (mean, sd) == pytest.approx((frozen.mean(), frozen.std()), rel=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TABULATED))
def test_a_density_that_scipy_would_integrate_is_evaluated_a_few_thousand_times(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off, with moments and recipe, which take tens of thousands of quantiles."""
    distribution = getattr(st, name)
    counted = {"pdf": 0, "cdf": 0, "sf": 0}

    def counting(method: str) -> Any:
        original = getattr(type(distribution), method)

        def counted_method(self: Any, x: Any, *args: Any, **kwds: Any) -> Any:
            counted[method] += np.size(x)
            return original(self, x, *args, **kwds)

        return counted_method

    for method in counted:
        monkeypatch.setattr(type(distribution), method, counting(method))
    shapes = {"irwinhall": (11.0,)}.get(name, tuple(1.01 * value for value in USUAL[name]))
    form = scipy(name, *shapes)
    whole = marginal(form)
    cut = marginal({**form, "max": float(whole.ppf(0.8))})
    assert cut.mean() < whole.mean()
    assert cut.recipe.error < 1e-8
    assert 0 < counted["pdf"] < 20_000
    # three quantiles by a root finder, where the table needs to know where to begin
    assert counted["cdf"] + counted["sf"] < 300


@pytest.mark.parametrize("name", sorted(TOO_SLOW))
def test_families_whose_density_is_slow_are_refused_at_once(name: str) -> None:
    with pytest.raises(UserError, match=r"too slow to tabulate.*quantiles"):
        marginal({"scipy": {"name": name, "k": 1e30, "df": 2}})


@pytest.mark.parametrize("name", sorted(MOST))
def test_series_of_many_terms_are_refused_by_their_parameter(name: str) -> None:
    parameter, most = MOST[name]
    others = dict.fromkeys(shape_names(getattr(st, name)), 9.0)
    for size in (most, 1.01 * most):
        form = {"scipy": {"name": name, **others, parameter: size}}
        if size <= most:
            assert marginal(form).std() > 0
        else:
            with pytest.raises(
                UserError, match=rf"too slow to tabulate.*{most:g} or less|from -{most:g} to {most:g}"
            ):
                marginal(form)


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("dpareto_lognorm", (3.0, 1.2, 1.5, 2.0)),
        ("dpareto_lognorm", (300.0, 0.6, 3.0, 2.0)),
        ("foldcauchy", (4.7,)),
        ("foldcauchy", (0.0,)),
    ],
)
def test_families_without_a_formula_are_inverted_in_a_counted_number_of_turns(
    name: str, shapes: tuple[float, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    distribution = getattr(st, name)
    calls: Counter[str] = Counter()
    for method in ("_cdf", "_sf"):
        original = getattr(type(distribution), method)

        def counting(self: Any, *args: Any, original: Any = original) -> Any:
            calls["all"] += 1
            return original(self, *args)

        monkeypatch.setattr(type(distribution), method, counting)
    distribution = ScipyDistribution(name, tuple(zip(shape_names(distribution), shapes, strict=True)))
    assert trouble(distribution) == ("", "")
    calls.clear()
    q = np.array([1e-9, 0.01, 0.5, 0.99, 1 - 1e-9])
    x, y = distribution.ppf(q), distribution.isf(q)
    assert calls["all"] <= 2 * 64
    # a quantile is exact to the last bit of x: the level, to what the distribution function makes of that
    np.testing.assert_allclose(distribution.cdf(x), q, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(distribution.sf(y), q, rtol=1e-6, atol=1e-12)


def test_moments_whose_formula_overflows_are_integrated() -> None:
    for b in (37.0, 60.0, 100.0):
        found = marginal(scipy("rice", b))
        # of a large b: mean b + 1/(2b) + 1/(8b³), variance 1 - 1/(2b²), to the next order
        assert found.mean() == pytest.approx(b + 1 / (2 * b) + 1 / (8 * b**3), abs=2 / b**5)
        assert found.std() == pytest.approx(math.sqrt(1 - 1 / (2 * b * b)), abs=2 / b**4)


def test_a_folded_cauchy_cut_off_is_drawn() -> None:
    cut = marginal({**scipy("foldcauchy", 4.7), "max": 1e4})
    share = float(st.foldcauchy.cdf(1e4, 4.7))
    assert cut.ppf(0.5) == pytest.approx(float(st.foldcauchy.ppf(0.5 * share, 4.7)), rel=1e-9)


@pytest.mark.parametrize(
    ("frozen", "words"),
    [
        (st.triang(1.5), "triang has no distribution with c = 1.5"),
        (st.triang(-0.1, loc=3), "triang has no distribution with c = -0.1"),
        (st.lognorm(-1.0), "lognorm has no distribution with s = -1"),
        (st.lognorm(s=0.0, scale=5), "lognorm has no distribution with s = 0"),
        (st.gamma(-2.0), "gamma has no distribution with a = -2"),
        (st.norm(0.0, -1.0), "value.scale: found -1; allowed: > 0"),
    ],
)
def test_frozen_distributions_with_impossible_parameters_are_refused_as_the_form_is(
    frozen: Any, words: str
) -> None:
    with pytest.raises(UserError) as caught:
        marginal(frozen)
    assert len(caught.value.faults) == 1
    assert words in str(caught.value)
    shapes = frozen.dist.shapes
    if shapes:
        value = frozen.kwds.get(shapes, frozen.args[0] if frozen.args else None)
        with pytest.raises(UserError, match=words):
            marginal({"scipy": {"name": frozen.dist.name, shapes: value}})


def test_a_density_that_is_none_is_not_tabulated() -> None:
    def half(x: Any) -> Any:
        return 0.5 * st.norm.pdf(x)

    def rough(x: Any) -> Any:
        return st.norm.pdf(x) * (1.0 + np.sin(1e9 * x))

    for density, words in (
        (half, "adds up to 0.5"),
        (rough, "evaluations"),
        (lambda x: x * np.nan, "everywhere"),
    ):
        with pytest.raises(NotTabulated, match=words):
            DensityTable(density, (-8.0, 8.0), 0.0, 1.0)


def test_moments_of_a_rough_inverse_take_a_bounded_number_of_quantiles() -> None:
    """An inverse with noise at 1e-9, as root finders leave it, never settles to 1e-14."""
    asked = [0]

    class Rough(ScipyDistribution):
        def ppf(self, q: Any) -> Any:
            asked[0] += np.size(q)
            exact = np.asarray(super().ppf(q))
            return exact * (1.0 + 1e-9 * np.sin(1e12 * exact))

        def isf(self, q: Any) -> Any:
            return -np.asarray(self.ppf(q))

    distribution: Distribution = Rough("norm")
    mean, sd = moments(distribution)
    assert (mean, sd) == pytest.approx((0.0, 1.0), abs=1e-8)
    assert asked[0] < 500_000
