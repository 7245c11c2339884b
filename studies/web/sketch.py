"""A small density of an input as SVG: now filled, before as an outline, both on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from distributions.spec import Marginal

WIDTH, HEIGHT, CELLS = 132.0, 30.0, 44
_LOGARITHMIC_FROM = 12.0
_REACH = (0.005, 0.995)

Array = NDArray[np.float64]


def sketch(now: Marginal, before: Marginal | None = None) -> str:
    """The SVG; a certain value is a line. The axis is logarithmic where values above 0 span a factor of twelve."""
    laws = [law for law in (now, before) if law is not None]
    ends = np.array([_reach(law) for law in laws])
    low, high = float(ends[:, 0].min()), float(ends[:, 1].max())
    if low == high:
        low, high = low - max(abs(low), 1.0), high + max(abs(high), 1.0)
    logarithmic = low > 0 and high / low > _LOGARITHMIC_FROM
    edges = np.geomspace(low, high, CELLS + 1) if logarithmic else np.linspace(low, high, CELLS + 1)
    heights = [_heights(law, edges) for law in laws]
    most = max((float(row.max()) for row in heights if row is not None), default=1.0) or 1.0
    parts = []
    for law, row, name in zip(laws, heights, ("now", "before"), strict=False):
        if row is None:
            parts.append(_line(_at(law.median(), low, high, logarithmic), name))
        else:
            parts.append(f'<path class="{name}" d="{_path(row / most)}"/>')
    parts.reverse()
    if not now.certain:
        parts.append(_line(_at(now.median(), low, high, logarithmic), "median"))
    shape = f'viewBox="0 0 {WIDTH:g} {HEIGHT:g}" preserveAspectRatio="none"'
    return f'<svg class="sketch" {shape} aria-hidden="true">{"".join(parts)}</svg>'


def _reach(law: Marginal) -> tuple[float, float]:
    low, high = (float(x) for x in law.ppf(np.array(_REACH)))
    return low, high


def _heights(law: Marginal, edges: Array) -> Array | None:
    """The probability of each cell; None for a certain value."""
    if law.certain:
        return None
    found: Array = np.diff(np.asarray(law.cdf(edges), dtype=float))
    found[0] += float(law.cdf(edges[0]) - law.cdf(np.nextafter(edges[0], -np.inf)))
    return np.maximum(found, 0.0)


def _at(value: float, low: float, high: float, logarithmic: bool) -> float:
    share = np.log(value / low) / np.log(high / low) if logarithmic else (value - low) / (high - low)
    return float(WIDTH * np.clip(share, 0.01, 0.99))


def _line(x: float, name: str) -> str:
    return f'<line class="{name}" x1="{x:.1f}" x2="{x:.1f}" y1="2" y2="{HEIGHT:g}"/>'


def _path(shares: Sequence[float] | Array) -> str:
    step = WIDTH / len(shares)
    tops = [f"{(k + 0.5) * step:.1f},{HEIGHT - (HEIGHT - 2.0) * share:.1f}" for k, share in enumerate(shares)]
    return f"M0,{HEIGHT:g} L{' L'.join(tops)} L{WIDTH:g},{HEIGHT:g} Z"
