"""From equations to a program over rows: what is worked before the first month, in every month, and what is paid.

A row holds one number for each draw of a block. A program is lists of operations on rows, run by the kernel, which is
compiled once: a strategy, a line or an expression is data to it.

Nothing is worked twice (`sim.model.graph`), and a row is used again once nobody needs what is in it. What is carried
from month to month has two rows, one for odd months and one for even ones, so that nothing is copied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distributions.expression import Calculation
from sim.model import operations as op
from sim.model.code import Code, Rows
from sim.model.equations import equations
from sim.model.graph import CONSTANT, INPUT, MONTH, Graph
from sim.model.reading import Reading
from sim.model.strategies import OwnLine, Strategy


class Line(NamedTuple):
    """One cost line of a strategy: whose it is, its item and its rhythm."""

    strategy: str
    item: str
    rhythm: str


@dataclass(frozen=True, eq=False)
class Program:
    """A cost model for some strategies.

    names: the strategies, in the order of every array. inputs: names of the inputs, a row each.
    lines: every cost line, strategy by strategy; `sums` says which of the distinct lines of `code` each is.
    code: what the kernel runs. constants: rows that hold one number. rows: how many there are in all.
    watched: where a strategy's steps stand at the end of a month, by strategy and step: rows for odd and even months.
    """

    names: tuple[str, ...]
    inputs: tuple[str, ...]
    lines: tuple[Line, ...]
    sums: Rows
    code: Code
    constants: Mapping[int, float]
    rows: int
    watched: Mapping[tuple[str, str], tuple[int, int]]

    @cached_property
    def items(self) -> tuple[str, ...]:
        """Every line item, each once."""
        order = {item: k for k, item in enumerate(equations().items)}
        return tuple(
            sorted(
                dict.fromkeys(line.item for line in self.lines), key=lambda item: order.get(item, len(order))
            )
        )

    def lines_of(self, strategy: str) -> tuple[int, ...]:
        """The lines of a strategy among all."""
        return tuple(k for k, line in enumerate(self.lines) if line.strategy == strategy)

    def items_of(self, strategy: str, values: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """What a strategy pays by item, from an array of the distinct lines, (lines, …): arrays of what is behind."""
        totals: dict[str, NDArray[np.float64]] = {}
        for k in self.lines_of(strategy):
            item, value = self.lines[k].item, values[self.sums[k]]
            totals[item] = totals[item] + value if item in totals else value
        return totals


@dataclass
class _Costs:
    """What a strategy pays, in nodes: at setup, and by what it is paid by in the months (unit node to rate node)."""

    once: int
    rates: dict[int, int]


def program(
    strategies: Mapping[str, Strategy],
    inputs: Sequence[str],
    horizon: int,
    *,
    expressions: Mapping[str, Calculation] | None = None,
    changing: Iterable[str] = (),
    watch: Iterable[tuple[str, str]] = (),
) -> Program:
    """The program of some strategies.

    inputs: names of the rows that are drawn. expressions: inputs made of others, by name. changing: inputs whose values
    change within the horizon (they stand in costs per unit alone). watch: pairs of strategy and step that are read
    at the end of a month; a step that a strategy does not have is left out.
    """
    graph, model = Graph(), equations()
    readings = {
        name: Reading(graph, model, strategy, horizon, expressions or {})
        for name, strategy in strategies.items()
    }
    zero = graph.constant(0.0)
    lines: list[Line] = []
    distinct: dict[tuple[int, int], int] = {}
    sums, costs = [], []
    for name, strategy in strategies.items():
        reading, flags = readings[name], strategy.parts.flags()
        paid = _Costs(zero, {})
        every = (OwnLine(line.item, line.per, line.cost) for line in model.lines_of(flags))
        for line in (*every, *strategy.lines):
            cost, rhythm = reading.of(line.cost), model.rhythms[line.per]
            lines.append(Line(name, line.item, line.per))
            if rhythm.value is None and line.first is None:
                paid.once, unit = graph.apply(op.ADD, paid.once, cost), -1
            else:
                if rhythm.value is None:
                    unit = reading.during(line.first, line.first, graph.constant(1.0))
                else:
                    unit = reading.during(line.first, line.last, reading.of(rhythm.value))
                paid.rates[unit] = graph.apply(op.ADD, paid.rates.get(unit, zero), cost)
            sums.append(distinct.setdefault((cost, unit), len(distinct)))
        costs.append(paid)
    demand = [reading.step("queries") for reading in readings.values()]
    watched = {}
    for name, step in watch:
        try:
            watched[name, step] = readings[name].step(step)
        except KeyError:
            continue
    units = list(dict.fromkeys(unit for paid in costs for unit in paid.rates))
    room = _Room(graph, inputs, frozenset(changing))
    return room.program(
        tuple(strategies), tuple(lines), np.array(sums), costs, units, list(distinct), demand, watched
    )


class _Operation(NamedTuple):
    """An operation: which, the node that it gives, and its arguments, nodes."""

    operation: int
    node: int
    arguments: tuple[int, ...]


class _Room:
    """Gives every node a row."""

    def __init__(self, graph: Graph, inputs: Sequence[str], changing: frozenset[str]) -> None:
        self._graph, self._inputs, self._changing = graph, tuple(inputs), changing
        self._position = {name: row for row, name in enumerate(self._inputs)}
        self._rows = len(self._inputs)
        self._free: list[int] = []
        self._constants: dict[int, float] = {}
        self._row: dict[int, int] = {}
        self._pair: dict[int, tuple[int, int]] = {}
        self._month = self._new()

    def _new(self) -> int:
        self._rows += 1
        return self._rows - 1

    def _take(self) -> int:
        return self._free.pop() if self._free else self._new()

    def _at(self, node: int, parity: int) -> int:
        """The row of a node, in odd months (0) or even ones (1)."""
        if node in self._pair:
            return self._pair[node][parity]
        if node not in self._row:
            kind, _, value, name = self._graph.nodes[node]
            if kind == CONSTANT:
                self._row[node] = self._new()
                self._constants[self._row[node]] = value
            elif kind == INPUT:
                self._row[node] = self._position[name]
            elif kind == MONTH:
                self._row[node] = self._month
            else:
                raise AssertionError(f"node {node} has no row yet")
        return self._row[node]

    def _operations(self, wanted: Sequence[int]) -> tuple[list[_Operation], list[_Operation]]:
        """What is worked before the first month and in every month.

        A sum of a product and something else is one operation, whoever else needs the product: a strategy's costs then
        have the same last bits whatever stands beside it. A product that only such sums need is not worked by itself.
        """
        monthly, found = self._graph.monthly, {}
        for node in self._graph.needed(wanted):
            kind, arguments, _, _ = self._graph.nodes[node]
            if kind == op.ADD:
                for factor, other in (arguments[::-1], arguments):
                    product = self._graph.nodes[factor]
                    if product.kind == op.MULTIPLY and monthly[factor] == monthly[node]:
                        kind, arguments = op.MULTIPLY_ADD, (*product.arguments, other)
                        break
            if kind >= 0:
                found[node] = _Operation(kind, node, arguments)
        used = {*wanted, *(node for state in self._graph.states.values() for node in state)}
        for node in sorted(found, reverse=True):
            if node in used:
                used.update(found[node].arguments)
        operations = [found[node] for node in sorted(found) if node in used]
        return (
            _alike([o for o in operations if not monthly[o.node]]),
            _alike([o for o in operations if monthly[o.node]]),
        )

    def program(
        self,
        names: tuple[str, ...],
        lines: tuple[Line, ...],
        sums: Rows,
        costs: Sequence[_Costs],
        units: Sequence[int],
        distinct: Sequence[tuple[int, int]],
        demand: Sequence[int],
        watched: Mapping[tuple[str, str], int],
    ) -> Program:
        """The program: rows for all that is wanted, and the operations on them."""
        kept = [
            *(node for paid in costs for node in (paid.once, *paid.rates.values(), *paid.rates)),
            *(cost for cost, _ in distinct),
            *watched.values(),
            *demand,
        ]
        setup, months = self._operations(kept)
        states = [node for node in self._graph.needed(kept) if node in self._graph.states]
        for state in states:
            self._pair[state] = (self._new(), self._new())
        changed = self._changed(setup)
        held = {*kept, *(argument for o in months for argument in o.arguments)}
        held |= {node for o in changed for node in (o.node, *o.arguments)}
        held |= {node for state in states for node in self._graph.states[state]}
        before = self._placed(setup, held, 0)
        follow = {o.node for o in changed}
        again = [row for o, row in zip(setup, before, strict=True) if o.node in follow]
        before += [[op.COPY, self._pair[s][0], self._at(self._graph.states[s][0], 0), 0, 0] for s in states]
        # what a state will be is worked in the row of the other months, unless it is more than that
        moved = []
        for state in states:
            after = self._graph.states[state][1]
            computed = any(o.node == after for o in months)
            if computed and after not in self._pair:
                self._pair[after] = self._pair[state][::-1]
            else:
                moved.append((state, after))
        ends = {*kept, *(after for _, after in moved)}
        spare = list(self._free)
        odd = self._placed(months, ends, 0)
        self._free = spare
        even = [
            [o.operation, self._at(o.node, 1), *self._padded([self._at(a, 1) for a in o.arguments])]
            for o in months
        ]
        for parity, operations in enumerate((odd, even)):
            operations += [
                [op.COPY, self._pair[state][1 - parity], self._at(after, parity), 0, 0]
                for state, after in moved
            ]
        one = self._graph.constant(1.0)
        total = {node: self._new() for node in dict.fromkeys(demand)}
        worth = {unit: self._new() for unit in units}
        zero = self._at(self._graph.constant(0.0), 0)
        terms = [_in_passes([term for term in paid.rates.items() if term[0] != one]) for paid in costs]
        flat = [term for of_strategy in terms for term in of_strategy]

        def rows_of(nodes: Sequence[int | None], parity: int = 0) -> Rows:
            return np.array([zero if n is None else self._at(n, parity) for n in nodes], dtype=np.int64)

        code = Code(
            setup=_operations(before),
            odd=_operations(odd),
            even=_operations(even),
            changed=_operations(again),
            month=self._month,
            queries=np.array([rows_of(list(total), parity) for parity in (0, 1)]),
            total_queries=np.array(list(total.values()), dtype=np.int64),
            queries_of=np.array([total[node] for node in demand], dtype=np.int64),
            series=np.array([rows_of([unit for unit in units if unit != one], parity) for parity in (0, 1)]),
            worth=np.array([row for unit, row in worth.items() if unit != one], dtype=np.int64),
            cost=np.array([self._new() for _ in costs]),
            total=np.array([self._new() for _ in costs]),
            once=rows_of([paid.once for paid in costs]),
            monthly=rows_of([paid.rates.get(one) for paid in costs]),
            a_month=worth.get(one, -1),
            first_term=np.cumsum([0, *(len(of_strategy) for of_strategy in terms)]),
            rate=rows_of([rate for _, rate in flat]),
            unit=np.array([rows_of([unit for unit, _ in flat], parity) for parity in (0, 1)]),
            unit_worth=np.array([zero if unit is None else worth[unit] for unit, _ in flat], dtype=np.int64),
            line=rows_of([cost for cost, _ in distinct]),
            line_worth=np.array([-1 if unit < 0 else worth[unit] for _, unit in distinct], dtype=np.int64),
        )
        seen = {where: (self._at(node, 0), self._at(node, 1)) for where, node in watched.items()}
        return Program(names, self._inputs, lines, sums, code, self._constants, self._rows, seen)

    def _changed(self, setup: Sequence[_Operation]) -> list[_Operation]:
        """The operations that depend on an input which changes within the horizon."""
        follows: set[int] = set()
        changed = []
        for o in setup:
            touched = (self._graph.nodes[a].name in self._changing for a in o.arguments)
            if any(a in follows for a in o.arguments) or any(touched):
                follows.add(o.node)
                changed.append(o)
        return changed

    def _placed(self, operations: Sequence[_Operation], held: set[int], parity: int) -> list[list[int]]:
        """The operations with rows; a row is free again after the last use of what is not held."""
        last = {argument: k for k, o in enumerate(operations) for argument in o.arguments}
        own = {o.node for o in operations}
        placed = []
        for k, o in enumerate(operations):
            if o.node not in self._pair:
                # never a row of an argument, since an operation may begin to write before it has read all
                self._row[o.node] = self._take()
            placed.append(
                [
                    o.operation,
                    self._at(o.node, parity),
                    *self._padded([self._at(a, parity) for a in o.arguments]),
                ]
            )
            for argument in set(o.arguments):
                if (
                    last[argument] == k
                    and argument in own
                    and argument not in held
                    and argument not in self._pair
                ):
                    self._free.append(self._row[argument])
        return placed

    @staticmethod
    def _padded(rows: list[int]) -> list[int]:
        return rows + [rows[0]] * (3 - len(rows))


def _alike(operations: Sequence[_Operation]) -> list[_Operation]:
    """Operations in an order in which as many as can be are followed by one of their kind.

    The processor guesses which code comes next, and a wrong guess costs as much as half an operation.
    """
    own = {o.node for o in operations}
    waiting = {o.node: sum(a in own for a in set(o.arguments)) for o in operations}
    users: dict[int, list[_Operation]] = {}
    for o in operations:
        for argument in set(o.arguments):
            users.setdefault(argument, []).append(o)
    ready: dict[int, list[_Operation]] = {}
    for o in operations:
        if not waiting[o.node]:
            ready.setdefault(o.operation, []).append(o)
    ordered: list[_Operation] = []
    kind = -1
    while ready:
        if kind not in ready:
            kind = max(ready, key=lambda k: (len(ready[k]), -k))
        o = ready[kind].pop(0)
        if not ready[kind]:
            del ready[kind]
        ordered.append(o)
        for user in users.get(o.node, ()):
            waiting[user.node] -= 1
            if not waiting[user.node]:
                ready.setdefault(user.operation, []).append(user)
    return ordered


def _operations(rows: list[list[int]]) -> Rows:
    following = len(rows)
    ends = []
    for k in range(len(rows) - 1, -1, -1):
        if k + 1 < len(rows) and rows[k + 1][0] != rows[k][0]:
            following = k + 1
        ends.append(following)
    with_ends = [[*row, end] for row, end in zip(rows, reversed(ends), strict=True)]
    return np.array(with_ends, dtype=np.int64).reshape(-1, 6)


def _in_passes(terms: list[tuple[int, int]]) -> list[tuple[int | None, int | None]]:
    """Terms filled up with nothing to pairs."""
    return [*terms, *[(None, None)] * (len(terms) % 2)]
