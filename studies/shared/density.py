"""A density as a few lines of block characters, with ranges drawn as bars above it on the same axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from distributions import shape, text

if TYPE_CHECKING:
    from distributions.spec import Marginal

COLUMNS, ROWS = 60, 6
BLOCKS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Bar:
    """A range to draw above the density; low = high is a single figure."""

    label: str
    low: float
    high: float


def picture(distribution: Marginal, bars: Sequence[Bar] = ()) -> list[str]:
    """Bars, the density from P0.5 to P99.5 (farther where a bar asks for it), and the axis.

    Each column is as high as the probability between its ends. A certain value has no picture, and gives no lines.
    """
    if distribution.certain:
        return []
    axis = shape.axis([distribution], [end for bar in bars for end in (bar.low, bar.high)])
    return [*_bars(bars, axis), *_density(distribution, axis), f"  {_scale(axis)}"]


def _scale(axis: shape.Axis) -> str:
    left, right = text.number(axis.low, 3), text.number(axis.high, 3)
    middle = "(logarithmic)" if axis.logarithmic else ""
    return f"{left}{middle:^{COLUMNS - len(left) - len(right)}}{right}"


def _bars(bars: Sequence[Bar], axis: shape.Axis) -> list[str]:
    lines = []
    for bar in bars:
        first, last = (min(COLUMNS - 1, int(COLUMNS * axis.share(end))) for end in (bar.low, bar.high))
        drawn = "◆" if first == last else f"├{'─' * (last - first - 1)}┤"
        figures = text.number(bar.low, 3)
        if bar.high != bar.low:
            figures += f" to {text.number(bar.high, 3)}"
        lines.append(f"  {' ' * first + drawn:<{COLUMNS}}  {bar.label} {figures}")
    return lines


def _density(distribution: Marginal, axis: shape.Axis) -> list[str]:
    heights = shape.density(distribution, axis, COLUMNS)
    heights *= ROWS / heights.max()
    lines = []
    for row in range(ROWS - 1, -1, -1):
        eighths = [min(8, max(0, round(8 * (height - row)))) for height in heights.tolist()]
        lines.append("  " + "".join(BLOCKS[eighth] for eighth in eighths).rstrip())
    return lines


def quantiles(distribution: Marginal, levels: Sequence[float]) -> list[str]:
    """A table of two lines: the levels as P05 and so on, and the values there."""
    values = [float(value) for value in distribution.ppf(list(levels))]
    return text.table([[text.level(q) for q in levels], [text.number(v, 3) for v in values]], left=0)
