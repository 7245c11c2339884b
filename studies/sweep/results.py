"""What came of a sweep, as records: each cell's result, where the answer tips, and the whole as files hold it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from distributions.records import Record, plain
from studies.shared.names import attribute

if TYPE_CHECKING:
    import xarray as xr

    from sim import Mean, Probability, Scenario
    from sim.engine.cell import Cell
    from sim.results.labelled import LabelledArrays
    from studies.sweep.grid import Varied

LISTED = 10_000
"""Cells that a record still lists, at three kilobytes each; the arrays and the table have all of more."""

NONE = (math.nan, math.nan)
"""The interval where there is none."""

_PAIR = "cost of the first of the compared pair minus that of the second"
_CHEAPER = "probability that the first of the compared pair costs less than the second, ties counted half"
_CHEAPEST = "probability that the strategy is the cheapest of the eligible"
_COST = "present-value cost over the horizon"
_CI, _MCSE = "95 % interval of the", "Monte Carlo standard error of the"

_ARRAYS: tuple[tuple[str, str, str, tuple[str, ...], Callable[..., Any]], ...] = (
    ("probability_cheaper", _CHEAPER, "1", (), lambda result: result.cheaper.estimate),
    ("probability_cheaper_ci", f"{_CI} {_CHEAPER}", "1", ("ci_bound",), lambda result: result.cheaper.ci95 or NONE),
    ("tie_share", "share of draws in which the pair costs the same", "1", (), lambda result: result.cheaper.ties),
    ("probability_cheapest", _CHEAPEST, "1", ("strategy",), lambda result, s: result.cheapest[s].estimate),
    ("probability_cheapest_ci", f"{_CI} {_CHEAPEST}", "1", ("strategy", "ci_bound"),
     lambda result, s: result.cheapest[s].ci95 or NONE),
    ("cost_mean", f"mean {_COST}", "USD", ("strategy",), lambda result, s: result.cost[s].value),
    ("cost_mcse", f"{_MCSE} mean {_COST}", "USD", ("strategy",), lambda result, s: result.cost[s].mcse),
    ("difference_mean", f"mean {_PAIR}", "USD", (), lambda result: result.difference.value),
    ("difference_mean_ci", f"{_CI} mean {_PAIR}", "USD", ("ci_bound",), lambda result: result.difference.ci95),
    ("difference_mcse", f"{_MCSE} mean {_PAIR}", "USD", (), lambda result: result.difference.mcse),
    ("breakeven_probability",
     "probability that the first's cumulative cost has come down to the second's within the horizon",
     "1", (), lambda result: result.reached),
    ("breakeven_median_month", "month by which it has in half of the draws; not a number where it has in fewer",
     "months", (), lambda result: result.median_month),
    ("breakeven_lasting_probability",
     "probability that the first's cumulative cost is at or below the second's to the end from some month on",
     "1", (), lambda result: result.lasting),
    ("breakeven_lasting_median_month",
     "month from which it is in half of the draws; not a number where it is in fewer",
     "months", (), lambda result: result.lasting_month),
)  # fmt: skip
"""Of each cell, or of each of its strategies: name, meaning, unit, dims beside the cells', value."""

_OF_A_SCENARIO: tuple[tuple[str, str, str, Callable[[Scenario], Any]], ...] = (
    ("title", "title of the scenario", "", lambda scenario: scenario.title),
    ("compare_a", "first of the compared pair", "", lambda scenario: scenario.compare[0]),
    ("compare_b", "second of the compared pair", "", lambda scenario: scenario.compare[1]),
    ("horizon_months", "operating months", "months", lambda scenario: scenario.horizon),
    ("discount_rate", "discount rate a year", "1", lambda scenario: scenario.discount_rate),
)
"""Name, meaning, unit, value."""


