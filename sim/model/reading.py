"""One strategy's equations as nodes of the graph: names are looked up among its steps, parts and inputs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from distributions.expression import Calculation, Call, Name, Number
from distributions.expression import Node as Tree
from sim.model import operations as op
from sim.model.equations import Equations, Step
from sim.model.graph import Graph
from sim.model.strategies import Strategy

_OPERATIONS = {
    "+": op.ADD,
    "-": op.SUBTRACT,
    "*": op.MULTIPLY,
    "/": op.DIVIDE,
    "**": op.POWER,
    "neg": op.NEGATE,
    "<": op.LESS,
    "<=": op.LESS_EQUAL,
    "min": op.MINIMUM,
    "max": op.MAXIMUM,
    "exp": op.EXP,
    "log": op.LOG,
    "sqrt": op.SQRT,
    "ceil": op.CEIL,
    "floor": op.FLOOR,
    "where": op.WHERE,
}


class Reading:
    """A strategy's quantities as nodes.

    horizon: H. expressions: inputs that are made of others, by name; they are read with the strategy's own inputs.
    """

    def __init__(
        self,
        graph: Graph,
        equations: Equations,
        strategy: Strategy,
        horizon: int,
        expressions: Mapping[str, Calculation],
    ) -> None:
        self._graph, self._equations, self._strategy = graph, equations, strategy
        self._horizon, self._expressions = horizon, expressions
        self._flags = strategy.parts.flags()
        self._steps: dict[str, int] = {}

    def of(self, calculation: Calculation) -> int:
        """What a calculation comes to."""
        return self._node(calculation.tree)

    def during(self, first: int | None, last: int | None, node: int) -> int:
        """A node from a first month to a last one, and 0 in all others; None: from the start, to the end."""
        zero, month = self._graph.constant(0.0), self._graph.month()
        if first is not None:
            begun = self._graph.apply(op.LESS_EQUAL, self._graph.constant(first), month)
            node = self._graph.apply(op.WHERE, begun, node, zero)
        if last is not None:
            goes_on = self._graph.apply(op.LESS_EQUAL, month, self._graph.constant(last))
            node = self._graph.apply(op.WHERE, goes_on, node, zero)
        return node

    def input(self, key: str) -> int:
        """The values of an input: the strategy's own where it has some."""
        name = self._strategy.own.get(key, key)
        expression = self._expressions.get(name)
        return self._graph.input(name) if expression is None else self._node(expression.tree)

    def step(self, name: str) -> int:
        """The value of a step.

        Raises KeyError where the strategy has none of that name.
        """
        if name not in self._steps:
            step = self._equations.step(name, self._flags)
            if step is None:
                raise KeyError(name)
            self._steps[name] = self.of(step.value) if step.value is not None else self._running(name, step)
        return self._steps[name]

    def _running(self, name: str, step: Step) -> int:
        assert step.first is not None
        first, before = self.of(step.first), dict(self._steps)

        def following(state: int) -> int:
            self._steps[name] = state
            assert step.following is not None
            return self.of(step.following)

        # what was read on the way may have been made of a state that turns out to be known already
        number = self._graph.state(first, following)
        if self._steps[name] != number:
            self._steps = before
        return number

    def _node(self, tree: Tree) -> int:
        match tree:
            case Number(value=value):
                return self._graph.constant(value)
            case Name(name=name):
                return self._named(name)
            case Call(function="pick", arguments=(which, *values)):
                chosen = self._node(which)
                picked = self._graph.constant(float("nan"))
                for k in range(len(values), 0, -1):
                    met = self._graph.apply(op.EQUAL, chosen, self._graph.constant(k))
                    picked = self._graph.apply(op.WHERE, met, self._node(values[k - 1]), picked)
                return picked
            case Call(function=function, arguments=arguments):
                return self._called(_OPERATIONS[function], [self._node(argument) for argument in arguments])
        raise AssertionError(tree)

    def _called(self, operation: int, nodes: list[int]) -> int:
        if operation in (op.MINIMUM, op.MAXIMUM):
            return reduce(lambda a, b: self._graph.apply(operation, a, b), nodes)
        return self._graph.apply(operation, *nodes)

    def _named(self, name: str) -> int:
        if "." in name:
            return self.input(name)
        if name == "month":
            return self._graph.month()
        if name == "horizon":
            return self._graph.constant(self._horizon)
        if name in self._flags:
            return self._graph.constant(self._flags[name])
        return self.step(name)
