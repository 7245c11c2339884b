"""From a scenario (or a model) to a run: what is drawn, how exactly, and on which workers."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Collection, Sequence

import numpy as np

from distributions.errors import Fault, UserError, did_you_mean
from distributions.sampling.inverse import DESIGNS
from sim.draws import sampler
from sim.draws.alignment import align
from sim.draws.first_draws import FirstDraws
from sim.draws.job import CHUNK, CostEvaluator, FunctionEvaluator
from sim.draws.value_cache import Memory, remembering
from sim.engine import chunks as engine
from sim.engine.chunks import DEFAULT_DRAWS, DEFAULT_SEED, Limits, Progress, Result, Threads, Workers
from sim.kernel.months import discount_factors
from sim.models.model import Model
from sim.results.run import Run
from sim.results.tally import RunTally
from sim.results.tolerance import Tolerance
from sim.scenario.eligibility import judged
from sim.scenario.scenario import Scenario
from sim.statistics import estimates as statistics

SAME_DRAWS = tuple(name for name in DESIGNS if name != "aligned")
"""Designs under which an input's draws are the same in every scenario that has it with the same distribution."""

NOT_ALIGNED = (
    "plain Sobol' points in place of aligned ones: around the medians no input changes the share by which the two "
    "costs differ (one may be 0, or both the same)"
)
"""Why a run was not aligned."""

DEFAULT_MOST = 1 << 30
"""Most draws of a run with a tolerance."""


