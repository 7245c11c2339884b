"""Break-even in words: when one strategy has first cost no more than another, and whether that stays so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distributions import text


def sentences(record: Mapping[str, Any], a: str, b: str, of: str = "draws") -> list[str]:
    """When the first has caught up with the second; and how often it falls back, and catches up for good, if it does.

    record: of a run, with `breakeven_month`, `breakeven_lasting` and `probability_falls_back`; a record of an older
    version lacks the last two, and its first crossings are said to be no more than that.
    """
    first, lasting = record["breakeven_month"], record.get("breakeven_lasting")
    falls_back = float(record.get("probability_falls_back") or 0.0)
    never = text.percent(float(first["probability_never"]), 1)
    median, late = month(first), month(first, 0.95)
    crossing = " for the first time" if lasting is None or falls_back > 0.0 else ""
    if median is None:
        sentence = f"{a} does not catch up with {b} in {never} of {of}"
    else:
        until = f", by month {late} in 95 %" if late is not None else ""
        sentence = f"{a} catches up with {b}{crossing} by month {median} in half of the {of}{until}; never in {never}"
    if lasting is None or falls_back == 0.0:
        return [sentence]
    return [sentence, f"It falls back in {text.percent(falls_back, 1)}, and {for_good(lasting)}"]


def for_good(lasting: Mapping[str, Any]) -> str:
    """In how many draws the first is level or ahead to the end, and by when in half of them all."""
    kept = text.percent(1.0 - float(lasting["probability_never"]), 1)
    median = month(lasting)
    when = "" if median is None else f", by month {median} in half"
    return f"has caught up for good in {kept}{when}"


def month(record: Mapping[str, Any], level: float = 0.5) -> int | None:
    """The month by which so large a share of all draws has come so far; None where it never has."""
    at = {float(key): value for key, value in record["quantiles"].items()}.get(level)
    return None if at is None else int(at)
