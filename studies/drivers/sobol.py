"""Sobol' indices of first, total and second order, with intervals from 16 independent scramblings."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError, did_you_mean
from distributions.sampling.jit import REPLICATES
from distributions.sampling.sobol import dimensions
from sim.results.labelled import LabelledArrays, Variable
from studies.drivers.design import CHUNK, Factors
from studies.drivers.variance import Accumulator, Indices, estimate, half_width

Array = NDArray[np.float64]

BASE_SAMPLES = 1 << 12
MOST = 1 << 20
"""Points of each net, with a tolerance and nothing said."""

ESTIMATORS = ("streamed", "salib")
RANKED = 3
"""So many of the largest indices are asked to be told apart."""


def analyse(
    factors: Factors,
    base_samples: int,
    seed: int,
    second_order: bool = False,
    tolerance: float | None = None,
    most_base_samples: int | None = None,
    estimator: str = "streamed",
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> LabelledArrays:
    """Indices of each independent input or group; see `studies.drivers.analyse`.

    Args:
        factors: the inputs and the output.
        base_samples: points of each of 16 nets, a power of two; with a tolerance, how many to begin with.
        seed: of the nets.
        second_order: also the pairs' indices; twice the evaluations.
        tolerance: double the points until the widest 95 % half-width of a total-order index is at most this.
        most_base_samples: where to stop; attribute "tolerance_reached" says whether it sufficed.
        estimator: "streamed", or "salib" for `SALib.analyze.sobol` over all rows, kept; they agree to 1e-10.
        threads: of this process, by default all.
        progress: called with evaluations done and to do.

    Returns:
        Dataset with dims input, replicate (and other): first, first_ci, total, total_ci, second, second_ci;
        distinguishable: whether the interval of the total-order index leaves 0 out; estimable: False where its error
        has not fallen from a quarter of the points to all; total_replicate: the estimate of each replicate.
    """
    for key, size in (("base_samples", base_samples), ("most_base_samples", most_base_samples or 1)):
        if size & (size - 1):
            raise UserError(
                Fault(
                    key,
                    f"found {size}",
                    "a power of two: a net of Sobol' points is balanced at no other size",
                )
            )
    if tolerance is not None and not 0.0 < tolerance < 1.0:
        raise UserError(
            Fault("tolerance", f"found {tolerance:g}", "above 0, below 1: a share of the variance")
        )
    if estimator not in ESTIMATORS:
        raise UserError(
            Fault(
                "estimator",
                f"found '{estimator}'",
                ", ".join(ESTIMATORS),
                did_you_mean(estimator, ESTIMATORS),
            )
        )
    if 2 * len(factors.names) > dimensions():
        raise UserError(
            Fault("inputs", f"{len(factors.names)} are uncertain", f"at most {dimensions() // 2}")
        )
    most = max(base_samples, most_base_samples or MOST) if tolerance is not None else base_samples
    accumulator = Accumulator(factors, seed, REPLICATES * most, second_order, threads)
    per_point = len(factors.groups) * (2 if second_order else 1) + 2
    points = base_samples
    earlier: Indices | None = None
    if points >= 4 * max(1, CHUNK // REPLICATES):
        earlier = estimate(
            accumulator.draw_to(REPLICATES * points // 4), accumulator.centre, accumulator.middle
        )
    while True:
        indices = estimate(accumulator.draw_to(REPLICATES * points), accumulator.centre, accumulator.middle)
        widths = half_width(indices.total, indices.total_by, indices.concentration)
        if progress is not None:
            progress(REPLICATES * points * per_point, REPLICATES * most * per_point)
        enough = tolerance is None or indices.variance == 0.0 or float(widths.max()) <= tolerance
        if enough or 2 * points > most:
            break
        # Below a chunk the sums cannot be gone on with, and are taken again.
        if REPLICATES * points < CHUNK:
            accumulator = Accumulator(factors, seed, REPLICATES * most, second_order, threads)
        points, earlier = 2 * points, indices if earlier is None else earlier
    data = _arrays(factors, indices, earlier, second_order)
    if estimator == "salib":
        data = _by_salib(data, accumulator, points, second_order, seed)
    data.attrs |= {
        "base_samples": points,
        "replicates": REPLICATES,
        "evaluations": REPLICATES * points * per_point,
        "mean": indices.mean,
        "variance": indices.variance,
        "concentration": indices.concentration,
        "estimator": estimator,
        "ranking": _ranking(data),
    }
    if tolerance is not None:
        data.attrs |= {"tolerance": tolerance, "tolerance_reached": int(enough)}
    return data


def _arrays(
    factors: Factors, indices: Indices, earlier: Indices | None, second_order: bool
) -> LabelledArrays:
    first_ci = half_width(indices.first, indices.first_by, indices.concentration)
    total_ci = half_width(indices.total, indices.total_by, indices.concentration)
    estimable = np.ones(len(indices.total), dtype=bool)
    if earlier is not None and earlier.variance > 0.0:
        # From a quarter of the points to all, even plain random error halves; one that is no smaller is heavy-tailed.
        error, before = (i.total_by.std(axis=-1, ddof=1) for i in (indices, earlier))
        estimable = (error < before) | (total_ci < 0.05)
    columns: dict[str, tuple[str, Array | NDArray[np.bool_], str]] = {
        "first": (
            "input",
            indices.first,
            "share of the variance that the input answers for by itself (first-order index)",
        ),
        "first_ci": ("input", first_ci, "95 % half-width of the first-order index"),
        "total": (
            "input",
            indices.total,
            "share of the variance with all its interactions (total-order index)",
        ),
        "total_ci": ("input", total_ci, "95 % half-width of the total-order index"),
        "distinguishable": (
            "input",
            indices.total - total_ci > 0.0,
            "whether the interval of the total-order index leaves 0 out",
        ),
        "estimable": (
            "input",
            estimable,
            "whether the error of the total-order index falls with the number of points",
        ),
        "total_replicate": ("input replicate", indices.total_by, "total-order index by replicate"),
    }
    labels = {"input": list(factors.labels)}
    if second_order:
        what = "share of the variance of the two together, beyond each by itself (second-order index)"
        pairs = np.triu(np.ones(indices.second.shape, dtype=bool), 1)
        width = half_width(indices.second, indices.second_by, indices.concentration)
        columns["second"] = "input other", np.where(pairs, indices.second, np.nan), what
        columns["second_ci"] = "input other", np.where(pairs, width, np.nan), f"95 % half-width of the {what}"
        labels["other"] = list(factors.labels)
    attrs = {}
    if indices.variance == 0.0:
        attrs["undefined"] = "the output does not vary: shares of its variance mean nothing"
        for name, (dims, values, what) in columns.items():
            nothing = False if values.dtype.kind == "b" else np.nan
            columns[name] = dims, np.full_like(values, nothing), what
    described: dict[str, Variable] = {
        name: (dims.split(), values, {"long_name": what, "units": "1"})
        for name, (dims, values, what) in columns.items()
    }
    return LabelledArrays(described, labels, attrs)


def _by_salib(
    data: LabelledArrays, accumulator: Accumulator, points: int, second_order: bool, seed: int
) -> LabelledArrays:
    """The estimates of SALib on the same rows; intervals stay those of the scramblings."""
    from SALib.analyze import sobol

    outputs = salib_rows(accumulator, points, second_order)
    groups = len(accumulator.factors.groups)
    problem = {"num_vars": groups, "names": [f"x{k}" for k in range(groups)], "bounds": [[0.0, 1.0]] * groups}
    if "undefined" in data.attrs:
        return data
    # Two resamples, for its bootstrap is not used. Seed 0 would leave it unseeded.
    result = sobol.analyze(problem, outputs, calc_second_order=second_order, num_resamples=2, seed=seed + 1)
    data["first"].values[:], data["total"].values[:] = result["S1"], result["ST"]
    if second_order:
        data["second"].values[:] = np.where(np.isnan(data["second"].values), np.nan, result["S2"])
    return data


def salib_rows(accumulator: Accumulator, points: int, second_order: bool) -> Array:
    """Outputs in the order of `SALib.sample.sobol`: of each point a, ab of each group, ba of each group, b."""
    draws = REPLICATES * points
    parts = []
    for number in range(-(-draws // CHUNK)):
        a, b, ab, ba = accumulator.mixed(number, min(CHUNK, draws - number * CHUNK))
        parts.append(np.concatenate([a[None], ab, ba if second_order else ba[:0], b[None]]).T.ravel())
    return np.concatenate(parts)


def _ranking(data: LabelledArrays) -> str:
    """Whether the largest total-order indices are told apart, and if not, what it would take; empty where they are."""
    if "undefined" in data.attrs or data.sizes["input"] < 2:
        return ""
    order = np.argsort(-data["total"].values, kind="stable")
    by = data["total_replicate"].values[order]
    total = data["total"].values[order]
    factor = 1.0
    for k in range(min(RANKED, len(order) - 1)):
        gap, width = (
            total[k] - total[k + 1],
            half_width(np.array([total[k] - total[k + 1]]), (by[k] - by[k + 1])[None])[0],
        )
        if gap <= 0.0:
            return "two of the largest are equal as far as can be seen"
        factor = max(factor, (width / gap) ** 2)
    if factor <= 1.0:
        return ""
    times = 2 ** int(np.ceil(np.log2(factor)))
    return f"the first {RANKED} are not told apart; about {times:,} times as many samples would"
