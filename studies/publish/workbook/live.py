"""The cost model as formulas: series by month, unit costs, lines; each with the value it has at the medians.

A line of a strategy costs its unit cost times one series of the month, its rhythm; the series are zero outside the
months they count in, so that the horizon is a cell like any other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.kernel.columns import ERROR, GPU, MONTH, ONCE, QUERY, RETRAIN, RETRAIN_GPU, TOKEN
from studies.evidence import arithmetic
from studies.publish.workbook.book import letter
from studies.publish.workbook.equations import EQUATIONS, STEPS, Drift, Unit

if TYPE_CHECKING:
    from studies.publish.workbook.content import Content

Array = NDArray[np.float64]

_NAMES = re.compile(r"[A-Za-z_]+")

ROOM = 36
"""Months that the model has rows for at least, so that a shorter horizon can be lengthened."""

FIRST = 6
"""Row of month 0 in the sheets by month, counted from 0."""

CHARGED: Mapping[int, tuple[str, str]] = {
    ONCE: ("at_setup", "once, in month 0"),
    MONTH: ("per_month", "every month"),
    QUERY: ("per_query", "per query"),
    TOKEN: ("per_query", "per query, at the month's token price level"),
    RETRAIN: ("per_retrain", "per retrain"),
    RETRAIN_GPU: ("per_retrain_gpu", "per retrain, at the month's GPU price level"),
    GPU: ("per_gpu", "per GPU and month, at the month's GPU price level"),
    ERROR: ("per_error", "per wrong answer"),
}
"""How a line of each rhythm is charged: ending of its unit cost's name, and in words."""


class Series(NamedTuple):
    """A column of the model by month: key, heading, unit, style, formula of each month, value in each month.

    In a formula {key} is a cell of the same row and {before_key} of the row above; `first` is month 0's where that is
    another.
    """

    key: str
    heading: str
    unit: str
    style: str
    formula: str
    values: Array
    first: str = ""


@dataclass(frozen=True)
class Cost:
    """A line's unit cost: its cell's name, whose it is, and its value."""

    name: str
    strategy: str
    unit: Unit
    value: float


def cell_name(key: str) -> str:
    """The name of an input's cell: `price.input` is `price_input`."""
    return key.replace(".", "_")


