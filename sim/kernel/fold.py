"""Functions written out: what would be a loop over constants or over functions, line by line.

Numba does not unroll a loop over a tuple of functions without first-class functions, and a closure for each line takes
a tenth of a second to compile. So the lines are put together as text, of names and numbers that stand in this package,
and compiled as one function, which is inlined where it is called.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from distributions.sampling.jit import jit


def written(arguments: str, lines: Sequence[str], **names: Any) -> Callable[..., Any]:
    """A compiled function of these arguments and lines, in which the names stand for what is given."""
    body = "".join(f"    {line}\n" for line in lines) or "    pass\n"
    made = dict(names)
    exec(f"def function({arguments}):\n{body}", made)  # text of ours, never of a user
    compiled: Callable[..., Any] = jit(made["function"], inline=True)
    return compiled


def in_turn(functions: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
    """One function that calls each with the same arguments, in order."""
    calls = {f"f{k}": function for k, function in enumerate(functions)}
    return written("*arguments", [f"{name}(*arguments)" for name in calls], **calls)


def added(functions: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
    """One function that calls each with the same arguments and adds up what they return: tuples are joined."""
    calls = {f"f{k}": function for k, function in enumerate(functions)}
    return written("*arguments", ["return " + " + ".join(f"{name}(*arguments)" for name in calls)], **calls)


def joined(values: Sequence[str]) -> str:
    """Text of a tuple of these values."""
    return f"({', '.join(values)},)"
