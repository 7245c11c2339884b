"""One axis for a distribution, and the density over it, wherever it is shown."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from distributions import shape
from distributions.spec import Marginal, marginal
from sim.results.dataset import INPUT_LEVELS
from studies.shared import density as terminal
from studies.shared.report import distributions as report
from studies.web import sketch as page

WIDE = {"lognormal": {"p10": 1, "p90": 1000}}
FROM_ALMOST_NOTHING = {"uniform": {"min": 0, "max": 1}}
BESIDE_NOTHING = {"normal": {"mean": 0, "sd": 1}}
FACTOR_OF_THIRTY = {"lognormal": {"p10": 1, "p90": 5.4}}
STEPS = {"discrete": {"values": [1, 2, 100], "weights": [0.3, 0.4, 0.3]}}
POOL = {"mixture": {"weights": [1, 1], "parts": [WIDE, {"lognormal": {"p10": 5, "p90": 50}}]}}


@pytest.mark.parametrize(
    ("spec", "logarithmic"),
    [
        (WIDE, True),
        (POOL, True),
        (FROM_ALMOST_NOTHING, False),
        (BESIDE_NOTHING, False),
        (FACTOR_OF_THIRTY, False),
        (STEPS, True),
    ],
)
def test_terminal_report_and_page_show_it_on_the_same_axis(spec: object, logarithmic: bool) -> None:
    distribution = marginal(spec)
    axis = shape.axis([distribution])
    assert (axis.low, axis.high) == tuple(distribution.ppf([0.005, 0.995]))
    assert axis.logarithmic == logarithmic
    *_, scale = terminal.picture(distribution)
    assert ("logarithmic" in scale) == logarithmic
    stored = report.Distribution("1", INPUT_LEVELS, distribution.ppf(INPUT_LEVELS))
    assert shape.axis([stored]) == axis
    in_the_report = stored.density()
    assert in_the_report is not None
    assert ("logarithmic" in in_the_report.words) == logarithmic
    assert _page_marks(distribution) == pytest.approx(
        [page.WIDTH * axis.share(distribution.median())], abs=0.06
    )


def _page_marks(now: Marginal, before: Marginal | None = None) -> list[float]:
    """Where the page's sketch has its lines."""
    return [float(x) for x in re.findall(r'<line class="median" x1="([\d.]+)"', page.sketch(now, before))]


def test_two_distributions_share_an_axis() -> None:
    now, before = marginal(WIDE), marginal({"lognormal": {"p10": 100, "p90": 1e5}})
    axis = shape.axis([now, before])
    assert axis == shape.axis([before, now])
    assert (axis.low, axis.high) == (float(now.ppf(0.005)), float(before.ppf(0.995)))
    assert axis.logarithmic
    assert _page_marks(now, before) == pytest.approx([page.WIDTH * axis.share(now.median())], abs=0.06)


def test_the_axis_reaches_to_what_stands_beside_it() -> None:
    axis = shape.axis([marginal(FROM_ALMOST_NOTHING)], [-2.0, 0.5])
    assert (axis.low, axis.high) == (-2.0, pytest.approx(0.995))
    assert [axis.share(value) for value in (-3.0, -2.0, 7.0)] == [0.0, 0.0, 1.0]


def test_a_single_value_stands_in_the_middle() -> None:
    for value in (3.0, 0.0, -0.25):
        axis = shape.axis([marginal(value)])
        assert axis.share(value) == 0.5
        assert not axis.logarithmic


def test_the_density_is_the_probability_of_each_cell() -> None:
    for spec in (WIDE, BESIDE_NOTHING, STEPS):
        distribution = marginal(spec)
        axis = shape.axis([distribution])
        mass = shape.density(distribution, axis, 40)
        edges = axis.edges(40)
        assert (edges[0], edges[-1]) == (axis.low, axis.high)
        steps = spec is STEPS
        assert mass.sum() == pytest.approx(1.0 if steps else 0.99, abs=1e-9)
        for k in (3, 20, 39):
            assert mass[k] == pytest.approx(
                float(distribution.cdf(edges[k + 1]) - distribution.cdf(edges[k]))
            )
        assert mass[0] == pytest.approx(float(distribution.cdf(edges[1])) - (0.0 if steps else 0.005))


def test_an_even_density_of_the_logarithm() -> None:
    mass = shape.density(marginal(WIDE), shape.axis([marginal(WIDE)]), 40)
    assert mass == pytest.approx(mass[::-1], rel=1e-6)


def test_quantiles_stand_for_the_distribution_that_they_are_of() -> None:
    for spec, most in ((WIDE, 0.002), (STEPS, 0.011)):
        distribution = marginal(spec)
        stored = shape.Quantiles(INPUT_LEVELS, distribution.ppf(INPUT_LEVELS))
        axis = shape.axis([distribution])
        # between stored levels a hundredth apart the density is drawn even; a step lies within one of them
        there, here = (shape.density(one, axis, 32) for one in (stored, distribution))
        assert np.abs(np.cumsum(there) - np.cumsum(here)).max() < most
        assert there.sum() == pytest.approx(here.sum())
    assert math.isclose(float(stored.cdf(np.nextafter(1.0, 0.0))), 0.0, abs_tol=1e-12)
