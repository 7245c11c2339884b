"""The cost of five strategies, month by month, over blocks of draws. Compiled; numbers only, no names.

A block is 256 draws held as rows of one flat array, and a loop over the lanes of a block, or of a tile of it, is
innermost everywhere, so that it becomes vector instructions.

Every cost line of a strategy is a coefficient, fixed for a draw, times one of a few *rhythms*, series over months that
are shared: once at setup, every month, with the queries, with the queries at the month's token price, at each retrain,
with the GPUs, with the errors. The model's equations are all of that form. A strategy's file states its lines and
their coefficients; months, discounting and adding up happen once, elsewhere; and the present value of each line
comes out of the same pass, since it is its coefficient times the present value of its rhythm.
"""

from __future__ import annotations

from typing import NamedTuple


class Strategy(NamedTuple):
    """What a strategy is called in sentences and figures, and the input with its latency to the first token."""

    label: str
    latency: str


REGISTRY = {
    "prompt": Strategy("Prompting", "latency.prompt"),
    "rag": Strategy("RAG", "latency.rag"),
    "tuned_hosted": Strategy("Fine-tuning (hosted)", "latency.tuned"),
    "tuned_self_hosted": Strategy("Fine-tuning (self-hosted)", "latency.tuned"),
    "hybrid": Strategy("Hybrid", "latency.hybrid"),
}
"""The registry of strategies: the modules of this folder that have one, a line each, in the order of every array."""

STRATEGIES = tuple(REGISTRY)
