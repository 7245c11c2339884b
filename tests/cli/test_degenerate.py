"""Scenarios at the end of what can be asked, nothing uncertain, no queries, no price: an answer, or one clear line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from distributions.tables.writing import to_toml
from sim import Scenario
from sim.kernel.months import discount_factors
from tests.command import ROOT, Invoke

SCENARIOS = ROOT / "studies" / "scenarios"
VOLUME = "workload.queries_per_month"
COSTLY = ("labor.", "price.", "rag.", "observability.", "gpu.hourly", "tune.hosting")
FLAT_FEE = """
[quote]
vendor = "Plain"
strategy = "tuned_hosted"
replaces = ["input tokens", "output tokens"]
[[quote.fee]]
name = "platform"
per = "month"
amount = 1_500
[[quote.fee]]
name = "use"
per = "query"
amount = 0.0003
"""


def certain(scenario: Scenario) -> Scenario:
    return scenario.with_values({key: distribution.median() for key, distribution in scenario.inputs.items()})


def free(scenario: Scenario) -> Scenario:
    return scenario.with_values({key: 0 for key in scenario.inputs if key.startswith(COSTLY)})


def without_queries(scenario: Scenario) -> Scenario:
    return scenario.with_values({VOLUME: 0})


def the_same_twice(scenario: Scenario) -> Scenario:
    """Retrieval that retrieves nothing costs what the prompt costs, in every future; only last bits differ."""
    alike = {"tokens.retrieved": 0, "tokens.examples": 0, "rag.setup_weeks": 2, "prompt.setup_weeks": 2,
             "rag.upkeep_weeks_per_month": 0, "rag.vector_db_monthly": 0, "rag.search_price": 0,
             "rag.corpus_tokens": 0, "price.embedding": 0}  # fmt: skip
    return scenario.with_values(alike)


CASES = {
    "certain": certain,
    "certain and without queries": lambda one: without_queries(certain(one)),
    "certain and free": lambda one: free(certain(one)),
    "free": free,
    "without queries": without_queries,
    "alike": the_same_twice,
}


@pytest.fixture
def case(tmp_path: Path) -> Any:
    def written(name: str, **study: object) -> Path:
        tables = CASES[name](Scenario.load(SCENARIOS / "support_bot.toml")).tables()
        tables["study"] |= study
        if name == "alike":
            tables["study"]["compare"] = ["prompt", "rag"]
        path = tmp_path / "case.toml"
        path.write_text(to_toml(tables), encoding="utf-8")
        (tmp_path / "quote.toml").write_text(FLAT_FEE, encoding="utf-8")
        return path

    return written


def arguments(command: str, scenario: Path) -> list[object]:
    words, out = command.split(), ["--out", scenario.parent / "out"]
    quote = [scenario.parent / "quote.toml"] if words[0] == "quotes" else []
    return [words[0], scenario, *quote, *words[1:], *([] if words[0] in ("advise", "evaluate") else out)]


@pytest.mark.slow
@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("name", "command", "said"),
    [
        ("certain", "run --draws 256 --no-figures", ""),
        ("certain", "evaluate", ""),
        ("certain", "tornado", "Every input is certain: there is nothing that could move it"),
        ("certain", "drivers", "every input is certain"),
        ("certain", "information", "every input is certain"),
        ("certain", f"solve --for {VOLUME} --draws 64", ""),
        ("certain", "sweep --vary price.input=1,2 --draws 64", ""),
        ("certain", "discover --draws 2000", "none is uncertain"),
        ("certain", "accuracy --draws 100", ""),
        ("certain", "advise --draws 256", "Every input is certain: nothing is left to find out"),
        ("certain and without queries", "quotes --draws 256", "no queries"),
        ("certain and without queries", f"solve --for {VOLUME}", "certain (0)"),
        ("certain and free", "tornado --of log_cost:rag", "0 has no logarithm"),
        ("free", "accuracy --draws 100", "$0"),
        ("free", "drivers --base-samples 16", "does not vary"),
        ("without queries", "accuracy --draws 100", f"{VOLUME}: is 0: without queries no answer is right or wrong"),
        ("alike", "drivers --method morris --base-samples 4", "does not vary"),
        ("alike", "drivers --base-samples 16", "does not vary"),
        ("alike", "tornado", "None of them by itself"),
        ("alike", "discover --draws 2000", ""),
    ],
)  # fmt: skip
def test_an_answer_or_one_clear_line(name: str, command: str, said: str, case: Any, invoke: Invoke) -> None:
    status, out, err = invoke(*arguments(command, case(name)))
    assert status in (0, 2), err
    assert said in out + err
    shown = out.replace("\n", " ") + err
    assert not [word for word in ("not a number", "nan ", "internal error", "unknown") if word in shown]
    assert status == 0 or len(err.splitlines()) == 1


@pytest.mark.slow
def test_a_certain_scenario_is_costed_under_a_quote(case: Any, invoke: Invoke) -> None:
    status, out, err = invoke(*arguments("quotes --draws 256 --json", case("certain")))
    assert status == 0, err
    quote = json.loads(out)["quotes"]["Plain"]
    loaded = Scenario.load(case("certain"))
    _, evaluated, _ = invoke("evaluate", case("certain"), "--json")
    without = json.loads(evaluated)
    discount = discount_factors(loaded.horizon, loaded.discount_rate)
    volume, growth, stored = (
        loaded.inputs[key].median() for key in (VOLUME, "workload.annual_growth", "cache.answer_hit_rate")
    )
    month = range(1, loaded.horizon + 1)
    fees = sum(
        discount[k] * (1_500 + 0.0003 * volume * (1 + growth) ** ((k - 1) / 12) * (1 - stored)) for k in month
    )
    items = without["breakdown"]["tuned_hosted"].items()
    kept = sum(value for item, value in items if item not in ("input tokens", "output tokens"))
    # to rounding: every draw is the same future
    assert quote["cost"]["mean"] == pytest.approx(kept + fees, rel=1e-12)
    assert quote["cost"]["sd"] == 0.0
    assert quote["probability_cheaper"]["estimate"] == float(kept + fees < without["cost"]["tuned_hosted"])
    assert {question["evppi"] for question in quote["questions"]} == {None}


def test_a_recommendation_needs_no_spread(case: Any, invoke: Invoke) -> None:
    status, out, err = invoke("advise", case("certain"), "--draws", 256, "--json")
    assert status == 0, err
    found = json.loads(out)
    _, evaluated, _ = invoke("evaluate", case("certain"), "--json")
    totals = json.loads(evaluated)["cost"]
    assert found["recommendation"] == min(totals, key=totals.__getitem__)
    assert found["eligible"][1]["expected_regret"] == pytest.approx(
        sorted(totals.values())[1] - min(totals.values()), rel=1e-9
    )
    assert (found["outlook"]["tips"], found["outlook"]["worth"]) == ([], [])


@pytest.mark.slow
def test_the_report_of_a_run_without_queries_is_whole(case: Any, invoke: Invoke, tmp_path: Path) -> None:
    scenario = case("without queries")
    status, out, err = invoke("run", scenario, "--draws", 256, "--no-figures", "--out", tmp_path / "run")
    assert status == 0, err
    assert "no queries" in out
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "could not be made" not in page
    assert "no queries" in page
