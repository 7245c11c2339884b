"""The report holds what the folders hold, reads as a page, runs nothing, and says what it could not read."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from distributions import text
from distributions.errors import UserError
from sim import Scenario
from studies.cli import main
from studies.probability_of_cheaper.finding import finding
from studies.report import make
from studies.report.sections import SECTIONS
from studies.shared.names import label
from studies.shared.report.words import plain_name
from tests.command import Invoke
from tests.folders import seal
from tests.studies.report.page import Page

pytestmark = pytest.mark.slow

TITLE = '<script>alert("x")</script> & bot'
SCENARIO = """
[study]
title = '<script>alert("x")</script> & bot'
horizon_months = 9
compare = ["tuned_hosted", "rag"]
[requirements]
citations = true
[inputs.workload]
annual_growth = 0.1
[inputs.workload.queries_per_month]
lognormal = { p10 = 2e6, p90 = 9e6 }
source = "metering <b>Q3</b>"
owner = "ops"
expires = 2020-01-31
[[dependence]]
inputs = ["workload.queries_per_month", "serve.peak_to_mean"]
rank_correlation = 0.5
"""
PLAIN = {
    "pairs",
    "neighbours",
    "answer",
    "months",
    "costs",
    "break-even",
    "items",
    "tornado",
    "drivers",
    "requirements",
    "assumptions",
    "method",
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study: one run, and one analysis of each of four kinds beside it."""
    place = tmp_path_factory.mktemp("study")
    (place / "bot.toml").write_text(SCENARIO)
    study = place / "outputs"
    study.mkdir()
    few = {
        "20260801T000000Z-00000000": ("run", "--draws", "4096"),
        "tornado-20260801T000001Z-00000000": ("tornado",),
        "drivers-20260801T000002Z-00000000": ("drivers", "--base-samples", "64"),
        "information-20260801T000003Z-00000000": ("information", "--draws", "4096"),
        "solve-20260801T000004Z-00000000": ("solve", "--for", "rag.search_price", "--draws", "1024"),
        "sweep-20260801T000005Z-00000000": ("sweep", "--vary", "rag.search_price=0:4:3", "--draws", "1024"),
    }
    for name, (command, *options) in few.items():
        assert main([command, str(place / "bot.toml"), *options, "--quiet", "--out", str(study / name)]) == 0
    return study


@pytest.fixture(scope="module")
def run(study: Path) -> Path:
    return study / "20260801T000000Z-00000000"


@pytest.fixture(scope="module")
def page(run: Path) -> Page:
    """The page with every analysis."""
    made = make(run)
    assert made.warnings == ()
    return Page(made.html.decode())


@pytest.fixture
def copy(run: Path, tmp_path: Path) -> Path:
    """A run of its own, to be spoilt."""
    return Path(shutil.copytree(run, tmp_path / "alone" / "run"))


def change(folder: Path, edit: Callable[[dict[str, Any]], None], name: str = "run") -> None:
    path = folder / f"{name}.json"
    record = json.loads(path.read_text())
    edit(record)
    path.write_text(json.dumps(record))
    seal(folder)