def simulate(
    subject: Scenario | Model,
    draws: int | None = None,
    seed: int = DEFAULT_SEED,
    design: str | None = None,
    *,
    eligible: Collection[str] | None = None,
    tolerance: Tolerance | float | str | None = None,
    max_seconds: float | None = None,
    keep: int | None = None,
    threads: int | None = None,
    workers: Workers | None = None,
    progress: Progress | None = None,
    memory: Memory | None = None,
    totals: bool = False,
    differences: Collection[Sequence[str]] = (),
) -> Run:
    """Draw a scenario (or a model) and count what came of it.

    draws
        How many: by default 1,000,000. The Sobol' design is balanced where draws / 16 is a power of two, and good at
        any number. With a tolerance, the most that may be drawn (by default 2^30).
    seed
        Any whole number from 0 on. Same subject, seed, draws and design: same bits, whatever the workers.
    design
        "sobol": 16 independently scrambled Sobol' sequences side by side; "lhs": 16 Latin hypercubes;
        "mc": independent draws; "aligned": Sobol' points laid along the direction in which the compared strategies part
        (`sim.draws.alignment`), which measures P(cheaper) best, while draws are no longer the same from scenario to
        scenario. Default: "sobol"; with a tolerance of the probability "aligned". Where there is no such direction
        the run is one of "sobol", and `Run.design_note` says why.
    eligible
        Strategies that may be cheapest; default: those that the scenario's requirements leave, a model's outputs.
    tolerance
        Draw on until the 95 % half-width of P(cheaper) (0.001), or of the mean difference ("500 USD", "1 %"), is at
        most this; `Run.tolerance_reached` says whether it was.
    max_seconds
        Stop drawing on after so long; needs a tolerance.
    keep
        How many of the first draws to keep with all inputs and costs (default and least: 16,384), at most 10 million.
    threads, workers
        Threads of this process (default: all), or other workers, such as a cluster's; closed at the end.
    progress
        Called with (draws done, most draws) on the calling thread.
    memory
        Values of inputs kept from earlier runs (`sim.draws.value_cache`): the same bits, sooner. For threads alone.
    totals
        Count costs over the whole horizon alone, in about half the time: P(cheaper), P(cheapest), means and their
        intervals are the same to the last bit; there are no months, quantiles, line items or kept draws.
    differences
        Pairs whose cost difference is measured beside that of the compared pair (a model's first two outputs). Who is
        cheaper is counted of every pair; to measure all differences of many strategies too takes longer.

    Raises UserError for draws, seed, design, tolerance or distributions that cannot be used.
    """
    started = time.monotonic()
    if tolerance is not None and not isinstance(tolerance, Tolerance):
        tolerance = Tolerance.parse(tolerance)
    if design is None:
        design = "aligned" if tolerance is not None and tolerance.on == "probability" else "sobol"
    check(design, seed, threads)
    if tolerance is not None and design == "lhs":
        raise UserError(
            Fault(
                "--tolerance",
                "Latin hypercubes need the number of draws in advance",
                "--design aligned, sobol or mc",
            )
        )
    timed = isinstance(max_seconds, int | float)
    if max_seconds is not None and (tolerance is None or not timed or not max_seconds > 0.0):
        raise UserError(
            Fault(
                "--max-seconds",
                _found(max_seconds),
                "above 0, together with --tolerance",
            )
        )
    most = draws if draws is not None else (DEFAULT_DRAWS if tolerance is None else DEFAULT_MOST)
    engine.check_draws(most)
    most = int(most)
    if keep is not None and not (type(keep) is int and 1 <= keep <= engine.MAX_KEPT):
        raise UserError(
            Fault(
                "--keep-draws",
                _found(keep),
                f"a whole number from 1 to {engine.MAX_KEPT:,}",
            )
        )
    if keep is not None and totals:
        raise UserError(Fault("--keep-draws", "draws are not kept where totals alone are counted"))
    if not isinstance(subject, Scenario | Model):
        raise UserError(
            Fault(
                "subject",
                f"found {subject!r}",
                "a Scenario or a Model",
                "Scenario.load reads one from a file",
            )
        )
    scenario = subject if isinstance(subject, Scenario) else None
    model = subject if isinstance(subject, Model) else None
    if scenario is not None:
        strategies, compare, horizon = scenario.strategies, scenario.compare, scenario.horizon
        inputs = dict(scenario.inputs)
        discount = discount_factors(horizon, scenario.discount_rate)
    else:
        assert model is not None
        strategies = tuple(model.outputs)
        horizon = 0
        compare = (strategies[0], strategies[min(1, len(strategies) - 1)])
        inputs, discount = model.marginals, np.ones(1)
    if eligible is not None:
        check_eligible(eligible, strategies)
    elif scenario is not None:
        eligible = meeting_requirements(scenario)
    allowed = tuple(name for name in strategies if eligible is None or name in eligible)
    # with none left, costs and pairs are still computed; who is cheapest is then no question that a run answers
    counted = allowed or strategies
    pairs = tuple(itertools.combinations(strategies, 2))
    positions = {name: k for k, name in enumerate(strategies)}
    watched = next((k for k, pair in enumerate(pairs) if set(pair) == set(compare)), 0)
    measured = _measured(differences, pairs, pairs[watched]) if pairs else ()
    evaluator: CostEvaluator | FunctionEvaluator
    if scenario is not None:
        evaluator = CostEvaluator(scenario.program, discount, scenario.prices)
    else:
        assert model is not None
        evaluator = FunctionEvaluator(tuple(inputs), model.evaluate)
    alignment, design_note = None, ""
    if design == "aligned":
        if pairs:
            # of which the recipes and the copula are used alone, no draws
            plain = sampler.prepare(inputs, subject.copula, "mc", seed, most)
            alignment = align(plain, evaluator, *(strategies.index(name) for name in compare))
        if alignment is None:
            design, design_note = "sobol", NOT_ALIGNED
    source = sampler.prepare(inputs, subject.copula, design, seed, most, alignment)
    if scenario is not None and scenario.expressions:
        # before costs are counted that nothing could be said of
        some = source.draw(0, min(most, keep or CHUNK), source.scratch())
        scenario.check_values(dict(zip(source.names, some, strict=True)))
    if memory is not None:
        source = remembering(source, memory, most)
    enough = None
    if tolerance is not None:
        if not pairs:
            raise UserError(Fault("--tolerance", "needs two outputs to compare"))
        measure, certain = 3 * len(strategies) + measured.index(pairs[watched]), not source.methods
        enough = _enough(tolerance, watched, measure, design != "mc", certain)
    ready = time.monotonic()
    used = workers if workers is not None else Threads(threads)
    try:
        result: Result = engine.run(
            source,
            evaluator,
            discount,
            np.array([name in counted for name in strategies]),
            [(strategies.index(a), strategies.index(b)) for a, b in pairs],
            [(strategies.index(a), strategies.index(b)) for a, b in measured],
            watched,
            Limits(most, enough, max_seconds),
            used,
            progress,
            by_month=not totals,
            stratified=design != "mc",
        )
    finally:
        used.close()
    first = FirstDraws(
        source,
        evaluator,
        min(result.draws, engine.PILOT if totals else keep or CHUNK),
        by_month=not totals,
    )
    return Run(
        scenario=scenario,
        model=model,
        draws=result.draws,
        seed=seed,
        design=design,
        design_note=design_note,
        strategies=strategies,
        eligible=allowed,
        compare=compare,
        horizon=horizon,
        sampler=source,
        tally=result.tally,
        pairs=pairs,
        measured=measured,
        positions=positions,
        first=first,
        timing={"prepare_seconds": ready - started, "draw_seconds": time.monotonic() - ready},
        tolerance=tolerance,
        tolerance_reached=result.enough,
        totals=totals,
    )


