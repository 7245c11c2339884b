"""Whether a family can be worked out in floating-point numbers at the parameters it was given, and soon enough."""

from __future__ import annotations

import math
import time

import numpy as np

from distributions.density_table import NotTabulated
from distributions.families import MOST_STEPS
from distributions.law import Array
from distributions.parameters import PLAIN_NUMBER
from distributions.scipy_law import ScipyLaw, quiet

_LEVELS = np.linspace(0.001, 0.999, 33)
_MANY = np.linspace(0.001, 0.999, 1025)
_OFF = 1e-4
"""Largest difference between a level and the probability of its quantile, within rounding of the latter."""
_MOST_SECONDS = 2e-4
"""Of processor time for one quantile, on average: an input takes 25,000 of them. Most families need 1e-6."""
_NOT_FINITE = "cannot be computed with these parameters: its percentile {:.3g} is no finite number"
_SLOW = ("is too slow to tabulate with these parameters", "less extreme ones, or the form quantiles")


def trouble(law: ScipyLaw) -> tuple[str, str]:
    """What is wrong with a law, and a way out; ("", "") where nothing is.

    Quantiles at levels from 0.1 % to 99.9 % have to be finite, to rise, and to have the probability of their level.
    Of closed forms the outer ones are looked at. What a quantile costs cannot be counted within scipy's
    own series and integrals, so that it is timed.
    """
    numbers = (law.loc, law.scale, *(value for _, value in law.shapes))
    if not all(map(math.isfinite, numbers)) or not law.scale > 0.0:
        return (
            "cannot be computed with these parameters: they leave the range of numbers",
            "less extreme ones",
        )
    if law.fast is not None:
        finite = bool(np.all(np.isfinite(law.ppf(_LEVELS[[0, -1]]))))
        return ("", "") if finite else (_NOT_FINITE.format(_LEVELS[-1] * 100), "less extreme ones")
    most = MOST_STEPS.get(law.family, math.inf)
    if dict(law.shapes).get("n", 0.0) > most:
        return "is too slow to tabulate: it takes n² steps for every point", f"n of {most:g} or less"
    try:
        with quiet():
            law.ppf(0.5)  # imports and tables
            if _seconds(law, _LEVELS[::8]) > 10 * _MOST_SECONDS:
                return _SLOW
            # what is sought for all values together has a price that many share
            if _seconds(law, _LEVELS) > _MOST_SECONDS and _seconds(law, _MANY) > _MOST_SECONDS:
                return _SLOW
            x = np.asarray(law.ppf(_LEVELS), dtype=float)
            slack = 1e-9 * np.abs(x) + 1e-300
            reached, before = law.cdf(x + slack), law.cdf(x - slack)
    except NotTabulated as error:
        return str(error), "less extreme parameters, or the form quantiles"
    except (ArithmeticError, ValueError, RuntimeError, MemoryError):
        return "cannot be computed with these parameters: it overflows", "less extreme ones"
    if not np.all(np.isfinite(x)):
        return _NOT_FINITE.format(100 * _LEVELS[~np.isfinite(x)][0]), "less extreme ones"
    if x[0] == x[-1]:
        return f"has no spread left at these parameters: its percentiles are all {x[0]:g}", PLAIN_NUMBER
    if np.any(np.diff(x) < -1e-9 * np.abs(x[1:])) or not (
        np.all(reached >= _LEVELS - _OFF) and np.all(before <= _LEVELS + _OFF)
    ):
        problem = "cannot be computed with these parameters: its percentiles disagree with its probabilities"
        return problem, "less extreme ones"
    return "", ""


def _seconds(law: ScipyLaw, levels: Array) -> float:
    """Processor time of a quantile: the least of three tries, since a try may pay for something else too."""
    least = math.inf
    for _ in range(3):
        started = time.thread_time()
        law.ppf(levels)
        least = min(least, (time.thread_time() - started) / levels.size)
        if least <= _MOST_SECONDS:
            break
    return least