def record_of(run: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((run / "run.json").read_text())
    return record


# --- the page as a page


def test_the_page_is_balanced_and_its_ids_are_its_own(page: Page) -> None:
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    assert page.references() <= set(ids)


def test_headings_descend_one_at_a_time_and_the_contents_name_them(page: Page) -> None:
    levels = [int(element.name[1]) for element in page.all("h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    links = {
        element.attributes["href"][1:]: element.text for element in page.all("a") if "nav" in element.inside
    }
    headings = {
        element.attributes["id"].removesuffix("-heading"): element.text
        for element in page.all("h2")
        if "section" in element.inside
    }
    assert list(links.items()) == list(headings.items())
    assert list(links) == page.sections()


def test_every_picture_has_words_and_every_table_a_caption_and_scopes(page: Page) -> None:
    pictures = page.all("svg")
    assert len(pictures) > 60
    assert all(one.attributes["role"] == "img" and one.attributes["aria-label"].strip() for one in pictures)
    tables = page.all("table")
    assert len(page.all("caption")) == len(tables) > 8
    assert all(one.text.strip() for one in page.all("caption"))
    assert {one.attributes.get("scope") for one in page.all("th")} == {"row", "col"}
    assert page.all("html")[0].attributes["lang"] == "en"


def test_nothing_is_fetched_and_nothing_runs(page: Page) -> None:
    (policy,) = [one for one in page.all("meta") if "http-equiv" in one.attributes]
    assert policy.attributes["http-equiv"] == "Content-Security-Policy"
    assert policy.attributes["content"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert not page.all("script", "link", "img", "iframe", "object", "embed", "base", "form", "foreignobject")
    for element in page.elements:
        assert not [name for name in element.attributes if name.startswith("on") or name in ("src", "srcset")]
        for name in ("href", "xlink:href"):
            assert element.attributes.get(name, "#").startswith("#")
    assert not re.search(r"@import|url\(\s*['\"]?(?!#)", page.html)


def test_what_a_scenario_says_is_text_on_the_page(page: Page) -> None:
    assert TITLE in page.words("title")
    assert "<script" not in page.html
    assert "metering <b>Q3</b>" in page.section("assumptions")
    assert not page.all("b")


def test_the_same_folder_gives_the_same_bytes(run: Path, copy: Path) -> None:
    alone = make(run, siblings=False).html
    assert make(run, siblings=False).html == alone
    assert make(copy).html == alone
    # What `run` itself wrote, before the folder had its name.
    assert (run / "report.html").read_bytes() == alone


# --- the numbers


def test_the_title_is_the_finding_of_run_json(page: Page, run: Path) -> None:
    first, *rest = finding(record_of(run)).sentences
    assert page.words("h1").replace("\xa0", " ") == first
    assert first in page.words("title")
    header = page.words("header").replace("\xa0", " ")
    assert len(rest) == 4
    assert all(sentence in header for sentence in rest)


def test_what_spreads_it_most_is_not_said_to_decide(page: Page, run: Path) -> None:
    most = record_of(run)["basis"]["spreads_most"]["input"]
    assert f"Spread mostly by{most.replace('+', ' + ')}" in page.section("answer")
    assert not re.search(r"decided (mostly )?by|What decides it", page.words("main"))


def test_line_items_add_up_to_the_mean_cost(page: Page, run: Path) -> None:
    record = record_of(run)
    section = page.section("items")
    for name in ("tuned_hosted", "rag"):
        total = text.money(sum(record["breakdown"][name].values()))
        assert total == text.money(record["cost"][name]["mean"])
        assert total in section
    assert text.money(record["difference"]["mean"]) in section


def test_every_assumption_is_there_with_its_median_source_and_marks(page: Page, run: Path) -> None:
    scenario = Scenario.load(run / "scenario.toml")
    section, record = page.section("assumptions"), record_of(run)
    for key, distribution in scenario.inputs.items():
        low, middle, high = (text.number(float(value), 3) for value in distribution.ppf([0.1, 0.5, 0.9]))
        value = (
            text.number(float(distribution.value), 4)
            if distribution.certain
            else f"{middle} ({low} to {high})"
        )
        # the source of another input may name this one
        places = [found.end() for found in re.finditer(re.escape(f"{key} "), section)]
        assert any(value in section[at : at + 400] for at in places), key
    marks = [element.text for element in page.all("span") if element.attributes.get("class") == "mark"]
    assert marks.count("default") == len(record["defaulted_inputs"])
    assert marks.count("assumption") == len(record["ledger"]["assumptions"])
    assert marks.count("no source") == len(record["ledger"]["without_source"]) == 1
    assert marks.count("expired") == len(record["ledger"]["stale"]) == 1
    densities = [one for one in page.all("svg") if one.attributes.get("class") == "density"]
    assert len(densities) == sum(not distribution.certain for distribution in scenario.inputs.values())
    assert "workload.queries_per_month (on 2020-01-31, ops)" in section
    assert "workload.queries_per_month and serve.peak_to_mean" in section


def test_excluded_strategies_and_their_reasons_are_told(page: Page, run: Path) -> None:
    excluded = record_of(run)["excluded"]
    assert excluded
    for name, reasons in excluded.items():
        assert label(name) in page.section("requirements")
        assert all(" ".join(reason.split()) in page.section("requirements") for reason in reasons)
    assert "Fine-tuning (hosted) is excluded by the requirements" in page.section("answer")


def test_a_third_strategy_that_costs_less_than_the_pair_is_told(copy: Path, page: Page) -> None:
    left = set(record_of(copy)["cost"]) - set(record_of(copy)["excluded"]) - {"tuned_hosted", "rag"}
    third = min(left)

    def edit(record: dict[str, Any]) -> None:
        record["cost"][third]["mean"] = 1234.0

    change(copy, edit)
    assert f"{label(third)} costs least on average" in Page(make(copy).html.decode()).words("h1")


def test_the_command_makes_the_run_again(page: Page, run: Path) -> None:
    record = record_of(run)
    assert (
        page.words("pre")
        == f"breakeven run scenario.toml --draws 4096 --seed {record['seed']} --design sobol"
    )


# --- which sections


def test_sections_appear_with_their_analyses(page: Page, run: Path) -> None:
    alone = make(run, siblings=False)
    assert set(alone.sections) == PLAIN
    assert page.sections() == [
        name for name in SECTIONS if name in PLAIN | {"information", "tipping", "sweep"}
    ]
    assert "From drivers-20260801T000002Z-00000000" in page.section("drivers")


def test_a_tornado_of_draws_shows_errors_and_lists_what_is_within_them(study: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(study, tmp_path / "outputs"))
    (folder,) = place.glob("tornado-*")

    def varying(record: dict[str, Any]) -> None:
        record["reading"] = "varying"
        for key, row in record["inputs"].items():
            seen = key != "price.training"
            row.update(low_se=10.0, high_se=10.0, swing_se=1234.0, distinguishable=seen)

    change(folder, varying, "tornado")
    section = Page(make(place / "20260801T000000Z-00000000").html.decode()).section("tornado")
    assert "± $2.47k" in section
    _, _, listed = section.partition("Not distinguishable from nothing, within their errors: ")
    assert listed.startswith(plain_name("price.training") + ".")


def test_a_sweep_shows_each_cell_with_its_interval(page: Page, study: Path) -> None:
    shown = page.section("sweep")
    record = json.loads((study / "sweep-20260801T000005Z-00000000" / "sweep.json").read_text())
    assert len(record["cells"]) == 3
    for cell in record["cells"]:
        cheaper = (cell["probability_cheaper"]["estimate"], cell["probability_cheaper"]["ci95"])
        assert text.probability(*cheaper) in shown
        assert text.interval(*cheaper) in shown
        assert text.money_with_error(cell["difference"]["mean"], cell["difference"]["mcse"]) in shown
    chances = [cell["probability_cheaper"]["estimate"] for cell in record["cells"]]
    low, high = text.percent(min(chances), 1), text.percent(max(chances), 1)
    assert f"in {low} to {high} of futures, over 3 cells" in shown
    assert "held at each value in turn" in shown


def test_without_figures_the_report_is_whole_but_for_them(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "plain"
    assert (
        main(["run", str(run / "scenario.toml"), "--draws", "4096", "--no-figures", "-q", "--out", str(out)])
        == 0
    )
    page = Page((out / "report.html").read_text())
    assert set(page.sections()) == PLAIN
    assert not page.all("figure")


def test_an_analysis_of_another_scenario_stays_out(
    study: Path, run: Path, tmp_path: Path, invoke: Invoke
) -> None:
    place = Path(shutil.copytree(study, tmp_path / "outputs"))
    other = place / "information-20260801T000003Z-00000000"
    (other / "scenario.toml").write_bytes((run / "scenario.toml").read_bytes() + b"\n")
    seal(other)
    assert "information" not in make(place / run.name).sections
    status, _, err = invoke("report", place / run.name, other)
    assert status == 2
    assert "another scenario" in err


def test_of_analyses_that_ask_the_same_the_newest_is_shown(study: Path, run: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(study, tmp_path / "outputs"))
    later = Path(
        shutil.copytree(
            place / "information-20260801T000003Z-00000000", place / "information-20260901T000000Z-00000000"
        )
    )
    change(later, lambda record: record.update(evpi=123_456.0, evpi_se=10.0), "information")
    assert "$123,456 ± 10" in Page(make(place / run.name).html.decode()).section("information")
    shutil.move(later, place / "information-20250101T000000Z-00000000")
    assert "$123,456 ± 10" not in Page(make(place / run.name).html.decode()).section("information")


def test_a_named_analysis_is_taken_from_anywhere(study: Path, copy: Path, tmp_path: Path) -> None:
    elsewhere = Path(shutil.copytree(study / "information-20260801T000003Z-00000000", tmp_path / "far"))
    assert "information" in make(copy, [elsewhere]).sections


# --- the command, and folders that are not what they should be


def test_the_command_replaces_the_report_and_takes_the_newest_run_of_a_study(
    study: Path, tmp_path: Path, invoke: Invoke
) -> None:
    place = Path(shutil.copytree(study, tmp_path / "outputs"))
    (older := place / "20250101T000000Z-00000000").mkdir()
    (older / "run.json").write_text("{}")
    report = place / "20260801T000000Z-00000000" / "report.html"
    report.write_text("old")
    status, out, err = invoke("report", place)
    assert (status, err) == (0, "")
    assert str(report) in out
    assert "information" in Page(report.read_text()).sections()
    assert sorted(path.name for path in older.iterdir()) == ["run.json"]
    assert not list(report.parent.glob(".*"))
    status, out, _ = invoke("report", place, "--out", tmp_path / "mine.html", "--quiet")
    assert (status, out.strip()) == (0, str(tmp_path / "mine.html"))
    assert (tmp_path / "mine.html").read_bytes() == report.read_bytes()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (None, "does not exist"),
        ({}, "no folder of results"),
        ({"drivers.json": "{}"}, "'breakeven drivers'"),
        ({"run.json": "{"}, "not JSON"),
        ({"run.json": "[" * 100_000}, "not JSON"),
        ({"run.json": "[1]"}, "no table"),
        ({"run.json": '{"a": 1}'}, "none of 'breakeven run'"),
    ],
)
def test_what_is_no_run_is_refused_in_one_line(
    files: dict[str, str] | None, said: str, tmp_path: Path, invoke: Invoke
) -> None:
    folder = tmp_path / "x"
    if files is not None:
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_text(content)
    status, out, err = invoke("report", folder)
    assert status == 2
    assert out == ""
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert not (folder / "report.html").exists()


def test_a_place_that_cannot_be_written_is_refused(run: Path, tmp_path: Path, invoke: Invoke) -> None:
    status, _, err = invoke("report", run, "--out", tmp_path / "missing" / "report.html")
    assert status == 2
    assert "cannot write" in err
    (tmp_path / "folder").mkdir()
    assert invoke("report", run, "--out", tmp_path / "folder")[0] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_run_of_another_version_is_named_and_shown_as_far_as_it_goes(copy: Path, invoke: Invoke) -> None:
    def edit(record: dict[str, Any]) -> None:
        record["version"] = "9.9"
        del record["breakdown"]
        record["difference"]["mean"] = "many"
        del record["probability_cheapest"]

    (copy / "run.nc").write_bytes(b"not NetCDF")
    change(copy, edit)
    status, _, err = invoke("report", copy)
    assert status == 0
    assert "9.9" in err
    page = Page((copy / "report.html").read_text())
    assert "This report is not whole" in page.words("header")
    assert "9.9" in page.words("header")
    assert {"months", "costs", "drivers", "assumptions", "method"} <= set(page.sections())
    assert not {"items", "answer"} & set(page.sections())
    assert "could not be read" in page.words("h1")


def test_a_scenario_that_cannot_be_read_leaves_the_numbers(copy: Path) -> None:
    (copy / "scenario.toml").write_bytes(b"\xff\x00 = [")
    seal(copy)
    made = make(copy)
    assert any("scenario.toml" in warning for warning in made.warnings)
    assert set(made.sections) == PLAIN


def spoilt(value: Any, instead: Any) -> Any:
    """A record with every number and text replaced."""
    if isinstance(value, dict):
        return {key: spoilt(item, instead) for key, item in value.items()}
    if isinstance(value, list):
        return [spoilt(item, instead) for item in value]
    return instead


@pytest.mark.parametrize("instead", [None, "\ud800\u202e<i>\x00", -1, 1e308, [], {}, True])
def test_whatever_a_record_holds_there_is_a_page(copy: Path, instead: Any) -> None:
    change(copy, lambda record: record.update(spoilt(record, instead)))
    page = Page(make(copy).html.decode())
    assert "requirements" in page.sections()
    assert "This report is not whole" in page.words("header") or isinstance(instead, str)
    assert not page.all("i")
    assert not re.search(r"[\x00\u202e]", page.html)


@pytest.mark.parametrize("instead", [None, -1, "\u202e<i>", [], True])
def test_whatever_an_analysis_holds_there_is_a_page(study: Path, tmp_path: Path, instead: Any) -> None:
    place = Path(shutil.copytree(study, tmp_path / "outputs"))
    for kind in ("tornado", "drivers", "information", "solve", "sweep"):
        (folder,) = place.glob(f"{kind}-*")
        change(folder, lambda record: record.update(spoilt(record, instead)), kind)
    (again,) = place.glob("solve-*")
    shutil.copytree(again, place / "solve-20260901T000000Z-00000000")
    change(
        place / "solve-20260901T000000Z-00000000",
        lambda record: record.update({"for": 5, "axes": 5}),
        "solve",
    )
    page = Page(make(place / "20260801T000000Z-00000000").html.decode())
    assert set(page.sections()) >= PLAIN - {"tornado", "drivers"}
    assert "This report is not whole" in page.words("header")
    assert not page.all("i")


def test_a_second_run_is_no_analysis(run: Path, copy: Path) -> None:
    with pytest.raises(UserError, match="is a run too"):
        make(run, [copy])


# --- what lies in a folder is what was written there


def cut(path: Path, share: float = 0.0) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])


