"""What a scenario may require of the product in `[requirements]`: the keys, and what each may be.

Which strategies a requirement rules out is not decided here but by the rules of `studies.eligibility`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True)
class Requirement:
    """One thing that the product may have to do.

    kind
        "flag": true or false; "choice": one of `allowed`; "positive": a number above 0, counted in `unit`.
    allowed
        The words of a choice, from the strictest on; empty for the other kinds.
    """

    key: str
    kind: Literal["flag", "choice", "positive"]
    meaning: str
    allowed: tuple[str, ...] = ()
    unit: str = ""

    def accepts(self, value: object) -> bool:
        """Whether a value from a scenario file is one that this requirement may have."""
        if self.kind == "flag":
            return isinstance(value, bool)
        if self.kind == "choice":
            return isinstance(value, str) and value in self.allowed
        return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")

    @property
    def wanted(self) -> str:
        """What is allowed, in words for a message."""
        if self.kind == "flag":
            return "true or false"
        if self.kind == "choice":
            return "one of " + ", ".join(self.allowed)
        return f"a number of {self.unit} above 0"


_ALL = (
    Requirement("citations", "flag", "Answers must name the documents they rest on"),
    Requirement(
        "knowledge_changes",
        "choice",
        "How often the knowledge behind the answers changes",
        allowed=("hourly", "daily", "weekly", "monthly", "quarterly", "yearly"),
    ),
    Requirement("per_tenant_data", "flag", "Each customer's answers rest on that customer's own data"),
    Requirement("data_residency", "flag", "No data may leave the infrastructure that one runs oneself"),
    Requirement("max_first_token_ms", "positive", "The first token must come within this time", unit="ms"),
    Requirement("strict_format", "flag", "Every answer must follow a fixed format or schema"),
    Requirement("stable_persona", "flag", "Tone and persona must hold over long conversations"),
)

REQUIREMENTS: Mapping[str, Requirement] = MappingProxyType({item.key: item for item in _ALL})
