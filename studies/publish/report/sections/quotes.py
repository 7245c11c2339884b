"""Vendor quotes side by side: what they cost, how they stand stress, how they lose, and what to ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studies import text
from studies.publish.report.blocks import Block, Cell, Paragraph, Section, table
from studies.publish.report.stored import Material
from studies.publish.report.words import all_figures, levels, named, share

Quotes = Mapping[str, Mapping[str, Any]]


def section(material: Material) -> Section | None:
    """The finding, the pictures, and tables of costs, stresses, ways of losing, walk-away prices and questions."""
    stored = material.of("quotes")
    if stored is None:
        return None
    quotes: Quotes = stored.record["quotes"]
    blocks: list[Block] = [Paragraph(_finding(quotes))]
    blocks += [Paragraph(str(warning)) for warning in stored.record["warnings"]]
    blocks += [
        _costs(stored.record),
        _terms(quotes),
        *all_figures(stored),
        _stresses(quotes),
        _losing(quotes),
    ]
    blocks += [found for found in (_walk_away(stored.record), _questions(quotes)) if found is not None]
    return Section("Vendor quotes", tuple(blocks), stored.path.name)


def _finding(quotes: Quotes) -> str:
    best = max(quotes, key=lambda vendor: quotes[vendor]["probability_cheapest"]["estimate"])
    cheaper = quotes[best]["probability_cheaper"]
    estimate, interval = share(cheaper["estimate"], cheaper["ci95"])
    without = text.label(quotes[best]["baseline"])
    found = f"{best} costs less than {without} without a quote in {estimate} of futures"
    found += f" ({interval})" if interval else ""
    if len(quotes) > 1:
        first = text.percent(quotes[best]["probability_cheapest"]["estimate"])
        found += f"; of the {len(quotes)} quotes it is the cheapest in {first}"
    return f"{found}. All of them meet the same draws, so that differences are the quotes' own."


def _costs(record: Mapping[str, Any]) -> Block:
    other = record["study"]["compare"][1]
    head = ["Alternative", "Cheaper than its baseline", f"Cheaper than {text.label(other)}", "Cheapest quote"]
    head += ["Mean", "P05", "Median", "P95", "Per query"]
    budget = record["budget"]
    head += [f"Over {text.money(budget)}", "Expected overrun"] if budget is not None else []
    rows: list[tuple[str | Cell, ...]] = []
    for vendor, quote in record["quotes"].items():
        row: list[str | Cell] = [
            Cell(vendor, note=f"{text.label(quote['strategy'])}; baseline {text.label(quote['baseline'])}"),
            text.percent(quote["probability_cheaper"]["estimate"], 1),
            text.percent(quote["probability_cheaper_than"][other]["estimate"], 1),
            text.percent(quote["probability_cheapest"]["estimate"], 1),
            *_amounts(quote["cost"]),
            text.money(quote["cost_per_query"]["mean"]),
        ]
        if budget is not None:
            over = quote["over_budget"]
            row += [
                text.percent(over["probability"]["estimate"], 1),
                text.money(over["expected_overrun"]["mean"]),
            ]
        rows.append(tuple(row))
    blank = [""] * (3 if budget is not None else 1)
    rows += [
        (f"{text.label(name)}, no quote", "", "", "", *_amounts(cost), *blank)
        for name, cost in record["strategies"].items()
    ]
    return table("Present-value cost in USD, every alternative in the same draws", head, rows)


def _amounts(cost: Mapping[str, Any]) -> tuple[str, ...]:
    found = levels(cost["quantiles"])
    return (
        text.money_with_error(cost["mean"], cost["mcse"]),
        *(text.money(found[level]) for level in (0.05, 0.5, 0.95)),
    )


def _terms(quotes: Quotes) -> Block:
    rows = []
    for vendor, quote in quotes.items():
        wasted = quote["commitment"]["wasted_share"]
        term = "no end" if quote["term_months"] is None else text.count(quote["term_months"], "month")
        rows.append(
            (
                vendor,
                quote["valid_until"] or "not said",
                term,
                ", ".join(quote["replaces"]) or "nothing",
                ", ".join(quote["fixes"]) or "nothing",
                " ".join(quote["notes"]),
                "" if wasted is None else text.percent(wasted, 1),
            )
        )
    head = ("Quote", "Valid until", "Prices hold", "Replaces", "Pins", "To know", "Commitment wasted")
    return table("What each quote says", head, rows, words=6)


def _stresses(quotes: Quotes) -> Block:
    first = next(iter(quotes.values()))["stresses"]
    rows = []
    for name, stress in first.items():
        cells: list[str | Cell] = [
            Cell(stress["title"], note="" if name == "all_adverse" else stress["source"])
        ]
        for quote in quotes.values():
            one = quote["stresses"][name]
            change = 100.0 * one["probability_change"]["mean"]
            moved = f"{change:+.1f} points; cost {text.money(one['cost'])}"
            cells.append(Cell(text.percent(one["probability_cheaper"], 1), note=moved))
        rows.append(tuple(cells))
    return table("Chance of being cheaper than the baseline under each stress", ("Stress", *quotes), rows)


def _losing(quotes: Quotes) -> Block:
    rows: list[tuple[str | Cell, ...]] = []
    for vendor, quote in quotes.items():
        found = quote["reverse_stress"]
        sampled = text.percent(found["probability_sampled"]["estimate"], 1)
        if not found["points"]:
            how = "always" if found["loses_at_medians"] else "never"
            rows.append((vendor, f"{how}, as far as was looked", "", sampled))
            continue
        moved = ", ".join(
            f"{one['name']} {text.number(one['value'], 3)} (P{100 * one['percentile']:.0f})"
            for one in found["points"][0]["moved"][:4]
        )
        several = len(found["points"])
        note = (
            "at the medians it costs more already: the nearest way not to"
            if found["loses_at_medians"]
            else ""
        )
        note += f"{'; ' if note else ''}the nearest of {several} ways" if several > 1 else ""
        rows.append((vendor, Cell(moved, note=note), text.percent(found["probability_form"], 1), sampled))
    return table(
        "The likeliest way in which each quote comes to cost as much as its baseline",
        ("Quote", "Inputs there (percentile)", "Loses, by FORM", "Loses, sampled"),
        rows,
        words=2,
    )


def _walk_away(record: Mapping[str, Any]) -> Block | None:
    rows = []
    for vendor, quote in record["quotes"].items():
        for key, one in quote["walk_away"].items():
            if one["value"] is None:
                low, high = (text.percent(end) for end in one["probability_there"])
                reached, interval = "none", f"{low} at a tenth, {high} at ten times"
            else:
                reached = text.number(one["value"], 3)
                ends = [text.number(end, 3) if end is not None else "beyond" for end in one["ci95"]]
                interval = f"{ends[0]}–{ends[1]}"
            rows.append((vendor, key, one["unit"], text.number(one["quoted"], 4), reached, interval))
        safe, minimum = quote["commitment"]["safe_minimum_monthly"], quote["commitment"]["minimum_monthly"]
        if safe is not None and minimum is not None:
            risk = text.percent(record["waste_risk"])
            ends = [text.number(end, 3) for end in safe["ci95"]]
            shown = text.number(minimum, 4) if isinstance(minimum, int | float) else "a range"
            rows.append(
                (vendor, f"minimum that some month misses with {risk}", f"{quote['currency']}/month", shown,
                 text.number(safe["mean"], 3), f"{ends[0]}–{ends[1]}")
            )  # fmt: skip
    if not rows:
        return None
    target = text.percent(record["target"])
    return table(
        f"Walk-away prices: where the quote is cheaper than its baseline in {target} of futures",
        ("Quote", "Term", "Unit", "Quoted", "Walk away at", "95 % interval"),
        rows,
        words=3,
    )


def _questions(quotes: Quotes) -> Block | None:
    rows: list[tuple[str | Cell, ...]] = []
    for vendor, quote in quotes.items():
        for one in quote["questions"]:
            if one["evppi"] is None:
                worth = "the quote is silent on it"
            elif one["evppi"] > 0:
                worth = f"{text.money(one['evppi'])} to know before deciding"
            else:
                worth = f"moves the difference by {text.money(one['swing'])}"
            rows.append((vendor, Cell(one["text"], note=named(one["term"]).text), worth))
    head = ("Quote", "Question", "Worth")
    return table("What to ask each vendor first", head, rows, words=3) if rows else None
