"""A file of claims, read strictly: every fault at once, each with file, line, claim and key."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from distributions import expression as arithmetic
from distributions.errors import UserError
from distributions.expression import Calculation
from distributions.inputs import registry
from distributions.spec import Marginal, marginal
from distributions.tables.faults import Faults, near
from distributions.tables.lines import KeyPath
from distributions.tables.reading import NUMBERS, key_text, read, unusable
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

CLAIM_KEYS = ("id", "document", "kind", "says", "quantities", "figure", "supports")
FIGURE_KEYS = (
    "name", "document", "published", "unit", "derive", "input", "free", "bound", "about", "concludes", "tolerance",
)  # fmt: skip
QUANTITY_KEYS = ("value", "unit", "input", "scenario", "prior", "strategy", "output", "source")
QUANTITY = "a number, [low, high], a calculation in quotes, or a table with value, input, prior or scenario"
MOST_QUANTITIES = 100
PUBLISHED = "a number, [low, high] or a calculation in quotes"


def load(path: str | os.PathLike[str] = SHIPPED) -> tuple[Claim, ...]:
    """The claims of a file, by default of the one that is shipped.

    Raises UserError with every fault of the file.
    """
    document = read(path)
    faults = Faults(document.file, document)
    found = _Reader(document.tables, faults, document.path.parent).claims()
    faults.raise_any()
    return found


class _Reader:
    """Reads the tables of one file; leaves its faults in `faults`."""

    def __init__(self, tables: Mapping[str, Any], faults: Faults, folder: Path) -> None:
        self.tables, self.faults, self.folder = tables, faults, folder
        self.scenarios: dict[str, Scenario | None] = {}
        self.id = ""

    def claims(self) -> tuple[Claim, ...]:
        """Every claim, as far as it can be read."""
        for path, value in unusable(self.tables):
            self.faults.add(path, f"found {value!r}", allowed=NUMBERS)
        self.faults.raise_any()
        self._known(self.tables, (), ("claim",))
        listed = self.tables.get("claim")
        if not (isinstance(listed, list) and listed and all(isinstance(item, dict) for item in listed)):
            self.faults.add(("claim",), "there is no claim", allowed="one [[claim]] and more")
            return ()
        claims = [self._claim(item, ("claim", k)) for k, item in enumerate(listed)]
        ids = [claim.id for claim in claims]
        for k, claim in enumerate(claims):
            self.id = claim.id
            if claim.id in ids[:k]:
                self._fault(("claim", k, "id"), f"'{claim.id}' is given twice", "each id once")
            for other in claim.supports:
                if other not in ids:
                    self._fault(
                        ("claim", k, "supports"), f"'{other}' is no claim", "the id of a claim", other, ids
                    )
        self._units(claims)
        return tuple(claims)

    # --- one claim

    def _claim(self, table: Mapping[str, Any], path: KeyPath) -> Claim:
        found = table.get("id")
        self.id = found if isinstance(found, str) and found else key_text(path)
        self._known(table, path, CLAIM_KEYS)
        for key in ("id", "document", "says"):
            self._text(table, (*path, key), required=True)
        kind = self._text(table, (*path, "kind"), required=True, choices=KINDS)
        quantities = self._quantities(table.get("quantities", {}), (*path, "quantities"))
        listed = table.get("figure", [])
        if not (isinstance(listed, list) and listed and all(isinstance(item, dict) for item in listed)):
            self._fault((*path, "figure"), "the claim has no figure", "one [[claim.figure]] and more")
            listed = []
        document = str(table.get("document", ""))
        figures = [
            self._figure(item, (*path, "figure", k), quantities, document) for k, item in enumerate(listed)
        ]
        supports = table.get("supports", [])
        if not (isinstance(supports, list) and all(isinstance(item, str) for item in supports)):
            self._fault((*path, "supports"), f"found {supports!r}", "a list of ids of claims")
            supports = []
        return Claim(
            self.id, document, kind, str(table.get("says", "")), quantities, tuple(figures), tuple(supports)
        )

    def _figure(
        self, table: Mapping[str, Any], path: KeyPath, quantities: dict[str, Quantity], document: str
    ) -> Figure:
        self._known(table, path, FIGURE_KEYS)
        texts = {
            key: self._text(table, (*path, key))
            for key in ("name", "document", "unit", "about", "concludes", "input", "free")
        }
        bound = self._text(table, (*path, "bound"), choices=BOUNDS)
        if "published" not in table:
            self._fault((*path, "published"), "is missing", PUBLISHED)
        raw = table.get("published", 0.0)
        published: Range | Calculation
        if isinstance(raw, str):
            published = self._calculation(raw, (*path, "published"), quantities)
        else:
            published = self._range(raw, (*path, "published"), PUBLISHED)
        calculation, free = None, texts["free"]
        if texts["input"]:
            if "derive" in table or free:
                self._fault(
                    (*path, "input"), "goes without derive and free", "one way to give the figure again"
                )
            calculation, free = self._of_input(texts["input"], (*path, "input"), quantities)
            item = registry().get(texts["input"])
            texts["unit"] = texts["unit"] or (item.unit if item else "")
        elif "derive" in table:
            text = self._text(table, (*path, "derive"), required=True)
            calculation = self._calculation(text, (*path, "derive"), quantities)
            self._free(free, (*path, "free"), quantities, calculation)
        elif not texts["about"]:
            self._fault(path, "has no derivation", "one of derive, input, about")
        tolerance = table.get("tolerance", 0.05)
        if type(tolerance) not in (int, float) or not 0 <= tolerance < 1:
            self._fault((*path, "tolerance"), f"found {tolerance!r}", "a share from 0 up to 1")
            tolerance = 0.05
        return Figure(
            texts["name"], texts["document"] or document, published, texts["unit"], calculation, free, bound,
            texts["about"], texts["concludes"], float(tolerance),
        )  # fmt: skip

    def _of_input(
        self, key: str, path: KeyPath, quantities: dict[str, Quantity]
    ) -> tuple[Calculation | None, str]:
        """A figure that is an input of the model itself: the calculation is the input."""
        if key not in registry():
            self._fault(path, f"'{key}' is no input", "see 'breakeven inputs'", key, registry())
            return None, ""
        name = re.sub(r"\W", "_", key)
        quantities.setdefault(
            name, Quantity(name, registry()[key].unit, law=default_marginals()[key], input=key)
        )
        return arithmetic.parse(name), name

    def _free(
        self, free: str, path: KeyPath, quantities: Mapping[str, Quantity], calculation: Calculation
    ) -> None:
        if not free:
            return
        if free not in quantities:
            self._fault(path, f"'{free}' is no quantity of the claim", "a quantity", free, quantities)
        elif quantities[free].calculation or quantities[free].simulated:
            self._fault(path, f"'{free}' is worked out from others", "a quantity with a value or a prior")
        elif set(calculation.names) <= set(quantities) and free not in parts(calculation, quantities):
            self._fault(path, f"the figure does not depend on '{free}'", "a quantity that derive uses")

    # --- quantities

    def _quantities(self, table: Any, path: KeyPath) -> dict[str, Quantity]:
        if not isinstance(table, dict):
            self._fault(path, f"found {table!r}", "a table of quantities")
            return {}
        if len(table) > MOST_QUANTITIES:
            self._fault(path, f"found {len(table):,} quantities", f"at most {MOST_QUANTITIES}")
            return {}
        found = {}
        for name, value in table.items():
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
                self._fault((*path, name), "is no name", "letters, digits and underscores")
                continue
            found[name] = self._quantity(name, value, (*path, name))
        for name, quantity in found.items():
            if quantity.calculation is not None:
                self._names(quantity.calculation, (*path, name), found)
        self._cycles(found, path)
        return found

    def _quantity(self, name: str, value: Any, path: KeyPath) -> Quantity:
        if isinstance(value, str):
            return Quantity(name, calculation=self._parsed(value, path))
        if not isinstance(value, dict):
            return Quantity(name, stated=self._range(value, path, QUANTITY))
        self._known(value, path, QUANTITY_KEYS)
        unit = self._text(value, (*path, "unit"))
        if "output" in value:
            return Quantity(name, unit or "USD", simulated=self._simulated(value, path))
        stated = self._range(value["value"], (*path, "value"), PUBLISHED) if "value" in value else None
        key, law = self._text(value, (*path, "input")), None
        if key and key not in registry():
            self._fault((*path, "input"), f"'{key}' is no input", "see 'breakeven inputs'", key, registry())
        elif key:
            law, unit = self._law(key, value, path), unit or registry()[key].unit
        elif "prior" in value:
            law = self._prior(value, path)
        if stated is None and law is None and not key and "prior" not in value:
            self._fault(path, "says nothing", QUANTITY)
        return Quantity(name, unit, stated, law, key)

    def _law(self, key: str, value: Mapping[str, Any], path: KeyPath) -> Marginal | None:
        """What is known of an input: a scenario's distribution, or the default."""
        if "scenario" not in value:
            return default_marginals()[key]
        scenario = self._scenario(value, path)
        return scenario.inputs[key] if scenario else None

    def _prior(self, value: Mapping[str, Any], path: KeyPath) -> Marginal | None:
        where = (*path, "prior")
        self._text(value, (*path, "source"), required=True)
        try:
            return marginal(value["prior"], key=self._named(where), folder=self.folder)
        except UserError as error:
            self.faults.take(error, where)
            return None

    def _simulated(self, value: Mapping[str, Any], path: KeyPath) -> Simulated | None:
        output = self._text(value, (*path, "output"), required=True, choices=OUTPUTS)
        scenario = self._scenario(value, path)
        if scenario is None or not output:
            return None
        strategy = ""
        if output != "probability_cheaper":
            strategy = self._text(value, (*path, "strategy"), required=True, choices=STRATEGIES)
            if strategy and strategy not in scenario.strategies:
                allowed = ", ".join(scenario.strategies)
                self._fault((*path, "strategy"), f"'{strategy}' is not in the scenario", allowed)
        return Simulated(str(value["scenario"]), scenario, output, strategy)

    def _scenario(self, value: Mapping[str, Any], path: KeyPath) -> Scenario | None:
        """A shipped scenario by its name, or one beside the file of claims."""
        name = self._text(value, (*path, "scenario"), required=True)
        if not name or name in self.scenarios:
            return self.scenarios.get(name)
        shipped = {file.stem: file for file in sorted(SCENARIOS.glob("*.toml"))}
        self.scenarios[name] = None
        if name not in shipped and not name.endswith(".toml"):
            allowed = f"{', '.join(shipped)}, or the name of a .toml file"
            self._fault((*path, "scenario"), f"'{name}' is no scenario", allowed, name, shipped)
            return None
        try:
            self.scenarios[name] = Scenario.load(shipped.get(name) or self.folder / name)
        except UserError as error:
            self.faults.take(error, (*path, "scenario"))
        return self.scenarios[name]

    # --- what they have in common

    def _calculation(self, text: str, path: KeyPath, quantities: Mapping[str, Quantity]) -> Calculation:
        found = self._parsed(text, path)
        self._names(found, path, quantities)
        return found

    def _parsed(self, text: str, path: KeyPath) -> Calculation:
        try:
            return arithmetic.parse(text)
        except UserError as error:
            for fault in error.faults:
                self._fault(path, fault.problem, fault.allowed)
            return arithmetic.parse("0")

    def _names(self, calculation: Calculation, path: KeyPath, quantities: Mapping[str, Quantity]) -> None:
        for name in calculation.names:
            if name not in quantities:
                allowed = ", ".join(quantities) or "a name from the claim's quantities"
                self._fault(path, f"'{name}' is no quantity of the claim", allowed, name, quantities)

    def _cycles(self, quantities: Mapping[str, Quantity], path: KeyPath) -> None:
        """Finds quantities that are worked out from themselves."""
        done: set[str] = set()

        def visit(name: str, trail: tuple[str, ...]) -> None:
            if name in trail:
                loop = (*trail[trail.index(name) :], name)
                self._fault((*path, name), f"is worked out from itself: {' -> '.join(loop)}", "no cycle")
            elif name in quantities and name not in done:
                calculation = quantities[name].calculation
                for other in calculation.names if calculation else ():
                    visit(other, (*trail, name))
                done.add(name)

        for name in quantities:
            visit(name, ())

    def _units(self, claims: Iterable[Claim]) -> None:
        """Figures about the same quantity have the same unit."""
        units: dict[str, str] = {}
        for k, claim in enumerate(claims):
            self.id = claim.id
            for j, figure in enumerate(claim.figures):
                if figure.about and units.setdefault(figure.about, figure.unit) != figure.unit:
                    allowed = f"'{units[figure.about]}', as in the others about '{figure.about}'"
                    self._fault(("claim", k, "figure", j, "unit"), f"found '{figure.unit}'", allowed)

    def _range(self, value: Any, path: KeyPath, allowed: str) -> Range:
        ends = value if isinstance(value, list) else [value, value]
        if len(ends) != 2 or any(type(end) not in (int, float) for end in ends):
            self._fault(path, f"found {value!r}", allowed)
        elif ends[0] > ends[1]:
            self._fault(path, f"low {ends[0]:g} is above high {ends[1]:g}", "low ≤ high")
        else:
            return float(ends[0]), float(ends[1])
        return 0.0, 0.0

    def _text(
        self, table: Mapping[str, Any], path: KeyPath, *, required: bool = False, choices: Iterable[str] = ()
    ) -> str:
        """The text at the last key of the path; "" where it is missing or wrong."""
        value = table.get(str(path[-1]))
        options = tuple(choices)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or not value.strip():
            problem = "is missing" if value is None else f"found {value!r}"
            self._fault(path, problem, ", ".join(options) or "a text")
        elif options and value not in options:
            self._fault(path, f"found '{value}'", ", ".join(options), value, options)
        else:
            return value
        return ""

    def _known(self, table: Mapping[str, Any], path: KeyPath, known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                self._fault((*path, key), "unknown key", ", ".join(known), key, known)

    def _named(self, path: KeyPath) -> str:
        """A key as messages show it: the claim's id instead of its number."""
        inner = path[2:] if path[:1] == ("claim",) else path
        return ".".join(part for part in (self.id, key_text(inner)) if part)

    def _fault(
        self, path: KeyPath, problem: str, allowed: str = "", word: str = "", known: Iterable[str] = ()
    ) -> None:
        hint = near(word, known) if word else ""
        self.faults.add(path, problem, allowed=allowed, hint=hint, key=self._named(path))
