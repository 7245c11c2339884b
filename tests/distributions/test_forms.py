"""Every form against published or closed answers, against scipy, and against itself: cdf(ppf(q)) = q."""

from __future__ import annotations

import math
import pickle
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import numpy as np
import pytest
import scipy.stats as st
from hypothesis import given
from hypothesis import strategies as some

from distributions import UserError, forms, marginal
from distributions.distribution import moments
from distributions.kinds.scipy_distribution import ScipyDistribution
from distributions.parameters import Built, Form, Number, Parameters
from distributions.support import Support

# Twelve digits each, from the closed forms of the literature: (form, lower bound, quantiles by level, mean, sd).
KNOWN: list[tuple[dict[str, Any], float | None, dict[float, float], float | None, float | None]] = [
    (
        {"lognormal": {"p10": 2.4e7, "p90": 3.6e7}},
        None,
        {
            0.01: 20343761.6709,
            0.05: 22659562.9536,
            0.25: 26419088.3372,
            0.5: 29393876.9134,
            0.75: 32703626.5965,
            0.95: 38129596.8403,
            0.99: 42470021.7185,
        },
        29763979.04,
        4738066.17231,
    ),
    (
        {"lognormal": {"mean": 100, "sd": 50}},
        None,
        {
            0.01: 29.8050102972,
            0.05: 41.1243851451,
            0.25: 65.0386983342,
            0.5: 89.4427191,
            0.75: 123.003691724,
            0.95: 194.531783801,
            0.99: 268.411247647,
        },
        100.0,
        50.0,
    ),
    (
        {"normal": {"p10": 80, "p90": 130}},
        None,
        {
            0.01: 59.618527717,
            0.05: 72.9128473802,
            0.25: 91.842321286,
            0.5: 105.0,
            0.75: 118.157678714,
            0.95: 137.08715262,
            0.99: 150.381472283,
        },
        105.0,
        19.5076036518,
    ),
    (
        {"pert": {"min": 2, "mode": 3.5, "max": 6}},
        None,
        {
            0.01: 2.25579184276,
            0.05: 2.51110239793,
            0.25: 3.09561492127,
            0.5: 3.62737976357,
            0.75: 4.19996869405,
            0.95: 4.95746516528,
            0.99: 5.36797688957,
        },
        3.66666666667,
        0.7453559925,
    ),
    (
        {"triangular": {"min": 1, "mode": 2, "max": 5}},
        None,
        {
            0.01: 1.2,
            0.05: 1.4472135955,
            0.25: 2.0,
            0.5: 2.55051025722,
            0.75: 3.26794919243,
            0.95: 4.22540333076,
            0.99: 4.65358983849,
        },
        2.66666666667,
        0.849836585599,
    ),
    (
        {"beta": {"mean": 0.7, "sd": 0.1}},
        None,
        {
            0.01: 0.446211114145,
            0.05: 0.524202889579,
            0.25: 0.634498591294,
            0.5: 0.706779820056,
            0.75: 0.772641405317,
            0.95: 0.852530434441,
            0.99: 0.896787429202,
        },
        0.7,
        0.1,
    ),
    (
        {"gamma": {"mean": 8, "sd": 4}},
        None,
        {
            0.01: 1.64649737269,
            0.05: 2.7326367935,
            0.25: 5.0706404238,
            0.5: 7.3441214977,
            0.75: 10.2188549702,
            0.95: 15.5073130559,
            0.99: 20.0902350297,
        },
        8.0,
        4.0,
    ),
    (
        {"normal": {"mean": 10, "sd": 4}, "min": 5, "max": 12},
        None,
        {
            0.01: 5.12580805514,
            0.05: 5.58665173927,
            0.25: 7.32845303315,
            0.5: 8.97165522347,
            0.75: 10.4522478997,
            0.95: 11.6735909187,
            0.99: 11.9337150421,
        },
        8.84320537974,
        1.90215309321,
    ),
    (
        {"quantiles": {"p05": 2, "p50": 3.5, "p95": 7}},
        None,
        {
            0.01: 1.29780639935,
            0.05: 2.0,
            0.1: 2.29774281104,
            0.25: 2.77449997218,
            0.5: 3.5,
            0.75: 4.64007147229,
            0.9: 6.02888581126,
            0.95: 7.0,
            0.99: 9.10085459062,
        },
        None,
        None,
    ),
    (
        {"quantiles": {"p10": 10, "p50": 20, "p90": 45}},
        0.0,
        {
            0.01: 4.82516390786,
            0.05: 7.97833746893,
            0.1: 10.0,
            0.25: 13.9868349108,
            0.5: 20.0,
            0.75: 29.6705574383,
            0.9: 45.0,
            0.95: 59.877568465,
            0.99: 112.097119905,
        },
        None,
        None,
    ),
]

