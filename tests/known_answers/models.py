"""Models of the known answers: inputs as in a scenario, outputs as numpy expressions of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from distributions.renamed import RENAMED
from sim import Model

FUNCTIONS = {name: getattr(np, name) for name in ("sin", "cos", "exp", "log", "sqrt", "abs", "where", "pi")}


def entries(file: str) -> list[dict[str, Any]]:
    """All entries of a file beside this one, the inputs of their scenarios by today's names: they stand as worked."""
    found: list[dict[str, Any]] = json.loads(Path(__file__).with_name(file).read_text())
    for entry in found:
        if "scenario" in entry:
            entry["scenario"]["inputs"] = _named_now(entry["scenario"]["inputs"])
    return found


def _named_now(inputs: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for group, values in inputs.items():
        for name, value in values.items():
            key = f"{group}.{name}"
            now, _, rest = RENAMED.get(key, key).partition(".")
            groups.setdefault(now, {})[rest] = value
    return groups


def of_area(found: list[dict[str, Any]], area: str) -> list[Any]:
    """The entries of an area as parameters of a test."""
    return [pytest.param(entry, id=entry["id"]) for entry in found if entry["area"] == area]


def model_of(entry: dict[str, Any]) -> Model:
    """The model of an entry."""
    model = entry["model"]
    code = {name: compile(text, name, "eval") for name, text in model["outputs"].items()}

    def function(values: Any) -> dict[str, Any]:
        return {name: eval(c, {"__builtins__": {}}, {**FUNCTIONS, **values}) for name, c in code.items()}

    pairs = [(tuple(item["inputs"]), item["rank_correlation"]) for item in model.get("dependence", [])]
    return Model(model["inputs"], tuple(code), function, pairs)
