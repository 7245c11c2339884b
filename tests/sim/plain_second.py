"""The second edition of the cost model read in plain Python: one strategy, one draw, month by month, item by item.

Written from the page of equations alone, in its order and with its letters, so that the two can be held side by side.
What is not read: shocks (months are smooth), latency, requirements, vendors' fees, and what stands behind an
expression (price.output_ratio, tune.vendor_terms): `read` takes the values that come out of it.

Where the page leaves a choice, this is what is read:

- "a strategy's own quality.accuracy replaces it": replaces α, so wear, gain and fallback still work on it.
- "e = 1 - α": the errors of the month, wear included; φ/e is without bound where e = 0.
- "with retrieval where the strategy has it", "the untuned frontier model's accuracy with the same retrieval": prefix
  S, and E where there is no retrieval; α from accuracy_base and lift_retrieval.
- "σ = (in' + O)/r + …": O alone, although an untuned model writes Z too (Z is in `out`, which only bills count).
- "the cheaper of the two": month by month; where both cost the same, managed.
- "base retired (not an open one)": every tuned model that is not open, also a dedicated small one; item retirement.
- "people" of a retirement: those of a retrain, evaluation included, because it counts as a training.
- "untuned, per token": the strategy's own model; the model that a fallback hands over to adds nothing.
- "untuned frontier: plus gain": neither a small nor an open one gains, and a tuned frontier wears.
- "premium": of whatever is tuned and paid per token, the frontier model too.
- "batch": of token bills (the fallback's too), not of GPUs.
- "hours ≥ active_hours", "b, at most deferrable_share": values that break these are refused, not cut.
- "1e-12 of the time" (of the first edition's retrains): a month m is read as m·(1 + 1e-12) in ρ, N and E alike. Every
  ceil is plain, as the first edition's is.
- `per` of a line: "retrain" counts ρ(m), not retirements; "query" counts q(m), stored answers included; "token_price"
  counts q(m)·P(m) whatever the strategy's model; "gpu_hour" counts GPU-hours·G(m), dedicated ones too; "once" without
  a first month is setup, and a last month means nothing to it.
- Each month names all items, at 0 where the strategy has none.
- Evaluation in the old recipes ("eval.weeks = 0"): theirs is part of people at setup and at a retrain, as curation
  is, so `neutral` adds it to curation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Values = Mapping[str, float]


# ------------------------------------------------------------------------- A strategy is made of parts


@dataclass(frozen=True)
class Parts:
    """What a strategy is made of."""

    retrieval: bool
    tuned: bool
    model: str
    """frontier, small or open."""
    serving: str
    """per_token, dedicated or self_hosted."""
    fallback: str
    """none or frontier."""


SHIPPED: dict[str, Parts] = {
    "prompt": Parts(False, False, "frontier", "per_token", "none"),
    "prompt_small": Parts(False, False, "small", "per_token", "none"),
    "rag": Parts(True, False, "frontier", "per_token", "none"),
    "rag_small": Parts(True, False, "small", "per_token", "none"),
    "rag_cascade": Parts(True, False, "small", "per_token", "frontier"),
    "rag_self_hosted": Parts(True, False, "open", "self_hosted", "none"),
    "tuned_hosted": Parts(False, True, "small", "per_token", "none"),
    "tuned_dedicated": Parts(False, True, "open", "dedicated", "none"),
    "tuned_self_hosted": Parts(False, True, "open", "self_hosted", "none"),
    "hybrid": Parts(True, True, "small", "per_token", "frontier"),
    "hybrid_self_hosted": Parts(True, True, "open", "self_hosted", "frontier"),
}
"""In their fixed order, those in brackets included."""

SERVED = {
    "frontier": ("per_token",),
    "small": ("per_token", "dedicated"),
    "open": ("dedicated", "self_hosted"),
}
"""Which serving goes with which model."""


def fault(parts: Parts) -> str | None:
    """Why these parts make no strategy; None where they do."""
    if parts.model not in SERVED:
        return f"model is {', '.join(SERVED)}, not {parts.model}"
    if parts.serving not in ("per_token", "dedicated", "self_hosted"):
        return f"serving is per_token, dedicated or self_hosted, not {parts.serving}"
    if parts.fallback not in ("none", "frontier"):
        return f"fallback is none or frontier, not {parts.fallback}"
    if parts.serving not in SERVED[parts.model]:
        return f"a {parts.model} model goes with {' or '.join(SERVED[parts.model])}, not with {parts.serving}"
    if parts.fallback == "frontier" and parts.model == "frontier" and not parts.tuned:
        return "the untuned frontier model is what a fallback hands over to"
    return None


# -------------------------------------------------------------------------------- Inputs, lines, items

KEYS: tuple[str, ...] = (
    "workload.queries_per_month",
    "workload.annual_growth",
    "workload.calls_per_query",
    "workload.deferrable_share",
    "workload.active_hours",
    "tokens.system",
    "tokens.examples",
    "tokens.tuned_system",
    "tokens.question",
    "tokens.retrieved",
    "tokens.output",
    "tokens.history",
    "tokens.reasoning",
    "cache.prompt_hit_rate",
    "cache.retrieved_hit_rate",
    "cache.history_hit_rate",
    "cache.answer_hit_rate",
    "cache.read_multiplier",
    "cache.write_multiplier",
    "cache.min_tokens",
    "price.input",
    "price.output",
    "price.small_input",
    "price.small_output",
    "price.tuned_premium",
    "price.training",
    "price.embedding",
    "price.batch_share",
    "price.batch_multiplier",
    "price.annual_decline",
    "labor.weekly_rate",
    "prompt.setup_weeks",
    "prompt.migration_weeks",
    "rag.setup_weeks",
    "rag.upkeep_weeks_per_month",
    "rag.vector_db_monthly",
    "rag.search_price",
    "rag.searches_per_query",
    "rag.node_monthly",
    "rag.node_queries_per_second",
    "rag.node_corpus_tokens",
    "rag.node_ops_weeks_per_month",
    "rag.corpus_tokens",
    "rag.monthly_refresh_share",
    "eval.weeks",
    "observability.monthly",
    "observability.per_query",
    "tune.curation_weeks",
    "tune.pipeline_weeks",
    "tune.deploy_weeks",
    "tune.examples",
    "tune.tokens_per_example",
    "tune.epochs",
    "tune.runs",
    "tune.gpu_hours_per_run",
    "tune.hosting_monthly",
    "tune.share_with_retrieval",
    "tune.base_life_months",
    "tune.later_life_months",
    "tune.retune_share",
    "drift.retrain_interval_months",
    "drift.retrain_interval_retrieval_months",
    "drift.refresh_share",
    "fallback.rate",
    "fallback.setup_weeks",
    "fallback.auroc",
    "gpu.hourly_rate",
    "gpu.dedicated_rate",
    "gpu.annual_decline",
    "serve.tokens_per_second",
    "serve.context_tokens_per_second",
    "serve.gpus_per_replica",
    "serve.min_replicas",
    "serve.hours_per_month",
    "serve.target_utilisation",
    "serve.peak_to_mean",
    "serve.ops_weeks_per_month",
    "quality.accuracy_base",
    "quality.lift_retrieval",
    "quality.lift_tuning",
    "quality.loss_small",
    "quality.loss_per_quarter",
    "quality.gain_per_quarter",
    "quality.cost_per_error",
)
"""Every input that `read` uses for one strategy or another."""

ITEMS: tuple[str, ...] = (
    "setup people",
    "training",
    "input tokens",
    "output tokens",
    "fallback tokens",
    "serving GPUs",
    "operations",
    "retrieval",
    "embedding",
    "vector DB",
    "upkeep",
    "hosting",
    "retrains",
    "retirement",
    "observability",
    "errors",
)
"""Line items of every strategy; lines of the user's own add theirs."""


