"""Scenario files: what is read, and one row for each way to get one wrong, with key, line and near match."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributions.errors import Fault, UserError
from distributions.inputs import registry
from distributions.tables.writing import to_toml
from distributions.text import clean
from sim.scenario.scenario import Scenario

GOOD = """\
[study]
title = "Customer support bot"
horizon_months = 24
discount_rate = 0.1
compare = ["tuned_hosted", "rag"]
strategies = ["hybrid", "rag", "tuned_hosted"]

[requirements]
citations = false
knowledge_changes = "daily"
max_first_token_ms = 800

[inputs.workload]
queries_per_month = { lognormal = { p10 = 2.4e7, p90 = 3.6e7 }, source = "metering, Q3" }
annual_growth = 0.25
[inputs.tune]
curation_weeks = { pert = { min = 2, mode = 3.5, max = 6 } }
[inputs]
price.input = 3
serve.peak_to_mean = { uniform = { min = 2, max = 4 } }

[[dependence]]
inputs = ["workload.queries_per_month", "serve.peak_to_mean"]
rank_correlation = 0.5

[expected]
probability_cheaper = [0.4, 0.6]
note = "as in the report"
"""


def load(tmp_path: Path, text: str) -> Scenario:
    path = tmp_path / "s.toml"
    path.write_text(text)
    return Scenario.load(path)


def faults(tmp_path: Path, text: str) -> tuple[Fault, ...]:
    with pytest.raises(UserError) as caught:
        load(tmp_path, text)
    for fault in caught.value.faults:
        assert str(fault).isprintable()
        assert fault.file == str(tmp_path / "s.toml")
    return caught.value.faults


# --- what is read


def test_a_scenario_is_read_whole(tmp_path: Path) -> None:
    s = load(tmp_path, GOOD)
    assert (s.title, s.horizon, s.discount_rate) == ("Customer support bot", 24, 0.1)
    assert s.compare == ("tuned_hosted", "rag")
    assert s.strategies == ("rag", "tuned_hosted", "hybrid")
    assert s.requirements == {"citations": False, "knowledge_changes": "daily", "max_first_token_ms": 800}
    assert list(s.inputs) == list(registry())
    assert s.inputs["workload.annual_growth"].value == 0.25
    assert s.inputs["price.input"].value == 3
    assert s.inputs["workload.queries_per_month"].source == "metering, Q3"
    assert s.inputs["workload.queries_per_month"].ppf(0.1) == pytest.approx(2.4e7)
    given_keys = {
        "workload.queries_per_month",
        "workload.annual_growth",
        "tune.curation_weeks",
        "price.input",
        "serve.peak_to_mean",
    }
    assert s.defaulted == tuple(key for key in registry() if key not in given_keys)
    assert s.dependence == ((("workload.queries_per_month", "serve.peak_to_mean"), 0.5),)
    assert s.copula is not None
    assert s.expected["note"] == "as in the report"


def test_an_empty_file_is_all_defaults_and_says_so(tmp_path: Path) -> None:
    s = load(tmp_path, "")
    assert s.defaulted == tuple(registry())
    assert (s.title, s.horizon, s.discount_rate) == ("s", 12, 0.08)
    assert s.compare == ("tuned_hosted", "rag")
    assert len(s.strategies) == 5
    assert s.copula is None


@pytest.mark.parametrize(
    "title",
    [
        "../../etc/x",
        "CON",
        "",
        "x" * 5000,
        "é☕",
        "\u202eabc",
        "a\u0301",
        "two\nlines",
        "\x1b[31m",
        '"\\',
        "\x7f",
    ],
)
def test_any_title_is_kept_in_full(title: str) -> None:
    s = Scenario.from_dict({"study": {"title": title}})
    assert s.title == title
    assert Scenario.from_dict(tomllib.loads(to_toml(s.tables()))).title == title


def test_written_and_read_again_it_is_the_same(tmp_path: Path) -> None:
    s = load(tmp_path, GOOD)
    text = to_toml(s.tables())
    again = load(tmp_path, text)
    assert again == s
    assert again.digest == s.digest
    assert again.defaulted == s.defaulted != ()
    assert to_toml(again.tables()) == text
    assert "[inputs.price]\ninput = 3\n" in text or "[inputs.price]\ninput = 3.0\n" in text
    assert len(s.digest) == 64
    assert s != load(tmp_path, GOOD.replace("0.25", "0.26"))


def test_a_default_stays_one_until_it_is_changed(tmp_path: Path) -> None:
    text = to_toml(load(tmp_path, GOOD).tables())
    line = next(line for line in text.splitlines() if line.startswith("search_price = "))
    assert line.endswith(", default = true }")
    changed = load(
        tmp_path, text.replace(line, "search_price = { value = 3, source = 'quote', default = true }")
    )
    assert "rag.search_price" not in changed.defaulted
    assert len(changed.defaulted) == text.count("default = true") - 1
    assert changed.inputs["rag.search_price"].source == "quote"
    assert "counts as given" in changed.inputs["rag.search_price"].note
    other_source = line.replace('source = "', 'source = "our bill; ')
    assert "rag.search_price" not in load(tmp_path, text.replace(line, other_source)).defaulted
    unmarked = load(tmp_path, text.replace(", default = true", ""))
    assert unmarked.defaulted == ()


@pytest.mark.parametrize("mark", ["false", "1", '"yes"', "[]"])
def test_the_mark_of_a_default_is_true_or_absent(tmp_path: Path, mark: str) -> None:
    with pytest.raises(UserError) as caught:
        load(tmp_path, f"[inputs.price]\ninput = {{ value = 2, default = {mark} }}")
    assert "s.toml:2: " in str(caught.value)
    assert "inputs.price.input.default" in str(caught.value)
    assert "allowed: true" in str(caught.value)


def test_ways_to_write_an_input_are_one(tmp_path: Path) -> None:
    want = load(tmp_path, "[study]\n[inputs.price]\ninput = 2")
    assert load(tmp_path, "inputs.price.input = 2") == want
    assert load(tmp_path, "[inputs]\nprice = { input = 2 }") == want
    assert load(tmp_path, '[inputs]\n"price.input" = 2') == want


def test_data_lie_beside_the_scenario_and_count_in_its_digest(tmp_path: Path) -> None:
    text = '[inputs.tokens]\noutput = { data = { file = "m.csv", column = "tokens" } }\n'
    (fault,) = faults(tmp_path, text)
    assert (fault.key, fault.line) == ("inputs.tokens.output.data.file", 2)
    (tmp_path / "m.csv").write_text("tokens\n100\n200\n300\n")
    before = load(tmp_path, text)
    assert before.inputs["tokens.output"].median() == 200
    (tmp_path / "m.csv").write_text("tokens\n100\n250\n300\n")
    after = load(tmp_path, text)
    assert before.tables() == after.tables()
    assert before != after
    assert after.with_values({"tokens.output": {"data": {"file": "m.csv", "column": "tokens"}}}) == after


def test_values_set_from_outside(tmp_path: Path) -> None:
    s = load(tmp_path, GOOD)
    t = s.with_values({"price.output": 9, "tokens.output": {"uniform": {"min": 1, "max": 2}}})
    assert t.inputs["price.output"].value == 9
    assert t.inputs["tokens.output"].median() == pytest.approx(1.5)
    assert t.inputs["price.input"] is s.inputs["price.input"]
    assert set(s.defaulted) - set(t.defaulted) == {"price.output", "tokens.output"} & set(s.defaulted)
    assert list(t.inputs) == list(registry())
    assert s.with_values({}) == s
    assert s.with_values({"serve.peak_to_mean": 2}).dependence == ()


def test_values_set_from_outside_are_checked(tmp_path: Path) -> None:
    s = load(tmp_path, GOOD)
    with pytest.raises(UserError) as caught:
        s.with_values(
            {"price.imput": 1, "price.output": -1, "price.input": True, "tokens.output": float("nan")}
        )
    assert [fault.key for fault in caught.value.faults] == [
        "--set price.imput",
        "--set price.output",
        "--set price.input",
        "--set tokens.output",
    ]
    assert "did you mean 'price.input'?" in str(caught.value)


# --- what is refused: a file, the key of its one fault, the line, words of the message

ROWS: list[tuple[str, str, int, str]] = [
    # keys
    ("[input.price]\ninput = 3", "input", 1, "did you mean 'inputs'?"),
    ("[workload]\nqueries_per_month = 3", "workload", 1, "did you mean [inputs.workload]?"),
    ("horizon_months = 12", "horizon_months", 1, "belongs under [study]"),
    ("[inputs.price]\nimput = 3", "inputs.price.imput", 2, "did you mean 'price.input'?"),
    ("[inputs.prise]\n\ninput = 3", "inputs.prise.input", 3, "did you mean 'price.input'?"),
    ("[study]\nhorizon = 12", "study.horizon", 2, "did you mean 'horizon_months'?"),
    (
        "inputs.tokens.queries_per_month = 3",
        "inputs.tokens.queries_per_month",
        1,
        "did you mean 'workload.queries_per_month'?",
    ),
    ("inputs.tune.retrain_interval_months = 3", "inputs.tune.retrain_interval_months", 1, "'drift.retrain"),
    ("inputs.queries_per_month = 3", "inputs.queries_per_month", 1, "'workload.queries_per_month'"),
    ("inputs.price = 3", "inputs.price", 1, "a table of input, output"),
    ("inputs = 3", "inputs", 1, "found 3; allowed: a table: [inputs]"),
    ('[inputs]\nprice.input = 3\n"price.input" = 4', 'inputs."price.input"', 3, "given twice"),
    ("[market]\nmodel = 'claude-sonet-4-5'", "market.model", 2, "did you mean 'claude-sonnet-4-5'"),
    ("[market]\nmodle = 'gpt-4o'", "market.modle", 2, "did you mean 'model'"),
    ("[market]\nmodel = 'gpt-4o'\nprovider = 'opnai'", "market.provider", 3, "did you mean 'openai'"),
    ("[market]\nmodel = 'gpt-4o'\nprices_on = 'soon'", "market.prices_on", 3, "2026-11-01"),
    ("[market]\nmodel = 'gpt-4o'\nprices_on = 2026-11-01T12:00:00", "market.prices_on", 3, "2026-11-01"),
    ("[market]\nmodel = 4", "market.model", 2, "a name"),
    ("[market]\nprovider = 'openai'", "market.provider", 2, "together with model"),
    ("[market]\ngpu = 'h1000'", "market.gpu", 2, "did you mean 'h100'"),
    ("[market]\ngpu = 'h100'\ngpu_market = 'spt'", "market.gpu_market", 3, "did you mean 'spot'"),
    ("[market]\ngpu = 'l4'\ngpu_market = 'specialist'", "market.gpu_market", 3, "on_demand, spot"),
    ("[market]\nmodel_size_b = 400", "market.model_size_b", 2, "7 to 70 billion"),
    ("[market]\nmodel_size_b = 0", "market.model_size_b", 2, "above 0"),
    ("[market]\nmodel_size_b = 7\nmethod = 'lorra'", "market.method", 3, "did you mean 'lora'"),
    ("market = 3", "market", 1, "a table"),
    ("[quote]\nvendor = 'x'", "quote", 1, "this is a vendor's quote, not a scenario"),
    ("study = 3", "study", 1, "found 3"),
    ("[study]\ntitle = 3", "study.title", 2, "found 3; allowed: a text"),
    # strategies
    ('[study]\ncompare = ["rag", "tuned_hostd"]', "study.compare", 2, "did you mean 'tuned_hosted'?"),
    (
        '[study]\ncompare = ["rag", "x"]',
        "study.compare",
        2,
        "prompt, rag, tuned_hosted, tuned_self_hosted, hybrid",
    ),
    ('[study]\ncompare = ["rag"]', "study.compare", 2, "found 1 of them"),
    ('[study]\ncompare = ["rag", "prompt", "hybrid"]', "study.compare", 2, "found 3 of them"),
    ('[study]\ncompare = ["rag", "rag"]', "study.compare", 2, "'rag' is named twice"),
    ('[study]\ncompare = "rag"', "study.compare", 2, 'found "rag", a text'),
    ('[study]\ncompare = ["rag", 3]', "study.compare", 2, "found 3"),
    (
        '[study]\ncompare = ["rag", "prompt"]\nstrategies = ["rag", "hybrid"]',
        "study.compare",
        2,
        "'prompt' is not among study.strategies; allowed: two of rag, hybrid",
    ),
    ('[study]\nstrategies = ["rag", "hybrid"]', "study.compare", 1, "missing"),
    ('[study]\nstrategies = ["rag"]', "study.strategies", 2, "at least two"),
    # study
    *(
        (f"[study]\nhorizon_months = {bad}", "study.horizon_months", 2, "a whole number from 1 to 120")
        for bad in ["0", "-1", "12.5", "121", '"12"', "true", "1" * 30, "[12]", "2026-01-01"]
    ),
    ("[study]\nhorizon_months = 12.0", "study.horizon_months", 2, "write 12"),
    ("[study]\ndiscount_rate = -0.1", "study.discount_rate", 2, "from 0 to 1"),
    ("[study]\ndiscount_rate = 8", "study.discount_rate", 2, "8 % is written 0.08"),
    ("[study]\ndiscount_rate = true", "study.discount_rate", 2, "found true, a boolean"),
    ('[study]\ndiscount_rate = "0.08"', "study.discount_rate", 2, 'found "0.08", a text'),
    ("[study]\ndiscount_rate = nan", "study.discount_rate", 2, "found nan; allowed: finite"),
    # requirements
    ("[requirements]\ncitation = true", "requirements.citation", 2, "did you mean 'citations'?"),
    (
        '[requirements]\nknowledge_changes = "dayly"',
        "requirements.knowledge_changes",
        2,
        "did you mean 'daily'?",
    ),
    ("[requirements]\ncitations = 1", "requirements.citations", 2, "allowed: true or false"),
    ("[requirements]\nmax_first_token_ms = -1", "requirements.max_first_token_ms", 2, "above 0"),
    # values
    ("[inputs.price]\ninput = -1", "inputs.price.input", 2, ""),
    ('[inputs.price]\ninput = "3.0"', "inputs.price.input", 2, ""),
    ("[inputs.price]\ninput = true", "inputs.price.input", 2, ""),
    ("[inputs.price]\ninput = [1, 2]", "inputs.price.input", 2, ""),
    ("[inputs.price]\ninput = 2026-01-01", "inputs.price.input", 2, ""),
    ("[inputs.price]\ninput = nan", "inputs.price.input", 2, "found nan; allowed: finite"),
    ("[inputs.price]\ninput = -inf", "inputs.price.input", 2, "found -inf; allowed: finite"),
    ("[inputs.price]\n\ninput = 1e400", "inputs.price.input", 3, "found 1e400; allowed: finite"),
    (f"[inputs.price]\ninput = {'9' * 400}", "inputs.price.input", 2, "allowed: finite"),
    (
        "[inputs.price]\ninput = { uniform = { min = 1, max = inf } }",
        "inputs.price.input.uniform.max",
        2,
        "found inf; allowed: finite",
    ),
    ("[inputs.cache]\nprompt_hit_rate = 1.2", "inputs.cache.prompt_hit_rate", 2, "0.012"),
    ("[inputs.cache]\nprompt_hit_rate = 80", "inputs.cache.prompt_hit_rate", 2, "0.8"),
    ("[inputs.workload]\nannual_growth = -1", "inputs.workload.annual_growth", 2, "-1"),
    ("[inputs.price]\nannual_decline = 1", "inputs.price.annual_decline", 2, "1"),
    ("[inputs.drift]\nretrain_interval_months = 0", "inputs.drift.retrain_interval_months", 2, "0"),
    ("[inputs.serve]\nmin_replicas = 1.5", "inputs.serve.min_replicas", 2, "whole"),
    ("[inputs.serve]\nmin_replicas = 0", "inputs.serve.min_replicas", 2, "1"),
    ("[inputs.serve]\ntarget_utilisation = 0", "inputs.serve.target_utilisation", 2, "0"),
    ("[inputs.serve]\npeak_to_mean = 0.9", "inputs.serve.peak_to_mean", 2, "1"),
    ("[inputs.price]\ninput = { lognorm = { p10 = 1, p90 = 2 } }", "inputs.price.input", 2, "'lognormal'"),
    ("[inputs.price]\ninput = { pert = { min = 1, max = 3 } }", "inputs.price.input.pert", 2, "mode"),
    (
        "[inputs.price]\ninput = { lognormal = { p10 = 9, p90 = 3 } }",
        "inputs.price.input.lognormal",
        2,
        "p10",
    ),
    (
        '[inputs.price]\ninput = { uniform = { min = 1, max = 2 }, unit = "banana" }',
        "inputs.price.input",
        2,
        "USD",
    ),
    ("[inputs.price]\ninput = { normal = { mean = 1, sd = 1 } }", "inputs.price.input", 2, "%"),
    # dependence
    ("[dependence]\ninputs = []", "dependence", 1, "[[dependence]]"),
    ("dependence = [1]", "dependence[0]", 1, "found 1"),
]

_TWO = 'inputs = ["workload.queries_per_month", "serve.peak_to_mean"]'
ROWS += [
    (f"[[dependence]]\n{text}", f"dependence[0].{key}", line, words)
    for text, key, line, words in [
        (f"{_TWO}\nrank_correlation = 1.1", "rank_correlation", 3, "from -1 to 1"),
        (f"{_TWO}\nrank_correlation = nan", "rank_correlation", 3, "found nan"),
        (f'{_TWO}\nrank_correlation = "0.5"', "rank_correlation", 3, 'found "0.5", a text'),
        (f"{_TWO}\nrank_correlation = true", "rank_correlation", 3, "found true"),
        (_TWO, "rank_correlation", 1, "missing"),
        (f"{_TWO}\nrank_corelation = 0.5\nrank_correlation = 0.5", "rank_corelation", 3, "did you mean"),
        ("rank_correlation = 0.5", "inputs", 1, "missing"),
        ('inputs = ["price.output"]\nrank_correlation = 0.5', "inputs", 2, "found 1 of them"),
        (
            'inputs = ["price.output", "tokens.output", "tokens.system"]\nrank_correlation = 0.5',
            "inputs",
            2,
            "found 3 of them",
        ),
        ('inputs = ["price.output", "price.output"]\nrank_correlation = 0.5', "inputs", 2, "named twice"),
        ('inputs = ["price.output", "price.imput"]\nrank_correlation = 0.5', "inputs", 2, "'price.input'"),
        ('inputs = "price.output"\nrank_correlation = 0.5', "inputs", 2, "a text"),
        ("inputs = [1, 2]\nrank_correlation = 0.5", "inputs", 2, "found 1; allowed: two different"),
        (
            f"{_TWO.replace('serve.peak_to_mean', 'quality.cost_per_error')}\nrank_correlation = 0.5\n"
            "[inputs]\nquality.cost_per_error = 0",
            "inputs",
            2,
            "quality.cost_per_error is a plain number and has no spread to correlate",
        ),
    ]
]


@pytest.mark.parametrize(("text", "key", "line", "words"), ROWS)
def test_each_fault_names_key_line_and_way_out(
    tmp_path: Path, text: str, key: str, line: int, words: str
) -> None:
    (fault, *more) = faults(tmp_path, text)
    assert not more, [str(other) for other in more]
    assert fault.key.startswith(key)
    assert fault.line == line
    assert words in str(fault)


def test_a_pair_correlated_twice(tmp_path: Path) -> None:
    one = f"[[dependence]]\n{_TWO}\nrank_correlation = 0.5\n"
    other = one.replace(_TWO, 'inputs = ["serve.peak_to_mean", "workload.queries_per_month"]')
    (fault,) = faults(tmp_path, one + other)
    assert (fault.key, fault.line) == ("dependence[1]", 4)
    assert "correlated already, in line 1" in fault.problem


@pytest.mark.parametrize("values", [(0.9, 0.9, -0.9), (-0.5, -0.5, -0.5)])
def test_rank_correlations_that_no_distribution_has(tmp_path: Path, values: tuple[float, ...]) -> None:
    names = ["tune.curation_weeks", "tune.deploy_weeks", "tune.pipeline_weeks"]
    text = "[inputs.tune]\n" + "".join(
        f"{name.split('.')[1]} = {{ uniform = {{ min = 1, max = 2 }} }}\n" for name in names
    )
    for (a, b), r in zip([(0, 1), (0, 2), (1, 2)], values, strict=True):
        text += f'[[dependence]]\ninputs = ["{names[a]}", "{names[b]}"]\nrank_correlation = {r}\n'
    (fault, *_) = faults(tmp_path, text)
    assert fault.key.startswith("dependence")
    assert fault.line == 5
    assert all(name in str(fault) for name in names)
    assert "eigenvalue" in str(fault)


@pytest.mark.parametrize("r", [1, -1, 1.0])
def test_a_rank_correlation_of_one_is_comonotone(tmp_path: Path, r: float) -> None:
    s = load(tmp_path, f"[[dependence]]\n{_TWO}\nrank_correlation = {r}")
    assert s.dependence[0][1] == r


def test_all_faults_of_a_file_come_at_once_in_the_order_of_its_lines(tmp_path: Path) -> None:
    text = """\
