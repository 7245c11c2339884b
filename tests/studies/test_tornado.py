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
