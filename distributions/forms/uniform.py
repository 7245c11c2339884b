"""Every value from min to max as likely as any other."""

from __future__ import annotations

from distributions.kinds.scipy_distribution import ScipyDistribution
from distributions.parameters import Built, Form, Number, Parameters, Setting, rising


class Range(Parameters):
    """Least and greatest value."""

    min: Number
    max: Number

    def build(self, setting: Setting) -> Built:
        """Uniform on [min, max]."""
        rising(("min", self.min), ("max", self.max))
        return Built(ScipyDistribution("uniform", loc=self.min, scale=self.max - self.min))


FORM = Form("uniform", (Range,), moved=lambda table, move: move.ends(table))
