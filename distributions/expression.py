"""Expressions: numbers, names, + - * / **, parentheses and some functions. Nothing else is run.

The text is parsed to a syntax tree, which is checked and turned into nodes of our own; no part of it reaches the
interpreter. Names may have dots, as keys of inputs have.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError

Array = NDArray[np.float64]

LENGTH = 500
"""Characters of an expression; the longest shipped one has two hundred."""

DEPTH = 60
"""Levels of nested parentheses and functions."""


def _pick(which: Array, *values: Array) -> Array:
    """The value whose number, counted from 1, `which` is, and not a number where there is none."""
    return np.select([np.equal(which, k) for k in range(1, len(values) + 1)], values, np.nan)


class Function(NamedTuple):
    """A function or operator: on arrays of one shape, and how many arguments it takes (at most None: any number)."""

    on_arrays: Callable[..., Any]
    least: int
    most: int | None


def _folded(function: Callable[[Array, Array], Array]) -> Callable[..., Array]:
    def of_all(first: Array, *rest: Array) -> Array:
        for value in rest:
            first = function(first, value)
        return first

    return of_all


OPERATORS: Mapping[str, Function] = {
    "+": Function(np.add, 2, 2),
    "-": Function(np.subtract, 2, 2),
    "*": Function(np.multiply, 2, 2),
    "/": Function(np.true_divide, 2, 2),
    "**": Function(np.power, 2, 2),
    "neg": Function(np.negative, 1, 1),
    "<": Function(lambda a, b: np.less(a, b).astype(float), 2, 2),
    "<=": Function(lambda a, b: np.less_equal(a, b).astype(float), 2, 2),
}

COMPARISONS: dict[type[ast.cmpop], str] = {ast.Lt: "<", ast.LtE: "<="}

ARITHMETIC: Mapping[str, Function] = {}
"""No functions at all: operators alone."""

FUNCTIONS: Mapping[str, Function] = {
    "min": Function(_folded(np.minimum), 1, None),
    "max": Function(_folded(np.maximum), 1, None),
    "exp": Function(np.exp, 1, 1),
    "log": Function(np.log, 1, 1),
    "sqrt": Function(np.sqrt, 1, 1),
    "ceil": Function(np.ceil, 1, 1),
    "floor": Function(np.floor, 1, 1),
    "pick": Function(_pick, 2, None),
}
"""What a user may call: least and greatest of any number, `pick(i, a, b, …)` the i-th of what follows."""

EQUATION_FUNCTIONS: Mapping[str, Function] = {
    **FUNCTIONS,
    "where": Function(lambda c, a, b: np.where(c != 0.0, a, b), 3, 3),
}
"""Besides, `where(condition, yes, no)` and comparisons: of the model's own equations."""


@dataclass(frozen=True)
class Number:
    """A number as it stands."""

    value: float


@dataclass(frozen=True)
class Name:
    """The name of a quantity."""

    name: str


@dataclass(frozen=True)
class Call:
    """An operator or a function of some arguments; its name is a key of `OPERATORS` or of the functions allowed."""

    function: str
    arguments: tuple[Node, ...]


Node = Number | Name | Call

_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}


@dataclass(frozen=True)
class Calculation:
    """A parsed expression: its text, the names that it takes in order of appearance, and its tree."""

    text: str
    names: tuple[str, ...]
    tree: Node

    def evaluate(self, values: Mapping[str, Array]) -> Array:
        """The result for arrays of one shape by name; not finite where it divides by zero or overflows."""
        with np.errstate(all="ignore"):
            return _value(self.tree, values)


def grammar(functions: Mapping[str, Function]) -> str:
    """What may stand in an expression, in words."""
    called = f", {' '.join(functions)}" if functions else ""
    return f"numbers, names of quantities, + - * / **, parentheses{called}"


