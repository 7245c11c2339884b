"""The finding of a run in sentences: what each says, and that all places that show it say the same."""

from __future__ import annotations

import doctest
import html
import json
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from distributions import text as digits
from sim import Scenario
from studies.probability_of_cheaper import finding
from studies.shared.report.inline import title
from tests.command import Invoke, support_bot


def record(**changes: Any) -> dict[str, Any]:
    """Of a run of three strategies, of which the pair asked about are the second and the third."""
    return {
        "cost": {name: {"mean": mean} for name, mean in (("prompt", 3.0), ("rag", 2.0), ("tuned_hosted", 1.0))},
        "probability_cheapest": {
            "prompt": {"estimate": 0.1, "ci95": [0.09, 0.11]},
            "rag": {"estimate": 0.2, "ci95": [0.19, 0.21]},
            "tuned_hosted": {"estimate": 0.7, "ci95": [0.69, 0.71]},
        },
        "probability_cheaper": {"a": "tuned_hosted", "b": "rag", "estimate": 0.8, "ci95": [0.79, 0.81], "ties": 0.0},
        "excluded": {},
        "flips": [],
        "basis": {"inputs": 62, "defaulted": 50, "at_medians": -1.0, "spreads_most": None},
        **changes,
    }  # fmt: skip


def tornado(base: float, **inputs: tuple[float, float]) -> dict[str, Any]:
    rows = {name: {"low": low, "high": high, "at": [10.0, 90.0]} for name, (low, high) in inputs.items()}
    return {"base": base, "levels": [0.1, 0.9], "inputs": rows}


def test_examples_in_the_docstrings_hold() -> None:
    for module in (finding, digits):
        result = doctest.testmod(module)
        assert result.attempted > 0
        assert result.failed == 0


def test_the_order_is_cheapest_of_all_then_the_pair_then_what_flips_it_then_what_it_rests_on() -> None:
    found = finding.finding(record())
    assert found.sentences == (
        "Fine-tuning (hosted) costs least on average of all 3, and is the cheapest with probability "
        "70 % (95 % CI 69 to 71 %).",
        "Fine-tuning (hosted) costs less than RAG with probability 80 % (95 % CI 79 to 81 %).",
        "No single input at its P10 or P90 turns that over, all others at their medians.",
        "50 of 62 inputs are defaults, and none that is uncertain moves the difference.",
    )


def test_what_is_cheapest_most_often_is_named_where_another_is_so_on_average() -> None:
    chances = {**record()["probability_cheapest"], "rag": {"estimate": 0.75, "ci95": [0.7, 0.8]}}
    assert (
        "; RAG is the cheapest more often, in 75 %"
        in finding.finding(record(probability_cheapest=chances)).cheapest
    )


def test_an_excluded_one_of_the_pair_is_said_first_and_the_pair_that_is_left_is_offered() -> None:
    found = finding.finding(record(excluded={"rag": ["citations"]}))
    assert found.sentences[0].startswith(
        'RAG is excluded by the requirements (compare = ["tuned_hosted", "prompt"] asks about what they leave); '
        "Fine-tuning (hosted) costs least on average of the 2 that the requirements leave"
    )
    everything = {name: ["citations"] for name in record()["cost"]}
    assert finding.finding(record(excluded=everything)).cheapest == "No strategy meets the requirements"


def test_only_what_turns_the_pair_over_decides() -> None:
    swings = tornado(-1.0, wide=(-9.0, -0.5), turns=(-2.0, 0.5), barely=(0.25, -1.5))
    found = finding.flips(swings, 0.8)
    assert found == [
        {"input": "turns", "level": 0.9, "value": 90.0, "difference": 0.5},
        {"input": "barely", "level": 0.1, "value": 10.0, "difference": 0.25},
    ]
    said = finding.finding(record(flips=found)).flips
    assert said == (
        "What decides: turns at its P90 and barely at its P10, each by itself, turn that over, "
        "all others at their medians"
    )
    mirrored = tornado(1.0, wide=(0.5, 9.0), turns=(-0.5, 2.0))
    assert [one["input"] for one in finding.flips(mirrored, 0.2) or []] == ["turns"]
    assert finding.flips(None, 0.8) is None
    assert finding.flips(swings, 0.5) is None


