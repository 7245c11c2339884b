"""The answer: who is cheaper, by how much, and every strategy side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distributions import text
from sim.results.records import Summary
from studies.probability_of_cheaper import breakeven_text
from studies.shared.names import amounts, few_draws, labeller, labels_in
from studies.shared.report.blocks import Block, Cell, Fact, Facts, Paragraph, Section, table
from studies.shared.report.stored import Material
from studies.shared.report.words import named, pair, saving


def section(material: Material) -> Section:
    """Facts, then one row a strategy, the cheapest on average first."""
    labels = material.labels
    label = labeller(labels)
    record = material.record
    blocks: list[Block] = [Facts(tuple(_facts(material))), _strategies(record)]
    probability = record["probability_cheaper"]
    for name in (probability["a"], probability["b"]):
        if name in (record.get("excluded") or {}):
            blocks.append(Paragraph(f"{label(name)} is excluded by the requirements, whatever it costs."))
    if record["cost"] and all(name in (record.get("excluded") or {}) for name in record["cost"]):
        blocks.append(Paragraph("No strategy meets the requirements: none is the cheapest."))
    if rests := few_draws(record.get("tail_warnings") or (), labels):
        blocks.append(Paragraph(f"Warning: {rests}."))
    ties = probability.get("ties") or 0.0
    if ties > 0:
        blocks.append(
            Paragraph(
                f"{text.percent(ties, 1)} of futures cost the same; each counts half in every probability."
            )
        )
    return Section("The answer", tuple(blocks))


def _facts(material: Material) -> list[Fact]:
    record = material.record
    a, b = pair(record)
    probability, difference = record["probability_cheaper"], Summary.of(record["difference"])
    what, amount = saving(record)
    medians = [amounts(record["cost"][probability[end]])[2] for end in ("a", "b")]
    # A saving is the difference with its sign turned, so its low end is the difference's high one.
    low, high = (text.money(-difference.quantile(level)) for level in (0.95, 0.05))
    span = f"in 9 of 10 futures between {low} and {high}" if low != high else "the same in 9 of 10 futures"
    facts = [
        Fact(f"Futures in which {a} is cheaper", text.probability(probability["estimate"], probability["ci95"]),
             text.interval(probability["estimate"], probability["ci95"])),
        Fact(f"Expected {what}", amount, span if what == "saving" else f"saving {span}"),
        Fact("Median cost", " against ".join(medians), f"{a} against {b}"),
        _break_even(record, a, b),
    ]  # fmt: skip
    most = (record.get("basis") or {}).get("spreads_most")
    if most is not None:
        share_of_it = f"takes part in {text.percent(most['share'])} of the difference's variance"
        facts.append(
            Fact(
                "Spread mostly by",
                most["input"].replace("+", " + "),
                f"{named(most['input'], material.labels).note}; {share_of_it}",
            )
        )
    if record.get("evpi") is not None:
        facts.append(
            Fact("Worth of knowing every input", text.money(record["evpi"]),
                 "what perfect information before deciding would save on average (EVPI)")
        )  # fmt: skip
    return facts


def _break_even(record: Mapping[str, Any], a: str, b: str) -> Fact:
    """The month in the median: that which lasts, where some do not."""
    lasting, falls_back = record.get("breakeven_lasting"), float(record.get("probability_falls_back") or 0.0)
    breakeven = record["breakeven_month"] if lasting is None or falls_back == 0.0 else lasting
    median, never = breakeven_text.month(breakeven), float(breakeven["probability_never"])
    value = "Not within the horizon" if median is None else f"Month {median}"
    rest = f"; never in {text.percent(never, 1)}" if never > 0 else ""
    if lasting is None:
        return Fact(
            "First break-even in the median", value, f"{a} has then for once cost no more than {b}{rest}"
        )
    if falls_back == 0.0:
        return Fact("Break-even in the median", value, f"{a} has then cost no more than {b}{rest}")
    first = breakeven_text.month(record["breakeven_month"])
    before = "" if first is None else f"; for the first time in month {first}"
    back = f"; falls back in {text.percent(falls_back, 1)}"
    note = f"{a} has from then to the end cost no more than {b}{rest}{before}{back}"
    return Fact("Lasting break-even in the median", value, note)


def _strategies(record: Mapping[str, Any]) -> Block:
    label = labeller(labels_in(record))
    excluded = record.get("excluded") or {}
    names = sorted(record["cost"], key=lambda name: (name in excluded, record["cost"][name]["mean"]))
    rows: list[tuple[Cell | str, ...]] = []
    for name in names:
        out = name in excluded
        cheapest, regret = record["probability_cheapest"].get(name), record["regret"].get(name)
        rows.append(
            (
                Cell(label(name), marks=("excluded",) if out else ()),
                "" if out or not cheapest else text.probability(cheapest["estimate"], cheapest["ci95"]),
                *amounts(record["cost"][name]),
                text.per_query(record["cost_per_query"][name]["mean"]),
                "" if out or not regret or regret["mean"] is None else text.money(regret["mean"]),
            )
        )
    months = text.count(int(record["study"]["horizon_months"]), "month")
    pair_of = (record["probability_cheaper"]["a"], record["probability_cheaper"]["b"])
    return table(
        f"Present-value cost over {months} in USD, the cheapest on average first. ±: Monte Carlo standard error; "
        "regret: mean cost over that of the cheapest",
        ("Strategy", "Cheapest in", "Mean", "P05", "Median", "P95", "Per query", "Regret"),
        rows,
        strong=[k for k, name in enumerate(names) if name in pair_of],
    )
