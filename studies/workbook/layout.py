"""Where each quantity of a run stands: a named cell, or a column by month; in common or for each strategy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from distributions.expression import Node
from studies.workbook.formulas import renamed
from studies.workbook.quantities import HORIZON, MONTH, Quantities, Quantity, classes

HORIZON_CELL, DISCOUNT_CELL = "horizon_months", "discount_rate"

COLUMN = "@"
"""What the names of columns begin with, which no cell's does."""

MONTH_COLUMN = f"{COLUMN}month"

_LIKE_A_CELL = re.compile(r"[a-z]{1,3}[0-9]+|r[0-9]*(c[0-9]*)?|c[0-9]*|[0-9].*|true|false", re.IGNORECASE)


def cell_name(key: str) -> str:
    """A cell's name for a key: `price.input` is `price_input`, and none is one that a cell has anyway, as B12 has."""
    name = re.sub(r"\W", "_", key)
    return f"_{name}" if _LIKE_A_CELL.fullmatch(name) else name


class Layout:
    """The names of cells and columns.

    A step that does not depend on the month is a cell: one where all strategies that have it have the same, else one
    for each. A step that does is a column for each formula that it has.

    inputs: name of the cell of each input. steps: by strategy and step, the name of a cell or of a column.
    strategies: by that name whose it is; none where all that have the step have the same.
    quantities: by that name a strategy that has it, and the step as that has it; each after those it takes.
    """

    def __init__(self, inputs: Iterable[str], of: Mapping[str, Quantities]) -> None:
        self._taken: set[str] = set()
        for name in (HORIZON_CELL, DISCOUNT_CELL):
            self.name(name)
        self.inputs = {key: self.name(key) for key in inputs}
        self.steps: dict[tuple[str, str], str] = {}
        self.strategies: dict[str, tuple[str, ...]] = {}
        self.quantities: dict[str, tuple[str, Quantity]] = {}
        self._replaced = {step for quantities in of.values() for step in quantities.replaced}
        all_of = {(name, step): quantity for name, q in of.items() for step, quantity in q.steps.items()}
        self._place_cells({key: q for key, q in all_of.items() if not q.monthly}, classes(of))
        # a column whose formulas take cells of one strategy is that strategy's alone
        taking = classes(of, lambda strategy, step: self.steps.get((strategy, step), ""))
        self._place_columns([key for key, q in all_of.items() if q.monthly], taking)
        for (strategy, step), quantity in all_of.items():
            self.quantities.setdefault(self.steps[strategy, step], (strategy, quantity))

    def name(self, wanted: str) -> str:
        """A name for a cell that no other has; spreadsheets take small and capital letters for the same."""
        wanted = cell_name(wanted)
        free = (wanted, *(f"{wanted}_{k}" for k in range(2, 2 + len(self._taken))))
        name = next(name for name in free if name.lower() not in self._taken)
        self._taken.add(name.lower())
        return name

    def _shared(self, step: str, equal: Mapping[tuple[str, str], int]) -> bool:
        """Whether all strategies that have a step have the same."""
        forms = {number for (_, other), number in equal.items() if other == step}
        return len(forms) == 1 and step not in self._replaced

    def _place_cells(
        self, quantities: Mapping[tuple[str, str], Quantity], equal: Mapping[tuple[str, str], int]
    ) -> None:
        shared: dict[str, str] = {}
        for strategy, step in quantities:
            if not self._shared(step, equal):
                name = self.name(f"{strategy}_{step}")
                self.strategies[name] = (strategy,)
            else:
                if step not in shared:
                    shared[step] = self.name(step)
                name = shared[step]
                self.strategies[name] = ()
            self.steps[strategy, step] = name

    def _place_columns(self, keys: Iterable[tuple[str, str]], equal: Mapping[tuple[str, str], int]) -> None:
        for strategy, step in keys:
            name = f"{COLUMN}{equal[strategy, step]}"
            self.steps[strategy, step] = name
            one = self._shared(step, equal)
            self.strategies[name] = () if one else (*self.strategies.get(name, ()), strategy)

    def placed(self, strategy: str, tree: Node) -> Node:
        """A tree of a strategy over the names of cells and columns."""

        def name(old: str) -> str:
            if old in (MONTH, HORIZON):
                return MONTH_COLUMN if old == MONTH else HORIZON_CELL
            return self.inputs[old] if "." in old else self.steps[strategy, old]

        return renamed(tree, name)
