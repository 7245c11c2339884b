"""The cost model as a careful numpy program: a loop over months, arrays over draws, nothing computed twice.

Peers that only draw samples hand them to it, a chunk of draws at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.problem import STRATEGIES

Array = NDArray[np.float64]
PAIRS = tuple(combinations(range(len(STRATEGIES)), 2))
LEVELS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)

Rows = tuple[Array, ...]
"""An array a strategy."""

EachMonth = Callable[[int, Rows], None]
"""Told the month, 0 … H, and each strategy's cumulative cost after it."""


def costs(
    x: Mapping[str, Any],
    shape: tuple[int, ...],
    horizon: int,
    rate: float,
    each_month: EachMonth | None = None,
    xp: Any = np,
) -> tuple[Rows, Array]:
    """Each strategy's present-value cost, and queries, of inputs by key, each a number or of the shape.

    xp: numpy, which then adds in place, or jax.numpy, which does not.
    """
    labor, watch, per_error = x["labor.weekly_rate"], x["observability.monthly"], x["quality.cost_per_error"]
    c = 1 - x["cache.answer_hit_rate"]
    k_s = x["cache.prompt_hit_rate"] * (x["cache.read_multiplier"] - x["cache.write_multiplier"])
    k_s = k_s + x["cache.write_multiplier"]
    k_r = 1 - x["cache.retrieved_hit_rate"] * (1 - x["cache.read_multiplier"])
    s, tuned_s, u, r = (x[f"tokens.{name}"] for name in ("system", "tuned_system", "question", "retrieved"))
    p_in, p_out, o = x["price.input"], x["price.output"], x["tokens.output"]
    t_in, t_out, premium = x["price.small_input"], x["price.small_output"], 1 + x["price.tuned_premium"]
    people = (x["tune.curation_weeks"] + x["eval.weeks"]) * labor
    tokens = x["tune.runs"] * x["tune.examples"] * x["tune.tokens_per_example"] * x["tune.epochs"]
    hosted = tokens * x["price.training"] / 1e6
    own = x["tune.runs"] * x["tune.gpu_hours_per_run"] * x["gpu.hourly_rate"]
    corpus = x["rag.corpus_tokens"] * x["price.embedding"] / 1e6
    share, tuning = x["drift.refresh_share"], x["tune.share_with_retrieval"]
    frontier = c / 1e6 * (p_in * (k_s * s + k_r * r + u) + p_out * o)
    prompt_token = c / 1e6 * (p_in * (k_s * (s + x["tokens.examples"]) + u) + p_out * o)
    hosted_token = c / 1e6 * premium * (t_in * (k_s * tuned_s + u) + t_out * o)
    hybrid_token = c / 1e6 * premium * (t_in * (k_s * tuned_s + k_r * r + u) + t_out * o)
    hybrid_token = hybrid_token + x["fallback.rate"] * frontier
    per_query = c * (x["rag.search_price"] / 1e3 + x["price.embedding"] * u / 1e6)
    prompt_query = (1 - x["quality.accuracy_prompt"]) * per_error
    rag_query = per_query + (1 - x["quality.accuracy_rag"]) * per_error
    rag_month = corpus * x["rag.monthly_refresh_share"] + x["rag.vector_db_monthly"] + watch
    rag_month = rag_month + x["rag.upkeep_weeks_per_month"] * labor
    hosting = x["tune.hosting_monthly"]
    hosted_month, hybrid_month = hosting + watch, rag_month + hosting
    own_month, own_gpu = x["serve.ops_weeks_per_month"] * labor + watch, 730 * x["gpu.hourly_rate"]
    hosted_again, hybrid_again = share * (people + hosted), tuning * share * (people + hosted)
    people_again, own_again = share * people, share * own
    load = c * (tuned_s + u + o) * x["serve.peak_to_mean"]
    load = load / (730 * 3600 * x["serve.tokens_per_second"] * x["serve.target_utilisation"])

    zero = xp.zeros(shape)
    prompt = zero + x["prompt.setup_weeks"] * labor
    rag = zero + (x["rag.setup_weeks"] * labor + corpus)
    tuned_hosted = zero + (people + x["tune.pipeline_weeks"] * labor + hosted)
    tuned_self_hosted = zero + (people + (x["tune.pipeline_weeks"] + x["tune.deploy_weeks"]) * labor + own)
    hybrid = zero + tuning * (people + hosted)
    hybrid += (x["tune.pipeline_weeks"] + x["rag.setup_weeks"]) * labor + corpus
    if each_month is not None:
        each_month(0, (prompt, rag, tuned_hosted, tuned_self_hosted, hybrid))

    q = zero + x["workload.queries_per_month"]
    p: Any = 1.0
    g: Any = 1.0
    q_step = (1 + x["workload.annual_growth"]) ** (1 / 12)
    p_step, g_step = ((1 - x[key]) ** (1 / 12) for key in ("price.annual_decline", "gpu.annual_decline"))
    intervals = (x["drift.retrain_interval_months"], x["drift.retrain_interval_retrieval_months"])
    launch = (x["quality.accuracy_tuned"], x["quality.accuracy_hybrid"])
    done: list[Any] = [0.0, 0.0]
    last: list[Any] = [0.0, 0.0]
    retrains: list[Any] = [0.0, 0.0]
    wrong: list[Any] = [0.0, 0.0]
    loss = x["quality.loss_per_quarter"] / 3
    handed, ranks = x["fallback.rate"], x["fallback.auroc"]
    caught_at_most = handed ** ((1 - ranks) / ranks)
    queries = zero + 0.0
    for month in range(1, horizon + 1):
        if month > 1:
            q *= q_step
            p, g = p * p_step, g * g_step
        queries += q
        worth, qp = (1 + rate) ** (-month / 12), q * p
        for k in (0, 1):
            right = xp.maximum(0.0, launch[k] - loss * (month - 1 - last[k]))
            errors = 1 - right
            if k == 1:
                caught = xp.minimum(handed / errors, caught_at_most)
                errors = (1 - caught) * errors + caught * (1 - x["quality.accuracy_rag"])
            wrong[k] = q * (errors * per_error)
            retrains[k] = 0.0
            if month < horizon:
                so_far = xp.floor(month / intervals[k])
                retrains[k] = so_far - done[k]
                done[k], last[k] = so_far, xp.where(retrains[k] > 0, month, last[k])
        gpus = xp.maximum(x["serve.min_replicas"], xp.ceil(load * q))
        prompt += worth * (qp * prompt_token + q * prompt_query + watch)
        rag += worth * (qp * frontier + q * rag_query + rag_month)
        tuned_hosted += worth * (qp * hosted_token + hosted_month + retrains[0] * hosted_again + wrong[0])
        tuned_self_hosted += worth * (
            gpus * (own_gpu * g) + own_month + retrains[0] * (people_again + own_again * g) + wrong[0]
        )
        hybrid += worth * (
            qp * hybrid_token + q * per_query + hybrid_month + retrains[1] * hybrid_again + wrong[1]
        )
        if each_month is not None:
            each_month(month, (prompt, rag, tuned_hosted, tuned_self_hosted, hybrid))
    return (prompt, rag, tuned_hosted, tuned_self_hosted, hybrid), queries


