"""The plain reading of the second edition: its limits, the first edition inside it, and arithmetic by hand."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.sim import plain_model
from tests.sim.plain_second import (
    ITEMS,
    KEYS,
    NEUTRAL,
    OWN_ACCURACY,
    SHIPPED,
    OwnLine,
    Parts,
    Reading,
    Values,
    fault,
    gpu_seconds,
    neutral,
    prefix,
    read,
    served_errors,
)
from tests.sim.second_values import (
    DISCOUNT_RATES,
    HORIZONS,
    LINES,
    OWN_ACCURACIES,
    PARTS,
    POSSIBLE,
    VALUES,
    any_value,
)

UNDERFLOW = 1e-280
"""USD. Below it a product on the way may have lost its relative precision."""


def _close(found: float, exact: float, scale: float = 0.0) -> bool:
    """Within 1e-12 of itself; of an item, of a thousandth of its month."""
    return abs(found - exact) <= max(1e-12 * max(abs(exact), 1e-3 * abs(scale)), UNDERFLOW)


def _assert_same(found: Reading, exact: Reading, but: Mapping[str, float] | None = None) -> None:
    """The same items in all months. but: what `found` pays more at setup, by item."""
    assert len(found.months) == len(exact.months)
    for m, (ours, theirs) in enumerate(zip(found.months, exact.months, strict=True)):
        assert ours.keys() == theirs.keys()
        scale = math.fsum(ours.values())
        for item, usd in theirs.items():
            more = (but or {}).get(item, 0.0) if m == 0 else 0.0
            assert _close(ours[item], usd + more, scale), (item, m)
    for ours_, theirs_ in zip(found.accuracy, exact.accuracy, strict=True):
        assert ours_ == pytest.approx(theirs_, rel=1e-12, abs=1e-12)


def _item(reading: Reading, item: str) -> list[float]:
    return [month[item] for month in reading.months]


# ---------------------------------------------------------------------------------------- parts


def test_the_shipped_are_possible_and_all_different() -> None:
    assert list(SHIPPED) == [
        "prompt", "prompt_small", "rag", "rag_small", "rag_cascade", "rag_self_hosted", "tuned_hosted",
        "tuned_dedicated", "tuned_self_hosted", "hybrid", "hybrid_self_hosted",
    ]  # fmt: skip
    assert [fault(parts) for parts in SHIPPED.values()] == [None] * 11
    assert len(set(SHIPPED.values())) == 11


def test_what_is_not_possible_has_a_reason() -> None:
    models, servings = ("frontier", "small", "open"), ("per_token", "dedicated", "self_hosted")
    goes = {
        ("frontier", "per_token"),
        ("small", "per_token"),
        ("small", "dedicated"),
        ("open", "dedicated"),
        ("open", "self_hosted"),
    }
    possible = 0
    for retrieval, tuned, model, serving, fallback in product(
        (False, True), (False, True), models, servings, ("none", "frontier")
    ):
        why = fault(Parts(retrieval, tuned, model, serving, fallback))
        to_itself = fallback == "frontier" and model == "frontier" and not tuned
        if (model, serving) in goes and not to_itself:
            assert why is None
            possible += 1
        else:
            assert why
    # five ways to serve, tuned or not, with a fallback or not, less the one; each with retrieval or not
    assert possible == len(POSSIBLE) == 2 * (5 * 2 * 2 - 1)


@pytest.mark.parametrize(
    "wrong",
    [{"model": "large"}, {"serving": "on_premises"}, {"fallback": "small"}, {"serving": "self_hosted"}],
)
def test_a_strategy_that_is_not_possible_is_not_read(wrong: dict[str, str]) -> None:
    parts = replace(SHIPPED["rag"], **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=" not "):
        read(parts, ZERO, 1, 0.0)


@pytest.mark.parametrize("broken", [{"price.batch_share": 0.5}, {"workload.active_hours": 730.5}])
def test_values_that_break_a_rule_between_them_are_not_read(broken: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"is above|is below"):
        read(SHIPPED["prompt"], {**ZERO, **broken}, 1, 0.0)


class _Watched(Mapping[str, float]):
    def __init__(self, values: Values) -> None:
        self.values_, self.seen = values, set[str]()

    def __getitem__(self, key: str) -> float:
        self.seen.add(key)
        return self.values_[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)


def test_the_keys_are_those_that_are_used() -> None:
    watched = _Watched(ZERO)
    for parts in POSSIBLE:
        read(parts, watched, 3, 0.08)
    assert watched.seen == set(KEYS)
    assert len(set(KEYS)) == len(KEYS)


# ---------------------------------------------------------------------------------------- items and totals


@pytest.mark.slow
@given(
    parts=PARTS, values=VALUES, horizon=HORIZONS, rate=DISCOUNT_RATES, lines=LINES, accuracy=OWN_ACCURACIES
)
def test_items_add_up(
    parts: Parts, values: Values, horizon: int, rate: float, lines: list[OwnLine], accuracy: float | None
) -> None:
    reading = read(parts, values, horizon, rate, lines, accuracy)
    items = [*ITEMS, *dict.fromkeys(line.item for line in lines if line.item not in ITEMS)]
    assert [list(month) for month in reading.months] == [items] * (horizon + 1)
    assert len(reading.accuracy) == len(reading.queries) == len(reading.gpu_hours) == horizon
    assert all(0.0 <= share <= 1.0 for share in reading.accuracy)
    assert all(math.isfinite(usd) for month in reading.months for usd in month.values())
    breakdown = reading.breakdown()
    assert list(breakdown) == items
    by_month = [math.fsum(month.values()) for month in reading.months]
    # lines may be negative, so sums are held to what went into them
    size = plain_model.present_value([math.fsum(map(abs, month.values())) for month in reading.months], rate)
    assert abs(reading.total() - plain_model.present_value(by_month, rate)) <= 1e-12 * size
    assert abs(reading.total() - math.fsum(breakdown.values())) <= 1e-12 * size
    for item in items:
        exact = plain_model.present_value(_item(reading, item), rate)
        assert abs(breakdown[item] - exact) <= 1e-12 * size


@pytest.mark.slow
@given(parts=PARTS, values=VALUES, horizon=HORIZONS)
def test_a_part_that_is_not_there_costs_nothing(parts: Parts, values: Values, horizon: int) -> None:
    breakdown = read(parts, values, horizon, 0.0).breakdown()
    none = set[str]()
    if parts.serving == "per_token":
        none |= {"serving GPUs", "operations"}
    else:
        none |= {"input tokens", "output tokens", "hosting"}
    if parts.serving == "dedicated":
        none |= {"operations"}
    if not parts.retrieval:
        none |= {"retrieval", "embedding", "vector DB", "upkeep"}
    if not parts.tuned:
        none |= {"training", "hosting", "retrains"}
    if parts.fallback == "none":
        none |= {"fallback tokens"}
    if parts.model == "open":
        none |= {"retirement"}
    assert {item for item in none if breakdown[item] != 0.0} == set()


# ---------------------------------------------------------------------------------------- limits that must hold


@pytest.mark.slow
@given(values=VALUES, horizon=HORIZONS, accuracy=OWN_ACCURACIES)
def test_at_equal_prices_and_accuracy_the_size_of_the_model_is_nothing(
    values: dict[str, float], horizon: int, accuracy: float | None
) -> None:
    values["price.small_input"] = values["price.input"]
    values["price.small_output"] = values["price.output"]
    values |= {"tokens.reasoning": 0.0, "quality.loss_small": 0.0, "quality.gain_per_quarter": 0.0}
    small = read(SHIPPED["rag_small"], values, horizon, 0.08, accuracy=accuracy)
    frontier = read(SHIPPED["rag"], values, horizon, 0.08, accuracy=accuracy)
    _assert_same(small, frontier)
    assert small.total() == pytest.approx(frontier.total(), rel=1e-12)


@pytest.mark.slow
@given(values=VALUES, horizon=HORIZONS, accuracy=OWN_ACCURACIES, parts=PARTS)
def test_a_fallback_that_hands_nothing_over_is_its_setup(
    values: dict[str, float], horizon: int, accuracy: float | None, parts: Parts
) -> None:
    values["fallback.rate"] = 0.0
    router = {"setup people": values["fallback.setup_weeks"] * values["labor.weekly_rate"]}
    for whole in (SHIPPED["rag_cascade"], replace(parts, fallback="frontier")):
        if fault(whole) is None:
            cascade = read(whole, values, horizon, 0.08, accuracy=accuracy)
            alone = read(replace(whole, fallback="none"), values, horizon, 0.08, accuracy=accuracy)
            _assert_same(cascade, alone, but=router)


@pytest.mark.slow
@given(values=VALUES, horizon=HORIZONS, accuracy=OWN_ACCURACIES, parts=PARTS)
def test_a_fallback_that_hands_all_over_errs_as_the_frontier_does(
    values: dict[str, float], horizon: int, accuracy: float | None, parts: Parts
) -> None:
    values["fallback.rate"] = 1.0
    for whole in (SHIPPED["rag_cascade"], replace(parts, fallback="frontier")):
        if fault(whole) is None:
            other = SHIPPED["rag" if whole.retrieval else "prompt"]
            cascade = read(whole, values, horizon, 0.08, accuracy=accuracy)
            frontier = read(other, values, horizon, 0.08)
            assert cascade.accuracy == pytest.approx(frontier.accuracy, rel=1e-12, abs=1e-12)
            assert _item(cascade, "errors") == pytest.approx(_item(frontier, "errors"), rel=1e-12)


@pytest.mark.slow
@given(values=VALUES, horizon=HORIZONS, accuracy=OWN_ACCURACIES)
def test_a_signal_that_knows_nothing_hands_over_at_random(
    values: dict[str, float], horizon: int, accuracy: float | None
) -> None:
    values["fallback.auroc"] = 0.5
    phi = values["fallback.rate"]
    cascade = read(SHIPPED["rag_cascade"], values, horizon, 0.08, accuracy=accuracy)
    small = read(SHIPPED["rag_small"], values, horizon, 0.08, accuracy=accuracy)
    frontier = read(SHIPPED["rag"], values, horizon, 0.08)
    for found, own, other in zip(*(_item(one, "errors") for one in (cascade, small, frontier)), strict=True):
        assert _close(found, (1 - phi) * own + phi * other)


@pytest.mark.slow
@given(values=VALUES, horizon=HORIZONS, parts=PARTS, multiplier=st.floats(0.0, 1.0))
def test_where_no_share_is_sent_as_batch_its_price_is_nothing(
    values: dict[str, float], horizon: int, parts: Parts, multiplier: float
) -> None:
    values["price.batch_share"] = 0.0
    plain = read(parts, {**values, "price.batch_multiplier": 1.0}, horizon, 0.08)
    _assert_same(read(parts, {**values, "price.batch_multiplier": multiplier}, horizon, 0.08), plain)


@pytest.mark.slow
@given(values=VALUES, horizon=HORIZONS, parts=PARTS.filter(lambda parts: parts.retrieval))
def test_search_on_nodes_that_cost_nothing_costs_their_operations(
    values: dict[str, float], horizon: int, parts: Parts
) -> None:
    values["rag.node_monthly"] = 0.0
    ops = values["rag.node_ops_weeks_per_month"] * values["labor.weekly_rate"]
    values["rag.vector_db_monthly"] += ops + 1.0
    found = read(parts, values, horizon, 0.08)
    assert _item(found, "vector DB") == [0.0] * (horizon + 1)
    assert _item(found, "retrieval") == pytest.approx([0.0] + [ops] * horizon, rel=1e-12)


FIRST_KEYS = [
    *(key for key in KEYS if key not in NEUTRAL),
    "eval.weeks",
    *dict.fromkeys(OWN_ACCURACY.values()),
]
"""The first edition's inputs."""

