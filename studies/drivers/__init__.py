"""Which assumptions drive an outcome: how much of its variance, or of its distribution, each input answers for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributions.lazy import public

if TYPE_CHECKING:
    from studies.drivers.analysis import METHODS, analyse

__all__ = ["METHODS", "analyse"]

__getattr__ = public(
    __name__,
    {
        "METHODS": "studies.drivers.analysis",
        "analyse": "studies.drivers.analysis",
    },
)
