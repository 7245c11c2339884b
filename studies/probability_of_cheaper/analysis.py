"""The main question: how probable is it that one strategy costs less than another?

    python -m studies.probability_of_cheaper studies/scenarios/support_bot.toml

is the command `breakeven run`. From Python:

    answer = analyse(Scenario.load("studies/scenarios/support_bot.toml"), draws=1_000_000, seed=7)
    answer.summary["probability_cheaper"]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim import Run, Scenario
    from sim.scenario.eligibility import Eligibility


@dataclass(frozen=True)
class Answer:
    """What a run found.

    scenario
        What was run.
    run
        The simulated costs: `run.dataset` has dims, units and sources.
    eligibility
        What the requirements rule out, each with its reasons, and what they make doubtful. The costs of an
        excluded strategy are computed all the same; P(cheapest) and regret count the others.
    summary
        The record of `run.json`.
    """

    scenario: Scenario
    run: Run
    eligibility: Eligibility
    summary: Mapping[str, Any]

    def _repr_html_(self) -> str:
        return self.run._repr_html_()


def analyse(
    scenario: Scenario,
    *,
    draws: int | None = None,
    seed: int | None = None,
    design: str | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    tolerance: str | float | None = None,
    max_seconds: float | None = None,
    keep: int | None = None,
    dask: str | None = None,
) -> Answer:
    """Simulates a scenario and judges which strategies its requirements leave.

    Args:
        scenario: what is uncertain, what is compared, over which horizon.
        draws: number of possible futures, by default 1,000,000; with a tolerance the most.
        seed: of the random numbers; None takes the fixed default, which the result records.
        design: "sobol", "lhs", "mc" or "aligned", as for `sim.simulate`.
        threads: processor threads; the numbers do not depend on it.
        progress: called with draws done and draws wanted.
        tolerance: draw on until the interval is this narrow, as for `sim.simulate`.
        max_seconds: with a tolerance, stop drawing on after so long.
        keep: how many of the first draws to keep with all inputs and costs.
        dask: address of a Dask scheduler whose workers draw, instead of threads; the same numbers.

    Raises:
        UserError: the scenario or an argument is wrong.
    """
    from sim import simulate
    from sim.scenario.eligibility import judged

    verdict = judged(scenario)
    options: dict[str, Any] = {} if seed is None else {"seed": seed}
    workers = None
    if dask is not None:
        from sim.engine.cluster import Cluster

        workers = Cluster(dask)
    run = simulate(
        scenario,
        draws=draws,
        design=design,
        threads=threads,
        workers=workers,
        progress=progress,
        tolerance=tolerance,
        max_seconds=max_seconds,
        keep=keep,
        **options,
    )
    excluded = {name: verdict.excluded[name] for name in scenario.strategies if name in verdict.excluded}
    warnings = {name: verdict.warnings[name] for name in scenario.strategies if name in verdict.warnings}
    return Answer(scenario, run, verdict, {**run.summary(), "excluded": excluded, "warnings": warnings})
