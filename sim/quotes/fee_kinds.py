"""What a fee of a quote may be charged for: of each kind its unit, and by what volume it is counted.

A new kind is one entry of `KINDS`; the reader, the bill, walk-away prices and what they are shown in follow from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.kernel import fees
from sim.model.equations import equations
from sim.model.strategies import Strategy


@dataclass(frozen=True)
class FeeKind:
    """One kind of fee.

    unit: what a price is for; "" for one that is due once. step: of the equations, by which it is counted in each
    month; None for a fee without volume. size: how much of the step a unit is. lacking: what a strategy lacks that does
    not have the step.
    """

    unit: str
    step: str | None = None
    lacking: str = ""
    size: float = 1.0

    def fits(self, strategy: Strategy) -> bool:
        """Whether a strategy has such a volume."""
        return self.step is None or equations().step(self.step, strategy.parts.flags()) is not None


KINDS = {
    "once": FeeKind(""),
    "month": FeeKind("month"),
    "query": FeeKind("query", "queries_reached"),
    "million_tokens": FeeKind("M tokens", "tokens_used"),
    "gpu_hour": FeeKind("GPU-hour", "gpu_hours", "rents no GPUs"),
}
"""By the word behind `per`."""

_WITHOUT_VOLUME = {"once": fees.ONCE, "month": fees.MONTH}


def by_volume() -> tuple[str, ...]:
    """The kinds that are charged by volume, and count towards a minimum."""
    return tuple(per for per, kind in KINDS.items() if kind.step is not None)


def code(per: str) -> int:
    """A kind in the compiled bill."""
    return fees.USAGE + by_volume().index(per) if per in by_volume() else _WITHOUT_VOLUME[per]


def steps() -> tuple[tuple[str, float], ...]:
    """The steps by which kinds are counted, and how much of one a unit is, in the order of `by_volume`."""
    return tuple((kind.step, kind.size) for kind in KINDS.values() if kind.step is not None)
