"""The one error that a user sees: what was wrong, what was found, what is allowed, what to try.

It lives in the lowest layer so that every layer may raise it. The command line prints it and exits with 2.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from distributions.renamed import RENAMED


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with what the user gave.

    key
        Dotted name of the offending setting ("inputs.tune.curation_weeks.pert"), an option ("--draws"), or "".
    problem
        One clause that says what is wrong, what was found included.
    allowed
        What would be accepted, or "".
    hint
        A near match or a way out ("did you mean 'price.input'?"), or "".
    file, line, column
        Where, as far as it is known; line and column count from 1.
    """

    key: str
    problem: str
    allowed: str = ""
    hint: str = ""
    file: str = ""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """One line: place, key, problem, what is allowed, hint."""
        place = self.file
        if self.line is not None:
            place += f":{self.line}" + (f":{self.column}" if self.column is not None else "")
        head = ": ".join(part for part in (place, self.key) if part)
        text = f"{head}: {self.problem}" if head else self.problem
        if self.allowed:
            text += f"; allowed: {self.allowed}"
        if self.hint:
            text += f"; {self.hint}"
        return text


class UserError(Exception):
    """The user's input is wrong. Carries every fault found, so that all can be mended at once."""

    def __init__(self, *faults: Fault) -> None:
        if not faults:
            raise ValueError("a UserError needs at least one fault")
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in faults))

    def within(self, key: str = "", file: str = "") -> UserError:
        """The same error seen from outside: `key` put before each fault's key, `file` filled where it is missing."""
        return UserError(
            *(
                replace(
                    fault,
                    key=".".join(part for part in (key, fault.key) if part),
                    file=fault.file or file,
                )
                for fault in self.faults
            )
        )


def did_you_mean(given: object, known: Iterable[str]) -> str:
    """A hint that names the nearest of the known words, or "" where none is near; compares without case.

    What was renamed is no misspelling: its new name is said. A letter that only looks like one of the known words' (a
    Cyrillic і for an i) is named by its code point.
    """
    words = list(known)
    if (now := RENAMED.get(str(given).lower())) in words:
        return f"renamed to '{now}'"
    by_lower = {word.lower(): word for word in words}
    near = difflib.get_close_matches(str(given).lower(), list(by_lower), n=1, cutoff=0.6)
    hints = [f"did you mean '{by_lower[near[0]]}'?"] if near else []
    if all(word.isascii() for word in words) and (strange := not_ascii(str(given))):
        hints.append(strange)
    return " ".join(hints)


def not_ascii(word: str) -> str:
    """The first character of a word that no key has, in words; "" where there is none.

    A reader cannot see that it is another one than it looks like.
    """
    strange = next((character for character in word[:1000] if ord(character) > 127), None)
    if strange is None:
        return ""
    name = unicodedata.name(strange, "").lower()
    shown = f' "{strange}"' if strange.isprintable() else ""
    return f"its character{shown} is U+{ord(strange):04X}{f' ({name})' if name else ''}; these are written in ASCII"
