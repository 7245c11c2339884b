"""Which distribution do these measurements follow, and what would stand for them in a scenario?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributions.lazy import public

if TYPE_CHECKING:
    from studies.fit.analysis import analyse

__all__ = ["analyse"]

__getattr__ = public(
    __name__,
    {
        "analyse": "studies.fit.analysis",
    },
)