@dataclass(frozen=True)
class OwnLine:
    """A line of the user's own."""

    item: str
    per: str
    """once, month, query, token_price, retrain or gpu_hour."""
    cost: float
    """USD each."""
    from_month: int | None = None
    to_month: int | None = None


@dataclass(frozen=True)
class Reading:
    """What a strategy costs and answers."""

    months: list[dict[str, float]]
    """Months 0 … H (0: setup): undiscounted USD by item."""
    accuracy: list[float]
    """Months 1 … H: share of right answers as served, fallback included."""
    queries: list[float]
    """Months 1 … H: q(m)."""
    gpu_hours: list[float]
    """Months 1 … H."""
    discount_rate: float
    """A year."""

    def breakdown(self) -> dict[str, float]:
        """Present value of each item."""
        return {
            item: math.fsum(
                month[item] * (1 + self.discount_rate) ** (-m / 12) for m, month in enumerate(self.months)
            )
            for item in self.months[0]
        }

    def total(self) -> float:
        """Present value of all months and items."""
        return math.fsum(
            usd * (1 + self.discount_rate) ** (-m / 12)
            for m, month in enumerate(self.months)
            for usd in month.values()
        )


# ------------------------------------------------------------------------------------------------ Time

SLACK = 1 + 1e-12
"""What a month misses by rounding is in it."""


