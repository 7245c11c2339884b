"""All strategies together: their names, lines and items, what they share, and their compiled functions."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from sim.kernel import STRATEGIES
from sim.kernel.columns import ERROR, GPU, RETRAIN, RETRAIN_GPU, RHYTHMS

_MODULES: tuple[ModuleType, ...] = tuple(import_module(f"sim.kernel.{name}") for name in STRATEGIES)

NAMES: tuple[str, ...] = STRATEGIES
COUNT = len(_MODULES)

FIRST_LINE = np.cumsum([0] + [len(strategy.LINES) for strategy in _MODULES])
"""Where each strategy's lines begin among all lines; the last entry is the number of lines."""

LINE_RHYTHM = np.array([line.rhythm for strategy in _MODULES for line in strategy.LINES])
LINE_ITEM: tuple[str, ...] = tuple(line.item for strategy in _MODULES for line in strategy.LINES)
ITEMS: tuple[str, ...] = tuple(dict.fromkeys(LINE_ITEM))

QUERY_TOKENS: dict[str, tuple[str, ...]] = {
    name: strategy.QUERY_TOKENS for name, strategy in zip(STRATEGIES, _MODULES, strict=True)
}
"""Inputs that add up to what a strategy's main model reads and writes for a query, counted by a fee per token."""

USES = np.array(
    [[any(line.rhythm == r for line in strategy.LINES) for r in range(RHYTHMS)] for strategy in _MODULES]
)
"""(strategies, rhythms): which rhythms a strategy has lines on."""

CLOCK_KEYS: tuple[str, ...] = tuple(
    dict.fromkeys(strategy.RETRAINED_EVERY for strategy in _MODULES if hasattr(strategy, "RETRAINED_EVERY"))
)
"""Inputs that say how many months lie between retrains; strategies with the same one retrain together."""

CLOCK: tuple[int, ...] = tuple(
    CLOCK_KEYS.index(strategy.RETRAINED_EVERY) if hasattr(strategy, "RETRAINED_EVERY") else -1
    for strategy in _MODULES
)
"""Which of them is each strategy's; -1 for one that is never trained."""

_DRIFT_KEYS = tuple(
    (clock, strategy.LAUNCH_ACCURACY) if hasattr(strategy, "LAUNCH_ACCURACY") else None
    for clock, strategy in zip(CLOCK, _MODULES, strict=True)
)

DRIFTS: tuple[tuple[int, str], ...] = tuple(dict.fromkeys(key for key in _DRIFT_KEYS if key is not None))
"""A clock, and the input that says how accurate a model is at launch; strategies with the same two err together."""

DRIFT: tuple[int, ...] = tuple(DRIFTS.index(key) if key is not None else -1 for key in _DRIFT_KEYS)
"""Which of them is each strategy's; -1 for one that does not drift."""

SERVERS: tuple[int, ...] = tuple(s for s in range(COUNT) if USES[s, GPU])
"""The strategies that rent GPUs to serve."""

for _s in range(COUNT):
    if CLOCK[_s] < 0 and (USES[_s, RETRAIN] or USES[_s, RETRAIN_GPU] or DRIFT[_s] >= 0):
        raise TypeError(f"{NAMES[_s]} has retrains or drifts: it must state RETRAINED_EVERY")
    if DRIFT[_s] < 0 and USES[_s, ERROR]:
        raise TypeError(f"{NAMES[_s]} has errors that drift: it must state LAUNCH_ACCURACY")

COEFFICIENTS: tuple[Callable[..., Any], ...] = tuple(strategy.coefficients for strategy in _MODULES)
"""Compiled: (values from a tile's first draw on, i) to the coefficients of a strategy's lines in draw i."""

SERVING: tuple[Callable[..., Any], ...] = tuple(_MODULES[s].serving for s in SERVERS)
"""Compiled, of each of `SERVERS`: to tokens of a query at the peak, tokens that a GPU serves, least number of GPUs."""
