"""Edited distributions: valid in any scenario, with the median asked for and the spread that the form can have."""

from __future__ import annotations

import math

import pytest

from distributions import marginal
from distributions.inputs import Input, registry
from distributions.spec import Marginal
from distributions.support import Support
from sim import Scenario
from studies.web.edit import Edit, adjustable, edited

FORMS = {
    "uniform": {"uniform": {"min": 1.0, "max": 5.0}},
    "triangular": {"triangular": {"min": 1.0, "mode": 2.0, "max": 6.0}},
    "pert": {"pert": {"min": 1.0, "mode": 2.0, "max": 6.0}},
    "normal": {"normal": {"mean": 10.0, "sd": 0.5}},
    "normal, cut": {"normal": {"mean": 4.0, "sd": 2.0}, "min": 0.0, "max": 9.0},
    "lognormal": {"lognormal": {"p10": 1.0, "p90": 5.0}},
    "lognormal, cut": {"lognormal": {"p10": 1.0, "p90": 5.0}, "min": 0.5, "max": 6.0},
    "gamma": {"gamma": {"mean": 4.0, "sd": 2.0}},
    "quantiles": {"quantiles": {"p05": 1.0, "p50": 2.0, "p95": 4.5}},
    "quantiles, bounded": {"quantiles": {"p10": 1.0, "p50": 2.0, "p90": 4.0}, "min": 0.0, "max": 10.0},
    "discrete": {"discrete": {"values": [1.0, 2.0, 4.0], "weights": [0.25, 0.5, 0.25]}},
    "mixture": {
        "mixture": {
            "weights": [1.0, 2.0],
            "parts": [{"lognormal": {"p05": 1.0, "p95": 3.0}}, {"lognormal": {"p10": 2.0, "p90": 9.0}}],
        }
    },
    "mixture of unlike": {
        "mixture": {
            "weights": [1.0, 2.0],
            "parts": [
                {"pert": {"min": 1.0, "mode": 2.0, "max": 4.0}},
                {"lognormal": {"p10": 2.0, "p90": 9.0}},
            ],
        }
    },
    "scipy": {"scipy": {"name": "weibull_min", "c": 1.8, "loc": 0.0, "scale": 3.0}},
}
SHARES = {
    "beta": {"beta": {"mean": 0.3, "sd": 0.1}},
    "beta, ends": {"beta": {"alpha": 2.0, "beta": 3.0, "min": 0.1, "max": 0.8}},
    "uniform": {"uniform": {"min": 0.2, "max": 0.9}},
    "quantiles": {"quantiles": {"p10": 0.2, "p50": 0.4, "p90": 0.7}},
}


def an_input(support: Support, unit: str = "1") -> Input:
    return Input("group.name", unit, support, 1.0, "", "somewhere", "")


def read(item: Input, spec: object) -> Marginal:
    return marginal(spec, unit=item.unit, support=item.support)


def width(distribution: Marginal) -> float:
    low, high = (float(x) for x in distribution.ppf([0.1, 0.9]))
    return high - low


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("factor", [0.4, 1.0, 2.5])
@pytest.mark.parametrize("spread", [0.25, 1.0, 2.0])
def test_the_median_is_the_one_asked_for_and_the_form_stays(name: str, factor: float, spread: float) -> None:
    item = an_input(Support(lower=0.0))
    distribution = read(item, FORMS[name])
    median = factor * distribution.median()
    spec = edited(item, distribution, Edit(median, spread))
    found = read(item, spec)
    assert found.median() == pytest.approx(median, rel=1e-6)
    assert set(FORMS[name]) <= set(spec)
    if spread < 1.0:
        assert width(found) < 0.6 * factor * width(distribution)


@pytest.mark.parametrize("name", SHARES)
@pytest.mark.parametrize("median", [0.05, 0.35, 0.75])
@pytest.mark.parametrize("spread", [0.3, 1.0, 1.7])
def test_a_share_stays_a_share(name: str, median: float, spread: float) -> None:
    item = an_input(Support(0.0, 1.0))
    distribution = read(item, SHARES[name])
    low, high = SHARES[name].get("beta", {}).get("min", 0.0), SHARES[name].get("beta", {}).get("max", 1.0)
    median = min(max(median, low + 0.01), high - 0.01)
    found = read(item, edited(item, distribution, Edit(median, spread)))
    assert found.median() == pytest.approx(median, abs=1e-6)
    assert low <= found.support()[0] < found.support()[1] <= high


def test_a_lognormal_is_scaled_in_logarithms() -> None:
    item = an_input(Support(lower=0.0))
    distribution = read(item, {"lognormal": {"median": 2.0, "sigma": 0.6}})
    spec = edited(item, distribution, Edit(5.0, 0.5))
    assert spec["lognormal"] == {"median": pytest.approx(5.0), "sigma": pytest.approx(0.3)}


