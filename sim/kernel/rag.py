"""rag: the frontier model with retrieved context."""

from __future__ import annotations

from distributions.sampling.jit import jit
from sim.kernel.columns import MONTH, ONCE, QUERY, TOKEN, Line, Numbers, Row, columns
from sim.kernel.parts import PER_MILLION, PER_THOUSAND, instruction_factor, retrieved_factor

LINES = (
    Line("setup people", ONCE),
    Line("embedding", ONCE),
    Line("input tokens", TOKEN),
    Line("output tokens", TOKEN),
    Line("retrieval", QUERY),
    Line("embedding", QUERY),
    Line("embedding", MONTH),
    Line("vector DB", MONTH),
    Line("upkeep", MONTH),
    Line("observability", MONTH),
    Line("errors", QUERY),
)

QUERY_TOKENS = ("tokens.system", "tokens.retrieved", "tokens.question", "tokens.output")

S, U, R, O = columns("tokens.system", "tokens.question", "tokens.retrieved", "tokens.output")
H, HR, READ = columns("cache.prompt_hit_rate", "cache.retrieved_hit_rate", "cache.read_multiplier")
WRITE, STORED = columns("cache.write_multiplier", "cache.answer_hit_rate")
INPUT, OUTPUT, EMBED = columns("price.input", "price.output", "price.embedding")
WEEKS, LABOR, WATCH = columns("rag.setup_weeks", "labor.weekly_rate", "observability.monthly")
UPKEEP_WEEKS, DATABASE, SEARCH = columns(
    "rag.upkeep_weeks_per_month", "rag.vector_db_monthly", "rag.search_price"
)
CORPUS, REFRESH = columns("rag.corpus_tokens", "rag.monthly_refresh_share")
ACCURACY, PER_ERROR = columns("quality.accuracy_rag", "quality.cost_per_error")


@jit(inline=True)
def coefficients(x: Row, i: int) -> Numbers:
    """The coefficient of each line, in their order, of draw i of a tile."""
    reached = 1.0 - x[STORED + i]
    per_million = reached * PER_MILLION
    k_system = instruction_factor(x[H + i], x[READ + i], x[WRITE + i])
    k_retrieved = retrieved_factor(x[HR + i], x[READ + i])
    corpus = x[CORPUS + i] * x[EMBED + i] * PER_MILLION
    read = k_system * x[S + i] + k_retrieved * x[R + i] + x[U + i]
    return (
        x[WEEKS + i] * x[LABOR + i],
        corpus,
        per_million * x[INPUT + i] * read,
        per_million * x[OUTPUT + i] * x[O + i],
        reached * x[SEARCH + i] * PER_THOUSAND,
        per_million * x[EMBED + i] * x[U + i],
        corpus * x[REFRESH + i],
        x[DATABASE + i],
        x[UPKEEP_WEEKS + i] * x[LABOR + i],
        x[WATCH + i],
        (1.0 - x[ACCURACY + i]) * x[PER_ERROR + i],
    )
