"""Strategies and cost lines of the user's own: `[strategy.NAME]` and `[[line]]`.

What a strategy alone has, values and costs of lines, is kept by name beside the inputs: "NAME:price.input",
"NAME:line.human review". A strategy like another has the other's own values under the other's names, so that it shares
their draws.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from distributions.expression import Calculation, Name
from distributions.inputs import Input
from distributions.support import Support
from distributions.tables.declaration import Free, Table, Tables, declare
from distributions.tables.faults import Faults, near
from distributions.tables.kinds import NAME, Inputs, Kind, Later, Named, choice, flag, names, text, whole
from distributions.tables.lines import KeyPath
from distributions.text import clean
from sim.model.strategies import (
    FALLBACKS,
    MODELS,
    REGISTRY,
    SERVINGS,
    STRATEGIES,
    OwnLine,
    Parts,
    Strategy,
    impossible,
    lacking,
    latency_of,
)
from sim.scenario.expressions import LINE, is_line, owner
from sim.scenario.own_inputs import Value, ValueOf

MOST = 24
"""Strategies that one run computes."""

PER = {
    "once": "USD",
    "month": "USD/month",
    "query": "USD/query",
    "token_price": "USD/query",
    "retrain": "USD",
    "gpu_hour": "USD/GPU-hour",
}
"""What a line is paid by, and what its cost is counted in."""


# --- as it is written


@dataclass(frozen=True)
class _Cost(Free):
    """What a line costs: a number, a distribution or an expression."""

    allowed = 'a number, a distribution or an expression, as in { expression = "labor.weekly_rate / 40" }'

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`."""
        return ValueOf(_line_input("", "", "once")).schema()


class StrategyNames(Later):
    """Names of strategies, which are read once the scenario's own are known."""

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`."""
        items = {"anyOf": [{"enum": list(STRATEGIES)}, {"type": "string", "pattern": f"^{NAME}$"}]}
        return {**self.of.schema(), "items": items}


_ITEM = r"[^\W_][\w .,&()/+'-]{0,59}"
_RESERVED = ("total",)


class _Item(Kind):
    """The name of a line item: it heads rows of tables, and stands in the names of inputs."""

    allowed = "up to 60 letters, digits, blanks and . , & ( ) / + ' - _, and not 'total'"

    def read(self, value: Any, path: KeyPath, faults: Faults) -> str | None:
        """As `Kind.read`."""
        found = value.strip() if isinstance(value, str) else None
        if found and re.fullmatch(_ITEM, found) and found.casefold() not in _RESERVED:
            return found
        faults.add(path, f"found {clean(repr(value), 60)}", allowed=self.allowed)
        return None

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`."""
        return {"type": "string", "pattern": f"^{_ITEM}$"}


@dataclass(frozen=True)
class LineTable:
    """A cost line of the user's own."""

    item: str = declare(_Item(), "The line item.")
    per: str = declare(choice(tuple(PER)), "What it is paid by.")
    cost: Any = declare(Later(_Cost()), "USD for each of these.")
    from_month: int | None = declare(
        whole(1, 120), "The first month in which it is paid. Default: from the start.", None
    )
    to_month: int | None = declare(
        whole(1, 120), "The last month in which it is paid. Default: to the end.", None
    )

    def check(self, path: KeyPath, faults: Faults) -> None:
        """Leaves a fault where no month is left."""
        if self.to_month is not None and self.per == "once":
            faults.add(
                (*path, "to_month"), "says nothing of a line that is paid once", allowed="from_month alone"
            )
        elif self.to_month is not None and self.from_month is not None and self.to_month < self.from_month:
            problem = f"{self.to_month} lies before from_month, {self.from_month}"
            faults.add((*path, "to_month"), problem, allowed="a later month")


@dataclass(frozen=True)
class SharedLineTable(LineTable):
    """A cost line of every strategy, or of some."""

    strategies: tuple[str, ...] | None = declare(
        StrategyNames(names(STRATEGIES, "strategy", 1)),
        "Those that pay it. Default: all that are computed.",
        None,
    )