class Live:
    """The model in formulas for one run.

    strategies: those with equations, in the tables' order. without: those that have none.
    months: last month with a row. values: of every named cell, by name.
    """

    def __init__(self, content: Content) -> None:
        self._evaluation = content.evaluation
        self._scenario = content.scenario
        self.strategies = tuple(name for name in content.strategies if name in EQUATIONS)
        self.without = tuple(name for name in content.strategies if name not in EQUATIONS)
        self.horizon = content.horizon
        self.months = max(ROOM, content.horizon)
        self.values = {cell_name(key): value for key, value in self._evaluation.inputs.items()}
        for step in STEPS:
            self.values[step.name] = self._computed(step.calculation)

    def _computed(self, calculation: str) -> float:
        return float(
            arithmetic.parse(calculation).evaluate({k: np.asarray(v) for k, v in self.values.items()})
        )

    @cached_property
    def costs(self) -> tuple[Cost, ...]:
        """The unit cost of every line, strategies in the order of the tables."""
        return tuple(
            Cost(
                f"{name}_{unit.item.replace(' ', '_')}_{CHARGED[unit.rhythm][0]}",
                name,
                unit,
                self._computed(unit.calculation),
            )
            for name in self.strategies
            for unit in EQUATIONS[name].units
        )

    def items(self, strategy: str) -> tuple[str, ...]:
        """The line items of a strategy, each once."""
        return tuple(dict.fromkeys(unit.item for unit in EQUATIONS[strategy].units))

    def cost_of(self, strategy: str, item: str) -> Array:
        """The undiscounted cost of an item in every month with a row, from `breakeven evaluate`."""
        return self._padded(self._evaluation.items[strategy][item])

    def total_of(self, strategy: str) -> Array:
        """The undiscounted cost of a strategy in every month with a row."""
        return self._padded(self._evaluation.months[strategy])

    def _padded(self, values: Array) -> Array:
        return np.concatenate([values, np.zeros(self.months + 1 - len(values))])

    @property
    def rows(self) -> tuple[int, int]:
        """First and last row of the months, as a spreadsheet counts them."""
        return FIRST + 1, FIRST + 1 + self.months

    @cached_property
    def series(self) -> tuple[Series, ...]:
        """The columns that the lines are made from, in their order on the sheet, which begins with the month."""
        with np.errstate(all="ignore"):  # what does not exist is written as an error value
            return self._series()

    def _series(self) -> tuple[Series, ...]:
        value, month = self.values, np.arange(self.months + 1.0)
        on = ((month >= 1) & (month <= self.horizon)).astype(float)
        discount = np.where(month <= self.horizon, (1 + self._scenario.discount_rate) ** (-month / 12), 0.0)
        queries = (
            on
            * value["workload_queries_per_month"]
            * (1 + value["workload_annual_growth"]) ** ((month - 1) / 12)
        )
        tokens = on * (1 - value["price_annual_decline"]) ** ((month - 1) / 12)
        found = [
            Series("month", "Month", "0: set-up", "whole", "", month),
            Series("setup", "Set-up", "1: yes", "whole_or_none", "=IF({month}=0,1,0)", np.where(month == 0, 1.0, 0.0)),
            Series(
                "operating", "In operation", "1: yes", "whole_or_none",
                "=IF(AND({month}>=1,{month}<=horizon_months),1,0)", on,
            ),
            Series(
                "discount", "Discount factor", "of $1", "four_or_none",
                "=IF({month}<=horizon_months,(1+discount_rate)^(-{month}/12),0)", discount,
            ),
            Series(
                "queries", "Queries q(m)", "queries", "whole_or_none",
                "={operating}*workload_queries_per_month*(1+workload_annual_growth)^(({month}-1)/12)", queries,
            ),
            Series(
                "token_level", "Token price level P(m)", "month 1 = 1", "four_or_none",
                "={operating}*(1-price_annual_decline)^(({month}-1)/12)", tokens,
            ),
            Series(
                "token_queries", "Queries at the token price level", "queries", "whole_or_none",
                "={queries}*{token_level}", queries * tokens,
            ),
        ]  # fmt: skip
        for drift in self._drifts():
            found += self._drifting(drift, month, on, queries)
        if "tuned_self_hosted" in self.strategies:
            retrains = next(one.values for one in found if one.key == "retrains_tuned")
            found += self._serving(month, on, queries, retrains)
        return tuple(found)

    def _drifts(self) -> tuple[Drift, ...]:
        drifts = (EQUATIONS[name].drift for name in self.strategies)
        return tuple(sorted({one for one in drifts if one is not None}, key=lambda one: one.name != "tuned"))

    def _drifting(self, drift: Drift, month: Array, on: Array, queries: Array) -> list[Series]:
        """Retrains, months since the last one, accuracy and wrong answers of a model that drifts."""
        who, value = f", {drift.name} model", self.values
        retrains = np.diff(np.floor(month / value[drift.interval]), prepend=0.0)
        retrains = np.where((month >= 1) & (month < self.horizon), retrains, 0.0)
        trained = np.zeros_like(month)
        for m in range(1, len(month)):
            trained[m] = m - 1 if retrains[m - 1] > 0 else trained[m - 1]
        since = month - 1 - trained
        accuracy = on * np.maximum(0.0, value[drift.accuracy] - value["quality_loss_per_quarter"] * since / 3)
        key = drift.name
        return [
            Series(
                f"retrains_{key}", f"Retrains n(m){who}", "number", "whole_or_none",
                f"=IF(AND({{month}}>=1,{{month}}<horizon_months),"
                f"INT({{month}}/{drift.interval})-INT(({{month}}-1)/{drift.interval}),0)", retrains,
            ),
            Series(
                f"trained_{key}", f"Last training in service{who}", "month", "whole",
                f"=IF({{before_retrains_{key}}}>0,{{before_month}},{{before_trained_{key}}})", trained, "=0",
            ),
            Series(
                f"accuracy_{key}", f"Accuracy{who}", "share right", "percent2_or_none",
                f"={{operating}}*MAX(0,{drift.accuracy}"
                f"-quality_loss_per_quarter*({{month}}-1-{{trained_{key}}})/3)", accuracy,
            ),
            Series(
                f"errors_{key}", f"Wrong answers{who}", "queries", "whole_or_none",
                f"={{queries}}*(1-{{accuracy_{key}}})", queries * (1 - accuracy),
            ),
        ]  # fmt: skip

    def _serving(self, month: Array, on: Array, queries: Array, retrains: Array) -> list[Series]:
        """GPU prices, GPUs, and what follows both."""
        value = self.values
        level = on * (1 - value["gpu_annual_decline"]) ** ((month - 1) / 12)
        load = (
            value["share_reaching_model"]
            * queries
            * value["tokens_per_served_query"]
            * value["serve_peak_to_mean"]
        )
        needed = np.ceil(load / value["gpu_tokens_per_month"])
        gpus = on * np.maximum(value["serve_min_gpus"], needed)
        return [
            Series(
                "gpu_level", "GPU price level G(m)", "month 1 = 1", "four_or_none",
                "={operating}*(1-gpu_annual_decline)^(({month}-1)/12)", level,
            ),
            Series(
                "gpus", "GPUs rented", "GPUs", "whole_or_none",
                "={operating}*MAX(serve_min_gpus,ROUNDUP(share_reaching_model*{queries}*tokens_per_served_query"
                "*serve_peak_to_mean/gpu_tokens_per_month,0))", gpus,
            ),
            Series(
                "priced_gpus", "GPUs at the GPU price level", "GPUs", "two_or_none", "={gpus}*{gpu_level}", gpus * level
            ),
            Series(
                "priced_retrains", "Retrains at the GPU price level", "retrains", "two_or_none",
                "={retrains_tuned}*{gpu_level}", retrains * level,
            ),
        ]  # fmt: skip

    @cached_property
    def columns(self) -> dict[str, int]:
        """Column of each series, and of each strategy's cost and cumulative cost, on the sheet Model."""
        keys = [one.key for one in self.series]
        keys += [f"cost_{name}" for name in self.strategies]
        keys += [f"cumulative_{name}" for name in self.strategies]
        return {key: at for at, key in enumerate(keys)}

    def rhythm(self, cost: Cost) -> str:
        """The key of the series that a line follows."""
        drift = EQUATIONS[cost.strategy].drift
        model = drift.name if drift is not None else ""
        return {
            ONCE: "setup",
            MONTH: "operating",
            QUERY: "queries",
            TOKEN: "token_queries",
            RETRAIN: f"retrains_{model}",
            RETRAIN_GPU: "priced_retrains",
            GPU: "priced_gpus",
            ERROR: f"errors_{model}",
        }[cost.unit.rhythm]

    @cached_property
    def used(self) -> frozenset[str]:
        """The named cells that some formula takes."""
        texts = [one.formula for one in self.series] + [cost.unit.calculation for cost in self.costs]
        words = set(_NAMES.findall(" ".join(texts)))
        for step in reversed(STEPS):
            if step.name in words:
                words.update(_NAMES.findall(step.calculation))
        return frozenset(words)

    def filled(self, formula: str, row: int) -> str:
        """A series' formula in a row, counted as a spreadsheet does."""
        cells = {key: f"${letter(at)}{row}" for key, at in self.columns.items()}
        before = {f"before_{key}": f"${letter(at)}{row - 1}" for key, at in self.columns.items()}
        return formula.format_map(cells | before)

    def column(self, key: str, sheet: str = "") -> str:
        """The months of a column of the sheet Model, as a range."""
        first, last = self.rows
        at = letter(self.columns[key])
        return f"{sheet}${at}${first}:${at}${last}"
