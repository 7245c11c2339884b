"""One uncertain value, as a scenario gives it, becomes a marginal distribution in the input's own unit."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from distributions import provenance
from distributions.distribution import Distribution, Fast
from distributions.errors import Fault, UserError, did_you_mean
from distributions.forms import FORMS, form
from distributions.kinds.conversion import conversion as converting
from distributions.kinds.scipy_distribution import ScipyDistribution
from distributions.kinds.steps import Steps
from distributions.kinds.truncation import Truncated
from distributions.parameters import (
    PLAIN_NUMBER,
    Built,
    Parameters,
    Percentiles,
    Setting,
    described,
    number_fault,
)
from distributions.provenance import Provenance
from distributions.support import SMALLEST_PROBABILITY, Support
from distributions.text import clean
from distributions.units import PROPORTIONAL

if TYPE_CHECKING:
    from distributions.sampling.inverse import Recipe

BESIDE = ("unit", "min", "max", *provenance.KEYS)
"""What may stand beside the form in a table."""

CERTAIN = "value"
"""In place of a form: the key of a number that has no spread but a source."""

LARGEST = 1e300
"""Means and standard deviations have to be smaller, or intermediate results overflow."""

_NOTICED = 0.005
"""Changes of less than this share of a standard deviation are not told."""

LEAST_MASS = 1e-6
"""A truncation has to leave at least this much."""


@dataclass(frozen=True)
class Marginal:
    """The distribution of one input, in the input's own unit. Equal where what was asked for is equal.

    spec
        The value as given, normalised to plain JSON-able numbers, texts, lists and tables; read again it gives
        the same marginal.
    distribution
        The distribution itself; a certain value is one step.
    certain
        True for a plain number.
    unit
        The input's unit; None where not said.
    provenance
        Where the figure comes from, who answers for it, and until when.
    note
        What a reader of the run should know of how the value was read: fitted, normalised, converted; or "".
    """

    spec: Any
    distribution: Distribution = field(compare=False, repr=False)
    certain: bool = False
    unit: str | None = None
    provenance: Provenance = field(default_factory=Provenance)
    note: str = ""

    @property
    def source(self) -> str | None:
        """Where the figure comes from; None where not said."""
        return self.provenance.source

    def ppf(self, q: Any) -> Any:
        """The value below which a share q lies; q a number or an array."""
        return self.distribution.ppf(q)

    def isf(self, q: Any) -> Any:
        """The value above which a share q lies."""
        return self.distribution.isf(q)

    def cdf(self, x: Any) -> Any:
        """Probability of x or less."""
        return self.distribution.cdf(x)

    def sf(self, x: Any) -> Any:
        """Probability of more than x."""
        return self.distribution.sf(x)

    def pdf(self, x: Any) -> Any:
        """Density of the continuous part."""
        return self.distribution.pdf(x)

    def mean(self) -> float:
        """Expected value."""
        return float(self.distribution.mean())

    def std(self) -> float:
        """Standard deviation; 0 for a certain value."""
        return float(self.distribution.std())

    def median(self) -> float:
        """The value in the middle."""
        return self.distribution.median()

    def support(self) -> tuple[float, float]:
        """Least and greatest value."""
        return self.distribution.support()

    @property
    def value(self) -> float:
        """The number itself, of a certain value."""
        if not self.certain:
            raise ValueError("an uncertain value has no single value; median() is its middle")
        return self.distribution.support()[0]

    @cached_property
    def recipe(self) -> Recipe:
        """How the compiled sampler makes values of it, checked against the distribution; built once."""
        from distributions import kept_recipes

        return kept_recipes.recipe(self)

    def at_scores(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """The values at normal scores, of any shape, as a run has them: by the fast inverse where there is one."""
        from scipy.special import ndtr

        from distributions.sampling import inverse

        held = np.clip(scores, -inverse.Z_MAX, inverse.Z_MAX)
        if self.recipe.kind != inverse.EXACT:
            return inverse.from_scores(self.recipe, held.ravel()).reshape(held.shape)
        below = np.asarray(self.ppf(ndtr(np.minimum(held, 0.0))), dtype=float)
        return np.where(held > 0.0, self.isf(ndtr(-np.maximum(held, 0.0))), below)

    @property
    def fast(self) -> Fast | None:
        """Closed form of the inverse distribution function, before truncation; None where there is none."""
        return None if self.certain else self.distribution.fast

    @property
    def window(self) -> tuple[float, float] | None:
        """Of a truncated distribution: the untruncated one's probabilities below min and up to max. Else None."""
        return self.distribution.window if isinstance(self.distribution, Truncated) else None

    @property
    def base_sf_window(self) -> tuple[float, float] | None:
        """Of a truncated distribution: the untruncated one's probabilities from min on and above max. Else None."""
        return self.distribution.upper_window if isinstance(self.distribution, Truncated) else None


