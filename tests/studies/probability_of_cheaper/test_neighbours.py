"""The answer with one of the pair built otherwise: which ways there are, what it is then, and how that is said."""

from __future__ import annotations

from typing import Any

import pytest

from sim import Scenario, simulate
from sim.model.equations import Condition, Equations, Line, equations
from studies.probability_of_cheaper.finding import finding
from studies.probability_of_cheaper.neighbours import Neighbour, neighbours
from studies.probability_of_cheaper.neighbours_text import structure, words

DRAWS = 2048

DEDICATED = any(line.when.text == "dedicated" for line in equations().lines)
"""Whether the model prices a provider's GPUs."""


def scenario(a: str, b: str, strategy: dict[str, Any] | None = None, **tables: Any) -> Scenario:
    study = {"title": "t", "horizon_months": 3, "compare": [a, b]}
    return Scenario.from_dict({"study": study, "strategy": strategy or {}, **tables})


def found(subject: Scenario, **options: Any) -> dict[tuple[str, str, tuple[tuple[str, Any], ...]], Neighbour]:
    near = neighbours(subject, DRAWS, 5, **options)
    by_change = {(each.kind, each.strategy, tuple(each.change.items())): each for each in near}
    assert len(by_change) == len(near)
    return by_change


def test_the_neighbours_of_a_pair_are_those_that_can_be() -> None:
    assert list(found(scenario("tuned_hosted", "rag"))) == [
        ("equal_model", "rag", (("model", "small"),)),
        ("equal_model", "tuned_hosted", (("model", "frontier"),)),
        ("one_step", "rag", (("retrieval", False),)),
        ("one_step", "rag", (("tuned", True),)),
        ("one_step", "tuned_hosted", (("retrieval", True),)),
        ("one_step", "tuned_hosted", (("tuned", False),)),
        *([("one_step", "tuned_hosted", (("serving", "dedicated"),))] if DEDICATED else []),
        ("one_step", "tuned_hosted", (("fallback", "frontier"),)),
    ]


def test_a_model_brings_the_serving_without_which_it_cannot_be() -> None:
    near = found(scenario("tuned_self_hosted", "rag"))
    assert ("equal_model", "rag", (("model", "open"), ("serving", "self_hosted"))) in near
    assert ("equal_model", "tuned_self_hosted", (("model", "frontier"), ("serving", "per_token"))) in near
    assert not any(
        kind == "equal_serving" for kind, _, _ in near
    )  # no open model by the token, no frontier on GPUs


def test_a_neighbour_is_what_a_strategy_of_those_parts_is_in_the_same_draws() -> None:
    made = {
        "small": {"like": "rag", "model": "small"},
        "tuned": {"like": "rag", "tuned": True},
        "searching": {"like": "tuned_hosted", "retrieval": True},
    }
    near = found(scenario("tuned_hosted", "rag"))
    run = simulate(scenario("tuned_hosted", "rag", made), DRAWS, 5)
    before = run.probability_cheaper("tuned_hosted", "rag").estimate
    for key, a, b in (
        (("equal_model", "rag", (("model", "small"),)), "tuned_hosted", "small"),
        (("one_step", "rag", (("tuned", True),)), "tuned_hosted", "tuned"),
        (("one_step", "tuned_hosted", (("retrieval", True),)), "searching", "rag"),
    ):
        there = run.probability_cheaper(a, b)
        assert (near[key].estimate, near[key].ci95, near[key].ties) == (
            there.estimate,
            there.ci95,
            there.ties,
        )
        assert near[key].moved == there.estimate - before


def test_at_equal_model_strategies_that_differ_in_it_alone_cost_the_same() -> None:
    small = {"rag_small": {"like": "rag", "model": "small"}}
    near = found(scenario("rag_small", "rag", small))
    for key in (
        ("equal_model", "rag", (("model", "small"),)),
        ("equal_model", "rag_small", (("model", "frontier"),)),
    ):
        assert (near[key].estimate, near[key].ci95, near[key].ties) == (0.5, (0.5, 0.5), 1.0)
        assert not near[key].turns
    # the one step that leads from the one to the other is said once, at equal model
    assert not any(kind == "one_step" and change == (("model", "small"),) for kind, _, change in near)


def test_at_equal_model_its_own_prices_go_with_the_model() -> None:
    """Two that have one model by name, the one at prices of its own: at the other's prices they cost the same."""
    cheap = {"cheap": {"like": "rag", "inputs": {"price": {"input": 0.1, "output": 0.4}}}}
    near = found(scenario("cheap", "rag", cheap))
    for name in ("cheap", "rag"):
        same = near["equal_model", name, ()]
        assert (same.estimate, same.ties, same.another) == (0.5, 1.0, True)
        assert same.words.endswith("at the other's prices")
    # and own values that are not the model's stay
    wordy = {"wordy": {"like": "rag", "inputs": {"tokens": {"output": 900}}}}
    assert not any(kind == "equal_model" for kind, _, _ in found(scenario("wordy", "rag", wordy)))