FIRST_VALUES = st.fixed_dictionaries(
    {key: any_value("fallback.rate" if key in OWN_ACCURACY.values() else key) for key in FIRST_KEYS}
)


@pytest.mark.slow
@given(first=FIRST_VALUES, horizon=HORIZONS, fallback=st.booleans())
def test_the_old_five_are_the_first_edition(first: dict[str, float], horizon: int, fallback: bool) -> None:
    for strategy, point in neutral(first, fallback=fallback).items():
        assert point.values.keys() == set(KEYS)
        found = read(SHIPPED[strategy], point.values, horizon, 0.08, accuracy=point.accuracy)
        if strategy == "tuned_self_hosted":
            # a load within rounding of a whole number of GPUs may fall on either side of it
            x = point.values
            per_query = (1 - x["cache.answer_hit_rate"]) * gpu_seconds(x, SHIPPED[strategy])
            for q in found.queries:
                load = per_query * q * x["serve.peak_to_mean"] / (730 * 3600 * x["serve.target_utilisation"])
                assume(load == 0 or abs(load - round(load)) > 1e-9 * max(load, 1.0))
        exact = plain_model.paths(point.first, horizon)[strategy]
        assert exact.keys() <= set(ITEMS)
        for m, month in enumerate(found.months):
            scale = math.fsum(path[m] for path in exact.values())
            for item, usd in month.items():
                assert _close(usd, exact.get(item, [0.0] * (horizon + 1))[m], scale), (strategy, item, m)
        total = plain_model.present_value(plain_model.total(exact), 0.08)
        assert _close(found.total(), total)


