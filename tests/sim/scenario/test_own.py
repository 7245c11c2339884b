"""Strategies, inputs, expressions and cost lines of the user's own, from a scenario's file to its costs."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from distributions.errors import UserError
from distributions.tables.writing import to_toml
from sim import Scenario, evaluate, simulate
from sim.model.strategies import REGISTRY, Parts
from sim.models.model import evaluate_costs
from sim.quotes.costs import offers
from sim.quotes.quote import Quote
from sim.results.dataset import summary
from sim.scenario.eligibility import judged
from sim.scenario.reader import scenario_schema
from studies.cli import main

GOOD = """
[study]
horizon_months = 6
discount_rate = 0.0
compare = ["mini", "rag"]
strategies = ["rag", "mini", "twin", "tuned_self_hosted"]
[inputs.own]
review_share = { beta = { mean = 0.05, sd = 0.02 }, unit = "1", source = "pilot, October" }
review_cost = { uniform = { min = 1, max = 3 }, unit = "USD/query" }
reviewers = { value = 3, role = "choice", values = [1, 2, 3, 5], unit = "1" }
[inputs.price]
output = { expression = "price.input * 5", source = "the list" }
[inputs.workload]
annual_growth = 0
[strategy.mini]
like = "rag"
label = "RAG on a mini model"
model = "small"
[strategy.mini.inputs]
price.input = { uniform = { min = 0.1, max = 0.2 } }
price.small_input = { expression = "price.input / 2" }
quality.accuracy_rag = { beta = { mean = 0.86, sd = 0.03 } }
[[strategy.mini.line]]
item = "human review"
per = "query"
cost = { expression = "own.review_share * own.review_cost" }
from_month = 2
to_month = 4
[strategy.twin]
like = "mini"
[[line]]
item = "audit"
per = "once"
cost = { uniform = { min = 900, max = 1100 } }
[[line]]
item = "card"
per = "gpu_hour"
cost = 0.5
strategies = ["tuned_self_hosted"]
[[dependence]]
inputs = ["own.review_share", "mini:quality.accuracy_rag"]
rank_correlation = 0.5
"""

DRAWS = 4096


def load(folder: Path, text: str = GOOD) -> Scenario:
    path = folder / "s.toml"
    path.write_text(text, encoding="utf-8")
    return Scenario.load(path)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return load(tmp_path_factory.mktemp("own"))


# --- what is read


def test_inputs_of_ones_own_come_after_the_registrys(good: Scenario) -> None:
    own = ["own.review_cost", "own.review_share", "own.reviewers"]
    alone = ["mini:price.input", "mini:quality.accuracy_rag"]
    assert list(good.inputs)[-len(own) - len(alone) - 2 :] == [*own, *alone, "line.audit", "line.card"]
    assert list(good.expressions) == ["price.output", "mini:price.small_input", "mini:line.human review"]
    assert good.known["own.review_share"].unit == "1"
    assert good.known["own.reviewers"].values == (1, 2, 3, 5)
    assert good.known["mini:line.human review"].unit == "USD/query"
    assert good.inputs["own.review_share"].source == "pilot, October"
    assert set(good.values) == set(good.inputs) | set(good.expressions)
    assert "price.output" not in good.defaulted


def test_strategies_of_ones_own_come_after_the_shipped_ones(good: Scenario) -> None:
    assert good.strategies == ("rag", "tuned_self_hosted", "mini", "twin")
    assert good.labels["mini"] == "RAG on a mini model"
    assert good.labels["twin"] == "Twin"
    assert good.labels["prompt"] == "Prompting"
    assert good.strategy("mini").parts == Parts(True, False, "small", "per_token")
    assert good.strategy("twin").parts == good.strategy("mini").parts


def test_a_strategy_like_another_is_equal_to_it_to_the_last_bit(good: Scenario) -> None:
    run = simulate(good, DRAWS, 3)
    costs = dict(zip(run.strategies, run.first.costs, strict=True))
    assert np.array_equal(costs["mini"], costs["twin"])
    chance = run.probability_cheaper("mini", "twin")
    assert (chance.estimate, chance.ties) == (0.5, 1.0)


def test_one_like_a_shipped_strategy_is_equal_to_it(tmp_path: Path) -> None:
    for name in REGISTRY:
        scenario = load(tmp_path, f'[strategy.x]\nlike = "{name}"')
        values = {key: np.asarray(m.ppf(np.linspace(0.1, 0.9, 50))) for key, m in scenario.inputs.items()}
        costs = evaluate_costs(scenario, values)
        assert np.array_equal(costs["x"], costs[name])
        assert scenario.latency["x"] == scenario.latency[name]
        assert scenario.strategies == (*REGISTRY, "x")


def test_parts_alone_make_a_strategy(tmp_path: Path) -> None:
    text = """[strategy.x]
