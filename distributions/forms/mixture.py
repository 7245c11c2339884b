"""One of several values, each with its probability: `mixture { weights = [0.7, 0.3], parts = [ …, … ] }`.

F(x) = Σ w_i F_i(x); the inverse is found by bisection between the parts' own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import Field, WithJsonSchema

from distributions.errors import Fault, UserError
from distributions.law import Law
from distributions.parameters import PLAIN_NUMBER, AsList, Built, Form, Parameters, Setting, Weight
from distributions.steps import Steps

Part = Annotated[Any, WithJsonSchema({"$ref": "#/$defs/uncertain_value"})]


class Mixture(Law):
    """Laws with weights that add up to 1."""

    def __init__(self, parts: Sequence[Law], weights: Sequence[float]) -> None:
        self.parts, self.weights = tuple(parts), tuple(weights)

    def cdf(self, x: Any) -> Any:
        """As `Law.cdf`."""
        return self._sum(lambda part: part.cdf(x))

    def sf(self, x: Any) -> Any:
        """As `Law.sf`."""
        return self._sum(lambda part: part.sf(x))

    def pdf(self, x: Any) -> Any:
        """As `Law.pdf`."""
        return self._sum(lambda part: part.pdf(x))

    def ppf(self, q: Any) -> Any:
        """As `Law.ppf`."""
        q = np.asarray(q, dtype=float)
        return self._inverse(q, 1.0 - q, np.stack([part.ppf(q) for part in self.parts]))

    def isf(self, q: Any) -> Any:
        """As `Law.isf`."""
        q = np.asarray(q, dtype=float)
        return self._inverse(1.0 - q, q, np.stack([part.isf(q) for part in self.parts]))

    def _inverse(self, below: Any, above: Any, inverses: Any) -> Any:
        """The least x with F(x) ≥ below, told from the nearer tail: 1 - F(x) ≤ above in the upper half."""
        low, high = inverses.min(axis=0), inverses.max(axis=0)
        lower_half = below <= 0.5
        with np.errstate(invalid="ignore"):
            for _ in range(200):
                middle = low + (high - low) / 2
                inside = (middle > low) & (middle < high)
                if not inside.any():
                    break
                reached = np.where(lower_half, self.cdf(middle) >= below, self.sf(middle) <= above)
                high = np.where(inside & reached, middle, high)
                low = np.where(inside & ~reached, middle, low)
        # The lower end itself may do: where all parts agree, or where it holds an atom.
        at_low = np.where(lower_half, self.cdf(low) >= below, self.sf(low) <= above)
        return np.where(at_low, low, high)[()]

    def support(self) -> tuple[float, float]:
        """As `Law.support`."""
        ends = [part.support() for part in self.parts]
        return min(low for low, _ in ends), max(high for _, high in ends)

    def scaled(self, factor: float) -> Mixture:
        """As `Law.scaled`."""
        return Mixture([part.scaled(factor) for part in self.parts], self.weights)

    def mean(self) -> float:
        """As `Law.mean`."""
        return math.fsum(w * part.mean() for w, part in zip(self.weights, self.parts, strict=True))

    def std(self) -> float:
        """As `Law.std`: spread within the parts and between them."""
        mean = self.mean()
        pairs = zip(self.weights, self.parts, strict=True)
        return math.sqrt(math.fsum(w * (part.std() ** 2 + (part.mean() - mean) ** 2) for w, part in pairs))

    def _sum(self, of: Callable[[Law], Any]) -> Any:
        return sum(w * np.asarray(of(part)) for w, part in zip(self.weights, self.parts, strict=True))


class Weighted(Parameters):
    """Parts, each a number or a table of any form, and as many weights, taken as shares of their sum."""

    weights: Annotated[list[Weight], AsList, Field(min_length=1)]
    parts: Annotated[list[Part], AsList, Field(min_length=1)]

    def build(self, setting: Setting) -> Built:
        """The mixture; of numbers and discrete parts alone, one discrete law.

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
        if total == 0:
            raise UserError(Fault("weights", "all are 0", "at least one above 0"))
        faults: list[Fault] = []
        laws: list[Law] = []
        notes: list[str] = []
        for number, (value, weight) in enumerate(zip(self.parts, self.weights, strict=True)):
            try:
                part = setting.part(value, f"parts.{number}")
            except UserError as error:
                faults.extend(error.faults)
                continue
            if weight > 0:
                laws.append(part.law)
                notes.append(part.note)
        if faults:
            raise UserError(*faults)
        shares = [weight / total for weight in self.weights if weight > 0]
        if abs(total - 1) > 1e-9:
            notes.append(f"weights add up to {total:g} and were taken as shares of it")
        note = "; ".join(filter(None, notes))
        steps = [law for law in laws if isinstance(law, Steps)]
        if len(steps) < len(laws):
            return Built(laws[0] if len(laws) == 1 else Mixture(laws, shares), note)
        values = np.concatenate([law.values for law in steps])
        joined = Steps(
            values, np.concatenate([share * law.weights for share, law in zip(shares, steps, strict=True)])
        )
        if joined.values.size == 1:
            raise UserError(
                Fault("", f"{joined.values[0]:g} is the only value with weight", hint=PLAIN_NUMBER)
            )
        return Built(joined, note)


FORM = Form("mixture", (Weighted,))
