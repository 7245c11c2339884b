"""The cost model as formulas: named cells, columns by month, lines; each with the value it has at the medians.

All are made from the model's equations (`sim/model/equations.toml`) and follow them: a line of a strategy costs its
unit cost, a named cell, times a column of the months, what it is paid by.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from distributions.expression import Calculation, Name, Number
from sim.model.equations import equations
from sim.model.strategies import Strategy
from studies.workbook.book import letter
from studies.workbook.cells import Cell, Cost, Repriced, repriced
from studies.workbook.columns import DISCOUNT, FIRST, OPERATING, SETUP, Column, Rule, calendar, columns
from studies.workbook.formulas import names, renamed, value
from studies.workbook.layout import COLUMN, HORIZON_CELL, Layout
from studies.workbook.quantities import Expressions, Payment, Quantities

if TYPE_CHECKING:
    from sim import Scenario
    from sim.models.evaluation import Evaluation

Array = NDArray[np.float64]

ROOM = 36
"""Months that the model has rows for at least, so that a shorter horizon can be lengthened."""


class Live:
    """The model in formulas for one run.

    Args:
        scenario: as it was run.
        evaluation: of it, at the medians.
        strategies: by name, in the tables' order.
        horizon: months that cost something, H.
        expressions: inputs that are made of others, by name.

    strategies: their names. months: last month with a row. steps: cells that lines are made of, in the order of the
    equations. costs: every line, strategy by strategy.
    """

    def __init__(
        self,
        scenario: Scenario,
        evaluation: Evaluation,
        strategies: Mapping[str, Strategy],
        horizon: int,
        expressions: Mapping[str, Calculation] | None = None,
    ) -> None:
        self._scenario, self._evaluation = scenario, evaluation
        self.strategies = tuple(strategies)
        self.horizon = horizon
        self.months = max(ROOM, horizon)
        said, made = equations(), Expressions(expressions or {}, strategies)
        of = {name: Quantities(said, strategy, made) for name, strategy in strategies.items()}
        self._layout = Layout(evaluation.inputs, of)
        self._values = {self._layout.inputs[key]: value for key, value in evaluation.inputs.items()}
        self._values[HORIZON_CELL] = float(horizon)
        self._made = tuple(self._expression(key, made) for key in made.ordered(evaluation.inputs))
        self._steps: list[Cell] = []
        self._rules: list[Rule] = []
        for name, (strategy, quantity) in self._layout.quantities.items():
            tree, whose, step = (
                self._layout.placed(strategy, quantity.tree),
                self._layout.strategies[name],
                quantity.step,
            )
            if quantity.monthly:
                first = None if quantity.first is None else self._layout.placed(strategy, quantity.first)
                self._rules.append(Rule(name, whose, step.meaning, step.unit, tree, first))
            else:
                self._values[name] = value(tree, self._values)
                self._steps.append(Cell(name, whose, step.meaning, step.unit, tree, self._values[name]))
        place = {name: k for k, name in enumerate(said.steps)}
        self._place = {name: place[q.step.name] for name, (_, q) in self._layout.quantities.items()}
        self.steps = tuple(sorted(self._steps, key=lambda cell: self._place[cell.name]))
        paid_by = self._paid_by(of)
        self.costs = tuple(
            self._cost(name, payment, paid_by[name, payment])
            for name, quantities in of.items()
            for payment in quantities.payments
        )

    def _expression(self, key: str, made: Expressions) -> Cell:
        tree = renamed(made.cell(key), lambda name: self._layout.inputs[name])
        return Cell(self._layout.inputs[key], (), key, "", tree, self._evaluation.inputs[key])

    def _cost(self, strategy: str, payment: Payment, paid_by: str) -> Cost:
        tree = self._layout.placed(strategy, payment.cost)
        when = payment.per if payment.units is None else f"per_{payment.per}"
        name = self._layout.name(f"{strategy}_{payment.item}_{when}")
        unit = f"USD {payment.words}"
        cell = Cell(name, (strategy,), payment.item, unit, tree, value(tree, self._values))
        return Cost(strategy, payment.item, cell, paid_by)

    def _paid_by(self, of: Mapping[str, Quantities]) -> dict[tuple[str, Payment], str]:
        """The column of each line's units: one that is there already, or one of its own."""
        found: dict[tuple[str, Payment], str] = {}
        known = {rule.name for rule in self._rules}
        new: dict[tuple[str, object], list[tuple[str, Payment]]] = {}
        for strategy, quantities in of.items():
            for payment in quantities.payments:
                if payment.units is None:
                    found[strategy, payment] = SETUP
                    continue
                match tree := self._layout.placed(strategy, payment.units):
                    case Name(name=name) if name in known:
                        found[strategy, payment] = name
                    case Number(value=1.0):
                        found[strategy, payment] = OPERATING
                    case _:
                        new.setdefault((payment.words, tree), []).append((strategy, payment))
        forms: dict[str, int] = {}
        for words, _ in new:
            forms[words] = forms.get(words, 0) + 1
        for number, ((words, _), users) in enumerate(new.items()):
            name = f"{COLUMN}paid{number}"
            whose = tuple(dict.fromkeys(strategy for strategy, _ in users)) if forms[words] > 1 else ()
            strategy, payment = users[0]
            assert payment.units is not None
            tree = self._layout.placed(strategy, payment.units)
            self._rules.append(Rule(name, whose, words[:1].upper() + words[1:], "number", tree))
            found |= dict.fromkeys(users, name)
        return found

    # --- inputs and prices

    def cell(self, key: str) -> str:
        """The name of an input's cell."""
        return self._layout.inputs[key]

    def expression(self, key: str) -> str | None:
        """The formula of an input that is made of others, without the sign of equality; None of any other input."""
        return next((cell.calculation for cell in self._made if cell.what == key), None)

    @cached_property
    def used(self) -> frozenset[str]:
        """The named cells that some formula takes."""
        cells = (*self._made, *self._steps, *(cost.cell for cost in self.costs))
        trees = [*(cell.tree for cell in cells), *(rule.tree for rule in self._rules)]
        trees += [rule.first for rule in self._rules if rule.first is not None]
        return frozenset(name for tree in trees for name in names(tree))

    @cached_property
    def repriced(self) -> tuple[Repriced, ...]:
        """What is another from some month on, by month; each is complete, and holds until the next."""
        changes = [change for change in self._scenario.price_changes if change.month <= self.months]
        paid = [cost.cell for cost in self.costs if cost.paid_by != SETUP]
        return tuple(
            repriced(
                month,
                (change for change in changes if change.month <= month),
                self._layout.inputs,
                self._values,
                (*self._made, *self._steps),
                paid,
            )
            for month in sorted({change.month for change in changes})
        )

    def _in(self, month: int) -> Mapping[str, Cell]:
        """The cells that stand for others in a month, by the names of those."""
        in_force = [repricing for repricing in self.repriced if repricing.month <= month]
        return in_force[-1].cells if in_force else {}

    def cost_in(self, cost: Cost, month: int) -> Cell:
        """A line's unit cost in a month, at the prices of that month."""
        return self._in(month).get(cost.cell.name, cost.cell)

    # --- months

    @cached_property
    def series(self) -> tuple[Column, ...]:
        """The columns that the lines are made from, in their order on the sheet, which begins with the month."""

        @cache
        def prices(month: int) -> tuple[Mapping[str, str], Mapping[str, float]]:
            cells = self._in(month)
            instead = {name: cell.name for name, cell in cells.items()}
            return instead, self._values | {name: cell.value for name, cell in cells.items()}

        made = columns(self._rules, self.horizon, self.months, self.letters, prices)
        placed = {column.name: column for column in made}
        return (*self._calendar, *(placed[name] for name in self._order))

    @cached_property
    def _calendar(self) -> tuple[Column, ...]:
        return calendar(self.horizon, self.months, self._scenario.discount_rate)

    @property
    def _order(self) -> list[str]:
        """Shared columns first, then strategy by strategy; in each the steps by the equations, then what is paid by."""

        def place(rule: Rule) -> tuple[tuple[int, ...], int]:
            whose = tuple(self.strategies.index(name) for name in rule.strategies)
            return whose, self._place.get(rule.name, len(self._place))

        return [rule.name for rule in sorted(self._rules, key=place)]

    @cached_property
    def letters(self) -> Mapping[str, str]:
        """The letter of each column of the sheet Model, by name."""
        keys = [*(column.name for column in self._calendar), *self._order]
        keys += [f"{kind} {name}" for kind in ("cost", "cumulative") for name in self.strategies]
        return {key: letter(at) for at, key in enumerate(keys)}

    @property
    def discount(self) -> Array:
        """Present value of a dollar in every month with a row, 0 beyond the horizon."""
        return next(column.values for column in self._calendar if column.name == DISCOUNT)

    @property
    def rows(self) -> tuple[int, int]:
        """First and last row of the months, as a spreadsheet counts them."""
        return FIRST + 1, FIRST + 1 + self.months

    def months_of(self, key: str, sheet: str = "") -> str:
        """The months of a column of the sheet Model, as a range."""
        first, last = self.rows
        return f"{sheet}${self.letters[key]}${first}:${self.letters[key]}${last}"

    # --- what `breakeven evaluate` gives

    def items(self, strategy: str) -> tuple[str, ...]:
        """The line items of a strategy, each once."""
        return tuple(dict.fromkeys(cost.item for cost in self.costs if cost.strategy == strategy))

    def cost_of(self, strategy: str, item: str) -> Array:
        """The undiscounted cost of an item in every month with a row."""
        return self._padded(self._evaluation.items[strategy][item])

    def total_of(self, strategy: str) -> Array:
        """The undiscounted cost of a strategy in every month with a row."""
        return self._padded(self._evaluation.months[strategy])

    def _padded(self, values: Array) -> Array:
        return np.concatenate([values, np.zeros(self.months + 1 - len(values))])
