"""Neighbours in structure in words: how a strategy is built otherwise, and what that makes of the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from distributions import text
from studies.shared.names import label

EQUAL_MODEL, EQUAL_SERVING, ONE_STEP = "equal_model", "equal_serving", "one_step"
"""Kinds of neighbours."""

MOST = 2
"""Neighbours with another answer that a sentence names; the others are counted."""

_WORDS: Mapping[tuple[str, Any], str] = {
    ("retrieval", True): "with retrieval",
    ("retrieval", False): "without retrieval",
    ("tuned", True): "with tuning",
    ("tuned", False): "without tuning",
    ("model", "frontier"): "on the frontier model",
    ("model", "small"): "on the small model",
    ("model", "open"): "on an open model",
    ("serving", "per_token"): "billed by the token",
    ("serving", "dedicated"): "on a provider's GPUs",
    ("serving", "self_hosted"): "on GPUs of its own",
    ("fallback", "none"): "without a fallback",
    ("fallback", "frontier"): "with the frontier model to fall back on",
}


def words(
    kind: str, strategy: str, change: Mapping[str, Any], labels: Mapping[str, str] = MappingProxyType({})
) -> str:
    """A strategy built otherwise, as a reader calls it.

    change: part to what it is then. labels: what the scenario calls its strategies.

    >>> words("equal_model", "rag", {"model": "open", "serving": "self_hosted"})
    'RAG on an open model and on GPUs of its own as well'
    >>> words("one_step", "rag", {"retrieval": False})
    'RAG without retrieval'
    """
    # at equal model without a change the model is the same by name, and only its price another
    same = {EQUAL_MODEL: "at the other's prices", EQUAL_SERVING: "at the other's GPUs"}
    how = text.join([_WORDS[part, choice] for part, choice in change.items()]) or same[kind]
    return f"{label(strategy, labels)} {how}{'' if kind == ONE_STEP or not change else ' as well'}"


def structure(neighbours: Sequence[Mapping[str, Any]]) -> str | None:
    """Which neighbours, of those in a run's record, are another answer, or that none is; None where there are none."""
    count = len(neighbours)
    if not count:
        return None
    another = _ordered([near for near in neighbours if near["another"]])
    if not another:
        none = "Its one neighbour" if count == 1 else f"None of {count} neighbours"
        does = "does not turn that over or move" if count == 1 else "turns that over or moves"
        return f"{none} in structure (equal model or serving, or one part changed) {does} it by more than 10 points"
    named = [
        f"with {near['words']} {'the probability is ' if k == 0 else ''}{chance(near)}"
        for k, near in enumerate(another[:MOST])
    ]
    more = len(another) - len(named)
    does = "turns that over or moves" if len(another) == 1 else "turn that over or move"
    return (
        f"{len(another)} of {text.count(count, 'neighbour')} in structure {does} it by more than 10 points: "
        f"{text.join([*named, *([f'{more} more'] if more else [])])}"
    )


def chance(near: Mapping[str, Any]) -> str:
    """The probability of a neighbour, or that the two cost the same."""
    if near["ties"] == 1.0:
        return "50 % (both cost the same)"
    return text.probability(near["estimate"], near["ci95"])


def _ordered(another: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those at equal model or serving first, then those that turn the answer over, then what moves it most."""
    return sorted(
        another, key=lambda near: (near["kind"] == ONE_STEP, not near["turns"], -abs(near["moved"]))
    )
