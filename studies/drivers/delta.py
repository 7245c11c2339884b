"""Borgonovo's delta: how far, on average, knowing an input moves the whole distribution of the output.

Half the area between the output's density and that given the input, averaged over the input (E. Borgonovo 2007), from
draws (E. Plischke, E. Borgonovo & C. L. Smith 2013, equation 26), by SALib. 0 for an input that does not matter, 1 for
one that decides; an estimate from draws leans upwards, which the delta of pure noise, attribute "noise_delta", shows.

SALib's estimator is called on the draws themselves: its analyser takes it on draws with replacement, whose repeated
values make densities narrower, and its "bias reduction" then moves the answer further off (by 0.03 for three normals).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from distributions.errors import Fault, UserError
from distributions.sampling.jit import REPLICATES
from sim.results.labelled import LabelledArrays
from sim.statistics import estimates as statistics
from studies.drivers.design import Factors
from studies.drivers.given_draws import dataset, draw, quietly, undefined

Array = NDArray[np.float64]

BASE_SAMPLES = 10_240
_GRID = 100
_MOST_CLASSES = 48


def analyse(factors: Factors, base_samples: int, seed: int) -> LabelledArrays:
    """delta, delta_ci, first and first_ci (the first-order index of the same draws); see `studies.drivers.analyse`."""
    draws = draw(factors, base_samples, seed)
    names = ("delta", "delta_ci", "first", "first_ci")
    if not draws.varies:
        return undefined(factors, draws, names)
    distinct = np.unique(draws.output).size
    if distinct < len(draws.output) // 10:
        raise UserError(
            Fault(
                factors.output,
                f"takes {distinct} values in {len(draws.output)} draws: delta compares densities, and it has none",
                "another method",
                "sobol, shapley and pawn take such an output",
            )
        )
    with quietly():
        whole = _estimate(draws.values, draws.output)
        parts = np.array(
            [_estimate(draws.values[r::REPLICATES], draws.output[r::REPLICATES]) for r in range(REPLICATES)]
        )
    width = statistics.student_t(REPLICATES - 1) * parts.std(axis=0, ddof=1) / np.sqrt(REPLICATES)
    rows = (whole[0], width[0], whole[1], width[1])
    meanings = (
        "shift of the output's distribution when the input is known (delta)",
        "95 % half-width of delta, from sixteen parts of the draws; its bias is not in it",
        "first-order index",
        "95 % half-width of the first-order index",
    )
    data = dataset(factors, draws, dict(zip(names, zip(rows, meanings, strict=True), strict=True)), {})
    apart = data["delta"].values - data["delta_ci"].values > data.attrs["noise_delta"]
    what = "whether the interval lies above the delta of noise"
    return data.with_more({"distinguishable": ("input", apart, {"long_name": what, "units": "1"})})


def _estimate(values: Array, output: Array) -> Array:
    """delta and first-order index of each column of values (n, inputs): (2, inputs)."""
    from SALib.analyze import delta

    n = len(output)
    # Classes of equal frequency, as many as the analyser takes (Plischke et al. 2013).
    exponent = 2.0 / (7.0 + np.tanh((1500.0 - n) / 500.0))
    edges = np.linspace(0, n, min(int(np.ceil(n**exponent)), _MOST_CLASSES) + 1)
    grid = np.linspace(output.min(), output.max(), _GRID)
    return np.array(
        [
            [delta.calc_delta(output, grid, column, edges) for column in values.T],
            [delta.sobol_first(output, column, edges) for column in values.T],
        ]
    )
