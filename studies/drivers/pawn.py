"""PAWN: how far knowing an input moves the output's distribution function (Pianosi & Wagener 2015, 2018), by SALib.

Kolmogorov-Smirnov distances between all outputs and those with the input in one of ten slices; their median, mean and
maximum over the slices. Pure noise has a distance too, for slices are samples: attributes "noise_…".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from studies.drivers.design import Factors
from studies.drivers.given_draws import dataset, draw, quietly, undefined

if TYPE_CHECKING:
    import xarray as xr

BASE_SAMPLES = 1 << 15
_SLICES = 10


def analyse(factors: Factors, base_samples: int, seed: int) -> xr.Dataset:
    """median, mean and maximum distance; see `studies.drivers.analyse`."""
    from SALib.analyze import pawn

    draws = draw(factors, base_samples, seed)
    names = ("median", "mean", "maximum")
    if not draws.varies:
        return undefined(factors, draws, names)
    with quietly():
        found = pawn.analyze(draws.problem, draws.values, draws.output, S=_SLICES, seed=seed + 1)
    columns = {
        name: (found[name], f"{name} over slices of the distance between distribution functions")
        for name in names
    }
    data = dataset(factors, draws, columns, {"slices": _SLICES})
    apart = data["maximum"] > 1.5 * data.attrs["noise_maximum"]
    return data.assign(
        distinguishable=apart.assign_attrs(long_name="whether the maximum is 1.5 times that of noise")
    )
