"""In which scenarios, and at which values of some inputs, is one strategy cheaper? Many runs as one piece of work.

    python -m studies.sweep studies/scenarios/support_bot.toml --vary workload.queries_per_month=1e4:1e8:9:log

is the command `breakeven sweep`.

A cell is one scenario with each varied input held at one value of its axis, as `--set KEY=VALUE` holds it; all others
vary as ever. Cells are all combinations of scenarios and values. Each is a full run with the same seed, so that cells
meet the same draws (common random numbers) and differ by what was changed alone; its results are those of
`breakeven run SCENARIO --set KEY=VALUE` with the same draws, seed and design, to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

    from sim import Probability, Run, Scenario
    from sim.engine.cell import Cell
    from sim.engine.chunks import Progress
    from studies.sweep.grid import Varied

LISTED = 10_000
"""Cells that a record still lists, at three kilobytes each; the arrays and the table have all of more."""

DRAWS = 2**16
"""Of a cell, unless told otherwise: a probability within some 0.2 points."""


@dataclass(frozen=True)
class Result:
    """What is kept of a cell's run.

    cheaper
        P(a cheaper than b) of the scenario's compared pair.
    cheapest
        P(cheapest) of each strategy of the scenario, 0 for one that its requirements exclude.
    cost
        Of each strategy `mean`, `ci95`, `mcse` and `sd` of the present-value cost, USD.
    difference
        The same of cost of a minus cost of b, USD.
    reached, median_month
        P(a's cumulative cost has come down to b's within the horizon), and the month by which it has in half of the
        draws; None where it has in fewer. Both are None where costs over the whole horizon alone were counted.
    lasting, lasting_month, falls_back
        The same of cost of a that is at or below b's to the end, and P(it has come down to b's and is above it later).
    """

    cheaper: Probability
    cheapest: Mapping[str, Probability]
    cost: Mapping[str, Mapping[str, Any]]
    difference: Mapping[str, Any]
    reached: float | None
    median_month: int | None
    lasting: float | None
    lasting_month: int | None
    falls_back: float | None

    @property
    def best(self) -> str | None:
        """The strategy that is most probably the cheapest; None where none is eligible."""
        found = max(self.cheapest, key=lambda name: self.cheapest[name].estimate)
        return found if self.cheapest[found].estimate > 0.0 else None

    @property
    def close(self) -> bool:
        """Whether the interval leaves open which of the pair is cheaper in more than half of the draws."""
        low, high = self.cheaper.ci95 or (0.0, 1.0)
        return low <= 0.5 <= high


def result(run: Run) -> Result:
    """Of a run."""
    reached = median_month = lasting = lasting_month = falls_back = None
    if not run.totals:
        from sim.results.dataset import breakeven_lasting, breakeven_month

        first, to_the_end = breakeven_month(run), breakeven_lasting(run)
        reached, median_month = 1.0 - first["probability_never"], first["quantiles"]["0.5"]
        lasting, lasting_month = 1.0 - to_the_end["probability_never"], to_the_end["quantiles"]["0.5"]
        falls_back = run.probability_falls_back(*run.compare)
    return Result(
        cheaper=run.probability_cheaper(*run.compare),
        cheapest={name: run.probability_cheapest(name) for name in run.strategies},
        cost={name: run.mean("cost", name) for name in run.strategies},
        difference=run.mean_difference(),
        reached=reached,
        median_month=median_month,
        lasting=lasting,
        lasting_month=lasting_month,
        falls_back=falls_back,
    )


@dataclass(frozen=True)
class Tip:
    """Two neighbours on an axis between which P(a cheaper than b) crosses one half.

    at: the values of the other axes. rising: P is above one half at the larger value.
    """

    scenario: int
    key: str
    between: tuple[float, float]
    at: Mapping[str, float]
    rising: bool


@dataclass(frozen=True)
class Sweep:
    """What a sweep found: scenarios by name, the axes, and the result of each cell, the last axis running fastest."""

    names: tuple[str, ...]
    scenarios: tuple[Scenario, ...]
    axes: tuple[Varied, ...]
    cells: tuple[Cell, ...]
    results: tuple[Result, ...]
    draws: int
    seed: int
    design: str

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The pairs that the scenarios compare, each once."""
        return tuple(dict.fromkeys(scenario.compare for scenario in self.scenarios))

    @property
    def close(self) -> int:
        """In how many cells it is too close to call who is probably cheaper."""
        return sum(one.close for one in self.results)

    def of(self, scenario: int) -> range:
        """The cells of a scenario, by number."""
        size = len(self.cells) // len(self.scenarios)
        return range(scenario * size, (scenario + 1) * size)

    @cached_property
    def tips(self) -> tuple[Tip, ...]:
        """Where the answer tips, along every axis."""
        found = []
        step = 1
        for axis in reversed(self.axes):
            size = len(axis.values)
            for number, cell in enumerate(self.cells):
                place = number // step % size
                if place + 1 == size:
                    continue
                here, there = (self.results[k].cheaper.estimate - 0.5 for k in (number, number + step))
                if here * there < 0.0 or (here == 0.0) != (there == 0.0):
                    others = {key: value for key, value in cell.values.items() if key != axis.key}
                    ends = axis.values[place], axis.values[place + 1]
                    found.append(Tip(cell.scenario, axis.key, ends, others, there > here))
            step *= size
        return tuple(found)

    @cached_property
    def untied(self) -> tuple[tuple[str, str], ...]:
        """(scenario's name, input) of rank correlations that fall away, since one of the two inputs is held."""
        held = {axis.key for axis in self.axes}
        return tuple(
            (name, key)
            for name, scenario in zip(self.names, self.scenarios, strict=True)
            for key in dict.fromkeys(key for pair, _ in scenario.dependence for key in pair)
            if key in held
        )

    @cached_property
    def dataset(self) -> xr.Dataset:
        """The results as labelled arrays over scenario and the axes; see `studies.sweep.dataset`."""
        from studies.sweep.dataset import build

        return build(self)


