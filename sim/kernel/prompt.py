"""prompt: no retrieval, no tuning; a long cached prompt on the frontier model."""

from __future__ import annotations

from distributions.sampling.jit import jit
from sim.kernel.columns import MONTH, ONCE, QUERY, TOKEN, Line, Numbers, Row, columns
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


@jit(inline=True)
def coefficients(x: Row, i: int) -> Numbers:
    """The coefficient of each line, in their order, of draw i of a tile."""
    per_million = (1.0 - x[STORED + i]) * PER_MILLION
    k_system = instruction_factor(x[H + i], x[READ + i], x[WRITE + i])
    people = x[WEEKS + i] * x[LABOR + i]
    input_tokens = per_million * x[INPUT + i] * (k_system * (x[S + i] + x[E + i]) + x[U + i])
    output_tokens = per_million * x[OUTPUT + i] * x[O + i]
    errors = (1.0 - x[ACCURACY + i]) * x[PER_ERROR + i]
    return people, input_tokens, output_tokens, x[WATCH + i], errors
