"""The deliberate faults, read from `table.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Mutant:
    """fault: in words. file: from the root. old: stands in it once, new: instead. tests: of which one fails."""

    fault: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def mutants() -> list[Mutant]:
    """All of them."""
    text = Path(__file__).with_name("table.toml").read_text(encoding="utf-8")
    return [Mutant(**{**table, "tests": tuple(table["tests"])}) for table in tomllib.loads(text)["mutant"]]
