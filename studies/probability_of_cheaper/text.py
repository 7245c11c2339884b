"""The answer of a run as text for the terminal: the sentence first, then what stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from distributions import text
from studies.probability_of_cheaper import breakeven_text
from studies.probability_of_cheaper.finding import finding
from studies.shared.names import amounts, few_draws, labeller, labels_in

BAR = 30
"""Columns of a bar that stands for the whole variance."""


def lines(record: Mapping[str, Any], bold: Callable[[str], str] = str) -> list[str]:
    """The summary of a run, line by line; made from the record of `run.json` alone.

    bold: makes the line with the answer stand out, where that can be shown.
    """
    answer, *rest = finding(record).sentences
    drivers = _drivers(record)
    return [
        text.clean(str(record["study"]["title"]), 100),
        bold(answer),
        *rest,
        _draws(record),
        "",
        *_strategies(record),
        "",
        *_notes(record),
        *(["", *drivers] if drivers else []),
    ]


def _draws(record: Mapping[str, Any]) -> str:
    return (
        f"Over {text.count(int(record['study']['horizon_months']), 'month')}, from "
        f"{text.count(int(record['draws']), 'draw')} ({record['design']}, seed {record['seed']})."
    )


def _strategies(record: Mapping[str, Any]) -> list[str]:
    """One row a strategy, the cheapest on average first, excluded ones last and without P(cheapest)."""
    label = labeller(labels_in(record))
    excluded = record["excluded"]
    rows: list[tuple[str, ...]] = [
        ("present-value cost", "P(cheapest)", "mean ± MCSE", "P05", "P50", "P95", "per query", "regret")
    ]
    for name in sorted(record["cost"], key=lambda name: (name in excluded, record["cost"][name]["mean"])):
        out = name in excluded
        cheapest, regret = record["probability_cheapest"].get(name), record["regret"].get(name)
        rows.append(
            (
                label(name),
                "excluded"
                if out
                else text.probability(cheapest["estimate"], cheapest["ci95"])
                if cheapest
                else "",
                *amounts(record["cost"][name]),
                text.per_query(record["cost_per_query"][name]["mean"]),
                "" if out or not regret else text.money(regret["mean"]),
            )
        )
    return text.table(rows, indent="")


def _drivers(record: Mapping[str, Any]) -> list[str]:
    """What spreads the difference, as bars: each input's part in its variance, alone or with others."""
    largest = (record.get("drivers") or {}).get("largest") or {}
    if not largest:
        return []
    rows = [
        (name, text.share(row["total"], row.get("total_ci")), bar(row["total"]))
        for name, row in largest.items()
    ]
    names, shares = (max(text.width(row[at]) for row in rows) for at in (0, 1))
    return [
        "Spread      share of the difference's variance, interactions counted with each that takes part",
        *(f"  {name:<{names}}  {share:>{shares}}  {bars}".rstrip() for name, share, bars in rows),
    ]


def bar(share: float, columns: int = BAR) -> str:
    """A bar of block characters, to an eighth of a column; more than the whole is cut at the whole.

    >>> bar(0.5, 4), bar(0.28125, 4), bar(0.001, 4), bar(0.0, 4)
    ('██', '█▏', '▏', '')
    """
    if not share > 0:
        return ""
    eighths = max(1, round(8 * columns * min(share, 1.0)))
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def _notes(record: Mapping[str, Any]) -> list[str]:
    labels = labels_in(record)
    label = labeller(labels)
    probability = record["probability_cheaper"]
    a, b = label(probability["a"]), label(probability["b"])
    mean, low, _, high = amounts(record["difference"])
    notes = [f"Difference  {a} minus {b}: mean {mean}, P05 {low}, P95 {high}"]
    first, *more = breakeven_text.sentences(record, a, b)
    notes += [f"Break-even  {first}", *(f"{'':12}{line}" for line in more)]
    if record.get("evpi") is not None:
        notes.append(
            f"EVPI        {text.money(record['evpi'])}: what knowing every input beforehand would be worth"
        )
    if record.get("design_note"):
        notes.append(f"Design      {text.clean(record['design_note'])}")
    if rests := few_draws(record.get("tail_warnings") or (), labels):
        notes.append(f"Warning     {rests}")
    ties = probability.get("ties") or 0.0
    if ties > 0:
        notes.append(
            f"Ties        {text.percent(ties, 1)} of draws cost the same; each counts half in every "
            f"probability"
        )
    if all(name in record["excluded"] for name in record["cost"]):
        notes.append("Excluded    No strategy meets the requirements: none is the cheapest")
    for name, reasons in record["excluded"].items():
        notes += [f"Excluded    {label(name)}: {text.clean(reason)}" for reason in reasons]
    notes += [f"Prices      {text.clean(note)}" for note in record.get("market_notes", ())]
    warned = [f"{len(reasons)} on {label(name)}" for name, reasons in record.get("warnings", {}).items()]
    if warned:
        notes.append(f"Warnings    {text.join(warned)}; 'breakeven advise' has them")
    defaulted = len(record["defaulted_inputs"])
    if defaulted:
        notes.append(
            f"Defaults    'breakeven check' lists the {text.count(defaulted, 'input')} left at a default"
        )
    notes += [f"Sources     {line}" for line in sources(record["ledger"])]
    notes += [f"Read        {key} {text.clean(note)}" for key, note in record.get("converted", {}).items()]
    return notes


def sources(ledger: Mapping[str, Any]) -> list[str]:
    """What of the inputs rests on no source, or on one that has expired."""
    sentences = []
    without, stale = ledger["without_source"], ledger["stale"]
    if without:
        few = f": {text.join(without)}" if len(without) <= 4 else "; 'breakeven check' lists them"
        sentences.append(f"{text.count(len(without), 'given input has', 'given inputs have')} no source{few}")
    for item in stale:
        owner = f", {text.clean(item['owner'], 40)}" if item["owner"] else ""
        sentences.append(f"{item['key']} expired on {item['expires']}{owner}")
    return sentences
