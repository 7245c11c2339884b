"""How many test examples it takes to see that one strategy answers better than another.

    python -m studies.plan_eval --gap 0.05 --discordance 0.2

is the command `breakeven plan-eval`.

Both strategies answer the same examples, so the test is McNemar's: of the examples on which just one of the two is
right (the discordant ones, a share psi of all), more than half must go to the better. The gap d is the difference of
the two accuracies; a share (1 + d / psi) / 2 of the discordant examples then goes to the better.

Q. McNemar 1947; O. S. Miettinen 1968 and R. J. Connor 1987 for the normal approximation; the power of the exact
conditional test is its power given the number of discordant examples, averaged over that number (S. W. Duffy 1984).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError
from distributions.records import Record

Array = NDArray[np.float64]

MOST = 1_000_000_000
"""Examples beyond which no plan is sought."""
SCANNED = 20_000
"""The exact power is a saw-tooth; up to so many examples its last dip below the wanted power is looked for."""


@dataclass(frozen=True)
class Plan(Record):
    """What it takes to see a gap, and what a set of examples can see.

    gap: difference of the two accuracies. discordance: share of examples on which just one of the two is right.
    power: probability to see the gap. level: of the two-sided test.
    needed_exact: the least number of examples from which on the exact test has the power.
    needed_normal: the same by the normal approximation, not rounded.
    examples: size of the set in question. its_power: probability that it sees the gap, by the exact test.
    its_gap_exact, its_gap_normal: the least gap that it sees with the power; None where even discordant examples that
    all go one way are too few.
    """

    gap: float
    discordance: float
    power: float
    level: float
    needed_exact: int
    needed_normal: float
    examples: int
    its_power: float
    its_gap_exact: float | None
    its_gap_normal: float | None


def plan(
    gap: float, discordance: float, power: float = 0.8, level: float = 0.05, examples: int = 200
) -> Plan:
    """The examples that McNemar's test needs to see a gap, and the gap that a set of examples can see.

    Raises:
        UserError: a share out of its range, a gap above the discordance (examples on which one of the two alone is
            right make the gap), or a plan of more than a billion examples.
    """
    _check(gap, discordance, power, level, examples)
    return Plan(
        gap,
        discordance,
        power,
        level,
        examples_exact(gap, discordance, power, level),
        examples_normal(gap, discordance, power, level),
        examples,
        power_exact(examples, gap, discordance, level),
        gap_exact(examples, discordance, power, level),
        gap_normal(examples, discordance, power, level),
    )


def examples_normal(gap: float, discordance: float, power: float = 0.8, level: float = 0.05) -> float:
    """Examples by the normal approximation: (z_{1-level/2} √psi + z_power √(psi - d²))² / d²."""
    from scipy.special import ndtri

    spread = ndtri(1 - level / 2) * math.sqrt(discordance)
    spread += ndtri(power) * math.sqrt(max(discordance - gap**2, 0.0))
    return float(spread / gap) ** 2


def gap_normal(examples: int, discordance: float, power: float = 0.8, level: float = 0.05) -> float | None:
    """The gap for which `examples_normal` is so many; None where it is more even for the largest gap."""
    if examples_normal(discordance, discordance, power, level) > examples:
        return None
    return _bisect(lambda d: examples_normal(d, discordance, power, level) <= examples, discordance)


def power_exact(examples: int, gap: float, discordance: float, level: float = 0.05) -> float:
    """Probability that the exact conditional test of McNemar rejects, on so many examples."""
    from scipy.stats import binom

    count = _likely(examples, discordance)
    return float(binom.pmf(count, examples, discordance) @ _given(count, gap / discordance, level))


def examples_exact(gap: float, discordance: float, power: float = 0.8, level: float = 0.05) -> int:
    """The least number of examples from which on `power_exact` stays at or above the power wanted.

    Beyond `SCANNED` examples the teeth of the saw are far below a per cent, and the first crossing that bisection
    finds is taken.

    Raises UserError where it is more than `MOST`.
    """

    def enough(n: int) -> bool:
        return power_exact(n, gap, discordance, level) >= power

    guess = examples_normal(gap, discordance, power, level)
    if guess > MOST:
        raise UserError(
            Fault(
                "--gap",
                f"found {gap:g}, which takes {guess:.1e} examples",
                "a gap that a billion examples show",
            )
        )
    below, above = 0, math.ceil(guess) + 1
    while not enough(above):
        below, above = above, 2 * above
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (below, middle) if enough(middle) else (middle, above)
    if above > SCANNED:
        return above
    at = above + above // 10 + math.ceil(10 / discordance)
    while at > 1 and enough(at - 1):
        at -= 1
    return at


def gap_exact(examples: int, discordance: float, power: float = 0.8, level: float = 0.05) -> float | None:
    """The least gap that so many examples show with the power; None where not even the largest does."""
    if power_exact(examples, discordance, discordance, level) < power:
        return None
    return _bisect(lambda d: power_exact(examples, d, discordance, level) >= power, discordance)


def _likely(examples: int, discordance: float) -> NDArray[np.int64]:
    """Numbers of discordant examples that are not wholly improbable: those within ten standard deviations."""
    centre, spread = examples * discordance, 10 * math.sqrt(examples * discordance * (1 - discordance)) + 10
    return np.arange(max(0, math.floor(centre - spread)), min(examples, math.ceil(centre + spread)) + 1)


def _given(count: NDArray[np.int64], lead: float, level: float) -> Array:
    """Power given each number m of discordant examples: P(B ≤ c) + P(B ≥ m - c), B binomial (m, (1 + lead) / 2).

    c is the largest number with P(Binomial(m, 1/2) ≤ c) ≤ level / 2; none where m is too small to reject at all.
    """
    from scipy.stats import binom

    critical = binom.ppf(level / 2, count, 0.5)
    critical = np.where(binom.cdf(critical, count, 0.5) <= level / 2, critical, critical - 1)
    share = (1 + lead) / 2
    power = binom.cdf(critical, count, share) + binom.sf(count - critical - 1, count, share)
    return np.where(critical >= 0, power, 0.0)


def _bisect(enough: Callable[[float], bool], high: float) -> float:
    """The least gap in (0, high] that is enough, to 1e-9; more is always enough."""
    low = 0.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _check(gap: float, discordance: float, power: float, level: float, examples: int) -> None:
    faults = [
        Fault(name, f"found {value:g}", "above 0 and below 1")
        for name, value in (("--gap", gap), ("--power", power), ("--level", level))
        if not 0 < value < 1
    ]
    if not 0 < discordance <= 1:
        faults.append(Fault("--discordance", f"found {discordance:g}", "above 0 and at most 1"))
    elif 0 < gap < 1 and gap > discordance:
        faults.append(
            Fault(
                "--gap",
                f"found {gap:g}, more than the discordance of {discordance:g}",
                "at most the share of examples on which just one of the two is right",
            )
        )
    if 0 < level < 1 and 0 < power <= level:
        faults.append(Fault("--power", f"found {power:g}", f"above the level of {level:g}"))
    if not 1 <= examples <= MOST:
        faults.append(Fault("--examples", f"found {examples}", f"from 1 to {MOST:,}"))
    if faults:
        raise UserError(*faults)
