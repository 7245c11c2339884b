"""Regional sensitivity: where along an input the output differs most, by SALib (Hornberger & Spear 1981).

In twenty slices of each input's range the outputs within are compared with those outside by the Cramér-von Mises
criterion, which is 0 where they are alike and grows with the difference.
"""

from __future__ import annotations

import numpy as np

from sim.results.labelled import LabelledArrays
from studies.drivers.design import Factors
from studies.drivers.given_draws import dataset, draw, quietly, undefined

BASE_SAMPLES = 1 << 14
_SLICES = 20


def analyse(factors: Factors, base_samples: int, seed: int) -> LabelledArrays:
    """sensitivity (input, slice), and mean_sensitivity; see `studies.drivers.analyse`."""
    from SALib.analyze import rsa

    draws = draw(factors, base_samples, seed)
    if not draws.varies:
        return undefined(factors, draws, ("mean_sensitivity",))
    with quietly():
        sensitivities = rsa.analyze(draws.problem, draws.values, draws.output, bins=_SLICES, target="X")
        table = np.array([sensitivities[name] for name in draws.problem["names"]])
        mean = np.nanmean(table, axis=1)
    data = dataset(factors, draws, {"mean_sensitivity": (mean, "mean over slices of the sensitivity")}, {})
    what = "difference between the outputs with the input in this slice and elsewhere (Cramér-von Mises)"
    return data.with_more(
        {"sensitivity": (("input", "slice"), table[:-1], {"long_name": what, "units": "1"})},
        {"slice": (np.arange(_SLICES) + 0.5) / _SLICES},
    )
