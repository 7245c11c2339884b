"""What an analysis asked, read from its record: of folders that ask the same, a report shows the newest."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]


def keys(*names: str) -> Callable[[Record], list[Any]]:
    """What some keys of a record hold."""
    return lambda record: [record.get(name) for name in names]


@dataclass(frozen=True)
class Analysis:
    """A kind of folder that a report shows, as its section states it.

    kind: the folder holds KIND.json, and one that is found by itself is named KIND-…. identity: what tells two of the
    same scenario apart, from their records. of_any_scenario: whether it belongs to every run.
    """

    kind: str
    identity: Callable[[Record], Sequence[Any]]
    of_any_scenario: bool = False

    def question(self, record: Record) -> tuple[str, ...]:
        """The same for two that differ in draws, seed and day alone; a record that lacks what is asked is its own."""
        try:
            parts = self.identity(record)
        except (LookupError, TypeError, AttributeError):
            parts = [record]
        return (self.kind, *(json.dumps(part, sort_keys=True, default=str) for part in parts))
