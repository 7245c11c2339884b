"""Which cells a sweep has: the values that inputs are held at, one axis for each, and names for the scenarios."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from distributions import text
from distributions.errors import Fault, UserError, did_you_mean
from distributions.inputs import Input, registry
from distributions.tables.reading import LARGEST, NUMBERS
from sim.models.axis import Axis

if TYPE_CHECKING:
    from sim import Scenario

MOST_CELLS = 100_000
"""Of a sweep: an hour or two of work on a machine, and a table of forty megabytes."""

GRAMMAR = "KEY=LOW:HIGH:N, KEY=LOW:HIGH:N:log or KEY=VALUE,VALUE,…"
_DIGITS = 12
"""Significant digits of a value: no more than one would type to have the cell by itself."""


@dataclass(frozen=True)
class Varied:
    """An input and the values that it is held at, in rising order. log: they are spaced by ratio."""

    key: str
    values: tuple[float, ...]
    log: bool = False
    about: Input | None = field(default=None, compare=False)
    """What the input is; one of the registry unless given."""

    @property
    def item(self) -> Input:
        """What the input is."""
        return self.about if self.about is not None else registry()[self.key]

    @property
    def unit(self) -> str:
        """In which the values are counted."""
        return self.item.unit

    @classmethod
    def parse(cls, words: str, scenarios: Collection[Scenario] = ()) -> Varied:
        """From "KEY=LOW:HIGH:N", with ":log" for values spaced by ratio, or from "KEY=VALUE,VALUE,…".

        scenarios: those that are swept, whose inputs it may name; without any, the registry's.

        Raises UserError with what is wrong: the key, the grammar, the ends, or values that the input cannot have.
        """
        key, _, given = (part.strip() for part in words.partition("="))
        key = key.removeprefix("inputs.")
        if not key:
            raise UserError(Fault("--vary", f"found '{text.clean(words, 60)}'", GRAMMAR))
        name = f"--vary {text.clean(key, 60)}"
        item = next((found for scenario in scenarios if (found := scenario.item(key))), registry().get(key))
        if item is None:
            hint = did_you_mean(
                key, [*registry(), *(own for scenario in scenarios for own in scenario.known)]
            )
            raise UserError(Fault(name, "is no input", "see 'breakeven inputs'", hint))
        if not given:
            raise UserError(Fault(name, "has no values", GRAMMAR))
        log = ":" in given and given.rpartition(":")[2].strip() == "log"
        values = _range(name, given, log) if ":" in given else _list(name, given)
        _check(name, item, values, ":" in given)
        return cls(key, values, log, item)


def _number(name: str, words: str) -> float:
    try:
        number = float(words)
    except ValueError:
        number = math.nan
    if math.isnan(number):
        raise UserError(Fault(name, f"'{text.clean(words.strip(), 40)}' is no number", GRAMMAR))
    if not abs(number) <= LARGEST:
        raise UserError(Fault(name, f"found {number:g}", NUMBERS))
    return number


def _list(name: str, given: str) -> tuple[float, ...]:
    if given.count(",") >= MOST_CELLS:
        raise UserError(Fault(name, f"lists {given.count(',') + 1:,} values", f"at most {MOST_CELLS:,}"))
    values = sorted(_number(name, item) for item in given.split(","))
    twice = next((a for a, b in itertools.pairwise(values) if a == b), None)
    if twice is not None:
        raise UserError(Fault(name, f"lists {twice:g} twice", "each value once"))
    return tuple(values)


def _range(name: str, given: str, log: bool) -> tuple[float, ...]:
    parts = given.split(":")[: -1 if log else None]
    if len(parts) != 3:
        raise UserError(Fault(name, f"found '{text.clean(given, 60)}'", GRAMMAR))
    low, high = _number(name, parts[0]), _number(name, parts[1])
    wanted = _number(name, parts[2])
    if not (wanted.is_integer() and 2 <= wanted <= MOST_CELLS):
        hint = f"one value is {name.removeprefix('--vary ')}={low:g}" if wanted == 1 else ""
        raise UserError(
            Fault(name, f"asks for {wanted:g} values", f"a whole number N from 2 to {MOST_CELLS:,}", hint)
        )
    if not low < high:
        raise UserError(Fault(name, f"found {low:g} to {high:g}", "LOW < HIGH"))
    if log and low <= 0:
        raise UserError(
            Fault(name, f"{low:g} cannot be spaced by ratio", "LOW above 0 where ':log' is asked")
        )
    along = Axis(low, high, log=log)
    inner = (float(f"{along.value(place):.{_DIGITS}g}") for place in along.grid(int(wanted))[1:-1])
    values = (low, *inner, high)
    if any(a >= b for a, b in itertools.pairwise(values)):
        raise UserError(
            Fault(name, f"{low:g} to {high:g} is too narrow for {wanted:g} values", "fewer, or wider apart")
        )
    return values


def _check(name: str, item: Input, values: Sequence[float], spaced: bool) -> None:
    """Raises UserError for the first value that the input cannot have."""
    for value in values:
        if value in item.support:
            continue
        hint = ""
        if item.support.integer and not value.is_integer() and spaced:
            hint = f"list the values, or choose N so that they are whole, such as {name.removeprefix('--vary ')}=2,4,8"
        raise UserError(Fault(name, f"{value:g} is nothing that it can be", f"values {item.support}", hint))


def axes(
    vary: Sequence[str], settings: Collection[str] = (), scenarios: Collection[Scenario] = ()
) -> tuple[Varied, ...]:
    """What all of --vary ask for; settings: the inputs that --set replaces; scenarios: those that are swept.

    Raises UserError with every fault.
    """
    varied: list[Varied] = []
    faults: list[Fault] = []
    for words in vary:
        try:
            axis = Varied.parse(words, scenarios)
        except UserError as error:
            faults += error.faults
            continue
        if axis.key in (other.key for other in varied):
            faults.append(Fault(f"--vary {axis.key}", "is given twice", "each input once"))
        if axis.key in settings:
            faults.append(Fault(f"--vary {axis.key}", "is given to --set as well", "one of them"))
        varied.append(axis)
    if faults:
        raise UserError(*faults)
    return tuple(varied)


def check_size(scenarios: int, along: Sequence[Varied]) -> None:
    """Raises UserError for more cells than a sweep may have."""
    cells = scenarios * math.prod(len(axis.values) for axis in along)
    if cells > MOST_CELLS:
        sizes = " × ".join(
            [text.count(scenarios, "scenario"), *(f"{len(axis.values):,} of {axis.key}" for axis in along)]
        )
        raise UserError(
            Fault("--vary", f"asks for {cells:,} cells ({sizes})", f"at most {MOST_CELLS:,}", "fewer values")
        )


def places(along: Sequence[Varied]) -> list[Mapping[str, float]]:
    """Every combination of the axes' values, the last axis running fastest; one that is empty without axes."""
    keys = [axis.key for axis in along]
    return [
        dict(zip(keys, values, strict=True)) for values in itertools.product(*(axis.values for axis in along))
    ]


def names(paths: Sequence[str]) -> tuple[str, ...]:
    """What to call the scenarios of files: the files' names, or the paths where names are not different.

    Raises UserError for a file that is given twice.
    """
    seen: dict[Path, str] = {}
    for path in paths:
        try:
            place = Path(path).resolve()
        except (OSError, ValueError, RuntimeError):
            continue  # what cannot be read is said where it is read
        if place in seen:
            raise UserError(Fault("SCENARIO", f"'{text.clean(path, 60)}' is given twice", "each file once"))
        seen[place] = path
    stems = [text.clean(Path(path).stem) for path in paths]
    if len(set(stems)) == len(stems):
        return tuple(stems)
    return tuple(text.clean(path.removesuffix(".toml")) for path in paths)
