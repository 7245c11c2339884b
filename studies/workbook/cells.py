"""The named cells of a run: steps that do not depend on the month, unit costs, and those at prices that change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from distributions.expression import Call, Name, Node, Number
from sim.scenario.price_changes import PriceChange
from studies.workbook.formulas import names, renamed, value, written


@dataclass(frozen=True)
class Cell:
    """A named cell with a formula: its name, what it is, its unit, what it is made of, and its value.

    strategies: whose it is; none where all that have it have the same. what: of a line's unit cost, the line item.
    """

    name: str
    strategies: tuple[str, ...]
    what: str
    unit: str
    tree: Node
    value: float

    @property
    def calculation(self) -> str:
        """Its formula, without the sign of equality."""
        return written(self.tree)


@dataclass(frozen=True)
class Cost:
    """A line of a strategy: the cell with its unit cost, and the name of the column that it is paid by."""

    strategy: str
    item: str
    cell: Cell
    paid_by: str


@dataclass(frozen=True)
class Repriced:
    """What is another from a month on, since a price is known to change: cells that stand for others, by their names.

    steps: inputs as well, each after those it takes. costs: of lines.
    """

    month: int
    steps: Mapping[str, Cell]
    costs: Mapping[str, Cell]

    @property
    def cells(self) -> Mapping[str, Cell]:
        """All of them."""
        return {**self.steps, **self.costs}


def repriced(
    month: int,
    changes: Iterable[PriceChange],
    inputs: Mapping[str, str],
    values: Mapping[str, float],
    steps: Iterable[Cell],
    costs: Iterable[Cell],
) -> Repriced:
    """The cells that are others from a month on.

    changes: those up to that month, in order. inputs: names of the inputs' cells. values: before any change, by name.
    steps: cells that lines are made of, each after those it takes. costs: unit costs that are paid in the months.
    """
    ending, values = f"_from_month_{month}", dict(values)
    new: dict[str, Cell] = {}

    def moved(cell: Cell, what: str) -> Cell:
        values[cell.name] = cell.value
        tree = renamed(cell.tree, lambda name: new[name].name if name in new else name)
        return replace(cell, name=cell.name + ending, what=what, tree=tree)

    for change in {change.input: change for change in changes}.values():
        name = inputs[change.input]
        _, _, times, plus = change.rule
        tree: Node = Call("*", (Name(name), Number(times))) if times else Number(plus)
        cell = Cell(name, (), change.input, "", tree, change.after(values[name]))
        new[name] = moved(cell, f"{change.input} from month {month} on")
    for cell in steps:
        if cell.name not in new and any(name in new for name in names(cell.tree)):
            cell = replace(cell, value=value(cell.tree, values))
            new[cell.name] = moved(cell, f"{cell.what}, from month {month} on")
    paid = {
        cell.name: moved(replace(cell, value=value(cell.tree, values)), cell.what)
        for cell in costs
        if any(name in new for name in names(cell.tree))
    }
    return Repriced(month, new, paid)
