"""What changed between two scenarios, and which edits did it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributions.lazy import public

if TYPE_CHECKING:
    from studies.diff.analysis import Diff, diff

__all__ = ["Diff", "diff"]

__getattr__ = public(
    __name__,
    {
        "Diff": "studies.diff.analysis",
        "diff": "studies.diff.analysis",
    },
)
