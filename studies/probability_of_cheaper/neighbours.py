"""The answer beside its neighbours in structure: the same question with one of the two strategies built otherwise.

That one strategy searches for facts and the other is trained says little of which is cheaper, if the one also runs on a
larger model, or on GPUs of its own. So the pair is asked about again at equal model and at equal serving, and with one
part changed at a time, in the same draws (common random numbers).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from distributions.records import Record
from sim.model.equations import equations
from sim.model.strategies import (
    FALLBACKS,
    MODELS,
    SERVINGS,
    Parts,
    Strategy,
    impossible,
    lacking,
    latency_of,
)
from studies.probability_of_cheaper.neighbours_text import EQUAL_MODEL, EQUAL_SERVING, ONE_STEP, words

if TYPE_CHECKING:
    from sim import Scenario

DRAWS = 65_536
"""Enough for the few points that matter: intervals of a Sobol' design are then some tenths of a point wide."""

MOVES = 0.1
"""By how much more than this a probability has moved where it is another answer."""

_OF_A_MODEL = (
    "price.input", "price.output", "price.small_input", "price.small_output", "price.tuned_premium",
    "cache.read_multiplier", "cache.write_multiplier",
)  # fmt: skip
_OF_SERVING = ("gpu.", "serve.")
"""Inputs (beginnings of their keys) that go with a model, and with how it is served, where a strategy has its own."""

_CHOICES: Mapping[str, tuple[Any, ...]] = {
    "retrieval": (True, False),
    "tuned": (True, False),
    "model": MODELS,
    "serving": SERVINGS,
    "fallback": FALLBACKS,
}


@dataclass(frozen=True)
class Neighbour(Record):
    """The answer with one of the pair built otherwise.

    kind: "equal_model", "equal_serving" or "one_step". strategy: the one of the pair that is built otherwise.
    change: part to what it is then. words: that strategy as a reader calls it.
    estimate, ci95, ties: P(the first of the pair costs less than the second), from so many `draws`.
    moved: by how much that is more than of the pair as it is, in the same draws. turns: whether the other is then the
    likelier to be cheaper, whatever the interval. another: whether it turns, or moves by more than 10 points.
    """

    kind: str
    strategy: str
    change: Mapping[str, Any]
    words: str
    estimate: float
    ci95: tuple[float, float] | None
    ties: float
    draws: int
    moved: float
    turns: bool
    another: bool


@dataclass(frozen=True)
class _Built:
    """A strategy of the pair built otherwise, to be computed."""

    kind: str
    strategy: str
    change: Mapping[str, Any]
    made: Strategy


def neighbours(
    scenario: Scenario,
    draws: int = DRAWS,
    seed: int | None = None,
    design: str = "sobol",
    threads: int | None = None,
) -> list[Neighbour]:
    """The neighbours of a scenario's pair that can be, those of equal parts first; none twice.

    What the requirements rule out is none, where they leave the strategy as it is.

    Args:
        scenario: whose pair is asked about.
        draws: at most 65,536 of them are used.
        seed: of the run whose draws are met; None: the default.
        design: of that run; of one whose draws are its own ("aligned") those of "sobol" are met.
        threads: processor threads; the numbers do not depend on it.
    """
    from sim import simulate
    from sim.engine.simulate import SAME_DRAWS
    from sim.scenario.eligibility import judged

    built = {f"{near.strategy}~{k}": near for k, near in enumerate(_built(scenario), start=1)}
    extended = replace(scenario, further={name: near.made for name, near in built.items()})
    excluded = judged(extended).excluded
    built = {name: near for name, near in built.items() if name not in excluded or near.strategy in excluded}
    if not built:
        return []
    pair = scenario.compare
    options: dict[str, Any] = {} if seed is None else {"seed": seed}
    run = simulate(
        replace(extended, strategies=(*pair, *built)),
        min(draws, DRAWS),
        design=design if design in SAME_DRAWS else "sobol",
        eligible=pair,
        threads=threads,
        totals=True,
        **options,
    )
    before = run.probability_cheaper(*pair)
    found = []
    for name, near in built.items():
        a, b = (name if end == near.strategy else end for end in pair)
        after = run.probability_cheaper(a, b)
        moved = after.estimate - before.estimate
        low, high = after.ci95 or (0.0, 1.0)
        turns = high < 0.5 < before.estimate or low > 0.5 > before.estimate
        found.append(
            Neighbour(
                near.kind, near.strategy, near.change, words(near.kind, near.strategy, near.change, scenario.labels),
                after.estimate, after.ci95, after.ties, run.draws, moved, turns, turns or abs(moved) > MOVES,
            )
        )  # fmt: skip
    return found