def queries(x: Values, m: int) -> float:
    """q(m)."""
    return x["workload.queries_per_month"] * (1 + x["workload.annual_growth"]) ** ((m - 1) / 12)


def list_price(x: Values, m: int) -> float:
    """P(m): a token price of month m over that of month 1."""
    return (1 - x["price.annual_decline"]) ** ((m - 1) / 12)


def gpu_price(x: Values, m: int) -> float:
    """G(m): likewise of a GPU."""
    return (1 - x["gpu.annual_decline"]) ** ((m - 1) / 12)


def retirements_so_far(x: Values, m: int) -> int:
    """N(m): how often a provider's base was retired by the end of month m."""
    first, later = x["tune.base_life_months"], x["tune.later_life_months"]
    if m * SLACK < first:
        return 0
    return 1 + math.floor((m * SLACK - first) / later)


def retirements(x: Values, m: int, horizon: int) -> int:
    """How many of them fall due in month m."""
    if m == horizon:
        return 0
    return retirements_so_far(x, m) - retirements_so_far(x, m - 1)


def base_priced_at(x: Values, m: int) -> float:
    """E(m): when the base in service in month m was taken, and its price pinned, in months since setup."""
    first, later = x["tune.base_life_months"], x["tune.later_life_months"]
    if (m - 1) * SLACK < first:
        return 0.0
    return first + later * math.floor(((m - 1) * SLACK - first) / later)


def retrains(x: Values, parts: Parts, m: int, horizon: int) -> int:
    """ρ(m): how many retrains fall in month m."""
    if not parts.tuned or m == horizon:
        return 0
    if parts.retrieval:
        k = x["drift.retrain_interval_retrieval_months"]
    else:
        k = x["drift.retrain_interval_months"]
    return math.floor(m / k * SLACK) - math.floor((m - 1) / k * SLACK)


def base_retires(parts: Parts) -> bool:
    """A tuned model has a base, which its provider retires unless it is an open one."""
    return parts.tuned and parts.model != "open"


def is_trained(x: Values, parts: Parts, m: int, horizon: int) -> bool:
    """Month m has a retrain, or a retirement, which counts as a training."""
    if retrains(x, parts, m, horizon) > 0:
        return True
    return base_retires(parts) and retirements(x, m, horizon) > 0


# ------------------------------------------------------------------------------------ Tokens of a call


def prefix(x: Values, parts: Parts) -> float:
    """T."""
    if parts.tuned:
        return x["tokens.tuned_system"]
    if parts.retrieval:
        return x["tokens.system"]
    return x["tokens.system"] + x["tokens.examples"]


