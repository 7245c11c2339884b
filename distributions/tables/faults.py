"""What is wrong with a file, such as a scenario, collected to be reported at once, each fault with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from distributions.errors import Fault, UserError, did_you_mean
from distributions.parameters import described
from distributions.tables.lines import KeyPath
from distributions.tables.reading import NUMBERS, Document, key_text, unusable
from distributions.text import clean

_FAULT_LIMIT = 50


class Faults:
    """Collects what is wrong, with the line of each key where the text is at hand.

    After 50 faults the rest is counted only: a file with more is not being mended line by line.

    folder
        Where data files of the values lie; None: the current folder.
    name
        A key as messages show it.
    broken
        Places whose fault is known already, and the tables around them.
    """

    def __init__(
        self,
        file: str = "",
        document: Document | None = None,
        folder: Path | None = None,
        name: Callable[[KeyPath], str] = key_text,
    ) -> None:
        self.file = file
        self.document = document
        self.folder = folder
        self.name = name
        self.broken: set[KeyPath] = set()
        self.faults: list[Fault] = []
        self.more = 0

    def add(
        self, path: KeyPath, problem: str, *, allowed: str = "", hint: str | Callable[[], str] = ""
    ) -> None:
        """One fault of the value at `path`; a hint that costs time is a function."""
        if len(self.faults) >= _FAULT_LIMIT:
            self.more += 1
            return
        advice = hint if isinstance(hint, str) else hint()
        self.faults.append(Fault(self.name(path), problem, allowed, advice, self.file, self.line(path)))

    def unusable(self, tables: Mapping[str, Any]) -> None:
        """A fault for every value that nothing can be done with, whose places are `broken` from then on."""
        for path, value in unusable(tables):
            if isinstance(value, int | float):
                raw = self.document.raw(path) if self.document else ""
                self.add(path, f"found {clean(raw, 40)}" if raw else described(value), allowed=NUMBERS)
            elif value is None:
                self.add(path, "found nothing (null)", hint="leave the key out where there is no value")
            else:
                self.add(path, f"found {clean(repr(value), 60)}", allowed="valid Unicode text")
            self.broken.update(path[:end] for end in range(len(path) + 1))

    def mismatch(self, value: Any, path: KeyPath, allowed: str) -> None:
        """A fault for a value that is no table or list, unless it is known as one already."""
        if path not in self.broken:
            self.add(path, described(value), allowed=allowed)

    def take(self, error: UserError, path: KeyPath) -> None:
        """The faults that a check of the value at `path` raised; their keys may be relative to it."""
        for fault in error.faults:
            if len(self.faults) >= _FAULT_LIMIT:
                self.more += 1
                continue
            if not fault.file:
                rest = fault.key.removeprefix(key_text(path)).strip(".")
                inner = (part for part in re.split(r"[.\[\]]+", rest) if part)
                line = self.line(path + tuple(int(part) if part.isdigit() else part for part in inner))
                key = ".".join(part for part in (self.name(path), rest) if part)
                fault = replace(fault, key=key, file=self.file, line=line)
            self.faults.append(fault)

    def line(self, path: KeyPath) -> int | None:
        """The line of a key, where the text is at hand."""
        return self.document.line(path) if self.document else None

    @property
    def count(self) -> int:
        """How many there are, with those that are counted only."""
        return len(self.faults) + self.more

    def raise_any(self) -> None:
        """Raise all that was found, in the order of the lines."""
        if not self.faults:
            return
        self.faults.sort(key=lambda fault: fault.line or 0)
        if self.more:
            self.faults.append(Fault("", f"and {self.more:,} more faults", file=self.file))
        raise UserError(*self.faults)


def near(word: object, known: Iterable[str]) -> Callable[[], str]:
    """A did-you-mean hint, worked out only if it is shown."""
    return lambda: did_you_mean(str(word)[:80], known)
