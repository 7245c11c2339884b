"""Works a published figure out again: its range, and what an input would have to be for the figure to hold.

Each quantity that the document states has its stated range. The free quantity, where the document leaves it
open, spans the P10 to P90 of its prior; what else it leaves open is at the median of its prior. A range of the
result is that over all corners of the ranges of its parts: exact where the calculation is monotone in each,
as sums, products and quotients are, however often a quantity appears.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError
from distributions.expression import Calculation
from distributions.spec import Marginal
from sim import simulate
from sim.results.run import Run
from sim.scenario.scenario import Scenario
from studies.audit.evidence.claims import Claim, Figure, Quantity, Range, Simulated, parts

Array = NDArray[np.float64]

CENTRAL = (0.1, 0.9)
"""Levels of a prior that its quantity spans where the document leaves it open."""
MOST_RANGES = 16
"""Ranges that one calculation may combine: their corners are two to this power."""
DRAWS = 2**16
SEED = 20260801


class Simulations:
    """The scenarios that claims refer to, each simulated once, when it is first asked for."""

    def __init__(self, draws: int = DRAWS, seed: int = SEED) -> None:
        self.draws, self.seed = draws, seed
        self._runs: dict[str, Run] = {}

    def run(self, name: str, scenario: Scenario) -> Run:
        """The run of a scenario, with all its draws kept."""
        if name not in self._runs:
            self._runs[name] = simulate(scenario, draws=self.draws, seed=self.seed, keep=self.draws)
        return self._runs[name]

    def costs(self, name: str, scenario: Scenario, strategy: str) -> Array:
        """Present-value cost of a strategy in each draw, USD."""
        run = self.run(name, scenario)
        costs: Array = run.sample_costs[run.positions[strategy]]
        return costs

    def range(self, wanted: Simulated) -> Range:
        """P05 and P95 of a cost (per query: over the horizon's queries, USD), or P(cheaper), twice."""
        run = self.run(wanted.name, wanted.scenario)
        if wanted.output == "probability_cheaper":
            estimate = run.probability_cheaper(*run.compare).estimate
            return estimate, estimate
        low, high = run.quantiles(wanted.output, wanted.strategy, (0.05, 0.95))
        return float(low), float(high)


@dataclass(frozen=True)
class Needed:
    """The values of the free quantity at which the figure holds: from `low` to `high`, None where open."""

    low: float | None
    high: float | None

    @property
    def ends(self) -> Range:
        """Low and high, infinite where open."""
        return -math.inf if self.low is None else self.low, math.inf if self.high is None else self.high

    def nearest(self, value: float) -> float:
        """The needed value nearest to another."""
        low, high = self.ends
        return min(max(value, low), high)


@dataclass(frozen=True)
class Derivation:
    """One figure of a claim, ready to be worked out."""

    claim: Claim
    figure: Figure
    simulations: Simulations

    @property
    def published(self) -> Range:
        """The published range; an open end is infinite."""
        stated = self.figure.published
        low, high = self._range(stated, "published") if isinstance(stated, Calculation) else stated
        if self.figure.bound == "at_least":
            return low, math.inf
        return (-math.inf, high) if self.figure.bound == "at_most" else (low, high)

    def derived(self) -> Range | None:
        """What the figure comes to; None where only other documents can be asked.

        Raises UserError where the calculation has no finite value.
        """
        return None if self.figure.calculation is None else self._range(self.figure.calculation, "derive")

    def band(self, levels: Sequence[float]) -> Range | None:
        """From least to largest result with the free quantity at these quantiles of its prior, in their order.

        None without a prior, and where the result turns back on its way, as it does at a pole.
        """
        free, calculation = self.free, self.figure.calculation
        if free is None or free.distribution is None or calculation is None:
            return None
        ends = np.array([self._corners(calculation, float(free.distribution.ppf(level))) for level in levels])
        steps = np.sign(np.diff(ends.sum(axis=1)))
        if not np.isfinite(ends).all() or (steps.min() < 0 < steps.max()):
            return None
        return float(ends.min()), float(ends.max())

    @property
    def free(self) -> Quantity | None:
        """The quantity to solve for."""
        return self.claim.quantities[self.figure.free] if self.figure.free else None

    @property
    def prior(self) -> Marginal | None:
        """What is known of that quantity beforehand."""
        return self.free.distribution if self.free else None

    def needed(self) -> Needed | None:
        """The values of the free quantity that give the published figure; None where there are none.

        The range of the result at a value x is [f(x), g(x)]; it meets the published [p, q] where f(x) ≤ q and
        g(x) ≥ p. The ends of these x are found by bisection between points of a logarithmic
        grid about the centre of the prior.
        """
        free, calculation = self.free, self.figure.calculation
        if free is None or calculation is None:
            return None
        published = self.published
        centre, grid = _grid(free)
        if not any(self._meets(calculation, published, x) for x in grid):
            # What holds at a single point, or nearly so, lies between two of the grid's.
            root = self._crossing(calculation, published, grid, centre)
            if root is None or not self._meets(calculation, published, root):
                return None if root is None else Needed(root, root)
            bisect.insort(grid, root)
        meets = [self._meets(calculation, published, x) for x in grid]
        first = min((k for k, met in enumerate(meets) if met), key=lambda k: _distance(grid[k], centre))
        last = first
        while first > 0 and meets[first - 1]:
            first -= 1
        while last < len(grid) - 1 and meets[last + 1]:
            last += 1
        return Needed(
            None if first == 0 else self._edge(calculation, published, grid[first - 1], grid[first]),
            None if last == len(grid) - 1 else self._edge(calculation, published, grid[last + 1], grid[last]),
        )

    def _meets(self, calculation: Calculation, published: Range, x: float) -> bool:
        low, high = self._corners(calculation, x)
        return bool(low <= published[1] and high >= published[0])

    def _edge(self, calculation: Calculation, published: Range, outside: float, inside: float) -> float:
        """Where between two points the figure begins to hold."""
        for _ in range(200):
            middle = (outside + inside) / 2.0
            if middle in (outside, inside):
                break
            if self._meets(calculation, published, middle):
                inside = middle
            else:
                outside = middle
        return inside

    def _crossing(
        self, calculation: Calculation, published: Range, grid: Sequence[float], centre: float
    ) -> float | None:
        """Where the middle of the result is that of the published figure (Brent 1973), nearest to the centre."""
        from scipy.optimize import brentq

        ends = [end for end in published if math.isfinite(end)]
        target = sum(ends) / len(ends)

        def miss(x: float) -> float:
            low, high = self._corners(calculation, x)
            return (low + high) / 2.0 - target

        misses = [miss(x) for x in grid]
        for k in sorted(range(len(grid) - 1), key=lambda k: _distance(grid[k], centre)):
            if misses[k] * misses[k + 1] < 0.0:
                root = float(brentq(miss, grid[k], grid[k + 1], xtol=1e-300, rtol=1e-14, maxiter=500))
                # A change of sign at a pole is no root.
                if abs(miss(root)) <= 1e-6 * max(abs(target), 1e-300):
                    return root
        return None

    def _range(self, calculation: Calculation, key: str) -> Range:
        low, high = self._corners(calculation)
        if not (math.isfinite(low) and math.isfinite(high)):
            raise UserError(
                Fault(
                    f"{self.claim.id}.{key}",
                    f"'{calculation.text}' has no finite value at the ends of its ranges",
                    "a calculation that divides by no zero",
                )
            )
        return low, high

    def _corners(self, calculation: Calculation, at: float | None = None) -> Range:
        """Least and largest result over all corners, the free quantity at `at` if given; not finite where it fails."""
        quantities = self.claim.quantities
        order = parts(calculation, quantities)
        ends = {name: self._ends(quantities[name], at) for name in order if not quantities[name].calculation}
        ranged = [name for name, (low, high) in ends.items() if low != high]
        if len(ranged) > MOST_RANGES:
            raise UserError(
                Fault(
                    f"{self.claim.id}.quantities",
                    f"{len(ranged)} ranges in one figure",
                    f"at most {MOST_RANGES}",
                )
            )
        corners = np.array(list(itertools.product(*(ends[name] for name in ranged))), dtype=float)
        values: dict[str, Array] = {
            name: corners[:, ranged.index(name)] if name in ranged else np.full(len(corners), low)
            for name, (low, _) in ends.items()
        }
        for name in order:
            inner = quantities[name].calculation
            if inner is not None:
                values[name] = inner.evaluate(values)
        result = np.broadcast_to(calculation.evaluate(values), len(corners))
        return float(result.min()), float(result.max())

    def _ends(self, quantity: Quantity, at: float | None) -> Range:
        """The range of a quantity that is not worked out from others."""
        is_free = quantity.name == self.figure.free
        if is_free and at is not None:
            return at, at
        if quantity.simulated is not None:
            return self.simulations.range(quantity.simulated)
        if quantity.stated is not None:
            return quantity.stated
        assert quantity.distribution is not None
        if is_free:
            low, high = quantity.distribution.ppf(CENTRAL)
            return float(low), float(high)
        median = float(quantity.distribution.median())
        return median, median


def _grid(free: Quantity) -> tuple[float, list[float]]:
    """The centre of what is known of a quantity, and it times powers of ten, within the quantity's support."""
    if free.distribution is not None:
        centre = float(free.distribution.median())
        low, high = free.distribution.support()
    else:
        assert free.stated is not None
        centre, low, high = sum(free.stated) / 2.0, -math.inf, math.inf
    centre = centre or 1.0
    points = sorted(centre * 10.0 ** (k / 8.0) for k in range(-96, 97))
    return centre, [point for point in points if low <= point <= high]


def _distance(x: float, centre: float) -> float:
    return abs(math.log(x / centre))
