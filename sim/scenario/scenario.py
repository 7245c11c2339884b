"""A scenario: the question that is asked, the inputs with their distributions, and how they move together."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from distributions.dependence import Copula, correlation
from distributions.forms import forms_in
from distributions.inputs import registry
from distributions.spec import Marginal
from distributions.tables.faults import Faults
from distributions.tables.kinds import Inputs
from distributions.tables.reading import Document, read
from sim.kernel.prices import Prices, prices
from sim.model.program import Program
from sim.model.program import program as made
from sim.model.strategies import REGISTRY, STRATEGIES
from sim.scenario.market import look_up
from sim.scenario.price_changes import PriceChange
from sim.scenario.reader import (
    DEFAULT_MARK,
    Pair,
    compared,
    default_marginals,
    dependence,
    read_scenario,
    value_of,
    written_default,
)
from sim.scenario.stress import Stress, checked


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
        Those computed, in their fixed order.
    requirements
        What the product must do, by key of `sim.scenario.requirements.REQUIREMENTS`.
    market
        What was looked up, by key of `[market]`, with the date of the prices.
    inputs
        Every input of the registry, in its order; defaults where the scenario is silent.
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
        faults = Faults(folder=self.folder, name=lambda path: f"--set {'.'.join(map(str, path))}")
        changed: dict[str, Marginal] = {}
        for key, value in values.items():
            faults.unusable({key: value})
            changed |= Inputs(value_of).read({key: value}, (), faults) or {}
        faults.raise_any()
        inputs = {key: changed.get(key, old) for key, old in self.inputs.items()}
        return replace(
            self,
            inputs=inputs,
            defaulted=tuple(key for key in self.defaulted if key not in changed),
            dependence=tuple(
                (pair, r) for pair, r in self.dependence if not any(inputs[key].certain for key in pair)
            ),
            price_changes=tuple(change for change in self.price_changes if change.input not in changed),
        )

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
        return _program(tuple(strategies), tuple(self.inputs), self.horizon, changing, tuple(watch))

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
            spec = self.inputs[key].spec
            if key in self.defaulted:
                spec = {**written_default(key, spec), DEFAULT_MARK: True}
            groups.setdefault(item.group, {})[item.name] = spec
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


@lru_cache(maxsize=32)
def _program(
    strategies: tuple[str, ...],
    inputs: tuple[str, ...],
    horizon: int,
    changing: tuple[str, ...],
    watch: tuple[tuple[str, str], ...],
) -> Program:
    return made(
        {name: REGISTRY[name] for name in strategies}, inputs, horizon, changing=changing, watch=watch
    )


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

    study = contents.study
    strategies = tuple(name for name in STRATEGIES if name in study.strategies)
    compare = compared(study, strategies, faults, missing="compare" not in table("study"))
    given = {key: value for key, value in contents.inputs.items() if value is not None}
    market = look_up(contents.market, table("market"), faults, contents.inputs)
    defaults = default_marginals()
    inputs = {**defaults, **market.inputs, **given}
    pairs = dependence(contents.dependence, inputs, contents.inputs.keys() - given.keys(), faults)
    stresses = checked(contents.stress, inputs, faults)
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
        defaulted=tuple(key for key in registry() if inputs[key] is defaults[key]),
        dependence=pairs,
        stresses=stresses,
        expected=contents.expected,
        folder=folder,
    )
