"""rag: the frontier model with retrieved context."""

from __future__ import annotations

from distributions.sampling.compiled import jit
from sim.kernel.columns import (
    MONTH,
    ONCE,
    QUERY,
    TILE,
    TOKEN,
    Line,
    Row,
    columns,
    rows,
)
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

(
    PEOPLE,
    EMBED_CORPUS,
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    RETRIEVAL,
    EMBED_QUESTION,
    EMBED_NEW,
    VECTOR_DB,
    UPKEEP,
    OBSERVABILITY,
    ERRORS,
) = rows(len(LINES))


@jit
def coefficients(x: Row, line: Row, setting: Row) -> None:
    """Fill each line's coefficient for a tile of draws."""
    for i in range(TILE):
        reached = 1.0 - x[STORED + i]
        k_system = instruction_factor(x[H + i], x[READ + i], x[WRITE + i])
        k_retrieved = retrieved_factor(x[HR + i], x[READ + i])
        corpus = x[CORPUS + i] * x[EMBED + i] * PER_MILLION
        line[PEOPLE + i] = x[WEEKS + i] * x[LABOR + i]
        line[EMBED_CORPUS + i] = corpus
        line[INPUT_TOKENS + i] = (
            reached * PER_MILLION * x[INPUT + i] * (k_system * x[S + i] + k_retrieved * x[R + i] + x[U + i])
        )
        line[OUTPUT_TOKENS + i] = reached * PER_MILLION * x[OUTPUT + i] * x[O + i]
        line[RETRIEVAL + i] = reached * x[SEARCH + i] * PER_THOUSAND
        line[EMBED_QUESTION + i] = reached * x[EMBED + i] * x[U + i] * PER_MILLION
        line[EMBED_NEW + i] = corpus * x[REFRESH + i]
        line[VECTOR_DB + i] = x[DATABASE + i]
        line[UPKEEP + i] = x[UPKEEP_WEEKS + i] * x[LABOR + i]
        line[OBSERVABILITY + i] = x[WATCH + i]
        line[ERRORS + i] = (1.0 - x[ACCURACY + i]) * x[PER_ERROR + i]
