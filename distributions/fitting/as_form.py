"""What was fitted, written as a table of a scenario, with the digits that the sample supports."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from distributions.distribution import Array, Distribution
from distributions.fitting import fit as fitting
from distributions.fitting.fit import Fit

NEGLIGIBLE = 0.01
"""Of a standard error: so far the mean and the sd of what is printed may be from those of the fit."""


def as_form(fit: Fit, sample: Array) -> dict[str, Any]:
    """A fitted distribution as a table of a scenario, in a form of its own where there is one.

    sample: (n,) the values that it was fitted to, whose standard errors say how many digits are printed. Ends of the
    support, which were not fitted, are kept as they are.
    """
    distribution = fit.distribution
    shapes = dict(distribution.shapes)
    kept: tuple[str, ...] = ()
    if distribution.family == "norm":
        table: dict[str, Any] = {"normal": {"mean": distribution.loc, "sd": distribution.scale}}
    elif distribution.family == "lognorm" and distribution.loc == 0:
        table = {"lognormal": {"median": distribution.scale, "sigma": shapes["s"]}}
    elif distribution.family == "gamma" and distribution.loc == 0:
        table = {"gamma": {"shape": shapes["a"], "scale": distribution.scale}}
    elif distribution.family == "beta" and (distribution.loc, distribution.scale) == (0, 1):
        table = {"beta": {"alpha": shapes["a"], "beta": shapes["b"]}}
    else:
        table = {
            "scipy": {
                "name": distribution.family,
                **shapes,
                "loc": distribution.loc,
                "scale": distribution.scale,
            }
        }
        if distribution.family in fitting.TWO_SIDED:
            kept = ("loc", "scale")
        elif distribution.family not in fitting.EVERYWHERE:
            kept = ("loc",)
    return printed(table, distribution, sample, kept)


def printed(
    table: dict[str, Any], distribution: Distribution, sample: Array, kept: tuple[str, ...] = ()
) -> dict[str, Any]:
    """A table of a scenario with as few digits as leave the distribution what it is.

    The mean and the standard deviation of what is printed are those of the distribution to a hundredth of their
    standard errors in a sample of this size (s/√n; s√((k - 1 + 2/(n - 1))/4n), k the kurtosis). Numbers named in
    `kept` are left whole.
    """
    from distributions.spec import marginal

    n, spread = sample.size, float(sample.std(ddof=1))
    error = spread / math.sqrt(n)
    centred = (sample - sample.mean()) / spread
    kurtosis = max(float(np.mean(centred**4)), 1.0)
    of_sd = spread * math.sqrt((kurtosis - 1.0 + 2.0 / (n - 1)) / (4 * n))
    # scipy's moments overflow on the way for shapes of many thousands, and come out right.
    with np.errstate(all="ignore"):
        mean, sd = distribution.mean(), distribution.std()
        for digits in range(4, 17):
            short: dict[str, Any] = _rounded(table, error, digits, kept)
            candidate = marginal(short).distribution
            if (
                abs(candidate.mean() - mean) <= NEGLIGIBLE * error
                and abs(candidate.std() - sd) <= NEGLIGIBLE * of_sd
            ):
                return short
    return table


def _rounded(value: Any, error: float, digits: int, kept: tuple[str, ...], key: str = "") -> Any:
    """Every number of a table to so many digits; a place to the error's second, or as many more as there are over 4."""
    if isinstance(value, Mapping):
        return {name: _rounded(item, error, digits, kept, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item, error, digits, kept) for item in value]
    if not isinstance(value, float) or value == 0 or key in kept:
        return value
    places = digits - 1 - math.floor(math.log10(abs(value)))
    of_error = 1 - math.floor(math.log10(error)) + digits - 4
    # A place may be 0 but for rounding; a width or a shape never is.
    return round(value, of_error if key in ("loc", "mean") else max(of_error, places))
