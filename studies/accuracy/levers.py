"""Levers to raise accuracy by what a point of each costs, and how sure their published order is.

    python -m studies.accuracy --levers

prints it, as `breakeven accuracy --levers` does. The shipped levers are `studies/accuracy/levers.toml`; a file of one's
own has the same shape. A lever costs weeks of work, USD once, USD a month, or several of these; its cost per point is
their sum over the horizon by the points it gains. All levers that take weeks take them at the same weekly rate in each
draw.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from distributions.records import Record
from distributions.spec import Marginal
from distributions.support import Support
from distributions.tables.declaration import OneOf, Table, Tables, declare, file_schema, read_file
from distributions.tables.faults import Faults
from distributions.tables.kinds import Uncertain, text, whole
from distributions.tables.lines import KeyPath
from distributions.tables.reading import read

Array = NDArray[np.float64]

SHIPPED = Path(__file__).with_name("levers.toml")
COSTS = ("weeks", "once", "monthly")
"""What a lever may cost."""


@dataclass(frozen=True, eq=False)
class Lever:
    """One way to raise accuracy; points in percentage points of what `of` says, costs in weeks, USD and USD a month."""

    name: str
    of: str
    points: Marginal
    costs: Mapping[str, Marginal]
    note: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        """Where its figures come from."""
        return tuple(value.source for value in (self.points, *self.costs.values()) if value.source)


@dataclass(frozen=True, eq=False)
class Levers:
    """Levers in the order in which the advice tries them. weekly_rate: USD a week; horizon: months."""

    levers: tuple[Lever, ...]
    weekly_rate: Marginal | None
    horizon: int
    file: str


@dataclass(frozen=True, eq=False)
class Ranking(Record):
    """What the order of levers comes to under their ranges.

    per_point: by lever the quantiles 0.1, 0.5 and 0.9 of its cost per point, USD. cheapest: probability that a point of
    it is the cheapest of all. holds: probability that the order of the file is that by cost per point, with its 95 %
    interval. next_holds: for each lever but the last, that its point costs less than the next one's.
    """

    levers: Levers
    per_point: dict[str, tuple[float, float, float]]
    cheapest: dict[str, float]
    holds: float
    holds_ci95: tuple[float, float]
    next_holds: tuple[float, ...]
    by_median: tuple[str, ...]
    draws: int
    seed: int

    def entries(self) -> dict[str, Any]:
        """As `accuracy --levers --json` prints it."""
        levers = zip(self.levers.levers, [*self.next_holds, None], strict=True)
        return {
            "order": [lever.name for lever in self.levers.levers],
            "order_by_median": self.by_median,
            "order_holds": {"estimate": self.holds, "ci95": self.holds_ci95},
            "levers": {
                lever.name: {
                    "of": lever.of,
                    "note": lever.note,
                    "cost_per_point": dict(
                        zip(("0.1", "0.5", "0.9"), self.per_point[lever.name], strict=True)
                    ),
                    "probability_cheapest": self.cheapest[lever.name],
                    "probability_cheaper_than_next": share,
                    "sources": lever.sources,
                }
                for lever, share in levers
            },
            "file": self.levers.file,
            "draws": self.draws,
            "seed": self.seed,
        }


@dataclass(frozen=True)
class LaborTable:
    """What work costs."""

    weekly_rate: Marginal | None = declare(Uncertain(Support(0.0), "USD/week"), "of a person, USD", None)


@dataclass(frozen=True)
class LeverTable:
    """A way to raise accuracy: the points that it gains, and what it costs."""

    name: str = declare(text(), "in results")
    points: Marginal = declare(Uncertain(Support(0.0), "1"), "the percentage points that it gains")
    of: str = declare(text(empty=True), "what the points are of", "")
    note: str = declare(text(empty=True), "what one should know of it", "")
    weeks: Marginal | None = declare(Uncertain(Support(0.0), "weeks"), "of work", None)
    once: Marginal | None = declare(Uncertain(Support(0.0), "USD"), "USD that are paid once", None)
    monthly: Marginal | None = declare(Uncertain(Support(0.0), "USD/month"), "USD a month", None)

    RULES: ClassVar = (OneOf(COSTS, several=True),)

    def check(self, path: KeyPath, faults: Faults) -> None:
        """Leaves a fault where the points may be none."""
        lowest = self.points.support()[0]
        if not lowest > 0:
            allowed = "above 0, since the cost is divided by it"
            faults.add((*path, "points"), f"may be {lowest:g}", allowed=allowed)


@dataclass(frozen=True)
class LeversFile:
    """Levers in the order in which the advice tries them."""

    lever: tuple[LeverTable | None, ...] = declare(Tables(LeverTable, 2), "Levers to compare.")
    horizon_months: int = declare(whole(1, 120), "over which a monthly cost is added up, undiscounted", 12)
    labor: LaborTable = declare(Table(LaborTable), "What work costs.", LaborTable)


def load(path: str | os.PathLike[str] | None = None) -> Levers:
    """The levers of a file, by default the shipped ones. Raises UserError with every fault, each with its line."""
    document = read(SHIPPED if path is None else path)
    faults = Faults(document.file, document, document.path.parent)
    file = read_file(LeversFile, document.tables, faults)
    levers: list[Lever] = []
    for position, table in enumerate(file.lever or ()):
        if table is None:
            continue
        where: KeyPath = ("lever", position)
        if table.name in [lever.name for lever in levers]:
            faults.add((*where, "name"), f"'{table.name}' names two levers", allowed="different names")
        if table.weeks and file.labor.weekly_rate is None:
            faults.add((*where, "weeks"), "is work without a price", allowed="weekly_rate in [labor]")
        costs = {key: cost for key in COSTS if (cost := getattr(table, key)) is not None}
        levers.append(Lever(table.name, table.of, table.points, costs, table.note))
    faults.raise_any()
    name = "levers.toml (shipped)" if path is None else document.file
    return Levers(tuple(levers), file.labor.weekly_rate, file.horizon_months, name)


def levers_schema() -> dict[str, Any]:
    """JSON Schema of a file of levers."""
    return file_schema(LeversFile, "Breakeven levers")


def rank(levers: Levers, draws: int = 100_000, seed: int | None = None) -> Ranking:
    """The cost per point of each lever, and how probable the order of the file is, from independent draws."""
    from sim.draws import sampler
    from sim.engine.chunks import DEFAULT_SEED
    from sim.statistics.estimates import wilson

    used = DEFAULT_SEED if seed is None else seed
    inputs = {} if levers.weekly_rate is None else {"labor.weekly_rate": levers.weekly_rate}
    for lever in levers.levers:
        inputs[f"{lever.name}.points"] = lever.points
        inputs |= {f"{lever.name}.{key}": cost for key, cost in lever.costs.items()}
    source = sampler.prepare(inputs, None, "mc", used, draws)
    values = dict(zip(source.names, source.draw(0, draws, source.scratch()), strict=True))
    per_point = np.array(
        [_cost(lever, levers, values) / values[f"{lever.name}.points"] for lever in levers.levers]
    )
    names = [lever.name for lever in levers.levers]
    ascending = per_point[:-1] < per_point[1:]
    holds = float(ascending.all(axis=0).mean())
    low, high = wilson(holds, draws)
    quantiles = np.quantile(per_point, (0.1, 0.5, 0.9), axis=1).T
    first = per_point.argmin(axis=0)
    return Ranking(
        levers,
        {name: (float(q[0]), float(q[1]), float(q[2])) for name, q in zip(names, quantiles, strict=True)},
        {name: float((first == k).mean()) for k, name in enumerate(names)},
        holds,
        (float(low), float(high)),
        tuple(float(share) for share in ascending.mean(axis=1)),
        tuple(names[k] for k in np.argsort(quantiles[:, 1], kind="stable")),
        draws,
        used,
    )


def _cost(lever: Lever, levers: Levers, values: Mapping[str, Array]) -> Array:
    rates = {"weeks": values.get("labor.weekly_rate", 0.0), "once": 1.0, "monthly": float(levers.horizon)}
    cost: Array = np.sum([values[f"{lever.name}.{key}"] * rates[key] for key in lever.costs], axis=0)
    return cost
