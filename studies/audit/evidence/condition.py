"""What would have to be true for a figure to hold, or what its own numbers give, in words."""

from __future__ import annotations

import math

from distributions import text
from studies.audit.evidence.claims import Range
from studies.audit.evidence.derivation import Derivation, Needed


def middle(values: Range) -> float:
    """Geometric mean of a positive range, else the arithmetic one; of a bound, its finite end."""
    low, high = values
    if not (math.isfinite(low) and math.isfinite(high)):
        return low if math.isfinite(low) else high
    return math.sqrt(low) * math.sqrt(high) if low > 0 else (low + high) / 2.0


def with_unit(values: Range, unit: str) -> str:
    """A range with its unit; a share or ratio has none that needs saying."""
    return text.span(values) if unit in ("", "1", "ratio", "share") else f"{text.span(values)} {unit}"


def condition_of(
    verdict: str, derivation: Derivation, derived: Range, needed: Needed | None, percentile: Range | None
) -> str:
    """What would have to be true, or what the document's own numbers give."""
    free = derivation.free
    result = with_unit(derived, derivation.figure.unit)
    gives = f"its own numbers give {result}"
    if free is None:
        kept = f"true of a part of its own ranges, which give {result}"
        return {"holds": "", "holds_only_if": kept}.get(verdict, gives)
    name = free.input or free.name.replace("_", " ")
    if needed is None:
        return f"{gives}; no value of {name} gives the published figure"
    wanted = f"{name} of {with_unit(needed.ends, free.unit)}"
    if percentile is not None:
        # Of an open range, the end that binds.
        known = [
            level for level, end in zip(percentile, (needed.low, needed.high), strict=True) if end is not None
        ]
        wanted += f", {text.percentiles((known[0], known[-1]))} of its prior" if known else ""
    stated = f", where it states {text.span(free.stated)}" if free.stated is not None else ""
    if verdict == "does_not_follow" and free.distribution is None:
        return f"{gives}; needs {wanted}{stated}"
    return f"{'with' if verdict == 'holds' else 'needs'} {wanted}{stated}"