def alter(path: Path) -> None:
    """As somebody does who would rather read another probability."""
    record = json.loads(path.read_text())
    record["probability_cheaper"]["estimate"] = 0.1
    path.write_text(json.dumps(record))


SPOILT: dict[str, tuple[str, Callable[[Path], object]]] = {
    "an altered record": ("run.json", alter),
    "a record cut short": ("run.json", lambda path: cut(path, 0.5)),
    "empty data": ("run.nc", cut),
    "data cut short": ("run.nc", lambda path: cut(path, 0.9)),
    "an empty scenario": ("scenario.toml", cut),
    "a scenario with a comment": ("scenario.toml", lambda path: path.write_text(path.read_text() + "# x\n")),
    "no scenario": ("scenario.toml", lambda path: path.unlink()),
    "an empty picture": ("figures/tornado.svg", cut),
    "no log": ("run.log", lambda path: path.unlink()),
    "an empty log": ("run.log", cut),
}


@pytest.mark.parametrize("case", SPOILT)
def test_a_damaged_run_is_refused_by_the_report_and_by_diff_and_nothing_is_written(
    case: str, run: Path, copy: Path, tmp_path: Path, invoke: Invoke
) -> None:
    name, spoil = SPOILT[case]
    spoil(copy / name)
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    for arguments in (("report", copy), ("diff", run, copy, "--draws", "64"), ("diff", copy, run)):
        status, out, err = invoke(*arguments, "--out", tmp_path / "out")
        assert (status, out, err.count("\n")) == (2, "", 1), err
        assert name in err
        assert not (tmp_path / "out").exists()
    assert invoke("report", copy)[0] == 2
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("named", [True, False], ids=["named", "beside the run"])
@pytest.mark.parametrize(
    "name", ["information.json", "information.nc", "figures/information.svg", "scenario.toml", "run.log"]
)
def test_a_damaged_analysis_is_refused(
    name: str, named: bool, study: Path, run: Path, tmp_path: Path, invoke: Invoke
) -> None:
    place = Path(shutil.copytree(study, tmp_path / "outputs"))
    analysis = place / "information-20260801T000003Z-00000000"
    cut(analysis / name, 0.5)
    status, out, err = invoke("report", place / run.name, *([analysis] if named else []))
    assert (status, out, err.count("\n")) == (2, "", 1), err
    assert name in err
    assert "ANALYSIS_FOLDER" in err


