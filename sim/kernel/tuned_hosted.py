"""tuned_hosted: a provider trains a smaller model and serves it at a premium."""

from __future__ import annotations

from distributions.sampling.jit import jit
from sim.kernel.columns import ERROR, MONTH, ONCE, RETRAIN, TOKEN, Line, Numbers, Row, columns
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
STORED, INPUT, OUTPUT = columns("cache.answer_hit_rate", "price.small_input", "price.small_output")
PREMIUM, TRAIN_PRICE, LABOR = columns("price.tuned_premium", "price.training", "labor.weekly_rate")
CURATION, EVAL, PIPELINE = columns("tune.curation_weeks", "eval.weeks", "tune.pipeline_weeks")
EXAMPLES, TOKENS, EPOCHS = columns("tune.examples", "tune.tokens_per_example", "tune.epochs")
RUNS, HOST, WATCH = columns("tune.runs", "tune.hosting_monthly", "observability.monthly")
(REFRESH,) = columns("drift.refresh_share")
(PER_ERROR,) = columns("quality.cost_per_error")


@jit(inline=True)
def coefficients(x: Row, i: int) -> Numbers:
    """The coefficient of each line, in their order, of draw i of a tile."""
    per_million = (1.0 - x[STORED + i]) * (1.0 + x[PREMIUM + i]) * PER_MILLION
    k_system = instruction_factor(x[H + i], x[READ + i], x[WRITE + i])
    people = (x[CURATION + i] + x[EVAL + i]) * x[LABOR + i]
    training = hosted_training(x[RUNS + i], x[EXAMPLES + i], x[TOKENS + i], x[EPOCHS + i], x[TRAIN_PRICE + i])
    return (
        people + x[PIPELINE + i] * x[LABOR + i],
        training,
        per_million * x[INPUT + i] * (k_system * x[S_TUNED + i] + x[U + i]),
        per_million * x[OUTPUT + i] * x[O + i],
        x[HOST + i],
        x[WATCH + i],
        x[REFRESH + i] * (people + training),
        x[PER_ERROR + i],
    )
