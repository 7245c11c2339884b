"""A mixture of two normals or two lognormals fitted to measurements that one family does not follow.

Maximum likelihood by expectation and maximisation (Dempster, Laird & Rubin 1977), started from the best split of the
sorted values in two (least sum of squares). A part's spread is kept above a hundredth of the whole, or the likelihood
would grow without bound as a part shrinks onto one value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from distributions.distribution import Array

FREE = 5
"""Fitted parameters: two locations, two spreads, one weight."""
_STEPS = 500


@dataclass(frozen=True)
class TwoParts:
    """weights, location and spread (2,) of two parts, of the value or of its logarithm (`logarithmic`), and AIC."""

    weights: tuple[float, float]
    location: tuple[float, float]
    spread: tuple[float, float]
    logarithmic: bool
    aic: float

    def spec(self) -> dict[str, Any]:
        """The mixture as it stands in a scenario."""
        parts = []
        for location, spread in zip(self.location, self.spread, strict=True):
            if self.logarithmic:
                parts.append({"lognormal": {"median": math.exp(location), "sigma": spread}})
            else:
                parts.append({"normal": {"mean": location, "sd": spread}})
        return {"mixture": {"weights": list(self.weights), "parts": parts}}


def two_parts(values: Array, *, logarithmic: bool) -> TwoParts | None:
    """Two lognormals (`logarithmic`; all values above 0) or two normals; None for fewer than 10 values."""
    if values.size < 10:
        return None
    x = np.log(values) if logarithmic else values
    least = 0.01 * float(np.std(x))
    share = _first_split(x)
    loglikelihood = -math.inf
    for _ in range(_STEPS):
        mass = share.sum(axis=1)
        location = share @ x / mass
        spread = np.sqrt(np.maximum((share * (x - location[:, None]) ** 2).sum(axis=1) / mass, least**2))
        weights = mass / x.size
        z = (x - location[:, None]) / spread[:, None]
        logs = np.log(weights / spread)[:, None] - 0.5 * z * z - 0.5 * math.log(2 * math.pi)
        top = logs.max(axis=0)
        both = top + np.log(np.exp(logs - top).sum(axis=0))
        share = np.maximum(np.exp(logs - both), 1e-300)
        before, loglikelihood = loglikelihood, float(both.sum())
        if loglikelihood - before <= 1e-9 * abs(loglikelihood):
            break
    if logarithmic:
        loglikelihood -= float(x.sum())
    (a, b), (m, n), (s, t) = weights.tolist(), location.tolist(), spread.tolist()
    return TwoParts((a, b), (m, n), (s, t), logarithmic, 2 * FREE - 2 * loglikelihood)


def _first_split(x: Array) -> Array:
    """(2, n): 1 and 0 where the sorted values are split with the least sum of squares about the two means."""
    n = np.arange(1, x.size)
    left = np.cumsum(x)[:-1]
    right = x.sum() - left
    at = int(np.argmax(left**2 / n + right**2 / (x.size - n))) + 1
    below = np.arange(x.size) < at
    return np.stack([below, ~below]).astype(float)
