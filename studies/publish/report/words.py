"""Words and numbers that several sections share: what an input is, the sentence of the answer, the pair."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from distributions.inputs import registry
from studies import text
from studies.publish.report.blocks import Cell, Figure
from studies.publish.report.inline import inlined, title
from studies.publish.report.stored import Material, Stored


def named(key: str) -> Cell:
    """An input, or a group joined by "+", with what it means."""
    known = [registry()[one].meaning for one in key.split("+") if one in registry()]
    return Cell(key.replace("+", " + "), note="; ".join(known))


def plain_name(key: str) -> str:
    """What an input means, in the middle of a sentence, its key beside it."""
    known = [registry()[one].meaning for one in key.split("+") if one in registry()]
    if not known:
        return key
    first = known[0].split(",")[0].split(" (")[0]
    return f"{first[:1].lower()}{first[1:]} ({key.replace('+', ' + ')})"


def pair(record: Mapping[str, Any]) -> tuple[str, str]:
    """The two strategies whose "cheaper" is asked, as a reader knows them."""
    asked = record["probability_cheaper"]
    return text.label(asked["a"]), text.label(asked["b"])


def share(estimate: float, interval: Any) -> tuple[str, str]:
    """A probability and its interval to the digit in which the interval begins: ("98.52 %", "98.50–98.53").

    The interval is "" where none can be given.
    """
    low, high = (float(end) if end is not None else math.nan for end in interval or (None, None))
    half = 50 * (high - low)
    if not math.isfinite(half):
        return text.percent(estimate), ""
    if half == 0:
        return text.percent(estimate, 1), ""
    places = min(6, max(0, -math.floor(math.log10(half))))
    return f"{100 * estimate:.{places}f} %", f"{100 * low:.{places}f}–{100 * high:.{places}f}"


def saving(record: Mapping[str, Any]) -> tuple[str, str]:
    """What the first of the pair saves on average: ("saving", "$1.39M"), or ("extra cost", …)."""
    mean = float(record["difference"]["mean"])
    return ("saving" if mean <= 0 else "extra cost"), text.money(abs(mean))


def levels(quantiles: Mapping[str, Any]) -> dict[float, float]:
    """Quantiles by level; those that do not exist are left out."""
    return {float(level): float(value) for level, value in quantiles.items() if value is not None}


def figure(stored: Stored, name: str, prefix: str) -> Figure | None:
    """A folder's picture by name; its title is the text alternative."""
    content = stored.figures().get(name)
    return picture(content, f"{prefix}-{name}-") if content is not None else None


def picture(content: bytes, prefix: str) -> Figure | None:
    """A picture with the title that it carries as text alternative."""
    alt = title(content) or "Figure"
    svg = inlined(content, prefix, alt)
    return Figure(svg, alt) if svg is not None else None


def figures(material: Material, *names: str) -> list[Figure]:
    """The run's own pictures of these names, those that there are."""
    found = [picture(material.pictures[name], f"run-{name}-") for name in names if name in material.pictures]
    return [one for one in found if one is not None]


def all_figures(stored: Stored) -> list[Figure]:
    """Every picture of an analysis."""
    prefix = f"{stored.kind}-{'-'.join(stored.asked[3:])}".replace(".", "_")
    found = [picture(content, f"{prefix}-{name}-") for name, content in stored.figures().items()]
    return [one for one in found if one is not None]
