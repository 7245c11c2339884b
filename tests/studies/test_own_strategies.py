"""Every command with strategies, inputs, expressions and cost lines of the user's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest

from sim import Scenario, evaluate, simulate
from studies.diff.analysis import found_edits
from studies.probability_of_cheaper.finding import finding
from studies.shared.command import completers
from tests.command import Invoke

MINI, BARE = "RAG on a mini model", "Small & bare"
WORDS = "human review"
LINE = f"rag_mini:line.{WORDS}"
DRAWS = 4096

TEXT = """
[study]
title = "Own things"
horizon_months = 6
compare = ["rag_mini", "rag"]

[strategy.rag_mini]
like = "rag"
label = "RAG on a mini model"
model = "small"
[strategy.rag_mini.inputs]
price.small_input = { lognormal = { p10 = 0.1, p90 = 0.3 } }
[[strategy.rag_mini.line]]
item = "human review"
per = "query"
cost = { expression = "own.review_share * own.review_cost" }
from_month = 2

[strategy.rag_twin]
like = "rag"

[strategy.bare]
label = "Small & bare"
model = "small"
serving = "per_token"

[[line]]
item = "audit"
per = "once"
cost = { expression = "own.days * labor.weekly_rate / 5" }
strategies = ["bare"]

[inputs.workload]
queries_per_month = { lognormal = { p10 = 2e5, p90 = 9e5 } }
[inputs.own]
review_share = { beta = { mean = 0.05, sd = 0.02 }, source = "pilot, October" }
review_cost = { lognormal = { p10 = 0.1, p90 = 0.9 }, unit = "USD/query" }
days = { pert = { min = 2, mode = 5, max = 10 } }
[inputs.price]
output = { expression = "price.input * 4" }

[[dependence]]
inputs = ["own.review_share", "own.review_cost"]
rank_correlation = 0.5
"""
EXPRESSIONS = {"price.output", LINE, "line.audit"}
PAIR = TEXT.replace("horizon_months = 6\n", 'horizon_months = 6\nstrategies = ["rag_mini", "rag"]\n').replace(
    'strategies = ["bare"]', 'strategies = ["rag"]'
)
"""The pair alone: one of them is the cheapest in each draw, so that what decides between them is worth knowing."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def own() -> Scenario:
    import tomllib

    return Scenario.from_dict(tomllib.loads(TEXT))


def asked(invoke: Invoke, *arguments: object) -> Any:
    status, out, err = invoke(*arguments, "--json")
    assert status == 0, err
    return json.loads(out)


def cost(file: Path, invoke: Invoke, *settings: str) -> dict[str, float]:
    given = [part for setting in settings for part in ("--set", setting)]
    found: dict[str, float] = asked(invoke, "evaluate", file, *given)["cost"]
    return found


def refused(invoke: Invoke, *arguments: object) -> str:
    status, out, err = invoke(*arguments)
    assert (status, out) == (2, "")
    return err


def test_there_are_eight_strategies_and_one_like_another_costs_what_it_does(own: Scenario) -> None:
    assert own.strategies[-3:] == ("bare", "rag_mini", "rag_twin")
    assert len(own.strategies) == 8
    run = simulate(own, draws=DRAWS)
    assert run.mean("cost", "rag_twin").value == run.mean("cost", "rag").value
    assert run.probability_cheaper("rag_twin", "rag").ties == 1.0


