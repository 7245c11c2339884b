"""What a run says of a number, as frozen records: means, summaries, probabilities, break-even months, warnings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from distributions.records import Record
from sim.results.labelled import LabelledArrays

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
Described: TypeAlias = tuple[tuple[str, ...], Array, str]
"""Dims, values and what they are."""

LEVELS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
"""At which quantiles are given unless others are asked for."""


@dataclass(frozen=True)
class Estimate(Record):
    """A number with its 95 % interval; what cannot be given is not a number."""

    value: float
    ci95: tuple[float, float]

    called: ClassVar[str] = "estimate"
    """What files call the value."""

    def to_dict(self) -> dict[str, Any]:
        """As in `run.json`, the value first."""
        record = super().to_dict()
        return {self.called: record.pop("value"), **record}


@dataclass(frozen=True)
class Mean(Estimate):
    """A mean with its 95 % interval, its Monte Carlo standard error, and the standard deviation of the draws."""

    mcse: float
    sd: float

    called: ClassVar[str] = "mean"


@dataclass(frozen=True, eq=False)
class Summary(Mean):
    """A mean with quantiles at `levels` and the mean of the dearest 5 % (CVaR), each with its 95 % interval.

    quantiles (levels,), quantiles_ci95 (levels, 2).
    """

    levels: tuple[float, ...]
    quantiles: Array
    quantiles_ci95: Array
    cvar95: float
    cvar95_ci95: tuple[float, float]

    def quantile(self, level: float) -> float:
        """The quantile at one of the levels. Raises ValueError for another."""
        return float(self.quantiles[self.levels.index(level)])

    def to_dict(self) -> dict[str, Any]:
        """As in `run.json`, where quantiles stand by level."""
        record = super().to_dict()
        names = [f"{level:g}" for level in record.pop("levels")]
        return record | {
            name: dict(zip(names, record[name], strict=True)) for name in ("quantiles", "quantiles_ci95")
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """The record that was stored by `to_dict`; what an older file lacks, or has as None, is not a number."""

        def ends(pair: Sequence[float | None] | None) -> tuple[float, float]:
            low, high = (math.nan if end is None else float(end) for end in pair or (None, None))
            return low, high

        def number(name: str) -> float:
            value = stored.get(name)
            return math.nan if value is None else float(value)

        quantiles, intervals = stored["quantiles"], stored.get("quantiles_ci95") or {}
        return cls(
            value=number(cls.called),
            ci95=ends(stored.get("ci95")),
            mcse=number("mcse"),
            sd=number("sd"),
            levels=tuple(map(float, quantiles)),
            quantiles=np.array([math.nan if x is None else x for x in quantiles.values()], dtype=float),
            quantiles_ci95=np.array([ends(intervals.get(name)) for name in quantiles]),
            cvar95=number("cvar95"),
            cvar95_ci95=ends(stored.get("cvar95_ci95")),
        )

    @staticmethod
    def arrays(rows: Sequence[Summary], *dims: str) -> dict[str, Described]:
        """By name, of several summaries along a dim; without one, of a single summary."""

        def put(name: str, what: str, *more: str) -> Described:
            values = np.array([getattr(row, name) for row in rows], dtype=float)
            return (*dims, *more), values if dims else values[0], what

        tail = "mean of the dearest 5 %"
        return {
            "mean": put("value", "mean"),
            "mcse": put("mcse", "Monte Carlo standard error of the mean"),
            "sd": put("sd", "sd"),
            "mean_ci": put("ci95", "95 % interval of the mean", "ci_bound"),
            "cvar95": put("cvar95", tail),
            "cvar95_ci": put("cvar95_ci95", f"95 % interval of the {tail}", "ci_bound"),
            "quantile": put("quantiles", "quantiles", "quantile"),
            "quantile_ci": put("quantiles_ci95", "95 % intervals of quantiles", "quantile", "ci_bound"),
        }

    def to_dataset(self, name: str) -> xr.Dataset:
        """As labelled arrays under the names of `Run.dataset`: `cost_mean`, `cost_quantile`, … for "cost"."""
        parts = self.arrays([self]).items()
        return LabelledArrays(
            {f"{name}_{part}": (dims, values, {"long_name": what}) for part, (dims, values, what) in parts},
            {"quantile": list(self.levels), "ci_bound": ["lower", "upper"]},
        ).to_dataset()


@dataclass(frozen=True)
class Probability(Record):
    """A probability with its 95 % interval, honest for the design; None where no interval can be given.

    ties: share of draws in which the two were equal, which count half. The estimate is not a number (None in
    `run.json`) where the question has no answer: who is the cheapest, where no strategy is eligible.
    """

    estimate: float
    ci95: tuple[float, float] | None
    ties: float


@dataclass(frozen=True, eq=False)
class BreakEven(Record):
    """The month in which the cumulative cost of a comes down to that of b, over all draws.

    by_month (H,): P(it is month 1 … H). never: P(none within the horizon), which is later than any month.
    """

    a: str
    b: str
    by_month: Array
    never: float

    @property
    def probability(self) -> float:
        """That there is one within the horizon."""
        return 1.0 - self.never

    @property
    def median(self) -> int | None:
        """The month by which it has come in half of the draws; None where it has in fewer."""
        return self.quantiles((0.5,))[0]

    def quantiles(self, levels: ArrayLike = LEVELS, if_reached: bool = False) -> list[int | None]:
        """Quantiles of the month, None for never; if_reached: of the draws in which there is one."""
        share = np.append(self.by_month, 0.0 if if_reached else self.never)
        so_far = np.cumsum(share)
        wanted = np.asarray(levels) * so_far[-1] * (1.0 - 1e-12)
        places = np.searchsorted(so_far, wanted)
        return [int(at) + 1 if at < self.by_month.size else None for at in places]

    def to_dict(self) -> dict[str, Any]:
        """As in `run.json`."""
        names = [f"{level:g}" for level in LEVELS]
        reached = self.never < 1.0
        return {
            "a": self.a,
            "b": self.b,
            "probability_never": self.never,
            "probability_by_month": np.cumsum(self.by_month).tolist(),
            "quantiles": dict(zip(names, self.quantiles(), strict=True)),
            "quantiles_if_reached": dict(zip(names, self.quantiles(if_reached=True), strict=True))
            if reached
            else None,
        }


@dataclass(frozen=True)
class TailWarning(Record):
    """A mean that rests on a few draws: neither it nor its interval can be relied on (see `sim.statistics.tails`).

    quantity: "cost", "cost_per_query", "difference" or "evpi". strategy: whose; of a difference that of the first.
    """

    quantity: str
    strategy: str
    largest_share: float
    pareto_k: float | None