def test_a_pert_above_a_bound_is_scaled_about_the_bound() -> None:
    item = an_input(Support(lower=1.0))
    distribution = read(item, {"pert": {"min": 1.5, "mode": 2.5, "max": 6.0}})
    found = read(item, edited(item, distribution, Edit(1.0 + 2.0 * (distribution.median() - 1.0))))
    assert found.spec["pert"]["min"] == pytest.approx(2.0)
    assert found.spec["pert"]["max"] == pytest.approx(11.0)


def test_the_spread_of_a_uniform_is_scaled_and_stops_at_the_bound() -> None:
    item = an_input(Support(lower=0.0))
    distribution = read(item, {"uniform": {"min": 1.0, "max": 3.0}})
    assert edited(item, distribution, Edit(None, 1.5))["uniform"] == {"min": 0.5, "max": 3.5}
    assert edited(item, distribution, Edit(None, 3.0))["uniform"] == {"min": 0.0, "max": 4.0}


def test_the_sd_of_a_beta_is_scaled() -> None:
    item = an_input(Support(0.0, 1.0))
    distribution = read(item, {"beta": {"mean": 0.5, "sd": 0.12}})
    found = read(item, edited(item, distribution, Edit(None, 0.5)))
    assert found.std() == pytest.approx(0.06)
    assert found.mean() == pytest.approx(0.5)


def test_no_spread_is_a_certain_number() -> None:
    item = an_input(Support(lower=0.0))
    distribution = read(item, FORMS["lognormal"])
    found = read(item, edited(item, distribution, Edit(3.0, 0.0)))
    assert found.certain
    assert found.value == 3.0


def test_whole_numbers_stay_whole() -> None:
    item = registry()["serve.min_replicas"]
    distribution = marginal(item.default, unit=item.unit, support=item.support)
    spec = edited(item, distribution, Edit(3.2))
    found = read(item, spec)
    assert found.median() == 3.0
    assert all(value.is_integer() for value in spec["discrete"]["values"])


def test_another_unit_becomes_the_inputs_own() -> None:
    item = an_input(Support(lower=0.0), "USD/month")
    distribution = read(item, {"pert": {"min": 1.0, "mode": 2.0, "max": 6.0}, "unit": "USD/day"})
    found = read(item, edited(item, distribution, Edit(2.0 * distribution.median())))
    assert "unit" not in found.spec
    assert found.median() == pytest.approx(2.0 * distribution.median())
    assert found.support()[1] == pytest.approx(2.0 * distribution.support()[1])


def test_a_median_outside_the_support_is_held_to_it() -> None:
    item = registry()["cache.prompt_hit_rate"]
    distribution = marginal(0.5, unit=item.unit, support=item.support)
    assert read(item, edited(item, distribution, Edit(7.0))).value == 1.0


def test_what_comes_from_a_file_is_left_alone(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "measured.csv").write_text("x\n" + "\n".join(str(1.0 + k / 7) for k in range(50)))
    item = an_input(Support(lower=0.0))
    distribution = marginal({"data": {"file": "measured.csv", "column": "x"}}, folder=tmp_path)
    assert not adjustable(distribution)
    assert edited(item, distribution, Edit(9.0, 2.0)) == distribution.spec
    assert read(item, edited(item, distribution, Edit(9.0, 0.0))).value == pytest.approx(
        distribution.median()
    )


def test_nothing_done_is_the_value_as_it_was() -> None:
    item = registry()["price.input"]
    distribution = marginal(item.default, unit=item.unit, support=item.support)
    assert edited(item, distribution, Edit()) == distribution.spec


@pytest.mark.parametrize("key", list(registry()))
@pytest.mark.parametrize(("factor", "spread"), [(1.0, 0.3), (1.0, 3.0), (0.7, 1.0), (1.05, 2.0)])
def test_every_default_can_be_edited_and_is_a_scenario_again(key: str, factor: float, spread: float) -> None:
    item = registry()[key]
    distribution = marginal(item.default, unit=item.unit, support=item.support)
    if key == "serve.hours_per_month" and factor < 1.0:
        pytest.skip("fewer hours than the product must answer are refused")
    median = distribution.median() * factor
    spec = edited(item, distribution, Edit(median, spread))
    found = Scenario.from_dict({"inputs": {item.group: {item.name: spec}}}).inputs[key]
    if not item.support.integer:
        wanted = min(
            max(median, item.support.lower),
            min(item.support.upper, distribution.support()[1] if "beta" in spec else math.inf),
        )
        assert found.median() == pytest.approx(wanted, rel=1e-6, abs=1e-9)
    assert "moved in the calculator" in (found.source or "")
