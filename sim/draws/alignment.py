"""Sobol' points laid along the direction in which two strategies' costs part.

P(cheaper) is the mean of an indicator that jumps where the two costs are equal. A net is fine along its axes, and the
fewer axes a jump lies across, the better it is measured. In the independent normal scores behind all inputs the surface
of equal costs is nearly a plane. A rotation of the scores leaves their distribution as it is and puts the plane's
normal on the first axis, so that the jump lies across that axis alone (X. Wang & K. S. Tan 2013, "Pricing and hedging
with discontinuous functions: quasi-Monte Carlo methods and dimension reduction", Management Science 59; J. Imai & K.
S. Tan 2006, "A general dimension reduction technique for derivative pricing", Journal of Computational Finance 10).

The rotation draws the weighted sum of the scores first, and then each score given the sum and those before it, as a
Brownian bridge does. It depends on the scenario and the compared pair, in either order, and not on any draw:
estimates stay unbiased.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.draws.job import Evaluator
from sim.draws.sampler import Alignment, Sampler

Array = NDArray[np.float64]

SHARE = 0.995
"""Of the squared length of the direction, what the inputs that are rotated have together; the others have the rest."""

_STEP = math.sqrt(3.0)
"""Node of the three-point Gauss-Hermite rule, which gives E[z f(z)] exactly for cubic f."""


def align(sampler: Sampler, evaluator: Evaluator, a: int, b: int) -> Alignment | None:
    """The alignment with the direction in which the costs of strategies a and b part; None where there is none.

    sampler: of the same inputs, not aligned, under any design; how a copula mixes their scores is kept.
    """
    direction = _direction(sampler, evaluator, a, b)
    length = math.sqrt(math.fsum(direction**2))
    if not (math.isfinite(length) and length > 0.0):
        return None
    order = np.argsort(-np.abs(direction), kind="stable")
    # the same way round whichever of the two is named first, so that draws are the same and P mirrors
    direction = direction / math.copysign(length, direction[order[0]])
    enough = int(np.searchsorted(np.cumsum(direction[order] ** 2), SHARE)) + 1
    turned = [int(j) for j in order[:enough]]
    linked = [int(j) for j in sampler.plan.linked]
    sources = [*turned, *(j for j in linked if j not in turned)]
    rotation = np.eye(len(sources))
    rotation[:enough, :enough] = bridge(direction[turned])
    return Alignment(
        tuple(sampler.names[sampler.plan.row[j]] for j in sources),
        _product(_mixing(sampler, sources), rotation),
    )


def bridge(weights: Array) -> Array:
    """The rotation, (k, k), whose first column is along `weights` (k,), none of which is 0.

    Column j + 1 moves score j, and scores after j against it, so that their weighted sum stays.
    """
    k = weights.size
    w = weights / math.sqrt(math.fsum(weights**2))
    rest = np.sqrt(np.cumsum(w[::-1] ** 2)[::-1])  # length of what is left of w from each score on
    rotation = np.zeros((k, k))
    rotation[:, 0] = w
    for j in range(k - 1):
        rotation[j, j + 1] = rest[j + 1] / rest[j]
        rotation[j + 1 :, j + 1] = -w[j + 1 :] * (w[j] / (rest[j] * rest[j + 1]))
    return rotation


def _direction(sampler: Sampler, evaluator: Evaluator, a: int, b: int) -> Array:
    """How fast the relative difference of the two costs changes with each independent score, the others in the middle.

    Relative, (a - b)/(|a| + |b|): it has the sign of the difference, and bends less than the difference does.
    """
    n = sampler.plan.row.size
    steps = _STEP * np.eye(n)
    costs = evaluator.costs(sampler.at_scores(np.concatenate([steps, -steps], axis=1)), False)[0][:, 0]
    size = np.abs(costs[a]) + np.abs(costs[b])
    relative: Array = np.divide(costs[a] - costs[b], size, out=np.zeros(2 * n), where=size > 0.0)
    slopes: Array = relative[:n] - relative[n:]
    return slopes


def _mixing(sampler: Sampler, sources: list[int]) -> Array:
    """How the scores of the inputs `sources` come of independent ones of the same inputs, before any rotation."""
    matrix = np.eye(len(sources))
    at = [sources.index(int(j)) for j in sampler.plan.linked]
    matrix[np.ix_(at, at)] = sampler.plan.mixing
    return matrix


def _product(left: Array, right: Array) -> Array:
    """left @ right, summed in one order on every machine, as a BLAS does not."""
    product = np.zeros_like(left)
    for k in range(len(left)):
        product += left[:, k : k + 1] * right[k : k + 1]
    return product
