"""JSON Schema of a scenario file, made from the registries, for editors that complete and check as one types.

In a scenario, `#:schema scenario.schema.json` on the first line tells the editor (taplo, Even Better TOML)
where it is. The schema covers shapes, names and ranges; what needs arithmetic (mass outside a support, a matrix
that is not positive semidefinite) only `breakeven check` finds.
"""

from __future__ import annotations

import math
from typing import Any

from distributions.forms import json_schema
from distributions.inputs import Input, cited, registry
from distributions.market.gpu_rates import MARKETS
from distributions.market.training import METHODS
from distributions.support import Support
from sim.scenario.market import KEYS as MARKET
from sim.scenario.price_changes import INPUTS as REPRICED
from sim.scenario.price_changes import LAST_MONTH
from sim.scenario.reader import (
    DEFAULT_COMPARE,
    DEFAULT_DISCOUNT_RATE,
    DEFAULT_HORIZON,
    DEFAULT_MARK,
    MAX_HORIZON,
    strategy_names,
)
from sim.scenario.requirements import REQUIREMENTS, Requirement


def scenario_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a scenario file, as plain data for `json.dump`."""
    groups: dict[str, dict[str, Any]] = {}
    for item in registry().values():
        groups.setdefault(item.group, {})[item.name] = _input(item)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Breakeven scenario",
        "description": "What is asked, which inputs are known how well, and how they move together.",
        **_table(
            "",
            {
                "study": _study(),
                "market": _market(),
                "requirements": _table(
                    "What the product must do; rules strategies out.",
                    {name: _requirement(item) for name, item in REQUIREMENTS.items()},
                ),
                "inputs": _table(
                    "Values of inputs; what is left out keeps its default.",
                    {name: _table(f"Inputs of the group {name}.", inputs) for name, inputs in groups.items()},
                ),
                "dependence": {"type": "array", "items": _dependence()},
                "stress": {"type": "array", "items": _stress()},
                "expected": {
                    "type": "object",
                    "description": "What a run is expected to say; nothing computes with it.",
                },
            },
        ),
        "$defs": _definitions(),
    }


def _definitions() -> dict[str, Any]:
    """The shapes of an uncertain value, beside which an input may have the mark of a default."""
    definitions: dict[str, Any] = json_schema()["$defs"]
    mark = {
        "const": True,
        "description": "the input's default, written out by a run or a download; take it out when you change the value",
    }
    for shape in definitions["uncertain_value"]["anyOf"]:
        if "properties" in shape:
            shape["properties"][DEFAULT_MARK] = mark
    return definitions


def _table(description: str, properties: dict[str, Any]) -> dict[str, Any]:
    table = {"type": "object", "properties": properties, "additionalProperties": False}
    return {"description": description, **table} if description else table


def _market() -> dict[str, Any]:
    kinds: dict[str, dict[str, Any]] = {
        "text": {"type": "string"},
        "number": {"type": "number", "exclusiveMinimum": 0},
        "date": {"description": "A date, such as 2026-11-01."},
        "changes": _changes(),
    }
    closed = {"gpu_market": {"enum": list(MARKETS)}, "method": {"enum": list(METHODS)}}
    return _table(
        "Prices and rates looked up, not typed; what is given under inputs wins.",
        {key: closed.get(key, kinds[kind]) for key, kind in MARKET.items()},
    )


def _changes() -> dict[str, Any]:
    return {
        "type": "array",
        "description": "Prices that are known to change; looked up where none is given.",
        "items": {
            **_table(
                "From a month on, an input is times what it was at setup, or becomes another.",
                {
                    "month": {"type": "integer", "minimum": 1, "maximum": LAST_MONTH},
                    "input": {"enum": list(REPRICED)},
                    "times": {"type": "number", "exclusiveMinimum": 0},
                    "to": {"type": "number"},
                    "source": {"type": "string"},
                },
            ),
            "required": ["month", "input"],
        },
    }


def _study() -> dict[str, Any]:
    names = {"enum": list(strategy_names())}
    return _table(
        "What is asked.",
        {
            "title": {"type": "string", "description": "Of the study. Default: the name of the file."},
            "horizon_months": {
                "type": "integer",
                "minimum": 1,
                "maximum": MAX_HORIZON,
                "default": DEFAULT_HORIZON,
                "description": "Operating months over which costs are added up.",
            },
            "discount_rate": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "default": DEFAULT_DISCOUNT_RATE,
                "description": "A year; 8 % is 0.08.",
            },
            "compare": {
                "type": "array",
                "items": names,
                "minItems": 2,
                "maxItems": 2,
                "uniqueItems": True,
                "default": list(DEFAULT_COMPARE),
                "description": "The question is whether the first is cheaper than the second.",
            },
            "strategies": {
                "type": "array",
                "items": names,
                "minItems": 2,
                "uniqueItems": True,
                "default": list(strategy_names()),
                "description": "The strategies that are computed. Default: all.",
            },
        },
    )


def _requirement(item: Requirement) -> dict[str, Any]:
    kinds: dict[str, dict[str, Any]] = {
        "flag": {"type": "boolean"},
        "choice": {"enum": list(item.allowed)},
        "positive": {"type": "number", "exclusiveMinimum": 0},
    }
    meaning = f"{item.meaning} ({item.unit})." if item.unit else f"{item.meaning}."
    return {**kinds[item.kind], "description": meaning}


def _input(item: Input) -> dict[str, Any]:
    """A plain number in the input's support, or a table with the form of an uncertain value."""
    default = item.default if isinstance(item.default, int | float) else dict(item.default)
    unit = "a share, ratio or count" if item.unit == "1" else item.unit
    return {
        "description": f"{item.meaning} [{unit}]. Source of the default: {cited(item.source)}",
        "allOf": [{"$ref": "#/$defs/uncertain_value"}],
        **_bounds(item.support),
        "default": default,
    }


def _bounds(support: Support) -> dict[str, Any]:
    """The plain numbers of a support; these keywords say nothing about tables."""
    bounds: dict[str, Any] = {"multipleOf": 1} if support.integer else {}
    if support.lower > -math.inf:
        bounds["exclusiveMinimum" if support.lower_open else "minimum"] = support.lower
    if support.upper < math.inf:
        bounds["exclusiveMaximum" if support.upper_open else "maximum"] = support.upper
    return bounds


def _dependence() -> dict[str, Any]:
    return {
        **_table(
            "A rank correlation between two inputs.",
            {
                "inputs": {
                    "type": "array",
                    "items": {"enum": list(registry())},
                    "minItems": 2,
                    "maxItems": 2,
                    "uniqueItems": True,
                    "description": "Two inputs that are uncertain.",
                },
                "rank_correlation": {
                    "type": "number",
                    "minimum": -1,
                    "maximum": 1,
                    "description": "Spearman's rank correlation, through a Gaussian copula.",
                },
            },
        ),
        "required": ["inputs", "rank_correlation"],
    }


def _stress() -> dict[str, Any]:
    numbers = {
        "type": "object",
        "properties": {key: {"type": "number"} for key in registry()},
        "additionalProperties": False,
    }
    return {
        **_table(
            "A stress of the scenario's own, which quotes are put through beside the registered ones.",
            {
                "name": {"type": "string", "description": "In results."},
                "title": {"type": "string", "description": "For readers. Default: the name."},
                "source": {"type": "string", "description": "Why such a shift."},
                "times": {**numbers, "description": "What a draw's value of an input is multiplied by."},
                "to": {**numbers, "description": "What it becomes."},
            },
        ),
        "required": ["name"],
    }