def test_medians_on_the_other_side_are_said() -> None:
    rests = {"inputs": 62, "defaulted": 0, "at_medians": 1.0, "spreads_most": None}
    found = finding.finding(record(basis=rests, flips=[{"input": "x", "level": 0.1}]))
    assert found.flips == "With every input at its median RAG is the cheaper, other than in most futures"
    assert str(found.basis).startswith("None of the 62 inputs is a default")


@pytest.mark.parametrize(
    ("inputs", "ending"),
    [
        ("", "is an assumption of ours"),
        ("search_price = { lognormal = { p10 = 0.2, p90 = 90 } }", "is given without a source"),
        (
            'search_price = { lognormal = { p10 = 0.2, p90 = 90 }, source = "quote" }',
            "is given with a source",
        ),
        (
            'search_price = { uniform = { min = 1, max = 9 }, source = "assumption: so" }',
            "is given as an assumption",
        ),
    ],
)
def test_what_spreads_it_most_says_what_it_rests_on(inputs: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / "bot.toml"
    path.write_text(support_bot(more=f"[inputs.rag]\n{inputs}"))
    scenario = Scenario.load(path)
    rests = finding.basis(scenario, {"rag.search_price": 0.6, "price.input": 0.3}, None)
    assert str(finding.finding(record(basis=rests)).basis).endswith(
        f"what spreads the difference most, rag.search_price (60 % of its variance), {ending}"
    )


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_one_finding_in_the_terminal_the_report_the_workbook_and_the_figure(
    invoke: Invoke, tmp_path: Path
) -> None:
    path = tmp_path / "bot.toml"
    path.write_text(support_bot())
    status, out, _ = invoke("run", path, "--draws", 4096, "--out", tmp_path / "run")
    assert status == 0
    stored = json.loads((tmp_path / "run/run.json").read_bytes())
    sentences = finding.finding(stored).sentences
    assert len(sentences) == 5
    assert "\n".join(sentences) in out
    page = html.unescape(re.sub(r"<[^>]*>", "\n", (tmp_path / "run/report.html").read_text("utf-8")))
    for sentence in sentences:
        assert sentence in page.replace("\u00a0", " ")
    sheet = openpyxl.load_workbook(tmp_path / "run/workbook.xlsx")["Summary"]
    assert [sheet.cell(2 + row, 1).value for row in range(5)] == list(sentences)
    asked = stored["probability_cheaper"]
    brief = finding.pair(asked["a"], asked["b"], asked["estimate"], asked["ci95"], brief=True)
    assert title((tmp_path / "run/figures/probability_by_month.svg").read_bytes()) == brief
    assert str(finding.finding(stored).pair).startswith(brief)
    whole = digits.probability_with_interval(asked["estimate"], asked["ci95"])
    assert str(title((tmp_path / "run/figures/convergence.svg").read_bytes())).endswith(f" at {whole}")
    kept = digits.percent(1 - stored["breakeven_lasting"]["probability_never"], 1)
    falls = digits.percent(stored["probability_falls_back"], 1)
    over = str(title((tmp_path / "run/figures/breakeven.svg").read_bytes()))
    assert f"has caught up for good in {kept}" in out
    assert f"It falls back in {falls}" in out
    assert over.endswith(f"in {falls} of futures it falls back")
    spread = next(iter(stored["drivers"]["largest"].values()))
    shown = digits.percent(spread["total"], 0 if spread["total_ci"] >= 0.01 else 1)
    table = page[page.rindex("What spreads it") :].replace("\u00a0", " ")
    assert f"{shown} ± " in out
    assert f"{shown} ± " in table


def test_the_page_says_it_in_the_same_sentences() -> None:
    from sim import simulate
    from studies.web import answers, words

    scenario = Scenario.from_dict({"study": {"horizon_months": 6, "compare": ["tuned_hosted", "rag"]}})
    run = simulate(scenario, draws=2048)
    bars = answers.tornado(scenario)
    rests = finding.basis(scenario, answers.ranking(scenario), bars.record)
    summary = run.summary()
    flips = finding.flips(bars.record, summary["probability_cheaper"]["estimate"])
    whole = finding.finding({**summary, "excluded": {}, "flips": flips, "basis": rests})
    assert words.finding(answers.headline(run, scenario), bars, rests) == whole.sentences
