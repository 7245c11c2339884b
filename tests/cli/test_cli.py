"""The command line as people use it: help, wrong arguments, and what the commands print and write."""

from __future__ import annotations

import json
import math
import re
import sys
import tomllib
from pathlib import Path

import pytest
from scipy import stats

from studies.cli import main
from studies.cli.group import COMMANDS
from studies.shared.command.options import whole
from studies.shared.folder.run_folder import slug
from tests.command import ROOT, Invoke, spawn, support_bot
from tests.small import make_small

SCENARIO = support_bot(more="annual_growth = 0.1\n[requirements]\ncitations = true\n")


@pytest.fixture
def scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "bot.toml"
    path.write_text(SCENARIO)
    return path


# --- help


def test_help_lists_every_command_and_that_of_none_loads_anything_heavy() -> None:
    script = (
        "import sys\nfrom studies.cli import main\nfrom studies.cli.group import COMMANDS\n"
        "assert main(['--help']) == 0\nassert not any(main([name, '--help']) for name in COMMANDS)\n"
        "heavy = {'numpy', 'scipy', 'numba', 'xarray', 'matplotlib', 'pint', 'pydantic', 'rich', 'SALib'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    found = spawn([sys.executable, "-c", script], ROOT)
    assert found.returncode == 0, found.stderr
    for name in COMMANDS:
        assert f"\n  {name} " in found.stdout.decode()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str, invoke: Invoke) -> None:
    status, out, err = invoke(name, "--help")
    assert (status, err) == (0, "")
    assert "Example" in out


def test_no_arguments_show_the_help(invoke: Invoke) -> None:
    status, out, _ = invoke()
    assert status == 0
    assert "Commands:" in out


# --- what is wrong with the arguments


