"""A strategy's equations with what its parts settle left out, and which quantities strategies have in common."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass

from distributions.expression import Calculation, Call, Name, Node, Number
from sim.model.equations import Equations, Step
from sim.model.strategies import Strategy
from studies.workbook.formulas import Settled, call, names

MONTH, HORIZON = "month", "horizon"
"""Names of equations that are neither inputs nor steps."""


@dataclass(frozen=True)
class Quantity:
    """A step as a strategy has it.

    tree: its value; where there is a `first`, its value in month 1, the value of the month after from a month's.
    monthly: whether it depends on the month.
    """

    step: Step
    tree: Node
    first: Node | None
    monthly: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The names that it takes."""
        return (*names(self.tree), *(names(self.first) if self.first is not None else ()))


class Expressions:
    """Inputs that are made of others: what stands in the cell of each.

    An expression takes a strategy's own inputs where it is read for one that has them; its cell takes its owner's, or
    those that all share.
    """

    def __init__(self, expressions: Mapping[str, Calculation], strategies: Mapping[str, Strategy]) -> None:
        self._expressions, self._strategies = expressions, strategies

    def __contains__(self, name: object) -> bool:
        return name in self._expressions

    def cell(self, name: str) -> Node:
        """What stands in the cell of an input that is an expression."""
        owner = self._strategies.get(name.rpartition(":")[0])
        return self._of(self._expressions[name].tree, owner.own if owner is not None else {})

    def read(self, key: str, own: Mapping[str, str]) -> Node:
        """An input as a strategy with these own ones has it: its cell's name, or an expression with others in it."""
        name = own.get(key, key)
        if name not in self._expressions:
            return Name(name)
        tree = self._of(self._expressions[name].tree, own)
        return Name(name) if tree == self.cell(name) else tree

    def ordered(self, keys: Iterable[str]) -> list[str]:
        """Those of the keys that are expressions, each after those it takes."""
        found: dict[str, None] = {}

        def put(key: str) -> None:
            if key in self and key not in found:
                for name in names(self.cell(key)):
                    put(name)
                found[key] = None

        for key in keys:
            put(key)
        return list(found)

    def _of(self, tree: Node, own: Mapping[str, str]) -> Node:
        match tree:
            case Name(name=key):
                return self.read(key, own)
            case Call(function=function, arguments=arguments):
                return Call(function, tuple(self._of(argument, own) for argument in arguments))
        return tree


@dataclass(frozen=True)
class Payment:
    """A line of a strategy: its item, its rhythm, that in words, USD per unit, and units in a month; None: at setup."""

    item: str
    per: str
    words: str
    cost: Node
    units: Node | None


class Quantities:
    """What a strategy's lines are made of.

    In the trees a name is an input as it is drawn, a step, the month or the horizon.

    replaced: steps that come to a name or to what the parts settle, which stands in their place.
    steps: the others by name, each after those it takes; one that runs over the months may take what comes later.
    payments: its lines.
    """

    def __init__(self, equations: Equations, strategy: Strategy, expressions: Expressions) -> None:
        self._equations, self._expressions = equations, expressions
        self._own, self._flags = strategy.own, strategy.parts.flags()
        self.replaced: dict[str, Node] = {}
        self._running: set[str] = set()
        self.steps: dict[str, Quantity] = {}
        every = [self._payment(line.item, line.per, line.cost) for line in equations.lines_of(self._flags)]
        own = [
            self._payment(line.item, line.per, line.cost, line.first, line.last) for line in strategy.lines
        ]
        self.payments = (*every, *own)

    def _payment(
        self, item: str, per: str, cost: Calculation, first: int | None = None, last: int | None = None
    ) -> Payment:
        rhythm = self._equations.rhythms[per]
        words, units = rhythm.words, None if rhythm.value is None else self._of(rhythm.value.tree)
        if units is None and first is not None:
            words, units, last = f"once, in month {first}", Number(1.0), first
        else:
            words += f", from month {first}" if first is not None else ""
            words += f", to month {last}" if last is not None else ""
        if units is not None and first is not None:
            units = Call("where", (Call("<=", (Number(first), Name(MONTH))), units, Number(0.0)))
        if units is not None and last is not None:
            units = Call("where", (Call("<=", (Name(MONTH), Number(last))), units, Number(0.0)))
        return Payment(item, per, words, self._of(cost.tree), units)

    def _of(self, tree: Node) -> Node:
        match tree:
            case Name(name=name):
                return self._named(name)
            case Call(function=function, arguments=arguments):
                return call(function, tuple(self._of(argument) for argument in arguments))
        return tree

    def _named(self, name: str) -> Node:
        if "." in name:
            return self._expressions.read(name, self._own)
        if name in (MONTH, HORIZON):
            return Name(name)
        if name in self._flags:
            return Settled(float(self._flags[name]))
        return self._step(name)

    def _step(self, name: str) -> Node:
        if name in self.replaced:
            return self.replaced[name]
        if name in self.steps or name in self._running:
            return Name(name)
        step = self._equations.step(name, self._flags)
        if step is None:
            raise KeyError(name)
        if step.value is not None:
            tree = self._of(step.value.tree)
            if isinstance(tree, Name | Settled):
                self.replaced[name] = tree
                return tree
            self.steps[name] = Quantity(step, tree, None, self._monthly(tree))
        else:
            assert step.first is not None
            assert step.following is not None
            first = self._of(step.first.tree)
            self._running.add(name)
            self.steps[name] = Quantity(step, self._of(step.following.tree), first, monthly=True)
        return Name(name)

    def _monthly(self, tree: Node) -> bool:
        return any(
            name == MONTH or name in self._running or (name in self.steps and self.steps[name].monthly)
            for name in names(tree)
        )


def classes(
    strategies: Mapping[str, Quantities], apart: Callable[[str, str], Hashable] = lambda strategy, step: None
) -> dict[tuple[str, str], int]:
    """The class of each strategy's step, by both names: equal classes are equal by their equations.

    Classes are parted until those in one have the same tree over the same classes, as states of automata are. Those
    with another `apart` are parted from the start.
    """
    quantities = {
        (strategy, step): quantity
        for strategy, of in strategies.items()
        for step, quantity in of.steps.items()
    }
    taken = {
        (strategy, step): tuple(
            (strategy, name) for name in quantity.names if name in strategies[strategy].steps
        )
        for (strategy, step), quantity in quantities.items()
    }
    found = _numbered({key: (q.step.name, q.tree, q.first, apart(*key)) for key, q in quantities.items()})
    while True:
        parted = _numbered({key: (found[key], *(found[other] for other in taken[key])) for key in found})
        if len(set(parted.values())) == len(set(found.values())):
            return parted
        found = parted


def _numbered(signatures: Mapping[tuple[str, str], Hashable]) -> dict[tuple[str, str], int]:
    numbers: dict[Hashable, int] = {}
    return {key: numbers.setdefault(signature, len(numbers)) for key, signature in signatures.items()}
