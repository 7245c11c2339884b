"""Which strategy to take: what the requirements leave, then what the costs of a run say of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributions.lazy import public

if TYPE_CHECKING:
    from studies.advise.analysis import Advice, advise

__all__ = ["Advice", "advise"]

__getattr__ = public(
    __name__,
    {
        "Advice": "studies.advise.analysis",
        "advise": "studies.advise.analysis",
    },
)
