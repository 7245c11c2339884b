"""What a scenario file may hold, said once: values, faults with lines and JSON Schema are made from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from distributions.dependence import correlation
from distributions.errors import UserError
from distributions.inputs import Input, cited, registry
from distributions.parameters import described
from distributions.spec import Marginal, marginal
from distributions.support import Support
from distributions.tables.declaration import Free, Table, Tables, declare, file_schema, read_file
from distributions.tables.faults import Faults
from distributions.tables.kinds import Inputs, Kind, Uncertain, home, names, number, text, whole
from distributions.tables.lines import KeyPath
from sim.model.strategies import STRATEGIES
from sim.scenario.market import MarketTable
from sim.scenario.requirements import Requirements
from sim.scenario.stress import Stress

DEFAULT_COMPARE = ("tuned_hosted", "rag")
DEFAULT_MARK = "default"
"""Beside a value: it was not given, but is the default, written out so that the file holds what was computed."""

Pair = tuple[str, str]


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


def value_of(item: Input) -> Uncertain:
    """What a value of an input may be."""
    return Uncertain(item.support, item.unit, item.conversion)


@dataclass(frozen=True)
class Given(Kind):
    """The value of an input in a scenario, which may be marked as the input's default."""

    item: Input
    allowed = ""

    def read(self, value: Any, path: KeyPath, faults: Faults) -> Marginal | None:
        """As `Kind.read`. What is marked and is today's default is that of `default_marginals` itself."""
        if not isinstance(value, Mapping) or DEFAULT_MARK not in value:
            return value_of(self.item).read(value, path, faults)
        if value[DEFAULT_MARK] is not True:
            faults.add((*path, DEFAULT_MARK), described(value[DEFAULT_MARK]), allowed="true")
            return None
        bare = {name: part for name, part in value.items() if name != DEFAULT_MARK}
        marked = value_of(self.item).read(bare, path, faults)
        default = default_marginals()[self.item.key]
        if marked is None or marked.spec == written_default(self.item.key, default.spec):
            return marked and default
        note = "marked as a default, but differs from this version's: counts as given"
        return replace(marked, note="; ".join(part for part in (marked.note, note) if part))

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`."""
        item = self.item
        return {
            **value_of(item).schema(),
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
    compare: Pair | None = declare(
        names(STRATEGIES, "strategy", 2, 2),
        f"The question is whether the first is cheaper than the second. Default: {', '.join(DEFAULT_COMPARE)}.",
        None,
    )
    strategies: tuple[str, ...] = declare(
        names(STRATEGIES, "strategy", 2), "The strategies that are computed. Default: all.", STRATEGIES
    )


@dataclass(frozen=True)
class RankCorrelation:
    """A rank correlation between two inputs."""

    inputs: Pair = declare(
        names(
            registry(),
            "input",
            2,
            2,
            'two different inputs, as in ["price.input", "price.output"]',
            home,
        ),
        "Two inputs that are uncertain.",
    )
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
    inputs: Mapping[str, Marginal | None] = declare(
        Inputs(Given), "Values of inputs; what is left out keeps its default.", dict
    )
    dependence: tuple[RankCorrelation | None, ...] = declare(
        Tables(RankCorrelation), "Rank correlations between two inputs each.", ()
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
    for shape in schema["$defs"]["uncertain_value"]["anyOf"]:
        if "properties" in shape:
            shape["properties"][DEFAULT_MARK] = mark
    return schema


# --- what tables have to do with each other


def compared(study: Study, strategies: Collection[str], faults: Faults, *, missing: bool) -> Pair:
    """The two strategies whose costs are compared. missing: the file does not name them."""
    path, allowed = ("study", "compare"), f"two of {', '.join(strategies)}"
    pair = study.compare or DEFAULT_COMPARE
    outside = [name for name in pair if name not in strategies]
    if outside and missing:
        faults.add(path, "missing: which two strategies are compared", allowed=allowed)
    for name in outside if study.compare else ():
        faults.add(path, f"'{name}' is not among study.strategies", allowed=allowed)
    return pair


def dependence(
    entries: Collection[RankCorrelation | None],
    inputs: Mapping[str, Marginal],
    faulty: Set[str],
    faults: Faults,
) -> tuple[tuple[Pair, float], ...]:
    """Rank correlations that the inputs can have. faulty: inputs whose values are at fault already."""
    pairs: list[tuple[Pair, float]] = []
    seen: dict[frozenset[str], int] = {}
    before = faults.count
    for position, entry in enumerate(entries):
        if entry is None:
            continue
        path: KeyPath = ("dependence", position)
        a, b = entry.inputs
        first = seen.setdefault(frozenset((a, b)), position)
        if first != position:
            line = faults.line(("dependence", first))
            where = f"in line {line}" if line else f"in entry {first + 1}"
            faults.add(path, f"{a} and {b} are correlated already, {where}")
        for name in (a, b):
            if name not in faulty and inputs[name].certain:
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
