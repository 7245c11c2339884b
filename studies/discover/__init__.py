"""In which futures is one strategy cheaper: boxes of the inputs in which it mostly is (scenario discovery)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributions.lazy import public

if TYPE_CHECKING:
    from studies.discover.analysis import analyse, find

__all__ = ["analyse", "find"]

__getattr__ = public(
    __name__,
    {
        "analyse": "studies.discover.analysis",
        "find": "studies.discover.analysis",
    },
)
