"""Working time and compounding: what a value in another unit becomes, by hand, as a number and as a distribution."""

from __future__ import annotations

import numpy as np
import pytest

from distributions.errors import UserError
from distributions.inputs import registry
from distributions.kinds.conversion import conversion
from distributions.spec import Marginal
from distributions.units import KINDS
from sim import Scenario


def given(key: str, value: object) -> Marginal:
    group, _, name = key.partition(".")
    return Scenario.from_dict({"inputs": {group: {name: value}}}).inputs[key]


@pytest.mark.parametrize(
    ("key", "value", "unit", "expected"),
    [
        ("labor.weekly_rate", 1000.0, "USD/day", 5000.0),
        ("labor.weekly_rate", 100.0, "USD/hour", 4000.0),
        ("labor.weekly_rate", 7300.0, "USD/month", 7300.0 * 168 / 730),
        ("tune.curation_weeks", 10.0, "days", 2.0),
        ("tune.curation_weeks", 60.0, "hours", 1.5),
        ("rag.upkeep_weeks_per_month", 2.0, "days/month", 0.4),
        ("workload.annual_growth", 0.02, "1/month", 1.02**12 - 1),
        ("workload.annual_growth", 2.0, "%/month", 1.02**12 - 1),
        ("workload.annual_growth", 2.0, "percent per month", 1.02**12 - 1),
        ("workload.annual_growth", -10.0, "%/quarter", 0.9**4 - 1),
        ("workload.annual_growth", 20.0, "%/year", 0.2),
        ("price.annual_decline", 2.0, "%/month", 1 - 0.98**12),
        ("gpu.annual_decline", -0.03, "1/month", 1 - 1.03**12),
        ("rag.search_price", 0.002, "USD/search", 2.0),
    ],
)
def test_a_value_in_another_unit(key: str, value: float, unit: str, expected: float) -> None:
    found = given(key, {"value": value, "unit": unit})
    assert found.value == pytest.approx(expected, rel=1e-12)
    assert f"from {unit} to {registry()[key].unit}" in found.note


def test_what_was_converted_is_said() -> None:
    assert (
        "times 5 (5 working days a week of 8 hours)"
        in given("labor.weekly_rate", {"value": 1, "unit": "USD/day"}).note
    )
    assert (
        "compounded over 12 periods"
        in given("workload.annual_growth", {"value": 0.02, "unit": "1/month"}).note
    )
    assert given("labor.weekly_rate", {"value": 1, "unit": "USD/week"}).note == ""


@pytest.mark.parametrize(
    ("key", "sign"), [("workload.annual_growth", 1.0), ("price.annual_decline", -1.0)]
)  # fmt: skip
def test_a_distribution_compounds_value_by_value(key: str, sign: float) -> None:
    """Also as it is drawn: the fast inverse of a compounded distribution is fitted."""
    monthly = given(key, {"normal": {"mean": 0.02, "sd": 0.01}, "unit": "1/month"})
    z = np.linspace(-4.0, 4.0, 33)
    expected = sign * ((1 + sign * (0.02 + 0.01 * z)) ** 12 - 1)
    assert monthly.at_scores(z) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    q = np.array([1e-6, 0.1, 0.5, 0.9, 1 - 1e-6])
    assert monthly.cdf(monthly.ppf(q)) == pytest.approx(q, rel=1e-9)
    assert monthly.sf(monthly.isf(q)) == pytest.approx(q, rel=1e-9)
    middle, step = monthly.median(), 1e-6
    slope = (monthly.cdf(middle + step) - monthly.cdf(middle - step)) / (2 * step)
    assert monthly.pdf(middle) == pytest.approx(slope, rel=1e-6)
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    values = sign * ((1 + sign * (0.02 + 0.01 * nodes)) ** 12 - 1)
    assert monthly.mean() == pytest.approx(float(values @ weights / weights.sum()), rel=1e-9)


def test_bounds_beside_a_form_are_in_its_unit_and_compound_with_it() -> None:
    found = given("price.annual_decline", {"uniform": {"min": 1.0, "max": 3.0}, "unit": "%/month"})
    assert found.support() == pytest.approx((1 - 0.99**12, 1 - 0.97**12))
    with pytest.raises(UserError, match="outside what the input can be"):
        given("price.annual_decline", {"uniform": {"min": 50.0, "max": 150.0}, "unit": "%/month"})


def test_a_share_for_a_rate_is_refused_and_the_rate_in_percent_offered() -> None:
    with pytest.raises(UserError, match="%/year"):
        given("workload.annual_growth", {"value": 2, "unit": "%"})


def test_every_input_of_peoples_time_is_counted_in_working_time() -> None:
    for key, item in registry().items():
        assert item.conversion in KINDS
        if "week" in item.unit:
            assert item.conversion == "working", key
        if item.unit == "1/year":
            assert item.conversion in ("growth", "decline"), key


def test_without_a_unit_nothing_is_converted() -> None:
    assert not conversion(None, "USD/week")
    assert not conversion("USD/week", None)
