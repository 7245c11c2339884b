"""What a published figure is: a claim with its figures, and the quantities that the figures follow from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from distributions.expression import Calculation
from distributions.spec import Marginal
from sim import Scenario

KINDS = ("result", "input")
BOUNDS = ("at_least", "at_most")
OUTPUTS = ("cost", "cost_per_query", "probability_cheaper")

Range = tuple[float, float]


@dataclass(frozen=True)
class Simulated:
    """An output of a scenario: the cost or cost per query of a strategy (USD), or P(its first compared is cheaper)."""

    name: str
    scenario: Scenario
    output: str
    strategy: str = ""


@dataclass(frozen=True)
class Quantity:
    """One named quantity of a claim; at least one of stated, distribution, calculation and simulated.

    stated
        What the document itself says, low and high.
    distribution
        What is known of it beforehand: the default of `input`, a scenario's, or a distribution of the claim's own.
    input
        Key in the registry of inputs, or "".
    """

    name: str
    unit: str = ""
    stated: Range | None = None
    distribution: Marginal | None = None
    input: str = ""
    calculation: Calculation | None = None
    simulated: Simulated | None = None


@dataclass(frozen=True)
class Figure:
    """One published figure and how it follows.

    published
        Low and high, or a calculation over the claim's quantities.
    calculation
        What gives the figure again; None where only other documents can be asked.
    free
        The quantity to solve for, or "".
    bound
        "at_least" or "at_most" where the figure is the end of a range that is open on the other side, or "".
    about
        Figures of several documents with the same word here are about the same quantity.
    concludes
        The conclusion that the document draws from it, or "".
    """

    name: str
    document: str
    published: Range | Calculation
    unit: str
    calculation: Calculation | None
    free: str = ""
    bound: str = ""
    about: str = ""
    concludes: str = ""
    tolerance: float = 0.05


@dataclass(frozen=True)
class Claim:
    """What one document says, its figures (the first stands for the claim) and the claims that rest on it."""

    id: str
    document: str
    kind: str
    says: str
    quantities: Mapping[str, Quantity]
    figures: tuple[Figure, ...]
    supports: tuple[str, ...] = ()


def parts(calculation: Calculation, quantities: Mapping[str, Quantity]) -> tuple[str, ...]:
    """Every quantity that a calculation takes, directly or through others; what is worked out follows its parts."""
    names: list[str] = []
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name in seen or name not in quantities:
            return
        seen.add(name)
        inner = quantities[name].calculation
        for other in inner.names if inner else ():
            visit(other)
        names.append(name)

    for name in calculation.names:
        visit(name)
    return tuple(names)
