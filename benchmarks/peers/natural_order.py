"""numba, one draw after another, months inside: `one_draw` compiled, on one thread, with the counts of a run by month.

Variant "kernel": inputs come from scipy's `rvs` beforehand, and only costs, standings by month of all ten pairs, and
sums and squares of 25 measures are timed: what the blocked kernel does, less its histograms and line items. Otherwise
each draw samples its inputs too, by the generators that numba compiles.
"""

from __future__ import annotations

from typing import Any

from benchmarks.peers.child import Answer, Run, main
from benchmarks.peers.costs import PAIRS
from benchmarks.peers.numpy_scipy import sampler
from benchmarks.peers.one_draw import KEYS, one_draw
from benchmarks.peers.problem import STRATEGIES, Problem, halves

GIVEN = 1 << 17
"""Draws whose inputs are there beforehand."""

FAMILIES = ("lognormal", "normal", "uniform", "triangular", "beta", "gamma", "discrete")


def prepare(problem: Problem, variant: str) -> Run:
    import numba
    import numpy as np

    compiled = numba.njit(error_model="numpy")
    cost, strategies, horizon = compiled(one_draw), len(STRATEGIES), problem.horizon
    discount, pairs = np.array(problem.discount), np.array(PAIRS)
    rows = np.array([KEYS.index(key) for key in problem.distributions])
    families = np.array([FAMILIES.index(family) for family, _ in problem.distributions.values()])
    parameters = np.zeros((len(rows), 2 * max(len(p) for _, p in problem.distributions.values())))
    sizes = np.zeros(len(rows), dtype=np.int64)
    for k, (family, p) in enumerate(problem.distributions.values()):
        values, weights = halves(p)
        p = (*values, *(np.cumsum(weights) / np.sum(weights))) if family == "discrete" else p
        parameters[k, : len(p)], sizes[k] = p, len(p) // 2

    @compiled
    def count(path: Any, less: Any, ever: Any, cheapest: Any, spent: Any) -> None:
        for k in range(pairs.shape[0]):
            a, b = pairs[k]
            a_ever = b_ever = False
            for month in range(horizon + 1):
                less[month, k] += path[month, a] < path[month, b]
                if month:
                    a_ever |= path[month, a] <= path[month, b]
                    b_ever |= path[month, b] <= path[month, a]
                    ever[month, k, 0] += a_ever
                    ever[month, k, 1] += b_ever
        for month in range(horizon + 1):
            best = 0
            for s in range(strategies):
                spent[month, s] += path[month, s]
                if path[month, s] < path[month, best]:
                    best = s
            cheapest[month, best] += 1

    @compiled
    def add(value: float, moments: Any) -> None:
        moments[0] += value
        moments[1] += value * value
        moments[2] = min(moments[2], value)
        moments[3] = max(moments[3], value)

    @compiled
    def measure(path: Any, volume: float, growth: float, moments: Any) -> None:
        step, queries, least = (1 + growth) ** (1 / 12), 0.0, path[horizon, 0]
        for _ in range(horizon):
            queries += volume
            volume *= step
        for s in range(strategies):
            least = min(least, path[horizon, s])
        for s in range(strategies):
            add(path[horizon, s], moments[s])
            add(path[horizon, s] / queries, moments[strategies + s])
            add(path[horizon, s] - least, moments[2 * strategies + s])
        for k in range(pairs.shape[0]):
            add(path[horizon, pairs[k, 0]] - path[horizon, pairs[k, 1]], moments[3 * strategies + k])

    @compiled
    def draw(x: Any) -> None:
        for k in range(rows.size):
            p, family = parameters[k], families[k]
            if family == 0:
                value = np.random.lognormal(p[0], p[1])
            elif family == 1:
                value = np.random.normal(p[0], p[1])
            elif family == 2:
                value = np.random.uniform(p[0], p[1])
            elif family == 3:
                value = np.random.triangular(p[0], p[1], p[2])
            elif family == 4:
                value = p[2] + p[3] * np.random.beta(p[0], p[1])
            elif family == 5:
                value = np.random.gamma(p[0], p[1])
            else:
                u, at = np.random.random(), 0
                while at < sizes[k] - 1 and u >= p[sizes[k] + at]:
                    at += 1
                value = p[at]
            x[rows[k]] = value

    @compiled
    def work(
        matrix: Any,
        x: Any,
        draws: int,
        seed: int,
        less: Any,
        ever: Any,
        cheapest: Any,
        spent: Any,
        moments: Any,
    ) -> None:
        np.random.seed(seed)
        path = np.empty((horizon + 1, strategies))
        for i in range(draws):
            if matrix.size:
                x[:] = matrix[i]
            else:
                draw(x)
            cost(x, discount, path)
            count(path, less, ever, cheapest, spent)
            measure(path, x[0], x[1], moments)

    certain = np.array([problem.certain.get(key, 0.0) for key in KEYS])
    given = np.empty((0, 0))
    if "kernel" in variant:
        given = np.tile(certain, (GIVEN, 1))
        for key, column in sampler(problem)(GIVEN, np.random.default_rng(1)).items():
            given[:, KEYS.index(key)] = column

    def run(draws: int, seed: int) -> Answer:
        months = horizon + 1
        less, ever = np.zeros((months, len(PAIRS)), np.int64), np.zeros((months, len(PAIRS), 2), np.int64)
        cheapest, spent = np.zeros((months, strategies), np.int64), np.zeros((months, strategies))
        moments = np.tile([0.0, 0.0, np.inf, -np.inf], (3 * strategies + len(PAIRS), 1))
        draws = min(draws, len(given)) if given.size else draws
        work(given, certain.copy(), draws, seed, less, ever, cheapest, spent, moments)
        answer = Answer(problem.pair)
        a, b = problem.pair
        answer.draws, answer.total = draws, moments[:strategies, 0]
        k = PAIRS.index((min(a, b), max(a, b)))
        answer.less = float(less[-1, k]) if a < b else float(draws - less[-1, k])  # ties have probability 0
        return answer

    return run


if __name__ == "__main__":
    main(prepare, "numba", "numpy")