[study]
horizon = 3
discount_rate = 8
compare = ["rag", "raq"]
[inputs.price]
imput = 3
output = { lognorm = { p10 = 1, p90 = 2 } }
small_input = nan
[requirements]
citation = true
[[dependence]]
inputs = ["price.output", "tokens.outptu"]
rank_correlation = 2
[inpus]
"""
    found = faults(tmp_path, text)
    assert [fault.line for fault in found] == [2, 3, 4, 6, 7, 8, 10, 12, 13, 14]


@pytest.mark.slow
def test_a_file_of_nothing_but_faults_takes_time_by_its_length(tmp_path: Path) -> None:
    """And not by the square of it: eight times as long, at most 24 times the time, where the square would be 64."""

    def seconds(count: int) -> float:
        text = "[inputs.price]\n" + "".join(f"unknown_{number} = {number}\n" for number in range(count))
        # of processor time, which other work on the machine does not take
        start = time.process_time()
        found = faults(tmp_path, text)
        taken = time.process_time() - start
        assert len(found) == 51
        assert found[-1].problem == f"and {count - 50:,} more faults"
        return taken

    assert min(seconds(40_000) for _ in range(2)) < 24 * min(seconds(5_000) for _ in range(5))


def test_tables_that_are_no_tables() -> None:
    for tables in [
        [],
        None,
        "x",
        {"inputs": []},
        {"inputs": {"price": None}},
        {"study": {"title": "\ud800"}},
    ]:
        with pytest.raises(UserError):
            Scenario.from_dict(tables)  # type: ignore[arg-type]


# --- any change to a good scenario

_JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**40), 10**40),
    st.floats(),
    st.text(max_size=8),
    st.lists(st.one_of(st.floats(), st.text(max_size=3)), max_size=3),
    st.dictionaries(
        st.sampled_from(["uniform", "min", "max", "unit", "p10", "x", "a.b", ""]), st.floats(), max_size=3
    ),
)


def _paths(tables: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(tables, dict | list):
        for key, value in tables.items() if isinstance(tables, dict) else enumerate(tables):
            yield from _paths(value, (*path, key))


_PATHS = list(_paths(tomllib.loads(GOOD)))


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(st.sampled_from(_PATHS), st.sampled_from("rdi"), st.text(max_size=6), _JUNK), max_size=3
    )
)
def test_any_change_ends_in_a_scenario_or_a_user_error(
    changes: list[tuple[tuple[Any, ...], str, str, Any]],
) -> None:
    tables = tomllib.loads(GOOD)
    for path, kind, name, junk in changes:
        target = tables
        try:
            for key in path[:-1]:
                target = target[key]
            if kind == "d":
                del target[path[-1]]
            elif kind == "i" and isinstance(target[path[-1]], dict):
                target[path[-1]][name] = junk
            else:
                target[path[-1]] = junk
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    try:
        s = Scenario.from_dict(tables)
    except UserError as error:
        shown = [str(fault) for fault in error.faults]
        assert shown == [clean(one) for one in shown]
    else:
        assert Scenario.from_dict(tomllib.loads(to_toml(s.tables()))) == s
