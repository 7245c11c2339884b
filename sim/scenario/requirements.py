"""What a scenario may require of the product in `[requirements]`: the keys, and what each may be.

Which strategies a requirement rules out is not decided here but by the rules of `sim.scenario.eligibility`.
"""

from __future__ import annotations

from dataclasses import dataclass

from distributions.support import Support
from distributions.tables.declaration import declare, declared
from distributions.tables.kinds import choice, flag, number

_FREQUENCIES = ("hourly", "daily", "weekly", "monthly", "quarterly", "yearly")
_ABOVE_ZERO = Support(0.0, lower_open=True)


@dataclass(frozen=True)
class Requirements:
    """What the product must do; rules strategies out. The words of a choice are from the strictest on."""

    citations: bool | None = declare(flag(), "Answers must name the documents they rest on", None)
    knowledge_changes: str | None = declare(
        choice(_FREQUENCIES), "How often the knowledge behind the answers changes", None
    )
    per_tenant_data: bool | None = declare(
        flag(), "Each customer's answers rest on that customer's own data", None
    )
    data_residency: bool | None = declare(
        flag(), "No data may leave the infrastructure that one runs oneself", None
    )
    max_first_token_ms: float | None = declare(
        number(_ABOVE_ZERO, "a number of ms"), "The first token must come within this time", None
    )
    strict_format: bool | None = declare(flag(), "Every answer must follow a fixed format or schema", None)
    stable_persona: bool | None = declare(flag(), "Tone and persona must hold over long conversations", None)


REQUIREMENTS = declared(Requirements)