retrieval = true
model = "small"
serving = "per_token"
"""
    alike = '[strategy.y]\nlike = "rag"\nmodel = "small"\n'
    scenario = load(tmp_path, text + alike)
    values = {key: np.full(2, m.median()) for key, m in scenario.inputs.items()}
    costs = evaluate_costs(scenario, values)
    assert np.array_equal(costs["x"], costs["y"])
    assert costs["x"][0] < costs["rag"][0]


def test_a_table_of_a_shipped_name_gives_it_values_of_its_own(tmp_path: Path) -> None:
    scenario = load(tmp_path, "[strategy.rag.inputs]\nrag.vector_db_monthly = 1000")
    plain = load(tmp_path, "")
    before, after = evaluate(plain), evaluate(scenario)
    assert after.items["rag"]["vector DB"][1] == pytest.approx(1000, rel=1e-12)
    assert after.cost["hybrid"] == before.cost["hybrid"]


def test_the_order_of_strategies_in_the_file_changes_nothing(good: Scenario) -> None:
    tables = tomllib.loads(GOOD)
    turned = copy.deepcopy(tables)
    turned["strategy"] = dict(reversed(tables["strategy"].items()))
    turned["inputs"]["own"] = dict(reversed(tables["inputs"]["own"].items()))
    turned["study"]["strategies"].reverse()
    first, again = (Scenario.from_dict(each) for each in (tables, turned))
    assert list(first.inputs) == list(again.inputs)
    assert first.digest == again.digest
    a, b = (simulate(each, DRAWS, 5) for each in (first, again))
    assert np.array_equal(a.first.costs, b.first.costs)


@pytest.mark.parametrize("through_text", [False, True])
def test_tables_give_the_scenario_again(good: Scenario, through_text: bool) -> None:
    tables = tomllib.loads(to_toml(good.tables())) if through_text else good.tables()
    again = Scenario.from_dict(tables)
    assert again == good
    assert list(again.inputs) == list(good.inputs)
    assert again.tables() == good.tables()
    jsonschema.Draft202012Validator(scenario_schema()).validate(tables)


def test_the_schema_takes_the_file_and_underlines_slips() -> None:
    validator = jsonschema.Draft202012Validator(scenario_schema())
    validator.check_schema(scenario_schema())
    validator.validate(tomllib.loads(GOOD))
    for slip in (
        {"strategy": {"x": {"like": "rag", "models": "small"}}},
        {"strategy": {"x": {"model": "medium"}}},
        {"line": [{"item": "a", "per": "day", "cost": 1}]},
        {"line": [{"item": "a", "per": "month"}]},
        {"inputs": {"own": {"x": {"value": 1, "role": "mine"}}}},
        {"inputs": {"price": {"input": {"expression": 3}}}},
        {"study": {"compare": ["rag", "raq"]}},
    ):
        assert list(validator.iter_errors(slip)), slip


# --- what it computes


def test_expressions_come_to_what_numpy_says_on_the_draws(good: Scenario) -> None:
    run = simulate(good, DRAWS, 7)
    drawn = dict(zip(run.sampler.names, run.first.values, strict=True))
    values = good.values_of(drawn)
    assert np.array_equal(values["price.output"], drawn["price.input"] * 5)
    assert np.array_equal(values["mini:price.small_input"], drawn["mini:price.input"] / 2)
    review = drawn["own.review_share"] * drawn["own.review_cost"]
    assert np.array_equal(values["mini:line.human review"], review)
    # the same with the expression written out as a number in each draw
    prices = {"price": {"input": 2.0, "output": 10.0}}
    alike = Scenario.from_dict({"inputs": prices})
    made = Scenario.from_dict(
        {"inputs": {"price": {"input": 2.0, "output": {"expression": "price.input * 5"}}}}
    )
    at = {key: np.asarray(m.ppf(np.linspace(0.1, 0.9, 9))) for key, m in made.inputs.items()}
    a, b = evaluate_costs(made, at), evaluate_costs(alike, {**at, "price.output": at["price.input"] * 5})
    for name in a:
        np.testing.assert_allclose(a[name], b[name], rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("max(own.a, own.b, 2)", lambda a, b: np.maximum(np.maximum(a, b), 2)),
        ("min(own.a, own.b) ** 2", lambda a, b: np.minimum(a, b) ** 2),
        ("exp(-own.a) + log(own.b)", lambda a, b: np.exp(-a) + np.log(b)),
        ("sqrt(own.a / own.b)", lambda a, b: np.sqrt(a / b)),
        ("ceil(own.a) - floor(own.b)", lambda a, b: np.ceil(a) - np.floor(b)),
        ("pick(ceil(own.a), own.b, own.a)", lambda a, b: np.where(np.ceil(a) == 1, b, a)),
    ],
)
def test_every_function_of_an_expression(text: str, function: Any) -> None:
    own = {"a": {"uniform": {"min": 0.5, "max": 2.0}}, "b": {"uniform": {"min": 1.0, "max": 3.0}}}
    line = {"item": "mine", "per": "month", "cost": {"expression": f"10 * ({text})"}}
    study = {"horizon_months": 1, "discount_rate": 0.0}
    scenario = Scenario.from_dict({"study": study, "inputs": {"own": own}, "line": [line]})
    plain = Scenario.from_dict({"study": study, "inputs": {"own": own}})
    spread = np.linspace(0.05, 0.95, 40)
    at = {key: np.full(40, m.median()) for key, m in plain.inputs.items()}
    at |= {"own.a": plain.inputs["own.a"].ppf(spread), "own.b": plain.inputs["own.b"].ppf(spread[::-1])}
    paid = evaluate_costs(scenario, at)["rag"] - evaluate_costs(plain, at)["rag"]
    np.testing.assert_allclose(paid, 10 * function(at["own.a"], at["own.b"]), rtol=1e-8, atol=1e-8)


def test_a_strategys_own_value_stands_in_what_is_made_of_it(tmp_path: Path) -> None:
    text = """[strategy.rag.inputs]