def test_run_names_own_strategies_in_the_terminal_the_report_and_the_workbook(
    file: Path, invoke: Invoke, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    status, out, err = invoke("run", file, "--draws", DRAWS, "--out", folder)
    assert status == 0, err
    assert f"{MINI} costs less than RAG with probability" in out
    assert BARE in out
    assert "rag_mini " not in out
    assert "Rag mini" not in out
    record = json.loads((folder / "run.json").read_text())
    assert record["labels"]["rag_mini"] == MINI
    assert record["labels"]["rag_twin"] == "Rag twin"
    assert set(record["tornado"]["inputs"]).isdisjoint(EXPRESSIONS)
    assert next(iter(record["tornado"]["inputs"])) == "own.review_cost"
    page = (folder / "report.html").read_text()
    assert MINI in page
    assert "Small &amp; bare" in page
    assert "Rag mini" not in page
    assert (folder / "workbook.xlsx").stat().st_size > 0
    for picture in ("cost_curves", "waterfall", "cumulative_cost"):
        assert "mini model" in (folder / "figures" / f"{picture}.svg").read_text()


def test_a_report_takes_in_analyses_and_says_own_inputs_in_words(
    file: Path, invoke: Invoke, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    assert invoke("run", file, "--draws", 256, "--out", folder, "--no-figures", "-q")[0] == 0
    solved = ("solve", file, "--draws", 64, "-q", "--out")
    assert invoke(*solved, tmp_path / "solve-1", "--for", "rag_mini:price.small_input")[0] == 0
    varied = ("--vary", f"{LINE}=0.01,0.02", "--draws", 64, "-q", "--out")
    assert invoke("sweep", file, *varied, tmp_path / "sweep-1")[0] == 0
    assert invoke("report", folder, tmp_path / "solve-1", tmp_path / "sweep-1")[0] == 0
    page = (folder / "report.html").read_text()
    assert (
        f"{MINI}: input tokens of the smaller base model that is tuned (rag_mini:price.small_input)" in page
    )
    assert f"{MINI}: cost of {WORDS} ({LINE})" in page
    assert "Rag mini" not in page


def test_a_record_without_labels_has_the_shipped_ones() -> None:
    likelihood = {"a": "tuned_hosted", "b": "mine", "estimate": 0.5, "ci95": [0.4, 0.6]}
    record = {
        "study": {"strategies": ["tuned_hosted", "mine"]}, "probability_cheaper": likelihood,
        "probability_cheapest": {
            "tuned_hosted": {"estimate": 0.5, "ci95": [0.4, 0.6]}, "mine": {"estimate": 0.5, "ci95": [0.4, 0.6]},
        },
        "cost": {"tuned_hosted": {"mean": 1.0}, "mine": {"mean": 2.0}}, "excluded": {},
    }  # fmt: skip
    assert "Fine-tuning (hosted) costs less than Mine" in str(finding(record).pair)
    named = {**record, "labels": {"mine": "My own\x1b[0m"}}
    assert "costs less than My own" in str(finding(named).pair)
    assert "\x1b" not in str(finding(named).pair)


def test_evaluate_takes_own_settings(file: Path, invoke: Invoke) -> None:
    at, dearer = cost(file, invoke), cost(file, invoke, "own.days=10")
    weekly = asked(invoke, "evaluate", file)["inputs"]["labor.weekly_rate"]
    days = asked(invoke, "evaluate", file)["inputs"]["own.days"]
    assert dearer["bare"] - at["bare"] == pytest.approx((10 - days) * weekly / 5)
    assert {name for name in at if dearer[name] != at[name]} == {"bare"}
    alone = cost(file, invoke, "rag_twin:tokens.retrieved=0")
    assert {name for name in at if alone[name] != at[name]} == {"rag_twin"}
    assert cost(file, invoke, f"{LINE}=0")["rag_mini"] < at["rag_mini"]
    assert MINI in invoke("evaluate", file)[1]


def test_a_tornados_bar_is_two_evaluations(file: Path, invoke: Invoke, tmp_path: Path, own: Scenario) -> None:
    record = asked(invoke, "tornado", file, "--out", tmp_path / "t")
    for key in ("own.review_cost", "rag_mini:price.small_input", "own.days"):
        bar = record["inputs"][key]
        for end, value in zip(("low", "high"), bar["at"], strict=True):
            costs = evaluate(own, {key: value}).cost
            assert bar[end] == pytest.approx(costs["rag_mini"] - costs["rag"], abs=1e-6)
    assert (
        record["inputs"]["own.days"]["low"] == record["inputs"]["own.days"]["high"]
    )  # the line is another's
    assert set(record["inputs"]).isdisjoint(EXPRESSIONS)


SIZES = {"sobol": 64, "shapley": 32, "morris": 8, "delta": 256, "pawn": 256, "rbd_fast": 256, "regional": 256}


@pytest.mark.parametrize("method", SIZES)
def test_drivers_take_an_expression_as_what_it_is_made_of(
    method: str, file: Path, invoke: Invoke, tmp_path: Path
) -> None:
    found = asked(
        invoke, "drivers", file, "--method", method, "--base-samples", SIZES[method], "--out", tmp_path / "d",
        "--of", "cost:rag_mini",
    )  # fmt: skip
    tied = "own.review_cost+own.review_share"
    names = set(found["indices"])
    assert names.isdisjoint(EXPRESSIONS)
    assert "rag_mini:price.small_input" in names
    assert tied in names or {"own.review_share", "own.review_cost"} <= names
    assert found["output"] == "cost:rag_mini"


def test_shares_of_variance_find_the_review(file: Path, invoke: Invoke, tmp_path: Path) -> None:
    found = asked(
        invoke, "drivers", file, "--base-samples", 256, "--out", tmp_path / "d", "--of", "log_cost:rag_mini"
    )
    total = {key: row["total"] for key, row in found["indices"].items()}
    assert total["own.review_cost+own.review_share"] > 0.1
    assert total["own.days"] == pytest.approx(0.0, abs=1e-9)


def test_to_know_an_own_input_that_decides_is_worth_something(invoke: Invoke, tmp_path: Path) -> None:
    pair = tmp_path / "pair.toml"
    pair.write_text(PAIR, encoding="utf-8")
    found = asked(invoke, "information", pair, "--draws", DRAWS, "--out", tmp_path / "i")
    assert set(found["evppi"]).isdisjoint(EXPRESSIONS)
    worth = found["evppi"]["own.review_cost"]
    assert worth["distinguishable"]
    assert 0.0 < worth["value"] <= found["evpi"] + 2 * found["evpi_se"]
    assert worth["value"] > found["evppi"]["rag_mini:price.small_input"]["value"]


def test_solves_root_is_where_evaluate_has_equal_costs(file: Path, invoke: Invoke, tmp_path: Path) -> None:
    sure = [
        part
        for setting in ("own.review_share=0.05", "workload.queries_per_month=4e5", "price.input=2")
        for part in ("--set", setting)
    ]
    # with all but the one input certain the mean difference is the difference
    certain = Scenario.load(file)
    others = [key for key, value in certain.inputs.items() if not value.certain and key != "own.review_cost"]
    sure += [
        part
        for key in others
        if key not in ("own.review_share", "workload.queries_per_month", "price.input")
        for part in ("--set", f"{key}={certain.medians[key]!r}")
    ]
    found = asked(
        invoke, "solve", file, "--for", "own.review_cost", "--target", "mean", "--draws", 16, *sure,
        "--out", tmp_path / "s",
    )  # fmt: skip
    assert found["unit"] == "USD/query"
    settings = [part for part in sure if part != "--set"]
    costs = cost(file, invoke, *settings, f"own.review_cost={found['value']!r}")
    assert costs["rag_mini"] == pytest.approx(costs["rag"], rel=1e-5)


def test_solve_maps_a_strategys_own_input_against_a_line(file: Path, invoke: Invoke, tmp_path: Path) -> None:
    review = "rag_mini:line.human review"
    found = asked(
        invoke, "solve", file, "--for", "rag_mini:price.small_input", "--for", review, "--draws", 16,
        "--set", f"{review}={{ uniform = {{ min = 0, max = 0.03 }} }}", "--out", tmp_path / "s",
    )  # fmt: skip
    chances = np.array(found["map"]["probability"])
    assert found["for"] == ["rag_mini:price.small_input", review]
    assert (np.diff(chances, axis=0) <= 0).all()
    assert (np.diff(chances, axis=1) <= 0).all()
    assert chances.max() > 0.9 > 0.1 > chances.min()


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("price.output", "is an expression, 'price.input * 4', and follows what it is made of; allowed: price.input"),
        (LINE, "allowed: own.review_share, own.review_cost"),
        ("rag_mini:price.output", "rag_mini has no value of its own for price.output"),
        ("own.reviewcost", "did you mean 'own.review_cost'?"),
        ("rag_mni:price.small_input", "there is no such strategy; allowed: see 'breakeven inputs'; did you mean"),
    ],
)  # fmt: skip
def test_what_is_not_drawn_cannot_be_solved_for(key: str, says: str, file: Path, invoke: Invoke) -> None:
    assert says in refused(invoke, "solve", file, "--for", key)


