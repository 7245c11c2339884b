"""Pictures let into a page, shapes of distributions, and the steps of the waterfall."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from matplotlib.patches import Rectangle

from distributions.spec import marginal
from studies.probability_of_cheaper.figures import waterfall
from studies.shared.report.distributions import BINS, Distribution
from studies.shared.report.inline import inlined, title
from tests.studies.synthetic import synthetic_run

LEVELS = np.array([0.005, *(np.arange(1, 100) / 100), 0.995])

HOSTILE = b"""<?xml version="1.0"?><!DOCTYPE svg>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
viewBox="0 0 9 9" width="9pt" onload="a()">
<title>Costs &lt;fall&gt;</title><script>alert(1)</script><style>*{fill:red}</style>
<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><img src="x"/></body></foreignObject>
<a xlink:href="javascript:alert(1)"><text>linked</text></a>
<image xlink:href="https://example.org/x.png"/><image xlink:href="data:image/png;base64,AAAA"/>
<g id="a" clip-path="url(#c)" onclick="b()"><path d="M0 0" style="fill: url(https://example.org/x)"/></g>
<clipPath id="c"><rect width="1" height="1"/></clipPath><use xlink:href="#a"/><use xlink:href="https://example.org/y#z"/>
<text style="font-family: 'DejaVu Sans'">5 &lt; 6</text></svg>"""


def test_only_what_draws_is_let_into_the_page() -> None:
    assert title(HOSTILE) == "Costs <fall>"
    found = inlined(HOSTILE, "p-", 'a "b" <c>')
    assert found is not None
    for word in (
        "script",
        "style>",
        "foreign",
        "javascript",
        "linked",
        "example.org",
        "onload",
        "onclick",
        'width="9pt',
    ):
        assert word not in found, word
    for word in (
        'id="p-a"',
        'clip-path="url(#p-c)"',
        'id="p-c"',
        'href="#p-a"',
        "data:image/png;base64,AAAA",
        "5 &lt; 6",
    ):
        assert word in found, word
    assert 'role="img"' in found
    assert 'aria-label="a &quot;b&quot; &lt;c&gt;"' in found
    assert "Verdana" in found


@pytest.mark.parametrize(
    "content", [b"", b"no xml", b"<svg/>", b'<svg xmlns="http://www.w3.org/2000/svg"/>', b"<a>" * 99_999]
)
def test_what_is_no_picture_is_left_out(content: bytes) -> None:
    assert inlined(content, "p-", "x") is None


def distribution(spec: object) -> Distribution:
    return Distribution("1", LEVELS, np.asarray(marginal(spec).ppf(LEVELS), dtype=float))


def test_heights_of_a_density_are_its_density() -> None:
    flat = distribution({"uniform": {"min": 2.0, "max": 6.0}}).density()
    assert flat is not None
    assert flat.heights == pytest.approx([1.0] * BINS, abs=0.002)
    bell = distribution({"normal": {"mean": 0.0, "sd": 1.0}}).density()
    assert bell is not None
    edges = np.linspace(-1, 1, BINS + 1) * 2.5758293
    middles = (edges[1:] + edges[:-1]) / 2
    # 101 quantiles joined by lines: within a hundredth of the highest bin.
    assert np.array(bell.heights) == pytest.approx(np.exp(-(middles**2) / 2), abs=0.015)
    assert "Density from -2.58 to 2.58, median 0" in bell.words


def test_single_values_stand_where_they_are_with_their_weights() -> None:
    shape = distribution({"discrete": {"values": [1, 2, 5], "weights": [0.5, 0.25, 0.25]}}).density()
    assert shape is not None
    assert shape.heights[0] == 1.0
    # Weights counted at 101 levels: a hundredth of a half.
    assert shape.heights[BINS // 4 - 1] + shape.heights[BINS // 4] == pytest.approx(0.5, abs=0.03)
    assert shape.heights[-1] == pytest.approx(0.5, abs=0.03)
    assert sum(height > 0.05 for height in shape.heights) == 3


def test_a_wide_distribution_is_drawn_over_logarithms_and_a_certain_one_not_at_all() -> None:
    wide = distribution({"lognormal": {"p10": 1.0, "p90": 100.0}})
    shape = wide.density()
    assert shape is not None
    assert "logarithmic" in shape.words
    assert shape.heights == pytest.approx(shape.heights[::-1], abs=0.015)
    assert distribution(3.0).density() is None


@pytest.fixture(scope="module")
def data() -> xr.Dataset:
    return synthetic_run(draws=200)


def test_the_steps_of_the_waterfall_lead_from_one_total_to_the_other(data: xr.Dataset) -> None:
    figure = waterfall.draw(data)
    a, b = data.attrs["compare_a"], data.attrs["compare_b"]
    totals = data["item_mean"].sum("item")
    bars = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    before, after, *steps = (bar.get_width() for bar in bars)
    assert before == pytest.approx(float(totals.sel(strategy=b)), rel=1e-12)
    assert after == pytest.approx(float(totals.sel(strategy=a)), rel=1e-12)
    assert before + sum(steps) == pytest.approx(after, rel=1e-9)
    assert bars[2].get_x() == pytest.approx(before)
    assert len(steps) <= waterfall.MOST + 1


def test_the_waterfall_of_two_that_cost_the_same_says_so(data: xr.Dataset) -> None:
    same = data.assign(item_mean=data["item_mean"] * 0 + 5.0).assign_attrs(data.attrs)
    assert any("cost the same" in item.get_text() for item in waterfall.draw(same).texts)