# Ours and scipy's name for the same distribution.
REFERENCE: list[tuple[dict[str, Any], Any]] = [
    ({"uniform": {"min": -1, "max": 4}}, st.uniform(-1, 5)),
    ({"triangular": {"min": 1, "mode": 2, "max": 5}}, st.triang(0.25, 1, 4)),
    ({"triangular": {"min": 1, "mode": 1, "max": 5}}, st.triang(0, 1, 4)),
    ({"triangular": {"min": 1, "mode": 5, "max": 5}}, st.triang(1, 1, 4)),
    ({"pert": {"min": 0, "mode": 1, "max": 4, "shape": 8}}, st.beta(3, 7, 0, 4)),
    ({"normal": {"mean": -3, "sd": 2}}, st.norm(-3, 2)),
    ({"lognormal": {"median": 5, "sigma": 0.7}}, st.lognorm(0.7, scale=5)),
    ({"beta": {"alpha": 0.8, "beta": 3, "min": -2, "max": 6}}, st.beta(0.8, 3, -2, 8)),
    ({"gamma": {"shape": 2.5, "scale": 3}}, st.gamma(2.5, scale=3)),
    ({"scipy": {"name": "weibull_min", "c": 1.5, "scale": 20}}, st.weibull_min(1.5, scale=20)),
    ({"scipy": {"name": "t", "df": 5, "loc": 2}}, st.t(5, 2)),
    ({"scipy": {"name": "loguniform", "a": 1, "b": 9}}, st.loguniform(1, 9)),
    ({"normal": {"mean": 0, "sd": 1}, "min": 3}, st.truncnorm(3, math.inf)),
    ({"normal": {"mean": 0, "sd": 1}, "max": -3}, st.truncnorm(-math.inf, -3)),
    ({"scipy": {"name": "expon"}, "max": 2}, st.truncexpon(2)),
]

CONTINUOUS: list[dict[str, Any]] = [
    *(form for form, _ in REFERENCE),
    {"lognormal": {"p25": 1, "p75": 4}, "max": 9},
    {"quantiles": {"p10": 1, "p90": 4}},
    {"quantiles": {"p10": 1, "p50": 2, "p90": 4}, "min": 0},
    {"quantiles": {"p10": 1, "p50": 2, "p90": 4}, "max": 5},
    {"quantiles": {"p10": 1, "p50": 2, "p90": 4}, "min": 0, "max": 5},
    {"quantiles": {"p2_5": 2.2, "p25": 4.2, "p50": 6, "p75": 8.5, "p97_5": 17}},
    {"quantiles": {"p10": 1, "p25": 2.5, "p50": 5, "p75": 7.5, "p90": 9}},
    {
        "mixture": {
            "weights": [7, 3],
            "parts": [{"normal": {"mean": 0, "sd": 1}}, {"normal": {"mean": 8, "sd": 0.5}}],
        }
    },
    {
        "mixture": {
            "weights": [0.5, 0.5],
            "parts": [{"triangular": {"min": 0, "mode": 1, "max": 2}}, {"gamma": {"mean": 8, "sd": 2}}],
        },
        "min": 0.5,
        "max": 9,
    },
]
LAWS = [marginal(form) for form in CONTINUOUS]


def name_of(value: object) -> str:
    return str(value)[:60] if isinstance(value, dict) else ""


