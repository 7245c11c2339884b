"""From the tables of a scenario file to checked values; every fault is found before any is reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from distributions.dependence import correlation
from distributions.errors import UserError, did_you_mean, not_ascii
from distributions.inputs import registry
from distributions.parameters import described
from distributions.spec import Marginal, marginal
from distributions.tables.lines import KeyPath
from distributions.tables.reading import NUMBERS, key_text, unusable
from distributions.text import clean
from sim.scenario.faults import Faults, near
from sim.scenario.requirements import REQUIREMENTS

MAX_HORIZON = 120
DEFAULT_HORIZON = 12
DEFAULT_DISCOUNT_RATE = 0.08
DEFAULT_COMPARE = ("tuned_hosted", "rag")
STUDY_KEYS = ("title", "horizon_months", "discount_rate", "compare", "strategies")
TABLES = ("study", "market", "requirements", "inputs", "dependence", "stress", "expected")
DEPENDENCE_KEYS = ("inputs", "rank_correlation")
DEFAULT_MARK = "default"
"""Beside a value: it was not given, but is the default, written out so that the file holds what was computed."""

Pair = tuple[str, str]


@dataclass
class Study:
    """The checked `[study]` table, defaults filled in."""

    title: str
    horizon: int = DEFAULT_HORIZON
    discount_rate: float = DEFAULT_DISCOUNT_RATE
    compare: Pair = DEFAULT_COMPARE
    strategies: tuple[str, ...] = ()


def strategy_names() -> tuple[str, ...]:
    """The names of all strategies, in their fixed order."""
    from sim.kernel import STRATEGIES

    return STRATEGIES


@cache
def default_marginals() -> Mapping[str, Marginal]:
    """The default of every input."""
    return {
        key: marginal(item.default, key=key, unit=item.unit, support=item.support)
        for key, item in registry().items()
    }


def written_default(key: str, spec: Any) -> dict[str, Any]:
    """An input's default as a file holds it, with its source; the mark goes beside. spec: of its marginal."""
    return {**(spec if isinstance(spec, Mapping) else {"value": spec}), "source": registry()[key].source}


