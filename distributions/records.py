"""What a record of results is as plain numbers, texts, lists and tables: what JSON knows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any


def plain(value: Any) -> Any:
    """A value as JSON has it: records and tables by name, arrays as lists, numbers that do not exist as None."""
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, bool | str | None):
        return value
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    return value if isinstance(value, int) else str(value)


class Record:
    """A frozen result: a dataclass whose fields are what was found; `to_dict` is what `--json` and files hold of it."""

    def to_dict(self) -> dict[str, Any]:
        """The entries as JSON has them."""
        return {name: plain(value) for name, value in self.entries().items()}

    def entries(self) -> dict[str, Any]:
        """What the document holds, by name: the fields, unless a record says otherwise."""
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
