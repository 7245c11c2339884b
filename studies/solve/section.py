"""Where the answer tips: values of one input, and the map of two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distributions import text
from distributions.inputs import registry
from studies.shared.names import label
from studies.shared.report.blocks import Block, Paragraph, Section
from studies.shared.report.question import Analysis
from studies.shared.report.stored import Material, Stored
from studies.shared.report.words import all_figures, plain_name, section_of


def _asked(record: Mapping[str, Any]) -> list[Any]:
    asked = [record["for"], record["a"], record["b"], record.get("target")]
    if "map" in record:
        return [*asked, record["map"].get("values")]
    ends = record.get("probability_at") or {}
    return [*asked, [ends[end]["value"] for end in ("lowest", "highest") if end in ends]]


ANALYSIS = Analysis("solve", _asked)


def section(material: Material) -> Section | None:
    """Every input and every map that was asked for."""
    return section_of("Where the answer tips", material.all("solve"), _blocks)


def _blocks(stored: Stored) -> list[Block]:
    return [Paragraph(_said(stored.record)), *all_figures(stored)]


def _said(record: Mapping[str, Any]) -> str:
    a, b = (label(str(record[end])) for end in ("a", "b"))
    keys = record["for"]
    if not isinstance(keys, str):
        chances = [float(chance) for row in record["map"]["probability"] for chance in row]
        return (
            f"Over {text.join([plain_name(key) for key in keys])}, {a} is cheaper than {b} in "
            f"{text.percent(min(chances), 1)} to {text.percent(max(chances), 1)} of futures."
        )
    target = record["target"]
    aim = (
        f"the mean of {a} minus {b} reaches $0"
        if isinstance(target, str)
        else f"{a} is cheaper than {b} in {text.number(100 * float(target), 6)} % of futures"
    )
    name = plain_name(keys)
    if not record["roots"]:
        reason = f": {record['reason']}" if record.get("reason") else ""
        return f"By {name} alone it does not tip{reason}."
    unit = registry()[keys].unit if keys in registry() else "1"
    found = []
    for root in record["roots"]:
        # a folder of an older version says nothing of steps
        step = text.stepping(root["step"], isinstance(target, str)) if root.get("step") else ""
        value = text.with_interval(float(root["value"]), _ends(root["ci95"]), unit)
        found.append(f"{value}, {step or root['direction'] + ' with it'}")
    return f"Where {name} is {text.join(found, 'or')}, {aim}."


def _ends(interval: list[float | None]) -> list[float]:
    """An end that the record has as null lies beyond what was looked at."""
    low, high = interval
    return [float("-inf") if low is None else low, float("inf") if high is None else high]
