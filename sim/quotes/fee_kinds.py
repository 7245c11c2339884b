"""What a fee of a quote may be charged for: of each kind its unit, and by what volume it is counted.

A new kind is one entry of `KINDS`; the reader, the bill, walk-away prices and what they are shown in follow from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.kernel import STRATEGIES, fees
from sim.kernel.columns import GPU
from sim.kernel.parts import HOURS_PER_MONTH
from sim.kernel.strategies import QUERY_TOKENS, USES

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Usage:
    """What a volume is counted from.

    queries, gpus: (H+1, n), queries that reach the vendor and GPUs rented, month by month. value: of an input by key,
    (n,).
    """

    strategy: str
    queries: Array
    gpus: Array
    value: Callable[[str], Array]


@dataclass(frozen=True)
class FeeKind:
    """One kind of fee.

    unit: what a price is for; "" for one that is due once. volume: what is counted in each month, (H+1, n); None for a
    fee without volume. fits: whether a strategy has such a volume; where it has none, `lacking` says what it lacks.
    """

    unit: str
    volume: Callable[[Usage], Array] | None = None
    fits: Callable[[str], bool] = lambda strategy: True
    lacking: str = ""


def _million_tokens(usage: Usage) -> Array:
    tokens = sum(usage.value(key) for key in QUERY_TOKENS[usage.strategy])
    return usage.queries * tokens / 1e6


def _rents_gpus(strategy: str) -> bool:
    return bool(USES[STRATEGIES.index(strategy), GPU])


KINDS = {
    "once": FeeKind(""),
    "month": FeeKind("month"),
    "query": FeeKind("query", lambda usage: usage.queries),
    "million_tokens": FeeKind("M tokens", _million_tokens),
    "gpu_hour": FeeKind("GPU-hour", lambda usage: HOURS_PER_MONTH * usage.gpus, _rents_gpus, "rents no GPUs"),
}
"""By the word behind `per`."""

_WITHOUT_VOLUME = {"once": fees.ONCE, "month": fees.MONTH}


def by_volume() -> tuple[str, ...]:
    """The kinds that are charged by volume, and count towards a minimum."""
    return tuple(per for per, kind in KINDS.items() if kind.volume is not None)


def code(per: str) -> int:
    """A kind in the compiled bill."""
    return fees.USAGE + by_volume().index(per) if per in by_volume() else _WITHOUT_VOLUME[per]


def volumes(usage: Usage) -> Array:
    """The volume of every kind that has one, (kinds, H+1, n)."""
    return np.array([kind.volume(usage) for kind in KINDS.values() if kind.volume is not None])
