"""The cost model as formulas: series by month, unit costs, lines; each with the value it has at the medians.

A line of a strategy costs its unit cost times one series of the month, its rhythm; the series are zero outside the
months they count in, so that the horizon is a cell like any other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sim.kernel.columns import ERROR, GPU, MONTH, ONCE, QUERY, RETRAIN, RETRAIN_GPU, TOKEN

from distributions import expression as arithmetic
from studies.workbook.book import letter
from studies.workbook.equations import EQUATIONS, STEPS, Step, Unit
from studies.workbook.series import Series, series

if TYPE_CHECKING:
    from sim import Scenario
    from sim.models.evaluation import Evaluation

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


@dataclass(frozen=True)
class Cost:
    """A line's unit cost: its cell's name, whose it is, and its value."""

    name: str
    strategy: str
    unit: Unit
    value: float


@dataclass(frozen=True)
class Repriced:
    """What is another from a month on, since a price is known to change: inputs, steps and unit costs with new cells.

    cells: inputs and steps with their values, in the order of their calculation. costs: by the name they had before.
    """

    month: int
    cells: tuple[tuple[Step, float], ...]
    costs: Mapping[str, Cost]


def cell_name(key: str) -> str:
    """The name of an input's cell: `price.input` is `price_input`."""
    return key.replace(".", "_")


def _computed(calculation: str, values: Mapping[str, float]) -> float:
    return float(arithmetic.parse(calculation).evaluate({k: np.asarray(v) for k, v in values.items()}))


class Live:
    """The model in formulas for one run.

    strategies: those with equations, in the tables' order. without: those that have none.
    months: last month with a row. values: of every named cell, by name.
    """

    def __init__(
        self, scenario: Scenario, evaluation: Evaluation, strategies: Sequence[str], horizon: int
    ) -> None:
        self._evaluation = evaluation
        self._scenario = scenario
        self.strategies = tuple(name for name in strategies if name in EQUATIONS)
        self.without = tuple(name for name in strategies if name not in EQUATIONS)
        self.horizon = horizon
        self.months = max(ROOM, horizon)
        self.values = {cell_name(key): value for key, value in self._evaluation.inputs.items()}
        for step in STEPS:
            self.values[step.name] = self._computed(step.calculation)

    def _computed(self, calculation: str) -> float:
        return _computed(calculation, self.values)

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

    @cached_property
    def repriced(self) -> tuple[Repriced, ...]:
        """What is another from some month on, by month; each is complete, and holds until the next."""
        changes = [change for change in self._scenario.price_changes if change.month <= self.months]
        return tuple(self._repriced(month) for month in sorted({change.month for change in changes}))

    def _repriced(self, month: int) -> Repriced:
        ending = f"_from_month_{month}"
        values, cells = dict(self.values), []
        new: dict[str, str] = {}

        def renamed(calculation: str) -> str:
            return _NAMES.sub(lambda word: new.get(word[0], word[0]), calculation)

        latest = {change.input: change for change in self._scenario.price_changes if change.month <= month}
        for key, change in latest.items():
            name = cell_name(key)
            _, _, times, plus = change.rule
            values[name] = change.after(self.values[name])
            rule = f"{name}*{times!r}" if times else repr(plus)
            cells.append((Step(name + ending, f"{key} from month {month} on", "", rule), values[name]))
            new[name] = name + ending
        for step in STEPS:
            changed = renamed(step.calculation)
            if changed == step.calculation:
                continue
            values[step.name] = _computed(step.calculation, values)
            what = f"{step.what}, from month {month} on"
            cells.append((Step(step.name + ending, what, step.unit, changed), values[step.name]))
            new[step.name] = step.name + ending
        costs = {}
        for cost in self.costs:
            unit = cost.unit._replace(calculation=renamed(cost.unit.calculation))
            if unit != cost.unit and unit.rhythm != ONCE:
                value = _computed(cost.unit.calculation, values)
                costs[cost.name] = Cost(cost.name + ending, cost.strategy, unit, value)
        return Repriced(month, tuple(cells), costs)

    def cost_in(self, cost: Cost, month: int) -> Cost:
        """A line's unit cost in a month, at the prices of that month."""
        in_force = [repricing for repricing in self.repriced if repricing.month <= month]
        return in_force[-1].costs.get(cost.name, cost) if in_force else cost

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
        drifts = (EQUATIONS[name].drift for name in self.strategies)
        return series(
            self.values,
            horizon=self.horizon,
            months=self.months,
            discount_rate=self._scenario.discount_rate,
            drifts=sorted(
                {drift for drift in drifts if drift is not None}, key=lambda drift: drift.name, reverse=True
            ),
            serves=any(cost.unit.rhythm == GPU for cost in self.costs),
        )

    @property
    def discount(self) -> Array:
        """Present value of a dollar in every month with a row, 0 beyond the horizon."""
        return next(column.values for column in self.series if column.key == "discount")

    @cached_property
    def columns(self) -> dict[str, int]:
        """Column of each series, and of each strategy's cost and cumulative cost, on the sheet Model."""
        keys = [column.key for column in self.series]
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
        texts = [column.formula for column in self.series] + [cost.unit.calculation for cost in self.costs]
        words = set(_NAMES.findall(" ".join(texts)))
        for step in reversed(STEPS):
            if step.name in words:
                words.update(_NAMES.findall(step.calculation))
        return frozenset(words)

    def cells(self, row: int) -> dict[str, str]:
        """What the names in a series' formula stand for in a row, counted as a spreadsheet does."""
        letters = {key: letter(at) for key, at in self.columns.items()}
        here = {key: f"${at}{row}" for key, at in letters.items()}
        return here | {f"before_{key}": f"${at}{row - 1}" for key, at in letters.items()}

    def column(self, key: str, sheet: str = "") -> str:
        """The months of a column of the sheet Model, as a range."""
        first, last = self.rows
        at = letter(self.columns[key])
        return f"{sheet}${at}${first}:${at}${last}"
