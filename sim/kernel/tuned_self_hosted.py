"""tuned_self_hosted: open weights, tuned and served on rented GPUs."""

from __future__ import annotations

from distributions.sampling.jit import jit
from sim.kernel.columns import ERROR, GPU, MONTH, ONCE, RETRAIN, RETRAIN_GPU, Line, Numbers, Row, columns
from sim.kernel.parts import HOURS_PER_MONTH

LINES = (
    Line("setup people", ONCE),
    Line("training", ONCE),
    Line("serving GPUs", GPU),
    Line("operations", MONTH),
    Line("observability", MONTH),
    Line("retrains", RETRAIN),
    Line("retrains", RETRAIN_GPU),
    Line("errors", ERROR),
)

RETRAINED_EVERY = "drift.retrain_interval_months"
LAUNCH_ACCURACY = "quality.accuracy_tuned"

QUERY_TOKENS = ("tokens.tuned_system", "tokens.question", "tokens.output")

S_TUNED, U, O = columns("tokens.tuned_system", "tokens.question", "tokens.output")
STORED, LABOR, WATCH = columns("cache.answer_hit_rate", "labor.weekly_rate", "observability.monthly")
CURATION, EVAL = columns("tune.curation_weeks", "eval.weeks")
PIPELINE, DEPLOY = columns("tune.pipeline_weeks", "tune.deploy_weeks")
RUNS, GPU_HOURS, RATE = columns("tune.runs", "tune.gpu_hours_per_run", "gpu.hourly_rate")
SPEED, UTILISATION = columns("serve.tokens_per_second", "serve.target_utilisation")
PEAK, MIN_GPUS, OPS = columns("serve.peak_to_mean", "serve.min_replicas", "serve.ops_weeks_per_month")
(REFRESH,) = columns("drift.refresh_share")
(PER_ERROR,) = columns("quality.cost_per_error")


@jit(inline=True)
def coefficients(x: Row, i: int) -> Numbers:
    """The coefficient of each line, in their order, of draw i of a tile."""
    people = (x[CURATION + i] + x[EVAL + i]) * x[LABOR + i]
    training = x[RUNS + i] * x[GPU_HOURS + i] * x[RATE + i]
    return (
        people + x[PIPELINE + i] * x[LABOR + i] + x[DEPLOY + i] * x[LABOR + i],
        training,
        HOURS_PER_MONTH * x[RATE + i],
        x[OPS + i] * x[LABOR + i],
        x[WATCH + i],
        x[REFRESH + i] * people,
        x[REFRESH + i] * training,
        x[PER_ERROR + i],
    )


@jit(inline=True)
def serving(x: Row, i: int) -> Numbers:
    """Tokens that a query brings at the peak, tokens that a GPU serves in a month, and the least number of GPUs."""
    tokens = (1.0 - x[STORED + i]) * (x[S_TUNED + i] + x[U + i] + x[O + i]) * x[PEAK + i]
    return tokens, HOURS_PER_MONTH * 3600.0 * x[SPEED + i] * x[UTILISATION + i], x[MIN_GPUS + i]