BAD = {
    "--draws 0": (["run", "bot.toml", "--draws", "0"], ["--draws", "'0'", "1 to"]),
    "--draws -1": (["run", "bot.toml", "--draws", "-1"], ["--draws", "-1"]),
    "--draws 1.5": (["run", "bot.toml", "--draws", "1.5"], ["whole number", "1.5"]),
    "--draws nan": (["run", "bot.toml", "--draws", "nan"], ["whole number", "nan"]),
    "--draws 1e18": (["run", "bot.toml", "--draws", "1e18"], ["too large", "years"]),
    "--draws ten": (["run", "bot.toml", "--draws", "ten"], ["whole number", "ten"]),
    "--seed -1": (["run", "bot.toml", "--seed", "-1"], ["--seed", "-1"]),
    "--seed 2^200": (["run", "bot.toml", "--seed", str(2**200)], ["--seed", "too large"]),
    "--seed abc": (["run", "bot.toml", "--seed", "abc"], ["--seed", "abc"]),
    "--design": (["run", "bot.toml", "--design", "sobel"], ["--design", "sobol", "lhs", "mc"]),
    "--threads 0": (["run", "bot.toml", "--threads", "0"], ["--threads"]),
    "--threads -2": (["run", "bot.toml", "--threads", "-2"], ["--threads"]),
    "--threads 10000": (["run", "bot.toml", "--threads", "10000"], ["--threads", "256"]),
    "--set nokey": (["run", "bot.toml", "--set", "price.imput=1"], ["price.imput", "did you mean 'price.input'?"]),
    "--set no value": (["run", "bot.toml", "--set", "price.input"], ["price.input", "has no value", "KEY=NUMBER"]),
    "--set empty": (["run", "bot.toml", "--set", "price.input="], ["price.input", "has no value"]),
    "--set broken": (["run", "bot.toml", "--set", "price.input={"], ["price.input", "no TOML value"]),
    "--set look-alike letter": (["run", "bot.toml", "--set", "price.input={ vаlue = 3 }"], ["U+0430"]),
    "--set look-alike digit": (["run", "bot.toml", "--set", "price.input=３"], ["U+FF13"]),
    "--set deep": (["run", "bot.toml", "--set", "price.input=" + "[" * 5000], ["no TOML value"]),
    "--set two lines": (["run", "bot.toml", "--set", "price.input=1\nb=2"], ["price.input"]),
    "--set twice": (["run", "bot.toml", "--set", "price.input=1", "--set", "price.input=2"], ["given twice"]),
    "--set not finite": (["evaluate", "bot.toml", "--set", "price.input=nan"], ["price.input", "finite"]),
    "--set out of range": (["evaluate", "bot.toml", "--set", "price.input=-1"], ["price.input", "≥ 0"]),
    "unknown command": (["rum", "bot.toml"], ["rum", "did you mean 'run'?"]),
    "unknown option": (["run", "bot.toml", "--drwas", "5"], ["--drwas", "did you mean '--draws'?"]),
    "no scenario": (["run"], ["SCENARIO", "missing"]),
    "two scenarios": (["run", "bot.toml", "b.toml"], ["b.toml"]),
    "missing scenario": (["run", "bit.toml"], ["bit.toml", "did you mean bot.toml?"]),
    "folder as scenario": (["check", "."], ["is a folder", "bot.toml"]),
    "--out empty": (["run", "bot.toml", "--out", ""], ["--out"]),
    "--out is a file": (["run", "bot.toml", "--out", "bot.toml"], ["--out", "is a file", "nothing was overwritten"]),
    "--out has files": (["run", "bot.toml", "--out", "."], ["--out", "bot.toml"]),
    "--out without parent": (["run", "bot.toml", "--out", "a/b/c"], ["--out", "a/b", "does not exist"]),
    "unknown input": (["inputs", "price.imput"], ["price.imput", "did you mean 'price.input'?"]),
    "new over a file": (["new", "bot"], ["bot.toml", "left as it is"]),
    "new without a name": (["new", ""], ["NAME"]),
    "escapes": (["run", "\x1b[31mred.toml"], ["\\x1b[31mred.toml"]),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_wrong_input_is_one_clear_message_and_leaves_nothing(
    case: str, scenario: Path, invoke: Invoke
) -> None:
    arguments, wanted = BAD[case]
    before = sorted(scenario.parent.rglob("*"))
    status, out, err = invoke(*arguments)
    assert (status, out) == (2, ""), err
    assert err.startswith("error: ")
    assert "Traceback" not in err
    assert "\x1b" not in err
    for fragment in wanted:
        assert fragment in err
    assert sorted(scenario.parent.rglob("*")) == before
    assert scenario.read_text() == SCENARIO


def test_all_faults_of_the_settings_are_said_at_once(scenario: Path, invoke: Invoke) -> None:
    _, _, err = invoke("run", scenario, "--set", "a=1", "--set", "b=2")
    assert err.count("error: ") == 2


@pytest.mark.parametrize(
    ("typed", "number"),
    [("1e7", 10**7), ("10_000_000", 10**7), ("1.5e3", 1500), ("7", 7), ("1.0", 1), ("1.5", None), ("1e-3", None),
     ("", None), ("0x10", None), ("1__0", None), ("1e999", 10**999), ("1e9999", math.inf), ("-1e9999", -math.inf),
     ("1.50e1", 15), ("1.55e1", None), ("0e9999", 0), ("9" * 5000, math.inf), ("١", None)],
)  # fmt: skip
def test_whole_numbers_as_people_write_them(typed: str, number: float | None) -> None:
    assert whole(typed) == number


@pytest.mark.parametrize("typed", ["1e400", "1e9999", "1e99999999999", "9" * 5000, "1e300"])
def test_a_number_of_draws_that_no_computer_holds_is_too_large(
    typed: str, scenario: Path, invoke: Invoke
) -> None:
    status, out, err = invoke("run", scenario, "--draws", typed)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "--draws: is too large" in err
    assert "from 1 to 10,000,000,000" in err


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        # all of it is outside: its distribution function is 1 at its own end, where its formula is 0/0
        ("cache.prompt_hit_rate={ triangular = { min = 90, mode = 90, max = 95 } }", ["100 % above 1", "0.95"]),
        ("cache.prompt_hit_rate={ scipy = { name = 'triang', c = 1, loc = -9, scale = 8 } }", ["100 % below 0"]),
        ("price.input={ normal = { mean = 0, sd = 1 }, min = 10 }", ["min = 10;", "allowed: 0.0001 % or more"]),
        ("price.input=1e400", ["found a number of 401 digits"]),
        ("price.input={ lognormal = { mean = 1e-200, sd = 1 } }", ["lognormal.sd", "median", "too small"]),
        ("price.input={ scipy = { name = 'levy_stable', alpha = 1.8, beta = 0 } }", ["too slow to tabulate"]),
        ("price.input={ scipy = { name = 'studentized_range', k = 1e30, df = 10 } }", ["too slow to tabulate"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_distribution_is_one_line(
    setting: str, words: list[str], scenario: Path, invoke: Invoke
) -> None:
    status, out, err = invoke("check", scenario, "--set", setting)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "nan" not in err
    assert all(word in err for word in words), err


def test_check_says_which_figures_min_and_max_make_void(scenario: Path, invoke: Invoke) -> None:
    """The P10 of what is left of a normal at 0 and more, by its own quantile function."""
    normal = stats.norm(3, 2 / stats.norm.ppf(0.9))
    left = float(normal.ppf(normal.cdf(0) + 0.1 * normal.sf(0)))
    status, out, _ = invoke(
        "check", scenario, "--set", "price.input={ normal = { p10 = 1, p90 = 5 }, min = 0 }"
    )
    assert status == 0
    assert f"price.input  cut off by min or max beside the form, so that p10 is {left:.4g}, not 1" in out
    _, out, _ = invoke("check", scenario, "--set", "price.input={ normal = { p10 = 4, p90 = 5 }, min = 0 }")
    assert "How values were read" not in out


# --- the commands


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_run_tells_the_answer_first(scenario: Path, invoke: Invoke) -> None:
    status, out, err = invoke("run", scenario, "--draws", "4096", "--no-figures", "--threads", "1")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "Support bot"
    assert lines[1].startswith("Fine-tuning (hosted) is excluded by the requirements")
    assert re.match(
        r"Fine-tuning \(hosted\) costs less than RAG with probability [\d.]+ % \(95 % CI [\d.]+ to [\d.]+ %\)",
        lines[2],
    )
    assert "4,096 draws (sobol, seed " in lines[6]
    for wanted in (
        "Break-even",
        "Difference",
        "Excluded",
        "Defaults",
        "Results",
        "P(cheapest)",
        "mean ± MCSE",
    ):
        assert wanted in out
    (study,) = (scenario.parent / "outputs").iterdir()
    assert study.name == "support-bot"
    (run,) = study.iterdir()
    assert f"outputs/support-bot/{run.name}" in out


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_one_draw_claims_no_interval(scenario: Path, invoke: Invoke) -> None:
    status, out, err = invoke("run", scenario, "--draws", "1", "--no-figures")
    assert status == 0, err
    assert "no interval" in out
    assert "nan" not in out.lower()


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_quiet_says_only_where_the_folder_is(scenario: Path, invoke: Invoke) -> None:
    status, out, err = invoke("run", scenario, "--draws", "100", "--no-figures", "--quiet")
    assert (status, err) == (0, "")
    assert (scenario.parent / out.strip() / "run.json").is_file()


CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u202e]")
TITLES = [
    "../../etc/x",
    "/abs",
    "CON",
    "x" * 5000,
    "😀",
    "\u202ecipsum",
    "a\nb",
    "\x1b[31mred",
    "e\u0301",
    "",
]


@pytest.mark.parametrize("title", TITLES)
def test_a_title_is_one_folder_below_outputs_and_never_reaches_the_terminal_raw(
    title: str, scenario: Path, invoke: Invoke
) -> None:
    """By the study that is done soonest; the next test has one of the titles of a run."""
    scenario.write_text(f"[study]\ntitle = {json.dumps(title, ensure_ascii=False)}\nhorizon_months = 2\n")
    place = scenario.parent / "outputs" / slug(title)
    assert place.parent == scenario.parent / "outputs"
    assert len(place.name) < 60
    status, out, err = invoke("evaluate", scenario)
    assert status == 0, err
    assert not CONTROL.search(out + err)


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_two_runs_of_one_title_are_two_folders(scenario: Path, invoke: Invoke) -> None:
    title = "\x1b[31m../../etc/x"
    scenario.write_text(f"[study]\ntitle = {json.dumps(title)}\nhorizon_months = 2\n")
    for _ in range(2):
        status, out, err = invoke("run", scenario, "--draws", "64", "--no-figures")
        assert status == 0, err
        assert not CONTROL.search(out + err)
    (study,) = (scenario.parent / "outputs").iterdir()
    assert study.name == slug(title)
    runs = list(study.iterdir())
    assert len(runs) == 2
    assert json.loads((runs[0] / "run.json").read_text())["study"]["title"] == title


def test_evaluate_as_json_and_as_tables(scenario: Path, invoke: Invoke) -> None:
    setting = (
        "--set",
        "workload.queries_per_month=1e6",
        "--set",
        "price.input = { uniform = { min = 1, max = 3 } }",
    )
    status, out, _ = invoke("evaluate", scenario, *setting, "--json")
    assert status == 0
    record = json.loads(out)
    assert record["inputs"]["workload.queries_per_month"] == 1e6
    assert record["inputs"]["price.input"] == 2.0
    assert {len(months) for months in record["months"].values()} == {7}
    for strategy, total in record["cost"].items():
        assert sum(record["breakdown"][strategy].values()) == pytest.approx(total, rel=1e-9)
    status, out, _ = invoke("evaluate", scenario, *setting)
    assert status == 0
    assert f"{record['cost']['rag']:,.2f}" in out
    assert f"{record['months']['rag'][6]:,.2f}" in out


def test_check_says_what_is_given_left_and_ruled_out(scenario: Path, invoke: Invoke) -> None:
    status, out, _ = invoke("check", scenario)
    assert status == 0
    assert "No faults" in out
    assert "Given (2 of" in out
    assert "excluded" in out
    assert json.loads(invoke("check", scenario, "--json")[1])["given_inputs"] == [
        "workload.queries_per_month",
        "workload.annual_growth",
    ]


def test_new_writes_a_scenario_without_faults_and_all_at_defaults(scenario: Path, invoke: Invoke) -> None:
    assert invoke("new", "my_bot")[0] == 0
    status, out, _ = invoke("check", "my_bot.toml", "--json")
    assert status == 0
    assert json.loads(out)["given_inputs"] == []
    # Each commented default, taken alone, is a valid line of its own.
    text = (scenario.parent / "my_bot.toml").read_text()
    live = re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE)
    live = live.replace("# [requirements]", "[requirements]").replace("# [[dependence]]", "[[dependence]]")
    (scenario.parent / "live.toml").write_text(live)
    status, out, err = invoke("check", "live.toml", "--json")
    assert status == 0, err
    assert json.loads(out)["defaulted_inputs"] == []


def test_inputs_lists_and_explains(invoke: Invoke) -> None:
    from distributions.inputs import registry

    status, out, _ = invoke("inputs")
    assert status == 0
    assert all(key in out for key in registry())
    status, out, _ = invoke("inputs", "price.input")
    assert status == 0
    assert "USD/M tokens" in out
    assert "P50" in out
    assert "█" in out
    assert set(json.loads(invoke("inputs", "price", "--json")[1])) == {
        k for k in registry() if k.startswith("price.")
    }


def test_schema_accepts_a_scenario_and_refuses_a_misspelt_one(invoke: Invoke) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(invoke("schema")[1])
    tables = tomllib.loads(SCENARIO)
    jsonschema.validate(tables, schema)
    tables["inputs"]["prise"] = {"input": 1}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tables, schema)


