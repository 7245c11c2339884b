"""What is wrong with a file, such as a scenario, collected to be reported at once, each fault with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from distributions.errors import Fault, UserError, did_you_mean
from distributions.tables.lines import KeyPath
from distributions.tables.reading import Document, key_text

_FAULT_LIMIT = 50


class Faults:
    """Collects what is wrong, with the line of each key where the text is at hand.

    After 50 faults the rest is counted only: a file with more is not being mended line by line.
    """

    def __init__(self, file: str = "", document: Document | None = None) -> None:
        self.file = file
        self.document = document
        self.found: list[Fault] = []
        self.more = 0

    def add(
        self,
        path: KeyPath,
        problem: str,
        *,
        allowed: str = "",
        hint: str | Callable[[], str] = "",
        key: str = "",
    ) -> None:
        """One fault of the value at `path`; a hint that costs time is a function."""
        if len(self.found) >= _FAULT_LIMIT:
            self.more += 1
            return
        line = self.document.line(path) if self.document else None
        advice = hint if isinstance(hint, str) else hint()
        self.found.append(Fault(key or key_text(path), problem, allowed, advice, self.file, line))

    def unknown_keys(self, path: KeyPath, table: Iterable[str], known: Collection[str]) -> None:
        """A fault for each key of the table at `path` that is not known."""
        for key in table:
            if key not in known:
                self.add((*path, key), "unknown key", allowed=", ".join(known), hint=near(key, known))

    def take(self, error: UserError, path: KeyPath) -> None:
        """The faults that a check of the value at `path` raised, keys and all."""
        for fault in error.faults:
            if len(self.found) >= _FAULT_LIMIT:
                self.more += 1
                continue
            if not fault.file:
                inner = re.split(r"[.\[\]]+", fault.key.removeprefix(key_text(path)).strip("."))
                where = path + tuple(int(part) if part.isdigit() else part for part in inner if part)
                line = self.document.line(where) if self.document else None
                fault = replace(fault, file=self.file, line=line)
            self.found.append(fault)

    @property
    def count(self) -> int:
        """How many there are, with those that are counted only."""
        return len(self.found) + self.more

    def raise_any(self) -> None:
        """Raise all that was found, in the order of the lines."""
        if not self.found:
            return
        self.found.sort(key=lambda fault: fault.line or 0)
        if self.more:
            self.found.append(Fault("", f"and {self.more:,} more faults", file=self.file))
        raise UserError(*self.found)


def near(word: object, known: Iterable[str]) -> Callable[[], str]:
    """A did-you-mean hint, worked out only if it is shown."""
    return lambda: did_you_mean(str(word)[:80], known)