CLAIM = """
[[claim]]
id = "mine"
document = "me"
kind = "result"
says = "x"
quantities = { a = 2 }
[[claim.figure]]
published = 6
unit = "USD"
derive = "3 * a"
"""


def test_an_audit_has_checksums_too(copy: Path, tmp_path: Path, invoke: Invoke) -> None:
    claims = tmp_path / "claims.toml"
    claims.write_text(CLAIM)
    assert invoke("audit", "--claims", claims, "--out", tmp_path / "audit", "--quiet")[0] == 0
    assert invoke("report", copy, tmp_path / "audit")[0] == 0
    cut(tmp_path / "audit" / "audit.json", 0.5)
    status, _, err = invoke("report", copy, tmp_path / "audit")
    assert status == 2
    assert "audit.json" in err


def test_a_damaged_run_is_not_passed_over_for_an_older_one(
    study: Path, tmp_path: Path, invoke: Invoke
) -> None:
    place = Path(shutil.copytree(study, tmp_path / "outputs"))
    (run,) = place.glob("2026*")
    later = Path(shutil.copytree(run, place / "20260802T000000Z-00000000"))
    (later / "run.json").unlink()
    status, _, err = invoke("report", place)
    assert status == 2
    assert later.name in err
    assert "run.json" in err


def test_a_log_that_names_files_elsewhere_is_refused(copy: Path, invoke: Invoke) -> None:
    with (copy / "run.log").open("a") as log:
        log.write(f"sha256 {'0' * 64} ../../secret\n")
    status, _, err = invoke("report", copy)
    assert status == 2
    assert "elsewhere" in err


