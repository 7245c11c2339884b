"""What every peer does around its own work: read the problem, warm up, be timed, print one line of JSON.

The line has seconds and processor seconds of the run, draws made, P(a cheaper than b), mean cost by strategy and
versions; or `missing`, what could not be imported. Imports, freezing distributions, compiling and a small first run
come before the clock starts.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers import costs
from benchmarks.peers.problem import STRATEGIES, Problem

CHUNK = 1 << 15
"""Draws at a time: the fastest of 2^10 to 2^20 for the numpy program, by a tenth over all draws at once."""


class Answer:
    """Sums over draws: how often a < b (a tie counts half), and the cost of each strategy."""

    def __init__(self, pair: tuple[int, int]) -> None:
        self.pair = pair
        self.draws = 0
        self.less = 0.0
        self.total = np.zeros(len(STRATEGIES))

    def add(self, found: Any) -> None:
        """Costs of n draws, an array (n,) a strategy."""
        a, b = found[self.pair[0]], found[self.pair[1]]
        self.draws += len(a)
        self.less += np.count_nonzero(a < b) + 0.5 * np.count_nonzero(a == b)
        self.total += [cost.sum() for cost in found]

    def half_width(self) -> float:
        """Of the 95 % interval of P for independent draws."""
        p = self.less / self.draws
        return 1.96 * math.sqrt(max(p * (1 - p), 1 / self.draws) / self.draws)


Run = Callable[[int, int], Answer]
"""Draws and seed to an answer: what is timed."""

Sample = Callable[[int, Any], Mapping[str, Any]]
"""A number of draws and the peer's generator to the uncertain inputs by key, each (n,)."""


def through_costs(
    problem: Problem, generator: Callable[[int], Any], sample: Sample, variant: str = "", chunk: int = CHUNK
) -> Run:
    """A run that draws with the peer and computes costs with numpy, chunk by chunk.

    variant: "all outputs" adds all that a run of breakeven reports; "to 0.001" draws on until the half-width of P.
    """
    all_outputs, tolerance = "all outputs" in variant, 0.001 if "to 0.001" in variant else None

    def run(draws: int, seed: int) -> Answer:
        answer, rng = Answer(problem.pair), generator(seed)
        standings = costs.Standings(problem.horizon)
        kept: list[Any] = []
        while answer.draws < draws:
            n = min(chunk, draws - answer.draws)
            x = {**problem.certain, **sample(n, rng)}
            count = standings.chunk() if all_outputs else None
            found, queries = costs.costs(x, (n,), problem.horizon, problem.rate, count)
            answer.add(found)
            if all_outputs:
                kept.append((found, queries))
            if tolerance is not None and answer.half_width() <= tolerance:
                break
        if all_outputs:
            columns = zip(*((*found, queries) for found, queries in kept), strict=True)
            *found, queries = map(np.concatenate, columns)
            costs.summaries(tuple(found), queries)
        return answer

    return run


def steps(values: Any, weights: Any) -> Callable[[Any], Any]:
    """Uniforms to the values of a discrete distribution."""
    edges, points = np.cumsum(weights)[:-1] / np.sum(weights), np.array(values)
    return lambda u: points[np.searchsorted(edges, u, side="right")]


def main(prepare: Callable[[Problem, str], Run], *packages: str, warm_up: int = 8192) -> None:
    """Run a peer from its command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("problem", type=Path)
    parser.add_argument("--draws", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--variant", default="")
    given = parser.parse_args()
    try:
        run = prepare(Problem.read(given.problem), given.variant)
        versions = {name: version(name) for name in packages}
    except ImportError as error:  # a package's metadata that is missing is an ImportError too
        print(json.dumps({"missing": str(error)}))
        return
    run(min(warm_up, given.draws), given.seed + 1_000_000)
    started, processor = time.perf_counter(), time.process_time()
    answer = run(given.draws, given.seed)
    seconds, used = time.perf_counter() - started, time.process_time() - processor
    mean = dict(zip(STRATEGIES, (answer.total / answer.draws).tolist(), strict=True))
    line = {"seconds": seconds, "processor_seconds": used, "draws": answer.draws}
    print(json.dumps({**line, "p": answer.less / answer.draws, "mean": mean, "versions": versions}))
