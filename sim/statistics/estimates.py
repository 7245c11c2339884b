"""Estimates and their errors from mergeable sums, counts and histograms. Arrays in, arrays out; numpy only.

Intervals are honest for the design. Independent draws: a score interval for proportions (Wilson 1927), sd/sqrt(n) for
means. Stratified designs (Sobol', Latin hypercube) are not independent within a replicate: the spread of the R = 16
independent replicates gives the standard error, Student's t with R - 1 degrees of freedom the interval (Owen 1997;
L'Ecuyer, Nakayama, Owen & Tuffin 2023).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from distributions.sampling.jit import REPLICATES

Array = NDArray[np.float64]

Z95 = 1.959963984540054
FEW = 80
"""Below so many events (or non-events) replicate means are too lumpy for Student's t; the score interval holds."""

_PARTS = 8
"""Fewer parts say too little of the skewness of independent draws."""

_NEAR = 0.4
"""How near to a level others are that say what its error is, as a difference of log odds."""

_STEP = 1.0 / 12.0
"""Variance of a quantile's level in steps of the distribution function, whose inverse it is."""

_T95 = (
    12.706204736, 4.302652730, 3.182446305, 2.776445105, 2.570581836, 2.446911851, 2.364624252, 2.306004135,
    2.262157163, 2.228138852, 2.200985160, 2.178812830, 2.160368656, 2.144786688, 2.131449546,
)  # fmt: skip
"""97.5 % points of Student's t for 1 … 15 degrees of freedom."""


@dataclass(frozen=True)
class Moments:
    """Count, mean and sum of squared deviations of a stream, in one pass and mergeable.

    Any shape: each element is a stream of its own. Merging follows Chan, Golub & LeVeque 1983, which loses no digits
    where a sum of squares would.
    """

    count: Array
    mean: Array
    m2: Array

    @classmethod
    def empty(cls, shape: tuple[int, ...] = ()) -> Moments:
        """Streams of no values."""
        return cls(np.zeros(shape), np.zeros(shape), np.zeros(shape))

    @classmethod
    def of(cls, values: ArrayLike, axis: int = -1) -> Moments:
        """The moments of values along an axis, in two passes."""
        x = np.asarray(values, dtype=float)
        if x.shape[axis] == 0:
            return cls.empty(tuple(int(size) for size in np.delete(np.array(x.shape), axis)))
        mean = x.mean(axis=axis, keepdims=True)
        rest = x - mean
        shift = rest.mean(axis=axis, keepdims=True)
        m2 = ((rest - shift) ** 2).sum(axis=axis)
        mean = (mean + shift).squeeze(axis)
        return cls(np.full(mean.shape, float(x.shape[axis])), mean, m2)

    def add(self, values: ArrayLike) -> Moments:
        """These streams with more values, along the last axis."""
        return self.merge(Moments.of(values))

    def merge(self, other: Moments) -> Moments:
        """Both streams as one."""
        count = self.count + other.count
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(count > 0, other.count / count, 0.0)
        with np.errstate(invalid="ignore", over="ignore"):
            delta = other.mean - self.mean
            m2 = self.m2 + other.m2 + delta * delta * self.count * share
            return Moments(count, self.mean + delta * share, m2)

    def together(self) -> Moments:
        """The streams of the last axis as one."""
        merged = Moments(self.count[..., 0], self.mean[..., 0], self.m2[..., 0])
        for k in range(1, self.count.shape[-1]):
            merged = merged.merge(Moments(self.count[..., k], self.mean[..., k], self.m2[..., k]))
        return merged

    @property
    def sd(self) -> Array:
        """Sample standard deviation (n - 1); not a number below two values."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.sqrt(np.where(self.count > 1, self.m2 / (self.count - 1.0), np.nan))


def student_t(degrees: int) -> float:
    """97.5 % point of Student's t for 1 … 15 degrees of freedom."""
    return _T95[min(degrees, len(_T95)) - 1]


