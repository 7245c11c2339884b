"""PAWN: how far knowing an input moves the output's distribution function (Pianosi & Wagener 2015, 2018), by SALib.

Kolmogorov-Smirnov distances between all outputs and those with the input in one of ten slices; their median, mean and
maximum over the slices. Pure noise has a distance too, for slices are samples: attributes "noise_…".
"""

from __future__ import annotations

from sim.results.labelled import LabelledArrays
from studies.drivers.design import Factors
from studies.drivers.given_draws import dataset, draw, quietly, undefined

BASE_SAMPLES = 1 << 15
_SLICES = 10


def analyse(factors: Factors, base_samples: int, seed: int) -> LabelledArrays:
    """median, mean and maximum distance; see `studies.drivers.analyse`."""
    from SALib.analyze import pawn

    draws = draw(factors, base_samples, seed)
    names = ("median", "mean", "maximum")
    if not draws.varies:
        return undefined(factors, draws, names)
    with quietly():
        distances = pawn.analyze(draws.problem, draws.values, draws.output, S=_SLICES, seed=seed + 1)
    columns = {
        name: (distances[name], f"{name} over slices of the distance between distribution functions")
        for name in names
    }
    data = dataset(factors, draws, columns, {"slices": _SLICES})
    apart = data["maximum"].values > 1.5 * data.attrs["noise_maximum"]
    what = "whether the maximum is 1.5 times that of noise"
    return data.with_more({"distinguishable": ("input", apart, {"long_name": what, "units": "1"})})
