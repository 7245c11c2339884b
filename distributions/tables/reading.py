"""TOML text from a user, read strictly: any text ends in tables or in a UserError that says where and what.

`tomllib` trusts its input: deep nesting overflows its recursion, a long dotted key takes quadratic time, a
huge integer raises a plain ValueError, 1e400 is read as infinity, and its messages do not show the line. So
the structure is checked first, and positions are found afterwards.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from distributions.errors import Fault, UserError, not_ascii
from distributions.tables.lines import Index, KeyPath, Place
from distributions.tables.text_file import contents, decode, position
from distributions.text import clean, shown_path

DEPTH_LIMIT = 40
"""Brackets within brackets; `tomllib` recurses once or twice for each."""
PARTS_LIMIT = 20
"""Parts of a dotted key; `tomllib` takes time quadratic in them."""
LARGEST = 1e30
"""No price, count or rate comes near it; far beyond it, products of a few inputs overflow."""
NUMBERS = f"finite numbers, up to {LARGEST:g} in size"
"""What a message says is allowed."""


@dataclass(frozen=True)
class Document:
    """A TOML file that was read.

    tables
        What `tomllib` made of it.
    file
        The path as given, as messages show it (quoted where it has blanks or worse).
    path
        The path as given.
    text
        The text, without byte order mark and with line feeds only.
    """

    tables: dict[str, Any]
    file: str
    path: Path
    text: str

    def line(self, path: KeyPath) -> int | None:
        """The line, from 1, of a key, or of the nearest table around it; None for the root."""
        place = self._place(path)
        return place.line if place else None

    def raw(self, path: KeyPath) -> str:
        """The value of a key as typed, or "" where that is not known."""
        place = self._places.get(path)
        return place.raw if place else ""

    def _place(self, path: KeyPath) -> Place | None:
        for end in range(len(path), 0, -1):
            place = self._places.get(path[:end])
            if place is not None:
                return place
        return None

    @cached_property
    def _places(self) -> Index:
        return Index(self.text)


def read(path: str | os.PathLike[str]) -> Document:
    """Read a TOML file.

    Raises UserError for what is not a readable, regular file of UTF-8 text with valid TOML within the limits.
    """
    where = Path(os.fsdecode(path))
    file = shown_path(os.fsdecode(path))
    try:
        text = contents(where)
        tables = parse(text)
    except UserError as error:
        raise error.within(file=file) from None
    return Document(tables, file, where, text)


def parse(text: str) -> dict[str, Any]:
    """The tables of a TOML text. Numbers may be infinite or nan: `unusable` finds those."""
    _check_structure(text)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(_syntax_fault(text, str(error))) from None
    except RecursionError:
        raise UserError(_too_deep(text, 0)) from None
    except ValueError as error:
        raise UserError(_value_fault(text, error)) from None


def value(text: str, *, key: str = "") -> Any:
    """One TOML value given on its own, as in `--set price.input={ uniform = { min = 1, max = 2 } }`."""
    grammar = "a number, or an inline table such as { uniform = { min = 1, max = 2 } }"
    if not text.strip():
        raise UserError(Fault(key, "no value after '='", allowed=grammar))
    if "\n" in text or "\r" in text:
        raise UserError(Fault(key, f"found a line break in {clean(repr(text), 100)}", allowed=grammar))
    try:
        return parse(f"value = {decode(text.encode(errors='surrogatepass'))}")["value"]
    except UserError as error:
        fault = error.faults[0]
        raise UserError(
            Fault(key, f"cannot read {clean(repr(text), 100)} as a value", allowed=grammar, hint=fault.hint)
        ) from None


def unusable(tables: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Any]]:
    """Every value that nothing can be done with, wherever it stands.

    Those are nan and numbers beyond `LARGEST`; and, in tables that are not from a file, None and text with lone
    surrogates. Raises UserError for tables so deep that none was meant, as those that hold themselves.
    """
    stack: list[tuple[KeyPath, Any]] = [((), tables)]
    while stack:
        path, item = stack.pop()
        if len(path) > DEPTH_LIMIT:
            raise UserError(Fault(key_text(path[:3]), "nested too deep", f"at most {DEPTH_LIMIT} levels"))
        if isinstance(item, Mapping):
            stack.extend(((*path, key), part) for key, part in reversed(list(item.items())))
        elif isinstance(item, (list, tuple)):
            stack.extend(((*path, number), part) for number, part in reversed(list(enumerate(item))))
        elif item is None or _is_unusable(item):
            yield path, item


def _is_unusable(item: Any) -> bool:
    if isinstance(item, int | float):
        return not abs(item) <= LARGEST  # so that nan is unusable too
    return isinstance(item, str) and re.search(r"[\ud800-\udfff]", item) is not None


def key_text(path: KeyPath) -> str:
    """A key for a message: dotted, parts that are no bare keys quoted, positions in arrays as [0]."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if re.fullmatch(r"[\w-]+", part) else f'"{part}"'
            text += "." * bool(text) + clean(name, 60)
    return text


