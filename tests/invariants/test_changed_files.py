"""A changed file ends in an answer or in the user's error, never in another one, and soon."""

from __future__ import annotations

import functools
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from distributions.errors import UserError
from distributions.tables.writing import to_toml
from sim import Scenario, evaluate
from sim.quotes.costs import offers, offers_model
from sim.quotes.quote import Quote
from tests.examples import share
from tests.invariants.changed import changed, garbled

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = {path.stem: path.read_text() for path in sorted((ROOT / "studies" / "scenarios").glob("*.toml"))}
QUOTES = {path.stem: path.read_text() for path in sorted((ROOT / "studies" / "quotes").glob("*.toml"))}

FOUND = ROOT / "tests" / "fuzz" / "found"
"""Files that `make fuzz` kept: the first byte chooses the reader."""

PATIENCE = 100.0
"""Times the processor time of a shipped scenario, for one changed file."""

PLAIN = Scenario.from_dict({"study": {"title": "plain"}})
LARGE = settings(share(0.3), suppress_health_check=list(HealthCheck))
"""An example is a whole file."""


def use_scenario(path: Path) -> None:
    scenario = Scenario.load(path)
    assert all(np.isfinite(cost) for cost in evaluate(scenario).cost.values())
    assert Scenario.from_dict(scenario.tables(), folder=path.parent) == scenario


def use_quote(path: Path) -> None:
    (offer,) = offers(PLAIN, [Quote.load(path)])
    model = offers_model(PLAIN, [offer], (offer.quote.strategy,))
    costs = model.evaluate(
        {name: np.full(2, distribution.median()) for name, distribution in model.marginals.items()}
    )
    assert np.isfinite(costs[offer.vendor]).all()


@functools.cache
def honest() -> float:
    """Seconds of processor time that a shipped scenario takes here, once all is loaded and compiled."""
    taken = []
    for _ in range(4):
        started = time.process_time()
        use_scenario(ROOT / "studies" / "scenarios" / "support_bot.toml")
        taken.append(time.process_time() - started)
    return min(taken)


def meet(content: bytes, use: Callable[[Path], None], folder: Path) -> None:
    """Reads one file. What the user is told is one line a fault, and names the file."""
    path = folder / "file.toml"
    path.write_bytes(content)
    honest()
    started = time.process_time()
    try:
        use(path)
    except UserError as error:
        told = [str(fault) for fault in error.faults]
        assert told
        assert all(len(line) < 3000 and "\n" not in line and "\x1b" not in line for line in told), told
    assert time.process_time() - started < PATIENCE * honest()


def written(tables: dict[str, Any]) -> bytes:
    """As TOML; what TOML cannot hold is the text of it."""
    return to_toml(tables).encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("changed")


def tables_of(texts: dict[str, str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(sorted(texts)).flatmap(lambda name: changed(tomllib.loads(texts[name])))


def text_of(texts: dict[str, str]) -> st.SearchStrategy[bytes]:
    return st.sampled_from(sorted(texts)).flatmap(lambda name: garbled(texts[name]))


@LARGE
@given(tables=tables_of(SCENARIOS))
def test_changed_scenarios(tables: dict[str, Any], folder: Path) -> None:
    meet(written(tables), use_scenario, folder)


@LARGE
@given(tables=tables_of(QUOTES))
def test_changed_quotes(tables: dict[str, Any], folder: Path) -> None:
    meet(written(tables), use_quote, folder)


@LARGE
@given(content=text_of(SCENARIOS))
def test_garbled_scenarios(content: bytes, folder: Path) -> None:
    meet(content, use_scenario, folder)


@LARGE
@given(content=text_of(QUOTES))
def test_garbled_quotes(content: bytes, folder: Path) -> None:
    meet(content, use_quote, folder)


@pytest.mark.parametrize("path", sorted(FOUND.iterdir()), ids=lambda path: path.name)
def test_what_fuzzing_kept(path: Path, folder: Path) -> None:
    content = path.read_bytes()
    meet(content[1:], use_quote if content[0] % 2 else use_scenario, folder)


@pytest.mark.parametrize(
    "value",
    [
        {"beta": {"mean": 0.93, "sd": 1e-300}},  # shapes that overflow
    ],
)
def test_what_was_found(value: dict[str, Any], folder: Path) -> None:
    tables = {"inputs": {"quality": {"accuracy_tuned": value}}}
    with pytest.raises(UserError):
        Scenario.from_dict(tables)
    meet(written(tables), use_scenario, folder)
