"""A strict table said once: from the fields of a frozen dataclass come its values, its faults and its JSON Schema.

`price: Marginal = declare(Uncertain(Support(0.0)), "of a unit")` is a key that a table has to have; with a third
argument, what holds where it is left out. The first line of the class's docstring describes the table. What keys have
to do with each other stands in `RULES` of the class; what takes arithmetic, in a method `check(path, faults)`, which is
called for a table without other faults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import partial
from typing import Any, TypeVar

from distributions.errors import did_you_mean
from distributions.forms import json_schema
from distributions.tables.faults import Faults
from distributions.tables.kinds import Kind, headed
from distributions.tables.lines import KeyPath
from distributions.tables.reading import key_text

T = TypeVar("T")


@dataclass(frozen=True)
class Key:
    """One key of a table: what it may hold, what it means, and what holds where it is left out."""

    kind: Kind
    meaning: str
    default: Any = MISSING

    def schema(self) -> dict[str, Any]:
        """JSON Schema of its value."""
        schema = self.kind.schema()
        if self.meaning:
            schema["description"] = self.meaning
        if self.default not in (MISSING, None, "", ()) and not callable(self.default):
            schema["default"] = list(self.default) if isinstance(self.default, tuple) else self.default
        return schema


def declare(kind: Kind, meaning: str, default: Any = MISSING) -> Any:
    """A field of a declared table. default: of a key that may be left out; or a function that makes it."""
    about = {"key": Key(kind, meaning, default)}
    return (
        field(default_factory=default, metadata=about)
        if callable(default)
        else field(default=default, metadata=about)
    )


def declared(record: type[Any]) -> Mapping[str, Key]:
    """The keys of a declared table, in the order of its fields."""
    return {item.name: item.metadata["key"] for item in fields(record) if "key" in item.metadata}


@dataclass(frozen=True)
class Table(Kind):
    """A table that a dataclass declares."""

    record: type[Any]

    @property
    def allowed(self) -> str:  # type: ignore[override]
        """As `Kind.allowed`."""
        return f"a table of {', '.join(declared(self.record))}"

    def read(self, value: Any, path: KeyPath, faults: Faults) -> Any:
        """The record; a required value that is missing or at fault is None in it."""
        if not isinstance(value, Mapping):
            faults.mismatch(value, path, headed(path) or self.allowed)
            return None
        before, known = faults.count, declared(self.record)
        for name in value:
            if name not in known:
                hint = partial(self._near, name, path)
                faults.add((*path, name), "unknown key", allowed=", ".join(known), hint=hint)
        values: dict[str, Any] = {}
        for name, item in known.items():
            where = (*path, name)
            entry = item.kind.read(value[name], where, faults) if name in value else None
            if entry is not None or item.default is MISSING:
                values[name] = entry
            if item.default is MISSING and name not in value:
                faults.add(where, "missing", allowed=item.kind.allowed or item.meaning)
        for rule in getattr(self.record, "RULES", ()):
            rule.check(value, path, faults)
        record = self.record(**values)
        if faults.count == before and path not in faults.broken and hasattr(record, "check"):
            record.check(path, faults)
        return record

    def _near(self, name: str, path: KeyPath) -> str:
        """Where an unknown key belongs, or what it may have been meant to be."""
        for outer, item in declared(self.record).items():
            head = item.kind.heads(name)
            if head == "[":
                return f"did you mean [{key_text((*path, outer, name))}]?"
            if head:
                return f"it belongs under [{key_text((*path, outer))}]"
        return did_you_mean(str(name)[:80], declared(self.record))

    def heads(self, name: str) -> str:
        """As `Kind.heads`."""
        inner = declared(self.record).get(name)
        return "" if inner is None else "[" if isinstance(inner.kind, Table | Tables) else " "

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`."""
        schema: dict[str, Any] = {
            "type": "object",
            "description": (self.record.__doc__ or "").partition("\n")[0],
            "properties": {name: item.schema() for name, item in declared(self.record).items()},
            "additionalProperties": False,
        }
        required = [name for name, item in declared(self.record).items() if item.default is MISSING]
        rules = [rule.schema() for rule in getattr(self.record, "RULES", ())]
        return {
            **schema,
            **({"required": required} if required else {}),
            **({"allOf": rules} if rules else {}),
        }


