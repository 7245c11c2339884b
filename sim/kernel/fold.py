"""Many compiled functions as one.

A tree of closures, each calling one half and then the other: numba inlines it whole, where a loop over a tuple of
functions would need first-class functions, and a list of `if k == …` an edit for each function. A tree rather than a
chain, since every closure is part of the type of the one that calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from distributions.sampling.compiled import jit


def in_turn(functions: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
    """One function that calls each with the same arguments, in order."""
    if len(functions) == 1:
        return functions[0]
    middle = len(functions) // 2
    first, rest = in_turn(functions[:middle]), in_turn(functions[middle:])

    @jit(inline=True)
    def both(*arguments: Any) -> None:
        first(*arguments)
        rest(*arguments)

    return both


def added(functions: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
    """One function that calls each with the same arguments and adds up what they return: tuples are joined."""
    if len(functions) == 1:
        return functions[0]
    middle = len(functions) // 2
    first, rest = added(functions[:middle]), added(functions[middle:])

    @jit(inline=True)
    def both(*arguments: Any) -> Any:
        return first(*arguments) + rest(*arguments)

    return both


def through(functions: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
    """One function that hands a value through each, with the same further arguments."""
    if len(functions) == 1:
        return functions[0]
    middle = len(functions) // 2
    first, rest = through(functions[:middle]), through(functions[middle:])

    @jit(inline=True)
    def both(value: Any, *arguments: Any) -> Any:
        return rest(first(value, *arguments), *arguments)

    return both
