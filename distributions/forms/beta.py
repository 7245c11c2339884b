"""The beta distribution, for shares: on [0, 1], or on [min, max] where given."""

from __future__ import annotations

import math

from distributions.errors import Fault, UserError
from distributions.kinds.scipy_distribution import ScipyDistribution
from distributions.movement import Move, Table
from distributions.parameters import (
    PLAIN_NUMBER,
    Built,
    Form,
    Number,
    Parameters,
    Positive,
    Setting,
    Spread,
    rising,
)


class Shapes(Parameters):
    """The two shape parameters."""

    alpha: Positive
    beta: Positive
    min: Number = 0.0
    max: Number = 1.0

    def build(self, setting: Setting) -> Built:
        """Beta on [min, max]."""
        rising(("min", self.min), ("max", self.max))
        shapes = (("a", self.alpha), ("b", self.beta))
        return Built(ScipyDistribution("beta", shapes, self.min, self.max - self.min))


NARROWEST = 1e-6
"""Of the range: a smaller standard deviation takes shapes beyond 1e11, where scipy's quantiles are no longer right."""


class Moments(Parameters):
    """Mean and standard deviation of the value itself.

    With m and s on [0, 1]: k = m (1 - m)/s² - 1, alpha = m k, beta = (1 - m) k; k > 0 bounds s.
    """

    mean: Number
    sd: Spread
    min: Number = 0.0
    max: Number = 1.0

    def build(self, setting: Setting) -> Built:
        """Beta on [min, max] with these moments."""
        rising(("min", self.min), ("max", self.max))
        width = self.max - self.min
        mean, sd = (self.mean - self.min) / width, self.sd / width
        if not 0 < mean < 1:
            hint = f"{self.mean / 100:g} for {self.mean:g} %" if width == 1 and 1 < mean <= 100 else ""
            raise UserError(
                Fault("mean", f"found {self.mean:g}", f"above {self.min:g} and below {self.max:g}", hint)
            )
        largest = math.sqrt(mean * (1 - mean))
        if sd >= largest:
            raise UserError(
                Fault(
                    "sd",
                    f"found {self.sd:g}",
                    f"below {largest * width:.6g}, the largest possible with mean {self.mean:g}",
                )
            )
        if sd < NARROWEST:
            least = f"{NARROWEST * width:g} or more, a millionth of the range"
            raise UserError(Fault("sd", f"found {self.sd:g}", least, PLAIN_NUMBER))
        k = (largest / sd) ** 2 - 1
        return Built(ScipyDistribution("beta", (("a", mean * k), ("b", (1 - mean) * k)), self.min, width))


def moved(table: Table, move: Move) -> dict[str, float]:
    """Other shapes between the same ends: the spread scales the sd, the mean follows from the median."""
    from scipy.optimize import brentq
    from scipy.special import betaincinv

    distribution = FORM.distribution(table, ScipyDistribution)
    low, width = distribution.loc * move.factor, distribution.scale * move.factor
    shapes = dict(distribution.shapes)
    size = (shapes["a"] + shapes["b"] + 1.0) / move.spread**2 - 1.0
    size = min(max(size, 0.5), 1e9)
    to = min(max((move.to - low) / width, 1e-4), 1.0 - 1e-4)

    def missed(mean: float) -> float:
        return float(betaincinv(mean * size, (1.0 - mean) * size, 0.5)) - to

    mean = float(brentq(missed, 1e-9, 1.0 - 1e-9, xtol=1e-15, rtol=1e-14))
    ends = {} if (low, width) == (0.0, 1.0) else {"min": low, "max": low + width}
    return {"alpha": mean * size, "beta": (1.0 - mean) * size, **ends}


FORM = Form("beta", (Shapes, Moments), moved=moved, keeps_ends=True)
