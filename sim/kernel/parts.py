"""Formulas that several strategies share, for one draw."""

from __future__ import annotations

from distributions.sampling.jit import jit

HOURS_PER_MONTH = 730.0
PER_THOUSAND, PER_MILLION = 1e-3, 1e-6
"""Factors: a division takes as long as ten multiplications."""


@jit(inline=True)
def instruction_factor(hit_rate: float, read: float, write: float) -> float:
    """k_S: what an instruction token costs over a plain one: read from the cache on a hit, written to it on a miss."""
    return hit_rate * read + (1.0 - hit_rate) * write


@jit(inline=True)
def retrieved_factor(hit_rate: float, read: float) -> float:
    """k_R: what a retrieved token costs over a plain one; a miss pays the plain price."""
    return hit_rate * read + (1.0 - hit_rate)


@jit(inline=True)
def hosted_training(runs: float, examples: float, tokens: float, epochs: float, price: float) -> float:
    """USD that a provider charges for training: tokens seen, all runs together, at a price per million."""
    return runs * examples * tokens * epochs * price * PER_MILLION