@dataclass(frozen=True)
class StrategyTable:
    """A strategy of the user's own, like another or by its parts; or what a shipped one has of its own."""

    like: str | None = declare(
        text("a strategy"),
        "The strategy whose parts, inputs and lines it has but for what is said here.",
        None,
    )
    label: str | None = declare(text(), "What it is called. Default: its name.", None)
    retrieval: bool | None = declare(flag(), "Whether facts are searched for. Default: false.", None)
    tuned: bool | None = declare(flag(), "Whether the model is trained on examples. Default: false.", None)
    model: str | None = declare(choice(MODELS), "Whose model answers.", None)
    serving: str | None = declare(choice(SERVINGS), "How it is served.", None)
    fallback: str | None = declare(
        choice(FALLBACKS), "Which model takes over a share of queries. Default: none.", None
    )
    inputs: Any = declare(Later(Inputs(ValueOf)), "Values that are this strategy's alone.", None)
    line: tuple[LineTable | None, ...] = declare(
        Tables(LineTable, partial=True), "What it pays beside what the model says.", ()
    )

    def check(self, path: KeyPath, faults: Faults) -> None:
        """Leaves a fault where it is not known what a strategy is made of."""
        given = {key for key in Parts._fields if getattr(self, key) is not None}
        if self.like is None and path[-1] not in REGISTRY and not given >= _NEEDED:
            lacks = "neither like nor parts" if not given else f"no {min(_NEEDED - given)}"
            allowed = 'like = "rag", or retrieval, tuned, model, serving and fallback'
            faults.add(path, f"has {lacks}", allowed=allowed)


_NEEDED = {"model", "serving"}
"""The parts of a strategy that is like none which have to be said."""

STRATEGY_TABLES = Named(Table(StrategyTable))
"""The kind of `[strategy]`."""


# --- as it is kept


@dataclass(frozen=True)
class DeclaredLine:
    """A line as declared. cost: the name of its value. strategies: of a shared one those that pay it; None: all."""

    item: str
    per: str
    cost: str
    first: int | None = None
    last: int | None = None
    strategies: tuple[str, ...] | None = None

    @property
    def line(self) -> OwnLine:
        """As the program has it."""
        return OwnLine(
            self.item, self.per, Calculation(self.cost, (self.cost,), Name(self.cost)), self.first, self.last
        )

    def input(self, whose: str) -> Input:
        """What its value is, as an input."""
        return _line_input(self.cost, f"{self.item} of {whose}, paid per {self.per}", self.per)

    def table(self, value: Value) -> dict[str, Any]:
        """As in a scenario's file."""
        table: dict[str, Any] = {"item": self.item, "per": self.per, "cost": value.spec}
        months = {"from_month": self.first, "to_month": self.last}
        table |= {key: month for key, month in months.items() if month is not None}
        if self.strategies is not None:
            table["strategies"] = list(self.strategies)
        return table


@dataclass(frozen=True)
class Declared:
    """A strategy as declared; what is not said is None, or left out of parts."""

    like: str | None = None
    label: str | None = None
    parts: Mapping[str, Any] = field(default_factory=dict)
    lines: tuple[DeclaredLine, ...] = ()

    def table(self, name: str, values: Mapping[str, Value]) -> dict[str, Any]:
        """As in a scenario's file; values: of the whole scenario, by name."""
        table: dict[str, Any] = {
            key: part for key in ("like", "label") if (part := getattr(self, key)) is not None
        }
        table |= self.parts
        own: dict[str, dict[str, Any]] = {}
        for key, value in values.items():
            if owner(key) == name and not is_line(key):
                group, _, inner = key.rpartition(":")[2].partition(".")
                own.setdefault(group, {})[inner] = value.spec
        if own:
            table["inputs"] = own
        if self.lines:
            table["line"] = [line.table(values[line.cost]) for line in self.lines]
        return table


def _line_input(name: str, meaning: str, per: str) -> Input:
    return Input(name, PER[per], Support(), 0.0, meaning, "", "")


# --- reading


@dataclass
class OwnStrategies:
    """What was read: strategies by name, shared lines, and values by name.

    sound: whether it is known of every strategy which parts it has.
    """

    declared: dict[str, Declared] = field(default_factory=dict)
    lines: tuple[DeclaredLine, ...] = ()
    values: dict[str, Value] = field(default_factory=dict)
    sound: bool = True