@pytest.mark.parametrize(
    ("kind", "shipped"),
    [
        ("quote", "studies/quotes/all_in.toml"),
        ("claims", "studies/audit/evidence/claims.toml"),
        ("levers", "studies/accuracy/levers.toml"),
    ],
)
def test_schema_of_another_kind_takes_its_shipped_file(kind: str, shipped: str, invoke: Invoke) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(invoke("schema", "--of", kind)[1])
    tables = tomllib.loads((Path(__file__).parents[2] / shipped).read_text(encoding="utf-8"))
    jsonschema.validate(tables, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**tables, "study": {}}, schema)
    status, _, err = invoke("schema", "--of", "qoute")
    assert status == 2
    assert "did you mean 'quote'?" in err


@pytest.mark.slow
def test_advise_recommends_an_eligible_strategy(scenario: Path, invoke: Invoke) -> None:
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch)
        status, out, _ = invoke("advise", scenario, "--draws", "4096", "--json")
    assert status == 0
    record = json.loads(out)
    assert record["recommendation"] not in record["excluded"]
    assert {"tips", "worth"} <= set(record["outlook"])
    shown = invoke("advise", scenario, "--draws", "1024")[1]
    assert "Recommendation:" in shown
    assert "What to find out first" in shown
    assert "worth up to $" in shown.splitlines()[-1]