def check(design: str, seed: int, threads: int | None, designs: Sequence[str] = tuple(DESIGNS)) -> None:
    """Raise UserError for a design, seed or number of threads that cannot be."""
    if design not in designs:
        raise UserError(
            Fault("--design", f"found '{design}'", ", ".join(designs), did_you_mean(design, designs))
        )
    if type(seed) is not int or seed < 0:
        raise UserError(Fault("--seed", f"found {seed!r}", "a whole number from 0 on"))
    if threads is not None and not (type(threads) is int and 1 <= threads <= 1024):
        raise UserError(Fault("--threads", f"found {threads!r}", "a whole number from 1 to 1024"))


def _found(value: object) -> str:
    """A value for a message: a number as people write it, anything else as Python does."""
    return f"found {value:,}" if type(value) in (int, float) else f"found {value!r}"


def check_eligible(eligible: Collection[str], strategies: Sequence[str]) -> None:
    """Raise UserError unless these are strategies of the subject, in a list or the like."""
    if isinstance(eligible, str) or not isinstance(eligible, Collection):
        raise UserError(Fault("eligible", f"found {eligible!r}", "a list of strategies"))
    for name in eligible:
        if name not in strategies:
            allowed = ", ".join(strategies)
            raise UserError(Fault("eligible", f"found {name!r}", allowed, did_you_mean(name, strategies)))


def _measured(
    asked: Collection[Sequence[str]], pairs: Sequence[tuple[str, str]], compared: tuple[str, str]
) -> tuple[tuple[str, str], ...]:
    """The pairs whose difference is measured, as `pairs` has them and in their order.

    Raises UserError for what is no pair of strategies of the subject.
    """
    wanted = {frozenset(compared)}
    known = {frozenset(pair) for pair in pairs}
    if isinstance(asked, str) or not isinstance(asked, Collection):
        raise UserError(Fault("differences", f"found {asked!r}", "a list of pairs of strategies"))
    for pair in asked:
        both = frozenset() if isinstance(pair, str) else frozenset(pair)
        if both not in known:
            names = ", ".join(dict.fromkeys(name for each in pairs for name in each))
            raise UserError(Fault("differences", f"found {pair!r}", f"a pair of two of {names}"))
        wanted.add(both)
    return tuple(pair for pair in pairs if frozenset(pair) in wanted)


def _enough(
    tolerance: Tolerance, pair: int, measure: int, stratified: bool, certain: bool
) -> Callable[[RunTally], bool]:
    """Whether the interval of the compared pair is narrow enough."""

    def narrow(tally: RunTally) -> bool:
        if tolerance.on == "probability":
            _, low, high = statistics.probability(
                tally.less[pair, -1], tally.equal[pair, -1], tally.draws, stratified, certain
            )
            return float(high - low) / 2.0 <= tolerance.size
        by_replicate = statistics.Moments(
            tally.moments.count[measure], tally.moments.mean[measure], tally.moments.m2[measure]
        )
        mean = abs(float(by_replicate.together().mean))
        lower, upper = statistics.mean_interval(by_replicate, stratified)
        return (upper - lower) / 2.0 <= tolerance.size * (mean if tolerance.on == "relative" else 1.0)

    return narrow


def meeting_requirements(scenario: Scenario) -> tuple[str, ...]:
    """The strategies of a scenario that its requirements do not exclude."""
    excluded = judged(scenario).excluded
    return tuple(name for name in scenario.strategies if name not in excluded)
