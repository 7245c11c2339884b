"""Stresses: named shifts of inputs that one wants to have seen before signing."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from distributions.inputs import Input
from distributions.spec import Marginal
from distributions.support import SMALLEST_PROBABILITY, Support
from distributions.tables.declaration import OneOf, declare
from distributions.tables.faults import Faults
from distributions.tables.kinds import Inputs, Kind, number, text
from distributions.tables.lines import KeyPath
from distributions.text import clean

Array = NDArray[np.float64]

_FILE = Path(__file__).with_name("stresses.toml")


def _factor(item: Input) -> Kind:
    whole = item.support.integer
    return number(Support(0.0, lower_open=True, integer=whole), "a whole factor" if whole else "a factor")


def _new_value(item: Input) -> Kind:
    return number(item.support)


@dataclass(frozen=True)
class Stress:
    """A stress of the scenario's own, which quotes are put through beside the registered ones."""

    name: str = declare(text(), "In results.")
    title: str = declare(text(), "For readers. Default: the name.", "")
    source: str = declare(text(), "Why such a shift.", "the scenario")
    times: Mapping[str, float] = declare(
        Inputs(_factor), "What a draw's value of an input is multiplied by.", dict
    )
    to: Mapping[str, float] = declare(Inputs(_new_value), "What it becomes.", dict)

    RULES: ClassVar = (OneOf(("times", "to"), several=True),)

    def check(self, path: KeyPath, faults: Faults) -> None:
        """Leaves a fault for each input that is both multiplied and given a new value."""
        for key in sorted(set(self.times) & set(self.to)):
            faults.add(path, f"{key} stands under times and under to", allowed="one of them")

    @property
    def inputs(self) -> frozenset[str]:
        """The inputs that it shifts."""
        return frozenset(self.times) | frozenset(self.to)

    def shifted(self, values: Mapping[str, Array]) -> dict[str, Array]:
        """Draws with the shift, (n,) arrays by name; an input that is not drawn follows those that it is made of."""
        shifted = dict(values)
        for key, factor in self.times.items():
            if key in values:
                shifted[key] = values[key] * factor
        for key, value in self.to.items():
            if key in values:
                shifted[key] = np.full_like(values[key], value)
        return shifted

    def table(self) -> dict[str, Any]:
        """As in a scenario's file."""
        table: dict[str, Any] = {"name": self.name, "title": self.title, "source": self.source}
        for key, shifts in (("times", self.times), ("to", self.to)):
            if shifts:
                table[key] = dict(shifts)
        return table


@cache
def registered() -> tuple[Stress, ...]:
    """The stresses that every scenario has, from `stresses.toml`."""
    return tuple(Stress(**table) for table in tomllib.loads(_FILE.read_text(encoding="utf-8"))["stress"])


def checked(
    stresses: Iterable[Stress | None],
    inputs: Mapping[str, Marginal],
    known: Mapping[str, Input],
    faults: Faults,
) -> tuple[Stress, ...]:
    """`[[stress]]` of a scenario, held to its inputs; None stands for one that is at fault already."""
    sound: list[Stress] = []
    taken = {stress.name for stress in registered()}
    for position, stress in enumerate(stresses):
        if stress is None:
            continue
        path: KeyPath = ("stress", position)
        if stress.name in taken:
            problem = f"'{clean(stress.name, 40)}' names two stresses"
            faults.add((*path, "name"), problem, allowed="another name")
        taken.add(stress.name)
        for key in (*stress.times, *stress.to):
            if key not in inputs:
                problem = "is an expression of other inputs, and moves with them"
                faults.add(
                    (*path, "times" if key in stress.times else "to", key),
                    problem,
                    allowed="what it is made of",
                )
        for key, factor in stress.times.items():
            if key not in inputs:
                continue
            support = known[key].support
            outside = sum(support.mass_outside(inputs[key].distribution.scaled(factor)))
            if outside > SMALLEST_PROBABILITY:
                problem = f"{factor:g} times puts {100 * outside:.2g} % of it outside what it can be"
                faults.add((*path, "times", key), problem, allowed=str(support))
        sound.append(replace(stress, title=stress.title or stress.name))
    return tuple(sound)
