"""The JSON Schema takes what the loader takes, and knows every input."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from distributions.inputs import registry
from sim.scenario.reader import scenario_schema

SCENARIOS = sorted((Path(__file__).parents[3] / "studies" / "scenarios").glob("*.toml"))


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json.loads(json.dumps(scenario_schema()))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_it_has_every_input_with_meaning_unit_and_default(validator: Any) -> None:
    groups = validator.schema["properties"]["inputs"]["properties"]
    for item in registry().values():
        entry = groups[item.group]["properties"][item.name]
        assert item.meaning in entry["description"]
        assert item.unit == "1" or f"[{item.unit}]" in entry["description"]
        assert entry["default"] == item.default


def test_every_default_is_valid(validator: Any) -> None:
    for item in registry().values():
        assert not list(validator.iter_errors({"inputs": {item.group: {item.name: item.default}}})), item.key


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_shipped_scenarios_are_valid(validator: Any, path: Path) -> None:
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    assert [error.message for error in validator.iter_errors(tables)] == []


@pytest.mark.parametrize(
    "tables",
    [
        {"inputs": {"price": {"imput": 3}}},
        {"input": {}},
        {"study": {"horizon_months": 121}},
        {"study": {"horizon_months": "12"}},
        {"study": {"compare": ["rag", "rag"]}},
        {"study": {"compare": ["rag", "raq"]}},
        {"requirements": {"knowledge_changes": "dayly"}},
        {"inputs": {"price": {"input": -1}}},
        {"inputs": {"price": {"input": True}}},
        {"inputs": {"price": {"input": {"lognorm": {"p10": 1, "p90": 2}}}}},
        {"inputs": {"price": {"input": {"pert": {"min": 1, "max": 3}}}}},
        {"inputs": {"drift": {"retrain_interval_months": 0}}},
        {"inputs": {"serve": {"min_replicas": 1.5}}},
        {"dependence": [{"inputs": ["price.input"], "rank_correlation": 0.5}]},
        {"dependence": [{"inputs": ["price.input", "price.output"], "rank_correlation": 2}]},
    ],
)
def test_slips_are_underlined(validator: Any, tables: dict[str, Any]) -> None:
    assert list(validator.iter_errors(tables))
