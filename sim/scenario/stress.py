"""Stresses: named shifts of inputs that one wants to have seen before signing."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distributions.errors import did_you_mean
from distributions.inputs import registry
from distributions.parameters import described
from distributions.spec import Marginal
from distributions.support import SMALLEST_PROBABILITY
from distributions.tables.lines import KeyPath
from distributions.text import clean
from sim.scenario.faults import Faults

Array = NDArray[np.float64]

KEYS = ("name", "title", "source", "times", "to")
_FILE = Path(__file__).with_name("stresses.toml")


@dataclass(frozen=True)
class Stress:
    """One stress.

    name: in results. title: for readers. source: why such a shift, or "assumption: …". times: what a draw's value of
    an input is multiplied by. to: what it becomes.
    """

    name: str
    title: str
    source: str
    times: Mapping[str, float] = field(default_factory=dict)
    to: Mapping[str, float] = field(default_factory=dict)

    @property
    def inputs(self) -> frozenset[str]:
        """The inputs that it shifts."""
        return frozenset(self.times) | frozenset(self.to)

    def shifted(self, values: Mapping[str, Array]) -> dict[str, Array]:
        """Draws with the shift, (n,) arrays by name."""
        found = dict(values)
        for key, factor in self.times.items():
            found[key] = values[key] * factor
        for key, value in self.to.items():
            found[key] = np.full_like(values[key], value)
        return found

    def table(self) -> dict[str, Any]:
        """As in a scenario's file."""
        found: dict[str, Any] = {"name": self.name, "title": self.title, "source": self.source}
        for key, shifts in (("times", self.times), ("to", self.to)):
            if shifts:
                found[key] = dict(shifts)
        return found


@cache
def registered() -> tuple[Stress, ...]:
    """The stresses that every scenario has, from `stresses.toml`."""
    return tuple(Stress(**table) for table in tomllib.loads(_FILE.read_text(encoding="utf-8"))["stress"])


def read(entries: Any, inputs: Mapping[str, Marginal], faults: Faults) -> tuple[Stress, ...]:
    """`[[stress]]` of a scenario, checked against its inputs; faults are left in `faults`."""
    if isinstance(entries, Mapping) or not isinstance(entries, list | tuple):
        faults.add(("stress",), described(entries), allowed="[[stress]] in double brackets")
        return ()
    found: list[Stress] = []
    taken = {stress.name for stress in registered()}
    for number, entry in enumerate(entries):
        path: KeyPath = ("stress", number)
        if not isinstance(entry, Mapping):
            faults.add(path, described(entry), allowed=f"a table of {', '.join(KEYS)}")
            continue
        stress = _one(path, entry, inputs, faults)
        if stress is None:
            continue
        if stress.name in taken:
            faults.add(
                (*path, "name"), f"'{clean(stress.name, 40)}' names two stresses", allowed="another name"
            )
            continue
        taken.add(stress.name)
        found.append(stress)
    return tuple(found)


def _one(
    path: KeyPath, entry: Mapping[str, Any], inputs: Mapping[str, Marginal], faults: Faults
) -> Stress | None:
    before = faults.count
    faults.unknown_keys(path, entry, KEYS)
    texts: dict[str, str] = {}
    for key in ("name", "title", "source"):
        value = entry.get(key)
        if value is None and key != "name":
            continue
        if not isinstance(value, str) or not value.strip():
            faults.add((*path, key), "missing" if value is None else described(value), allowed="a text")
        else:
            texts[key] = value.strip()
    shifts = {key: _shifts((*path, key), entry.get(key, {}), inputs, faults) for key in ("times", "to")}
    if not any(shifts.values()) and not {"times", "to"} & set(entry):
        faults.add(path, "shifts no input", allowed='times or to, as in times = { "gpu.hourly_rate" = 2 }')
    for key in sorted(set(shifts["times"]) & set(shifts["to"])):
        faults.add(path, f"{key} stands under times and under to", allowed="one of them")
    if faults.count > before:
        return None
    name = texts["name"]
    return Stress(name, texts.get("title", name), texts.get("source", "the scenario"), **shifts)


def _shifts(path: KeyPath, table: Any, inputs: Mapping[str, Marginal], faults: Faults) -> dict[str, float]:
    """Numbers by input, each of which leaves the input within its support."""
    found: dict[str, float] = {}
    if not isinstance(table, Mapping):
        faults.add(path, described(table), allowed='a table, as in { "gpu.hourly_rate" = 2 }')
        return found
    groups = {item.group for item in registry().values()}
    flat: list[tuple[str, KeyPath, Any]] = []
    for name, value in table.items():
        if name in groups and isinstance(value, Mapping):
            flat += [(f"{name}.{inner}", (*path, name, inner), part) for inner, part in value.items()]
        else:
            flat.append((name, (*path, name), value))
    for key, where, value in flat:
        item = registry().get(key)
        if item is None:
            hint = partial(did_you_mean, key[:80].removeprefix("inputs."), registry())
            faults.add(where, "unknown input", hint=hint)
        elif isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < float("inf"):
            faults.add(where, described(value), allowed="a number")
        elif path[-1] == "to":
            if value not in item.support:
                faults.add(where, f"found {value!r}", allowed=str(item.support))
            else:
                found[key] = float(value)
        elif not value > 0 or (item.support.integer and not float(value).is_integer()):
            faults.add(
                where,
                f"found {value!r}",
                allowed="a factor above 0" + (", whole" if item.support.integer else ""),
            )
        else:
            outside = sum(item.support.mass_outside(inputs[key].law.scaled(float(value))))
            if outside > SMALLEST_PROBABILITY:
                faults.add(
                    where,
                    f"{value:g} times puts {100 * outside:.2g} % of it outside what it can be",
                    allowed=str(item.support),
                )
            else:
                found[key] = float(value)
    return found
