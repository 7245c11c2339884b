"""Conversions between units, exact where the units are whole parts of each other."""

from __future__ import annotations

import pytest

from distributions import UserError, marginal
from distributions.inputs import registry
from distributions.support import Support
from distributions.units import factor, quantity


@pytest.mark.parametrize(
    ("found", "wanted", "expected"),
    [
        ("USD/day", "USD/week", 7),
        ("USD/hour", "USD/week", 168),
        ("USD/week", "USD/week", 1),
        ("USD per day", "USD/week", 7),
        ("dollars/day", "USD/week", 7),
        ("cents/GPU-hour", "USD/GPU-hour", 0.01),
        ("USD/year", "USD/month", 1 / 12),
        ("USD/hour", "USD/month", 730),
        ("days", "weeks", 1 / 7),
        ("quarters", "months", 3),
        ("queries/day", "queries/month", 730 / 24),
        ("requests/s", "queries/month", 730 * 3600),
        ("M queries/month", "queries/month", 1e6),
        ("percent", "1", 0.01),
        ("%", "1", 0.01),
        ("percent/year", "1/year", 0.01),
        ("1/month", "1/year", 12),
        ("USD/K tokens", "USD/M tokens", 1000),
        ("USD/1000 tokens", "USD/M tokens", 1000),
        ("USD/token", "USD/M tokens", 1e6),
        ("USD/search", "USD/1000 searches", 1000),
        ("tokens/hour/GPU", "tokens/s/GPU", 1 / 3600),
        ("s", "ms", 1000),
        ("thousand tokens", "tokens", 1000),
        ("hours/week", "weeks/month", 730 / 168 / 168),
    ],
)
def test_factor(found: str, wanted: str, expected: float) -> None:
    # Whole multiples come out exact, others to rounding.
    tolerance = 0 if float(expected).is_integer() and expected < 1000 else 1e-15
    assert factor(found, wanted) == pytest.approx(expected, rel=tolerance, abs=0)


def test_every_unit_of_an_input_is_known() -> None:
    for item in registry().values():
        assert factor(item.unit, item.unit) == 1
        assert quantity(item.unit).magnitude > 0


@pytest.mark.parametrize(
    ("found", "wanted", "parts"),
    [
        ("USD", "USD/week", ["cannot be converted to USD/week", "USD/day", "USD/month"]),
        ("banana", "USD/week", ['"banana" is no known unit', "USD/day"]),
        ("USD/dya", "USD/week", ["did you mean 'day'?"]),
        ("tokens", "1", ["cannot be converted to 1", "percent"]),
        ("USD/M tokens", "queries/month", ["cannot be converted"]),
        ("", "USD", ["which is no unit"]),
        ("USD/", "USD", ["USD"]),
        ("9**9**9**9", "USD", ["cannot be converted"]),
        ("__import__('os')", "USD", ["no known unit"]),
        ("x" * 1000, "USD", ["USD"]),
    ],
)
def test_what_does_not_convert(found: str, wanted: str, parts: list[str]) -> None:
    with pytest.raises(UserError) as raised:
        factor(found, wanted)
    (fault,) = raised.value.faults
    assert fault.key == "unit"
    assert len(str(fault)) < 400
    for part in parts:
        assert part in str(fault)


@pytest.mark.parametrize(
    "form",
    [
        {"uniform": {"min": 1, "max": 4}},
        {"triangular": {"min": 1, "mode": 2, "max": 4}},
        {"pert": {"min": 1, "mode": 2, "max": 4}},
        {"normal": {"p10": 1, "p90": 4}, "min": 0},
        {"lognormal": {"p10": 1, "p90": 4}, "max": 9},
        {"beta": {"mean": 0.5, "sd": 0.1}},
        {"gamma": {"mean": 5, "sd": 1}},
        {"quantiles": {"p10": 1, "p50": 2, "p90": 4}},
        {"quantiles": {"p10": 1, "p50": 2, "p90": 4}, "max": 6},
        {"discrete": {"values": [1, 2], "weights": [0.5, 0.5]}},
        {
            "mixture": {
                "weights": [0.5, 0.5],
                "parts": [{"uniform": {"min": 1, "max": 2}}, {"gamma": {"mean": 5, "sd": 1}}],
            }
        },
        {"scipy": {"name": "weibull_min", "c": 2, "loc": 1}},
    ],
)
def test_conversion_scales_the_whole_distribution(form: dict[str, object]) -> None:
    plain = marginal(form, support=Support(0))
    scaled = marginal({**form, "unit": "USD/day"}, unit="USD/week", support=Support(0))
    q = [0.001, 0.1, 0.5, 0.9, 0.999]
    assert scaled.ppf(q) == pytest.approx([7 * x for x in plain.ppf(q)], rel=1e-12)
    assert scaled.mean() == pytest.approx(7 * plain.mean(), rel=1e-12)
    assert scaled.std() == pytest.approx(7 * plain.std(), rel=1e-12)
    assert scaled.support() == pytest.approx(tuple(7 * end for end in plain.support()))
    assert (scaled.fast is None) == (plain.fast is None)
    assert "times 7 (calendar time)" in scaled.note


def test_shares_in_percent() -> None:
    distribution = marginal(
        {"beta": {"mean": 80, "sd": 5, "min": 0, "max": 100}, "unit": "percent"},
        unit="1",
        support=Support(0, 1),
    )
    assert (distribution.mean(), distribution.std()) == pytest.approx((0.8, 0.05))
    logit = marginal(
        {"quantiles": {"p10": 60, "p50": 80, "p90": 90}, "unit": "%"}, unit="1", support=Support(0, 1)
    )
    assert logit.support() == (0, 1)
    assert logit.ppf(0.9) == pytest.approx(0.9)


def test_downward_bounded_metalog_converts_too() -> None:
    form = {"quantiles": {"p10": -9, "p50": -4, "p90": -1}, "unit": "percent/year"}
    distribution = marginal(form, unit="1/year", support=Support(upper=1, upper_open=True))
    assert distribution.ppf([0.1, 0.5, 0.9]) == pytest.approx([-0.09, -0.04, -0.01])
    assert distribution.support()[1] == 1