@pytest.mark.slow
def test_tornado_writes_its_table_and_figure(scenario: Path, invoke: Invoke) -> None:
    status, out, _ = invoke("tornado", scenario, "--out", "result", "--json")
    assert status == 0
    record = json.loads(out)
    assert "workload.queries_per_month" in record["inputs"]
    assert "workload.annual_growth" not in record["inputs"]
    assert {path.name for path in (scenario.parent / "result" / "figures").iterdir()} == {
        f"{name}.{kind}" for name in ("tornado", "tornado_varying", "spider") for kind in ("svg", "png")
    }
    status, out, _ = invoke("tornado", scenario, "--of", "probability", "--json")
    rows = json.loads(out)["inputs"]
    assert all(0 <= row["low"] <= 1 for row in rows.values())
    assert any(row["distinguishable"] and row["swing_se"] > 0 for row in rows.values())
    for key in (key for key in rows if key.startswith("latency.")):
        # a latency costs nothing
        assert rows[key]["low"] == rows[key]["high"]
        assert not rows[key]["distinguishable"]
    status, out, _ = invoke("tornado", scenario, "--of", "probability")
    assert "±" in out
    assert "move nothing" in out
    assert "latency." not in out
    status, out, _ = invoke("tornado", scenario)
    assert status == 0
    assert "workload.queries_per_month" in out


