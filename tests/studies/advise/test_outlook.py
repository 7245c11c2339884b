"""What would change a recommendation, against closed forms on a scenario with two uncertain inputs."""

from __future__ import annotations

import pytest

from distributions.inputs import registry
from sim import Scenario, evaluate
from studies.advise.outlook import beyond, outlook

SEARCH = {"uniform": {"min": 0.0, "max": 10.0}}


def _scenario() -> Scenario:
    """Two strategies without any cost but setup on one side and searches on the other."""
    inputs: dict[str, dict[str, object]] = {}
    for key, item in registry().items():
        group, name = key.split(".")
        neutral = (1.0,) if item.support.integer else (0.0, 1.0, 0.5)
        inputs.setdefault(group, {})[name] = next(value for value in neutral if value in item.support)
    inputs["workload"]["queries_per_month"] = 1e5
    inputs["rag"]["searches_per_query"] = 1.0
    inputs["labor"]["weekly_rate"] = 1000.0
    inputs["prompt"]["setup_weeks"] = {"uniform": {"min": 4.0, "max": 8.0}}
    inputs["rag"]["search_price"] = SEARCH
    study = {"title": "t", "horizon_months": 10, "discount_rate": 0.0, "compare": ["prompt", "rag"]}
    return Scenario.from_dict({"study": {**study, "strategies": ["prompt", "rag"]}, "inputs": inputs})


@pytest.mark.slow
def test_the_tipping_point_is_where_the_means_meet() -> None:
    scenario = _scenario()
    # searches cost 10 months * 100 thousand * price; setup 6,000 on average: level at a price of 6
    assert evaluate(scenario, {"rag.search_price": 6.0}).cost["rag"] == pytest.approx(6000)
    found = outlook(scenario, ("rag", "prompt"), 1)
    assert found.runner_up == "prompt"
    tips = {tip.input: tip for tip in found.tips}
    assert tips["rag.search_price"].value == pytest.approx(6.0, rel=1e-3)
    assert tips["rag.search_price"].above
    assert beyond(tips["rag.search_price"]) == pytest.approx(0.4, abs=1e-3)
    # setup of five weeks costs what five dollars a thousand searches do, the mean
    assert tips["prompt.setup_weeks"].value == pytest.approx(5.0, rel=2e-3)
    assert not tips["prompt.setup_weeks"].above
    # knowing the price p: E max(0, p - 6) of a thousand = 4^2 / 2 / 10
    assert found.worth[0].input == "rag.search_price"
    assert found.worth[0].value == pytest.approx(800.0, rel=0.02)


def test_one_strategy_alone_has_no_outlook() -> None:
    assert outlook(_scenario(), ("rag",), 1).runner_up is None