@pytest.mark.parametrize(("form", "lower", "quantiles", "mean", "sd"), KNOWN, ids=name_of)
def test_known_answers(
    form: dict[str, Any],
    lower: float | None,
    quantiles: dict[float, float],
    mean: float | None,
    sd: float | None,
) -> None:
    distribution = marginal(form, support=Support() if lower is None else Support(lower))
    assert distribution.ppf(list(quantiles)) == pytest.approx(list(quantiles.values()), rel=1e-9)
    assert distribution.cdf(list(quantiles.values())) == pytest.approx(list(quantiles), rel=1e-9)
    if mean is not None:
        assert distribution.mean() == pytest.approx(mean, rel=1e-9)
        assert distribution.std() == pytest.approx(sd, rel=1e-9)


def test_metalog_coefficients_are_keelins() -> None:
    fast = marginal({"quantiles": {"p05": 2, "p50": 3.5, "p95": 7}}).fast
    assert fast is not None
    assert fast.parameters[:3] == (0, 0, 0)
    assert fast.parameters[3:] == pytest.approx([3.5, 0.849058179738, 0.754718381989], rel=1e-11)
    fast = marginal({"quantiles": {"p10": 10, "p50": 20, "p90": 45}}, support=Support(0)).fast
    assert fast is not None
    assert fast.parameters[:3] == (1, 0, 0)
    assert fast.parameters[3:] == pytest.approx([2.99573227355, 0.342267561607, 0.0670067120535], rel=1e-11)