def test_the_first_editions_inputs_are_all_there() -> None:
    used = _Watched(dict.fromkeys(FIRST_KEYS, 1.0))
    plain_model.paths(used, 2)
    assert used.seen == set(used)


@pytest.mark.slow
@given(
    values=VALUES, horizon=HORIZONS, lines=LINES, accuracy=OWN_ACCURACIES, name=st.sampled_from([*SHIPPED])
)
def test_a_strategy_like_another_is_equal_to_it(
    values: dict[str, float], horizon: int, lines: list[OwnLine], accuracy: float | None, name: str
) -> None:
    shipped = SHIPPED[name]
    like = Parts(shipped.retrieval, shipped.tuned, shipped.model, shipped.serving, shipped.fallback)
    one = read(shipped, values, horizon, 0.08, lines, accuracy)
    other = read(like, dict(values), horizon, 0.08, list(lines), accuracy)
    assert one == other
    assert one.total() == other.total()


# ---------------------------------------------------------------------------------------- arithmetic by hand

ZERO: dict[str, float] = {
    **dict.fromkeys(KEYS, 0.0),
    "workload.queries_per_month": 1000.0,
    "workload.calls_per_query": 1.0,
    "cache.write_multiplier": 1.0,
    "rag.searches_per_query": 1.0,
    "rag.node_monthly": 1e6,
    "rag.node_queries_per_second": 1.0,
    "rag.node_corpus_tokens": 1e9,
    "tune.share_with_retrieval": 1.0,
    "tune.base_life_months": 1000.0,
    "tune.later_life_months": 1000.0,
    "drift.retrain_interval_months": 1000.0,
    "drift.retrain_interval_retrieval_months": 1000.0,
    "fallback.auroc": 0.5,
    "serve.tokens_per_second": 1000.0,
    "serve.context_tokens_per_second": math.inf,
    "serve.gpus_per_replica": 1.0,
    "serve.min_replicas": 1.0,
    "serve.hours_per_month": 730.0,
    "serve.target_utilisation": 0.5,
    "serve.peak_to_mean": 2.0,
    "quality.accuracy_base": 1.0,
}
"""Nothing costs anything, and no model is trained again or retired."""


def _read(
    strategy: str, horizon: int = 1, lines: tuple[OwnLine, ...] = (), own: float | None = None, **given: float
) -> Reading:
    values = {**ZERO, **{key.replace("__", "."): value for key, value in given.items()}}
    return read(SHIPPED[strategy], values, horizon, 0.0, lines, own)


def _months(reading: Reading) -> list[float]:
    return [math.fsum(month.values()) for month in reading.months]


