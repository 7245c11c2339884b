"""What a point of accuracy costs: the strategies' efficient frontier, and which is best at what a point is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributions.lazy import public

if TYPE_CHECKING:
    from studies.accuracy.analysis import analyse

__all__ = ["analyse"]

__getattr__ = public(
    __name__,
    {
        "analyse": "studies.accuracy.analysis",
    },
)
