"""What a scenario file may hold, said once: values, faults with lines and JSON Schema are made from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from distributions.dependence import correlation
from distributions.derived import derived, is_expression
from distributions.errors import UserError
from distributions.inputs import Input, cited, registry
from distributions.parameters import described
from distributions.spec import Marginal, marginal
from distributions.support import Support
from distributions.tables.declaration import Free, Table, Tables, declare, file_schema, read_file
from distributions.tables.faults import Faults
from distributions.tables.kinds import Inputs, Kind, Later, home, names, number, text, whole
from distributions.tables.lines import KeyPath
from sim.model.strategies import STRATEGIES
from sim.scenario.market import MarketTable
from sim.scenario.own_inputs import Own, OwnInput, Value, ValueOf, definitions
from sim.scenario.own_strategies import (
    MOST,
    STRATEGY_TABLES,
    SharedLineTable,
    StrategyNames,
    StrategyTable,
)
from sim.scenario.requirements import Requirements
from sim.scenario.stress import Stress

DEFAULT_COMPARE = ("tuned_hosted", "rag")
DEFAULT_MARK = "default"
"""Beside a value: it was not given, but is the default, written out so that the file holds what was computed."""

Pair = tuple[str, str]


@cache
def defaults() -> Mapping[str, Value]:
    """The default of every input of the registry."""
    return {
        key: derived(item.default)
        if isinstance(item.default, Mapping) and is_expression(item.default)
        else marginal(item.default, key=key, unit=item.unit, support=item.support)
        for key, item in registry().items()
    }


@cache
def default_marginals() -> Mapping[str, Marginal]:
    """The default of every input that has a number or a distribution as its default."""
    return {key: value for key, value in defaults().items() if isinstance(value, Marginal)}


def written_default(key: str, spec: Any) -> dict[str, Any]:
    """An input's default as a file holds it, with its source; the mark goes beside. spec: of its marginal."""
    return {**(spec if isinstance(spec, Mapping) else {"value": spec}), "source": registry()[key].source}