def test_by_hand_a_prefix_too_short_is_padded_where_that_pays() -> None:
    # read at a tenth, 9 of 10 times, else written at 1.25: 0.215 a token; 1,000 prices of a token are 1e-3 USD each
    given = {
        "price__input": 1.0,
        "cache__prompt_hit_rate": 0.9,
        "cache__read_multiplier": 0.1,
        "cache__write_multiplier": 1.25,
        "cache__min_tokens": 1024.0,
    }
    for system, billed in [
        (2000.0, 0.215 * 2000),  # long enough
        (500.0, 0.215 * 1024),  # padded
        (200.0, 200.0),  # not worth it: 220.16
    ]:
        assert _read("prompt", tokens__system=system, **given).total() == pytest.approx(
            billed / 1000, rel=1e-14
        )
    # history after it makes it longer: 524 tokens of prefix would do
    found = _read("prompt", tokens__system=500.0, tokens__history=500.0, cache__history_hit_rate=0.9, **given)
    assert found.total() == pytest.approx(0.215 * (524 + 500) / 1000, rel=1e-14)
    # nor does anybody cache what is seldom read: 0.1 * 0.1 + 0.9 * 1.25 = 1.135
    given["cache__prompt_hit_rate"] = 0.1
    found = _read(
        "prompt", tokens__system=2000.0, tokens__history=500.0, cache__history_hit_rate=0.1, **given
    )
    assert found.total() == pytest.approx(2.5, rel=1e-14)


def test_by_hand_calls_stored_answers_batch_and_hidden_tokens() -> None:
    # 1,000 queries less a tenth, 3 calls each, 40 % of them at half price: 2,160 prices of a call of
    # 2 * (300 + 100) + 10 * (50 + 30) = 1,600 millionths
    found = _read(
        "rag_small",
        cache__answer_hit_rate=0.1,
        workload__calls_per_query=3.0,
        workload__deferrable_share=0.4,
        price__batch_share=0.4,
        price__batch_multiplier=0.5,
        price__small_input=2.0,
        price__small_output=10.0,
        tokens__retrieved=300.0,
        tokens__question=100.0,
        tokens__output=50.0,
        tokens__reasoning=30.0,
        tokens__examples=7000.0,
    )
    assert found.breakdown()["input tokens"] == pytest.approx(2160 * 800 / 1e6, rel=1e-14)
    assert found.breakdown()["output tokens"] == pytest.approx(2160 * 800 / 1e6, rel=1e-14)
    assert found.total() == pytest.approx(2160 * 1600 / 1e6, rel=1e-14)


def test_by_hand_a_tuned_models_price_waits_for_its_base() -> None:
    # prices fall to a quarter in a year; the base is retired after 6 months, then every 3; months 1 … 11
    given = {"price__annual_decline": 0.75, "tune__base_life_months": 6.0, "tune__later_life_months": 3.0}
    tokens = {"tokens__output": 1000.0, "price__small_output": 1.0, "price__tuned_premium": 1.0}
    tuned = _read("tuned_hosted", 11, **given, **tokens)
    at = [0, 0, 0, 0, 0, 0, 6, 6, 6, 9, 9]
    assert _item(tuned, "output tokens")[1:] == pytest.approx([2 * 0.25 ** (e / 12) for e in at], rel=1e-14)
    untuned = _read("prompt_small", 11, **given, **tokens)
    assert _item(untuned, "output tokens")[1:] == pytest.approx(
        [0.25 ** (m / 12) for m in range(11)], rel=1e-14
    )


def test_by_hand_a_base_is_retired() -> None:
    # after 2.5 months, then every 2: at 2.5, 4.5, 6.5, 8.5, so in months 3, 5, 7 and, the last, not in 9
    given = {
        "tune__base_life_months": 2.5,
        "tune__later_life_months": 2.0,
        "labor__weekly_rate": 1000.0,
        "tune__curation_weeks": 4.0,
        "eval__weeks": 1.0,
        "tune__pipeline_weeks": 2.0,
        "tune__examples": 1e6,
        "tune__tokens_per_example": 10.0,
        "tune__epochs": 3.0,
        "tune__runs": 2.0,
        "price__training": 5.0,
        "tune__retune_share": 0.5,
        "tune__share_with_retrieval": 0.6,
        "prompt__migration_weeks": 0.7,
    }
    tuned = _read("tuned_hosted", 9, **given)
    # 60 M tokens at 5: 300; half of (5,000 + 300) + 2,000
    assert _months(tuned) == pytest.approx([7300, 0, 0, 3650, 0, 3650, 0, 3650, 0, 0], rel=1e-14)
    hybrid = _read("hybrid", 9, **given)
    assert tuned.months[0]["training"] == pytest.approx(300, rel=1e-14)
    # six tenths of people and training, all of the pipeline
    assert hybrid.months[0]["setup people"] == pytest.approx(0.6 * 4000 + 1000 + 2000, rel=1e-14)
    assert _item(hybrid, "retirement")[3] == pytest.approx(0.5 * (0.6 * 5300 + 2000), rel=1e-14)
    assert _item(_read("rag", 9, **given), "retirement") == pytest.approx(
        [0, 0, 0, 700, 0, 700, 0, 700, 0, 0]
    )
    # nobody retires an open one
    assert not any(_item(_read("tuned_dedicated", 9, **given), "retirement"))
    assert not any(_item(_read("rag_self_hosted", 9, **given), "retirement"))
    # twice in a month is paid twice
    often = _read("rag", 4, **{**given, "tune__base_life_months": 0.5, "tune__later_life_months": 0.5})
    assert _item(often, "retirement") == pytest.approx([0, 1400, 1400, 1400, 0])
    # and a life of tenths of a month ends as decimals say: three tenths are due at 0.9 and 1.2, not at 1.0
    tenths = _read("rag", 3, **{**given, "tune__base_life_months": 0.1, "tune__later_life_months": 0.1})
    assert _item(tenths, "retirement") == pytest.approx([0, 7000, 7000, 0])
    given["tune__base_life_months"] = 10 * (0.1 + 0.2)
    assert given["tune__base_life_months"] > 3
    tenths = _read("rag", 4, **given)
    assert _item(tenths, "retirement") == [0, 0, 0, 700, 0]
    prices = {"price__annual_decline": 0.75, "tokens__output": 1000.0, "price__small_output": 1.0}
    pinned = _item(_read("tuned_hosted", 5, **given, **prices), "output tokens")
    assert pinned == pytest.approx([0, 1, 1, 1, 0.25**0.25, 0.25**0.25], rel=1e-14)


