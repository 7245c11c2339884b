"""monaco calls Python functions a draw, with that draw's cost in plain Python. Independent inputs at random.

A discrete distribution's values are read off a uniform. Few draws, since each takes so long.
"""

from __future__ import annotations

from typing import Any

from benchmarks.peers.child import Answer, Run, main, steps
from benchmarks.peers.one_draw import KEYS, one_draw
from benchmarks.peers.problem import STRATEGIES, Problem, halves
from benchmarks.peers.scipy_distributions import frozen


def prepare(problem: Problem, variant: str) -> Run:
    import monaco as mc
    import numpy as np

    distributions = {key: frozen(distribution) for key, distribution in problem.distributions.items()}
    values = {
        key: steps(*halves(p)) for key, (family, p) in problem.distributions.items() if family == "discrete"
    }
    discount, horizon = problem.discount, problem.horizon

    def take_inputs(case: Any) -> tuple[list[float]]:
        x = problem.certain | {key: case.invals[key].val for key in distributions}
        for key, take in values.items():
            x[key] = float(take(x[key]))
        return ([x[key] for key in KEYS],)

    def cost(x: list[float]) -> tuple[list[float]]:
        path: dict[tuple[int, int], float] = {}
        one_draw(x, discount, path)
        return ([path[horizon, s] for s in range(len(STRATEGIES))],)

    def give_outputs(case: Any, found: list[float]) -> None:
        for name, value in zip(STRATEGIES, found, strict=True):
            case.addOutVal(name, value)

    def run(draws: int, seed: int) -> Answer:
        functions = {"preprocess": take_inputs, "run": cost, "postprocess": give_outputs}
        sim = mc.Sim("costs", draws, functions, samplemethod="random", seed=seed, verbose=False, debug=True)
        for key, distribution in distributions.items():
            sim.addInVar(key, distribution.dist, _arguments(distribution))
        sim.runSim()
        answer = Answer(problem.pair)
        answer.add([np.array(sim.outvars[name].nums, dtype=float) for name in STRATEGIES])
        return answer

    return run


def _arguments(distribution: Any) -> dict[str, float]:
    """Of a frozen distribution, by name."""
    names = distribution.dist.shapes.replace(" ", "").split(",") if distribution.dist.shapes else []
    return dict(zip([*names, "loc", "scale"], distribution.args, strict=False)) | distribution.kwds


if __name__ == "__main__":
    main(prepare, "monaco", "numpy", "scipy", warm_up=20)