price.input = 7
[inputs.price]
input = 2
output = { expression = "price.input * 5" }
"""
    scenario = load(tmp_path, text)
    other = load(tmp_path, "[inputs.price]\ninput = 7\noutput = 35")
    assert scenario.medians["price.output"] == 10
    assert evaluate(scenario).cost["rag"] == pytest.approx(evaluate(other).cost["rag"], rel=1e-12)


@pytest.mark.parametrize(
    ("per", "rhythm"),
    [
        ("once", lambda m, q, p: 1.0 * (m == 0)),
        ("month", lambda m, q, p: 1.0 * (m > 0)),
        ("query", lambda m, q, p: np.where(m > 0, q, 0.0)),
        ("token_price", lambda m, q, p: np.where(m > 0, q * p, 0.0)),
    ],
)
@pytest.mark.parametrize(("first", "last"), [(None, None), (3, None), (None, 4), (2, 5)])
def test_lines_are_paid_as_worked_by_hand(per: str, rhythm: Any, first: int | None, last: int | None) -> None:
    line: dict[str, Any] = {"item": "mine", "per": per, "cost": 2.5}
    line |= {"from_month": first} if first is not None else {}
    line |= {"to_month": last} if last is not None and per != "once" else {}
    inputs = {"workload": {"queries_per_month": 1000, "annual_growth": 0.3}, "price": {"annual_decline": 0.2}}
    study = {"horizon_months": 6, "discount_rate": 0.1}
    scenario = Scenario.from_dict({"study": study, "inputs": inputs, "line": [line]})
    m = np.arange(7)
    wanted = 2.5 * rhythm(m, 1000 * 1.3 ** ((m - 1) / 12), 0.8 ** ((m - 1) / 12))
    if per == "once" and first is not None:
        wanted = 2.5 * (m == first)
    else:
        wanted = np.where((m >= (first or 0)) & (m <= (last or 99) if per != "once" else True), wanted, 0.0)
    result = evaluate(scenario)
    np.testing.assert_allclose(result.items["rag"]["mine"], wanted, rtol=1e-12)
    assert result.breakdown["rag"]["mine"] == pytest.approx((wanted * 1.1 ** (-m / 12)).sum(), rel=1e-9)


def test_lines_by_trainings_and_gpu_hours() -> None:
    lines = [
        {"item": "sign-off", "per": "retrain", "cost": 100, "strategies": ["tuned_hosted"]},
        {"item": "power", "per": "gpu_hour", "cost": 0.1, "strategies": ["tuned_self_hosted"]},
    ]
    inputs = {"drift": {"retrain_interval_months": 2}, "gpu": {"hourly_rate": 1, "annual_decline": 0.4}}
    scenario = Scenario.from_dict({"study": {"horizon_months": 6}, "inputs": inputs, "line": lines})
    result = evaluate(scenario)
    assert result.items["tuned_hosted"]["sign-off"].tolist() == [0, 0, 100, 0, 100, 0, 0]
    gpus = result.items["tuned_self_hosted"]["serving GPUs"]
    np.testing.assert_allclose(result.items["tuned_self_hosted"]["power"], 0.1 * gpus, rtol=1e-12)
    assert "power" not in result.items["tuned_hosted"]


def test_like_takes_lines_and_what_is_written_replaces_them(tmp_path: Path) -> None:
    text = """