def marginal(
    value: object,
    *,
    key: str = "value",
    unit: str | None = None,
    support: Support | None = None,
    folder: str | Path | None = None,
    conversion: str = PROPORTIONAL,
) -> Marginal:
    """The distribution that a value stands for.

    Args:
        value: a number (certain), a table with one form as in a scenario, a frozen continuous distribution of
            scipy.stats, or a `Marginal`, which is passed through.
        key: the value's name in messages.
        unit: the unit to convert to, if the table names its own.
        support: the range that the value has to keep to, in `unit`.
        folder: where data files lie; the current folder unless given.
        conversion: how another unit is converted, one of `distributions.units.KINDS`.

    Raises:
        UserError: with every fault found; their keys start with `key`.
    """
    if isinstance(value, Marginal):
        return value
    bounds = support or Support()
    try:
        where = Path(folder) if folder is not None else None
        return _Reader(unit, bounds, where, conversion).marginal(value)
    except UserError as error:
        raise error.within(key) from None


@dataclass(frozen=True)
class _Reader:
    """Reads one value. Keys of its faults are relative to it."""

    unit: str | None
    support: Support
    folder: Path | None
    conversion: str = PROPORTIONAL

    def marginal(self, value: object) -> Marginal:
        if isinstance(value, Mapping):
            return self._certain(value) if CERTAIN in value else self._table(value)
        if hasattr(value, "ppf") and hasattr(value, "dist"):
            distribution = _frozen(value)
            _computable(distribution, "scipy")
            self._check(distribution, "")
            shown = {
                "name": distribution.family,
                **dict(distribution.shapes),
                "loc": distribution.loc,
                "scale": distribution.scale,
            }
            return Marginal({"scipy": shown}, distribution, unit=self.unit)
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            problem, _, hint = number_fault(value) or (described(value), "", "")
            raise UserError(
                Fault("", problem, "a number, or a table such as { lognormal = { p10 = 2, p90 = 9 } }", hint)
            )
        return self._number(value)

    def _number(self, value: numbers.Real | float) -> Marginal:
        wrong = number_fault(value)
        if wrong:
            raise UserError(Fault("", *wrong))
        number = float(value)
        if number not in self.support:
            raise UserError(
                Fault("", f"found {number:g}", str(self.support), self._percent_hint(number, number))
            )
        return Marginal(number, Steps([number]), certain=True, unit=self.unit)

    def _certain(self, table: Mapping[Any, Any]) -> Marginal:
        """A number with its source, `{ value = 3, source = "quote" }`."""
        allowed = (CERTAIN, "unit", *provenance.KEYS)
        faults = [
            Fault(
                clean(str(key), 40),
                "unknown key beside value",
                ", ".join(allowed),
                did_you_mean(str(key), allowed),
            )
            for key in table
            if key not in allowed
        ]
        origin, given_unit, _, _, wrong = _beside({key: table[key] for key in table if key in allowed})
        if faults + wrong:
            raise UserError(*faults, *wrong)
        bad = number_fault(table[CERTAIN])
        if bad:
            raise UserError(Fault(CERTAIN, *bad))
        converted = converting(given_unit, self.unit, self.conversion)
        plain_marginal = self._number(converted.value(table[CERTAIN]))
        spec: dict[str, Any] = {CERTAIN: float(table[CERTAIN])}
        spec |= {"unit": given_unit} if given_unit else {}
        spec |= provenance.plain(table)
        return replace(plain_marginal, spec=spec, provenance=origin, note=converted.note)

    def _table(self, table: Mapping[Any, Any]) -> Marginal:
        name = _form_name(table)
        origin, given_unit, low, high, wrong = _beside(table)
        if wrong:
            raise UserError(*wrong)
        converted = converting(given_unit, self.unit, self.conversion)
        support = converted.before(self.support)
        chosen = form(name)
        inner = support.within(low, high) if chosen.takes_bounds else support
        setting = Setting(inner, self.folder, lambda value, key: self._part(value, key, given_unit, inner))
        try:
            parameters = chosen.read(table[name])
            distribution, note = parameters.build(setting)
            _computable(distribution, name)
        except UserError as error:
            raise error.within(name) from None
        if not chosen.takes_bounds:
            cut = _truncated(distribution, low, high)
            if cut is not distribution:
                note = "; ".join(part for part in (note, _moved(parameters, cut)) if part)
            distribution = cut
        if converted:
            distribution = converted.distribution(distribution)
            note = "; ".join(part for part in (note, converted.note) if part)
        self._check(distribution, name)
        spec: dict[str, Any] = {name: _plain(parameters.dump())}
        spec.update({key: _plain(table[key]) for key in ("min", "max", "unit") if key in table})
        spec.update(provenance.plain(table))
        return Marginal(spec, distribution, unit=self.unit or given_unit, provenance=origin, note=note)

    def _part(self, value: object, key: str, unit: str | None, support: Support) -> Built:
        """A value within this one, in this one's unit. What lies outside the support is told of the whole."""
        loose = Support(support.lower, support.upper)
        try:
            part = _Part(unit or self.unit, loose, self.folder).marginal(value)
        except UserError as error:
            raise error.within(key) from None
        return Built(part.distribution, part.note)

    def _check(self, distribution: Distribution, name: str) -> None:
        """Mass within the support, whole numbers where wanted, a mean and a variance.

        Raises:
            UserError: with the share outside, and a way out.
        """
        if self.support.integer and not (
            isinstance(distribution, Steps) and all(v.is_integer() for v in distribution.values)
        ):
            hint = "discrete = { values = [1, 2], weights = [0.6, 0.4] } takes whole values"
            raise UserError(Fault(name, "takes values that are not whole", str(self.support), hint))
        below, above = self.support.mass_outside(distribution)
        if math.isnan(below) or math.isnan(above):
            problem = f"how much of it lies outside {self.support} cannot be computed"
            raise UserError(Fault(name, problem, "less extreme parameters"))
        if max(below, above) > SMALLEST_PROBABILITY:
            raise UserError(self._outside(distribution, name, below, above))
        mean, sd = distribution.mean(), distribution.std()
        if not abs(mean) < LARGEST or not sd < LARGEST:
            raise UserError(_without_moments(distribution, name, mean))

    def _outside(self, distribution: Distribution, name: str, below: float, above: float) -> Fault:
        where, cuts = [], []
        if below > SMALLEST_PROBABILITY:
            where.append(f"{_share(below)} below {self.support.lower:g}")
            cuts.append(
                f"min = {self.support.lower:g}" + (" and a little" if self.support.lower_open else "")
            )
        if above > SMALLEST_PROBABILITY:
            where.append(f"{_share(above)} above {self.support.upper:g}")
            cuts.append(
                f"max = {self.support.upper:g}" + (" less a little" if self.support.upper_open else "")
            )
        hint = self._percent_hint(*distribution.support())
        if not hint:
            lognormal = (
                "take a lognormal, which stays above 0, or " if self.support.lower == 0 and not above else ""
            )
            hint = f"{lognormal}cut it off with {' and '.join(cuts)} beside the form"
        share = " and ".join(where)
        return Fault(name, f"mass lies outside what the input can be: {share}", str(self.support), hint)

    def _percent_hint(self, low: float, high: float) -> str:
        """For a share given in percent."""
        if (self.support.lower, self.support.upper) != (0.0, 1.0) or not 1 < high <= 100 or low < 0:
            return ""
        if low == high:
            return f"{high / 100:g} for {high:g} %"
        return f'a share: {high / 100:g} for {high:g} %, or unit = "percent" beside the form'


