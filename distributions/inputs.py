"""The registry of inputs: what each means, its unit, support, default and source, from `inputs.toml`.

Everything that lists, checks or explains inputs is made from here: the scenario loader, the JSON Schema, the
`inputs` command, the scaffold of a new scenario, the documentation and the appendix of a report.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from distributions.support import Support
from distributions.units import KINDS, PROPORTIONAL

_FILE = Path(__file__).with_name("inputs.toml")
_REQUIRED = {"unit", "support", "default", "meaning", "source", "reading"}
_OPTIONAL = {"readings", "conversion", "role", "values", "mean_over"}
_SUPPORT = {"lower", "upper", "lower_open", "upper_open", "integer"}
ASSUMPTION = "assumption: "
OWN = "own"
"""The group of inputs that are a user's own, none of which is in the registry."""

UNCERTAIN, CHOICE = "uncertain", "choice"
ROLES = {UNCERTAIN: "what nobody knows beforehand", CHOICE: "yours to set"}
"""What an input may be to whoever decides, in words."""


@dataclass(frozen=True)
class Document:
    """A published document that defaults, scenarios or rules rest on, by a short name such as "aiinfox"."""

    name: str
    author: str
    title: str
    date: str

    def __str__(self) -> str:
        """As it is cited: author, title, date."""
        return f"{self.author}, “{self.title}”, {self.date}"


@dataclass(frozen=True)
class Reading:
    """What one document or dataset says about an input, in the input's unit; low = high for a single figure."""

    source: str
    low: float
    high: float


@dataclass(frozen=True)
class Input:
    """One input of the cost model.

    key
        Public name, "group.name", the same in scenario files, results, plots and errors.
    unit
        What a plain number is counted in; "1" is a share, ratio or count.
    support
        The values that make sense; mass of a distribution outside it is the user's error.
    default
        What holds where a scenario says nothing: a number, or a table in one of the forms of a scenario.
    meaning
        One line.
    source
        "document: what it says", a dataset with its date, or "assumption: " with the reasoning.
    reading
        How the default follows from the source.
    readings
        What each document says by itself, where it says it as a figure; may be empty.
    conversion
        How a value in another unit becomes one in the input's own (`distributions.kinds.conversion`).
    role
        One of `ROLES`: whether it is uncertain or a choice.
    mean_over
        What the input is a mean over, such as "queries", where single values of them are no values of it; else "".
    values
        Of a choice: those that are worth trying.
    """

    key: str
    unit: str
    support: Support
    default: float | Mapping[str, Any]
    meaning: str
    source: str
    reading: str
    readings: tuple[Reading, ...] = ()
    conversion: str = PROPORTIONAL
    role: str = UNCERTAIN
    mean_over: str = ""
    values: tuple[float, ...] = ()

    @property
    def group(self) -> str:
        """The table of the scenario file it belongs to: "price" of "price.input"."""
        return self.key.partition(".")[0]

    @property
    def name(self) -> str:
        """Its name within the group: "input" of "price.input"."""
        return self.key.partition(".")[2]

    @property
    def about(self) -> str:
        """Its meaning, unit and role, as schemas describe it."""
        unit = "a share, ratio or count" if self.unit == "1" else self.unit
        return f"{self.meaning} [{unit}]. {self.role.capitalize()}: {ROLES[self.role]}."

    @property
    def assumed(self) -> bool:
        """Whether the default is our own assumption, with no source behind it."""
        return self.source.startswith(ASSUMPTION)


@cache
def registry() -> Mapping[str, Input]:
    """Every input of the cost model by key, in the order of the file and so of the design's dimensions.

    Raises:
        ValueError: `inputs.toml` itself is wrong, which is a fault of this package and not of a user.
    """
    return MappingProxyType({key: _input(key, table) for key, table in _tables()["inputs"].items()})


@cache
def grouped() -> Mapping[str, tuple[Input, ...]]:
    """The inputs by group, for whatever lists them: the registry's order may come back to a group."""
    groups: dict[str, list[Input]] = {}
    for item in registry().values():
        groups.setdefault(item.group, []).append(item)
    return MappingProxyType({group: tuple(items) for group, items in groups.items()})


