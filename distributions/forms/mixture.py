"""One of several values, each with its probability: `mixture { weights = [0.7, 0.3], parts = [ …, … ] }`.

F(x) = Σ w_i F_i(x); the inverse is found by root finding within a table of F.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from distributions.distribution import Array as Vector
from distributions.distribution import Distribution, root_mean_square
from distributions.errors import Fault, UserError
from distributions.kinds.steps import Steps
from distributions.movement import Move, Table
from distributions.parameters import (
    PLAIN_NUMBER,
    UNCERTAIN_VALUE,
    AsList,
    Built,
    Form,
    Parameters,
    Setting,
    Weight,
)


class Mixture(Distribution):
    """Distributions with weights that add up to 1."""

    def __init__(self, parts: Sequence[Distribution], weights: Sequence[float]) -> None:
        self.parts, self.weights = tuple(parts), tuple(weights)

    def cdf(self, x: Any) -> Any:
        """As `Distribution.cdf`."""
        x, high = np.asarray(x, dtype=float), self._ends[1]
        return np.where(x >= high, 1.0, np.minimum(self._sum(lambda part: part.cdf(x)), 1.0))[()]

    def sf(self, x: Any) -> Any:
        """As `Distribution.sf`."""
        x, low = np.asarray(x, dtype=float), self._ends[0]
        return np.where(x < low, 1.0, np.minimum(self._sum(lambda part: part.sf(x)), 1.0))[()]

    def pdf(self, x: Any) -> Any:
        """As `Distribution.pdf`."""
        return self._sum(lambda part: part.pdf(x))

    def ppf(self, q: Any) -> Any:
        """As `Distribution.ppf`."""
        q = np.asarray(q, dtype=float)
        return self._inverse(q, 1.0 - q)

    def isf(self, q: Any) -> Any:
        """As `Distribution.isf`."""
        q = np.asarray(q, dtype=float)
        return self._inverse(1.0 - q, q)

    @cached_property
    def _knots(self) -> tuple[Vector, Vector, Vector]:
        """Values at even steps of each part's normal score, every atom and the float before it; F and 1 - F there."""
        from scipy.special import ndtr

        tail = ndtr(np.linspace(-8.5, 0.0, 200))
        knots = [np.concatenate([part.ppf(tail), part.isf(tail)]) for part in self.parts]
        for part in self.parts:
            if isinstance(part, Steps):
                knots += [part.values, np.nextafter(part.values, -np.inf)]
        x = np.unique(np.concatenate(knots))
        x = x[np.isfinite(x)]
        return x, np.asarray(self.cdf(x)), np.asarray(self.sf(x))

    def _inverse(self, below: Vector, above: Vector) -> Any:
        """The least x with F(x) ≥ below; in the upper half told by 1 - F(x) ≤ above.

        A table gives a bracket, which the Illinois variant of false position (Dowell & Jarratt 1971) and, every third
        time, bisection narrow.
        """
        shape = below.shape
        below, above = below.ravel(), above.ravel()
        lower_half = below <= 0.5
        x, cdf, sf = self._knots
        at = np.where(
            lower_half, np.searchsorted(cdf, below), x.size - np.searchsorted(sf[::-1], above, "right")
        )
        inside = (at > 0) & (at < x.size)
        low, high = x[np.clip(at - 1, 0, x.size - 1)], x[np.clip(at, 0, x.size - 1)]
        if not inside.all():
            # Beyond the table, between the parts' own values there.
            rest = ~inside
            quantiles = np.stack(
                [
                    np.where(lower_half[rest], part.ppf(below[rest]), part.isf(above[rest]))
                    for part in self.parts
                ]
            )
            low[rest], high[rest] = quantiles.min(axis=0), quantiles.max(axis=0)
        target = np.where(lower_half, below, above)

        def excess(x: Vector, which: Any) -> Vector:
            """F(x) - below, or above - (1 - F(x)): rises with x and is to be at least 0."""
            lower = lower_half[which]
            gap: Vector = np.where(lower, self.cdf(x) - target[which], target[which] - self.sf(x))
            return gap

        everyone = np.arange(below.size)
        with np.errstate(invalid="ignore", divide="ignore"):
            g_low, g_high = excess(low, everyone), excess(high, everyone)
            high = np.where(g_low >= 0, low, high)
            active = np.flatnonzero(g_low < 0)
            side = np.zeros(below.size, dtype=np.int8)
            for turn in range(300):
                middle = low[active] + (high[active] - low[active]) / 2
                active = active[(middle > low[active]) & (middle < high[active])]
                if not active.size:
                    break
                a, b, ga, gb = low[active], high[active], g_low[active], g_high[active]
                tried = a + (b - a) / 2 if turn % 3 == 2 else a - ga * ((b - a) / (gb - ga))
                tried = np.where((tried > a) & (tried < b), tried, a + (b - a) / 2)
                g = excess(tried, active)
                reached = g >= 0
                up, down = active[reached], active[~reached]
                high[up], g_high[up], low[down], g_low[down] = (
                    tried[reached],
                    g[reached],
                    tried[~reached],
                    g[~reached],
                )
                g_low[up] *= np.where(side[up] == 1, 0.5, 1.0)
                g_high[down] *= np.where(side[down] == -1, 0.5, 1.0)
                side[up], side[down] = 1, -1
                met = np.abs(g) <= 2 * np.finfo(float).eps * target[active]
                high[active[met]] = tried[met]
                active = active[~met]
        return high.reshape(shape)[()]

    def support(self) -> tuple[float, float]:
        """As `Distribution.support`."""
        ends = [part.support() for part in self.parts]
        return min(low for low, _ in ends), max(high for _, high in ends)

    @cached_property
    def _ends(self) -> tuple[float, float]:
        return self.support()

    def scaled(self, factor: float) -> Mixture:
        """As `Distribution.scaled`."""
        return Mixture([part.scaled(factor) for part in self.parts], self.weights)

    def atoms(self) -> Vector:
        """As `Distribution.atoms`: those of all parts."""
        return np.concatenate([part.atoms() for part in self.parts])

    @property
    def has_moments(self) -> bool:
        """As `Distribution.has_moments`."""
        return all(part.has_moments for part in self.parts)

    def mean(self) -> float:
        """As `Distribution.mean`."""
        return math.fsum(w * part.mean() for w, part in zip(self.weights, self.parts, strict=True))

    def std(self) -> float:
        """As `Distribution.std`: spread within the parts and between them."""
        mean = self.mean()
        spreads = [[part.std() for part in self.parts], [part.mean() - mean for part in self.parts]]
        return root_mean_square(np.array(spreads), np.array(self.weights))

    def _sum(self, of: Callable[[Distribution], Any]) -> Any:
        return sum(w * np.asarray(of(part)) for w, part in zip(self.weights, self.parts, strict=True))


