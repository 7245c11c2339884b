"""Links and sliders: what is written is read again, and what makes no sense is held or left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from distributions import marginal
from distributions.inputs import registry
from sim import Scenario
from studies.web import link
from studies.web.edit import Edit
from studies.web.state import Page, State, read
from studies.web.track import STEPS, track

NAMES = ("support_bot", "internal_kb")


def plain(name: str) -> Scenario:
    return Scenario.from_dict({})


def state(query: str) -> State:
    return read(query, NAMES, "support_bot", plain)


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
def test_what_makes_no_sense_is_left_out_and_said(query: str) -> None:
    assert state(query) == State("support_bot")
    assert bool(state(query).faults) == (query not in ("", "price.input=~1"))


def test_nothing_of_a_link_to_an_unknown_scenario_is_taken() -> None:
    found = state("s=mine-0123456789&months=3&price.input=9&pair=rag-hybrid")
    assert found == State("support_bot")
    (fault,) = found.faults
    assert str(fault).startswith(
        "the link: s: 'mine-0123456789' is not on this server, nor is it in the link; nothing of the link is applied"
    )
    carried = read("s=mine-0123456789&months=3", NAMES, "support_bot", plain, "upload-abc")
    assert (carried, carried.faults) == (State("upload-abc", horizon=3), ())
    assert read("months=3", NAMES, "support_bot", plain, "upload-abc").name == "upload-abc"
    assert read("s=internal_kb", NAMES, "support_bot", plain, "upload-abc").name == "internal_kb"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("months=999", "months: found 999, held to 120; allowed: a whole number from 1 to 120"),
        ("months=0", "months: found 0, held to 1; allowed: a whole number from 1 to 120"),
        ("months=-3", "months: found '-3', not taken; allowed: a whole number from 1 to 120"),
        ("months=3&months=4", "months: given twice; the first counts"),
        ("price.imput=3", "price.imput: unknown; did you mean 'price.input'?"),
        ("serve.min_gpus=3", "serve.min_gpus: unknown; renamed to 'serve.min_replicas'"),
        ("price.input=~9", "price.input: found a spread of 9, held to 3; allowed: 0 to 3"),
        ("price.input=2~x", "price.input: found '2~x', not taken; allowed: MEDIAN, MEDIAN~SPREAD or ~SPREAD"),
        ("pair=rag-rag", "pair: found 'rag-rag', not taken; allowed: two different ones of prompt"),
        ("only=rag-prompt-oracle", "only: found 'rag-prompt-oracle', not taken; allowed: two or more of"),
        ("%1b%5b31m=3", "\\x1b[31m: unknown"),
        (
            "price.input=2&" + "x" * 8000,
            "has 8,014 characters; nothing of it is applied; allowed: at most 8,000",
        ),
    ],
)
def test_what_a_link_does_not_get_is_said(query: str, said: str) -> None:
    (fault,) = state(query).faults
    assert str(fault).startswith(f"the link: {said}")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("price.input=-5", ["price.input: found a median of -5, held to 0; allowed: ≥ 0"]),
        (
            "cache.prompt_hit_rate=7~0",
            ["cache.prompt_hit_rate: found a median of 7, held to 1; allowed: 0 to 1"],
        ),
        (
            "serve.min_replicas=2.4",
            ["serve.min_replicas: found a median of 2.4, held to 2; allowed: whole number ≥ 1"],
        ),
        ("price.input=3.14159~0.12345&serve.min_replicas=3&cache.prompt_hit_rate=0.4", []),
    ],
)
def test_a_median_that_an_input_cannot_have_is_said(query: str, said: list[str]) -> None:
    found = Page(Scenario.from_dict({}), state(query)).held
    assert [str(fault) for fault in found] == [f"the link: {one}" for one in said]


def test_an_edit_of_a_value_from_a_file_is_not_made_and_said(tmp_path: Path) -> None:
    (tmp_path / "measured.csv").write_text("x\n" + "\n".join(str(1.0 + k / 7) for k in range(50)))
    value = {"data": {"file": "measured.csv", "column": "x"}}
    base = Scenario.from_dict({"inputs": {"price": {"input": value}}}, folder=tmp_path)
    (fault,) = Page(base, state("price.input=9~2")).held
    assert str(fault).startswith("the link: price.input: is read from a data file")
    assert "data file" in link.reason(base)
    assert link.fragment(base) == ""


def test_too_much_is_held_to_what_may_be() -> None:
    assert state("months=999").horizon == 120
    assert state("months=0").horizon == 1
    assert state("price.input=~99").edits["price.input"].spread == 3.0
    assert state("price.input=~-1").edits["price.input"].spread == 0.0
    base = Scenario.from_dict({})
    scenario = Page(base, state("cache.prompt_hit_rate=7~0&serve.min_replicas=1000&price.input=-4")).scenario
    assert scenario.inputs["cache.prompt_hit_rate"].value == 1.0
    assert scenario.inputs["serve.min_replicas"].median() == 8.0
    assert scenario.inputs["price.input"].value == 0.0


def test_the_compared_are_always_computed() -> None:
    base = Scenario.from_dict({"study": {"compare": ["rag", "prompt"]}})
    page = Page(base, state("only=hybrid-tuned_hosted&pair=rag-tuned_self_hosted"))
    assert page.scenario.compare == ("rag", "tuned_self_hosted")
    assert page.scenario.strategies == ("rag", "tuned_hosted", "tuned_self_hosted", "hybrid")


@pytest.mark.parametrize("key", list(registry()))
def test_every_slider_rises_and_begins_where_the_input_is(key: str) -> None:
    item = registry()[key]
    distribution = marginal(item.default, unit=item.unit, support=item.support)
    found = track(item, distribution)
    values = [found.value(position) for position in range(0, STEPS + 1, 5)]
    assert values == sorted(values)
    assert values[-1] > values[0]
    assert all(value in item.support or value in (item.support.lower, item.support.upper) for value in values)
    at = found.position(distribution.median())
    assert found.value(at) == pytest.approx(distribution.median(), rel=5e-3)
    for position in (100, 300, 700, 900):
        assert found.value(found.position(found.value(position))) == pytest.approx(
            found.value(position), rel=5e-3
        )


def test_a_price_goes_from_a_tenth_to_ten_times() -> None:
    item = registry()["price.input"]
    distribution = marginal(
        {"lognormal": {"median": 2.0, "sigma": 0.5}}, unit=item.unit, support=item.support
    )
    found = track(item, distribution)
    assert [found.value(p) for p in (0, 250, 500, 750, 1000)] == [0.2, 0.632, 2.0, 6.32, 20.0]
