"""`breakeven elicit`: three quantiles become a distribution, with options or asked on a terminal."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from typing import Any

import click
import pytest

from distributions.inputs import registry
from distributions.spec import marginal
from studies.elicit import command as elicit
from tests.command import Invoke


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """A terminal on which the given answers are typed; returns the questions."""

    def type_in(*answers: str) -> list[str]:
        asked: list[str] = []
        waiting = list(answers)

        def answer(question: str, **_: Any) -> Any:
            asked.append(question)
            if not waiting:
                raise click.Abort
            return waiting.pop(0)

        monkeypatch.setattr(elicit.sys.stdin, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(elicit.sys.stdout, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(click, "prompt", answer)
        monkeypatch.setattr(click, "confirm", lambda question, **more: answer(question, **more) == "y")
        return asked

    return type_in


def pasted(out: str) -> tuple[str, Any]:
    ((name, value),) = tomllib.loads(out.rstrip().splitlines()[-1]).items()
    return name, value


def test_the_line_meets_the_three_quantiles(invoke: Invoke) -> None:
    status, out, err = invoke(
        "elicit", "--key", "tune.curation_weeks", "--low", 1, "--median", 3, "--high", 8
    )
    assert (status, err) == (0, "")
    name, value = pasted(out)
    assert name == "curation_weeks"
    entry = registry()["tune.curation_weeks"]
    distribution = marginal(value, support=entry.support)
    assert distribution.ppf([0.1, 0.5, 0.9]) == pytest.approx([1, 3, 8], rel=1e-9)
    assert distribution.support()[0] == 0
    low, high = (f"{float(value):.3g}" for value in distribution.ppf([0.05, 0.95]))
    assert f"less than {low}, in 1 of 20 more than {high} weeks; mean {distribution.mean():.3g}" in out
    assert "economyhub says 2 to 4" in out
    assert "Does this look right" not in out


def test_a_lognormal_says_what_it_makes_of_the_median(invoke: Invoke) -> None:
    status, out, _ = invoke("elicit", "--low", 1, "--median", 3, "--high", 100, "--form", "lognormal")
    assert status == 0
    assert pasted(out)[1]["lognormal"] == {"p10": 1.0, "p90": 100.0}
    assert "The median follows from P10 and P90: 10, where you said 3." in out


def test_json(invoke: Invoke) -> None:
    status, out, _ = invoke("elicit", "--low", 1, "--median", 3, "--high", 8, "--json")
    record = json.loads(out)
    assert status == 0
    assert record["spec"] == {"quantiles": {"p10": 1, "p50": 3, "p90": 8}}
    assert record["quantiles"]["p50"] == pytest.approx(3, rel=1e-9)
    assert record["mean"] == pytest.approx(marginal(record["spec"]).mean(), rel=1e-9)


BAD = {
    "not a terminal": ([], ["--low, --median and --high", "no terminal", "pass all three"]),
    "one missing": (["--low", 1, "--median", 3], ["--high", "is missing", "pass all three"]),
    "no number": (["--low", 1, "--median", "three", "--high", 8], ["--median", "'three'", "a number"]),
    "comma": (["--low", "1,5", "--median", 3, "--high", 8], ["--low", "a decimal point"]),
    "infinite": (["--low", 1, "--median", 3, "--high", "inf"], ["--high", "a number"]),
    "order": (["--low", 3, "--median", 1, "--high", 8], ["--median", "more than --low, which is 3"]),
    "equal": (["--low", 3, "--median", 3, "--high", 8], ["--median", "more than --low"]),
    "support": (
        ["--key", "cache.prompt_hit_rate", "--low", 0.5, "--median", 0.7, "--high", 1.2],
        ["--high", "1.2", "0 … 1"],
    ),
    "no metalog": (
        ["--key", "tune.curation_weeks", "--low", 1, "--median", 3, "--high", 800],
        ["tune.curation_weeks", "no metalog", "--form lognormal"],
    ),
    "unknown key": (["--key", "price.imput"], ["--key", "did you mean 'price.input'?"]),
    "whole numbers": (["--key", "serve.min_replicas"], ["--key", "discrete"]),
}


@pytest.mark.parametrize("case", BAD)
def test_wrong_input_is_one_clear_message(case: str, invoke: Invoke) -> None:
    arguments, wanted = BAD[case]
    status, out, err = invoke("elicit", *arguments)
    assert (status, out) == (2, "")
    assert err.count("error: ") == 1
    for words in wanted:
        assert words in err


def test_a_terminal_is_asked_until_it_makes_sense_and_looks_right(
    invoke: Invoke, terminal: Callable[..., list[str]]
) -> None:
    asked = terminal("x", "-1", "2", "1", "4", "9", "n", "1", "3", "8", "y")
    status, out, err = invoke("elicit", "--key", "tune.curation_weeks")
    assert (status, err) == (0, "")
    assert [question[:3] for question in asked] == [
        "Low", "Low", "Low", "Med", "Med", "Hig", "Doe", "Low", "Med", "Hig", "Doe",
    ]  # fmt: skip
    assert "found 'x'; a number" in out
    assert "found -1; tune.curation_weeks is ≥ 0" in out
    assert "more than --low, which is 2" in out
    assert pasted(out)[1]["quantiles"] == {"p10": 1.0, "p50": 3.0, "p90": 8.0}


def test_three_answers_without_a_curve_are_asked_again(
    invoke: Invoke, terminal: Callable[..., list[str]]
) -> None:
    asked = terminal("1", "3", "800", "1", "3", "8", "y")
    status, out, _ = invoke("elicit", "--key", "tune.curation_weeks")
    assert status == 0
    assert len(asked) == 7
    assert "Once more" in out


def test_leaving_the_questions_is_an_interruption(
    invoke: Invoke, terminal: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studies.cli._stopped", lambda *_: 130)
    terminal("1")
    assert invoke("elicit")[0] == 130
