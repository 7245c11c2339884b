"""What the matrix of P(row cheaper than column) comes to in words, and how its numbers are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from distributions import text
from studies.shared.names import labeller

Chance = Callable[[str, str], tuple[float, Sequence[float] | None]]
"""Two strategies to P(the first costs less) and its 95 % interval."""


def chances(pairs: Mapping[str, Mapping[str, Any]]) -> Chance:
    """As the `pairs` of `run.json` have them."""

    def chance(a: str, b: str) -> tuple[float, Sequence[float] | None]:
        return float(pairs[a][b]["estimate"]), pairs[a][b]["ci95"]

    return chance


def leader(names: Sequence[str], chance: Chance, labels: Mapping[str, str] = MappingProxyType({})) -> str:
    """Who costs less than every other of them more often than not, and than whom least surely; or that nobody does.

    names: two or more strategies. labels: what the scenario calls them.
    """
    label = labeller(labels)
    count = f"the {len(names)} strategies"
    for name in names:
        rivals = [other for other in names if other != name]
        if all(chance(name, other)[0] > 0.5 for other in rivals):
            closest = min(rivals, key=lambda other: chance(name, other)[0])
            least = text.probability(*chance(name, closest))
            if len(rivals) == 1:
                return f"{label(name)} costs less than {label(closest)} with probability {least}"
            return (
                f"{label(name)} is the likelier to cost less against each other of {count}, "
                f"least surely against {label(closest)}: {least}"
            )
    if len(names) == 2:
        return f"{label(names[0])} and {label(names[1])} are as likely to cost less than the other"
    return f"None of {count} is the likelier to cost less against every other"


def short(estimate: float) -> str:
    """A probability as a whole percentage without its sign, for a cell.

    >>> short(0.5), short(0.0004), short(0.9996), short(1.0)
    ('50', '<1', '>99', '100')
    """
    shown = text.percent(estimate).removesuffix(" %")
    return shown.replace("under ", "<").replace("over ", ">")