@dataclass(frozen=True)
class Tables(Kind):
    """A list of tables, `[[name]]` in double brackets.

    least: how many at least. partial: whether one at fault is kept as far as it can be read, for more checks.
    """

    record: type[Any]
    least: int = 0
    partial: bool = False

    @property
    def allowed(self) -> str:  # type: ignore[override]
        """As `Kind.allowed`."""
        return (
            f"{self.least} tables and more in double brackets"
            if self.least > 1
            else "a table in double brackets"
        )

    def read(self, value: Any, path: KeyPath, faults: Faults) -> tuple[Any, ...] | None:
        """As `Kind.read`: a record each, None for one that is at fault and not kept."""
        if not isinstance(value, list | tuple) or len(value) < self.least:
            header = key_text(tuple(part for part in path if isinstance(part, str)))
            count = f"{self.least} or more times " if self.least > 1 else ""
            faults.mismatch(value, path, f"{count}[[{header}]] in double brackets")
            return None
        records = []
        for position, entry in enumerate(value):
            where, before = (*path, position), faults.count
            record = Table(self.record).read(entry, where, faults)
            sound = faults.count == before and where not in faults.broken
            records.append(record if sound or self.partial else None)
        return tuple(records)

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`."""
        return {"type": "array", "items": Table(self.record).schema(), "minItems": self.least}


@dataclass(frozen=True)
class Free(Kind):
    """A table of anything."""

    allowed = "a table"

    def read(self, value: Any, path: KeyPath, faults: Faults) -> dict[str, Any] | None:
        """As `Kind.read`."""
        if isinstance(value, Mapping):
            return dict(value)
        faults.mismatch(value, path, headed(path) or self.allowed)
        return None

    def schema(self) -> dict[str, Any]:
        """As `Kind.schema`."""
        return {"type": "object"}


# --- what keys have to do with each other


@dataclass(frozen=True)
class OneOf:
    """One of the keys is there, or, with `several`, one and more."""

    keys: tuple[str, ...]
    several: bool = False

    def check(self, table: Mapping[str, Any], path: KeyPath, faults: Faults) -> None:
        """Leaves a fault where it is not so."""
        given = [name for name in self.keys if name in table]
        *others, last = self.keys
        if not given:
            problem = f"has neither {', '.join(others)} nor {last}"
        elif len(given) > 1 and not self.several:
            problem = f"has both {' and '.join(given)}"
        else:
            return
        many = "one or more" if self.several else "one"
        faults.add(path, problem, allowed=f"{many} of {', '.join(others)} and {last}")

    def schema(self) -> dict[str, Any]:
        """JSON Schema of it."""
        return {"anyOf" if self.several else "oneOf": [{"required": [name]} for name in self.keys]}


@dataclass(frozen=True)
class Needs:
    """A key that says nothing without one of others."""

    key: str
    others: tuple[str, ...]

    def check(self, table: Mapping[str, Any], path: KeyPath, faults: Faults) -> None:
        """Leaves a fault where it is not so."""
        if self.key in table and not any(other in table for other in self.others):
            allowed = f"together with {' or '.join(self.others)}"
            faults.add((*path, self.key), "says nothing by itself", allowed=allowed)

    def schema(self) -> dict[str, Any]:
        """JSON Schema of it."""
        return {"dependentSchemas": {self.key: {"anyOf": [{"required": [name]} for name in self.others]}}}


# --- whole files


def read_file(record: type[T], tables: Mapping[str, Any], faults: Faults) -> T:
    """The record of a whole file's tables, as far as it can be read; what is wrong is left in `faults`."""
    faults.unusable(tables)
    contents: T = Table(record).read(tables, (), faults)
    return contents


def file_schema(record: type[Any], title: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of a file, as plain data for `json.dump`."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    return {**head, **Table(record).schema(), "$defs": json_schema()["$defs"]}
