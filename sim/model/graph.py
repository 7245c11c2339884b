"""What is to be computed, as a graph in which nothing stands twice: equal expressions are one node.

Strategies that share their parts and inputs share what is worked out of them without anyone saying so, and what is
certain by the parts alone (a factor of 0, a condition) is settled while the graph is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from sim.model import operations as op

CONSTANT, INPUT, MONTH, STATE = -1, -2, -3, -4
"""Nodes that nothing computes: a number; a row of the draws; the month; what is carried from month to month."""

_COMMUTATIVE = {op.ADD, op.MULTIPLY, op.MINIMUM, op.MAXIMUM, op.EQUAL}
_POWERS = 8
"""The highest power that is worked by multiplying."""


class Node(NamedTuple):
    """An operation and its arguments; or a kind, and which number, input or state it is."""

    kind: int
    arguments: tuple[int, ...] = ()
    value: float = 0.0
    name: str = ""


_COMPUTED: dict[int, Callable[..., float]] = {
    op.ADD: lambda a, b: a + b,
    op.SUBTRACT: lambda a, b: a - b,
    op.MULTIPLY: lambda a, b: a * b,
    op.DIVIDE: np.true_divide,
    op.MINIMUM: min,
    op.MAXIMUM: max,
    op.NEGATE: lambda a: -a,
    op.EXP: np.exp,
    op.LOG: np.log,
    op.SQRT: np.sqrt,
    op.CEIL: np.ceil,
    op.FLOOR: np.floor,
    op.POWER: np.power,
    op.LESS: lambda a, b: float(a < b),
    op.LESS_EQUAL: lambda a, b: float(a <= b),
    op.EQUAL: lambda a, b: float(a == b),
}


class Graph:
    """Nodes by number, each after its arguments; a state's next value may come later."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._marks: list[bytes] = []
        self.monthly: list[bool] = []
        self._known: dict[Node, int] = {}
        self.states: dict[int, tuple[int, int]] = {}

    def _node(self, node: Node, monthly: bool) -> int:
        number = self._known.get(node)
        if number is None:
            number = self._known[node] = len(self.nodes)
            self.nodes.append(node)
            self.monthly.append(monthly)
            self._marks.append(self._mark(node))
        return number

    def _mark(self, node: Node) -> bytes:
        """What a node is, whatever else stands in the graph: sums have one order, and so the same last bits."""
        parts = b"".join(self._marks[argument] for argument in node.arguments)
        return blake2b(f"{node.kind} {node.value!r} {node.name}".encode() + parts, digest_size=16).digest()

    def constant(self, value: float) -> int:
        """A number."""
        return self._node(Node(CONSTANT, value=float(value)), monthly=False)

    def input(self, name: str) -> int:
        """The values of an input."""
        return self._node(Node(INPUT, name=name), monthly=False)

    def month(self) -> int:
        """The month, 1 … H."""
        return self._node(Node(MONTH), monthly=True)

    def state(self, first: int, following: Callable[[int], int]) -> int:
        """What is `first` in month 1, and in the next month what `following` makes of it, a node, in this one.

        Two states of the same first value and the same rule are one.
        """
        number = self._node(Node(STATE, (first,), name=f"#{len(self.nodes)}"), monthly=True)
        self._marks[number] = b"@"
        after = following(number)
        # the rule with the state's own number left out: what another state of the same rule would look like
        shape = Node(STATE, (first,), name=self._shape(after, number))
        if shape in self._known:
            return self._known[shape]
        self._known[shape] = number
        self._marks[number] = blake2b(self._marks[first] + self._marks[after], digest_size=16).digest()
        self.states[number] = (first, after)
        return number

    def _shape(self, node: int, state: int) -> str:
        """A rule in which the state's own number is left out, and all else stands as it is known."""
        if node == state:
            return "@"
        kind, arguments, _, _ = self.nodes[node]
        if node < state or kind == STATE:
            return f"{node}"
        parts = [self._shape(argument, state) for argument in arguments]
        if not any("@" in part for part in parts):
            return f"{node}"
        return f"({kind} {' '.join(parts)})"

    def value(self, number: int) -> float | None:
        """The number that a node is, or None."""
        node = self.nodes[number]
        return node.value if node.kind == CONSTANT else None

    def apply(self, operation: int, *arguments: int) -> int:
        """An operation on nodes."""
        values = [self.value(argument) for argument in arguments]
        if operation in _COMPUTED and all(value is not None for value in values):
            with np.errstate(all="ignore"):
                return self.constant(float(_COMPUTED[operation](*(np.float64(v) for v in values))))
        simpler = self._simpler(operation, arguments, values)
        if simpler is not None:
            return simpler
        if operation in _COMMUTATIVE:
            arguments = tuple(sorted(arguments, key=self._marks.__getitem__))
        monthly = any(self.monthly[argument] for argument in arguments)
        return self._node(Node(operation, arguments), monthly)

    def _simpler(self, operation: int, nodes: Sequence[int], values: Sequence[float | None]) -> int | None:
        """The node that an operation comes to without being worked, if it does."""
        match operation, values:
            case op.ADD, (0.0, _):
                return nodes[1]
            case ((op.ADD | op.SUBTRACT), (_, 0.0)):
                return nodes[0]
            case op.MULTIPLY, ((0.0, _) | (_, 0.0)):
                return self.constant(0.0)
            case op.MULTIPLY, (1.0, _):
                return nodes[1]
            case ((op.MULTIPLY | op.DIVIDE | op.POWER), (_, 1.0)):
                return nodes[0]
            case op.POWER, (_, 0.5):
                return self.apply(op.SQRT, nodes[0])
            case op.POWER, (_, power) if power == 1 / 12:
                return self.apply(op.TWELFTH_ROOT, nodes[0])
            case op.POWER, (_, power) if power is not None and power in range(_POWERS + 1):
                return reduce(
                    lambda a, b: self.apply(op.MULTIPLY, a, b), [nodes[0]] * int(power), self.constant(1)
                )
            case op.WHERE, (condition, _, _) if condition is not None:
                return nodes[1] if condition != 0.0 else nodes[2]
            case ((op.MINIMUM | op.MAXIMUM), _) if nodes[0] == nodes[1]:
                return nodes[0]
            case op.WHERE, _ if nodes[1] == nodes[2]:
                return nodes[1]
        return None

    def needed(self, wanted: Sequence[int]) -> Iterator[int]:
        """The nodes that `wanted` are made of, themselves included, in their order; of states the rules as well."""
        seen: set[int] = set()
        ahead = list(wanted)
        while ahead:
            number = ahead.pop()
            if number in seen:
                continue
            seen.add(number)
            ahead += self.nodes[number].arguments
            if number in self.states:
                ahead += self.states[number]
        return iter(sorted(seen))
