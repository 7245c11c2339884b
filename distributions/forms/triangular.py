"""Density that rises in a straight line to the mode and falls in one to the greatest value."""

from __future__ import annotations

from distributions.kinds.scipy_distribution import ScipyDistribution
from distributions.parameters import Built, Form, Number, Parameters, Setting, rising


class ThreePoints(Parameters):
    """Least, most likely and greatest value; the mode may be at either end."""

    min: Number
    mode: Number
    max: Number

    def build(self, setting: Setting) -> Built:
        """Triangular on [min, max]."""
        rising(("min", self.min), ("mode", self.mode), ("max", self.max))
        width = self.max - self.min
        return Built(ScipyDistribution("triang", (("c", (self.mode - self.min) / width),), self.min, width))


FORM = Form("triangular", (ThreePoints,), moved=lambda table, move: move.ends(table))
