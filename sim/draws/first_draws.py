"""The first draws of a run, whole: pictures and studies of given draws want them, numbers do not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import BLOCK
from sim.draws.job import CHUNK, Evaluator
from sim.draws.sampler import Sampler

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FirstDraws:
    """Drawn and evaluated when they are first asked for, and kept from then on.

    count: how many. by_month: whether costs are wanted month by month; else of the last month alone.
    """

    sampler: Sampler
    evaluator: Evaluator
    count: int
    by_month: bool

    @cached_property
    def values(self) -> Array:
        """Of the inputs, (inputs, count)."""
        work = self.sampler.scratch()
        parts = [
            self.sampler.draw(first // BLOCK, min(CHUNK, self.count - first), work)
            for first in range(0, self.count, CHUNK)
        ]
        return np.concatenate(parts, axis=1)

    @cached_property
    def cumulative(self) -> Array:
        """Discounted cost spent by each month, (S, H+1, n), of the first chunk; (S, 1, n) unless `by_month`."""
        return self.evaluator.costs(self.values[:, :CHUNK], self.by_month)[0]

    @cached_property
    def costs(self) -> Array:
        """Over the horizon, (S, count)."""
        later = [
            self.evaluator.costs(self.values[:, first : first + CHUNK], False)[0]
            for first in range(CHUNK, self.count, CHUNK)
        ]
        return np.concatenate([part[:, -1] for part in (self.cumulative, *later)], axis=1)
