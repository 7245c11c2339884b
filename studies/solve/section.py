"""Where the answer tips: values of one input, and the map of two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distributions import text
from distributions.inputs import registry
from sim.models.roots import Crossing
from studies.shared.names import labeller, labels_in
from studies.shared.report.blocks import Block, Paragraph, Section
from studies.shared.report.question import Analysis
from studies.shared.report.stored import Material, Stored
from studies.shared.report.words import all_figures, plain_name, section_of
from studies.solve import text as solve_text


def _question(record: Mapping[str, Any]) -> list[Any]:
    question = [record["for"], record["a"], record["b"], record.get("target")]
    if "map" in record:
        return [*question, record["map"].get("values")]
    ends = record.get("probability_at") or {}
    return [*question, [ends[end]["value"] for end in ("lowest", "highest") if end in ends]]


ANALYSIS = Analysis("solve", _question)


def section(material: Material) -> Section | None:
    """Every input and every map that was asked for."""
    return section_of("Where the answer tips", material.all("solve"), _blocks)


def _blocks(stored: Stored) -> list[Block]:
    return [Paragraph(_sentence(stored.record)), *all_figures(stored)]


def _sentence(record: Mapping[str, Any]) -> str:
    labels = labels_in(record)
    label = labeller(labels)
    a, b = (label(str(record[end])) for end in ("a", "b"))
    keys = record["for"]
    if not isinstance(keys, str):
        chances = [float(chance) for row in record["map"]["probability"] for chance in row]
        return (
            f"Over {text.join([plain_name(key, labels) for key in keys])}, {a} is cheaper than {b} in "
            f"{text.percent(min(chances), 1)} to {text.percent(max(chances), 1)} of futures."
        )
    target = record["target"]
    mean = isinstance(target, str)
    aim = (
        f"the mean of {a} minus {b} reaches $0"
        if mean
        else f"{a} is cheaper than {b} in {text.number(100 * float(target), 6)} % of futures"
    )
    name = plain_name(keys, labels)
    if not record["roots"]:
        reason = f": {record['reason']}" if record.get("reason") else ""
        return f"By {name} alone it does not tip{reason}."
    shared = keys.rpartition(":")[2]
    unit = record.get("unit") or (registry()[shared].unit if shared in registry() else "1")
    roots = []
    for root in record["roots"]:
        low, high = root["ci95"]
        # a folder of an older version says nothing of steps
        roots.append(Crossing(root["value"], low, high, root["direction"] == "rising", root.get("step")))
    places = [f"{solve_text.value(root, unit)}, {solve_text.way(root, mean)}" for root in roots]
    return f"Where {name} is {text.join(places, 'or')}, {aim}."
