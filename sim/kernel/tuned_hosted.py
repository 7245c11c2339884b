"""tuned_hosted: a provider trains a smaller model and serves it at a premium."""

from __future__ import annotations

from distributions.sampling.compiled import jit
from sim.kernel.columns import (
    ERROR,
    MONTH,
    ONCE,
    RETRAIN,
    TILE,
    TOKEN,
    Line,
    Row,
    columns,
    rows,
)
from sim.kernel.parts import PER_MILLION, hosted_training, instruction_factor

LINES = (
    Line("setup people", ONCE),
    Line("training", ONCE),
    Line("input tokens", TOKEN),
    Line("output tokens", TOKEN),
    Line("hosting", MONTH),
    Line("observability", MONTH),
    Line("retrains", RETRAIN),
    Line("errors", ERROR),
)

RETRAINED_EVERY = "drift.retrain_interval_months"
LAUNCH_ACCURACY = "quality.accuracy_tuned"

QUERY_TOKENS = ("tokens.tuned_system", "tokens.question", "tokens.output")

S_TUNED, U, O = columns("tokens.tuned_system", "tokens.question", "tokens.output")
H, READ, WRITE = columns("cache.prompt_hit_rate", "cache.read_multiplier", "cache.write_multiplier")
STORED, INPUT, OUTPUT = columns("cache.answer_hit_rate", "price.tuned_input", "price.tuned_output")
PREMIUM, TRAIN_PRICE, LABOR = columns("price.tuned_premium", "price.training", "labor.weekly_rate")
CURATION, EVAL, PIPELINE = columns("tune.curation_weeks", "tune.eval_weeks", "tune.pipeline_weeks")
EXAMPLES, TOKENS, EPOCHS = columns("tune.examples", "tune.tokens_per_example", "tune.epochs")
RUNS, HOST, WATCH = columns("tune.runs", "tune.hosting_monthly", "observability.monthly")
(REFRESH,) = columns("drift.refresh_share")
(PER_ERROR,) = columns("quality.cost_per_error")

PEOPLE, TRAINING, INPUT_TOKENS, OUTPUT_TOKENS, HOSTING, OBSERVABILITY, RETRAINS, ERRORS = rows(len(LINES))


@jit
def coefficients(x: Row, line: Row, setting: Row) -> None:
    """Fill each line's coefficient for a tile of draws."""
    for i in range(TILE):
        per_million = (1.0 - x[STORED + i]) * (1.0 + x[PREMIUM + i]) * PER_MILLION
        k_system = instruction_factor(x[H + i], x[READ + i], x[WRITE + i])
        people = (x[CURATION + i] + x[EVAL + i]) * x[LABOR + i]
        training = hosted_training(
            x[RUNS + i], x[EXAMPLES + i], x[TOKENS + i], x[EPOCHS + i], x[TRAIN_PRICE + i]
        )
        line[PEOPLE + i] = people + x[PIPELINE + i] * x[LABOR + i]
        line[TRAINING + i] = training
        line[INPUT_TOKENS + i] = per_million * x[INPUT + i] * (k_system * x[S_TUNED + i] + x[U + i])
        line[OUTPUT_TOKENS + i] = per_million * x[OUTPUT + i] * x[O + i]
        line[HOSTING + i] = x[HOST + i]
        line[OBSERVABILITY + i] = x[WATCH + i]
        line[RETRAINS + i] = x[REFRESH + i] * (people + training)
        line[ERRORS + i] = x[PER_ERROR + i]
