"""PERT: a smooth distribution from a least, a most likely and a greatest value.

A beta distribution on [min, max] with alpha = 1 + shape (mode - min)/(max - min) and
beta = 1 + shape (max - mode)/(max - min); its mean is (min + shape mode + max)/(shape + 2).
Malcolm, Roseboom, Clark & Fazar 1959; the shape, 4 unless given, is Vose's (Risk Analysis, 2008).
"""

from __future__ import annotations

from distributions.kinds.scipy_distribution import ScipyDistribution
from distributions.parameters import Built, Form, Number, Parameters, Positive, Setting, rising


class ThreePoints(Parameters):
    """Least, most likely and greatest value; a larger shape gathers more around the mode."""

    min: Number
    mode: Number
    max: Number
    shape: Positive = 4.0

    def build(self, setting: Setting) -> Built:
        """Beta on [min, max]."""
        rising(("min", self.min), ("mode", self.mode), ("max", self.max))
        width = self.max - self.min
        alpha = 1.0 + self.shape * (self.mode - self.min) / width
        beta = 1.0 + self.shape * (self.max - self.mode) / width
        return Built(ScipyDistribution("beta", (("a", alpha), ("b", beta)), self.min, width))


FORM = Form("pert", (ThreePoints,), moved=lambda table, move: move.ends(table))
