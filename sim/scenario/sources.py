"""The ledger of a scenario's assumptions: which rest on a source, who answers for them, and which have expired."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from distributions.inputs import ASSUMPTION, cited, registry
from sim.scenario.scenario import Scenario

SOURCED, ASSUMED, UNSOURCED = "source", "assumption", "none"


@dataclass(frozen=True)
class Entry:
    """One input. kind: `SOURCED`, `ASSUMED` (it says so itself) or `UNSOURCED`. stale: it has expired."""

    key: str
    kind: str
    source: str
    defaulted: bool
    owner: str | None
    as_of: datetime.date | None
    expires: datetime.date | None
    stale: bool


def ledger(scenario: Scenario, today: datetime.date | None = None) -> tuple[Entry, ...]:
    """Every input of a scenario, in its order; `today` decides what is stale."""
    day = today or datetime.date.today()
    entries = []
    for key, distribution in scenario.values.items():
        defaulted = key in scenario.defaulted
        source = registry()[key].source if defaulted else distribution.source or ""
        kind = (
            UNSOURCED if not source else ASSUMED if source.lower().startswith(ASSUMPTION.strip()) else SOURCED
        )
        provenance = distribution.provenance
        shown = cited(source) if defaulted else source
        entries.append(
            Entry(
                key,
                kind,
                shown,
                defaulted,
                provenance.owner,
                provenance.as_of,
                provenance.expires,
                provenance.stale(day),
            )
        )
    return tuple(entries)


def summary(entries: tuple[Entry, ...]) -> dict[str, Any]:
    """The ledger as in `run.json`: which have no source, which are assumptions, which are stale."""
    return {
        "without_source": [entry.key for entry in entries if entry.kind == UNSOURCED],
        "assumptions": [entry.key for entry in entries if entry.kind == ASSUMED],
        "stale": [
            {"key": entry.key, "owner": entry.owner, "expires": entry.expires.isoformat()}
            for entry in entries
            if entry.stale and entry.expires is not None
        ],
    }
