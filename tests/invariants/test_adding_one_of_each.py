"""What the manual lets one add is whole at once: a form, a kind of fee, a figure, a sheet, a question with its section.

Each is added to its registry and nowhere else, and then met wherever the shipped ones are. A strategy and an input,
which are compiled, are added to a copy in `tests/sim/kernel/test_adding_a_strategy.py`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import openpyxl
import pytest

from distributions import forms
from sim import Scenario
from sim.quotes import fee_kinds
from sim.quotes.fee_kinds import FeeKind
from sim.quotes.quote import Quote
from sim.scenario.reader import scenario_schema
from studies import workbook
from studies.cli import main, run_as
from studies.cli.group import COMMANDS
from studies.probability_of_cheaper import figures
from studies.quotes.comparison import compare
from studies.quotes.walk_away import walk_away
from studies.report.sections import SECTIONS
from studies.web import controls
from studies.web.edit import Edit
from studies.web.state import Page, State
from tests.command import support_bot
from tests.docs.pages import ROOT, blocks

SEARCH, PLAIN = "rag.search_price", "price.embedding"

(EXPONENTIAL,) = (
    block.text
    for block in blocks((ROOT / "docs" / "howto" / "distribution.md").read_text(encoding="utf-8"))
    if block.language == "python"
)

FIGURE = """
from matplotlib.figure import Figure

def draw(data):
    figure = Figure()
    figure.text(0.1, 0.5, "A figure of a toy")
    return figure
"""

SHEET = """
NAME, ABOUT = "Toys", "what a toy says"

def wanted(content):
    return True

def write(book, content):
    book.sheet(NAME, [20]).text(0, 0, "A sheet of a toy", "line")
"""

COMMAND = """
import click
from sim.results.labelled import LabelledArrays
from studies.shared.command import answer, options
from studies.shared.folder import contents

@click.command("toy", help="What a toy says of SCENARIO.")
@options.scenario
@options.out
@options.quiet
def command(scenario: str, out: str | None, quiet: bool) -> None:
    loaded = options.load(scenario)
    record = {"says": "hello"}
    with options.place(out, loaded.title, kind="toy-") as folder:
        contents.write(folder, name="toy", record=record, data=LabelledArrays({}), tables=loaded.tables())
        folder.publish()
    answer.show(folder, record, lambda: ["A toy says hello"], as_json=False, quiet=quiet)
"""

SECTION = """
from studies.shared.report.blocks import Paragraph
from studies.shared.report.question import Analysis, keys
from studies.shared.report.words import section_of

ANALYSIS = Analysis("toy", keys("says"))

def section(material):
    return section_of("Toys", material.all("toy"), lambda one: [Paragraph(f"A toy says {one.record['says']}")])
"""

SCENARIO = support_bot(
    more="""[inputs.rag]
search_price = { exponential = { mean = 2.5 } }
[inputs.price]
embedding = { plain = { mean = 0.02 } }
"""
)


def module(patch: pytest.MonkeyPatch, name: str, code: str) -> ModuleType:
    made = ModuleType(name)
    patch.setitem(sys.modules, name, made)
    exec(code, made.__dict__)
    return made


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a scenario, where one of each is in its registry."""
    found = tmp_path_factory.mktemp("added")
    (found / "bot.toml").write_text(SCENARIO)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(found)
        exponential = module(patch, "exponential_of_the_manual", EXPONENTIAL)
        module(
            patch,
            "plain_form",
            EXPONENTIAL.replace('"exponential"', '"plain"').replace(", moved=moved)", ")"),
        )
        patch.setitem(forms.FORMS, "exponential", exponential.__name__)
        patch.setitem(forms.FORMS, "plain", "plain_form")
        module(patch, f"{figures.__name__}.toy", FIGURE)
        patch.setattr(figures, "OF_A_RUN", {"toy": "costs"})
        patch.setattr(workbook, "SHEETS", (*workbook.SHEETS, module(patch, "toy_sheet", SHEET).__name__))
        patch.setitem(
            COMMANDS, "toy", (module(patch, "studies.toy.command", COMMAND).__name__, "What a toy says.")
        )
        patch.setitem(SECTIONS, "toy", module(patch, "studies.toy.section", SECTION))  # type: ignore[arg-type]
        yield found


@pytest.fixture(scope="module")
def run(place: Path) -> Path:
    """The folder of a run, with the toy's beside it."""
    assert main(["run", "bot.toml", "--draws", "256", "--quiet", "--out", "run"]) == 0
    assert main(["toy", "bot.toml", "--quiet", "--out", "toy-1"]) == 0
    assert main(["report", "run", "--quiet"]) == 0
    return place / "run"