# --- every analysis that was asked for


@pytest.fixture(scope="module")
def tornados(study: Path) -> tuple[Path, Path, Path]:
    """Tornados of the difference, of the probability and of a cost, elsewhere than the run."""
    bot, place = study.parent / "bot.toml", study.parent / "elsewhere"
    place.mkdir()
    made = []
    for name, output in (("a", "difference"), ("b", "probability"), ("c", "cost:rag")):
        made.append(place / name)
        assert main(["tornado", str(bot), "--of", output, "--quiet", "--out", str(made[-1])]) == 0
    return made[0], made[1], made[2]


def captions(page: Page, id: str) -> list[str]:
    return [one.text for one in page.all("caption") if one.text in page.section(id)]


def test_every_analysis_that_is_named_is_shown_and_the_runs_own_unless_one_asks_the_same(
    copy: Path, tornados: tuple[Path, Path, Path], invoke: Invoke
) -> None:
    difference, probability, cost = tornados
    own = "Cost difference in USD with each input"

    def shown(*analyses: Path) -> list[str]:
        assert invoke("report", copy, *analyses)[0] == 0
        page = Page((copy / "report.html").read_text())
        ids = [one.attributes["id"] for one in page.elements if "id" in one.attributes]
        assert len(ids) == len(set(ids))
        return [one.split(" at its")[0] for one in captions(page, "tornado")]

    assert shown() == [own]
    assert shown(difference) == [own]
    chance, one_cost = "Chance of being cheaper with each input", "Cost of RAG in USD with each input"
    assert shown(difference, probability) == [own, chance]
    assert shown(probability, cost) == [own, chance, one_cost]
    assert shown(difference, difference) == [own]