@dataclass(frozen=True)
class Result(Record):
    """What is kept of a cell's run.

    cheaper
        P(a cheaper than b) of the scenario's compared pair.
    cheapest
        P(cheapest) of each strategy of the scenario, 0 for one that its requirements exclude.
    cost, difference
        The mean present-value cost of each strategy, and of a less that of b, USD.
    reached, median_month
        P(a's cumulative cost has come down to b's within the horizon), and the month by which it has in half of the
        draws; None where it has in fewer. Both are None where costs over the whole horizon alone were counted.
    lasting, lasting_month, falls_back
        The same of cost of a that is at or below b's to the end, and P(it has come down to b's and is above it later).
    """

    cheaper: Probability
    cheapest: Mapping[str, Probability]
    cost: Mapping[str, Mean]
    difference: Mean
    reached: float | None
    median_month: int | None
    lasting: float | None
    lasting_month: int | None
    falls_back: float | None

    @property
    def best(self) -> str | None:
        """The strategy that is most probably the cheapest; None where none is eligible."""
        likeliest = max(self.cheapest, key=lambda name: self.cheapest[name].estimate)
        return likeliest if self.cheapest[likeliest].estimate > 0.0 else None

    @property
    def close(self) -> bool:
        """Whether the interval leaves open which of the pair is cheaper in more than half of the draws."""
        low, high = self.cheaper.ci95 or (0.0, 1.0)
        return low <= 0.5 <= high

    def to_dict(self) -> dict[str, Any]:
        """As in `sweep.json`."""

        def of(mean: Mean) -> dict[str, Any]:
            record = mean.to_dict()
            del record["sd"]
            return record

        return {
            "probability_cheaper": self.cheaper.to_dict(),
            "cheapest": self.best,
            "probability_cheapest": plain(self.cheapest),
            "cost": {name: of(mean) for name, mean in self.cost.items()},
            "difference": of(self.difference),
            "breakeven": None
            if self.reached is None
            else {
                "probability": self.reached,
                "median_month": self.median_month,
                "lasting_probability": self.lasting,
                "lasting_median_month": self.lasting_month,
                "probability_falls_back": self.falls_back,
            },
        }


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
class Sweep(Record):
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
        return sum(result.close for result in self.results)

    def of(self, scenario: int) -> range:
        """The cells of a scenario, by number."""
        size = len(self.cells) // len(self.scenarios)
        return range(scenario * size, (scenario + 1) * size)

    @cached_property
    def tips(self) -> tuple[Tip, ...]:
        """Where the answer tips, along every axis."""
        tips = []
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
                    tips.append(Tip(cell.scenario, axis.key, ends, others, there > here))
            step *= size
        return tuple(tips)

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

    @property
    def title(self) -> str:
        """Of the whole: the scenario's, or how many there are and which."""
        if len(self.scenarios) == 1:
            return self.scenarios[0].title
        return f"{len(self.scenarios)} scenarios: {', '.join(self.names)}"

    @property
    def strategies(self) -> list[str]:
        """Those that any of the scenarios has: the shipped ones in their order, then own ones by name."""
        from sim import STRATEGIES

        named = {name for scenario in self.scenarios for name in scenario.strategies}
        return [
            *(name for name in STRATEGIES if name in named),
            *sorted(named - set(STRATEGIES)),
        ]

    @property
    def labels(self) -> Mapping[str, str]:
        """What they are called; where scenarios differ on it, as the first does."""
        return {
            name: words for scenario in reversed(self.scenarios) for name, words in scenario.labels.items()
        }

    def to_dict(self) -> dict[str, Any]:
        """The content of `sweep.json`; of more than `LISTED` cells it has none (None): sweep.csv and sweep.nc have."""
        from sim.results.dataset import version

        return {
            "draws": self.draws,
            "seed": self.seed,
            "design": self.design,
            "version": version(),
            "labels": {name: self.labels[name] for name in self.strategies},
            "scenarios": [
                {
                    "name": name,
                    "title": scenario.title,
                    "compare": list(scenario.compare),
                    "strategies": list(scenario.strategies),
                    "horizon_months": scenario.horizon,
                    "discount_rate": scenario.discount_rate,
                }
                for name, scenario in zip(self.names, self.scenarios, strict=True)
            ],
            "axes": [
                {"input": axis.key, "unit": axis.unit, "log": axis.log, "values": list(axis.values)}
                for axis in self.axes
            ],
            "cells": [self._cell(k) for k in range(len(self.cells))] if len(self.cells) <= LISTED else None,
            "tips": [
                {
                    "scenario": self.names[tip.scenario],
                    "input": tip.key,
                    "between": list(tip.between),
                    "direction": "rising" if tip.rising else "falling",
                    "at": dict(tip.at),
                }
                for tip in self.tips
            ],
            "untied": [{"scenario": name, "input": key} for name, key in self.untied],
        }

    def _cell(self, number: int) -> dict[str, Any]:
        cell, record = self.cells[number], self.results[number].to_dict()
        pair = dict(zip("ab", self.scenarios[cell.scenario].compare, strict=True))
        for name in ("probability_cheaper", "difference"):
            record[name] = {**pair, **record[name]}
        return {"scenario": self.names[cell.scenario], "values": dict(cell.values), **record}

    def to_dataset(self) -> xr.Dataset:
        """As an xarray Dataset, dims as in `to_arrays`."""
        return self.to_arrays().to_dataset()

    def to_arrays(self) -> LabelledArrays:
        """As labelled arrays: dims scenario, one for each axis under the input's key, strategy, ci_bound.

        A strategy that a scenario leaves out has not-a-number there.
        """
        from sim.results.dataset import version
        from sim.results.labelled import LabelledArrays

        strategies = self.strategies
        dims = ("scenario", *(axis.key for axis in self.axes))
        shape = (len(self.scenarios), *(len(axis.values) for axis in self.axes))
        variables: dict[str, Any] = {}
        for name, what, units, more, of in _ARRAYS:
            none = NONE if more[-1:] == ("ci_bound",) else math.nan
            rows = (
                [of(result, s) if s in result.cost else none for s in strategies]
                if "strategy" in more
                else of(result)
                for result in self.results
            )
            values = np.array(list(rows), dtype=float)
            described: dict[str, Any] = {"long_name": what, "units": units}
            variables[name] = ((*dims, *more), values.reshape(*shape, *values.shape[1:]), described)
        for name, what, unit, of in _OF_A_SCENARIO:
            described = {"long_name": what, **({"units": unit} if unit else {})}
            variables[name] = ("scenario", np.array([of(scenario) for scenario in self.scenarios]), described)
        coords: dict[str, Any] = {
            "scenario": ("scenario", np.array(self.names), {"long_name": "scenario"}),
            "strategy": ("strategy", np.array(strategies), {"long_name": "strategy"}),
            "ci_bound": ("ci_bound", np.array(["lower", "upper"]), {"long_name": "end of the interval"}),
        }
        for axis in self.axes:
            described = {"long_name": axis.item.meaning, "units": axis.unit, "log": int(axis.log)}
            coords[axis.key] = (axis.key, np.array(axis.values), described)
        attrs: dict[str, Any] = {
            "title": self.title,
            "axes": [axis.key for axis in self.axes],
            "draws": self.draws,
            "seed": str(self.seed),
            "design": self.design,
            "version": version(),
            **attribute(self.labels),
        }
        rates = {scenario.discount_rate for scenario in self.scenarios}
        if len(rates) == 1:
            attrs["discount_rate"] = rates.pop()
        if len(self.scenarios) > 1:
            attrs["sources"] = "inputs and sources: scenarios/"
        return LabelledArrays(variables, coords, attrs)