def mcse(by_replicate: Moments, stratified: bool) -> Array:
    """Monte Carlo standard error of the mean; replicates on the last axis. Not a number where it cannot be given."""
    if not stratified:
        whole = by_replicate.together()
        with np.errstate(invalid="ignore", divide="ignore"):
            return whole.sd / np.sqrt(whole.count)
    return _replicate_error(by_replicate.mean, by_replicate.count)


def mean_interval(by_replicate: Moments, stratified: bool) -> tuple[float, float]:
    """95 % interval of a mean; infinite where none can be given. Replicates on the last axis, one stream each.

    Means of a skewed cost are skewed themselves, and a symmetrical interval then misses the truth on the side of the
    tail. So each end is the farther of the plain one and of the same quantile mapped back through the transformation
    that removes the skewness (P. Hall 1992, On the removal of skewness by transformation). Of independent draws: 1.96
    standard errors, and the skewness of the draws. Of a stratified design: Student's t over its replicates, whose means
    are skewed however many draws each has (t alone misses in 9.5 % of seeds for a single lognormal of sigma 0.6; about
    6 % of seeds so). Where the mean rests on a few draws nothing holds; `sim.statistics.tails` says so.
    """
    centre, error = float(by_replicate.together().mean), float(mcse(by_replicate, stratified))
    if not math.isfinite(error):
        return -math.inf, math.inf
    if not stratified or int((by_replicate.count > 0).sum()) < 2:
        n = int(by_replicate.count.sum())
        spread, skewness = error * math.sqrt(n), np.array(_skewness(by_replicate))
        bent_low, bent_high = (-float(_unskewed(end, skewness, n)) * spread for end in (Z95, -Z95))
        return centre + min(-Z95 * error, bent_low), centre + max(Z95 * error, bent_high)
    low, high = replicate_interval(centre, error, by_replicate.mean[by_replicate.count > 0])
    return float(low), float(high)


def replicate_interval(centre: ArrayLike, error: ArrayLike, estimates: Array) -> tuple[Array, Array]:
    """95 % interval from the estimates of independent replicates, on the last axis, as `mean_interval` says.

    centre, error: estimate and standard error, in the shape of the other axes.
    """
    middle, width = np.asarray(centre, dtype=float), np.asarray(error, dtype=float)
    n = estimates.shape[-1]
    t = student_t(n - 1)
    rest = estimates - middle[..., None]
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt((rest**2).sum(axis=-1) / (n - 1))
        # adjusted for so few (Fisher & Pearson): that of a sample is too small
        adjusted = n * n / ((n - 1.0) * (n - 2.0)) if n > 2 else 0.0
        skewness = np.where(spread > 0.0, adjusted * (rest**3).mean(axis=-1) / spread**3, 0.0)
    low = np.minimum(middle - t * width, middle - _unskewed(t, skewness, n) * spread)
    return low, np.maximum(middle + t * width, middle - _unskewed(-t, skewness, n) * spread)


def _skewness(parts: Moments) -> float:
    """Skewness of independent draws that stand in several parts, from their means and variances.

    The third moment is the number of draws of a part times the covariance of its mean with its variance (R. A. Fisher
    1930). 0 where there are too few parts, or draws in them.
    """
    whole = parts.together()
    n, spread = float(whole.count), float(whole.sd)
    least = float(parts.count.min())
    if parts.count.size < _PARTS or least < 2.0 or not spread > 0.0:
        return 0.0
    rest = (parts.mean - float(whole.mean)) / spread
    variance = parts.m2 / (parts.count - 1.0) / spread**2
    skewness = (
        n * float((rest * (variance - variance.mean())).sum()) / (parts.count.size * (parts.count.size - 1.0))
    )
    most = math.sqrt(n)  # of n draws none is more skewed
    return min(max(skewness, -most), most)


def _unskewed(quantile: float, skewness: Array, n: int) -> Array:
    """The standardised mean at a quantile of Student's t, through the inverse of Hall's cubic transformation."""
    x = quantile / math.sqrt(n) - skewness / (6.0 * n)
    with np.errstate(invalid="ignore", divide="ignore"):
        bent = (np.cbrt(1.0 + skewness * x) - 1.0) * 3.0 / skewness
    return np.where(np.abs(skewness) < 1e-9, x, bent)