[strategy.a]
like = "rag"
[[strategy.a.line]]
item = "one"
per = "month"
cost = 1
[[strategy.a.line]]
item = "two"
per = "month"
cost = 2
[strategy.b]
like = "a"
[[strategy.b.line]]
item = "two"
per = "month"
cost = 3
"""
    result = evaluate(load(tmp_path, text))
    assert result.items["a"]["two"][1] == 2
    assert (result.items["b"]["one"][1], result.items["b"]["two"][1]) == (1, 3)


def test_line_items_add_up_to_the_cost(good: Scenario) -> None:
    result = evaluate(good)
    for name in good.strategies:
        assert sum(result.breakdown[name].values()) == pytest.approx(result.cost[name], rel=1e-9)
    assert result.inputs["price.output"] == pytest.approx(5 * result.inputs["price.input"])
    assert list(result.inputs) == list(good.known)


def test_a_run_says_what_expressions_come_to(good: Scenario) -> None:
    run = simulate(good, DRAWS, 7)
    drawn = dict(zip(run.sampler.names, run.first.values, strict=True))
    said = summary(run)["expressions"]
    assert list(said) == list(good.expressions)
    assert said["price.output"]["mean"] == pytest.approx(5 * drawn["price.input"].mean())
    assert said["price.output"]["quantiles"]["0.5"] == pytest.approx(5 * np.median(drawn["price.input"]))
    assert said["mini:line.human review"]["unit"] == "USD/query"
    assert said["price.output"]["draws"] == DRAWS


def test_the_longest_expressions_are_worked() -> None:
    def paid(text: str) -> float:
        line = {"item": "mine", "per": "month", "cost": {"expression": text}}
        scenario = Scenario.from_dict({"study": {"horizon_months": 1}, "line": [line]})
        return float(evaluate(scenario).items["rag"]["mine"][1])

    terms = "+".join(["1"] * 250)
    assert paid(terms) == 250
    assert paid("-" * 58 + "1") == 1


def test_a_quote_may_be_of_a_strategy_of_ones_own(tmp_path: Path, good: Scenario) -> None:
    quote = """[quote]
