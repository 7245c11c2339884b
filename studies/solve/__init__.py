"""Where the answer tips: the value of one input at which P(cheaper) reaches a target, or the mean difference zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributions.lazy import public

if TYPE_CHECKING:
    from studies.solve.analysis import surface, threshold

__all__ = ["surface", "threshold"]

__getattr__ = public(
    __name__,
    {
        "surface": "studies.solve.analysis",
        "threshold": "studies.solve.analysis",
    },
)