def test_a_fault_of_ours_is_one_line(scenario: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug\x1b[31m")

    monkeypatch.setattr("studies.probability_of_cheaper.analysis.analyse", broken)
    status, out, err = invoke("run", scenario)
    assert (status, out) == (1, "")
    assert err.count("\n") == 1
    assert "please report" in err
    assert "\x1b" not in err
    assert [path.name for path in scenario.parent.iterdir()] == ["bot.toml"]
    monkeypatch.setenv("BREAKEVEN_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["run", str(scenario)])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "x.toml", "--design", "alined"), "found 'alined'; allowed: sobol, lhs, mc, aligned; did you mean"),
        (("sweep", "x.toml", "--design", "aligned"), "--design: found 'aligned'; allowed: sobol, lhs, mc"),
        (("drivers", "x.toml", "--method", "moris"), "did you mean 'morris'?"),
        (("completion", "basch"), "SHELL: found 'basch'; allowed: bash, zsh, fish; did you mean 'bash'?"),
        (("tornado", "x.toml", "--output", "probability"), "; renamed to '--of'"),
        (("drivers", "x.toml", "--output=probability"), "--output: is no option here"),
        (("drivers", "x.toml", "--output", "cost:rag"), "; renamed to '--of'"),
    ],
)  # fmt: skip
def test_a_word_that_is_none_of_the_allowed_ones(
    invoke: Invoke, arguments: tuple[str, ...], said: str
) -> None:
    status, out, err = invoke(*arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
