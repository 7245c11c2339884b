"""The gamma distribution, by mean and sd or by shape and scale."""

from __future__ import annotations

from distributions.kinds.scipy_distribution import ScipyDistribution
from distributions.movement import Move, Table
from distributions.parameters import Built, Form, Parameters, Positive, Setting, Spread


class Moments(Parameters):
    """Mean and standard deviation: shape = (mean/sd)², scale = sd²/mean."""

    mean: Positive
    sd: Spread

    def build(self, setting: Setting) -> Built:
        """Gamma with these moments."""
        ratio = self.mean / self.sd
        # as a product, which overflows to infinity where a power would raise: told with all overflows
        return Built(ScipyDistribution("gamma", (("a", ratio * ratio),), scale=self.sd / self.mean * self.sd))


class Shape(Parameters):
    """Shape and scale: mean = shape · scale."""

    shape: Positive
    scale: Spread

    def build(self, setting: Setting) -> Built:
        """Gamma with these parameters."""
        return Built(ScipyDistribution("gamma", (("a", self.shape),), scale=self.scale))


def moved(table: Table, move: Move) -> dict[str, float]:
    """Another shape for another spread, and the scale that then gives the median."""
    from scipy.special import gammaincinv

    distribution = FORM.distribution(table, ScipyDistribution)
    before = dict(distribution.shapes)["a"]
    shape = before / move.spread**2
    middle = distribution.scale * move.factor * float(gammaincinv(before, 0.5)) * move.to / move.start
    return {"shape": shape, "scale": middle / float(gammaincinv(shape, 0.5))}


FORM = Form("gamma", (Moments, Shape), moved=moved)
