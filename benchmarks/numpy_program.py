"""The peer: the same question as a careful numpy and scipy program would answer it.

All draws at once, numpy's own generators where there is one, a loop over months, nothing computed twice; the outputs
are those of a run: costs, costs per query, regrets and differences with mean, sd and nine quantiles, P(cheaper),
P(cheapest) and break-even by month. Sampling is independent but for the scenario's copula.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import STRATEGIES, Scenario
from sim.run import LEVELS

Array = NDArray[np.float64]
PAIRS = tuple(combinations(STRATEGIES, 2))


@dataclass(frozen=True)
class Answer:
    """Means of the costs by strategy, and P(a < b) at the horizon by pair."""

    mean: dict[str, float]
    cheaper: dict[tuple[str, str], float]


def _pert(rng: np.random.Generator, p: dict[str, float], n: int) -> Array:
    width, shape = p["max"] - p["min"], p.get("shape", 4.0)
    up, down = shape * (p["mode"] - p["min"]) / width, shape * (p["max"] - p["mode"]) / width
    return p["min"] + width * rng.beta(1 + up, 1 + down, n)


def _one(rng: np.random.Generator, law: Any, n: int) -> Array:
    if law.certain:
        return np.full(1, law.value)
    spec, fast = law.spec, law.fast
    if "pert" in spec:
        return _pert(rng, spec["pert"], n)
    if "beta" in spec and "mean" in spec["beta"]:
        mean, sd = spec["beta"]["mean"], spec["beta"]["sd"]
        k = mean * (1 - mean) / sd**2 - 1
        return rng.beta(mean * k, (1 - mean) * k, n)
    if fast is not None and law.window is None:
        p = fast.parameters
        if fast.kind == "exp_z":
            return rng.lognormal(p[0], p[1], n)
        if fast.kind == "affine_z":
            return rng.normal(p[0], p[1], n)
        if fast.kind == "affine_u":
            return rng.uniform(p[0], p[0] + p[1], n)
        if fast.kind == "steps":
            weights = np.diff(p[1], prepend=0.0)
            return rng.choice(np.array(p[0]), n, p=weights / weights.sum())
    return np.asarray(law.ppf(rng.random(n)))


def sample(scenario: Scenario, n: int, seed: int) -> dict[str, Array]:
    """Values of every input, (n,) or (1,) where certain."""
    from scipy.special import ndtr

    rng = np.random.default_rng(seed)
    values = {}
    if scenario.copula is not None:
        scores = scenario.copula.cholesky @ rng.standard_normal((len(scenario.copula.members), n))
        for key, score in zip(scenario.copula.members, scores, strict=True):
            values[key] = np.asarray(scenario.inputs[key].ppf(ndtr(score)))
    for key, law in scenario.inputs.items():
        if key not in values:
            values[key] = _one(rng, law, n)
    return values


def answer(scenario: Scenario, n: int, seed: int) -> Answer:
    """Draw, evaluate and summarise."""
    x = sample(scenario, n, seed)
    horizon, rate = scenario.horizon, scenario.discount_rate
    labor, watch, per_error = x["labor.weekly_rate"], x["observability.monthly"], x["quality.cost_per_error"]
    c = 1 - x["cache.answer_hit_rate"]
    k_s = x["cache.prompt_hit_rate"] * (x["cache.read_multiplier"] - x["cache.write_multiplier"])
    k_s = k_s + x["cache.write_multiplier"]
    k_r = 1 - x["cache.retrieved_hit_rate"] * (1 - x["cache.read_multiplier"])
    s, tuned_s, u, r = (x[f"tokens.{name}"] for name in ("system", "tuned_system", "question", "retrieved"))
    p_in, p_out, o = x["price.input"], x["price.output"], x["tokens.output"]
    t_in, t_out, premium = x["price.tuned_input"], x["price.tuned_output"], 1 + x["price.tuned_premium"]
    people = (x["tune.curation_weeks"] + x["tune.eval_weeks"]) * labor
    tokens = x["tune.runs"] * x["tune.examples"] * x["tune.tokens_per_example"] * x["tune.epochs"]
    hosted, own = (
        tokens * x["price.training"] / 1e6,
        x["tune.runs"] * x["tune.gpu_hours_per_run"] * x["gpu.hourly_rate"],
    )
    corpus = x["rag.corpus_tokens"] * x["price.embedding"] / 1e6
    share, tuning = x["drift.refresh_share"], x["hybrid.tuning_share"]
    frontier = c / 1e6 * (p_in * (k_s * s + k_r * r + u) + p_out * o)
    per_token = {
        "prompt": c / 1e6 * (p_in * (k_s * (s + x["tokens.examples"]) + u) + p_out * o),
        "rag": frontier,
        "tuned_hosted": c / 1e6 * premium * (t_in * (k_s * tuned_s + u) + t_out * o),
        "hybrid": c / 1e6 * premium * (t_in * (k_s * tuned_s + k_r * r + u) + t_out * o)
        + x["hybrid.fallback_rate"] * frontier,
    }
    per_query = c * (x["rag.search_price"] / 1e3 + x["price.embedding"] * u / 1e6)
    rag_month = corpus * x["rag.monthly_refresh_share"] + x["rag.vector_db_monthly"] + watch
    rag_month = rag_month + x["rag.upkeep_weeks_per_month"] * labor
    setup = {
        "prompt": x["prompt.setup_weeks"] * labor,
        "rag": x["rag.setup_weeks"] * labor + corpus,
        "tuned_hosted": people + x["tune.pipeline_weeks"] * labor + hosted,
        "tuned_self_hosted": people + (x["tune.pipeline_weeks"] + x["tune.deploy_weeks"]) * labor + own,
        "hybrid": tuning * (people + hosted)
        + (x["tune.pipeline_weeks"] + x["rag.setup_weeks"]) * labor
        + corpus,
    }
    costs = np.array([np.broadcast_to(setup[name], n) for name in STRATEGIES])
    row = {name: costs[k] for k, name in enumerate(STRATEGIES)}
    q, p, g = np.broadcast_to(x["workload.queries_per_month"], n).copy(), np.ones(n), np.ones(n)
    steps = [(1 + x["workload.annual_growth"]) ** (1 / 12)]
    steps += [(1 - x[key]) ** (1 / 12) for key in ("price.annual_decline", "gpu.annual_decline")]
    load = c * (tuned_s + u + o) * x["serve.peak_to_mean"]
    load = load / (730 * 3600 * x["serve.tokens_per_second"] * x["serve.target_utilisation"])
    intervals = {"tuned": x["drift.retrain_interval_months"], "hybrid": x["hybrid.retrain_interval_months"]}
    done, last = dict.fromkeys(intervals, np.zeros(n)), dict.fromkeys(intervals, np.zeros(n))
    total_queries = np.zeros(n)
    behind = {pair: (np.ones(n, bool), np.ones(n, bool)) for pair in PAIRS}
    by_month: list[list[int]] = []

    def count(month: int) -> None:
        found = [
            int(np.count_nonzero(costs[k] == least))
            for least in [costs.min(axis=0)]
            for k in range(len(costs))
        ]
        for a, b in PAIRS:
            less = row[a] < row[b]
            found.append(int(np.count_nonzero(less)))
            if month:
                a_behind, b_behind = behind[a, b]
                np.logical_and(a_behind, row[a] > row[b], out=a_behind)
                np.logical_and(b_behind, less, out=b_behind)
                found += [int(np.count_nonzero(a_behind)), int(np.count_nonzero(b_behind))]
        by_month.append(found)

    count(0)
    for month in range(1, horizon + 1):
        if month > 1:
            q *= steps[0]
            p *= steps[1]
            g *= steps[2]
        total_queries += q
        worth, qp, wrong, retrains = (1 + rate) ** (-month / 12), q * p, {}, {}
        for kind, interval in intervals.items():
            lost = x["quality.loss_per_quarter"] * (month - 1 - last[kind]) / 3
            wrong[kind] = q * (1 - np.maximum(0.0, x[f"quality.accuracy_{kind}"] - lost)) * per_error
            retrains[kind] = np.zeros(n)
            if month < horizon:
                so_far = np.floor(month / interval)
                retrains[kind] = so_far - done[kind]
                done[kind], last[kind] = so_far, np.where(retrains[kind] > 0, month, last[kind])
        gpus = np.maximum(x["serve.min_gpus"], np.ceil(load * q))
        row["prompt"] += worth * (
            qp * per_token["prompt"] + watch + q * (1 - x["quality.accuracy_prompt"]) * per_error
        )
        row["rag"] += worth * (
            qp * per_token["rag"]
            + q * per_query
            + rag_month
            + q * (1 - x["quality.accuracy_rag"]) * per_error
        )
        row["tuned_hosted"] += worth * (
            qp * per_token["tuned_hosted"]
            + x["tune.hosting_monthly"]
            + watch
            + retrains["tuned"] * share * (people + hosted)
            + wrong["tuned"]
        )
        row["tuned_self_hosted"] += worth * (
            gpus * 730 * x["gpu.hourly_rate"] * g
            + x["serve.ops_weeks_per_month"] * labor
            + watch
            + retrains["tuned"] * share * (people + own * g)
            + wrong["tuned"]
        )
        row["hybrid"] += worth * (
            qp * per_token["hybrid"]
            + q * per_query
            + rag_month
            + x["tune.hosting_monthly"]
            + retrains["hybrid"] * tuning * share * (people + hosted)
            + wrong["hybrid"]
        )
        count(month)
    measures = [
        *costs,
        *(costs / total_queries),
        *(costs - costs.min(axis=0)),
        *(row[a] - row[b] for a, b in PAIRS),
    ]
    summaries = [(m.mean(), m.std(ddof=1), np.quantile(m, LEVELS)) for m in measures]
    cheaper = {(a, b): float(np.mean(row[a] < row[b])) for a, b in PAIRS}
    return Answer({name: float(summaries[k][0]) for k, name in enumerate(STRATEGIES)}, cheaper)
