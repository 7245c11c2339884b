"""`breakeven solve` as people use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from distributions.tables.writing import to_toml
from studies.cli import main
from tests.command import support_bot
from tests.sim.kernel.test_equations_by_hand import falling_back

SCENARIO = support_bot(1e5, 9e6, "annual_growth = 0.0\n")
VOLUME = "workload.queries_per_month"


@pytest.fixture
def scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "bot.toml"
    path.write_text(SCENARIO)
    return str(path)


@pytest.mark.slow
def test_solve_prints_json_and_writes_a_folder(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", scenario, "--for", VOLUME, "--draws", "4096", "--out", "x", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["for"] == VOLUME
    assert found["ci95"][0] < found["value"] < found["ci95"][1]
    assert found["target"] == 0.5
    assert json.loads(Path("x/solve.json").read_text()) == found
    names = {str(path.relative_to("x")) for path in Path("x").rglob("*") if path.is_file()}
    figures = {"figures/solve_curve.svg", "figures/solve_curve.png"}
    assert names == {"solve.json", "solve.nc", "scenario.toml", "run.log", *figures}


@pytest.mark.slow
def test_no_root_is_an_answer(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["solve", scenario, "--for", VOLUME, "--target", "0.9999", "--draws", "1024"]
    assert main([*arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["value"] is None
    assert found["ci95"] == [None, None]
    assert found["roots"] == []
    assert f"no value of {VOLUME} from" in found["reason"]
    assert main(arguments) == 0
    assert f"reaches 99.99 % nowhere: {found['reason']}" in capsys.readouterr().out
    assert found["reason"].endswith("`between` (--between LOW HIGH) looks further")


@pytest.mark.slow
def test_the_sentence_has_value_unit_and_interval(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", scenario, "--for", VOLUME, "--draws", "4096"]) == 0
    out = capsys.readouterr().out
    assert f"P(Fine-tuning (hosted) costs less than RAG) reaches 50 % at {VOLUME} = " in out
    assert " queries/month (95 % CI " in out
    assert "rising with it" in out


@pytest.mark.slow
def test_a_step_is_said_as_a_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # behind at the end of five months where the share paid again at each retraining, uniform from 0 to 2, exceeds 1.5
    # over their number, which falls from two to one at an interval of 2 months
    path = tmp_path / "steps.toml"
    path.write_text(to_toml(falling_back().tables()))
    key = "drift.retrain_interval_months"
    made = tmp_path / "solved"
    arguments = ["solve", str(path), "--for", key, "--draws", "4096", "--out", str(made)]
    assert main(arguments) == 0
    assert (
        f"{key} = 2 months (95 % CI 2 to 2), a step: from 37.5 % below it to 75.0 % above"
        in capsys.readouterr().out
    )
    (root,) = json.loads((made / "solve.json").read_bytes())["roots"]
    assert root["value"] == 2.0
    assert root["ci95"][0] <= 2.0 <= root["ci95"][1]
    assert root["step"] == pytest.approx([0.375, 0.75], abs=2 / 4096)


@pytest.mark.slow
def test_two_inputs_give_a_map(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    keys = [VOLUME, "drift.retrain_interval_months"]
    asked = [
        "--for",
        keys[0],
        "--for",
        keys[1],
        "--between",
        "1e4",
        "1e7",
        "--draws",
        "64",
        "--out",
        "m",
        "--json",
    ]
    assert main(["solve", scenario, *asked]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["for"] == keys
    assert found["map"]["values"][VOLUME][0] == 1e4
    assert found["map"]["values"][VOLUME][-1] == 1e7
    assert len(found["map"]["probability"]) == 41
    assert Path("m/figures/solve_map.png").is_file()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["--for", "workload.queries"], "did you mean 'workload.queries_per_month'"),
        (["--for", VOLUME, "--for", VOLUME], "two different ones"),
        (["--for", VOLUME, "--target", "50"], "0.5 for 50 %"),
        (["--for", VOLUME, "--target", "1"], "above 0 and below 1"),
        (["--for", VOLUME, "--between", "-5", "5"], "nothing that workload.queries_per_month can be"),
        (["--for", VOLUME, "--between", "5", "1"], "LOW < HIGH"),
        (["--for", VOLUME, "--between", "1", "5", "--between", "1", "5"], "once for each input"),
        (["--for", "workload.annual_growth"], "give LOW and HIGH"),
        (["--for", VOLUME, "--draws", "3"], "16"),
        ([], "--for"),
    ],
)
def test_what_cannot_be_asked_ends_in_one_message(
    asked: list[str], words: str, scenario: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["solve", scenario, *asked, "--out", "never"]) == 2
    found = capsys.readouterr()
    assert words in found.err
    assert found.out == ""
    assert "Traceback" not in found.err
    assert not Path("never").exists()