def _built(scenario: Scenario) -> Iterator[_Built]:
    """The strategies of the pair built otherwise; what would be built twice, or as it is, is left out."""
    a, b = scenario.compare
    seen = {name: [scenario.strategy(name)] for name in (a, b)}
    for kind in (EQUAL_MODEL, EQUAL_SERVING, ONE_STEP):
        # the second is asked about first, at equal parts: it is what the first is held against
        for name, other in ((b, a), (a, b)):
            rival = scenario.strategy(other)
            for parts, own in _otherwise(kind, scenario.strategy(name), rival):
                # a way of serving that no line prices would come free
                if impossible(parts) or not equations().price(parts.serving, parts.flags()):
                    continue
                made = _made(scenario, name, parts, own)
                # a step that makes it the other strategy leaves no question
                if any(_same(made, known) for known in seen[name]) or (
                    kind == ONE_STEP and _same(made, rival)
                ):
                    continue
                seen[name].append(made)
                now, then = seen[name][0].parts._asdict(), parts._asdict()
                change = {part: then[part] for part in then if then[part] != now[part]}
                yield _Built(kind, name, change, made)


def _otherwise(kind: str, one: Strategy, other: Strategy) -> Iterator[tuple[Parts, Mapping[str, str]]]:
    """Parts and own inputs that a strategy could have instead."""
    parts, rival = one.parts, other.parts
    if kind == EQUAL_MODEL:
        own = _taken(one, other, _OF_A_MODEL)
        equal = parts._replace(model=rival.model)
        if not impossible(equal):
            yield equal, own
        else:
            yield equal._replace(serving=rival.serving), _taken(replace(one, own=own), other, _OF_SERVING)
    elif kind == EQUAL_SERVING:
        yield parts._replace(serving=rival.serving), _taken(one, other, _OF_SERVING)
    else:
        for part, choices in _CHOICES.items():
            for choice in choices:
                yield parts._replace(**{part: choice}), one.own


def _taken(one: Strategy, other: Strategy, keys: tuple[str, ...]) -> dict[str, str]:
    """One strategy's own inputs, but for those with such keys, which are the other's."""
    kept = {key: name for key, name in one.own.items() if not key.startswith(keys)}
    return kept | {key: name for key, name in other.own.items() if key.startswith(keys)}


def _made(scenario: Scenario, name: str, parts: Parts, own: Mapping[str, str]) -> Strategy:
    """A strategy of other parts, with those of its lines that it can pay, and the shared ones that fall on it now."""
    from sim.scenario.own_strategies import is_shared

    before = scenario.strategy(name)
    lines = [line for line in before.lines if not is_shared(line)]
    lines += [line.line for line in scenario.lines if line.strategies is None or name in line.strategies]
    return Strategy(
        before.label,
        before.latency if parts == before.parts else latency_of(parts),
        parts,
        own,
        tuple(line for line in lines if not lacking(parts, line.per)),
    )


def _same(one: Strategy, other: Strategy) -> bool:
    return (one.parts, dict(one.own), one.lines) == (other.parts, dict(other.own), other.lines)
