"""Where each key of a TOML text stands: line numbers for messages about keys.

`tomllib` forgets positions, so a text that has a fault is read a second time with tree-sitter, which keeps
them. It is imported, and costs time, only when a fault has to be located.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tree_sitter import Node

KeyPath = tuple[str | int, ...]
"""Keys from the root to a value; an item of an array has its number, from 0: ("dependence", 0, "inputs")."""


class Place(NamedTuple):
    """One key, table header or array item, in the order of the text.

    path
        Keys from the root.
    line
        From 1, of the key (of the value, for an item of an array).
    raw
        The value as typed; "" for a table header.
    header
        True for `[table]` and `[[table]]`.
    """

    path: KeyPath
    line: int
    raw: str
    header: bool


def places(text: str) -> Iterator[Place]:
    """All keys of a text, top to bottom; parts that are not TOML are passed over."""
    import tree_sitter_toml
    from tree_sitter import Language, Parser

    root = Parser(Language(tree_sitter_toml.language())).parse(text.encode()).root_node
    lengths: dict[KeyPath, int] = {}  # of each array of tables so far
    for node in root.named_children:
        if node.type == "pair":
            yield from _pair(node, ())
        elif node.type in ("table", "table_array_element"):
            yield from _table(node, lengths)


class Index:
    """Where each key first stands, tables that are only implied (`a` of `[a.b]`) included.

    A text is gone through as far as is asked: the first faults of a long file of faults stand near its top.
    """

    def __init__(self, text: str) -> None:
        self._rest = places(text)
        self._places: dict[KeyPath, Place] = {}

    def get(self, path: KeyPath) -> Place | None:
        """The place of a key; None if it is not in the text."""
        while path not in self._places:
            place = next(self._rest, None)
            if place is None:
                return None
            for end in range(1, len(place.path)):
                if (outer := place.path[:end]) not in self._places:
                    self._places[outer] = Place(outer, place.line, "", header=True)
            self._places.setdefault(place.path, place)
        return self._places[path]


def collision(text: str, last_line: int) -> tuple[Place, Place] | None:
    """The first key or table that is set a second time at or above `last_line`: (first, again)."""
    seen: dict[KeyPath, Place] = {}
    implied: dict[KeyPath, Place] = {}
    for place in places(text):
        if place.line > last_line:
            break
        if place.path in seen:
            return seen[place.path], place
        if place.path in implied and not place.header:
            return implied[place.path], place
        for end in range(1, len(place.path)):
            outer = seen.get(place.path[:end])
            if outer is not None and not outer.header and not _within(outer, place):
                return outer, place
            implied.setdefault(place.path[:end], place)
        seen[place.path] = place
    return None


def _within(outer: Place, inner: Place) -> bool:
    """Whether `inner` is part of the inline value typed for `outer`."""
    return not inner.header and inner.line <= outer.line + outer.raw.count("\n")


def _table(node: Node, lengths: dict[KeyPath, int]) -> Iterator[Place]:
    """A `[header]` or `[[header]]` with the pairs below it."""
    if not node.named_children:
        return
    key, *rest = node.named_children
    names = _names(key)
    path: KeyPath = ()
    for position, name in enumerate(names):
        path += (name,)
        last = position == len(names) - 1
        if last and node.type == "table_array_element":
            lengths[path] = lengths.get(path, 0) + 1
        if path in lengths:
            path += (lengths[path] - 1,)
    yield _place(path, key, "", header=True)
    for child in rest:
        if child.type == "pair":
            yield from _pair(child, path)


def _pair(node: Node, prefix: KeyPath) -> Iterator[Place]:
    """A `key = value` with what stands inside an inline value."""
    parts = node.named_children
    if len(parts) < 2:
        return
    key, value = parts[0], parts[1]
    path = prefix + _names(key)
    yield _place(path, key, _text(value))
    yield from _value(value, path)


def _value(node: Node, path: KeyPath) -> Iterator[Place]:
    """What stands inside an inline table or an array."""
    kind = node.type
    if kind == "inline_table":
        for child in node.named_children:
            if child.type == "pair":
                yield from _pair(child, path)
    elif kind == "array":
        items = [child for child in node.named_children if child.type not in ("comment", "ERROR")]
        for number, child in enumerate(items):
            yield _place((*path, number), child, _text(child))
            yield from _value(child, (*path, number))


def _names(node: Node) -> tuple[str, ...]:
    """The parts of a bare, quoted or dotted key."""
    kind = node.type
    if kind == "dotted_key":
        return tuple(name for child in node.named_children for name in _names(child))
    raw = _text(node)
    if kind == "quoted_key":
        try:
            return (str(next(iter(tomllib.loads(f"{raw} = 0")))),)
        except tomllib.TOMLDecodeError:
            return (raw,)
    return (raw,)


def _place(path: KeyPath, node: Node, raw: str, *, header: bool = False) -> Place:
    return Place(path, node.start_point[0] + 1, raw, header)


def _text(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")