@dataclass(frozen=True)
class Given(Kind):
    """The value of an input in a scenario, which may be marked as the input's default."""

    item: Input
    allowed = ""

    def read(self, value: Any, path: KeyPath, faults: Faults) -> Value | None:
        """As `Kind.read`. What is marked and is today's default is that of `defaults` itself."""
        if not isinstance(value, Mapping) or DEFAULT_MARK not in value:
            return ValueOf(self.item).read(value, path, faults)
        if value[DEFAULT_MARK] is not True:
            faults.add((*path, DEFAULT_MARK), described(value[DEFAULT_MARK]), allowed="true")
            return None
        bare = {name: part for name, part in value.items() if name != DEFAULT_MARK}
        marked = ValueOf(self.item).read(bare, path, faults)
        default = defaults()[self.item.key]
        if marked is None or marked.spec == written_default(self.item.key, default.spec):
            return marked and default
        note = "marked as a default, but differs from this version's: counts as given"
        return replace(marked, note="; ".join(part for part in (marked.note, note) if part))

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`."""
        item = self.item
        return {
            **ValueOf(item).schema(),
            "description": f"{item.about} Source of the default: {cited(item.source)}",
            "default": item.default if isinstance(item.default, int | float) else dict(item.default),
        }


# --- the tables


@dataclass(frozen=True)
class Study:
    """What is asked."""

    title: str | None = declare(text(empty=True), "Of the study. Default: the name of the file.", None)
    horizon_months: int = declare(whole(1, 120), "Operating months over which costs are added up.", 12)
    discount_rate: float = declare(number(Support(0.0, 1.0), "a yearly rate"), "A year; 8 % is 0.08.", 0.08)
    compare: Any = declare(
        StrategyNames(names(STRATEGIES, "strategy", 2, 2)),
        f"The question is whether the first is cheaper than the second. Default: {', '.join(DEFAULT_COMPARE)}.",
        None,
    )
    strategies: Any = declare(
        StrategyNames(names(STRATEGIES, "strategy", 2)),
        f"The strategies that are computed, at most {MOST}. Default: all.",
        None,
    )


class _InputNames(Later):
    """Names of inputs, which are read once the scenario's own are known."""

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`."""
        items = {"anyOf": [{"enum": list(registry())}, {"type": "string", "pattern": r"^own\.|:"}]}
        return {**self.of.schema(), "items": items}


@dataclass(frozen=True)
class RankCorrelation:
    """A rank correlation between two inputs."""

    inputs: Any = declare(_InputNames(names(registry(), "input", 2, 2)), "Two inputs that are uncertain.")
    rank_correlation: float = declare(
        number(Support(-1.0, 1.0)), "Spearman's rank correlation, through a Gaussian copula."
    )


@dataclass(frozen=True)
class ScenarioFile:
    """What is asked, which inputs are known how well, and how they move together."""

    study: Study = declare(Table(Study), "What is asked.", Study)
    market: MarketTable = declare(
        Table(MarketTable),
        "Prices and rates looked up, not typed; what is given under inputs wins.",
        MarketTable,
    )
    requirements: Requirements = declare(
        Table(Requirements), "What the product must do; rules strategies out.", Requirements
    )
    inputs: Mapping[str, Value | Own | None] = declare(
        Inputs(Given, own=OwnInput()),
        "Values of inputs; what is left out keeps its default. Inputs of your own stand below own.",
        dict,
    )
    strategy: Mapping[str, StrategyTable | None] = declare(
        STRATEGY_TABLES, "Strategies of your own, and what shipped ones have of their own.", dict
    )
    line: tuple[SharedLineTable | None, ...] = declare(
        Tables(SharedLineTable, partial=True), "Cost lines of your own.", ()
    )
    dependence: tuple[RankCorrelation | None, ...] = declare(
        Tables(RankCorrelation, partial=True), "Rank correlations between two inputs each.", ()
    )
    stress: tuple[Stress | None, ...] = declare(
        Tables(Stress), "Shifts of inputs that quotes are put through.", ()
    )
    expected: Mapping[str, Any] = declare(
        Free(), "What a run is expected to say; nothing computes with it.", dict
    )


def read_scenario(tables: Mapping[str, Any], faults: Faults) -> ScenarioFile:
    """The tables of a scenario file, as far as they can be read; what is wrong is left in `faults`."""
    if "quote" in tables:
        faults.add(
            ("quote",),
            "this is a vendor's quote, not a scenario",
            hint="it is compared with `breakeven quotes SCENARIO QUOTE`",
        )
        faults.raise_any()
    return read_file(ScenarioFile, tables, faults)


def scenario_schema() -> dict[str, Any]:
    """JSON Schema of a scenario file. What takes arithmetic (mass outside a support) only `breakeven check` finds."""
    schema = file_schema(ScenarioFile, "Breakeven scenario")
    mark = {
        "const": True,
        "description": "the input's default, written out by a run or a download; take it out when you change the value",
    }
    schema["$defs"] |= definitions(schema["$defs"]["uncertain_value"])
    for shape in schema["$defs"]["uncertain_value"]["anyOf"]:
        if "properties" in shape:
            shape["properties"][DEFAULT_MARK] = mark
    schema["$defs"]["expression"]["properties"][DEFAULT_MARK] = mark
    shipped = {key: {"items": {"enum": list(STRATEGIES)}} for key in ("compare", "strategies")}
    only_shipped = {"properties": {"study": {"properties": shipped}}}
    return {**schema, "if": {"not": {"required": ["strategy"]}}, "then": only_shipped}


# --- what tables have to do with each other


def chosen(study: Study, known: Sequence[str], faults: Faults) -> tuple[str, ...]:
    """The strategies that are computed, in the order of those known: all, unless the study names some."""
    path: KeyPath = ("study", "strategies")
    named = tuple(known)
    if study.strategies is not None:
        read = names(known, "strategy", 2).read(study.strategies, path, faults)
        named = tuple(name for name in known if name in read) if read else named
    if len(named) > MOST:
        where = path if study.strategies is not None else ("strategy",)
        faults.add(
            where, f"found {len(named)} strategies", allowed=f"at most {MOST}; study.strategies picks some"
        )
    return named


def compared(
    study: Study, known: Sequence[str], strategies: Collection[str], faults: Faults, *, missing: bool
) -> Pair:
    """The two strategies whose costs are compared. known: all of the scenario. missing: the file does not name them."""
    path, allowed = ("study", "compare"), f"two of {', '.join(strategies)}"
    given = None
    if study.compare is not None:
        given = names(known, "strategy", 2, 2).read(study.compare, path, faults)
    pair: Pair = (given[0], given[1]) if given else DEFAULT_COMPARE
    outside = [name for name in pair if name not in strategies]
    if outside and missing:
        faults.add(path, "missing: which two strategies are compared", allowed=allowed)
    for name in outside if given else ():
        faults.add(path, f"'{name}' is not among study.strategies", allowed=allowed)
    return pair


def dependence(
    entries: Collection[RankCorrelation | None],
    inputs: Mapping[str, Marginal],
    known: Mapping[str, Input],
    faulty: Set[str],
    faults: Faults,
) -> tuple[tuple[Pair, float], ...]:
    """Rank correlations that the inputs can have.

    inputs: those that are drawn, of all that are known. faulty: inputs whose values are at fault already.
    """
    allowed = 'two different inputs, as in ["price.input", "price.output"]'
    kind = names({*known, *faulty}, "input", 2, 2, allowed, partial(home, known=known))
    pairs: list[tuple[Pair, float]] = []
    seen: dict[frozenset[str], int] = {}
    before = faults.count
    for position, entry in enumerate(entries):
        path: KeyPath = ("dependence", position)
        if entry is None or entry.inputs is None:
            continue
        pair = kind.read(entry.inputs, (*path, "inputs"), faults)
        if pair is None or entry.rank_correlation is None:
            continue
        a, b = pair
        first = seen.setdefault(frozenset((a, b)), position)
        if first != position:
            line = faults.line(("dependence", first))
            where = f"in line {line}" if line else f"in entry {first + 1}"
            faults.add(path, f"{a} and {b} are correlated already, {where}")
        for name in (a, b):
            if name not in faulty and name not in inputs:
                problem = f"{name} is an expression of other inputs, and moves with them"
                faults.add((*path, "inputs"), problem, allowed="what it is made of")
            elif name not in faulty and inputs[name].certain:
                problem = f"{name} is a plain number and has no spread to correlate"
                faults.add((*path, "inputs"), problem, allowed="inputs with a distribution")
        pairs.append(((a, b), entry.rank_correlation))
    sound = len(pairs) == len(entries) and faults.count == before and not faulty & set().union(*seen)
    if pairs and sound:
        try:
            correlation(pairs, inputs)
        except UserError as error:
            faults.take(error, ("dependence",))
    return tuple(pairs)
