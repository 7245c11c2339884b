"""Random values of the second edition's inputs, within their supports, and random strategies, for Hypothesis."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

from hypothesis import strategies as st

from tests.sim.plain_second import KEYS, SERVED, SHIPPED, OwnLine, Parts, fault

POSSIBLE = [
    parts
    for parts in (
        Parts(*chosen)
        for chosen in product(
            (False, True),
            (False, True),
            SERVED,
            ("per_token", "dedicated", "self_hosted"),
            ("none", "frontier"),
        )
    )
    if fault(parts) is None
]
"""Every possible combination of parts."""


# One draw an input: there are many, and most of the time of a test goes into drawing them.


def _between(lower: float, upper: float) -> st.SearchStrategy[float]:
    # subnormal numbers have no relative precision that a result could be held to
    return st.floats(lower, upper, allow_subnormal=False)


def _magnitude(lower: float, upper: float, *, or_none: bool = False) -> st.SearchStrategy[float]:
    """Evenly over orders of magnitude, or 0: drawn evenly, nearly all values would be of the highest order."""
    low, high = math.log10(lower), math.log10(upper)

    def value(order: float) -> float:
        return 0.0 if order < low else min(upper, max(lower, 10.0**order))

    return st.floats(low - (high - low) / 10 if or_none else low, high).map(value)


SHARE = _between(0.0, 1.0)
TOKENS = _magnitude(10.0, 1e5, or_none=True)
WEEKS = _magnitude(0.01, 100.0, or_none=True)
USD = _magnitude(0.01, 1e5, or_none=True)
MONTHS = _magnitude(0.1, 50.0) | st.sampled_from([0.1, 0.3, 0.5, 1.0, 2.5, 3.0, 6.0, 12.0, 36.0])
RATE_OF_CHANGE = _between(-0.5, 0.95)

_BY_KEY: dict[str, st.SearchStrategy[float]] = {
    "workload.queries_per_month": _magnitude(1.0, 1e9),
    "workload.annual_growth": _between(-0.9, 3.0),
    "workload.calls_per_query": st.just(1.0) | _between(1.0, 30.0),
    "workload.active_hours": SHARE,  # of the hours in service, until `_held_together`
    "tokens.history": st.just(0.0) | TOKENS,
    "cache.prompt_hit_rate": SHARE | _between(0.7, 1.0),
    "cache.read_multiplier": _magnitude(0.01, 1.0, or_none=True),
    "cache.write_multiplier": _between(1.0, 2.0),
    "cache.min_tokens": st.sampled_from([0.0, 1024.0, 2048.0, 4096.0]),
    "price.batch_share": SHARE,  # of what may wait, until `_held_together`
    "price.annual_decline": RATE_OF_CHANGE,
    "gpu.annual_decline": RATE_OF_CHANGE,
    "rag.search_price": _magnitude(0.01, 100.0, or_none=True),
    "rag.searches_per_query": st.just(1.0) | _between(0.0, 10.0),
    "rag.node_queries_per_second": _magnitude(0.1, 1000.0),
    "rag.node_corpus_tokens": _magnitude(1e8, 1e10),
    "rag.corpus_tokens": _magnitude(1e4, 1e10, or_none=True),
    "rag.node_ops_weeks_per_month": _magnitude(1e-3, 1.0, or_none=True),
    "rag.monthly_refresh_share": SHARE,
    "rag.node_monthly": _magnitude(1.0, 1e5, or_none=True),
    "tune.runs": _between(0.0, 50.0),
    "tune.epochs": _between(0.0, 10.0),
    "tune.share_with_retrieval": _between(0.0, 2.0),
    "tune.retune_share": _between(0.0, 2.0),
    "drift.refresh_share": _between(0.0, 2.0),
    "tune.base_life_months": MONTHS | st.just(1000.0),
    "tune.later_life_months": MONTHS,
    "drift.retrain_interval_months": MONTHS,
    "drift.retrain_interval_retrieval_months": MONTHS,
    "fallback.auroc": _between(0.5, 0.99),
    "serve.tokens_per_second": _magnitude(10.0, 1e6),
    "serve.context_tokens_per_second": _magnitude(1e4, 1e9),
    "serve.gpus_per_replica": st.sampled_from([1.0, 2.0, 4.0, 8.0]),
    "serve.min_replicas": st.integers(1, 8).map(float),
    "serve.hours_per_month": _between(1.0, 730.0),
    "serve.target_utilisation": _between(0.05, 1.0),
    "serve.peak_to_mean": _between(1.0, 10.0),
    "quality.accuracy_base": SHARE | _between(0.6, 0.99),
    "quality.lift_retrieval": _between(-3.0, 3.0),
    "quality.lift_tuning": _between(-3.0, 3.0),
    "quality.loss_small": _between(0.0, 3.0),
    "quality.loss_per_quarter": _magnitude(1e-3, 2.0, or_none=True),
    "quality.gain_per_quarter": _between(0.0, 0.5),
    "quality.cost_per_error": _between(0.0, 10.0),
}
_BY_GROUP = {"tokens": TOKENS, "cache": SHARE, "workload": SHARE, "fallback": SHARE}
_SHARES = {"price.batch_multiplier"}


def any_value(key: str) -> st.SearchStrategy[float]:
    """Values of one input (of price.batch_share and workload.active_hours, over their bounds)."""
    if key in _BY_KEY:
        return _BY_KEY[key]
    if "weeks" in key:
        return WEEKS
    if key in _SHARES:
        return SHARE
    return _BY_GROUP.get(key.split(".")[0], USD)


def _held_together(drawn: dict[str, Any]) -> dict[str, float]:
    drawn["price.batch_share"] *= drawn["workload.deferrable_share"]
    drawn["workload.active_hours"] *= drawn["serve.hours_per_month"]
    if (short := drawn.pop("short")) is not None:
        # prefixes a little shorter than what is cached, so that padding them may pay
        drawn["cache.min_tokens"] = drawn["tokens.history"] + short * drawn["tokens.system"]
    if (near := drawn.pop("near")) is not None:
        # two nodes cost about what managed search does, so that search changes hands as queries grow
        searches = drawn["workload.queries_per_month"] * drawn["rag.searches_per_query"]
        managed = searches * drawn["rag.search_price"] / 1000
        drawn["rag.vector_db_monthly"] = min(managed, drawn["rag.vector_db_monthly"])
        ops = drawn["rag.node_ops_weeks_per_month"] * drawn["labor.weekly_rate"]
        drawn["rag.node_monthly"] = max(0.0, near * (managed + drawn["rag.vector_db_monthly"]) - ops) / 2
    return drawn


VALUES: st.SearchStrategy[dict[str, float]] = st.fixed_dictionaries(
    {
        **{key: any_value(key) for key in KEYS},
        "short": st.none() | _between(0.5, 5.0),
        "near": st.none() | _between(0.5, 2.0),
    }
).map(_held_together)
"""A value of every key that the plain reading uses."""

PARTS: st.SearchStrategy[Parts] = st.sampled_from([*POSSIBLE, *SHIPPED.values()])
"""Every possible strategy, the shipped more often."""

HORIZONS = st.sampled_from([1, 2, 12, 13, 36, 120])
DISCOUNT_RATES = st.sampled_from([0.0, 0.08, 1.0])
OWN_ACCURACIES = st.none() | SHARE

_MONTH = st.none() | st.integers(1, 130)
LINES: st.SearchStrategy[list[OwnLine]] = st.lists(
    st.builds(
        OwnLine,
        # two lines may share an item, and one may add to an item of the model's
        item=st.sampled_from(["review", "licence", "operations"]),
        per=st.sampled_from(["once", "month", "query", "token_price", "retrain", "gpu_hour"]),
        cost=_between(-100.0, 1e4),
        from_month=_MONTH,
        to_month=_MONTH,
    ),
    max_size=4,
)
"""Lines of the user's own."""
