"""What the page says, word for word, and that whatever comes from a scenario is escaped."""

from __future__ import annotations

from dataclasses import replace

from distributions.errors import Fault
from sim import Scenario
from studies.web import controls, panels, words
from studies.web.answers import Headline
from studies.web.state import Page, State

NOW = Headline(
    pair=("tuned_hosted", "rag"),
    draws=1_000_000,
    seed=7,
    horizon=12,
    probability=0.6142,
    interval=(0.6137, 0.6147),
    ties=0.0,
    cheapest={"rag": 0.386, "tuned_hosted": 0.614},
    cheapest_ci95={"rag": (0.3855, 0.3865), "tuned_hosted": (0.6135, 0.6145)},
    eligible=("rag", "tuned_hosted"),
    costs={"rag": (1e4, 3e4, 9e4), "tuned_hosted": (2e4, 2.5e4, 3e4)},
    means={"rag": 4e4, "tuned_hosted": 2.6e4},
    labels={"rag": "RAG", "tuned_hosted": "Fine-tuning (hosted)"},
    difference=(-6e4, -5e3, 1.2e4),
    mean_difference=-9e3,
)


def test_the_sentence() -> None:
    assert words.sentence(NOW) == "probability that Fine-tuning (hosted) costs less than RAG over 12 months"
    assert words.basis(NOW) == "95 % CI 61.37 to 61.47 %; 1,000,000 draws, seed 7"
    assert (
        words.difference(NOW)
        == "Fine-tuning (hosted) saves $5.00k at the median; nine times in ten from $60.0k less to $12.0k more."
    )
    other = replace(NOW, difference=(-1.0e3, 4e3, 9e3))
    assert (
        words.difference(other)
        == "RAG saves $4.00k at the median; nine times in ten from $9.00k less to $1.00k more."
    )


def test_what_a_move_changed() -> None:
    before = replace(NOW, probability=0.60, difference=(-6e4, -4e3, 1.2e4))
    assert words.change(NOW, before) == (
        "+1.4 points",
        "median difference -$1.00k (Fine-tuning (hosted) minus RAG)",
    )
    assert words.change(before, NOW)[0] == "-1.4 points"
    assert words.change(NOW, NOW)[0] == "0 points"
    assert words.change(replace(NOW, probability=0.6144), NOW)[0] == "±0.0 points"


def test_what_a_scenario_says_is_text() -> None:
    scenario = Scenario.from_dict(
        {
            "study": {"title": "<script>alert(1)</script>"},
            "inputs": {
                "price": {
                    "input": {"lognormal": {"p10": 1, "p90": 2}, "source": '"><img src=x onerror=alert(2)>'}
                }
            },
        }
    )
    page = controls.panel(Page(scenario, State("x")), {})
    assert "<img" not in page
    assert "&quot;&gt;&lt;img src=x onerror=alert(2)&gt;" in page
    top = controls.header({"x": scenario.title}, "x")
    assert "<script" not in top
    assert "<script" not in panels.problem([str(Fault("k", "<script>x</script>"))])


def test_that_nothing_varies_is_said_of_an_answer_alone() -> None:
    page = Page(Scenario.from_dict({}), State("x"))
    assert "Nothing in the comparison varies" in controls.panel(page, {})
    assert "varies" not in controls.panel(page, None)