def sweep(
    scenarios: Mapping[str, Scenario],
    along: Sequence[Varied] = (),
    *,
    draws: int = DRAWS,
    seed: int | None = None,
    design: str = "sobol",
    totals: bool = False,
    threads: int | None = None,
    dask: str | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Every scenario at every combination of the axes' values.

    Args:
        scenarios: by name.
        along: the inputs that are varied, an axis each.
        draws: of each cell.
        seed: of all cells; None takes the fixed default.
        design: "sobol", "lhs" or "mc".
        totals: count costs over the whole horizon alone, in about half the time: no break-even months.
        threads: processor threads; the numbers do not depend on it.
        dask: address of a Dask scheduler whose workers draw, instead of threads; the same numbers.
        progress: called with draws done and wanted, of all cells.

    Raises:
        UserError: too many cells, an argument that cannot be, or a cell that cannot be run, by its values.
    """
    from sim.engine.cell import Asked, Cell
    from sim.engine.chunks import DEFAULT_SEED
    from sim.engine.many import fan_out
    from studies.sweep.grid import check_size, places

    check_size(len(scenarios), along)
    cells = tuple(Cell(k, values) for k in range(len(scenarios)) for values in places(along))
    seed = DEFAULT_SEED if seed is None else seed
    cluster = None
    if dask is not None:
        from sim.engine.cluster import Cluster

        cluster = Cluster(dask)
    found = fan_out(
        tuple(scenarios.values()),
        cells,
        Asked(draws, seed, design, result, totals),
        threads=threads,
        cluster=cluster,
        progress=progress,
    )
    return Sweep(
        names=tuple(scenarios),
        scenarios=tuple(scenarios.values()),
        axes=tuple(along),
        cells=cells,
        results=tuple(found),
        draws=draws,
        seed=seed,
        design=design,
    )


def record(found: Sweep) -> dict[str, Any]:
    """What was found as a plain record, as `sweep --json` prints it; numbers that do not exist as NaN.

    Of more than `LISTED` cells it has none (None): they are in sweep.csv and sweep.nc.
    """
    from sim.results.dataset import version

    return {
        "draws": found.draws,
        "seed": found.seed,
        "design": found.design,
        "version": version(),
        "scenarios": [
            {
                "name": name,
                "title": one.title,
                "compare": list(one.compare),
                "strategies": list(one.strategies),
                "horizon_months": one.horizon,
                "discount_rate": one.discount_rate,
            }
            for name, one in zip(found.names, found.scenarios, strict=True)
        ],
        "axes": [
            {"input": one.key, "unit": one.unit, "log": one.log, "values": list(one.values)}
            for one in found.axes
        ],
        "cells": [_cell(found, k) for k in range(len(found.cells))] if len(found.cells) <= LISTED else None,
        "tips": [
            {
                "scenario": found.names[tip.scenario],
                "input": tip.key,
                "between": list(tip.between),
                "direction": "rising" if tip.rising else "falling",
                "at": dict(tip.at),
            }
            for tip in found.tips
        ],
        "untied": [{"scenario": name, "input": key} for name, key in found.untied],
    }


def _cell(found: Sweep, number: int) -> dict[str, Any]:
    cell, one = found.cells[number], found.results[number]
    a, b = found.scenarios[cell.scenario].compare
    wanted = ("mean", "ci95", "mcse")
    return {
        "scenario": found.names[cell.scenario],
        "values": dict(cell.values),
        "probability_cheaper": {"a": a, "b": b, **one.cheaper.to_dict()},
        "cheapest": one.best,
        "probability_cheapest": {name: share.to_dict() for name, share in one.cheapest.items()},
        "cost": {name: {key: row[key] for key in wanted} for name, row in one.cost.items()},
        "difference": {"a": a, "b": b, **{key: one.difference[key] for key in wanted}},
        "breakeven": None
        if one.reached is None
        else {
            "probability": one.reached,
            "median_month": one.median_month,
            "lasting_probability": one.lasting,
            "lasting_median_month": one.lasting_month,
            "probability_falls_back": one.falls_back,
        },
    }
