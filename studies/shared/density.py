"""A density as a few lines of block characters, with ranges drawn as bars above it on the same axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from studies.shared import text

if TYPE_CHECKING:
    from distributions.spec import Marginal

COLUMNS, ROWS = 60, 6
LOGARITHMIC_FROM = 50.0
"""Greatest over least value from which the axis may be logarithmic: on a linear one the lower half is a few columns."""
BLOCKS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Bar:
    """A range to draw above the density; low = high is a single figure."""

    label: str
    low: float
    high: float


@dataclass(frozen=True)
class _Axis:
    """Where a value lies: column 0 at the low end, `COLUMNS` at the high one."""

    low: float
    high: float
    logarithmic: bool

    def at(self, value: float) -> float:
        if self.logarithmic:
            share = math.log(value / self.low) / math.log(self.high / self.low) if value > 0 else 0.0
        else:
            share = (value - self.low) / (self.high - self.low)
        return float(COLUMNS * min(1.0, max(0.0, share)))

    def value(self, column: float) -> float:
        share = column / COLUMNS
        if self.logarithmic:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + (self.high - self.low) * share

    def line(self) -> str:
        left, right = text.number(self.low, 3), text.number(self.high, 3)
        middle = "(logarithmic)" if self.logarithmic else ""
        inner = COLUMNS - len(left) - len(right)
        return f"{left}{middle:^{inner}}{right}"


def picture(law: Marginal, bars: Sequence[Bar] = ()) -> list[str]:
    """Bars, the density from P0.5 to P99.5 (farther where a bar asks for it), and the axis.

    Each column is as high as the probability between its ends, so that on a logarithmic axis the picture is the
    density of the logarithm. A certain value has no picture, and gives no lines.
    """
    if law.certain:
        return []
    low, high = (float(value) for value in law.ppf([0.005, 0.995]))
    low, high = min([low, *(bar.low for bar in bars)]), max([high, *(bar.high for bar in bars)])
    if not low < high:
        return []
    axis = _Axis(low, high, low > 0 and high >= LOGARITHMIC_FROM * low and _even_in_logarithms(law))
    return [*_bars(bars, axis), *_density(law, axis), f"  {axis.line()}"]


def _even_in_logarithms(law: Marginal) -> bool:
    """Whether the median lies nearer the middle of P10 and P90 in logarithms than as it is."""
    low, middle, high = (float(value) for value in law.ppf([0.1, 0.5, 0.9]))
    if not 0 < low < high:
        return False
    skew = abs(high + low - 2 * middle) / (high - low)
    return abs(math.log(high * low / middle**2)) / math.log(high / low) < skew


def _bars(bars: Sequence[Bar], axis: _Axis) -> list[str]:
    lines = []
    for bar in bars:
        first, last = (min(COLUMNS - 1, int(axis.at(end))) for end in (bar.low, bar.high))
        drawn = "◆" if first == last else f"├{'─' * (last - first - 1)}┤"
        figures = text.number(bar.low, 3)
        if bar.high != bar.low:
            figures += f" to {text.number(bar.high, 3)}"
        lines.append(f"  {' ' * first + drawn:<{COLUMNS}}  {bar.label} {figures}")
    return lines


def _density(law: Marginal, axis: _Axis) -> list[str]:
    edges = [axis.value(column) for column in range(COLUMNS + 1)]
    # A step on the lowest edge belongs to the first column.
    below = [float(value) for value in law.cdf(edges)]
    below[0] = min(below[0], float(law.cdf(math.nextafter(edges[0], -math.inf))))
    mass = [max(0.0, b - a) for a, b in pairwise(below)]
    tallest = max(mass)
    lines = []
    for row in range(ROWS - 1, -1, -1):
        heights = [min(8, max(0, round(8 * (ROWS * share / tallest - row)))) for share in mass]
        lines.append("  " + "".join(BLOCKS[height] for height in heights).rstrip())
    return lines


def quantiles(law: Marginal, levels: Sequence[float]) -> list[str]:
    """A table of two lines: the levels as P05 and so on, and the values there."""
    values = [float(value) for value in law.ppf(list(levels))]
    return text.table([[f"P{100 * q:02.0f}" for q in levels], [text.number(v, 3) for v in values]], left=0)