def test_lines_are_paid_by_what_a_neighbour_has() -> None:
    """A line by the retrain is every tuned strategy's: one of the pair built without tuning pays none of it."""
    line = {"item": "review", "per": "retrain", "cost": 1e9}
    drift = {"drift": {"retrain_interval_months": 1}}
    both = ["tuned_hosted", "tuned_self_hosted"]
    study = {"title": "t", "horizon_months": 3, "compare": both, "strategies": both}
    tables = {"study": study, "inputs": drift}
    for subject in (
        Scenario.from_dict({**tables, "line": [line]}),
        Scenario.from_dict({**tables, "strategy": {name: {"line": [line]} for name in both}}),
    ):
        near = found(subject)
        assert near["one_step", "tuned_hosted", (("tuned", False),)].estimate == 1.0
        assert near["one_step", "tuned_self_hosted", (("tuned", False),)].estimate == 0.0
    once = {"item": "audit", "per": "once", "cost": 1e9, "strategies": ["rag"]}
    near = found(scenario("tuned_hosted", "rag", line=[once]))
    assert {each.estimate for each in near.values()} == {1.0}


def test_what_the_requirements_rule_out_is_no_neighbour() -> None:
    """Citations need retrieval: RAG without it is none, and what lacks it as it is stays a question."""
    near = found(scenario("hybrid", "rag", requirements={"citations": True}))
    assert not any((("retrieval", False)) in change for _, _, change in near)
    assert near


def test_a_way_of_serving_that_no_line_prices_is_no_neighbour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the lines that hold of any strategy, or of all that are served otherwise."""
    model = equations()
    lines = tuple(line for line in model.lines if line.when.text != "dedicated")
    name = "studies.probability_of_cheaper.neighbours.equations"
    monkeypatch.setattr(name, lambda: Equations(model.steps, model.rhythms, lines))
    key = ("one_step", "tuned_hosted", (("serving", "dedicated"),))
    assert key not in found(scenario("tuned_hosted", "rag"))
    priced = (*lines, Line("serving GPUs", "month", Condition("dedicated"), lines[0].cost))
    monkeypatch.setattr(name, lambda: Equations(model.steps, model.rhythms, priced))
    assert key in found(scenario("tuned_hosted", "rag"))


def test_with_no_neighbour_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studies.probability_of_cheaper.neighbours.impossible", lambda _: "no")
    assert neighbours(scenario("tuned_hosted", "rag"), DRAWS) == []
    assert structure([]) is None


def test_the_draws_are_the_run_s_own_whatever_the_threads() -> None:
    subject = scenario("prompt", "rag")
    one = neighbours(subject, DRAWS, 5, "mc", threads=1)
    assert one == neighbours(subject, DRAWS, 5, "mc", threads=2) != neighbours(subject, DRAWS, 6, "mc")
    assert neighbours(subject, DRAWS, 5, "aligned") == neighbours(subject, DRAWS, 5, "sobol")


def near(moved: float, turns: bool = False, kind: str = "one_step", **more: Any) -> dict[str, Any]:
    estimate = 0.7 + moved
    return {
        "kind": kind, "words": words(kind, "rag", {"model": "small"}), "estimate": estimate, "ties": 0.0,
        "ci95": [estimate - 0.01, estimate + 0.01], "moved": moved, "turns": turns,
        "another": turns or abs(moved) > 0.1, **more,
    }  # fmt: skip


def test_the_sentence_names_what_is_another_answer() -> None:
    assert structure([near(0.05), near(-0.09)]) == (
        "None of 2 neighbours in structure (equal model or serving, or one part changed) turns that over or moves it "
        "by more than 10 points"
    )
    assert structure([near(0.05), near(-0.3), near(-0.35, True), near(0.2, kind="equal_model")]) == (
        "3 of 4 neighbours in structure turn that over or move it by more than 10 points: with RAG on the small model "
        "as well the probability is 90 %, with RAG on the small model 35 % and 1 more"
    )
    one = structure([near(-0.2, ties=1.0, estimate=0.5)])
    assert one is not None
    assert one.startswith("1 of 1 neighbour in structure turns that over or moves it")
    assert one.endswith("the probability is 50 % (both cost the same)")


def test_the_finding_has_it_after_what_decides() -> None:
    chances = {name: {"estimate": 0.5, "ci95": [0.4, 0.6]} for name in ("rag", "prompt")}
    record: dict[str, Any] = {
        "probability_cheaper": {"a": "rag", "b": "prompt", "estimate": 0.7, "ci95": [0.69, 0.71]},
        "probability_cheapest": chances,
        "cost": {"rag": {"mean": 1.0}, "prompt": {"mean": 2.0}},
        "flips": [],
        "neighbours": [near(-0.3, True)],
    }
    said = finding(record)
    assert said.structure == structure(record["neighbours"])
    assert said.sentences[3] == f"{said.structure}."
    assert finding({**record, "neighbours": []}).structure is None
