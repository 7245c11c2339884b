"""The program is the plain reading of the model's second edition, in what it has of it.

What only the second edition has and the program does not have yet stands at its neutral value, and what the program
still reads as the first edition does is held where the two agree.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import assume, given

from distributions.errors import UserError
from distributions.inputs import registry
from sim import Scenario, evaluate
from sim.models.evaluation import Evaluation
from sim.quotes.fee_kinds import KINDS
from tests.sim import plain_second
from tests.sim.plain_second import (
    KEYS,
    Parts,
    Reading,
    Values,
    errors_at_launch,
    gpu_seconds,
    queries,
    read,
)
from tests.sim.second_values import DISCOUNT_RATES, HORIZONS, PARTS, SHARE, VALUES

UNDERFLOW = 1e-280
"""USD. Below it a product on the way may have lost its relative precision."""

FRONTIER = Parts(retrieval=False, tuned=False, model="frontier", serving="per_token", fallback="none")


@lru_cache(maxsize=512)
def _scenario(parts: Parts, horizon: int, discount_rate: float) -> Scenario:
    study = {
        "title": "t",
        "horizon_months": horizon,
        "discount_rate": discount_rate,
        "compare": ["mine", "rag"],
        "strategies": ["rag", "mine"],
    }
    return Scenario.from_dict({"study": study, "strategy": {"mine": vars(parts)}})


def _launch_key(parts: Parts) -> str:
    if parts.retrieval:
        return "quality.accuracy_hybrid" if parts.tuned else "quality.accuracy_rag"
    return "quality.accuracy_tuned" if parts.tuned else "quality.accuracy_prompt"


def _agreed(drawn: Values, parts: Parts) -> dict[str, float]:
    """Values at which the program and the second edition mean the same."""
    known = {*registry(), "quality.accuracy_base", "quality.lift_retrieval"}
    values = {key: drawn[key] if key in known else plain_second.NEUTRAL.get(key, 0.0) for key in KEYS}
    # the provider's cache: what is written at a loss
    values["cache.write_multiplier"] = 1.0
    if parts.serving != "per_token":
        # the server's own cache
        values["cache.prompt_hit_rate"] = values["cache.retrieved_hit_rate"] = 0.0
    if parts.tuned and parts.serving == "per_token":
        # the price of a tuned model is not pinned yet
        values["price.annual_decline"] = 0.0
    # the accuracy of the model that a fallback hands over to is an input of its own, which is given with few digits
    values["quality.accuracy_base"] = 0.05 + 0.9 * values["quality.accuracy_base"]
    return values


def _both(
    parts: Parts, drawn: Values, horizon: int, discount_rate: float, accuracy: float
) -> tuple[Evaluation, Reading]:
    values = _agreed(drawn, parts)
    own = {key: values[key] for key in values if key in registry()}
    for handed_to in (FRONTIER, replace(FRONTIER, retrieval=True)):
        own[_launch_key(handed_to)] = 1 - errors_at_launch(values, handed_to)
    if parts.fallback == "none" or parts.tuned:
        own[_launch_key(parts)] = accuracy
    else:
        # until a strategy has its own, an untuned model and the one that it hands over to share theirs
        accuracy = own[_launch_key(parts)]
    own["eval.weeks"] = 0.0
    values["eval.weeks"] = 0.0
    if parts.serving == "self_hosted":
        # a load within rounding of a whole number of replicas may fall on either side of it
        for m in range(1, horizon + 1):
            calls = (
                (1 - values["cache.answer_hit_rate"])
                * values["workload.calls_per_query"]
                * queries(values, m)
            )
            busiest = calls * gpu_seconds(values, parts)
            busiest *= max(values["serve.peak_to_mean"] / 730, 1 / values["serve.hours_per_month"])
            load = busiest / (3600 * values["serve.target_utilisation"] * values["serve.gpus_per_replica"])
            assume(load == 0 or abs(load - round(load)) > 1e-9 * max(load, 1.0))
    found = evaluate(_scenario(parts, horizon, discount_rate), own)
    return found, read(parts, values, horizon, discount_rate, accuracy=accuracy)


def _close(found: float, exact: float, scale: float = 0.0) -> bool:
    """Within 1e-12 of itself; of an item, of a thousandth of its month."""
    return abs(found - exact) <= max(1e-12 * max(abs(exact), 1e-3 * abs(scale)), UNDERFLOW)


@given(parts=PARTS, drawn=VALUES, horizon=HORIZONS, discount_rate=DISCOUNT_RATES, accuracy=SHARE)
def test_the_program_is_the_second_edition(
    parts: Parts, drawn: dict[str, Any], horizon: int, discount_rate: float, accuracy: float
) -> None:
    found, exact = _both(parts, drawn, horizon, discount_rate, accuracy)
    items = found.items["mine"]
    for m, month in enumerate(exact.months):
        scale = math.fsum(month.values())
        for item, usd in month.items():
            ours = float(items[item][m]) if item in items else 0.0
            assert _close(ours, usd, scale), (item, m, ours, usd)
        assert items.keys() <= month.keys()
    assert _close(found.cost["mine"], exact.total())


HOURS = {"study": {"compare": ["mine", "rag"], "strategies": ["rag", "mine"]}}


def test_replicas_run_in_all_hours_in_which_the_product_must_answer() -> None:
    parts = {"like": "tuned_self_hosted", "inputs": {"serve": {"hours_per_month": 300}}}
    tables = {**HOURS, "strategy": {"mine": parts}}
    with pytest.raises(UserError, match=r"reaches 730, above mine:serve.hours_per_month of 300") as error:
        Scenario.from_dict(tables)
    assert error.value.faults[0].allowed == "at most mine:serve.hours_per_month"
    scenario = Scenario.from_dict({**tables, "inputs": {"workload": {"active_hours": 300}}})
    with pytest.raises(
        UserError, match=r"mine:serve.hours_per_month.*found 200, below workload.active_hours"
    ):
        scenario.with_values({"mine:serve.hours_per_month": 200})


@pytest.mark.parametrize("serving", ["dedicated", "self_hosted"])
def test_a_quote_may_count_the_gpu_hours_of_whoever_is_served_on_gpus(serving: str) -> None:
    parts = Parts(retrieval=False, tuned=False, model="open", serving=serving, fallback="none")
    assert KINDS["gpu_hour"].fits(_scenario(parts, 1, 0.0).strategy("mine"))
