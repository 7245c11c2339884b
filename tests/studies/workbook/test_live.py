"""The model in formulas, as numbers, is the run's: for every shipped scenario, and for strategies of one's own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from distributions.expression import FUNCTIONS, Calculation, Name, parse
from sim import Scenario, evaluate
from sim.model.equations import equations
from sim.model.strategies import REGISTRY, STRATEGIES, OwnLine, Strategy
from sim.models.evaluation import Evaluation
from studies import workbook
from studies.probability_of_cheaper.analysis import analyse
from studies.workbook.columns import FIRST
from studies.workbook.live import Live

SCENARIOS = sorted(Path("studies/scenarios").glob("*.toml"))


def live(scenario: Scenario, evaluation: Evaluation, **more: Any) -> Live:
    strategies = {name: scenario.strategy(name) for name in scenario.strategies}
    return Live(scenario, evaluation, more.pop("strategies", strategies), scenario.horizon, **more)


def amounts(model: Live, strategy: str, item: str) -> list[float]:
    """A line item by month: unit costs times what they are paid by."""
    values = {column.name: column.values for column in model.series}
    costs = [cost for cost in model.costs if (cost.strategy, cost.item) == (strategy, item)]
    return [
        sum(model.cost_in(cost, month).value * values[cost.paid_by][month] for cost in costs)
        for month in range(model.horizon + 1)
    ]


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_line_of_every_strategy_is_what_evaluate_gives(path: Path) -> None:
    scenario = replace(Scenario.load(path), strategies=STRATEGIES)
    evaluation = evaluate(scenario)
    model = live(scenario, evaluation)
    for strategy in STRATEGIES:
        assert set(model.items(strategy)) == set(evaluation.items[strategy])
        for item in model.items(strategy):
            wanted = evaluation.items[strategy][item]
            assert amounts(model, strategy, item) == pytest.approx(wanted, rel=1e-10, abs=1e-9), (
                strategy,
                item,
            )


@pytest.fixture(scope="module")
def plain() -> tuple[Scenario, Evaluation]:
    scenario = Scenario.from_dict({"study": {"horizon_months": 9, "strategies": list(STRATEGIES)}})
    return scenario, evaluate(scenario)


def test_all_that_is_written_is_known_and_short_enough(plain: tuple[Scenario, Evaluation]) -> None:
    model = live(*plain)
    cells = [*model.steps, *(cost.cell for cost in model.costs)]
    known = {"horizon_months", "discount_rate", *(model.cell(key) for key in plain[1].inputs)}
    known |= {cell.name for cell in cells}
    formulas = [f"={cell.calculation}" for cell in cells]
    formulas += [formula for column in model.series for formula in column.formulas]
    assert len({cell.name.lower() for cell in cells}) == len(cells)
    for formula in formulas:
        assert len(formula) < 8192
        words = set(
            re.findall(r"[A-Za-z_]\w*(?![\w(])", re.sub(r"\$[A-Z]+\d+|\d+(\.\d+)?E-?\d+", "", formula))
        )
        assert words <= known, formula
    for step in model.steps:
        assert step.unit
        assert step.what
    for column in model.series:
        assert column.heading
        assert column.unit


def test_a_step_stands_once_where_all_have_the_same_and_else_for_each(
    plain: tuple[Scenario, Evaluation],
) -> None:
    model = live(*plain)
    for step in equations().steps:
        shared = [cell for cell in model.steps if cell.name == step]
        of_strategies = [
            cell for cell in model.steps if cell.name in {f"{name}_{step}" for name in STRATEGIES}
        ]
        assert len(shared) <= 1
        assert not (shared and of_strategies)
    columns = [tuple(column.formulas) for column in model.series]
    assert len(set(columns)) == len(columns)


OWN_PRICE, OWN_LINE = "rag_b:price.input", "rag_b:line.human review"


@pytest.fixture(scope="module")
def own(plain: tuple[Scenario, Evaluation]) -> tuple[Live, Mapping[str, float]]:
    """RAG beside another that has a price and lines of its own; a price and a rate are made of others."""
    scenario, evaluation = plain
    expressions = {
        "price.output": parse("price.input * 4", FUNCTIONS),
        "rag.upkeep_weeks_per_month": parse("max(ceil(rag.setup_weeks / 7), 1)", FUNCTIONS),
    }
    values = {**evaluation.inputs, OWN_PRICE: 7.0, OWN_LINE: 12.0}
    values["price.output"] = 4 * values["price.input"]
    values["rag.upkeep_weeks_per_month"] = float(max(np.ceil(values["rag.setup_weeks"] / 7), 1))
    cost = Calculation(OWN_LINE, (OWN_LINE,), Name(OWN_LINE))
    lines = tuple(
        OwnLine("human review", per, cost, first, last)
        for per, first, last in (("month", 3, 5), ("query", None, 4), ("once", 7, None), ("once", None, None))
    )
    rag = REGISTRY["rag"]
    rag_b = Strategy("RAG B", rag.latency, rag.parts, {"price.input": OWN_PRICE}, lines)
    both = {"rag": rag, "rag_b": rag_b}
    return live(
        scenario, replace(evaluation, inputs=values), strategies=both, expressions=expressions
    ), values


def test_an_input_that_is_an_expression_is_a_formula(own: tuple[Live, Mapping[str, float]]) -> None:
    model, _ = own
    assert model.expression("price.output") == "price_input*4"
    assert model.expression("rag.upkeep_weeks_per_month") == "MAX(-INT(-(rag_setup_weeks/7)),1)"
    assert model.expression("price.input") is None
    assert {"price_input", "rag_b_price_input", "rag_setup_weeks"} <= model.used


def test_a_strategy_with_inputs_of_its_own_has_cells_of_its_own(
    own: tuple[Live, Mapping[str, float]],
) -> None:
    model, values = own
    costs = {cost.cell.name: cost.cell for cost in model.costs}
    assert costs["rag_input_tokens_per_token_price"].calculation == "tokens_billed*price_input*billed_input"
    assert (
        costs["rag_b_input_tokens_per_token_price"].calculation
        == "tokens_billed*rag_b_price_input*billed_input"
    )
    # the expression is read with the strategy's own input
    assert costs["rag_output_tokens_per_token_price"].calculation == "tokens_billed*price_output*written"
    cell = costs["rag_b_output_tokens_per_token_price"]
    assert cell.calculation == "tokens_billed*rag_b_output_price*written"
    price = next(step for step in model.steps if step.name == "rag_b_output_price")
    assert (price.calculation, price.strategies) == ("rag_b_price_input*4", ("rag_b",))
    shared = costs["rag_output_tokens_per_token_price"].value
    assert cell.value == pytest.approx(shared * 7.0 / values["price.input"], rel=1e-12)


def test_lines_of_ones_own_are_paid_in_their_months(own: tuple[Live, Mapping[str, float]]) -> None:
    model, values = own
    queries = values["workload.queries_per_month"] * (1 + values["workload.annual_growth"]) ** (
        np.arange(-1, 9) / 12
    )
    wanted = np.zeros(10)
    wanted[3:6] += 12.0
    wanted[1:5] += 12.0 * queries[1:5]
    wanted[[0, 7]] += 12.0
    assert amounts(model, "rag_b", "human review") == pytest.approx(wanted, rel=1e-12)
    assert "human review" not in model.items("rag")
    operating = next(column for column in model.series if column.heading == "In operation")
    between = next(
        column for column in model.series if column.heading == "Every month, from month 3, to month 5"
    )
    cell = f"$A{FIRST + 5}"
    assert between.formulas[4] == f"=IF($C{FIRST + 5}=1,IF({cell}<=5,IF(3<={cell},1,0),0),0)"
    assert np.array_equal(
        between.values, np.where((operating.values > 0) & (np.arange(37) >= 3) & (np.arange(37) <= 5), 1, 0)
    )


def test_a_price_that_changes_changes_what_is_made_of_it(plain: tuple[Scenario, Evaluation]) -> None:
    evaluation = plain[1]
    changes = [{"month": 3, "input": "price.input", "times": 2.0}]
    study = {"horizon_months": 9, "strategies": list(STRATEGIES)}
    moved = Scenario.from_dict({"study": study, "market": {"change": changes}})
    values = {**evaluation.inputs, "price.output": 4 * evaluation.inputs["price.input"]}
    expressions = {"price.output": parse("price.input * 4", FUNCTIONS)}
    model = live(moved, replace(evaluation, inputs=values), expressions=expressions)
    (repriced,) = model.repriced
    assert repriced.cells["price_output"].calculation == "price_input_from_month_3*4"
    cost = next(cost for cost in model.costs if (cost.strategy, cost.item) == ("prompt", "output tokens"))
    assert model.cost_in(cost, 2) is cost.cell
    assert model.cost_in(cost, 3).value == pytest.approx(2 * cost.cell.value, rel=1e-12)
    assert (
        model.cost_in(cost, 3).calculation == "prompt_tokens_billed*price_output_from_month_3*prompt_written"
    )


OWN_SCENARIO = """
[study]
horizon_months = 9
compare = ["mini", "rag"]
strategies = ["rag", "mini", "twin", "tuned_self_hosted"]
[inputs.own]
review_share = 0.05
review_cost = { value = 2, unit = "USD/query" }
[inputs.price]
output = { expression = "price.input * 5", source = "the list" }
[strategy.mini]
like = "rag"
model = "small"
[strategy.mini.inputs]
price.input = 0.15
price.small_input = { expression = "price.input / 2" }
drift.retrain_interval_months = 2
[[strategy.mini.line]]
item = "human review"
per = "query"
cost = { expression = "own.review_share * own.review_cost" }
from_month = 2
to_month = 4
[strategy.twin]
like = "mini"
tuned = true
[strategy.twin.inputs]
price.input = 0.3
[[line]]
item = "audit"
per = "once"
cost = 900
from_month = 3
[[line]]
item = "card"
per = "gpu_hour"
cost = 0.5
strategies = ["tuned_self_hosted"]
"""


def test_a_scenario_with_strategies_inputs_and_lines_of_its_own_is_what_evaluate_gives() -> None:
    scenario = Scenario.from_dict(tomllib.loads(OWN_SCENARIO))
    evaluation = evaluate(scenario)
    expressions = {name: made.calculation for name, made in scenario.expressions.items()}
    model = live(scenario, evaluation, expressions=expressions)
    for strategy, items in evaluation.items.items():
        assert set(model.items(strategy)) == set(items)
        for item, wanted in items.items():
            assert amounts(model, strategy, item) == pytest.approx(wanted, rel=1e-10, abs=1e-9), (
                strategy,
                item,
            )
    assert model.expression("mini:price.small_input") == "mini_price_input/2"
    assert evaluation.items["mini"]["human review"][2] > 0.0
    assert evaluation.items["tuned_self_hosted"]["card"][1] > 0.0


def test_the_workbook_of_such_a_scenario_has_all_its_inputs(tmp_path: Path) -> None:
    scenario = Scenario.from_dict(tomllib.loads(OWN_SCENARIO))
    answer = analyse(scenario, draws=512, seed=5, threads=1)
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook.make(record=answer.summary, data=answer.run.dataset, scenario=scenario))
    book = openpyxl.load_workbook(path)
    rows = {row[0].value: [cell.value for cell in row] for row in book["Assumptions"].iter_rows(min_row=13)}
    assert set(scenario.known) <= set(rows)
    assert rows["price.output"][1] == "=price_input*5"
    assert rows["price.output"][3] == "made of others"
    assert rows["price.output"][9] == "the list"
    assert rows["mini:price.small_input"][1] == "=mini_price_input/2"