def billed_input(x: Values, parts: Parts) -> float:
    """in: tokens of a prompt in tokens at the full price."""
    read, write = x["cache.read_multiplier"], x["cache.write_multiplier"]
    h, h_b, h_r = x["cache.prompt_hit_rate"], x["cache.history_hit_rate"], x["cache.retrieved_hit_rate"]
    t, b = prefix(x, parts), x["tokens.history"]
    k_s = h * read + (1 - h) * write
    k_b = min(1.0, h_b * read + (1 - h_b) * write)
    k_r = h_r * read + (1 - h_r)
    # nobody caches at a loss, and a prefix that is too short is padded where that pays
    billed_prefix = min(t, k_s * max(t, x["cache.min_tokens"] - b))
    retrieved = k_r * x["tokens.retrieved"] if parts.retrieval else 0.0
    return billed_prefix + k_b * b + retrieved + x["tokens.question"]


def billed_output(x: Values, parts: Parts) -> float:
    """out."""
    return x["tokens.output"] + (0.0 if parts.tuned else x["tokens.reasoning"])


def gpu_seconds(x: Values, parts: Parts) -> float:
    """σ: of a call."""
    h, h_b, h_r = x["cache.prompt_hit_rate"], x["cache.history_hit_rate"], x["cache.retrieved_hit_rate"]
    t, b, u, o = prefix(x, parts), x["tokens.history"], x["tokens.question"], x["tokens.output"]
    retrieved = x["tokens.retrieved"] if parts.retrieval else 0.0
    not_cached = (1 - h) * t + (1 - h_b) * b + (1 - h_r) * retrieved + u
    context = t + b + retrieved + u
    r, v = x["serve.tokens_per_second"], x["serve.context_tokens_per_second"]
    return (not_cached + o) / r + o * (context + o / 2) / v


# ------------------------------------------------------------------------------------------------ GPUs


def gpu_hours(x: Values, parts: Parts, m: int) -> float:
    """GPU-hours of month m."""
    g, hours = x["serve.gpus_per_replica"], x["serve.hours_per_month"]
    calls = (1 - x["cache.answer_hit_rate"]) * x["workload.calls_per_query"] * queries(x, m)
    work = calls * gpu_seconds(x, parts)
    if parts.serving == "self_hosted":
        busiest = work * max(x["serve.peak_to_mean"] / 730, 1 / hours)
        needed = math.ceil(busiest / (3600 * x["serve.target_utilisation"] * g))
        return g * max(x["serve.min_replicas"], needed) * hours
    if parts.serving == "dedicated":
        return g * max(x["serve.min_replicas"] * hours, work / (3600 * x["serve.target_utilisation"] * g))
    return 0.0


# ------------------------------------------------------------------------- Accuracy, as its complement


def logit(p: float) -> float:
    if p == 0.0:
        return -math.inf
    if p == 1.0:
        return math.inf
    return math.log(p / (1 - p))


def logistic(z: float) -> float:
    # the exponential of a large number overflows, that of its negative does not
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


def errors_at_launch(x: Values, parts: Parts) -> float:
    """1 - α of month 1, by the parts: logit(1 - α) = -logit(α)."""
    z = logit(x["quality.accuracy_base"])
    if parts.retrieval:
        z += x["quality.lift_retrieval"]
    if parts.tuned:
        z += x["quality.lift_tuning"]
    if parts.model != "frontier":
        z -= x["quality.loss_small"]
    return logistic(-z)


def own_errors(x: Values, parts: Parts, m: int, horizon: int, accuracy: float | None) -> float:
    """e: share of wrong answers of the strategy's own model in month m."""
    # errors are added up: 1 - (α - loss) has no digits of a loss that is small beside 1
    launch = errors_at_launch(x, parts) if accuracy is None else 1 - accuracy
    if parts.tuned:
        last = max((t for t in range(1, m) if is_trained(x, parts, t, horizon)), default=0)
        return min(1.0, launch + x["quality.loss_per_quarter"] * (m - 1 - last) / 3)
    if parts.model == "frontier":
        return max(0.0, launch - x["quality.gain_per_quarter"] * (m - 1) / 3)
    return launch