def read_strategies(
    tables: Mapping[str, StrategyTable | None],
    shared: Sequence[SharedLineTable | None],
    known: Mapping[str, Input],
    faults: Faults,
) -> OwnStrategies:
    """The strategies and lines of a file, in the order of their names. known: inputs that a strategy may have."""
    found = OwnStrategies()
    every = (*STRATEGIES, *(name for name in sorted(tables) if name not in REGISTRY))
    for name in sorted(tables):
        table = tables[name]
        if table is None:
            continue
        path: KeyPath = ("strategy", name)
        parts = {key: part for key in Parts._fields if (part := getattr(table, key)) is not None}
        if name in REGISTRY:
            for key in [key for key in ("like", *parts) if getattr(table, key) is not None]:
                faults.add(
                    (*path, key), f"{name} is shipped and has its parts", allowed="label, inputs, line"
                )
            parts = {}
        elif table.like is not None and table.like not in every:
            problem = f"unknown strategy {clean(repr(table.like), 60)}"
            faults.add((*path, "like"), problem, allowed=", ".join(every), hint=near(table.like, every))
            found.sound = False
        elif table.like is None and not parts.keys() >= _NEEDED:
            found.sound = False
        if table.inputs is not None:
            read = Inputs(ValueOf, known).read(table.inputs, (*path, "inputs"), faults) or {}
            found.values |= {f"{name}:{key}": read[key] for key in known if read.get(key) is not None}
        lines = _lines(table.line, f"{name}:", path, found.values, faults)
        found.declared[name] = Declared(
            table.like if name not in REGISTRY else None, table.label, parts, lines
        )
    found.lines = _lines(shared, "", (), found.values, faults, every)
    found.sound = _check_circles(found.declared, faults) and found.sound
    return found


def _lines(
    tables: Iterable[LineTable | None],
    prefix: str,
    path: KeyPath,
    values: dict[str, Value],
    faults: Faults,
    strategies: Collection[str] = (),
) -> tuple[DeclaredLine, ...]:
    lines: list[DeclaredLine] = []
    taken: set[str] = set()
    for position, table in enumerate(tables):
        if table is None or not table.item or not table.per:
            continue
        where: KeyPath = (*path, "line", position)
        name = f"{prefix}{LINE}{table.item}"
        number = 1
        while name in taken:
            number += 1
            name = f"{prefix}{LINE}{table.item} {number}"
        taken.add(name)
        payers = getattr(table, "strategies", None)
        if payers is not None:
            payers = names(strategies, "strategy", 1).read(payers, (*where, "strategies"), faults)
            payers = payers and tuple(payer for payer in strategies if payer in payers)
        line = DeclaredLine(table.item, table.per, name, table.from_month, table.to_month, payers)
        if table.cost is not None:
            value = ValueOf(line.input("")).read(table.cost, (*where, "cost"), faults)
            if value is not None:
                values[name] = value
        lines.append(line)
    return tuple(lines)


def _check_circles(declared: Mapping[str, Declared], faults: Faults) -> bool:
    """Leaves a fault for each circle of strategies like each other; whether there is none."""
    before = faults.count
    seen: set[str] = set()
    for name in declared:
        path: list[str] = []
        at: str | None = name
        while at is not None and at in declared and at not in path and at not in seen:
            path.append(at)
            at = declared[at].like
        if at is not None and at in path:
            circle = path[path.index(at) :]
            problem = f"is like itself: {' → '.join((*circle, at))}"
            faults.add(("strategy", at, "like"), problem, allowed="a strategy that does not rest on it")
        seen.update(path)
    return faults.count == before


# --- as it is computed


def resolved(
    declared: Mapping[str, Declared],
    lines: Sequence[DeclaredLine],
    own_values: Iterable[str],
) -> dict[str, Strategy]:
    """All strategies of a scenario, shipped ones first, then its own in the order of their names.

    own_values: names of all values that are a strategy's own. Of a shared line that is everybody's each has it that can
    pay it. The declarations have no circle.
    """
    own: dict[str, dict[str, str]] = {}
    for name in own_values:
        if owner(name) and not is_line(name):
            own.setdefault(owner(name), {})[name.rpartition(":")[2]] = name
    made: dict[str, Strategy] = {}

    def make(name: str) -> Strategy:
        if name in made:
            return made[name]
        said = declared.get(name, Declared())
        base = REGISTRY.get(name) or (make(said.like) if said.like is not None else None)
        parts = Parts(
            **{"retrieval": False, "tuned": False, **(base.parts._asdict() if base else {}), **said.parts}
        )
        label = said.label or (
            base.label if base and name in REGISTRY else name.replace("_", " ").capitalize()
        )
        replaced = {line.item for line in said.lines}
        kept = tuple(line for line in base.lines if line.item not in replaced) if base else ()
        made[name] = Strategy(
            label,
            base.latency if base and base.parts == parts else latency_of(parts),
            parts,
            {**(base.own if base else {}), **own.get(name, {})},
            (*kept, *(line.line for line in said.lines)),
        )
        return made[name]

    for name in (*STRATEGIES, *sorted(name for name in declared if name not in REGISTRY)):
        make(name)
    shared: dict[str, tuple[OwnLine, ...]] = {
        name: tuple(
            line.line
            for line in lines
            if (not lacking(strategy.parts, line.per) if line.strategies is None else name in line.strategies)
        )
        for name, strategy in made.items()
    }
    return {
        name: replace(made[name], lines=(*made[name].lines, *shared[name])) if shared[name] else made[name]
        for name in (*STRATEGIES, *(name for name in made if name not in REGISTRY))
    }


