"""What a file of claims may hold, said once: values and faults with file, line, claim and key are made from it."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from distributions import expression as arithmetic
from distributions.errors import UserError
from distributions.expression import Calculation
from distributions.inputs import registry
from distributions.parameters import described
from distributions.spec import Marginal
from distributions.support import Support
from distributions.tables.declaration import Needs, OneOf, Table, Tables, declare, file_schema, read_file
from distributions.tables.faults import Faults, near
from distributions.tables.kinds import Kind, Named, Plain, Uncertain, choice, number, text
from distributions.tables.lines import KeyPath
from distributions.tables.reading import key_text, read
from sim import STRATEGIES, Scenario
from sim.scenario.reader import default_marginals
from studies.audit.evidence.claims import (
    BOUNDS,
    KINDS,
    OUTPUTS,
    Claim,
    Figure,
    Quantity,
    Range,
    Simulated,
    parts,
)

SHIPPED = Path(__file__).with_name("claims.toml")
SCENARIOS = Path(__file__).parents[2] / "scenarios"


# --- kinds of values


@dataclass(frozen=True)
class Amount(Kind):
    """A number, or low and high, or, unless it is `plain`, a calculation in quotes."""

    allowed: str = "a number, [low, high] or a calculation in quotes"
    plain: bool = False

    def read(self, value: Any, path: KeyPath, faults: Faults) -> Range | Calculation | None:
        """As `Kind.read`."""
        if path in faults.broken:
            return None
        if isinstance(value, str) and not self.plain:
            return _CALCULATION.read(value, path, faults)
        ends = value if isinstance(value, list) else [value, value]
        if len(ends) != 2 or any(type(end) not in (int, float) for end in ends):
            faults.add(path, described(value), allowed=self.allowed)
        elif ends[0] > ends[1]:
            faults.add(path, f"low {ends[0]:g} is above high {ends[1]:g}", allowed="low ≤ high")
        else:
            return float(ends[0]), float(ends[1])
        return None

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`."""
        ends = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
        return {"anyOf": [{"type": "number"}, ends, *([] if self.plain else [_CALCULATION.schema()])]}


class Expression(Kind):
    """A calculation in quotes."""

    allowed = "a calculation in quotes"

    def read(self, value: Any, path: KeyPath, faults: Faults) -> Calculation | None:
        """As `Kind.read`."""
        expression: str | None = text().read(value, path, faults)
        try:
            return arithmetic.parse(expression) if expression else None
        except UserError as error:
            faults.take(error, path)
            return None

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`."""
        return text().schema()


class OfQuantity(Kind):
    """A quantity: the table that says more of it, or the amount alone."""

    allowed = (
        "a number, [low, high], a calculation in quotes, or a table with value, input, prior or scenario"
    )

    def read(self, value: Any, path: KeyPath, faults: Faults) -> Range | Calculation | QuantityTable | None:
        """As `Kind.read`."""
        kind = Table(QuantityTable) if isinstance(value, Mapping) else Amount(self.allowed)
        quantity: Range | Calculation | QuantityTable | None = kind.read(value, path, faults)
        return quantity

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`."""
        return {"anyOf": [*Amount().schema()["anyOf"], Table(QuantityTable).schema()]}


_CALCULATION = Expression()
_INPUT = choice(registry(), "input", "see `breakeven inputs`")
_IDS = Plain(
    lambda value: (
        tuple(value) if isinstance(value, list) and all(isinstance(i, str) for i in value) else None
    ),
    "a list of ids of claims",
    {"type": "array", "items": {"type": "string"}},
)


# --- the tables


@dataclass(frozen=True)
class QuantityTable:
    """A quantity as a document states it, and what is known of it beforehand."""

    value: Range | None = declare(Amount(plain=True, allowed="a number or [low, high]"), "as stated", None)
    unit: str = declare(text(), "what it is counted in", "")
    input: str | None = declare(
        _INPUT, "an input that it is; known is its default, or that of the scenario", None
    )
    scenario: str | None = declare(text(), "a shipped scenario, or a .toml file beside this one", None)
    prior: Marginal | None = declare(Uncertain(), "what is known of it", None)
    strategy: str | None = declare(choice(STRATEGIES), "whose output", None)
    output: str | None = declare(choice(OUTPUTS), "an output of the scenario that it is", None)
    source: str = declare(text(), "of the prior", "")

    RULES: ClassVar = (
        OneOf(("value", "input", "prior", "output"), several=True),
        Needs("prior", ("source",)),
        Needs("output", ("scenario",)),
    )


@dataclass(frozen=True)
class FigureTable:
    """A published figure and how it follows."""

    published: Range | Calculation = declare(Amount(), "what is published")
    name: str = declare(text(), "which of the claim's figures", "")
    document: str = declare(text(), "where it stands, if not where the claim does", "")
    unit: str = declare(text(), "what it is counted in", "")
    derive: Calculation | None = declare(_CALCULATION, "gives the figure again", None)
    input: str | None = declare(_INPUT, "an input of the model that the figure is", None)
    free: str = declare(text(), "the quantity to solve for", "")
    bound: str = declare(choice(BOUNDS), "which end of an open range it is", "")
    about: str = declare(text(), "figures with the same are about the same quantity", "")
    concludes: str = declare(text(), "what the document makes of it", "")
    tolerance: float = declare(
        number(Support(0.0, 1.0, upper_open=True), "a share"), "that still holds", 0.05
    )

    RULES: ClassVar = (OneOf(("derive", "input", "about"), several=True),)


@dataclass(frozen=True)
class ClaimTable:
    """What one document says."""

    id: str = declare(text(), "a name of its own")
    document: str = declare(text(), "its short name")
    kind: str = declare(choice(KINDS), "whether it follows from other figures, or is a range to be carried")
    says: str = declare(text(), "what it says, in our own words")
    figure: tuple[FigureTable | None, ...] = declare(
        Tables(FigureTable, 1, partial=True), "The first stands for the claim."
    )
    quantities: Mapping[str, Any] = declare(Named(OfQuantity()), "what the figures follow from", dict)
    supports: tuple[str, ...] = declare(_IDS, "claims that rest on this one", ())


@dataclass(frozen=True)
class ClaimsFile:
    """What documents publish, and how each figure follows."""

    claim: tuple[ClaimTable | None, ...] = declare(Tables(ClaimTable, 1, partial=True), "A claim each.")


def load(path: str | os.PathLike[str] = SHIPPED) -> tuple[Claim, ...]:
    """The claims of a file, by default of the one that is shipped.

    Raises UserError with every fault of the file.
    """
    document = read(path)
    faults = Faults(document.file, document, document.path.parent, partial(_named, document.tables))
    file = read_file(ClaimsFile, document.tables, faults)
    claims = _Reader(faults, document.path.parent).claims(file.claim or ())
    faults.raise_any()
    return claims


def claims_schema() -> dict[str, Any]:
    """JSON Schema of a file of claims."""
    return file_schema(ClaimsFile, "Breakeven claims")


def _named(tables: Mapping[str, Any], path: KeyPath) -> str:
    """A key as messages show it: the claim's id instead of its number."""
    if len(path) < 2:
        return key_text(path)
    claim = tables["claim"][path[1]]
    name = claim.get("id") if isinstance(claim, Mapping) else None
    return (
        ".".join(part for part in (name, key_text(path[2:])) if part)
        if isinstance(name, str)
        else key_text(path)
    )


