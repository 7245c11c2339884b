"""How probabilities and shares are written, wherever one is shown: one rule for digits, one phrase with the interval.

Pure functions from values to text. Nothing here depends on the locale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

MOST_DECIMALS = 6
"""Of a percentage: more draws than any run has would be needed for the seventh."""

Interval = Sequence[float | None] | None


def decimals_for(error: float, *, most: int = 12) -> int:
    """Decimal places at which the error shows its second significant digit; negative left of the point.

    That is where a number with this standard error stops saying anything. An error of 0 gives `most`.
    """
    if not error > 0 or not math.isfinite(error):
        return most
    return min(most, 1 - math.floor(math.log10(float(f"{error:.1e}"))))


def percent(share: float, decimals: int = 0) -> str:
    """A share as a percentage; one that only rounds to none or all says so.

    >>> percent(0.614), percent(0.0004), percent(0.9996), percent(1.0, 1)
    ('61 %', 'under 1 %', 'over 99 %', '100 %')
    """
    if not math.isfinite(share):
        return "unknown"
    text = f"{100 * share:.{decimals}f}"
    unit = 10.0**-decimals
    if share > 0 and float(text) == 0:
        return f"under {unit:.{decimals}f} %"
    if share < 1 and float(text) == 100:
        return f"over {100 - unit:.{decimals}f} %"
    return f"{100 * share:.0f} %" if share in (0.0, 1.0) else f"{text} %"


def probability(estimate: float | None, interval: Interval) -> str:
    """A probability to the digit in which its 95 % interval begins to speak; whole where there is no interval.

    >>> probability(0.985062, (0.984957, 0.985167)), probability(0.61, (0.6, 0.62)), probability(0.6, None)
    ('98.51 %', '61 %', '60 %')
    >>> probability(1.0, (1.0, 1.0)), probability(0.125, (0.125, 0.125)), probability(None, None)
    ('100 %', '12.5 %', '–')
    """
    if estimate is None:
        return "–"
    ends = _ends(interval)
    if ends is None:
        return percent(estimate)
    if estimate in (0.0, 1.0):
        return f"{100 * estimate:.0f} %"
    if ends[0] == ends[1]:
        return f"{100 * estimate:.4g} %"
    return percent(estimate, _places(ends))


def bounds(estimate: float | None, interval: Interval, to: str = " to ") -> str:
    """The 95 % interval of a probability in per cent, to the probability's digits; "" where none is to be shown.

    >>> bounds(0.985062, (0.984957, 0.985167)), bounds(1.0, (0.99617, 1.0)), bounds(1.0, (1.0, 1.0))
    ('98.50 to 98.52', '99.6 to 100', '')
    """
    ends = _ends(interval)
    if estimate is None or ends is None or ends[0] == ends[1]:
        return ""
    shown = (f"{100 * end:.{0 if end in (0.0, 1.0) else _places(ends)}f}" for end in ends)
    return to.join(shown)


def probability_with_interval(estimate: float | None, interval: Interval) -> str:
    """A probability and its 95 % interval, both to the same digits.

    >>> probability_with_interval(0.985062, (0.984957, 0.985167)), probability_with_interval(1.0, (1.0, 1.0))
    ('98.51 % (95 % CI 98.50 to 98.52 %)', '100 % (exact)')
    """
    if estimate is not None and (ends := _ends(interval)) is not None:
        rest = "exact" if ends[0] == ends[1] else f"95 % CI {bounds(estimate, interval)} %"
    else:
        rest = "no interval can be given from so few draws"
    return f"{probability(estimate, interval)} ({rest})"


def _ends(interval: Interval) -> tuple[float, float] | None:
    low, high = (math.nan if end is None else float(end) for end in interval or (None, None))
    return (low, high) if math.isfinite(low) and math.isfinite(high) else None


def _places(ends: tuple[float, float]) -> int:
    """Decimals of a percentage at which half of the interval's width shows its first digit."""
    half = 50 * (ends[1] - ends[0])
    return min(MOST_DECIMALS, max(0, -math.floor(math.log10(half))))
