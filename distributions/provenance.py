"""Where a value comes from: its source, who answers for it, as of when, and until when it is to be trusted."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from distributions.errors import Fault
from distributions.parameters import described

KEYS = ("source", "owner", "as_of", "expires")
"""What may stand beside a value."""

DATE = "a date, such as 2026-11-01"


@dataclass(frozen=True)
class Provenance:
    """source, owner: in words. as_of: date of the figure. expires: when it becomes stale. None where not said."""

    source: str | None = None
    owner: str | None = None
    as_of: datetime.date | None = None
    expires: datetime.date | None = None

    def stale(self, today: datetime.date) -> bool:
        """Whether the figure has expired."""
        return self.expires is not None and self.expires < today


def read(table: Mapping[Any, Any]) -> tuple[Provenance, list[Fault]]:
    """The provenance in a value's table, and what is wrong with it."""
    faults = []
    values: dict[str, Any] = {}
    for key in ("source", "owner"):
        if key in table:
            if isinstance(table[key], str) and table[key].strip():
                values[key] = table[key]
            else:
                faults.append(Fault(key, described(table[key]), "a text"))
    for key in ("as_of", "expires"):
        if key in table:
            values[key] = date(table[key])
            if values[key] is None:
                faults.append(Fault(key, f"found {table[key]!r:.60}", DATE))
    as_of, expires = values.get("as_of"), values.get("expires")
    if as_of is not None and expires is not None and expires < as_of:
        faults.append(Fault("expires", f"{expires} lies before as_of, {as_of}", "a later date"))
    return Provenance(**values), faults


def plain(table: Mapping[Any, Any]) -> dict[str, str]:
    """The provenance of a value's table as texts, dates as 2026-11-01."""
    return {
        key: table[key].isoformat() if isinstance(table[key], datetime.date) else str(table[key])
        for key in KEYS
        if key in table
    }


def date(value: Any) -> datetime.date | None:
    """A date as TOML has it, or as text, 2026-11-01; None for anything else, a time of day included."""
    if isinstance(value, datetime.datetime):
        return None
    if isinstance(value, datetime.date):
        return value
    try:
        return datetime.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