class _Part(_Reader):
    """Reads a part of a mixture: only the mixture as a whole has to keep to the support."""

    def _check(self, distribution: Distribution, name: str) -> None:
        """Nothing yet."""

    def _number(self, value: numbers.Real | float) -> Marginal:
        """Any finite number."""
        return _Reader(self.unit, Support(), self.folder)._number(value)


def _form_name(table: Mapping[Any, Any]) -> str:
    """The one form in a table."""
    example = "lognormal = { p10 = 2, p90 = 9 }"
    names = [str(key) for key in table if key in FORMS]
    others = [str(key) for key in table if key not in FORMS and key not in BESIDE]
    faults = []
    for word in others:
        hint = did_you_mean(word, FORMS if not names else BESIDE)
        if hint or names:
            what = "unknown key beside the form" if names else "unknown form"
            faults.append(Fault(clean(word, 40), what, ", ".join(BESIDE if names else FORMS), hint))
    if len(names) > 1:
        faults.append(Fault("", f"found {len(names)} forms: {', '.join(names)}", "one form"))
    if not names and not faults:
        problem = (
            f"found {', '.join(clean(word, 40) for word in others)} without a form"
            if others
            else "found no form"
        )
        faults.append(Fault("", problem, ", ".join(FORMS), f"for example {example}"))
    if faults:
        raise UserError(*faults)
    return names[0]


