"""The answer: who is cheaper, by how much, and every strategy side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studies import text
from studies.publish.report.blocks import Block, Cell, Fact, Facts, Paragraph, Section, table
from studies.publish.report.stored import Material
from studies.publish.report.words import levels, named, pair, plain_name, saving, share


def section(material: Material) -> Section:
    """Facts, then one row a strategy, the cheapest on average first."""
    record = material.record
    blocks: list[Block] = [Facts(tuple(_facts(material))), *_beyond_the_pair(record), _strategies(record)]
    asked = record["probability_cheaper"]
    for name in (asked["a"], asked["b"]):
        if name in (record.get("excluded") or {}):
            blocks.append(
                Paragraph(f"{text.label(name)} is excluded by the requirements, whatever it costs.")
            )
    ties = asked.get("ties") or 0.0
    if ties > 0:
        blocks.append(
            Paragraph(
                f"{text.percent(ties, 1)} of futures cost the same; each counts half in every probability."
            )
        )
    return Section("The answer", tuple(blocks))


def headline(material: Material) -> str:
    """The finding in one sentence: who is cheaper how often, what that saves, and what decides it."""
    record = material.record
    a, b = pair(record)
    asked = record["probability_cheaper"]
    estimate, interval = share(float(asked["estimate"]), asked["ci95"])
    within = f" ({interval})" if interval else ""
    what, amount = saving(record)
    found = _decider(material)
    decided = f"; decided mostly by {plain_name(found[0])}" if found else ""
    return f"{a} is cheaper than {b} in {estimate} of futures{within}; expected {what} {amount}{decided}"


def _decider(material: Material) -> tuple[str, float] | None:
    """The input that takes part in most of the variance of the difference, and in how much, if that was asked."""
    rows = (material.record.get("drivers") or {}).get("largest") or {}
    for drivers in material.all("drivers"):
        if drivers.record.get("output") == "difference" and drivers.record.get("method") == "sobol":
            rows = drivers.record["indices"]
    shares = {key: float(row["total"]) for key, row in rows.items() if row.get("total") is not None}
    key = max(shares, key=lambda key: shares[key], default=None)
    return None if key is None or shares[key] <= 0 else (key, min(shares[key], 1.0))


def _facts(material: Material) -> list[Fact]:
    record = material.record
    a, b = pair(record)
    asked, difference = record["probability_cheaper"], record["difference"]
    estimate, interval = share(float(asked["estimate"]), asked["ci95"])
    what, amount = saving(record)
    quantiles = levels(difference["quantiles"])
    medians = [text.money(levels(record["cost"][asked[end]]["quantiles"])[0.5]) for end in ("a", "b")]
    # A saving is the difference with its sign turned, so its low end is the difference's high one.
    ends = [-quantiles[0.95], -quantiles[0.05]]
    low, high = (text.money(end) for end in ends)
    span = f"in 9 of 10 futures between {low} and {high}" if low != high else "the same in 9 of 10 futures"
    facts = [
        Fact(f"Futures in which {a} is cheaper", estimate, f"95 % interval {interval} %" if interval else ""),
        Fact(f"Expected {what}", amount, span if what == "saving" else f"saving {span}"),
        Fact("Median cost", " against ".join(medians), f"{a} against {b}"),
        _break_even(record["breakeven_month"], a, b),
    ]  # fmt: skip
    found = _decider(material)
    if found is not None:
        key, part = found
        facts.append(
            Fact("Decided mostly by", key.replace("+", " + "),
                 f"{named(key).note}; takes part in {text.percent(part)} of the difference's variance")
        )  # fmt: skip
    if record.get("evpi") is not None:
        facts.append(
            Fact("Worth of knowing every input", text.money(record["evpi"]),
                 "what perfect information before deciding would save on average (EVPI)")
        )  # fmt: skip
    return facts


def _beyond_the_pair(record: Mapping[str, Any]) -> list[Block]:
    """Says so where a third strategy is the cheapest on average of those that the requirements leave."""
    asked = record["probability_cheaper"]
    left = [name for name in record["cost"] if name not in (record.get("excluded") or {})]
    best = min(left, key=lambda name: record["cost"][name]["mean"], default=None)
    if best is None or best in (asked["a"], asked["b"]):
        return []
    often = text.percent(record["probability_cheapest"][best]["estimate"])
    mean = text.money(record["cost"][best]["mean"])
    return [
        Paragraph(
            f"Neither is the cheapest on average: that is {text.label(best)}, at a mean of {mean} and cheapest of all "
            f"in {often} of futures."
        )
    ]


def _break_even(record: Mapping[str, Any], a: str, b: str) -> Fact:
    median = levels(record["quantiles"]).get(0.5)
    never = float(record["probability_never"])
    rest = f"; never in {text.percent(never, 1)}" if never > 0 else ""
    value = "Not within the horizon" if median is None else "At once" if median == 0 else f"Month {median:g}"
    return Fact("Break-even in the median", value, f"{a} has then cost no more than {b}{rest}")


def _strategies(record: Mapping[str, Any]) -> Block:
    excluded = record.get("excluded") or {}
    names = sorted(record["cost"], key=lambda name: (name in excluded, record["cost"][name]["mean"]))
    rows: list[tuple[Cell | str, ...]] = []
    for name in names:
        cost, out = record["cost"][name], name in excluded
        cheapest, regret = record["probability_cheapest"].get(name), record["regret"].get(name)
        quantiles = levels(cost["quantiles"])
        rows.append(
            (
                Cell(text.label(name), marks=("excluded",) if out else ()),
                "" if out or not cheapest else text.percent(cheapest["estimate"], 1),
                text.money_with_error(cost["mean"], float("nan") if cost["mcse"] is None else cost["mcse"]),
                *(text.money(quantiles[level]) for level in (0.05, 0.5, 0.95)),
                text.money(record["cost_per_query"][name]["mean"]),
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
