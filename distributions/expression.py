"""Calculations as a claims file writes them: numbers, names, + - * / **, parentheses. Nothing else is run.

The text is parsed to a syntax tree and the tree is walked; no part of it reaches the interpreter.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError

Array = NDArray[np.float64]

GRAMMAR = "numbers, names of quantities, + - * / **, parentheses"
LENGTH = 500
"""Characters of a calculation; the longest shipped one has a hundred."""

_BINARY: dict[type[ast.operator], Callable[[Array, Array], Array]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_UNARY: dict[type[ast.unaryop], Callable[[Array], Array]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}


@dataclass(frozen=True)
class Calculation:
    """A parsed calculation: its text, and the names that it takes, in order of appearance."""

    text: str
    names: tuple[str, ...]
    _tree: ast.expr

    def evaluate(self, values: Mapping[str, Array]) -> Array:
        """The result for arrays of one shape by name; not finite where it divides by zero or overflows."""
        with np.errstate(all="ignore"):
            return _value(self._tree, values)


def parse(text: str) -> Calculation:
    """The calculation that a text says.

    Raises UserError, without a key, for anything that is not arithmetic over names.
    """
    if len(text) > LENGTH:
        raise UserError(Fault("", f"has {len(text):,} characters", f"at most {LENGTH}"))
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise UserError(Fault("", f"found '{text}', which is no calculation", GRAMMAR)) from None
    names: dict[str, None] = {}
    _check(tree, names, text)
    return Calculation(text.strip(), tuple(names), tree)


def _check(node: ast.expr, names: dict[str, None], text: str) -> None:
    """Refuses whatever is not arithmetic; collects the names."""
    match node:
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() | float() as number):
            # Beyond any float, an integer would only fail later.
            if abs(number) < 1e300:
                return
        case ast.Name(id=name):
            names[name] = None
            return
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            _check(left, names, text)
            _check(right, names, text)
            return
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            _check(operand, names, text)
            return
        case _:
            pass
    part = ast.get_source_segment(text.strip(), node) or type(node).__name__
    raise UserError(Fault("", f"found '{part}' in '{text.strip()}'", GRAMMAR))


def _value(node: ast.expr, values: Mapping[str, Array]) -> Array:
    match node:
        case ast.Constant(value=int() | float() as number):
            return np.asarray(float(number))
        case ast.Name(id=name):
            return values[name]
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](_value(left, values), _value(right, values))
        case ast.UnaryOp(op=op, operand=operand):
            return _UNARY[type(op)](_value(operand, values))
    raise AssertionError(f"{type(node).__name__} passed the check")