def test_a_form_is_in_the_schema_and_checked(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    defined = scenario_schema()["$defs"]["uncertain_value"]["anyOf"][2]
    assert defined["properties"]["exponential"]["properties"].keys() == {"mean"}
    assert {"required": ["exponential"]} in defined["oneOf"]
    assert main(["check", "bot.toml"]) == 0
    (place / "wrong.toml").write_text(SCENARIO.replace("{ mean = 2.5 }", "{ maen = 2.5 }"))
    capsys.readouterr()
    assert main(["check", "wrong.toml"]) == 2
    assert "did you mean 'mean'" in capsys.readouterr().err


@pytest.mark.slow
def test_a_form_is_evaluated_at_its_median_and_runs(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["evaluate", "bot.toml", "--json"]) == 0
    median = json.loads(capsys.readouterr().out)["inputs"][SEARCH]
    assert median == pytest.approx(Scenario.load("bot.toml").inputs[SEARCH].median())
    assert "exponential" in (run / "scenario.toml").read_text()
    assert SEARCH in (run / "report.html").read_text(encoding="utf-8")


def test_a_form_has_the_sliders_that_its_file_gives_it(place: Path) -> None:
    base = Scenario.load("bot.toml")
    page = Page(base, State("bot", edits={SEARCH: Edit(4.0, 0.5), PLAIN: Edit(9.0, 2.0)}))
    moved = page.scenario.inputs
    assert moved[SEARCH].median() == pytest.approx(4.0)
    assert list(moved[SEARCH].spec) == ["exponential", "source"]
    assert moved[PLAIN].spec == base.inputs[PLAIN].spec, "it is left alone"
    shown = controls.panel(page, None)
    assert f'id="median-{SEARCH}"' in shown
    assert f'id="median-{PLAIN}"' not in shown
    assert shown.count("No sliders for a value of this form") == 1
    assert controls.readout(page, SEARCH).edited


@pytest.mark.slow
def test_a_figure_is_drawn_and_in_its_section_of_the_report(run: Path) -> None:
    assert {"toy.svg", "toy.png"} <= {file.name for file in (run / "figures").iterdir()}
    assert "A figure of a toy" in (run / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_sheet_is_in_the_workbook(run: Path) -> None:
    book = openpyxl.load_workbook(run / "workbook.xlsx")
    assert book["Toys"]["A1"].value == "A sheet of a toy"
    assert any(cell.value == "what a toy says" for row in book["Summary"].iter_rows() for cell in row)


@pytest.mark.slow
def test_the_folder_of_a_question_is_found_and_its_section_shown(run: Path) -> None:
    page = (run / "report.html").read_text(encoding="utf-8")
    assert '<section id="toy"' in page
    assert "A toy says hello" in page


def test_a_question_is_a_command_and_a_module(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--help"]) == 0
    assert "What a toy says." in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["-m", "--help"])
    with pytest.raises(SystemExit) as ended:
        run_as("toy")
    assert ended.value.code == 0
    assert "What a toy says of SCENARIO." in capsys.readouterr().out


@pytest.mark.slow
def test_a_kind_of_fee_is_billed_and_has_a_walk_away_price(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A price for a thousand queries is a thousandth of it for one."""
    monkeypatch.setitem(
        fee_kinds.KINDS, "thousand_queries", FeeKind("1,000 queries", "queries_reached", size=1e3)
    )
    subject = Scenario.from_dict({"study": {"title": "t", "horizon_months": 3}})
    prices = {}
    for per, price in (("query", 0.02), ("thousand_queries", 20.0)):
        path = tmp_path / f"{per}.toml"
        path.write_text(
            '[quote]\nvendor = "V"\nstrategy = "rag"\nreplaces = ["input tokens", "output tokens"]\n'
            "[quote.commitment]\nminimum_monthly = 100\n"
            f'[[quote.fee]]\nname = "use"\nper = "{per}"\namount = {price}\nincluded = {50 / price}\n'
        )
        comparison = compare(subject, [Quote.load(path)], draws=1024)
        prices[per] = walk_away(comparison, comparison.offers[0], "fee.use", draws=1024)
    by_query, by_thousand = prices["query"], prices["thousand_queries"]
    assert (by_query.unit, by_thousand.unit) == ("USD/query", "USD/1,000 queries")
    assert by_query.value is not None
    assert by_thousand.value == pytest.approx(
        1000 * by_query.value, rel=1e-6
    )  # where a search of roots stops
