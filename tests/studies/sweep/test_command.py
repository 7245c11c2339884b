"""`breakeven sweep` as people use it."""

from __future__ import annotations

import csv
import json
import signal
import time
from pathlib import Path

import pytest

from distributions import text
from studies.cli import main
from tests.command import ended, start, support_bot, until

SCENARIO = support_bot(1e5, 9e6)
OTHER = SCENARIO.replace("Support bot", "Two").replace('["tuned_hosted", "rag"]', '["rag", "prompt"]')
VOLUME = "workload.queries_per_month"
VARY = f"{VOLUME}=1e4:1e8:5:log"


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bot.toml").write_text(SCENARIO)
    (tmp_path / "two.toml").write_text(OTHER)
    return "bot.toml"


def files(folder: str) -> set[str]:
    return {str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file()}


def test_sweep_prints_json_and_writes_a_folder(bot: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", bot, "--vary", VARY, "--draws", "4096", "--out", "x", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert json.loads(Path("x/sweep.json").read_text()) == found
    assert [cell["values"][VOLUME] for cell in found["cells"]] == [1e4, 1e5, 1e6, 1e7, 1e8]
    shares = [cell["probability_cheaper"]["estimate"] for cell in found["cells"]]
    assert shares == sorted(shares)
    assert shares[0] < 0.5 < shares[-1]
    assert len(found["tips"]) == 1
    figures = {"figures/sweep.svg", "figures/sweep.png"}
    assert files("x") == {"sweep.json", "sweep.nc", "sweep.csv", "scenario.toml", "run.log", *figures}
    assert "sweep.csv" in Path("x/run.log").read_text()


@pytest.mark.slow
def test_a_cell_is_what_run_says_with_set(bot: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every figure to the last digit, as a user would check it."""
    shared = ["--set", "price.input=3", "--draws", "20000", "--seed", "5", "--json", "--quiet"]
    assert main(["sweep", bot, "two.toml", "--vary", VARY, *shared, "--out", "x"]) == 0
    cell = json.loads(capsys.readouterr().out)["cells"][7]
    assert cell["values"] == {VOLUME: 1e6}
    more = ["--set", f"{VOLUME}={cell['values'][VOLUME]!r}", "--no-figures", "--out", "y"]
    assert main(["run", f"{cell['scenario']}.toml", *shared, *more]) == 0
    run = json.loads(capsys.readouterr().out)
    assert cell["probability_cheaper"].items() <= run["probability_cheaper"].items()
    assert cell["probability_cheapest"] == run["probability_cheapest"]
    for name, cost in cell["cost"].items():
        assert cost.items() <= run["cost"][name].items()
    assert cell["difference"].items() <= run["difference"].items()
    assert cell["breakeven"]["probability"] == 1 - run["breakeven_month"]["probability_never"]
    assert cell["breakeven"]["median_month"] == run["breakeven_month"]["quantiles"]["0.5"]


@pytest.mark.slow
def test_the_table_has_each_cell_with_its_interval(bot: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", bot, "--vary", VARY, "--draws", "4096", "--out", "x"]) == 0
    out = capsys.readouterr().out
    assert "the answer tips at workload.queries_per_month between " in out
    assert "P crosses 50 % between " in out
    cells = json.loads(Path("x/sweep.json").read_text())["cells"]
    for cell in cells:
        asked = cell["probability_cheaper"]
        line = next(one for one in out.splitlines() if one.split()[:1] == [f"{cell['values'][VOLUME]:,.0f}"])
        assert text.probability(asked["estimate"], asked["ci95"]) in line
        assert f"{text.bounds(asked['estimate'], asked['ci95'])} %" in line
        assert cell["cheapest"] in line
    rows = list(csv.DictReader(Path("x/sweep.csv").read_text().splitlines()))
    assert [float(row["probability_cheaper"]) for row in rows] == [
        cell["probability_cheaper"]["estimate"] for cell in cells
    ]


@pytest.mark.slow
def test_several_scenarios_with_pairs_of_their_own(bot: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", bot, "two.toml", "--draws", "1024", "--out", "x"]) == 0
    out = capsys.readouterr().out
    assert "tuned_hosted / rag" in out
    assert "rag / prompt" in out
    assert "The scenarios compare different pairs" in out
    assert {"scenarios/bot.toml", "scenarios/two.toml"} <= files("x")
    assert "scenario.toml" not in files("x")
    again = ["run", "x/scenarios/two.toml", "--draws", "1024", "--no-figures", "--json", "--out", "y"]
    assert main(again) == 0
    run = json.loads(capsys.readouterr().out)
    cells = json.loads(Path("x/sweep.json").read_text())["cells"]
    assert cells[1]["probability_cheaper"]["estimate"] == run["probability_cheaper"]["estimate"]


@pytest.mark.slow
def test_many_cells_are_summed_up(bot: str, capsys: pytest.CaptureFixture[str]) -> None:
    vary = [f"{VOLUME}=1e4:1e8:20:log", "price.input=1,4"]
    options = [word for one in vary for word in ("--vary", one)]
    assert main(["sweep", bot, "two.toml", *options, "--draws", "256", "--out", "x"]) == 0
    out = capsys.readouterr().out
    assert out.count("\n") < 25
    assert f"bot: along {VOLUME} P crosses 50 % in 2 of 2 lines" in out
    assert "All 80 cells are in sweep.csv" in out


@pytest.mark.slow
def test_the_answer_is_independent_of_threads(bot: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    for threads in ("1", "2", "3"):
        arguments = ["--vary", VARY, "--draws", "40000", "--threads", threads, "--json", "--out", threads]
        assert main(["sweep", bot, *arguments]) == 0
        found.append(capsys.readouterr().out)
        assert Path(threads, "sweep.nc").read_bytes() == Path("1", "sweep.nc").read_bytes()
    assert len(set(found)) == 1


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["--vary", "workload.queries=1:2:3"], f"did you mean '{VOLUME}'"),
        (["--vary", f"{VOLUME}=1:2:0"], "N from 2"),
        (["--vary", f"{VOLUME}=5:1:3"], "LOW < HIGH"),
        (["--vary", f"{VOLUME}=0:5:3:log"], "LOW above 0"),
        (["--vary", f"{VOLUME}=-5:5:3"], "nothing that it can be"),
        (["--vary", VARY, "--vary", VARY], "is given twice"),
        (["--vary", VARY, "--set", f"{VOLUME}=5"], "is given to --set as well"),
        (["--vary", f"{VOLUME}=1:1000:1000", "--vary", "price.input=1:101:101"], "101,000 cells"),
        (["--set", "price.imput=3"], "did you mean 'price.input'"),
        (["--draws", "0"], "--draws"),
        (["--threads", "2", "--dask", "tcp://127.0.0.1:1"], "does not go with --dask"),
        (["--dask", "tcp://127.0.0.1:1"], "no scheduler can be reached"),
        (["bot.toml"], "is given twice"),
        (["none.toml"], "none.toml"),
    ],
)
def test_what_cannot_be_asked_ends_in_one_message(
    asked: list[str], words: str, bot: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = set(Path().iterdir())
    assert main(["sweep", bot, *asked, "--out", "never"]) == 2
    found = capsys.readouterr()
    assert words in found.err
    assert found.out == ""
    assert found.err.count("\n") == 1
    assert set(Path().iterdir()) == before


def test_a_cell_that_overflows_is_named_and_nothing_is_written(
    bot: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(bot).write_text(SCENARIO.replace("horizon_months = 6", "horizon_months = 36"))
    huge = "workload.annual_growth=1e30"
    assert (
        main(["sweep", bot, "--set", huge, "--vary", f"{VOLUME}=1,1e30", "--draws", "64", "--out", "x"]) == 2
    )
    assert f"Support bot at {VOLUME} = 1e+30: costs" in capsys.readouterr().err
    assert not list(Path().glob("*x*"))


def test_no_scenario_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep"]) == 2
    assert "SCENARIO" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143)])
@pytest.mark.parametrize("shape", ["whole", "cut"])
def test_stopped_it_says_so_and_leaves_nothing(bot: str, name: str, status: int, shape: str) -> None:
    """Amid many cells, one to a thread; and amid one that both threads work."""
    large = ["--vary", f"{VOLUME}=1:1e6:1000", "--draws", "3e5"] if shape == "whole" else ["--draws", "1e10"]
    begun = time.monotonic()
    with start(Path(), "sweep", bot, *large, "--threads", "2", "--out", "x") as process:
        until(lambda: list(Path().glob(".x.partial-*")), process)
        time.sleep(0.5)
        process.send_signal(getattr(signal, name))
        stopped = time.monotonic()
        out, err = ended(process)
    assert (process.returncode, out) == (status, b"")
    assert err in (b"interrupted\n", b"terminated\n")
    # it stops in less time than it takes to start, and of the work there is far more
    assert time.monotonic() - stopped < 10 * (stopped - begun)
    assert {path.name for path in Path().iterdir()} == {"bot.toml", "two.toml"}
