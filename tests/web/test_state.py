"""Links and sliders: what is written is read again, and what makes no sense is held or left out."""

from __future__ import annotations

import pytest

from distributions import marginal
from distributions.inputs import registry
from sim import Scenario
from studies.web.edit import Edit
from studies.web.state import Page, State, read
from studies.web.track import STEPS, track

NAMES = ("support_bot", "internal_kb")


def state(query: str) -> State:
    return read(query, NAMES, "support_bot")


def test_a_link_holds_only_what_differs() -> None:
    assert State("support_bot").query() == "s=support_bot"
    full = State(
        "internal_kb", ("rag", "hybrid"), ("rag", "tuned_hosted", "hybrid"), 24,
        {"price.input": Edit(2.5, 0.3), "gpu.hourly_rate": Edit(None, 0.0), "tokens.output": Edit(1234.0)},
    )  # fmt: skip
    query = full.query()
    assert query == (
        "s=internal_kb&pair=rag-hybrid&only=rag-tuned_hosted-hybrid&months=24"
        "&gpu.hourly_rate=~0&price.input=2.5~0.3&tokens.output=1234"
    )
    assert state(query) == full


@pytest.mark.parametrize(
    "query",
    [
        "", "s=nowhere", "pair=rag", "pair=rag-rag", "pair=rag-oracle", "only=rag", "months=-3", "months=" + "9" * 5000,
        "months=x", "price.input=", "price.input=abc", "price.input=nan", "price.input=inf~", "price.imput=3", "&&&=",
        "price.input=~1", "%00=%ff", "price.input=" + "9" * 400,
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_as_if_it_were_not_there(query: str) -> None:
    assert state(query) == State("support_bot")


def test_too_much_is_held_to_what_may_be() -> None:
    assert state("months=999").horizon == 120
    assert state("months=0").horizon == 1
    assert state("price.input=~99").edits["price.input"].spread == 3.0
    assert state("price.input=~-1").edits["price.input"].spread == 0.0
    base = Scenario.from_dict({})
    scenario = Page(base, state("cache.prompt_hit_rate=7~0&serve.min_gpus=1000&price.input=-4")).scenario
    assert scenario.inputs["cache.prompt_hit_rate"].value == 1.0
    assert scenario.inputs["serve.min_gpus"].median() == 8.0
    assert scenario.inputs["price.input"].value == 0.0


def test_the_compared_are_always_computed() -> None:
    base = Scenario.from_dict({"study": {"compare": ["rag", "prompt"]}})
    page = Page(base, state("only=hybrid-tuned_hosted&pair=rag-tuned_self_hosted"))
    assert page.scenario.compare == ("rag", "tuned_self_hosted")
    assert page.scenario.strategies == ("rag", "tuned_hosted", "tuned_self_hosted", "hybrid")


@pytest.mark.parametrize("key", list(registry()))
def test_every_slider_rises_and_begins_where_the_input_is(key: str) -> None:
    item = registry()[key]
    law = marginal(item.default, unit=item.unit, support=item.support)
    found = track(item, law)
    values = [found.value(position) for position in range(0, STEPS + 1, 5)]
    assert values == sorted(values)
    assert values[-1] > values[0]
    assert all(value in item.support or value in (item.support.lower, item.support.upper) for value in values)
    at = found.position(law.median())
    assert found.value(at) == pytest.approx(law.median(), rel=5e-3)
    for position in (100, 300, 700, 900):
        assert found.value(found.position(found.value(position))) == pytest.approx(
            found.value(position), rel=5e-3
        )


def test_a_price_goes_from_a_tenth_to_ten_times() -> None:
    item = registry()["price.input"]
    law = marginal({"lognormal": {"median": 2.0, "sigma": 0.5}}, unit=item.unit, support=item.support)
    found = track(item, law)
    assert [found.value(p) for p in (0, 250, 500, 750, 1000)] == [0.2, 0.632, 2.0, 6.32, 20.0]
