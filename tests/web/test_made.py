"""Strategies made on the page, and scenarios with strategies, inputs, expressions and lines of their own."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from distributions.errors import UserError
from distributions.tables.writing import to_toml
from sim import Scenario, evaluate, simulate
from sim.model.strategies import FALLBACKS, MODELS, SERVINGS, STRATEGIES, Parts, impossible
from sim.scenario.scenario import _program
from studies.web import answers, charts, compute, controls, made, panels, words
from studies.web.edit import Edit
from studies.web.made import Made
from studies.web.state import Page, State, read

OWN = """
[study]
title = "Mine"
compare = ["mini", "rag"]
strategies = ["prompt", "rag", "tuned_hosted", "mini"]
[inputs.own]
review_share = { beta = { mean = 0.05, sd = 0.02 }, unit = "1" }
factor = { value = 2.0, unit = "1" }
reviewers = { value = 3, role = "choice", values = [1, 2, 3, 5], unit = "1" }
[inputs.price]
output = { expression = "price.input * own.factor" }
[strategy.mini]
like = "rag"
label = "RAG <mini>"
model = "small"
[strategy.mini.inputs]
price.small_input = { lognormal = { p10 = 0.1, p90 = 0.3 } }
[[strategy.mini.line]]
item = "a + b's review"
per = "query"
cost = { expression = "own.review_share * labor.weekly_rate / 2400" }
[[line]]
item = "gateway + logs"
per = "month"
cost = { lognormal = { p10 = 100, p90 = 900 } }
"""
LINE = "line.gateway + logs"
LINK = (
    "s=x&strategy.mini=~retrieval.no&strategy.rag_2=rag~model.small&pair=rag_2-mini&only=rag-mini-rag_2&months=6"
    "&mini:price.small_input=0.4&line.gateway%20%2B%20logs=500~0.5&own.review_share=0.08~2&own.reviewers=2"
)


def _load(folder: Path, content: str = OWN) -> Scenario:
    path = folder / "mine.toml"
    path.write_text(content)
    return Scenario.load(path)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return _load(tmp_path_factory.mktemp("own"))


def _read(base: Scenario, query: str) -> State:
    return read(query, ("x",), "x", lambda name: base)


def _page(base: Scenario, query: str = LINK) -> Page:
    return Page(base, _read(base, query))


def test_a_link_brings_back_strategies_and_own_inputs(base: Scenario) -> None:
    state = _read(base, LINK)
    assert state.faults == ()
    assert state.made == {"mini": Made("", {"retrieval": False}), "rag_2": Made("rag", {"model": "small"})}
    assert state.edits[LINE] == Edit(500.0, 0.5)
    assert state.edits["mini:price.small_input"] == Edit(0.4)
    again = _read(base, state.query())
    assert (again, again.faults) == (state, ())
    assert again.query() == state.query()


def test_the_page_has_the_numbers_of_run_and_evaluate(base: Scenario, tmp_path: Path) -> None:
    page = _page(base)
    shown = page.scenario
    assert page.held == ()
    assert shown.strategies == ("rag", "mini", "rag_2")
    assert shown.labels["rag_2"] == "RAG 2, small model"
    assert shown.strategy("mini").parts == Parts(False, False, "small", "per_token")
    assert shown.inputs["own.review_share"].median() == pytest.approx(0.08)
    loaded = _load(tmp_path, to_toml(shown.tables()))
    assert loaded == shown
    run = compute.simulated(shown, 4096, lambda: True)
    there = simulate(loaded, 4096)
    head = answers.headline(run, shown)
    for name in shown.strategies:
        assert head.means[name] == there.mean("cost", name).value
    assert head.probability == there.probability_cheaper("rag_2", "mini").estimate
    medians = evaluate(shown), evaluate(loaded)
    assert medians[0].cost == medians[1].cost
    # another declaration of the same: the shipped strategy and the file's own one, written by hand
    by_hand = OWN.replace('model = "small"', 'model = "small"\nretrieval = false')
    by_hand += '[strategy.rag_2]\nlike = "rag"\nmodel = "small"\n'
    by_hand = by_hand.replace('["mini", "rag"]', '["rag_2", "mini"]\nhorizon_months = 6')
    by_hand = by_hand.replace('["prompt", "rag", "tuned_hosted", "mini"]', '["rag", "mini", "rag_2"]')
    plain = Page(base, replace(page.state, edits={})).scenario
    assert evaluate(plain).cost == evaluate(_load(tmp_path, by_hand)).cost


def test_everything_on_the_page_is_made_of_a_scenario_with_names_of_its_own(base: Scenario) -> None:
    page = _page(base)
    scenario = page.scenario
    run = compute.simulated(scenario, 4096, lambda: True)
    head, lines = answers.headline(run, scenario), answers.curves(run)
    ranked = answers.ranking(scenario, 64)
    shares = answers.by_input(ranked, scenario)
    assert shares.keys() == scenario.inputs.keys() & shares.keys()
    assert LINE in shares
    html = controls.panel(page, shares)
    assert 'id="median-line.gateway + logs"' in html
    assert 'id="spread-mini:price.small_input"' in html
    assert 'id="median-own.reviewers"' in html
    assert 'id="spread-own.reviewers"' not in html
    assert 'id="median-price.output"' not in html
    assert "= price.input * own.factor" in html
    assert 'id="median-mini:line.a + b' not in html
    assert "RAG &lt;mini&gt;" in html
    assert "<mini>" not in html + panels.strategies(head) + panels.legend(head.labels)
    bars = answers.tornado(scenario)
    assert charts.tornado(bars, dark=True)["series"]
    for options in (charts.curves(head, lines, dark=False), charts.months(head, lines, dark=True)):
        names = {series["name"] for series in options["series"]}
        assert {"RAG <mini>", "RAG 2, small model", "RAG"} <= names
    assert "RAG 2, small model" in words.sentence(head)


def test_an_expression_follows_what_is_moved(base: Scenario) -> None:
    before = controls.readout(_page(base, "s=x"), "price.output")
    after = controls.readout(_page(base, "s=x&own.factor=4"), "price.output")
    value = float(before.value.split()[0])
    assert float(after.value.split()[0]) == pytest.approx(2 * value, rel=1e-2)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "price.output=3",
            "price.output: is made of others, and follows them; allowed: price.input, own.factor",
        ),
        ("strategy.rag=~model.small", "strategy.rag: is not one of the scenario's own"),
        ("strategy.mini=rag~model.small", "strategy.mini: is a strategy of the scenario already"),
        (
            "strategy.new=oracle~model.small",
            "strategy.new: is like a strategy that the scenario does not have",
        ),
        ("strategy.new=rag~model.huge", "strategy.new: found 'rag~model.huge', not taken"),
        ("strategy.new=rag~model.open", "strategy.new: a model that is open is not served per_token"),
        ("strategy.new-er=rag", "strategy.new-er: is no name"),
        ("strategy.new=rag&strategy.new=prompt", "strategy.new: given twice; the first counts"),
        ("mini:price.input=3", "mini:price.input: unknown"),
        ("pair=mini-new", "pair: found 'mini-new', not taken; allowed: two different ones of prompt, rag"),
    ],
)
def test_what_cannot_be_is_left_out_and_said(base: Scenario, query: str, said: str) -> None:
    state = _read(base, f"s=x&{query}")
    (fault,) = state.faults
    assert str(fault).startswith(f"the link: {said}")
    assert not Page(base, replace(state, made={})).held


def test_a_line_keeps_a_strategy_from_what_it_could_not_pay(tmp_path: Path) -> None:
    base = _load(
        tmp_path, OWN.replace('like = "rag"', 'like = "rag"\ntuned = true').replace('"query"', '"retrain"')
    )
    with pytest.raises(UserError, match="never trained again"):
        _ = Page(base, State("x", made={"mini": Made("", {"tuned": False})})).scenario


def test_no_more_strategies_than_a_run_computes(base: Scenario) -> None:
    many = {f"rag_{k}": Made("rag") for k in range(2, 22)}
    assert len(Page(base, State("x", made=many)).scenario.strategies) == 24
    with pytest.raises(UserError, match="25 strategies would be computed; allowed: at most 24"):
        _ = Page(base, State("x", made={**many, "rag_22": Made("rag")})).scenario


ALL = [
    parts
    for parts in (Parts(*one) for one in product((False, True), (False, True), MODELS, SERVINGS, FALLBACKS))
    if not impossible(parts)
]


def test_every_choice_that_is_offered_can_be_and_every_strategy_can_be_reached() -> None:
    reached, left = set(), [Parts(True, False, "frontier", "per_token")]
    while left:
        parts = left.pop()
        if parts in reached:
            continue
        reached.add(parts)
        for key, choices in made.CHOICES.items():
            for choice in choices:
                after = made.adapted(parts, key, choice)
                assert getattr(after, key) == choice
                if made.why_not(parts, key, choice):
                    assert key in ("serving", "fallback")
                else:
                    assert not impossible(after)
                    left.append(after)
    assert reached == set(ALL)


def test_what_cannot_be_chosen_says_why(base: Scenario) -> None:
    html = controls.panel(_page(base, "s=x"), None)
    why = "a model that is frontier is not served self_hosted, but per_token"
    assert f'<option value="self_hosted" disabled title="{why}">self-hosted: {why}</option>' in html


def test_a_slider_needs_no_new_program_once_a_strategy_was_changed(base: Scenario) -> None:
    page = _page(base)
    _ = page.scenario.program
    before = _program.cache_info()
    for median in (0.2, 0.3, 0.5):
        edit = Edit(median)
        moved = Page(base, page.state.with_edit("mini:price.small_input", edit)).scenario
        assert moved.program is page.scenario.program
    assert _program.cache_info().misses == before.misses


def test_names_of_new_strategies_are_free(base: Scenario) -> None:
    page = _page(base)
    assert made.fresh(page.scenario, "rag") == "rag_3"
    assert made.fresh(page.scenario, "rag_2") == "rag_3"
    assert made.fresh(page.scenario, "mini") == "mini_2"
    assert set(STRATEGIES) <= set(page.scenario.definitions)
