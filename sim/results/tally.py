"""Everything a run counted, merged over its chunks in their order."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import REPLICATES
from sim.draws.job import Job
from sim.kernel import reductions
from sim.kernel.merging import Sums, merge
from sim.kernel.reductions import Tally as ChunkTally
from sim.statistics.estimates import Moments

Array = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass
class RunTally:
    """Counts and sums of a run; S strategies, R = 16 replicates.

    moments: of each measure by replicate, (measures, R). extremes (measures, 2).
    bins (measures, BINS + GRID): histograms about `centre`, `scale`, each (measures,), and counts by replicate after
    them (`counts`, `below`); no columns where none are kept. tails: of the `Question`. beyond: as in `Tally`.
    less, equal (pairs, H+1, R): draws in which the first's cumulative cost is below the second's, is equal.
    reached (pairs, 2, H+1): draws in which the first has been at or below the second by month m; and the reverse.
    lasting (pairs, 2, H+1): draws in which it is so from month m to the last.
    fell_back (pairs, 2): draws in which it was so in some month and not in a later one.
    cheapest (S, H+1, R), cumulative (S, H+1), items (lines,), draws (R,): as in `Tally`.
    path: (draws, less, equal, draws by replicate) of the watched pair as draws accumulated.
    """

    moments: Moments
    beyond: Array
    extremes: Array
    bins: Counts
    tails: Array
    centre: Array
    scale: Array
    less: Counts
    equal: Counts
    reached: Counts
    lasting: Counts
    fell_back: Counts
    cheapest: Array
    cumulative: Array
    items: Array
    draws: Counts
    path: list[tuple[int, Counts, Counts, Counts]] = field(default_factory=list)

    @classmethod
    def empty(cls, job: Job) -> RunTally:
        """Of no draws."""
        measures, strategies, pairs = job.measures, job.strategies, len(job.question.pairs)
        differences = len(job.question.differences)
        months = job.months + 1
        return cls(
            moments=Moments.empty((measures, REPLICATES)),
            beyond=np.zeros((measures + differences, REPLICATES)),
            extremes=np.stack([np.full(measures, np.inf), np.full(measures, -np.inf)], axis=1),
            bins=job.empty_counts(),
            tails=job.question.tails,
            centre=job.question.centre,
            scale=1.0 / job.question.per_scale,
            less=np.zeros((pairs, months, REPLICATES), dtype=np.int64),
            equal=np.zeros((pairs, months, REPLICATES), dtype=np.int64),
            reached=np.zeros((pairs, 2, months), dtype=np.int64),
            lasting=np.zeros((pairs, 2, months), dtype=np.int64),
            fell_back=np.zeros((pairs, 2), dtype=np.int64),
            cheapest=np.zeros((strategies, months, REPLICATES)),
            cumulative=np.zeros((strategies, months)),
            items=np.zeros(job.lines),
            draws=np.zeros(REPLICATES, dtype=np.int64),
        )

    def merge(self, chunk: ChunkTally) -> None:
        """Add the next chunk, in order."""
        sums = Sums(
            self.moments.count,
            self.moments.mean,
            self.moments.m2,
            self.beyond,
            self.extremes,
            self.less,
            self.equal,
            self.reached,
            self.lasting,
            self.fell_back,
            self.cheapest,
            self.cumulative,
            self.items,
            self.draws,
        )
        merge(chunk, self.centre, sums)

    def mark(self, watched: int) -> None:
        """Record how the watched pair stands, for the picture of convergence."""
        self.path.append(
            (
                int(self.draws.sum()),
                self.less[watched, -1].copy(),
                self.equal[watched, -1].copy(),
                self.draws.copy(),
            )
        )

    @property
    def counts(self) -> Counts:
        """Histograms, (measures, BINS)."""
        return self.bins[:, : reductions.BINS]

    def below(self, measure: int) -> Counts | None:
        """Draws of each replicate below some ascending values of a measure, (values, R); None where none are kept."""
        counts = self.bins[measure, reductions.BINS :]
        return counts.reshape(-1, REPLICATES) if counts.size else None

    def beyond_tail(self, measure: int, lower: bool = False) -> tuple[float, Array, Counts]:
        """Where a measure's upper tail begins, by replicate how far draws lie beyond that, and how many do.

        lower: of a difference the other way.
        """
        below = self.below(measure)
        assert below is not None
        if lower:
            at = measure + len(self.tails) - len(self.centre)
            return float(self.tails[at]), self.beyond[at], below[reductions.LOWER]
        return float(self.tails[measure]), self.beyond[measure], self.draws - below[reductions.UPPER]

    def edges(self, measure: int) -> Array:
        """Bin edges of a measure's histogram, (bins + 1,)."""
        return reductions.bin_edges(float(self.centre[measure]), float(self.scale[measure]))
