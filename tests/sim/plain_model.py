"""The cost model read again, in plain Python, one draw at a time: the oracle of the compiled kernel.

Written from the equations alone, month by month and item by item, with powers where the kernel multiplies on.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

Items = dict[str, list[float]]


def repriced_paths(
    x: Mapping[str, float], horizon: int, new: Sequence[tuple[int, Mapping[str, float]]]
) -> dict[str, Items]:
    """The same where prices change: from a month on, all that is paid is paid at the new ones. new: (month, prices)."""
    result = paths(x, horizon)
    prices = dict(x)
    for month, values in sorted(new, key=lambda one: one[0]):
        prices |= values
        later = paths(prices, horizon)
        for strategy, items in result.items():
            for item in items:
                items[item][month:] = later[strategy][item][month:]
    return result


def paths(x: Mapping[str, float], horizon: int) -> dict[str, Items]:
    """Undiscounted cost of each item of each strategy in months 0 … H."""
    months = range(1, horizon + 1)
    result: dict[str, Items] = {}

    def q(m: int) -> float:
        return x["workload.queries_per_month"] * (1 + x["workload.annual_growth"]) ** ((m - 1) / 12)

    def price(m: int) -> float:
        return (1 - x["price.annual_decline"]) ** ((m - 1) / 12)

    def gpu_price(m: int) -> float:
        return (1 - x["gpu.annual_decline"]) ** ((m - 1) / 12)

    def retrains(m: int, k: float) -> int:
        # what a month misses by rounding is in it
        return math.floor(m / k * (1 + 1e-12)) - math.floor((m - 1) / k * (1 + 1e-12)) if m < horizon else 0

    def wrong(m: int, launch: float, k: float) -> float:
        # added up: 1 - (launch - loss) has no digits of a loss that is small beside 1
        trained = max((t for t in range(1, m) if retrains(t, k) > 0), default=0)
        return min(1.0, (1 - launch) + x["quality.loss_per_quarter"] * (m - 1 - trained) / 3)

    c = 1 - x["cache.answer_hit_rate"]
    h, h_r = x["cache.prompt_hit_rate"], x["cache.retrieved_hit_rate"]
    k_s = h * x["cache.read_multiplier"] + (1 - h) * x["cache.write_multiplier"]
    k_r = h_r * x["cache.read_multiplier"] + (1 - h_r)
    labor = x["labor.weekly_rate"]
    s, e, s_tuned = x["tokens.system"], x["tokens.examples"], x["tokens.tuned_system"]
    u, r, o = x["tokens.question"], x["tokens.retrieved"], x["tokens.output"]
    p_in, p_out = x["price.input"], x["price.output"]
    t_in, t_out, premium = x["price.small_input"], x["price.small_output"], x["price.tuned_premium"]
    watch, per_error = x["observability.monthly"], x["quality.cost_per_error"]
    people = (x["tune.curation_weeks"] + x["eval.weeks"]) * labor
    hosted_training = (
        x["tune.runs"]
        * x["tune.examples"]
        * x["tune.tokens_per_example"]
        * x["tune.epochs"]
        * x["price.training"]
        / 1e6
    )
    own_training = x["tune.runs"] * x["tune.gpu_hours_per_run"] * x["gpu.hourly_rate"]
    corpus = x["rag.corpus_tokens"] * x["price.embedding"] / 1e6
    drift, share = x["drift.retrain_interval_months"], x["drift.refresh_share"]

    def new(name: str) -> Items:
        items: Items = defaultdict(lambda: [0.0] * (horizon + 1))
        result[name] = items
        for m in months:
            items["observability"][m] += watch
        return items

    def errors(items: Items, launch: float, k: float | None) -> None:
        for m in months:
            share = 1 - launch if k is None else wrong(m, launch, k)
            items["errors"][m] += q(m) * share * per_error

    def retrieval(items: Items) -> None:
        items["embedding"][0] += corpus
        for m in months:
            items["retrieval"][m] += q(m) * c * x["rag.search_price"] / 1000
            items["embedding"][m] += q(m) * c * x["price.embedding"] * u / 1e6
            items["embedding"][m] += corpus * x["rag.monthly_refresh_share"]
            items["vector DB"][m] += x["rag.vector_db_monthly"]
            items["upkeep"][m] += x["rag.upkeep_weeks_per_month"] * labor

    prompt = new("prompt")
    prompt["setup people"][0] = x["prompt.setup_weeks"] * labor
    for m in months:
        prompt["input tokens"][m] = q(m) * c * price(m) / 1e6 * p_in * (k_s * (s + e) + u)
        prompt["output tokens"][m] = q(m) * c * price(m) / 1e6 * p_out * o
    errors(prompt, x["quality.accuracy_prompt"], None)

    rag = new("rag")
    rag["setup people"][0] = x["rag.setup_weeks"] * labor
    for m in months:
        rag["input tokens"][m] = q(m) * c * price(m) / 1e6 * p_in * (k_s * s + k_r * r + u)
        rag["output tokens"][m] = q(m) * c * price(m) / 1e6 * p_out * o
    retrieval(rag)
    errors(rag, x["quality.accuracy_rag"], None)

    hosted = new("tuned_hosted")
    hosted["setup people"][0] = people + x["tune.pipeline_weeks"] * labor
    hosted["training"][0] = hosted_training
    for m in months:
        hosted["input tokens"][m] = q(m) * c * price(m) * (1 + premium) / 1e6 * t_in * (k_s * s_tuned + u)
        hosted["output tokens"][m] = q(m) * c * price(m) * (1 + premium) / 1e6 * t_out * o
        hosted["hosting"][m] = x["tune.hosting_monthly"]
        hosted["retrains"][m] = retrains(m, drift) * share * (people + hosted_training)
    errors(hosted, x["quality.accuracy_tuned"], drift)

    own = new("tuned_self_hosted")
    own["setup people"][0] = people + (x["tune.pipeline_weeks"] + x["tune.deploy_weeks"]) * labor
    own["training"][0] = own_training
    for m in months:
        load = c * q(m) * (s_tuned + u + o) * x["serve.peak_to_mean"]
        one = 730 * 3600 * x["serve.tokens_per_second"] * x["serve.target_utilisation"]
        gpus = max(x["serve.min_replicas"], math.ceil(load / one))
        own["serving GPUs"][m] = gpus * 730 * x["gpu.hourly_rate"] * gpu_price(m)
        own["operations"][m] = x["serve.ops_weeks_per_month"] * labor
        own["retrains"][m] = retrains(m, drift) * share * (people + own_training * gpu_price(m))
    errors(own, x["quality.accuracy_tuned"], drift)

    hybrid = new("hybrid")
    tuning, k = x["tune.share_with_retrieval"], x["drift.retrain_interval_retrieval_months"]
    hybrid["setup people"][0] = tuning * people + (x["tune.pipeline_weeks"] + x["rag.setup_weeks"]) * labor
    hybrid["training"][0] = tuning * hosted_training
    for m in months:
        small = q(m) * c * price(m) * (1 + premium) / 1e6
        hybrid["input tokens"][m] = small * t_in * (k_s * s_tuned + k_r * r + u)
        hybrid["output tokens"][m] = small * t_out * o
        frontier = q(m) * c * x["fallback.rate"] * price(m) / 1e6
        hybrid["fallback tokens"][m] = frontier * (p_in * (k_s * s + k_r * r + u) + p_out * o)
        hybrid["hosting"][m] = x["tune.hosting_monthly"]
        hybrid["retrains"][m] = retrains(m, k) * tuning * share * (people + hosted_training)
    retrieval(hybrid)
    errors(hybrid, x["quality.accuracy_hybrid"], k)
    return result


def present_value(path: list[float], discount_rate: float) -> float:
    """What a path of months 0 … H is worth at month 0."""
    return math.fsum(amount * (1 + discount_rate) ** (-m / 12) for m, amount in enumerate(path))


def total(items: Items) -> list[float]:
    """Cost of each month, all items together."""
    return [math.fsum(month) for month in zip(*items.values(), strict=True)]


def breakeven_month(a: list[float], b: list[float], discount_rate: float) -> int | None:
    """First month 1 … H at which a's cumulative discounted cost is at or below b's."""
    for m in range(1, len(a)):
        if present_value(a[: m + 1], discount_rate) <= present_value(b[: m + 1], discount_rate):
            return m
    return None
