"""Whether a family can be worked out in floating-point numbers at the parameters it was given, and soon enough."""

from __future__ import annotations

import math

import numpy as np

from distributions.families import MOST
from distributions.kinds.density_table import NotTabulated
from distributions.kinds.scipy_distribution import ScipyDistribution, quiet
from distributions.parameters import PLAIN_NUMBER

_LEVELS = np.linspace(0.001, 0.999, 33)
_OFF = 1e-4
"""Largest difference between a level and the probability of its quantile, within rounding of the latter."""
_NOT_FINITE = "cannot be computed with these parameters: its percentile {:.3g} is no finite number"


def trouble(distribution: ScipyDistribution) -> tuple[str, str]:
    """What is wrong with a distribution, and a way out; ("", "") where nothing is.

    Quantiles at levels from 0.1 % to 99.9 % have to be finite, to rise, and to have the probability of their level.
    Of closed forms the outer ones are looked at. What a quantile may cost is bounded beforehand, so that the answer
    is the same on every machine: families without a formula are tabulated or inverted in a counted number of turns,
    and scipy's series have their largest parameters.
    """
    numbers = (distribution.loc, distribution.scale, *(value for _, value in distribution.shapes))
    if not all(map(math.isfinite, numbers)) or not distribution.scale > 0.0:
        return (
            "cannot be computed with these parameters: they leave the range of numbers",
            "less extreme ones",
        )
    if distribution.fast is not None:
        finite = bool(np.all(np.isfinite(distribution.ppf(_LEVELS[[0, -1]]))))
        return ("", "") if finite else (_NOT_FINITE.format(_LEVELS[-1] * 100), "less extreme ones")
    name, most = MOST.get(distribution.family, ("", math.inf))
    if abs(dict(distribution.shapes).get(name, 0.0)) > most:
        size = (
            f"{name} from -{most:g} to {most:g}"
            if distribution.support()[0] < 0
            else f"{name} of {most:g} or less"
        )
        problem = f"is too slow to tabulate: every point takes the more steps the larger its {name}"
        return problem, f"{size}, or some of its percentiles in the form quantiles"
    try:
        with quiet():
            x = np.asarray(distribution.ppf(_LEVELS), dtype=float)
            slack = 1e-9 * np.abs(x) + 1e-300
            reached, before = distribution.cdf(x + slack), distribution.cdf(x - slack)
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
