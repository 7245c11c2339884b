"""The scenarios that are shipped load, say what they ask and where their figures come from."""

import tomllib
from pathlib import Path

import pytest

from distributions.inputs import documents
from sim.scenario.scenario import Scenario

FOLDER = Path(__file__).parents[2] / "studies" / "scenarios"
FILES = {
    "support_bot": 1e6 * 365 / 12,
    "internal_kb": 1e4 * 365 / 12,
    "small_company": 1e3,
    "enterprise": 1e6,
    "rag_100k_a_day": 1e5 * 365 / 12,
    "legal_summariser": 1.5e4,
    "intent_classifier": 2.5e5,
    "dsl_codegen": 4e4,
    "mid_tier_rag": 1e5,
}  # name: queries a month that the source states


def tables(name: str) -> dict:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def test_the_cases_of_the_documents_are_shipped_and_no_other() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_scenario_loads_and_its_volume_is_the_published_one(name: str) -> None:
    scenario = Scenario.load(FOLDER / f"{name}.toml")
    assert scenario.horizon == 12
    assert scenario.discount_rate == 0.08
    assert set(scenario.compare) <= set(scenario.strategies)
    assert scenario.inputs["workload.queries_per_month"].median() == pytest.approx(FILES[name], rel=0.05)
    assert "labor.weekly_rate" in scenario.defaulted


@pytest.mark.parametrize("name", FILES)
def test_a_scenario_says_what_it_asks_and_which_document_it_is_from(name: str) -> None:
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    header = text.partition("[study]")[0]
    assert header.splitlines()[0].endswith("?") or header.splitlines()[1].endswith("?")
    assert any(f"short name: {document}" in header for document in documents())
    assert "claims" in header


@pytest.mark.parametrize("name", FILES)
def test_every_uncertain_value_of_a_scenario_has_a_source(name: str) -> None:
    for group, values in tables(name)["inputs"].items():
        for key, value in values.items():
            if isinstance(value, dict):
                source = value.get("source", "")
                assert source.startswith(("assumption: ", *(f"{document}: " for document in documents()))), (
                    f"{group}.{key}"
                )


@pytest.mark.parametrize("name", FILES)
def test_published_totals_are_of_strategies_in_the_comparison_and_sourced(name: str) -> None:
    found = tables(name)
    expected = dict(found["expected"])
    assert expected.pop("source")
    assert expected
    assert expected.keys() <= set(found["study"]["compare"])
    for total in expected.values():
        low, high = total if isinstance(total, list) else (total, total)
        assert 0 < low <= high
