"""EMA Workbench calls a Python function a draw, with that draw's cost in plain Python. Independent inputs at random.

Its parameters have no discrete distribution with weights: values are read off a uniform. Few draws, since each takes
so long.
"""

from __future__ import annotations

from benchmarks.peers.child import Answer, Run, main, steps
from benchmarks.peers.one_draw import KEYS, one_draw
from benchmarks.peers.problem import STRATEGIES, Problem, halves
from benchmarks.peers.scipy_distributions import frozen


def prepare(problem: Problem, variant: str) -> Run:
    import ema_workbench as ema
    import numpy as np

    names = {key: key.replace(".", "__") for key in KEYS}
    values = {
        key: steps(*halves(p)) for key, (family, p) in problem.distributions.items() if family == "discrete"
    }
    discount, horizon = problem.discount, problem.horizon

    def cost(**given: float) -> dict[str, float]:
        x = problem.certain | {key: given[names[key]] for key in problem.distributions}
        for key, take in values.items():
            x[key] = float(take(x[key]))
        path: dict[tuple[int, int], float] = {}
        one_draw([x[key] for key in KEYS], discount, path)
        return {name: path[horizon, s] for s, name in enumerate(STRATEGIES)}

    model = ema.Model("costs", function=cost)
    model.uncertainties = [
        ema.RealParameter.from_dist(names[k], frozen(v)) for k, v in problem.distributions.items()
    ]
    model.outcomes = [ema.ScalarOutcome(name) for name in STRATEGIES]

    def run(draws: int, seed: int) -> Answer:
        np.random.seed(seed)  # noqa: NPY002 -- the generator that EMA Workbench draws from
        sampler = ema.Samplers.MC
        _, found = ema.perform_experiments(model, scenarios=draws, uncertainty_sampling=sampler)
        answer = Answer(problem.pair)
        answer.add([found[name] for name in STRATEGIES])
        return answer

    return run


if __name__ == "__main__":
    main(prepare, "ema_workbench", "numpy", "scipy", warm_up=20)