vendor = "Acme"
strategy = "mini"
replaces = ["human review"]
[quote.fixes]
"price.input" = 0.15
[[quote.fee]]
name = "people"
per = "month"
amount = 100
"""
    path = tmp_path / "q.toml"
    path.write_text(quote, encoding="utf-8")
    (offer,) = offers(good, [Quote.load(path, good.definitions)])
    assert "human review" in offer.items
    values = {key: np.full(1, m.median()) for key, m in good.inputs.items()}
    values |= {key: np.full(1, m.median()) for key, m in offer.inputs().items()}
    plain = evaluate(good.with_values({"mini:price.input": 0.15}))
    cost = offer.cost(values, offer.trace(values))
    assert cost[0] == pytest.approx(
        plain.cost["mini"] - plain.breakdown["mini"]["human review"] + 600, rel=1e-9
    )
    with pytest.raises(UserError, match="unknown strategy 'mini'"):
        Quote.load(path)
    path.write_text(quote.replace("human review", "human revue"), encoding="utf-8")
    with pytest.raises(UserError, match="did you mean 'human review'"):
        Quote.load(path, good.definitions)
    path.write_text(quote.replace('"price.input"', '"price.output"'), encoding="utf-8")
    with pytest.raises(UserError, match="is an expression in the scenario"):
        offers(good, [Quote.load(path, good.definitions)])


def many(count: int) -> dict[str, Any]:
    names = [f"s{k:02}" for k in range(count)]
    tables = {name: {"like": "rag", "inputs": {"price": {"input": 1.0 + k}}} for k, name in enumerate(names)}
    return {"study": {"strategies": names, "compare": names[:2], "horizon_months": 3}, "strategy": tables}


def test_as_many_strategies_as_may_be() -> None:
    run = simulate(Scenario.from_dict(many(24)), 2048, 1)
    means = [run.mean("cost", name).value for name in run.strategies]
    assert means == sorted(means)
    assert len(set(means)) == 24
    assert sum(run.probability_cheapest(name).estimate for name in run.strategies) == pytest.approx(1)
    assert run.probability_cheaper("s00", "s23").estimate == 1


def test_one_strategy_more_is_refused() -> None:
    with pytest.raises(UserError, match="at most 24") as caught:
        Scenario.from_dict(many(25))
    assert caught.value.faults[0].key == "study.strategies"


def test_requirements_judge_by_parts(tmp_path: Path) -> None:
    text = (
        '[requirements]\ncitations = true\n[strategy.x]\nlike = "tuned_hosted"\n[strategy.y]\nlike = "rag"\n'
    )
    excluded = judged(load(tmp_path, text)).excluded
    assert excluded["x"] == excluded["tuned_hosted"]
    assert "y" not in excluded


# --- values from outside


def test_values_are_set_from_outside(good: Scenario) -> None:
    changed = good.with_values({"own.review_share": 0.1, "mini:price.input": 1.5, "rag:price.input": 9})
    assert changed.inputs["own.review_share"].value == 0.1
    assert changed.inputs["mini:price.input"].value == 1.5
    assert changed.strategy("twin").own["price.input"] == "mini:price.input"
    assert changed.strategy("rag").own == {"price.input": "rag:price.input"}
    assert changed.dependence == ()
    assert Scenario.from_dict(changed.tables()) == changed
    assert good.with_values({}) == good


def test_expressions_are_set_from_outside(good: Scenario) -> None:
    changed = good.with_values({"price.output": 4, "price.input": {"expression": "price.embedding * 20"}})
    assert "price.input" not in changed.inputs
    assert changed.inputs["price.output"].value == 4
    assert changed.medians["price.input"] == pytest.approx(20 * changed.medians["price.embedding"])


@pytest.mark.parametrize(
    ("values", "key", "words"),
    [
        ({"own.review": 1}, "--set own.review", "did you mean 'own.review"),
        ({"mino:price.input": 1}, "--set mino:price.input", "did you mean 'mini'?"),
        ({"mini:price.imput": 1}, "--set mini:price.imput", "did you mean 'price.input'?"),
        ({"mini:price.input": -1}, "--set mini:price.input", "≥ 0"),
        (
            {"price.input": {"expression": "price.output"}},
            "expression",
            "price.input → price.output → price.input",
        ),
        ({"price.input": {"expression": "price.outptu"}}, "--set price.input.expression", "did you mean"),
        ({"own.reviewers": {"uniform": {"min": 1, "max": 2}}}, "--set own.reviewers", "is a choice"),
    ],
)
def test_values_set_from_outside_are_checked(
    good: Scenario, values: dict[str, Any], key: str, words: str
) -> None:
    with pytest.raises(UserError) as caught:
        good.with_values(values)
    (fault,) = caught.value.faults
    assert key in fault.key
    assert words in str(fault)


def test_commands_take_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert main(["check", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "own.review_share" in shown
    assert "price.input * 5" in shown
    assert "RAG on a mini model" in shown
    settings = ["--set", "mini:price.input=1", "--set", "own.review_share=0.5"]
    settings += ["--set", 'price.embedding={ expression = "price.input / 9" }']
    assert main(["evaluate", str(path), *settings, "--json", "--quiet"]) == 0
    assert '"mini:price.small_input": 0.5' in capsys.readouterr().out


# --- what is refused: text, the key of its one fault, its line, words of the message

OWN = "[inputs.own]\n"
STRATEGY = "[strategy.x]\n"
LINE = '[[line]]\nitem = "a"\n'

FAULTS: list[tuple[str, str, int, str]] = [
    # inputs of one's own
    (OWN + "price = 3", "inputs.own.price", 2, "the name of a group of inputs already"),
    (OWN + '"price.input" = 3', 'inputs.own."price.input"', 2, "the name of an input already"),
    (OWN + '"two words" = 3', 'inputs.own."two words"', 2, "is no name"),
    (OWN + 'x = { value = 3, unit = "USD/moon" }', "inputs.own.x.unit", 2, "no known unit"),
    (
        OWN + 'x = { value = 3, role = "choise", values = [1, 2] }',
        "inputs.own.x.role",
        2,
        "did you mean 'choice'?",
    ),
    (OWN + 'x = { value = 3, role = "choice" }', "inputs.own.x.values", 2, "missing, for a choice"),
    (OWN + "x = { value = 3, values = [1, 2] }", "inputs.own.x.values", 2, "no choice"),
    (OWN + 'x = { value = 3, role = "choice", values = [1, 1] }', "inputs.own.x.values", 2, "each once"),
    (
        OWN + 'x = { normal = { mean = 1, sd = 1 }, role = "choice", values = [1, 2] }',
        "inputs.own.x",
        2,
        "a number",
    ),
    (OWN + 'x = { unit = "1" }', "inputs.own.x", 2, "found no form"),
    # expressions
    ("[inputs.price]\noutput = { expression = 'price.imput * 2' }", "output.expression", 2, "'price.input'"),
    (
        "[inputs.price]\noutput = { expression = 'own.y * 2' }",
        "output.expression",
        2,
        "unknown input 'own.y'",
    ),
    (
        "[inputs.price]\noutput = { expression = 'ratio * 2' }",
        "output.expression",
        2,
        "unknown input 'ratio'",
    ),
    (
        "[inputs.price]\noutput = { expression = 'price.input *' }",
        "output.expression",
        2,
        "(line 1, column 14, its end)",
    ),
    (
        "[inputs.price]\noutput = { expression = 'open(price.input)' }",
        "output.expression",
        2,
        "min max exp log",
    ),
    (
        "[inputs.price]\noutput = { expression = 'price.input', min = 2 }",
        "inputs.price.output.min",
        2,
        "unknown key",
    ),
    (f"[inputs.price]\noutput = {{ expression = '{'1 + ' * 130}1' }}", "output.expression", 2, "at most 500"),
    (f"[inputs.price]\noutput = {{ expression = '{'-' * 70}1' }}", "output.expression", 2, "levels deep"),
    ("[inputs.price]\noutput = { expression = 3 }", "output.expression", 2, "in quotes"),
    (
        "[inputs.price]\ninput = { expression = 'price.output' }\noutput = { expression = 'price.input * 2' }",
        "inputs.price.input.expression",
        2,
        "price.input → price.output → price.input",
    ),
    (
        "[inputs.price]\noutput = { expression = 'price.output' }",
        "output.expression",
        2,
        "price.output → price.output",
    ),
    (
        "[inputs.price]\noutput = { expression = 'price.input * 2' }\n"
        "[strategy.rag.inputs]\nprice.input = { expression = 'price.output / 2' }",
        "expression",
        2,
        "price.output → rag:price.input → price.output",
    ),
    (
        "[inputs.price]\noutput = { expression = 'labor.weekly_rate' }",
        "output.expression",
        2,
        "in USD/week, not in",
    ),
    (
        "[inputs.price]\noutput = { expression = 'price.input + labor.weekly_rate' }",
        "output.expression",
        2,
        "mixes USD/M tokens and USD/week",
    ),
    (
        "[inputs.price]\noutput = { expression = 'max(price.input, labor.weekly_rate)' }",
        "output.expression",
        2,
        "the arguments of max",
    ),
    (
        "[inputs.price]\noutput = { expression = 'exp(price.input)' }",
        "output.expression",
        2,
        "argument of exp",
    ),
    (
        "[inputs.price]\noutput = { expression = 'price.input ** price.input' }",
        "output.expression",
        2,
        "an exponent is in",
    ),
    # strategies
    (STRATEGY + 'like = "x"', "strategy.x.like", 2, "x → x"),
    (STRATEGY + 'like = "y"\n[strategy.y]\nlike = "x"', "strategy.x.like", 2, "x → y → x"),
    (STRATEGY + 'like = "raq"', "strategy.x.like", 2, "did you mean 'rag'?"),
    (STRATEGY + 'label = "X"', "strategy.x", 1, "neither like nor parts"),
    (STRATEGY + 'model = "small"', "strategy.x", 1, "has no serving"),
    (STRATEGY + 'model = "tiny"\nserving = "per_token"', "strategy.x.model", 2, "frontier, small, open"),
    (STRATEGY + 'model = "frontier"\nserving = "dedicated"', "strategy.x", 1, "is not served dedicated"),
    (STRATEGY + 'model = "small"\nserving = "self_hosted"', "strategy.x", 1, "is not served self_hosted"),
    (STRATEGY + 'model = "open"\nserving = "per_token"', "strategy.x", 1, "is not served per_token"),
    (STRATEGY + 'like = "rag"\nfallback = "frontier"', "strategy.x", 1, "cannot fall back"),
    ('[strategy.rag]\nmodel = "small"', "strategy.rag.model", 2, "is shipped"),
    ('[strategy.rag]\nlike = "prompt"', "strategy.rag.like", 2, "is shipped"),
    ('[strategy."two words"]\nlike = "rag"', 'strategy."two words"', 1, "is no name"),
    (STRATEGY + 'like = "rag"\n[strategy.x.inputs]\nprice.imput = 3', "price.imput", 4, "'price.input'"),
    (STRATEGY + 'like = "rag"\n[strategy.x.inputs]\nprice.input = -3', "price.input", 4, "≥ 0"),
    (
        STRATEGY + 'liek = "rag"\nmodel = "small"\nserving = "per_token"',
        "strategy.x.liek",
        2,
        "unknown key; allowed: like",
    ),
    # lines
    (LINE + 'per = "day"\ncost = 1', "line[0].per", 3, "once, month, query"),
    (LINE + 'per = "month"', "line[0].cost", 1, "missing"),
    (LINE + 'per = "month"\ncost = { unit = "1" }', "line[0].cost", 4, "found no form"),
    (
        LINE + 'per = "month"\ncost = { expression = "labor.weekly_rate" }',
        "cost.expression",
        4,
        "in USD/week",
    ),
    (LINE + 'per = "month"\ncost = 1\nfrom_month = 0', "line[0].from_month", 5, "from 1 to 120"),
    (LINE + 'per = "month"\ncost = 1\nfrom_month = 5\nto_month = 4', "line[0].to_month", 6, "lies before"),
    (LINE + 'per = "once"\ncost = 1\nto_month = 4', "line[0].to_month", 5, "paid once"),
    (LINE + 'per = "month"\ncost = 1\nstrategies = ["raq"]', "line[0].strategies", 5, "did you mean 'rag'?"),
    (LINE + 'per = "gpu_hour"\ncost = 1\nstrategies = ["rag"]', "line[0].per", 3, "rag rents no GPUs"),
    (LINE + 'per = "retrain"\ncost = 1\nstrategies = ["rag"]', "line[0].per", 3, "rag is not tuned"),
    (
        STRATEGY + 'like = "rag"\n[[strategy.x.line]]\nitem = "a"\nper = "retrain"\ncost = 1',
        "strategy.x.line[0].per",
        5,
        "x is not tuned",
    ),
    # the study and dependence
    (STRATEGY + 'like = "rag"\n[study]\ncompare = ["x", "z"]', "study.compare", 4, "unknown strategy 'z'"),
    (
        STRATEGY + 'like = "rag"\n[study]\nstrategies = ["x", "ragg"]',
        "study.strategies",
        4,
        "did you mean 'rag'?",
    ),
    (
        "[inputs.price]\noutput = { expression = 'price.input * 2' }\n"
        '[[dependence]]\ninputs = ["price.output", "price.embedding"]\nrank_correlation = 0.5',
        "dependence[0].inputs",
        4,
        "is an expression",
    ),
    (
        '[[dependence]]\ninputs = ["own.x", "price.embedding"]\nrank_correlation = 0.5',
        "dependence[0].inputs",
        2,
        "unknown input 'own.x'",
    ),
]


@pytest.mark.parametrize(("text", "key", "line", "words"), FAULTS)
def test_what_is_wrong_is_said_once_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, key: str, line: int, words: str
) -> None:
    with pytest.raises(UserError) as caught:
        load(tmp_path, text)
    assert len(caught.value.faults) == 1, str(caught.value)
    (fault,) = caught.value.faults
    assert fault.key.endswith(key)
    assert fault.line == line
    assert words in str(fault)
    assert main(["check", str(tmp_path / "s.toml")]) == 2
    assert f"s.toml:{line}" in capsys.readouterr().err


def test_an_expression_outside_what_its_input_can_be_is_refused(tmp_path: Path) -> None:
    text = """[inputs.cache]
