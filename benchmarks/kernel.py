"""The blocked kernel on its own: inputs given, one thread."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from sim import Scenario
from sim.draws import sampler
from sim.draws.job import CHUNK, CostEvaluator, Job
from sim.kernel.block import Question
from sim.kernel.months import discount_factors
from sim.kernel.reductions import empty_tally
from sim.kernel.standings import every_pair


def timer(scenario: Scenario, draws: int) -> Callable[[int, int], float]:
    """A function (seed, threads: not used) to seconds for each draw, all reductions of a run included."""
    source = sampler.prepare(dict(scenario.inputs), None, "mc", 1, draws)
    count = len(scenario.strategies)
    pairs = every_pair(count)
    measures = 3 * count + 1
    discount = discount_factors(scenario.horizon, scenario.discount_rate)
    # where histograms are centred does not matter to their speed, as long as values spread over their bins
    centre, per_scale = np.full(measures, 1e4), np.full(measures, 1e-5)
    alike, everyone = (
        (np.zeros((measures, 0), np.int16), np.zeros(measures + 1)),
        np.ones(count, bool),
    )
    question = Question(
        scenario.horizon,
        discount,
        everyone,
        pairs,
        pairs[:1],
        centre,
        per_scale,
        *alike,
        True,
        scenario.prices,
    )
    job = Job(source, CostEvaluator(scenario.program, discount, scenario.prices), question)
    rows, counts = job.scratch(), job.empty_counts()
    values = source.draw(0, draws, rows)

    def work() -> None:
        for first in range(0, draws, CHUNK):
            tally = empty_tally(count, measures, 1, len(pairs), scenario.horizon, job.evaluator.lines)
            job.evaluator.reduce(values[:, first : first + CHUNK], question, rows, tally, counts)

    def seconds(seed: int, threads: int) -> float:
        work()  # brings back what the system has put aside meanwhile; a peer's values are fresh too
        started = time.perf_counter()
        work()
        return (time.perf_counter() - started) / draws

    return seconds
