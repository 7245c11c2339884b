"""What an input's value may be in a scenario, and inputs of the user's own: `[inputs.own]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from distributions.derived import Derived, derived, is_expression, json_schema
from distributions.dimensions import unit as unit_of
from distributions.errors import UserError
from distributions.inputs import CHOICE, OWN, ROLES, UNCERTAIN, Input, registry
from distributions.parameters import described, number_fault
from distributions.spec import CERTAIN, Marginal
from distributions.support import Support
from distributions.tables.faults import Faults, near
from distributions.tables.kinds import Kind, Uncertain
from distributions.tables.lines import KeyPath
from distributions.text import clean

EXPRESSION_VALUE = "#/$defs/expression"
"""Where the JSON Schema of a file has that of an expression."""

Value = Marginal | Derived
"""A number or a distribution; or what is made of other inputs."""


def value_of(item: Input) -> Uncertain:
    """What a value of an input may be that is drawn."""
    return Uncertain(item.support, item.unit, item.conversion)


@dataclass(frozen=True)
class ValueOf(Kind):
    """A value of an input: a number, a distribution or an expression."""

    item: Input
    allowed = ""

    def read(self, value: Any, path: KeyPath, faults: Faults) -> Value | None:
        """As `Kind.read`."""
        if not is_expression(value):
            return value_of(self.item).read(value, path, faults)
        if path in faults.broken:
            return None
        try:
            return derived(value, path)
        except UserError as error:
            faults.take(error, path)
            return None

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`."""
        return {"anyOf": [value_of(self.item).schema(), {"$ref": EXPRESSION_VALUE}]}


@dataclass(frozen=True)
class Own:
    """An input of the user's own: what it is, and its value."""

    input: Input
    value: Value


@dataclass(frozen=True)
class OwnInput(Kind):
    """An input of the user's own, with what it is counted in and who decides on it beside its value."""

    allowed = (
        "a number, or a table such as { beta = { mean = 0.05, sd = 0.02 }, unit = '1', source = 'pilot' }"
    )

    def read(self, value: Any, path: KeyPath, faults: Faults) -> Own | None:
        """As `Kind.read`; the last of the path is the name."""
        name, before = str(path[-1]).removeprefix(f"{OWN}."), faults.count
        self._check_name(name, path, faults)
        about = value if isinstance(value, Mapping) else {}
        unit, role = about.get("unit", "1"), about.get("role", UNCERTAIN)
        if not isinstance(unit, str):
            faults.add(
                (*path, "unit"),
                described(unit),
                allowed='a text, such as "USD/month"; "1" for a share or ratio',
            )
            unit = "1"
        try:
            unit_of(unit)
        except UserError as error:
            for fault in error.faults:
                faults.add((*path, "unit"), fault.problem, allowed=fault.allowed, hint=fault.hint)
            unit = "1"
        if role not in ROLES:
            hint = near(role, ROLES) if isinstance(role, str) else ""
            faults.add((*path, "role"), f"found {clean(repr(role), 40)}", allowed=", ".join(ROLES), hint=hint)
            role = UNCERTAIN
        sound = about.get("role", UNCERTAIN) == role
        values = self._values(about, role, path, faults) if sound else ()
        bare = {key: part for key, part in about.items() if key not in ("unit", "role", "values")}
        item = Input(
            f"{OWN}.{name}",
            unit,
            Support(),
            0.0,
            "an input of the scenario's own",
            "",
            "",
            (),
            role=role,
            values=values,
        )
        read = ValueOf(item).read(bare if about else value, path, faults)
        if read is None or faults.count > before:
            return None
        if role == CHOICE and not (isinstance(read, Marginal) and read.certain):
            faults.add(path, "is a choice without a number", allowed="a plain number: what is chosen today")
            return None
        return Own(item, read)

    @staticmethod
    def _check_name(name: str, path: KeyPath, faults: Faults) -> None:
        groups = {item.group for item in registry().values()}
        if name in groups or name in registry() or name == OWN:
            what = "an input" if name in registry() else "a group of inputs"
            faults.add(path, f"'{name}' is the name of {what} already", allowed="a name of its own")
        elif not name.isidentifier() or not name.isascii():
            faults.add(path, "is no name", allowed="letters, digits and underscores")

    @staticmethod
    def _values(about: Mapping[str, Any], role: str, path: KeyPath, faults: Faults) -> tuple[float, ...]:
        where, values = (*path, "values"), about.get("values", [])
        if role == CHOICE and "values" not in about:
            faults.add(
                where, "missing, for a choice", allowed="the values that are worth trying, as in [1, 2, 4]"
            )
        elif role != CHOICE and "values" in about:
            faults.add(
                where, "says nothing of an input that is no choice", allowed='together with role = "choice"'
            )
        elif not isinstance(values, list | tuple) or any(number_fault(value) for value in values):
            faults.add(
                where,
                described(values) if not isinstance(values, list | tuple) else "not all are numbers",
                allowed="a list of numbers",
            )
        elif role == CHOICE and (len(values) < 2 or len(set(values)) < len(values)):
            faults.add(
                where,
                f"found {len(values)} of them, {len(set(values))} different",
                allowed="at least two, each once",
            )
        else:
            return tuple(float(value) for value in values)
        return ()

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`."""
        return {"$ref": OWN_VALUE}


OWN_VALUE = "#/$defs/own_value"
"""Where the JSON Schema of a scenario has that of an input of one's own."""


def definitions(uncertain: Mapping[str, Any]) -> dict[str, Any]:
    """JSON Schemas that those of values refer to, by name; uncertain: that of an uncertain value."""
    beside = {
        "unit": {"type": "string", "description": "what it is counted in; 1 for a share, ratio or count"},
        "role": {"enum": list(ROLES), "default": UNCERTAIN, "description": "who decides: the world, or you"},
        "values": {
            "type": "array",
            "items": {"type": "number"},
            "description": "of a choice: those worth trying",
        },
    }
    shapes = [*uncertain["anyOf"], json_schema()]
    own = [
        {**shape, "properties": {**shape["properties"], **beside}} if "properties" in shape else shape
        for shape in shapes
    ]
    return {"expression": json_schema(), "own_value": {"anyOf": own}}


def own_table(item: Input, value: Value) -> dict[str, Any]:
    """An input of the user's own as in a scenario's file."""
    spec = value.spec
    table: dict[str, Any] = {**(spec if isinstance(spec, Mapping) else {CERTAIN: spec}), "unit": item.unit}
    if item.role == CHOICE:
        table |= {"role": CHOICE, "values": list(item.values)}
    return table
