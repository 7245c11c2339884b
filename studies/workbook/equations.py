"""The cost model in the words of a spreadsheet: what one unit of each line costs, from named cells.

Written from the model's equations and not made from the kernel: a second hand that a test holds against the first.
An input's cell is named after its key, `price.input` as `price_input`. Calculations are + - * / and parentheses, which
both a spreadsheet and `distributions.expression` read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sim.kernel.columns import ERROR, GPU, MONTH, ONCE, QUERY, RETRAIN, RETRAIN_GPU, TOKEN


class Step(NamedTuple):
    """A value that several lines share: its cell's name, what it is, its unit, and the calculation."""

    name: str
    what: str
    unit: str
    calculation: str


class Unit(NamedTuple):
    """One line of a strategy: line item, rhythm (`sim.kernel.columns`), and what one unit of it costs."""

    item: str
    rhythm: int
    calculation: str


@dataclass(frozen=True)
class Drift:
    """A model that loses accuracy until it is trained again: the cells with its interval and its launch accuracy."""

    name: str
    interval: str
    accuracy: str


@dataclass(frozen=True)
class Equations:
    """A strategy: its lines in the kernel's order, and how its model drifts."""

    units: tuple[Unit, ...]
    drift: Drift | None = None


TUNED = Drift("tuned", "drift_retrain_interval_months", "quality_accuracy_tuned")
HYBRID = Drift("hybrid", "drift_retrain_interval_retrieval_months", "quality_accuracy_hybrid")

STEPS = (
    Step("share_reaching_model", "c: queries not answered from stored answers", "share", "1-cache_answer_hit_rate"),
    Step(
        "instruction_factor", "k_S: price of an instruction token over a plain one", "ratio",
        "cache_prompt_hit_rate*cache_read_multiplier+(1-cache_prompt_hit_rate)*cache_write_multiplier",
    ),
    Step(
        "retrieved_factor", "k_R: price of a retrieved token over a plain one", "ratio",
        "cache_retrieved_hit_rate*cache_read_multiplier+(1-cache_retrieved_hit_rate)",
    ),
    Step(
        "tuning_people", "Curation and evaluation", "USD per training",
        "(tune_curation_weeks+eval_weeks)*labor_weekly_rate",
    ),
    Step(
        "hosted_training", "Training at a provider, all runs", "USD per training",
        "tune_runs*tune_examples*tune_tokens_per_example*tune_epochs*price_training/1000000",
    ),
    Step(
        "gpu_training", "Training on rented GPUs, all runs", "USD per training",
        "tune_runs*tune_gpu_hours_per_run*gpu_hourly_rate",
    ),
    Step("corpus_embedding", "Embedding the whole corpus", "USD", "rag_corpus_tokens*price_embedding/1000000"),
    Step(
        "retrieved_query", "Retrieved context and question", "plain tokens",
        "retrieved_factor*tokens_retrieved+tokens_question",
    ),
    Step(
        "tokens_per_served_query", "Tokens that a GPU works through a query", "tokens",
        "tokens_tuned_system+tokens_question+tokens_output",
    ),
    Step(
        "gpu_tokens_per_month", "Tokens that a GPU serves a month of 730 hours", "tokens/month",
        "730*3600*serve_tokens_per_second*serve_target_utilisation",
    ),
)  # fmt: skip
"""Each from inputs and the steps before it."""

_WATCH = Unit("observability", MONTH, "observability_monthly")

_RETRIEVAL = (
    Unit("retrieval", QUERY, "share_reaching_model*rag_search_price/1000"),
    Unit("embedding", QUERY, "share_reaching_model*price_embedding*tokens_question/1000000"),
    Unit("embedding", MONTH, "corpus_embedding*rag_monthly_refresh_share"),
    Unit("vector DB", MONTH, "rag_vector_db_monthly"),
    Unit("upkeep", MONTH, "rag_upkeep_weeks_per_month*labor_weekly_rate"),
)

_TUNED_TOKENS = "share_reaching_model*(1+price_tuned_premium)/1000000*"