def _replicate_error(means: Array, counts: Array) -> Array:
    """Standard error of the mean over replicates, weighted by their draws; NaN for fewer than two replicates."""
    used = counts > 0
    replicates = used.sum(axis=-1)
    weight = counts / counts.sum(axis=-1, keepdims=True)
    centre = (weight * means).sum(axis=-1, keepdims=True)
    spread = (weight**2 * np.where(used, means - centre, 0.0) ** 2).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.sqrt(np.where(replicates > 1, spread * replicates / (replicates - 1), np.nan))


def wilson(proportion: ArrayLike, draws: ArrayLike) -> tuple[Array, Array]:
    """Score interval at 95 % for a proportion of independent draws. E. B. Wilson 1927."""
    p, n = np.asarray(proportion, dtype=float), np.asarray(draws, dtype=float)
    z2 = Z95 * Z95
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n)
        half = Z95 / (1.0 + z2 / n) * np.sqrt(p * (1.0 - p) / n + z2 / (4.0 * n) / n)
    low = np.where(p <= 0.0, 0.0, np.maximum(centre - half, 0.0))
    high = np.where(p >= 1.0, 1.0, np.minimum(centre + half, 1.0))
    return low, high


def probability(
    events: NDArray[Any], ties: NDArray[Any], draws: NDArray[Any], stratified: bool, certain: bool = False
) -> tuple[Array, Array, Array]:
    """Estimate and 95 % interval of a probability in which a tie counts half.

    certain: every draw is the same, so that the estimate is exact, and its interval without width.

    events, ties, draws: by replicate on the last axis. A draw is worth 1, 1/2 or 0; ties lower its variance, and the
    score interval is taken at the number of yes-or-no draws that would have the variance found. All ties is certain.
    Where replicates all count the same, as those of very even points do, each would have counted one more or less with
    a chance that is at most 1 - 0.05^(1/R), and no interval is narrower than that.
    """
    n = draws.sum(axis=-1)
    successes = events + 0.5 * ties
    estimate = successes.sum(axis=-1) / n
    if certain:
        return estimate, estimate, estimate
    variance = (events + 0.25 * ties).sum(axis=-1) / n - estimate**2
    with np.errstate(invalid="ignore", divide="ignore"):
        plain = estimate * (1.0 - estimate)
        effective = np.where(variance > 1e-15, n * plain / variance, np.where(plain > 0.0, np.inf, n))
    low, high = wilson(estimate, np.minimum(effective, 1e300))
    if not stratified:
        return estimate, low, high
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(draws > 0, successes / draws, 0.0)
    used = int((draws > 0).sum(axis=-1).max())
    if used < 2:
        return estimate, low, high
    half = student_t(used - 1) * _replicate_error(means, np.broadcast_to(draws, means.shape))
    half = np.maximum(half, np.where(variance > 1e-15, (1.0 - 0.05 ** (1.0 / used)) * used / n, 0.0))
    rare = np.minimum(successes.sum(axis=-1), n - successes.sum(axis=-1)) < FEW
    return (
        estimate,
        np.where(rare, low, np.maximum(estimate - half, 0.0)),
        np.where(rare, high, np.minimum(estimate + half, 1.0)),
    )


def quantiles(counts: NDArray[np.int64], edges: Array, extremes: Array, levels: ArrayLike) -> Array:
    """Quantiles from a histogram, by linear interpolation within bins, held to the least and greatest value.

    counts (bins,), edges (bins + 1,), extremes (2,).
    """
    filled = np.flatnonzero(counts)
    if filled.size == 0:
        return np.full(np.shape(levels), np.nan)
    part = slice(int(filled[0]), int(filled[-1]) + 1)
    below = np.concatenate([[0.0], np.cumsum(counts[part])])
    at = np.clip(edges[part.start : part.stop + 1], extremes[0], extremes[1])
    wanted = np.asarray(levels, dtype=float) * below[-1]
    # an empty bin is a flat stretch of the distribution function: the least x that reaches the level is its start
    index = np.clip(np.searchsorted(below, wanted, side="left"), 1, below.size - 1)
    step = below[index] - below[index - 1]
    share = np.where(step > 0, (wanted - below[index - 1]) / np.maximum(step, 1.0), 0.0)
    return np.asarray(at[index - 1] + share * (at[index] - at[index - 1]))


