"""The equations of the cost model as records, read once from `equations.toml`."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from distributions.expression import EQUATION_FUNCTIONS, Calculation, parse

_FILE = Path(__file__).with_name("equations.toml")

ONCE = "once"
"""The rhythm of what is paid at setup, in month 0."""


@dataclass(frozen=True)
class Condition:
    """Of which strategies an entry holds: a text of their parts' names with and, or, not; empty: of all."""

    text: str

    @cached_property
    def _tree(self) -> ast.expr:
        return ast.parse(self.text, mode="eval").body

    def holds(self, flags: Mapping[str, bool]) -> bool:
        """Whether it holds of a strategy with these parts."""
        return not self.text or _holds(self._tree, flags)


def _holds(tree: ast.expr, flags: Mapping[str, bool]) -> bool:
    match tree:
        case ast.Name(id=name):
            return flags[name]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _holds(operand, flags)
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_holds(value, flags) for value in values)
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(_holds(value, flags) for value in values)
    raise ValueError(f"equations.toml: no condition: {ast.unparse(tree)}")


@dataclass(frozen=True)
class Step:
    """A quantity that lines and other steps are made of.

    Either it has a value, or it runs over the months: what it is in month 1 (`first`), and in the month after from what
    stands in a month (`following`).
    """

    name: str
    unit: str
    meaning: str
    when: Condition
    value: Calculation | None
    first: Calculation | None
    following: Calculation | None


@dataclass(frozen=True)
class Rhythm:
    """What a line is paid by in every month: how that is called, and how much of it there is; None: once, at setup."""

    name: str
    words: str
    value: Calculation | None


@dataclass(frozen=True)
class Line:
    """A cost line: its item, its rhythm, and USD per unit of that."""

    item: str
    per: str
    when: Condition
    cost: Calculation


@dataclass(frozen=True)
class Equations:
    """All of them. steps: by name, one entry for each condition. rhythms: by name."""

    steps: Mapping[str, tuple[Step, ...]]
    rhythms: Mapping[str, Rhythm]
    lines: tuple[Line, ...]

    def step(self, name: str, flags: Mapping[str, bool]) -> Step | None:
        """The entry of a step that holds of a strategy with these parts; None where none does."""
        return next((step for step in self.steps.get(name, ()) if step.when.holds(flags)), None)

    def lines_of(self, flags: Mapping[str, bool]) -> tuple[Line, ...]:
        """The lines of a strategy with these parts."""
        return tuple(line for line in self.lines if line.when.holds(flags))

    def price(self, flag: str, flags: Mapping[str, bool]) -> bool:
        """Whether a strategy with these parts pays some line for having that one, and would not pay it without."""
        without = self.lines_of({**flags, flag: False})
        return flags[flag] and any(line not in without for line in self.lines_of(flags))

    def items_of(self, flags: Mapping[str, bool]) -> tuple[str, ...]:
        """The line items of a strategy with these parts, each once."""
        return tuple(dict.fromkeys(line.item for line in self.lines_of(flags)))

    @cached_property
    def items(self) -> tuple[str, ...]:
        """Every line item, in the order of the lines."""
        return tuple(dict.fromkeys(line.item for line in self.lines))


@cache
def equations() -> Equations:
    """The equations.

    Raises:
        ValueError, UserError: the file itself is wrong, which is a fault of this package and not of a user.
    """
    with _FILE.open("rb") as file:
        tables = tomllib.load(file)
    steps: dict[str, list[Step]] = {}
    for table in tables["step"]:
        step = Step(
            name=table["name"],
            unit=table["unit"],
            meaning=table["meaning"],
            when=Condition(table.get("when", "")),
            value=_parsed(table, "value"),
            first=_parsed(table, "first"),
            following=_parsed(table, "next"),
        )
        if (step.value is None) == (step.first is None) or (step.first is None) != (step.following is None):
            raise ValueError(f"equations.toml: {step.name} has either value, or first and next")
        steps.setdefault(step.name, []).append(step)
    rhythms = {
        table["name"]: Rhythm(table["name"], table["words"], _parsed(table, "value"))
        for table in tables["rhythm"]
    }
    lines = []
    for table in tables["line"]:
        cost = _parsed(table, "cost")
        if cost is None or table["per"] not in rhythms:
            raise ValueError(f"equations.toml: a line of {table['item']} has no cost or an unknown rhythm")
        lines.append(Line(table["item"], table["per"], Condition(table.get("when", "")), cost))
    return Equations({name: tuple(entries) for name, entries in steps.items()}, rhythms, tuple(lines))


def _parsed(table: Mapping[str, Any], key: str) -> Calculation | None:
    return parse(table[key], EQUATION_FUNCTIONS) if key in table else None


def markdown_page() -> str:
    """The page `docs/equations.md`: every step, rhythm and line as it is computed."""
    model = equations()
    parts = [
        "# Equations",
        "",
        "Made from `sim/model/equations.toml`, the place to change it; a test holds the two together. The engine,",
        "`evaluate` and the workbook's formulas are made of the same text.",
        "",
        "Names with a dot are [inputs](inputs.md). A strategy's parts are names with the value 1 or 0: `retrieval`,",
        "`tuned`; `frontier`, `small`, `open`; `per_token`, `dedicated`, `self_hosted`; `falls_back`. `month` is",
        "m = 1 … `horizon`; `where(c, a, b)` is a where c is not 0, else b.",
        "",
        "## Lines",
        "",
        "A line costs, in every month, what stands here times its rhythm.",
        "",
        "| item | of strategies that are | paid | USD for each |",
        "| --- | --- | --- | --- |",
    ]
    parts += [
        f"| {line.item} | {line.when.text or 'any'} | {model.rhythms[line.per].words} | `{line.cost.text}` |"
        for line in model.lines
    ]
    parts += ["", "## Rhythms", "", "| rhythm | paid | in a month |", "| --- | --- | --- |"]
    parts += [
        f"| `{rhythm.name}` | {rhythm.words} | {'1 in month 0' if rhythm.value is None else f'`{rhythm.value.text}`'} |"
        for rhythm in model.rhythms.values()
    ]
    parts += [
        "",
        "## Steps",
        "",
        "| step | what it is | unit | of strategies that are | value |",
        "| --- | --- | --- | --- | --- |",
    ]
    for step in (entry for entries in model.steps.values() for entry in entries):
        if step.value is not None:
            value = f"`{step.value.text}`"
        else:
            assert step.first is not None
            assert step.following is not None
            value = f"`{step.first.text}` in month 1, then `{step.following.text}` of the month before"
        parts.append(
            f"| `{step.name}` | {step.meaning} | {step.unit} | {step.when.text or 'any'} | {value} |"
        )
    return "\n".join(parts) + "\n"