def test_by_hand_retrains() -> None:
    # every 3 months, and with retrieval every 4, half of it: none in month 12
    given = {
        "drift__retrain_interval_months": 3.0,
        "drift__retrain_interval_retrieval_months": 4.0,
        "drift__refresh_share": 0.25,
        "tune__share_with_retrieval": 0.5,
        "labor__weekly_rate": 1000.0,
        "tune__curation_weeks": 3.0,
        "eval__weeks": 1.0,
        "tune__runs": 1.0,
        "tune__gpu_hours_per_run": 50.0,
        "gpu__hourly_rate": 4.0,
        "gpu__annual_decline": 0.5,
        "serve__min_replicas": 0.0,
    }
    found = _item(_read("tuned_self_hosted", 12, **given), "retrains")
    for m in (3, 6, 9):
        assert found[m] == pytest.approx(0.25 * (4000 + 200 * 0.5 ** ((m - 1) / 12)), rel=1e-14)
    assert sum(usd > 0 for usd in found) == 3
    assert _item(_read("hybrid", 12, **given), "retrains") == [0, 0, 0, 0, 500, 0, 0, 0, 500, 0, 0, 0, 0]
    # two and a half a month: 2, 3, 2 and none in the last
    given |= {"drift__retrain_interval_months": 0.4, "gpu__hourly_rate": 0.0}
    assert _item(_read("tuned_self_hosted", 4, **given), "retrains") == [0, 2000, 3000, 2000, 0]


def test_by_hand_gpus() -> None:
    # 1e6 queries of 2 calls; a call reads 0.75 * 400 + 0.5 * 200 + 0.9 * 1,000 + 100 = 1,400 tokens not cached and
    # writes 100, at 1,000 a second: 1.5 s; writing attends to 1,700 + 50 tokens, 100 times, at 1e6: 0.175 s
    given = {
        "workload__queries_per_month": 1e6,
        "workload__calls_per_query": 2.0,
        "tokens__system": 400.0,
        "tokens__tuned_system": 400.0,
        "tokens__history": 200.0,
        "tokens__retrieved": 1000.0,
        "tokens__question": 100.0,
        "tokens__output": 100.0,
        "cache__prompt_hit_rate": 0.25,
        "cache__history_hit_rate": 0.5,
        "cache__retrieved_hit_rate": 0.1,
        "serve__context_tokens_per_second": 1e6,
        "gpu__hourly_rate": 2.0,
        "gpu__dedicated_rate": 5.0,
    }
    searched = {key.replace("__", "."): value for key, value in given.items()}
    assert gpu_seconds({**ZERO, **searched}, SHIPPED["rag_self_hosted"]) == pytest.approx(1.675, rel=1e-14)
    work = 2e6 * 1.675
    # at peak 2 / 730 of it an hour: 5.1 cards at half of their load, so 6, or 2 replicas of 4
    assert work * 2 / 730 / 1800 == pytest.approx(5.1, rel=1e-3)
    own = _read("rag_self_hosted", **given)
    assert own.gpu_hours == [6 * 730]
    assert own.total() == pytest.approx(6 * 730 * 2, rel=1e-14)
    assert _read("rag_self_hosted", **given, serve__gpus_per_replica=4.0).gpu_hours == [8 * 730]
    # in 200 hours, all of it: 1/200 an hour is above 2/730; 9.3 cards
    assert _read("rag_self_hosted", **given, serve__hours_per_month=200.0).gpu_hours == [10 * 200]
    # without retrieval 0.6 s and 100 * 750 / 1e6; a dedicated endpoint is paid by what it does
    work = 2e6 * 0.675
    dedicated = _read("tuned_dedicated", **given)
    assert dedicated.gpu_hours == pytest.approx([work / 1800], rel=1e-14)
    assert dedicated.total() == pytest.approx(work / 1800 * 5, rel=1e-14)
    # and at least by its least: two replicas of two cards, 200 hours
    least = {"serve__gpus_per_replica": 2.0, "serve__min_replicas": 2.0, "serve__hours_per_month": 200.0}
    assert _read("tuned_dedicated", **given, **least).gpu_hours == [800]
    assert _read("tuned_hosted", **given).gpu_hours == [0]


def test_by_hand_self_hosting() -> None:
    given = {"labor__weekly_rate": 1000.0, "tune__deploy_weeks": 3.0, "serve__ops_weeks_per_month": 0.2}
    assert _months(_read("rag_self_hosted", 2, **given)) == pytest.approx([3000, 200, 200])
    assert _months(_read("tuned_dedicated", 2, **given)) == [0, 0, 0]
    rates = {"gpu__hourly_rate": 1.0, "gpu__annual_decline": -0.21}
    assert _months(_read("tuned_self_hosted", 13, **rates))[1::12] == pytest.approx(
        [730, 730 * 1.21], rel=1e-14
    )


