"""What is to be known of looked-up prices and models: changes to come, what was not found, and what ends."""

from __future__ import annotations

import datetime
from typing import Any

from distributions.inputs import registry
from distributions.market.endings import NEW_TUNING, TUNING, Ending, endings
from distributions.text import number
from sim.scenario.market import LOOKUPS, MODELS, month_of
from sim.scenario.scenario import Scenario


def notes(scenario: Scenario) -> tuple[str, ...]:
    """What a reader of results should know of the `[market]` of a scenario, in sentences."""
    return (*_missing(scenario), *_changes(scenario), *_endings(scenario))


def _missing(scenario: Scenario) -> list[str]:
    """Prices that were looked for and are not listed: their inputs stay at their defaults."""
    market = scenario.market
    sentences = []
    for keys, inputs, _ in LOOKUPS:
        left = [name for name in inputs if name in scenario.defaulted]
        if keys[0] not in MODELS or keys[0] not in market or not left:
            continue
        verb = "stays at its default" if len(left) == 1 else "stay at their defaults"
        lacking = "fine-tuned price" if left == ["price.tuned_premium"] else "such price"
        sentences.append(
            f"{_listed_in(market)} lists no {lacking} of {market[keys[0]]}: {', '.join(left)} {verb}"
            f"{_default(scenario, left)}"
        )
    return sentences


def _listed_in(market: Any) -> str:
    return str(market.get("prices_from", "the package of prices"))


def _default(scenario: Scenario, names: list[str]) -> str:
    """The default of a single input, in short."""
    if len(names) != 1 or names[0] not in scenario.inputs:
        return ""
    distribution, unit = scenario.inputs[names[0]], registry()[names[0]].unit
    of = "" if unit == "1" else f" {unit}"
    if distribution.certain:
        return f", {number(distribution.value, 6)}{of}"
    low, high = (float(distribution.ppf(level)) for level in (0.1, 0.9))
    return f", {number(low, 3)} to {number(high, 3)}{of} in 8 of 10"


def _changes(scenario: Scenario) -> list[str]:
    """Prices that are known to change within the horizon."""
    sentences = []
    now = {key: distribution.value for key, distribution in scenario.inputs.items() if distribution.certain}
    for change in scenario.price_changes:
        if change.month > scenario.horizon:
            continue
        distribution, unit = scenario.inputs[change.input], registry()[change.input].unit
        of = "" if unit == "1" else f" {unit}"
        if distribution.certain:
            new = change.after(distribution.value)
            what = f"changes from {number(now[change.input], 6)} to {number(new, 6)}{of}"
            now[change.input] = new
        elif change.times is not None:
            what = f"becomes {number(change.times, 6)} times what it is at setup"
        else:
            assert change.to is not None
            what = f"becomes {number(change.to, 6)}{of}"
        source = f" ({change.source})" if change.source else ""
        sentences.append(f"{change.input} {what} from month {change.month} on{source}")
    return sentences


def _endings(scenario: Scenario) -> list[str]:
    """Models that end, or take no more tuning, before the end of the horizon."""
    market = scenario.market
    models = [key for key in MODELS if key in market]
    if not models:
        return []
    from distributions.market.token_prices import sold_as

    setup = datetime.date.fromisoformat(str(market["prices_on"]))
    sentences: dict[str, None] = {}
    for key in models:
        name = str(market[key])
        provider, listed = sold_as(name, market.get("provider"))
        for ending in endings(provider, (name, listed), tuned=key == "small_model"):
            month = month_of(ending.on, setup)
            if ending.on > setup and month > scenario.horizon:
                continue
            when = f"in month {month} of {scenario.horizon}" if ending.on > setup else "before setup"
            sentences[_sentence(ending, name, when)] = None
    return list(sentences)


def _sentence(ending: Ending, name: str, when: str) -> str:
    day = ending.on.isoformat()
    note = f"; {ending.note}" if ending.note else ""
    if ending.ends == TUNING:
        what = (
            f"{ending.provider} trains no models from {day} on, {when}: {name} cannot be tuned from then on"
        )
    elif ending.ends == NEW_TUNING:
        what = (
            f"{ending.provider} takes no organisation that is new to tuning from {day} on, {when}: "
            f"{name} can be tuned only by those that have done so before"
        )
    else:
        what = f"{ending.provider} ends {name} on {day}, {when}{note}"
    return f"{what} ({ending.source})"
