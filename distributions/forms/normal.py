"""The normal distribution, by mean and sd or by two percentiles."""

from __future__ import annotations

from distributions.kinds.scipy_distribution import ScipyDistribution
from distributions.movement import Move, Table
from distributions.parameters import (
    Built,
    Form,
    Number,
    Parameters,
    Percentiles,
    Setting,
    Spread,
    check_percentiles,
)


class Moments(Parameters):
    """Mean and standard deviation."""

    mean: Number
    sd: Spread

    def build(self, setting: Setting) -> Built:
        """Normal with these moments."""
        return Built(ScipyDistribution("norm", loc=self.mean, scale=self.sd))


class Pair(Percentiles):
    """Two percentiles; x = mean + sd z at each, z the standard normal's percentile."""

    def build(self, setting: Setting) -> Built:
        """The one normal through both."""
        from scipy.special import ndtri

        low, high = self.levels()
        z_low, z_high = float(ndtri(low.probability)), float(ndtri(high.probability))
        sd = (high.value - low.value) / (z_high - z_low)
        mean = (low.value * z_high - high.value * z_low) / (z_high - z_low)
        distribution = ScipyDistribution("norm", loc=mean, scale=sd)
        check_percentiles(distribution, (low, high))
        return Built(distribution)


def moved(table: Table, move: Move) -> dict[str, float]:
    """Mean and standard deviation after a move of the median."""
    distribution = FORM.distribution(table, ScipyDistribution)
    mean = move.to + move.spread * move.ratio * (distribution.loc * move.factor - move.start)
    return {"mean": mean, "sd": distribution.scale * move.factor * move.ratio * move.spread}


FORM = Form("normal", (Moments, Pair), moved=moved)