EQUATIONS: Mapping[str, Equations] = {
    "prompt": Equations((
        Unit("setup people", ONCE, "prompt_setup_weeks*labor_weekly_rate"),
        Unit(
            "input tokens", TOKEN,
            "share_reaching_model/1000000*price_input"
            "*(instruction_factor*(tokens_system+tokens_examples)+tokens_question)",
        ),
        Unit("output tokens", TOKEN, "share_reaching_model/1000000*price_output*tokens_output"),
        _WATCH,
        Unit("errors", QUERY, "(1-quality_accuracy_prompt)*quality_cost_per_error"),
    )),
    "rag": Equations((
        Unit("setup people", ONCE, "rag_setup_weeks*labor_weekly_rate"),
        Unit("embedding", ONCE, "corpus_embedding"),
        Unit(
            "input tokens", TOKEN,
            "share_reaching_model/1000000*price_input*(instruction_factor*tokens_system+retrieved_query)",
        ),
        Unit("output tokens", TOKEN, "share_reaching_model/1000000*price_output*tokens_output"),
        *_RETRIEVAL,
        _WATCH,
        Unit("errors", QUERY, "(1-quality_accuracy_rag)*quality_cost_per_error"),
    )),
    "tuned_hosted": Equations((
        Unit("setup people", ONCE, "tuning_people+tune_pipeline_weeks*labor_weekly_rate"),
        Unit("training", ONCE, "hosted_training"),
        Unit(
            "input tokens", TOKEN,
            _TUNED_TOKENS + "price_small_input*(instruction_factor*tokens_tuned_system+tokens_question)",
        ),
        Unit("output tokens", TOKEN, _TUNED_TOKENS + "price_small_output*tokens_output"),
        Unit("hosting", MONTH, "tune_hosting_monthly"),
        _WATCH,
        Unit("retrains", RETRAIN, "drift_refresh_share*(tuning_people+hosted_training)"),
        Unit("errors", ERROR, "quality_cost_per_error"),
    ), TUNED),
    "tuned_self_hosted": Equations((
        Unit("setup people", ONCE, "tuning_people+(tune_pipeline_weeks+tune_deploy_weeks)*labor_weekly_rate"),
        Unit("training", ONCE, "gpu_training"),
        Unit("serving GPUs", GPU, "730*gpu_hourly_rate"),
        Unit("operations", MONTH, "serve_ops_weeks_per_month*labor_weekly_rate"),
        _WATCH,
        Unit("retrains", RETRAIN, "drift_refresh_share*tuning_people"),
        Unit("retrains", RETRAIN_GPU, "drift_refresh_share*gpu_training"),
        Unit("errors", ERROR, "quality_cost_per_error"),
    ), TUNED),
    "hybrid": Equations((
        Unit(
            "setup people", ONCE,
            "tune_share_with_retrieval*tuning_people+(tune_pipeline_weeks+rag_setup_weeks)*labor_weekly_rate",
        ),
        Unit("training", ONCE, "tune_share_with_retrieval*hosted_training"),
        Unit("embedding", ONCE, "corpus_embedding"),
        Unit(
            "input tokens", TOKEN,
            _TUNED_TOKENS + "price_small_input*(instruction_factor*tokens_tuned_system+retrieved_query)",
        ),
        Unit("output tokens", TOKEN, _TUNED_TOKENS + "price_small_output*tokens_output"),
        Unit(
            "fallback tokens", TOKEN,
            "share_reaching_model*fallback_rate/1000000"
            "*(price_input*(instruction_factor*tokens_system+retrieved_query)+price_output*tokens_output)",
        ),
        *_RETRIEVAL,
        Unit("hosting", MONTH, "tune_hosting_monthly"),
        _WATCH,
        Unit("retrains", RETRAIN, "tune_share_with_retrieval*drift_refresh_share*(tuning_people+hosted_training)"),
        Unit("errors", ERROR, "quality_cost_per_error"),
    ), HYBRID),
}  # fmt: skip
"""By strategy. One without an entry is computed by the run and left out of the sheets with formulas, which say so."""
