"""Strategies as choices for each of five parts, and the ones that are shipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


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


@dataclass(frozen=True)
class Strategy:
    """A strategy to be computed.

    label: what it is called in sentences and figures. latency: the input with its latency to the first token.
    own: inputs that are this strategy's alone, by key, and the name under which each is drawn.
    """

    label: str
    latency: str
    parts: Parts
    own: Mapping[str, str] = field(default_factory=dict)


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