def test_by_hand_search() -> None:
    # 1e6 queries less a fifth, 2 searches each, at 2 USD a thousand: 3,200 and 100 of storage
    given = {
        "workload__queries_per_month": 1e6,
        "workload__calls_per_query": 7.0,
        "workload__annual_growth": 1.0,
        "cache__answer_hit_rate": 0.2,
        "rag__searches_per_query": 2.0,
        "rag__search_price": 2.0,
        "rag__vector_db_monthly": 100.0,
        "labor__weekly_rate": 1000.0,
        "rag__node_ops_weeks_per_month": 0.1,
        "rag__node_queries_per_second": 0.4,
        "rag__node_corpus_tokens": 1e9,
        "rag__corpus_tokens": 1e9,
    }
    managed = _read("rag", **given, rag__node_monthly=2000.0)
    assert (managed.months[1]["retrieval"], managed.months[1]["vector DB"]) == pytest.approx((3200, 100))
    # 1.6e6 at peak 2 are 1.22 a second: 4 nodes of 0.4
    own = _read("rag", **given, rag__node_monthly=750.0)
    assert (own.months[1]["retrieval"], own.months[1]["vector DB"]) == pytest.approx((3100, 0))
    # both sides whole: 3,250 is above the searches and below them with their storage
    own = _read("rag", **given, rag__node_monthly=787.5)
    assert own.months[1]["retrieval"] == pytest.approx(3250)
    # a corpus of 4.5e9 needs five
    own = _read("rag", **{**given, "rag__corpus_tokens": 4.5e9}, rag__node_monthly=600.0)
    assert own.months[1]["retrieval"] == pytest.approx(3100)
    # and there are two at the least
    own = _read("rag", **{**given, "rag__node_queries_per_second": 50.0}, rag__node_monthly=1500.0)
    assert own.months[1]["retrieval"] == pytest.approx(3100)
    # search changes hands in the month in which that is cheaper: 3,300 and 6,500 against 4 and 7 nodes of 900
    turn = _read("rag", 13, **given, rag__node_monthly=900.0)
    assert turn.months[1]["vector DB"] == 100
    assert turn.months[13]["retrieval"] == pytest.approx(7 * 900 + 100)


def test_by_hand_embedding_and_upkeep() -> None:
    # 6e6 tokens at 0.5 USD/M, a tenth of them again; 900 queries of 200 tokens, searched for twice
    found = _read(
        "hybrid",
        cache__answer_hit_rate=0.1,
        rag__searches_per_query=2.0,
        rag__corpus_tokens=6e6,
        rag__monthly_refresh_share=0.1,
        price__embedding=0.5,
        tokens__question=200.0,
        labor__weekly_rate=4000.0,
        rag__upkeep_weeks_per_month=0.5,
        rag__setup_weeks=3.0,
    )
    assert _item(found, "embedding") == pytest.approx([3.0, 0.3 + 1800 * 200 * 0.5 / 1e6], rel=1e-14)
    assert _item(found, "upkeep") == [0, 2000]
    assert _item(found, "setup people") == [12000, 0]


def test_by_hand_what_each_strategy_sets_up() -> None:
    given = {
        "labor__weekly_rate": 1.0,
        "eval__weeks": 1.0,
        "prompt__setup_weeks": 10.0,
        "rag__setup_weeks": 100.0,
        "tune__curation_weeks": 1e3,
        "tune__pipeline_weeks": 1e4,
        "tune__deploy_weeks": 1e5,
        "fallback__setup_weeks": 1e6,
        "tune__hosting_monthly": 7.0,
        "observability__monthly": 2.0,
        "observability__per_query": 3.0,
        "cache__answer_hit_rate": 0.5,
    }
    setup = {name: _read(name, **given).months[0]["setup people"] for name in SHIPPED}
    assert setup == {
        "prompt": 11,
        "prompt_small": 11,
        "rag": 101,
        "rag_small": 101,
        "rag_cascade": 1000101,
        "rag_self_hosted": 100101,
        "tuned_hosted": 11001,
        "tuned_dedicated": 11001,
        "tuned_self_hosted": 111001,
        "hybrid": 1011101,
        "hybrid_self_hosted": 1111101,
    }
    hosting = {name for name in SHIPPED if _read(name, **given).months[1]["hosting"] == 7}
    assert hosting == {"tuned_hosted", "hybrid"}
    # every query is logged, those from stored answers too
    assert {_read(name, **given).months[1]["observability"] for name in SHIPPED} == {2 + 3}


def test_by_hand_accuracy_of_the_parts() -> None:
    # odds of 4 to 1, times 2, 3 and a half
    given = {
        "quality__accuracy_base": 0.8,
        "quality__lift_retrieval": math.log(2),
        "quality__lift_tuning": math.log(3),
        "quality__loss_small": math.log(2),
    }
    odds = {
        "prompt": 4, "prompt_small": 2, "rag": 8, "rag_small": 4, "rag_self_hosted": 4, "tuned_hosted": 6,
        "tuned_dedicated": 6, "tuned_self_hosted": 6, "hybrid": 12, "hybrid_self_hosted": 12,
    }  # fmt: skip
    for name, to_one in odds.items():
        assert _read(name, **given).accuracy == pytest.approx([to_one / (1 + to_one)], rel=1e-14)


