"""JAX on the processor: one draw's cost, sampling included, under `vmap` and `jit`, in JAX's own 32-bit floats.

Months are unrolled, which XLA then fuses. Independent inputs by `jax.random`; compiling is not timed.
Variant "sampled by numpy": scipy's `rvs` draw, since `jax.random.beta` and `gamma` are slow on a processor.
"""

from __future__ import annotations

from typing import Any

from benchmarks.peers import costs
from benchmarks.peers.child import Answer, Run, main
from benchmarks.peers.numpy_scipy import sampler
from benchmarks.peers.problem import Distribution, Problem, halves

BATCH = 1 << 13


def _draw(jax: Any, distribution: Distribution, key: Any, n: int) -> Any:
    jnp, random = jax.numpy, jax.random
    family, p = distribution
    if family == "lognormal":
        return jnp.exp(p[0] + p[1] * random.normal(key, (n,)))
    if family == "normal":
        return p[0] + p[1] * random.normal(key, (n,))
    if family == "uniform":
        return random.uniform(key, (n,), minval=p[0], maxval=p[1])
    if family == "triangular":
        return random.triangular(key, *p, shape=(n,))
    if family == "beta":
        return p[2] + p[3] * random.beta(key, p[0], p[1], (n,))
    if family == "gamma":
        return p[1] * random.gamma(key, p[0], (n,))
    values, weights = halves(p)
    return random.choice(key, jnp.array(values), (n,), p=jnp.array(weights))


def prepare(problem: Problem, variant: str) -> Run:
    import jax
    import numpy as np

    a, b = problem.pair

    def one(x: dict[str, Any]) -> Any:
        row, _ = costs.costs({**problem.certain, **x}, (), problem.horizon, problem.rate, xp=jax.numpy)
        return jax.numpy.stack(row)

    every = jax.vmap(one)

    def sums(x: dict[str, Any]) -> tuple[Any, Any]:
        found = every(x)
        less = (found[:, a] < found[:, b]).sum() + 0.5 * (found[:, a] == found[:, b]).sum()
        return less, found.mean(axis=0)

    @jax.jit
    def drawn(key: Any) -> tuple[Any, Any]:
        keys = jax.random.split(key, len(problem.distributions))
        items = zip(problem.distributions.items(), keys, strict=True)
        return sums({name: _draw(jax, distribution, own, BATCH) for (name, distribution), own in items})

    given = jax.jit(sums)
    by_numpy = sampler(problem)

    def run(draws: int, seed: int) -> Answer:
        answer, rng = Answer(problem.pair), np.random.default_rng(seed)
        for key in jax.random.split(jax.random.key(seed), -(-draws // BATCH)):
            less, mean = given(by_numpy(BATCH, rng)) if "sampled by numpy" in variant else drawn(key)
            answer.draws += BATCH
            answer.less += float(less)
            answer.total += BATCH * np.asarray(mean, dtype=float)
        return answer

    return run


if __name__ == "__main__":
    main(prepare, "jax", "jaxlib")
