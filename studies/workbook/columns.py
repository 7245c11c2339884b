"""The columns of the model by month, as formulas and as numbers.

All are zero outside the months they count in, so that the horizon is a cell like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distributions.expression import Node
from studies.workbook.book import letter
from studies.workbook.formulas import value, written
from studies.workbook.layout import COLUMN, DISCOUNT_CELL, HORIZON_CELL, MONTH_COLUMN

Array = NDArray[np.float64]

FIRST = 6
"""Row of month 0 in the sheets by month, counted from 0."""

SETUP, OPERATING, DISCOUNT = (COLUMN + name for name in ("setup", "operating", "discount"))


@dataclass(frozen=True)
class Rule:
    """What a column has in a month; with a `first`, in month 1, and then in the month after what it makes of a month.

    strategies: whose it is; none where all that have it have the same.
    """

    name: str
    strategies: tuple[str, ...]
    heading: str
    unit: str
    tree: Node
    first: Node | None = None


@dataclass(frozen=True, eq=False)
class Column:
    """A column on the sheet: heading, unit, whose it is, formulas of months 0 … M ("" for a number), and values."""

    name: str
    strategies: tuple[str, ...]
    heading: str
    unit: str
    formulas: Sequence[str]
    values: Array

    @property
    def style(self) -> str:
        """How its numbers look."""
        largest = float(np.max(np.abs(self.values)))
        if self.unit == "share":
            return "percent2_or_none"
        if largest >= 1000 or np.array_equal(self.values, np.floor(self.values)):
            return "whole_or_none"
        return "two_or_none" if largest > 1 else "four_or_none"


def calendar(horizon: int, months: int, discount_rate: float) -> tuple[Column, ...]:
    """Month, set-up, operation and discount factor of months 0 … `months`."""
    month = np.arange(months + 1.0)
    on = (month >= 1) & (month <= horizon)
    discount = np.where(month <= horizon, (1 + discount_rate) ** (-month / 12), 0.0)
    columns = (
        (MONTH_COLUMN, "Month", "0: set-up", "", month),
        (SETUP, "Set-up", "1: yes", "=IF({month}=0,1,0)", month == 0),
        (OPERATING, "In operation", "1: yes", f"=IF(AND({{month}}>=1,{{month}}<={HORIZON_CELL}),1,0)", on),
        (
            DISCOUNT, "Discount factor", "of $1",
            f"=IF({{month}}<={HORIZON_CELL},(1+{DISCOUNT_CELL})^(-{{month}}/12),0)", discount,
        ),
    )  # fmt: skip
    cells = [f"${letter(0)}{FIRST + 1 + m}" for m in range(months + 1)]
    return tuple(
        Column(
            name,
            (),
            heading,
            unit,
            [formula.format(month=cell) for cell in cells],
            np.asarray(values, dtype=float),
        )
        for name, heading, unit, formula, values in columns
    )


def columns(
    rules: Sequence[Rule],
    horizon: int,
    months: int,
    letters: Mapping[str, str],
    prices: Callable[[int], tuple[Mapping[str, str], Mapping[str, float]]],
) -> tuple[Column, ...]:
    """The columns of months 0 … `months`.

    rules: each after those it takes in the same month. letters: of the columns on their sheet, by name.
    prices: by month, the names of cells that stand for others, and the values of all cells by the names before.
    """
    values = _by_month(rules, horizon, months, prices)

    def written_in(tree: Node, month: int) -> str:
        instead, _ = prices(month)

        def reference(name: str) -> str:
            if name.startswith(COLUMN):
                return f"${letters[name]}{FIRST + 1 + month}"
            return instead.get(name, name)

        return written(tree, reference)

    def formula(rule: Rule, month: int) -> str:
        runs = rule.first is not None
        if rule.first is not None and month <= 1:
            return f"={written_in(rule.first, 0)}" if month else ""
        calculation = written_in(rule.tree, month - 1 if runs else month)
        return f"=IF(${letters[OPERATING]}{FIRST + 1 + month}=1,{calculation},0)"

    return tuple(
        Column(
            rule.name, rule.strategies, rule.heading, rule.unit,
            [formula(rule, month) for month in range(months + 1)], values[rule.name],
        )
        for rule in rules
    )  # fmt: skip


def _by_month(
    rules: Sequence[Rule],
    horizon: int,
    months: int,
    prices: Callable[[int], tuple[Mapping[str, str], Mapping[str, float]]],
) -> Mapping[str, Array]:
    """The values: each month what runs over the months from the one before, then the others."""
    values = {rule.name: np.zeros(months + 1) for rule in rules}
    before: dict[str, float] = dict(prices(0)[1])
    for month in range(1, horizon + 1):
        now = {**prices(month)[1], MONTH_COLUMN: float(month)}
        for rule in rules:
            if rule.first is not None:
                now[rule.name] = value(rule.first if month == 1 else rule.tree, before)
        for rule in rules:
            if rule.first is None:
                now[rule.name] = value(rule.tree, now)
            values[rule.name][month] = now[rule.name]
        before = now
    return values