def served_errors(x: Values, parts: Parts, m: int, horizon: int, accuracy: float | None) -> float:
    """Share of wrong answers that users get in month m."""
    e = own_errors(x, parts, m, horizon, accuracy)
    if parts.fallback == "none":
        return e
    e_f = own_errors(x, frontier_of(parts), m, horizon, None)
    phi, auroc = x["fallback.rate"], x["fallback.auroc"]
    kappa = phi ** ((1 - auroc) / auroc)
    if e > 0:
        kappa = min(phi / e, kappa)
    return (1 - kappa) * e + kappa * e_f


def frontier_of(parts: Parts) -> Parts:
    """The untuned frontier model with the same retrieval, which a fallback hands over to."""
    return Parts(parts.retrieval, tuned=False, model="frontier", serving="per_token", fallback="none")


# ----------------------------------------------------------------------------------------------- Costs


def read(
    parts: Parts,
    values: Values,
    horizon: int,
    discount_rate: float,
    lines: Sequence[OwnLine] = (),
    accuracy: float | None = None,
) -> Reading:
    """Cost and accuracy of a strategy. accuracy: its own quality.accuracy, where it has one.

    Raises: ValueError where the parts make no strategy, or values break a rule between two inputs.
    """
    x = values
    if (why := fault(parts)) is not None:
        raise ValueError(why)
    if x["price.batch_share"] > x["workload.deferrable_share"]:
        raise ValueError("price.batch_share is above workload.deferrable_share")
    if x["serve.hours_per_month"] < x["workload.active_hours"]:
        raise ValueError("serve.hours_per_month is below workload.active_hours")

    names = dict.fromkeys([*ITEMS, *(line.item for line in lines)])
    paid = [dict.fromkeys(names, 0.0) for _ in range(horizon + 1)]
    setup = paid[0]
    operating = range(1, horizon + 1)

    labor = x["labor.weekly_rate"]
    c = 1 - x["cache.answer_hit_rate"]
    k = c * x["workload.calls_per_query"]
    batch = 1 - x["price.batch_share"] * (1 - x["price.batch_multiplier"])

    # model, per token
    if parts.serving == "per_token":
        if parts.model == "frontier":
            p_in, p_out = x["price.input"], x["price.output"]
        else:
            p_in, p_out = x["price.small_input"], x["price.small_output"]
        premium = 1 + x["price.tuned_premium"] if parts.tuned else 1.0
        for m in operating:
            if parts.tuned:
                p_s = (1 - x["price.annual_decline"]) ** (base_priced_at(x, m) / 12)
            else:
                p_s = list_price(x, m)
            each = queries(x, m) * k * batch * p_s / 1e6 * premium
            paid[m]["input tokens"] += each * p_in * billed_input(x, parts)
            paid[m]["output tokens"] += each * p_out * billed_output(x, parts)

    # model, on GPUs
    if parts.serving != "per_token":
        rate = x["gpu.dedicated_rate"] if parts.serving == "dedicated" else x["gpu.hourly_rate"]
        for m in operating:
            paid[m]["serving GPUs"] += gpu_hours(x, parts, m) * rate * gpu_price(x, m)
    if parts.serving == "self_hosted":
        setup["setup people"] += x["tune.deploy_weeks"] * labor
        for m in operating:
            paid[m]["operations"] += x["serve.ops_weeks_per_month"] * labor

    # retrieval
    if parts.retrieval:
        s = x["rag.searches_per_query"]
        corpus = x["rag.corpus_tokens"] * x["price.embedding"] / 1e6
        setup["setup people"] += x["rag.setup_weeks"] * labor
        setup["embedding"] += corpus
        for m in operating:
            searches = c * s * queries(x, m)
            paid[m]["embedding"] += corpus * x["rag.monthly_refresh_share"]
            paid[m]["embedding"] += searches * x["price.embedding"] * x["tokens.question"] / 1e6
            paid[m]["upkeep"] += x["rag.upkeep_weeks_per_month"] * labor
            managed = searches * x["rag.search_price"] / 1000
            storage = x["rag.vector_db_monthly"]
            nodes = max(
                2,
                math.ceil(
                    searches * x["serve.peak_to_mean"] / (730 * 3600 * x["rag.node_queries_per_second"])
                ),
                math.ceil(x["rag.corpus_tokens"] / x["rag.node_corpus_tokens"]),
            )
            own = nodes * x["rag.node_monthly"] + x["rag.node_ops_weeks_per_month"] * labor
            if managed + storage <= own:
                paid[m]["retrieval"] += managed
                paid[m]["vector DB"] += storage
            else:
                paid[m]["retrieval"] += own

    # evaluation
    setup["setup people"] += x["eval.weeks"] * labor

    # tuning
    if parts.tuned:
        tau = x["tune.share_with_retrieval"] if parts.retrieval else 1.0
        curation, pipeline = x["tune.curation_weeks"] * labor, x["tune.pipeline_weeks"] * labor
        people = (x["tune.curation_weeks"] + x["eval.weeks"]) * labor
        if parts.serving == "self_hosted":
            training = x["tune.runs"] * x["tune.gpu_hours_per_run"] * x["gpu.hourly_rate"]
        else:
            seen = x["tune.runs"] * x["tune.examples"] * x["tune.tokens_per_example"] * x["tune.epochs"]
            training = seen * x["price.training"] / 1e6
        setup["setup people"] += tau * curation + pipeline
        setup["training"] += tau * training
        for m in operating:
            then = training * gpu_price(x, m) if parts.serving == "self_hosted" else training
            again = x["drift.refresh_share"] * tau * (people + then)
            paid[m]["retrains"] += again * retrains(x, parts, m, horizon)
            if base_retires(parts):
                retune = x["tune.retune_share"] * (tau * (people + then) + pipeline)
                paid[m]["retirement"] += retune * retirements(x, m, horizon)
            if parts.serving == "per_token":
                paid[m]["hosting"] += x["tune.hosting_monthly"]

    # neither retrieval nor tuning
    if not parts.retrieval and not parts.tuned:
        setup["setup people"] += x["prompt.setup_weeks"] * labor

    # untuned, per token
    if not parts.tuned and parts.serving == "per_token":
        for m in operating:
            paid[m]["retirement"] += x["prompt.migration_weeks"] * labor * retirements(x, m, horizon)

    # fallback
    if parts.fallback == "frontier":
        other = frontier_of(parts)
        bill = x["price.input"] * billed_input(x, other) + x["price.output"] * billed_output(x, other)
        setup["setup people"] += x["fallback.setup_weeks"] * labor
        for m in operating:
            each = queries(x, m) * k * batch * list_price(x, m) / 1e6 * x["fallback.rate"]
            paid[m]["fallback tokens"] += each * bill

    # observability, errors
    wrong = [served_errors(x, parts, m, horizon, accuracy) for m in operating]
    for m in operating:
        paid[m]["observability"] += x["observability.monthly"]
        paid[m]["observability"] += queries(x, m) * x["observability.per_query"] / 1000
        paid[m]["errors"] += queries(x, m) * wrong[m - 1] * x["quality.cost_per_error"]

    # lines of the user's own
    for line in lines:
        for m in range(horizon + 1):
            paid[m][line.item] += line.cost * times(line, x, parts, m, horizon)

    return Reading(
        months=paid,
        accuracy=[1 - share for share in wrong],
        queries=[queries(x, m) for m in operating],
        gpu_hours=[gpu_hours(x, parts, m) for m in operating],
        discount_rate=discount_rate,
    )


