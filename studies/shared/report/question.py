"""What an analysis asked, read from its record: of folders that ask the same, a report shows the newest."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Record = Mapping[str, Any]


def asked(kind: str, record: Record) -> tuple[str, ...]:
    """What tells two analyses of the same scenario apart: two that ask the same differ in draws, seed and day alone.

    A record that lacks what its kind asks is a question of its own.
    """
    read = _QUESTIONS.get(kind)
    try:
        question = list(record) if read is None else read(record)
    except (LookupError, TypeError, AttributeError):
        question = [record]
    return (kind, *(json.dumps(part, sort_keys=True, default=str) for part in question))


def _keys(*names: str) -> Callable[[Record], list[Any]]:
    return lambda record: [record.get(name) for name in names]


def _drivers(record: Record) -> list[Any]:
    return [record["method"], record["output"], sorted(record["indices"]), "second" in record]


def _information(record: Record) -> list[Any]:
    pilot = record.get("pilot")
    return [record["strategies"], sorted(record["evppi"]), None if pilot is None else pilot["input"]]


def _solve(record: Record) -> list[Any]:
    found = [record["for"], record["a"], record["b"], record.get("target")]
    if "map" in record:
        return [*found, record["map"].get("values")]
    ends = record.get("probability_at") or {}
    return [*found, [ends[end]["value"] for end in ("lowest", "highest") if end in ends]]


def _sweep(record: Record) -> list[Any]:
    return [
        [one["name"] for one in record["scenarios"]],
        [[axis["input"], axis["values"]] for axis in record["axes"]],
    ]


def _accuracy(record: Record) -> list[Any]:
    at_worth = record["at_worth"]
    return [sorted(record["strategies"]), None if at_worth is None else at_worth["worth_per_point"]]


def _quotes(record: Record) -> list[Any]:
    return [record[key] for key in ("against", "target", "waste_risk", "budget")] + [sorted(record["quotes"])]


def _diff(record: Record) -> list[Any]:
    edits = [json.dumps([edit[key] for key in ("edit", "before", "after")]) for edit in record["edits"]]
    return [record["compare"], record["before"]["title"], sorted(edits)]


def _audit(record: Record) -> list[Any]:
    return [[claim["id"] for claim in record["claims"]]]


_QUESTIONS: Mapping[str, Callable[[Record], Sequence[Any]]] = {
    "tornado": _keys("output", "reading", "levels", "a", "b"),
    "drivers": _drivers,
    "information": _information,
    "solve": _solve,
    "sweep": _sweep,
    "discover": _keys("a", "b", "wins", "target_density"),
    "accuracy": _accuracy,
    "quotes": _quotes,
    "diff": _diff,
    "audit": _audit,
}
"""By kind of analysis."""