prompt_hit_rate = { expression = 'own.x * 2' }
[inputs.own]
x = { uniform = { min = 0.2, max = 0.6 } }"""
    scenario = load(tmp_path, text)
    assert evaluate(scenario).inputs["cache.prompt_hit_rate"] == pytest.approx(0.8)
    with pytest.raises(UserError, match=r"outside what it can be in 1,0\d\d of 4,096 draws") as caught:
        simulate(scenario, 4096, 1, "lhs")
    assert caught.value.faults[0].key == "cache.prompt_hit_rate"
    with pytest.raises(UserError, match=r"outside what it can be: 1\.1"):
        evaluate(scenario, {"own.x": 0.55})
    with pytest.raises(UserError, match="as rag has it, is outside"):
        evaluate(load(tmp_path, text + "\n[strategy.rag.inputs]\nown.x = 0.9"))


def test_costs_per_query_are_over_the_strategys_own_queries() -> None:
    study = {"horizon_months": 3, "compare": ["alone", "rag"], "strategies": ["rag", "alone", "few"]}
    own = {
        "alone": {"like": "rag"},
        "few": {"like": "rag", "inputs": {"workload": {"queries_per_month": 10.0}}},
    }
    run = simulate(Scenario.from_dict({"study": study, "strategy": own}), 3000, 5, keep=3000)
    values = dict(zip(run.sampler.names, run.sample_values, strict=True))
    growth = (1.0 + values["workload.annual_growth"]) ** (np.arange(3)[:, None] / 12.0)
    for name, first in (("rag", values["workload.queries_per_month"]), ("few", 10.0)):
        exact = (run.sample_costs[run.positions[name]] / (first * growth).sum(axis=0)).mean()
        assert run.mean("cost_per_query", name).value == pytest.approx(exact, rel=1e-9)
    assert run.mean("cost_per_query", "alone").value == run.mean("cost_per_query", "rag").value


@pytest.mark.parametrize(
    ("tables", "found"),
    [
        (
            '[[strategy.a.line]]\nitem = "a=b:c"\nper = "month"\ncost = 3',
            "strategy.a.line[0].item: found 'a=b:c'",
        ),
        (
            '[[strategy.a.line]]\nitem = "Total"\nper = "month"\ncost = 3',
            "strategy.a.line[0].item: found 'Total'",
        ),
        (
            '[[strategy.a.line]]\nitem = "x"\nper = "month"\ncost = 3\nfrom_month = 13',
            "from_month: found 13, after the last month; allowed: 1 … 12",
        ),
        (
            '[[line]]\nitem = "x"\nper = "month"\ncost = 3\nstrategies = ["hybrid"]',
            "line[0].strategies: nobody pays it: hybrid is not in study.strategies",
        ),
        ('[strategy.b]\nlike = "rag"\nlabel = "rAG"', "strategy.b.label: 'rAG' is what rag and b are called"),
        (
            '[inputs.price]\noutput = { expression = "price.input / 0" }',
            "expression: 'price.input / 0' is outside",
        ),
        (
            '[inputs.price]\noutput = { expression = "price.input * pick(3, 1, 2)" }',
            "is outside what it can be: nan",
        ),
        ('[inputs.price]\noutput = { expression = " " }', "inputs.price.output.expression: is empty"),
    ],
)
def test_what_would_be_left_out_or_come_to_nothing_is_refused(
    tables: str, found: str, tmp_path: Path
) -> None:
    study = '[study]\ncompare = ["a", "rag"]\nstrategies = ["a", "rag", "b"]\n[strategy.a]\nlike = "rag"\n'
    if "strategy.b]" not in tables:
        study = study.replace(', "b"]', "]")
    path = tmp_path / "own.toml"
    path.write_text(study + tables, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        Scenario.load(path)
    assert found in str(caught.value)
    assert f"{path}:" in str(caught.value)


def test_division_by_nothing_in_some_draws_is_said_with_how_many() -> None:
    own = {"a": {"discrete": {"values": [0.0, 1.0], "weights": [0.25, 0.75]}, "unit": "1"}}
    scenario = Scenario.from_dict(
        {
            "study": {"compare": ["prompt", "rag"]},
            "inputs": {"own": own, "price": {"output": {"expression": "price.input / own.a"}}},
        }
    )
    with pytest.raises(UserError, match=r"'price\.input / own\.a' is outside .* in 1,024 of 4,096 draws"):
        simulate(scenario, 4096, 1, "sobol")
