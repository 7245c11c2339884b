"""Which assumption moves the outcome most: each input in turn from its P10 to its P90."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributions.lazy import public

if TYPE_CHECKING:
    from studies.tornado.analysis import analyse, spider, swing, varying

__all__ = ["analyse", "spider", "swing", "varying"]

__getattr__ = public(
    __name__,
    {
        "analyse": "studies.tornado.analysis",
        "swing": "studies.tornado.analysis",
        "varying": "studies.tornado.analysis",
        "spider": "studies.tornado.analysis",
    },
)
