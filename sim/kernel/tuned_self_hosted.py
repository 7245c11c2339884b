"""tuned_self_hosted: open weights, tuned and served on rented GPUs."""

from __future__ import annotations

from distributions.sampling.compiled import jit
from sim.kernel.columns import (
    ERROR,
    GPU,
    MONTH,
    ONCE,
    RETRAIN,
    RETRAIN_GPU,
    SET_ANSWERED,
    SET_CAPACITY,
    SET_MIN_GPUS,
    SET_PEAK,
    SET_TOKENS,
    TILE,
    Line,
    Row,
    columns,
    rows,
)
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
CURATION, EVAL = columns("tune.curation_weeks", "tune.eval_weeks")
PIPELINE, DEPLOY = columns("tune.pipeline_weeks", "tune.deploy_weeks")
RUNS, GPU_HOURS, RATE = columns("tune.runs", "tune.gpu_hours_per_run", "gpu.hourly_rate")
SPEED, UTILISATION = columns("serve.tokens_per_second", "serve.target_utilisation")
PEAK, MIN_GPUS, OPS = columns("serve.peak_to_mean", "serve.min_gpus", "serve.ops_weeks_per_month")
(REFRESH,) = columns("drift.refresh_share")
(PER_ERROR,) = columns("quality.cost_per_error")

PEOPLE, TRAINING, SERVING, OPERATIONS, OBSERVABILITY, RETRAIN_PEOPLE, RETRAIN_GPUS, ERRORS = rows(len(LINES))


@jit
def coefficients(x: Row, line: Row, setting: Row) -> None:
    """Fill each line's coefficient and the settings of its own rhythms for a tile of draws."""
    for i in range(TILE):
        people = (x[CURATION + i] + x[EVAL + i]) * x[LABOR + i]
        training = x[RUNS + i] * x[GPU_HOURS + i] * x[RATE + i]
        line[PEOPLE + i] = people + x[PIPELINE + i] * x[LABOR + i] + x[DEPLOY + i] * x[LABOR + i]
        line[TRAINING + i] = training
        line[SERVING + i] = HOURS_PER_MONTH * x[RATE + i]
        line[OPERATIONS + i] = x[OPS + i] * x[LABOR + i]
        line[OBSERVABILITY + i] = x[WATCH + i]
        line[RETRAIN_PEOPLE + i] = x[REFRESH + i] * people
        line[RETRAIN_GPUS + i] = x[REFRESH + i] * training
        line[ERRORS + i] = x[PER_ERROR + i]
        setting[SET_ANSWERED + i] = 1.0 - x[STORED + i]
        setting[SET_TOKENS + i] = x[S_TUNED + i] + x[U + i] + x[O + i]
        setting[SET_PEAK + i] = x[PEAK + i]
        setting[SET_CAPACITY + i] = HOURS_PER_MONTH * 3600.0 * x[SPEED + i] * x[UTILISATION + i]
        setting[SET_MIN_GPUS + i] = x[MIN_GPUS + i]
