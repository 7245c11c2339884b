"""The registry of strategies: one line each. The order is that of every array over strategies."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from distributions.sampling.compiled import BLOCK, jit
from sim.kernel import hybrid, prompt, rag, tuned_hosted, tuned_self_hosted
from sim.kernel.columns import RHYTHMS, SETTINGS, Row

STRATEGIES: tuple[ModuleType, ...] = (
    prompt,
    rag,
    tuned_hosted,
    tuned_self_hosted,
    hybrid,
)

NAMES: tuple[str, ...] = tuple(strategy.NAME for strategy in STRATEGIES)
COUNT = len(STRATEGIES)

FIRST_LINE = np.cumsum([0] + [len(strategy.LINES) for strategy in STRATEGIES])
"""Where each strategy's lines begin among all lines; the last entry is the number of lines."""

LINE_RHYTHM = np.array([line.rhythm for strategy in STRATEGIES for line in strategy.LINES])
LINE_ITEM: tuple[str, ...] = tuple(line.item for strategy in STRATEGIES for line in strategy.LINES)
ITEMS: tuple[str, ...] = tuple(dict.fromkeys(LINE_ITEM))

USES = np.array(
    [[any(line.rhythm == r for line in strategy.LINES) for r in range(RHYTHMS)] for strategy in STRATEGIES]
)
"""(strategies, rhythms): which rhythms a strategy has lines on."""


def _fold(strategies: tuple[ModuleType, ...], position: int = 0) -> Callable[..., Any]:
    """One compiled function that fills the coefficients of all strategies.

    A chain of closures, each calling its strategy and then the rest: numba inlines it whole, where a loop over a
    tuple of functions would need first-class functions, and a list of `if strategy == k` an edit per strategy.
    """
    own = strategies[position].coefficients
    first, last = int(FIRST_LINE[position]) * BLOCK, int(FIRST_LINE[position + 1]) * BLOCK
    settings, next_settings = position * SETTINGS * BLOCK, (position + 1) * SETTINGS * BLOCK

    if position + 1 == len(strategies):

        @jit(inline=True)
        def end(x: Row, line: Row, setting: Row) -> None:
            own(x, line[first:last], setting[settings:next_settings])

        return end

    rest = _fold(strategies, position + 1)

    @jit(inline=True)
    def step(x: Row, line: Row, setting: Row) -> None:
        own(x, line[first:last], setting[settings:next_settings])
        rest(x, line, setting)

    return step


all_coefficients = _fold(STRATEGIES)
