"""numpy and scipy: `rvs` of frozen scipy.stats distributions; linked inputs by `ppf` of a copula's correlated normals.

`rvs` hands over to numpy's own generators, so that a program that calls those itself makes the same draws as fast.
Variants: see `child.through_costs`.
"""

from __future__ import annotations

from typing import Any

from benchmarks.peers.child import Run, Sample, main, steps, through_costs
from benchmarks.peers.problem import Problem, halves
from benchmarks.peers.scipy_distributions import frozen


def sampler(problem: Problem) -> Sample:
    import numpy as np
    from scipy.special import ndtr

    distributions = {key: frozen(distribution) for key, distribution in problem.distributions.items()}
    values = {
        key: steps(*halves(p)) for key, (family, p) in problem.distributions.items() if family == "discrete"
    }
    factor = np.array(problem.cholesky)

    def sample(n: int, rng: Any) -> dict[str, Any]:
        x = {
            key: distribution.rvs(n, random_state=rng)
            for key, distribution in distributions.items()
            if key not in problem.linked
        }
        if problem.linked:
            levels = ndtr(factor @ rng.standard_normal((len(problem.linked), n)))
            x |= {key: distributions[key].ppf(u) for key, u in zip(problem.linked, levels, strict=True)}
        return x | {key: take(x[key]) for key, take in values.items()}

    return sample


def prepare(problem: Problem, variant: str) -> Run:
    import numpy as np

    return through_costs(problem, np.random.default_rng, sampler(problem), variant)


if __name__ == "__main__":
    main(prepare, "numpy", "scipy")
