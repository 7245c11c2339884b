"""Vendor quotes side by side: what they cost, how they stand stress, how they lose, and what to ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from distributions import text
from studies.quotes.text import chance, chance_of_cheapest, leading, why_no_form
from studies.shared.names import amounts, labeller, labels_in
from studies.shared.report.blocks import Block, Cell, Paragraph, Section, table
from studies.shared.report.question import Analysis
from studies.shared.report.stored import Material, Stored
from studies.shared.report.words import all_figures, named, section_of

Quotes = Mapping[str, Mapping[str, Any]]


def _identity(record: Mapping[str, Any]) -> list[Any]:
    return [record[key] for key in ("against", "target", "waste_risk", "budget")] + [sorted(record["quotes"])]


ANALYSIS = Analysis("quotes", _identity)


def section(material: Material) -> Section | None:
    """The finding, the pictures, and tables of costs, stresses, ways of losing, walk-away prices and questions."""
    return section_of("Vendor quotes", material.all("quotes"), _blocks)


def _blocks(stored: Stored) -> list[Block]:
    quotes: Quotes = stored.record["quotes"]
    blocks: list[Block] = [Paragraph(_finding(stored.record))]
    blocks += [Paragraph(str(warning)) for warning in stored.record["warnings"]]
    blocks += [_chances(stored.record), _costs(stored.record), _terms(quotes), *all_figures(stored)]
    blocks += [_stresses(quotes), _sources(quotes), _losing(quotes)]
    blocks += [block for block in (_walk_away(stored.record), _questions(stored.record)) if block is not None]
    return blocks


def _finding(record: Mapping[str, Any]) -> str:
    label = labeller(labels_in(record))
    quotes = record["quotes"]
    best, cheapest = leading(record)
    cheaper = quotes[best]["probability_cheaper"]
    without = label(quotes[best]["baseline"])
    known = text.probability_with_interval(cheaper["estimate"], cheaper["ci95"])
    sentence = f"{best} costs less than {without} without a quote with probability {known}"
    sentence += f"; {cheapest}" if cheapest else ""
    return f"{sentence}. All of them meet the same draws, so that differences are the quotes' own."


def _chances(record: Mapping[str, Any]) -> Block:
    label = labeller(labels_in(record))
    other, budget = record["study"]["compare"][1], record["budget"]
    head = [
        "Quote",
        "Compared with",
        "Cheaper than that",
        f"Cheaper than {label(other)}",
        "Cheapest of these",
    ]
    head += [f"Over {text.money(budget)}", "Expected overrun"] if budget is not None else []
    rows: list[tuple[str | Cell, ...]] = []
    for vendor, quote in record["quotes"].items():
        cheaper = quote["probability_cheaper"]
        row: list[str | Cell] = [
            vendor,
            f"{label(quote['baseline'])}, no quote",
            Cell(chance(cheaper), note=text.interval(cheaper["estimate"], cheaper["ci95"])),
            chance(quote["probability_cheaper_than"][other]),
            chance_of_cheapest(record, vendor),
        ]
        if budget is not None:
            over = quote["over_budget"]
            overrun = Cell(
                text.money(over["expected_overrun"]["mean"]), note=f"P95 {text.money(over['p95_overrun'])}"
            )
            row += [chance(over["probability"]), overrun]
        rows.append(tuple(row))
    for name in record["strategies"]:
        blank = [""] * (2 if budget is not None else 0)
        rows.append((f"{label(name)}, no quote", "", "", "", chance_of_cheapest(record, name), *blank))
    return table("How often each alternative is the cheaper", head, rows, words=2)


def _costs(record: Mapping[str, Any]) -> Block:
    label = labeller(labels_in(record))
    rows: list[tuple[str | Cell, ...]] = [
        (vendor, *amounts(quote["cost"]), text.per_query(quote["cost_per_query"]["mean"]))
        for vendor, quote in record["quotes"].items()
    ]
    rows += [(f"{label(name)}, no quote", *amounts(cost), "") for name, cost in record["strategies"].items()]
    head = ("Alternative", "Mean", "P05", "Median", "P95", "Per query")
    return table("Present-value cost in USD, every alternative in the same draws", head, rows)


def _terms(quotes: Quotes) -> Block:
    rows: list[tuple[str | Cell, ...]] = []
    for vendor, quote in quotes.items():
        term = "no end" if quote["term_months"] is None else text.count(quote["term_months"], "month")
        until = f"valid until {quote['valid_until']}" if quote["valid_until"] else "without a date"
        stands = f"replaces {text.join(quote['replaces'])}" if quote["replaces"] else "replaces nothing"
        pins = f"; pins {text.join(list(quote['fixes']))}" if quote["fixes"] else ""
        rows.append((Cell(vendor, note=until), term, f"{stands}{pins}", " ".join(quote["notes"])))
    return table("What each quote says", ("Quote", "Prices hold", "Stands for", "To know"), rows, words=4)


def _stresses(quotes: Quotes) -> Block:
    first = next(iter(quotes.values()))["stresses"]
    rows = []
    for name, stress in first.items():
        cells: list[str | Cell] = [stress["title"]]
        for quote in quotes.values():
            stressed = quote["stresses"][name]
            moved = text.points(stressed["probability_change"]["mean"])
            cells.append(
                Cell(
                    text.percent(stressed["probability_cheaper"], 1),
                    note=f"{moved}; {text.money(stressed['cost'])}",
                )
            )
        rows.append(tuple(cells))
    return table(
        "Chance of being cheaper than the baseline under each stress; below it the change, and the mean cost",
        ("Stress", *quotes),
        rows,
    )


def _sources(quotes: Quotes) -> Block:
    first = next(iter(quotes.values()))["stresses"]
    rows: list[tuple[str | Cell, ...]] = [
        (stress["title"], stress["source"]) for name, stress in first.items() if name != "all_adverse"
    ]
    together = "; ".join(
        f"{vendor}: {text.join([first[name]['title'] for name in names]) if names else 'none'}"
        for vendor, quote in quotes.items()
        for names in [quote["stresses"]["all_adverse"].get("stresses", [])]
    )
    return table(
        "What each stress is",
        ("Stress", "What it stands for"),
        [*rows, ("All adverse together", together)],
        words=2,
    )


def _losing(quotes: Quotes) -> Block:
    rows: list[tuple[str | Cell, ...]] = []
    for vendor, quote in quotes.items():
        reverse = quote["reverse_stress"]
        sampled = chance(reverse["probability_sampled"])
        if not reverse["points"]:
            how = "always" if reverse["loses_at_medians"] else "never"
            rows.append((vendor, f"{how}, as far as was looked", "", sampled))
            continue
        moved = ", ".join(
            f"{term['name']} {text.number(term['value'], 3)} ({text.percentile(term['percentile'])})"
            for term in reverse["points"][0]["moved"][:4]
        )
        several = len(reverse["points"])
        note = (
            "at the medians it costs more already: the nearest way not to"
            if reverse["loses_at_medians"]
            else ""
        )
        note += f"{'; ' if note else ''}the nearest of {several} ways" if several > 1 else ""
        form = reverse["probability_form"]
        shown = Cell("left out", note=why_no_form(reverse)) if form is None else text.percent(form, 1)
        rows.append((vendor, Cell(moved, note=note), shown, sampled))
    return table(
        "The likeliest way in which each quote comes to cost as much as its baseline",
        ("Quote", "Inputs there (percentile)", "Loses, by FORM", "Loses, sampled"),
        rows,
        words=2,
    )


def _walk_away(record: Mapping[str, Any]) -> Block | None:
    rows: list[tuple[str | Cell, ...]] = []
    for vendor, quote in record["quotes"].items():
        for key, limit in quote["walk_away"].items():
            if limit["value"] is None:
                low, high = (text.percent(end) for end in limit["probability_there"])
                reached = Cell("none", note=f"{low} at a tenth, {high} at ten times")
            else:
                reached = Cell(text.number(limit["value"], 3), note=_interval(limit["ci95"]))
            rows.append((vendor, key, Cell(text.number(limit["quoted"], 4), note=limit["unit"]), reached))
        safe, minimum = quote["commitment"]["safe_minimum_monthly"], quote["commitment"]["minimum_monthly"]
        if safe is not None and minimum is not None:
            shown = text.number(minimum, 4) if isinstance(minimum, int | float) else "a range"
            most = Cell(text.number(safe["mean"], 3), note=_interval(safe["ci95"]))
            what = f"minimum that some month misses with {text.percent(record['waste_risk'])}"
            rows.append((vendor, what, Cell(shown, note=f"{quote['currency']} a month"), most))
    if not rows:
        return None
    target = text.percent(record["target"])
    return table(
        f"Walk-away prices: where the quote is cheaper than its baseline in {target} of futures, with 95 % intervals",
        ("Quote", "Term", "Quoted", "Walk away at"),
        rows,
        words=2,
    )


def _interval(ends: Sequence[float | None]) -> str:
    low, high = (text.number(end, 3) if end is not None else "beyond" for end in ends)
    return f"{low} to {high}"


def _questions(record: Mapping[str, Any]) -> Block | None:
    rows: list[tuple[str | Cell, ...]] = []
    labels = labels_in(record)
    for vendor, quote in record["quotes"].items():
        for question in quote["questions"]:
            if question["evppi"] is None:
                value = "the quote is silent on it"
            elif question["evppi"] > 0:
                value = f"{text.money(question['evppi'])} to know before deciding"
            else:
                value = f"moves the difference by {text.money(question['swing'])}"
            rows.append((vendor, Cell(question["text"], note=named(question["term"], labels).text), value))
    head = ("Quote", "Question", "Worth")
    return table("What to ask each vendor first", head, rows, words=3) if rows else None
