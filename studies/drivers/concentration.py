"""On how many draws the variance of an output rests: a rare event, or a very heavy tail, leaves few of them.

An output that is 1 in a share p of draws and 0 else has a kurtosis near 1/p, so draws over kurtosis are the events
that were seen; for any other output they are the draws that carry its variance. Below `statistics.FEW` of them no
share of the variance is told from nothing, as no probability has an interval from replicates. In a few hundred, an
index may be so small that none of its events came up, and replicates then agree on 0: a Poisson count of mean 3.7 is 0
in 2.5 % of samples, which is what intervals are widened to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.statistics.estimates import FEW

Array = NDArray[np.float64]

_MANY = 5 * FEW
"""Events from which replicates see what there is: an index of 2 % has eight of its own."""
_UNSEEN = -math.log(0.025)


@dataclass(frozen=True)
class Concentration:
    """How the variance of an output is spread over its draws.

    events: the draws that carry it. draws: all of them. rare: whether the middle nine tenths of the draws lie within
    one standard deviation, so that what varies is in the rest; a skewed cost is not rare in this sense.
    """

    events: float
    draws: float
    rare: bool

    @classmethod
    def of(cls, draws: float, second: float, fourth: float, middle: float) -> Concentration:
        """From the second and fourth moment about the mean, and the range of the middle nine tenths."""
        events = draws * second**2 / fourth if fourth > 0.0 else draws
        return cls(events, draws, middle < math.sqrt(max(second, 0.0)))

    def widened(self, width: Array) -> Array:
        """Half-widths of indices, of a rare output no less than what none of the events seen would still allow."""
        if not self.rare or self.events >= _MANY:
            return width
        wider: Array = np.maximum(width, min(_UNSEEN / max(self.events, 1.0), 1.0))
        return wider

    @property
    def too_few(self) -> str:
        """What to say where the variance rests on too few draws; empty where it does not."""
        if not self.rare or self.events >= FEW:
            return ""
        times = 2 ** math.ceil(math.log2(FEW / max(self.events, 0.5)))
        return (
            f"its variance rests on about {max(self.events, 1.0):.0f} of {self.draws:,.0f} draws, and a share of it "
            f"takes {FEW} or more: about {times:,} times as many samples would do"
        )


def middle_range(output: Array) -> float:
    """From the 5 % to the 95 % quantile of draws, (n,)."""
    low, high = np.quantile(output, [0.05, 0.95])
    return float(high - low)


def of_output(output: Array) -> Concentration:
    """The concentration of an output, from all of its draws, (n,)."""
    rest = output - output.mean()
    scale = float(np.abs(rest).max()) or 1.0
    rest = rest / scale
    return Concentration.of(output.size, float((rest**2).mean()), float((rest**4).mean()), middle_range(rest))
