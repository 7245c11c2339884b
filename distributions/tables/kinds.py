"""What one key of a table may hold: each kind reads a value and says in JSON Schema what it takes."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from distributions import provenance
from distributions.errors import UserError, did_you_mean, not_ascii
from distributions.inputs import OWN, Input, registry
from distributions.parameters import UNCERTAIN_VALUE, described, number_fault
from distributions.renamed import RENAMED
from distributions.spec import Marginal, marginal
from distributions.support import Support
from distributions.tables.faults import Faults, near
from distributions.tables.lines import KeyPath
from distributions.tables.reading import key_text
from distributions.text import clean
from distributions.units import PROPORTIONAL

NAME = r"[A-Za-z_][A-Za-z0-9_]*"
MOST_NAMES = 100
_NAMES = {"propertyNames": {"pattern": f"^{NAME}$"}, "maxProperties": MOST_NAMES}


class Kind(ABC):
    """What a key may hold.

    allowed
        That, in words for a message; "" where the meaning of the key says it best.
    """

    allowed: str

    @abstractmethod
    def read(self, value: Any, path: KeyPath, faults: Faults) -> Any:
        """The value at a place, as the program has it; None after a fault, which is left in `faults`."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """JSON Schema of what it takes."""

    def heads(self, name: str) -> str:
        """How a key that this kind has inside begins, "[" for a table and " " for a value; "" where it has none."""
        return ""


# --- plain values


@dataclass(frozen=True)
class Plain(Kind):
    """A value without parts.

    convert
        From what was found to what the program has; None where it is not allowed.
    json
        JSON Schema.
    problem, hint
        What a message says of a value that is not allowed.
    """

    convert: Callable[[Any], Any]
    allowed: str
    json: Mapping[str, Any]
    problem: Callable[[Any], str] = described
    hint: Callable[[Any], str] = lambda _: ""

    def read(self, value: Any, path: KeyPath, faults: Faults) -> Any:
        """As `Kind.read`."""
        if path in faults.broken:
            return None
        converted = self.convert(value)
        if converted is None:
            faults.add(path, self.problem(value), allowed=self.allowed, hint=self.hint(value))
        return converted

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`."""
        return dict(self.json)


def text(allowed: str = "a text", *, empty: bool = False) -> Plain:
    """A text. Blanks at its ends are no part of it, unless it may be `empty`: then it is taken as it is."""
    if empty:
        return Plain(lambda value: value if isinstance(value, str) else None, allowed, {"type": "string"})
    schema = {"type": "string", "pattern": r"\S"}
    return Plain(lambda value: value.strip() or None if isinstance(value, str) else None, allowed, schema)


def choice(options: Collection[str], noun: str = "", allowed: str = "") -> Plain:
    """One of some words. noun: what they are, where a message had better say it. allowed: where they are many."""
    unknown = f"unknown {noun}" if noun else "found"
    return Plain(
        lambda value: value if isinstance(value, str) and value in options else None,
        allowed or ", ".join(options),
        {"enum": list(options)},
        lambda value: f"{unknown} {clean(repr(value), 60)}" if isinstance(value, str) else described(value),
        lambda value: near(value, options)() if isinstance(value, str) else "",
    )


def flag() -> Plain:
    """True or false."""
    return Plain(
        lambda value: value if isinstance(value, bool) else None, "true or false", {"type": "boolean"}
    )


def number(support: Support = Support(), words: str = "") -> Plain:
    """A number within a range. words: what it is."""
    words = words or ("a whole number" if support.integer else "a number")
    loose = replace(support, integer=False)
    if loose == Support(0.0, lower_open=True):
        allowed = f"{words} above 0"
    elif loose == Support(support.lower, support.upper) and support.bounded:
        allowed = f"{words} from {support.lower:g} to {support.upper:g}"
    else:
        allowed = words if loose == Support() else f"{words} {loose}"

    def hint(value: Any) -> str:
        wrong = number_fault(value)
        if wrong:
            return wrong[2]
        percent = (support.lower, support.upper) == (0.0, 1.0) and 1 < value <= 100
        return f"{value:g} % is written {value / 100:g}" if percent else ""

    def convert(value: Any) -> float | None:
        return None if number_fault(value) or value not in support else float(value)

    return Plain(convert, allowed, {"type": "number", **support.schema()}, hint=hint)


