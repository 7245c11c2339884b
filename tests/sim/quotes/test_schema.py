"""The JSON Schema of quotes takes the worked quotes and refuses what the reader refuses for its shape."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sim.quotes.reader import quote_schema
from sim.quotes.terms import TERMS
from tests.sim.quotes.test_reader import GOOD, WRONG

QUOTES = sorted((Path(__file__).parents[3] / "studies" / "quotes").glob("*.toml"))

NO_MATTER_OF_SHAPE = (
    "rents no GPUs", "in the last tier", "tiers[0].up_to", "rising order", "write 12", "USD/M tokens",
    "names two fees", "exchange_rate", "quote.strategy", "'input tokens'",
)  # fmt: skip
"""Words of messages about what several values have to do with each other or the scenario: the reader alone finds it."""


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json.loads(json.dumps(quote_schema()))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("path", QUOTES, ids=lambda path: path.stem)
def test_worked_quotes_are_valid(validator: Any, path: Path) -> None:
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    assert [error.message for error in validator.iter_errors(tables)] == []


def test_what_is_wrong_in_shape_is_underlined(validator: Any) -> None:
    assert validator.is_valid(tomllib.loads(GOOD))
    passed = [
        new
        for old, new, _, words in WRONG
        if not any(part in " ".join(words) for part in NO_MATTER_OF_SHAPE)
        and validator.is_valid(tomllib.loads(GOOD.replace(old, new, 1)))
    ]
    assert passed == []


def test_every_term_is_in_it_with_its_meaning(validator: Any) -> None:
    quote = validator.schema["properties"]["quote"]["properties"]
    for key, term in TERMS.items():
        table, _, name = key.rpartition(".")
        entry = quote[table]["properties"][name] if table else quote[name]
        assert entry["description"] == term.meaning