def _beside(table: Mapping[Any, Any]) -> tuple[Provenance, str | None, float, float, list[Fault]]:
    """Provenance, unit, min and max, and what is wrong with them."""
    origin, faults = provenance.read(table)
    if "unit" in table and not (isinstance(table["unit"], str) and table["unit"].strip()):
        faults.append(Fault("unit", described(table["unit"]), "a text"))
    for key in ("min", "max"):
        wrong = number_fault(table[key]) if key in table else None
        if wrong:
            faults.append(Fault(key, *wrong))
    if faults:
        return origin, None, -math.inf, math.inf, faults
    low, high = float(table.get("min", -math.inf)), float(table.get("max", math.inf))
    if low >= high:
        hint = PLAIN_NUMBER if low == high else ""
        relation = "equals" if low == high else "is above"
        faults.append(Fault("min", f"min = {low:g} {relation} max = {high:g}", "min < max", hint))
    return origin, table.get("unit"), low, high, faults


def _computable(distribution: Distribution, name: str) -> None:
    """Refuse a family at parameters at which its numbers cannot be had, or not soon."""
    if not isinstance(distribution, ScipyDistribution):
        return
    from distributions.kinds.soundness import trouble

    problem, way_out = trouble(distribution)
    if problem:
        values = ", ".join(f"{key} = {value:g}" for key, value in distribution.shapes)
        family = f"{distribution.family} ({values})" if values else distribution.family
        raise UserError(Fault("", f"{family if name == 'scipy' else 'this distribution'} {problem}", way_out))