def test_a_cell_of_a_sweep_is_a_run_of_those_values(file: Path, invoke: Invoke, tmp_path: Path) -> None:
    varied = ("--vary", "own.review_cost=0.1,0.6", "--vary", "price.output=4:8:2", "--draws", 256)
    found = asked(invoke, "sweep", file, *varied, "--out", tmp_path / "w")
    assert [axis["unit"] for axis in found["axes"]] == ["USD/query", "USD/M tokens"]
    cell = found["cells"][1]
    assert cell["values"] == {"own.review_cost": 0.1, "price.output": 8.0}
    assert set(cell["cost"]) == set(Scenario.load(file).strategies)
    assert found["labels"]["bare"] == BARE
    run = simulate(Scenario.load(file).with_values(cell["values"]), draws=256)
    assert cell["probability_cheaper"]["estimate"] == run.probability_cheaper("rag_mini", "rag").estimate
    assert MINI in (tmp_path / "w" / "figures" / "sweep.svg").read_text()


def test_discover_finds_the_own_input_that_decides(file: Path, invoke: Invoke, tmp_path: Path) -> None:
    found = asked(invoke, "discover", file, "--draws", DRAWS, "--out", tmp_path / "b")
    limits = {limit["input"]: limit for limit in found["boxes"][0]["restrictions"]}
    assert limits["own.review_cost"]["unit"] == "USD/query"
    assert limits.keys().isdisjoint(EXPRESSIONS)
    assert found["boxes"][0]["sentence"].startswith(f"{MINI} wins in ")


