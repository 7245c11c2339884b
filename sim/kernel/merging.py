"""A chunk's tally added to what a run has counted so far: compiled, since there are thousands of chunks to a run.

Means and squares are merged by the pairwise formula of T. F. Chan, G. H. Golub & R. J. LeVeque 1983, "Algorithms for
computing the sample variance: analysis and recommendations", as `statistics.Moments` does it for other streams.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from distributions.sampling.jit import jit
from sim.kernel.reductions import Tally


class Sums(NamedTuple):
    """What a run has counted, changed in place; R = 16 replicates.

    number, mean, m2 (measures, R): of each measure the draws, their mean and their sum of squared deviations. extremes
    (measures, 2): least and greatest. The rest as in `Tally`, with months last but for replicates: beyond (measures +
    differences, R), less, equal (pairs, H+1, R), reached, lasting (pairs, 2, H+1), fell_back (pairs, 2), cheapest (S,
    H+1, R), cumulative (S, H+1), items (lines,), draws (R,).
    """

    number: NDArray[np.float64]
    mean: NDArray[np.float64]
    m2: NDArray[np.float64]
    beyond: NDArray[np.float64]
    extremes: NDArray[np.float64]
    less: NDArray[np.int64]
    equal: NDArray[np.int64]
    reached: NDArray[np.int64]
    lasting: NDArray[np.int64]
    fell_back: NDArray[np.int64]
    cheapest: NDArray[np.float64]
    cumulative: NDArray[np.float64]
    items: NDArray[np.float64]
    draws: NDArray[np.int64]


@jit
def merge(tally: Tally, centre: NDArray[np.float64], into: Sums) -> None:
    """Add the next chunk, in order. centre (measures,): what the tally's deviations are from."""
    months, replicates = tally.less.shape[0], tally.draws.size
    for k in range(centre.size):
        for r in range(replicates):
            n, before, first = float(tally.draws[r]), into.number[k, r], tally.moments[k, 0, r]
            if n == 0.0:
                continue
            # not numbers where draws have none: a cost per query without queries
            shift = first / n
            m2 = tally.moments[k, 1, r] - first * shift
            m2 = 0.0 if m2 < 0.0 else m2
            share = n / (before + n)
            delta = centre[k] + shift - into.mean[k, r]
            into.number[k, r] = before + n
            into.mean[k, r] += delta * share
            into.m2[k, r] += m2 + delta * delta * before * share
            into.extremes[k, 0] = min(into.extremes[k, 0], tally.extremes[k, 0, r])
            into.extremes[k, 1] = max(into.extremes[k, 1], tally.extremes[k, 1, r])
    for k in range(into.beyond.shape[0]):
        for r in range(replicates):
            into.beyond[k, r] += tally.beyond[k, r]
    for month in range(months):
        for p in range(into.less.shape[0]):
            for r in range(replicates):
                into.less[p, month, r] += tally.less[month, p, r]
                into.equal[p, month, r] += tally.equal[month, p, r]
            for way in range(2):
                into.reached[p, way, month] += tally.reached[month, p, way]
                into.lasting[p, way, month] += tally.lasting[month, p, way]
        for s in range(into.cumulative.shape[0]):
            for r in range(replicates):
                into.cheapest[s, month, r] += tally.cheapest[month, s, r]
            for part in range(tally.cumulative.shape[2]):
                into.cumulative[s, month] += tally.cumulative[month, s, part]
    for p in range(into.fell_back.shape[0]):
        for way in range(2):
            into.fell_back[p, way] += tally.fell_back[p, way]
    for line in range(into.items.size):
        for r in range(replicates):
            into.items[line] += tally.items[line, r]
    for r in range(replicates):
        into.draws[r] += tally.draws[r]
