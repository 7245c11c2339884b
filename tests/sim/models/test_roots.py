"""Where a curve reaches a level, with exact curves and bands; and where one looks along an input."""

from __future__ import annotations

import math

import numpy as np
import pytest

from distributions import marginal
from distributions.errors import UserError
from distributions.support import Support
from sim.models.axis import Axis, axis
from sim.models.roots import Curve, Point, crossings

LINE = Axis(0.0, 10.0)
WHOLE = Axis(1.0, 200.0, np.arange(1.0, 201.0))


def banded(axis_of: Axis, function: object, half: float) -> Curve:
    def curve(position: float) -> Point:
        y = function(axis_of.value(position))  # type: ignore[operator]
        return Point(y, y - half, y + half)

    return curve


@pytest.mark.parametrize("sign", [1, -1])
def test_the_interval_is_where_the_band_reaches_the_level(sign: int) -> None:
    (found,) = crossings(LINE, LINE.grid(33), banded(LINE, lambda x: sign * 2 * x, 1.0), sign * 7.0)
    assert found.value == pytest.approx(3.5, abs=1e-5)
    assert (found.low, found.high) == (pytest.approx(3.0, abs=1e-5), pytest.approx(4.0, abs=1e-5))
    assert found.rising == (sign > 0)


def test_an_end_that_the_band_does_not_reach_is_none() -> None:
    curve = banded(LINE, lambda x: x, 4.0)
    (found,) = crossings(LINE, LINE.grid(33), curve, 3.0)
    assert found.low is None
    assert found.high == pytest.approx(7.0, abs=1e-5)
    (found,) = crossings(LINE, LINE.grid(33), banded(LINE, lambda x: x, 40.0), 3.0)
    assert (found.low, found.high) == (None, None)


def test_every_crossing_is_found_and_a_touch_is_one() -> None:
    found = crossings(LINE, LINE.grid(33), banded(LINE, lambda x: (x - 5.0) ** 2, 0.1), 4.0)
    assert [one.value for one in found] == pytest.approx([3.0, 7.0], abs=1e-5)
    assert [one.rising for one in found] == [False, True]
    assert not crossings(LINE, LINE.grid(33), banded(LINE, lambda x: (x - 5.0) ** 2, 0.1), -1.0)
    touch = crossings(LINE, LINE.grid(33), banded(LINE, lambda x: -((x - 5.0) ** 2), 0.1), 0.0)
    assert [one.value for one in touch] == pytest.approx([5.0], abs=1e-5)


def test_a_curve_that_starts_at_the_level_reaches_it_there() -> None:
    (found,) = crossings(LINE, LINE.grid(33), banded(LINE, lambda x: x, 1.0), 0.0)
    assert (found.value, found.low) == (0.0, None)
    assert found.high == pytest.approx(1.0, abs=1e-5)


def test_a_jump_has_its_place_as_interval() -> None:
    (found,) = crossings(LINE, LINE.grid(33), banded(LINE, lambda x: float(x > math.pi), 0.0), 0.5)
    assert (found.low, found.value, found.high) == pytest.approx((math.pi,) * 3, abs=1e-5)


@pytest.mark.parametrize("points", [33, 500])
def test_of_single_values_the_first_at_or_beyond_the_level_is_the_answer(points: int) -> None:
    grid = WHOLE.grid(points)
    (found,) = crossings(WHOLE, grid, banded(WHOLE, lambda x: 0.01 * x, 0.055), 0.501)
    # the band's ends reach 0.501 at 44.6 and 55.6
    assert (found.value, found.low, found.high) == (51.0, 45.0, 56.0)
    (found,) = crossings(WHOLE, grid, banded(WHOLE, lambda x: -0.01 * x, 0.055), -0.5)
    assert (found.value, found.low, found.high) == (50.0, 45.0, 56.0)


def test_one_looks_between_far_quantiles_by_ratio_where_they_are_wide() -> None:
    distribution = marginal({"lognormal": {"median": 3.0, "sigma": 1.0}})
    along = axis("x", distribution)
    z = 3.090232306167813
    assert (along.low, along.high) == (pytest.approx(3 * math.exp(-z)), pytest.approx(3 * math.exp(z)))
    assert along.log
    assert along.value(0.5) == pytest.approx(3.0)
    assert along.position(3.0) == pytest.approx(0.5)
    assert not axis("x", marginal({"uniform": {"min": 0.0, "max": 1.0}})).log


def test_of_a_certain_value_a_tenth_to_ten_times_within_the_support() -> None:
    assert (axis("x", marginal(4.0)).low, axis("x", marginal(4.0)).high) == (0.4, 40.0)
    share = axis("x", marginal(0.3), Support(0.0, 1.0, upper_open=True))
    assert (share.low, share.high) == (pytest.approx(0.03), math.nextafter(1.0, 0.0))
    whole = axis("x", marginal(3.0), Support(1.0, integer=True))
    assert whole.values is not None
    assert list(whole.values) == list(range(1, 31))
    with pytest.raises(UserError, match="certain"):
        axis("x", marginal(0.0))


@pytest.mark.parametrize(
    ("between", "match"),
    [((2.0, 1.0), "LOW < HIGH"), ((math.nan, 1.0), "LOW < HIGH"), ((-1.0, 1.0), "nothing that x can be")],
)
def test_ends_that_cannot_be_are_refused(between: tuple[float, float], match: str) -> None:
    with pytest.raises(UserError, match=match):
        axis("x", marginal({"uniform": {"min": 0.2, "max": 0.5}}), Support(0.0), between)


def test_a_discrete_input_has_its_own_values_or_those_between() -> None:
    distribution = marginal({"discrete": {"values": [1, 2, 9], "weights": [1, 1, 1]}})
    assert list(axis("x", distribution).values) == [1.0, 2.0, 9.0]  # type: ignore[arg-type]
    assert axis("x", distribution, None, (1.0, 5.0)).values is None
    whole = axis("x", distribution, Support(1.0, integer=True), (1.5, 5.0)).values
    assert whole is not None
    assert list(whole) == [2.0, 3.0, 4.0, 5.0]
    with pytest.raises(UserError, match="distribution of x"):
        axis("x", distribution, None, (1.0, 12.0), tied=True)