def check_strategies(
    strategies: Mapping[str, Strategy],
    declared: Mapping[str, Declared],
    lines: Sequence[DeclaredLine],
    computed: Collection[str],
    horizon: int,
    faults: Faults,
) -> None:
    """Leaves a fault for parts that nobody can have, and for lines that a strategy has nothing to pay by.

    computed: the strategies of which a line is that names none. horizon: months H; a line that begins after them, or
    that nobody pays who is computed, would be left out without a word.
    """
    called: dict[str, str] = {}
    for name in computed:
        if name not in strategies:
            continue
        label = strategies[name].label
        other = called.setdefault(label.casefold(), name)
        if other != name:
            place: KeyPath = ("strategy", name if name in declared else other, "label")
            faults.add(
                place, f"'{clean(label, 60)}' is what {other} and {name} are called", allowed="another label"
            )
    for name, said in declared.items():
        path: KeyPath = ("strategy", name)
        parts = strategies[name].parts
        reason = impossible(parts)
        if reason:
            faults.add(path, reason, allowed=_ALLOWED)
        for position, line in enumerate(said.lines):
            _check_line(line.per, name, parts, (*path, "line", position, "per"), faults)
            _check_months(line, horizon, (*path, "line", position, "from_month"), faults)
        inherited = strategies[said.like].lines if said.like is not None else ()
        items = {line.item for line in said.lines}
        for kept in inherited:
            if kept.item not in items and (why := lacking(parts, kept.per)) and not is_shared(kept):
                faults.add(
                    path, f"{name} {why}, and cannot pay '{clean(kept.item, 40)}', a line of {said.like}"
                )
    for position, line in enumerate(lines):
        for name in computed if line.strategies is None else line.strategies:
            if name in strategies:
                _check_line(line.per, name, strategies[name].parts, ("line", position, "per"), faults)
        _check_months(line, horizon, ("line", position, "from_month"), faults)
        if line.strategies is not None and not set(line.strategies) & set(computed):
            problem = f"nobody pays it: {', '.join(line.strategies)} is not in study.strategies"
            faults.add(("line", position, "strategies"), problem, allowed=", ".join(computed))


def is_shared(line: OwnLine) -> bool:
    """Whether a line is one that stands outside any strategy."""
    return not any(owner(name) for name in line.cost.names)


_ALLOWED = (
    "frontier per_token; small per_token or dedicated; open dedicated or self_hosted; "
    "a fallback for all but the untuned frontier model"
)


def _check_months(line: DeclaredLine, horizon: int, path: KeyPath, faults: Faults) -> None:
    if line.first is not None and line.first > horizon:
        faults.add(
            path, f"found {line.first}, after the last month", allowed=f"1 … {horizon}, study.horizon_months"
        )


def _check_line(per: str, name: str, parts: Parts, path: KeyPath, faults: Faults) -> None:
    why = lacking(parts, per)
    if why:
        faults.add(
            path, f"{name} {why}", allowed=", ".join(other for other in PER if not lacking(parts, other))
        )


def own_items(
    known: Mapping[str, Input],
    strategies: Mapping[str, Strategy],
    declared: Mapping[str, Declared],
    lines: Sequence[DeclaredLine],
    values: Collection[str],
) -> dict[str, Input]:
    """What each value of a strategy's own and of a line is, as an input: by strategy, shared lines last.

    known: inputs that are shared. values: names of all there are.
    """
    items: dict[str, Input] = {}
    for name in sorted(declared):
        for key, item in known.items():
            own = own_name(name, key)
            if own in values:
                items[own] = own_input(item, name, strategies[name].label)
        items |= {line.cost: line.input(strategies[name].label) for line in declared[name].lines}
    for line in lines:
        items[line.cost] = line.input(
            "every strategy" if line.strategies is None else ", ".join(line.strategies)
        )
    return items


def own_name(strategy: str, key: str) -> str:
    """The name of a value that is a strategy's alone."""
    return f"{strategy}:{key}"


def own_input(item: Input, strategy: str, label: str) -> Input:
    """An input as a strategy alone has it."""
    return replace(item, key=own_name(strategy, item.key), meaning=f"{item.meaning} ({label}'s own)")
