"""hybrid: a tuned small model over retrieval, with the frontier model to fall back on."""

from __future__ import annotations

from distributions.sampling.jit import jit
from sim.kernel.columns import ERROR, MONTH, ONCE, QUERY, RETRAIN, TOKEN, Line, Numbers, Row, columns
from sim.kernel.parts import PER_MILLION, PER_THOUSAND, hosted_training, instruction_factor, retrieved_factor

LINES = (
    Line("setup people", ONCE),
    Line("training", ONCE),
    Line("embedding", ONCE),
    Line("input tokens", TOKEN),
    Line("output tokens", TOKEN),
    Line("fallback tokens", TOKEN),
    Line("retrieval", QUERY),
    Line("embedding", QUERY),
    Line("embedding", MONTH),
    Line("vector DB", MONTH),
    Line("upkeep", MONTH),
    Line("hosting", MONTH),
    Line("observability", MONTH),
    Line("retrains", RETRAIN),
    Line("errors", ERROR),
)

RETRAINED_EVERY = "drift.retrain_interval_retrieval_months"
LAUNCH_ACCURACY = "quality.accuracy_hybrid"

QUERY_TOKENS = ("tokens.tuned_system", "tokens.retrieved", "tokens.question", "tokens.output")

S, S_TUNED, U = columns("tokens.system", "tokens.tuned_system", "tokens.question")
R, O = columns("tokens.retrieved", "tokens.output")
H, HR, READ = columns("cache.prompt_hit_rate", "cache.retrieved_hit_rate", "cache.read_multiplier")
WRITE, STORED = columns("cache.write_multiplier", "cache.answer_hit_rate")
INPUT, OUTPUT, EMBED = columns("price.input", "price.output", "price.embedding")
TUNED_INPUT, TUNED_OUTPUT = columns("price.small_input", "price.small_output")
PREMIUM, TRAIN_PRICE, LABOR = columns("price.tuned_premium", "price.training", "labor.weekly_rate")
CURATION, EVAL, PIPELINE = columns("tune.curation_weeks", "eval.weeks", "tune.pipeline_weeks")
EXAMPLES, TOKENS, EPOCHS = columns("tune.examples", "tune.tokens_per_example", "tune.epochs")
RUNS, HOST, WATCH = columns("tune.runs", "tune.hosting_monthly", "observability.monthly")
RAG_WEEKS, UPKEEP_WEEKS = columns("rag.setup_weeks", "rag.upkeep_weeks_per_month")
DATABASE, SEARCH = columns("rag.vector_db_monthly", "rag.search_price")
CORPUS, NEW_SHARE = columns("rag.corpus_tokens", "rag.monthly_refresh_share")
SHARE, FALLBACK = columns("tune.share_with_retrieval", "fallback.rate")
(REFRESH,) = columns("drift.refresh_share")
(PER_ERROR,) = columns("quality.cost_per_error")


@jit(inline=True)
def coefficients(x: Row, i: int) -> Numbers:
    """The coefficient of each line, in their order, of draw i of a tile."""
    reached = 1.0 - x[STORED + i]
    untuned = reached * PER_MILLION
    tuned = untuned * (1.0 + x[PREMIUM + i])
    k_system = instruction_factor(x[H + i], x[READ + i], x[WRITE + i])
    retrieved = retrieved_factor(x[HR + i], x[READ + i]) * x[R + i] + x[U + i]
    people = (x[CURATION + i] + x[EVAL + i]) * x[LABOR + i]
    training = hosted_training(x[RUNS + i], x[EXAMPLES + i], x[TOKENS + i], x[EPOCHS + i], x[TRAIN_PRICE + i])
    corpus = x[CORPUS + i] * x[EMBED + i] * PER_MILLION
    fallback = x[INPUT + i] * (k_system * x[S + i] + retrieved) + x[OUTPUT + i] * x[O + i]
    return (
        x[SHARE + i] * people + (x[PIPELINE + i] + x[RAG_WEEKS + i]) * x[LABOR + i],
        x[SHARE + i] * training,
        corpus,
        tuned * x[TUNED_INPUT + i] * (k_system * x[S_TUNED + i] + retrieved),
        tuned * x[TUNED_OUTPUT + i] * x[O + i],
        untuned * x[FALLBACK + i] * fallback,
        reached * x[SEARCH + i] * PER_THOUSAND,
        untuned * x[EMBED + i] * x[U + i],
        corpus * x[NEW_SHARE + i],
        x[DATABASE + i],
        x[UPKEEP_WEEKS + i] * x[LABOR + i],
        x[HOST + i],
        x[WATCH + i],
        x[SHARE + i] * x[REFRESH + i] * (people + training),
        x[PER_ERROR + i],
    )
