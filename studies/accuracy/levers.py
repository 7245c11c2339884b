"""Levers to raise accuracy by what a point of each costs, and how sure their published order is.

    python -m studies.accuracy --levers

prints it, as `breakeven accuracy --levers` does. The shipped levers are `studies/accuracy/levers.toml`; a file of one's
own has the same shape. A lever costs weeks of work, USD once, USD a month, or several of these; its cost per point is
their sum over the horizon by the points it gains. All levers that take weeks take them at the same weekly rate in each
draw.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError, did_you_mean
from distributions.spec import Marginal, marginal
from distributions.support import Support

if TYPE_CHECKING:
    from distributions.tables.lines import KeyPath
    from distributions.tables.reading import Document

Array = NDArray[np.float64]

SHIPPED = Path(__file__).with_name("levers.toml")
COSTS = {"weeks": "weeks", "once": "USD", "monthly": "USD/month"}
"""What a lever may cost, with its unit."""
KEYS = ("name", "of", "note", "points", *COSTS)


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
        return tuple(one.source for one in (self.points, *self.costs.values()) if one.source)


@dataclass(frozen=True, eq=False)
class Levers:
    """Levers in the order in which the advice tries them. weekly_rate: USD a week; horizon: months."""

    levers: tuple[Lever, ...]
    weekly_rate: Marginal | None
    horizon: int
    file: str


@dataclass(frozen=True, eq=False)
class Ranking:
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


def load(path: str | os.PathLike[str] | None = None) -> Levers:
    """The levers of a file, by default the shipped ones. Raises UserError with every fault, each with its line."""
    from distributions.tables.reading import read

    document = read(SHIPPED if path is None else path)
    reader = _Reader(document)
    found = reader.levers(document.tables, "levers.toml (shipped)" if path is None else document.file)
    if reader.faults:
        raise UserError(*reader.faults)
    return found


class _Reader:
    """Reads tables of levers and gathers every fault with its line."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.faults: list[Fault] = []

    def levers(self, tables: Mapping[str, Any], file: str) -> Levers:
        """All levers, and at what a week of work is paid."""
        self._unknown((), tables, ("horizon_months", "labor", "lever"))
        horizon = tables.get("horizon_months", 12)
        if not isinstance(horizon, int) or isinstance(horizon, bool) or not 1 <= horizon <= 120:
            self._fault(("horizon_months",), f"found {horizon!r}", "a whole number from 1 to 120")
        labor = tables.get("labor", {})
        rate = None
        if not isinstance(labor, dict):
            self._fault(("labor",), f"found {labor!r}", "a table [labor]")
        else:
            self._unknown(("labor",), labor, ("weekly_rate",))
            if "weekly_rate" in labor:
                rate = self._value(("labor", "weekly_rate"), labor["weekly_rate"], "USD/week")
        listed = tables.get("lever", [])
        if (
            not isinstance(listed, list)
            or len(listed) < 2
            or not all(isinstance(one, dict) for one in listed)
        ):
            self._fault(("lever",), "fewer than two levers to compare", "two or more tables [[lever]]")
            listed = []
        found = [self._lever(("lever", at), table) for at, table in enumerate(listed)]
        for at, lever in enumerate(found):
            if lever.name in [other.name for other in found[:at]]:
                self._fault(("lever", at, "name"), f"'{lever.name}' is there twice", "each lever once")
            if "weeks" in lever.costs and rate is None:
                self._fault(("lever", at, "weeks"), "is work without a price", "weekly_rate in [labor]")
        return Levers(tuple(found), rate, horizon, file)

    def _lever(self, where: KeyPath, table: Mapping[str, Any]) -> Lever:
        self._unknown(where, table, KEYS)
        name = table.get("name")
        if not isinstance(name, str) or not name.strip():
            self._fault(where, "has no name", 'name = "…"')
        for key in ("of", "note"):
            if not isinstance(table.get(key, ""), str):
                self._fault((*where, key), f"found {table[key]!r}", "a text")
        points = None
        if "points" not in table:
            self._fault(where, "has no points", "the percentage points that it gains")
        else:
            points = self._value((*where, "points"), table["points"], "1")
            if points is not None and not points.support()[0] > 0:
                lowest = f"{points.support()[0]:g}"
                self._fault(
                    (*where, "points"), f"may be {lowest}", "above 0, since the cost is divided by it"
                )
        costs = {key: self._value((*where, key), table[key], COSTS[key]) for key in COSTS if key in table}
        if not costs:
            self._fault(where, "has no cost", ", ".join(COSTS))
        return Lever(
            str(name),
            str(table.get("of", "")),
            points or marginal(1.0),
            {key: law for key, law in costs.items() if law is not None},
            str(table.get("note", "")),
        )

    def _value(self, where: KeyPath, given: object, unit: str) -> Marginal | None:
        try:
            return marginal(given, unit=unit, support=Support(0.0), folder=self._document.path.parent)
        except UserError as error:
            for one in error.faults:
                inner = one.key.removeprefix("value").strip(".")
                self._fault((*where, inner) if inner else where, one.problem, one.allowed, one.hint)
            return None

    def _unknown(self, where: KeyPath, table: Mapping[str, Any], known: Sequence[str]) -> None:
        for key in table:
            if key not in known:
                self._fault((*where, key), "unknown key", ", ".join(known), did_you_mean(key, known))

    def _fault(self, where: KeyPath, problem: str, allowed: str = "", hint: str = "") -> None:
        # levers are counted from 1 where people read of them
        key = ".".join(str(part + 1) if isinstance(part, int) else part for part in where)
        line = self._document.line(where)
        self.faults.append(Fault(key, problem, allowed, hint, self._document.file, line))


def rank(levers: Levers, draws: int = 100_000, seed: int | None = None) -> Ranking:
    """The cost per point of each lever, and how probable the order of the file is, from independent draws."""
    from sim.draws import sampler
    from sim.engine.chunks import DEFAULT_SEED
    from sim.statistics.estimates import wilson

    used = DEFAULT_SEED if seed is None else seed
    inputs = {} if levers.weekly_rate is None else {"labor.weekly_rate": levers.weekly_rate}
    for lever in levers.levers:
        inputs[f"{lever.name}.points"] = lever.points
        inputs |= {f"{lever.name}.{key}": law for key, law in lever.costs.items()}
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


def record(ranking: Ranking) -> dict[str, Any]:
    """The ranking as a plain record."""
    names = [lever.name for lever in ranking.levers.levers]
    return {
        "order": names,
        "order_by_median": list(ranking.by_median),
        "order_holds": {"estimate": ranking.holds, "ci95": list(ranking.holds_ci95)},
        "levers": {
            lever.name: {
                "of": lever.of,
                "note": lever.note,
                "cost_per_point": dict(
                    zip(("0.1", "0.5", "0.9"), ranking.per_point[lever.name], strict=True)
                ),
                "probability_cheapest": ranking.cheapest[lever.name],
                "probability_cheaper_than_next": share,
                "sources": list(lever.sources),
            }
            for lever, share in zip(ranking.levers.levers, [*ranking.next_holds, None], strict=True)
        },
        "file": ranking.levers.file,
        "draws": ranking.draws,
        "seed": ranking.seed,
    }


def _cost(lever: Lever, levers: Levers, values: Mapping[str, Array]) -> Array:
    rates = {"weeks": values.get("labor.weekly_rate", 0.0), "once": 1.0, "monthly": float(levers.horizon)}
    found: Array = np.sum([values[f"{lever.name}.{key}"] * rates[key] for key in lever.costs], axis=0)
    return found