def _without_moments(distribution: Distribution, name: str, mean: float) -> Fault:
    """Of a distribution whose mean or variance does not exist, or is no number to count with."""
    lacks = "variance" if math.isfinite(mean) else "mean"
    if distribution.has_moments or (math.isfinite(mean) and math.isfinite(distribution.std())):
        what = "standard deviation" if abs(mean) < LARGEST else "mean"
        problem = f"the {what} of this distribution is too large to count with"
        return Fault(name, problem, f"below {LARGEST:g}", "a smaller spread, or max beside the form")
    return Fault(
        name,
        f"this distribution has no finite {lacks}: expected cost, CVaR and their errors do not exist",
        "a distribution with mean and variance",
        "cut its tail off with min or max beside the form, or take a lognormal",
    )


def _truncated(distribution: Distribution, low: float, high: float) -> Distribution:
    """The distribution cut to [low, high], or the distribution itself where nothing is cut off."""
    start, end = distribution.support()
    if low <= start and high >= end:
        return distribution
    cut = Truncated(distribution, low, high)
    if not cut.mass >= LEAST_MASS:
        bounds = [f"{key} = {end:g}" for key, end in (("min", low), ("max", high)) if math.isfinite(end)]
        left = f"with {' and '.join(bounds)}"
        if math.isnan(cut.mass):
            raise UserError(Fault("", f"what is left {left} cannot be computed", "less extreme parameters"))
        problem = f"{_share(max(cut.mass, 0.0))} of the mass is left {left}"
        raise UserError(Fault("", problem, f"{_share(LEAST_MASS)} or more"))
    if not isinstance(distribution, Steps):
        return cut
    inside = distribution.between(low, high)
    if inside.values.size == 1:
        raise UserError(Fault("", f"only {inside.values[0]:g} is left by min and max", hint=PLAIN_NUMBER))
    return inside


def _moved(parameters: Parameters, cut: Distribution) -> str:
    """What was given of the whole distribution and is no longer so of the part that min and max leave, in words."""
    if isinstance(parameters, Percentiles):
        given = [(key, value, float(cut.ppf(level))) for key, level, value in parameters.levels()]
    else:
        of_cut = {"mean": cut.mean, "sd": cut.std, "median": cut.median}
        stated = {key: getattr(parameters, key, None) for key in of_cut}
        given = [(key, value, float(of_cut[key]())) for key, value in stated.items() if value is not None]
    least = _NOTICED * cut.std()
    moved = [f"{key} is {now:.4g}, not {value:g}" for key, value, now in given if abs(now - value) > least]
    return f"cut off by min or max beside the form, so that {' and '.join(moved)}" if moved else ""


def _frozen(value: Any) -> ScipyDistribution:
    """A frozen distribution of scipy.stats by its name and parameters."""
    from distributions.families import family, shape_names
    from distributions.forms.scipy_family import refuse_impossible

    scipy_family = family(value.dist.name, "")
    names = [*shape_names(scipy_family), "loc", "scale"]
    given = {"loc": 0.0, "scale": 1.0, **dict(zip(names, value.args, strict=False)), **value.kwds}
    try:
        numbers_given = {name: float(given[name]) for name in names}
    except (KeyError, TypeError, ValueError):
        raise UserError(
            Fault("", f"{value.dist.name} with parameters {given}", "one number for each")
        ) from None
    *shapes, loc, scale = numbers_given.items()
    if not scale[1] > 0.0:
        raise UserError(Fault("scale", f"found {scale[1]:g}", "> 0"))
    distribution = ScipyDistribution(value.dist.name, tuple(shapes), loc[1], scale[1])
    refuse_impossible(distribution)
    return distribution


def _share(mass: float) -> str:
    """A probability in words that never round it to nothing: "12.3 %", "3e-05 %"."""
    return f"{100 * mass:.3g} %"


def _plain(value: Any) -> Any:
    """Numbers as floats, tables and arrays as dict and list."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return float(value) if isinstance(value, numbers.Real) else value