def test_by_hand_accuracy_by_month() -> None:
    # 0.9 at launch, 0.01 lost a month; trained in months 2, 4 and 6, the base retired in 5
    given = {
        "quality__loss_per_quarter": 0.03,
        "quality__gain_per_quarter": 0.06,
        "drift__retrain_interval_months": 2.0,
        "tune__base_life_months": 5.0,
        "quality__cost_per_error": 2.0,
    }
    hosted = _read("tuned_hosted", 8, own=0.9, **given)
    worn = [0, 1, 0, 1, 0, 0, 0, 1]
    assert hosted.accuracy == pytest.approx([0.9 - 0.01 * age for age in worn], rel=1e-14)
    assert _item(hosted, "errors")[1:] == pytest.approx(
        [2000 * (0.1 + 0.01 * age) for age in worn], rel=1e-13
    )
    # an open base stays
    opened = _read("tuned_self_hosted", 8, own=0.9, **given)
    assert opened.accuracy == pytest.approx([0.9 - 0.01 * age for age in [0, 1, 0, 1, 0, 1, 0, 1]], rel=1e-14)
    # the frontier gains, and stops at 1; the small one does not
    assert _read("rag", 8, own=0.9, **given).accuracy == pytest.approx(
        [0.9, 0.92, 0.94, 0.96, 0.98, 1.0, 1.0, 1.0], rel=1e-14
    )
    assert _read("rag_small", 8, own=0.9, **given).accuracy == pytest.approx([0.9] * 8, rel=1e-14)
    # and a tuned one wears down to 0
    given["quality__loss_per_quarter"] = 3.0
    given["drift__retrain_interval_months"] = 1000.0
    assert _read("tuned_self_hosted", 3, own=0.9, **given).accuracy == pytest.approx(
        [0.9, 0.0, 0.0], rel=1e-14
    )


def test_by_hand_a_fallback() -> None:
    # a signal of 0.8 that hands 16 % over finds 0.16 ** 0.25 = 63 % of the errors
    assert math.isclose(0.16**0.25, 0.6325, rel_tol=1e-4)
    given = {"fallback__rate": 0.16, "fallback__auroc": 0.8, "quality__accuracy_base": 0.9}
    found = _read("rag_cascade", own=0.8, **given)
    assert found.accuracy == pytest.approx([1 - (0.2 * (1 - 0.16**0.25) + 0.1 * 0.16**0.25)], rel=1e-14)
    # of 64 % of errors 16 % handed over are a quarter at the most
    found = _read("rag_cascade", own=0.36, **given)
    assert found.accuracy == pytest.approx([1 - (0.64 * 0.75 + 0.1 * 0.25)], rel=1e-14)
    # the frontier gains meanwhile, whatever the strategy's own accuracy; 10 points a month
    found = _read("rag_cascade", 2, own=0.36, quality__gain_per_quarter=0.3, **given)
    assert found.accuracy[1] == pytest.approx(1 - 0.64 * 0.75, rel=1e-14)
    # 1,000 queries of 100 output tokens at 1 USD/M plus half, a fifth again at 10 USD/M with 20 hidden ones
    given = {"tokens__output": 100.0, "price__small_output": 1.0, "price__tuned_premium": 0.5}
    given |= {"price__output": 10.0, "tokens__reasoning": 20.0, "fallback__rate": 0.2, "price__input": 5.0}
    given |= {
        "tokens__system": 30.0,
        "tokens__examples": 9.0,
        "tokens__tuned_system": 4.0,
        "tokens__question": 6.0,
    }
    found = _read("hybrid", tokens__retrieved=64.0, **given)
    assert found.months[1]["fallback tokens"] == pytest.approx(200 * (10 * 120 + 5 * (30 + 64 + 6)) / 1e6)
    assert found.months[1]["output tokens"] == pytest.approx(1000 * 150 / 1e6, rel=1e-14)
    # three calls of each, at a quarter of the price a year later; the tuned model's own price stays
    later = _read("hybrid", 13, **given, workload__calls_per_query=3.0, price__annual_decline=0.75)
    assert later.months[1]["fallback tokens"] == pytest.approx(3 * 200 * (1200 + 180) / 1e6, rel=1e-14)
    assert later.months[13]["fallback tokens"] == pytest.approx(3 * 50 * (1200 + 180) / 1e6, rel=1e-14)
    assert later.months[13]["output tokens"] == pytest.approx(3 * 1000 * 150 / 1e6, rel=1e-14)


def test_by_hand_lines_of_ones_own() -> None:
    given = {
        "workload__annual_growth": 3.0,
        "price__annual_decline": 0.75,
        "gpu__annual_decline": 0.5,
        "drift__retrain_interval_months": 0.5,
        "cache__answer_hit_rate": 0.5,
    }

    def paid(
        strategy: str, per: str, cost: float, first: int | None = None, last: int | None = None
    ) -> list[float]:
        return _item(_read(strategy, 3, (OwnLine("mine", per, cost, first, last),), **given), "mine")

    assert paid("rag", "once", 5.0) == [5, 0, 0, 0]
    assert paid("rag", "once", 5.0, 2) == [0, 0, 5, 0]
    assert paid("rag", "once", 5.0, 4) == [0, 0, 0, 0]
    assert paid("rag", "month", 5.0) == [0, 5, 5, 5]
    assert paid("rag", "month", 5.0, 2) == [0, 0, 5, 5]
    assert paid("rag", "month", 5.0, None, 2) == [0, 5, 5, 0]
    assert paid("rag", "query", 0.1) == pytest.approx([0] + [100 * 4 ** (m / 12) for m in range(3)])
    # four times the queries at a quarter of the price
    assert paid("rag", "token_price", 0.1) == pytest.approx([0, 100, 100, 100])
    assert paid("tuned_hosted", "retrain", 5.0) == [0, 10, 10, 0]
    assert paid("rag", "retrain", 5.0) == [0, 0, 0, 0]
    assert paid("rag_self_hosted", "gpu_hour", 0.1) == pytest.approx(
        [0] + [73 * 0.5 ** (m / 12) for m in range(3)]
    )
    assert paid("rag", "gpu_hour", 0.1) == [0, 0, 0, 0]
    # two lines share an item, and one adds to the model's
    lines = (OwnLine("a", "month", 1.0), OwnLine("a", "once", 2.0), OwnLine("upkeep", "month", 3.0))
    found = _read("rag", 1, lines, labor__weekly_rate=4.0, rag__upkeep_weeks_per_month=1.0)
    assert [found.months[0]["a"], found.months[1]["a"], found.months[1]["upkeep"]] == [2, 1, 7]
    with pytest.raises(ValueError, match="not week"):
        _read("rag", 1, (OwnLine("a", "week", 1.0),))


