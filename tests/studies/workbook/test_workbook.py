"""The workbook's formulas, calculated by an independent engine, are `breakeven evaluate`; its texts are only texts."""

from __future__ import annotations

import json
import math
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
import xarray as xr

from distributions.inputs import registry
from sim import Scenario, evaluate
from sim.model.strategies import STRATEGIES
from studies import workbook
from studies.probability_of_cheaper.analysis import Answer, analyse
from studies.shared import looks
from studies.shared.folder import contents
from studies.shared.folder.run_folder import RunFolder
from studies.shared.names import label
from studies.workbook import charts, live
from studies.workbook.book import Book
from studies.workbook.columns import FIRST
from studies.workbook.layout import cell_name
from studies.workbook.live import ROOM

pytestmark = pytest.mark.slow

ROWS = 13
"""Months with a row in the file that is calculated again: fewer than users get, for time."""

CENT = 0.005
"""USD: less than this and a total is the same to the cent."""

INJECTED = "=cmd|' /C calc'!A0"


def answered(study: Mapping[str, Any], inputs: Mapping[str, Any] = {}, draws: int = 512) -> Answer:
    return analyse(Scenario.from_dict({"study": study, "inputs": inputs}), draws=draws, seed=5, threads=1)


def written(answer: Answer, path: Path, **more: Any) -> Path:
    record = {**answer.summary, **more}
    path.write_bytes(workbook.make(record=record, data=answer.run.dataset, scenario=answer.scenario))
    return path


@pytest.fixture(scope="module")
def answer() -> Answer:
    """All shipped strategies, with errors, drift and GPUs that matter."""
    inputs = {
        "workload": {"queries_per_month": {"lognormal": {"p10": 2e6, "p90": 8e6}}},
        "quality": {"cost_per_error": {"uniform": {"min": 0.001, "max": 0.003}}},
        "serve": {"tokens_per_second": {"uniform": {"min": 200, "max": 400}}},
        "drift": {"retrain_interval_months": {"uniform": {"min": 1.5, "max": 4.0}}},
    }
    study = {"title": "Support", "horizon_months": 9, "discount_rate": 0.1, "strategies": list(STRATEGIES)}
    return answered(study, inputs)