class _Reader:
    """Makes claims of tables; leaves the faults of what tables have to do with each other in `faults`."""

    def __init__(self, faults: Faults, folder: Path) -> None:
        self.faults, self.folder = faults, folder
        self.scenarios: dict[str, Scenario | None] = {}

    def claims(self, tables: tuple[ClaimTable | None, ...]) -> tuple[Claim, ...]:
        """Every claim, as far as it can be read."""
        claims: list[Claim] = []
        ids = [table.id for table in tables if table is not None and table.id]
        units: dict[str, str] = {}
        for k, table in enumerate(tables):
            if table is None:
                continue
            path: KeyPath = ("claim", k)
            if table.id in [claim.id for claim in claims if claim.id]:
                self.faults.add((*path, "id"), f"'{table.id}' is given twice", allowed="each id once")
            for other in table.supports:
                if other not in ids:
                    self._unknown((*path, "supports"), other, "claim", ids, "the id of a claim")
            claims.append(self._claim(table, path))
            for j, figure in enumerate(claims[-1].figures):
                if figure.about and units.setdefault(figure.about, figure.unit) != figure.unit:
                    allowed = f"'{units[figure.about]}', as in the others about '{figure.about}'"
                    where = (*path, "figure", j, "unit")
                    self.faults.add(where, f"found '{figure.unit}'", allowed=allowed)
        return tuple(claims)

    def _claim(self, table: ClaimTable, path: KeyPath) -> Claim:
        quantities: dict[str, Quantity] = {}
        for name, value in table.quantities.items():
            quantities[name] = self._quantity(name, value, (*path, "quantities", name))
        for name, quantity in quantities.items():
            self._names(quantity.calculation, (*path, "quantities", name), quantities)
        for loop in _cycles(quantities):
            problem = f"is worked out from itself: {' -> '.join(loop)}"
            self.faults.add((*path, "quantities", loop[0]), problem, allowed="no cycle")
        figures = tuple(
            self._figure(figure, (*path, "figure", k), quantities, table.document)
            for k, figure in enumerate(table.figure or ())
            if figure is not None
        )
        return Claim(table.id, table.document, table.kind, table.says, quantities, figures, table.supports)

    def _figure(
        self, table: FigureTable, path: KeyPath, quantities: dict[str, Quantity], document: str
    ) -> Figure:
        calculation, free, unit = table.derive, table.free, table.unit
        if isinstance(table.published, Calculation):
            self._names(table.published, (*path, "published"), quantities)
        if table.input:
            if calculation or free:
                problem = "goes without derive and free"
                self.faults.add((*path, "input"), problem, allowed="one way to give the figure again")
            # A figure that is an input of the model itself: the calculation is the input.
            free, item = re.sub(r"\W", "_", table.input), registry()[table.input]
            calculation, unit = arithmetic.parse(free), unit or item.unit
            distribution = default_marginals()[item.key]
            quantities.setdefault(free, Quantity(free, item.unit, distribution=distribution, input=item.key))
        elif calculation:
            self._names(calculation, (*path, "derive"), quantities)
            self._free(free, (*path, "free"), quantities, calculation)
        return Figure(
            table.name, table.document or document, table.published, unit, calculation, free, table.bound,
            table.about, table.concludes, table.tolerance,
        )  # fmt: skip

    def _free(
        self, free: str, path: KeyPath, quantities: Mapping[str, Quantity], calculation: Calculation
    ) -> None:
        if not free:
            return
        if free not in quantities:
            self._unknown(path, free, "quantity of the claim", quantities, "a quantity")
        elif quantities[free].calculation or quantities[free].simulated:
            allowed = "a quantity with a value or a prior"
            self.faults.add(path, f"'{free}' is worked out from others", allowed=allowed)
        elif not self.faults.faults and free not in parts(calculation, quantities):
            problem = f"the figure does not depend on '{free}'"
            self.faults.add(path, problem, allowed="a quantity that derive uses")

    def _quantity(
        self, name: str, value: Range | Calculation | QuantityTable | None, path: KeyPath
    ) -> Quantity:
        if isinstance(value, Calculation):
            return Quantity(name, calculation=value)
        if not isinstance(value, QuantityTable):
            return Quantity(name, stated=value)
        if value.output:
            return Quantity(name, value.unit or "USD", simulated=self._simulated(value, path))
        distribution, unit = value.prior, value.unit
        if value.input:
            distribution, unit = default_marginals()[value.input], unit or registry()[value.input].unit
            if value.scenario:
                scenario = self._scenario(value.scenario, path)
                distribution = scenario.inputs[value.input] if scenario else None
        return Quantity(name, unit, value.value, distribution, value.input or "")

    def _simulated(self, value: QuantityTable, path: KeyPath) -> Simulated | None:
        scenario = self._scenario(value.scenario, path) if value.scenario else None
        if scenario is None or value.output is None:
            return None
        strategy = ""
        if value.output != "probability_cheaper":
            strategy, allowed = value.strategy or "", ", ".join(scenario.strategies)
            if strategy not in scenario.strategies and (strategy or not self.faults.faults):
                problem = f"'{strategy}' is not in the scenario" if strategy else "missing"
                self.faults.add((*path, "strategy"), problem, allowed=allowed)
        return Simulated(str(value.scenario), scenario, value.output, strategy)

    def _scenario(self, name: str, path: KeyPath) -> Scenario | None:
        """A shipped scenario by its name, or one beside the file of claims."""
        if name in self.scenarios:
            return self.scenarios[name]
        shipped = {file.stem: file for file in sorted(SCENARIOS.glob("*.toml"))}
        self.scenarios[name] = None
        if name not in shipped and not name.endswith(".toml"):
            allowed = f"{', '.join(shipped)}, or the name of a .toml file"
            self._unknown((*path, "scenario"), name, "scenario", shipped, allowed)
            return None
        try:
            self.scenarios[name] = Scenario.load(shipped.get(name) or self.folder / name)
        except UserError as error:
            self.faults.take(error, (*path, "scenario"))
        return self.scenarios[name]

    def _names(self, calculation: Calculation | None, path: KeyPath, known: Collection[str]) -> None:
        """The names in a calculation are those of quantities."""
        for name in calculation.names if calculation else ():
            if name not in known:
                allowed = ", ".join(known) or "a name from the claim's quantities"
                self._unknown(path, name, "quantity of the claim", known, allowed)

    def _unknown(self, path: KeyPath, word: str, noun: str, known: Collection[str], allowed: str) -> None:
        self.faults.add(path, f"'{word}' is no {noun}", allowed=allowed, hint=near(word, known))


def _cycles(quantities: Mapping[str, Quantity]) -> Iterator[tuple[str, ...]]:
    """Quantities that are worked out from themselves, each way round from its first name to itself."""
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        if name in trail:
            yield (*trail[trail.index(name) :], name)
        elif name in quantities and name not in done:
            calculation = quantities[name].calculation
            for other in calculation.names if calculation else ():
                yield from visit(other, (*trail, name))
            done.add(name)

    for name in quantities:
        yield from visit(name, ())
