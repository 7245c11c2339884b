"""The one-at-a-time tornado, against its closed form, and its figure."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

from distributions.errors import UserError
from sim import Model, Scenario
from studies import tornado
from studies.figures import style
from studies.figures import tornado as figure_of


def title(figure: mpl.figure.Figure) -> str:
    return " ".join(item.get_text() for item in figure.texts if item.get_gid() == "title")


def product_model() -> Model:
    return Model(
        inputs={
            "x1": {"lognormal": {"median": 2.0, "sigma": 0.4}},
            "x2": {"lognormal": {"median": 3.0, "sigma": 0.1}},
            "x3": {"lognormal": {"median": 0.5, "sigma": 0.25}},
            "fixed": 1.0,
        },
        outputs=("y",),
        function=lambda v: {"y": v["x1"] * v["x2"] * v["x3"] * v["fixed"]},
    )


def test_tornado_of_a_product_has_its_closed_form() -> None:
    """Base times exp(∓ sigma z_0.9); the other inputs at their medians."""
    found = tornado.swing(product_model(), output="y", low=0.1, high=0.9)
    assert list(found["input"].values) == ["x1", "x2", "x3", "fixed"]
    np.testing.assert_allclose(found["low"], [1.79677189368, 2.63915062415, 2.17760227421, 3.0], rtol=1e-9)
    np.testing.assert_allclose(found["high"], [5.00898307217, 3.41018808008, 4.13298613184, 3.0], rtol=1e-9)
    assert float(found["base"]) == pytest.approx(3.0, rel=1e-12)


def test_tornado_figure_names_the_widest_bar() -> None:
    figure = figure_of.draw(tornado.swing(product_model()))
    assert title(figure).startswith("x1 matters most")
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["x1", "x3", "x2"]
    style.rendered(figure)


def test_tornado_where_nothing_moves_says_so() -> None:
    still = Model(inputs={"x": 1.0}, outputs=("y",), function=lambda v: {"y": v["x"]})
    figure = figure_of.draw(tornado.swing(still))
    assert title(figure) == "No input moves y"
    style.rendered(figure)


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 0.9), (0.9, 0.1), (0.5, 0.5), (0.1, 1.0), (float("nan"), 0.9)]
)
def test_levels_out_of_order_are_refused(low: float, high: float) -> None:
    with pytest.raises(UserError, match="0 < low < high < 1"):
        tornado.swing(product_model(), low=low, high=high)


def test_an_unknown_output_is_refused_with_a_near_match() -> None:
    with pytest.raises(UserError, match="allowed: y"):
        tornado.swing(product_model(), output="z")


def test_tornado_of_a_scenario_is_of_the_cost_difference() -> None:
    """The base is that of a deterministic evaluation, the widest bar comes first, swapping mirrors."""
    from sim import evaluate

    study = {"compare": ["tuned_hosted", "rag"]}
    found = tornado.analyse(Scenario.from_dict({"study": study}))
    costs = evaluate(Scenario.from_dict({"study": study})).cost
    assert float(found["base"]) == pytest.approx(costs["tuned_hosted"] - costs["rag"], rel=1e-9)
    width = abs(found["high"] - found["low"]).values
    assert (np.diff(width) <= 0).all()
    mirrored = tornado.analyse(Scenario.from_dict({"study": {"compare": ["rag", "tuned_hosted"]}}))
    assert float(mirrored["base"]) == pytest.approx(-float(found["base"]), rel=1e-9)
    style.rendered(figure_of.draw(found))


def test_with_others_varying_a_bar_is_the_mean_of_its_tenth() -> None:
    """E[e^Z | Z < z] and E[e^Z | Z > -z] of a product: the other factors' means stay."""
    from scipy import stats

    found = tornado.varying(product_model(), draws=1 << 16)
    sigma = {"x1": 0.4, "x2": 0.1, "x3": 0.25}
    mean = 3.0 * np.exp(sum(s * s for s in sigma.values()) / 2)
    assert list(found["input"].values) == list(sigma)
    z = stats.norm.ppf(0.1)
    for k, s in enumerate(sigma.values()):
        low, high = stats.norm.cdf(z - s) / 0.1, stats.norm.sf(-z - s) / 0.1
        # five of the standard errors that it reports
        assert abs(float(found["low"][k]) - mean * low) < 5 * float(found["low_mcse"][k])
        assert abs(float(found["high"][k]) - mean * high) < 5 * float(found["high_mcse"][k])
        assert float(found["high_mcse"][k]) < 0.02 * mean
    assert float(found["base"]) == pytest.approx(mean, rel=1e-3)


def test_varying_follows_the_dependence() -> None:
    unit = {"normal": {"mean": 0.0, "sd": 1.0}}
    model = Model({"x1": unit, "x2": unit}, ("y",), lambda v: {"y": v["x1"]}, [(("x1", "x2"), 0.5)])
    found = tornado.varying(model)
    # x2 does nothing by itself, but tells of x1: E[x1 | x2 < P10] = r E[x2 | x2 < P10], r = 2 sin(pi/12)
    r = 2 * np.sin(np.pi / 12)
    assert float(found["low"][1] / found["low"][0]) == pytest.approx(r, abs=0.02)
    assert float(tornado.swing(model)["low"][1]) == float(tornado.swing(model)["base"])


def test_the_rest_stand_together_in_one_bar() -> None:
    weights = {f"x{k:02}": float(20 - k) * (-1) ** k for k in range(14)}
    laws = {key: {"uniform": {"min": 0.0, "max": 1.0}} for key in weights}
    model = Model(laws, ("y",), lambda v: {"y": sum(w * v[name] for name, w in weights.items())})
    found = tornado.swing(model)
    low, high = tornado._together(model, "y", found)
    reach = 0.4 * sum(abs(w) for w in list(weights.values())[10:])
    base = float(found["base"])
    assert (low, high) == pytest.approx((base - reach, base + reach))


@pytest.mark.parametrize("output", ["difference", "probability", "cost:rag"])
@pytest.mark.parametrize("reading", tornado.READINGS)
def test_both_readings_of_each_output_are_drawn(output: str, reading: str) -> None:
    from studies.figures import spider as spider_figure

    scenario = Scenario.from_dict({"study": {"compare": ["tuned_hosted", "rag"]}})
    found = tornado.analyse(scenario, output=output, reading=reading)
    record = tornado.record(found)
    assert record["reading"] == reading
    assert ("others" in record) == (reading == "medians")
    style.rendered(figure_of.draw(found))
    from sim import quantity

    legs = tornado.spider(
        quantity(scenario, output).model, output, [str(n) for n in found["input"].values[:6]]
    )
    assert legs["result"].shape == (6, len(tornado.SPIDER_LEVELS))
    style.rendered(spider_figure.draw(legs.assign_attrs(found.attrs)))


def test_an_unknown_reading_is_refused() -> None:
    with pytest.raises(UserError, match="varying"):
        tornado.analyse(Scenario.from_dict({"study": {"compare": ["tuned_hosted", "rag"]}}), reading="varing")