def test_of_those_beside_the_run_the_newest_of_each_output_is_shown(
    copy: Path, tornados: tuple[Path, Path, Path]
) -> None:
    beside = [
        Path(shutil.copytree(one, copy.parent / f"tornado-2026080{k}T000000Z-00000000"))
        for k, one in enumerate((*tornados, tornados[1]), 1)
    ]
    origin = Page(make(copy).html.decode()).section("tornado")
    assert [one.name in origin for one in beside] == [True, False, True, True]


def test_the_runs_drivers_stay_beside_an_analysis_that_asks_something_else(
    study: Path, copy: Path, invoke: Invoke
) -> None:
    bot, out = study.parent / "bot.toml", study.parent / "of a cost"
    arguments = ["drivers", bot, "--of", "cost:rag", "--base-samples", "64", "--out", out, "--quiet"]
    assert invoke(*arguments)[0] == 0
    of_difference = study / "drivers-20260801T000002Z-00000000"
    short = "An estimate in short"
    assert short in Page(make(copy, [out]).html.decode()).section("drivers")
    both = Page(make(copy, [out, of_difference]).html.decode()).section("drivers")
    assert short not in both
    assert "cost of RAG" in both
    assert "cost difference" in both


def test_analyses_that_ask_something_else_of_the_same_inputs_are_both_shown(study: Path, copy: Path) -> None:
    """The target that is solved for, and the range swept over; another seed asks the same again."""
    solve = study / "solve-20260801T000004Z-00000000"
    sweep = study / "sweep-20260801T000005Z-00000000"
    for folder in (solve, sweep):
        shutil.copytree(folder, copy.parent / folder.name)
        later = Path(shutil.copytree(folder, copy.parent / folder.name.replace("202608", "202609")))
        again = Path(shutil.copytree(folder, copy.parent / folder.name.replace("202608", "202610")))
        kind = folder.name.partition("-")[0]
        change(later, lambda record: record.update(target=0.9) if "target" in record else wider(record), kind)
        change(again, lambda record: record.update(seed=7), kind)
    page = Page(make(copy).html.decode())
    for name, folder in (("tipping", solve), ("sweep", sweep)):
        shown = [f"{month}01T" in page.section(name) for month in ("202608", "202609", "202610")]
        assert shown == [False, True, True], folder.name


def wider(record: dict[str, Any]) -> None:
    record["axes"][0]["values"] = [0.0, 5.0, 10.0]