def whole(lower: int, upper: int) -> Plain:
    """A whole number."""
    return Plain(
        lambda value: value if type(value) is int and lower <= value <= upper else None,
        f"a whole number from {lower} to {upper}",
        {"type": "integer", "minimum": lower, "maximum": upper},
        hint=lambda value: f"write {value:.0f}" if isinstance(value, float) and value.is_integer() else "",
    )


def date() -> Plain:
    """A date, bare or as a text. To JSON Schema a bare one is of no type, so that the types are said that it is not."""
    others = {"type": ["array", "boolean", "null", "number", "object"]}
    shape = {"format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$", "not": others}
    return Plain(provenance.date, provenance.DATE, shape)


def names(
    known: Collection[str],
    noun: str,
    least: int = 0,
    most: int | None = None,
    allowed: str = "",
    unknown: Callable[[str], str] | None = None,
) -> Names:
    """A list of different words. noun: what one is. unknown: a hint for a word that is not known."""
    count = "two of" if most == 2 else ("a list of", "at least one of", "at least two of")[least]
    return Names(known, noun, least, most, allowed or f"{count} {', '.join(known)}", unknown)


@dataclass(frozen=True)
class Names(Kind):
    """A list of different words, as `names` says it."""

    known: Collection[str]
    noun: str
    least: int
    most: int | None
    allowed: str
    unknown: Callable[[str], str] | None

    def read(self, value: Any, path: KeyPath, faults: Faults) -> tuple[str, ...] | None:
        """As `Kind.read`."""
        before, add = faults.count, partial(faults.add, path, allowed=self.allowed)
        if path in faults.broken:
            return None
        listed = value if isinstance(value, list | tuple) else None
        for odd in [item for item in listed if not isinstance(item, str)] if listed is not None else [value]:
            add(described(odd))
            return None
        for position, name in enumerate(value):
            if name not in self.known:
                hint = partial(self.unknown, name) if self.unknown else near(name, self.known)
                add(f"unknown {self.noun} {clean(repr(name), 60)}", hint=hint)
            elif name in value[:position]:
                add(f"'{name}' is named twice", allowed="each once")
        if len(value) < self.least or (self.most is not None and len(value) > self.most):
            add(f"found {len(value)} of them")
        return tuple(value) if faults.count == before else None

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`."""
        items = {
            "type": "array",
            "items": {"enum": list(self.known)},
            "uniqueItems": True,
            "minItems": self.least,
        }
        return items if self.most is None else {**items, "maxItems": self.most}


@dataclass(frozen=True)
class Later(Kind):
    """A value that is read once more is known than its own table; until then it is what was found.

    of: the kind by which it will be read, as far as that is known beforehand.
    """

    of: Kind

    @property
    def allowed(self) -> str:  # type: ignore[override]
        """As `Kind.allowed`."""
        return self.of.allowed

    def read(self, value: Any, path: KeyPath, faults: Faults) -> Any:
        """The value as found."""
        return value

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`."""
        return self.of.schema()

    def heads(self, name: str) -> str:
        """As `Kind.heads`."""
        return self.of.heads(name)


@dataclass(frozen=True)
class Named(Kind):
    """A table whose keys are names of the user's own, at most a hundred; `of` is the kind of each value."""

    of: Kind
    allowed = "a table with names of your own"

    def read(self, value: Any, path: KeyPath, faults: Faults) -> dict[str, Any] | None:
        """As `Kind.read`: by name, None for a value at fault."""
        if not isinstance(value, Mapping):
            faults.mismatch(value, path, self.allowed)
            return None
        values: dict[str, Any] = {}
        if len(value) > MOST_NAMES:
            faults.add(path, f"found {len(value):,} names", allowed=f"at most {MOST_NAMES}")
            return values
        for name, entry in value.items():
            if re.fullmatch(NAME, name):
                values[name] = self.of.read(entry, (*path, name), faults)
            else:
                faults.add((*path, name), "is no name", allowed="letters, digits and underscores")
        return values

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`."""
        return {"type": "object", "additionalProperties": self.of.schema(), **_NAMES}


# --- uncertain values


@dataclass(frozen=True)
class Uncertain(Kind):
    """A number, or a distribution in one of its forms."""

    support: Support = Support()
    unit: str | None = None
    conversion: str = PROPORTIONAL
    allowed = ""

    def read(self, value: Any, path: KeyPath, faults: Faults) -> Marginal | None:
        """As `Kind.read`."""
        if path in faults.broken:
            return None
        try:
            return marginal(
                value,
                key="",
                unit=self.unit,
                support=self.support,
                folder=faults.folder,
                conversion=self.conversion,
            )
        except UserError as error:
            faults.take(error, path)
            return None

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`. The bounds are those of a plain number: these keywords say nothing about tables."""
        return {"allOf": [{"$ref": UNCERTAIN_VALUE}], **self.support.schema()}


@dataclass(frozen=True)
class Inputs(Kind):
    """Values of inputs by key, whether written `"price.input" = 3`, `price.input = 3` or below a table of the group.

    of
        The kind of an input's value.
    known
        The inputs that there are, by key; those of the registry unless given.
    own
        The kind of an input that is not known, in the group `OWN`; None where there are none.
    """

    of: Callable[[Input], Kind]
    known: Mapping[str, Input] | None = None
    own: Kind | None = None
    allowed = 'a table, as in { "gpu.hourly_rate" = 2 }'

    def read(self, value: Any, path: KeyPath, faults: Faults) -> dict[str, Any] | None:
        """As `Kind.read`: by key, None for an input whose value is at fault."""
        if not isinstance(value, Mapping):
            faults.mismatch(value, path, headed(path) or self.allowed)
            return None
        values: dict[str, Any] = {}
        places: dict[str, KeyPath] = {}
        known = self._known
        for key, where, entry in self._entries(value, path, faults):
            kind = self.of(known[key]) if key in known else self.own if key.startswith(f"{OWN}.") else None
            if kind is None:
                faults.add(where, "unknown input", hint=partial(home, str(key), known))
            elif key in places:
                faults.add(where, f"given twice: as {faults.name(places[key])} too", allowed="each key once")
            else:
                places[key] = where
                values[key] = kind.read(entry, where, faults)
        return values

    @property
    def _known(self) -> Mapping[str, Input]:
        return registry() if self.known is None else self.known

    def _entries(
        self, table: Mapping[str, Any], path: KeyPath, faults: Faults
    ) -> Iterator[tuple[str, KeyPath, Any]]:
        """What the table has at the places of inputs."""
        groups, names = _groups(self._known), {item.name for item in self._known.values()}
        if self.own is not None:
            groups.setdefault(OWN, ["inputs of your own"])
        for name, value in table.items():
            where = (*path, name)
            if (
                name not in self._known
                and isinstance(value, Mapping)
                and (
                    name in groups
                    or name not in names
                    or any(f"{name}.{inner}" in RENAMED for inner in value)  # a group that is gone
                )
            ):
                yield from ((f"{name}.{inner}", (*where, inner), part) for inner, part in value.items())
            elif name in groups:
                faults.add(
                    where,
                    described(value),
                    allowed=f"a table of {', '.join(groups[name])}",
                )
            else:
                yield name, where, value

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`."""
        flat: dict[str, Any] = {}
        nested: dict[str, dict[str, Any]] = {}
        for key, item in self._known.items():
            entry = {"description": item.about, **self.of(item).schema()}
            flat[key] = nested.setdefault(item.group, {})[item.name] = entry
        groups = {
            group: _object(entries, f"Inputs of the group {group}.") for group, entries in nested.items()
        }
        if self.own is not None:
            groups[OWN] = {"type": "object", "additionalProperties": self.own.schema(), **_NAMES}
        return _object({**groups, **flat})

    def heads(self, name: str) -> str:
        """As `Kind.heads`."""
        return "[" if name in _groups(self._known) or (self.own is not None and name == OWN) else ""


def headed(path: KeyPath) -> str:
    """How a table at a place is written in words; "" where that has no header of its own."""
    return f"a table: [{key_text(path)}]" if all(isinstance(part, str) for part in path) else ""


def _object(properties: Mapping[str, Any], description: str = "") -> dict[str, Any]:
    about = {"description": description} if description else {}
    return {**about, "type": "object", "properties": dict(properties), "additionalProperties": False}


def _groups(known: Mapping[str, Input]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for item in known.values():
        groups.setdefault(item.group, []).append(item.name)
    return groups


def home(key: str, known: Mapping[str, Input] | None = None) -> str:
    """A hint where an unknown key may belong: an input of that name in other groups, or one spelled nearly so.

    known: the inputs that there are; those of the registry unless given.
    """
    inputs = registry() if known is None else known
    key = key.removeprefix("inputs.")
    name = key.rpartition(".")[2]
    homes = [item.key for item in inputs.values() if item.name == name]
    if homes and key not in RENAMED:
        near = f"did you mean {' or '.join(repr(home) for home in homes)}?"
        return " ".join(part for part in (near, not_ascii(key)) if part)
    return did_you_mean(key[:80], inputs) or "see `breakeven inputs`"