def parse(text: str, functions: Mapping[str, Function] = ARITHMETIC) -> Calculation:
    """The calculation that a text says; `functions` are those that it may call, with "where" comparisons too.

    Raises UserError, without a key, for anything that is not arithmetic over names.
    """
    if not text.strip():
        raise UserError(Fault("", "is empty", grammar(functions)))
    if len(text) > LENGTH:
        raise UserError(Fault("", f"has {len(text):,} characters", f"at most {LENGTH}"))
    text = text.strip()
    try:
        # in parentheses, so that an expression may go over several lines
        tree = ast.parse(f"({text}\n)", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        raise UserError(
            Fault("", f"found '{text}', which is no calculation{_place(problem, text)}", grammar(functions))
        ) from None
    reader = _Reader(text, functions)
    node = reader.node(tree, 0)
    return Calculation(text, tuple(reader.names), node)


def _place(problem: BaseException, text: str) -> str:
    """Where a text stops being an expression, as far as the parser says it."""
    if not isinstance(problem, SyntaxError) or problem.lineno is None or problem.offset is None:
        return ""
    lines = text.split("\n")
    if problem.lineno > len(lines):
        return f" (line {len(lines)}, column {len(lines[-1]) + 1}, its end)"
    column = problem.offset - 1 if problem.lineno == 1 else problem.offset
    return f" (line {problem.lineno}, column {max(column, 1)})"


class _Reader:
    """Turns the interpreter's syntax tree into nodes of our own, and refuses what is not arithmetic."""

    def __init__(self, text: str, functions: Mapping[str, Function]) -> None:
        self._text, self._functions = text, functions
        self.names: dict[str, None] = {}

    def node(self, tree: ast.expr, depth: int) -> Node:
        if depth > DEPTH:
            raise UserError(Fault("", f"is nested more than {DEPTH} levels deep", f"at most {DEPTH}"))
        match tree:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                # beyond any float, an integer would only fail later
                if abs(number) < 1e300:
                    return Number(float(number))
            case ast.Name() | ast.Attribute():
                name = _dotted(tree)
                if name is not None and ("." not in name or self._functions):
                    self.names[name] = None
                    return Name(name)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                # a sum of many terms is a chain to the left, and no deeper for its length
                return Call(_BINARY[type(op)], (self.node(left, depth), self.node(right, depth + 1)))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Call("neg", (self.node(operand, depth + 1),))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.node(operand, depth + 1)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if "where" in self._functions:
                if type(op) in COMPARISONS:
                    both = (self.node(left, depth + 1), self.node(right, depth + 1))
                    return Call(COMPARISONS[type(op)], both)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in self._functions:
                function = self._functions[name]
                enough = len(arguments) >= function.least
                if enough and (function.most is None or len(arguments) <= function.most):
                    return Call(name, tuple(self.node(argument, depth + 1) for argument in arguments))
                self._refuse(tree, f"{name} of {_count(function)}")
            case _:
                pass
        return self._refuse(tree, grammar(self._functions))

    def _refuse(self, tree: ast.expr, allowed: str) -> Node:
        part = ast.get_source_segment(f"({self._text}\n)", tree) or type(tree).__name__
        column = tree.col_offset if tree.lineno == 1 else tree.col_offset + 1
        place = f" (line {tree.lineno}, column {max(column, 1)})" if part != self._text else ""
        raise UserError(Fault("", f"found '{part}' in '{self._text}'{place}", allowed))


def _count(function: Function) -> str:
    if function.most is None:
        return f"{function.least} or more arguments"
    return "1 argument" if function.least == 1 else f"{function.least} arguments"


def _dotted(tree: ast.expr) -> str | None:
    """The name of a plain or dotted name."""
    match tree:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            owner = _dotted(value)
            return None if owner is None else f"{owner}.{name}"
    return None


def _value(node: Node, values: Mapping[str, Array]) -> Array:
    match node:
        case Number(value=number):
            return np.asarray(number)
        case Name(name=name):
            return values[name]
        case Call(function=name, arguments=arguments):
            function = OPERATORS.get(name) or EQUATION_FUNCTIONS[name]
            return np.asarray(function.on_arrays(*(_value(argument, values) for argument in arguments)))