def test_accuracy_has_each_strategys_own(file: Path, invoke: Invoke, tmp_path: Path) -> None:
    rows = asked(invoke, "accuracy", file, "--draws", 256, "--out", tmp_path / "a")["strategies"]
    assert rows["rag_twin"]["points"] == rows["rag"]["points"]
    assert (
        rows["bare"]["points"] == rows["prompt"]["points"]
    )  # both answer without facts and without training
    assert MINI in invoke("accuracy", file, "--draws", 256, "--out", tmp_path / "again")[1]


@pytest.mark.slow
def test_advise_recommends_by_label(file: Path, invoke: Invoke) -> None:
    text = TEXT.replace(
        "horizon_months = 6\n", 'horizon_months = 6\nstrategies = ["bare", "rag_mini", "rag"]\n'
    )
    file.write_text(text, encoding="utf-8")
    status, out, err = invoke("advise", file, "--draws", 256, "-q")
    assert status == 0, err
    assert f"Recommendation: {BARE}" in out
    assert MINI in out


def test_diff_names_what_differs_and_shares_the_change(file: Path, invoke: Invoke, tmp_path: Path) -> None:
    after = tmp_path / "after.toml"
    changed = TEXT.replace("p10 = 0.1, p90 = 0.9", "p10 = 0.3, p90 = 0.9").replace(f'"{MINI}"', '"RAG, mini"')
    after.write_text(changed, encoding="utf-8")
    found = asked(invoke, "diff", file, after, "--draws", 256, "--out", tmp_path / "d")
    (edit,) = found["edits"]
    assert edit["edit"] == "own.review_cost"
    assert edit["after"] == {"lognormal": {"p10": 0.3, "p90": 0.9}}
    assert edit["shares"]["difference"]["estimate"] == pytest.approx(
        found["changes"]["difference"]["change"]["estimate"]
    )
    assert found["changes"]["cost_a"]["change"]["estimate"] > 0.0
    assert found["silent"] == ["what strategies are called"]
    both = asked(
        invoke, "diff", file, after, "--draws", 64, "--compare", "bare,rag_twin", "--out", tmp_path / "e"
    )
    assert both["compare"] == ["bare", "rag_twin"]
    assert "'rag_mni' is not in both" in refused(invoke, "diff", file, after, "--compare", "rag_mni,rag")


OTHER = (
    TEXT.replace("from_month = 2", "from_month = 4")
    .replace("price.small_input = { lognormal = { p10 = 0.1, p90 = 0.3 } }\n", "tokens.retrieved = 500\n")
    .replace("price.input * 4", "price.input * own.ratio")
    .replace("[inputs.own]\n", "[inputs.own]\nratio = { uniform = { min = 3, max = 6 } }\n")
    .replace('[strategy.bare]\nlabel = "Small & bare"\n', "[strategy.bare]\nretrieval = true\n")
    .replace('item = "audit"', 'item = "inspection"')
)  # fmt: skip


