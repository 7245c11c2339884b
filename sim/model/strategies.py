"""Strategies as choices for each of five parts, and the ones that are shipped."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from distributions.expression import Calculation


class Parts(NamedTuple):
    """What a strategy is made of.

    retrieval, tuned: whether facts are searched for, and whether the model is trained on examples. model: "frontier",
    "small" or "open". serving: "per_token", "dedicated" or "self_hosted". fallback: "none" or "frontier".
    """

    retrieval: bool
    tuned: bool
    model: str
    serving: str
    fallback: str = "none"

    def flags(self) -> dict[str, bool]:
        """The names that equations may ask for, and whether each holds."""
        return {
            "retrieval": self.retrieval,
            "tuned": self.tuned,
            **{name: self.model == name for name in MODELS},
            **{name: self.serving == name for name in SERVINGS},
            "falls_back": self.fallback != "none",
        }


MODELS = ("frontier", "small", "open")
SERVINGS = ("per_token", "dedicated", "self_hosted")
FALLBACKS = ("none", "frontier")

_SERVED = {
    "frontier": ("per_token",),
    "small": ("per_token", "dedicated"),
    "open": ("dedicated", "self_hosted"),
}
"""How a model may be served, by whose it is."""


def impossible(parts: Parts) -> str:
    """Why nobody can have a strategy of these parts, in words; "" where one can."""
    if parts.serving not in _SERVED[parts.model]:
        served = " or ".join(_SERVED[parts.model])
        return f"a model that is {parts.model} is not served {parts.serving}, but {served}"
    if parts.fallback != "none" and parts.model == "frontier" and not parts.tuned:
        return "queries cannot fall back on the untuned frontier model, which answers them all"
    return ""


def latency_of(parts: Parts) -> str:
    """The input with the latency to the first token of a strategy of these parts."""
    if parts.retrieval:
        return "latency.hybrid" if parts.tuned else "latency.rag"
    return "latency.tuned" if parts.tuned else "latency.prompt"


_LACKING: Mapping[str, tuple[Callable[[Parts], bool], str]] = {
    "retrain": (lambda parts: parts.tuned, "is not tuned, and never trained again"),
    "gpu_hour": (lambda parts: parts.serving != "per_token", "rents no GPUs"),
}


def lacking(parts: Parts, per: str) -> str:
    """What a strategy of these parts lacks to pay anything by a rhythm, in words; "" where it lacks nothing."""
    has, words = _LACKING.get(per, (lambda _: True, ""))
    return "" if has(parts) else words


LINE = "line."
"""How the name of a cost line's value begins, after the strategy's."""


@dataclass(frozen=True)
class OwnLine:
    """A cost line that is not the model's.

    item: the line item. per: the rhythm by which it is paid. cost: USD per unit of that, over names of inputs.
    first, last: months from and to which it is paid; None: from the start, to the end. What is paid once is paid in
    the month `first`, or at setup.
    """

    item: str
    per: str
    cost: Calculation
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True)
class Strategy:
    """A strategy to be computed.

    label: what it is called in sentences and figures. latency: the input with its latency to the first token.
    own: inputs that are this strategy's alone, by key, and the name under which each is drawn.
    lines: what it pays beside the lines of the model.
    """

    label: str
    latency: str
    parts: Parts
    own: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[OwnLine, ...] = ()


REGISTRY: Mapping[str, Strategy] = {
    "prompt": Strategy("Prompting", "latency.prompt", Parts(False, False, "frontier", "per_token")),
    "rag": Strategy("RAG", "latency.rag", Parts(True, False, "frontier", "per_token")),
    "tuned_hosted": Strategy(
        "Fine-tuning (hosted)", "latency.tuned", Parts(False, True, "small", "per_token")
    ),
    "tuned_self_hosted": Strategy(
        "Fine-tuning (self-hosted)", "latency.tuned", Parts(False, True, "open", "self_hosted")
    ),
    "hybrid": Strategy("Hybrid", "latency.hybrid", Parts(True, True, "small", "per_token", "frontier")),
}
"""The shipped strategies, in the order of every table."""

STRATEGIES = tuple(REGISTRY)

LABELS = "labels"
"""The key under which a record, and the attributes of arrays, have what its strategies are called."""


def attribute(labels: Mapping[str, str]) -> dict[str, Any]:
    """Labels as an attribute of arrays, those that are not as shipped; no attribute where all are.

    >>> attribute({"rag": "RAG", "mine": "RAG on a mini model"})
    {'labels': '{"mine": "RAG on a mini model"}'}
    """
    own = {
        name: words for name, words in labels.items() if name not in REGISTRY or REGISTRY[name].label != words
    }
    return {LABELS: json.dumps(own, ensure_ascii=False)} if own else {}
