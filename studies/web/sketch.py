"""A small density of an input as SVG: now filled, before as an outline, both on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from distributions import shape

if TYPE_CHECKING:
    from distributions.spec import Marginal

WIDTH, HEIGHT, CELLS = 132.0, 30.0, 44


def sketch(now: Marginal, before: Marginal | None = None) -> str:
    """The SVG; a certain value is a line."""
    shown = {"now": now} if before is None else {"before": before, "now": now}
    axis = shape.axis(list(shown.values()))
    heights = {
        name: shape.density(marginal, axis, CELLS) for name, marginal in shown.items() if not marginal.certain
    }
    highest = max((row.max() for row in heights.values()), default=1.0) or 1.0
    parts = [
        f'<path class="{name}" d="{_path((heights[name] / highest).tolist())}"/>'
        if name in heights
        else _line(axis.share(marginal.median()), name)
        for name, marginal in shown.items()
    ]
    if not now.certain:
        parts.append(_line(axis.share(now.median()), "median"))
    view = f'viewBox="0 0 {WIDTH:g} {HEIGHT:g}" preserveAspectRatio="none"'
    return f'<svg class="sketch" {view} aria-hidden="true">{"".join(parts)}</svg>'


def _line(share: float, name: str) -> str:
    x = WIDTH * min(max(share, 0.01), 0.99)
    return f'<line class="{name}" x1="{x:.1f}" x2="{x:.1f}" y1="2" y2="{HEIGHT:g}"/>'


def _path(shares: Sequence[float]) -> str:
    step = WIDTH / len(shares)
    tops = [f"{(k + 0.5) * step:.1f},{HEIGHT - (HEIGHT - 2.0) * share:.1f}" for k, share in enumerate(shares)]
    return f"M0,{HEIGHT:g} L{' L'.join(tops)} L{WIDTH:g},{HEIGHT:g} Z"
