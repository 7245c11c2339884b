"""Where the answer tips, in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from distributions import text

if TYPE_CHECKING:
    from sim.models.roots import Crossing


def value(root: Crossing, unit: str) -> str:
    """A value that reaches the target, with its interval."""
    low, high = root.ci95
    ends = (-math.inf if low is None else low, math.inf if high is None else high)
    return text.with_interval(root.value, ends, unit)


def way(root: Crossing, mean: bool) -> str:
    """How the curve passes the target there. mean: it is one of mean differences."""
    step = text.stepping(root.step, mean) if root.step else ""
    return step or f"{'rising' if root.rising else 'falling'} with it"
