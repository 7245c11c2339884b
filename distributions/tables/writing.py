"""Tables to TOML text that a person reads: headers for tables, one line for each uncertain value.

`tomli_w` gives each inner table a header of its own: three lines or more for each of some seventy inputs.
Here a table two levels deep or less has a header, a deeper one stays inline, as people write scenarios.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_HEADERS_DOWN_TO = 2


def to_toml(tables: Mapping[str, Any]) -> str:
    """TOML text whose reading gives the tables back, floats to the last bit.

    Raises TypeError for what TOML cannot hold (None, objects).
    """
    lines: list[str] = []
    _table(tables, (), lines)
    return "\n".join(lines).strip("\n") + "\n"


def _table(table: Mapping[str, Any], path: tuple[str, ...], lines: list[str]) -> None:
    """The pairs of a table, then its inner tables below headers."""
    inner: list[tuple[str, Any]] = []
    for key, value in table.items():
        if len(path) < _HEADERS_DOWN_TO and (isinstance(value, Mapping) or _is_tables(value)):
            inner.append((key, value))
        else:
            lines.append(f"{_key(key)} = {_value(value)}")
    for key, value in inner:
        deeper = (*path, key)
        header = ".".join(map(_key, deeper))
        if isinstance(value, Mapping):
            bare = (
                len(deeper) < _HEADERS_DOWN_TO
                and value
                and all(isinstance(i, Mapping) for i in value.values())
            )
            if not bare:  # a table of tables alone needs no header of its own
                lines += ["", f"[{header}]"]
            _table(value, deeper, lines)
            continue
        for part in value:
            lines += ["", f"[[{header}]]"]
            lines += [f"{_key(name)} = {_value(item)}" for name, item in part.items()]


def _is_tables(value: Any) -> bool:
    """Whether a value is a list of tables and nothing else."""
    return (
        isinstance(value, list | tuple) and bool(value) and all(isinstance(item, Mapping) for item in value)
    )


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _string(key)


def _value(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(_value, value)) + "]"
    raise TypeError(f"TOML has no value for {value!r}")


def _string(text: str) -> str:
    """Text in double quotes. JSON's escapes are TOML's, but JSON leaves the delete character bare."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
