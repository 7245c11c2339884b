"""Morris's elementary effects (1991; Campolongo, Cariboni & Saltelli 2007), sampled and estimated by SALib.

A cheap screening: in each trajectory every input, or group, moves once by two thirds of its range, on four levels.
Effects are per unit of probability: an input's levels are quantiles, its whole range where it is bounded and from the
0.1 % to the 99.9 % quantile where it is not. Inputs that are tied by a dependence move together.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError
from sim.results.labelled import LabelledArrays
from studies.drivers.design import Factors

Array = NDArray[np.float64]

BASE_SAMPLES = 256
_LEVELS = 4
_TAIL = 0.001


def analyse(factors: Factors, base_samples: int, seed: int) -> LabelledArrays:
    """mu, mu_star, sigma and their 95 % half-widths; see `studies.drivers.analyse`.

    mu: mean effect. mu_star: mean of its size, the measure of importance. sigma: its spread over trajectories, which
    interactions and bends make; NaN for a group.
    """
    from SALib.analyze import morris as estimate
    from SALib.sample import morris as sample

    if base_samples < 2:
        raise UserError(Fault("base_samples", f"found {base_samples}", "2 trajectories or more"))
    names = [f"x{k}" for k in range(len(factors.names))]
    label = {k: f"g{g}" for g, group in enumerate(factors.groups) for k in group}
    problem = {
        "num_vars": len(names),
        "names": names,
        "bounds": [[0.0, 1.0]] * len(names),
        "groups": [label[k] for k in range(len(names))] if len(factors.groups) < len(names) else None,
    }
    levels = sample.sample(problem, base_samples, num_levels=_LEVELS, seed=np.random.default_rng(seed))
    output = factors.evaluate(_values(factors, levels.T))
    effects = estimate.analyze(
        problem, levels, output, num_levels=_LEVELS, num_resamples=200, seed=np.random.default_rng(seed)
    )
    by_name = len(factors.groups) == len(names)
    order = names if by_name else [f"g{g}" for g in range(len(factors.groups))]
    at = [list(effects["names"]).index(name) for name in order]
    columns = {
        "mu": ("mu", "mean elementary effect"),
        "mu_star": ("mu_star", "mean size of the elementary effect"),
        "mu_star_ci": ("mu_star_conf", "95 % half-width of mu_star, by bootstrap over trajectories"),
        "sigma": ("sigma", "standard deviation of the elementary effect"),
    }
    data = LabelledArrays(
        {
            name: (
                "input",
                np.ma.filled(np.ma.asarray(effects[key], dtype=float), np.nan)[at],
                {"long_name": what},
            )
            for name, (key, what) in columns.items()
        },
        coords={"input": list(factors.labels)},
        attrs={"base_samples": base_samples, "evaluations": len(output), "levels": _LEVELS},
    )
    if not np.ptp(output) > 1e-12 * np.abs(output).max():
        data.attrs["undefined"] = "the output does not vary"
    return data


def _values(factors: Factors, levels: Array) -> Array:
    """Levels in [0, 1], (inputs, n), as values: quantiles, or scores through the dependence."""
    from scipy.special import ndtri

    values = np.empty_like(levels)
    for group in factors.groups:
        shares = np.empty((len(group), levels.shape[1]))
        for row, k in enumerate(group):
            low, high = factors.model.marginals[factors.names[k]].support()
            start = 0.0 if math.isfinite(low) and math.isfinite(high) else _TAIL
            shares[row] = start + levels[k] * (1.0 - 2.0 * start)
        if len(group) == 1:
            values[group[0]] = factors.model.marginals[factors.names[group[0]]].ppf(shares[0])
            continue
        assert factors.model.copula is not None
        copula = factors.model.copula
        rows = [copula.members.index(factors.names[k]) for k in group]
        scores = copula.cholesky[np.ix_(rows, rows)] @ ndtri(np.clip(shares, _TAIL, 1.0 - _TAIL))
        for row, k in enumerate(group):
            values[k] = factors.model.marginals[factors.names[k]].at_scores(scores[row])
    return values
