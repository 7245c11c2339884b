"""What is worth finding out before deciding: expected values of perfect and of sample information, from draws alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributions.lazy import public

if TYPE_CHECKING:
    from studies.information.analysis import from_draws, of_sample, value

__all__ = ["from_draws", "of_sample", "value"]

__getattr__ = public(
    __name__,
    {
        "from_draws": "studies.information.analysis",
        "of_sample": "studies.information.analysis",
        "value": "studies.information.analysis",
    },
)
