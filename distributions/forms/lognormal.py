"""The lognormal distribution: the logarithm of the value is normal, so that the value is above 0."""

from __future__ import annotations

import math

from distributions.errors import Fault, UserError
from distributions.kinds.scipy_distribution import ScipyDistribution
from distributions.movement import Move, Table
from distributions.parameters import (
    PLAIN_NUMBER,
    Built,
    Form,
    Parameters,
    Percentiles,
    Positive,
    Setting,
    Spread,
    check_percentiles,
)


def _distribution(median: float, sigma: float) -> ScipyDistribution:
    return ScipyDistribution("lognorm", (("s", sigma),), scale=median)


class Median(Parameters):
    """Median of the value, and standard deviation of its natural logarithm."""

    median: Positive
    sigma: Spread

    def build(self, setting: Setting) -> Built:
        """Lognormal with these parameters."""
        return Built(_distribution(self.median, self.sigma))


class Moments(Parameters):
    """Mean and standard deviation of the value itself.

    sigma² = ln(1 + sd²/mean²), median = mean exp(-sigma²/2).
    """

    mean: Positive
    sd: Spread

    def build(self, setting: Setting) -> Built:
        """Lognormal with these moments."""
        ratio = self.sd / self.mean
        # beyond 1e150 the square is no finite number, and the 1 is nothing beside it
        log_ratio = math.log(self.sd) - math.log(self.mean)
        variance = math.log1p(ratio * ratio) if ratio < 1e150 else 2 * log_ratio
        median = self.mean * math.exp(-variance / 2)
        if median == 0.0 or variance == 0.0:
            moments = f"found {self.sd:g} with mean {self.mean:g}"
            if median == 0.0:
                raise UserError(
                    Fault("sd", f"{moments}: the median would be too small to count with", "a smaller sd")
                )
            raise UserError(Fault("sd", f"{moments}: no spread is left", "a larger sd", PLAIN_NUMBER))
        return Built(_distribution(median, math.sqrt(variance)))


class Pair(Percentiles):
    """Two percentiles of the value; ln x = ln median + sigma z at each, z the standard normal's percentile."""

    def build(self, setting: Setting) -> Built:
        """The one lognormal through both."""
        from scipy.special import ndtri

        low, high = self.levels()
        faults = [Fault(key, f"found {value:g}", "> 0") for key, _, value in (low, high) if value <= 0]
        if faults:
            raise UserError(*faults)
        z_low, z_high = float(ndtri(low.probability)), float(ndtri(high.probability))
        sigma = (math.log(high.value) - math.log(low.value)) / (z_high - z_low)
        median = math.exp((math.log(low.value) * z_high - math.log(high.value) * z_low) / (z_high - z_low))
        distribution = _distribution(median, sigma)
        check_percentiles(distribution, (low, high), math.log)
        return Built(distribution)


def moved(table: Table, move: Move) -> dict[str, float] | float:
    """Median and sigma after a move; the median alone where no spread is left."""
    distribution = FORM.distribution(table, ScipyDistribution)
    median, sigma = move.power(distribution.scale), dict(distribution.shapes)["s"] * move.spread
    return median if sigma < 1e-12 else {"median": median, "sigma": sigma}


FORM = Form("lognormal", (Pair, Median, Moments), moved=moved, logarithmic=True)
