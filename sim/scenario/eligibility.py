"""What the requirements of a product rule out, by the decision trees of the published documents.

The rules are data (`rules.toml`). Where two documents conclude differently both are shown; an exclusion stands
whatever another document says.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from distributions.inputs import documents
from sim.model.equations import Condition
from sim.model.strategies import REGISTRY, Parts, Strategy
from sim.scenario.requirements import REQUIREMENTS

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

_FILE = Path(__file__).with_name("rules.toml")


_EVERY = Condition("")


@dataclass(frozen=True)
class Rule:
    """What one document concludes for some strategies when a requirement has some value.

    Exactly one of `equals`, `any_of`, `below` and `exceeded_by_latency` is what the requirement has to be; the last is
    each strategy's own. when: the strategies it falls on, by their parts.
    """

    id: str
    requirement: str
    effect: Literal["exclude", "warn"]
    reason: str
    document: str
    when: Condition = _EVERY
    equals: bool | None = None
    any_of: tuple[str, ...] = ()
    below: float | None = None
    exceeded_by_latency: bool = False
    contradicts: tuple[str, ...] = ()

    def falls_on(
        self, required: object, latency: Mapping[str, float], strategies: Mapping[str, Strategy]
    ) -> tuple[str, ...]:
        """Which of some strategies it falls on, given what the scenario requires and each one's latency in ms."""
        fitting = tuple(name for name in latency if self.when.holds(strategies[name].parts.flags()))
        if self.exceeded_by_latency:
            limit = float(required)  # type: ignore[arg-type]
            return tuple(name for name in fitting if latency[name] > limit)
        if self.below is not None:
            return fitting if float(required) < self.below else ()  # type: ignore[arg-type]
        met = required in self.any_of if self.any_of else required == self.equals
        return fitting if met else ()


@dataclass(frozen=True)
class Eligibility:
    """What the requirements say of each strategy.

    excluded, warnings
        Strategy to its reasons, each "requirement: reason (document)". What is excluded keeps its warnings.
    contradictions
        Pairs of reasons in which one document concludes otherwise than another.
    """

    excluded: dict[str, list[str]]
    warnings: dict[str, list[str]]
    contradictions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Leaning:
    """What one document advises by the number of queries a month alone, from `at_least` to `below`."""

    says: str
    towards: tuple[str, ...]
    document: str
    at_least: float = 0.0
    below: float = math.inf

    def favours(self, parts: Parts) -> bool:
        """Whether a strategy of these parts is of the kind that it leans to, shipped or not."""
        return any(_kind(REGISTRY[name].parts) == _kind(parts) for name in self.towards)


def _kind(parts: Parts) -> tuple[bool, bool, bool]:
    """What the documents tell apart: retrieval, tuning, and whether it is served on GPUs of one's own."""
    return parts.retrieval, parts.tuned, parts.serving == "self_hosted"


class _HasMedian(Protocol):
    def median(self) -> float: ...


@cache
def rules() -> tuple[Rule, ...]:
    """Every requirement rule, in the order of `rules.toml`."""
    return tuple(Rule(**{**fields, "when": Condition(fields.get("when", ""))}) for fields in _tables("rule"))


@cache
def leanings() -> tuple[Leaning, ...]:
    """What the documents advise by volume, in the order of `rules.toml`."""
    return tuple(Leaning(**fields) for fields in _tables("volume"))


def median_latency(inputs: Mapping[str, _HasMedian]) -> dict[str, float]:
    """Median first-token latency of each shipped strategy in ms, from inputs by key."""
    return {name: float(inputs[strategy.latency].median()) for name, strategy in REGISTRY.items()}


def judged(scenario: Scenario) -> Eligibility:
    """What the requirements of a scenario rule out and what they warn of."""
    return eligibility(scenario.requirements, scenario.latency, scenario.definitions)


def eligibility(
    requirements: Mapping[str, object],
    latency: Mapping[str, float],
    strategies: Mapping[str, Strategy] = REGISTRY,
) -> Eligibility:
    """What the requirements of a scenario rule out and what they warn of.

    Args:
        requirements: the scenario's `[requirements]`, checked by its loader.
        latency: strategy to its median first-token latency in ms.
        strategies: what each of these is.
    """
    excluded: dict[str, list[str]] = {}
    warnings: dict[str, list[str]] = {}
    fired: dict[str, str] = {}
    for rule in rules():
        if rule.requirement not in requirements:
            continue
        required = requirements[rule.requirement]
        fallen = rule.falls_on(required, latency, strategies)
        for strategy in fallen:
            figures = ""
            if rule.exceeded_by_latency:
                figures = f"median {latency[strategy]:.0f} ms against {required:g} ms, "
            side = excluded if rule.effect == "exclude" else warnings
            side.setdefault(strategy, []).append(_worded(rule, figures))
        if fallen:
            fired[rule.id] = _worded(rule)
    contradictions = tuple(
        (fired[rule.id], fired[other])
        for rule in rules()
        for other in rule.contradicts
        if rule.id in fired and other in fired
    )
    return Eligibility(excluded, warnings, contradictions)


def _worded(rule: Rule, figures: str = "") -> str:
    return f"{rule.requirement}: {figures}{rule.reason} ({documents()[rule.document]})"


@cache
def _tables(name: str) -> list[dict[str, Any]]:
    with _FILE.open("rb") as file:
        tables = tomllib.load(file)[name]
    for table in tables:
        if table.get("requirement", "citations") not in REQUIREMENTS or table["document"] not in documents():
            raise ValueError(f"rules.toml: unknown requirement or document in {table}")
    return [{key: tuple(v) if isinstance(v, list) else v for key, v in table.items()} for table in tables]
