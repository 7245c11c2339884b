"""Quotes that were compared stand in the report and in the workbook of the run that lies beside them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from openpyxl import load_workbook

from studies.cli import main
from studies.report import make
from tests.small import make_small
from tests.studies.report.page import Page

pytestmark = pytest.mark.slow

SCENARIO = '[study]\ntitle = "bot"\nhorizon_months = 9\n'
QUOTE = """
[quote]
vendor = "<b>Acme</b> =1+1"
strategy = "tuned_hosted"
term_months = 6
replaces = ["input tokens"]
[[quote.fee]]
name = "use"
per = "query"
amount = 0.001
[quote.commitment]
minimum_monthly = 3000
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with an analysis of a quote beside it, its report and workbook written again."""
    place = tmp_path_factory.mktemp("study")
    scenario, quote = place / "bot.toml", place / "quote.toml"
    scenario.write_text(SCENARIO)
    quote.write_text(QUOTE)
    run, quotes = place / "20260801T000000Z-00000000", place / "quotes-20260801T000001Z-00000000"
    few = ("--draws", "4096", "--quiet", "--out")
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch)
        assert main(["run", str(scenario), "--no-figures", *few, str(run)]) == 0
        assert main(["quotes", str(scenario), str(quote), "--budget", "90000", *few, str(quotes)]) == 0
        assert main(["report", str(run), "--quiet"]) == 0
    return run


def test_the_report_tells_of_the_quote(run: Path) -> None:
    record = json.loads((run.parent / "quotes-20260801T000001Z-00000000" / "quotes.json").read_text())
    (quote,) = record["quotes"].values()
    page = Page((run / "report.html").read_text())
    words = page.words("main")
    assert "<b>Acme</b> =1+1" in words
    assert "Walk-away prices" in words
    assert "All adverse together" in words
    assert quote["questions"][0]["text"] in words


def test_the_workbook_has_the_quote_as_text_and_numbers(run: Path) -> None:
    record = json.loads((run.parent / "quotes-20260801T000001Z-00000000" / "quotes.json").read_text())
    (quote,) = record["quotes"].values()
    sheet = load_workbook(run / "workbook.xlsx")["Quotes"]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert all(cell.data_type != "f" for cell in cells)
    numbers = [float(cell.value) for cell in cells if isinstance(cell.value, int | float)]
    for wanted in (
        quote["cost"]["mean"],
        sum(quote["fees_by_month"]),
        quote["stresses"]["price_war"]["probability_cheaper"],
    ):
        assert any(number == pytest.approx(wanted, rel=1e-14) for number in numbers)


def test_without_run_nc_the_workbook_stays_and_that_is_said(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / run.name
    shutil.copytree(run, copy)
    (copy / "run.nc").unlink()
    before = (copy / "workbook.xlsx").read_bytes()
    assert main(["report", str(copy)]) == 0
    assert "workbook.xlsx is as it was" in capsys.readouterr().err
    assert (copy / "workbook.xlsx").read_bytes() == before


def test_the_section_is_absent_without_quotes(run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "alone" / run.name
    shutil.copytree(run, copy)
    assert "quotes" not in make(copy).sections