@cache
def documents() -> Mapping[str, Document]:
    """The published documents by short name."""
    return MappingProxyType({name: Document(name, **table) for name, table in _tables()["documents"].items()})


def cited(source: str) -> str:
    """A source with the short names of its documents written out as author, title and date."""
    parts = []
    for part in source.split("; "):
        name, colon, rest = part.partition(": ")
        document = documents().get(name)
        parts.append(f"{document}: {rest}" if colon and document else part)
    return "; ".join(parts)


def markdown_table() -> str:
    """The page `docs/inputs.md`: every input with unit, allowed values, default, meaning, source and reading."""
    lines = [
        "# Inputs",
        "",
        "Made from `distributions/inputs.toml`, the place to change it; a test holds the two together.",
        "A scenario gives an input as `[inputs.GROUP]` and `NAME = value`. The rest have their defaults.",
        "`breakeven inputs KEY` draws one, with what each document says above it. Where documents disagree, the",
        "default is a linear opinion pool: a mixture with one part a document, its range as P05-P95, weights equal.",
        f"Roles: {'; '.join(f'{role}, {words}' for role, words in ROLES.items())}.",
    ]
    for group, items in grouped().items():
        lines += [
            "",
            f"## {group}",
            "",
            "| input | role | unit | allowed | default | meaning | source – *how the default follows from it* |",
            "| --- | --- | --- | --- | --- | --- | --- |",
        ]
        for item in items:
            source = f"{item.source} – *{item.reading}*"
            default = _text(item.default)
            allowed = str(item.support)
            cells = (f"`{item.key}`", item.role, item.unit, allowed, f"`{default}`", item.meaning, source)
            lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "## Documents", ""]
    lines += [f"- **{name}**: {document}" for name, document in documents().items()]
    return "\n".join(lines) + "\n"


@cache
def _tables() -> dict[str, Any]:
    with _FILE.open("rb") as file:
        return tomllib.load(file)


def _input(key: str, table: Mapping[str, Any]) -> Input:
    missing, unknown = _REQUIRED - table.keys(), table.keys() - _REQUIRED - _OPTIONAL
    if missing or unknown:
        raise ValueError(f"inputs.toml: {key}: missing {sorted(missing)}, unknown {sorted(unknown)}")
    for field in ("unit", "meaning", "source", "reading"):
        if not isinstance(table[field], str) or not table[field].strip():
            raise ValueError(f"inputs.toml: {key}: {field} must be a text, found {table[field]!r}")
    bounds = table["support"]
    if bounds.keys() - _SUPPORT:
        raise ValueError(f"inputs.toml: {key}: unknown in support: {sorted(bounds.keys() - _SUPPORT)}")
    support = Support(
        lower=float(bounds.get("lower", -math.inf)),
        upper=float(bounds.get("upper", math.inf)),
        lower_open=bounds.get("lower_open", False),
        upper_open=bounds.get("upper_open", False),
        integer=bounds.get("integer", False),
    )
    return Input(
        key=key,
        unit=table["unit"],
        support=support,
        default=table["default"],
        meaning=table["meaning"],
        source=table["source"],
        reading=table["reading"],
        readings=tuple(_reading(key, item) for item in table.get("readings", [])),
        conversion=_one_of(KINDS, "conversion", key, table, PROPORTIONAL),
        role=_one_of(ROLES, "role", key, table, UNCERTAIN),
        mean_over=table.get("mean_over", ""),
        values=tuple(float(value) for value in table.get("values", ())),
    )


def _one_of(words: Collection[str], field: str, key: str, table: Mapping[str, Any], default: str) -> str:
    word: str = table.get(field, default)
    if word not in words:
        raise ValueError(f"inputs.toml: {key}: {field} is one of {', '.join(words)}, found {word!r}")
    return word


def _reading(key: str, table: Mapping[str, Any]) -> Reading:
    if table.keys() not in ({"from", "value"}, {"from", "low", "high"}):
        raise ValueError(f"inputs.toml: {key}: a reading has from, and low and high or value: {table!r}")
    low, high = table.get("low", table.get("value")), table.get("high", table.get("value"))
    return Reading(table["from"], float(low), float(high))


def _text(value: object) -> str:
    """A value as it would stand in a scenario file."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_text(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_text(item) for item in value) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)