def levels_of(values: Array, wanted: ArrayLike, nearest: ArrayLike) -> Array:
    """The levels at which `np.quantile` of these values gives what is wanted, from 0 to 1.

    Of the levels that do, where values are alike, the one nearest to those given.
    """
    rising, x = np.sort(values), np.asarray(wanted, dtype=float)
    last = rising.size - 1
    if last < 1:
        return np.asarray(nearest, dtype=float)
    first, end = np.searchsorted(rising, x, side="left"), np.searchsorted(rising, x, side="right")
    below, above = np.clip(first - 1, 0, last), np.clip(first, 0, last)
    gap = rising[above] - rising[below]
    between = below + np.clip((x - rising[below]) / np.where(gap > 0.0, gap, 1.0), 0.0, 1.0) * (above - below)
    alike = np.clip(np.asarray(nearest, dtype=float) * last, first, np.maximum(end - 1, first))
    return np.clip(np.where(end > first, alike, between) / last, 0.0, 1.0)


def quantile_intervals(counts: NDArray[np.int64], edges: Array, extremes: Array, levels: ArrayLike) -> Array:
    """95 % intervals of the quantiles, (levels, 2): those at the levels where a score interval of the level ends.

    That of independent draws (the rank of a quantile is binomial); stratified draws place quantiles at least as well,
    so theirs is on the wide side. Not a number where so few draws may hold no value beyond the quantile.
    """
    p, n = np.asarray(levels, dtype=float), float(counts.sum())
    low, high = wilson(p, n)
    with np.errstate(divide="ignore"):
        too_low, too_high = n * np.log1p(-p) > math.log(0.025), n * np.log(p) > math.log(0.025)
    return np.stack(
        [
            np.where(too_low, np.nan, quantiles(counts, edges, extremes, low)),
            np.where(too_high, np.nan, quantiles(counts, edges, extremes, high)),
        ],
        axis=-1,
    )


def quantile_intervals_by_replicate(
    counts: NDArray[np.int64],
    edges: Array,
    extremes: Array,
    levels: ArrayLike,
    below: NDArray[np.int64],
    draws: NDArray[np.int64],
) -> Array:
    """`quantile_intervals` of a stratified design, (levels, 2), from how far its replicates part.

    below (values, R): draws of each replicate below some ascending values; draws (R,): all of it. The error of the
    share of draws below a value is that of its mean over replicates (`_level_errors`); a quantile's interval ends where
    the distribution function of all draws is that far from the level (R. S. Woodruff 1952).
    """
    p, n = np.asarray(levels, dtype=float), float(counts.sum())
    half = student_t(REPLICATES - 1) * _level_errors(p, below, draws)
    with np.errstate(divide="ignore"):
        too_low, too_high = n * np.log1p(-p) > math.log(0.025), n * np.log(p) > math.log(0.025)
    ends = [np.maximum(p - half, 0.0), np.minimum(p + half, 1.0)]
    low, high = (quantiles(counts, edges, extremes, end) for end in ends)
    return np.stack([np.where(too_low, np.nan, low), np.where(too_high, np.nan, high)], axis=-1)


