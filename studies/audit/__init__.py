"""Which published figures hold: each derived again from its own numbers, with a verdict that comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributions.lazy import public

if TYPE_CHECKING:
    from studies.audit.analysis import Audit, audit

__all__ = ["Audit", "audit"]

__getattr__ = public(
    __name__,
    {
        "Audit": "studies.audit.analysis",
        "audit": "studies.audit.analysis",
    },
)
