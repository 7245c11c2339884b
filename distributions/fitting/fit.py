"""Families of scipy.stats fitted to measurements by maximum likelihood, and how well each fits.

AIC = 2k - 2 ln L with k free parameters (Akaike 1974). With u = F(x), x in rising order and i = 1 … n:

    Kolmogorov-Smirnov  D  = max(i/n - u_i, u_i - (i-1)/n)
    Anderson-Darling    A² = -n - Σ (2i - 1)/n (ln u_i + ln(1 - u_{n+1-i}))

Tables of their p-values hold for a distribution that was known beforehand; for one fitted to the same values they are
far too kind (Lilliefors 1967). The parametric bootstrap draws samples from the fit, fits the family to each again and
counts how many lie as far off (Stute, González Manteiga & Presedo Quindimil 1993).
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from distributions.distribution import Array, Distribution
from distributions.errors import Fault, UserError
from distributions.families import family, shape_names
from distributions.kinds.scipy_distribution import ScipyDistribution
from distributions.kinds.soundness import trouble
from distributions.support import SMALLEST_PROBABILITY, Support

EVERYWHERE = ("norm", "logistic", "gumbel_r", "gumbel_l")
ONE_SIDED = ("lognorm", "gamma", "weibull_min", "invgauss", "expon")
TWO_SIDED = ("beta",)


@dataclass(frozen=True)
class Fit:
    """A family's maximum-likelihood fit.

    distribution
        The fitted distribution.
    free
        Number of parameters that were fitted.
    aic
        Akaike's criterion; comparable between families fitted to the same values.
    outside
        Probability outside the support: a family with more than a rounding error of it cannot stand for the input.
    """

    distribution: ScipyDistribution
    free: int
    aic: float
    outside: float = 0.0

    @property
    def admissible(self) -> bool:
        """Whether the distribution keeps to the support."""
        return self.outside <= SMALLEST_PROBABILITY


class Bootstrap(NamedTuple):
    """p-values of the two distances when the parameters, too, were fitted."""

    ks: float
    ad: float


def fit_family(values: Array, name: str, support: Support) -> Fit | None:
    """One family fitted to sorted values, or None where it cannot be.

    One-sided families start at the support's lower end (0 where it has none) if every value lies above it; the beta
    family spans a bounded support. Elsewhere location and scale are free.
    """
    low = _start(support)
    scipy_family = family(name, "fit")
    fixed: dict[str, Any] = {}
    if name in ONE_SIDED and values[0] > low:
        fixed = {"floc": low}
    elif name in TWO_SIDED and math.isfinite(support.lower) and math.isfinite(support.upper):
        fixed = {"floc": support.lower, "fscale": support.upper - support.lower}
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            *shapes, loc, scale = (float(value) for value in scipy_family.fit(values, **fixed))
            distribution = ScipyDistribution(
                name, tuple(zip(shape_names(scipy_family), shapes, strict=True)), loc, scale
            )
            distribution.median()  # no fit is one whose density cannot be tabulated
            likelihood = float(np.sum(distribution.frozen.logpdf(values)))
    except (ValueError, RuntimeError, ArithmeticError):  # scipy's FitError and its kin
        return None
    free = len(shapes) + 2 - len(fixed)
    aic = 2 * free - 2 * likelihood
    return (
        Fit(distribution, free, aic, max(support.mass_outside(distribution))) if math.isfinite(aic) else None
    )


def usual_families(values: Array, support: Support) -> tuple[str, ...]:
    """The names of the families that are tried: which ones depends on where the values may lie."""
    names: tuple[str, ...] = EVERYWHERE
    if values[0] > _start(support):
        names += ONE_SIDED
    if math.isfinite(support.lower) and math.isfinite(support.upper):
        names += TWO_SIDED
    return names


def usual_fits(values: Array, support: Support) -> list[Fit]:
    """Every usual family that can be fitted, those that keep to the support first, each group by rising AIC.

    What cannot be worked out at the fitted parameters, as scipy's inverse Gaussian of hardly any spread, is left out.
    """
    fits = [fit for name in usual_families(values, support) if (fit := fit_family(values, name, support))]
    fits = [fit for fit in fits if not trouble(fit.distribution)[0]]
    return sorted(fits, key=lambda fit: (not fit.admissible, fit.aic))


def best_fit(values: Array, support: Support) -> Fit:
    """The usual family with the least AIC among those that keep to the support.

    Raises:
        UserError: there is none.
    """
    fits = usual_fits(values, support)
    if not fits or not fits[0].admissible:
        raise UserError(
            Fault("fit", "no usual family fits within the support", hint="leave fit out: the data as it is")
        )
    return fits[0]


def ks_distance(values: Array, distribution: Distribution) -> float:
    """D: the largest distance between the steps of the sorted values and the distribution's distribution function."""
    cdf = np.asarray(distribution.cdf(values))
    steps = np.arange(values.size + 1) / values.size
    return max(float(np.max(steps[1:] - cdf)), float(np.max(cdf - steps[:-1])))


def ad_distance(values: Array, distribution: Distribution) -> float:
    """A²: as D, but over all values, the tails weighing most; infinite where a value has no probability."""
    n = values.size
    with np.errstate(divide="ignore"):
        logs = (
            np.log(np.asarray(distribution.cdf(values))) + np.log(np.asarray(distribution.sf(values)))[::-1]
        )
    return float(-n - np.sum((2 * np.arange(1, n + 1) - 1) / n * logs))


def ks_p(distance: float, n: int) -> float:
    """p of D for a distribution known beforehand, exact; for a fitted one it is too kind."""
    from scipy.stats import kstwo

    return float(kstwo.sf(distance, n))


def bootstrap(values: Array, fit: Fit, support: Support, *, resamples: int = 200, seed: int = 0) -> Bootstrap:
    """p of D and A² by the parametric bootstrap: (1 + samples as far off) / (1 + samples).

    A sample that cannot be fitted again counts as far off, which errs on the side of the fit.
    """
    rng = np.random.default_rng(seed)
    ks, ad = ks_distance(values, fit.distribution), ad_distance(values, fit.distribution)
    farther = np.zeros(2)
    for _ in range(resamples):
        drawn = np.sort(np.asarray(fit.distribution.ppf(rng.uniform(np.finfo(float).tiny, 1.0, values.size))))
        again = fit_family(drawn, fit.distribution.family, support)
        if again is None:
            farther += 1
            continue
        farther += (
            ks_distance(drawn, again.distribution) >= ks,
            ad_distance(drawn, again.distribution) >= ad,
        )
    ks_share, ad_share = (farther + 1) / (resamples + 1)
    return Bootstrap(float(ks_share), float(ad_share))


def _start(support: Support) -> float:
    return support.lower if math.isfinite(support.lower) else 0.0
