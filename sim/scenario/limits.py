"""Inputs that may not be above another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from distributions.derived import Derived
from distributions.spec import Marginal
from distributions.tables.faults import Faults
from distributions.tables.lines import KeyPath
from sim.scenario.expressions import owner

AT_MOST = (
    ("workload.active_hours", "serve.hours_per_month"),
    ("price.batch_share", "workload.deferrable_share"),
)
"""Pairs: the first is nowhere above the second."""


def check_limits(
    values: Mapping[str, Marginal | Derived],
    faults: Faults,
    place: Callable[[str], KeyPath],
    given: Iterable[str] | None = None,
) -> None:
    """Leaves a fault where an input may be above its limit, shared or as a strategy has it; not of expressions.

    place: where the value of an input stands. given: those that are given now, at which the fault is found; None: all.
    """
    here = None if given is None else set(given)
    for less, more in AT_MOST:
        owners = [owner(name) for name in values if name.rpartition(":")[2] in (less, more)]
        for whose in dict.fromkeys(owners):
            lower, upper = (
                own if (own := f"{whose}:{key}") in values else key for key in (less, more)
            )  # fmt: skip
            below, above = values.get(lower), values.get(upper)
            if not isinstance(below, Marginal) or not isinstance(above, Marginal):
                continue
            most, least = below.support()[1], above.support()[0]
            if most > least:
                if here is not None and lower not in here and upper in here:
                    problem = f"found {least:g}, below {lower}, which reaches {most:g}"
                    faults.add(place(upper), problem, allowed=f"at least {lower}")
                else:
                    problem = f"reaches {most:g}, above {upper} of {least:g}"
                    faults.add(place(lower), problem, allowed=f"at most {upper}")


def in_file(name: str) -> KeyPath:
    """Where an input's value stands in a scenario's file."""
    whose, key = owner(name), name.rpartition(":")[2]
    return ("strategy", whose, "inputs", *key.split(".")) if whose else ("inputs", *key.split("."))