def test_by_hand_discounting() -> None:
    found = read(SHIPPED["prompt"], {**ZERO, "observability.monthly": 100.0}, 2, 0.21)
    assert found.total() == pytest.approx(100 * 1.21 ** (-1 / 12) + 100 * 1.21 ** (-2 / 12), rel=1e-14)
    assert math.isclose(found.total(), 100 * (0.98424 + 0.96873), rel_tol=1e-4)


# ---------------------------------------------------------------------------------------- what random values reach


def _turns(parts: Parts, x: Values, horizon: int) -> dict[str, bool]:
    """Which ways of the page a strategy takes."""
    reading = read(parts, x, horizon, 0.0)
    breakdown, accuracy = reading.breakdown(), reading.accuracy
    t, room = prefix(x, parts), x["cache.min_tokens"] - x["tokens.history"]
    h = x["cache.prompt_hit_rate"]
    k_s = h * x["cache.read_multiplier"] + (1 - h) * x["cache.write_multiplier"]
    e = 1 - read(replace(parts, fallback="none"), x, horizon, 0.0).accuracy[-1]
    phi, auroc = x["fallback.rate"], x["fallback.auroc"]
    handed = parts.fallback == "frontier" and 0 < phi < 1 and e > 0
    capped = handed and phi / e < phi ** ((1 - auroc) / auroc)
    storage = [month["vector DB"] > 0 for month in reading.months[1:]]
    nodes = parts.retrieval and x["rag.vector_db_monthly"] > 0 and not all(storage)
    own, dedicated = parts.serving == "self_hosted", parts.serving == "dedicated"
    hours, g = x["serve.hours_per_month"], x["serve.gpus_per_replica"]
    more = reading.gpu_hours[-1] > g * hours * x["serve.min_replicas"] * (1 + 1e-9)
    peak = x["serve.peak_to_mean"] / 730 > 1 / hours
    k = x["drift.retrain_interval_retrieval_months" if parts.retrieval else "drift.retrain_interval_months"]
    alone = parts.tuned and parts.fallback == "none"
    return {
        "retrained more than once a month": parts.tuned and horizon > 1 and k < 1,
        "retrained now and then": parts.tuned and 1 < k < horizon,
        "a base retired": parts.tuned and breakdown["retirement"] > 0,
        "prompts migrated": not parts.tuned and breakdown["retirement"] > 0,
        "retired more than once": x["tune.base_life_months"] + x["tune.later_life_months"] < horizon,
        "never retired": x["tune.base_life_months"] > horizon,
        "a cache that never pays": t > 0 and k_s >= 1,
        "a cache that pays": t > max(room, 0) and k_s < 1,
        "padded": 0 < t < room and k_s * room < t,
        "too short, not padded": 0 < t < room and k_s < 1 and k_s * room > t,
        "worn": alone and 0 < min(accuracy) < accuracy[0],
        "worn out": alone and min(accuracy) == 0.0 < accuracy[0],
        "gained": parts.model == "frontier" and not parts.tuned and accuracy[-1] > accuracy[0],
        "managed search": parts.retrieval and all(storage),
        "own nodes": nodes and not any(storage),
        "search changes hands": nodes and any(storage),
        "handed over up to the cap": capped,
        "handed over by rank": handed and auroc > 0.5 and not capped,
        "office hours": own and hours < 730,
        "the month's work in its hours": own and more and not peak,
        "the peak": own and more and peak,
        "several cards a replica": own and more and g > 1,
        "the least replicas": own and not more,
        "dedicated, by work": dedicated and more,
        "dedicated, at its least": dedicated and not more,
        "batch": parts.serving == "per_token" and x["price.batch_share"] > 0,
        "hidden tokens": not parts.tuned and x["tokens.reasoning"] > 0,
    }


@pytest.mark.slow
def test_random_values_reach_every_turn_of_the_page() -> None:
    reached: dict[str, bool] = {}

    @settings(max_examples=300)
    @given(values=VALUES, horizon=st.sampled_from([2, 13, 36]))
    def look(values: dict[str, float], horizon: int) -> None:
        for parts in SHIPPED.values():
            for turn, taken in _turns(parts, values, horizon).items():
                reached[turn] = reached.get(turn, False) or taken

    look()
    assert [turn for turn, taken in reached.items() if not taken] == []


def test_the_errors_of_a_model_that_never_errs() -> None:
    # no error to hand over by rank; of the frontier's, φ ** ((1 - A) / A) come in
    values = {**ZERO, "fallback.rate": 0.25, "quality.accuracy_base": 0.6}
    assert served_errors(values, SHIPPED["rag_cascade"], 1, 1, 1.0) == pytest.approx(0.25 * 0.4, rel=1e-14)
    assert served_errors({**values, "fallback.rate": 0.0}, SHIPPED["rag_cascade"], 1, 1, 1.0) == 0.0
