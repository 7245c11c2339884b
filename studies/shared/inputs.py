"""Inputs of a scenario by the names that users type: which there are, and which are drawn."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from distributions import text
from distributions.errors import Fault, did_you_mean

if TYPE_CHECKING:
    from sim import Scenario


def parts(name: str, known: Collection[str]) -> list[str]:
    """The inputs that a name stands for: one, or a group joined by "+".

    >>> parts("price.input+price.output", ("price.input", "price.output")), parts("line.a+b", ("line.a+b",))
    (['price.input', 'price.output'], ['line.a+b'])
    """
    if name in known:
        return [name]
    found: list[str] = []
    part = ""
    for piece in name.split("+"):
        # the item of a cost line may hold a "+" of its own
        part = f"{part}+{piece}" if part else piece
        if part in known:
            found.append(part)
            part = ""
    return found


def not_drawn(scenario: Scenario, key: str) -> Fault | None:
    """Why an analysis cannot hold an input of a scenario at a value of its own; None where it can."""
    if key in scenario.inputs:
        return None
    shown = text.clean(key, 80)
    if key in scenario.expressions:
        calculation = scenario.expressions[key].calculation
        made_of = ", ".join(calculation.names) or "a number in its place"
        problem = f"is an expression, '{text.clean(calculation.text, 80)}', and follows what it is made of"
        return Fault(shown, problem, made_of, f"--set {shown}=NUMBER makes it an input of its own")
    if scenario.item(key) is not None:
        strategy, _, shared = key.rpartition(":")
        problem = f"is no input: {strategy} has no value of its own for {shared}"
        return Fault(shown, problem, shared, f"--set {shown}=NUMBER gives it one")
    problem, hint = scenario.unknown(key)
    close = did_you_mean(key, scenario.inputs)
    return Fault(shown, problem, "see 'breakeven inputs'", hint or close)
