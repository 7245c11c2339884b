"""Which distribution do these measurements follow, and what would stand for them in a scenario?

The usual families are fitted by maximum likelihood and ranked by AIC; whether the best is good enough is tested with
p-values from a parametric bootstrap. Nothing is trimmed: every value that was selected counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from distributions import text
from distributions.distribution import Array, Distribution
from distributions.fitting import fit as fitting
from distributions.fitting.as_form import as_form, printed
from distributions.fitting.csv_column import Selection
from distributions.fitting.fit import Bootstrap, Fit
from distributions.fitting.two_parts import two_parts
from distributions.records import Record
from distributions.spec import Marginal, marginal
from distributions.support import Support

LEVELS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
MOST_FITTED = 100_000
"""Of more values a random sample is fitted: its error is under a third of a percent of the spread."""
MOST_BOOTSTRAPPED = 5_000
"""Beyond this the bootstrap takes long and, at such n, its answer is hardly in doubt."""
REFUSED = 0.01
CLOSE = 0.02
"""A fit whose D is below serves even where so many values refuse it: no probability is off by more than 2 points."""
SEED = 20260801


@dataclass(frozen=True)
class Family(Record):
    """A family's fit with its distances from the values and their p-values.

    ks_known is the exact p for a distribution that was known beforehand, too kind for a fitted one; `p` is the
    bootstrap's, None where it was not run: the values are too many, or the kinder p refuses the family already.
    """

    fit: Fit
    ks: float
    ad: float
    ks_known: float
    p: Bootstrap | None = None

    @property
    def name(self) -> str:
        """Of scipy.stats."""
        return self.fit.distribution.family

    @property
    def refused(self) -> bool:
        """Whether the values speak against the family: p of D or of A² under 1 %."""
        return (min(self.p) if self.p else self.ks_known) < REFUSED

    @property
    def serves(self) -> bool:
        """Whether it may stand for the values: within the support, and not refused or at least very close."""
        return self.fit.admissible and (not self.refused or self.ks <= CLOSE)

    def entries(self) -> dict[str, Any]:
        """As `fit --json` prints it."""
        distribution = self.fit.distribution
        return {
            "family": self.name,
            "parameters": {**dict(distribution.shapes), "loc": distribution.loc, "scale": distribution.scale},
            "within_support": self.fit.admissible,
            "share_outside": self.fit.outside,
            "aic": self.fit.aic,
            "kolmogorov_smirnov": {
                "statistic": self.ks,
                "p_bootstrap": self.p and self.p.ks,
                "p_if_known_beforehand": self.ks_known,
            },
            "anderson_darling": {"statistic": self.ad, "p_bootstrap": self.p and self.p.ad},
        }


@dataclass(frozen=True)
class Report(Record):
    """What the values of one column say.

    values
        (n,) all selected values in rising order.
    fitted_to
        Number of values that the families were fitted to: n, or a random sample of it.
    families
        Those that keep to the support first, each group by rising AIC.
    best
        The first that serves, or None where none does or two parts fit better than all that do.
    spec
        What stands for the values in a scenario: the best family, a mixture, or None where the data themselves have to.
    mixture
        Two parts, where the values refuse the family of least AIC and two parts have a lesser one.
    notes
        What the reader has to know.
    """

    values: Array
    fitted_to: int
    families: tuple[Family, ...]
    best: Family | None
    spec: Mapping[str, Any] | None
    mixture: Marginal | None = None
    mixture_aic: float = math.nan
    notes: tuple[str, ...] = field(default=())

    @property
    def distribution(self) -> Distribution | None:
        """What is drawn beside the data: the best family, the mixture, or else the family that comes nearest."""
        if self.best is not None:
            return self.best.fit.distribution
        if self.mixture is not None:
            return self.mixture.distribution
        return self.families[0].fit.distribution if self.families else None

    @property
    def name(self) -> str:
        """What is drawn beside the data, by name."""
        return self.best.name if self.best else "two parts" if self.mixture else self.families[0].name

    def quantiles(self) -> dict[float, tuple[float, float | None]]:
        """Of the values and, where something is drawn beside them, of that, at each of `LEVELS`."""
        fitted = self.distribution
        return {
            q: (float(np.quantile(self.values, q)), float(fitted.ppf(q)) if fitted else None) for q in LEVELS
        }

    def entries(self) -> dict[str, Any]:
        """As `fit --json` prints it."""
        values = self.values
        return {
            "n": values.size, "fitted_to": self.fitted_to, "min": values[0], "max": values[-1], "mean": values.mean(),
            "sd": values.std(ddof=1),
            "quantiles": {
                f"p{round(100 * q):02d}": {"data": data, "fit": fit} for q, (data, fit) in self.quantiles().items()
            },
            "families": self.families, "best": self.best and self.best.name, "recommended": self.spec,
            "notes": self.notes,
        }  # fmt: skip


def analyse(
    selection: Selection, support: Support, *, resamples: int = 200, seed: int = SEED, key: str = "value"
) -> Report:
    """Fits, tests and ranks the usual families, and looks for two parts where none serves.

    Args:
        selection: the values and what was passed over.
        support: what the input can be, in the values' unit.
        resamples: of the bootstrap; 0 leaves it out.
        seed: of the bootstrap and of the sample of very many values.
        key: the input's name in messages.
    """
    values = selection.values
    sample = values
    if values.size > MOST_FITTED:
        sample = np.sort(np.random.default_rng(seed).choice(values, MOST_FITTED, replace=False))
    families = tuple(
        _tested(sample, fit, support, resamples, seed) for fit in fitting.usual_fits(sample, support)
    )
    best = next((family for family in families if family.serves), None)
    mixture, aic = None, math.nan
    if not families or not families[0].serves:
        mixture, aic = _mixture(sample, support, key)
        if mixture is not None and families and aic >= min(family.fit.aic for family in families):
            mixture, aic = None, math.nan
    spec: Mapping[str, Any] | None = None
    if mixture is not None:
        best, spec = None, mixture.spec
    elif best is not None:
        spec = as_form(best.fit, sample)
    notes = _notes(values, sample.size, families, best, support)
    return Report(values, int(sample.size), families, best, spec, mixture, aic, tuple(notes))


def _tested(sample: Array, fit: Fit, support: Support, resamples: int, seed: int) -> Family:
    distance = fitting.ks_distance(sample, fit.distribution)
    known = fitting.ks_p(distance, sample.size)
    p = None
    # What the kinder p refuses already needs no resamples.
    if resamples and sample.size <= MOST_BOOTSTRAPPED and known >= REFUSED:
        p = fitting.bootstrap(sample, fit, support, resamples=resamples, seed=seed)
    return Family(fit, distance, fitting.ad_distance(sample, fit.distribution), known, p)


def _mixture(sample: Array, support: Support, key: str) -> tuple[Marginal | None, float]:
    """Two parts with their AIC, where there are such that keep to the support and come close to the values."""
    parts = two_parts(sample, logarithmic=bool(sample[0] > max(0.0, support.lower)))
    if parts is None:
        return None, math.nan
    fitted = _within(parts.spec(), support, key)
    if fitted is None or fitting.ks_distance(sample, fitted.distribution) > max(
        CLOSE, 1.36 / math.sqrt(sample.size)
    ):
        return None, math.nan
    drawn = _within(printed(parts.spec(), fitted.distribution, sample), support, key)
    return drawn, math.nan if drawn is None else parts.aic


def _within(spec: Mapping[str, Any], support: Support, key: str) -> Marginal | None:
    from distributions.errors import UserError

    try:
        return marginal(spec, key=key, support=support)
    except UserError:
        return None


def _notes(
    values: Array, fitted_to: int, families: tuple[Family, ...], best: Family | None, support: Support
) -> list[str]:
    notes = []
    if fitted_to < values.size:
        notes.append(f"The families were fitted to a random {fitted_to:,} of the {values.size:,} values.")
    distinct = int(np.unique(values).size)
    if distinct <= values.size / 4:
        notes.append(
            f"Only {distinct:,} of the {values.size:,} values differ: ties make a continuous family fit worse; "
            "the form data keeps them as they are."
        )
    if values.size < 20:
        notes.append(
            f"{text.count(values.size, 'value')}: so few refuse hardly any family, and say little of the tails."
        )
    if best is not None and best.refused:
        notes.append(
            f"So many values refuse even {best.name}, but no probability of it is off by more than "
            f"{100 * best.ks:.1f} points."
        )
    if best is not None and (near := _as_good(families, best)):
        notes.append(
            f"{text.join(near)} {'is' if len(near) == 1 else 'are'} as good (AIC within 2); "
            "they differ beyond the data."
        )
    if (
        best is not None
        and values[0] > 0
        and support.lower < 0
        and (below := float(best.fit.distribution.cdf(0.0))) > 0
    ):
        notes.append(
            f"{text.percent(below, 1)} of {best.name} lies below 0, where no value does: "
            "--key INPUT keeps the families to what the input can be."
        )
    tail = _tail_index(values)
    if tail is not None and tail[0] < 2:
        index, error, count = tail
        notes.append(
            f"Heavy tail: Hill's index of the {count:,} largest values is {index:.1f} ± {error:.1f}; a power law "
            "below 2 has no variance. Every family here has one and may fall short of the largest values. "
            "Nothing was trimmed: if the tail matters, compare with the form data."
        )
    for family in families:
        if not family.fit.admissible and family.fit.aic < families[0].fit.aic:
            share = text.percent(family.fit.outside, 1)
            notes.append(f"{family.name} would fit better, but {share} of it lies outside {support}.")
            break
    return notes


def _as_good(families: tuple[Family, ...], best: Family) -> list[str]:
    """Other families that serve and whose AIC is within 2 of the best: no evidence tells them apart."""
    return [
        family.name
        for family in families
        if family is not best and family.serves and family.fit.aic - best.fit.aic < 2
    ]


def _tail_index(values: Array) -> tuple[float, float, int] | None:
    """Hill's (1975) estimate of the power of the upper tail from the √n largest values, its error, their number."""
    count = int(math.sqrt(values.size))
    if count < 10 or values[-count - 1] <= 0:
        return None
    excess = float(np.mean(np.log(values[-count:] / values[-count - 1])))
    return (1 / excess, 1 / excess / math.sqrt(count), count) if excess > 0 else None
