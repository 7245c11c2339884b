"""The study of one column: what fits is named, what does not is said, and nothing is trimmed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy import stats

from distributions.fitting import fit as fitting
from distributions.fitting.as_form import as_form
from distributions.fitting.csv_column import Selection
from distributions.kinds.scipy_distribution import ScipyDistribution
from distributions.spec import marginal
from distributions.support import Support
from studies.fit import analysis as fit
from studies.fit import figure as quantile_plot


def selection(values: Any) -> Selection:
    found = np.sort(np.asarray(values, dtype=float))
    return Selection(found, found.size)


def even(distribution: Any, n: int) -> Any:
    return distribution.ppf((np.arange(n) + 0.5) / n)


@pytest.fixture(scope="module")
def bimodal() -> fit.Report:
    values = np.concatenate([even(stats.lognorm(0.2, scale=3), 40), even(stats.lognorm(0.08, scale=9), 60)])
    return fit.analyse(selection(values), Support(0), resamples=50)


@pytest.mark.slow
def test_the_best_family_serves_and_its_table_gives_its_quantiles() -> None:
    values = even(stats.lognorm(0.4, scale=3), 300)
    report = fit.analyse(selection(values), Support(0), resamples=50)
    assert report.best is not None
    assert report.best.name == "lognorm"
    assert report.best.p is not None
    assert report.best.p.ks > 0.5
    assert report.spec is not None
    distribution = marginal(dict(report.spec))
    assert distribution.ppf([0.1, 0.5, 0.9]) == pytest.approx(
        report.best.fit.distribution.ppf([0.1, 0.5, 0.9]), rel=1e-3
    )
    assert next(iter(report.spec)) == "lognormal"


def test_values_in_two_heaps_fit_no_family_but_two_parts(bimodal: fit.Report) -> None:
    assert bimodal.best is None
    assert all(family.refused for family in bimodal.families)
    assert bimodal.mixture is not None
    assert bimodal.spec is not None
    parts = bimodal.spec["mixture"]["parts"]
    assert [part["lognormal"]["median"] for part in parts] == pytest.approx([3, 9], rel=0.02)
    assert bimodal.spec["mixture"]["weights"] == pytest.approx([0.4, 0.6], rel=0.01)
    assert bimodal.mixture_aic < bimodal.families[0].fit.aic - 50


def test_values_in_four_heaps_are_left_as_they_are() -> None:
    values = np.concatenate([even(stats.norm(middle, 0.1), 50) for middle in (1, 4, 9, 20)])
    report = fit.analyse(selection(values), Support(0), resamples=0)
    assert (report.best, report.mixture, report.spec) == (None, None, None)
    assert report.distribution is report.families[0].fit.distribution


def test_a_heavy_tail_is_named_and_not_trimmed() -> None:
    values = even(stats.pareto(1.3), 2000)
    report = fit.analyse(selection(values), Support(0), resamples=0)
    assert report.values[-1] == values.max()
    (note,) = [note for note in report.notes if note.startswith("Heavy tail")]
    # Even levels make Hill's estimate from 44 values 1.3 to within the discreteness of the outermost one.
    index = float(note.split("values is ")[1].split(" ")[0])
    assert index == pytest.approx(1.3, abs=0.06)
    light = fit.analyse(selection(even(stats.norm(50, 5), 2000)), Support(0), resamples=0)
    assert not any("tail" in note for note in light.notes)


def test_very_many_values_are_sampled_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "MOST_FITTED", 500)
    monkeypatch.setattr(fit, "MOST_BOOTSTRAPPED", 100)
    report = fit.analyse(selection(even(stats.gamma(3, scale=2), 5000)), Support(0))
    assert (report.fitted_to, report.values.size) == (500, 5000)
    assert "random 500 of the 5,000 values" in report.notes[0]
    assert all(family.p is None for family in report.families)


def test_a_close_fit_serves_though_so_many_values_refuse_it() -> None:
    # Student's t of 12 degrees lies close to a logistic, but not so close that 90,000 values could not tell.
    values = even(stats.t(12), 90_000)
    report = fit.analyse(selection(values), Support(), resamples=0)
    assert report.best is not None
    assert report.best.name == "logistic"
    assert report.best.ks_known < fit.REFUSED
    assert report.best.ks <= fit.CLOSE
    assert report.spec is not None
    assert report.spec["scipy"]["loc"] == 0
    assert any("off by more than" in note for note in report.notes)


def test_few_values_and_ties_are_noted() -> None:
    few = fit.analyse(selection([1, 2, 3, 5, 8]), Support(0), resamples=0)
    assert any("5 values" in note for note in few.notes)
    ties = fit.analyse(selection([1, 2, 3, 4] * 10), Support(0), resamples=0)
    assert any("Only 4 of the 40 values differ" in note for note in ties.notes)


def test_parameters_have_the_digits_that_the_sample_supports() -> None:
    values = 1e6 + even(stats.norm(0, 1), 100)
    found = fitting.fit_family(np.sort(values), "norm", Support())
    assert found is not None
    table = as_form(found, np.sort(values))
    assert table["normal"]["mean"] == pytest.approx(1e6, abs=0.01)
    assert table["normal"]["sd"] == pytest.approx(float(np.std(values)), rel=1e-3)
    assert len(str(table["normal"]["sd"])) <= 6
    assert table["normal"]["mean"] == round(table["normal"]["mean"], 2)


def test_ends_of_the_support_are_kept_to_the_last_digit() -> None:
    distribution = ScipyDistribution("weibull_min", (("c", 1.5),), 1.0, 5000.0)
    table = as_form(
        fitting.Fit(distribution, 2, 0.0), np.asarray(distribution.ppf((np.arange(800) + 0.5) / 800))
    )
    assert table == {"scipy": {"name": "weibull_min", "c": 1.5, "loc": 1.0, "scale": 5000.0}}
    distribution = ScipyDistribution("beta", (("a", 1.5), ("b", 2.5)), 0.0, 100.0 / 3)
    table = as_form(
        fitting.Fit(distribution, 2, 0.0), np.asarray(distribution.ppf((np.arange(100) + 0.5) / 100))
    )
    assert table["scipy"]["scale"] == 100.0 / 3


def test_the_record_is_plain_and_complete(bimodal: fit.Report) -> None:
    record = bimodal.to_dict()
    assert record["n"] == 100
    assert record["best"] is None
    assert record["quantiles"]["p50"]["data"] == pytest.approx(float(np.quantile(bimodal.values, 0.5)))
    first = record["families"][0]
    assert first["aic"] == min(item["aic"] for item in record["families"] if item["within_support"])
    assert set(first["kolmogorov_smirnov"]) == {"statistic", "p_bootstrap", "p_if_known_beforehand"}


def test_points_and_band_of_the_plot_are_quantiles(bimodal: fit.Report) -> None:
    data = quantile_plot.points(bimodal)
    distribution = bimodal.distribution
    assert distribution is not None
    k, n = 10, 100
    assert data.value[k - 1] == bimodal.values[k - 1]
    assert data.fitted[k - 1] == pytest.approx(float(distribution.ppf((k - 0.5) / n)), rel=1e-9)
    # The k-th of n draws lies below x with the probability that k or more of n do.
    low = data.low[k - 1]
    assert stats.binom.sf(k - 1, n, float(distribution.cdf(low))) == pytest.approx(0.025, rel=1e-4)


@pytest.mark.parametrize("heaps", [1, 2, 4])
def test_the_title_says_what_was_found(heaps: int) -> None:
    values = np.concatenate([even(stats.norm(1 + 9 * heap, 0.3), 60) for heap in range(heaps)])
    report = fit.analyse(selection(values), Support(), resamples=20)
    figure = quantile_plot.draw(report, "x", "", "x.csv")
    assert isinstance(figure, Figure)
    title = " ".join(item.get_text() for item in figure.texts if item.get_gid() == "title")
    assert {1: "all 60 points lie in its", 2: "two parts", 4: "no usual family"}[heaps] in title


def test_many_points_are_thinned_with_both_ends_kept() -> None:
    report = fit.analyse(selection(even(stats.gamma(3), 20_000)), Support(0), resamples=0)
    data = quantile_plot.points(report)
    assert data.value.size <= quantile_plot.MOST_POINTS
    assert data.value[0] == report.values[0]
    assert data.value[-1] == report.values[-1]
    assert not math.isnan(data.high.max())
