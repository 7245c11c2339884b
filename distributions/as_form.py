"""What was fitted, written as a table of a scenario, with the digits that the sample supports."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from distributions import fitting
from distributions.fitting import Fit


def as_form(fit: Fit, error: float) -> dict[str, Any]:
    """A fitted law as a table of a scenario, in a form of its own where there is one.

    A location ends at the second digit of `error`, the standard error of the mean; others have four digits at
    least. Ends of the support, which were not fitted, are kept as they are.
    """
    law = fit.law
    shapes = dict(law.shapes)
    if law.family == "norm":
        table: dict[str, Any] = {"normal": {"mean": law.loc, "sd": law.scale}}
    elif law.family == "lognorm" and law.loc == 0:
        table = {"lognormal": {"median": law.scale, "sigma": shapes["s"]}}
    elif law.family == "gamma" and law.loc == 0:
        table = {"gamma": {"shape": shapes["a"], "scale": law.scale}}
    elif law.family == "beta" and (law.loc, law.scale) == (0, 1):
        table = {"beta": {"alpha": shapes["a"], "beta": shapes["b"]}}
    else:
        table = {"scipy": {"name": law.family, **shapes, "loc": law.loc, "scale": law.scale}}
    found: dict[str, Any] = rounded(table, error)
    if "scipy" in found and law.family not in fitting.EVERYWHERE:
        found["scipy"]["loc"] = law.loc
        if law.family in fitting.TWO_SIDED:
            found["scipy"]["scale"] = law.scale
    return found


def rounded(value: Any, error: float, key: str = "") -> Any:
    """Every number of a table, to the digits that the error supports."""
    if isinstance(value, Mapping):
        return {name: rounded(item, error, name) for name, item in value.items()}
    if isinstance(value, list):
        return [rounded(item, error) for item in value]
    if not isinstance(value, float) or value == 0:
        return value
    digits = 1 - math.floor(math.log10(error))
    # A place may be 0 but for rounding; a width or a shape never is.
    return round(
        value, digits if key in ("loc", "mean") else max(digits, 3 - math.floor(math.log10(abs(value))))
    )