class Weighted(Parameters):
    """Parts, each a number or a table of any form, and as many weights, taken as shares of their sum."""

    weights: Annotated[list[Weight], AsList, Field(min_length=1)]
    parts: Annotated[list[Any], AsList, Field(min_length=1)]

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """As `Parameters.json_schema`; each part is an uncertain value again."""
        schema = super().json_schema()
        schema["properties"]["parts"]["items"] = {"$ref": UNCERTAIN_VALUE}
        return schema

    def build(self, setting: Setting) -> Built:
        """The mixture; of numbers and discrete parts alone, one discrete distribution.

        Raises:
            UserError: another number of weights than of parts, no weight above 0, no spread, or a part's own faults.
        """
        if len(self.weights) != len(self.parts):
            raise UserError(
                Fault(
                    "weights", f"found {len(self.weights)} for {len(self.parts)} parts", "one for each part"
                )
            )
        total = sum(self.weights)
        if not 0 < total < math.inf:
            problem = "all are 0" if total == 0 else "add up to more than the largest number"
            raise UserError(Fault("weights", problem, "shares such as 0.7 and 0.3"))
        faults: list[Fault] = []
        distributions: list[Distribution] = []
        notes: list[str] = []
        for number, (value, weight) in enumerate(zip(self.parts, self.weights, strict=True)):
            try:
                part = setting.part(value, f"parts.{number}")
            except UserError as error:
                faults.extend(error.faults)
                continue
            if weight > 0:
                distributions.append(part.distribution)
                notes.append(part.note)
        if faults:
            raise UserError(*faults)
        shares = [weight / total for weight in self.weights if weight > 0]
        if abs(total - 1) > 1e-9:
            notes.append(f"weights add up to {total:g} and were taken as shares of it")
        note = "; ".join(filter(None, notes))
        steps = [distribution for distribution in distributions if isinstance(distribution, Steps)]
        if len(steps) < len(distributions):
            return Built(
                distributions[0] if len(distributions) == 1 else Mixture(distributions, shares), note
            )
        values = np.concatenate([distribution.values for distribution in steps])
        joined = Steps(
            values,
            np.concatenate(
                [share * distribution.weights for share, distribution in zip(shares, steps, strict=True)]
            ),
        )
        if joined.values.size == 1:
            raise UserError(
                Fault("", f"{joined.values[0]:g} is the only value with weight", hint=PLAIN_NUMBER)
            )
        return Built(joined, note)


def moved(table: Table, move: Move) -> dict[str, Any]:
    """Every part moved, with its weight."""
    return {"weights": list(table["weights"]), "parts": [move.part(part, move) for part in table["parts"]]}


FORM = Form("mixture", (Weighted,), moved=moved)
