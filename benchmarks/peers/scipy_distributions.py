"""The problem's distributions as frozen distributions of scipy.stats, for the peers that take those."""

from __future__ import annotations

import math
from typing import Any

from benchmarks.peers.problem import Distribution


def frozen(distribution: Distribution) -> Any:
    """One continuous distribution; a discrete one is the standard uniform that its values are read off."""
    from scipy import stats

    family, p = distribution
    if family == "lognormal":
        return stats.lognorm(p[1], scale=math.exp(p[0]))
    if family == "normal":
        return stats.norm(p[0], p[1])
    if family == "uniform":
        return stats.uniform(p[0], p[1] - p[0])
    if family == "triangular":
        return stats.triang((p[1] - p[0]) / (p[2] - p[0]), p[0], p[2] - p[0])
    if family == "beta":
        return stats.beta(*p)
    if family == "gamma":
        return stats.gamma(p[0], scale=p[1])
    if family == "discrete":
        return stats.uniform(0, 1)
    raise ValueError(f"no such family: {family}")
