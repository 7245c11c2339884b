"""What was renamed is refused with its new name, wherever it can be written; nothing has two names."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from distributions.errors import did_you_mean
from distributions.inputs import registry
from distributions.renamed import RENAMED
from sim.scenario.market import MarketTable
from studies.cli.group import breakeven
from tests.command import Invoke, support_bot

INPUTS = {old: new for old, new in RENAMED.items() if "." in old}
OPTIONS = {old: new for old, new in RENAMED.items() if old.startswith("--")}

SCENARIOS = {
    "price.tuned_input": "[inputs.price]\ntuned_input = 0.3\n",
    "price.tuned_output": '[inputs]\n"price.tuned_output" = 0.3\n',
    "hybrid.fallback_rate": "[inputs.hybrid]\nfallback_rate = 0.3\n",
    "hybrid.tuning_share": "[inputs]\nhybrid = { tuning_share = 0.3 }\n",
    "hybrid.retrain_interval_months": "[inputs.hybrid]\nretrain_interval_months = { uniform = { min = 3, max = 9 } }\n",
    "serve.min_gpus": '[[dependence]]\ninputs = ["serve.min_gpus", "price.output"]\nrank_correlation = 0.5\n',
    "tune.eval_weeks": "[inputs]\ntune.eval_weeks = 2\n",
    "tuned_model": "[market]\ntuned_model = 'gpt-4o-mini'\n",
}
CHANGE = "[[market.change]]\nmonth = 3\ninput = 'price.tuned_input'\ntimes = 0.5\n"
QUOTE = '[quote]\nvendor = "A"\nstrategy = "tuned_hosted"\n[quote.fixes]\n'
CLAIMS = """[[claim]]
id = "one"
document = "a paper"
kind = "result"
says = "so many"
[claim.quantities]
rate = { input = "tune.eval_weeks" }
[[claim.figure]]
published = 60
unit = "1"
derive = "rate"
"""
ARGUMENTS = [
    ("price.tuned_input", ["evaluate", "bot.toml", "--set", "price.tuned_input=3"]),
    (
        "serve.min_gpus",
        ["run", "bot.toml", "--set", "inputs.serve.min_gpus={ uniform = { min = 1, max = 3 } }"],
    ),
    ("hybrid.retrain_interval_months", ["solve", "bot.toml", "--for", "hybrid.retrain_interval_months"]),
    ("tune.eval_weeks", ["sweep", "bot.toml", "--vary", "tune.eval_weeks=1:5:3"]),
    ("hybrid.tuning_share", ["inputs", "hybrid.tuning_share"]),
    ("hybrid.fallback_rate", ["elicit", "--key", "inputs.hybrid.fallback_rate"]),
]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bot.toml").write_text(support_bot())


def refused(invoke: Invoke, arguments: list[str], old: str) -> None:
    status, out, err = invoke(*arguments)
    assert (status, out, err.count("\n")) == (2, "", 1), err
    assert f"renamed to '{RENAMED[old]}'" in err


def test_old_names_are_gone_and_new_ones_are_there() -> None:
    keys = {field.name for field in fields(MarketTable)}
    assert not set(RENAMED) & (set(registry()) | keys)
    assert set(INPUTS.values()) <= set(registry())
    assert RENAMED["tuned_model"] in keys
    assert set(SCENARIOS) == set(RENAMED) - set(OPTIONS)


def test_a_new_name_that_is_not_known_here_is_no_hint() -> None:
    assert did_you_mean("serve.min_gpus", ["serve.min_gpu"]) == "did you mean 'serve.min_gpu'?"


@pytest.mark.parametrize("old", SCENARIOS)
def test_in_a_scenario(old: str, invoke: Invoke) -> None:
    Path("old.toml").write_text(SCENARIOS[old])
    refused(invoke, ["check", "old.toml"], old)


def test_in_a_price_change(invoke: Invoke) -> None:
    Path("old.toml").write_text(CHANGE)
    refused(invoke, ["check", "old.toml"], "price.tuned_input")


@pytest.mark.parametrize("old", INPUTS)
def test_in_a_quote(old: str, invoke: Invoke) -> None:
    Path("quote.toml").write_text(f'{QUOTE}"{old}" = 0.5\n')
    refused(invoke, ["quotes", "bot.toml", "quote.toml"], old)


def test_in_claims(invoke: Invoke) -> None:
    Path("claims.toml").write_text(CLAIMS)
    refused(invoke, ["audit", "--claims", "claims.toml"], "tune.eval_weeks")


@pytest.mark.parametrize(("old", "arguments"), ARGUMENTS)
def test_on_the_command_line(old: str, arguments: list[str], invoke: Invoke) -> None:
    refused(invoke, arguments, old)


@pytest.mark.parametrize("command", ["tornado", "drivers"])
@pytest.mark.parametrize("old", OPTIONS)
def test_an_option(old: str, command: str, invoke: Invoke) -> None:
    refused(invoke, [command, "bot.toml", old, "probability"], old)


@pytest.mark.parametrize("old", OPTIONS)
def test_no_command_has_the_old_option(old: str) -> None:
    with breakeven.make_context("breakeven", ["--help"], resilient_parsing=True) as context:
        for name in breakeven.list_commands(context):
            command = breakeven.get_command(context, name)
            assert command is not None
            assert all(old not in option.opts for option in command.params), name