class Standings:
    """Who is cheaper by which month, and first at or below the other when, counted over chunks of draws."""

    def __init__(self, horizon: int) -> None:
        self.cheapest = np.zeros((horizon + 1, len(STRATEGIES)), dtype=np.int64)
        self.less = np.zeros((horizon + 1, len(PAIRS)), dtype=np.int64)
        self.behind = np.zeros((horizon + 1, len(PAIRS), 2), dtype=np.int64)
        self.spent = np.zeros((horizon + 1, len(STRATEGIES)))

    def chunk(self) -> EachMonth:
        """Counts one chunk of draws, month by month."""
        state: dict[int, tuple[Any, Any]] = {}

        def count(month: int, row: Rows) -> None:
            least = np.minimum.reduce(row)
            for s, cost in enumerate(row):
                self.cheapest[month, s] += np.count_nonzero(cost == least)
                self.spent[month, s] += cost.sum()
            for k, (a, b) in enumerate(PAIRS):
                less = row[a] < row[b]
                self.less[month, k] += np.count_nonzero(less)
                if month:
                    greater = row[a] > row[b]
                    both = (greater, less) if month == 1 else (state[k][0] & greater, state[k][1] & less)
                    state[k] = both
                    self.behind[month, k] += (np.count_nonzero(both[0]), np.count_nonzero(both[1]))

        return count


def summaries(all_costs: Rows, queries: Array) -> list[tuple[float, float, Array]]:
    """Mean, sd and nine quantiles of every cost, cost per query, regret and difference."""
    least = np.minimum.reduce(all_costs)
    found = []
    for k in range(len(STRATEGIES)):
        found += [all_costs[k], all_costs[k] / queries, all_costs[k] - least]
    found += [all_costs[a] - all_costs[b] for a, b in PAIRS]
    return [(float(m.mean()), float(m.std(ddof=1)), np.quantile(m, LEVELS)) for m in found]
