"""Strategies that were made or changed on the page: by their parts, as a scenario's file would declare them.

A shipped strategy keeps its parts: changing one makes another that is like it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from distributions.errors import Fault, UserError
from distributions.tables.faults import Faults
from distributions.tables.kinds import NAME
from sim.model.strategies import FALLBACKS, MODELS, REGISTRY, SERVINGS, Parts, impossible
from sim.scenario.own_strategies import MOST, Declared, check_strategies, resolved
from sim.scenario.scenario import Scenario

CHOICES: Mapping[str, tuple[bool | str, ...]] = {
    "model": MODELS, "serving": SERVINGS, "retrieval": (False, True), "tuned": (False, True), "fallback": FALLBACKS,
}  # fmt: skip
"""What each part may be, in the order of the page."""

WORDS: Mapping[str, Mapping[bool | str, str]] = {
    "model": {"frontier": "frontier model", "small": "small model", "open": "open model"},
    "serving": {"per_token": "paid per token", "dedicated": "dedicated", "self_hosted": "self-hosted"},
    "retrieval": {False: "no retrieval", True: "with retrieval"},
    "tuned": {False: "not tuned", True: "tuned"},
    "fallback": {"none": "no fallback", "frontier": "frontier fallback"},
}
"""What each choice is called."""


@dataclass(frozen=True)
class Made:
    """What was done to a strategy. like: of a new one, what it is like; else "". parts: those that were chosen."""

    like: str = ""
    parts: Mapping[str, bool | str] = field(default_factory=dict)

    def compact(self) -> str:
        """As in a link: `rag~model.small~retrieval.no`."""
        return "~".join([self.like, *(f"{key}.{written(part)}" for key, part in sorted(self.parts.items()))])


def read(text: str) -> Made | None:
    """What `Made.compact` wrote; None where it makes no sense."""
    like, *parts = text.split("~")
    chosen: dict[str, bool | str] = {}
    for part in parts:
        key, _, value = part.partition(".")
        found = [choice for choice in CHOICES.get(key, ()) if written(choice) == value]
        if not found or key in chosen:
            return None
        chosen[key] = found[0]
    return Made(like, chosen) if like or chosen else None


def written(part: bool | str) -> str:
    """A choice as links and the page's script have it."""
    return part if isinstance(part, str) else "yes" if part else "no"


def named(base: Scenario, name: str, made: Made) -> str:
    """Why a scenario can have no strategy of this name made so, in words; "" where it can, as far as names go."""
    if not re.fullmatch(NAME, name) or len(name) > 60:
        return f"is no name: {NAME}"
    if made.like and name in base.definitions:
        return "is a strategy of the scenario already"
    if made.like and made.like not in base.definitions:
        return "is like a strategy that the scenario does not have"
    if not made.like and (name not in base.definitions or name in REGISTRY):
        return "is not one of the scenario's own, whose parts may be changed"
    return ""


def applied(base: Scenario, made: Mapping[str, Made]) -> Scenario:
    """The scenario with these strategies; which are computed stays as it was.

    Raises UserError with why a strategy cannot be.
    """
    if not made:
        return base
    faults = [Fault(f"strategy.{name}", why) for name, one in made.items() if (why := named(base, name, one))]
    if faults:
        raise UserError(*faults)
    declared = dict(base.declared)
    for name, one in made.items():
        if one.like:
            declared[name] = Declared(one.like, label(base, name, one), dict(one.parts))
        else:
            declared[name] = replace(declared[name], parts={**declared[name].parts, **one.parts})
    declared = dict(sorted(declared.items()))
    found = Faults()
    strategies = resolved(declared, base.lines, (*base.inputs, *base.expressions))
    check_strategies(strategies, declared, base.lines, base.strategies, base.horizon, found)
    found.raise_any()
    return replace(base, declared=declared)


def label(base: Scenario, name: str, made: Made) -> str:
    """What a new strategy is called: what it is like, with its number, and what is different."""
    like = base.strategy(made.like)
    number = re.fullmatch(rf"{re.escape(_stem(made.like))}_(\d+)", name)
    first = f"{like.label} {number[1]}" if number else name.replace("_", " ").capitalize()
    different = [
        WORDS[key][made.parts[key]]
        for key in CHOICES
        if key in made.parts and made.parts[key] != getattr(like.parts, key)
    ]
    return ", ".join([first, *different])


def fresh(scenario: Scenario, like: str) -> str:
    """A name for a new strategy that is like another."""
    stem = _stem(like)
    return next(f"{stem}_{k}" for k in range(2, 10_000) if f"{stem}_{k}" not in scenario.definitions)


def _stem(name: str) -> str:
    return re.sub(r"_\d+$", "", name)[:50]


def adapted(parts: Parts, key: str, choice: bool | str) -> Parts:
    """The parts with one of them chosen anew; how it is served, and a fallback, follow where they could not stay."""
    found = parts._replace(**{key: choice})  # type: ignore[arg-type]
    if key in ("serving", "fallback"):
        return found
    for serving in (parts.serving, *SERVINGS):
        for fallback in (parts.fallback, "none"):
            tried = found._replace(serving=serving, fallback=fallback)
            if not impossible(tried):
                return tried
    return found


def why_not(parts: Parts, key: str, choice: bool | str) -> str:
    """Why a part cannot be chosen so, in words; "" where it can."""
    return impossible(adapted(parts, key, choice))


def too_many(count: int) -> str:
    """What is said of more strategies than one run computes."""
    return f"{count} strategies would be computed; allowed: at most {MOST}" if count > MOST else ""