def times(line: OwnLine, x: Values, parts: Parts, m: int, horizon: int) -> float:
    """How many of its units a line of the user's own pays in month m."""
    if line.per == "once":
        return 1.0 if m == (line.from_month or 0) else 0.0
    first = 1 if line.from_month is None else max(1, line.from_month)
    last = horizon if line.to_month is None else line.to_month
    if not first <= m <= last:
        return 0.0
    if line.per == "month":
        return 1.0
    if line.per == "query":
        return queries(x, m)
    if line.per == "token_price":
        return queries(x, m) * list_price(x, m)
    if line.per == "retrain":
        return retrains(x, parts, m, horizon)
    if line.per == "gpu_hour":
        return gpu_hours(x, parts, m) * gpu_price(x, m)
    raise ValueError(f"per is once, month, query, token_price, retrain or gpu_hour, not {line.per}")


# ----------------------------------------------------------- The first edition as a case of the second

NEUTRAL = {
    "workload.calls_per_query": 1.0,
    "workload.deferrable_share": 0.0,
    "workload.active_hours": 730.0,
    "tokens.history": 0.0,
    "tokens.reasoning": 0.0,
    "cache.history_hit_rate": 0.0,
    "cache.min_tokens": 0.0,
    "price.batch_share": 0.0,
    "price.batch_multiplier": 0.5,
    "prompt.migration_weeks": 1.0,
    "rag.searches_per_query": 1.0,
    # dearer than any managed search and storage
    "rag.node_monthly": 1e30,
    "rag.node_queries_per_second": 1.0,
    "rag.node_corpus_tokens": 1e9,
    "rag.node_ops_weeks_per_month": 0.0,
    "eval.weeks": 0.0,
    "observability.per_query": 0.0,
    # longer than any horizon
    "tune.base_life_months": 121.0,
    "tune.later_life_months": 121.0,
    "tune.retune_share": 1.0,
    "fallback.setup_weeks": 0.0,
    "fallback.auroc": 0.7,
    "gpu.dedicated_rate": 0.0,
    "serve.context_tokens_per_second": math.inf,
    "serve.gpus_per_replica": 1.0,
    "serve.hours_per_month": 730.0,
    "quality.accuracy_base": 0.8,
    "quality.lift_retrieval": 0.0,
    "quality.lift_tuning": 0.0,
    "quality.loss_small": 0.0,
    "quality.gain_per_quarter": 0.0,
}
"""What the first edition did not have, or had elsewhere, at the values that leave it as it was."""