def _level_errors(levels: Array, below: NDArray[np.int64], draws: NDArray[np.int64]) -> Array:
    """Standard error of the share of draws below a quantile, at levels, from replicates counted below some values.

    Its variance is taken at these values, as a multiple of what independent draws would have, and averaged over those
    near a level: at one value alone replicates may agree by chance, as they do where points are so even that each has
    as many below it as any other. Beside it stands what a step of the distribution function leaves open.
    """
    n = float(draws.sum())
    share = below.sum(axis=1) / n
    inside = (share > 0.0) & (share < 1.0)
    plain = levels * (1.0 - levels) / n
    if not inside.any() or np.count_nonzero(draws) < 2:
        return np.asarray(np.sqrt(plain))
    below, share = below[inside], share[inside]
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(draws > 0, below / draws, 0.0)
    ratios = _replicate_error(means, np.broadcast_to(draws, means.shape)) ** 2 / (share * (1.0 - share) / n)
    with np.errstate(divide="ignore"):
        away = (np.log(share / (1.0 - share)) - np.log(levels / (1.0 - levels))[:, None]) / _NEAR
    away = np.minimum(away**2, 1e6)
    weights = np.exp(-0.5 * (away - away.min(axis=1, keepdims=True)))
    ratio = (weights * ratios).sum(axis=1) / weights.sum(axis=1)
    return np.asarray(np.sqrt(ratio * plain + _STEP / n**2))


def upper_tail_interval_by_replicate(
    middle: float,
    quantile: float,
    level: float,
    end: float,
    beyond: Array,
    above: NDArray[np.int64],
    draws: NDArray[np.int64],
) -> tuple[float, float]:
    """95 % interval of `upper_tail_mean` in a stratified design, from the tail mean of each replicate.

    middle, quantile: tail mean and quantile of all draws. beyond, above, draws (R,): sums of what each replicate has
    above `end`, draws there, and all. The tail mean is q + E (X - q)+ / (1 - level), whose derivative in q is none at
    the quantile (Rockafellar & Uryasev 2002), so that an `end` near it does.
    """
    used = draws > 0
    if np.count_nonzero(used) < 2:
        return math.nan, math.nan
    n = draws[used]
    excess = (beyond[used] + (end - quantile) * above[used]) / n
    tails = quantile + excess / (1.0 - level)
    centre = float((n * tails).sum() / n.sum())
    error = float(_replicate_error(tails, n.astype(float)))
    low, high = replicate_interval(middle, error, tails + (middle - centre))
    return float(low), float(high)


def upper_tail_interval(
    counts: NDArray[np.int64], edges: Array, extremes: Array, level: float
) -> tuple[float, float]:
    """95 % interval of `upper_tail_mean`: sd((X - q)+) / ((1 - level) sqrt(n)), that of independent draws.

    The asymptotic variance of the sample CVaR (A. A. Trindade et al. 2007).
    """
    filled = np.flatnonzero(counts)
    if filled.size == 0:
        return math.nan, math.nan
    part = slice(int(filled[0]), int(filled[-1]) + 1)
    n = counts[part].astype(float)
    at = np.clip(edges[part.start : part.stop + 1], extremes[0], extremes[1])
    excess = np.maximum(0.5 * (at[1:] + at[:-1]) - quantiles(counts, edges, extremes, level), 0.0)
    total = n.sum()
    mean = (n * excess).sum() / total
    variance = (n * (excess - mean) ** 2).sum() / total
    half = Z95 * math.sqrt(variance / total) / (1.0 - level)
    middle = upper_tail_mean(counts, edges, extremes, level)
    return middle - half, middle + half


def upper_tail_mean(counts: NDArray[np.int64], edges: Array, extremes: Array, level: float) -> float:
    """Mean of the values beyond a quantile (conditional value at risk, CVaR): of the dearest 5 % at level 0.95.

    R. T. Rockafellar & S. Uryasev 2002, for distributions with atoms: the atom at the quantile counts in part.
    """
    filled = np.flatnonzero(counts)
    if filled.size == 0:
        return float("nan")
    part = slice(int(filled[0]), int(filled[-1]) + 1)
    n = counts[part].astype(float)
    at = np.clip(edges[part.start : part.stop + 1], extremes[0], extremes[1])
    wanted = (1.0 - level) * n.sum()
    from_above = np.cumsum(n[::-1])[::-1]
    beyond = np.append(from_above[1:], 0.0)
    share = np.clip((wanted - beyond) / np.maximum(n, 1.0), 0.0, 1.0)
    middle = at[1:] - 0.5 * share * np.diff(at)
    return float((share * n * middle).sum() / wanted)
