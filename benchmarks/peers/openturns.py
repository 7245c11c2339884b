"""OpenTURNS draws all inputs as one JointDistribution with a NormalCopula over all of them; costs by numpy.

Variant "linked apart": the copula over the linked inputs alone, the others as an independent JointDistribution.
"""

from __future__ import annotations

from typing import Any

from benchmarks.peers.child import Run, main, through_costs
from benchmarks.peers.problem import Distribution, Problem, halves


def _distribution(ot: Any, distribution: Distribution) -> Any:
    family, p = distribution
    if family == "lognormal":
        return ot.LogNormal(p[0], p[1], 0.0)
    if family == "normal":
        return ot.Normal(p[0], p[1])
    if family == "uniform":
        return ot.Uniform(p[0], p[1])
    if family == "triangular":
        return ot.Triangular(*p)
    if family == "beta":
        return ot.Beta(p[0], p[1], p[2], p[2] + p[3])
    if family == "gamma":
        return ot.Gamma(p[0], 1 / p[1], 0.0)
    values, weights = halves(p)
    return ot.FiniteDiscreteDistribution([[value] for value in values], list(weights))


def prepare(problem: Problem, variant: str) -> Run:
    import numpy as np
    import openturns as ot

    def joint(keys: list[str], linked: tuple[str, ...]) -> tuple[list[str], Any]:
        marginals = [_distribution(ot, problem.distributions[key]) for key in keys]
        if not linked:
            return keys, ot.JointDistribution(marginals)
        factor = np.array(problem.cholesky)
        matrix = np.eye(len(keys))
        at = [keys.index(key) for key in linked]
        matrix[np.ix_(at, at)] = factor @ factor.T
        np.fill_diagonal(matrix, 1.0)  # which rounding may leave just above
        return keys, ot.JointDistribution(marginals, ot.NormalCopula(ot.CorrelationMatrix(matrix)))

    parts = [joint(list(problem.distributions), problem.linked)]
    if "linked apart" in variant:
        others = [key for key in problem.distributions if key not in problem.linked]
        parts = [joint(others, ()), joint(list(problem.linked), problem.linked)]

    def sample(n: int, rng: Any) -> dict[str, Any]:
        x: dict[str, Any] = {}
        for keys, distribution in parts:
            columns = np.ascontiguousarray(np.asarray(distribution.getSample(n)).T)
            x |= dict(zip(keys, columns, strict=True))
        return x

    return through_costs(problem, ot.RandomGenerator.SetSeed, sample, variant)


if __name__ == "__main__":
    main(prepare, "openturns", "numpy")
