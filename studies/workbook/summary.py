"""The first sheet: the answer in a sentence, the strategies in a table, and how to go on from there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distributions import text
from studies.probability_of_cheaper import breakeven_text
from studies.probability_of_cheaper.finding import finding
from studies.shared.names import few_draws, labeller
from studies.workbook import assumptions, by_month, model
from studies.workbook.book import Book, Sheet
from studies.workbook.content import Content, ends, exists

NAME = "Summary"
ABOUT = "the answer, and what else is in this workbook"

_HEADS = (
    ("Strategy", ""), ("P(cheapest)", ""), ("95 % from", ""), ("95 % to", ""), ("Mean cost", "USD"),
    ("Standard error", "USD"), ("P05", "USD"), ("P50", "USD"), ("P95", "USD"), ("Dearest 5 %, mean", "USD"),
    ("Mean per query", "USD"), ("Expected regret", "USD"), ("All at their medians", "USD, live"),
)  # fmt: skip
_LAST = len(_HEADS) - 1

_WIDTH = 185
"""Characters of a note across the columns beside its name."""


def wanted(content: Content) -> bool:
    """Every run has an answer."""
    return True


def write(book: Book, content: Content) -> None:
    """Sentence, table, notes, charts, use, origin, contents."""
    sheet = book.sheet(NAME, [27.0] + [12.5] * _LAST, tall=1)
    sheet.merged(0, 0, _LAST, content.title, "title")
    sheet.height(0, 24)
    row = 0
    for row, sentence in enumerate(finding(content.record).sentences, start=1):
        sheet.merged(row, 0, _LAST, sentence, "sentence" if row == 1 else "wrap")
        sheet.lines(row, (sentence, 0.75 * _WIDTH if row == 1 else _WIDTH))
    study = content.record["study"]
    sheet.merged(
        row + 1, 0, _LAST,
        f"Costs are present values over {text.count(content.horizon, 'month')} and the set-up before them, at "
        f"{text.number(100 * study['discount_rate'])} % a year, in US dollars.",
        "line",
    )  # fmt: skip
    row = _table(sheet, content, row + 3) + 1
    for words, note in _notes(content):
        sheet.text(row, 0, words, "bold")
        sheet.merged(row, 1, _LAST, note, "wrap")
        sheet.lines(row, (note, _WIDTH))
        row += 1
    row += 1
    for column, made in (
        (0, by_month.probability_chart(book, content)),
        (6, by_month.cost_chart(book, content)),
    ):
        made.set_size({"width": 600 if column == 0 else 640, "height": 340})
        words = (
            "by month: probability of being cheaper"
            if column == 0
            else "by month: mean cost of each strategy"
        )
        sheet.raw.insert_chart(row, column, made, {"description": words, "x_offset": 4})
    row = _pairs(sheet, "How to try another assumption", _use(content), row + 19)
    row = _pairs(sheet, "Where the numbers come from", _origin(content.record), row + 1)
    sheet.text(row + 1, 0, "In this workbook", "section")
    for at, (name, about) in enumerate(content.sheets[1:], start=row + 2):
        sheet.raw.write_url(at, 0, f"internal:'{name}'!A1", book.format("link"), name)
        sheet.text(at, 1, about)


def _table(sheet: Sheet, content: Content, row: int) -> int:
    label = labeller(content.labels)
    record = content.record
    for column, (head, unit) in enumerate(_HEADS):
        sheet.text(row, column, head, "head" if column else "head_left")
        sheet.text(row + 1, column, unit, "unit" if column else "unit_left")
    sheet.height(row, 30)
    row += 2
    for name in content.strategies:
        cost, regret = record["cost"][name], record["regret"].get(name)
        out = name in record["excluded"]
        best = record["probability_cheapest"].get(name)
        quantiles = {float(level): value for level, value in cost["quantiles"].items()}
        sheet.text(row, 0, label(name), "bold")
        if out or not best:
            sheet.text(row, 1, "excluded" if out else "", "right")
        else:
            sheet.number(row, 1, best["estimate"], "percent2")
            for column, end in enumerate(ends(best["ci95"]), start=2):
                sheet.number(row, column, end, "percent2")
        money = (
            cost["mean"],
            cost["mcse"],
            *(quantiles[level] for level in (0.05, 0.5, 0.95)),
            cost["cvar95"],
        )
        for column, value in enumerate(money, start=4):
            sheet.number(row, column, value, "usd")
        sheet.number(row, 10, record["cost_per_query"][name]["mean"], "per_query")
        if regret and not out:
            sheet.number(row, 11, regret["mean"], "usd")
        cell = model.present_value(content.live, name)
        sheet.formula(row, 12, f"={cell}", content.evaluation.cost[name], "usd")
        row += 1
    return row


def _notes(content: Content) -> list[tuple[str, str]]:
    labels = content.labels
    label = labeller(labels)
    record, (a, b) = content.record, (label(name) for name in content.pair)
    notes = (
        [("Break-even", ". ".join(breakeven_text.sentences(record, a, b, "futures")))]
        if record.get("breakeven_month")
        else []
    )
    if exists(record.get("evpi")):
        evpi = f"{text.money(record['evpi'])} (EVPI): what knowing every input beforehand would be worth"
        notes.append(("Value of information", evpi))
    largest = (record.get("drivers") or {}).get("largest") or {}
    shares = [
        f"{key} {text.percent(indices['total'])}"
        for key, indices in list(largest.items())[:3]
        if exists(indices["total"])
    ]
    if shares:
        notes.append(
            ("Spread", f"{text.join(shares)} of the difference's variance, each with its interactions")
        )
    ties = record["probability_cheaper"].get("ties") or 0.0
    if ties > 0:
        notes.append(("Ties", f"{text.percent(ties, 1)} of futures cost the same; each counts half"))
    if rests := few_draws(record.get("tail_warnings") or (), labels):
        notes.append(("Warning", rests))
    if all(name in record["excluded"] for name in record["cost"]):
        notes.append(("Excluded", "No strategy meets the requirements: none is the cheapest"))
    for words, side in (("Excluded", record["excluded"]), ("Warning", record.get("warnings", {}))):
        notes += [
            (words, f"{label(name)}: {text.clean(reason)}")
            for name, reasons in side.items()
            for reason in reasons
        ]
    if record["defaulted_inputs"]:
        notes.append(("Defaults", "the sheet Assumptions says which inputs are left at a default"))
    return notes + _sources(record["ledger"])


def _sources(ledger: Mapping[str, Any]) -> list[tuple[str, str]]:
    notes = []
    if ledger["without_source"]:
        notes.append(("No source", f"given without a source: {text.join(ledger['without_source'])}"))
    for item in ledger["stale"]:
        owner = f", {text.clean(item['owner'], 40)}" if item["owner"] else ""
        notes.append(("Expired", f"{item['key']} on {item['expires']}{owner}"))
    return notes


def _use(content: Content) -> list[tuple[str, str]]:
    return [
        ("1", f"Go to the sheet {assumptions.NAME} and change a yellow cell: a price, a rate, the horizon."),
        ("2", "The totals above the cells follow at once, and with them the live column of this sheet and the model."),
        (
            "3",
            "That is one future, with every other input at its median. Probabilities, means and quantiles are from the "
            "run and stay as they are: for new ones, change the scenario and run it again.",
        ),
    ]  # fmt: skip


def _origin(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    draws, seed, design = record["draws"], record["seed"], record["design"]
    versions = ", ".join(
        f"{name} {version}" for name, version in record["versions"].items() if name != "breakeven"
    )
    return [
        ("Program", f"breakeven {record['version']}; {versions}"),
        ("Draws", f"{draws:,}, {design} design, seed {seed}"),
        ("Command", f"breakeven run scenario.toml --draws {draws} --seed {seed} --design {design}"),
        (
            "Data",
            "run.json and run.nc beside this file hold the same numbers in full; "
            "scenario.toml every input's distribution",
        ),
    ]  # fmt: skip


def _pairs(sheet: Sheet, title: str, pairs: list[tuple[str, str]], row: int) -> int:
    sheet.text(row, 0, title, "section")
    for words, note in pairs:
        row += 1
        sheet.text(row, 0, words)
        sheet.merged(row, 1, _LAST, note, "wrap")
        sheet.lines(row, (note, _WIDTH))
    return row + 1
