"""A scenario: the question that is asked, the inputs with their distributions, and how they move together."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from distributions.dependence import Copula, correlation
from distributions.derived import EXPRESSION, Derived
from distributions.errors import UserError, did_you_mean
from distributions.expression import Calculation
from distributions.forms import forms_in
from distributions.inputs import OWN, Input, registry
from distributions.spec import Marginal
from distributions.support import Support
from distributions.tables.faults import Faults
from distributions.tables.kinds import home
from distributions.tables.reading import Document, read
from distributions.text import clean
from sim.kernel.prices import Prices, prices
from sim.model.program import Program
from sim.model.program import program as made
from sim.model.strategies import STRATEGIES, OwnLine, Parts, Strategy
from sim.scenario.expressions import Values, check_expressions, outside, owner
from sim.scenario.limits import check_limits, in_file
from sim.scenario.market import look_up
from sim.scenario.own_inputs import Own, Value, ValueOf, own_table
from sim.scenario.own_strategies import (
    Declared,
    DeclaredLine,
    check_strategies,
    own_input,
    own_items,
    read_strategies,
    resolved,
)
from sim.scenario.price_changes import PriceChange
from sim.scenario.reader import (
    DEFAULT_MARK,
    Pair,
    chosen,
    compared,
    defaults,
    dependence,
    read_scenario,
    written_default,
)
from sim.scenario.stress import Stress, checked

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scenario:
    """What a run computes. Two scenarios are equal where their `tables()` are.

    title
        As typed, in full, whatever characters it has.
    horizon
        Operating months, 1 … 120.
    discount_rate
        A year, 0 … 1.
    compare
        (a, b): the question is whether a is cheaper than b.
    strategies
        Those computed: shipped ones in their fixed order, then its own in the order of their names.
    requirements
        What the product must do, by key of `sim.scenario.requirements.REQUIREMENTS`.
    market
        What was looked up, by key of `[market]`, with the date of the prices.
    inputs
        What is drawn, in the order of `known`: every input of the registry, with defaults where the scenario is silent,
        its own inputs ("own.NAME"), and what its strategies have alone ("STRATEGY:KEY", and costs of lines).
    defaulted
        Keys of those defaults, in the registry's order.
    dependence
        ((input, input), Spearman's rank correlation), in the order of the file.
    stresses
        The scenario's own, beside those of `sim.scenario.stress.registered`.
    expected
        What the author expects a run to say, free-form; nothing computes with it.
    folder
        Where the files of `data` values are looked for.
    price_changes
        Prices that are known to change after setup, by month, those after the horizon included.
    expressions
        The inputs that are made of others and not drawn, by name, in the order of `known`.
    own
        What the inputs of its own are, by key.
    declared
        Its own strategies, and shipped ones with something of their own, as declared, in the order of their names.
    lines
        Cost lines of its own that stand outside any strategy, as declared.
    further
        Strategies that no file has: a study's, which asks what others would cost in the same draws. They share all
        inputs; `tables` does not write them.
    """

    title: str
    horizon: int
    discount_rate: float
    compare: Pair
    strategies: tuple[str, ...]
    requirements: Mapping[str, bool | str | float]
    inputs: Mapping[str, Marginal]
    defaulted: tuple[str, ...]
    dependence: tuple[tuple[Pair, float], ...] = ()
    stresses: tuple[Stress, ...] = ()
    expected: Mapping[str, Any] = field(default_factory=dict)
    market: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None
    price_changes: tuple[PriceChange, ...] = ()
    expressions: Mapping[str, Derived] = field(default_factory=dict)
    own: Mapping[str, Input] = field(default_factory=dict)
    declared: Mapping[str, Declared] = field(default_factory=dict)
    lines: tuple[DeclaredLine, ...] = ()
    further: Mapping[str, Strategy] = field(default_factory=dict)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Scenario:
        """Read a scenario file.

        An empty file is a scenario: every input has its default, and all of them are listed as defaulted.

        Raises:
            UserError: with every fault of the file, each with its line; a syntax error comes alone.
        """
        document = read(path)
        title = document.path.stem.encode(errors="replace").decode()
        return _build(document.tables, document.file, document, document.path.parent, title)

    @classmethod
    def from_dict(
        cls,
        tables: Mapping[str, Any],
        *,
        source: str = "<scenario>",
        folder: str | os.PathLike[str] | None = None,
    ) -> Scenario:
        """The scenario of tables as a file would hold them; `source` stands for the file in messages.

        Raises UserError with every fault.
        """
        return _build(tables, source, None, Path(folder) if folder is not None else None, "Untitled study")

    def with_values(self, values: Mapping[str, Any]) -> Scenario:
        """The same scenario with other values for some inputs, given as in a file: `--set` of the commands.

        An input that becomes a plain number has no spread left to correlate: its rank correlations fall away. A
        looked-up price that is given here keeps its value over the horizon: its known changes fall away.

        Raises UserError with every fault, named "--set KEY".
        """
        faults = Faults(folder=self.folder, name=lambda path: f"--set {clean('.'.join(map(str, path)), 80)}")
        changed: dict[str, Value] = {}
        declared = dict(self.declared)
        for key, value in values.items():
            faults.unusable({key: value})
            item = self._settable(key, faults)
            if item is None:
                continue
            read = ValueOf(item).read(value, (key,), faults)
            if read is not None and item.values and not (isinstance(read, Marginal) and read.certain):
                faults.add((key,), "is a choice", allowed="a plain number")
            elif read is not None:
                changed[key] = read
            if owner(key):
                declared.setdefault(owner(key), Declared())
        faults.raise_any()
        declared = dict(sorted(declared.items()))
        together = {**self.values, **changed}
        known = _known(self.own, declared, self.lines, together)
        inputs, expressions = _split({key: together[key] for key in known})
        check_expressions(expressions, known, resolved(declared, self.lines, known), faults)
        check_limits(together, faults, lambda name: (name,), changed)
        faults.raise_any()
        return replace(
            self,
            inputs=inputs,
            expressions=expressions,
            declared=declared,
            defaulted=tuple(key for key in self.defaulted if key not in changed),
            dependence=tuple(
                (pair, r)
                for pair, r in self.dependence
                if not any(key in expressions or inputs[key].certain for key in pair)
            ),
            price_changes=tuple(change for change in self.price_changes if change.input not in changed),
        )

    def _settable(self, key: str, faults: Faults) -> Input | None:
        """What an input is that may be given a value: one that there is, or a strategy's own that there may be."""
        item = self.item(key)
        if item is None:
            problem, hint = self.unknown(key)
            faults.add((key,), problem, allowed="see 'breakeven inputs'", hint=hint)
        return item

    def item(self, key: str) -> Input | None:
        """What an input is that may be given a value: one of `known`, or one that a strategy may have of its own."""
        if key in self.known:
            return self.known[key]
        whose, inner = owner(key), key.rpartition(":")[2]
        shared = {**registry(), **self.own}
        if inner not in shared or whose not in self.definitions:
            return None
        return own_input(shared[inner], whose, self.definitions[whose].label)

    def unknown(self, key: str) -> tuple[str, str]:
        """What is wrong with a key that no input has, and a hint."""
        whose, inner = owner(key), key.rpartition(":")[2]
        if whose and whose not in self.definitions:
            return "is no input: there is no such strategy", did_you_mean(whose[:80], self.definitions)
        return "is no input", home(inner, {**registry(), **self.own})

    @cached_property
    def known(self) -> Mapping[str, Input]:
        """What each of its inputs is, drawn or made of others: the registry's, its own, its strategies' own."""
        return _known(self.own, self.declared, self.lines, {*self.inputs, *self.expressions})

    @cached_property
    def values(self) -> Mapping[str, Value]:
        """The value of every input, as drawn or as made of others, in the order of `known`."""
        return {key: self.inputs[key] if key in self.inputs else self.expressions[key] for key in self.known}

    @cached_property
    def definitions(self) -> Mapping[str, Strategy]:
        """Every strategy that may be named: the shipped ones, its own and further ones, computed or not."""
        return {**resolved(self.declared, self.lines, (*self.inputs, *self.expressions)), **self.further}

    def strategy(self, name: str) -> Strategy:
        """A strategy by its name, shipped or its own. Raises KeyError for one that it does not have."""
        return self.definitions[name]

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """What each strategy is called, computed or not."""
        return {name: strategy.label for name, strategy in self.definitions.items()}

    @cached_property
    def medians(self) -> Mapping[str, float]:
        """Every input at its median; of one that is made of others, what it is there, which need not be its median."""
        drawn = {key: np.array(value.median()) for key, value in self.inputs.items()}
        return {key: float(value) for key, value in self.values_of(drawn).items()}

    @cached_property
    def latency(self) -> Mapping[str, float]:
        """Median latency to the first token of each strategy, ms."""
        return {
            name: self.medians[strategy.own.get(strategy.latency, strategy.latency)]
            for name, strategy in self.definitions.items()
        }

    def values_of(self, drawn: Mapping[str, Array]) -> dict[str, Array]:
        """Every input at values of those that are drawn, arrays of one shape, in the order of `known`."""
        values = Values(self.expressions, self.definitions, drawn)
        return {key: values.of(key) for key in self.known}

    def check_values(self, drawn: Mapping[str, Array]) -> None:
        """Raise UserError unless all expressions lie where they can, and say in how many of the draws they do not."""
        if self.expressions:
            found = outside(self.expressions, self.known, self.definitions, drawn)
            if found:
                raise UserError(*found)

    @cached_property
    def prices(self) -> Prices:
        """How prices change within the horizon, for the kernel."""
        return prices(self.horizon, tuple(self.inputs), (change.rule for change in self.price_changes))

    @cached_property
    def program(self) -> Program:
        """Its strategies' costs, for the kernel."""
        return self.program_of(self.strategies)

    def program_of(self, strategies: Sequence[str], watch: Sequence[tuple[str, str]] = ()) -> Program:
        """The costs of some of its strategies, for the kernel; `watch` as in `sim.model.program`."""
        changing = tuple(sorted({change.input for change in self.price_changes}))
        chosen = tuple(
            (name, of.label, of.latency, of.parts, tuple(of.own.items()), of.lines)
            for name, of in ((name, self.strategy(name)) for name in strategies)
        )
        expressions = tuple((name, made.calculation) for name, made in self.expressions.items())
        return _program(chosen, tuple(self.inputs), self.horizon, expressions, changing, tuple(watch))

    @cached_property
    def copula(self) -> Copula | None:
        """The Gaussian copula of the rank correlations; None where all inputs are independent."""
        return correlation(self.dependence, self.inputs) if self.dependence else None

    def tables(self) -> dict[str, Any]:
        """The tables of a file that gives this scenario again; see `distributions.tables.writing`.

        Defaults are written out, so that the file holds what was computed, and marked, so that they stay defaults.
        """
        groups: dict[str, dict[str, Any]] = {}
        for key, item in registry().items():
            spec = self.values[key].spec
            if key in self.defaulted:
                spec = {**written_default(key, spec), DEFAULT_MARK: True}
            groups.setdefault(item.group, {})[item.name] = spec
        for key, item in self.own.items():
            groups.setdefault(OWN, {})[item.name] = own_table(item, self.values[key])
        tables: dict[str, Any] = {
            "study": {
                "title": self.title,
                "horizon_months": self.horizon,
                "discount_rate": self.discount_rate,
                "compare": list(self.compare),
                "strategies": list(self.strategies),
            }
        }
        if self.market or self.price_changes:
            tables["market"] = dict(self.market)
            if self.price_changes:
                tables["market"]["change"] = [change.table() for change in self.price_changes]
        if self.requirements:
            tables["requirements"] = dict(self.requirements)
        tables["inputs"] = groups
        if self.declared:
            tables["strategy"] = {name: said.table(name, self.values) for name, said in self.declared.items()}
        if self.lines:
            tables["line"] = [line.table(self.values[line.cost]) for line in self.lines]
        if self.dependence:
            tables["dependence"] = [
                {"inputs": list(pair), "rank_correlation": r} for pair, r in self.dependence
            ]
        if self.stresses:
            tables["stress"] = [stress.table() for stress in self.stresses]
        if self.expected:
            tables["expected"] = dict(self.expected)
        return tables

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the scenario as run, in hexadecimal: the same for the same tables, on any machine.

        A value from a data file counts by its quantiles as well, since the file may change under its name.
        """
        measured = {
            key: [f"{value.ppf(q):.12g}" for q in (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)]
            for key, value in self.inputs.items()
            if from_data(value.spec)
        }
        text = json.dumps([self.tables(), measured], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if isinstance(other, Scenario) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)


_Chosen = tuple[str, str, str, Parts, tuple[tuple[str, str], ...], tuple[OwnLine, ...]]


@lru_cache(maxsize=32)
def _program(
    strategies: tuple[_Chosen, ...],
    inputs: tuple[str, ...],
    horizon: int,
    expressions: tuple[tuple[str, Calculation], ...],
    changing: tuple[str, ...],
    watch: tuple[tuple[str, str], ...],
) -> Program:
    return made(
        {
            name: Strategy(label, latency, parts, dict(own), lines)
            for name, label, latency, parts, own, lines in strategies
        },
        inputs,
        horizon,
        expressions=dict(expressions),
        changing=changing,
        watch=watch,
    )


def _known(
    own: Mapping[str, Input],
    declared: Mapping[str, Declared],
    lines: Sequence[DeclaredLine],
    values: Collection[str],
) -> dict[str, Input]:
    shared = {**registry(), **own}
    return {**shared, **own_items(shared, resolved(declared, lines, values), declared, lines, values)}


def _split(values: Mapping[str, Value]) -> tuple[dict[str, Marginal], dict[str, Derived]]:
    """What is drawn, and what is made of others."""
    drawn = {key: value for key, value in values.items() if isinstance(value, Marginal)}
    return drawn, {key: value for key, value in values.items() if isinstance(value, Derived)}


def from_data(spec: Any) -> bool:
    """Whether a value, or a part of it, is read from a data file."""
    return any(form.reads_file for form in forms_in(spec))


def _build(tables: Any, file: str, document: Document | None, folder: Path | None, title: str) -> Scenario:
    """Read every table, then report all faults or none."""
    faults = Faults(file, document, folder)
    if not isinstance(tables, Mapping):
        faults.add((), f"found {type(tables).__name__}", allowed="the tables of a scenario")
        faults.raise_any()
    contents = read_scenario(tables, faults)

    def table(name: str) -> Mapping[str, Any]:
        raw = tables.get(name)
        return raw if isinstance(raw, Mapping) else {}

    study, silent = contents.study, defaults()
    own = dict(sorted((key, value) for key, value in contents.inputs.items() if key.startswith(f"{OWN}.")))
    about = {key: value.input if isinstance(value, Own) else _at_fault(key) for key, value in own.items()}
    given = {
        key: value.value if isinstance(value, Own) else value
        for key, value in contents.inputs.items()
        if value is not None
    }
    market = look_up(contents.market, table("market"), faults, contents.inputs)
    shared = {**registry(), **about}
    found = read_strategies(contents.strategy or {}, contents.line or (), shared, faults)
    names = (*STRATEGIES, *(name for name in found.declared if name not in STRATEGIES))
    strategies = chosen(study, names, faults)
    compare = compared(study, names, strategies, faults, missing="compare" not in table("study"))
    faulty = contents.inputs.keys() - given.keys()
    values: dict[str, Value] = {**silent, **market.inputs, **given, **found.values}
    known = dict(shared)
    if found.sound:
        known = _known(about, found.declared, found.lines, values)
        definitions = resolved(found.declared, found.lines, values)
        check_strategies(
            definitions, found.declared, found.lines, strategies, study.horizon_months or 120, faults
        )
        inputs, expressions = _split({key: values[key] for key in known if key in values})
        if not faulty:
            check_expressions(expressions, known, definitions, faults)
            check_limits(values, faults, in_file, given)
    else:
        inputs, expressions = _split(values)
    pairs = dependence(contents.dependence or (), inputs, known, faulty, faults)
    stresses = checked(contents.stress, inputs, known, faults)
    for position, change in enumerate(market.changes):
        if change.input in expressions:
            problem = f"{change.input} is an expression, and changes with what it is made of"
            faults.add(("market", "change", position), problem, allowed="changes of what is drawn")
    faults.raise_any()
    if expressions:
        medians = {key: np.array(value.median()) for key, value in inputs.items()}
        for fault in outside(expressions, known, definitions, medians):
            place = (*expressions[fault.key].place, EXPRESSION)
            faults.add(place, fault.problem, allowed=fault.allowed, hint=fault.hint)
    faults.raise_any()
    return Scenario(
        title=title if study.title is None else study.title,
        horizon=study.horizon_months,
        discount_rate=study.discount_rate,
        compare=compare,
        strategies=strategies,
        market=market.record,
        price_changes=market.changes,
        requirements=dict(table("requirements")),
        inputs=inputs,
        expressions=expressions,
        own=about,
        declared=found.declared,
        lines=found.lines,
        defaulted=tuple(key for key in registry() if values[key] is silent[key]),
        dependence=pairs,
        stresses=stresses,
        expected=contents.expected,
        folder=folder,
    )


def _at_fault(key: str) -> Input:
    """An input of the user's own whose table cannot be read."""
    return Input(key, "1", Support(), 0.0, "", "", "")
