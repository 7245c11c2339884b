"""Which models end, or take no more tuning, and when: announcements of providers, with their sources."""

from __future__ import annotations

import datetime
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SERVICE, TUNING, NEW_TUNING = "service", "tuning", "new tuning"
"""What may end; see the head of `endings.toml`."""

_TABLE = Path(__file__).with_name("endings.toml")


@dataclass(frozen=True)
class Ending:
    """One announcement: what ends on a date at a provider, of these models, or of all where there are none."""

    provider: str
    ends: str
    on: datetime.date
    source: str
    models: tuple[str, ...] = ()
    note: str = ""


@cache
def announced() -> tuple[Ending, ...]:
    """All that is known, by date."""
    tables = tomllib.loads(_TABLE.read_text(encoding="utf-8"))["ending"]
    records = [Ending(**{**table, "models": tuple(table.get("models", ()))}) for table in tables]
    return tuple(sorted(records, key=lambda ending: ending.on))


def endings(provider: str, names: tuple[str, ...], tuned: bool = False) -> tuple[Ending, ...]:
    """What is known to end of a model, by date.

    Args:
        provider: who sells it, as the package of prices says it.
        names: what the model is called, the most exact name first: a snapshot's own date goes before its alias's.
        tuned: whether it is to be tuned.
    """
    of_model = []
    for ending in announced():
        if ending.provider != provider:
            continue
        if ending.ends != SERVICE:
            if tuned and (not ending.models or any(name in ending.models for name in names)):
                of_model.append(ending)
        elif _first_named(provider, names) in ending.models:
            of_model.append(ending)
    return tuple(of_model)


def _first_named(provider: str, names: tuple[str, ...]) -> str | None:
    """The first of the names of which the end of service is known."""
    known = {
        name
        for ending in announced()
        if (ending.provider, ending.ends) == (provider, SERVICE)
        for name in ending.models
    }
    return next((name for name in names if name in known), None)
