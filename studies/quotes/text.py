"""What of the record of quotes is said in the terminal and in the report alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distributions import text


def leading(record: Mapping[str, Any]) -> tuple[str, str]:
    """The vendor with the best quote, and how probably it is the cheapest of all that are compared, in words.

    The words are empty where the requirements rule out every quote, or leave it alone.
    """
    quotes, chances = record["quotes"], record.get("probability_cheapest") or {}
    allowed = [name for name, chance in chances.items() if chance is not None]
    best = max(
        quotes,
        key=lambda vendor: (
            chances[vendor]["estimate"] if vendor in allowed else -1.0,
            quotes[vendor]["probability_cheaper"]["estimate"],
        ),
    )
    if best not in allowed or len(allowed) < 2:
        return best, ""
    first = chance(chances[best])
    without = len([name for name in allowed if name not in quotes])
    few = text.count(len(allowed) - without, "quote")
    if without:
        few += f" and {text.count(without, 'strategy', 'strategies')} without one"
    return best, f"of {few} it is the cheapest with {first}"


def chance(estimate: Mapping[str, Any]) -> str:
    """A probability of the record, to the digits of its interval."""
    return text.probability(estimate["estimate"], estimate.get("ci95"))


def chance_of_cheapest(record: Mapping[str, Any], name: str) -> str:
    """P(cheapest) of a vendor or of a strategy without a quote, among all of them."""
    chances = record.get("probability_cheapest") or {}
    if name not in chances:  # made before it was asked of all of them
        return ""
    return "excluded" if chances[name] is None else chance(chances[name])


def why_no_form(reverse: Mapping[str, Any]) -> str:
    """Why a quote's probability of losing by FORM is left out, in words; empty where it is given."""
    return str(reverse.get("form_left_out") or "")
