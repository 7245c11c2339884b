"""Vendor quotes side by side, their stresses and walk-away prices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studies import text
from studies.publish.report.blocks import Block, Section, table
from studies.publish.report.stored import Material
from studies.publish.report.words import all_figures, levels, share


def section(material: Material) -> Section | None:
    """The pictures, a row a quote, and a table of stresses where there are any."""
    stored = material.of("quotes")
    if stored is None:
        return None
    quotes = stored.record["quotes"]
    blocks: list[Block] = [*all_figures(stored), _costs(quotes)]
    for name, caption in (
        ("stresses", "Chance of being cheaper under each stress"),
        ("walk_away", "Walk-away price: beyond it the quote is not the cheaper"),
    ):
        columns = list(dict.fromkeys(key for quote in quotes.values() for key in (quote.get(name) or {})))
        if columns:
            rows = [
                (vendor, *(_shown((quote.get(name) or {}).get(key)) for key in columns))
                for vendor, quote in quotes.items()
            ]
            blocks.append(table(caption, ("Vendor", *columns), rows))
    return Section("Quotes and stresses", tuple(blocks), stored.path.name)


def _costs(quotes: Mapping[str, Any]) -> Block:
    rows = []
    for vendor, quote in quotes.items():
        cost = quote.get("cost") or {}
        quantiles = levels(cost.get("quantiles") or {})
        rows.append(
            (
                vendor,
                _shown(quote.get("probability_cheaper")),
                "" if cost.get("mean") is None else text.money(float(cost["mean"])),
                *(text.money(quantiles[level]) if level in quantiles else "" for level in (0.05, 0.5, 0.95)),
            )
        )
    return table(
        "Every quote under the same draws: present-value cost in USD",
        ("Vendor", "Cheaper in", "Mean", "P05", "Median", "P95"),
        rows,
    )  # fmt: skip


def _shown(value: Any) -> str:
    """A number, or a probability with its interval."""
    if isinstance(value, Mapping) and isinstance(value.get("probability_cheaper"), Mapping | float):
        return _shown(value["probability_cheaper"])
    if isinstance(value, Mapping) and value.get("estimate") is not None:
        estimate, interval = share(float(value["estimate"]), value.get("ci95"))
        return f"{estimate} ({interval})" if interval else estimate
    if isinstance(value, Mapping):
        return _shown(value["value"]) if "value" in value else ""
    if isinstance(value, int | float):
        return text.number(float(value), 4)
    return "" if value is None else str(value)
