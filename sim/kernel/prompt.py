"""prompt: no retrieval, no tuning; a long cached prompt on the frontier model."""

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
from sim.kernel.parts import PER_MILLION, instruction_factor

LINES = (
    Line("setup people", ONCE),
    Line("input tokens", TOKEN),
    Line("output tokens", TOKEN),
    Line("observability", MONTH),
    Line("errors", QUERY),
)

QUERY_TOKENS = ("tokens.system", "tokens.examples", "tokens.question", "tokens.output")

S, E, U, O = columns("tokens.system", "tokens.examples", "tokens.question", "tokens.output")
H, READ, WRITE = columns("cache.prompt_hit_rate", "cache.read_multiplier", "cache.write_multiplier")
STORED, INPUT, OUTPUT = columns("cache.answer_hit_rate", "price.input", "price.output")
WEEKS, LABOR, WATCH = columns("prompt.setup_weeks", "labor.weekly_rate", "observability.monthly")
ACCURACY, PER_ERROR = columns("quality.accuracy_prompt", "quality.cost_per_error")

PEOPLE, INPUT_TOKENS, OUTPUT_TOKENS, OBSERVABILITY, ERRORS = rows(len(LINES))


@jit
def coefficients(x: Row, line: Row, setting: Row) -> None:
    """Fill each line's coefficient for a tile of draws."""
    for i in range(TILE):
        per_million = (1.0 - x[STORED + i]) * PER_MILLION
        k_system = instruction_factor(x[H + i], x[READ + i], x[WRITE + i])
        line[PEOPLE + i] = x[WEEKS + i] * x[LABOR + i]
        line[INPUT_TOKENS + i] = per_million * x[INPUT + i] * (k_system * (x[S + i] + x[E + i]) + x[U + i])
        line[OUTPUT_TOKENS + i] = per_million * x[OUTPUT + i] * x[O + i]
        line[OBSERVABILITY + i] = x[WATCH + i]
        line[ERRORS + i] = (1.0 - x[ACCURACY + i]) * x[PER_ERROR + i]