def test_each_own_thing_that_differs_is_an_edit_and_all_together_are_the_other_side(tmp_path: Path) -> None:
    from studies.diff.analysis import _edited

    files = [tmp_path / "a.toml", tmp_path / "b.toml"]
    for path, text in zip(files, (TEXT, OTHER), strict=True):
        path.write_text(text, encoding="utf-8")
    before, after = (Scenario.load(path) for path in files)
    edits = found_edits(before, after)
    assert {edit.name for edit in edits} == {
        "price.output", "rag_mini:price.small_input", "rag_mini:tokens.retrieved", LINE, "strategy.bare", "line.audit",
        "line.inspection",
    }  # fmt: skip
    for chosen, side in (((), before), (edits, after)):
        made = evaluate(_edited(before, after, chosen))
        assert made.cost == pytest.approx(evaluate(side).cost, rel=1e-12)
    back = found_edits(after, before)
    assert {edit.name for edit in back} == {edit.name for edit in edits}
    some = evaluate(_edited(before, after, [edit for edit in edits if edit.name == LINE]))
    assert {name for name, cost in some.cost.items() if cost != evaluate(before).cost[name]} == {"rag_mini"}


@pytest.mark.slow
def test_a_quote_for_an_own_strategy_replaces_its_own_line(
    file: Path, invoke: Invoke, tmp_path: Path
) -> None:
    quote = tmp_path / "quote.toml"
    quote.write_text(
        '[quote]\nvendor = "Mini & Co"\nstrategy = "rag_mini"\nreplaces = ["human review"]\n'
        '[quote.fixes]\n"price.small_input" = 0.2\n[[quote.fee]]\nname = "desk"\nper = "month"\namount = 0\n',
        encoding="utf-8",
    )
    found = asked(
        invoke, "quotes", file, quote, "--draws", 256, "--out", tmp_path / "q", "--for", "price.small_input"
    )
    offer = found["quotes"]["Mini & Co"]
    # nothing is charged for what reviewers cost
    without = simulate(
        Scenario.load(file).with_values({LINE: 0.0, "rag_mini:price.small_input": 0.2}),
        draws=256,
        seed=found["seed"],
    )
    assert offer["cost"]["mean"] == pytest.approx(without.mean("cost", "rag_mini").value, rel=1e-9)
    assert offer["baseline"] == "rag_mini"
    assert found["labels"]["rag_mini"] == MINI


def test_check_and_inputs_list_what_is_own(file: Path, invoke: Invoke) -> None:
    listed = asked(invoke, "check", file)["given_inputs"]
    assert {"own.days", "rag_mini:price.small_input", *EXPRESSIONS} <= set(listed)
    explained = asked(invoke, "inputs", "rag_mini", "--in", file)
    assert set(explained) == {"rag_mini:price.small_input", LINE}
    assert explained[LINE]["value"] == {"expression": "own.review_share * own.review_cost"}
    known = asked(invoke, "inputs", "own.review_cost", "--in", file)["own.review_cost"]
    assert known["unit"] == "USD/query"
    assert known["median"] == pytest.approx(0.3)
    assert "price.input * 4" in invoke("inputs", "price.output", "--in", file)[1]
    assert MINI in invoke("inputs", LINE, "--in", file)[1]
    assert "did you mean 'own.days'?" in refused(invoke, "inputs", "own.dais", "--in", file)


def test_the_shell_offers_own_names(file: Path) -> None:
    def offered(of: Any, incomplete: str, path: Path | str = file) -> list[str]:
        context = click.Context(click.Command("x"))
        context.params = {"scenario": str(path)}
        return [item.value for item in of(context, click.Option(["--x"]), incomplete)]

    assert offered(completers.keys, "own.") == ["own.days", "own.review_cost", "own.review_share"]
    assert offered(completers.settings, "rag_mini:pr") == ["rag_mini:price.small_input="]
    assert offered(completers.outputs, "cost:rag") == ["cost:rag", "cost:rag_mini", "cost:rag_twin"]
    assert offered(completers.strategies, "bare,rag_") == ["bare,rag_mini", "bare,rag_twin"]
    assert offered(completers.keys, "own.", "no such file") == []
    assert offered(completers.outputs, "cost:r", "no such file") == ["cost:rag"]