@pytest.fixture(scope="module")
def path(answer: Answer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    drivers = {
        "output": "difference",
        "base_samples": 512,
        "largest": {"price.input": {"first": 0.4, "total": 0.6}},
    }
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(live, "ROOM", ROWS)
        return written(answer, tmp_path_factory.mktemp("book") / "book.xlsx", drivers=drivers)


@pytest.fixture(scope="module")
def shown(path: Path) -> openpyxl.Workbook:
    """What a viewer that does not calculate shows."""
    return openpyxl.load_workbook(path, data_only=True)


class Recalculated:
    """The file in the `formulas` package, which parses and computes it by itself."""

    def __init__(self, path: Path) -> None:
        with warnings.catch_warnings():
            # the package's own: literals compared by identity
            warnings.simplefilter("ignore")
            import formulas

            self._file = path.name
            self._model = formulas.ExcelModel().loads(str(path)).finish()
        self._names = openpyxl.load_workbook(path).defined_names
        self._cells: Mapping[str, Any] = {}

    def with_values(self, values: Mapping[str, float]) -> Recalculated:
        """After putting values into named cells."""
        given = {}
        for name, value in values.items():
            sheet, cell = self._names[name].attr_text.split("!")
            given[self._key(sheet, cell.replace("$", ""))] = value
        self._cells = self._model.calculate(inputs=given)
        return self

    def _key(self, sheet: str, cell: str) -> str:
        return f"'[{self._file}]{sheet.upper()}'!{cell}"

    def value(self, sheet: str, cell: str) -> Any:
        found = self._cells[self._key(sheet, cell)].value[0, 0]
        return found.item() if hasattr(found, "item") else found


@pytest.fixture(scope="module")
def engine(path: Path) -> Recalculated:
    return Recalculated(path)


def headed(sheet: Any, row: int, heading: str, after: str = "") -> str:
    """The letter of the column with a heading in a row; `after` is the band above it."""
    band = ""
    for column in range(1, sheet.max_column + 1):
        band = sheet.cell(row - 1, column).value or band
        if sheet.cell(row, column).value == heading and after in band:
            return str(openpyxl.utils.get_column_letter(column))
    raise AssertionError(f"no {heading} in {sheet.title}")


CHANGES: dict[str, dict[str, float]] = {
    "base": {},
    "prices, hit rates": {
        "price.input": 9.0, "price.output": 0.5, "price.annual_decline": 0.6, "price.tuned_premium": 2.0,
        "cache.prompt_hit_rate": 0.0, "cache.answer_hit_rate": 0.9, "cache.retrieved_hit_rate": 1.0,
    },
    "growth, many GPUs": {
        "workload.annual_growth": 3.0, "workload.queries_per_month": 1e6,
        "serve.tokens_per_second": 3.0, "serve.peak_to_mean": 7.0, "serve.target_utilisation": 0.31,
    },
    "shrinking, never retrained, few GPUs": {
        "workload.annual_growth": -0.9, "drift.retrain_interval_months": 500.0,
        "serve.min_replicas": 40.0, "serve.tokens_per_second": 5e4,
    },
    "horizon 1": {"horizon_months": 1},
    "horizon 4": {"horizon_months": 4, "discount_rate": 0.25},
    "longest, accuracy spent": {
        "horizon_months": ROWS, "discount_rate": 0.0,
        "quality.loss_per_quarter": 0.9, "drift.retrain_interval_months": 7.0,
    },
    "several retrains a month, dearer tokens": {
        "price.annual_decline": -0.4, "gpu.annual_decline": -0.2,
        "drift.retrain_interval_months": 0.3, "drift.retrain_interval_retrieval_months": 0.7,
    },
    "a retrain each month": {"drift.retrain_interval_months": 1.0, "drift.retrain_interval_retrieval_months": 9.0},
    "retrain in the last month": {"drift.retrain_interval_months": 4.5, "drift.retrain_interval_retrieval_months": 3.0},
    # 3 GPUs exactly: 7,884,000 tokens a month in the peak, of which each serves 2,628,000
    "GPUs on the edge": {
        "workload.queries_per_month": 7_884_000.0, "workload.annual_growth": 0.0, "cache.answer_hit_rate": 0.0,
        "tokens.tuned_system": 0.0, "tokens.question": 1.0, "tokens.output": 0.0, "serve.peak_to_mean": 1.0,
        "serve.tokens_per_second": 1.0, "serve.target_utilisation": 1.0,
    },
}  # fmt: skip


def drawn(answer: Answer, draw: int) -> dict[str, float]:
    """Every input at its value in one of the simulated futures."""
    values = answer.run.dataset["sample_input"].isel(draw=draw)
    return {str(key): float(values.sel(input=key)) for key in values["input"].values}


def compare_with_evaluate(
    engine: Recalculated, shown: openpyxl.Workbook, answer: Answer, changes: dict[str, float]
) -> None:
    scenario = replace(
        answer.scenario,
        horizon=int(changes.get("horizon_months", answer.scenario.horizon)),
        discount_rate=changes.get("discount_rate", answer.scenario.discount_rate),
    )
    expected = evaluate(scenario, {key: value for key, value in changes.items() if key in registry()})
    now = engine.with_values({cell_name(key): value for key, value in changes.items()})
    for name, cost in expected.cost.items():
        column = headed(shown["Assumptions"], 4, label(name))
        assert now.value("Assumptions", f"{column}5") == pytest.approx(cost, abs=CENT)
        band = "Cost of the month"
        column = headed(shown["Model"], 4, label(name), band)
        for month in range(ROWS + 1):
            paid = expected.months[name][month] if month <= scenario.horizon else 0.0
            assert now.value("Model", f"{column}{FIRST + month + 1}") == pytest.approx(paid, abs=CENT)
        for item, total in expected.breakdown[name].items():
            column = headed(shown["Model lines"], 4, item, label(name))
            assert now.value("Model lines", f"{column}6") == pytest.approx(total, abs=CENT)
    caught_up = headed(shown["Model"], 4, "Fine-tuning (hosted) has cost no more than RAG")
    assert now.value("Model", f"{caught_up}6") == (expected.breakeven_month or "never")
    to_the_end = headed(shown["Model"], 4, "and so to the end")
    assert now.value("Model", f"{to_the_end}6") == (expected.breakeven_lasting or "never")


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_a_changed_cell_gives_what_evaluate_gives(
    engine: Recalculated, shown: openpyxl.Workbook, answer: Answer, changes: dict[str, float]
) -> None:
    compare_with_evaluate(engine, shown, answer, changes)


@pytest.mark.parametrize("draw", range(2))
def test_any_simulated_future_typed_in_gives_what_evaluate_gives(
    engine: Recalculated, shown: openpyxl.Workbook, answer: Answer, draw: int
) -> None:
    compare_with_evaluate(engine, shown, answer, drawn(answer, draw))


def test_prices_that_change_are_those_of_their_months(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = [
        {"month": 2, "input": "price.input", "times": 2.0},
        {"month": 5, "input": "cache.read_multiplier", "times": 0.5},
        {"month": 5, "input": "price.embedding", "to": 30.0},
        {"month": 12, "input": "price.small_output", "times": 4.0},
    ]
    subject = Scenario.from_dict(
        {"study": {"horizon_months": 9, "discount_rate": 0.1}, "market": {"change": changes}}
    )
    monkeypatch.setattr(live, "ROOM", ROWS)
    answer = analyse(subject, draws=512, seed=5, threads=1)
    path = written(answer, tmp_path / "book.xlsx")
    shown, engine = openpyxl.load_workbook(path, data_only=True), Recalculated(path)
    # at a longer horizon the change of month 12 is in the sheets too
    for moved in ({}, {"price.input": 9.0, "price.embedding": 2.0, "horizon_months": ROWS}):
        compare_with_evaluate(engine, shown, answer, moved)


def test_every_stored_value_is_what_its_formula_gives(
    engine: Recalculated, path: Path, shown: openpyxl.Workbook
) -> None:
    now = engine.with_values({})
    checked = 0
    for sheet in openpyxl.load_workbook(path):
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type != "f":
                    continue
                stored, found = (
                    shown[sheet.title][cell.coordinate].value,
                    now.value(sheet.title, cell.coordinate),
                )
                if isinstance(found, str):
                    assert found == (stored or "")
                else:
                    # sums of some hundred terms in another order, and powers by another library
                    assert found == pytest.approx(stored, rel=1e-9, abs=1e-9), (
                        f"{sheet.title} {cell.coordinate}"
                    )
                checked += 1
    assert checked > 1000


def test_the_stored_totals_are_those_of_evaluate(shown: openpyxl.Workbook, answer: Answer) -> None:
    expected = evaluate(answer.scenario)
    assumptions, summary = shown["Assumptions"], shown["Summary"]
    at = headed(summary, 6, "All at their medians")
    rows = {summary.cell(row, 1).value: row for row in range(8, 8 + len(STRATEGIES))}
    for name, cost in expected.cost.items():
        column = headed(assumptions, 4, label(name))
        # 16 digits are stored
        for cell in (assumptions[f"{column}5"], assumptions[f"{column}6"]):
            assert cell.value == pytest.approx(cost, rel=1e-15)
        assert summary[f"{at}{rows[label(name)]}"].value == pytest.approx(cost, rel=1e-12)


def test_the_sheets_hold_the_numbers_of_the_run(shown: openpyxl.Workbook, answer: Answer) -> None:
    record, data = answer.summary, answer.run.dataset
    summary, months = shown["Summary"], shown["By month"]
    items, quantiles = shown["Line items"], shown["Quantiles"]
    assert record["probability_cheaper"]["a"] == "tuned_hosted"
    assert months[f"B{FIRST + 9}"].value == pytest.approx(
        record["probability_cheaper"]["estimate"], rel=1e-12
    )
    for row in range(8, 8 + len(STRATEGIES)):
        name = next(key for key in STRATEGIES if label(key) == summary.cell(row, 1).value)
        cost = record["cost"][name]
        shown_row = [summary.cell(row, column).value for column in (2, 5, 6, 7, 8, 9, 10)]
        wanted = [record["probability_cheapest"][name]["estimate"], cost["mean"], cost["mcse"]]
        wanted += [cost["quantiles"][level] for level in ("0.05", "0.5", "0.95")] + [cost["cvar95"]]
        assert shown_row == pytest.approx(wanted, rel=1e-12)
        spent = headed(months, 4, label(name), "Mean present value spent so far")
        assert months[f"{spent}{FIRST + 9}"].value == pytest.approx(cost["mean"], rel=1e-9)
        paid = headed(months, 4, label(name), "Mean cost of the month")
        discounted = [months[f"{paid}{FIRST + m}"].value * 1.1 ** (-m / 12) for m in range(10)]
        assert sum(discounted) == pytest.approx(cost["mean"], rel=1e-9)
        column = headed(items, 4, label(name), "USD")
        total = next(row for row in range(5, 40) if items.cell(row, 1).value == "Total")
        assert items[f"{column}{total}"].value == pytest.approx(cost["mean"], rel=1e-9)
        listed = {items.cell(row, 1).value: items[f"{column}{row}"].value for row in range(5, total)}
        assert listed["observability"] == pytest.approx(
            float(data["item_mean"].sel(strategy=name, item="observability")), rel=1e-12
        )
        row = next(row for row in range(5, 25) if quantiles.cell(row, 1).value == label(name))
        assert [quantiles.cell(row, column).value for column in range(5, 14)] == pytest.approx(
            list(cost["quantiles"].values()), rel=1e-12
        )
        assert quantiles.cell(row + 1, 9).value == pytest.approx(cost["quantiles_ci95"]["0.5"][0], rel=1e-12)
    assert shown["Drivers"]["B5"].value == 0.6


def test_numbers_have_formats_and_headers_stay(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == [
        "Summary", "Pairs", "By month", "Line items", "Quantiles", "Drivers", "Assumptions", "Unit costs", "Model",
        "Model lines",
    ]  # fmt: skip
    assert "$#,##0" in book["Summary"]["E8"].number_format
    assert book["Summary"]["B8"].number_format == "0.00%"
    assert "$#,##0" in book["By month"]["E6"].number_format
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.title == "Summary" or (sheet.freeze_panes and sheet.print_title_rows)
    charts_of = {sheet.title: len(sheet._charts) for sheet in book if sheet._charts}
    assert charts_of == {"Summary": 2, "Line items": 1, "Drivers": 1}


def test_cells_to_change_are_named_and_refuse_what_the_input_refuses(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    for key in registry():
        sheet, cell = book.defined_names[cell_name(key)].attr_text.split("!")
        assert book[sheet][f"A{cell.rpartition('$')[2]}"].value == key
    rules = {str(rule.sqref): rule for rule in book["Assumptions"].data_validations.dataValidation}
    cell = book.defined_names["drift_retrain_interval_months"].attr_text.rpartition("!")[2].replace("$", "")
    assert (rules[cell].operator, float(rules[cell].formula1)) == ("greaterThan", 0.0)
    cell = book.defined_names["cache_answer_hit_rate"].attr_text.rpartition("!")[2].replace("$", "")
    assert (float(rules[cell].formula1), float(rules[cell].formula2)) == (0.0, 1.0)


def test_the_ledger_says_what_lacks_a_source_or_has_expired(tmp_path: Path) -> None:
    inputs = {
        "price": {
            "input": {"value": 3.0, "source": "offer", "owner": "Ann", "expires": "2020-01-31"},
            "output": 9.0,
        },
        "labor": {"weekly_rate": {"uniform": {"min": 1000, "max": 2000}, "source": "assumption: ours"}},
    }
    book = openpyxl.load_workbook(written(answered({"horizon_months": 2}, inputs), tmp_path / "a.xlsx"))
    rows = {row[0].value: [cell.value for cell in row] for row in book["Assumptions"].iter_rows(min_row=13)}
    assert rows["price.input"][6:8] == ["given", "source, EXPIRED"]
    assert rows["price.input"][9:11] == ["offer", "Ann"]
    assert rows["price.input"][12].isoformat()[:10] == "2020-01-31"
    assert rows["price.output"][6:8] == ["given", "no source"]
    assert rows["labor.weekly_rate"][3:8] == [1100.0, 1500.0, 1900.0, "given", "assumption"]
    assert rows["tokens.question"][6] == "default"


def parts(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield name, archive.read(name)


def test_no_text_of_a_scenario_becomes_a_formula_or_a_link(tmp_path: Path) -> None:
    given = {"value": 1e5, "source": '=HYPERLINK("http://example.org")\x07\u202e', "owner": "@SUM(A1)"}
    answer = answered({"title": INJECTED, "horizon_months": 2}, {"workload": {"queries_per_month": given}})
    path = written(answer, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(path)
    assert (book["Summary"]["A1"].value, book["Summary"]["A1"].data_type) == (INJECTED, "s")
    texts = {cell.value for row in book["Assumptions"].iter_rows() for cell in row if cell.data_type == "s"}
    assert {'=HYPERLINK("http://example.org")\\x07\\u202e', "@SUM(A1)"} <= texts
    for name, content in parts(path):
        ElementTree.fromstring(content)  # well-formed, so without control characters
        for forbidden in (b"C calc", b"HYPERLINK", b"@SUM"):
            assert forbidden not in content or name in ("xl/sharedStrings.xml", "docProps/core.xml")
        assert b"http://example.org" not in content or name == "xl/sharedStrings.xml"


@pytest.mark.parametrize(
    "title", ["_x0041_", "a\ufffeb\uffff", "\ud800", "x" * 5000, "  ", "=1+1", "é 日本 🙂 & <b>"]
)
def test_any_title_is_shown_and_leaves_a_file_that_opens(tmp_path: Path, title: str, answer: Answer) -> None:
    study = {**answer.summary["study"], "title": title}
    cell = openpyxl.load_workbook(written(answer, tmp_path / "a.xlsx", study=study))["Summary"]["A1"]
    assert cell.data_type != "f"
    if title in ("=1+1", "é 日本 🙂 & <b>"):
        assert cell.value == title


def test_a_finished_folder_gives_the_same_bytes(tmp_path: Path, answer: Answer) -> None:
    first = written(answer, tmp_path / "first.xlsx")
    with RunFolder(tmp_path / "run") as folder:
        contents.write(
            folder,
            name="run",
            record=answer.summary,
            data=answer.run.dataset,
            tables=answer.scenario.tables(),
        )
        folder.publish()
    again = tmp_path / "again.xlsx"
    with xr.open_dataset(tmp_path / "run" / "run.nc", engine="h5netcdf") as data:
        record = json.loads((tmp_path / "run" / "run.json").read_text())
        scenario = Scenario.load(tmp_path / "run" / "scenario.toml")
        again.write_bytes(workbook.make(record=record, data=data, scenario=scenario))
    assert again.read_bytes() == first.read_bytes()
    assert b"2000-01-01T00:00:00Z" in dict(parts(first))["docProps/core.xml"]


@pytest.mark.parametrize(
    ("study", "sheets"),
    [
        ({"horizon_months": 1, "strategies": ["rag", "prompt"], "compare": ["rag", "prompt"]}, 8),
        ({"horizon_months": 120, "discount_rate": 0.0}, 9),
    ],
)
def test_one_month_two_strategies_and_ten_years(tmp_path: Path, study: dict[str, Any], sheets: int) -> None:
    answer = answered(study)
    book = openpyxl.load_workbook(written(answer, tmp_path / "a.xlsx"), data_only=True)
    assert len(book.sheetnames) == sheets
    expected = evaluate(answer.scenario)
    for name, cost in expected.cost.items():
        column = headed(book["Model"], 4, label(name), "Present value spent so far")
        assert book["Model"][f"{column}6"].value == pytest.approx(cost, rel=1e-12)
        assert book["Model"][f"{column}{FIRST + 1 + study['horizon_months']}"].value == pytest.approx(
            cost, rel=1e-9
        )
    assert book["Model"].max_row == FIRST + 1 + max(ROOM, study["horizon_months"])


def test_without_any_uncertainty_and_with_one_draw(tmp_path: Path, answer: Answer) -> None:
    groups: dict[str, dict[str, float]] = {}
    for key, distribution in answer.scenario.inputs.items():
        groups.setdefault(registry()[key].group, {})[registry()[key].name] = distribution.median()
    certain = answered({"horizon_months": 3}, groups, draws=1)
    book = openpyxl.load_workbook(written(certain, tmp_path / "a.xlsx", drivers=None), data_only=True)
    assert "Drivers" not in book.sheetnames
    summary = book["Summary"]
    for row in range(8, 8 + len(STRATEGIES)):
        # the run's only future is the one at the medians
        assert summary.cell(row, 13).value == pytest.approx(summary.cell(row, 5).value, rel=1e-12)
        assert summary.cell(row, 6).value == 0


def test_a_result_beyond_all_numbers_is_an_error_value_and_not_a_broken_file(tmp_path: Path) -> None:
    with (tmp_path / "a.xlsx").open("wb") as file:
        book = Book(file, title="huge", version="1")
        book.sheet("Sheet", [12]).formula(0, 0, "=1E300*1E300", math.inf, "cents")
        book.close()
    assert openpyxl.load_workbook(tmp_path / "a.xlsx", data_only=True)["Sheet"]["A1"].value == "#NUM!"


def test_charts_have_the_figures_colours() -> None:
    for name in STRATEGIES:
        assert charts.line_of(name, STRATEGIES)["color"] == looks.look(name).colour
    many = [*STRATEGIES, *(f"own_{k}" for k in range(19))]
    seen = {
        str((charts.line_of(name, many)["dash_type"], charts.marker_of(name, many)["type"])) for name in many
    }
    assert len(seen) == 24
    assert [bool(look.pattern) for look in looks.ITEMS] == [bool(look.hatch) for look in looks.ITEMS]
