"""What every output says of a strategy that gets ahead and falls back: first and lasting break-even apart."""

from __future__ import annotations

import json
import re
from pathlib import Path

import openpyxl
import pytest

from distributions.tables.writing import to_toml
from studies.cli import main
from studies.shared.folder import netcdf
from tests.command import Invoke
from tests.sim.kernel.test_equations_by_hand import falling_back


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Level with retrieval in month 2 of each future; behind for good in a quarter, for a month in another."""
    path = tmp_path_factory.mktemp("break_even") / "falls.toml"
    path.write_text(to_toml(falling_back().tables()))
    return path


@pytest.fixture(scope="module")
def folder(scenario: Path) -> Path:
    made = scenario.parent / "run"
    assert main(["run", str(scenario), "--draws", "4096", "--out", str(made), "--quiet"]) == 0
    return made


SAID = (
    "Fine-tuning (hosted) catches up with RAG for the first time by month 2 in half of the {of}, by month 2 in 95 %; "
    "never in 0 %. It falls back in 50.0 %, and has caught up for good in 75.0 %, by month 2 in half"
)


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_a_run_says_that_it_falls_back(scenario: Path, invoke: Invoke, tmp_path: Path) -> None:
    status, out, _ = invoke("run", scenario, "--draws", "4096", "--no-figures", "--out", tmp_path / "run")
    assert status == 0
    first, second = SAID.format(of="draws").split(". ")
    assert f"Break-even  {first}\n            {second}\n" in out


@pytest.mark.slow
def test_the_report_says_so_too(folder: Path) -> None:
    page = re.sub(r"<[^>]+>|\s+", " ", (folder / "report.html").read_text())
    assert SAID.format(of="futures") in re.sub(" +", " ", page)
    assert "Lasting break-even in the median" in page
    assert "falls back in 50.0 %" in page
    picture = (folder / "figures" / "breakeven.svg").read_text()
    assert "for good by month 2 at the median; in 50.0 % of futures it falls back" in picture
    assert "lasting to the end" in picture


@pytest.mark.slow
def test_the_files_have_both_months(folder: Path) -> None:
    record = json.loads((folder / "run.json").read_bytes())
    assert record["breakeven_month"]["probability_never"] == 0.0
    assert record["breakeven_lasting"]["probability_never"] == pytest.approx(0.25, abs=2 / 4096)
    assert record["probability_falls_back"] == pytest.approx(0.5, abs=2 / 4096)
    data = netcdf.read(folder / "run.nc").sel(strategy="tuned_hosted", other="rag")
    assert float(data["breakeven_lasting_never"]) == record["breakeven_lasting"]["probability_never"]
    sheet = openpyxl.load_workbook(folder / "workbook.xlsx", read_only=True)["Quantiles"]
    shown = {str(row[0]): row[1] for row in sheet.iter_rows(values_only=True) if row and row[0]}
    assert shown["Probability of falling back"] == record["probability_falls_back"]


@pytest.mark.parametrize(
    ("share", "said"),
    [
        ("1.75", "has cost no more than RAG by month 2, and falls back for good."),
        ("1.25", "has cost no more than RAG by month 2, and falls back; from month 5 it has to the end."),
        ("0.5", "has cost no more than RAG from month 2 to the end."),
    ],
)
def test_one_future_says_from_on_of_what_lasts_alone(
    scenario: Path, invoke: Invoke, share: str, said: str
) -> None:
    status, out, _ = invoke("evaluate", scenario, "--set", f"drift.refresh_share={share}", "--quiet")
    assert status == 0
    assert said in out
