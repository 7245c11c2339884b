"""Equations as the formulas of a spreadsheet: what a strategy's parts settle is left out, the rest is written as text.

What is written means the same in Excel and in LibreOffice: in both a minus sign binds before `^` and powers go from the
left, so both stand in parentheses; and only INT, the floor, is the same in both for numbers below 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distributions.expression import EQUATION_FUNCTIONS, OPERATORS, Calculation, Call, Name, Node, Number

Array = NDArray[np.float64]

_FUNCTIONS: Mapping[str, str] = {
    "min": "MIN", "max": "MAX", "exp": "EXP", "log": "LN", "sqrt": "SQRT", "floor": "INT", "pick": "CHOOSE",
}  # fmt: skip

_COMPARISON, _SIGN, _SUM, _PRODUCT, _POWER, _ATOM = range(6)
"""How tightly a text binds: what stands in parentheses beside what."""

_BINARY: Mapping[str, tuple[str, int]] = {
    "<": ("<", _COMPARISON), "<=": ("<=", _COMPARISON), "+": ("+", _SUM), "-": ("-", _SUM),
    "*": ("*", _PRODUCT), "/": ("/", _PRODUCT), "**": ("^", _POWER),
}  # fmt: skip


@dataclass(frozen=True)
class Settled(Number):
    """A number that is certain by the parts of a strategy: what it makes certain is not written."""


def call(function: str, arguments: tuple[Node, ...]) -> Node:
    """A function or operator of arguments, or what it comes to where the parts of a strategy settle that."""
    known = all(isinstance(argument, Number) for argument in arguments)
    if known and any(isinstance(argument, Settled) for argument in arguments):
        return Settled(value(Call(function, arguments), {}))
    match function, arguments:
        case ("*", (Settled(value=0.0), _) | (_, Settled(value=0.0))):
            return Settled(0.0)
        case ("*", (Settled(value=1.0), other)) | ("+", (Settled(value=0.0), other)):
            return other
        case ("*" | "/" | "**", (other, Settled(value=1.0))) | ("+" | "-", (other, Settled(value=0.0))):
            return other
        case "+", (Number(value=a), Call("-", (other, Number(value=b)))) if a == b:
            return other
        case "where", (Settled(value=condition), yes, no):
            return yes if condition else no
    return Call(function, arguments)


def names(tree: Node) -> Iterator[str]:
    """The names in a tree, one that is there twice twice."""
    match tree:
        case Name(name=name):
            yield name
        case Call(arguments=arguments):
            for argument in arguments:
                yield from names(argument)


def renamed(tree: Node, name: Callable[[str], str]) -> Node:
    """A tree with other names."""
    match tree:
        case Name(name=old):
            return Name(name(old))
        case Call(function=function, arguments=arguments):
            return Call(function, tuple(renamed(argument, name) for argument in arguments))
    return tree


def value(tree: Node, values: Mapping[str, float]) -> float:
    """What a tree comes to; not finite where it divides by zero or overflows."""
    arrays = {name: np.asarray(values[name]) for name in names(tree)}
    return float(Calculation("", (), tree).evaluate(arrays))


def written(tree: Node, reference: Callable[[str], str] = str) -> str:
    """A tree as the text of a formula, without the sign of equality; `reference` says what is written for a name."""
    return _text(tree, reference)[0]


def _text(tree: Node, reference: Callable[[str], str]) -> tuple[str, int]:
    """A text, and how tightly it binds."""

    def at_least(argument: Node, binding: int) -> str:
        text, binds = _text(argument, reference)
        return text if binds >= binding else f"({text})"

    def binary(function: str, both: tuple[Node, ...]) -> str:
        sign, binding = _BINARY[function]
        # the order of sums and products is that of the equations, to the last bit
        left, right = {_COMPARISON: (_SUM, _SUM), _POWER: (_ATOM, _ATOM)}.get(binding, (binding, binding + 1))
        return f"{at_least(both[0], left)}{sign}{at_least(both[1], right)}"

    def met(condition: Node) -> str:
        match condition:
            case Call("<" | "<=" as function, both):
                return binary(function, both)
        return f"{at_least(condition, _SUM)}<>0"

    match tree:
        case Number(value=number):
            return _number(number), _SIGN if number < 0 else _ATOM
        case Name(name=name):
            return reference(name), _ATOM
        case Call("neg", (argument,)):
            return f"-{at_least(argument, _ATOM)}", _SIGN
        case Call("ceil", (argument,)):
            return f"-INT(-{at_least(argument, _ATOM)})", _SIGN
        case Call("where", (condition, yes, no)):
            return f"IF({met(condition)},{at_least(yes, _COMPARISON)},{at_least(no, _COMPARISON)})", _ATOM
        case Call("<" | "<="):
            return f"IF({met(tree)},1,0)", _ATOM
        case Call(function, arguments) if function in _BINARY:
            return binary(function, arguments), _BINARY[function][1]
        case Call(function, arguments):
            inside = ",".join(at_least(argument, _COMPARISON) for argument in arguments)
            return f"{_FUNCTIONS[function]}({inside})", _ATOM
    raise AssertionError(tree)


def _number(number: float) -> str:
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return repr(float(number)).upper()


assert {*EQUATION_FUNCTIONS, *OPERATORS} == {*_FUNCTIONS, *_BINARY, "neg", "ceil", "where"}
