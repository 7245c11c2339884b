"""A run as a workbook for people who review budgets: the answer, the costs, and a model that recalculates.

One file a sheet, each with its `NAME`, what it is `ABOUT`, `wanted(content)` and `write(book, content)`, and one line
in `SHEETS`. The sheets `Assumptions`, `Unit costs`, `Model` and `Model lines` hold formulas, made from the equations of
the cost model, with every input at its median, as `breakeven evaluate` computes it. The others hold the numbers that
the run found.

Made from the record of `run.json`, the dataset of `run.nc` and the scenario alone, so a finished folder gives the same
bytes again: no clock, no draws, no names of files.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim import Scenario
    from sim.results.labelled import Labelled

SHEETS = (
    "studies.workbook.summary",
    "studies.workbook.pairs",
    "studies.workbook.by_month",
    "studies.workbook.line_items",
    "studies.workbook.quantiles",
    "studies.workbook.drivers",
    "studies.workbook.quotes",
    "studies.workbook.assumptions",
    "studies.workbook.unit_costs",
    "studies.workbook.model",
    "studies.workbook.model_lines",
)
"""The sheets in reading order; one that is not wanted for a run (no drivers, say) is left out."""


def make(
    *,
    record: Mapping[str, Any],
    data: Labelled,
    scenario: Scenario,
    quotes: Mapping[str, Any] | None = None,
) -> bytes:
    """The workbook of a run; the same run gives the same bytes.

    Args:
        record: the content of `run.json`.
        data: the run's dataset, with or without its draws.
        scenario: as it was run, or read again from the folder's `scenario.toml`.
        quotes: the content of `quotes.json` of the same scenario.
    """
    import numpy as np

    from studies.workbook.book import Book
    from studies.workbook.content import Content

    content = Content(record, data, scenario, quotes)
    sheets = [sheet for sheet in map(import_module, SHEETS) if sheet.wanted(content)]
    file = io.BytesIO()
    book = Book(file, title=content.title, version=str(record["version"]))
    content.sheets = tuple((sheet.NAME, sheet.ABOUT) for sheet in sheets)
    with np.errstate(all="ignore"):  # a value that does not exist is written as an error value
        for sheet in sheets:
            sheet.write(book, content)
    book.close()
    return file.getvalue()