@pytest.mark.parametrize(("form", "scipys"), REFERENCE, ids=name_of)
def test_against_scipy(form: dict[str, Any], scipys: Any) -> None:
    ours = marginal(form)
    q = np.concatenate(
        [np.geomspace(1e-12, 0.1, 12), np.linspace(0.15, 0.85, 15), 1 - np.geomspace(0.1, 1e-12, 12)]
    )
    x = scipys.ppf(q)
    scale = scipys.std()
    np.testing.assert_allclose(ours.ppf(q), x, rtol=1e-9, atol=1e-11 * scale)
    # scipy's own isf of truncnorm loses digits beyond this; test_upper_tail_keeps_its_digits goes further.
    middle = q[(q > 1e-5) & (q < 1 - 1e-5)]
    np.testing.assert_allclose(ours.isf(middle), scipys.isf(middle), rtol=1e-9, atol=1e-11 * scale)
    np.testing.assert_allclose(ours.cdf(x), scipys.cdf(x), rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(ours.sf(x), scipys.sf(x), rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(ours.pdf(x), scipys.pdf(x), rtol=1e-9, atol=1e-12)
    assert ours.support() == pytest.approx(scipys.support())
    assert ours.mean() == pytest.approx(scipys.mean(), rel=1e-9, abs=1e-12)
    assert ours.std() == pytest.approx(scipys.std(), rel=1e-9)


@given(q=some.floats(1e-12, 1 - 1e-12), which=some.integers(0, len(LAWS) - 1))
def test_cdf_undoes_ppf(q: float, which: int) -> None:
    distribution = LAWS[which]
    x = distribution.ppf(q)
    # What the ppf of the oldest scipy is worth (3e-12 for t), and one rounding of x, which moves the cdf by density
    # times spacing: a singular density makes that large.
    slack = 1e-11 + 4 * float(distribution.pdf(x)) * np.spacing(abs(x))
    assert abs(distribution.cdf(x) - q) <= slack
    assert abs(distribution.sf(distribution.isf(q)) - q) <= slack + 4 * float(
        distribution.pdf(distribution.isf(q))
    ) * np.spacing(abs(distribution.isf(q)))


@pytest.mark.parametrize("form", CONTINUOUS, ids=name_of)
def test_moments_are_those_of_the_inverse(form: dict[str, Any]) -> None:
    distribution = marginal(form)
    mean, sd = moments(distribution.distribution)
    assert distribution.mean() == pytest.approx(mean, rel=1e-8, abs=1e-9)
    assert distribution.std() == pytest.approx(sd, rel=1e-8)
    q = (np.arange(20_000) + 0.5) / 20_000
    assert float(np.mean(distribution.ppf(q))) == pytest.approx(
        distribution.mean(), abs=2e-3 * distribution.std()
    )


@pytest.mark.parametrize("form", CONTINUOUS, ids=name_of)
def test_read_again_and_sent_elsewhere_it_is_the_same(form: dict[str, Any]) -> None:
    distribution = marginal(form)
    again = marginal(distribution.spec)
    copy = pickle.loads(pickle.dumps(distribution))
    assert again == distribution == copy
    q = np.linspace(0.01, 0.99, 9)
    assert np.array_equal(again.ppf(q), distribution.ppf(q))
    assert np.array_equal(copy.ppf(q), distribution.ppf(q))


@pytest.mark.parametrize(
    ("form", "levels"),
    [
        ({"normal": {"p05": -4, "p95": 9}}, {0.05: -4, 0.95: 9}),
        ({"normal": {"p10": 1, "p50": 2}}, {0.1: 1, 0.5: 2}),
        ({"lognormal": {"p2_5": 1e-9, "p97_5": 1e9}}, {0.025: 1e-9, 0.975: 1e9}),
        ({"lognormal": {"p25": 3, "p75": 6}}, {0.25: 3, 0.75: 6}),
        ({"quantiles": {"p5": 1, "p99_5": 2}}, {0.05: 1, 0.995: 2}),
        ({"quantiles": {"p01": -5, "p20": 0, "p50": 1, "p80": 2.2, "p99": 9}}, {0.01: -5, 0.2: 0, 0.99: 9}),
        (
            {"quantiles": {"p10": 0.2, "p50": 0.5, "p90": 0.7}, "min": 0, "max": 1},
            {0.1: 0.2, 0.5: 0.5, 0.9: 0.7},
        ),
    ],
    ids=name_of,
)
def test_percentiles_are_met(form: dict[str, Any], levels: dict[float, float]) -> None:
    distribution = marginal(form)
    for level, value in levels.items():
        assert distribution.ppf(level) == pytest.approx(value, rel=1e-9, abs=1e-9)


def test_bounds_choose_the_metalog() -> None:
    form = {"quantiles": {"p10": 10, "p50": 20, "p90": 45}}
    assert marginal(form).support() == (-math.inf, math.inf)
    assert marginal(form, support=Support(0)).support() == (0, math.inf)
    assert marginal(form, support=Support(upper=100)).support() == (-math.inf, 100)
    assert marginal(form, support=Support(0), unit="USD").support() == (0, math.inf)
    both = marginal({**form, "max": 60}, support=Support(0))
    assert both.support() == (0, 60)
    assert both.window is None
    assert both.ppf([0.1, 0.5, 0.9]) == pytest.approx([10, 20, 45])


def test_closed_forms_give_the_same_values() -> None:
    z = np.linspace(-3, 3, 7)
    u = st.norm.cdf(z)
    cases = {
        "affine_z": {"normal": {"mean": 2, "sd": 3}},
        "exp_z": {"lognormal": {"p10": 2, "p90": 9}},
        "affine_u": {"uniform": {"min": 2, "max": 3}},
        "triangular": {"triangular": {"min": 1, "mode": 2, "max": 5}},
        "steps": {"discrete": {"values": [3, 1, 2], "weights": [0.2, 0.5, 0.3]}},
    }
    for kind, form in cases.items():
        distribution = marginal(form)
        assert distribution.fast is not None
        assert distribution.fast.kind == kind
        a, b, *rest = distribution.fast.parameters
        values = {
            "affine_z": lambda a=a, b=b: a + b * z,
            "exp_z": lambda a=a, b=b: np.exp(a + b * z),
            "affine_u": lambda a=a, b=b: a + b * u,
            "triangular": lambda a=a, b=b, rest=rest: st.triang((b - a) / (rest[0] - a), a, rest[0] - a).ppf(
                u
            ),
            "steps": lambda a=a, b=b: a[np.searchsorted(b, u)],
        }[kind]()
        np.testing.assert_allclose(distribution.ppf(u), values, rtol=1e-12)


def test_truncation_has_its_window() -> None:
    distribution = marginal({"normal": {"mean": 10, "sd": 4}, "min": 5, "max": 12})
    assert distribution.window == pytest.approx((st.norm.cdf(-1.25), st.norm.cdf(0.5)))
    assert distribution.base_sf_window == pytest.approx((st.norm.sf(-1.25), st.norm.sf(0.5)))
    assert distribution.support() == (5, 12)
    untouched = marginal({"uniform": {"min": 0, "max": 1}, "min": -1, "max": 2})
    assert untouched.window is None


def test_upper_tail_keeps_its_digits() -> None:
    distribution = marginal({"normal": {"mean": 0, "sd": 1}, "min": 4})
    assert distribution.isf(1e-9) == pytest.approx(st.norm.isf(1e-9 * st.norm.sf(4)), rel=1e-12)
    assert distribution.sf(7) == pytest.approx(st.norm.sf(7) / st.norm.sf(4), rel=1e-12)


def test_heavy_tails_are_fine_once_cut() -> None:
    distribution = marginal({"scipy": {"name": "cauchy"}, "min": -3, "max": 5})
    q = (np.arange(200_000) + 0.5) / 200_000
    assert distribution.mean() == pytest.approx(float(np.mean(distribution.ppf(q))), abs=1e-6)


def test_discrete() -> None:
    distribution = marginal({"discrete": {"values": [4, 1, 1], "weights": [2, 1, 1]}})
    assert distribution.ppf([0, 0.5, 0.51, 1]) == pytest.approx([1, 1, 4, 4])
    assert distribution.isf([0, 0.49, 0.5, 1]) == pytest.approx([4, 4, 1, 1])
    assert distribution.cdf([0, 1, 3.9, 4]) == pytest.approx([0, 0.5, 0.5, 1])
    assert distribution.sf([0, 1, 3.9, 4]) == pytest.approx([1, 0.5, 0.5, 0])
    assert (distribution.mean(), distribution.std()) == pytest.approx((2.5, 1.5))
    assert distribution.note == "weights add up to 4 and were taken as shares of it"
    assert marginal({"discrete": {"values": [1, 2, 3], "weights": [1, 1, 2]}, "max": 2}).mean() == 1.5


def test_mixture_with_an_atom() -> None:
    distribution = marginal(
        {"mixture": {"weights": [0.7, 0.3], "parts": [0, {"lognormal": {"median": 2, "sigma": 0.5}}]}}
    )
    assert distribution.ppf([0.1, 0.7]) == pytest.approx([0, 0])
    assert distribution.ppf(0.85) == pytest.approx(2, rel=1e-12)
    assert distribution.mean() == pytest.approx(0.3 * 2 * math.exp(0.125))
    only_steps = marginal(
        {"mixture": {"weights": [1, 1], "parts": [0, {"discrete": {"values": [1, 2], "weights": [1, 1]}}]}}
    )
    assert only_steps.fast is not None
    assert only_steps.mean() == pytest.approx(0.75)
    parts = [{"uniform": {"min": 1, "max": 2}, "unit": "USD/day"}, 7]
    mixed = marginal({"mixture": {"weights": [0.5, 0.5], "parts": parts}}, unit="USD/week")
    assert mixed.support() == (7, 14)


def test_frozen_scipy_distributions_and_marginals_are_taken_as_they_are() -> None:
    distribution = marginal(st.uniform(-math.pi, 2 * math.pi))
    assert distribution.support() == pytest.approx((-math.pi, math.pi))
    assert marginal(distribution) is distribution
    assert marginal(distribution.spec) == distribution
    assert marginal(st.lognorm(s=0.5, scale=3)).fast is not None
    with pytest.raises(UserError, match="discrete"):
        marginal(st.poisson(3))


def test_certain_values() -> None:
    distribution = marginal(3, unit="weeks")
    assert distribution.certain
    assert (
        distribution.value,
        distribution.mean(),
        distribution.std(),
        distribution.median(),
        distribution.spec,
    ) == (3, 3, 0, 3, 3)
    assert distribution.ppf([0.1, 0.9]) == pytest.approx([3, 3])
    assert (distribution.cdf(2.9), distribution.cdf(3), distribution.sf(3)) == (0, 1, 0)
    assert distribution.fast is None
    assert marginal(np.float64(3)) == marginal(np.int64(3)) == marginal(3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    values = st.gamma(3, scale=50).ppf((np.arange(400) + 0.5) / 400)
    lines = "\n".join(f"{i},{value!r}" for i, value in enumerate(values.tolist()))
    (tmp_path / "latency.csv").write_text(f"n, ms\n{lines}\n", encoding="utf-8-sig")
    return tmp_path


def test_data_as_it_is(folder: Path) -> None:
    distribution = marginal({"data": {"file": "latency.csv", "column": "ms"}}, folder=folder)
    assert distribution.fast is not None
    assert distribution.mean() == pytest.approx(150, rel=5e-3)
    assert distribution.ppf(0.5) == pytest.approx(st.gamma(3, scale=50).ppf(0.5), rel=1e-2)
    assert "400 values of ms in latency.csv" in distribution.note


def test_data_fitted(folder: Path) -> None:
    form = {"file": "latency.csv", "column": "ms"}
    distribution = marginal({"data": {**form, "fit": "gamma"}}, folder=folder, support=Support(0))
    assert isinstance(distribution.distribution, ScipyDistribution)
    assert dict(distribution.distribution.shapes)["a"] == pytest.approx(3, rel=0.05)
    assert distribution.distribution.loc == 0
    best = marginal({"data": {**form, "fit": "best"}}, folder=folder, support=Support(0))
    assert isinstance(best.distribution, ScipyDistribution)
    assert best.distribution.family == "gamma"
    assert "AIC" in best.note
    assert "Kolmogorov-Smirnov" in best.note


def test_data_below_the_folder_but_not_through_a_link(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (folder / "more").mkdir()
    (folder / "more" / "a.csv").write_text("x\n1\n2\n")
    assert marginal({"data": {"file": "more/a.csv", "column": "x"}}, folder=folder).mean() == 1.5
    other = tmp_path_factory.mktemp("other")
    (other / "b.csv").write_text("x\n1\n2\n")
    (folder / "b.csv").symlink_to(other / "b.csv")
    with pytest.raises(UserError, match="outside the scenario's folder"):
        marginal({"data": {"file": "b.csv", "column": "x"}}, folder=folder)


def test_schema_takes_what_the_reader_takes() -> None:
    schema = forms.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for form in [3, 2.5, *CONTINUOUS, *(form for form, *_ in KNOWN)]:
        validator.validate(form)
    validator.validate({"data": {"file": "a.csv", "column": "x"}, "source": "metering"})
    for wrong in (
        True,
        "3",
        {},
        {"lognorm": {}},
        {"normal": {"mean": 1, "sd": 0}},
        {"normal": {"mean": 1, "sd": 1, "p10": 2}},
        {"pert": {"min": 1, "max": 2}},
        {"normal": {"mean": 1, "sd": 1}, "gamma": {"mean": 1, "sd": 1}},
        {"quantiles": {"p05": 1, "x": 2}},
        {"mixture": {"weights": [1], "parts": [{"nonsense": {}}]}},
    ):
        assert not validator.is_valid(wrong), wrong


def test_a_form_is_one_file_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A toy form: the exponential by its mean."""

    class Mean(Parameters):
        mean: Number

        def build(self, setting: Any) -> Built:
            return Built(ScipyDistribution("expon", scale=self.mean))

    module = ModuleType("toy_form")
    module.FORM = Form("exponential", (Mean,))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "toy_form", module)
    monkeypatch.setitem(forms.FORMS, "exponential", "toy_form")
    assert marginal({"exponential": {"mean": 3}}).mean() == pytest.approx(3)
    assert jsonschema.Draft202012Validator(forms.json_schema()).is_valid({"exponential": {"mean": 3}})
    with pytest.raises(UserError, match="did you mean 'exponential'"):
        marginal({"exponentail": {"mean": 3}})


def test_every_form_has_a_file_that_names_it() -> None:
    for name in forms.FORMS:
        assert forms.form(name).name == name