# --- the structure, before tomllib

_TOKEN = re.compile(
    r"""
      (?P<skip> \#[^\n]*+
        | \"\"\" (?: [^\\"] | \\. | "(?!"") )*+ "{3,5}
        | ''' (?: [^'] | '(?!'') )*+ '{3,5}
        | (?!\"\"\") " (?: [^\\"\n] | \\. )*+ "
        | (?!''') ' [^'\n]*+ ' )
    | (?P<open> [\[{] ) | (?P<close> [\]}] ) | (?P<dot> \. ) | (?P<reset> [\n=,] ) | (?P<unclosed> ["'] )
    """,
    re.VERBOSE | re.DOTALL,
)


def _check_structure(text: str) -> None:
    """Refuse what `tomllib` cannot take: deep nesting and long dotted keys. Linear in the text."""
    depth = dots = 0
    for token in _TOKEN.finditer(text):
        match token.lastgroup:
            case "open":
                depth, dots = depth + 1, 0
                if depth > DEPTH_LIMIT:
                    raise UserError(_too_deep(text, token.start()))
            case "close":
                depth, dots = max(depth - 1, 0), 0
            case "dot":
                dots += 1
                if dots >= PARTS_LIMIT:
                    line, column = position(text, token.start())
                    raise UserError(
                        Fault(
                            "",
                            f"a dotted key has more than {PARTS_LIMIT} parts",
                            allowed=f"at most {PARTS_LIMIT}",
                            line=line,
                            column=column,
                        )
                    )
            case "reset":
                dots = 0
            case "unclosed":
                return


def _too_deep(text: str, offset: int) -> Fault:
    line, column = position(text, offset)
    problem = f"too deeply nested: more than {DEPTH_LIMIT} brackets within one another"
    return Fault("", problem, allowed=f"at most {DEPTH_LIMIT}", line=line, column=column)


# --- syntax errors


def _syntax_fault(text: str, message: str) -> Fault:
    """What `tomllib` said, with the line itself, the place it began at, and a hint for common slips."""
    from distributions.tables.hints import hint

    reason, line, column = message, text.rstrip("\n").count("\n") + 1, None
    match = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    if match:
        reason = message[: match.start()]
        if match[1]:
            line, column = int(match[1]), int(match[2])
    if reason.startswith(("Cannot", "Duplicate")):
        twice = _twice_fault(text, line)
        if twice:
            return twice
    lines = text.split("\n")
    offset = sum(map(len, lines[: line - 1])) + line - 1 + column - 1 if column else len(text)
    opener = _unclosed(text, offset)
    advice = hint(lines[line - 1], (column or len(lines[line - 1]) + 1) - 1) or not_ascii(
        text[offset : offset + 1]
    )
    at_end = offset >= len(text) or "nclosed" in reason or "nterminated" in reason or text[offset] == "\n"
    if opener is not None and at_end and not advice:
        line, column = position(text, opener)
        mark = text[opener]
        reason = "the quoted text is never closed" if mark in "\"'" else f"'{mark}' is never closed"
        if mark == "{" and offset < len(text):
            advice = "an inline table stays on one line and ends with '}'"
    shown = clean(lines[line - 1].strip(), 100)
    return Fault("", f"not valid TOML: {reason}: {shown}", hint=advice, line=line, column=column)


def _unclosed(text: str, offset: int) -> int | None:
    """Where the innermost bracket or quote that is open at `offset` was opened."""
    stack: list[int] = []
    for token in _TOKEN.finditer(text, 0, offset):
        match token.lastgroup:
            case "open":
                stack.append(token.start())
            case "close" if stack:
                stack.pop()
            case "unclosed":
                return token.start()
    return stack[-1] if stack else None


def _twice_fault(text: str, line: int) -> Fault | None:
    """A key or table that is set twice, with both lines."""
    from distributions.tables.lines import collision

    pair = collision(text, line)
    if pair is None:
        return None
    first, again = pair
    key = key_text(again.path)
    if first.path == again.path:
        what = "the same table twice" if first.header and again.header else "the same key twice"
        problem = f"{what}: first in line {first.line}, again in line {again.line}"
    else:
        problem = f"'{key_text(first.path)}' has its whole value in line {first.line} and cannot be added to"
    return Fault(key, problem, allowed="each key once", line=again.line)


def _value_fault(text: str, error: ValueError) -> Fault:
    """A number that Python cannot make: an integer of thousands of digits."""
    longest = re.search(r"[0-9_]{1000,}", text)
    if longest is None:
        return Fault("", f"not valid TOML: {clean(str(error), 100)}")
    line, column = position(text, longest.start())
    digits = len(longest.group().replace("_", ""))
    return Fault("", f"a number of {digits:,} digits", allowed=NUMBERS, line=line, column=column)
