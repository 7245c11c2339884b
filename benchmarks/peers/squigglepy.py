"""squigglepy draws each input with `sq.sample`; costs by numpy. Independent inputs."""

from __future__ import annotations

from typing import Any

from benchmarks.peers.child import Run, main, through_costs
from benchmarks.peers.problem import Distribution, Problem, halves


def _distribution(sq: Any, distribution: Distribution) -> Any:
    family, p = distribution
    if family == "lognormal":
        return sq.lognorm(norm_mean=p[0], norm_sd=p[1])
    if family == "normal":
        return sq.norm(mean=p[0], sd=p[1])
    if family == "uniform":
        return sq.uniform(p[0], p[1])
    if family == "triangular":
        return sq.triangular(*p)
    if family == "beta":
        beta = sq.beta(p[0], p[1])
        return beta if p[2:] == (0.0, 1.0) else p[2] + p[3] * beta
    if family == "gamma":
        return sq.gamma(p[0], p[1])
    values, weights = halves(p)
    return sq.discrete(dict(zip(values, weights, strict=True)))


def prepare(problem: Problem, variant: str) -> Run:
    import numpy as np
    import squigglepy as sq

    distributions = {
        key: _distribution(sq, distribution) for key, distribution in problem.distributions.items()
    }

    def sample(n: int, rng: Any) -> dict[str, Any]:
        return {
            key: np.asarray(sq.sample(distribution, n), dtype=float)
            for key, distribution in distributions.items()
        }

    return through_costs(problem, sq.set_seed, sample, variant)


if __name__ == "__main__":
    main(prepare, "squigglepy", "numpy")
