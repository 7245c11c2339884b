"""chaospy draws all inputs from one joint distribution, rule "random"; costs by numpy. Independent inputs.

It has no discrete distribution with weights: its values are read off a uniform.
"""

from __future__ import annotations

from typing import Any

from benchmarks.peers.child import Run, main, steps, through_costs
from benchmarks.peers.problem import Distribution, Problem, halves


def _distribution(cp: Any, distribution: Distribution) -> Any:
    family, p = distribution
    if family == "lognormal":
        return cp.LogNormal(p[0], p[1])
    if family == "normal":
        return cp.Normal(p[0], p[1])
    if family == "uniform":
        return cp.Uniform(p[0], p[1])
    if family == "triangular":
        return cp.Triangle(*p)
    if family == "beta":
        return cp.Beta(p[0], p[1], p[2], p[2] + p[3])
    if family == "gamma":
        return cp.Gamma(p[0], p[1])
    return cp.Uniform(0, 1)


def prepare(problem: Problem, variant: str) -> Run:
    import chaospy as cp
    import numpy as np

    joint = cp.J(*(_distribution(cp, distribution) for distribution in problem.distributions.values()))
    values = {
        key: steps(*halves(p)) for key, (family, p) in problem.distributions.items() if family == "discrete"
    }

    def generator(seed: int) -> None:
        np.random.seed(seed)  # noqa: NPY002 -- the generator that chaospy draws from

    def sample(n: int, rng: Any) -> dict[str, Any]:
        x = dict(zip(problem.distributions, joint.sample(n, rule="random"), strict=True))
        return x | {key: take(x[key]) for key, take in values.items()}

    return through_costs(problem, generator, sample, variant)


if __name__ == "__main__":
    main(prepare, "chaospy", "numpy")