class Reader:
    """Reads the tables of one scenario; each method reads one table and leaves its faults in `faults`."""

    def __init__(self, tables: Mapping[str, Any], faults: Faults, folder: Path | None) -> None:
        self.tables = tables
        self.faults = faults
        self.folder = folder
        self.broken: set[KeyPath] = set()
        self.faulty: set[str] = set()
        self.defaulted: set[str] = set()
        for path, value in unusable(tables):
            raw = faults.document.raw(path) if faults.document else ""
            self._add_unusable(path, value, raw)
            self.broken.update(path[:end] for end in range(len(path) + 1))

    def _add_unusable(self, path: KeyPath, value: Any, raw: str) -> None:
        if isinstance(value, int | float):
            long = isinstance(value, int) and abs(value) > 10**100
            shown = "a number of hundreds of digits" if long else repr(value)
            self.faults.add(path, f"found {clean(raw or shown, 40)}", allowed=NUMBERS)
        elif value is None:
            self.faults.add(path, "found nothing (null)", hint="leave the key out where there is no value")
        else:
            self.faults.add(path, f"found {clean(repr(value), 60)}", allowed="valid Unicode text")

    def top(self) -> None:
        """The names of the tables."""
        if "quote" in self.tables:
            self.faults.add(
                ("quote",),
                "this is a vendor's quote, not a scenario",
                hint="it is compared with `breakeven quotes SCENARIO QUOTE`",
            )
            self.faults.raise_any()
        groups = {item.group for item in registry().values()}
        for name in self.tables:
            if name in TABLES:
                continue
            if name in groups:
                self.faults.add((name,), "unknown table", hint=f"did you mean [inputs.{name}]?")
            elif name in STUDY_KEYS:
                self.faults.add((name,), "a key outside any table", hint="it belongs under [study]")
            else:
                self.faults.add((name,), "unknown table", allowed=", ".join(TABLES), hint=near(name, TABLES))

    def study(self, title: str) -> Study:
        """`[study]`: what is asked."""
        table = self._table("study")
        study = Study(title, strategies=strategy_names())
        self.faults.unknown_keys(("study",), table, STUDY_KEYS)
        if self._given(table, "title"):
            if isinstance(table["title"], str):
                study.title = table["title"]
            else:
                self.faults.add(("study", "title"), described(table["title"]), allowed="text")
        if self._given(table, "horizon_months"):
            study.horizon = self._horizon(table["horizon_months"])
        if self._given(table, "discount_rate"):
            study.discount_rate = self._discount_rate(table["discount_rate"])
        if self._given(table, "strategies"):
            study.strategies = self._strategies(table["strategies"])
        if self._given(table, "compare"):
            study.compare = self._compare(table["compare"], study.strategies)
        elif not set(study.compare) <= set(study.strategies) and "compare" not in table:
            self.faults.add(
                ("study", "compare"),
                "missing: which two strategies are compared",
                allowed=f"two of {', '.join(study.strategies)}",
            )
        return study

    def _horizon(self, value: Any) -> int:
        path, allowed = ("study", "horizon_months"), f"a whole number from 1 to {MAX_HORIZON}"
        if isinstance(value, bool) or not isinstance(value, int):
            hint = f"write {value:.0f}" if isinstance(value, float) and value.is_integer() else ""
            self.faults.add(path, described(value), allowed=allowed, hint=hint)
        elif not 1 <= value <= MAX_HORIZON:
            self.faults.add(path, f"found {clean(str(value), 40)}", allowed=allowed)
        else:
            return value
        return DEFAULT_HORIZON

    def _discount_rate(self, value: Any) -> float:
        path, allowed = ("study", "discount_rate"), "a number from 0 to 1, a year"
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.faults.add(path, described(value), allowed=allowed)
        elif not 0 <= value <= 1:
            hint = f"{value:g} % is written {value / 100:g}" if 1 < value <= 100 else ""
            self.faults.add(path, f"found {value!r}", allowed=allowed, hint=hint)
        else:
            return float(value)
        return DEFAULT_DISCOUNT_RATE

    def _strategies(self, value: Any) -> tuple[str, ...]:
        names = strategy_names()
        given = self._names(("study", "strategies"), value, names)
        if given is None:
            return names
        if len(given) < 2:
            self.faults.add(
                ("study", "strategies"),
                f"found {len(given)} of them",
                allowed=f"at least two of {', '.join(names)}",
            )
            return names
        return tuple(name for name in names if name in given)

    def _compare(self, value: Any, strategies: tuple[str, ...]) -> Pair:
        path = ("study", "compare")
        allowed = f"two of {', '.join(strategy_names())}"
        given = self._names(path, value, strategy_names())
        if given is None:
            return DEFAULT_COMPARE
        if len(given) != 2:
            self.faults.add(path, f"found {len(given)} of them", allowed=allowed)
            return DEFAULT_COMPARE
        for name in given:
            if name not in strategies:
                self.faults.add(
                    path, f"'{name}' is not among study.strategies", allowed=f"two of {', '.join(strategies)}"
                )
        return (given[0], given[1])

    def _names(self, path: KeyPath, value: Any, known: tuple[str, ...]) -> list[str] | None:
        """A list of different names of strategies; None after a fault."""
        allowed = f"a list of {', '.join(known)}"
        if not isinstance(value, list | tuple):
            self.faults.add(path, described(value), allowed=allowed)
            return None
        good = True
        for position, name in enumerate(value):
            if not isinstance(name, str) or name not in known:
                found = (
                    f"unknown strategy {clean(repr(name), 60)}" if isinstance(name, str) else described(name)
                )
                self.faults.add(path, found, allowed=", ".join(known), hint=near(name, known))
                good = False
            elif name in value[:position]:
                self.faults.add(path, f"'{name}' is named twice", allowed="different strategies")
                good = False
        return list(value) if good else None

    def requirements(self) -> dict[str, bool | str | float]:
        """`[requirements]`: what the product must do."""
        good: dict[str, bool | str | float] = {}
        for name, value in self._table("requirements").items():
            path = ("requirements", name)
            if path in self.broken:
                continue
            known = REQUIREMENTS.get(name)
            if known is None:
                self.faults.add(
                    path,
                    "unknown requirement",
                    allowed=", ".join(REQUIREMENTS),
                    hint=near(name, REQUIREMENTS),
                )
            elif not known.accepts(value):
                hint = near(value, known.allowed) if isinstance(value, str) and known.allowed else ""
                self.faults.add(path, described(value), allowed=known.wanted, hint=hint)
            else:
                good[name] = value
        return good

    def inputs(self) -> dict[str, Marginal]:
        """`[inputs.GROUP]`: the values that are written, by key; those with a fault are left out.

        A value that is marked as the default and is that of today is left in `defaulted`.
        """
        given: dict[str, Marginal] = {}
        groups = {item.group for item in registry().values()}
        places: dict[str, KeyPath] = {}
        for group, names in self._table("inputs").items():
            path: KeyPath = ("inputs", group)
            if group in registry():
                entries = [(group, path, names)]
            elif isinstance(names, Mapping) and (group in groups or not _is_input_name(group)):
                entries = [(f"{group}.{name}", (*path, name), value) for name, value in names.items()]
            elif group in groups:
                members = [item.name for item in registry().values() if item.group == group]
                self.faults.add(path, described(names), allowed=f"a table of {', '.join(members)}")
                continue
            else:
                entries = [(group, path, names)]
            for key, where, value in entries:
                if key not in registry():
                    self.faults.add(where, "unknown input", hint=partial(_belongs, key))
                elif key in places:
                    self.faults.add(
                        where, f"given twice: as {key_text(places[key])} too", allowed="each key once"
                    )
                elif where not in self.broken:
                    places[key] = where
                    value_read = self._value(key, value, where)
                    if value_read is not None:
                        given[key] = value_read
        self.faulty = {key for key in places if key not in given}
        return given

    def _value(self, key: str, value: Any, where: KeyPath) -> Marginal | None:
        """The value of an input, which may be marked as a default; None after a fault."""
        if not isinstance(value, Mapping) or DEFAULT_MARK not in value:
            return read_value(key, value, where, self.faults, self.folder)
        if value[DEFAULT_MARK] is not True:
            self.faults.add((*where, DEFAULT_MARK), described(value[DEFAULT_MARK]), allowed="true")
            return None
        bare = {name: part for name, part in value.items() if name != DEFAULT_MARK}
        found = read_value(key, bare, where, self.faults, self.folder)
        if found is None:
            return None
        if found.spec != written_default(key, default_marginals()[key].spec):
            note = "marked as a default, but differs from this version's: counts as given"
            return replace(found, note="; ".join(part for part in (found.note, note) if part))
        self.defaulted.add(key)
        return default_marginals()[key]

    def dependence(self, inputs: Mapping[str, Marginal]) -> tuple[tuple[Pair, float], ...]:
        """`[[dependence]]`: rank correlations between two inputs each."""
        entries = self.tables.get("dependence", [])
        if isinstance(entries, Mapping) or not isinstance(entries, list | tuple):
            self.faults.add(("dependence",), described(entries), allowed="[[dependence]] in double brackets")
            return ()
        pairs: list[tuple[Pair, float]] = []
        seen: dict[frozenset[str], int] = {}
        good = True
        for number, entry in enumerate(entries):
            path: KeyPath = ("dependence", number)
            if not isinstance(entry, Mapping):
                self.faults.add(path, described(entry), allowed="a table with inputs and rank_correlation")
                good = False
                continue
            before = self.faults.count
            pair, r = self._pair(path, entry, inputs), self._rank_correlation(path, entry)
            if pair is not None:
                first = seen.setdefault(frozenset(pair), number)
                if first != number:
                    line = self.faults.document.line(("dependence", first)) if self.faults.document else None
                    where = f"in line {line}" if line else f"in entry {first + 1}"
                    self.faults.add(path, f"{pair[0]} and {pair[1]} are correlated already, {where}")
            if pair is not None and r is not None and before == self.faults.count:
                pairs.append((pair, r))
            else:
                good = False
        if pairs and good:
            try:
                correlation(pairs, inputs)
            except UserError as error:
                self.faults.take(error, ("dependence",))
        return tuple(pairs)

    def _pair(self, path: KeyPath, entry: Mapping[str, Any], inputs: Mapping[str, Marginal]) -> Pair | None:
        self.faults.unknown_keys(path, entry, DEPENDENCE_KEYS)
        where, allowed = (*path, "inputs"), 'two different inputs, as in ["price.input", "price.output"]'
        value = entry.get("inputs")
        if value is None:
            self.faults.add(where, "missing", allowed=allowed)
            return None
        if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
            self.faults.add(where, described(value), allowed=allowed)
            return None
        unknown = [name for name in value if name not in registry()]
        for name in unknown:
            self.faults.add(where, f"unknown input {clean(repr(name), 60)}", hint=partial(_belongs, name))
        if len(value) != 2:
            self.faults.add(where, f"found {len(value)} inputs", allowed=allowed)
            return None
        if unknown:
            return None
        if value[0] == value[1]:
            self.faults.add(where, f"{value[0]} is named twice", allowed=allowed)
            return None
        for name in value:
            if name not in self.faulty and inputs[name].certain:
                self.faults.add(
                    where,
                    f"{name} is a plain number and has no spread to correlate",
                    allowed="inputs with a distribution",
                )
        return (value[0], value[1]) if not self.faulty & set(value) else None

    def _rank_correlation(self, path: KeyPath, entry: Mapping[str, Any]) -> float | None:
        where, allowed = (*path, "rank_correlation"), "a number from -1 to 1"
        if where in self.broken:
            return None
        value = entry.get("rank_correlation")
        if value is None:
            self.faults.add(where, "missing", allowed=allowed)
        elif isinstance(value, bool) or not isinstance(value, int | float):
            self.faults.add(where, described(value), allowed=allowed)
        elif not -1 <= value <= 1:
            self.faults.add(where, f"found {value!r}", allowed=allowed)
        else:
            return float(value)
        return None

    def expected(self) -> dict[str, Any]:
        """`[expected]`: what the author expects a run to say; free-form."""
        return dict(self._table("expected"))

    def _table(self, name: str) -> Mapping[str, Any]:
        table = self.tables.get(name, {})
        if isinstance(table, Mapping):
            return table
        self.faults.add((name,), described(table), allowed=f"a table: [{name}]")
        return {}

    def _given(self, table: Mapping[str, Any], name: str) -> bool:
        return name in table and ("study", name) not in self.broken


def read_value(
    key: str, value: Any, path: KeyPath, faults: Faults, folder: Path | None, *, label: str = ""
) -> Marginal | None:
    """The value of a known input, or None after a fault, which is named `label` or after `path`."""
    item = registry()[key]
    name = label or key_text(path)
    try:
        return marginal(
            value, key=name, unit=item.unit, support=item.support, folder=folder, conversion=item.conversion
        )
    except UserError as error:
        faults.take(error, path)
        return None


def _is_input_name(name: str) -> bool:
    return any(item.name == name for item in registry().values())


def _belongs(key: str) -> str:
    """Where an unknown key may belong: an input of that name in other groups, or one spelled nearly so."""
    name = key.rpartition(".")[2]
    homes = [item.key for item in registry().values() if item.name == name]
    if homes:
        near = f"did you mean {' or '.join(repr(home) for home in homes)}?"
        return " ".join(part for part in (near, not_ascii(key)) if part)
    return did_you_mean(key[:80].removeprefix("inputs."), registry())