OWN_ACCURACY = {
    "prompt": "quality.accuracy_prompt",
    "rag": "quality.accuracy_rag",
    "tuned_hosted": "quality.accuracy_tuned",
    "tuned_self_hosted": "quality.accuracy_tuned",
    "hybrid": "quality.accuracy_hybrid",
}
"""The old five, and the first edition's input that is now each one's own quality.accuracy."""


@dataclass(frozen=True)
class Neutral:
    """A point at which a strategy of the first edition is one of the second."""

    first: dict[str, float]
    """The first edition's inputs: as given, but for those that the second edition reads otherwise."""
    values: dict[str, float]
    """The second edition's, `KEYS`, at the same point."""
    accuracy: float
    """The strategy's own quality.accuracy."""


def neutral(first_edition_values: Values, *, fallback: bool = True) -> dict[str, Neutral]:
    """For each of the old five, where the two editions agree, from values of the first edition's inputs.

    Those go by their present names, as in the first edition's own plain reading; what only the second has is set here.
    fallback: whether the hybrid keeps its rate (then its errors cost nothing) or its errors (then its rate is 0).
    """
    found = {}
    for strategy, own in OWN_ACCURACY.items():
        first = {**first_edition_values, "cache.write_multiplier": 1.0}
        if strategy == "tuned_self_hosted":
            first["cache.prompt_hit_rate"] = 0.0
        if strategy in ("tuned_hosted", "hybrid"):
            first["price.annual_decline"] = 0.0
        if strategy == "hybrid":
            first["quality.cost_per_error" if fallback else "fallback.rate"] = 0.0
        values = {key: first[key] for key in KEYS if key in first} | NEUTRAL
        values["tune.curation_weeks"] = first["tune.curation_weeks"] + first["eval.weeks"]
        found[strategy] = Neutral(first, values, first[own])
    return found
