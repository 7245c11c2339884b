"""Analyses with few draws, for tests that look at something else than their numbers.

What these take does not follow the draws that a command is asked for.
"""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest

CONSTANTS = {
    "studies.advise.outlook": {"DRAWS": 1024, "_BAR_DRAWS": 256},
    "studies.probability_of_cheaper.record": {"DRIVER_SAMPLES": 64},
    "studies.quotes.reliability": {"SEARCH": 1024, "AROUND": 256, "STARTS": 1, "ROUNDS": 2, "PROPOSALS": 8},
}
DEFAULTS = {
    "studies.fit.analysis.analyse": {"resamples": 20},
    "studies.quotes.questions.questions": {"draws": 1024},
    "studies.quotes.stressed.stressed": {"draws": 1024},
    "studies.quotes.walk_away.iso_curve": {"draws": 1024},
    "studies.quotes.walk_away.safe_minimum": {"draws": 1024},
    "studies.quotes.walk_away.walk_away": {"draws": 1024},
}
"""Function to the defaults of its arguments."""


def make_small(patch: pytest.MonkeyPatch) -> None:
    """Few draws for all of them, in this process, for as long as the patch lasts."""
    for module, values in CONSTANTS.items():
        for name, value in values.items():
            patch.setattr(f"{module}.{name}", value)
    for path, defaults in DEFAULTS.items():
        module, _, name = path.rpartition(".")
        function = getattr(import_module(module), name)
        own = inspect.signature(function).parameters
        given = {key: one.default for key, one in own.items() if one.default is not one.empty} | defaults
        assert given.keys() <= own.keys(), path
        plain = tuple(
            value for key, value in given.items() if own[key].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        )
        keywords = {
            key: value for key, value in given.items() if own[key].kind is inspect.Parameter.KEYWORD_ONLY
        }
        patch.setattr(function, "__defaults__", plain or None)
        patch.setattr(function, "__kwdefaults__", keywords or None)
